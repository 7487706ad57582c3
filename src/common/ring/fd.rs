//! Descriptors that operations can share: each clone keeps the file open.

use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use io_uring::types;

use super::home::{Home, Share};

/// An open file: an ordinary descriptor, or a direct one that only the ring knows. It stays on its thread.
#[derive(Clone)]
pub struct Fd(Home<Kind>);

/// An open file as an operation holds it, open and ready to travel.
pub(super) struct Held(Share<Kind>);

#[derive(Debug)]
enum Kind {
    /// Closed with the last clone.
    Owned(OwnedFd),
    /// Shared with others, who may hold it longer.
    Shared(Arc<OwnedFd>),
    /// One of 0, 1, 2: never closed by us.
    Standard(RawFd),
    /// A slot of the ring's file table; closed through the ring with the last clone.
    Direct(DirectSlot),
}

impl Fd {
    /// A descriptor that stays open as long as a clone of it, or an operation on it, lives.
    #[must_use]
    pub fn new(fd: OwnedFd) -> Self {
        Self(Home::new(Kind::Owned(fd), ()))
    }

    /// A descriptor that others hold as well.
    #[must_use]
    pub fn shared(fd: Arc<OwnedFd>) -> Self {
        Self(Home::new(Kind::Shared(fd), ()))
    }

    /// Standard input, output or error, which outlive every operation.
    #[must_use]
    pub fn standard(fd: BorrowedFd<'static>) -> Self {
        Self(Home::new(Kind::Standard(fd.as_raw_fd()), ()))
    }

    pub(super) fn direct(slot: DirectSlot) -> Self {
        Self(Home::new(Kind::Direct(slot), ()))
    }

    /// The number for plain system calls; `None` for a direct descriptor.
    #[must_use]
    pub fn raw(&self) -> Option<RawFd> {
        self.0.raw()
    }

    /// What an operation holds, so that the file stays open.
    #[inline]
    pub(super) fn hold(&self) -> Held {
        Held(self.0.share())
    }

    /// The descriptor for plain system calls.
    ///
    /// # Errors
    /// `EBADF` for a direct descriptor.
    pub fn borrow(&self) -> io::Result<BorrowedFd<'_>> {
        let raw = self.raw().ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF))?;
        // SAFETY: an owned descriptor is open as long as `self`; the standard ones are never closed.
        Ok(unsafe { BorrowedFd::borrow_raw(raw) })
    }

    /// The ordinary descriptor itself.
    ///
    /// # Errors
    /// Comes back as it is if it is a direct or a standard one, or shared.
    pub fn into_owned(self) -> Result<OwnedFd, Self> {
        match self.0.into_shared() {
            Ok(Kind::Owned(fd)) => Ok(fd),
            Ok(kind) => Err(Self(Home::new(kind, ()))),
            Err(shared) => Err(Self(shared)),
        }
    }
}

impl fmt::Debug for Fd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fd").field(&*self.0).finish()
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Held").field(&*self.0).finish()
    }
}

impl Kind {
    #[inline]
    fn raw(&self) -> Option<RawFd> {
        match self {
            Self::Owned(fd) => Some(fd.as_raw_fd()),
            Self::Shared(fd) => Some(fd.as_raw_fd()),
            Self::Standard(fd) => Some(*fd),
            Self::Direct(_) => None,
        }
    }
}

impl Held {
    /// The number as system calls want it: -1 (so `EBADF`) for a direct descriptor.
    #[inline]
    pub fn number(&self) -> RawFd {
        self.0.raw().unwrap_or(-1)
    }

    pub fn is_direct(&self) -> bool {
        matches!(&*self.0, Kind::Direct(_))
    }

    /// The file as an SQE names it.
    #[inline]
    pub fn target(&self) -> Target {
        match &*self.0 {
            Kind::Direct(slot) => Target::Fixed(types::Fixed(slot.index)),
            _ => Target::Plain(types::Fd(self.number())),
        }
    }
}

/// How an SQE names a file.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Plain(types::Fd),
    Fixed(types::Fixed),
}

/// Builds an SQE for whichever kind of descriptor `$fd` is: `on!(fd, |file| opcode::Fsync::new(file).build())`.
macro_rules! on {
    ($fd:expr, |$file:ident| $build:expr) => {
        match $fd.target() {
            $crate::ring::fd::Target::Plain($file) => $build,
            $crate::ring::fd::Target::Fixed($file) => $build,
        }
    };
}
pub(super) use on;

/// The ring's table of direct descriptors: which places are free, and which wait to be closed.
///
/// A place goes round: free → reserved for an open → open → to be closed → free. It is shared with operations, which
/// may be dropped anywhere; the ring closes what is in `closing` at its next turn.
#[derive(Debug)]
pub(super) struct FileTable {
    free: Mutex<Vec<u32>>,
    closing: Mutex<Vec<u32>>,
    waiting: AtomicUsize,
}

impl FileTable {
    pub fn new(places: u32) -> Arc<Self> {
        Arc::new(Self {
            free: Mutex::new((0..places).rev().collect()),
            closing: Mutex::default(),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Reserves a place for an open.
    pub fn reserve(self: &Arc<Self>) -> Option<Reserved> {
        let index = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        Some(Reserved { index, table: Some(Arc::clone(self)) })
    }

    /// A place has been closed by the ring.
    pub fn give_back(&self, index: u32) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(index);
    }

    /// Whether there are places to close.
    pub fn has_closing(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// The places to close now.
    pub fn take_closing(&self) -> Vec<u32> {
        self.waiting.store(0, Ordering::Release);
        std::mem::take(&mut *self.closing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[cfg(test)]
    pub fn is_closing(&self) -> bool {
        !self.closing.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    #[cfg(test)]
    pub fn free_places(&self) -> usize {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Keeps places for a later turn (the queue was full).
    pub fn put_closing(&self, index: u32) {
        self.closing.lock().unwrap_or_else(PoisonError::into_inner).push(index);
        self.waiting.fetch_add(1, Ordering::Release);
    }
}

/// A place in the table that an open operation is to fill.
#[derive(Debug)]
pub struct Reserved {
    index: u32,
    table: Option<Arc<FileTable>>,
}

impl Reserved {
    pub(super) const fn index(&self) -> u32 {
        self.index
    }

    /// The open succeeded.
    pub(super) fn into_fd(mut self) -> Option<Fd> {
        let table = self.table.take()?;
        Some(Fd::direct(DirectSlot { index: self.index, table }))
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some(table) = self.table.take() {
            table.give_back(self.index);
        }
    }
}

/// An open place in the table.
pub(super) struct DirectSlot {
    index: u32,
    table: Arc<FileTable>,
}

impl fmt::Debug for DirectSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "direct {}", self.index)
    }
}

impl Drop for DirectSlot {
    fn drop(&mut self) {
        self.table.put_closing(self.index);
    }
}

/// Takes ownership of a descriptor number that a system call or a completion has just yielded.
///
/// # Errors
/// The errno, for a negative number.
pub(super) fn adopt(result: i32) -> io::Result<Fd> {
    if result < 0 {
        return Err(io::Error::from_raw_os_error(-result));
    }
    // SAFETY: the kernel has just yielded this number to us, and nobody else knows it.
    Ok(Fd::new(unsafe { OwnedFd::from_raw_fd(result) }))
}
