//! A file that was asked for, and what has become of it.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use ringutils::sys::Stat;

/// A file that was asked for.
#[derive(Debug)]
pub struct Entry {
    /// As it was typed; `-` is standard input.
    pub name: OsString,
    /// How it is called in headers and prefixes.
    pub label: Label,
    /// The open file, if it is followed.
    pub file: Option<File>,
    /// Why it is not, if it is not.
    pub trouble: Option<Trouble>,
    /// It is not looked at any more.
    pub ignored: bool,
    /// How it is followed; see [`crate::follow`].
    pub following: Following,
}

/// What following a file has to remember beside the file itself.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Following {
    /// Whatever has the name is followed; else the file that was opened.
    pub by_name: bool,
    /// It is tried again when it could not be opened.
    pub retry: bool,
    /// It is on a file system that does not tell of changes.
    pub remote: bool,
    /// The inotify watch on what has the name now.
    pub watch: Option<i32>,
    /// Something may still be told of the file that was watched last: it has a name somewhere.
    pub watched: bool,
    /// In how many passes in a row nothing was new.
    pub unchanged: u64,
}

/// A file's name in the output, and what is held back of it (see `--prefix`).
#[derive(Debug)]
pub struct Label {
    pub text: Vec<u8>,
    /// Which one of the files that were asked for: two of one name are two.
    pub number: usize,
    /// With `--prefix`: a line that has no end yet.
    pub unfinished: Vec<u8>,
}

impl Label {
    /// The same for a file that has lost its name, together with what is held back of its last line.
    pub fn hand_on(&mut self) -> Self {
        let unfinished = std::mem::take(&mut self.unfinished);
        Self { unfinished, ..self.for_another() }
    }

    /// The same for another file of this name.
    pub fn for_another(&self) -> Self {
        Self { text: self.text.clone(), number: self.number, unfinished: Vec::new() }
    }
}

/// Why a file is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Opening it, or asking what it is, failed with this error number.
    Errno(i32),
    /// It could not be read, or is nothing that can be followed.
    Unsuited,
}

/// An open file that is followed.
#[derive(Debug)]
pub struct File {
    pub handle: Handle,
    /// What it was when it was opened, or last asked.
    pub stat: Stat,
    /// Bytes that were shown or skipped: what is appended comes behind them.
    pub position: u64,
}

/// A descriptor, ours or standard input, or none at the moment.
#[derive(Debug)]
pub enum Handle {
    Own(OwnedFd),
    Stdin(BorrowedFd<'static>),
    /// Closed for want of descriptors, and followed by name: it is opened again when something happens to it, read from
    /// where reading ended, and closed.
    Parked,
}

impl Handle {
    /// The descriptor, unless it is parked.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Own(fd) => Some(fd.as_fd()),
            Self::Stdin(fd) => Some(*fd),
            Self::Parked => None,
        }
    }
}

impl Entry {
    pub fn new(number: usize, name: OsString) -> Self {
        let text = if name == "-" { "standard input".into() } else { name.clone() };
        let text = std::os::unix::ffi::OsStringExt::into_vec(text);
        let label = Label { text, number, unfinished: Vec::new() };
        Self { name, label, file: None, trouble: None, ignored: false, following: Following::default() }
    }

    pub fn is_stdin(&self) -> bool {
        self.name == "-"
    }
}

impl From<&io::Error> for Trouble {
    fn from(error: &io::Error) -> Self {
        error.raw_os_error().map_or(Self::Unsuited, Self::Errno)
    }
}
