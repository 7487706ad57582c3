//! One file with formatting options.
//!
//! What a read yields is formatted and written at once, so that an interactive input stays interactive. A large
//! regular file goes through a pipeline: blocks are read ahead on the ring, a crew of threads formats them (each
//! starts from the state that [`Formatter::skip`] has reached), and they are written in order.

use std::thread;

use ringutils::io::{Crew, ReadAhead};
use ringutils::ring::{Buf, Pool};
use ringutils::sys;

use crate::args::Style;
use crate::format::{Formatter, Out};
use crate::run::{Context, Fatal, Input, Trouble};

/// From here on a crew is worth its start.
const LARGE: u64 = 1024 * 1024;
/// Bytes per block of the pipeline.
const BLOCK: usize = 128 * 1024;
/// Bytes formatted at a time elsewhere: the result, up to 22 times as long, stays small.
const PIECE: usize = 16 * 1024;

/// A block to be formatted, from a known state.
struct Job {
    formatter: Formatter,
    block: Buf,
    out: Out,
}

/// The formatted block, and how long it was.
struct Formatted {
    out: Out,
    len: usize,
}

fn work(job: Job) -> Formatted {
    let Job { mut formatter, block, mut out } = job;
    formatter.push(&block, &mut out);
    Formatted { out, len: block.len() }
}

/// Formats one file after the other, as one stream.
pub struct Shower {
    formatter: Formatter,
    out: Out,
}

impl Shower {
    pub fn new(style: Style) -> Self {
        Self { formatter: Formatter::new(style), out: Out::default() }
    }

    /// Bytes that are there already.
    pub fn bytes(&mut self, context: &Context<'_>, bytes: &[u8]) -> Result<(), Fatal> {
        for piece in bytes.chunks(PIECE) {
            self.formatter.push(piece, &mut self.out);
            self.write(context)?;
        }
        Ok(())
    }

    fn write(&mut self, context: &Context<'_>) -> Result<(), Fatal> {
        if !self.out.filled().is_empty() {
            context.write(self.out.filled())?;
        }
        self.out.clear();
        Ok(())
    }

    /// What was held back to the end of all input.
    pub fn finish(&mut self, context: &Context<'_>) -> Result<(), Fatal> {
        self.formatter.finish(&mut self.out);
        self.write(context)
    }

    /// One open file.
    pub fn input(&mut self, context: &Context<'_>, input: &Input<'_>) -> Result<(), Trouble> {
        if let Some(left) = input.left()
            && (left >= LARGE || context.session.config().direct)
            && !input.itself
        {
            sys::advise_sequential(input.fd);
            return self.pipeline(context, input);
        }
        let mut buf = context.block().map_err(Trouble::Input)?;
        loop {
            let n = sys::read(input.fd, buf.spare()).map_err(Trouble::Input)?;
            context.session.tally("read", n);
            if n == 0 {
                return Ok(());
            }
            buf.add(n);
            self.bytes(context, &buf)?;
            context.done(n);
            buf.clear();
        }
    }

    fn pipeline(&mut self, context: &Context<'_>, input: &Input<'_>) -> Result<(), Trouble> {
        let config = context.session.config();
        let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let out_at_most = cores * 2;
        // Those with the crew, one being handed over, and some being read.
        let depth = config.depth.unwrap_or(0).max(u32::try_from(out_at_most).unwrap_or(4) + 4);
        let pool = Pool::new(config.block.unwrap_or(BLOCK), depth).map_err(Trouble::Input)?;
        // A pool that came out smaller (address space is short) must still leave one block to be read.
        let out_at_most = out_at_most.min(pool.blocks() as usize - 1);
        let ring = context.session.ring();
        let start = sys::seekable_offset(input.fd).unwrap_or(0);
        let mut blocks = ReadAhead::new(ring, &pool, input.file.clone(), start, input.stat.size);
        let mut crew = Crew::new(if out_at_most > 0 { cores } else { 0 }, work);
        let mut spare = Vec::new();
        let result = loop {
            let block = match ring.block_on(blocks.next()) {
                Ok(Some(block)) => block,
                Ok(None) => break Ok(()),
                Err(error) => break Err(Trouble::Input(error)),
            };
            let formatter = self.formatter;
            self.formatter.skip(&block);
            crew.give(Job { formatter, block, out: spare.pop().unwrap_or_default() });
            while crew.out() > out_at_most.saturating_sub(1) {
                take(context, &mut crew, &mut spare)?;
            }
        };
        // What was read before an error is put out all the same.
        while crew.out() > 0 {
            take(context, &mut crew, &mut spare)?;
        }
        let _ = sys::seek(input.fd, blocks.offset());
        result
    }
}

/// Threads at most: writing is serial, and keeps up with no more than a few.
const MOST_THREADS: usize = 8;

/// Writes the oldest block that is with the crew.
fn take(context: &Context<'_>, crew: &mut Crew<Job, Formatted>, spare: &mut Vec<Out>) -> Result<(), Fatal> {
    if let Some(Formatted { mut out, len }) = crew.take() {
        if !out.filled().is_empty() {
            context.write(out.filled())?;
        }
        context.done(len);
        out.clear();
        spare.push(out);
    }
    Ok(())
}
