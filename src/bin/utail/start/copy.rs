//! What was found, to where it goes, down a ladder: inside the kernel if it can be, else through the ring, else by plain
//! calls. Each rung goes on where the one before it stopped.

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::os::fd::BorrowedFd;

use ringutils::io::ReadAhead;
use ringutils::io::transfer::{HUGE, Outcome, copy_range, discard, splice, splice_through};
use ringutils::sys::{self, Kind};

use super::part::Input;
use super::{Start, Stop};
use crate::entry::Label;
use crate::out::Fatal;

/// Up to here nothing beats reading and writing.
const SMALL: u64 = 64 * 1024;
/// From here on reading ahead pays for a ring.
const LARGE: u64 = 256 * 1024;
/// Bytes per read, and blocks in flight, of the pipeline.
const BLOCK: usize = 256 * 1024;
const DEPTH: u32 = 8;
/// Where the pipeline's reads begin.
const PAGE: u64 = 4096;

/// What is to be copied, and how far that is.
struct Range {
    /// Where it begins. What has no offsets is read from where it is.
    at: u64,
    /// Bytes at most.
    left: u64,
    /// Whether offsets mean anything.
    seekable: bool,
}

impl Range {
    fn advance(&mut self, bytes: u64) {
        self.at += bytes;
        self.left = self.left.saturating_sub(bytes);
    }
}

impl Start<'_, '_> {
    /// Shows up to `left` bytes, from offset `at` of a regular file, or from where the input is. The answer is the
    /// offset behind the last one.
    pub(super) fn copy(
        &mut self,
        label: &mut Label,
        input: &Input<'_>,
        at: u64,
        left: u64,
    ) -> Result<u64, Stop> {
        self.copy_range(label, input, at, left).map_err(|stop| match stop {
            // For GNU's tail this is the end, not only of this file.
            Stop::Input(error) => Stop::Last(error),
            stop => stop,
        })
    }

    fn copy_range(&mut self, label: &mut Label, input: &Input<'_>, at: u64, left: u64) -> Result<u64, Stop> {
        let seekable = input.stat.kind == Kind::Regular && !self.options.presume_pipe;
        let mut range = Range { at, left, seekable };
        let expected = if seekable { left.min(input.stat.size.saturating_sub(at)) } else { left };
        if expected > SMALL && !self.session.config().direct && self.within_kernel(input, &mut range)? {
            return Ok(range.at);
        }
        if seekable && range.left > 0 && expected >= LARGE {
            self.pipeline(label, input, &mut range)?;
        }
        self.plainly(label, input, &mut range, expected)?;
        Ok(range.at)
    }

    /// The ways that copy nothing through user space. Whether that was all.
    fn within_kernel(&mut self, input: &Input<'_>, range: &mut Range) -> Result<bool, Stop> {
        let Some(output) = self.out.stat() else { return Ok(false) };
        if output.identity == input.stat.identity && input.stat.kind == Kind::Regular {
            return Ok(false);
        }
        let from = input.fd()?;
        let Some(to) = self.out.direct()? else { return Ok(false) };
        if output.kind == Kind::Character && to.is_terminal() {
            return Ok(false);
        }
        if range.seekable {
            sys::seek(from, range.at).map_err(Stop::Input)?;
        }
        let (session, progress) = (self.session, &self.progress);
        let total = Cell::new(0);
        let moved = &mut |n: usize| {
            total.set(total.get() + n as u64);
            progress.inc(n as u64);
        };
        let known = input.stat.size.saturating_sub(range.at).min(range.left);
        if range.seekable && output.is_null && known >= HUGE as u64 && !progress.is_on() {
            discard(session, from, to, known, moved);
        }
        let left = range.left - total.get();
        let outcome = match (input.stat.kind, output.kind) {
            _ if left == 0 => Outcome::Done,
            (Kind::Regular, Kind::Regular) => copy_range(session, from, to, left, moved),
            (_, Kind::Pipe) | (Kind::Pipe, Kind::Regular | Kind::Socket | Kind::Character) => {
                splice(session, from, to, left, moved)
            }
            (Kind::Regular | Kind::Socket, Kind::Socket | Kind::Character) => {
                splice_through(session, from, to, left, moved)
            }
            _ => Outcome::Unsuited,
        };
        range.advance(total.get());
        self.out.wrote(usize::try_from(total.get()).unwrap_or(usize::MAX));
        match outcome {
            Outcome::Done => Ok(true),
            Outcome::Unsuited => Ok(false),
            Outcome::ReadFailed(error) => Err(Stop::Input(error)),
            Outcome::WriteFailed(error) => {
                // At least so much was to be written, which decides what is said of it.
                self.out.wrote(usize::try_from(SMALL).unwrap_or(usize::MAX));
                Err(Stop::Output(Fatal::from(error)))
            }
        }
    }

    /// A large part of a regular file, read ahead on other threads while it is written.
    fn pipeline(&mut self, label: &mut Label, input: &Input<'_>, range: &mut Range) -> Result<(), Stop> {
        let (ring, pool) = self.session.pipeline(BLOCK, DEPTH).map_err(Stop::Input)?;
        let direct = self.session.config().direct && !input.stdin && sys::set_direct(input.fd()?);
        let mut lead = usize::try_from(range.at % PAGE).unwrap_or(0);
        let end = range.at.saturating_add(range.left).min(input.stat.size);
        let begin = range.at - range.at % PAGE;
        let mut blocks = ReadAhead::new(&ring, &pool, input.file()?.clone(), begin, end).elsewhere();
        let result = loop {
            if range.left == 0 {
                break Ok(());
            }
            let block = match ring.block_on(blocks.next()) {
                Ok(Some(block)) => block,
                Ok(None) => break Ok(()),
                Err(error) => break Err(Stop::Input(error)),
            };
            let bytes = block.get(lead..).unwrap_or_default();
            lead = lead.saturating_sub(block.len());
            let bytes = &bytes[..bytes.len().min(usize::try_from(range.left).unwrap_or(usize::MAX))];
            ring.kick();
            if let Err(fatal) = self.out.data(label, bytes) {
                break Err(fatal.into());
            }
            self.progress.inc(bytes.len() as u64);
            range.advance(bytes.len() as u64);
        };
        ring.block_on(blocks.stop());
        if direct {
            sys::clear_direct(input.fd()?);
        }
        result
    }

    /// Reads and writes, one after the other.
    fn plainly(
        &mut self,
        label: &mut Label,
        input: &Input<'_>,
        range: &mut Range,
        expected: u64,
    ) -> Result<(), Stop> {
        if range.left == 0 && range.seekable {
            return Ok(());
        }
        let fd = input.fd()?;
        // A page is nothing against setting up a pool.
        let (mut page, mut pooled) = (Vec::new(), None);
        let room = if expected <= SMALL {
            page.resize(usize::try_from(expected.max(PAGE)).unwrap_or(BLOCK), 0);
            &mut page[..]
        } else {
            pooled.insert(self.block()?).spare()
        };
        // Nothing is read, too, where that may fail.
        loop {
            let want = room.len().min(usize::try_from(range.left).unwrap_or(usize::MAX));
            let Some(n) = self.read(fd, &mut room[..want], range.seekable.then_some(range.at))? else {
                break;
            };
            self.out.data(label, &room[..n])?;
            self.progress.inc(n as u64);
            range.advance(n as u64);
            if !range.seekable {
                // It may take a while until there is more.
                self.out.hurry()?;
            }
            if range.left == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Reads once; `None` at the end, which for a descriptor that does not wait is where there is nothing now.
    pub(super) fn read(
        &self,
        fd: BorrowedFd<'_>,
        into: &mut [u8],
        at: Option<u64>,
    ) -> Result<Option<usize>, Stop> {
        match self.read_something(fd, into, at) {
            Err(Stop::Input(error)) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            result => result,
        }
    }

    /// Reads once; `None` at the end.
    pub(super) fn read_something(
        &self,
        fd: BorrowedFd<'_>,
        into: &mut [u8],
        at: Option<u64>,
    ) -> Result<Option<usize>, Stop> {
        let result = match at {
            Some(at) => sys::read_at(fd, into, at),
            None => sys::read(fd, into),
        };
        let n = result.map_err(Stop::Input)?;
        if n > 0 {
            self.session.tally(if at.is_some() { "pread" } else { "read" }, n);
        }
        Ok((n > 0).then_some(n))
    }
}
