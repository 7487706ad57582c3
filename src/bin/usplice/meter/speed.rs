//! How fast it goes: now, not on average.

use std::collections::VecDeque;
use std::time::Duration;

/// What is shown more often than this is shown as the rate of so long a time: shorter ones jump about.
const WINDOW: Duration = Duration::from_millis(900);
/// Enough for a window of the shortest intervals.
const MOST: usize = 128;

/// Where it was at the last few moments.
pub struct Speed(VecDeque<(Duration, u64)>);

impl Speed {
    /// `bytes`: where it is at the beginning.
    pub fn new(bytes: u64) -> Self {
        Self(VecDeque::from([(Duration::ZERO, bytes)]))
    }

    /// It has got to `bytes` at the moment `at`, from the beginning. Bytes a second of late.
    pub fn note(&mut self, at: Duration, bytes: u64) -> u64 {
        let noted = &mut self.0;
        noted.push_back((at, bytes));
        while noted.len() > MOST || (noted.len() > 2 && at.saturating_sub(noted[1].0) >= WINDOW) {
            noted.pop_front();
        }
        let (from, before) = noted[0];
        per_second(bytes.saturating_sub(before), at.saturating_sub(from))
    }
}

/// The rate of `bytes` in `time`, to the nearest byte: one a second is not none because a moment was lost. 0 in no time.
pub fn per_second(bytes: u64, time: Duration) -> u64 {
    let nanos = time.as_nanos();
    let rate = (u128::from(bytes) * 1_000_000_000 + nanos / 2).checked_div(nanos).unwrap_or(0);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn of_the_last_interval() {
        let mut speed = Speed::new(0);
        assert_eq!(speed.note(ms(1000), 1000), 1000);
        assert_eq!(speed.note(ms(2000), 6000), 5000);
        // Stalled: 0, whatever was before. A tick that is a little early counts from two before.
        assert_eq!(speed.note(ms(3000), 6000), 0);
        assert_eq!(speed.note(ms(3950), 6000), 0);
        assert_eq!(speed.note(ms(5950), 8000), 1000);
    }

    #[test]
    fn short_intervals_are_taken_together() {
        let mut speed = Speed::new(0);
        let mut rate = 0;
        // A piece of 50 bytes each 50 ms, looked at each 10 ms.
        for tick in 1..=200 {
            rate = speed.note(ms(tick * 10), tick / 5 * 50);
            assert!(tick < 100 || (900..=1100).contains(&rate), "{tick}: {rate}");
        }
        for tick in 201..=400 {
            rate = speed.note(ms(tick * 10), 2000);
            assert!(speed.0.len() <= MOST);
        }
        assert_eq!(rate, 0);
    }

    #[test]
    fn odd_times() {
        assert_eq!(Speed::new(7).note(Duration::ZERO, 9), 0);
        // Somebody sought backwards.
        assert_eq!(Speed::new(7).note(ms(1000), 3), 0);
        assert_eq!(per_second(u64::MAX, Duration::from_nanos(1)), u64::MAX);
        assert_eq!(per_second(1, ms(1001)), 1);
        assert_eq!(per_second(300, ms(3010)), 100);
        assert_eq!(per_second(u64::MAX, Duration::from_secs(1)), u64::MAX);
    }
}
