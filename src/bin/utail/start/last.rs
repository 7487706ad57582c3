//! The last lines of a regular file, looked for from its end.
//!
//! For ten lines of any file that is one read of a few KiB. Where they are not enough, blocks: first by plain reads, and
//! when it is clear that many will be needed, through the ring, which has the next ones copied out of the page cache
//! while this core counts.

use std::io;
use std::os::fd::BorrowedFd;

use ringutils::io::{ReadBack, holes, lines};
use ringutils::sys;

use super::part::{Input, Window};
use super::{Start, Stop};
use crate::entry::Label;

/// The first read goes back to the last multiple of this that leaves at least as much.
const FIRST: u64 = 4096;
/// So far back by plain reads.
const NEAR: u64 = 512 * 1024;
/// Bytes per read, and blocks in flight, of the pipeline.
const BLOCK: usize = 256 * 1024;
const DEPTH: u32 = 8;

/// Looks for the place behind so many line ends, counted from the end.
struct Search {
    end: u8,
    /// How many line ends are still to be found; the last byte decides whether the last one counts.
    missing: u64,
    any: bool,
}

impl Search {
    fn new(end: u8, lines: u64) -> Self {
        Self { end, missing: lines, any: false }
    }

    /// Looks through the bytes before those looked at so far. If it is there: the place in these bytes where the first
    /// wanted line begins.
    fn look(&mut self, bytes: &[u8]) -> Option<usize> {
        if !self.any
            && let Some(last) = bytes.last()
        {
            self.any = true;
            // A line end that nothing follows ends the last line; it does not begin another one.
            self.missing = self.missing.saturating_add(u64::from(*last == self.end));
        }
        match lines::nth_last(bytes, self.end, self.missing) {
            Ok(at) => Some(at + 1),
            Err(seen) => {
                self.missing -= seen;
                None
            }
        }
    }
}

impl Start<'_, '_> {
    /// The last lines of what is between two offsets.
    pub(super) fn last_lines_between(
        &mut self,
        label: &mut Label,
        input: &Input<'_>,
        start: u64,
        end: u64,
        count: u64,
    ) -> Result<u64, Stop> {
        if count == 0 {
            return Ok(end);
        }
        let at = (end.saturating_sub(FIRST) / FIRST * FIRST).max(start);
        let mut first = vec![0; usize::try_from(end - at).unwrap_or(0)];
        let n = self.fill_at(input.fd()?, &mut first, at).map_err(Stop::Input)?;
        let bytes = &first[..n];
        let mut search = Search::new(self.options.line_end, count);
        match search.look(bytes) {
            Some(from) => self.out.data(label, &bytes[from..])?,
            None if at <= start => self.out.data(label, bytes)?,
            None => {
                let first = self.search(input, search, start, at, holes::may_be_hole(bytes))?;
                return self.copy(label, input, first, end - first);
            }
        }
        Ok(at + n as u64)
    }

    /// The last lines of a file whose end was read.
    pub(super) fn last_lines_behind(
        &mut self,
        label: &mut Label,
        input: &Input<'_>,
        window: &Window,
        count: u64,
    ) -> Result<u64, Stop> {
        if count == 0 {
            return Ok(window.end());
        }
        let mut search = Search::new(self.options.line_end, count);
        match search.look(&window.bytes) {
            Some(from) => self.out.data(label, &window.bytes[from..])?,
            None if window.at == 0 => self.out.data(label, &window.bytes)?,
            None => {
                let first = self.search(input, search, 0, window.at, holes::may_be_hole(&window.bytes))?;
                return self.copy(label, input, first, window.end() - first);
            }
        }
        Ok(window.end())
    }

    /// Goes on looking, before `end`: where the first wanted line begins, or else `start`.
    fn search(
        &self,
        input: &Input<'_>,
        mut search: Search,
        start: u64,
        mut end: u64,
        mut zeros: bool,
    ) -> Result<u64, Stop> {
        let fd = input.fd()?;
        let far = end.saturating_sub(NEAR);
        let mut block = self.block()?;
        let block_size = block.capacity() as u64;
        while end > start {
            if zeros && search.end != 0 {
                end = holes::start_of_hole(fd, start, end);
            }
            if end <= far {
                drop(block);
                return self.search_far(input, search, start, end);
            }
            let at = (end.saturating_sub(1) / block_size * block_size).max(start);
            block.clear();
            let room = block.spare();
            let want = usize::try_from(end - at).unwrap_or(usize::MAX).min(room.len());
            let n = self.fill_at(fd, &mut room[..want], at).map_err(Stop::Input)?;
            block.add(n);
            self.progress.inc(n as u64);
            if let Some(from) = search.look(&block) {
                return Ok(at + from as u64);
            }
            zeros = holes::may_be_hole(&block);
            end = at;
        }
        Ok(start)
    }

    fn search_far(&self, input: &Input<'_>, search: Search, start: u64, end: u64) -> Result<u64, Stop> {
        let (ring, pool) = self.session.pipeline(BLOCK, DEPTH).map_err(Stop::Input)?;
        let direct = self.session.config().direct && !input.stdin && sys::set_direct(input.fd()?);
        let mut blocks = ReadBack::new(&ring, &pool, input.file()?.clone(), start, end);
        let found = ring.block_on(self.pump_back(input.fd()?, &mut blocks, search));
        ring.block_on(blocks.stop());
        if direct {
            sys::clear_direct(input.fd()?);
        }
        found.map(|found| found.unwrap_or(start)).map_err(Stop::Input)
    }

    async fn pump_back(
        &self,
        fd: BorrowedFd<'_>,
        blocks: &mut ReadBack,
        mut search: Search,
    ) -> io::Result<Option<u64>> {
        while let Some((at, block)) = blocks.next().await? {
            self.progress.inc(block.len() as u64);
            if let Some(from) = search.look(&block) {
                return Ok(Some(at + from as u64));
            }
            if search.end != 0 && holes::may_be_hole(&block) {
                drop(block);
                let before = holes::start_of_hole(fd, 0, at);
                if before + holes::WORTH_A_RESTART <= at {
                    blocks.skip_to(before).await;
                }
            }
        }
        Ok(None)
    }

    /// Reads at an offset until there is no more, or no more room.
    fn fill_at(&self, fd: BorrowedFd<'_>, into: &mut [u8], at: u64) -> io::Result<usize> {
        let mut len = 0;
        while len < into.len() {
            let n = sys::read_at(fd, &mut into[len..], at + len as u64)?;
            self.session.tally("pread", n);
            if n == 0 {
                break;
            }
            len += n;
        }
        Ok(len)
    }
}
