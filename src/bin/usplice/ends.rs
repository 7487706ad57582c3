//! Input and outputs: opened, checked all together, and only then changed.

mod close;
mod open;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::fd::BorrowedFd;

use ringutils::cli::{Diagnostics, Fault, quote};
use ringutils::ring::Fd;
use ringutils::sys::{self, Kind, Stat};
use rustix::fs::{OFlags, SeekFrom};

use crate::options::Options;

/// An open end.
pub struct End {
    pub file: Fd,
    pub stat: Stat,
    /// As it was typed; `-` is a standard stream.
    pub name: OsString,
    /// Where it stands, if it has positions: the first byte to be moved from or to here. The file's own position.
    pub at: Option<u64>,
    /// Writes append, wherever the position is.
    pub append: bool,
    /// Whether it is a terminal.
    pub terminal: bool,
    /// It does not wait (`O_NONBLOCK`): others set that, and may rely on it.
    pub nonblocking: bool,
    pub direction: Direction,
    /// It failed on the way and gets nothing more: there is nothing left to be made sure of.
    pub dropped: Cell<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Input,
    Output,
}

impl End {
    /// An open file, with all that is to be known of it.
    pub fn new(file: Fd, name: OsString, direction: Direction) -> io::Result<Self> {
        let fd = file.borrow()?;
        let flags = rustix::fs::fcntl_getfl(fd)?;
        let useless = match direction {
            Direction::Input => OFlags::WRONLY,
            Direction::Output => OFlags::RDONLY,
        };
        // Found out now, while nothing is changed yet.
        if flags & OFlags::RWMODE == useless || flags.contains(OFlags::PATH) {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
        let (stat, at) = (sys::fstat(fd)?, sys::seekable_offset(fd));
        let terminal = fd.is_terminal();
        Ok(Self {
            file,
            stat,
            name,
            at,
            append: flags.contains(OFlags::APPEND),
            terminal,
            nonblocking: flags.contains(OFlags::NONBLOCK),
            direction,
            dropped: Cell::new(false),
        })
    }

    /// Standard input or output, as it was inherited.
    fn standard(direction: Direction) -> io::Result<Self> {
        let fd = sys::process::standard(i32::from(direction == Direction::Output))?;
        Self::new(Fd::standard(fd), "-".into(), direction)
    }

    /// The descriptor, for plain calls.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.borrow().expect("an ordinary descriptor")
    }

    pub fn kind(&self) -> Kind {
        self.stat.kind
    }

    /// Where a file or a block device ends. The position stays.
    ///
    /// # Errors
    /// `lseek(2)`'s: `ESPIPE` for what has no positions.
    pub fn end(&self) -> io::Result<u64> {
        let before = rustix::fs::tell(self.fd())?;
        let end = rustix::fs::seek(self.fd(), SeekFrom::End(0))?;
        sys::seek(self.fd(), before)?;
        Ok(end)
    }

    /// Whether it was inherited.
    pub fn is_standard(&self) -> bool {
        self.name == "-"
    }

    /// As it is called in messages.
    pub fn shown(&self) -> Vec<u8> {
        shown(&self.name, self.direction)
    }

    /// `NAME: REASON`
    pub fn fault(&self, error: io::Error) -> Fault {
        Fault::io(self.shown(), error)
    }
}

fn shown(name: &OsString, direction: Direction) -> Vec<u8> {
    match (name == "-", direction) {
        (true, Direction::Input) => b"standard input".to_vec(),
        (true, Direction::Output) => b"standard output".to_vec(),
        (false, _) => quote::needed(name),
    }
}

/// Both sides, ready for the first byte: skipped, sought, truncated.
pub struct Ends {
    pub input: End,
    /// Not empty.
    pub outputs: Vec<End>,
    /// Bytes that the input has from here on, if that can be said.
    pub expected: Option<u64>,
    /// Bytes of the input that are to be read away first, as it has no positions.
    pub to_skip: u64,
}

impl Ends {
    /// Opens and checks everything, then moves positions and truncates what is to be truncated. What is wrong is
    /// reported; `None` if nothing can be done for it.
    pub fn open(options: &Options, diagnostics: &Diagnostics) -> Option<Self> {
        let ends = open::open(options, diagnostics);
        ends.unwrap_or_else(|fault| {
            diagnostics.report(&fault);
            None
        })
    }
}
