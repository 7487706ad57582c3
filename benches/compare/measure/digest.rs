//! What a command that names its own output has made, in two numbers: what is there, and what is kept about it.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::Path;

use super::pipeline::Outcome;
use crate::data::walk::{Then, walk};
use crate::{Fail, Result, kernel};

/// What is compared about files, beyond what is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    Nothing,
    /// Which files have holes.
    Holes,
    /// That, and modes, owners, times of modification, extended attributes, and which names are the same file.
    Everything,
}

/// A file of at least this size that has blocks for less than half of it is one with holes.
const MAY_HAVE_HOLES: u64 = 1 << 20;

/// Digests all that is at `root`: names, types and contents, and apart from these what is to be kept.
pub fn of(root: &Path, to_keep: Kept) -> Result<Outcome> {
    let mut there = DefaultHasher::new();
    let mut kept = DefaultHasher::new();
    let mut bytes = 0;
    let mut linked = HashMap::new();
    walk(root, &mut |below, metadata| {
        let path = if below.as_os_str().is_empty() { root.to_path_buf() } else { root.join(below) };
        there.write(below.as_os_str().as_bytes());
        there.write_u32(metadata.mode() & libc::S_IFMT);
        if metadata.is_file() {
            bytes += metadata.len();
            contents(&path, metadata.len(), &mut there)?;
        } else if metadata.is_symlink() {
            there.write(fs::read_link(&path).naming(&path)?.as_os_str().as_bytes());
        } else if metadata.file_type().is_block_device() || metadata.file_type().is_char_device() {
            there.write_u64(metadata.rdev());
        }
        if to_keep != Kept::Nothing && metadata.is_file() {
            has_holes(metadata).hash(&mut kept);
        }
        if to_keep == Kept::Everything {
            let next = linked.len();
            if !metadata.is_dir() && metadata.nlink() > 1 {
                linked.entry(metadata.ino()).or_insert(next).hash(&mut kept);
            }
            keep(&path, metadata, &mut kept)?;
        }
        Ok(Then::Enter)
    })?;
    Ok(Outcome { bytes, hash: there.finish(), kept: kept.finish() })
}

fn has_holes(metadata: &Metadata) -> bool {
    metadata.len() >= MAY_HAVE_HOLES && metadata.blocks() * 512 < metadata.len() / 2
}

fn keep(path: &Path, metadata: &Metadata, kept: &mut DefaultHasher) -> Result<()> {
    (metadata.mode(), metadata.uid(), metadata.gid()).hash(kept);
    (metadata.mtime(), metadata.mtime_nsec()).hash(kept);
    kernel::xattrs(path).naming(path)?.hash(kept);
    Ok(())
}

/// The bytes of a file, without blocks of zeroes: whether these are holes makes no difference to a reader, and ten
/// gigabytes of them would take a while.
fn contents(path: &Path, length: u64, hasher: &mut DefaultHasher) -> Result<()> {
    const BLOCK: usize = 1 << 12;
    let file = File::open(path).naming(path)?;
    let mut block = vec![0; BLOCK];
    let mut at = 0;
    hasher.write_u64(length);
    while let Some(data) = kernel::next_data(file.as_fd(), at).naming(path)? {
        // Extents begin where the file system likes.
        at = data.max(at) / BLOCK as u64 * BLOCK as u64;
        loop {
            let read = read_full(&file, &mut block, at).naming(path)?;
            if read == 0 {
                return Ok(());
            }
            let zero = block[..read].iter().all(|&byte| byte == 0);
            if !zero {
                hasher.write_u64(at);
                hasher.write(&block[..read]);
            }
            at += read as u64;
            if zero {
                break; // perhaps a hole begins here
            }
        }
    }
    Ok(())
}

fn read_full(file: &File, block: &mut [u8], at: u64) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match file.read_at(&mut block[filled..], at + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}
