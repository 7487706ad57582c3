//! The last lines or bytes of what can only be read once: pipes, terminals, and files that do not know their size.
//!
//! All of it is read. What is kept are the blocks that may hold what is wanted: the oldest one goes as soon as those
//! behind it suffice.

use std::collections::VecDeque;
use std::io;

use ringutils::io::lines;
use ringutils::ring::{Buf, Pool};
use ringutils::sys::{self, Kind};

use super::part::Input;
use super::{Start, Stop};
use crate::entry::Label;
use crate::options::Unit;

/// Bytes per block.
const BLOCK: usize = 128 * 1024;
/// Blocks that memory is asked for together: at first, and at most.
const FEW: u32 = 4;
const MANY: u32 = 256;
/// Bytes that a pipe is asked to hold, once it was seen to fill up.
const PIPE: usize = 1024 * 1024;
const BUSY: usize = 32 * 1024;

/// Blocks in order, the oldest first, and what is in them.
struct Kept {
    blocks: VecDeque<(Buf, u64)>,
    spare: Vec<Buf>,
    pool: Option<Pool>,
    unit: Unit,
    line_end: u8,
    /// Lines or bytes that are wanted.
    wanted: u64,
    /// Line ends or bytes in all blocks.
    amount: u64,
}

impl Kept {
    fn new(unit: Unit, line_end: u8, wanted: u64) -> Self {
        let (blocks, spare) = (VecDeque::new(), Vec::new());
        Self { blocks, spare, pool: None, unit, line_end, wanted, amount: 0 }
    }

    /// Makes sure that there is room in the last block.
    fn make_room(&mut self) -> io::Result<&mut Buf> {
        if self.blocks.back().is_none_or(|(block, _)| block.room() == 0) {
            let block = self.take()?;
            self.blocks.push_back((block, 0));
        }
        let block = self.blocks.back_mut().map(|(block, _)| block);
        block.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))
    }

    fn take(&mut self) -> io::Result<Buf> {
        if let Some(block) = self.spare.pop().or_else(|| self.pool.as_ref().and_then(Pool::take)) {
            return Ok(block);
        }
        let blocks = self.pool.as_ref().map_or(FEW, |pool| pool.blocks().saturating_mul(2).min(MANY));
        let pool = self.pool.insert(Pool::new(BLOCK, blocks)?);
        pool.take().ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))
    }

    /// The last block has `n` more bytes.
    fn added(&mut self, n: usize) {
        if let Some((block, amount)) = self.blocks.back_mut() {
            let from = block.len();
            block.add(n);
            let more = match self.unit {
                Unit::Lines => lines::how_often(&block[from..], self.line_end),
                Unit::Bytes => n as u64,
            };
            *amount += more;
            self.amount += more;
        }
        // The last line may have no end: one line end too many is what it takes.
        let enough = self.wanted.saturating_add(u64::from(self.unit == Unit::Lines));
        while self.blocks.len() > 1
            && let Some((_, oldest)) = self.blocks.front()
            && self.amount - oldest >= enough
            && let Some((mut block, oldest)) = self.blocks.pop_front()
        {
            self.amount -= oldest;
            block.clear();
            self.spare.push(block);
        }
    }

    /// How many line ends or bytes are too many.
    fn excess(&self) -> u64 {
        let last = self.blocks.iter().rev().find_map(|(block, _)| block.last());
        let unfinished = self.unit == Unit::Lines && last.is_some_and(|last| *last != self.line_end);
        (self.amount + u64::from(unfinished)).saturating_sub(self.wanted)
    }

    /// What is wanted of the blocks, in order.
    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let mut excess = self.excess();
        let last = if self.wanted == 0 { 0 } else { self.blocks.len() };
        self.blocks.iter().take(last).map(move |(block, amount)| {
            if excess > *amount {
                excess -= amount;
                return &block[block.len()..];
            }
            let from = match (self.unit, std::mem::take(&mut excess)) {
                (_, 0) => 0,
                (Unit::Lines, nth) => lines::nth(block, self.line_end, nth).map_or(block.len(), |at| at + 1),
                (Unit::Bytes, count) => usize::try_from(count).unwrap_or(block.len()),
            };
            &block[from..]
        })
    }
}

impl Start<'_, '_> {
    /// The last lines or bytes of what is read from where it is. The answer is how far into it that was.
    pub(super) fn last_of_stream(&mut self, label: &mut Label, input: &Input<'_>) -> Result<u64, Stop> {
        let fd = input.fd()?;
        if matches!(input.stat.kind, Kind::Pipe | Kind::Socket | Kind::Character) {
            // It may take a while, and those before it are done.
            self.out.hurry()?;
        }
        let amount = self.options.amount;
        let mut kept = Kept::new(amount.unit, self.options.line_end, amount.count);
        let mut position = if input.stdin { sys::seekable_offset(fd).unwrap_or(0) } else { 0 };
        let mut enlarged = input.stat.kind != Kind::Pipe;
        loop {
            let room = kept.make_room().map_err(Stop::Input)?.spare();
            let Some(n) = self.read(fd, room, None)? else { break };
            kept.added(n);
            position += n as u64;
            self.progress.inc(n as u64);
            if !enlarged && n >= BUSY {
                sys::enlarge_pipe(fd, PIPE);
                enlarged = true;
            }
        }
        for piece in kept.pieces() {
            self.out.data(label, piece)?;
        }
        Ok(position)
    }
}
