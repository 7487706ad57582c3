//! An operation that does nothing: it measures the runtime, and wakes a ring.

use io_uring::opcode;

use crate::ring::op::{Batch, Op, Results, Wait};
use crate::ring::{InFlight, Ring};

/// Does nothing; its outcome is what the kernel answered, 0.
#[derive(Debug)]
pub struct Nop;

// SAFETY: its SQE points nowhere.
unsafe impl Op for Nop {
    type Out = i32;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        batch.push(opcode::Nop::new().build());
    }

    fn call(&mut self) -> Results {
        Results::one(0)
    }

    fn wait(&self) -> Wait {
        Wait::Instant
    }

    #[inline]
    fn finish(self, results: Results) -> i32 {
        results.first()
    }
}

impl Ring {
    /// Queues a no-op.
    #[inline]
    pub fn nop(&self) -> InFlight<Nop> {
        self.start(Nop)
    }
}
