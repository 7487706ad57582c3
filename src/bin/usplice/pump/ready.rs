//! Readiness of ends, where a plain call has answered that it would have to wait, or would do so without asking.

use std::os::fd::AsRawFd;
use std::time::Duration;

use ringutils::ring::ops::Events;
use ringutils::sys::{self, Kind};

use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// Whether an end is ready for one of `events`, or broken, at this moment.
pub fn is_ready(end: &End, events: Events) -> bool {
    sys::raw::poll_now(end.fd().as_raw_fd(), events) != 0
}

/// Whether a plain splice or read of this input waits in spite of `SPLICE_F_NONBLOCK`: then it has to be asked before.
pub fn must_be_asked(input: &End) -> bool {
    !input.nonblocking && matches!(input.kind(), Kind::Socket | Kind::Character | Kind::Other)
}

/// Waits until an end is ready for one of `events`; `false` if it cannot be waited for.
pub async fn wait(flow: &Flow<'_>, end: &End, events: Events) -> Result<bool, Stop> {
    Ok(is_ready(end, events) || flow.ready(&end.file, events).await?.is_ok())
}

/// How often in a row a call has answered `EAGAIN` although all ends were ready. Asking again at once could go on for ever.
#[derive(Debug, Default)]
pub struct Stalls(u32);

impl Stalls {
    /// Something has moved.
    pub fn over(&mut self) {
        self.0 = 0;
    }

    /// How long to wait before the next attempt: not at all at first, as what was waited for has most likely come since.
    pub fn pause(&mut self) -> Option<Duration> {
        self.0 += 1;
        let doublings = self.0.checked_sub(AT_ONCE + 1)?.min(DOUBLINGS);
        Some(SHORTEST * (1 << doublings))
    }
}

/// Attempts without a pause.
const AT_ONCE: u32 = 3;
const SHORTEST: Duration = Duration::from_micros(100);
/// Until 51 ms.
const DOUBLINGS: u32 = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_a_limit() {
        let mut stalls = Stalls::default();
        let pauses: Vec<_> = (0..100).map(|_| stalls.pause()).collect();
        assert_eq!(pauses[..AT_ONCE as usize], [None; AT_ONCE as usize]);
        assert_eq!(pauses[AT_ONCE as usize..][..2], [Some(SHORTEST), Some(SHORTEST * 2)]);
        assert_eq!(pauses.iter().max(), Some(&Some(Duration::from_micros(51_200))));
        stalls.over();
        assert_eq!(stalls.pause(), None);
    }
}
