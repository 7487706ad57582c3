//! A folder and everything below it, as it looks to somebody who can look at all of it: to be compared with another.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ffi::{CStr, OsStr};
use std::fmt::Write as _;
use std::fs::{self, File, Metadata};
use std::hash::{DefaultHasher, Hasher};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, SeekFrom, lgetxattr, llistxattr, openat, seek};

/// A time after this one is "now": what tests set is older.
pub const RECENT: i64 = 1_700_000_000;

/// A file of this size is shown whole.
const SHOWN: u64 = 200;
const BLOCK: u64 = 4096;

type Facts = Vec<(&'static str, String)>;

/// What each name stands for. The folder itself is the empty name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree(BTreeMap<Vec<u8>, Facts>);

/// Which inode had which name before something happened. It holds them open, so that none is used again.
#[derive(Default)]
pub struct Before {
    names: HashMap<(u64, u64), Vec<u8>>,
    held: Vec<OwnedFd>,
}

impl Before {
    pub fn of(dir: &Path) -> Self {
        let mut before = Before::default();
        for (name, metadata) in walk(dir) {
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            before.held.extend(openat(CWD, join(dir, &name), flags, Mode::empty()));
            before.names.entry((metadata.dev(), metadata.ino())).or_insert(name);
        }
        before
    }
}

impl Tree {
    /// Looks at `dir`. `before` tells which files are still the same ones; access times are noted of names that
    /// begin with `atimes`.
    pub fn of(dir: &Path, before: &Before, atimes: Option<&str>) -> Self {
        let mut first: HashMap<(u64, u64), Vec<u8>> = HashMap::new();
        let mut tree = BTreeMap::new();
        for (name, metadata) in walk(dir) {
            let id = (metadata.dev(), metadata.ino());
            let wanted = atimes.is_some_and(|start| name.starts_with(start.as_bytes()));
            let mut facts = facts(&metadata, wanted);
            if let Some(old) = before.names.get(&id) {
                facts.push(("is what was", shown(old)));
            }
            let same = first.entry(id).or_insert_with(|| name.clone());
            if *same != name {
                facts.push(("is the same as", shown(same)));
            } else if !metadata.is_dir() {
                facts.push(("links", metadata.nlink().to_string()));
            }
            contents(&join(dir, &name), &metadata, &mut facts);
            tree.insert(name, facts);
        }
        Tree(tree)
    }

    /// What differs from `other`, name by name.
    pub fn difference_from(&self, other: &Tree) -> Option<String> {
        let mut report = String::new();
        let names: std::collections::BTreeSet<_> = self.0.keys().chain(other.0.keys()).collect();
        for name in names {
            let _ = match (self.0.get(name), other.0.get(name)) {
                (Some(_), None) => writeln!(report, "  {}: should not exist", shown(name)),
                (None, Some(facts)) => writeln!(report, "  {}: missing: {facts:?}", shown(name)),
                (Some(got), Some(expected)) if got != expected => {
                    writeln!(report, "  {}: {}", shown(name), differing(got, expected))
                }
                _ => Ok(()),
            };
        }
        (!report.is_empty()).then_some(report)
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name.as_bytes())
    }

    /// One of the facts about `name`.
    pub fn fact(&self, name: &str, what: &str) -> Option<&str> {
        let facts = self.0.get(name.as_bytes())?;
        facts.iter().find(|(key, _)| *key == what).map(|(_, value)| value.as_str())
    }

    /// The same without some of the facts.
    pub fn without(mut self, unwanted: &[&str]) -> Tree {
        for facts in self.0.values_mut() {
            facts.retain(|(key, _)| !unwanted.contains(key));
        }
        self
    }
}

/// The names below `dir` in the order in which a folder's entries are met by who sorts them by inode.
pub fn order(dir: &Path) -> Vec<Vec<u8>> {
    let mut names: Vec<_> = walk(dir)
        .into_iter()
        .map(|(name, metadata)| {
            let folder = Path::new(OsStr::from_bytes(&name)).parent().map(Path::to_owned);
            (folder, metadata.ino(), name)
        })
        .collect();
    names.sort();
    names.into_iter().map(|(_, _, name)| name).collect()
}

fn differing(got: &Facts, expected: &Facts) -> String {
    let mut report = Vec::new();
    let value = |facts: &Facts, key: &str| {
        facts.iter().find(|(name, _)| *name == key).map_or("-".to_owned(), |(_, value)| value.clone())
    };
    let mut keys: Vec<&str> = got.iter().chain(expected).map(|(key, _)| *key).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let (got, expected) = (value(got, key), value(expected, key));
        if got != expected {
            report.push(format!("{key} {got}, expected {expected}"));
        }
    }
    report.join("; ")
}

fn join(dir: &Path, name: &[u8]) -> PathBuf {
    if name.is_empty() { dir.to_owned() } else { dir.join(OsStr::from_bytes(name)) }
}

fn shown(name: &[u8]) -> String {
    if name.is_empty() { ".".into() } else { name.escape_ascii().to_string() }
}

/// Everything in and below `dir`, itself first, in the order of the names.
fn walk(dir: &Path) -> Vec<(Vec<u8>, Metadata)> {
    let mut found = Vec::new();
    let mut todo = vec![Vec::new()];
    while let Some(name) = todo.pop() {
        let path = join(dir, &name);
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if metadata.is_dir() {
            for entry in fs::read_dir(&path).into_iter().flatten().flatten() {
                let last = entry.file_name().into_vec();
                todo.push(if name.is_empty() { last } else { [&name[..], b"/", &last].concat() });
            }
        }
        found.push((name, metadata));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn facts(metadata: &Metadata, atimes: bool) -> Facts {
    let kind = metadata.file_type();
    let name = match () {
        () if kind.is_dir() => "folder",
        () if kind.is_symlink() => "symlink",
        () if kind.is_fifo() => "fifo",
        () if kind.is_socket() => "socket",
        () if kind.is_char_device() => "character device",
        () if kind.is_block_device() => "block device",
        () => "file",
    };
    let mut facts = vec![
        ("kind", name.to_owned()),
        ("mode", format!("{:04o}", metadata.mode() & 0o7777)),
        ("owner", format!("{}:{}", metadata.uid(), metadata.gid())),
        ("mtime", time(metadata.mtime(), metadata.mtime_nsec())),
    ];
    if atimes {
        facts.push(("atime", time(metadata.atime(), metadata.atime_nsec())));
    }
    if kind.is_char_device() || kind.is_block_device() {
        facts.push(("device", metadata.rdev().to_string()));
    }
    facts
}

fn time(seconds: i64, nanoseconds: i64) -> String {
    if seconds > RECENT { "now".into() } else { format!("{seconds}.{nanoseconds:09}") }
}

fn contents(path: &Path, metadata: &Metadata, facts: &mut Facts) {
    if metadata.is_symlink() {
        let target = fs::read_link(path).map(|target| target.into_os_string().into_vec());
        facts.push(("target", shown(&target.unwrap_or_default())));
    }
    if metadata.is_file() {
        match File::open(path) {
            Ok(file) => {
                facts.push(("content", content(&file, metadata.len())));
                facts.push(("data", data(&file, metadata.len())));
            }
            Err(e) => facts.push(("content", format!("{}: {e}", metadata.len()))),
        }
    }
    for (name, value) in attributes(path) {
        facts.push(("attribute", format!("{name}={}", value.escape_ascii())));
    }
}

/// All extended attributes, sorted.
fn attributes(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut list = vec![0_u8; 64 * 1024];
    let length = llistxattr(path, &mut list[..]).unwrap_or(0);
    let names = list[..length].split_inclusive(|&byte| byte == 0);
    let names = names.filter_map(|name| CStr::from_bytes_with_nul(name).ok());
    let value = |name: &CStr| {
        let mut value = vec![0_u8; 64 * 1024];
        let length = lgetxattr(path, name, &mut value[..]).unwrap_or(0);
        value.truncate(length);
        (name.to_string_lossy().into_owned(), value)
    };
    names.map(value).collect()
}

/// The content itself if it is short, otherwise its size and a hash in which holes are zeros.
fn content(file: &File, size: u64) -> String {
    if size <= SHOWN {
        let mut bytes = vec![0; usize::try_from(size).unwrap_or(0)];
        let count = file.read_at(&mut bytes, 0).unwrap_or(0);
        return format!("\"{}\"", bytes[..count].escape_ascii());
    }
    let mut hasher = DefaultHasher::new();
    let mut block = vec![0; 64 * 1024];
    for (start, end) in extents(file, size) {
        let mut at = start / BLOCK * BLOCK;
        while at < end {
            let count = file.read_at(&mut block, at).unwrap_or(0);
            if count == 0 {
                break;
            }
            for (i, piece) in block[..count].chunks(4096).enumerate() {
                if piece.iter().any(|&byte| byte != 0) {
                    hasher.write_u64(at / BLOCK + i as u64);
                    hasher.write(piece);
                }
            }
            at += count as u64;
        }
    }
    format!("{size} bytes, hash {:x}", hasher.finish())
}

/// Where there is data, and no hole.
fn data(file: &File, size: u64) -> String {
    let extents = extents(file, size);
    let shown: Vec<String> = extents.iter().take(20).map(|(start, end)| format!("{start}-{end}")).collect();
    format!("{} in {} pieces", shown.join(" "), extents.len())
}

fn extents(file: &File, size: u64) -> Vec<(u64, u64)> {
    let mut found: Vec<(u64, u64)> = Vec::new();
    let mut at = 0;
    while at < size {
        let Ok(start) = seek(file, SeekFrom::Data(at)) else { break };
        let end = seek(file, SeekFrom::Hole(start)).unwrap_or(size);
        at = end.max(start + 1);
        match found.last_mut() {
            Some(last) if last.1 == start => last.1 = end,
            _ => found.push((start, end)),
        }
    }
    found
}
