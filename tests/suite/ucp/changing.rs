//! Sources and destinations that change while they are copied.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Instant;

use crate::harness::{NOBODY, PATIENCE, Scene, sys};

/// Looks again and again until `enough`, or until the command has ended anyway.
pub fn until(enough: impl Fn() -> bool) {
    let start = Instant::now();
    while !enough() {
        if start.elapsed() > PATIENCE {
            return;
        }
        std::thread::yield_now();
    }
}

fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn entries(path: &Path) -> usize {
    fs::read_dir(path).map_or(0, Iterator::count)
}

fn content() -> Vec<u8> {
    (0..4_000_000_u64).flat_map(u64::to_be_bytes).collect()
}

#[test]
fn a_source_that_grows() {
    let content = content();
    for how in ["--reflink=auto", "--reflink=never", "--sparse=always"] {
        let t = Scene::new();
        t.file("a", &content);
        let live = t.cp(&[how, "a", "new"]).start();
        until(|| size(&t.path("new")) > 0);
        let mut file = OpenOptions::new().append(true).open(t.path("a")).unwrap();
        file.write_all(&vec![b'+'; 1_234_567]).unwrap();
        live.finish().fine();
        let got = t.read("new");
        assert!(got.len() >= content.len() && t.read("a").starts_with(&got), "{} bytes", got.len());
    }
}

#[test]
fn a_source_that_shrinks() {
    let content = content();
    for how in ["--reflink=auto", "--reflink=never", "--sparse=always"] {
        let t = Scene::new();
        t.file("a", &content);
        let live = t.cp(&[how, "a", "new"]).start();
        until(|| size(&t.path("new")) > 0);
        OpenOptions::new().write(true).open(t.path("a")).unwrap().set_len(1 << 20).unwrap();
        live.finish().fine();
        let got = t.read("new");
        assert!(got.len() >= 1 << 20 && content.starts_with(&got), "{} bytes", got.len());
    }
}

fn many(t: &Scene) {
    t.folder("s");
    for folder in 0..10 {
        t.folder(&format!("s/{folder}"));
        for file in 0..60 {
            t.file(format!("s/{folder}/{file}"), format!("{folder} {file}\n").repeat(file * 20));
        }
    }
}

/// Whatever is there is whole.
#[track_caller]
fn all_whole(t: &Scene, folder: &str) -> usize {
    let mut found = 0;
    for entry in fs::read_dir(t.path(folder)).unwrap() {
        let folder = entry.unwrap().path();
        let first = folder.file_name().unwrap().to_string_lossy().into_owned();
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let second = path.file_name().unwrap().to_string_lossy().into_owned();
            let expected = format!("{first} {second}\n").repeat(second.parse::<usize>().unwrap() * 20);
            let got = fs::read(&path).unwrap();
            assert!(
                got == expected.as_bytes(),
                "{}: {} of {} bytes",
                path.display(),
                got.len(),
                expected.len()
            );
            found += 1;
        }
    }
    found
}

#[test]
fn sources_that_vanish() {
    let t = Scene::new();
    many(&t);
    let live = t.cp(&["-r", "s", "new"]).start();
    until(|| entries(&t.path("new")) > 0);
    for folder in (0..10).rev() {
        for file in (0..60).rev() {
            fs::remove_file(t.path(format!("s/{folder}/{file}"))).unwrap();
        }
        fs::remove_dir(t.path(format!("s/{folder}"))).unwrap();
    }
    let ended = live.finish();
    let told = String::from_utf8(ended.stderr).unwrap();
    for line in told.lines() {
        let known = ["cannot stat 's/", "cannot open 's/", "cannot access 's/"]
            .iter()
            .any(|text| line.contains(text));
        assert!(known && line.ends_with(": No such file or directory"), "{line}");
    }
    assert_eq!(ended.status.code(), Some(i32::from(!told.is_empty())), "{told}");
    all_whole(&t, "new");
}

/// For an ordinary user, that is: root may write everywhere.
#[test]
fn a_destination_that_becomes_read_only() {
    let t = Scene::new();
    many(&t);
    t.folder("new");
    if sys::is_root() {
        std::os::unix::fs::chown(t.path("new"), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let live = t.cp(&["-rT", "s", "new"]).without_rights().start();
    until(|| entries(&t.path("new/3")) > 10 || entries(&t.path("new")) > 8);
    for entry in fs::read_dir(t.path("new")).unwrap() {
        fs::set_permissions(entry.unwrap().path(), Permissions::from_mode(0o555)).unwrap();
    }
    let ended = live.finish();
    let told = String::from_utf8(ended.stderr).unwrap();
    for line in told.lines() {
        assert!(line.starts_with("cp: cannot ") && line.ends_with(": Permission denied"), "{line}");
    }
    assert_eq!(ended.status.code(), Some(i32::from(!told.is_empty())), "{told}");
    let found = all_whole(&t, "new");
    assert_eq!(found + told.lines().count(), 600, "{told}");
}

/// Files that are replaced by others while they are copied: each copy is one of them, never a mixture.
#[test]
fn sources_that_are_replaced() {
    let t = Scene::new();
    t.folder("s");
    let (old, new) = ("old\n".repeat(3000), "newer\n".repeat(2000));
    for i in 0..300 {
        t.file(format!("s/{i}"), &old);
    }
    let live = t.cp(&["-r", "s", "new"]).start();
    for i in (0..300).rev() {
        t.file("other", &new);
        fs::rename(t.path("other"), t.path(format!("s/{i}"))).unwrap();
    }
    let ended = live.finish();
    let told = String::from_utf8(ended.stderr).unwrap();
    for line in told.lines() {
        let vanished = line.ends_with("No such file or directory");
        assert!(vanished || line.ends_with("as it was replaced while being copied"), "{line}");
    }
    for entry in fs::read_dir(t.path("new")).unwrap() {
        let got = fs::read(entry.unwrap().path()).unwrap();
        assert!(
            got.is_empty() && !told.is_empty() || got == old.as_bytes() || got == new.as_bytes(),
            "{} bytes",
            got.len()
        );
    }
}
