//! Thin safe wrappers of the system calls that `io_uring` has no operation for, or that a plain call serves better.
//!
//! [`raw`] answers as the kernel does (a count, or a negative errno) and is what operations' `call` is made of; the
//! rest returns `io::Result`. All restart after `EINTR`. Together with [`crate::ring`] this is the only place with
//! `unsafe`.
#![allow(unsafe_code)]

mod cache;
pub mod fault;
mod file;
pub mod locale;
mod mapping;
pub mod partial;
pub mod process;
pub mod raw;
pub mod sha512;
mod signals;
pub mod simd;
mod transfer;

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

pub use cache::{cached_bytes, write_back};
pub use file::{
    Kind, Stat, Time, advise_sequential, c_path, cached, clear_direct, descriptor_limit, fstat, is_append,
    is_in_memory, is_out_of_descriptors, matches, never_shares, open_plain, read_cached, seek,
    seekable_offset, set_direct, stat, stat_at,
};
pub use mapping::Mapping;
pub use signals::{SignalFd, die_of, ignore_sigpipe, ignore_sigxfsz};
pub use transfer::{
    InnerPipe, close, copy_file_range, enlarge_pipe, read, read_at, read_now, splice, splice_from,
    splice_now, tee_now, write, write_all, write_all_vectored, write_now,
};

/// A counter to wake a `poll(2)` with.
pub struct EventFd(OwnedFd);

impl EventFd {
    /// # Errors
    /// `eventfd(2)`'s.
    pub fn new() -> io::Result<Self> {
        // SAFETY: takes no pointers.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given us this descriptor.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Makes it readable.
    pub fn ring(&self) {
        raw::write(self.0.as_raw_fd(), &1u64.to_ne_bytes(), None);
    }

    /// Makes it unreadable again.
    pub fn silence(&self) {
        raw::read(self.0.as_raw_fd(), &mut [0; 8], None);
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// Keeps glibc from giving each thread a heap of its own: 64 MiB of address space apiece, which counts under
/// `ulimit -v`.
pub fn one_malloc_arena() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: takes no pointers.
        unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) };
    }
}
