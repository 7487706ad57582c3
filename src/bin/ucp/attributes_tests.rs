//! Against the real file system. What only root may do is tested when root runs the tests, and said to be skipped
//! otherwise. What others than root get is tested with the whole program.

use std::ffi::CStr;
use std::fs::{self, File};
use std::os::unix::fs::symlink;

use ringutils::cli::Progress;
use ringutils::sys::{Stat, stat_at};
use rustix::fs::{CWD, FileType, Mode, mkdirat, mknodat};

use super::*;
use scene::*;

#[path = "attributes_scene.rs"]
mod scene;

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
        (0o777, Preserve { ignore_mode: true, ..NOTHING }, 0o666 & !process_umask()),
        (0o400, Preserve { ignore_mode: true, ..NOTHING }, 0o666 & !process_umask()),
    ] {
        let mut scene = Scene::new();
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
    fs::create_dir(scene.path("s")).unwrap();
    chmod(&scene.path("s"), 0o577);
    assert_eq!(scene.mode_after(NOTHING), 0o577 & !process_umask());
}

#[test]
fn lent_permissions_are_taken_back() {
    let mut scene = Scene::new();
    scene.is_root = false;
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
        let run = Run::with(&options, &progress, 0o022, is_root);
        let stat = &Stat { mode: 0o6571, ..stat };
        (Created::file(&run, stat), Created::directory(&run, stat).0, CreatedParent::directory(&run, stat).0)
    };
    let created = |withheld, lent| Created { withheld, lent, ..Created::EXISTING };
    assert_eq!(with(NOTHING, true), ((0o571, created(0, 0)), 0o6551, 0o6571));
    assert_eq!(with(P, true), ((0o500, created(0o071, 0)), 0o6500, 0o6500));
    assert_eq!(with(ALL, false), ((0o700, created(0o071, 0o200)), 0o6500, 0o6500));
    assert_eq!(with(Preserve { mode: true, ..NOTHING }, true).2, 0o6551);
    assert_eq!(with(Preserve { ignore_mode: true, ..NOTHING }, true).2, 0o777);
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
    for (preserve, is_kept, mode) in [(P, true, 0o640), (NOTHING, true, 0o640), (ignoring, false, 0o666)] {
        let mut scene = Scene::new();
        scene.file("s", 0o640);
        set_xattr(scene.folder.path(), DEFAULT, &list());
        assert_eq!(scene.mode_after(preserve), mode & !(if is_kept { 0 } else { process_umask() }));
        assert_eq!(xattr(&scene.path("d"), ACCESS).is_some(), is_kept, "{preserve:?}");
    }
    let mut scene = Scene::new();
    fs::create_dir(scene.path("s")).unwrap();
    chmod(scene.folder.path(), 0o2755);
    chmod(&scene.path("s"), 0o755);
    set_xattr(&scene.path("s"), DEFAULT, &list());
    assert_eq!(scene.mode_after(P), 0o755);
    assert_eq!(xattr(&scene.path("d"), DEFAULT).unwrap(), list());
    fs::remove_dir(scene.path("d")).unwrap();
    assert_eq!(scene.mode_after(ignoring), 0o2777 & !process_umask());
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
    let masked = !process_umask();
    for (preserve, mode) in [
        (P, 0o1575),
        (NOTHING, 0o1575 & masked),
        (Preserve { ownership: true, ..NOTHING }, 0o1575 & masked),
        (Preserve { mode: true, ..NOTHING }, 0o1575),
        (Preserve { ignore_mode: true, ..NOTHING }, 0o777 & masked),
    ] {
        let options = options(preserve);
        let progress = Progress::off();
        let run = Run::with(&options, &progress, process_umask(), scene.is_root);
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
