//! The data of one file, down a ladder of ways, the cheapest first.
//!
//! 1. **Clone** (`FICLONE`): source and destination share their blocks, and no data moves at all. Even `--verify` and
//!    `--cache=direct` take it.
//! 2. **Inside the kernel** ([`offload`], `copy_file_range(2)`), in pieces, so that a signal or a progress bar gets its
//!    turn. Not with `--verify`, which has to see what passes, nor with `--cache=direct`, which wants none of it cached.
//! 3. **Past the page cache** ([`direct`], `--cache=direct` only): both ends of the ring pipeline with `O_DIRECT`.
//! 4. **Reads and writes** ([`stream`]): the ring reads ahead where that gains something, else one block after the other.
//!
//! Holes are found first ([`extents`]), so that rungs 2 and 4 only see data. All that is written goes through a
//! [`Sink`], which knows where in the destination we are, makes holes, hashes ([`verify`]), counts, and keeps the page
//! cache as it was ([`cache`]). What a pair of file systems cannot do is remembered ([`Support`]).

mod cache;
mod debug;
mod direct;
mod extents;
mod offload;
mod sink;
mod stream;
mod support;
#[cfg(test)]
mod tests;
mod verify;

use std::cell::Cell;
use std::io;

use ringutils::cli::{Fault, bytes};
use ringutils::sys::{self, Kind, Stat};
use rustix::fs::ioctl_ficlone;

use crate::hands::Hands;
use crate::log::{Failed, Log};
use crate::options::{Cache, Reflink};
use crate::place::Place;
use crate::run::{Destination, Run, Source, quoted};

pub use debug::{Debug, Detection, Word};
use extents::Scan;
use sink::Sink;
pub use support::Support;

/// Copies all that `source` has into `destination`, which is open at its start and empty.
///
/// What went wrong is in `log`; the partial destination stays (but see [`Debug::refused`]). The caller prints the line
/// of `--debug`, whether it worked or not.
pub fn copy(
    run: &Run<'_>,
    hands: &Hands,
    source: &Source<'_>,
    destination: &Destination<'_>,
    log: &mut Log,
) -> (Result<(), Failed>, Debug) {
    let debug = Debug::of(run.options);
    let to = match sys::fstat(destination.fd) {
        Ok(to) => to,
        Err(error) => {
            let fault = Fault::naming("cannot fstat ", destination.place.shown(), "", error);
            return (Err(log.fault(fault)), debug);
        }
    };
    let job = Job { run, hands, source, destination, to, debug: Cell::new(debug) };
    let result = job.run().map_err(|fault| log.fault(fault));
    (result, job.debug.get())
}

/// One file, and all that there is to know about it.
struct Job<'a> {
    run: &'a Run<'a>,
    hands: &'a Hands,
    source: &'a Source<'a>,
    destination: &'a Destination<'a>,
    /// The open destination.
    to: Stat,
    debug: Cell<Debug>,
}

impl Job<'_> {
    fn run(&self) -> Result<(), Fault> {
        let beyond = self.run.options.beyond;
        if self.cloned()? {
            self.run.progress.inc(self.source.stat.size);
            return if beyond.verify { verify::clone(self) } else { Ok(()) };
        }
        let scan = extents::scan(self)?;
        let mut sink = Sink::new(self, scan);
        let offload = self.run.options.reflinks() != Reflink::Never && !sink.finds_zeros();
        self.note(|debug| {
            debug.sparse = if matches!(scan, Scan::Extents(_)) { Detection::SeekHole } else { debug.sparse };
        });
        let offload = offload && !beyond.verify && beyond.cache != Cache::Direct;
        match scan {
            Scan::Extents(first) => extents::copy(self, &mut sink, first, offload)?,
            Scan::Plain | Scan::Zeros => {
                let direct = beyond.cache == Cache::Direct && direct::copy(self, &mut sink)?;
                if !direct {
                    self.part(&mut sink, None, offload)?;
                }
                sink.finish(0)?;
            }
        }
        sink.verified()
    }

    /// Copies `want` bytes from where both files stand, or all there are; tells how many there were.
    fn part(&self, sink: &mut Sink<'_>, want: Option<u64>, offload: bool) -> Result<u64, Fault> {
        let zeros = sink.finds_zeros();
        self.note(|debug| {
            debug.sparse = match (debug.sparse, zeros) {
                (Detection::SeekHole, true) => Detection::SeekHoleAndZeros,
                (Detection::Unknown, true) => Detection::Zeros,
                (Detection::Unknown, false) => Detection::No,
                (other, _) => other,
            };
        });
        if !offload {
            self.note(|debug| debug.offload = Word::Avoided);
            return stream::copy(self, sink, want);
        }
        let moved = offload::copy(self, sink, want)?;
        match moved {
            offload::Moved::All(bytes) => Ok(bytes),
            offload::Moved::Some(bytes) => {
                let left = want.map(|want| want - bytes);
                Ok(bytes + stream::copy(self, sink, left)?)
            }
        }
    }

    /// Whether the destination shares the source's blocks from now on.
    fn cloned(&self) -> Result<bool, Fault> {
        let reflink = self.run.options.reflinks();
        if reflink == Reflink::Never {
            return Ok(false);
        }
        let known = self.run.support.cloning();
        if reflink == Reflink::Auto && self.between_files() && known.has(self.pair()) {
            self.note(|debug| debug.reflink = Word::Unsupported);
            return Ok(false);
        }
        let result = ioctl_ficlone(self.destination.fd, self.source.fd);
        self.hands.session.tally("ficlone", 0);
        let word = if result.is_ok() { Word::Yes } else { Word::Unsupported };
        self.note(|debug| debug.reflink = word);
        let Err(errno) = result else { return Ok(true) };
        let errno = errno.raw_os_error();
        if self.between_files() {
            known.note(self.pair(), errno);
        }
        let fatal = matches!(errno, libc::EIO | libc::ENOMEM | libc::ENOSPC | libc::EDQUOT);
        if !fatal && reflink == Reflink::Auto {
            return Ok(false);
        }
        self.note(|debug| debug.refused = reflink == Reflink::Always);
        let (from, to) = (self.source.place, self.destination.place);
        Err(Self::of_both("failed to clone ", to, " from ", from, errno))
    }

    fn pair(&self) -> support::Pair {
        (self.source.stat.identity.0, self.to.identity.0)
    }

    /// Whether both are regular files, with offsets, holes and a page cache.
    fn between_files(&self) -> bool {
        self.source.stat.kind == Kind::Regular && self.to.kind == Kind::Regular
    }

    fn note(&self, change: impl FnOnce(&mut Debug)) {
        let mut debug = self.debug.get();
        change(&mut debug);
        self.debug.set(debug);
    }

    /// `BEFORE 'ONE' MIDDLE 'OTHER': ERR`.
    fn of_both(before: &str, one: &Place, middle: &str, other: &Place, errno: i32) -> Fault {
        let text = bytes![before, quoted(one.shown()), middle, quoted(other.shown())];
        Fault::io(text, io::Error::from_raw_os_error(errno))
    }

    /// `error reading 'S': ERR`, and its like.
    fn of_source(&self, before: &str, error: impl Into<io::Error>) -> Fault {
        Fault::naming(before, self.source.place.shown(), "", error.into())
    }

    /// `error writing 'D': ERR`, and its like.
    fn of_destination(&self, before: &str, error: impl Into<io::Error>) -> Fault {
        Fault::naming(before, self.destination.place.shown(), "", error.into())
    }
}

/// An error's number.
fn libc_errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}
