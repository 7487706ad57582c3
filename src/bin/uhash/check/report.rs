//! Tells which files match what their lists say.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;

use ringutils::cli::{Fault, bytes, fault, quote};

use super::list::shown;
use crate::digest::Digest;
use crate::item::{Job, Note};
use crate::line;
use crate::options::{Called, Loudness, Verify};
use crate::report::{Out, Reporter};

/// Whether a file is what it should be.
fn matches(job: &Job, digest: &Digest) -> bool {
    // A tag may ask for the beginning only; nothing is not enough.
    job.expected.as_ref().is_some_and(|expected| !expected.is_empty() && digest.bytes.starts_with(expected))
}

/// The one who tells, for the command that this is.
pub fn reporter(verify: &Verify, lists: usize) -> Box<dyn Reporter> {
    match verify.called {
        Called::B3sum => Box::new(B3sum { quiet: verify.loudness == Loudness::Quiet, lists, failures: 0 }),
        _ => Box::new(Checker { verify: verify.clone(), list: Vec::new(), seen: Seen::default() }),
    }
}

/// GNU's words.
struct Checker {
    verify: Verify,
    /// The name of the current list, quoted.
    list: Vec<u8>,
    seen: Seen,
}

/// What was seen in a list.
#[derive(Default)]
struct Seen {
    misformatted: u64,
    /// Lines that are fine, whatever became of their files.
    entries: u64,
    matched: u64,
    mismatched: u64,
    unreadable: u64,
}

impl Reporter for Checker {
    fn file(&mut self, job: &Job, result: io::Result<Digest>, out: &mut Out<'_>) {
        self.seen.entries += 1;
        let loudness = self.verify.loudness;
        let outcome = match result {
            Err(error) if self.verify.ignore_missing && error.raw_os_error() == Some(libc::ENOENT) => return,
            Err(error) => {
                out.fault(&Fault::file(&job.name, error));
                self.seen.unreadable += 1;
                "FAILED open or read"
            }
            Ok(digest) if matches(job, &digest) => {
                self.seen.matched += 1;
                if loudness == Loudness::Quiet {
                    return;
                }
                "OK"
            }
            Ok(_) => {
                self.seen.mismatched += 1;
                "FAILED"
            }
        };
        if loudness != Loudness::Status {
            out.print(&bytes![quote::needed(&job.name), ": ", outcome, "\n"]);
        }
    }

    fn note(&mut self, note: Note, out: &mut Out<'_>) {
        match note {
            Note::Fault(fault) | Note::Broken(fault) => out.fault(&fault),
            Note::List(name) => (self.list, self.seen) = (shown(&name), Seen::default()),
            Note::Misformatted { line, tag } => {
                self.seen.misformatted += 1;
                if self.verify.loudness == Loudness::Warn {
                    let place = bytes![self.list, ": ", line.to_string()];
                    out.warn(bytes![place, ": improperly formatted ", tag, " checksum line"]);
                }
            }
            Note::ListEnd => self.summary(out),
            // Folders are computed, not checked.
            Note::Nothing => {}
        }
    }
}

impl Checker {
    fn summary(&self, out: &mut Out<'_>) {
        let Seen { misformatted, entries, matched, mismatched, unreadable } = self.seen;
        if entries == 0 {
            return out.fault(&Fault::new(bytes![self.list, ": no properly formatted checksum lines found"]));
        }
        if self.verify.loudness != Loudness::Status {
            for (count, one, many) in [
                (misformatted, "line is improperly formatted", "lines are improperly formatted"),
                (unreadable, "listed file could not be read", "listed files could not be read"),
                (mismatched, "computed checksum did NOT match", "computed checksums did NOT match"),
            ] {
                match count {
                    0 => {}
                    1 => out.warn(format!("WARNING: 1 {one}")),
                    _ => out.warn(format!("WARNING: {count} {many}")),
                }
            }
            if self.verify.ignore_missing && matched == 0 {
                out.warn(bytes![self.list, ": no file was verified"]);
            }
        }
        let excused = misformatted == 0 || !self.verify.strict;
        if matched == 0 || mismatched > 0 || unreadable > 0 || !excused {
            out.fail();
        }
    }
}

/// b3sum's words: all that goes wrong counts as one thing, and is told when all lists are done.
struct B3sum {
    quiet: bool,
    /// How many are still to come or to end.
    lists: usize,
    failures: u64,
}

impl Reporter for B3sum {
    fn file(&mut self, job: &Job, result: io::Result<Digest>, out: &mut Out<'_>) {
        let mut text = name_in_list(&job.name);
        match result {
            Ok(digest) if matches(job, &digest) => {
                if self.quiet {
                    return;
                }
                text.extend_from_slice(b": OK\n");
            }
            Ok(_) => {
                self.failures += 1;
                text.extend_from_slice(b": FAILED\n");
            }
            Err(error) => {
                self.failures += 1;
                text.extend(bytes![": FAILED (", fault::reason(&error), ")\n"]);
            }
        }
        out.print(&text);
    }

    fn note(&mut self, note: Note, out: &mut Out<'_>) {
        match note {
            Note::List(_) | Note::Nothing => {}
            Note::Misformatted { tag: complaint, .. } => {
                self.failures += 1;
                out.warn(complaint);
            }
            Note::Fault(fault) | Note::Broken(fault) => {
                out.fault(&fault);
                self.list_is_over(out);
            }
            Note::ListEnd => self.list_is_over(out),
        }
    }
}

impl B3sum {
    fn list_is_over(&mut self, out: &mut Out<'_>) {
        self.lists = self.lists.saturating_sub(1);
        if self.lists == 0 && self.failures > 0 {
            let plural = if self.failures == 1 { "" } else { "s" };
            out.warn(format!("WARNING: {} computed checksum{plural} did NOT match", self.failures));
            out.fail();
        }
    }
}

/// A name as it stands in a list.
fn name_in_list(name: &OsStr) -> Vec<u8> {
    let name = name.as_bytes();
    let mut text = Vec::new();
    if line::needs_escape(name) {
        text.push(b'\\');
        line::push_escaped(&mut text, name);
    } else {
        text.extend_from_slice(name);
    }
    text
}

#[cfg(test)]
#[path = "report_tests.rs"]
pub mod tests;
