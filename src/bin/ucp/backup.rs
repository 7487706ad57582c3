//! Backups: an existing destination is renamed out of the way instead of overwritten.

use std::cmp::Ordering;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use ringutils::cli::bytes;
use ringutils::sys::{self, Stat};
use rustix::fs::{
    AtFlags, Dir, Mode, OFlags, RenameFlags, fstatvfs, openat, renameat, renameat_with, statat,
};
use rustix::io::Errno;

use crate::options::{Backup, BackupControl};
use crate::place::{Place, c_string};

/// What stands for a suffix that makes a name too long.
const SHORT: &[u8] = b"~";

/// Renames what is at `place` to its backup's name and tells where that is.
///
/// # Errors
/// `rename(2)`'s: among them `ENOENT`, when there is nothing to rename any more, which is no failure of a copy.
pub fn backup(options: &Backup, place: &Place) -> io::Result<Place> {
    let mut tried: Option<Vec<u8>> = None;
    loop {
        let name = choose(options, place, tried.as_deref());
        let result = match name.kind {
            Kind::Simple => renameat(place.folder(), place.name(), place.folder(), name.place.name()),
            Kind::Numbered => rename_to_free(place, &name.place),
        };
        match result {
            Ok(()) => return Ok(name.place),
            // Somebody was faster, or the folder may not be read. A name that was cut has no next number.
            Err(Errno::EXIST) if name.number.is_some() => tried = name.number,
            Err(error) => return Err(error.into()),
        }
    }
}

/// The name that a backup of `place` would get now. (`cp -f -b a a` copies to it.)
pub fn next_place(options: &Backup, place: &Place) -> Place {
    choose(options, place, None).place
}

/// Whether the source is what the simple backup of the destination would overwrite: `cp -b a~ a`.
///
/// Numbered backups overwrite nothing.
pub fn would_destroy(options: &Backup, source: &Place, stat: &Stat, destination: &Place) -> bool {
    if options.control == BackupControl::Numbered {
        return false;
    }
    let name = simple_name(options, destination);
    if last(source.name().to_bytes()) != name {
        return false;
    }
    let there = destination.sibling(&name);
    sys::stat_at(there.folder(), there.name(), true).is_ok_and(|there| there.identity == stat.identity)
}

#[derive(Debug)]
struct Chosen {
    place: Place,
    kind: Kind,
    /// Which number it has; `None` for one that was to have a number, but had no room for it.
    number: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Overwrites an older one.
    Simple,
    /// Overwrites nothing.
    Numbered,
}

/// Behind the last slash.
fn last(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

fn simple_name(options: &Backup, place: &Place) -> Vec<u8> {
    bytes![last(place.name().to_bytes()), options.suffix.as_bytes()]
}

/// `tried` is a number that turned out to be taken.
fn choose(options: &Backup, place: &Place, tried: Option<&[u8]>) -> Chosen {
    let name = last(place.name().to_bytes());
    let simple = || (simple_name(options, place), Kind::Simple, None);
    if options.control == BackupControl::Simple {
        let (name, kind, number) = simple();
        return Chosen { place: place.sibling(&name), kind, number };
    }
    let folder = open_folder(place);
    let seen = folder.as_ref().and_then(|folder| newest_number(folder, name));
    let newest = seen.as_deref().into_iter().chain(tried).max_by(|one, other| by_value(one, other));
    let (full, kind, number) = if newest.is_none() && options.control == BackupControl::Existing {
        simple()
    } else {
        let number = successor(newest.unwrap_or_default());
        (bytes![name, ".~", number, "~"], Kind::Numbered, Some(number))
    };
    // No longer than one that exists: there is room for it.
    let fits = number.as_ref().map(Vec::len) == seen.as_ref().map(Vec::len) && seen.is_some();
    let most = folder.map_or(usize::MAX, |folder| longest_name(&folder));
    if fits || full.len() <= most {
        return Chosen { place: place.sibling(&full), kind, number };
    }
    let cut = bytes![&name[..name.len().min(most.saturating_sub(SHORT.len()))], SHORT];
    Chosen { place: place.sibling(&cut), kind, number: None }
}

/// The folder that the name is in. Without the permission to read it there are no numbers to be seen.
fn open_folder(place: &Place) -> Option<OwnedFd> {
    let path = place.name().to_bytes();
    let folder = match &path[..path.len() - last(path).len()] {
        b"" => c_string(b"."),
        folder => c_string(folder),
    };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(place.folder(), &folder, flags, Mode::empty()).ok()
}

/// The bytes that the name of a backup may have: one less than the file system's limit, as GNU has it.
fn longest_name(folder: &OwnedFd) -> usize {
    let limit = fstatvfs(folder).ok().and_then(|answer| usize::try_from(answer.f_namemax).ok());
    limit.filter(|limit| *limit > 0).map_or(usize::MAX, |limit| limit - 1)
}

/// The largest number of a backup of `name`, in digits: it may be longer than any integer.
fn newest_number(folder: &OwnedFd, name: &[u8]) -> Option<Vec<u8>> {
    let entries = Dir::read_from(folder).ok()?;
    let mut newest: Option<Vec<u8>> = None;
    for entry in entries.flatten() {
        let Some(number) = number_of(entry.file_name().to_bytes(), name) else { continue };
        if newest.as_deref().is_none_or(|newest| by_value(newest, number) == Ordering::Less) {
            newest = Some(number.to_vec());
        }
    }
    newest
}

/// `7` of `NAME.~7~`. Numbers do not begin with 0.
fn number_of<'a>(entry: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let number = entry.strip_prefix(name)?.strip_prefix(b".~")?.strip_suffix(b"~")?;
    match number {
        [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => Some(number),
        _ => None,
    }
}

fn by_value(one: &[u8], other: &[u8]) -> Ordering {
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

/// The next decimal number: `10` after `9`, `1` after nothing.
fn successor(number: &[u8]) -> Vec<u8> {
    let nines = number.iter().rev().take_while(|digit| **digit == b'9').count();
    let mut next = number.to_vec();
    match number.len().checked_sub(nines + 1) {
        Some(last) => next[last] += 1,
        None => next.insert(0, b'1'),
    }
    let zeros = next.len() - nines;
    next[zeros..].fill(b'0');
    next
}

/// Renames without ever overwriting, atomically where the file system can do that.
fn rename_to_free(from: &Place, to: &Place) -> Result<(), Errno> {
    let (old, new) = (from.folder(), to.folder());
    match renameat_with(old, from.name(), new, to.name(), RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            match statat(new, to.name(), AtFlags::SYMLINK_NOFOLLOW) {
                Ok(_) => Err(Errno::EXIST),
                Err(Errno::NOENT) => renameat(old, from.name(), new, to.name()),
                Err(error) => Err(error),
            }
        }
        result => result,
    }
}

#[cfg(test)]
mod tests;
