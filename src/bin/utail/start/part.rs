//! Which way leads to the part that is wanted.

use std::ops::Deref;
use std::os::fd::BorrowedFd;

use ringutils::io::transfer::ALL;
use ringutils::ring::{Buf, Fd, Pool};
use ringutils::sys::{self, Kind, Stat};
use rustix::fs::{SeekFrom, seek};

use super::{Start, Stop};
use crate::entry::Label;
use crate::options::{Amount, Unit};

/// A regular file up to this size is read to its end, whatever it says: those of /proc and /sys do not know.
const NOTIONAL: u64 = 4096;
/// Bytes per plain read.
const BLOCK: usize = 128 * 1024;

/// An open file.
pub struct Input<'a> {
    /// `None` if all of it is in the window.
    pub file: Option<&'a Fd>,
    pub stat: Stat,
    pub window: Option<Window>,
    pub stdin: bool,
}

/// The end of a file, which was read ahead: its last bytes, or with `+NUM` all of it.
pub struct Window {
    /// Where it begins in the file.
    pub at: u64,
    pub bytes: Bytes,
}

impl Window {
    /// Where it ends, and the file with it.
    pub fn end(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }
}

/// Bytes in whichever kind of memory they were read to.
pub enum Bytes {
    Pooled(Buf),
    Own(Vec<u8>),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Pooled(buf) => buf,
            Self::Own(bytes) => bytes,
        }
    }
}

impl<'a> Input<'a> {
    /// The descriptor.
    pub fn fd(&self) -> Result<BorrowedFd<'a>, Stop> {
        self.file().and_then(|file| file.borrow().map_err(Stop::Input))
    }

    /// The file, for the ring.
    pub fn file(&self) -> Result<&'a Fd, Stop> {
        self.file.ok_or_else(|| Stop::Input(std::io::Error::from_raw_os_error(libc::EBADF)))
    }

    /// Where it is; `None` if it is nothing that can be anywhere. Only what others opened is elsewhere than at its
    /// start.
    fn offset(&self) -> Option<u64> {
        if self.stdin { sys::seekable_offset(self.fd().ok()?) } else { Some(0) }
    }
}

impl Start<'_, '_> {
    /// Shows what is wanted of one file. The answer is how far into it that was.
    pub(super) fn part(&mut self, label: &mut Label, input: &Input<'_>) -> Result<u64, Stop> {
        let position = match self.options.amount {
            Amount { from_start: true, unit, count } => {
                let skipped = count.saturating_sub(1);
                match (&input.window, unit) {
                    // How far it can be skipped is up to the file system, if anybody wants to know.
                    (Some(window), Unit::Bytes) if skipped > window.end() && input.file.is_some() => {
                        self.skip_bytes(label, input, skipped)?
                    }
                    (Some(window), _) => self.skip_in_window(label, window, unit, skipped)?,
                    (None, Unit::Lines) => self.skip_lines(label, input, skipped)?,
                    (None, Unit::Bytes) => self.skip_bytes(label, input, skipped)?,
                }
            }
            Amount { from_start: false, unit: Unit::Lines, count } => self.last_lines(label, input, count)?,
            Amount { from_start: false, unit: Unit::Bytes, count } => self.last_bytes(label, input, count)?,
        };
        // Whoever shares the position, or reads on from there, finds it where plain reads would have left it.
        let seen = input.stdin || self.options.follow.is_some();
        if seen && input.stat.kind == Kind::Regular && !self.options.presume_pipe {
            sys::seek(input.fd()?, position).map_err(Stop::Input)?;
        }
        Ok(position)
    }

    fn last_lines(&mut self, label: &mut Label, input: &Input<'_>, count: u64) -> Result<u64, Stop> {
        if let Some(window) = &input.window {
            return self.last_lines_behind(label, input, window, count);
        }
        if input.stat.kind == Kind::Regular
            && !self.options.presume_pipe
            && let Some(start) = input.offset()
            && start < input.stat.size
        {
            return self.last_lines_between(label, input, start, input.stat.size, count);
        }
        self.last_of_stream(label, input)
    }

    fn last_bytes(&mut self, label: &mut Label, input: &Input<'_>, count: u64) -> Result<u64, Stop> {
        if let Some(window) = &input.window {
            let first = window.end().saturating_sub(count);
            if let Some(from) = first.checked_sub(window.at).and_then(|from| usize::try_from(from).ok()) {
                self.out.data(label, &window.bytes[from..])?;
                return Ok(window.end());
            }
            return self.copy(label, input, first, window.end() - first);
        }
        if self.options.presume_pipe {
            return self.last_of_stream(label, input);
        }
        if input.stat.kind == Kind::Regular {
            let Some(start) = input.offset().filter(|_| input.stat.size > NOTIONAL) else {
                return self.last_of_stream(label, input);
            };
            let first = input.stat.size.saturating_sub(count).max(start);
            return self.copy(label, input, first, input.stat.size.saturating_sub(first));
        }
        // A device that can be positioned: so many bytes, even if there is no end of them.
        let fd = input.fd()?;
        let start = sys::seekable_offset(fd);
        match seek(fd, SeekFrom::End(-i64::try_from(count).unwrap_or(i64::MAX))) {
            Ok(first) => self.copy(label, input, first, count),
            // It has fewer: all of them.
            Err(_) if seek(fd, SeekFrom::End(0)).is_ok() => {
                let start = start.unwrap_or(0);
                sys::seek(fd, start).map_err(Stop::Input)?;
                self.copy(label, input, start, count)
            }
            Err(_) => self.last_of_stream(label, input),
        }
    }

    fn skip_in_window(
        &mut self,
        label: &mut Label,
        window: &Window,
        unit: Unit,
        count: u64,
    ) -> Result<u64, Stop> {
        let from = match unit {
            Unit::Bytes => usize::try_from(count).unwrap_or(usize::MAX),
            Unit::Lines => self.behind_lines(&window.bytes, count).unwrap_or(window.bytes.len()),
        };
        self.out.data(label, &window.bytes[from.min(window.bytes.len())..])?;
        Ok(window.end())
    }

    /// The rest of a file, from an offset on or from where it is.
    pub(super) fn rest(&mut self, label: &mut Label, input: &Input<'_>, at: u64) -> Result<u64, Stop> {
        self.copy(label, input, at, ALL)
    }

    /// The buffer of the plain loops.
    pub(super) fn block(&self) -> Result<Buf, Stop> {
        let size = self.session.config().block.unwrap_or(BLOCK);
        let pool = Pool::in_cell(&self.block, size, 2).map_err(Stop::Input)?;
        pool.take().ok_or_else(|| Stop::Input(std::io::Error::from_raw_os_error(libc::ENOMEM)))
    }
}
