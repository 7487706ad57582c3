use std::path::Path;
use std::process::Command;

use ringutils::cli::Shared;
use ringutils::cli::bytes;

use super::*;
use crate::options::{Amount, By, Follow, Unit};

/// A folder with files; names are joined to its path.
struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[&str]) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        for file in files {
            let path = place.path().join(file);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
            std::fs::write(path, "x\n").expect("a file");
        }
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn at(&self, name: &str) -> OsString {
        OsString::from_vec(bytes![self.path().as_os_str().as_bytes(), name])
    }

    fn all_at(&self, names: &[&str]) -> Vec<OsString> {
        names.iter().map(|name| self.at(name)).collect()
    }
}

fn options(globs: Vec<OsString>, files: Vec<OsString>) -> Options {
    let follow = Follow {
        by: By::Name,
        retry: true,
        pids: Vec::new(),
        interval: None,
        max_unchanged: 5,
        only_polling: false,
    };
    Options {
        amount: Amount { unit: Unit::Lines, from_start: false, count: 10 },
        line_end: b'\n',
        headers: true,
        prefix: false,
        follow: Some(follow),
        presume_pipe: false,
        debug: false,
        globs,
        called_tail: false,
        warnings: Vec::new(),
        shared: Shared::default(),
        files,
    }
}

#[test]
fn patterns_find_files() {
    let place = Place::new(&["b.log", "a.log", ".c.log", "d.txt", "-", "d.log/e"]);
    let (globs, operands) = Globs::new(&options(place.all_at(&["/*.log"]), vec!["-".into()]));
    assert_eq!(globs.names(), place.all_at(&["/a.log", "/b.log"]));
    assert_eq!(globs.folders().collect::<Vec<_>>(), [place.path().as_os_str()]);
    assert_eq!(operands, ["-"]);
    let (globs, _) = Globs::new(&options(place.all_at(&["/.*.log", "/[ad].[lt]*"]), vec![]));
    assert_eq!(globs.names(), place.all_at(&["/.c.log", "/a.log", "/d.txt"]));
    for whole in ["", "/", "//"] {
        let (globs, _) = Globs::new(&options(vec![place.at(whole)], vec![]));
        assert_eq!(globs.names(), place.all_at(&["/-", "/a.log", "/b.log", "/d.txt"]), "{whole}");
    }
}

#[test]
fn only_what_can_be_followed() {
    let place = Place::new(&["file", "folder/inside"]);
    let symlink = |to: &str, name: &str| std::os::unix::fs::symlink(to, place.path().join(name));
    symlink("file", "link").expect("a link");
    symlink("folder", "to_folder").expect("a link");
    symlink("nowhere", "dangling").expect("a link");
    symlink("/dev/null", "device").expect("a link");
    let _socket = std::os::unix::net::UnixListener::bind(place.path().join("socket")).expect("a socket");
    let made = Command::new("mkfifo").arg(place.path().join("fifo")).status().expect("mkfifo runs");
    assert!(made.success());
    let (globs, _) = Globs::new(&options(vec![place.at("/")], vec![]));
    assert_eq!(globs.names(), place.all_at(&["/fifo", "/file", "/link"]));
}

#[test]
fn what_appears() {
    let place = Place::new(&["x/a"]);
    let (globs, _) = Globs::new(&options(place.all_at(&["/x/*.log", "/x/n[0-9]"]), vec![]));
    let wanted = |name: &str| globs.wanted(0, OsStr::new(name));
    assert_eq!(wanted("new.log"), Some(place.at("/x/new.log")));
    assert_eq!(wanted("n7"), Some(place.at("/x/n7")));
    for unwanted in ["new.log.1", "n", "nx", ".log", ".new.log", ""] {
        assert_eq!(wanted(unwanted), None, "{unwanted}");
    }
    assert_eq!(globs.wanted(1, OsStr::new("new.log")), None);
    let strange = OsStr::from_bytes(b"\xff.log");
    assert!(globs.wanted(0, strange).expect("any bytes").as_bytes().ends_with(b"/x/\xff.log"));
}

#[test]
fn operands_that_are_folders() {
    let place = Place::new(&["x/a", "x/b", "y"]);
    let files = place.all_at(&["/y", "/x/", "/gone"]);
    let (globs, operands) = Globs::new(&options(vec![], files.clone()));
    assert_eq!(operands, place.all_at(&["/y", "/gone"]));
    assert_eq!(globs.names(), place.all_at(&["/x/a", "/x/b"]));
    assert!(are_wanted(&[], &files, false) && !are_wanted(&[], &files, true));
    assert!(!are_wanted(&[], &["-".into(), place.at("/y")], false) && are_wanted(&["*".into()], &[], true));
    let mut as_tail = options(vec![], files.clone());
    as_tail.called_tail = true;
    let mut without_follow = options(vec![], files.clone());
    without_follow.follow = None;
    for options in [as_tail, without_follow] {
        let (globs, operands) = Globs::new(&options);
        assert!(globs.is_empty());
        assert_eq!(operands, files);
    }
}

#[test]
fn a_file_is_found_once() {
    let place = Place::new(&["x/a", "x/b", "x/c"]);
    std::os::unix::fs::symlink("x", place.path().join("link")).expect("a link");
    // One folder by three names, with an operand in it by a fourth.
    let patterns = place.all_at(&["/x/*", "/link/a", "//x"]);
    let (globs, operands) = Globs::new(&options(patterns, place.all_at(&["/x/../x/b", "/a"])));
    assert_eq!(operands.len(), 2);
    assert_eq!(globs.folders().count(), 1);
    assert_eq!(globs.names(), place.all_at(&["/x/a", "/x/c"]));
    assert_eq!(globs.wanted(0, OsStr::new("b")), None);
}

#[test]
fn names_as_users_write_them() {
    let folder = |path: &str| Folder {
        path: path.into(),
        identity: None,
        patterns: vec![c"*".to_owned()],
        taken: BTreeSet::new(),
    };
    for (path, name, whole) in
        [(".", "a", "a"), (".", "-", "./-"), ("/", "a", "/a"), ("x/y", "a", "x/y/a"), ("..", "-", "../-")]
    {
        assert_eq!(folder(path).name_of(OsStr::new(name)), whole);
    }
    for (whole, path, name) in [
        ("*.log", ".", "*.log"),
        ("./*.log", ".", "*.log"),
        ("/*", "/", "*"),
        ("//*", "/", "*"),
        ("x//*", "x", "*"),
        ("x/y/", "x/y", ""),
    ] {
        assert_eq!(split(OsStr::new(whole)), (OsStr::new(path), OsStr::new(name)), "{whole}");
    }
}

#[test]
fn patterns_that_make_no_sense() {
    let place = Place::new(&["[x]/a"]);
    let told = |pattern: &OsStr| check(pattern).expect_err("it makes no sense");
    let quoted =
        |text: &str, why: &str| UsageFault::plain(bytes!["invalid pattern: ", quote::value(text), why]);
    assert_eq!(told(OsStr::new("")), quoted("", ""));
    let why = ": wildcards can stand for names of files, not of directories";
    assert_eq!(told(OsStr::new("gone*/a")), quoted("gone*/a", why));
    check(OsStr::new("gone?/")).expect_err("it may not end in a slash either");
    // A folder that is really called so.
    for literal in ["/[x]/*", "/[x]", "/[x]/"] {
        check(&place.at(literal)).expect("a folder");
        let (globs, _) = Globs::new(&options(vec![place.at(literal)], vec![]));
        assert_eq!(globs.names(), place.all_at(&["/[x]/a"]));
    }
}

#[test]
fn folders_that_cannot_be_read() {
    let place = Place::new(&["x/a"]);
    let (globs, _) = Globs::new(&options(place.all_at(&["/gone/*", "/x/*"]), vec![]));
    let mut told = Vec::new();
    let names = globs.list(|fault| told.push(fault.to_string()));
    assert_eq!(names, place.all_at(&["/x/a"]));
    let gone = place.path().join("gone");
    assert_eq!(told, [format!("cannot open '{}' for reading: No such file or directory", gone.display())]);
    assert_eq!(globs.folders().count(), 2, "it may appear");
}
