//! Who tells: called in the order of the items, never by two threads at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ringutils::cli::{Diagnostics, Fault};
use ringutils::sys;

use crate::digest::Digest;
use crate::item::{Job, Note};

/// Makes lines of results.
pub trait Reporter: Send {
    /// A file was computed, or could not be.
    fn file(&mut self, job: &Job, result: io::Result<Digest>, out: &mut Out<'_>);

    /// Something else happened.
    fn note(&mut self, note: Note, out: &mut Out<'_>);
}

/// Standard output, collected, and standard error: what is written to the one and to the other appears in this order.
pub struct Out<'a> {
    diagnostics: &'a Diagnostics,
    lines: Vec<u8>,
    failed: Option<io::Error>,
    /// The same for all threads, whoever tells just now.
    over: Arc<AtomicBool>,
}

/// Bytes that are collected at most.
const FULL: usize = 16 * 1024;

impl<'a> Out<'a> {
    pub fn new(diagnostics: &'a Diagnostics) -> Self {
        Self { diagnostics, lines: Vec::new(), failed: None, over: Arc::default() }
    }

    /// Adds to standard output.
    pub fn print(&mut self, text: &[u8]) {
        self.lines.extend_from_slice(text);
        if self.lines.len() >= FULL {
            self.flush();
        }
    }

    /// A diagnostic that makes the exit status 1. None follows a failure to write what came before.
    pub fn fault(&mut self, fault: &Fault) {
        self.flush();
        if !self.has_failed() {
            self.diagnostics.report(fault);
        }
    }

    /// A diagnostic that does not.
    pub fn warn(&mut self, text: impl AsRef<[u8]>) {
        self.flush();
        if !self.has_failed() {
            self.diagnostics.warn(text);
        }
    }

    /// The exit status is to be 1.
    pub fn fail(&mut self) {
        self.diagnostics.fail(1);
    }

    /// Writes what was collected. After a failure nothing is written any more.
    pub fn flush(&mut self) {
        if self.lines.is_empty() || self.failed.is_some() {
            return;
        }
        let result = sys::process::standard(1).and_then(|fd| sys::write_all(fd, &self.lines));
        self.failed = result.err();
        self.over.store(self.failed.is_some(), Ordering::Relaxed);
        self.lines.clear();
    }

    /// Why writing failed, if it did.
    pub fn failure(&mut self) -> Option<io::Error> {
        self.failed.take()
    }

    /// Becomes true when writing failed: nobody is going to read what is computed from then on.
    pub fn over(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.over)
    }

    /// Whether writing failed.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }
}

#[cfg(test)]
impl Out<'_> {
    /// What was collected, instead of being written: for tests.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.lines)
    }
}
