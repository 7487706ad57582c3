//! Folders full of files of all kinds, described in a line of text, and so shown when something fails with them.
//!
//! Statements are separated by `;`, words by blanks; `%41` stands for the byte 0x41 (and so does `%20` for a blank).
//!
//! | statement | makes |
//! |---|---|
//! | `f NAME` | a file with its name in it |
//! | `f NAME =TEXT` | one with this text (`=` alone: empty) |
//! | `f NAME #100` | one of 100 bytes, none of them zero |
//! | `f NAME ~d4096,h65536,z512` | data, a hole, and zeros that were written |
//! | `d NAME` | a folder |
//! | `l NAME TARGET` | a symbolic link |
//! | `h NAME OTHER` | a hard link of another file (of the link itself if that is one) |
//! | `p NAME`, `s NAME` | a FIFO, a socket |
//! | `c NAME 1,3`, `b NAME 7,200` | a device |
//! | `= NAME` | nothing: gives attributes to what exists (`.` is the folder itself) |
//!
//! Attributes follow: `m=640`, `t=SECONDS.NANOSECONDS` (changed), `a=…` (read), `u=1:2`, `x:user.name=value`.
//! What has no times of its own gets old ones, each another.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileExt, PermissionsExt, lchown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, linkat, lsetxattr, makedev, mknodat,
    utimensat,
};

/// When the first of the files was changed; the next ones some seconds later.
const LONG_AGO: i64 = 1_000_000_000;

/// The attributes of one name.
struct Attributes {
    path: PathBuf,
    mode: Option<u32>,
    owner: Option<(u32, u32)>,
    xattrs: Vec<(String, Vec<u8>)>,
    changed: Timespec,
    read: Timespec,
}

/// Builds what `text` describes in `dir`, all of it owned by `owner` if it doesn't say otherwise.
#[track_caller]
pub fn build(dir: &Path, text: &str, owner: Option<u32>) {
    let mut found: Vec<Attributes> = Vec::new();
    let statements = text.split([';', '\n']).map(str::trim).filter(|s| !s.is_empty());
    for (number, statement) in statements.enumerate() {
        let mut words: Vec<&str> = statement.split_whitespace().collect();
        assert!(words.len() > 1, "{statement}: no name");
        let path = dir.join(decode(words[1]));
        let given = match words[0] {
            "f" => words.get(2).filter(|word| word.starts_with(['=', '#', '~'])).copied(),
            "l" | "h" | "c" | "b" => words.get(2).copied(),
            _ => None,
        };
        words.drain(..2 + usize::from(given.is_some()));
        make(dir, &path, &statement[..1], given.unwrap_or_default());
        if statement.starts_with('h') && words.is_empty() {
            continue;
        }
        let attributes = attributes(path, i64::try_from(number).expect("few statements"), &words);
        found.retain(|known| known.path != attributes.path);
        found.push(attributes);
    }
    if !found.iter().any(|known| known.path == dir) {
        found.insert(0, attributes(dir.to_owned(), 0, &[]));
    }
    // What is inside a folder changes its time: the deepest first.
    found.sort_by_key(|attributes| std::cmp::Reverse(attributes.path.components().count()));
    for attributes in &found {
        attributes.set(owner);
    }
}

fn make(dir: &Path, path: &Path, kind: &str, given: &str) {
    let device = |kind| {
        let (major, minor) = given.split_once(',').expect("MAJOR,MINOR");
        let device = makedev(major.parse().expect("a number"), minor.parse().expect("a number"));
        mknodat(CWD, path, kind, Mode::from(0o644), device)
    };
    let done = |made: std::io::Result<()>| made.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match kind {
        "f" => content(path, given),
        "d" => done(fs::create_dir(path)),
        "l" => done(symlink(decode(given), path)),
        "h" => linkat(CWD, dir.join(decode(given)), CWD, path, AtFlags::empty()).expect("linkat"),
        "p" => mknodat(CWD, path, FileType::Fifo, Mode::from(0o644), 0).expect("mkfifo"),
        "s" => done(UnixListener::bind(path).map(drop)),
        "c" => device(FileType::CharacterDevice).expect("mknod"),
        "b" => device(FileType::BlockDevice).expect("mknod"),
        "=" => {}
        _ => panic!("{kind}: unknown"),
    }
    // Whatever the umask is.
    if matches!(kind, "f" | "d" | "p" | "s" | "c" | "b") {
        let rights = if kind == "d" { 0o755 } else { 0o644 };
        fs::set_permissions(path, Permissions::from_mode(rights)).expect("chmod");
    }
}

fn content(path: &Path, given: &str) {
    let mut at = 0;
    let file = File::create(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let write = |bytes: &[u8], at: u64| file.write_all_at(bytes, at).expect("write");
    let (kind, rest) = given.split_at_checked(1).unwrap_or(("", ""));
    match kind {
        "" => write(&[path.file_name().unwrap_or_default().as_bytes(), b"\n"].concat(), 0),
        "=" => write(decode(rest).as_bytes(), 0),
        "#" => write(&noise(rest.parse().expect("a size"), path), 0),
        _ => {
            for piece in rest.split(',') {
                let (kind, size) = piece.split_at(1);
                let size: u64 = size.parse().expect("a size");
                let bytes = usize::try_from(size).expect("a size");
                match kind {
                    "d" => write(&noise(bytes, path), at),
                    "z" => write(&vec![0; bytes], at),
                    _ => {}
                }
                at += size;
            }
            file.set_len(at).expect("truncate");
        }
    }
}

/// Bytes that depend on the name, none of them zero.
fn noise(size: usize, path: &Path) -> Vec<u8> {
    let name = path.file_name().unwrap_or_default().as_bytes();
    let mut state = name.iter().fold(99_u64, |state, &byte| state.wrapping_mul(31).wrapping_add(byte.into()));
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.extend_from_slice(&(state | 0x0101_0101_0101_0101).to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

fn attributes(path: PathBuf, number: i64, words: &[&str]) -> Attributes {
    let (changed, read) = (LONG_AGO + 10 * number, LONG_AGO + 10 * number + 5);
    let mut attributes = Attributes {
        path,
        mode: None,
        owner: None,
        xattrs: vec![],
        changed: Timespec { tv_sec: changed, tv_nsec: 123_456_789 },
        read: Timespec { tv_sec: read, tv_nsec: 987_654_321 },
    };
    for word in words {
        let (key, value) = word.split_once('=').unwrap_or_else(|| panic!("{word}: no attribute"));
        match key {
            "m" => attributes.mode = Some(u32::from_str_radix(value, 8).expect("a mode")),
            "t" => attributes.changed = time(value),
            "a" => attributes.read = time(value),
            "u" => {
                let (user, group) = value.split_once(':').expect("USER:GROUP");
                attributes.owner = Some((user.parse().expect("a number"), group.parse().expect("a number")));
            }
            _ => {
                let name = key.strip_prefix("x:").unwrap_or_else(|| panic!("{word}: unknown"));
                attributes.xattrs.push((name.to_owned(), decode(value).into_vec()));
            }
        }
    }
    attributes
}

fn time(text: &str) -> Timespec {
    let (seconds, nanoseconds) = text.split_once('.').unwrap_or((text, "0"));
    Timespec {
        tv_sec: seconds.parse().expect("seconds"),
        tv_nsec: format!("{nanoseconds:0<9}").parse().expect("nanoseconds"),
    }
}

impl Attributes {
    fn set(&self, owner: Option<u32>) {
        let path = &self.path;
        if let Some((user, group)) = self.owner.or(owner.map(|id| (id, id))) {
            // A chown takes the set-id bits away, but there are none yet.
            lchown(path, Some(user), Some(group)).expect("chown");
        }
        if let Some(mode) = self.mode {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("chmod");
        }
        for (name, value) in &self.xattrs {
            lsetxattr(path, name.as_str(), value, XattrFlags::empty())
                .unwrap_or_else(|e| panic!("{name} of {}: {e}", path.display()));
        }
        let times = Timestamps { last_access: self.read, last_modification: self.changed };
        utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).expect("utimensat");
    }
}

/// A word with `%41` in it, as the bytes that it stands for.
pub fn decode(word: &str) -> OsString {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    while let Some((&first, others)) = rest.split_first() {
        let code = others.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| first == b'%');
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &others[2..] } else { others };
    }
    OsStr::from_bytes(&bytes).to_owned()
}
