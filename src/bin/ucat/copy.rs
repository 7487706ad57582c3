//! One file as it is, down a ladder: inside the kernel if it can be, else through the ring, else by plain calls.
//!
//! Every rung leaves both positions where it stopped, so that the next goes on from there, and reports errors only
//! where it can tell whose they are.

use ringutils::io::ReadAhead;
use ringutils::io::transfer::{ALL, HUGE, Outcome, copy_range, discard, splice, splice_through};
use ringutils::ring::Buf;
use ringutils::sys::{self, Kind};

use crate::run::{Context, Input, Trouble};

/// A regular file up to here is read and written at once.
const SMALL: u64 = 32 * 1024;
/// From here on reading ahead pays for a ring.
const LARGE: u64 = 256 * 1024;
/// Bytes per read, and blocks in flight, of the pipeline; 4 MiB in all.
const BLOCK: usize = 256 * 1024;
const DEPTH: u32 = 16;
/// Blocks per vectored write.
const BATCH: usize = 4;

/// Copies one open file to the output.
pub fn copy(context: &Context<'_>, input: &Input<'_>) -> Result<(), Trouble> {
    let left = input.left();
    let direct = context.session.config().direct && left.is_some();
    if !direct && left.is_none_or(|left| left > SMALL) && !input.itself {
        if let Some(left) = left {
            sys::advise_sequential(input.fd);
            if context.output.is_null() && left >= HUGE as u64 && !context.progress.is_on() {
                let moved = &mut |n| context.done(n);
                discard(context.session, input.fd, context.output.fd(), left, moved);
            }
        }
        match within_kernel(context, input) {
            Outcome::Done => return Ok(()),
            Outcome::ReadFailed(error) => return Err(Trouble::Input(error)),
            Outcome::WriteFailed(error) => return Err(Trouble::Output(error)),
            Outcome::Unsuited => {}
        }
    }
    let worth_it = input.left().is_some_and(|left| left >= LARGE) && context.output.kind() == Kind::Regular;
    if direct || (worth_it && !input.itself) {
        return pipeline(context, input);
    }
    plainly(context, input)
}

/// The ways that copy nothing through user space.
fn within_kernel(context: &Context<'_>, input: &Input<'_>) -> Outcome {
    let (from, to, session) = (input.fd, context.output.fd(), context.session);
    let moved = &mut |n| context.done(n);
    match (input.stat.kind, context.output.kind()) {
        (Kind::Regular, Kind::Regular) => copy_range(session, from, to, ALL, moved),
        // A terminal wants each line when it is there, and nothing is gained.
        (_, Kind::Character) if context.output.is_terminal() => Outcome::Unsuited,
        (_, Kind::Pipe) | (Kind::Pipe, Kind::Regular | Kind::Socket | Kind::Character) => {
            splice(session, from, to, ALL, moved)
        }
        (Kind::Regular | Kind::Socket, Kind::Socket | Kind::Character) => {
            splice_through(session, from, to, ALL, moved)
        }
        _ => Outcome::Unsuited,
    }
}

/// Reads and writes, one after the other.
fn plainly(context: &Context<'_>, input: &Input<'_>) -> Result<(), Trouble> {
    let mut buf = context.block().map_err(Trouble::Input)?;
    loop {
        let n = sys::read(input.fd, buf.spare()).map_err(Trouble::Input)?;
        context.session.tally("read", n);
        if n == 0 {
            return Ok(());
        }
        buf.add(n);
        context.write(&buf)?;
        context.done(n);
        buf.clear();
    }
}

/// Reads blocks ahead, into registered buffers, while vectored writes put out those before them.
///
/// The writes are plain calls. The output's position may be shared with other processes, and only `writev(2)` moves
/// it under the lock that keeps their bytes apart; it also raises what an error may come with (`SIGXFSZ`),
/// which a kernel worker cannot. So it is the reads that run elsewhere.
fn pipeline(context: &Context<'_>, input: &Input<'_>) -> Result<(), Trouble> {
    let (ring, pool) = context.session.pipeline(BLOCK, DEPTH).map_err(Trouble::Input)?;
    let start = sys::seekable_offset(input.fd).unwrap_or(0);
    let mut blocks = ReadAhead::new(&ring, &pool, input.file.clone(), start, input.stat.size).elsewhere();
    let result = ring.block_on(pump(context, &mut blocks));
    // Whoever shares the input's position finds it where plain reads would have left it.
    let _ = sys::seek(input.fd, blocks.offset());
    result
}

async fn pump(context: &Context<'_>, blocks: &mut ReadAhead) -> Result<(), Trouble> {
    loop {
        let mut batch: Vec<Buf> = Vec::new();
        let mut ended = None;
        while batch.is_empty() || (batch.len() < BATCH && blocks.is_ready()) {
            match blocks.next().await {
                Ok(Some(block)) => batch.push(block),
                other => {
                    ended = Some(other.map(drop).map_err(Trouble::Input));
                    break;
                }
            }
        }
        context.session.ring().kick();
        context.write_all(&batch)?;
        if let Some(result) = ended {
            return result;
        }
    }
}
