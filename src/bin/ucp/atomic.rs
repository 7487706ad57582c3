//! `--atomic`: a destination that appears whole or not at all.
//!
//! The data goes into a file that has no name (`O_TMPFILE`), which vanishes with the process, however that ends. When
//! it is whole it is linked to its name, or, where something has that name, to a name beside it and renamed over. File
//! systems without `O_TMPFILE` get a file with a name of ours from the start.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use ringutils::sys::{self, Kind, Stat, partial};
use rustix::fs::{
    AtFlags, CWD, Gid, Mode, OFlags, Uid, XattrFlags, fchmod, fchown, fgetxattr, flistxattr, fsetxattr,
    linkat, openat, renameat, unlinkat,
};
use rustix::io::Errno;

use crate::make::{beside, resolved};
use crate::names::{parent, stat};
use crate::place::Place;
use crate::regular::own_path;

/// A file on its way to its name.
#[derive(Debug)]
pub struct Staged {
    to: Place,
    /// Its name meanwhile, relative to `to`'s folder; `None` if it has none.
    name: Option<CString>,
    replaces: bool,
}

impl Drop for Staged {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // What could not be published is of no use.
            let _ = unlinkat(self.to.folder(), &**name, AtFlags::empty());
        }
    }
}

/// Opens a file for what is to become `to`, which `exists` or not.
///
/// # Errors
/// `open(2)`'s.
pub fn stage(to: &Place, exists: bool, mode: u32) -> io::Result<(OwnedFd, Option<partial::Guard>, Staged)> {
    // Written through a symbolic link, it is the link's target that is replaced.
    let is_link = exists && stat(to, false).is_ok_and(|found| found.kind == Kind::Link);
    let to = if is_link { resolved(to)? } else { to.clone() };
    let mode = Mode::from_raw_mode(mode);
    let unnamed = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
    if let Ok(fd) = openat(to.folder(), &*parent(&to), unnamed, mode) {
        return Ok((fd, None, Staged { to, name: None, replaces: exists }));
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let folder = to.shared_folder();
    let (name, (fd, guard)) = beside(&to, |name| {
        partial::create(folder.as_ref(), name, || {
            openat(to.folder(), name, flags, mode).map_err(io::Error::from)
        })
    })?;
    Ok((fd, guard, Staged { to, name: Some(name), replaces: exists }))
}

impl Staged {
    /// The file, open as `fd`, is whole: it gets its name.
    ///
    /// # Errors
    /// The calls'. Then there is no trace of it.
    pub fn publish(mut self, fd: &OwnedFd) -> io::Result<()> {
        let link = |name: &CStr| {
            let path = own_path(fd.as_fd());
            linkat(CWD, &*path, self.to.folder(), name, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
        };
        let name = match self.name.take() {
            Some(name) => name,
            None if !self.replaces => match link(self.to.name()) {
                // Somebody else was faster: the last one wins, as it does without --atomic.
                Err(error) if error.raw_os_error() == Some(libc::EEXIST) => beside(&self.to, link)?.0,
                result => return result,
            },
            None => beside(&self.to, link)?.0,
        };
        let renamed = renameat(self.to.folder(), &*name, self.to.folder(), self.to.name());
        if renamed.is_err() {
            self.name = Some(name);
        }
        Ok(renamed?)
    }
}

/// Gives a new file the owner, mode and extended attributes of the one that it will replace. (Its access list is one of
/// the attributes.)
///
/// # Errors
/// `EPERM` if it belongs to somebody else, and we may not give files away: what is replaced would change hands.
pub fn adopt(old: BorrowedFd<'_>, stat: &Stat, new: BorrowedFd<'_>) -> io::Result<()> {
    let is = sys::fstat(new)?;
    if (is.owner, is.group) != (stat.owner, stat.group) {
        fchown(new, Some(Uid::from_raw(stat.owner)), Some(Gid::from_raw(stat.group)))?;
    }
    let mut names = vec![0; 64 * 1024];
    // A file system without attributes has none to lose.
    let len = flistxattr(old, &mut names).unwrap_or(0);
    let mut value = vec![0; 64 * 1024];
    for name in names[..len].split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        let len = fgetxattr(old, name, &mut value)?;
        match fsetxattr(new, name, &value[..len], XattrFlags::empty()) {
            // Those of the system (security labels) are set by the system.
            Err(Errno::PERM | Errno::OPNOTSUPP) if !name.to_bytes().starts_with(b"user.") => {}
            result => result?,
        }
    }
    Ok(fchmod(new, Mode::from_raw_mode(stat.mode))?)
}
