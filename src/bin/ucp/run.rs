//! What all parts of a run have in common.

use std::ffi::OsStr;

use ringutils::cli::{Progress, bytes, quote};
use ringutils::sys::Stat;
use rustix::fs::Mode;
use rustix::process::{geteuid, umask};

use crate::data::Support;
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
}

impl<'a> Run<'a> {
    pub fn new(options: &'a Options, progress: &'a Progress) -> Self {
        let mask = umask(Mode::empty());
        umask(mask);
        Self {
            options,
            progress,
            umask: mask.bits(),
            is_root: geteuid().is_root(),
            support: Support::default(),
        }
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
