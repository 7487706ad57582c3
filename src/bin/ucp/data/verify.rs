//! `--verify`: what the destination has on its disk is what was read from the source.
//!
//! Each MiB of the source is hashed (BLAKE3) as it passes. Afterwards the destination is sent to its disk, dropped from
//! the page cache, and read again, past the cache where the file system allows it. Between the hashed parts there are
//! holes: there it has to have holes too, or zeros.
//!
//! Of a clone nothing passes, so the source is read for it; the two share their blocks, but a bad disk is found all
//! the same.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use blake3::{Hash, Hasher};
use ringutils::cli::{Fault, bytes};
use ringutils::io::ReadAhead;
use ringutils::ring::Fd;
use ringutils::sys;
use rustix::fs::{Advice, CWD, Mode, OFlags, SeekFrom, fadvise, fdatasync, openat, seek};
use rustix::io::{Errno, pread};

use super::{Job, quoted};

/// Bytes per hash.
const PIECE: u64 = 1024 * 1024;

/// Hashes of the parts of a file that have data.
#[derive(Default)]
pub struct Sums {
    pieces: Vec<Piece>,
    hasher: Hasher,
    /// What the hasher has seen, which is no piece yet.
    from: u64,
    len: u64,
}

#[derive(Clone, Copy)]
struct Piece {
    at: u64,
    len: u64,
    hash: Hash,
}

impl Sums {
    /// Bytes at an offset, which only grows.
    pub fn add(&mut self, at: u64, bytes: &[u8]) {
        if at != self.from + self.len {
            self.end();
            self.from = at;
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = usize::try_from(PIECE - self.len).unwrap_or(usize::MAX).min(rest.len());
            let (now, later) = rest.split_at(room);
            self.hasher.update(now);
            self.len += now.len() as u64;
            rest = later;
            if self.len == PIECE {
                self.end();
            }
        }
    }

    /// What comes next is another piece.
    fn end(&mut self) {
        if self.len > 0 {
            self.pieces.push(Piece { at: self.from, len: self.len, hash: self.hasher.finalize() });
            self.hasher.reset();
            self.from += self.len;
            self.len = 0;
        }
    }

    /// Reads the destination, which should be `size` bytes long, and compares.
    pub fn verify(mut self, job: &Job<'_>, size: u64) -> Result<(), Fault> {
        self.end();
        let copy = Copy::open(job)?;
        let stat = copy.fd.borrow().and_then(sys::fstat);
        let actual = stat.map_err(|error| job.of_destination("cannot fstat ", error))?.size;
        if actual != size {
            return Err(differs(job, actual.min(size)));
        }
        let mut at = 0;
        let mut pieces = &self.pieces[..];
        while let Some(first) = pieces.first() {
            copy.is_hole(job, at, first.at)?;
            let gap = pieces.windows(2).position(|pair| pair[0].at + pair[0].len != pair[1].at);
            let (together, others) = pieces.split_at(gap.map_or(pieces.len(), |gap| gap + 1));
            at = copy.has(job, together)?;
            pieces = others;
        }
        copy.is_hole(job, at, size)
    }
}

/// The destination, open for reading.
struct Copy {
    fd: Fd,
}

impl Copy {
    /// Everything is on the disk by then, and nothing in memory.
    fn open(job: &Job<'_>) -> Result<Self, Fault> {
        let fd = job.destination.fd;
        fdatasync(fd).map_err(|errno| job.of_destination("error writing ", errno))?;
        let _ = fadvise(fd, 0, None, Advice::DontNeed);
        let fd = reopen(job).map_err(|errno| job.of_destination("cannot verify ", errno))?;
        Ok(Self { fd: Fd::new(fd) })
    }

    /// Compares pieces that follow each other; where they end.
    fn has(&self, job: &Job<'_>, pieces: &[Piece]) -> Result<u64, Fault> {
        let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Ok(0) };
        let end = last.at + last.len;
        let failed = |error| job.of_destination("error reading ", error);
        let (ring, pool) = job.hands.pipeline().map_err(failed)?;
        let mut blocks = ReadAhead::new(&ring, pool, self.fd.clone(), first.at, end);
        let result = ring.block_on(self.compare(job, &mut blocks, pieces, end));
        ring.block_on(blocks.stop());
        result.map(|()| end)
    }

    async fn compare(
        &self,
        job: &Job<'_>,
        blocks: &mut ReadAhead,
        pieces: &[Piece],
        end: u64,
    ) -> Result<(), Fault> {
        let mut seen = Sums { from: blocks.offset(), ..Sums::default() };
        let mut expected = pieces.iter();
        loop {
            let at = seen.from + seen.len;
            if at >= end {
                return Ok(());
            }
            let block = blocks.next().await.map_err(|error| job.of_destination("error reading ", error))?;
            let Some(block) = block else { return Err(differs(job, at)) };
            let len = usize::try_from(end - at).unwrap_or(usize::MAX).min(block.len());
            seen.add(at, &block[..len]);
            if seen.from + seen.len == end {
                seen.end();
            }
            for piece in seen.pieces.drain(..) {
                if expected.next().is_none_or(|wanted| wanted.hash != piece.hash) {
                    return Err(differs(job, self.first_difference(job, piece)));
                }
            }
        }
    }

    /// There is nothing but holes and zeros in the range.
    fn is_hole(&self, job: &Job<'_>, start: u64, end: u64) -> Result<(), Fault> {
        let failed = |error: io::Error| job.of_destination("error reading ", error);
        let fd = self.fd.borrow().map_err(failed)?;
        let mut at = start;
        while at < end {
            match seek(fd, SeekFrom::Data(at)) {
                Ok(data) => at = data,
                Err(Errno::NXIO) => return Ok(()),
                // Who can't tell has none.
                Err(_) => {}
            }
            let data_end = seek(fd, SeekFrom::Hole(at)).map_or(end, |hole| hole.min(end));
            sys::clear_direct(fd);
            let mut buf = job.hands.block().map_err(failed)?;
            while at < data_end {
                let len = usize::try_from(data_end - at).unwrap_or(usize::MAX).min(buf.room());
                let n = pread(fd, &mut buf.spare()[..len], at).map_err(|errno| failed(errno.into()))?;
                if n == 0 {
                    return Err(differs(job, at));
                }
                if let Some(wrong) = buf.spare()[..n].iter().position(|byte| *byte != 0) {
                    return Err(differs(job, at + wrong as u64));
                }
                at += n as u64;
            }
        }
        Ok(())
    }

    /// Where in a piece that is not as it should be: the source is read again for that. If it does not differ any
    /// more (it has changed, or the disk has changed its mind), where the piece starts.
    fn first_difference(&self, job: &Job<'_>, piece: Piece) -> u64 {
        let Ok(fd) = self.fd.borrow() else { return piece.at };
        sys::clear_direct(fd);
        let len = usize::try_from(piece.len).unwrap_or(0);
        let (mut one, mut other) = (vec![0; len], vec![0; len]);
        let same = |(n, pair): (u64, (&u8, &u8))| (pair.0 != pair.1).then_some(n);
        let read =
            read_at(job.source.fd, &mut one, piece.at).and_then(|()| read_at(fd, &mut other, piece.at));
        let found = (0..).zip(one.iter().zip(&other)).find_map(same);
        piece.at + read.ok().and(found).unwrap_or(0)
    }
}

fn read_at(fd: impl AsFd, into: &mut [u8], at: u64) -> io::Result<()> {
    let mut done = 0;
    while done < into.len() {
        match pread(&fd, &mut into[done..], at + done as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => done += n,
        }
    }
    Ok(())
}

/// The destination for reading, past the page cache if possible: whatever its name is by now.
fn reopen(job: &Job<'_>) -> Result<OwnedFd, Errno> {
    let itself = format!("/proc/self/fd/{}", job.destination.fd.as_raw_fd());
    let plain = OFlags::RDONLY | OFlags::CLOEXEC;
    for flags in [plain | OFlags::DIRECT, plain] {
        if let Ok(fd) = openat(CWD, itself.as_str(), flags, Mode::empty()) {
            return Ok(fd);
        }
    }
    // Without /proc by its name, if that is still it.
    let place = job.destination.place;
    let fd = openat(place.folder(), place.name(), plain, Mode::empty())?;
    let same = sys::fstat(&fd).is_ok_and(|stat| stat.identity == job.to.identity);
    if same { Ok(fd) } else { Err(Errno::STALE) }
}

/// A clone: what the source has, read now.
pub fn clone(job: &Job<'_>) -> Result<(), Fault> {
    let mut sums = Sums::default();
    let failed = |error| job.of_source("error reading ", error);
    let mut buf = job.hands.block().map_err(failed)?;
    sys::seek(job.source.fd, 0).map_err(failed)?;
    let mut at = 0;
    loop {
        let n = sys::read(job.source.fd, buf.spare()).map_err(failed)?;
        if n == 0 {
            break;
        }
        buf.add(n);
        sums.add(at, &buf);
        at += n as u64;
        buf.clear();
    }
    drop(buf);
    sums.verify(job, at)
}

fn differs(job: &Job<'_>, at: u64) -> Fault {
    let (to, from) = (quoted(job.destination.place.shown()), quoted(job.source.place.shown()));
    Fault::new(bytes!["verification failed: ", to, " differs from ", from, " at byte ", at.to_string()])
}
