//! `--rate-limit`: how many bytes may be moved by now.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

/// What was left unused is only kept for so long: a source that has paused does not make up for it in one rush.
const MEMORY: Duration = Duration::from_millis(500);
/// Bytes are granted in pieces of so much of time, if that many are wanted.
const PIECE: Duration = Duration::from_millis(50);

/// A schedule: so many bytes by such a time.
#[derive(Debug)]
pub struct Pace {
    rate: u64,
    /// From when on `taken` counts.
    start: Instant,
    taken: u64,
}

impl Pace {
    pub fn new(rate: NonZeroU64, now: Instant) -> Self {
        Self { rate: rate.get(), start: now, taken: 0 }
    }

    /// Bytes that may be moved now, of `most` (which is not 0) that could be; or how long to wait before asking again.
    pub fn grant(&mut self, now: Instant, most: usize) -> Result<usize, Duration> {
        let due = self.bytes_in(now.saturating_duration_since(self.start));
        let mut free = due.saturating_sub(self.taken);
        let kept = self.bytes_in(MEMORY).max(1);
        if free > kept {
            // As if it had begun later.
            (self.start, self.taken, free) = (now, 0, kept);
            self.start = now.checked_sub(MEMORY).unwrap_or(now);
        }
        let piece = self.bytes_in(PIECE).clamp(1, u64::try_from(most).unwrap_or(u64::MAX));
        if free >= piece {
            return Ok(usize::try_from(free).unwrap_or(usize::MAX).min(most));
        }
        let behind = u128::from(self.taken + piece) * NANOS / u128::from(self.rate) + 1;
        let at = Duration::from_nanos(u64::try_from(behind).unwrap_or(u64::MAX));
        let wait = (self.start + at).saturating_duration_since(now);
        Err(wait.max(Duration::from_micros(50)))
    }

    /// So many bytes were moved.
    pub fn took(&mut self, bytes: u64) {
        self.taken = self.taken.saturating_add(bytes);
    }

    fn bytes_in(&self, time: Duration) -> u64 {
        u64::try_from(time.as_nanos() * u128::from(self.rate) / NANOS).unwrap_or(u64::MAX)
    }
}

const NANOS: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(rate: u64) -> (Pace, Instant) {
        let now = Instant::now();
        (Pace::new(NonZeroU64::new(rate).expect("not 0"), now), now)
    }

    /// Bytes moved after `seconds`, if each wait takes as long as was asked for, and `slack` more.
    fn simulated(rate: u64, most: usize, seconds: u64, slack: Duration) -> u64 {
        let (mut pace, start) = pace(rate);
        let (mut now, mut moved) = (start, 0);
        while now < start + Duration::from_secs(seconds) {
            match pace.grant(now, most) {
                Ok(n) => {
                    moved += n as u64;
                    pace.took(n as u64);
                }
                Err(wait) => now += wait + slack,
            }
        }
        moved
    }

    #[test]
    fn the_rate_is_kept() {
        for rate in [1, 10, 1000, 65_536, 10_000_000, 5_000_000_000] {
            for most in [1000, 1 << 20] {
                // Few bytes of many do not make the rate.
                let most = usize::try_from(rate / 10).unwrap_or(usize::MAX).clamp(1, most).max(most / 50);
                for slack in [0, 1, 10] {
                    let moved = simulated(rate, most, 10, Duration::from_millis(slack));
                    let wanted = rate * 10;
                    let allowed = wanted / 50 + 1;
                    assert!(moved.abs_diff(wanted) <= allowed, "{rate} {most} {slack}: {moved}");
                }
            }
        }
    }

    #[test]
    fn a_pause_is_not_made_up_for() {
        let (mut pace, start) = pace(1_000_000);
        assert_eq!(pace.grant(start + Duration::from_mins(1), usize::MAX), Ok(500_000));
        pace.took(500_000);
        assert!(pace.grant(start + Duration::from_mins(1), usize::MAX).is_err());
    }

    #[test]
    fn single_bytes() {
        let (mut pace, start) = pace(2);
        let wait = pace.grant(start, 100).expect_err("nothing yet");
        assert!(wait >= Duration::from_millis(499) && wait <= Duration::from_millis(501), "{wait:?}");
        assert_eq!(pace.grant(start + Duration::from_millis(501), 100), Ok(1));
    }
}
