//! Input and outputs: opened, checked all together, and only then changed.

use std::ffi::OsString;
use std::os::fd::BorrowedFd;

use ringutils::cli::{Diagnostics, Fault, quote};
use ringutils::ring::Fd;
use ringutils::sys::{Kind, Stat};

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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Input,
    Output,
}

impl End {
    /// The descriptor, for plain calls.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.borrow().expect("an ordinary descriptor")
    }

    pub fn kind(&self) -> Kind {
        self.stat.kind
    }

    /// As it is called in messages.
    pub fn shown(&self) -> Vec<u8> {
        match (self.name == "-", self.direction) {
            (true, Direction::Input) => b"standard input".to_vec(),
            (true, Direction::Output) => b"standard output".to_vec(),
            (false, _) => quote::needed(&self.name),
        }
    }

    /// `NAME: REASON`
    pub fn fault(&self, error: std::io::Error) -> Fault {
        Fault::io(self.shown(), error)
    }
}

/// Both sides, ready for the first byte: skipped, sought, truncated.
pub struct Ends {
    pub input: End,
    /// Not empty.
    pub outputs: Vec<End>,
    /// Bytes that the input has from here on, if that can be said.
    pub expected: Option<u64>,
}

impl Ends {
    /// Opens and checks everything, then truncates what is to be truncated, and moves positions. What is wrong is
    /// reported; `None` if nothing can be done for it.
    pub fn open(options: &Options, diagnostics: &Diagnostics) -> Option<Self> {
        let _ = (options, diagnostics);
        None
    }

    /// Flushes what `--sync` wants to have on the disk, and says what closing has to say.
    pub fn finish(&self, options: &Options, diagnostics: &Diagnostics) {
        let _ = (options, diagnostics);
    }
}
