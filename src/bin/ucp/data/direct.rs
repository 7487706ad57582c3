//! `--cache=direct`: from disk to disk past the page cache.

use std::collections::VecDeque;
use std::io;
use std::os::fd::BorrowedFd;

use ringutils::cli::Fault;
use ringutils::io::ReadAhead;
use ringutils::ring::ops::Write;
use ringutils::ring::{Buf, Fd, InFlight, Ring};
use ringutils::sys;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::Job;
use super::sink::Sink;

/// Below this it is not worth the trouble.
const LEAST: u64 = 1024 * 1024;
/// Offsets and lengths that every file system takes.
const ALIGNMENT: u64 = 4096;

/// Copies all of a regular file; `false` (and nothing done) where it has to be done otherwise.
pub fn copy(job: &Job<'_>, sink: &mut Sink<'_>) -> Result<bool, Fault> {
    if !job.between_files() || job.source.stat.size < LEAST || sink.finds_zeros() {
        return Ok(false);
    }
    let (source, destination) = (job.source.fd, job.destination.fd);
    let direct = Direct::set(source).zip(Direct::set(destination));
    let Some(both) = direct else { return Ok(false) };
    let result = pump(job, sink);
    drop(both);
    result?;
    job.note(|debug| debug.offload = super::Word::Avoided);
    job.note(|debug| debug.sparse = super::Detection::No);
    Ok(true)
}

/// `O_DIRECT`, for as long as this lives.
struct Direct<'a>(BorrowedFd<'a>);

impl<'a> Direct<'a> {
    /// `None` where the file system has none.
    fn set(fd: BorrowedFd<'a>) -> Option<Self> {
        let flags = fcntl_getfl(fd).ok()?;
        fcntl_setfl(fd, flags | OFlags::DIRECT).ok()?;
        Some(Self(fd))
    }
}

impl Drop for Direct<'_> {
    fn drop(&mut self) {
        sys::clear_direct(self.0);
    }
}

/// A write on its way.
struct Begun {
    write: InFlight<Write>,
    at: u64,
    len: usize,
}

fn pump(job: &Job<'_>, sink: &mut Sink<'_>) -> Result<(), Fault> {
    let reading = |error: io::Error| job.of_source("error reading ", error);
    let writing = |error: io::Error| job.of_destination("error writing ", error);
    let (ring, pool) = job.hands.pipeline().map_err(reading)?;
    let from = Fd::new(job.source.fd.try_clone_to_owned().map_err(reading)?);
    let to = Fd::new(job.destination.fd.try_clone_to_owned().map_err(writing)?);
    let mut begun: VecDeque<Begun> = VecDeque::new();
    let mut blocks = ReadAhead::new(&ring, pool, from, 0, job.source.stat.size);
    let copied = ring.block_on(async {
        let result = blocks_over(job, sink, &mut blocks, &to, &mut begun).await;
        // The next file needs all buffers.
        blocks.stop().await;
        for Begun { write, .. } in begun.drain(..) {
            let _ = write.await;
        }
        result
    })?;
    sys::seek(job.destination.fd, copied).map_err(writing)
}

/// Moves block after block; tells how many bytes there were.
async fn blocks_over(
    job: &Job<'_>,
    sink: &mut Sink<'_>,
    blocks: &mut ReadAhead,
    to: &Fd,
    begun: &mut VecDeque<Begun>,
) -> Result<u64, Fault> {
    let writing = |error: io::Error| job.of_destination("error writing ", error);
    let (ring, pool) = job.hands.pipeline().map_err(writing)?;
    // Half of the blocks may be being written; the others are being read.
    let most = (pool.blocks() / 2).max(1) as usize;
    let mut at = 0;
    while let Some(block) = blocks.next().await.map_err(|error| job.of_source("error reading ", error))? {
        sink.see(at, &block);
        let len = block.len() as u64;
        if !at.is_multiple_of(ALIGNMENT) || !len.is_multiple_of(ALIGNMENT) {
            // The end: through the page cache after all.
            settle(sink, begun, 0, to).await.map_err(writing)?;
            to.borrow().map(sys::clear_direct).map_err(writing)?;
        }
        begun.push_back(start(&ring, to, block, at));
        at += len;
        settle(sink, begun, most, to).await.map_err(writing)?;
    }
    settle(sink, begun, 0, to).await.map_err(writing)?;
    Ok(at)
}

fn start(ring: &Ring, to: &Fd, block: Buf, at: u64) -> Begun {
    let len = block.len();
    Begun { write: ring.write(to, block, 0..len, Some(at)), at, len }
}

/// Waits until no more than `most` writes are on their way.
async fn settle(sink: &mut Sink<'_>, begun: &mut VecDeque<Begun>, most: usize, to: &Fd) -> io::Result<()> {
    while begun.len() > most {
        let Some(Begun { write, at, len }) = begun.pop_front() else { break };
        let (result, block) = write.await;
        let done = match result {
            Ok(done) => done,
            // How choosy `O_DIRECT` is, is up to the file system.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => 0,
            Err(error) => return Err(error),
        };
        if done < len {
            // A short write: the rest is at an odd place now, or the disk is full, which a plain call will say.
            let fd = to.borrow()?;
            sys::clear_direct(fd);
            sys::seek(fd, at + done as u64)?;
            sys::write_all(fd, &block[done..])?;
        }
        sink.moved(len as u64)
            .map_err(|fault| fault.source.unwrap_or_else(|| io::ErrorKind::Other.into()))?;
    }
    Ok(())
}
