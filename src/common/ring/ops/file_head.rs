//! A whole small file in one operation: a chain of open, read, and the read that proves the end.

use std::ffi::CString;
use std::io;

use io_uring::opcode;

use super::open::{How, entry, folder_number, opened};
use crate::ring::fd::Held;
use crate::ring::fd::Reserved;
use crate::ring::op::{Batch, Op, Results};
use crate::ring::{Buf, Fd, InFlight, Ring};
use crate::sys;

/// The beginning of a file.
#[derive(Debug)]
pub struct Head {
    /// The file, open; perhaps a direct descriptor.
    pub fd: Fd,
    /// What was read, from offset 0.
    pub buf: Buf,
    /// Whether a read has answered 0 behind the last byte of `buf`: there is no more.
    pub complete: bool,
}

/// Opens a file whose size is believed to be `size`, reads that much, and asks for more.
///
/// As SQEs: `openat` into a place of the ring's table, linked to `read(0..size)`, hard-linked to `read(size..)`, which
/// answers 0 if the file is as long as it was said to be. The place's number is known beforehand, so the reads can
/// name it before it is open: this is what direct descriptors are for. A file that shrank severs nothing (the link
/// is a hard one) and one that grew shows in the last read.
#[derive(Debug)]
pub struct FileHead {
    folder: Option<Held>,
    path: CString,
    how: How,
    place: Option<Reserved>,
    buf: Buf,
    size: usize,
}

// SAFETY: the SQEs point to `path` (on the heap) and into `buf`, which `self` owns: two ranges that do not overlap.
unsafe impl Op for FileHead {
    type Out = io::Result<Head>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let Some(place) = &self.place else { return };
        let file = io_uring::types::Fixed(place.index());
        let start = self.buf.end().as_ptr();
        let rest = start.wrapping_add(self.size);
        let (size, more) = (length(sys::fault::cap(self.size)), length(self.buf.room() - self.size));
        batch.link(entry(self.folder.as_ref(), &self.path, self.how, Some(place)));
        batch.hard_link(opcode::Read::new(file, start, size).offset(0).build());
        batch.push(opcode::Read::new(file, rest, more).offset(self.size as u64).build());
    }

    fn call(&mut self) -> Results {
        self.place = None;
        let folder = folder_number(self.folder.as_ref());
        let fd = sys::raw::open(folder, &self.path, self.how.flags, self.how.mode);
        let mut results = Results::one(fd);
        if fd >= 0 {
            let (first, rest) = self.buf.spare().split_at_mut(self.size);
            results.push(sys::raw::read(fd, &mut first[..sys::fault::cap(self.size)], Some(0)));
            results.push(sys::raw::read(fd, rest, Some(self.size as u64)));
        }
        results
    }

    fn wanted(&self, step: usize) -> Option<usize> {
        (step == 1).then_some(self.size)
    }

    #[inline]
    fn finish(mut self, results: Results) -> Self::Out {
        let fd = opened(self.place.take(), results.raw(0))?;
        sys::fault::check()?;
        let first = match results.raw(1) {
            // No worker could be started for it: the file is open all the same, to be read from the beginning.
            error if error == -libc::ECANCELED || error == -libc::EAGAIN => 0,
            _ => results.get(1)?,
        };
        self.buf.add(first);
        // A short first read leaves a gap before what the second one may have found; only full ones count.
        let second =
            if first == self.size && sys::fault::check().is_ok() { results.get(2).ok() } else { None };
        self.buf.add(second.unwrap_or(0));
        Ok(Head { fd, buf: self.buf, complete: second == Some(0) })
    }
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

impl Ring {
    /// Opens `path` and reads `size` bytes of it and what may stand behind them into `buf`, which must be empty and
    /// larger than `size`.
    ///
    /// # Errors
    /// Gives the buffer back where this cannot be one operation: a ring without a free direct descriptor.
    pub fn file_head(
        &self,
        folder: Option<&Fd>,
        path: &CString,
        how: How,
        size: usize,
        buf: Buf,
    ) -> Result<InFlight<FileHead>, Buf> {
        let place = self.reserve_direct();
        if (place.is_none() && self.is_uring()) || !buf.is_empty() || size >= buf.capacity() {
            return Err(buf);
        }
        let (folder, path) = (folder.map(Fd::hold), path.clone());
        Ok(self.start(FileHead { folder, path, how, place, buf, size }))
    }
}
