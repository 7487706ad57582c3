//! Links and special files.

use std::ffi::{CStr, CString};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use ringutils::cli::{Fault, bytes, quote};
use ringutils::sys::{Kind, Stat};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, linkat, mknodat, readlinkat, renameat, stat as stat_path, statat,
    symlinkat, unlinkat,
};

use crate::created::Created;
use crate::entry::{Job, Ready};
use crate::log::{Failed, Log};
use crate::names::{self, parent};
use crate::options::Update;
use crate::place::{Place, c_string};
use crate::run::{Run, quoted};

/// Makes `to` another name of `from`; what exists there is replaced at once, if it may be.
///
/// # Errors
/// In the log.
pub fn hard_link(
    from: &Place,
    to: &Place,
    follow: bool,
    replace: bool,
    verbose: bool,
    log: &mut Log,
) -> Result<(), Failed> {
    let flags = if follow { AtFlags::SYMLINK_FOLLOW } else { AtFlags::empty() };
    let link =
        |name: &CStr| linkat(from.folder(), from.name(), to.folder(), name, flags).map_err(io::Error::from);
    match replacing(to, replace, link) {
        Ok(replaced) => {
            if replaced && verbose {
                log.out(bytes!["removed ", quoted(to.shown())]);
            }
            Ok(())
        }
        Err(error) => {
            let names = (quoted(from.shown()), quoted(to.shown()));
            Err(log.fault(Fault::io(bytes!["cannot create hard link ", names.1, " to ", names.0], error)))
        }
    }
}

/// Has `make` make `to`. What exists there is replaced, if it may be, by a rename: it is there all the time. Says
/// whether something was.
fn replacing(to: &Place, replace: bool, make: impl Fn(&CStr) -> io::Result<()>) -> io::Result<bool> {
    match make(to.name()) {
        Err(error) if replace && error.raw_os_error() == Some(libc::EEXIST) => {}
        result => return result.map(|()| false),
    }
    let (beside, ()) = beside(to, make)?;
    let renamed = renameat(to.folder(), &*beside, to.folder(), to.name());
    // Renaming one name of a file over another does nothing at all, and after a failure it is still there.
    let _ = unlinkat(to.folder(), &*beside, AtFlags::empty());
    renamed?;
    Ok(true)
}

/// Has `make` make a file beside `to`, under a name that nobody uses. The name is relative to `to`'s folder.
///
/// # Errors
/// `make`'s.
pub fn beside<T>(to: &Place, make: impl Fn(&CStr) -> io::Result<T>) -> io::Result<(CString, T)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".ucp-{}-{count}", std::process::id());
        let place = to.sibling(name.as_bytes());
        match make(place.name()) {
            Err(error) if error.raw_os_error() == Some(libc::EEXIST) => {}
            result => return result.map(|made| (place.name().to_owned(), made)),
        }
    }
}

/// `-s`: `to` points to `from`, as that was written.
pub fn symbolic_link_to(run: &Run, job: &Job, log: &mut Log) -> Result<(), Failed> {
    // Not its name in a folder that happens to be open.
    let target = c_string(job.from.shown_bytes());
    if !target.to_bytes().starts_with(b"/") && !is_in_current_folder(&job.to) {
        let text = "can make relative symbolic links only in current directory";
        return Err(log.fault(Fault::new(bytes![quote::needed(job.to.shown()), ": ", text])));
    }
    match link_text(&target, &job.to, run.options.force) {
        Ok(()) => Ok(()),
        Err(error) => {
            let names = (quoted(job.from.shown()), quoted(job.to.shown()));
            Err(log.fault(Fault::io(bytes!["cannot create symbolic link ", names.1, " to ", names.0], error)))
        }
    }
}

fn link_text(text: &CStr, to: &Place, replace: bool) -> io::Result<()> {
    replacing(to, replace, |name| symlinkat(text, to.folder(), name).map_err(io::Error::from)).map(drop)
}

/// If it cannot be found out, it is.
fn is_in_current_folder(place: &Place) -> bool {
    let (Ok(here), Ok(there)) = (stat_path(c"."), statat(place.folder(), &*parent(place), AtFlags::empty()))
    else {
        return true;
    };
    (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)
}

/// A symbolic link with the same text.
pub fn same_link(run: &Run, job: &Job, ready: &Ready, log: &mut Log) -> Result<(), Failed> {
    let text = readlinkat(job.from.folder(), job.from.name(), Vec::new()).map_err(|error| {
        log.fault(Fault::naming("cannot read symbolic link ", job.from.shown(), "", error.into()))
    })?;
    if let Err(error) = link_text(&text, &job.to, run.options.force) {
        let is_same = run.options.update == Update::Older
            && ready.before.is_some_and(|before| before.kind == Kind::Link)
            && readlinkat(job.to.folder(), job.to.name(), Vec::new()).is_ok_and(|other| other == text);
        if !is_same {
            return Err(log.fault(Fault::naming("cannot create symbolic link ", job.to.shown(), "", error)));
        }
    }
    Ok(())
}

/// A FIFO, device or socket.
pub fn special(run: &Run, job: &Job, from: &Stat, log: &mut Log) -> Result<(), Failed> {
    let (kind, what) = match from.kind {
        Kind::Pipe => (FileType::Fifo, "cannot create fifo "),
        Kind::Character => (FileType::CharacterDevice, "cannot create special file "),
        Kind::Block => (FileType::BlockDevice, "cannot create special file "),
        Kind::Socket => (FileType::Socket, "cannot create special file "),
        _ => {
            let name = quoted(job.from.shown());
            return Err(log.fault(Fault::new(bytes![name, " has unknown file type"])));
        }
    };
    let mode = Mode::from_bits_truncate(Created::special(run, from).0);
    mknodat(job.to.folder(), job.to.name(), kind, mode, from.device)
        .map_err(|error| log.fault(Fault::naming(what, job.to.shown(), "", error.into())))
}

/// Where a symbolic link leads to in the end.
///
/// # Errors
/// The calls'.
pub fn resolved(place: &Place) -> io::Result<Place> {
    use rustix::fs::{OFlags, openat};
    use std::os::fd::AsRawFd;
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let fd = openat(place.folder(), place.name(), flags, Mode::empty())?;
    let link = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let path = readlinkat(CWD, link, Vec::new())?;
    let resolved = Place::of_path(path.to_bytes());
    // Something else may have that name by now, or /proc may not be what it should be.
    let same = names::stat(&resolved, false).ok().zip(ringutils::sys::fstat(&fd).ok());
    match same {
        Some((one, other)) if one.identity == other.identity => Ok(resolved),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}
