//! A file whose attributes are read or set, open or by its name: the same questions for both.

use std::borrow::Cow;
use std::ffi::{CStr, OsStr};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use ringutils::sys::{Stat, fstat, stat_at};
use rustix::fs::{
    AtFlags, CWD, Gid, Mode, Timestamps, Uid, XattrFlags, chmodat, chownat, fchmod, fchown, fgetxattr,
    flistxattr, fsetxattr, futimens, lgetxattr, llistxattr, lsetxattr, utimensat,
};
use rustix::io::Errno;

use crate::place::{Place, c_string};

/// How it is got at.
#[derive(Clone, Copy)]
pub enum Subject<'a> {
    Open { fd: BorrowedFd<'a>, place: &'a Place },
    Named { place: &'a Place, is_link: bool },
}

impl Subject<'_> {
    pub fn shown(&self) -> &OsStr {
        match self {
            Self::Open { place, .. } | Self::Named { place, .. } => place.shown(),
        }
    }

    /// Of the file itself, if it is a symbolic link.
    pub fn stat(&self) -> io::Result<Stat> {
        match self {
            Self::Open { fd, .. } => fstat(fd),
            Self::Named { place, .. } => stat_at(place.folder(), place.name(), false),
        }
    }

    pub fn set_times(&self, times: &Timestamps) -> rustix::io::Result<()> {
        match self {
            Self::Open { fd, .. } => futimens(fd, times),
            Self::Named { place, is_link } => {
                let flags = if *is_link { AtFlags::SYMLINK_NOFOLLOW } else { AtFlags::empty() };
                utimensat(place.folder(), place.name(), times, flags)
            }
        }
    }

    /// Never follows a symbolic link.
    pub fn set_owner(&self, owner: Option<u32>, group: Option<u32>) -> rustix::io::Result<()> {
        let (owner, group) = (owner.map(Uid::from_raw), group.map(Gid::from_raw));
        match self {
            Self::Open { fd, .. } => fchown(fd, owner, group),
            Self::Named { place, .. } => {
                chownat(place.folder(), place.name(), owner, group, AtFlags::SYMLINK_NOFOLLOW)
            }
        }
    }

    pub fn set_mode(&self, mode: u32) -> rustix::io::Result<()> {
        let mode = Mode::from_raw_mode(mode);
        match self {
            Self::Open { fd, .. } => fchmod(fd, mode),
            Self::Named { place, .. } => chmodat(place.folder(), place.name(), mode, AtFlags::empty()),
        }
    }

    pub fn list_xattrs(&self, list: &mut [u8]) -> rustix::io::Result<usize> {
        match self {
            Self::Open { fd, .. } => flistxattr(fd, list),
            Self::Named { place, .. } => by_path(place, |path| llistxattr(path, &mut *list)),
        }
    }

    pub fn xattr(&self, name: &CStr, value: &mut [u8]) -> rustix::io::Result<usize> {
        match self {
            Self::Open { fd, .. } => fgetxattr(fd, name, value),
            Self::Named { place, .. } => by_path(place, |path| lgetxattr(path, name, &mut *value)),
        }
    }

    pub fn set_xattr(&self, name: &CStr, value: &[u8]) -> rustix::io::Result<()> {
        match self {
            Self::Open { fd, .. } => fsetxattr(fd, name, value, XattrFlags::empty()),
            Self::Named { place, .. } => {
                by_path(place, |path| lsetxattr(path, name, value, XattrFlags::empty()))
            }
        }
    }
}

/// Does something that the kernel has no form for that starts at an open folder (or only since Linux 6.13).
///
/// /proc leads there from the folder's descriptor. Where there is no /proc, the name as it is shown has to do: it is a
/// path from the current folder, only longer, and not proof against folders that are renamed meanwhile.
fn by_path<T>(place: &Place, mut call: impl FnMut(&CStr) -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    let path = path_of(place);
    match call(&path) {
        Err(Errno::NOENT | Errno::NOTDIR) if matches!(path, Cow::Owned(_)) => {
            call(&c_string(place.shown_bytes()))
        }
        answer => answer,
    }
}

fn path_of(place: &Place) -> Cow<'_, CStr> {
    let folder = place.folder().as_raw_fd();
    let name = place.name().to_bytes();
    if folder == CWD.as_raw_fd() || name.starts_with(b"/") {
        return Cow::Borrowed(place.name());
    }
    Cow::Owned(c_string(&[format!("/proc/self/fd/{folder}/").as_bytes(), name].concat()))
}
