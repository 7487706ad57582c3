//! What the ways of copying write to: the destination, as far as it has come.

use ringutils::cli::{Fault, bytes, quote};
use ringutils::io::zeros;
use ringutils::sys::{self, Kind};
use rustix::fs::{FallocateFlags, SeekFrom, fallocate, ftruncate, seek};
use rustix::io::Errno;

use super::Job;
use super::cache::Keeper;
use super::extents::Scan;
use super::verify::Sums;
use crate::options::{Cache, Sparse};

/// What is judged as zeros or not, as in GNU's cp.
const UNIT: usize = 512;
/// A shorter hole frees no block.
const WORTH_PUNCHING: u64 = 4096;
static ZEROS: [u8; 128 * 1024] = [0; 128 * 1024];

pub struct Sink<'a> {
    job: &'a Job<'a>,
    /// Bytes of the source that have been dealt with.
    at: u64,
    /// The last so many of them are a hole to be made.
    hole: u64,
    /// Whether holes may be made.
    holes: bool,
    /// Whether zeros are to become holes.
    zeros: bool,
    sums: Option<Sums>,
    keeper: Option<Keeper<'a>>,
}

impl<'a> Sink<'a> {
    pub fn new(job: &'a Job<'a>, scan: Scan) -> Self {
        let sparse = job.run.options.sparse;
        let regular = job.to.kind == Kind::Regular;
        let beyond = job.run.options.beyond;
        Self {
            job,
            at: 0,
            hole: 0,
            holes: regular && sparse != Sparse::Never,
            zeros: regular && (sparse == Sparse::Always || (sparse == Sparse::Auto && scan == Scan::Zeros)),
            sums: (beyond.verify && regular).then(Sums::default),
            keeper: (beyond.cache != Cache::Keep && job.between_files()).then(|| Keeper::new(job)),
        }
    }

    /// How much of the source has been dealt with.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// Whether it has to see the bytes, for the zeros among them.
    pub fn finds_zeros(&self) -> bool {
        self.zeros
    }

    /// The next bytes.
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.put_all(&[bytes])
    }

    /// The next bytes, in pieces.
    pub fn put_all(&mut self, pieces: &[&[u8]]) -> Result<(), Fault> {
        let mut bytes = 0;
        for piece in pieces {
            if let Some(sums) = &mut self.sums {
                sums.add(self.at + bytes, piece);
            }
            bytes += piece.len() as u64;
        }
        if self.zeros {
            return pieces.iter().try_for_each(|piece| self.put_without_zeros(piece));
        }
        self.settle()?;
        self.write(pieces)?;
        self.moved(bytes)
    }

    /// Counts bytes that are in the destination, at its position, already.
    pub fn moved(&mut self, bytes: u64) -> Result<(), Fault> {
        self.at += bytes;
        self.job.run.progress.inc(bytes);
        let Some(keeper) = &mut self.keeper else { return Ok(()) };
        keeper.reached(self.at).map_err(|error| self.job.of_destination("error writing ", error))
    }

    /// Hashes bytes that somebody else writes, and counts with [`Sink::moved`].
    pub fn see(&mut self, at: u64, bytes: &[u8]) {
        if let Some(sums) = &mut self.sums {
            sums.add(at, bytes);
        }
    }

    /// A hole of the source. `last`: behind it there is nothing.
    pub fn skip(&mut self, len: u64, last: bool) -> Result<(), Fault> {
        if self.holes {
            self.hole += len;
            self.at += len;
            self.job.run.progress.inc(len);
            return Ok(());
        }
        let mut left = len;
        while left > 0 {
            let piece = &ZEROS[..usize::try_from(left).unwrap_or(usize::MAX).min(ZEROS.len())];
            sys::write_all(self.job.destination.fd, piece).map_err(|error| {
                if last {
                    self.job.of_destination("failed to extend ", error)
                } else {
                    let name = quote::needed(self.job.destination.place.shown());
                    Fault::io(bytes![name, ": write failed"], error)
                }
            })?;
            self.job.hands.session.tally("write", piece.len());
            left -= piece.len() as u64;
            self.moved(piece.len() as u64)?;
        }
        Ok(())
    }

    /// Makes the hole that is due, if there is one, and stands behind it.
    pub fn settle(&mut self) -> Result<(), Fault> {
        if self.hole == 0 {
            return Ok(());
        }
        let by = i64::try_from(self.hole).unwrap_or(i64::MAX);
        let end = seek(self.job.destination.fd, SeekFrom::Current(by))
            .map_err(|errno| self.job.of_destination("cannot lseek ", errno))?;
        self.punch(end - self.hole)
    }

    /// Takes blocks away that were allocated in advance.
    fn punch(&mut self, at: u64) -> Result<(), Fault> {
        let len = std::mem::take(&mut self.hole);
        if len < WORTH_PUNCHING {
            return Ok(());
        }
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        match fallocate(self.job.destination.fd, flags, at, len) {
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(errno) => Err(self.job.of_destination("error deallocating ", errno)),
        }
    }

    /// All has been put; the hole at the end, if there is one, becomes part of the file.
    pub fn finish(&mut self, size: u64) -> Result<(), Fault> {
        let end = self.at.max(size);
        if self.hole > 0 {
            ftruncate(self.job.destination.fd, end)
                .map_err(|errno| self.job.of_destination("failed to extend ", errno))?;
            self.punch(self.at - self.hole)?;
        }
        let Some(keeper) = self.keeper.take() else { return Ok(()) };
        keeper.finish(self.at).map_err(|error| self.job.of_destination("error writing ", error))
    }

    /// `--verify`: what is in the destination is what was put.
    pub fn verified(self) -> Result<(), Fault> {
        match self.sums {
            Some(sums) => sums.verify(self.job, self.at),
            None => Ok(()),
        }
    }

    fn write(&self, pieces: &[&[u8]]) -> Result<(), Fault> {
        let to = self.job.destination.fd;
        let result = match pieces {
            [piece] => sys::write_all(to, piece),
            pieces => sys::write_all_vectored(to, pieces),
        };
        let call = if pieces.len() == 1 { "write" } else { "writev" };
        self.job.hands.session.tally(call, pieces.iter().map(|piece| piece.len()).sum());
        result.map_err(|error| self.job.of_destination("error writing ", error))
    }

    fn put_without_zeros(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let offset = (self.at % UNIT as u64).try_into().unwrap_or(0);
            let empty = zeros::run(rest, UNIT, offset, true);
            self.hole += empty as u64;
            self.moved(empty as u64)?;
            rest = &rest[empty..];
            if rest.is_empty() {
                break;
            }
            self.settle()?;
            let offset = (self.at % UNIT as u64).try_into().unwrap_or(0);
            let (data, behind) = rest.split_at(zeros::run(rest, UNIT, offset, false));
            self.write(&[data])?;
            self.moved(data.len() as u64)?;
            rest = behind;
        }
        Ok(())
    }
}
