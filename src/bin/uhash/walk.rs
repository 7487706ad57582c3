//! Folders, and all that is in them.
//!
//! Of each folder first its files are given, then its folders are entered, both in the order of their names: an order
//! that depends on nothing else. Symbolic links are not followed, and what is neither file nor folder is passed over.

use std::ffi::{CStr, OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use ringutils::cli::Fault;
use ringutils::sys::{self, Kind};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat};

/// A file that was found.
pub struct Found {
    pub name: OsString,
    pub inode: u64,
}

/// See the module.
pub struct Walk {
    /// Folders to be read, the next one last.
    folders: Vec<OsString>,
    /// A file that is left out: that of the output, whose sum would be wrong as soon as it is written.
    except: Option<(u64, u64)>,
}

impl Walk {
    /// Device and inode number of the output, if it is a file.
    pub fn without(except: Option<(u64, u64)>) -> Self {
        Self { folders: Vec::new(), except }
    }

    /// Has this folder read next, if it is one (or a symbolic link to one: it was named, not found).
    pub fn enter(&mut self, name: &OsStr) -> bool {
        let Ok(path) = sys::c_path(name) else { return false };
        let is_folder = sys::stat(&path).is_ok_and(|stat| stat.kind == Kind::Directory);
        if is_folder {
            self.folders.push(name.to_owned());
        }
        is_folder
    }

    /// Whether there is nothing left to read.
    pub fn is_over(&self) -> bool {
        self.folders.is_empty()
    }

    /// The files of the next folder, in the order of their names; `None` if there is no folder left.
    pub fn next_folder(&mut self) -> Option<Result<Vec<Found>, Fault>> {
        let folder = self.folders.pop()?;
        Some(self.read(&folder).map_err(|errno| Fault::file(&folder, errno.into())))
    }

    fn read(&mut self, folder: &OsStr) -> rustix::io::Result<Vec<Found>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = openat(rustix::fs::CWD, folder, flags, Mode::empty())?;
        let mut files = Vec::new();
        let mut folders = Vec::new();
        // Not by way of `.`, which takes the right to search it.
        for entry in Dir::new(rustix::io::dup(&fd)?)? {
            let entry = entry?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            let path = join(folder, name);
            match kind(&fd, name, entry.file_type()) {
                FileType::RegularFile if self.is_left_out(&fd, name, entry.ino()) => {}
                FileType::RegularFile => files.push(Found { name: path, inode: entry.ino() }),
                FileType::Directory => folders.push(path),
                _ => {}
            }
        }
        files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        folders.sort_unstable_by(|one, other| other.cmp(one));
        self.folders.append(&mut folders);
        Ok(files)
    }

    fn is_left_out(&self, folder: &OwnedFd, name: &CStr, inode: u64) -> bool {
        self.except.is_some_and(|except| {
            let stat = || sys::stat_at(folder.as_fd(), name, false);
            except.1 == inode && stat().is_ok_and(|stat| stat.identity == except)
        })
    }
}

/// Some file systems don't tell in the folder.
fn kind(folder: &OwnedFd, name: &CStr, told: FileType) -> FileType {
    if told != FileType::Unknown {
        return told;
    }
    let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW);
    // Gone already, or not to be looked at: who opens it will say.
    stat.map_or(FileType::RegularFile, |stat| FileType::from_raw_mode(stat.st_mode))
}

fn join(folder: &OsStr, name: &CStr) -> OsString {
    let mut path = folder.as_bytes().to_vec();
    if path.last() != Some(&b'/') {
        path.push(b'/');
    }
    path.extend_from_slice(name.to_bytes());
    OsString::from_vec(path)
}
