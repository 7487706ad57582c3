//! Standard output: what it is, and writing to it.

use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd};

use crate::sys::{self, Kind, Stat};

/// Standard output.
pub struct Output {
    fd: BorrowedFd<'static>,
    stat: Stat,
    append: bool,
}

impl Output {
    /// # Errors
    /// `EBADF` if it was closed, and `fstat(2)`'s.
    pub fn new() -> io::Result<Self> {
        let fd = sys::process::standard(1)?;
        let stat = sys::fstat(fd)?;
        let append = sys::is_append(fd).unwrap_or(false);
        Ok(Self { fd, stat, append })
    }

    /// Its descriptor, open as long as the program runs.
    pub fn fd(&self) -> BorrowedFd<'static> {
        self.fd
    }

    /// What kind of file it is.
    pub fn kind(&self) -> Kind {
        self.stat.kind
    }

    /// Whether it is the null device.
    pub fn is_null(&self) -> bool {
        self.stat.is_null
    }

    /// Whether a person may be watching.
    pub fn is_terminal(&self) -> bool {
        self.stat.kind == Kind::Character && self.fd.is_terminal()
    }

    /// Which file it is: device and inode number.
    pub fn identity(&self) -> (u64, u64) {
        self.stat.identity
    }

    /// Whether `input` is the same file (pipes and sockets, which have two ends, are not).
    pub fn is_same(&self, input: &Stat) -> bool {
        self.stat.identity == input.identity && !matches!(input.kind, Kind::Pipe | Kind::Socket)
    }

    /// Whether copying `input`, which is the same file, would feed on its own output: what it will read lies before
    /// what will be written.
    pub fn would_loop(&self, input: BorrowedFd<'_>) -> bool {
        let Some(from) = sys::seekable_offset(input) else { return false };
        let to = if self.append {
            sys::fstat(self.fd).ok().map(|stat| stat.size)
        } else {
            sys::seekable_offset(self.fd)
        };
        to.is_some_and(|to| from < to)
    }

    /// Writes all of it, by plain calls.
    ///
    /// # Errors
    /// `write(2)`'s.
    pub fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
        sys::write_all(self.fd.as_fd(), bytes)
    }

    /// Writes several pieces, by as few calls as possible.
    ///
    /// # Errors
    /// `writev(2)`'s.
    pub fn write_all_vectored(&self, pieces: &[&[u8]]) -> io::Result<()> {
        sys::write_all_vectored(self.fd.as_fd(), pieces)
    }
}
