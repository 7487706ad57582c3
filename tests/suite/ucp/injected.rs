//! Operations that fail for good, and a disk that lies.
//!
//! Own faults: each command says which ones it gets.

use std::fs;

use crate::harness::{Scene, has_injector, skip};

const FILES: usize = 120;

fn content(n: usize) -> Vec<u8> {
    format!("{n} ").into_bytes().into_iter().cycle().take(n * 997 % 90_000).collect()
}

/// What is not in memory goes through the ring, in chains: only root can see to that.
fn forget_caches() {
    let forgotten = fs::write("/proc/sys/vm/drop_caches", "3");
    if forgotten.is_err() {
        skip("no chains from a cold cache without root");
    }
}

/// Copies a tree while one operation in some fails; says how many files were not copied.
fn copy_on_bad_disk(t: &Scene, seed: usize, options: &[&str], to: &str) -> usize {
    let faults = format!("seed={seed},short=8,eio=12");
    forget_caches();
    let ended = t.cp(options).args(&["-r", "s", to]).env("RINGUTILS_FAULTS", faults).go();
    let told = String::from_utf8(ended.stderr.clone()).expect("ASCII");
    let mut failed = 0;
    for n in 0..FILES {
        let named = told
            .lines()
            .any(|line| line.contains(&format!("'s/{n}'")) || line.contains(&format!("'{to}/{n}'")));
        let whole = fs::read(t.path(format!("{to}/{n}"))).is_ok_and(|found| found == content(n));
        assert!(whole || named, "{to}/{n} is not whole, and nothing was said: {told}");
        failed += usize::from(named);
    }
    let expected = i32::from(failed > 0 || !told.is_empty());
    ended.code(expected);
    failed
}

#[test]
fn each_file_is_whole_or_named() {
    if !has_injector() {
        return;
    }
    let t = Scene::new();
    t.folder("s");
    for n in 0..FILES {
        t.file(format!("s/{n}"), content(n));
    }
    let mut failed = 0;
    for seed in 1..=6 {
        for (which, options) in
            [&[][..], &["--reflink=never"], &["--sparse=always"], &["--atomic"]].iter().enumerate()
        {
            failed += copy_on_bad_disk(&t, seed * 7919, options, &format!("new{seed}.{which}"));
        }
    }
    assert!(failed > 0, "no fault was injected");
}

/// Under `--atomic` what could not be copied whole is what it was.
#[test]
fn old_files_stay_whole() {
    if !has_injector() {
        return;
    }
    let t = Scene::new();
    let new = "new\n".repeat(50_000);
    t.file("a", &new).file("b", "old\n");
    let mut kept = 0;
    for seed in 1..=30 {
        t.file("b", "old\n");
        let faults = format!("seed={},short=3,eio=4", seed * 7919);
        let ended = t.cp(&["--atomic", "--reflink=never", "a", "b"]).env("RINGUTILS_FAULTS", faults).go();
        let failed = ended.status.code() != Some(0);
        t.holds("b", if failed { "old\n" } else { &new });
        kept += usize::from(failed);
        let left: Vec<_> = fs::read_dir(t.dir())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
    assert!(kept > 0, "no fault was injected");
}

#[test]
fn a_lying_disk_is_found_out() {
    if !has_injector() {
        return;
    }
    let t = Scene::new();
    t.file("a", "x".repeat(700_000));
    t.cp(&["a", "b"]).env("RINGUTILS_FAULTS", "").go().fine();
    let mut found = 0;
    for seed in 1..=5 {
        let faults = format!("seed={},flip=2", seed * 7919);
        let ended = t.cp(&["--verify", "a", "b"]).env("RINGUTILS_FAULTS", faults).go();
        if fs::read(t.path("b")).expect("b") == fs::read(t.path("a")).expect("a") {
            ended.fine();
        } else {
            ended.code(1).stderr_has("verification failed: 'b' differs from 'a' at byte ");
            found += 1;
        }
    }
    assert!(found > 0, "nothing was corrupted");
}
