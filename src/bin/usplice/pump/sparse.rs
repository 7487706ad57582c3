//! `--sparse`: zeros become holes of a regular output.
//!
//! Behind the old end of the file a hole is what nobody writes: it is stepped over. Where there is old data it has to
//! be taken away, or, where the file system does not do that, zeros written over it. The output's own position says how
//! far it is, as if all had been written, once a hole is settled: before the next data, and at the end.

use std::io;
use std::os::fd::BorrowedFd;

use ringutils::io::transfer::at_most;
use ringutils::io::{Session, zeros};
use ringutils::sys;
use rustix::fs::{FallocateFlags, fallocate, ftruncate};

use crate::ends::End;

/// What is judged as zeros or not, at multiples of itself: the block of nearly all file systems.
const UNIT: usize = 4096;
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// A regular output as far as it has come, which must not append: it is positions that make holes. Write to it by this alone, and see that it is [finished](Sparse::finish)
/// whatever happens: what was taken for granted until then is not in the file.
pub struct Sparse<'a> {
    session: &'a Session,
    fd: BorrowedFd<'a>,
    /// Where the next byte belongs.
    at: u64,
    /// The last so many bytes before that are a hole to be made.
    hole: u64,
    /// Where the file ended before.
    old: u64,
    /// Holes were stepped over: the file may be shorter than it should be.
    stepped: bool,
    /// Where there is old data, holes cannot be made.
    refused: bool,
}

impl<'a> Sparse<'a> {
    /// From where the output stands.
    ///
    /// # Errors
    /// `fstat(2)`'s, and `ESPIPE` for what has no positions.
    pub fn new(session: &'a Session, output: &'a End) -> io::Result<Self> {
        let fd = output.fd();
        let at = sys::seekable_offset(fd).ok_or_else(|| io::Error::from_raw_os_error(libc::ESPIPE))?;
        Ok(Self { session, fd, at, hole: 0, stepped: false, old: sys::fstat(fd)?.size, refused: false })
    }

    /// Where the next byte belongs: as far as it has come.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The next bytes.
    ///
    /// # Errors
    /// The calls'. What was written before is in the file.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let empty = zeros::run(bytes, UNIT, self.offset(), true);
            self.skip(empty as u64);
            bytes = &bytes[empty..];
            let (data, behind) = bytes.split_at(zeros::run(bytes, UNIT, self.offset(), false));
            if !data.is_empty() {
                self.settle()?;
                self.put(data)?;
            }
            bytes = behind;
        }
        Ok(())
    }

    /// So many zeros, which nobody has to look at.
    pub fn skip(&mut self, bytes: u64) {
        self.hole += bytes;
        self.at += bytes;
        self.stepped |= bytes > 0;
    }

    /// All has been written: a hole at the end becomes part of the file.
    ///
    /// # Errors
    /// The calls'.
    pub fn finish(&mut self) -> io::Result<()> {
        self.settle()?;
        if self.stepped && self.at > sys::fstat(self.fd)?.size {
            ftruncate(self.fd, self.at)?;
        }
        Ok(())
    }

    /// So many bytes of the next byte's unit are before it.
    fn offset(&self) -> usize {
        usize::try_from(self.at % UNIT as u64).unwrap_or(0)
    }

    /// Makes the hole that is due, if there is one, and stands behind it.
    fn settle(&mut self) -> io::Result<()> {
        let hole = std::mem::take(&mut self.hole);
        if hole == 0 {
            return Ok(());
        }
        let start = self.at - hole;
        let old = self.old.clamp(start, self.at) - start;
        // The last block of the old data can go as a whole.
        let end = self.old.next_multiple_of(UNIT as u64).min(self.at);
        if old > 0 && !self.punch(start, end - start) {
            // The file's position is there: nothing moved it since the last write.
            self.at = start;
            self.put_zeros(old)?;
            self.at = start + hole;
        }
        sys::seek(self.fd, self.at)
    }

    /// Takes old data away, which leaves zeros; `false` where that is not to be had, or frees nothing.
    fn punch(&mut self, at: u64, len: u64) -> bool {
        if self.refused || len < UNIT as u64 {
            return false;
        }
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        // Whatever the reason may be: if it is one for writing, too, that will say so.
        self.refused = fallocate(self.fd, flags, at, len).is_err();
        self.session.tally("fallocate", 0);
        !self.refused
    }

    fn put_zeros(&mut self, mut left: u64) -> io::Result<()> {
        while left > 0 {
            let piece = at_most(left, ZEROS.len());
            self.put(&ZEROS[..piece])?;
            left -= piece as u64;
        }
        Ok(())
    }

    /// Writes at the position. It counts what is in the file, even if not all is.
    fn put(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let n = sys::write(self.fd, bytes)?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.session.tally("write", n);
            self.at += n as u64;
            bytes = &bytes[n..];
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
