//! Where a source has data and where it has holes.

use std::io;

use ringutils::cli::Fault;
use ringutils::sys::{self, Kind};
use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

use super::Job;
use super::sink::Sink;

/// What a source looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scan {
    /// Data all over, or no file.
    Plain,
    /// It has less than its size suggests, and the file system does not say where: look for zeros.
    Zeros,
    /// It has holes. Where its first data begins, if it has any.
    Extents(Option<u64>),
}

/// Looks at the source, whose position is its start, and still is afterwards.
pub fn scan(job: &Job<'_>) -> Result<Scan, Fault> {
    let stat = &job.source.stat;
    if stat.kind != Kind::Regular || stat.blocks >= stat.size / 512 {
        return Ok(Scan::Plain);
    }
    let failed = |error| job.of_source("cannot lseek ", error);
    match seek(job.source.fd, SeekFrom::Data(0)) {
        Ok(0) => {
            let hole = seek(job.source.fd, SeekFrom::Hole(0)).map_err(failed)?;
            sys::seek(job.source.fd, 0).map_err(|error| job.of_source("cannot lseek ", error))?;
            // Compressed, that is.
            Ok(if hole < stat.size { Scan::Extents(Some(0)) } else { Scan::Plain })
        }
        Ok(first) => Ok(Scan::Extents(Some(first))),
        Err(Errno::NXIO) => Ok(Scan::Extents(None)),
        Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(Scan::Zeros),
        Err(errno) => Err(failed(errno)),
    }
}

/// Copies data extents, and makes holes (or zeros, if there are to be none) of what is between.
pub fn copy(job: &Job<'_>, sink: &mut Sink<'_>, first: Option<u64>, offload: bool) -> Result<(), Fault> {
    let failed = |errno: Errno| job.of_source("cannot lseek ", errno);
    let source = job.source.fd;
    let mut size = job.source.stat.size;
    let mut next = first;
    while let Some(start) = next {
        let end = match seek(source, SeekFrom::Hole(start)) {
            Ok(end) => end,
            // It ends before that by now.
            Err(Errno::NXIO) => {
                size = shrunk(job, sink.at())?;
                break;
            }
            Err(errno) => return Err(failed(errno)),
        };
        // It has grown.
        size = size.max(end);
        seek(source, SeekFrom::Start(start)).map_err(failed)?;
        sink.skip(start.saturating_sub(sink.at()), false)?;
        let moved = job.part(sink, Some(end - start), offload)?;
        if moved < end - start {
            // It has shrunk.
            size = start + moved;
            break;
        }
        next = match seek(source, SeekFrom::Data(end)) {
            Ok(next) => Some(next),
            Err(Errno::NXIO) => None,
            Err(errno) => return Err(failed(errno)),
        };
    }
    sink.skip(size.saturating_sub(sink.at()), true)?;
    sink.finish(size)
}

/// Where a source ends that has lost the extent we were about to copy: no earlier than what was copied.
fn shrunk(job: &Job<'_>, copied: u64) -> Result<u64, Fault> {
    let stat = sys::fstat(job.source.fd).map_err(|error: io::Error| job.of_source("cannot fstat ", error))?;
    Ok(stat.size.max(copied))
}
