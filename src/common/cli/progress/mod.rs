//! `--progress`: how far, how fast, how long still.
//!
//! A [`Progress`] that is off is an `Option` that is `None`: counting costs one comparison. On a terminal it is a
//! bar (indicatif's, at most ten frames a second); elsewhere, when asked for anyway, a line every ten seconds.
//! A tool that has a meter of its own makes the lines itself and has them [drawn](Progress::drawn).

mod drawn;

use super::fault::bytes;
use crate::sys::process;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When to show progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProgressWhen {
    /// If standard error is a terminal.
    Auto,
    /// On a terminal as a bar, elsewhere as a line every ten seconds.
    Always,
    /// Not at all: what happens without the option.
    #[default]
    Never,
}

impl ProgressWhen {
    /// What it comes to where the output may be a terminal: a bar would be drawn across that.
    #[must_use]
    pub fn beside(self, output_is_terminal: bool) -> Self {
        if self == Self::Auto && output_is_terminal { Self::Never } else { self }
    }
}

const FRAMES_PER_SECOND: u8 = 10;
const LINE_EVERY: Duration = Duration::from_secs(10);
const UNKNOWN: u64 = u64::MAX;

/// A count of bytes and files that may be visible. Clones are the same count.
#[derive(Clone, Debug, Default)]
pub struct Progress(Option<Arc<Shown>>);

#[derive(Debug)]
struct Shown {
    prog: Vec<u8>,
    start: Instant,
    counts: Arc<Counts>,
    /// Milliseconds after `start` at which the next line is due, where there is no bar.
    due: AtomicU64,
    finished: AtomicBool,
    bar: Option<ProgressBar>,
    /// What the bar shows, where that is the tool's matter.
    text: drawn::Text,
}

/// What is done, and what is to be done ([`UNKNOWN`] if nobody said).
#[derive(Debug)]
struct Counts {
    bytes: AtomicU64,
    total_bytes: AtomicU64,
    files: AtomicU64,
    total_files: AtomicU64,
}

impl Progress {
    /// No progress is shown.
    #[must_use]
    pub fn off() -> Self {
        Self(None)
    }

    /// Starts the clock. `prog` precedes each line where there is no terminal; `total` is the number of bytes to
    /// come, if known.
    #[must_use]
    pub fn new(when: ProgressWhen, prog: &[u8], total: Option<u64>) -> Self {
        let terminal = || process::standard(2).is_ok() && io::stderr().is_terminal();
        match when {
            ProgressWhen::Auto | ProgressWhen::Always if terminal() => {
                Self::visible(prog, total, Some(ProgressDrawTarget::stderr_with_hz(FRAMES_PER_SECOND)))
            }
            ProgressWhen::Always => Self::visible(prog, total, None),
            ProgressWhen::Auto | ProgressWhen::Never => Self(None),
        }
    }

    fn visible(prog: &[u8], total: Option<u64>, target: Option<ProgressDrawTarget>) -> Self {
        let counts = Arc::new(Counts {
            bytes: AtomicU64::new(0),
            total_bytes: AtomicU64::new(total.unwrap_or(UNKNOWN)),
            files: AtomicU64::new(0),
            total_files: AtomicU64::new(UNKNOWN),
        });
        let bar = target.map(|target| {
            let bar = ProgressBar::with_draw_target(total, target);
            bar.set_style(style(total.is_some(), &counts));
            bar
        });
        Self(Some(Arc::new(Shown {
            prog: prog.to_vec(),
            start: Instant::now(),
            counts,
            due: AtomicU64::new(millis(LINE_EVERY)),
            finished: AtomicBool::new(false),
            bar,
            text: drawn::Text::default(),
        })))
    }

    /// Whether anything is shown: a tool may save itself the work of finding out totals.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// That many more bytes are done.
    #[inline]
    pub fn inc(&self, bytes: u64) {
        if let Some(shown) = &self.0 {
            shown.add(bytes, 0);
        }
    }

    /// That many more files are done.
    #[inline]
    pub fn inc_files(&self, files: u64) {
        if let Some(shown) = &self.0 {
            shown.add(0, files);
        }
    }

    /// So many bytes, and files if files are counted, are to be done in all. May grow while a tree is walked.
    pub fn set_total(&self, bytes: u64, files: Option<u64>) {
        let Some(shown) = &self.0 else { return };
        let before = shown.counts.total_bytes.swap(bytes, Ordering::Relaxed);
        shown.counts.total_files.store(files.unwrap_or(UNKNOWN), Ordering::Relaxed);
        if let Some(bar) = &shown.bar {
            bar.set_length(bytes);
            if before == UNKNOWN {
                bar.set_style(style(true, &shown.counts));
            }
        }
    }

    /// Does `work`, which writes to the terminal, while the bar is out of the way.
    pub fn suspend<T>(&self, work: impl FnOnce() -> T) -> T {
        match self.0.as_ref().and_then(|shown| shown.visible_bar()) {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }

    /// Takes the bar away; where there is none, prints the last line. Doing it again does nothing.
    pub fn finish(&self) {
        let Some(shown) = &self.0 else { return };
        if shown.finished.swap(true, Ordering::Relaxed) {
            return;
        }
        match &shown.bar {
            Some(bar) => bar.finish_and_clear(),
            None => shown.print_line(),
        }
    }
}

impl Shown {
    /// The bar, unless it is finished: one that was left on the screen is not to be drawn again.
    fn visible_bar(&self) -> Option<&ProgressBar> {
        self.bar.as_ref().filter(|_| !self.finished.load(Ordering::Relaxed))
    }

    fn add(&self, bytes: u64, files: u64) {
        self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.counts.files.fetch_add(files, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc(bytes);
            return;
        }
        let now = millis(self.start.elapsed());
        let due = self.due.load(Ordering::Relaxed);
        let next = now + millis(LINE_EVERY);
        // Of several threads that find it due, one prints.
        if now >= due && self.due.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.print_line();
        }
    }

    fn print_line(&self) {
        let state = State {
            bytes: self.counts.bytes.load(Ordering::Relaxed),
            files: self.counts.files.load(Ordering::Relaxed),
            total: known(&self.counts.total_bytes),
            total_files: known(&self.counts.total_files),
            elapsed: self.start.elapsed(),
        };
        let line = bytes![self.prog, ": ", state.line(), "\n"];
        // Nobody is waiting for progress that can't be shown.
        let _ = process::standard(2).and_then(|_| io::stderr().lock().write_all(&line));
    }
}

/// What a line of progress says.
struct State {
    bytes: u64,
    files: u64,
    total: Option<u64>,
    total_files: Option<u64>,
    elapsed: Duration,
}

impl State {
    /// `1.50 GiB of 3.00 GiB (50%), 12 of 40 files, 150.00 MiB/s, 10 seconds left`
    fn line(&self) -> String {
        let mut line = indicatif::BinaryBytes(self.bytes).to_string();
        if let Some(total) = self.total.filter(|total| *total > 0) {
            let percent = u128::from(self.bytes) * 100 / u128::from(total);
            append(&mut line, format_args!(" of {} ({}%)", indicatif::BinaryBytes(total), percent.min(100)));
        }
        line += &files_done(self.files, self.total_files);
        let elapsed_ms = u128::from(millis(self.elapsed).max(1));
        let rate = u64::try_from(u128::from(self.bytes) * 1000 / elapsed_ms).unwrap_or(u64::MAX);
        append(&mut line, format_args!(", {}/s", indicatif::BinaryBytes(rate)));
        let left = self.total.map(|total| total.saturating_sub(self.bytes)).filter(|left| *left > 0);
        match left {
            Some(left) if rate > 0 => {
                append(&mut line, format_args!(", {} left", HumanDuration(Duration::from_secs(left / rate))));
            }
            _ => {}
        }
        line
    }
}

/// Adds formatted text without a string in between.
pub(super) fn append(line: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    let _ = line.write_fmt(text);
}

fn known(total: &AtomicU64) -> Option<u64> {
    Some(total.load(Ordering::Relaxed)).filter(|total| *total != UNKNOWN)
}

/// `, 3 of 9 files`; nothing where files are not counted.
fn files_done(files: u64, total: Option<u64>) -> String {
    match total {
        Some(total) => format!(", {files} of {total} files"),
        None if files > 0 => format!(", {files} files"),
        None => String::new(),
    }
}

const WITH_TOTAL: &str =
    "{binary_bytes} of {binary_total_bytes}{files} [{wide_bar}] {percent}% {binary_bytes_per_sec} {left}";
const WITHOUT_TOTAL: &str = "{binary_bytes}{files} {binary_bytes_per_sec} {elapsed_precise}";

fn style(total_known: bool, counts: &Arc<Counts>) -> ProgressStyle {
    let left = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let seconds = state.eta().as_secs();
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let _ = match hours {
            0 => write!(out, "{minutes}:{seconds:02} left"),
            _ => write!(out, "{hours}:{minutes:02}:{seconds:02} left"),
        };
    };
    let counts = Arc::clone(counts);
    let files = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = out.write_str(&files_done(counts.files.load(Ordering::Relaxed), known(&counts.total_files)));
    };
    // The templates are right, as a test shows; indicatif's own bar would do as well.
    let style = ProgressStyle::with_template(if total_known { WITH_TOTAL } else { WITHOUT_TOTAL });
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    style.with_key("left", left).with_key("files", files).progress_chars("=> ")
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn off_is_nothing() {
        let off = Progress::new(ProgressWhen::Never, b"cat", Some(5));
        off.inc(3);
        off.set_total(9, None);
        off.finish();
        assert!(!off.is_on());
        assert_eq!(off.suspend(|| 7), 7);
        // Captured by the test harness or a file: no terminal, unless a person runs the tests.
        if !io::stderr().is_terminal() {
            assert!(!Progress::new(ProgressWhen::Auto, b"cat", None).is_on());
        }
    }

    #[test]
    fn lines() {
        let state = |bytes, total, files, total_files, seconds| {
            State { bytes, total, files, total_files, elapsed: Duration::from_secs(seconds) }.line()
        };
        assert_eq!(state(0, None, 0, None, 0), "0 B, 0 B/s");
        assert_eq!(state(2048, None, 0, None, 2), "2.00 KiB, 1.00 KiB/s");
        assert_eq!(
            state(1 << 20, Some(4 << 20), 0, None, 1),
            "1.00 MiB of 4.00 MiB (25%), 1.00 MiB/s, 3 seconds left"
        );
        assert_eq!(state(10, Some(10), 3, Some(3), 1), "10 B of 10 B (100%), 3 of 3 files, 10 B/s");
        assert_eq!(state(10, Some(5), 3, None, 1), "10 B of 5 B (100%), 3 files, 10 B/s");
    }

    #[test]
    fn counts_from_threads() {
        let progress = Progress::visible(b"ucp", Some(100), Some(ProgressDrawTarget::hidden()));
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| (0..50).for_each(|_| progress.inc(1)));
            }
        });
        progress.inc_files(1);
        progress.set_total(200, Some(2));
        let shown = progress.0.as_ref().expect("visible");
        assert_eq!(shown.counts.bytes.load(Ordering::Relaxed), 100);
        assert_eq!(shown.bar.as_ref().map(ProgressBar::position), Some(100));
        progress.finish();
    }

    #[test]
    fn templates_are_right() {
        assert!(ProgressStyle::with_template(WITH_TOTAL).is_ok());
        assert!(ProgressStyle::with_template(WITHOUT_TOTAL).is_ok());
    }
}
