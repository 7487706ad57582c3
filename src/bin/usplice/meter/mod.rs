//! How far, how fast, how long still: on a terminal a line that is drawn again and again, elsewhere lines; and the totals
//! in dd's words.

use std::cell::Cell;
use std::time::Instant;

use ringutils::cli::Diagnostics;

use crate::options::MeterOptions;

/// See the module. It counts in any case, so that totals can be told.
pub struct Meter {
    start: Instant,
    bytes: Cell<u64>,
}

impl Meter {
    /// Starts the clock. `total`: bytes to come, if known.
    pub fn new(options: &MeterOptions, diagnostics: &Diagnostics, total: Option<u64>) -> Self {
        let _ = (options, diagnostics, total);
        Self { start: Instant::now(), bytes: Cell::new(0) }
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
        None
    }

    /// Draws, or prints a line; sets when it is due next.
    pub fn tick(&self) {}

    /// The last state stays.
    pub fn finish(&self) {}

    /// The totals so far, as dd's status line says them, with the line end.
    pub fn totals(&self) -> Vec<u8> {
        let _ = self.start;
        Vec::new()
    }
}
