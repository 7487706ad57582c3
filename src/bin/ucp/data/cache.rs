//! `--cache=drop`: the page cache as it was before.
//!
//! What is written is sent to the disk window by window, and dropped once it is there; of the source, what was not
//! cached before. That is asked before anything is read (`cachestat(2)`, Linux 6.5), since what is read ahead cannot
//! be told from what was there. Where the kernel cannot say, nothing counts as cached: whoever asks for `drop` wants
//! no more than that.

use std::io;
use std::os::fd::BorrowedFd;

use ringutils::sys;
use rustix::fs::{Advice, fadvise};

use super::Job;

/// Bytes that are sent to the disk at a time.
const WINDOW: u64 = 8 * 1024 * 1024;
/// Parts of a source that are looked at, at most.
const PARTS: u64 = 1024;

/// Follows a copy between regular files, and cleans up behind it.
pub struct Keeper<'a> {
    source: BorrowedFd<'a>,
    destination: BorrowedFd<'a>,
    before: Before,
    /// Writing of all before this was started.
    started: u64,
    /// All before this is on the disk, and not in memory any more.
    dropped: u64,
}

impl<'a> Keeper<'a> {
    /// Before anything is read.
    pub fn new(job: &Job<'a>) -> Self {
        let (source, destination) = (job.source.fd, job.destination.fd);
        let before = Before::of(source, job.source.stat.size, job.source.stat.blocks * 512);
        Self { source, destination, before, started: 0, dropped: 0 }
    }

    /// All before `at` has been written.
    pub fn reached(&mut self, at: u64) -> io::Result<()> {
        while at - self.started >= WINDOW {
            sys::write_back(self.destination, self.started, WINDOW, false)?;
            // What was started a window ago is there by now, or nearly.
            self.drop_until(self.started)?;
            self.started += WINDOW;
        }
        Ok(())
    }

    fn drop_until(&mut self, end: u64) -> io::Result<()> {
        let len = end - self.dropped;
        if len > 0 {
            sys::write_back(self.destination, self.dropped, len, true)?;
            forget(self.destination, self.dropped, len);
            self.before.restore(self.source, self.dropped, end);
            self.dropped = end;
        }
        Ok(())
    }

    /// All has been written.
    pub fn finish(mut self, end: u64) -> io::Result<()> {
        self.drop_until(end)?;
        // Folios that a window's edge ran through, and what was read ahead.
        forget(self.destination, 0, 0);
        self.before.restore(self.source, 0, u64::MAX);
        Ok(())
    }
}

/// Which parts of a file were cached.
struct Before {
    part: u64,
    cached: Vec<bool>,
}

impl Before {
    fn of(fd: BorrowedFd<'_>, size: u64, allocated: u64) -> Self {
        let part = size.div_ceil(PARTS).next_multiple_of(WINDOW).max(WINDOW);
        let none = Self { part, cached: Vec::new() };
        if sys::cached_bytes(fd, 0, size).is_none_or(|cached| cached == 0) {
            return none;
        }
        let most = |start: u64| {
            // Of a file with holes no more can be cached than it has.
            let len = part.min(size - start).min(allocated);
            sys::cached_bytes(fd, start, part).is_some_and(|cached| cached > 0 && cached >= len / 2)
        };
        Self { part, cached: (0..size.div_ceil(part)).map(|nth| most(nth * part)).collect() }
    }

    /// Drops what lies in the range and was not cached.
    fn restore(&self, fd: BorrowedFd<'_>, start: u64, end: u64) {
        if !self.cached.contains(&true) {
            return forget(fd, start, if end == u64::MAX { 0 } else { end - start });
        }
        let parts = (0..).zip(&self.cached).map(|(nth, cached)| (nth * self.part, *cached));
        for (at, _) in parts.filter(|(at, cached)| !cached && *at < end && at + self.part > start) {
            let from = at.max(start);
            forget(fd, from, (at + self.part).min(end) - from);
        }
    }
}

/// Drops clean pages; `len` 0: to the end. Only advice.
fn forget(fd: BorrowedFd<'_>, at: u64, len: u64) {
    let _ = fadvise(fd, at, std::num::NonZeroU64::new(len), Advice::DontNeed);
}
