//! Goes through a tree in an order that is the same wherever the tree is.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Fail, Result};

/// Whether to look into what is visited, if that is a folder.
pub enum Then {
    Enter,
    Pass,
}

/// Calls `visit` with the name below `root` of everything there, a folder before what is in it, and `root` itself
/// first, under an empty name.
pub fn walk(root: &Path, visit: &mut dyn FnMut(&Path, &Metadata) -> Result<Then>) -> Result<()> {
    step(root, &mut PathBuf::new(), visit)
}

fn step(
    root: &Path,
    below: &mut PathBuf,
    visit: &mut dyn FnMut(&Path, &Metadata) -> Result<Then>,
) -> Result<()> {
    // Joining an empty name would add a slash, which no file may have.
    let path = if below.as_os_str().is_empty() { root.to_path_buf() } else { root.join(&below) };
    let metadata = path.symlink_metadata().naming(&path)?;
    match visit(below, &metadata)? {
        Then::Enter if metadata.is_dir() => {}
        Then::Enter | Then::Pass => return Ok(()),
    }
    let entries = fs::read_dir(&path).naming(&path)?;
    let mut names = entries.map(|entry| entry.map(|e| e.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort_unstable();
    for name in names {
        below.push(name);
        step(root, below, visit)?;
        below.pop();
    }
    Ok(())
}

/// Bytes of all regular files.
pub fn total_size(root: &Path) -> Result<u64> {
    let mut total = 0;
    walk(root, &mut |_, metadata| {
        total += if metadata.is_file() { metadata.len() } else { 0 };
        Ok(Then::Enter)
    })?;
    Ok(total)
}
