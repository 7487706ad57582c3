//! What a file is (`statx`), and that it is on disk (`fsync`).

use std::ffi::CString;
use std::io;

use io_uring::{opcode, types};

use super::open::folder_number;
use crate::ring::fd::{Held, on};
use crate::ring::op::{Batch, Op, Results};
use crate::ring::{Fd, InFlight, Ring};
use crate::sys;
pub use crate::sys::Stat;

/// `statx(2)`; io_uring always runs it on a worker thread. The outcome is the file's [`Stat`].
pub struct Statx {
    folder: Option<Held>,
    path: CString,
    flags: i32,
    answer: Box<libc::statx>,
}

// SAFETY: the SQE points to `path` and `answer`, both on the heap and owned by `self`; `folder` is held open.
unsafe impl Op for Statx {
    type Out = io::Result<Stat>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let folder = types::Fd(folder_number(self.folder.as_ref()));
        let answer = (&raw mut *self.answer).cast::<types::statx>();
        let entry = opcode::Statx::new(folder, self.path.as_ptr(), answer);
        batch.push(entry.flags(self.flags).mask(libc::STATX_BASIC_STATS).build());
    }

    fn call(&mut self) -> Results {
        let folder = folder_number(self.folder.as_ref());
        Results::one(sys::raw::statx(folder, &self.path, self.flags, &mut self.answer))
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        results.get(0).map(|_| Stat::from(&*self.answer))
    }
}

/// `fsync(2)` or `fdatasync(2)`. Failing does not sever a chain: never link anything behind it that relies on it.
#[derive(Debug)]
pub struct Fsync {
    fd: Held,
    data_only: bool,
}

// SAFETY: its SQE points nowhere; `fd` is held open.
unsafe impl Op for Fsync {
    type Out = io::Result<()>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let flags = if self.data_only { types::FsyncFlags::DATASYNC } else { types::FsyncFlags::empty() };
        batch.push(on!(self.fd, |file| opcode::Fsync::new(file).flags(flags).build()));
    }

    fn call(&mut self) -> Results {
        Results::one(sys::raw::fsync(self.fd.number(), self.data_only))
    }

    fn callable(&self) -> bool {
        !self.fd.is_direct()
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        results.get(0).map(drop)
    }
}

impl Ring {
    /// Asks what `path` is; symbolic links are followed unless `flags` has `AT_SYMLINK_NOFOLLOW`.
    pub fn statx(&self, folder: Option<&Fd>, path: CString, flags: i32) -> InFlight<Statx> {
        let answer = Box::new(sys::raw::empty_statx());
        self.start(Statx { folder: folder.map(Fd::hold), path, flags, answer })
    }

    /// Waits until the file (or with `data_only` its content and size) is on disk.
    pub fn fsync(&self, fd: &Fd, data_only: bool) -> InFlight<Fsync> {
        self.start(Fsync { fd: fd.hold(), data_only })
    }
}
