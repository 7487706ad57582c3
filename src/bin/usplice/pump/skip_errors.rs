//! `--skip-errors`: an input with bad blocks is read around them.
//!
//! Where a read fails, smaller ones are tried, down to a block of the device. One that can't be read at all is replaced by
//! zeros, so that everything behind it stays where it belongs. Each range that was replaced is told of when it ends, and
//! makes the exit status 1.

use std::io;
use std::ops::Range;

use ringutils::cli::{Fault, bytes, reason};
use ringutils::sys::{self, Kind};
use rustix::fs::ioctl_blksszget;

use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// What a disk reads at least, if it does not say otherwise.
const SECTOR: u64 = 512;
/// How far errors are followed into what may be nothing at all.
const LIMIT: u64 = 1024 * 1024;

/// Reads at an offset.
type ReadAt<'a> = Box<dyn Fn(&mut [u8], u64) -> io::Result<usize> + 'a>;

/// An input that has positions, read so that errors don't matter.
pub struct SkipErrors<'a> {
    flow: &'a Flow<'a>,
    input: &'a End,
    read_at: ReadAt<'a>,
    /// What is replaced at once, at multiples of itself.
    unit: u64,
    /// Bytes that the next read asks for at most.
    size: usize,
    /// Up to here there is something, whether it can be read or not.
    end: u64,
    /// The input said so.
    sized: bool,
    /// What is being replaced, and why.
    bad: Option<(Range<u64>, io::Error)>,
}

impl<'a> SkipErrors<'a> {
    /// `size`: of the input, if it says so.
    pub fn new(flow: &'a Flow<'a>, input: &'a End, size: Option<u64>) -> Self {
        // Sizes of /proc are none.
        let size = size.filter(|size| *size > 0);
        let block = if input.kind() == Kind::Block { ioctl_blksszget(input.fd()).ok() } else { None };
        // `O_DIRECT` wants more than what is left of a block.
        sys::clear_direct(input.fd());
        let unit = block.map_or(SECTOR, u64::from).max(SECTOR);
        let read_at = Box::new(move |into: &mut [u8], at| {
            let n = sys::read_at(input.fd(), into, at)?;
            flow.session.tally("read", n);
            Ok(n)
        });
        Self::with(flow, input, read_at, unit, size)
    }

    fn with(flow: &'a Flow<'a>, input: &'a End, read_at: ReadAt<'a>, unit: u64, size: Option<u64>) -> Self {
        let (end, sized) = (size.unwrap_or(0), size.is_some());
        Self { flow, input, read_at, unit, size: usize::MAX, end, sized, bad: None }
    }

    /// Reads at `at`, which is where the last read ended: as many bytes as suits, 0 at the end.
    ///
    /// # Errors
    /// Those that have nothing to do with what is stored there, and those behind which there is nothing.
    pub fn read(&mut self, into: &mut [u8], at: u64) -> Result<usize, Stop> {
        loop {
            let least = self.to_boundary(at).min(into.len());
            let want = self.size.max(least).min(into.len());
            match (self.read_at)(&mut into[..want], at) {
                Ok(n) => {
                    self.tell();
                    self.size = self.size.max(n).saturating_mul(2);
                    return Ok(n);
                }
                Err(error) if !is_bad(&error) => {
                    self.tell();
                    return Err(Stop::Input(error));
                }
                Err(_) if want > least => self.size = self.smaller(want, at),
                Err(error) => {
                    if let Some(replaced) = self.replace(&mut into[..want], at, error)? {
                        return Ok(replaced);
                    }
                }
            }
        }
    }

    /// Tells of what was replaced, which is over.
    pub fn tell(&mut self) {
        if let Some((range, error)) = self.bad.take() {
            let bytes = format!(": bytes {}-{}: ", range.start, range.end - 1);
            let text = bytes![self.input.shown(), bytes, reason(&error), "; zeros written instead"];
            self.flow.diagnostics.report(&Fault::new(text));
        }
    }

    fn to_boundary(&self, at: u64) -> usize {
        usize::try_from(self.unit - at % self.unit).unwrap_or(usize::MAX)
    }

    /// About half of `want`, so that the read ends with a unit.
    fn smaller(&self, want: usize, at: u64) -> usize {
        let end = at + want as u64 / 2;
        usize::try_from((end - end % self.unit).saturating_sub(at)).unwrap_or(0)
    }

    /// Zeros for what can't be read. `None`: look again, more is known now. 0: it is no part of the input.
    fn replace(&mut self, into: &mut [u8], at: u64, error: io::Error) -> Result<Option<usize>, Stop> {
        // The user says that there is so much to be had; nobody else does.
        let asked = if self.sized || self.flow.left() == u64::MAX { 0 } else { at + into.len() as u64 };
        let end = self.end.max(asked);
        if at >= end {
            return self.look_further(at, error);
        }
        let n = usize::try_from(end - at).unwrap_or(usize::MAX).min(into.len());
        into[..n].fill(0);
        let behind = at + n as u64;
        match &mut self.bad {
            Some((range, _)) => range.end = behind,
            None => self.bad = Some((at..behind, error)),
        }
        // Bad blocks come in groups: the next read is as small.
        self.size = 0;
        Ok(Some(n))
    }

    /// At a place of which nobody says that there is anything: is there more behind it?
    fn look_further(&mut self, at: u64, error: io::Error) -> Result<Option<usize>, Stop> {
        if self.sized {
            self.tell();
            return Ok(Some(0));
        }
        let mut probe = [0; 1];
        let mut next = at;
        while next - at < LIMIT {
            next += self.unit - next % self.unit;
            match (self.read_at)(&mut probe, next) {
                Ok(_) => {
                    self.end = next;
                    return Ok(None);
                }
                Err(error) if is_bad(&error) => {}
                Err(error) => return Err(Stop::Input(error)),
            }
        }
        self.tell();
        Err(Stop::Input(error))
    }
}

/// Whether an error is of a block, and not of the whole file, or of how it is asked for.
fn is_bad(error: &io::Error) -> bool {
    !matches!(
        error.raw_os_error(),
        None | Some(
            libc::EAGAIN
                | libc::EBADF
                | libc::EFAULT
                | libc::EINVAL
                | libc::EISDIR
                | libc::ENOMEM
                | libc::ESPIPE
                | libc::EACCES
                | libc::EPERM
                | libc::ENOSYS
                | libc::EOPNOTSUPP
        )
    )
}

#[cfg(test)]
mod tests;
