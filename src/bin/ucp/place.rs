//! A name in an open folder.

use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::path::Arg;

/// Where a file is: a name relative to an open folder (or, without one, to the current folder), and the name that
/// messages show.
///
/// Working relative to open folders makes each call short however deep the tree is, and nothing that is renamed
/// meanwhile leads elsewhere. Where descriptors are scarce the folder is `None` and the name is the whole path.
#[derive(Clone, Debug)]
pub struct Place {
    folder: Option<Arc<OwnedFd>>,
    name: CString,
    shown: Vec<u8>,
}

impl Place {
    /// A path as it was given. A NUL in it, which no argument can have, ends it.
    pub fn of_path(path: &[u8]) -> Self {
        Self { folder: None, name: c_string(path), shown: path.to_vec() }
    }

    /// `name` in `folder`, shown as `shown`.
    pub fn within(folder: Option<Arc<OwnedFd>>, name: CString, shown: Vec<u8>) -> Self {
        Self { folder, name, shown }
    }

    /// For system calls, together with [`Place::name`].
    pub fn folder(&self) -> BorrowedFd<'_> {
        self.folder.as_ref().map_or(CWD, |folder| folder.as_fd())
    }

    /// The folder to share with other places.
    pub fn shared_folder(&self) -> Option<Arc<OwnedFd>> {
        self.folder.clone()
    }

    pub fn name(&self) -> &CStr {
        &self.name
    }

    /// The name in messages: `S` or `D` of GNU's cp.
    pub fn shown(&self) -> &OsStr {
        OsStr::from_bytes(&self.shown)
    }

    pub fn shown_bytes(&self) -> &[u8] {
        &self.shown
    }

    /// Another name in the same folder, shown with the same folder in front.
    pub fn sibling(&self, name: &[u8]) -> Self {
        let replace = |path: &[u8]| {
            let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
            [&path[..start], name].concat()
        };
        Self {
            folder: self.folder.clone(),
            name: c_string(&replace(self.name.to_bytes())),
            shown: replace(&self.shown),
        }
    }
}

/// Opens a directory: to be listed or synchronised, or (`OFlags::PATH`) only to work in.
///
/// # Errors
/// `open(2)`'s.
pub fn open_folder(at: BorrowedFd<'_>, name: impl Arg, how: OFlags) -> io::Result<OwnedFd> {
    let flags = how | OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(at, name, flags, Mode::empty())?)
}

/// Up to the first NUL.
pub fn c_string(bytes: &[u8]) -> CString {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    CString::new(&bytes[..end]).unwrap_or_default()
}
