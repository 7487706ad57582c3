//! Anonymous memory in whole pages.

use std::io;
use std::ptr::NonNull;

/// Zeroed, page-aligned memory of our own; unmapped when dropped. Pages that are never touched take no memory.
pub struct Mapping {
    at: NonNull<u8>,
    len: usize,
}

// SAFETY: it is plain memory with one owner.
unsafe impl Send for Mapping {}
// SAFETY: `&Mapping` gives only the address away.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `len` bytes.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn new(len: usize) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping at an address of the kernel's choice touches no memory of ours.
        let at = unsafe { libc::mmap(std::ptr::null_mut(), len, protection, flags, -1, 0) };
        if at == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        NonNull::new(at.cast())
            .map(|at| Self { at, len })
            .ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))
    }

    /// Where it starts.
    #[must_use]
    pub const fn as_ptr(&self) -> NonNull<u8> {
        self.at
    }

    /// The size of a page in bytes.
    #[must_use]
    pub fn page() -> usize {
        // SAFETY: takes no pointers.
        usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096)
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: this is the mapping that `new` made, and nothing refers to it any more.
        unsafe { libc::munmap(self.at.as_ptr().cast(), self.len) };
    }
}
