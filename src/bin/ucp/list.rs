//! What is in a directory.

use std::collections::HashSet;
use std::ffi::CString;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use ringutils::sys::Kind;
use rustix::fs::{FileType, RawDir};

/// An entry.
pub struct Entry {
    pub inode: u64,
    /// `None` where the file system does not say.
    pub kind: Option<Kind>,
    pub name: CString,
}

/// Entries listed at once: all of them nearly always. Of a directory with a million of them, so many are held in
/// memory.
pub const TOGETHER: usize = 64 * 1024;

/// Reads the next entries, [`TOGETHER`] of them or what is left, in the order of their inodes: that is where they are
/// on the disk. Nothing but `.` and `..` is left out; an empty list means the end.
///
/// # Errors
/// `getdents(2)`'s.
pub fn next_entries(folder: &Arc<OwnedFd>) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut space = [MaybeUninit::<u8>::uninit(); 16 * 1024];
    while entries.len() < TOGETHER {
        let before = entries.len();
        // What is in the buffer is taken out wholly: the position of the directory is behind it.
        let mut raw = RawDir::new(&**folder, &mut space);
        let mut ended = true;
        while let Some(entry) = raw.next() {
            let entry = entry?;
            ended = false;
            let name = entry.file_name();
            if name != c"." && name != c".." {
                entries.push(Entry {
                    inode: entry.ino(),
                    kind: kind(entry.file_type()),
                    name: name.to_owned(),
                });
            }
            if raw.is_buffer_empty() {
                break;
            }
        }
        if ended && entries.len() == before {
            break;
        }
    }
    entries.sort_by_key(|entry| entry.inode);
    Ok(entries)
}

/// The symbolic links in a directory, if it has only some hundred entries and says of each what it is.
///
/// # Errors
/// `getdents(2)`'s.
pub fn links(folder: &OwnedFd) -> io::Result<Option<HashSet<CString>>> {
    let mut links = HashSet::new();
    let mut space = [MaybeUninit::<u8>::uninit(); 16 * 1024];
    let mut raw = RawDir::new(folder, &mut space);
    while let Some(entry) = raw.next() {
        let entry = entry?;
        match entry.file_type() {
            FileType::Symlink => drop(links.insert(entry.file_name().to_owned())),
            FileType::Unknown => return Ok(None),
            _ => {}
        }
        if raw.is_buffer_empty() {
            break;
        }
    }
    let whole = raw.next().transpose()?.is_none();
    Ok(whole.then_some(links))
}

fn kind(kind: FileType) -> Option<Kind> {
    Some(match kind {
        FileType::RegularFile => Kind::Regular,
        FileType::Directory => Kind::Directory,
        FileType::Symlink => Kind::Link,
        FileType::Fifo => Kind::Pipe,
        FileType::Socket => Kind::Socket,
        FileType::CharacterDevice => Kind::Character,
        FileType::BlockDevice => Kind::Block,
        FileType::Unknown => return None,
    })
}
