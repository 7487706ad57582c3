//! Reads that need not be waited for.

use std::cell::Cell;
use std::os::fd::{AsFd, OwnedFd};

use crate::sys;

/// Reads what is in memory, and remembers which device is nothing else: of files there no more has to be asked.
#[derive(Debug, Default)]
pub struct CachedReads {
    memory: Cell<Option<u64>>,
    other: Cell<Option<u64>>,
}

impl CachedReads {
    /// Reads from a file on `device` at an offset. `None` if the disk would have to be asked for the first byte, or that
    /// cannot be known.
    pub fn read(&self, fd: &OwnedFd, device: u64, into: &mut [u8], at: u64) -> Option<usize> {
        if self.memory.get() == Some(device) {
            return sys::read_at(fd.as_fd(), into, at).ok();
        }
        let read = sys::read_cached(fd.as_fd(), into, at);
        if read.is_some() && self.other.get() != Some(device) {
            let known = if sys::is_in_memory(fd.as_fd()) { &self.memory } else { &self.other };
            known.set(Some(device));
        }
        read
    }
}
