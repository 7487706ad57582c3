//! The page cache: what is in it, and getting what was written out of it and onto the disk.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use super::Mapping;

/// `struct cachestat_range` of `linux/mman.h`.
#[repr(C)]
struct Range {
    at: u64,
    len: u64,
}

/// `struct cachestat`: pages.
#[repr(C)]
#[derive(Default)]
struct Pages {
    cached: u64,
    dirty: u64,
    under_write_back: u64,
    evicted: u64,
    recently_evicted: u64,
}

/// The same number on all architectures that came after 5.1's common table.
const CACHESTAT: libc::c_long = 451;

/// How many bytes (in whole pages) of a file's range are in the page cache; `None` where the kernel cannot tell
/// (`cachestat(2)`, Linux 6.5).
///
/// Unlike a read that must not wait (`RWF_NOWAIT`), asking changes nothing: it starts no read-ahead.
#[must_use]
pub fn cached_bytes(fd: BorrowedFd<'_>, at: u64, len: u64) -> Option<u64> {
    let range = Range { at, len };
    let mut pages = Pages::default();
    // SAFETY: both structures are locals, laid out as the kernel's.
    let answer = unsafe { libc::syscall(CACHESTAT, fd.as_raw_fd(), &raw const range, &raw mut pages, 0_u32) };
    (answer == 0).then(|| pages.cached.saturating_mul(Mapping::page() as u64))
}

/// Starts writing a range to the disk and, with `wait`, waits until it is there (the data; not what leads to it).
///
/// # Errors
/// `sync_file_range(2)`'s: `ESPIPE` for what is no file, `EIO`, `ENOSPC`.
pub fn write_back(fd: BorrowedFd<'_>, at: u64, len: u64, wait: bool) -> io::Result<()> {
    let offset = |n| i64::try_from(n).unwrap_or(i64::MAX);
    let waiting = libc::SYNC_FILE_RANGE_WAIT_BEFORE | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    let flags = libc::SYNC_FILE_RANGE_WRITE | if wait { waiting } else { 0 };
    // SAFETY: takes no pointers.
    if unsafe { libc::sync_file_range(fd.as_raw_fd(), offset(at), offset(len), flags) } == 0 {
        return Ok(());
    }
    Err(io::Error::last_os_error())
}
