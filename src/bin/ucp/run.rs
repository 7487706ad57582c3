//! What all parts of a run have in common.

use std::ffi::OsStr;
use std::sync::{Mutex, PoisonError};

use ringutils::cli::{Progress, bytes, quote};
use ringutils::ring::Stats;
use ringutils::sys::Stat;
use rustix::fs::Mode;
use rustix::process::{geteuid, umask};

use crate::data::Support;
use crate::hands::Hands;
use crate::options::Options;
use crate::place::Place;

/// What the whole run knows; any thread may look.
pub struct Run<'a> {
    pub options: &'a Options,
    pub progress: &'a Progress,
    /// Read once, at the start.
    pub umask: u32,
    /// Whose effective user id is 0: may give files away.
    pub is_root: bool,
    /// What file systems turned out to be able to do.
    pub support: Support,
    /// Counters of the threads that have ended.
    stats: Mutex<Option<Stats>>,
}

impl<'a> Run<'a> {
    pub fn new(options: &'a Options, progress: &'a Progress) -> Self {
        let mask = umask(Mode::empty());
        umask(mask);
        Self::with(options, progress, mask.bits(), geteuid().is_root())
    }

    /// As if the process had this umask and these rights.
    pub fn with(options: &'a Options, progress: &'a Progress, umask: u32, is_root: bool) -> Self {
        Self { options, progress, umask, is_root, support: Support::default(), stats: Mutex::default() }
    }

    /// Adds a thread's counters, if there are any.
    pub fn add_stats(&self, hands: &Hands) {
        let mut sum = self.stats.lock().unwrap_or_else(PoisonError::into_inner);
        Stats::add(&mut sum, hands.session.stats());
    }

    /// All of them.
    pub fn stats(&self) -> Option<Stats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A source that is open for reading.
pub struct Source<'a> {
    pub place: &'a Place,
    pub fd: std::os::fd::BorrowedFd<'a>,
    /// Of the open file.
    pub stat: Stat,
}

/// A destination that is open for writing, at its start and empty (unless `--attributes-only`).
pub struct Destination<'a> {
    pub place: &'a Place,
    pub fd: std::os::fd::BorrowedFd<'a>,
    /// What it was before, if it existed.
    pub before: Option<Stat>,
}

/// `'NAME'`, as messages have it.
pub fn quoted(name: &OsStr) -> Vec<u8> {
    quote::always(name)
}

/// `'S' -> 'D'`
pub fn arrow(from: &Place, to: &Place) -> Vec<u8> {
    bytes![quoted(from.shown()), " -> ", quoted(to.shown())]
}
