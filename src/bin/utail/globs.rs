//! Folders whose files are followed as they appear: `--glob`, and under our own name a folder that is to be followed.
//!
//! A pattern has wildcards in its last component only, so each stands for one folder, which can be watched, and for
//! the names in it that are wanted. Patterns for the same folder, however they spell it, are kept together: a folder
//! has one watch, and a file one name.

use std::collections::BTreeSet;
use std::ffi::{CString, OsStr, OsString};
use std::fs::DirEntry;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use ringutils::bytes;
use ringutils::cli::{Fault, UsageFault, quote};
use ringutils::sys::{self, Kind, Stat};

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
    /// Device and inode number, if it is there.
    identity: Option<(u64, u64)>,
    /// A name has to match one of them.
    patterns: Vec<CString>,
    /// Names that are operands: these are followed already.
    taken: BTreeSet<OsString>,
}

/// A pattern, taken apart.
struct Pattern {
    path: OsString,
    identity: Option<(u64, u64)>,
    names: CString,
}

/// Whether `--glob` can mean anything by this pattern.
///
/// # Errors
/// What is wrong with it.
pub fn check(pattern: &OsStr) -> Result<(), UsageFault> {
    Pattern::new(pattern).map(|_| ())
}

/// Whether folders are to be looked after while following. Then there may be any number of files, and they have to be
/// followed by name, which is all that is known of those that appear.
pub fn are_wanted(patterns: &[OsString], operands: &[OsString], called_tail: bool) -> bool {
    let is_folder = |operand: &OsString| operand != "-" && folder(operand).is_some();
    !patterns.is_empty() || !called_tail && operands.iter().any(is_folder)
}

impl Globs {
    /// What is asked for, and the operands that remain. The patterns have passed [`check`].
    pub fn new(options: &Options) -> (Self, Vec<OsString>) {
        let mut globs = Self::default();
        for pattern in options.globs.iter().filter_map(|pattern| Pattern::new(pattern).ok()) {
            globs.add(pattern);
        }
        let mut operands = options.files.clone();
        if options.follow.is_some() && !options.called_tail {
            operands.retain(|operand| match Pattern::of_folder(operand) {
                Some(pattern) if operand != "-" => {
                    globs.add(pattern);
                    false
                }
                _ => true,
            });
        }
        if !globs.is_empty() {
            operands.iter().filter(|operand| *operand != "-").for_each(|operand| globs.leave_out(operand));
        }
        (globs, operands)
    }

    fn add(&mut self, Pattern { path, identity, names }: Pattern) {
        let is_same = |known: &&mut Folder| {
            known.path == path || identity.is_some_and(|identity| known.identity == Some(identity))
        };
        match self.folders.iter_mut().find(is_same) {
            Some(known) => known.patterns.push(names),
            None => {
                self.folders.push(Folder { path, identity, patterns: vec![names], taken: BTreeSet::new() });
            }
        }
    }

    /// A file that is named anyway is not to be found once more.
    fn leave_out(&mut self, operand: &OsStr) {
        let (path, name) = split(operand);
        let Some(stat) = folder(path) else { return };
        for known in self.folders.iter_mut().filter(|known| known.identity == Some(stat.identity)) {
            known.taken.insert(name.to_owned());
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.folders.is_empty()
    }

    /// The folders, to be watched. Their places in this list are their numbers.
    pub fn folders(&self) -> impl Iterator<Item = &OsStr> {
        self.folders.iter().map(|folder| folder.path.as_os_str())
    }

    /// What a file of that name, which has appeared in a folder, is to be called; `None` if it is not wanted. What
    /// kind of file it is, is not asked.
    pub fn wanted(&self, folder: usize, name: &OsStr) -> Option<OsString> {
        let folder = self.folders.get(folder)?;
        let text = sys::c_path(name).ok()?;
        let is_wanted = folder.patterns.iter().any(|pattern| sys::matches(pattern, &text))
            && !folder.taken.contains(name);
        is_wanted.then(|| folder.name_of(name))
    }

    /// All regular files and FIFOs that are there now and wanted, sorted by name. A folder that cannot be read has
    /// none.
    pub fn names(&self) -> Vec<OsString> {
        self.list(|_| ())
    }

    /// The same, and what there is to say about folders that cannot be read.
    pub fn list(&self, mut report: impl FnMut(Fault)) -> Vec<OsString> {
        let mut found = Vec::new();
        for (number, folder) in self.folders.iter().enumerate() {
            if let Err(error) = self.list_one(number, &mut found) {
                report(Fault::naming("cannot open ", &folder.path, " for reading", error));
            }
        }
        found.sort_unstable();
        found
    }

    fn list_one(&self, number: usize, found: &mut Vec<OsString>) -> io::Result<()> {
        for entry in std::fs::read_dir(&self.folders[number].path)? {
            let entry = entry?;
            if let Some(name) = self.wanted(number, &entry.file_name())
                && is_suited(&entry)
            {
                found.push(name);
            }
        }
        Ok(())
    }
}

impl Folder {
    /// How a user would call a file in it.
    fn name_of(&self, name: &OsStr) -> OsString {
        match self.path.as_bytes() {
            // That would be standard input.
            b"." if name == "-" => OsString::from("./-"),
            b"." => name.to_owned(),
            b"/" => OsString::from_vec(bytes!["/", name.as_bytes()]),
            path => OsString::from_vec(bytes![path, "/", name.as_bytes()]),
        }
    }
}

impl Pattern {
    fn new(pattern: &OsStr) -> Result<Self, UsageFault> {
        let invalid = |why: &str| UsageFault::plain(bytes!["invalid pattern: ", quote::value(pattern), why]);
        if pattern.is_empty() {
            return Err(invalid(""));
        }
        if let Some(whole) = Self::of_folder(pattern) {
            return Ok(whole);
        }
        let (path, names) = split(pattern);
        let stat = folder(path);
        let has_wildcards = path.as_bytes().iter().any(|byte| b"*?[".contains(byte));
        if stat.is_none() && has_wildcards {
            return Err(invalid(": wildcards can stand for names of files, not of directories"));
        }
        let names = if names.is_empty() { OsStr::new("*") } else { names };
        let names = sys::c_path(names).map_err(|_| invalid(""))?;
        Ok(Self { path: path.to_owned(), identity: stat.map(|stat| stat.identity), names })
    }

    /// All files of a folder, if it is one.
    fn of_folder(name: &OsStr) -> Option<Self> {
        let path = trimmed(name);
        let stat = folder(path)?;
        Some(Self { path: path.to_owned(), identity: Some(stat.identity), names: c"*".to_owned() })
    }
}

/// Whether it can be followed, and reading it takes nothing away from anybody but readers of a FIFO.
fn is_suited(entry: &DirEntry) -> bool {
    match entry.file_type() {
        Ok(kind) if kind.is_file() => true,
        Ok(kind) if kind.is_dir() => false,
        _ => at(entry.path().as_os_str())
            .is_some_and(|stat| stat.kind == Kind::Regular || stat.kind == Kind::Pipe),
    }
}

fn at(path: &OsStr) -> Option<Stat> {
    sys::c_path(path).and_then(|path| sys::stat(&path)).ok()
}

fn folder(path: &OsStr) -> Option<Stat> {
    at(path).filter(|stat| stat.kind == Kind::Directory)
}

/// A path's folder, `.` if it names none, and what is behind the last slash.
fn split(path: &OsStr) -> (&OsStr, &OsStr) {
    match memchr::memrchr(b'/', path.as_bytes()) {
        None => (OsStr::new("."), path),
        Some(slash) => {
            let (folder, name) = path.as_bytes().split_at(slash + 1);
            (trimmed(OsStr::from_bytes(folder)), OsStr::from_bytes(name))
        }
    }
}

/// Without slashes at its end.
fn trimmed(path: &OsStr) -> &OsStr {
    let bytes = path.as_bytes();
    let end = bytes.iter().rposition(|byte| *byte != b'/').map_or(bytes.len().min(1), |last| last + 1);
    OsStr::from_bytes(&bytes[..end])
}

#[cfg(test)]
#[path = "globs_tests.rs"]
mod tests;
