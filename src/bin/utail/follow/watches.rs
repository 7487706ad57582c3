//! What is watched, and whom an event concerns.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use ringutils::ring::Fd;
use ringutils::sys;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

/// For a file that is followed by name.
pub const BY_NAME: WatchFlags =
    WatchFlags::MODIFY.union(WatchFlags::ATTRIB).union(WatchFlags::DELETE_SELF).union(WatchFlags::MOVE_SELF);
/// For a file that is followed whatever becomes of its name.
pub const BY_DESCRIPTOR: WatchFlags = WatchFlags::MODIFY;
/// For a file whose name means another one by now.
const RETIRED: WatchFlags =
    WatchFlags::MODIFY.union(WatchFlags::OPEN).union(WatchFlags::CLOSE_WRITE).union(WatchFlags::DELETE_SELF);
const FOLDER: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::DELETE_SELF);

/// The watches of one inotify instance. A file and a folder each have one, however many names they have.
pub struct Watches {
    inotify: Fd,
    /// Which file is watched by it: the first one that was registered, if there are several.
    files: HashMap<i32, usize>,
    folders: HashMap<i32, Folder>,
    /// The watches of folders by their paths: thousands of files in one folder are no thousands of calls.
    paths: HashMap<OsString, i32>,
}

/// What is expected in a folder.
#[derive(Default)]
pub struct Folder {
    path: OsString,
    names: HashMap<OsString, usize>,
    /// Numbers of patterns, see [`crate::globs`].
    pub globs: Vec<usize>,
}

impl Folder {
    pub fn file(&self, name: &OsStr) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// A name in it as it is to be opened.
    pub fn full(&self, name: &OsStr) -> OsString {
        std::path::Path::new(&self.path).join(name).into_os_string()
    }
}

/// Folder and last component of a name, as they were typed: trailing slashes belong to the latter.
pub fn split(name: &OsStr) -> (&OsStr, &OsStr) {
    let bytes = name.as_bytes();
    let trimmed = bytes.len() - bytes.iter().rev().take_while(|byte| **byte == b'/').count();
    match bytes[..trimmed].iter().rposition(|byte| *byte == b'/') {
        None => (OsStr::new("."), OsStr::from_bytes(&bytes[..trimmed])),
        Some(0) => (OsStr::new("/"), OsStr::from_bytes(&bytes[1..trimmed])),
        Some(slash) => (OsStr::from_bytes(&bytes[..slash]), OsStr::from_bytes(&bytes[slash + 1..trimmed])),
    }
}

/// Whether there are too many watches, rather than something wrong with this one.
pub fn is_exhausted(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOSPC | libc::ENOMEM))
}

impl Watches {
    /// # Errors
    /// `inotify_init1(2)`'s.
    pub fn new() -> io::Result<Self> {
        let fd: OwnedFd = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let (files, folders, paths) = (HashMap::new(), HashMap::new(), HashMap::new());
        Ok(Self { inotify: Fd::new(fd), files, folders, paths })
    }

    /// The instance, to be waited for.
    pub fn fd(&self) -> &Fd {
        &self.inotify
    }

    fn borrow(&self) -> io::Result<BorrowedFd<'_>> {
        self.inotify.borrow()
    }

    /// Reads events; 0 bytes if there are none.
    ///
    /// # Errors
    /// `read(2)`'s.
    pub fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        match sys::raw::read(self.borrow()?.as_raw_fd(), into, None) {
            error if error == -libc::EAGAIN => Ok(0),
            error if error < 0 => Err(io::Error::from_raw_os_error(-error)),
            n => Ok(usize::try_from(n).unwrap_or(0)),
        }
    }

    /// Watches a folder.
    ///
    /// # Errors
    /// `inotify_add_watch(2)`'s.
    pub fn add_folder(&mut self, path: &OsStr) -> io::Result<&mut Folder> {
        let watch = if let Some(watch) = self.paths.get(path) {
            *watch
        } else {
            let watch = inotify::add_watch(self.borrow()?, path, FOLDER | WatchFlags::MASK_ADD)?;
            self.paths.insert(path.to_owned(), watch);
            watch
        };
        let folder = || Folder { path: path.to_owned(), ..Folder::default() };
        Ok(self.folders.entry(watch).or_insert_with(folder))
    }

    /// Watches the folder that the file at `place` has its name in.
    ///
    /// # Errors
    /// As for [`Watches::add_folder`].
    pub fn add_parent(&mut self, name: &OsStr, place: usize) -> io::Result<()> {
        let (path, last) = split(name);
        let folder = self.add_folder(path)?;
        folder.names.entry(last.to_owned()).or_insert(place);
        Ok(())
    }

    /// Watches what has a name now. The watch may be one that there is already.
    ///
    /// # Errors
    /// `inotify_add_watch(2)`'s.
    pub fn add_file(&mut self, name: &OsStr, flags: WatchFlags) -> io::Result<i32> {
        let watch = inotify::add_watch(self.borrow()?, name, flags)?;
        if self.folders.contains_key(&watch) {
            // It replaced what was to be told of a folder.
            inotify::add_watch(self.borrow()?, name, flags | FOLDER | WatchFlags::MASK_ADD)?;
        }
        Ok(watch)
    }

    /// From now on watches an open file as one that is retired.
    ///
    /// # Errors
    /// `inotify_add_watch(2)`'s; `ENOENT` where there is no /proc.
    pub fn retire(&mut self, fd: BorrowedFd<'_>) -> io::Result<i32> {
        let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
        Ok(inotify::add_watch(self.borrow()?, path, RETIRED | WatchFlags::MASK_ADD)?)
    }

    /// Whose watch it is.
    pub fn file(&self, watch: i32) -> Option<usize> {
        self.files.get(&watch).copied()
    }

    pub fn folder(&self, watch: i32) -> Option<&Folder> {
        self.folders.get(&watch)
    }

    /// A name that has appeared in a folder is that of the file at `place`.
    pub fn expect(&mut self, watch: i32, name: &OsStr, place: usize) {
        if let Some(folder) = self.folders.get_mut(&watch) {
            folder.names.insert(name.to_owned(), place);
        }
    }

    /// The watch is that of the file at `place`, unless it is another's.
    pub fn offer(&mut self, watch: i32, place: usize) {
        self.files.entry(watch).or_insert(place);
    }

    /// The watch is that of the file at `place`; whose it was.
    pub fn assign(&mut self, watch: i32, place: usize) -> Option<usize> {
        self.files.insert(watch, place).filter(|before| *before != place)
    }

    /// The file at `place` has nothing to do with the watch any more. Whether nobody has.
    pub fn release(&mut self, watch: i32, place: usize) -> bool {
        if self.files.get(&watch) == Some(&place) {
            self.files.remove(&watch);
        }
        !self.files.contains_key(&watch)
    }

    /// Ends a watch. It may have ended by itself.
    pub fn remove(&mut self, watch: i32) {
        if self.folders.contains_key(&watch) {
            return;
        }
        if let Ok(inotify) = self.borrow() {
            let _ = inotify::remove_watch(inotify, watch);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_names() {
        let table = [
            ("f", ".", "f"),
            ("./f", ".", "f"),
            ("x/f", "x", "f"),
            ("/f", "/", "f"),
            ("/x/y/f", "/x/y", "f"),
            ("x//f", "x/", "f"),
            ("x/d/", "x", "d"),
        ];
        for (name, folder, last) in table {
            assert_eq!(split(OsStr::new(name)), (OsStr::new(folder), OsStr::new(last)), "{name}");
        }
    }
}
