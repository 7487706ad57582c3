//! One source and its destination: the steps that come before and after the copying itself, in GNU's order.
//!
//! Any thread may take a file through them. What depends on files copied before ([`Memory`]) only the main thread
//! knows: another one that finds out that it would be needed has changed nothing yet and says [`Stop::Deferred`].

use std::io;

use ringutils::cli::{Fault, bytes};
use ringutils::sys::{Kind, Stat, Time};
use rustix::fs::{AtFlags, renameat, unlinkat};

use crate::attributes;
use crate::created::Created;
use crate::hands::Hands;
use crate::log::{Failed, Log};
use crate::make;
use crate::memory::Memory;
use crate::names::{self, stat};
use crate::options::{Follow, Make, Update};
use crate::place::Place;
use crate::regular;
use crate::run::{Run, arrow, quoted};
use crate::time_step;

/// What to copy, and where.
#[derive(Clone, Debug)]
pub struct Job {
    pub from: Place,
    pub to: Place,
    /// Named on the command line.
    pub operand: bool,
    pub absent: Absent,
    /// When the source was last read, if we have read it since.
    pub accessed: Option<Time>,
    /// It had several names when it was looked at first.
    pub linked: bool,
}

/// What is known about the destination beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    Unknown,
    /// It was not there when we started.
    AtStart,
    /// Its directory is one that we made.
    Surely,
}

/// Why a copy goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// There is nothing more to do.
    Done,
    /// It failed, and the log says so.
    Failed,
    /// Only the main thread can say what is to be done.
    Deferred,
    /// The same, since the source has several names.
    Linked,
    /// It is a directory, for [`crate::tree`].
    Directory,
}

impl From<Failed> for Stop {
    fn from(Failed: Failed) -> Self {
        Self::Failed
    }
}

pub type Step<T> = Result<T, Stop>;

/// A destination ready to be made or written to.
#[derive(Debug)]
pub struct Ready {
    /// What exists there, links followed or not as the copy will; `None` if nothing does.
    pub before: Option<Stat>,
    /// What existed was renamed to this.
    pub backup: Option<Place>,
    /// Others may become links to it: what was remembered is forgotten if it fails.
    pub remembered: bool,
}

/// A thread at work.
pub struct Copier<'a, 'm> {
    pub run: &'m Run<'a>,
    pub hands: &'m Hands,
    /// On the main thread only.
    pub memory: Option<&'m mut Memory<'a>>,
}

impl Copier<'_, '_> {
    /// Copies what is no directory, whole: all steps.
    pub fn file(&mut self, job: &Job, log: &mut Log) -> Step<()> {
        let stat = self.examine(job, log)?;
        if stat.kind == Kind::Directory {
            return Err(Stop::Directory);
        }
        self.known(job, &stat, log)
    }

    /// The same, of a file that was examined.
    pub fn known(&mut self, job: &Job, stat: &Stat, log: &mut Log) -> Step<()> {
        let result = self.prepared(job, stat, log);
        if !matches!(result, Err(Stop::Deferred | Stop::Linked)) {
            // Skipped or failed, it is done with.
            self.run.progress.inc_files(1);
        }
        result
    }

    fn prepared(&mut self, job: &Job, stat: &Stat, log: &mut Log) -> Step<()> {
        let mut ready = self.prepare(job, stat, log)?;
        let result = self.make(job, stat, &mut ready, log);
        if result == Err(Stop::Failed) {
            self.undo(job, stat, &ready, log);
        }
        result
    }

    pub fn follow(&self, job: &Job) -> Follow {
        self.run.options.follow(job.operand)
    }

    pub fn follows(&self, job: &Job) -> bool {
        self.follow(job) != Follow::Never
    }

    /// Steps 1 to 3: what the source is, and whether it was given before.
    pub fn examine(&mut self, job: &Job, log: &mut Log) -> Step<Stat> {
        let options = self.run.options;
        let found = stat(&job.from, self.follows(job))
            .map_err(|error| log.fault(Fault::naming("cannot stat ", job.from.shown(), "", error)))?;
        if found.kind == Kind::Directory && !options.recursive {
            let text = bytes!["-r not specified; omitting directory ", quoted(job.from.shown())];
            return Err(log.fault(Fault::new(text)).into());
        }
        if job.operand
            && let Some(seen) = self.memory.as_mut().and_then(|memory| memory.sources.as_mut())
        {
            if found.kind != Kind::Directory && options.backup.is_none() && seen.has(&job.from, &found) {
                let name = quoted(job.from.shown());
                log.warn(bytes!["warning: source file ", name, " specified more than once"]);
                return Err(Stop::Done);
            }
            seen.add(&job.from, &found);
        }
        if self.memory.is_none() && self.may_be_linked(job, &found) {
            return Err(Stop::Linked);
        }
        Ok(found)
    }

    /// Whether the same file may be met under another name, so that the copies are to be linked.
    pub fn may_be_linked(&self, job: &Job, found: &Stat) -> bool {
        let options = self.run.options;
        let named = job.operand && options.follow == Follow::CommandLine;
        options.preserve.links
            && options.make != Make::HardLinks
            && found.kind != Kind::Directory
            && (found.links > 1 || job.linked || named || options.follow == Follow::Always)
    }

    /// Steps 4 to 6: the destination, and whether it may be touched.
    pub fn prepare(&mut self, job: &Job, from: &Stat, log: &mut Log) -> Step<Ready> {
        let options = self.run.options;
        let no_follow = self.looks_at_link(from);
        let mut ready = Ready { before: None, backup: None, remembered: false };
        let known = job.absent == Absent::Surely || (job.absent == Absent::AtStart && !no_follow);
        if !known {
            match stat(&job.to, !no_follow) {
                Ok(found) => self.existing(job, from, &found, &mut ready, log)?,
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
                // A loop of links cannot be looked through, but it can be removed.
                Err(error) if error.raw_os_error() == Some(libc::ELOOP) && options.force => {
                    ready.before = stat(&job.to, false).ok();
                }
                Err(error) => {
                    return Err(log.fault(Fault::naming("cannot stat ", job.to.shown(), "", error)).into());
                }
            }
        }
        if let Some(made) = self.memory.as_ref().and_then(|memory| memory.made.as_ref())
            && job.operand
            && options.backup.is_none()
            && let Ok(link) = stat(&job.to, false)
            && link.kind == Kind::Link
            && made.has(&job.to, &link)
        {
            let names = (quoted(job.from.shown()), quoted(job.to.shown()));
            let text = bytes!["will not copy ", names.0, " through just-created symlink ", names.1];
            return Err(log.fault(Fault::new(text)).into());
        }
        Ok(ready)
    }

    /// Regular files are written through symbolic links; nothing else is.
    fn looks_at_link(&self, from: &Stat) -> bool {
        let options = self.run.options;
        let read_as_file = match from.kind {
            Kind::Link => false,
            Kind::Directory => options.reads_all() && options.keep_directory_symlink,
            _ => options.reads_all(),
        };
        (from.kind != Kind::Regular && !read_as_file) || !options.writes_through_links()
    }

    /// Steps 7 to 9: says what is done, and does it.
    fn make(&mut self, job: &Job, from: &Stat, ready: &mut Ready, log: &mut Log) -> Step<()> {
        let options = self.run.options;
        if options.verbose {
            log.out(match &ready.backup {
                Some(backup) => bytes![arrow(&job.from, &job.to), " (backup: ", quoted(backup.shown()), ")"],
                None => arrow(&job.from, &job.to),
            });
        }
        let follow = self.follows(job);
        if self.may_be_linked(job, from)
            && let Some(memory) = self.memory.as_mut()
        {
            if let Some(earlier) = memory.remember(from.identity, &job.to) {
                return Ok(make::hard_link(&earlier, &job.to, follow, true, options.verbose, log)?);
            }
            ready.remembered = true;
        }
        match (options.make, from.kind) {
            (Make::SymbolicLinks, _) => make::symbolic_link_to(self.run, job, log)?,
            (Make::HardLinks, _) => {
                let replace = options.force || options.interactive;
                make::hard_link(&job.from, &job.to, follow, replace, false, log)?;
            }
            (_, Kind::Regular) => regular::copy(self, job, from, ready, log)?,
            (_, Kind::Link) => make::same_link(self.run, job, ready, log)?,
            _ if options.reads_all() => regular::copy(self, job, from, ready, log)?,
            _ => make::special(self.run, job, from, log)?,
        }
        if let Some(memory) = self.memory.as_mut() {
            memory.made_it(job);
        }
        let is_link = options.make == Make::SymbolicLinks || from.kind == Kind::Link;
        if options.make == Make::HardLinks || (self.is_read(from) && !is_link) {
            return Ok(());
        }
        let created = if is_link { Created::LINK } else { Created::special(self.run, from).1 };
        let before = ready.before.as_ref();
        attributes::preserve_named(self.run, &job.from, from, &job.to, before, created, log)?;
        Ok(())
    }

    /// Whether its content is what is copied (its attributes were set on the open file then).
    fn is_read(&self, from: &Stat) -> bool {
        from.kind == Kind::Regular || (self.run.options.reads_all() && from.kind != Kind::Link)
    }

    /// After a failure: the backup becomes what it was.
    pub fn undo(&mut self, job: &Job, from: &Stat, ready: &Ready, log: &mut Log) {
        if let Some(memory) = self.memory.as_mut()
            && ready.remembered
        {
            memory.forget(from.identity);
        }
        let Some(backup) = &ready.backup else { return };
        if let Err(error) = renameat(backup.folder(), backup.name(), job.to.folder(), job.to.name()) {
            log.fault(Fault::naming("cannot un-backup ", job.to.shown(), "", error.into()));
        } else if self.run.options.verbose {
            log.out(bytes![arrow(backup, &job.to), " (unbackup)"]);
        }
    }

    /// Whether it is skipped as not newer than what exists (`-u`).
    pub fn is_old(&self, from: &Stat, job: &Job, to: &Stat) -> bool {
        if self.run.options.update != Update::Older {
            return false;
        }
        let preserve = self.run.options.preserve.timestamps;
        if preserve && from.modified > to.modified {
            // As it would be if it had been copied: some file systems keep no fractions of seconds.
            return to.modified >= time_step::as_kept_at(&job.to, from.modified);
        }
        to.modified >= from.modified
    }
}

impl Memory<'_> {
    /// An operand's destination exists now.
    pub fn made_it(&mut self, job: &Job) {
        if let Some(made) = self.made.as_mut()
            && job.operand
            && let Ok(found) = names::stat(&job.to, false)
        {
            made.add(&job.to, &found);
        }
    }
}

/// Removes what is in the way of a new file; that it is gone already is fine.
///
/// # Errors
/// The call's.
pub fn remove(place: &Place) -> io::Result<bool> {
    match unlinkat(place.folder(), place.name(), AtFlags::empty()) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
