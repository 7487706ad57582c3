//! Folders whose files are followed as they appear: `--glob`, and under our own name a folder that is to be followed.

use std::ffi::{OsStr, OsString};

use crate::options::Options;

/// The folders that are looked after.
#[derive(Debug, Default)]
pub struct Globs {
    folders: Vec<Folder>,
}

#[derive(Debug)]
struct Folder {
    /// As it is to be opened and watched: `.` where the pattern names none.
    path: OsString,
}

impl Globs {
    /// What is asked for, and the operands that remain.
    pub fn new(options: &Options) -> (Self, Vec<OsString>) {
        (Self::default(), options.files.clone())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty()
    }

    /// The folders, to be watched. Their places in this list are their numbers.
    pub fn folders(&self) -> impl Iterator<Item = &OsStr> {
        self.folders.iter().map(|folder| folder.path.as_os_str())
    }

    /// What a file of that name, which has appeared in a folder, is to be called; `None` if it is not wanted.
    pub fn wanted(&self, _folder: usize, _name: &OsStr) -> Option<OsString> {
        None
    }

    /// All files that are there now and wanted, sorted by name.
    pub fn names(&self) -> Vec<OsString> {
        Vec::new()
    }
}
