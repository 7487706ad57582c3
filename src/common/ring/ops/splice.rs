//! Splice: moves bytes between a pipe and anything without copying them through user space.

use std::io;

use io_uring::opcode;

use crate::ring::fd::{Held, on};
use crate::ring::op::{Batch, Op, Results};
use crate::ring::{Fd, InFlight, Ring};
use crate::sys;

/// `splice(2)`; one of the two must be a pipe. io_uring always runs it on a worker thread. The outcome is the
/// number of bytes moved, 0 at the end of the input.
#[derive(Debug)]
pub struct Splice {
    from: Held,
    from_at: Option<u64>,
    to: Held,
    to_at: Option<u64>,
    len: u32,
    flags: u32,
}

/// A pipe wants -1 here, and nothing else.
fn signed(at: Option<u64>) -> i64 {
    at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
}

// SAFETY: its SQE points to no memory; both descriptors are held open.
unsafe impl Op for Splice {
    type Out = io::Result<usize>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let (from_at, to_at) = (signed(self.from_at), signed(self.to_at));
        let len = u32::try_from(sys::fault::cap(self.len as usize)).unwrap_or(u32::MAX);
        batch.push(on!(self.from, |from| on!(self.to, |to| {
            opcode::Splice::new(from, from_at, to, to_at, len).flags(self.flags).build()
        })));
    }

    fn call(&mut self) -> Results {
        let len = sys::fault::cap(self.len as usize);
        let (from, to) = (self.from.number(), self.to.number());
        Results::one(sys::raw::splice(from, self.from_at, to, self.to_at, len, self.flags))
    }

    fn callable(&self) -> bool {
        !self.from.is_direct() && !self.to.is_direct()
    }

    fn wanted(&self, _step: usize) -> Option<usize> {
        Some(self.len as usize)
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        results.get(0)
    }
}

impl Ring {
    /// Moves up to `len` bytes; offsets are `None` for pipes and for "the file's position".
    pub fn splice(
        &self,
        (from, from_at): (&Fd, Option<u64>),
        (to, to_at): (&Fd, Option<u64>),
        len: u32,
        flags: u32,
    ) -> InFlight<Splice> {
        self.start(Splice { from: from.hold(), from_at, to: to.hold(), to_at, len, flags })
    }
}
