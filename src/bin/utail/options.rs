//! What to do, once the command line has been made sense of.

use std::ffi::OsString;
use std::time::Duration;

use ringutils::cli::Shared;

/// What to do.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Options {
    pub amount: Amount,
    /// What ends a line: LF, or NUL with `-z`.
    pub line_end: u8,
    /// Whether headers go between the files (`-q`, `-v`, and how many there are).
    pub headers: bool,
    /// `--prefix`: each line begins with the name of its file; then there are no headers.
    pub prefix: bool,
    /// `None`: what there is, and no more. `-f` of nothing but standard input, which is a pipe, is for
    /// [`crate::follow`] to find out.
    pub follow: Option<Follow>,
    /// `---presume-input-pipe`: never seek.
    pub presume_pipe: bool,
    /// `--debug`: say how the files are followed.
    pub debug: bool,
    /// `--glob`: patterns of files that are followed as they appear.
    pub globs: Vec<OsString>,
    /// Whether this goes by GNU's name: then a folder is no more than GNU makes of it, and `--debug` says no more.
    pub called_tail: bool,
    /// Warnings about the command line, to be printed before anything else (without the program's name).
    pub warnings: Vec<Vec<u8>>,
    pub shared: Shared,
    /// In order; `-` is standard input. Empty only with `globs`.
    pub files: Vec<OsString>,
}

impl Options {
    /// Whether there is nothing to show, whatever the files are: then not even a missing one is noticed.
    pub fn wants_nothing(&self) -> bool {
        self.follow.is_none() && self.amount.is_nothing()
    }
}

/// How much of each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    pub unit: Unit,
    /// `+NUM`: `count` is the line or byte to begin with, the first being 1 (0 is the same); else so many from the end.
    pub from_start: bool,
    pub count: u64,
}

impl Amount {
    /// None of the last lines, or those from beyond the end of the longest file on.
    fn is_nothing(self) -> bool {
        if self.from_start { self.count >= i64::MAX.unsigned_abs() } else { self.count == 0 }
    }

    /// Whether it begins at an offset that the kernel may not know what to do with.
    pub fn is_far(self) -> bool {
        self.from_start && self.unit == Unit::Bytes && self.count > i64::MAX.unsigned_abs() / 2
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    Lines,
    Bytes,
}

/// How to go on.
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    pub by: By,
    /// `--retry`: keep trying to open what cannot be opened.
    pub retry: bool,
    /// `--pid`: when all of these are gone, that was all.
    pub pids: Vec<i32>,
    /// `-s`; `None` is for ever.
    pub interval: Option<Duration>,
    /// `--max-unchanged-stats`
    pub max_unchanged: u64,
    /// `---disable-inotify`
    pub only_polling: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The file that was opened, whatever becomes of its name.
    Descriptor,
    /// Whatever has the name.
    Name,
}
