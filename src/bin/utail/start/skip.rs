//! All but the first lines or bytes.

use std::os::fd::BorrowedFd;

use ringutils::io::{ReadAhead, holes, lines};
use ringutils::sys::{self, Kind};
use rustix::fs::{SeekFrom, seek};

use super::part::Input;
use super::{Start, Stop};
use crate::entry::Label;

/// A part of a file up to this size is skipped by plain reads.
const NEAR: u64 = 512 * 1024;
/// Bytes per read, and blocks in flight, of the pipeline.
const BLOCK: usize = 256 * 1024;
const DEPTH: u32 = 8;

/// How far the search for a line came.
enum Found {
    /// The rest begins here.
    At(u64),
    /// So many lines are still to be skipped, from here on.
    Missing(u64, u64),
}

impl Start<'_, '_> {
    /// All but so many bytes.
    pub(super) fn skip_bytes(
        &mut self,
        label: &mut Label,
        input: &Input<'_>,
        count: u64,
    ) -> Result<u64, Stop> {
        let far = i64::try_from(count).unwrap_or(i64::MAX);
        if !self.options.presume_pipe
            && let Ok(at) = seek(input.fd()?, SeekFrom::Current(far))
        {
            return self.rest(label, input, at);
        }
        self.stream_skip(label, input, count, |block, left| {
            let here = usize::try_from(*left).unwrap_or(usize::MAX).min(block.len());
            *left -= here as u64;
            here
        })
    }

    /// All but so many lines.
    pub(super) fn skip_lines(
        &mut self,
        label: &mut Label,
        input: &Input<'_>,
        count: u64,
    ) -> Result<u64, Stop> {
        let fd = input.fd()?;
        // Beyond the end of the longest file.
        if count >= i64::MAX.unsigned_abs()
            && let Ok(end) = seek(fd, SeekFrom::End(0))
        {
            return Ok(end);
        }
        if input.stat.kind == Kind::Regular && !self.options.presume_pipe {
            let at = if input.stdin { sys::seekable_offset(fd) } else { Some(0) };
            if let Some(at) = at {
                return self.skip_lines_of_file(label, input, at, count);
            }
        }
        let end = self.options.line_end;
        self.stream_skip(label, input, count, |block, left| match lines::nth(block, end, *left) {
            Ok(at) => {
                *left = 0;
                at + 1
            }
            Err(seen) => {
                *left -= seen;
                block.len()
            }
        })
    }

    /// Where the rest of a block begins if so many lines of it are not wanted; `None` if it has not that many.
    pub(super) fn behind_lines(&self, block: &[u8], count: u64) -> Option<usize> {
        if count == 0 {
            return Some(0);
        }
        lines::nth(block, self.options.line_end, count).ok().map(|at| at + 1)
    }

    /// Reads and forgets what `skip` says of each block, and shows the rest.
    fn stream_skip(
        &mut self,
        label: &mut Label,
        input: &Input<'_>,
        count: u64,
        skip: impl Fn(&[u8], &mut u64) -> usize,
    ) -> Result<u64, Stop> {
        let fd = input.fd()?;
        let (mut left, mut at) = (count, 0);
        if matches!(input.stat.kind, Kind::Pipe | Kind::Socket | Kind::Character) {
            self.out.hurry()?;
        }
        let mut block = self.block()?;
        while left > 0 {
            block.clear();
            // Where there is nothing now, nobody knows whether enough was skipped.
            let Some(n) = self.read_something(fd, block.spare(), None)? else { return Ok(at) };
            block.add(n);
            at += n as u64;
            let from = skip(&block, &mut left);
            self.progress.inc(from as u64);
            self.out.data(label, &block[from..])?;
        }
        drop(block);
        self.rest(label, input, at)
    }

    fn skip_lines_of_file(
        &mut self,
        label: &mut Label,
        input: &Input<'_>,
        start: u64,
        count: u64,
    ) -> Result<u64, Stop> {
        let fd = input.fd()?;
        let (mut at, mut left) = (start, count);
        let mut block = self.block()?;
        while left > 0 {
            if at - start >= NEAR {
                drop(block);
                return match self.skip_far(input, at, left)? {
                    Found::At(at) => self.rest(label, input, at),
                    Found::Missing(_, end) => Ok(end),
                };
            }
            block.clear();
            let Some(n) = self.read(fd, block.spare(), Some(at))? else { return Ok(at) };
            block.add(n);
            match lines::nth(&block, self.options.line_end, left) {
                Ok(place) => {
                    self.progress.inc(n as u64);
                    self.out.data(label, &block[place + 1..])?;
                    left = 0;
                }
                Err(seen) => {
                    left -= seen;
                    self.progress.inc(n as u64);
                }
            }
            at += n as u64;
        }
        drop(block);
        self.rest(label, input, at)
    }

    fn skip_far(&self, input: &Input<'_>, mut at: u64, mut left: u64) -> Result<Found, Stop> {
        let (ring, pool) = self.session.pipeline(BLOCK, DEPTH).map_err(Stop::Input)?;
        let fd = input.fd()?;
        let direct = self.session.config().direct && !input.stdin && sys::set_direct(fd);
        let result = loop {
            let mut blocks =
                ReadAhead::new(&ring, &pool, input.file()?.clone(), at, input.stat.size).elsewhere();
            let found = ring.block_on(self.pump(fd, &mut blocks, left, input.stat.size));
            ring.block_on(blocks.stop());
            match found {
                // Behind a hole.
                Ok(Found::Missing(still, on)) if on > at && on > blocks.offset() => (at, left) = (on, still),
                found => break found,
            }
        };
        if direct {
            sys::clear_direct(fd);
        }
        result
    }

    /// Counts lines until there are enough, or a hole begins, or the file ends.
    async fn pump(
        &self,
        fd: BorrowedFd<'_>,
        blocks: &mut ReadAhead,
        mut left: u64,
        size: u64,
    ) -> Result<Found, Stop> {
        let end = self.options.line_end;
        loop {
            let at = blocks.offset();
            let Some(block) = blocks.next().await.map_err(Stop::Input)? else {
                return Ok(Found::Missing(left, at));
            };
            self.progress.inc(block.len() as u64);
            match lines::nth(&block, end, left) {
                Ok(place) => return Ok(Found::At(at + place as u64 + 1)),
                Err(seen) => left -= seen,
            }
            if end != 0 && holes::may_be_hole(&block) {
                let on = holes::end_of_hole(fd, blocks.offset(), size.max(blocks.offset()));
                if on >= blocks.offset() + holes::WORTH_A_RESTART {
                    return Ok(Found::Missing(left, on));
                }
            }
        }
    }
}
