//! Makes the data that [`crate::data`] names.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, FileTimes, Metadata, Permissions};
use std::io::{self, BufWriter, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::content::{self, Content, Random};
use super::walk::{Then, walk};
use crate::{Fail, Result, kernel, machine};

/// Plain files of these names and sizes.
pub fn files(folder: &Path, layout: &[(PathBuf, u64)], content: Content) -> Result<()> {
    let mut random = Random(0x7269_6e67);
    for (name, size) in layout {
        file(&folder.join(name), content, *size, &mut random)?;
    }
    Ok(())
}

fn file(path: &Path, content: Content, size: u64, random: &mut Random) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).naming(parent)?;
    }
    let out = BufWriter::with_capacity(1 << 16, File::create(path).naming(path)?);
    content::write(out, content, size, random).naming(path)
}

/// A file that is all hole but for pieces of data, which are spread evenly.
pub fn sparse(path: &Path, size: u64, data: u64) -> Result<()> {
    const PIECE: u64 = 16 << 10;
    let pieces = (data / PIECE).max(1);
    let file = File::create(path).naming(path)?;
    file.set_len(size).naming(path)?;
    let mut random = Random(size);
    for piece in 0..pieces {
        let mut bytes = Vec::new();
        content::write(&mut bytes, Content::Binary, PIECE, &mut random)?;
        file.write_all_at(&bytes, piece * (size / pieces)).naming(path)?;
    }
    // What has not been written yet can look like data to whoever asks for the holes.
    file.sync_all().naming(path)
}

/// A file that is all hole but for lines at its end.
pub fn ending(path: &Path, size: u64, data: u64) -> Result<()> {
    let data = data.min(size);
    let mut file = File::create(path).naming(path)?;
    file.seek(SeekFrom::Start(size - data)).naming(path)?;
    let out = BufWriter::with_capacity(1 << 16, &file);
    content::write(out, Content::Log, data, &mut Random(size)).naming(path)?;
    file.sync_all().naming(path)
}

/// Gives everything in a tree modes, times, owners (which only root can) and extended attributes that differ, the
/// latter to every fourth file, where the file system has them.
pub fn attributes(folder: &Path) -> Result<()> {
    let mut random = Random(0x6b65_7074);
    let mut folders = Vec::new();
    walk(folder, &mut |below, metadata| {
        let path = folder.join(below);
        let modes =
            if metadata.is_dir() { [0o755, 0o750, 0o711, 0o700] } else { [0o644, 0o600, 0o755, 0o440] };
        let number = random.below(1 << 32);
        if machine::is_root() {
            let id = 1000 + u32::try_from(number % 3)?;
            chown(&path, Some(id), Some(id)).naming(&path)?;
        }
        let mode = modes[usize::try_from(number / 3 % 4)?];
        fs::set_permissions(&path, Permissions::from_mode(mode)).naming(&path)?;
        if metadata.is_file() && number.is_multiple_of(4) {
            let set = kernel::set_xattr(&path, c"user.origin", format!("made as number {number}").as_bytes())
                .and_then(|()| kernel::set_xattr(&path, c"user.checked", b"1"));
            if set.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Unsupported) {
                set.naming(&path)?;
            }
        }
        let age = Duration::new(1_000_000_000 + number % 600_000_000, u32::try_from(number % 1_000_000_000)?);
        folders.push((path, SystemTime::UNIX_EPOCH + age));
        Ok(Then::Enter)
    })?;
    set_times(folders)
}

/// From the last one backwards, so that a folder comes after what is in it.
fn set_times(times: Vec<(PathBuf, SystemTime)>) -> Result<()> {
    for (path, time) in times.into_iter().rev() {
        let opened = File::open(&path).naming(&path)?;
        opened.set_times(FileTimes::new().set_modified(time)).naming(&path)?;
    }
    Ok(())
}

/// Real files: sources of crates, what programs share, and, if these are too few, a mixture like them.
pub fn source(folder: &Path, files: u64, size: u64) -> Result<()> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let mut left = Budget { files: files / 2, size: size / 2, largest: size / 16 };
    take(&home.join("registry/src"), &folder.join("crates"), &mut left)?;
    left.files += files - files / 2;
    left.size += size - size / 2;
    take(Path::new("/usr/share"), &folder.join("share"), &mut left)?;
    if left.files > files / 2 {
        mixture(&folder.join("made"), &left)?;
    }
    Ok(())
}

/// What may still be taken.
struct Budget {
    files: u64,
    size: u64,
    /// Of one file.
    largest: u64,
}

/// Every so many files there is one with a second name.
const BETWEEN_HARD_LINKS: u64 = 500;

/// Copies of what is below `origin` until the budget is used up: contents, modes, times and symbolic links. What may
/// not be read, or goes away meanwhile, is left out.
fn take(origin: &Path, folder: &Path, left: &mut Budget) -> Result<()> {
    if !origin.is_dir() {
        return Ok(());
    }
    let mut folders = Vec::new();
    walk(origin, &mut |below, metadata| {
        let (from, to) = (origin.join(below), folder.join(below));
        if left.files == 0 {
            return Ok(Then::Pass);
        } else if metadata.is_dir() {
            if fs::read_dir(&from).is_err() {
                return Ok(Then::Pass);
            }
            fs::create_dir_all(&to).naming(&to)?;
            folders.push((to, metadata.modified()?));
        } else if metadata.is_symlink() {
            symlink(fs::read_link(&from).naming(&from)?, &to).naming(&to)?;
            left.files -= 1;
        } else if metadata.is_file()
            && metadata.len() <= left.size.min(left.largest)
            && File::open(&from).is_ok()
        {
            copy(&from, &to, metadata)?;
            left.files -= 1;
            left.size -= metadata.len();
            if left.files.is_multiple_of(BETWEEN_HARD_LINKS) {
                link(&to)?;
            }
        }
        Ok(Then::Enter)
    })?;
    set_times(folders)
}

fn copy(from: &Path, to: &Path, metadata: &Metadata) -> Result<()> {
    fs::copy(from, to).naming(from)?;
    let opened = File::open(to).naming(to)?;
    opened.set_times(FileTimes::new().set_modified(metadata.modified()?)).naming(to)
}

fn link(path: &Path) -> Result<()> {
    let mut name = OsString::from(path);
    name.push(".link");
    fs::hard_link(path, &name).naming(path)
}

/// Sizes as in the sources of a kernel: most of them small, some empty, a few large.
fn mixture(folder: &Path, left: &Budget) -> Result<()> {
    let mut random = Random(0x6d69_7874);
    let mean = left.size / left.files.max(1);
    for number in 0..left.files {
        let path = folder.join(format!("part{:02}/module{:03}/file{number:05}", number / 1000, number / 30));
        match random.below(100) {
            0..2 if number % 30 > 0 => symlink("../module000", &path).naming(&path)?,
            0..5 => file(&path, Content::Text, 0, &mut random)?,
            5..75 => file(&path, Content::Text, random.0 % mean.max(1), &mut random)?,
            75..98 => file(&path, Content::Text, random.0 % (2 * mean).max(1), &mut random)?,
            _ => file(&path, Content::Binary, random.0 % (8 * mean).max(1), &mut random)?,
        }
        if number.is_multiple_of(BETWEEN_HARD_LINKS) && path.is_file() {
            link(&path)?;
        }
    }
    Ok(())
}
