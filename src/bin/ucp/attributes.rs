//! What a copy keeps of its source besides the data, set in this order: times, owner, extended attributes, mode with
//! access control lists.
//!
//! The order matters. Changing the owner takes away set-id bits and capabilities, so these come after it; a file that
//! could not be given to its owner must not get set-id bits at all. While a copy does not have its owner yet, others
//! than we have no permissions to it ([`Created`]).

use std::io;

use ringutils::cli::{Fault, bytes, quote};
use ringutils::sys::{Kind, Stat, Time};
use rustix::fs::{Timespec, Timestamps};
use rustix::io::Errno;

use crate::acl;
use crate::created::{Created, CreatedParent};
use crate::log::{Failed, Log};
use crate::options::{Preserve, Xattrs};
use crate::place::Place;
use crate::run::{Destination, Run, Source};
use crate::subject::Subject;
use crate::xattrs::{self, Names};

const SET_ID_AND_STICKY: u32 = 0o7000;
const SET_GROUP_ID: u32 = 0o2000;
const EVERYONE: u32 = 0o777;
const READ_WRITE: u32 = 0o666;
const OWNER: u32 = 0o700;

/// Sets what is to be preserved on an open regular file, after its data. `created` is [`Created::EXISTING`] if
/// `destination.before` says that it was there before.
///
/// A file that keeps its owner and has no extended attributes takes four short system calls.
pub fn preserve_open(
    run: &Run,
    source: &Source,
    destination: &Destination,
    created: Created,
    log: &mut Log,
) -> Result<(), Failed> {
    let preserve = &run.options.preserve;
    let job = Job {
        run,
        from: Subject::Open { fd: source.fd, place: source.place },
        to: Subject::Open { fd: destination.fd, place: destination.place },
        stat: &source.stat,
        is_new: destination.before.is_none(),
        created: Created { lent: lend(created.lent, destination), ..created },
    };
    let mut now = None;
    let mut mode = source.stat.mode;
    if preserve.timestamps {
        job.times(log)?;
    }
    if preserve.ownership {
        let found = job
            .to
            .stat()
            .map_err(|error| log.fault(Fault::naming("cannot fstat ", job.to.shown(), "", error)))?;
        if (found.owner, found.group) == (source.stat.owner, source.stat.group) {
            // What was there before may refuse to be changed, and that is to be told.
            now = job.is_new.then_some(found.mode);
        } else if !job.owner(&found, log)? {
            mode &= !SET_ID_AND_STICKY;
        }
    }
    let names = Names::if_needed(run, &job.from);
    let attributes = job.xattrs(&names, log);
    if preserve.mode {
        job.mode(mode, now, &names, log)?;
    } else if preserve.ignore_mode && job.is_new {
        job.plain_mode(log)?;
    } else {
        job.add_withheld(log)?;
    }
    attributes
}

/// Sees to it that the permission that a file was made with for our sake is there: the umask or a default list may have
/// masked it.
fn lend(lent: u32, destination: &Destination) -> u32 {
    if lent == 0 {
        return 0;
    }
    let file = Subject::Open { fd: destination.fd, place: destination.place };
    match file.stat() {
        Ok(found) if found.mode & lent != lent => {
            // If that is refused, setting the attributes will be as well, and says so.
            file.set_mode(found.mode | lent).map_or(0, |()| lent)
        }
        _ => lent,
    }
}

/// Sets what is to be preserved on anything else, or on an unopened file, by name: on a folder after its content.
/// `before` is what `to` was before, if it is not new.
pub fn preserve_named(
    run: &Run,
    from: &Place,
    stat: &Stat,
    to: &Place,
    before: Option<&Stat>,
    created: Created,
    log: &mut Log,
) -> Result<(), Failed> {
    let preserve = &run.options.preserve;
    let is_link = created.is_link;
    let job = Job {
        run,
        from: Subject::Named { place: from, is_link },
        to: Subject::Named { place: to, is_link },
        stat,
        is_new: before.is_none(),
        created,
    };
    // A symbolic link in place of a file that is none (-s) has nobody's owner to keep.
    if is_link && stat.kind == Kind::Link && preserve.ownership {
        job.link_owner(log)?;
    }
    if preserve.timestamps {
        job.times(log)?;
    }
    let mut mode = stat.mode;
    if !is_link && preserve.ownership {
        let found = before.unwrap_or(stat);
        let differs = (found.owner, found.group) != (stat.owner, stat.group);
        if (job.is_new || differs) && !job.owner(found, log)? {
            mode &= !SET_ID_AND_STICKY;
        }
    }
    let names = job.names();
    job.xattrs(&names, log)?;
    if is_link {
        return Ok(());
    }
    if preserve.mode {
        job.mode(mode, None, &names, log)
    } else if preserve.ignore_mode && job.is_new {
        job.plain_mode(log)
    } else {
        job.restore_mode(log)
    }
}

/// Sets what is to be preserved on a folder that `--parents` asked for, after what was copied into it.
pub fn preserve_parent(
    run: &Run,
    from: &Place,
    stat: &Stat,
    to: &Place,
    created: CreatedParent,
    log: &mut Log,
) -> Result<(), Failed> {
    let preserve = &run.options.preserve;
    let source = Subject::Named { place: from, is_link: false };
    let file = Subject::Named { place: to, is_link: false };
    let fault = |before, error: Errno| Fault::naming(before, to.shown(), "", error.into());
    if preserve.timestamps
        && let Err(error) = file.set_times(&times(stat))
    {
        return Err(log.fault(fault("failed to preserve times for ", error)));
    }
    if preserve.ownership
        && let Err(error) = file.set_owner(Some(stat.owner), Some(stat.group))
    {
        if !may_fail(run, error) {
            return Err(log.fault(fault("failed to preserve ownership for ", error)));
        }
        // Perhaps we are a member of the group.
        let _ = file.set_owner(None, Some(stat.group));
    }
    if preserve.mode {
        set_mode(&source, &file, stat.kind, (stat.mode, None), &Names::of(&source), log)
    } else if let Some(mode) = created.restore {
        file.set_mode(mode).map_err(|error| log.fault(fault("failed to preserve permissions for ", error)))
    } else {
        Ok(())
    }
}

/// From what to what.
struct Job<'a> {
    run: &'a Run<'a>,
    from: Subject<'a>,
    to: Subject<'a>,
    /// Of the source.
    stat: &'a Stat,
    is_new: bool,
    created: Created,
}

impl Job<'_> {
    fn preserve(&self) -> &Preserve {
        &self.run.options.preserve
    }

    /// A diagnostic about the destination.
    fn fault(&self, before: &str, error: Errno) -> Fault {
        Fault::naming(before, self.to.shown(), "", error.into())
    }

    fn times(&self, log: &mut Log) -> Result<(), Failed> {
        match self.to.set_times(&times(self.stat)) {
            Ok(()) => Ok(()),
            Err(Errno::NOSYS) if self.created.is_link => Ok(()),
            Err(error) => Err(log.fault(self.fault("preserving times for ", error))),
        }
    }

    /// Whether it has its owner now. `found` is what it was.
    fn owner(&self, found: &Stat, log: &mut Log) -> Result<bool, Failed> {
        // Permissions for the old owner's group, say, must not be the new one's for a moment.
        if !self.is_new && self.preserve().mode {
            let common = found.mode & self.stat.mode & OWNER;
            if let Err(error) = acl::set_exactly(&self.to, common, 0) {
                return Err(if may_fail(self.run, error) {
                    log.fail_silently()
                } else {
                    log.fault(self.fault("clearing permissions for ", error))
                });
            }
        }
        let Err(error) = self.to.set_owner(Some(self.stat.owner), Some(self.stat.group)) else {
            return Ok(true);
        };
        if matches!(error, Errno::PERM | Errno::INVAL) {
            // Perhaps we are a member of the group.
            let _ = self.to.set_owner(None, Some(self.stat.group));
        }
        if may_fail(self.run, error) {
            return Ok(false);
        }
        Err(log.fault(self.fault("failed to preserve ownership for ", error)))
    }

    /// Of a symbolic link that was copied as one.
    fn link_owner(&self, log: &mut Log) -> Result<(), Failed> {
        match self.to.set_owner(Some(self.stat.owner), Some(self.stat.group)) {
            Err(error) if !may_fail(self.run, error) => {
                // Here, and only here, GNU's cp does not quote the name.
                let what = bytes!["failed to preserve ownership for ", self.to.shown().as_encoded_bytes()];
                Err(log.fault(Fault::io(what, error.into())))
            }
            _ => Ok(()),
        }
    }

    /// For both steps that need them: one system call for most files.
    fn names(&self) -> Names {
        // A symbolic link has no mode.
        let is_needed = !self.created.is_link || self.preserve().xattrs != Xattrs::No;
        if is_needed { Names::if_needed(self.run, &self.from) } else { Names::UNREAD }
    }

    fn xattrs(&self, names: &Names, log: &mut Log) -> Result<(), Failed> {
        if self.preserve().xattrs == Xattrs::No {
            return Ok(());
        }
        xattrs::copy(self.run, names, &self.from, &self.to, log)
    }

    /// `now` is what is known of the destination's mode.
    fn mode(&self, mode: u32, now: Option<u32>, names: &Names, log: &mut Log) -> Result<(), Failed> {
        set_mode(&self.from, &self.to, self.stat.kind, (mode, now), names, log)
    }

    /// `--no-preserve=mode`: as if it had been made anew, by somebody who asks for nothing in particular.
    fn plain_mode(&self, log: &mut Log) -> Result<(), Failed> {
        let all =
            if matches!(self.stat.kind, Kind::Directory | Kind::Socket) { EVERYONE } else { READ_WRITE };
        acl::set_exactly(&self.to, all & !self.run.umask, self.created.inherited)
            .map_err(|error| log.fault(permissions_fault("setting permissions for ", &self.to, error)))
    }

    /// Of a regular file.
    fn add_withheld(&self, log: &mut Log) -> Result<(), Failed> {
        let Created { withheld, lent, .. } = self.created;
        if (withheld & !self.run.umask) | lent == 0 {
            return Ok(());
        }
        let mode = self.stat.mode & EVERYONE & !self.run.umask;
        self.to.set_mode(mode).or_else(|error| self.not_restored(error, log))
    }

    /// Of anything else, whose special bits are only known by looking.
    fn restore_mode(&self, log: &mut Log) -> Result<(), Failed> {
        let missing = self.created.withheld & !self.run.umask;
        let mode = match self.created.restore {
            Some(mode) => mode,
            None if missing == 0 => return Ok(()),
            None => {
                let found = self.to.stat();
                let found = found
                    .map_err(|error| log.fault(Fault::naming("cannot stat ", self.to.shown(), "", error)))?;
                if found.mode & missing == missing {
                    return Ok(());
                }
                found.mode
            }
        };
        self.to.set_mode(mode | missing).or_else(|error| self.not_restored(error, log))
    }

    /// Only who asked for attributes is failed by that.
    fn not_restored(&self, error: Errno, log: &mut Log) -> Result<(), Failed> {
        let fault = self.fault("preserving permissions for ", error);
        let Preserve { mode, ownership, timestamps, xattrs, .. } = *self.preserve();
        if mode || ownership || timestamps || xattrs != Xattrs::No {
            return Err(log.fault(fault));
        }
        log.warn(fault.render());
        Ok(())
    }
}

/// Sets a mode, and after it (chmod changes them) the access control lists. In `wanted` is also what the mode is known
/// to be now.
fn set_mode(
    from: &Subject,
    to: &Subject,
    kind: Kind,
    wanted: (u32, Option<u32>),
    names: &Names,
    log: &mut Log,
) -> Result<(), Failed> {
    let (mode, now) = wanted;
    // The kernel may take the set-group-id bit away even if it is there already: that is for it to decide.
    let is_set = now == Some(mode) && mode & SET_GROUP_ID == 0;
    let set = if is_set { Ok(()) } else { to.set_mode(mode) };
    match set.and_then(|()| acl::copy(names, from, to)) {
        Ok(()) => Ok(()),
        // The file system has no lists, and does not need any for this.
        Err(Errno::OPNOTSUPP) if !acl::says_more_than_mode(names, from, kind) => Ok(()),
        Err(error) => Err(log.fault(permissions_fault("preserving permissions for ", to, error))),
    }
}

/// These two messages come with the locale's quotation marks.
fn permissions_fault(before: &str, to: &Subject, error: Errno) -> Fault {
    Fault::io(bytes![before, quote::value(to.shown())], io::Error::from(error))
}

/// Whether it is nothing special that we cannot give a file away.
fn may_fail(run: &Run, error: Errno) -> bool {
    !run.is_root && matches!(error, Errno::PERM | Errno::INVAL | Errno::ACCESS)
}

fn times(stat: &Stat) -> Timestamps {
    let convert = |time: Time| Timespec { tv_sec: time.seconds, tv_nsec: time.nanoseconds.into() };
    Timestamps { last_access: convert(stat.accessed), last_modification: convert(stat.modified) }
}

#[cfg(test)]
#[path = "attributes_tests.rs"]
mod tests;
