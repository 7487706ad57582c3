//! How far, how fast, how long still: on a terminal a line that is drawn again and again, elsewhere lines; and the totals
//! in dd's words.
//!
//! A [`Reading`] is what can be said at one moment, and makes text of it; [`Display`] is where that goes; [`Speed`] is the
//! rate of the last second or so; [`totals`](totals()) speaks dd.

mod display;
mod reading;
mod speed;
mod totals;

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use ringutils::cli::{Diagnostics, ProgressWhen};
use ringutils::sys;

pub use display::Display;
pub use reading::{Reading, name_of};
pub use speed::{Speed, per_second};
pub use totals::totals;

use crate::ends::End;
use crate::options::{MeterOptions, Parts};

/// `/dev/tty`: whichever terminal it is that the process belongs to.
const OWN_TERMINAL: u64 = libc::makedev(5, 0);

/// See the module. It counts in any case, so that totals can be told.
pub struct Meter {
    start: Instant,
    bytes: Cell<u64>,
    total: Option<u64>,
    name: Option<String>,
    parts: Parts,
    display: Display,
    speed: RefCell<Speed>,
    clock: Clock,
}

impl Meter {
    /// Starts the clock. `total`: bytes to come, if known.
    pub fn new(options: &MeterOptions, diagnostics: &Diagnostics, total: Option<u64>) -> Self {
        let display = Display::new(options, diagnostics);
        let start = Instant::now();
        Self {
            start,
            bytes: Cell::new(0),
            total,
            name: options.name.as_deref().map(name_of),
            parts: options.parts,
            clock: Clock::new(display.is_on().then(|| display.interval(options)), start),
            display,
            speed: RefCell::new(Speed::new(0)),
        }
    }

    /// So many more bytes were moved.
    #[inline]
    pub fn inc(&self, bytes: u64) {
        self.bytes.set(self.bytes.get() + bytes);
    }

    /// Bytes moved so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    /// When [`Meter::tick`] is to be called next; `None` if nothing is shown.
    pub fn due(&self) -> Option<Instant> {
        self.clock.due()
    }

    /// Draws, or prints a line; sets when it is due next.
    pub fn tick(&self) {
        self.clock.next();
        let elapsed = self.start.elapsed();
        let rate = self.speed.borrow_mut().note(elapsed, self.bytes.get());
        self.display.show(&[self.reading(elapsed, rate)], self.parts);
    }

    /// The last state stays. Its rate is that of the whole run.
    pub fn finish(&self) {
        self.clock.stop();
        let elapsed = self.start.elapsed();
        self.display.leave(&[self.reading(elapsed, per_second(self.bytes.get(), elapsed))], self.parts);
    }

    /// The totals so far, as dd's status line says them, with the line end.
    pub fn totals(&self) -> Vec<u8> {
        let mut line = totals(self.bytes.get(), self.start.elapsed());
        line.push('\n');
        line.into_bytes()
    }

    fn reading(&self, elapsed: Duration, rate: u64) -> Reading<'_> {
        let bytes = self.bytes.get();
        Reading { name: self.name.as_deref(), before: 0, bytes, elapsed, rate, total: self.total }
    }
}

/// When something is to be shown.
pub struct Clock {
    interval: Duration,
    due: Cell<Option<Instant>>,
}

impl Clock {
    /// Every `interval`, if at all.
    pub fn new(interval: Option<Duration>, start: Instant) -> Self {
        let due = interval.and_then(|interval| start.checked_add(interval));
        Self { interval: interval.unwrap_or_default(), due: Cell::new(due) }
    }

    pub fn due(&self) -> Option<Instant> {
        self.due.get()
    }

    /// The next one is due an interval after this one was; those that were missed are left out.
    pub fn next(&self) {
        let now = Instant::now();
        let next = self.due.get().and_then(|due| due.checked_add(self.interval));
        self.due
            .set(next.and_then(|next| if next > now { Some(next) } else { now.checked_add(self.interval) }));
    }

    pub fn stop(&self) {
        self.due.set(None);
    }
}

/// The same, but a meter that nobody asked for by name does not get in the way of data that goes to its terminal.
pub fn beside(options: &MeterOptions, outputs: &[End]) -> MeterOptions {
    let mut options = options.clone();
    let terminal = sys::process::standard(2).and_then(sys::fstat).map_or(0, |stat| stat.device);
    let is_same = |end: &End| end.terminal && [terminal, OWN_TERMINAL].contains(&end.stat.device);
    if options.when == ProgressWhen::Auto && outputs.iter().any(is_same) {
        options.when = ProgressWhen::Never;
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_keeps_its_pace_and_leaves_out_what_is_missed() {
        let second = Duration::from_secs(1);
        let now = Instant::now();
        let clock = Clock::new(Some(second), now);
        assert_eq!(clock.due(), Some(now + second));
        clock.next();
        assert_eq!(clock.due(), Some(now + 2 * second));
        let Some(long_ago) = now.checked_sub(100 * second) else { return };
        let clock = Clock::new(Some(second), long_ago);
        clock.next();
        assert!(clock.due().is_some_and(|due| due >= now + second));
        clock.stop();
        assert_eq!(clock.due(), None);
        clock.next();
        assert_eq!(clock.due(), None);
        assert_eq!(Clock::new(None, now).due(), None);
    }
}
