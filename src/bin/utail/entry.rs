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

/// A descriptor, ours or standard input.
#[derive(Debug)]
pub enum Handle {
    Own(OwnedFd),
    Stdin(BorrowedFd<'static>),
    /// None, since there were no more to be had: opened again, by its name, when something happens to it.
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
        Self { name, label, file: None, trouble: None, ignored: false }
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
