//! Against the real file system. What only root may do is tested when root runs the tests, and said to be skipped
//! otherwise. What others than root get is tested with the whole program.

use std::ffi::{CStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use ringutils::cli::{Progress, Shared};
use ringutils::sys::{Kind, Stat, fstat, stat_at};
use rustix::fs::{AtFlags, CWD, FileType, Mode, XattrFlags, lgetxattr, lsetxattr, mkdirat, mknodat};
use tempfile::TempDir;

use super::*;
use crate::log::Line;
use crate::options::{Beyond, Follow, Make, Options, Reflink, Sparse, Target, Update};

/// `--preserve=mode,ownership,timestamps`
const P: Preserve = Preserve {
    mode: true,
    ownership: true,
    timestamps: true,
    links: false,
    xattrs: Xattrs::No,
    ignore_mode: false,
};
const NOTHING: Preserve = Preserve { mode: false, ownership: false, timestamps: false, ..P };
/// What `-a` preserves, but xattr errors are told of.
const ALL: Preserve = Preserve { links: true, xattrs: Xattrs::Required, ..P };

fn options(preserve: Preserve) -> Options {
    Options {
        sources: vec![OsString::from("s")],
        target: Target::Exactly(OsString::from("d")),
        make: Make::Copies,
        follow: Follow::Never,
        recursive: true,
        copy_contents: false,
        attributes_only: false,
        backup: None,
        force: false,
        interactive: false,
        update: Update::All,
        remove_destination: false,
        preserve,
        reflink: Reflink::Auto,
        sparse: Sparse::Auto,
        one_file_system: false,
        parents: false,
        strip_trailing_slashes: false,
        keep_directory_symlink: false,
        verbose: false,
        debug: false,
        context_ignored: false,
        posixly_correct: false,
        beyond: Beyond::default(),
        shared: Shared::default(),
    }
}

/// A folder with files to copy, and what copying said.
struct Scene {
    folder: TempDir,
    said: Vec<String>,
    failed: bool,
    umask: u32,
    is_root: bool,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        Self { folder, said: Vec::new(), failed: false, umask: 0o022, is_root: is_root() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, mode: u32) -> PathBuf {
        let path = self.path(name);
        File::create(&path).unwrap().write_all(b"data").unwrap();
        chmod(&path, mode);
        path
    }

    /// Copies "s" to "d" as cp would, as far as attributes go.
    fn copy(&mut self, preserve: Preserve) -> Result<(), Failed> {
        let options = options(preserve);
        let progress = Progress::off();
        let run = Run { options: &options, progress: &progress, umask: self.umask, is_root: self.is_root };
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
    fn mode_after(&mut self, preserve: Preserve) -> u32 {
        self.copy(preserve).unwrap();
        assert_eq!((&self.said[..], self.failed), (&[][..], false));
        mode_of(&self.path("d"))
    }
}

fn place(path: &Path) -> Place {
    Place::of_path(path.as_os_str().as_encoded_bytes())
}

fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        let _ = writeln!(std::io::stderr(), "SKIPPED: parts that only root may do");
    }
    is_root
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode_of(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn owners_of(path: &Path) -> (u32, u32) {
    let found = fs::symlink_metadata(path).unwrap();
    (found.uid(), found.gid())
}

fn times_of(path: &Path) -> [(i64, i64); 2] {
    let found = fs::symlink_metadata(path).unwrap();
    [(found.atime(), found.atime_nsec()), (found.mtime(), found.mtime_nsec())]
}

fn set_times(path: &Path, [accessed, modified]: [(i64, i64); 2]) {
    let convert = |(tv_sec, tv_nsec)| Timespec { tv_sec, tv_nsec };
    let times = Timestamps { last_access: convert(accessed), last_modification: convert(modified) };
    rustix::fs::utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).unwrap();
}

fn xattr(path: &Path, name: &CStr) -> Option<Vec<u8>> {
    let mut value = [0; 1024];
    lgetxattr(path, name, &mut value).ok().map(|length| value[..length].to_vec())
}

fn set_xattr(path: &Path, name: &CStr, value: &[u8]) {
    lsetxattr(path, name, value, XattrFlags::empty()).unwrap();
}

/// A list that lets user 1000 in.
fn list() -> Vec<u8> {
    let entries: [(u16, u16, u32); 5] = [(1, 7, !0), (2, 5, 1000), (4, 5, !0), (0x10, 5, !0), (0x20, 0, !0)];
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in entries {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    list
}

fn copy(run: &Run, from: &Place, to: &Place, log: &mut Log) -> Result<(), Failed> {
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

fn copy_file(
    run: &Run,
    from: &Place,
    stat: &Stat,
    to: &Place,
    before: Option<Stat>,
    log: &mut Log,
) -> Result<(), Failed> {
    let source = File::open(from.shown()).unwrap();
    let names = Names::if_needed(run, &Subject::Open { fd: source.as_fd(), place: from });
    let (mode, created) =
        if before.is_some() { (0, Created::EXISTING) } else { Created::file(run, stat, &names) };
    let target = OpenOptions::new()
        .write(true)
        .create_new(before.is_none())
        .truncate(before.is_some())
        .mode(mode)
        .open(to.shown())
        .unwrap();
    let source = Source { place: from, fd: source.as_fd(), stat: fstat(&source).unwrap() };
    let destination = Destination { place: to, fd: target.as_fd(), before };
    preserve_open(run, &source, &destination, created, names, log)
}

#[test]
fn times_to_the_nanosecond() {
    let mut scene = Scene::new();
    let source = scene.file("s", 0o644);
    let times = [(1_234_567_890, 123_456_789), (-5, 999_999_999)];
    set_times(&source, times);
    scene.copy(Preserve { timestamps: true, ..NOTHING }).unwrap();
    assert_eq!(times_of(&scene.path("d")), times);
    assert_eq!(mode_of(&scene.path("d")), 0o644 & !process_umask());
}

#[test]
fn of_symbolic_links_and_folders() {
    let mut scene = Scene::new();
    let times = [(1, 2), (3, 4)];
    symlink("nowhere", scene.path("s")).unwrap();
    set_times(&scene.path("s"), times);
    if scene.is_root {
        std::os::unix::fs::lchown(scene.path("s"), Some(77), Some(88)).unwrap();
        set_xattr(&scene.path("s"), c"trusted.t", b"1");
    }
    scene.copy(ALL).unwrap();
    assert_eq!(times_of(&scene.path("d")), times);
    if scene.is_root {
        assert_eq!(owners_of(&scene.path("d")), (77, 88));
        assert_eq!(xattr(&scene.path("d"), c"trusted.t").unwrap(), b"1");
    }

    let mut scene = Scene::new();
    fs::create_dir(scene.path("s")).unwrap();
    chmod(&scene.path("s"), 0o1555);
    set_times(&scene.path("s"), times);
    assert_eq!(scene.mode_after(P), 0o1555);
    assert_eq!(times_of(&scene.path("d")), times);
}

#[test]
fn modes() {
    for (source, preserve, expected) in [
        (0o6755, P, 0o6755),
        (0o4600, P, 0o4600),
        (0o6777, Preserve { ownership: true, ..NOTHING }, 0o777 & !process_umask()),
        (0o6777, NOTHING, 0o777 & !process_umask()),
        (0o777, Preserve { ignore_mode: true, ..NOTHING }, 0o644),
        (0o400, Preserve { ignore_mode: true, ..NOTHING }, 0o644),
    ] {
        let mut scene = Scene::new();
        scene.umask = 0o022 | process_umask();
        scene.file("s", source);
        assert_eq!(scene.mode_after(preserve), expected, "{source:o} {preserve:?}");
    }
}

#[test]
fn of_fifos_and_inaccessible_folders() {
    let mut scene = Scene::new();
    let mode = Mode::from_raw_mode(0o600);
    mknodat(CWD, scene.path("s"), FileType::Fifo, mode, 0).unwrap();
    chmod(&scene.path("s"), 0o666);
    assert_eq!(scene.mode_after(P), 0o666);

    let mut scene = Scene::new();
    scene.umask = process_umask();
    fs::create_dir(scene.path("s")).unwrap();
    chmod(&scene.path("s"), 0o577);
    assert_eq!(scene.mode_after(NOTHING), 0o577 & !process_umask());
}

#[test]
fn lent_permissions_are_taken_back() {
    let mut scene = Scene::new();
    scene.is_root = false;
    scene.umask = process_umask();
    let source = scene.file("s", 0o644);
    set_xattr(&source, c"user.a", b"1");
    chmod(&source, 0o444);
    assert_eq!(scene.mode_after(Preserve { xattrs: Xattrs::Required, ..NOTHING }), 0o444 & !process_umask());
    assert_eq!(xattr(&scene.path("d"), c"user.a").unwrap(), b"1");
}

#[test]
fn creation_modes() {
    let scene = Scene::new();
    scene.file("s", 0o6751);
    let stat = stat_at(CWD, place(&scene.path("s")).name(), false).unwrap();
    let progress = Progress::off();
    let with = |preserve, is_root| {
        let options = options(preserve);
        let run = Run { options: &options, progress: &progress, umask: 0o022, is_root };
        let stat = &Stat { mode: 0o6571, ..stat };
        (
            Created::file(&run, stat, &Names::UNREAD),
            Created::directory(&run, stat).0,
            CreatedParent::directory(&run, stat).0,
        )
    };
    let created = |withheld, lent| Created { withheld, lent, ..Created::EXISTING };
    assert_eq!(with(NOTHING, true), ((0o571, created(0, 0)), 0o6551, 0o6571));
    assert_eq!(with(P, true), ((0o500, created(0o071, 0)), 0o6500, 0o6500));
    assert_eq!(with(ALL, false), ((0o700, created(0o071, 0o200)), 0o6500, 0o6500));
    assert_eq!(with(Preserve { mode: true, ..NOTHING }, true).2, 0o6551);
    assert_eq!(with(Preserve { ignore_mode: true, ..NOTHING }, true).2, 0o777);
}

#[test]
fn nothing_is_withheld_from_files_that_are_ours() {
    let scene = Scene::new();
    let path = scene.file("s", 0o644);
    let options = options(P);
    let progress = Progress::off();
    let run = Run { options: &options, progress: &progress, umask: 0o022, is_root: scene.is_root };
    let place = place(&path);
    let mode = || {
        let stat = stat_at(CWD, place.name(), false).unwrap();
        Created::file(&run, &stat, &Names::of(&Subject::Named { place: &place, is_link: false })).0
    };
    assert_eq!(mode(), 0o644);
    chmod(&path, 0o640);
    assert_eq!(mode(), 0o600);
    chmod(&path, 0o644);
    set_xattr(&path, c"user.a", b"1");
    assert_eq!(mode(), 0o644);
    if scene.is_root {
        std::os::unix::fs::chown(&path, Some(77), Some(88)).unwrap();
        assert_eq!(mode(), 0o600);
        std::os::unix::fs::chown(&path, Some(0), Some(88)).unwrap();
        assert_eq!(mode(), 0o644);
    }
    set_xattr(&path, c"system.posix_acl_access", &list());
    chmod(&path, 0o755);
    assert_eq!(mode(), 0o700);
}

#[test]
fn extended_attributes() {
    let mut scene = Scene::new();
    let source = scene.file("s", 0o644);
    let long = vec![b'x'; 700];
    set_xattr(&source, c"user.long", &long);
    set_xattr(&source, c"user.empty", b"");
    set_xattr(&source, c"user.Beagle.x", b"not copied");
    scene.copy(ALL).unwrap();
    assert_eq!(scene.said, [""; 0]);
    assert_eq!(xattr(&scene.path("d"), c"user.long").unwrap(), long);
    assert_eq!(xattr(&scene.path("d"), c"user.empty").unwrap(), b"");
    assert_eq!(xattr(&scene.path("d"), c"user.Beagle.x"), None);
}

#[test]
fn lists_of_permissions() {
    const ACCESS: &CStr = c"system.posix_acl_access";
    let mut scene = Scene::new();
    let source = scene.file("s", 0o644);
    set_xattr(&source, ACCESS, &list());
    assert_eq!(scene.mode_after(P), 0o750);
    assert_eq!(xattr(&scene.path("d"), ACCESS).unwrap(), list());
    // Extended attributes alone do not take them along.
    fs::remove_file(scene.path("d")).unwrap();
    scene.copy(Preserve { xattrs: Xattrs::Required, ..NOTHING }).unwrap();
    assert_eq!(xattr(&scene.path("d"), ACCESS), None);

    // An existing file keeps a list if the owner stays, also if the source has none.
    let mut scene = Scene::new();
    scene.file("s", 0o604);
    let existing = scene.file("d", 0o644);
    set_xattr(&existing, ACCESS, &list());
    assert_eq!(scene.mode_after(P), 0o604);
    assert!(xattr(&existing, ACCESS).is_some());
    if scene.is_root {
        std::os::unix::fs::chown(&existing, Some(77), Some(88)).unwrap();
        assert_eq!(scene.mode_after(P), 0o604);
        assert!(xattr(&existing, ACCESS).is_none());
    }
}

#[test]
fn inherited_lists() {
    const DEFAULT: &CStr = c"system.posix_acl_default";
    const ACCESS: &CStr = c"system.posix_acl_access";
    let ignoring = Preserve { ignore_mode: true, ..NOTHING };
    for (preserve, is_kept, mode) in [(P, true, 0o640), (NOTHING, true, 0o640), (ignoring, false, 0o644)] {
        let mut scene = Scene::new();
        scene.file("s", 0o640);
        set_xattr(scene.folder.path(), DEFAULT, &list());
        assert_eq!(scene.mode_after(preserve), mode);
        assert_eq!(xattr(&scene.path("d"), ACCESS).is_some(), is_kept, "{preserve:?}");
    }
    let mut scene = Scene::new();
    fs::create_dir(scene.path("s")).unwrap();
    chmod(scene.folder.path(), 0o2755);
    set_xattr(&scene.path("s"), DEFAULT, &list());
    assert_eq!(scene.mode_after(P), 0o755);
    assert_eq!(xattr(&scene.path("d"), DEFAULT).unwrap(), list());
    fs::remove_dir(scene.path("d")).unwrap();
    assert_eq!(scene.mode_after(ignoring), 0o2755);
}

#[test]
fn owners() {
    let mut scene = Scene::new();
    if !scene.is_root {
        return;
    }
    let source = scene.file("s", 0o600);
    std::os::unix::fs::chown(&source, Some(77), Some(88)).unwrap();
    chmod(&source, 0o6755);
    set_xattr(&source, c"security.capability", b"\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_eq!(scene.mode_after(ALL), 0o6755);
    assert_eq!(owners_of(&scene.path("d")), (77, 88));
    assert!(xattr(&scene.path("d"), c"security.capability").is_some());
    // An existing one, and without its mode: chown takes the set-id bits.
    std::os::unix::fs::chown(scene.path("d"), Some(1), Some(2)).unwrap();
    chmod(&scene.path("d"), 0o4711);
    assert_eq!(scene.mode_after(Preserve { ownership: true, ..NOTHING }), 0o711);
    assert_eq!(owners_of(&scene.path("d")), (77, 88));
    // Folders.
    fs::remove_file(&source).unwrap();
    fs::remove_file(scene.path("d")).unwrap();
    fs::create_dir(&source).unwrap();
    std::os::unix::fs::chown(&source, Some(77), Some(88)).unwrap();
    chmod(&source, 0o2070);
    assert_eq!(scene.mode_after(P), 0o2070);
    assert_eq!(owners_of(&scene.path("d")), (77, 88));
}

#[test]
fn parents() {
    let scene = Scene::new();
    let (source, target) = (scene.path("s"), scene.path("d"));
    fs::create_dir(&source).unwrap();
    chmod(&source, 0o1575);
    set_times(&source, [(5, 6), (7, 8)]);
    for (preserve, mode) in [(P, 0o1575), (NOTHING, 0o1575 & !process_umask())] {
        let options = options(preserve);
        let progress = Progress::off();
        let run =
            Run { options: &options, progress: &progress, umask: process_umask(), is_root: scene.is_root };
        let (from, to) = (place(&source), place(&target));
        let stat = stat_at(CWD, from.name(), false).unwrap();
        let mut log = Log::default();
        let (made, mut created) = CreatedParent::directory(&run, &stat);
        mkdirat(CWD, to.name(), Mode::from_raw_mode(made)).unwrap();
        created.made(&run, &to, &mut log).unwrap();
        assert_eq!(mode_of(&target) & 0o700, 0o700);
        preserve_parent(&run, &from, &stat, &to, created, &mut log).unwrap();
        assert!(log.is_silent());
        assert_eq!(mode_of(&target), mode);
        assert_eq!(times_of(&target) == times_of(&source), preserve.timestamps);
        fs::remove_dir(&target).unwrap();
    }
}

#[test]
fn names_beneath_open_folders() {
    let scene = Scene::new();
    let folder = std::sync::Arc::new(std::os::fd::OwnedFd::from(File::open(scene.folder.path()).unwrap()));
    scene.file("s", 0o644);
    set_xattr(&scene.path("s"), c"user.a", b"1");
    let within = |name: &CStr| Place::within(Some(folder.clone()), name.to_owned(), b"gone".to_vec());
    let (there, missing) = (within(c"s"), within(c"t"));
    let subject = |place| Subject::Named { place, is_link: false };
    assert_eq!(xattrs::value(&subject(&there), c"user.a").unwrap().bytes(), b"1");
    assert_eq!(Names::of(&subject(&missing)).error(), Some(Errno::NOENT));
}

/// The one that the kernel applies.
fn process_umask() -> u32 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("Umask:")).unwrap();
    u32::from_str_radix(mask.trim(), 8).unwrap()
}
