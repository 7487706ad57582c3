//! Readiness: once, or as a stream (multishot).

use std::io;
use std::time::{Duration, Instant};

use io_uring::{opcode, types};

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

/// Waits until a descriptor is ready, but no longer than until some moment: a poll with a *linked timeout*.
///
/// The timeout is the second step of a chain. It starts with the first, and cancels it when its time has come; if the
/// poll is the first to end, the timeout is cancelled. Either way both complete, and nothing is left behind, which is
/// what racing two operations has to see to by itself.
#[derive(Debug)]
pub struct PollWithin {
    poll: Poll,
    until: Instant,
    spec: types::Timespec,
}

// SAFETY: the second SQE points to `spec` inside `self`, which is not moved while the operation runs; `fd` is held open.
unsafe impl Op for PollWithin {
    type Out = io::Result<Option<Events>>;

    fn encode(&mut self, batch: &mut Batch<'_>) {
        self.spec = types::Timespec::from(self.until.saturating_duration_since(Instant::now()));
        batch.link(self.poll.entry(false));
        batch.push(opcode::LinkTimeout::new(&raw const self.spec).build());
    }

    fn call(&mut self) -> Results {
        match self.poll.call().raw(0) {
            0 => {
                let mut results = Results::one(-libc::ECANCELED);
                results.push(-libc::ETIME);
                results
            }
            ready => Results::one(ready),
        }
    }

    fn wait(&self) -> Wait {
        let Poll { fd, mask } = &self.poll;
        Wait::EventUntil(fd.number(), *mask, self.until)
    }

    fn callable(&self) -> bool {
        self.poll.callable()
    }

    fn finish(self, results: Results) -> Self::Out {
        if results.is_timed_out() { Ok(None) } else { self.poll.finish(results).map(Some) }
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

    /// As [`Ring::poll`], for so long at most. The outcome is `None` when the time was over first.
    pub fn poll_within(&self, fd: &Fd, mask: Events, duration: Duration) -> InFlight<PollWithin> {
        let until = super::timeout::after(duration);
        self.start(PollWithin { poll: Poll { fd: fd.hold(), mask }, until, spec: types::Timespec::new() })
    }
}
