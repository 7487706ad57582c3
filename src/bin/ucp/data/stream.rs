//! Reads and writes.

use ringutils::cli::Fault;
use ringutils::io::ReadAhead;
use ringutils::ring::{Buf, Fd};
use ringutils::sys;

use super::Job;
use super::sink::Sink;

/// From here on reading ahead pays for a ring.
const LARGE: u64 = 32 * 1024 * 1024;
/// Blocks per vectored write.
const BATCH: usize = 4;

/// Copies `want` bytes from where the source stands, or all; tells how many there were.
pub fn copy(job: &Job<'_>, sink: &mut Sink<'_>, want: Option<u64>) -> Result<u64, Fault> {
    let start = sink.at();
    let left = want.unwrap_or_else(|| job.source.stat.size.saturating_sub(start));
    if job.between_files() {
        sys::advise_sequential(job.source.fd);
        if left >= LARGE {
            pipeline(job, sink, start, left, want.is_some())?;
            if want.is_some() {
                return Ok(sink.at() - start);
            }
            // It was left where it stood.
            sys::seek(job.source.fd, sink.at()).map_err(|error| job.of_source("cannot lseek ", error))?;
        }
    }
    plainly(job, sink, want.map(|want| start + want))?;
    Ok(sink.at() - start)
}

/// One block after the other.
fn plainly(job: &Job<'_>, sink: &mut Sink<'_>, end: Option<u64>) -> Result<(), Fault> {
    let mut buf = job.hands.block().map_err(|error| job.of_source("error reading ", error))?;
    loop {
        let left = end.map_or(u64::MAX, |end| end - sink.at());
        if left == 0 {
            return Ok(());
        }
        let spare = buf.spare();
        let len = usize::try_from(left).unwrap_or(usize::MAX).min(spare.len());
        let n = sys::read(job.source.fd, &mut spare[..len])
            .map_err(|error| job.of_source("error reading ", error))?;
        job.hands.session.tally("read", n);
        if n == 0 {
            return Ok(());
        }
        buf.add(n);
        sink.put(&buf)?;
        buf.clear();
    }
}

/// Reads blocks ahead, into registered buffers and on the kernel's workers, while vectored writes put out those before
/// them.
///
/// The writes are plain calls: they would run one after the other in any case, as each holds the file's lock, and only
/// a plain call raises `SIGXFSZ`.
fn pipeline(job: &Job<'_>, sink: &mut Sink<'_>, start: u64, left: u64, exact: bool) -> Result<(), Fault> {
    let failed = |error| job.of_source("error reading ", error);
    let (ring, pool) = job.hands.pipeline().map_err(failed)?;
    let fd = Fd::new(job.source.fd.try_clone_to_owned().map_err(failed)?);
    let end = start + left;
    let mut blocks = ReadAhead::new(&ring, pool, fd, start, end).elsewhere();
    let result = ring.block_on(pump(job, sink, &mut blocks, exact.then_some(end)));
    // The next file needs all buffers.
    ring.block_on(blocks.stop());
    result
}

async fn pump(
    job: &Job<'_>,
    sink: &mut Sink<'_>,
    blocks: &mut ReadAhead,
    end: Option<u64>,
) -> Result<(), Fault> {
    loop {
        let mut batch: Vec<Buf> = Vec::with_capacity(BATCH);
        let mut ended = None;
        while batch.is_empty() || (batch.len() < BATCH && blocks.is_ready()) {
            if end.is_some_and(|end| blocks.offset() >= end) {
                ended = Some(Ok(()));
                break;
            }
            match blocks.next().await {
                Ok(Some(block)) => batch.push(block),
                other => {
                    ended = Some(other.map(drop).map_err(|error| job.of_source("error reading ", error)));
                    break;
                }
            }
        }
        job.hands.session.ring().kick();
        put(sink, &batch, end.unwrap_or(u64::MAX))?;
        if let Some(result) = ended {
            return result;
        }
    }
}

/// Puts blocks, up to offset `end`.
fn put(sink: &mut Sink<'_>, batch: &[Buf], end: u64) -> Result<(), Fault> {
    let mut left = usize::try_from(end - sink.at()).unwrap_or(usize::MAX);
    let mut pieces: Vec<&[u8]> = Vec::with_capacity(batch.len());
    for block in batch {
        let piece = &block[..block.len().min(left)];
        left -= piece.len();
        pieces.push(piece);
    }
    if pieces.is_empty() { Ok(()) } else { sink.put_all(&pieces) }
}
