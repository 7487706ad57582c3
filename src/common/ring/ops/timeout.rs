//! Time as an operation.

use std::io;
use std::time::{Duration, Instant};

use io_uring::{opcode, types};

use crate::ring::op::{Batch, Op, Results, Wait};
use crate::ring::{InFlight, Ring};

/// Passes after a while. The outcome is `Ok` when the time has come, and the error `ECANCELED` when it was cancelled.
///
/// To give something else a deadline, race the two with [`crate::ring::either`] and cancel what lost; never drop a
/// read to implement a timeout, what it had read would be lost.
#[derive(Debug)]
pub struct Timeout {
    until: Instant,
    spec: types::Timespec,
}

// SAFETY: the SQE points to `spec` inside `self`, which is not moved while the operation runs.
unsafe impl Op for Timeout {
    type Out = io::Result<()>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        self.spec = types::Timespec::from(self.until.saturating_duration_since(Instant::now()));
        batch.push(opcode::Timeout::new(&raw const self.spec).build());
    }

    fn call(&mut self) -> Results {
        std::thread::sleep(self.until.saturating_duration_since(Instant::now()));
        Results::one(-libc::ETIME)
    }

    fn wait(&self) -> Wait {
        Wait::Until(self.until)
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        match results.raw(0) {
            0 => Ok(()),
            error if error == -libc::ETIME => Ok(()),
            error => Err(io::Error::from_raw_os_error(-error)),
        }
    }
}

impl Ring {
    /// Passes after `duration`, counted from now.
    pub fn timeout(&self, duration: Duration) -> InFlight<Timeout> {
        self.start(Timeout { until: after(duration), spec: types::Timespec::new() })
    }
}

/// So long from now.
pub(super) fn after(duration: Duration) -> Instant {
    let now = Instant::now();
    // Too far for the clock, or the kernel: a century is as good as for ever.
    let century = Duration::from_hours(876_600);
    now.checked_add(duration.min(century)).unwrap_or(now + century)
}
