//! Opening and closing, with ordinary and with direct descriptors.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

use io_uring::{opcode, types};

use crate::ring::fd::{Held, Reserved, adopt};
use crate::ring::op::{Batch, Op, Results};
use crate::ring::{Fd, InFlight, Ring};
use crate::sys;

/// How to open: `open(2)`'s flags (`O_CLOEXEC` is added) and mode.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// `O_RDONLY`, `O_WRONLY | O_CREAT`, …
    pub flags: i32,
    /// Permission bits for `O_CREAT`.
    pub mode: u32,
}

impl How {
    /// For reading.
    pub const READ: Self = Self { flags: libc::O_RDONLY, mode: 0 };
}

/// `openat(2)`. The outcome is the open file; one that nobody takes is closed.
///
/// Beware of FIFOs: a ring opens one whose name is cached without waiting for a writer.
#[derive(Debug)]
pub struct Open {
    folder: Option<Held>,
    path: CString,
    how: How,
    place: Option<Reserved>,
}

pub(super) fn folder_number(folder: Option<&Held>) -> i32 {
    folder.map_or(libc::AT_FDCWD, Held::number)
}

/// The SQE of an open, into a place of the ring's table if one is given. `O_CLOEXEC` means nothing to a direct
/// descriptor and is refused there.
pub(super) fn entry(
    folder: Option<&Held>,
    path: &CString,
    how: How,
    place: Option<&Reserved>,
) -> io_uring::squeue::Entry {
    let slot = place.and_then(|place| types::DestinationSlot::try_from_slot_target(place.index()).ok());
    let flags = if slot.is_some() { how.flags } else { how.flags | libc::O_CLOEXEC };
    opcode::OpenAt::new(types::Fd(folder_number(folder)), path.as_ptr())
        .flags(flags)
        .mode(how.mode)
        .file_index(slot)
        .build()
}

/// What an open yielded: the place in the table (result 0), or a number.
pub(super) fn opened(place: Option<Reserved>, result: i32) -> io::Result<Fd> {
    match place {
        Some(place) if result == 0 => {
            place.into_fd().ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF))
        }
        _ => adopt(result),
    }
}

// SAFETY: the SQE points to `path`, on the heap, owned by `self`; `folder` is held open.
unsafe impl Op for Open {
    type Out = io::Result<Fd>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        batch.push(entry(self.folder.as_ref(), &self.path, self.how, self.place.as_ref()));
    }

    fn call(&mut self) -> Results {
        self.place = None;
        Results::one(sys::raw::open(
            folder_number(self.folder.as_ref()),
            &self.path,
            self.how.flags,
            self.how.mode,
        ))
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        opened(self.place, results.raw(0))
    }
}

/// `close(2)`, to learn what it says. (Dropping the last clone of an [`Fd`] closes too, but cannot tell.)
///
/// It owns the descriptor until it has run: one that was cancelled before is closed by its drop.
#[derive(Debug)]
pub struct Close {
    fd: Option<OwnedFd>,
}

impl Close {
    /// The number; -1 (so `EBADF`) if the descriptor was not ours to close.
    fn number(&self) -> i32 {
        self.fd.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }
}

// SAFETY: its SQE points nowhere; the descriptor is owned by `self`, which gives it up once it is closed.
unsafe impl Op for Close {
    type Out = io::Result<()>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        batch.push(opcode::Close::new(types::Fd(self.number())).build());
    }

    fn call(&mut self) -> Results {
        Results::one(sys::raw::close(self.number()))
    }

    /// After `EINTR` the number is free all the same, and may by now be somebody else's.
    fn restartable(&self) -> bool {
        false
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        let never_ran = [-libc::ECANCELED, -libc::EAGAIN].contains(&results.raw(0));
        if let Some(fd) = self.fd.filter(|_| !never_ran) {
            let _ = fd.into_raw_fd();
        }
        results.get(0).map(drop)
    }
}

impl Ring {
    /// Opens `path`, relative to `folder` or to the current folder.
    pub fn open(&self, folder: Option<&Fd>, path: CString, how: How) -> InFlight<Open> {
        self.start(Open { folder: folder.map(Fd::hold), path, how, place: None })
    }

    /// Opens `path` as a direct descriptor, which only this ring can use and which costs no file table entry of
    /// the process; as an ordinary one where there is no table, or no place left in it.
    pub fn open_direct(&self, folder: Option<&Fd>, path: CString, how: How) -> InFlight<Open> {
        let place = self.reserve_direct();
        self.start(Open { folder: folder.map(Fd::hold), path, how, place })
    }

    /// Closes an ordinary descriptor, and reports what `close(2)` reports. A descriptor that is shared (another
    /// clone, an operation in flight) is left to its last holder.
    pub fn close(&self, fd: Fd) -> InFlight<Close> {
        self.start(Close { fd: fd.into_owned().ok() })
    }
}
