//! Writes: from one buffer (registered or not), or from several.

use std::io;
use std::mem;
use std::ops::Range;

use io_uring::opcode;

use super::offset;
use crate::ring::fd::{Held, on};
use crate::ring::op::{Batch, Op, Results, Wait};
use crate::ring::{Buf, Fd, InFlight, Ring};
use crate::sys;

fn writable(fd: &Held, at: Option<u64>) -> Wait {
    if at.is_none() { Wait::Ready(fd.number(), libc::POLLOUT) } else { Wait::No }
}

/// `write(2)` or `pwrite(2)` of a part of a buffer.
///
/// The outcome is how many bytes were written, possibly fewer than asked for, and the buffer, in any case.
#[derive(Debug)]
pub struct Write {
    fd: Held,
    buf: Buf,
    range: Range<usize>,
    at: Option<u64>,
}

// SAFETY: the SQE points to the filled part of `buf`, which `self` owns; `fd` is held open.
unsafe impl Op for Write {
    type Out = (io::Result<usize>, Buf);

    // As for `Read`.
    #[expect(clippy::inline_always, reason = "measured: some 10 ns of a read")]
    #[inline(always)]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let bytes = &self.buf[self.range.clone()];
        let len = u32::try_from(sys::fault::cap(bytes.len())).unwrap_or(u32::MAX);
        let (from, at) = (bytes.as_ptr(), offset(self.at));
        batch.push(match self.buf.fixed() {
            Some(index) => {
                on!(self.fd, |file| opcode::WriteFixed::new(file, from, len, index).offset(at).build())
            }
            None => on!(self.fd, |file| opcode::Write::new(file, from, len).offset(at).build()),
        });
    }

    fn call(&mut self) -> Results {
        let bytes = &self.buf[self.range.clone()];
        Results::one(sys::raw::write(self.fd.number(), &bytes[..sys::fault::cap(bytes.len())], self.at))
    }

    fn wait(&self) -> Wait {
        writable(&self.fd, self.at)
    }

    fn callable(&self) -> bool {
        !self.fd.is_direct()
    }

    fn wanted(&self, _step: usize) -> Option<usize> {
        Some(self.range.len())
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        (results.get(0), self.buf)
    }
}

/// `pwritev(2)`: the filled parts of several buffers as consecutive bytes, by one operation.
///
/// The outcome is how many bytes were written, possibly fewer than there are, and the buffers.
#[derive(Debug)]
pub struct Writev {
    fd: Held,
    bufs: Vec<Buf>,
    iovecs: Vec<sys::raw::IoVec>,
    at: Option<u64>,
}

// SAFETY: the SQE points to `iovecs`, on the heap, and those to buffers in `bufs`; `self` owns both.
unsafe impl Op for Writev {
    type Out = (io::Result<usize>, Vec<Buf>);

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let count = u32::try_from(self.iovecs.len()).unwrap_or(u32::MAX);
        let iovecs = self.iovecs.as_ptr().cast();
        batch.push(on!(self.fd, |file| opcode::Writev::new(file, iovecs, count)
            .offset(offset(self.at))
            .build()));
    }

    fn call(&mut self) -> Results {
        Results::one(sys::raw::writev(self.fd.number(), &self.iovecs, self.at))
    }

    fn wait(&self) -> Wait {
        writable(&self.fd, self.at)
    }

    fn callable(&self) -> bool {
        !self.fd.is_direct()
    }

    fn wanted(&self, _step: usize) -> Option<usize> {
        Some(self.bufs.iter().map(|buf| buf.len()).sum())
    }

    #[inline]
    fn finish(mut self, results: Results) -> Self::Out {
        (results.get(0), mem::take(&mut self.bufs))
    }
}

impl Ring {
    /// Writes `range` of `buf` at offset `at` (`None`: at the file's position). A registered buffer makes it a
    /// `WRITE_FIXED`.
    pub fn write(&self, fd: &Fd, buf: Buf, range: Range<usize>, at: Option<u64>) -> InFlight<Write> {
        self.start(Write { fd: fd.hold(), buf, range, at })
    }

    /// Writes all buffers, one behind the other. At most 1024 of them (`IOV_MAX`).
    pub fn writev(&self, fd: &Fd, bufs: Vec<Buf>, at: Option<u64>) -> InFlight<Writev> {
        let iovecs = bufs.iter().map(|buf| sys::raw::IoVec::of(buf)).collect();
        self.start(Writev { fd: fd.hold(), bufs, iovecs, at })
    }
}
