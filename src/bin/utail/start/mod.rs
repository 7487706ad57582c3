//! The first part of the work: of each file what was asked for.
//!
//! Read in this order:
//! * here: the files in their turn, opened and read ahead of it where possible; what becomes of each afterwards.
//! * [`part`]: which way leads to the part that is wanted, given what kind of file it is.
//! * [`last`]: the last lines of a regular file, looked for from its end.
//! * [`stream`]: the last lines or bytes of what can only be read once.
//! * [`skip`]: all but the first lines or bytes.
//! * [`copy`]: what was found, to where it goes.

mod copy;
mod keep;
mod last;
mod part;
mod skip;
mod stream;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::io;

use ringutils::cli::{Fault, Progress, ProgressWhen, bytes, quote};
use ringutils::io::{
    Ahead, Beside, FilesAhead, Found, Loaded, Part, Rest, Session, Wanted, expected_bytes, first_in_folders,
};
use ringutils::ring::{Fd, Pool};
use ringutils::sys::{self, Kind, Stat};

use crate::entry::{Entry, Label, Trouble};
use crate::options::{Follow, Options};
use crate::out::{Fatal, Out};
use keep::Budget;
use part::{Bytes, Input, Window};

/// Shows the last part of each file, in order. Where they are to be followed, leaves them open in `entries`, or says
/// there why not.
///
/// # Errors
/// Writing failed.
pub fn show(
    options: &Options,
    session: &Session,
    out: &mut Out<'_>,
    entries: &mut [Entry],
) -> Result<(), Fatal> {
    if options.wants_nothing() {
        return Ok(());
    }
    let progress = progress(options, out);
    let budget = Budget::new(options, entries.len());
    let several = entries.len() > 1;
    let flags = match &options.follow {
        // Nobody may ever write to a FIFO, and the others are not to wait for it.
        Some(follow) if several || !follow.pids.is_empty() => libc::O_RDONLY | libc::O_NONBLOCK,
        _ => libc::O_RDONLY,
    };
    let mut start = Start { options, session, out, progress, budget, flags, block: OnceCell::new() };
    let result = start.all(entries);
    start.progress.finish();
    result
}

/// How far it is; nothing while files are followed, or where it would be drawn across the output.
fn progress(options: &Options, out: &Out<'_>) -> Progress {
    use std::io::IsTerminal;
    let when = options.shared.progress.beside(std::io::stdout().is_terminal());
    if when == ProgressWhen::Never || options.follow.is_some() {
        return Progress::off();
    }
    let total = if options.amount.from_start { expected_bytes(&options.files) } else { None };
    let progress = Progress::new(when, out.diagnostics().prog(), total);
    out.diagnostics().attach(&progress);
    progress
}

/// Why a part could not be shown.
#[derive(Debug)]
enum Stop {
    /// Reading failed: the next file, please.
    Input(io::Error),
    /// Reading failed where GNU's tail goes no further.
    Last(io::Error),
    /// Writing failed.
    Output(Fatal),
}

impl From<Fatal> for Stop {
    fn from(fatal: Fatal) -> Self {
        Self::Output(fatal)
    }
}

/// What all ways have in common.
struct Start<'s, 'o> {
    options: &'s Options,
    session: &'s Session,
    out: &'s mut Out<'o>,
    progress: Progress,
    budget: Budget,
    /// How files are opened.
    flags: i32,
    /// The buffer of the plain loops.
    block: OnceCell<Pool>,
}

/// A file whose turn has come.
struct Opened {
    /// `None` if it was read to its end and closed.
    file: Option<Fd>,
    stat: io::Result<Stat>,
    window: Option<Window>,
}

/// A file that was read before its turn, or was not.
enum Taken {
    Ahead(Loaded),
    Beside(Found),
    Nothing,
}

/// Who reads files before their turn.
struct Readers<'a> {
    ahead: FilesAhead<'a, usize>,
    beside: Option<Beside>,
    /// The first file that nobody has been given.
    next: usize,
    /// There is only one, which has no next one to hide behind.
    alone: bool,
}

impl Readers<'_> {
    /// The file whose turn has come, and others begun.
    fn take(&mut self, entries: &[Entry], number: usize) -> Taken {
        let theirs = |number| self.beside.is_some() && Beside::has(number);
        while self.next < entries.len() && self.ahead.has_room() {
            let entry = &entries[self.next];
            if self.alone || entry.is_stdin() {
                self.ahead.push_untouched(self.next);
            } else if !theirs(self.next) {
                self.ahead.push(self.next, &entry.name);
            }
            self.next += 1;
        }
        if let Some(beside) = self.beside.as_mut().filter(|_| Beside::has(number)) {
            self.ahead.kick();
            return beside.take().map_or(Taken::Nothing, Taken::Beside);
        }
        match self.ahead.pop() {
            Some((_, Ahead::Loaded(loaded))) => Taken::Ahead(loaded),
            Some((_, Ahead::Unknown)) | None => Taken::Nothing,
        }
    }

    /// This one is about to be read.
    fn next_to(&mut self, opened: &Opened) {
        self.ahead.kick();
        let regular = |stat: &Stat| matches!(stat.kind, Kind::Regular | Kind::Directory);
        // Whoever feeds a stream may be writing what stands behind it, too.
        if let Some(beside) = &mut self.beside
            && !opened.stat.as_ref().is_ok_and(regular)
        {
            beside.forget();
        }
    }

    /// Gives back the descriptors of files whose turn is yet to come; `false` if there are none.
    fn release(&mut self) -> bool {
        let besides = self.beside.as_mut().map(Beside::forget).is_some();
        self.ahead.release() || besides
    }
}

impl Start<'_, '_> {
    fn all(&mut self, entries: &mut [Entry]) -> Result<(), Fatal> {
        let Options { amount, presume_pipe, .. } = *self.options;
        let alone = entries.len() == 1 || presume_pipe;
        // What is read ahead must not be what is being written.
        let except = if alone { None } else { self.out.stat().map(|stat| stat.identity) };
        let part = if amount.from_start { Part::Start } else { Part::End };
        let keep = self.options.follow.is_some() || amount.is_far();
        let names = entries.iter().map(|entry| entry.name.as_os_str());
        // What is behind standard input is not read before that has ended.
        let beside = if alone || entries.iter().any(Entry::is_stdin) {
            None
        } else {
            Beside::new(self.session, names.clone(), Wanted { except, part, keep })
        };
        let threads: &dyn Fn() -> usize = if beside.is_some() { &|| 2 } else { &|| 1 };
        let ahead = FilesAhead::one_of(threads, self.session, except)
            .of(part)
            .keeping(keep)
            .expecting(first_in_folders(names));
        let mut readers = Readers { ahead, beside, next: 0, alone };
        let result = (0..entries.len()).try_for_each(|number| self.file(entries, number, &mut readers));
        if let Some(beside) = readers.beside {
            beside.end(self.session);
        }
        result
    }

    /// The next file.
    fn file(&mut self, entries: &mut [Entry], number: usize, readers: &mut Readers<'_>) -> Result<(), Fatal> {
        let found = readers.take(entries, number);
        let entry = &mut entries[number];
        let opened = match self.open(entry, found) {
            // The descriptors that are missing are ours: those of the files ahead.
            Err(error) if sys::is_out_of_descriptors(&error) && readers.release() => {
                self.open(entry, Taken::Nothing)
            }
            opened => opened,
        };
        match opened {
            Ok(opened) => {
                readers.next_to(&opened);
                self.entry(entry, opened)
            }
            Err(error) => self.not_opened(entry, error),
        }
    }

    fn open(&self, entry: &Entry, found: Taken) -> io::Result<Opened> {
        match found {
            Taken::Ahead(Loaded { stat, buf, at, ended, rest }) => {
                let window = ended.then_some(Window { at, bytes: Bytes::Pooled(buf) });
                match rest {
                    None => return Ok(Opened { file: None, stat: Ok(stat), window }),
                    Some(Rest::Plain(fd)) => {
                        return Ok(Opened { file: Some(Fd::new(fd)), stat: Ok(stat), window });
                    }
                    // It has outgrown what was read ahead, and only the ring knows it.
                    Some(Rest::Ring(_)) => {}
                }
            }
            Taken::Beside(Found { stat, bytes, at, ended, file }) => {
                let window = ended.then_some(Window { at, bytes: Bytes::Own(bytes) });
                return Ok(Opened { file: file.map(Fd::new), stat: Ok(stat), window });
            }
            Taken::Nothing => {}
        }
        let file = if entry.is_stdin() {
            match sys::process::standard(0) {
                Ok(fd) => Fd::standard(fd),
                // As if it had been open: only asking what it is tells.
                Err(error) => return Ok(Opened { file: None, stat: Err(error), window: None }),
            }
        } else {
            Fd::new(sys::open_plain(&sys::c_path(&entry.name)?, self.flags)?)
        };
        let stat = file.borrow().and_then(sys::fstat);
        Ok(Opened { file: Some(file), stat, window: None })
    }

    fn not_opened(&mut self, entry: &mut Entry, error: io::Error) -> Result<(), Fatal> {
        if let Some(follow) = &self.options.follow {
            give_up(entry, Trouble::from(&error), follow);
        }
        self.out.report(&Fault::naming("cannot open ", &entry.name, " for reading", error))
    }

    /// One open file.
    fn entry(&mut self, entry: &mut Entry, opened: Opened) -> Result<(), Fatal> {
        let Opened { file, stat, window } = opened;
        self.out.begin(&entry.label)?;
        let stat = match stat {
            Ok(stat) => stat,
            Err(error) => {
                if let Some(follow) = &self.options.follow {
                    give_up(entry, Trouble::from(&error), follow);
                }
                return self.out.report(&naming("cannot fstat", &entry.label, error));
            }
        };
        let input = Input { file: file.as_ref(), stat, window, stdin: entry.is_stdin() };
        let (position, trouble) = match self.part(&mut entry.label, &input) {
            Ok(position) => (position, None),
            Err(Stop::Output(fatal)) => return Err(fatal),
            Err(Stop::Last(error)) => {
                self.out.report(&naming("error reading", &entry.label, error))?;
                return Err(Fatal::told());
            }
            Err(Stop::Input(error)) => {
                self.out.report(&naming("error reading", &entry.label, error))?;
                (0, Some(Trouble::Unsuited))
            }
        };
        drop(input);
        if let Some(follow) = &self.options.follow {
            self.stay(entry, follow, file, stat, position, trouble)?;
        }
        if entry.file.is_none() { self.out.end_of(&mut entry.label) } else { Ok(()) }
    }

    /// What becomes of a file that was shown, and is to be followed.
    fn stay(
        &mut self,
        entry: &mut Entry,
        follow: &Follow,
        file: Option<Fd>,
        stat: Stat,
        position: u64,
        trouble: Option<Trouble>,
    ) -> Result<(), Fatal> {
        let tailable = matches!(stat.kind, Kind::Regular | Kind::Pipe | Kind::Socket | Kind::Character);
        if !tailable {
            give_up(entry, Trouble::Unsuited, follow);
            let name = quote::needed(os(&entry.label.text));
            let end = if follow.retry { "" } else { "; giving up on this name" };
            let text = bytes![name, ": cannot follow end of this type of file", end];
            return self.out.report(&Fault::new(text));
        }
        if let Some(trouble) = trouble {
            give_up(entry, trouble, follow);
        } else if entry.is_stdin() && stat.kind == Kind::Pipe {
            // It has ended: whoever wrote to it is gone.
            entry.ignored = true;
        } else if let Some(file) = file {
            entry.file = self.budget.keep(file, stat, position);
        }
        Ok(())
    }
}

/// A file that cannot be followed, now or at all.
fn give_up(entry: &mut Entry, trouble: Trouble, follow: &Follow) {
    entry.trouble = Some(trouble);
    entry.ignored = !follow.retry;
}

/// `before 'name'`, with what is the matter.
fn naming(before: &str, label: &Label, error: io::Error) -> Fault {
    Fault::io(bytes![before, " ", quote::always(os(&label.text))], error)
}

fn os(text: &[u8]) -> &std::ffi::OsStr {
    std::os::unix::ffi::OsStrExt::from_bytes(text)
}
