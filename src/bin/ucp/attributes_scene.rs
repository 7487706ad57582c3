//! Something to copy, and a copier that does what cp does as far as attributes go.

use std::ffi::CStr;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use ringutils::cli::Progress;
use ringutils::sys::{Kind, Stat, fstat, stat_at};
use rustix::fs::{AtFlags, CWD, FileType, Mode, XattrFlags, lgetxattr, lsetxattr, mkdirat, mknodat};
use tempfile::TempDir;

use super::super::*;
use crate::log::Line;
use crate::options::{Follow, Options};

/// `--preserve=mode,ownership,timestamps`
pub const P: Preserve = Preserve {
    mode: true,
    ownership: true,
    timestamps: true,
    links: false,
    xattrs: Xattrs::No,
    ignore_mode: false,
};
pub const NOTHING: Preserve = Preserve { mode: false, ownership: false, timestamps: false, ..P };
/// What `-a` preserves, but xattr errors are told of.
pub const ALL: Preserve = Preserve { links: true, xattrs: Xattrs::Required, ..P };

pub fn options(preserve: Preserve) -> Options {
    Options { follow: Follow::Never, recursive: true, preserve, ..Options::plain("s", "d") }
}

/// A folder with files to copy, and what copying said.
pub struct Scene {
    pub folder: TempDir,
    pub said: Vec<String>,
    pub failed: bool,
    pub umask: u32,
    pub is_root: bool,
}

impl Scene {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        Self { folder, said: Vec::new(), failed: false, umask: process_umask(), is_root: is_root() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn file(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        File::create(&path).unwrap().write_all(b"data").unwrap();
        chmod(&path, mode);
        path
    }

    /// Copies "s" to "d" as cp would, as far as attributes go.
    pub fn copy(&mut self, preserve: Preserve) -> Result<(), Failed> {
        let options = options(preserve);
        let progress = Progress::off();
        let run = Run::with(&options, &progress, self.umask, self.is_root);
        let mut log = Log::default();
        let done = copy(&run, &place(&self.path("s")), &place(&self.path("d")), &mut log);
        self.failed = log.failed;
        self.said = log
            .lines
            .into_iter()
            .map(|line| match line {
                Line::Fault(fault) => fault.to_string(),
                Line::Warning(text) | Line::Out(text) => String::from_utf8_lossy(&text).into_owned(),
            })
            .collect();
        done
    }

    /// The mode of the copy, after copying without a hitch.
    pub fn mode_after(&mut self, preserve: Preserve) -> u32 {
        self.copy(preserve).unwrap();
        assert_eq!((&self.said[..], self.failed), (&[][..], false));
        mode_of(&self.path("d"))
    }
}

pub fn place(path: &Path) -> Place {
    Place::of_path(path.as_os_str().as_encoded_bytes())
}

pub fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        let _ = writeln!(std::io::stderr(), "SKIPPED: parts that only root may do");
    }
    is_root
}

pub fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

pub fn mode_of(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

pub fn owners_of(path: &Path) -> (u32, u32) {
    let found = fs::symlink_metadata(path).unwrap();
    (found.uid(), found.gid())
}

pub fn times_of(path: &Path) -> [(i64, i64); 2] {
    let found = fs::symlink_metadata(path).unwrap();
    [(found.atime(), found.atime_nsec()), (found.mtime(), found.mtime_nsec())]
}

pub fn set_times(path: &Path, [accessed, modified]: [(i64, i64); 2]) {
    let convert = |(tv_sec, tv_nsec)| Timespec { tv_sec, tv_nsec };
    let times = Timestamps { last_access: convert(accessed), last_modification: convert(modified) };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

pub fn xattr(path: &Path, name: &CStr) -> Option<Vec<u8>> {
    let mut value = [0; 1024];
    lgetxattr(path, name, &mut value).ok().map(|length| value[..length].to_vec())
}

pub fn set_xattr(path: &Path, name: &CStr, value: &[u8]) {
    lsetxattr(path, name, value, XattrFlags::empty()).unwrap();
}

/// A list that lets user 1000 in.
pub fn list() -> Vec<u8> {
    let entries: [(u16, u16, u32); 5] = [(1, 7, !0), (2, 5, 1000), (4, 5, !0), (0x10, 5, !0), (0x20, 0, !0)];
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

pub fn copy(run: &Run, from: &Place, to: &Place, log: &mut Log) -> Result<(), Failed> {
    let stat = stat_at(from.folder(), from.name(), false).unwrap();
    let before = stat_at(to.folder(), to.name(), false).ok();
    let bits = |mode: u32| Mode::from_raw_mode(mode);
    if stat.kind == Kind::Regular {
        return copy_file(run, from, &stat, to, before, log);
    }
    let created = match stat.kind {
        _ if before.is_some() => Created::EXISTING,
        Kind::Link => {
            symlink("text", to.shown()).unwrap();
            Created::LINK
        }
        Kind::Directory => {
            let (mode, mut created) = Created::directory(run, &stat);
            mkdirat(to.folder(), to.name(), bits(mode)).unwrap();
            created.made(to, log)?;
            created
        }
        _ => {
            let (mode, created) = Created::special(run, &stat);
            mknodat(to.folder(), to.name(), FileType::Fifo, bits(mode), 0).unwrap();
            created
        }
    };
    preserve_named(run, from, &stat, to, before.as_ref(), created, log)
}

pub fn copy_file(
    run: &Run,
    from: &Place,
    stat: &Stat,
    to: &Place,
    before: Option<Stat>,
    log: &mut Log,
) -> Result<(), Failed> {
    let source = File::open(from.shown()).unwrap();
    let (mode, created) = if before.is_some() { (0, Created::EXISTING) } else { Created::file(run, stat) };
    let target = OpenOptions::new()
        .write(true)
        .create_new(before.is_none())
        .truncate(before.is_some())
        .mode(mode)
        .open(to.shown())
        .unwrap();
    let source = Source { place: from, fd: source.as_fd(), stat: fstat(&source).unwrap() };
    let destination = Destination { place: to, fd: target.as_fd(), before };
    preserve_open(run, &source, &destination, created, log)
}

/// The one that the kernel applies.
pub fn process_umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("Umask:")).unwrap();
    u32::from_str_radix(mask.trim(), 8).unwrap()
}
