//! Finds the names of files, and what they should be, in lists.
//!
//! Lists are read block by block, and no further than the next few items need: a list may be of any size, and may come
//! through a pipe from somebody who waits to hear of each file before telling the next.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::vec;

use ringutils::cli::{Fault, bytes, quote};
use ringutils::sys::{self, Kind};

use super::line::{Entry, Parsed, Parser};
use crate::item::{Feed, Item, Job, Note, PLENTY};
use crate::options::{Called, Verify};

/// Items that are held at most, give or take the beginning and the end of a list.
const AHEAD: usize = 256;
/// Bytes of one read.
const BLOCK: usize = 64 * 1024;

/// The lists named on the command line.
pub struct Lists {
    called: Called,
    parser: Parser,
    names: vec::IntoIter<OsString>,
    current: Option<List>,
    items: VecDeque<Item>,
}

/// A list on its way.
struct List {
    name: OsString,
    source: Source,
    lines: Lines,
    /// Lines so far.
    count: u64,
}

/// Where a list comes from.
enum Source {
    Stdin,
    File(OwnedFd),
}

impl Source {
    fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        match self {
            Self::Stdin => sys::process::standard(0),
            Self::File(fd) => Ok(fd.as_fd()),
        }
    }
}

impl Lists {
    pub fn new(verify: &Verify, names: Vec<OsString>) -> Self {
        Self {
            called: verify.called,
            parser: Parser::new(verify),
            names: names.into_iter(),
            current: None,
            items: VecDeque::new(),
        }
    }

    /// Finds the next items, unless there are some. Without the permission to wait, only where a regular file or what
    /// has been read before has them; but then more than one, so that there is always something to read ahead.
    fn fill(&mut self, may_wait: bool) {
        while self.items.len() < if may_wait { 1 } else { AHEAD / 2 } {
            match self.current.take() {
                Some(list) if may_wait || list.lines.is_instant => self.current = self.read(list),
                Some(mut list) => {
                    // Lines that came together with others.
                    self.take_lines(&mut list);
                    self.current = Some(list);
                    return;
                }
                None => {
                    if self.names.as_slice().first().is_none_or(|name| !may_wait && !is_regular(name)) {
                        return;
                    }
                    self.current = self.names.next().and_then(|name| self.open(name));
                }
            }
        }
    }

    fn open(&mut self, name: OsString) -> Option<List> {
        let source = if name == "-" {
            Ok(Source::Stdin)
        } else {
            sys::c_path(&name).and_then(|path| sys::open_plain(&path, libc::O_RDONLY)).map(Source::File)
        };
        match source {
            Ok(source) => {
                let stat = source.fd().and_then(sys::fstat);
                let lines = Lines::new(stat.is_ok_and(|stat| stat.kind == Kind::Regular));
                self.items.push_back(Item::Note(Note::List(name.clone())));
                Some(List { name, source, lines, count: 0 })
            }
            Err(error) => {
                self.items.push_back(Item::Note(Note::Fault(Fault::file(&name, error))));
                None
            }
        }
    }

    /// Goes on with a list, to its next items or to its end.
    fn read(&mut self, mut list: List) -> Option<List> {
        loop {
            let before = self.items.len();
            self.take_lines(&mut list);
            if self.items.len() > before {
                return Some(list);
            }
            if list.lines.is_over() {
                self.items.push_back(Item::Note(Note::ListEnd));
                return None;
            }
            if let Err(error) = list.source.fd().and_then(|fd| list.lines.read(fd)) {
                let fault = match self.called {
                    Called::B3sum => Fault::file(&list.name, error),
                    _ => Fault::new(bytes![shown(&list.name), ": read error"]),
                };
                self.items.push_back(Item::Note(Note::Broken(fault)));
                return None;
            }
        }
    }

    /// The items in the lines that are in memory.
    fn take_lines(&mut self, list: &mut List) {
        while self.items.len() < AHEAD
            && let Some(line) = list.lines.next()
        {
            list.count += 1;
            match self.parser.parse(line) {
                Parsed::Skip => {}
                // The list is standard input itself.
                Parsed::Entry(entry) if entry.name != b"-" || matches!(list.source, Source::File(_)) => {
                    self.items.push_back(Item::File(job(entry)));
                }
                Parsed::Entry(_) | Parsed::Misformatted => {
                    let tag = self.parser.complaint().to_owned();
                    self.items.push_back(Item::Note(Note::Misformatted { line: list.count, tag }));
                }
            }
        }
    }
}

impl Feed for Lists {
    fn next(&mut self) -> Option<Item> {
        self.fill(true);
        let item = self.items.pop_front();
        self.fill(false);
        item
    }

    fn left(&self) -> usize {
        let goes_on = self.items.len() >= AHEAD / 2;
        if goes_on { PLENTY } else { self.items.len() }
    }
}

fn job(entry: Entry) -> Job {
    Job {
        name: OsString::from_vec(entry.name),
        literal: false,
        algorithm: entry.algorithm,
        expected: Some(entry.expected),
    }
}

/// A list's name in messages.
pub fn shown(name: &OsStr) -> Vec<u8> {
    quote::needed(if name == "-" { OsStr::new("standard input") } else { name })
}

/// Whether opening and reading it will take no longer than the disk.
fn is_regular(name: &OsStr) -> bool {
    name != "-"
        && sys::c_path(name).and_then(|path| sys::stat(&path)).is_ok_and(|stat| stat.kind == Kind::Regular)
}

/// The lines of a stream, however long.
struct Lines {
    block: Vec<u8>,
    /// What of `block` is still to be given away.
    start: usize,
    end: usize,
    /// Up to here there is no line end after `start`.
    searched: usize,
    ended: bool,
    /// Reading it never waits for anybody.
    is_instant: bool,
}

impl Lines {
    const fn new(is_instant: bool) -> Self {
        Self { block: Vec::new(), start: 0, end: 0, searched: 0, ended: false, is_instant }
    }

    /// The next line that is in memory, with its end.
    fn next(&mut self) -> Option<&[u8]> {
        let found = memchr::memchr(b'\n', &self.block[self.searched..self.end]);
        let line_end = match found {
            Some(at) => self.searched + at + 1,
            // The last line may have no end.
            None if self.ended && self.start < self.end => self.end,
            None => {
                self.searched = self.end;
                return None;
            }
        };
        let line = &self.block[self.start..line_end];
        (self.start, self.searched) = (line_end, line_end);
        Some(line)
    }

    /// Whether there is neither a line nor anything to be read.
    const fn is_over(&self) -> bool {
        self.ended && self.start == self.end
    }

    /// Reads once.
    fn read(&mut self, fd: BorrowedFd<'_>) -> io::Result<()> {
        if self.start > 0 {
            self.block.copy_within(self.start..self.end, 0);
            (self.end, self.searched) = (self.end - self.start, self.searched - self.start);
            self.start = 0;
        }
        if self.end == self.block.len() {
            // Twice the size, so that a line of any length is copied but a few times.
            self.block.resize((self.end * 2).max(BLOCK), 0);
        }
        let n = sys::read(fd, &mut self.block[self.end..])?;
        self.end += n;
        self.ended = n == 0;
        Ok(())
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
