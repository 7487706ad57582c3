//! Readiness: once, or as a stream (multishot).

use std::io;

use io_uring::opcode;

use crate::ring::fd::{Held, on};
use crate::ring::op::{Batch, Op, Results, Wait};
use crate::ring::shots::{Multishot, Shots};
use crate::ring::{Fd, InFlight, Ring};
use crate::sys;

/// What `poll(2)` calls `revents`: `POLLIN`, `POLLHUP`, …
pub type Events = i16;

fn events(value: usize) -> Events {
    i16::try_from(value & 0x7fff).unwrap_or(Events::MAX)
}

/// Waits until a descriptor is ready. The outcome is what it is ready for.
#[derive(Debug)]
pub struct Poll {
    fd: Held,
    mask: Events,
}

impl Poll {
    fn entry(&self, multi: bool) -> io_uring::squeue::Entry {
        let mask = u32::from(self.mask.cast_unsigned());
        on!(self.fd, |file| opcode::PollAdd::new(file, mask).multi(multi).build())
    }
}

// SAFETY: its SQE points nowhere; `fd` is held open.
unsafe impl Op for Poll {
    type Out = io::Result<Events>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        batch.push(self.entry(false));
    }

    fn call(&mut self) -> Results {
        Results::one(sys::raw::poll_now(self.fd.number(), self.mask))
    }

    fn wait(&self) -> Wait {
        Wait::Event(self.fd.number(), self.mask)
    }

    fn callable(&self) -> bool {
        !self.fd.is_direct()
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        results.get(0).map(events)
    }
}

/// Tells again and again that a descriptor became ready. An item may stand for several changes: read until there is
/// nothing left before asking for the next.
#[derive(Debug)]
pub struct PollMany(Poll);

// SAFETY: as for `Poll`, of which it is the multishot form.
unsafe impl Op for PollMany {
    type Out = ();

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        batch.push(self.0.entry(true));
    }

    fn call(&mut self) -> Results {
        self.0.call()
    }

    fn wait(&self) -> Wait {
        self.0.wait()
    }

    fn callable(&self) -> bool {
        self.0.callable()
    }

    #[inline]
    fn finish(self, _results: Results) {}
}

impl Multishot for PollMany {
    type Item = io::Result<Events>;

    fn item(result: i32) -> Self::Item {
        Results::one(result).get(0).map(events)
    }
}

impl Ring {
    /// Waits until `fd` is ready for one of `mask` (`POLLIN`, `POLLOUT`, …), or broken (`POLLERR`, `POLLHUP`).
    pub fn poll(&self, fd: &Fd, mask: Events) -> InFlight<Poll> {
        self.start(Poll { fd: fd.hold(), mask })
    }

    /// As [`Ring::poll`], as a stream.
    pub fn poll_many(&self, fd: &Fd, mask: Events) -> Shots<PollMany> {
        self.start_many(PollMany(Poll { fd: fd.hold(), mask }))
    }
}
