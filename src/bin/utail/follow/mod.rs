//! The second part of the work: what is appended to the files from now on.
//!
//! * [`mode`]: whether the kernel tells of changes (inotify), or the files are asked again and again.
//! * [`notify`]: the former. One ring waits for all that may happen ([`waits`], [`pids`]); what has happened is handled
//!   in batches ([`batch`]), with [`watches`] to know whom it concerns.
//! * [`poll`] and [`blocking`]: the latter, and the special case of a single pipe or device.
//! * [`names`]: what a name means now. [`growth`]: what is new in a file. [`retired`]: files whose name now means
//!   another file, to which somebody may still be writing.
//! * [`remote`]: file systems where inotify misses changes.

mod batch;
mod blocking;
mod growth;
mod mode;
mod names;
mod notify;
mod pids;
mod poll;
mod remote;
mod retired;
mod waits;
mod watches;

use std::collections::HashSet;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use ringutils::bytes;
use ringutils::cli::{Fault, quote};
use ringutils::io::Session;
use ringutils::ring::{Fd, Ring};
use ringutils::sys::{self, Kind};

use crate::entry::{Entry, File, Handle};
use crate::globs::Globs;
use crate::options::{By, Follow, Options};
use crate::out::{Fatal, Out};

use growth::Screen;
use mode::Why;
use pids::Pids;
use remote::Devices;

/// Why following ends before its time.
#[derive(Debug)]
enum Stop {
    /// Writing failed.
    Fatal(Fatal),
    /// All has been said.
    Over,
}

impl From<Fatal> for Stop {
    fn from(fatal: Fatal) -> Self {
        Self::Fatal(fatal)
    }
}

type Result<T> = std::result::Result<T, Stop>;

/// All that is being followed.
struct Scene<'a, 'o> {
    follow: &'a Follow,
    options: &'a Options,
    screen: Screen<'a, 'o>,
    entries: Vec<Entry>,
    globs: Globs,
    devices: Devices,
    /// What waits. It has no workers, which would wake now and then.
    ring: Ring,
    /// Standard output, if it is a pipe: then its reader may go away.
    reader: Option<BorrowedFd<'static>>,
    /// Descriptors from this number on are used for a moment only, so that there are some for the next moment.
    tight: i32,
    /// Where the search for a file that can be parked goes on.
    next_to_park: usize,
}

/// How many descriptors are kept for what is opened and closed again.
const RESERVE: i32 = 16;

/// Shows what is appended, until nothing more can come.
///
/// # Errors
/// Writing failed.
pub fn follow(
    follow: &Follow,
    options: &Options,
    session: &Session,
    out: &mut Out<'_>,
    mut entries: Vec<Entry>,
    globs: Globs,
) -> std::result::Result<(), Fatal> {
    if leave_pipes(&mut entries) == 0 && globs.is_empty() {
        return Ok(());
    }
    mark(follow, options, &mut entries);
    let reader = match sys::process::standard(1).and_then(|fd| Ok((fd, sys::fstat(fd)?))) {
        Ok((fd, stat)) => (stat.kind == Kind::Pipe).then_some(fd),
        Err(error) => {
            let flushed = out.flush();
            out.report(&Fault::io("standard output", error))?;
            return flushed;
        }
    };
    let screen = Screen::new(out, session)?;
    let (devices, next_to_park) = (Devices::default(), 0);
    let tight = i32::try_from(sys::descriptor_limit()).unwrap_or(i32::MAX).saturating_sub(RESERVE);
    session.rest();
    let ring = session.waiting_ring();
    let mut scene =
        Scene { follow, options, screen, entries, globs, devices, ring, reader, tight, next_to_park };
    let result = scene.run();
    session.done(&scene.ring);
    match result {
        Ok(()) | Err(Stop::Over) => scene.end(),
        Err(Stop::Fatal(fatal)) => Err(fatal),
    }
}

/// A pipe on standard input is not followed: it has been read to its end. How many others there are.
fn leave_pipes(entries: &mut [Entry]) -> usize {
    let mut others = 0;
    for entry in entries {
        let is_pipe = entry.file.as_ref().is_some_and(|file| file.stat.kind == Kind::Pipe);
        if entry.is_stdin() && is_pipe && !entry.ignored {
            entry.file = None;
            entry.ignored = true;
        } else {
            others += 1;
        }
    }
    others
}

/// Notes how each is to be followed. What a pattern has found is followed by name, and may always come back.
fn mark(follow: &Follow, options: &Options, entries: &mut [Entry]) {
    let operands: HashSet<_> = options.files.iter().collect();
    for entry in entries {
        let is_operand = operands.contains(&entry.name) || entry.is_stdin();
        entry.following.by_name = follow.by == By::Name || !is_operand;
        entry.following.retry = follow.retry || !is_operand;
        if !is_operand {
            entry.ignored = false;
        }
    }
}

impl Scene<'_, '_> {
    fn run(&mut self) -> Result<()> {
        self.ask_where_they_are()?;
        // From here on a header is due when data is another file's than the last operand's.
        if let Some(last) = self.entries.last() {
            self.screen.out.regard(&last.label);
        }
        let mut why = mode::decide(self.follow, &self.entries, self.globs.is_empty());
        if why.is_none() {
            self.screen.out.flush()?;
            match notify::run(self)? {
                notify::Outcome::Done => return Ok(()),
                notify::Outcome::Poll(reason) => {
                    self.say_unusable(reason)?;
                    why = Some((Why::Unusable, None));
                }
            }
        }
        let why = why.unwrap_or((Why::Unusable, None));
        if self.blocks() {
            self.debug("using blocking mode", Some(why))?;
            return blocking::run(self);
        }
        self.debug("using polling mode", Some(why))?;
        poll::run(self)
    }

    /// Lines that have no end will not get one any more.
    fn end(&mut self) -> std::result::Result<(), Fatal> {
        let Self { screen, entries, .. } = self;
        entries.iter_mut().try_for_each(|entry| screen.out.end_of(&mut entry.label))
    }

    fn say_unusable(&mut self, reason: Option<io::Error>) -> Result<()> {
        let what = "inotify cannot be used, reverting to polling";
        let text = match reason {
            Some(error) => Fault::io(what, error).render(),
            None => what.into(),
        };
        Ok(self.screen.out.warn(text)?)
    }

    /// Whether there is nothing to do but to wait for one pipe or device.
    fn blocks(&self) -> bool {
        let kind = |entry: &Entry| entry.file.as_ref().map(|file| file.stat.kind);
        match &self.entries[..] {
            [only] => {
                self.follow.pids.is_empty()
                    && !only.following.by_name
                    && self.globs.is_empty()
                    && kind(only).is_some_and(|kind| kind != Kind::Regular)
            }
            _ => false,
        }
    }

    /// Learns which files are on file systems that do not tell of changes.
    fn ask_where_they_are(&mut self) -> Result<()> {
        for entry in &mut self.entries {
            let Some(file) = &entry.file else { continue };
            match self.devices.is_remote(&file.handle, &entry.name, &file.stat) {
                Ok(remote) => entry.following.remote = remote,
                Err(error) => {
                    entry.following.remote = true;
                    let text = &entry.label.text;
                    let what = bytes!["cannot determine location of ", named(text), ". reverting to polling"];
                    self.screen.out.warn(Fault::io(what, error).render())?;
                }
            }
        }
        Ok(())
    }

    /// What `--debug` says of the way in which files are followed; under our own name of each of them.
    fn debug(&mut self, mode: &str, why: Option<(Why, Option<usize>)>) -> Result<()> {
        if !self.options.debug {
            return Ok(());
        }
        self.screen.out.warn(mode)?;
        if self.options.called_tail {
            return Ok(());
        }
        for (place, entry) in self.entries.iter().enumerate().filter(|(_, entry)| !entry.ignored) {
            let culprit = why.and_then(|(_, whose)| whose).filter(|whose| *whose != place);
            let text = match (why, culprit) {
                (None, _) => b" is followed by notification".to_vec(),
                (Some(_), Some(other)) => {
                    bytes![" is polled: so is ", named(&self.entries[other].label.text)]
                }
                (Some((why, _)), None) => bytes![" is polled: ", why.text()],
            };
            self.screen.out.warn(bytes![named(&entry.label.text), text])?;
        }
        Ok(())
    }

    /// Closes a file that was opened just now, if there are hardly any descriptors left; see [`Handle::Parked`].
    fn spare(&mut self, place: usize) {
        let Entry { file, following, .. } = &mut self.entries[place];
        let Some(File { handle, stat, .. }) = file else { return };
        if let Handle::Own(fd) = handle
            && fd.as_raw_fd() >= self.tight
            && following.by_name
            && stat.kind == Kind::Regular
        {
            *handle = Handle::Parked;
        }
    }

    /// Nobody reads what is written any more.
    fn reader_gone(&mut self) -> Stop {
        let error = io::Error::from_raw_os_error(libc::EPIPE);
        if sys::process::is_deadly(&error) {
            return Stop::Fatal(error.into());
        }
        self.screen.out.fail();
        self.screen.out.fall_silent();
        Stop::Over
    }

    /// The processes of `--pid`, by descriptors as far as there are enough of them.
    fn pids(&self) -> Pids {
        const LEAST: usize = 8;
        let others = self.entries.len() + 4 * usize::try_from(RESERVE).unwrap_or(0);
        let most = (sys::descriptor_limit().saturating_sub(others) / 2).max(LEAST);
        Pids::new(&self.follow.pids, most)
    }

    /// Standard output as the ring wants it, if its reader is looked after.
    fn reader(&self) -> Option<Fd> {
        self.reader.map(Fd::standard)
    }

    fn no_files_remain(&mut self) -> Stop {
        self.screen.end(&Fault::new("no files remaining"))
    }
}

/// A label as messages show it, always in quotes.
fn named(text: &[u8]) -> Vec<u8> {
    quote::always(os(text))
}

/// As [`named`], in quotes where it needs them.
fn named_bare(text: &[u8]) -> Vec<u8> {
    quote::needed(os(text))
}

fn os(text: &[u8]) -> &std::ffi::OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(text)
}
