//! `-i`: the question, and the answer from standard input.

use std::io;
use std::os::fd::BorrowedFd;

use ringutils::cli::{Diagnostics, Fault, bytes};
use ringutils::sys::{self, Kind, Stat, process};
use rustix::fs::{Access, AtFlags, accessat};

use crate::options::Options;
use crate::place::Place;
use crate::run::quoted;

/// What to ask before the existing file `place` is overwritten, without the program's name. Whoever may not write to it
/// is told so.
pub fn question(options: &Options, is_root: bool, place: &Place, stat: &Stat) -> Vec<u8> {
    let name = quoted(place.shown());
    if is_root || stat.kind == Kind::Link || is_writable(place) {
        return bytes!["overwrite ", name, "? "];
    }
    let (octal, letters) = (format!("{:04o}", stat.mode), letters(stat.mode));
    if options.force || options.remove_destination {
        bytes!["replace ", name, ", overriding mode ", octal, " (", letters, ")? "]
    } else {
        bytes!["unwritable ", name, " (mode ", octal, ", ", letters, "); try anyway? "]
    }
}

fn is_writable(place: &Place) -> bool {
    accessat(place.folder(), place.name(), Access::WRITE_OK, AtFlags::EACCESS).is_ok()
}

/// `rwxr-sr-t`: the mode as `ls -l` shows it, without the file's type.
fn letters(mode: u32) -> String {
    let mut letters = String::with_capacity(9);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        letters.push(if bits & 4 != 0 { 'r' } else { '-' });
        letters.push(if bits & 2 != 0 { 'w' } else { '-' });
        letters.push(match (mode & special != 0, bits & 1 != 0) {
            (false, false) => '-',
            (false, true) => 'x',
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
        });
    }
    letters
}

/// What one read asks for. A terminal answers with a line, a pipe with what is in it: what is not needed yet is kept
/// for the questions to come.
const BLOCK: usize = 4096;

/// Answers, one line of standard input each. There is one of this, in the main thread.
#[derive(Debug, Default)]
pub struct Answers {
    /// Read, but not used up.
    unread: Vec<u8>,
    asked: bool,
    ended: bool,
    failed: bool,
}

impl Answers {
    /// Asks on standard error (standard output is not flushed), and reads a line: yes, if it begins with `y` or `Y`.
    pub fn ask(&mut self, diagnostics: &Diagnostics, question: &[u8]) -> bool {
        diagnostics.write(&bytes![diagnostics.prog(), ": ", question]);
        self.answer(process::standard(0).ok())
    }

    fn answer(&mut self, input: Option<BorrowedFd<'_>>) -> bool {
        self.asked = true;
        let line = self.line(input);
        matches!(line.first(), Some(b'y' | b'Y'))
    }

    /// The next line, or what there is of it. Nothing at the end of the input, which stays the end, and after an error.
    fn line(&mut self, input: Option<BorrowedFd<'_>>) -> Vec<u8> {
        let mut searched = 0;
        loop {
            if let Some(feed) = self.unread[searched..].iter().position(|byte| *byte == b'\n') {
                return self.unread.drain(..=searched + feed).collect();
            }
            searched = self.unread.len();
            if self.ended {
                break;
            }
            self.unread.resize(searched + BLOCK, 0);
            let into = &mut self.unread[searched..];
            let count = input.and_then(|input| sys::read(input, into).ok());
            self.unread.truncate(searched + count.unwrap_or(0));
            match count {
                None => {
                    self.failed = true;
                    break;
                }
                Some(0) => self.ended = true,
                Some(_) => {}
            }
        }
        std::mem::take(&mut self.unread)
    }

    /// At the end of the run: gives what was not used back to an input that has a position, so that whatever reads it
    /// next goes on behind our last answer, and reports a failure to read.
    pub fn finish(self, diagnostics: &Diagnostics) {
        if let Err(fault) = self.end(process::standard(0)) {
            diagnostics.report(&fault);
        }
    }

    fn end(self, input: io::Result<BorrowedFd<'_>>) -> Result<(), Fault> {
        if !self.asked {
            return Ok(());
        }
        let input = input.map_err(|closed| Fault::io("error closing file", closed))?;
        let unread = u64::try_from(self.unread.len()).unwrap_or(0);
        if let Some(position) = sys::seekable_offset(input).filter(|_| unread > 0) {
            sys::seek(input, position.saturating_sub(unread))
                .map_err(|error| Fault::io("error closing file", error))?;
        }
        // GNU's reason is gone by now, too.
        if self.failed { Err(Fault::new("error closing file")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
