//! Reads: into one buffer (registered or not), or into several.

use std::io;
use std::mem;

use io_uring::opcode;
use io_uring::squeue::Flags;

use super::offset;
use crate::ring::fd::{Held, on};
use crate::ring::op::{Batch, Op, Results, Wait};
use crate::ring::{Buf, Fd, InFlight, Ring};
use crate::sys;

/// What the thread engine waits for before a read that would block.
pub(super) fn readable(fd: &Held, at: Option<u64>) -> Wait {
    if at.is_none() { Wait::Ready(fd.number(), libc::POLLIN) } else { Wait::No }
}

/// `read(2)` or `pread(2)` behind what the buffer already holds.
///
/// The outcome is the buffer, longer by what was read: unchanged at the end of the file, and possibly less than
/// there was room for. On an error the buffer goes back to its pool.
#[derive(Debug)]
pub struct Read {
    fd: Held,
    buf: Buf,
    at: Option<u64>,
    len: usize,
    elsewhere: bool,
}

// SAFETY: the SQE points to the unfilled part of `buf`, which `self` owns; `fd` is held open.
unsafe impl Op for Read {
    type Out = io::Result<Buf>;

    // Left to itself the compiler calls it, and hands the queue's head and tail over in memory.
    #[expect(clippy::inline_always, reason = "measured: some 10 ns of a read")]
    #[inline(always)]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let len = u32::try_from(sys::fault::cap(self.len)).unwrap_or(u32::MAX);
        let into = self.buf.end().as_ptr();
        let at = offset(self.at);
        let entry = match self.buf.fixed() {
            Some(index) => {
                on!(self.fd, |file| opcode::ReadFixed::new(file, into, len, index).offset(at).build())
            }
            None => on!(self.fd, |file| opcode::Read::new(file, into, len).offset(at).build()),
        };
        batch.push(if self.elsewhere { entry.flags(Flags::ASYNC) } else { entry });
    }

    fn call(&mut self) -> Results {
        let len = sys::fault::cap(self.len);
        Results::one(sys::raw::read(self.fd.number(), &mut self.buf.spare()[..len], self.at))
    }

    fn wait(&self) -> Wait {
        readable(&self.fd, self.at)
    }

    fn callable(&self) -> bool {
        !self.fd.is_direct()
    }

    fn wanted(&self, _step: usize) -> Option<usize> {
        Some(self.len)
    }

    #[inline]
    fn finish(mut self, results: Results) -> Self::Out {
        let n = results.get(0)?;
        self.buf.add(n);
        Ok(self.buf)
    }
}

/// `preadv(2)`: fills several buffers with consecutive bytes, in order, by one operation.
///
/// The outcome is the buffers; those beyond what was read stay as they were.
#[derive(Debug)]
pub struct Readv {
    fd: Held,
    bufs: Vec<Buf>,
    iovecs: Vec<sys::raw::IoVec>,
    at: Option<u64>,
}

// SAFETY: the SQE points to `iovecs`, on the heap, and those to buffers in `bufs`; `self` owns both.
unsafe impl Op for Readv {
    type Out = io::Result<Vec<Buf>>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let count = u32::try_from(self.iovecs.len()).unwrap_or(u32::MAX);
        let iovecs = self.iovecs.as_ptr().cast();
        batch.push(on!(self.fd, |file| opcode::Readv::new(file, iovecs, count)
            .offset(offset(self.at))
            .build()));
    }

    fn call(&mut self) -> Results {
        Results::one(sys::raw::readv(self.fd.number(), &mut self.iovecs, self.at))
    }

    fn wait(&self) -> Wait {
        readable(&self.fd, self.at)
    }

    fn callable(&self) -> bool {
        !self.fd.is_direct()
    }

    fn wanted(&self, _step: usize) -> Option<usize> {
        Some(self.bufs.iter().map(Buf::room).sum())
    }

    #[inline]
    fn finish(mut self, results: Results) -> Self::Out {
        let mut left = results.get(0)?;
        for buf in &mut self.bufs {
            let here = left.min(buf.room());
            buf.add(here);
            left -= here;
        }
        Ok(mem::take(&mut self.bufs))
    }
}

impl Ring {
    /// Reads at offset `at` (`None`: at the file's position) until `buf` is full, or less if that is all there is.
    /// A registered buffer makes it a `READ_FIXED`.
    #[inline]
    pub fn read(&self, fd: &Fd, buf: Buf, at: Option<u64>) -> InFlight<Read> {
        let len = buf.room();
        self.start(Read { fd: fd.hold(), buf, at, len, elsewhere: false })
    }

    /// As [`Ring::read`], on a worker thread of the kernel from the start (`IOSQE_ASYNC`): copying what is cached
    /// then takes another core's time, not the caller's.
    pub fn read_elsewhere(&self, fd: &Fd, buf: Buf, at: Option<u64>) -> InFlight<Read> {
        let len = buf.room();
        self.start(Read { fd: fd.hold(), buf, at, len, elsewhere: true })
    }

    /// Reads consecutive bytes into several buffers.
    pub fn readv(&self, fd: &Fd, mut bufs: Vec<Buf>, at: Option<u64>) -> InFlight<Readv> {
        let iovecs = bufs.iter_mut().map(|buf| sys::raw::IoVec::of_mut(buf.spare())).collect();
        self.start(Readv { fd: fd.hold(), bufs, iovecs, at })
    }
}
