//! A regular file, or what is read as one: open, create, data, attributes, close.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use ringutils::cli::{Fault, bytes};
use ringutils::sys::{self, Kind, Stat, partial};
use rustix::fs::{AtFlags, Mode, OFlags, openat, unlinkat};

use crate::atomic::{self, Staged};
use crate::attributes;
use crate::created::Created;
use crate::data::{self, Debug};
use crate::entry::{Copier, Job, Ready, remove};
use crate::log::{Failed, Log};
use crate::names;
use crate::place::Place;
use crate::run::{Destination, Run, Source, quoted};

/// An open destination.
struct Opened {
    fd: OwnedFd,
    created: Created,
    /// What it was before; `None` if it is new.
    before: Option<Stat>,
    /// As long as it is not whole.
    guard: Option<partial::Guard>,
    staged: Option<Staged>,
}

/// Copies a file that is not open yet.
pub fn copy(copier: &Copier, job: &Job, from: &Stat, ready: &mut Ready, log: &mut Log) -> Result<(), Failed> {
    let file = open_source(&job.from, copier.follows(job))
        .map_err(|error| log.fault(Fault::naming("cannot open ", job.from.shown(), " for reading", error)))?;
    let mut stat = sys::fstat(&file)
        .map_err(|error| log.fault(Fault::naming("cannot fstat ", job.from.shown(), "", error)))?;
    if stat.identity != from.identity {
        let name = quoted(job.from.shown());
        let text = bytes!["skipping file ", name, ", as it was replaced while being copied"];
        return Err(log.fault(Fault::new(text)));
    }
    stat.accessed = job.accessed.unwrap_or(stat.accessed);
    let run = copier.run;
    let mut debug = Debug::of(run.options);
    let source = Source { place: &job.from, fd: file.as_fd(), stat };
    let result = open_destination(run, job, &stat, ready, log)
        .and_then(|opened| fill(copier, job, &source, opened, &mut debug, log));
    if run.options.debug && !run.options.attributes_only {
        log.out(debug.render());
    }
    result
}

fn open_source(place: &Place, follow: bool) -> io::Result<OwnedFd> {
    let nofollow = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | nofollow;
    Ok(openat(place.folder(), place.name(), flags, Mode::empty())?)
}

fn fill(
    copier: &Copier,
    job: &Job,
    source: &Source,
    opened: Opened,
    debug: &mut Debug,
    log: &mut Log,
) -> Result<(), Failed> {
    let (run, hands) = (copier.run, copier.hands);
    let destination = Destination { place: &job.to, fd: opened.fd.as_fd(), before: opened.before };
    if !run.options.attributes_only {
        let result;
        (result, *debug) = data::copy(run, hands, source, &destination, log);
        if debug.refused && opened.before.is_none() && opened.staged.is_none() {
            // The diagnostic is about the clone; what is left behind is not worth another one.
            let _ = unlinkat(job.to.folder(), job.to.name(), AtFlags::empty());
        }
        result?;
    }
    attributes::preserve_open(run, source, &destination, opened.created, log)?;
    finish(copier, job, opened, log)
}

/// The file is whole: it gets its name, and is closed.
fn finish(copier: &Copier, job: &Job, opened: Opened, log: &mut Log) -> Result<(), Failed> {
    let Opened { fd, guard, staged, .. } = opened;
    let beyond = copier.run.options.beyond;
    let cannot_close = |error| Fault::naming("failed to close ", job.to.shown(), "", error);
    if let Some(staged) = staged {
        if beyond.fsync {
            rustix::fs::fsync(&fd).map_err(|error| {
                log.fault(Fault::naming("cannot synchronise ", job.to.shown(), "", error.into()))
            })?;
        }
        // What a close has to say of the writes before it, it says of any descriptor: in time to keep the old file.
        fd.try_clone().and_then(sys::close).map_err(|error| log.fault(cannot_close(error)))?;
        staged
            .publish(&fd)
            .map_err(|error| log.fault(Fault::naming("cannot replace ", job.to.shown(), "", error)))?;
        return Ok(());
    }
    drop(guard);
    if beyond.fsync {
        copier.hands.sync_later(fd, &job.to, log);
        return Ok(());
    }
    sys::close(fd).map_err(|error| log.fault(cannot_close(error)))
}

/// Opens what exists, or creates what does not.
fn open_destination(
    run: &Run,
    job: &Job,
    from: &Stat,
    ready: &mut Ready,
    log: &mut Log,
) -> Result<Opened, Failed> {
    let wanted = Created::file(run, from);
    if let Some(before) = ready.before {
        let whole = run.options.beyond.atomic && before.kind == Kind::Regular && !run.options.attributes_only;
        let keep = whole || run.options.attributes_only;
        let truncate = if keep { OFlags::empty() } else { OFlags::TRUNC };
        let flags = OFlags::WRONLY | OFlags::CLOEXEC | truncate;
        match openat(job.to.folder(), job.to.name(), flags, Mode::empty()).map_err(io::Error::from) {
            Ok(fd) if whole => return stage(job, wanted, Some((fd.as_fd(), &before)), log),
            Ok(fd) => {
                let (guard, staged) = (None, None);
                return Ok(Opened { fd, created: Created::EXISTING, before: Some(before), guard, staged });
            }
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {}
            Err(_) if run.options.force => match remove(&job.to) {
                Ok(true) if run.options.verbose => log.out(bytes!["removed ", quoted(job.to.shown())]),
                Ok(_) => {}
                Err(error) => {
                    return Err(log.fault(Fault::naming("cannot remove ", job.to.shown(), "", error)));
                }
            },
            Err(error) => return Err(cannot_open(job, error, log)),
        }
        ready.before = None;
    }
    // A name that is a dangling link is refused (or written through), as ever.
    let is_free = || names::stat(&job.to, false).is_err();
    if run.options.beyond.atomic && !run.options.attributes_only && is_free() {
        return stage(job, wanted, None, log);
    }
    create(run, job, wanted, log)
}

fn cannot_create(job: &Job, error: io::Error, log: &mut Log) -> Failed {
    // A name that ends in a slash should have been a directory.
    let is_slashed = job.to.shown_bytes().ends_with(b"/");
    let error = if error.raw_os_error() == Some(libc::EISDIR) && is_slashed {
        io::Error::from_raw_os_error(libc::ENOTDIR)
    } else {
        error
    };
    cannot_open(job, error, log)
}

fn cannot_open(job: &Job, error: io::Error, log: &mut Log) -> Failed {
    log.fault(Fault::naming("cannot create regular file ", job.to.shown(), "", error))
}

fn create(run: &Run, job: &Job, wanted: (u32, Created), log: &mut Log) -> Result<Opened, Failed> {
    let (mode, created) = wanted;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
    match create_new(&job.to, mode) {
        Ok((fd, guard)) => return Ok(Opened { fd, created, before: None, guard, staged: None }),
        Err(error) => {
            let is_link = error.raw_os_error() == Some(libc::EEXIST)
                && names::stat(&job.to, false).is_ok_and(|found| found.kind == Kind::Link);
            if !is_link {
                return Err(cannot_create(job, error, log));
            }
        }
    }
    if !run.options.posixly_correct {
        let text = bytes!["not writing through dangling symlink ", quoted(job.to.shown())];
        return Err(log.fault(Fault::new(text)));
    }
    match openat(job.to.folder(), job.to.name(), flags, Mode::from_raw_mode(mode)) {
        Ok(fd) => Ok(Opened { fd, created, before: None, guard: None, staged: None }),
        Err(error) => Err(cannot_create(job, error.into(), log)),
    }
}

/// Creates a file that does not exist, guarded until it is whole.
///
/// # Errors
/// `open(2)`'s.
pub fn create_new(to: &Place, mode: u32) -> io::Result<(OwnedFd, Option<partial::Guard>)> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let folder = to.shared_folder();
    let mode = Mode::from_raw_mode(mode);
    partial::create(folder.as_ref(), to.name(), || {
        sys::fault::check()?;
        openat(to.folder(), to.name(), flags, mode).map_err(io::Error::from)
    })
}

/// `--atomic`: a file without a name, or with one of ours, until it is whole.
fn stage(
    job: &Job,
    wanted: (u32, Created),
    existing: Option<(BorrowedFd<'_>, &Stat)>,
    log: &mut Log,
) -> Result<Opened, Failed> {
    let (mode, mut created) = wanted;
    let mut log_error = |error| cannot_create(job, error, log);
    let (fd, guard, staged) = atomic::stage(&job.to, existing.is_some(), mode).map_err(&mut log_error)?;
    let mut before = None;
    if let Some((old, stat)) = existing {
        // It replaces the old one, whose owner, mode and attributes it keeps as if it had been written to.
        atomic::adopt(old, stat, fd.as_fd()).map_err(&mut log_error)?;
        created = Created::EXISTING;
        before = Some(*stat);
    }
    Ok(Opened { fd, created, before, guard, staged: Some(staged) })
}

/// The name to give a file that is open and has none.
pub fn own_path(fd: BorrowedFd<'_>) -> CString {
    use std::os::fd::AsRawFd;
    crate::place::c_string(format!("/proc/self/fd/{}", fd.as_raw_fd()).as_bytes())
}
