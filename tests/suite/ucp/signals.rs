//! Signals in the middle of a copy, and what they leave behind.

use std::fs;
use std::io::Write;

use super::changing::until;
use crate::harness::{Live, Scene, only_ours};

/// Starts `cp OPTIONS p new` and feeds it a part of what will never end.
fn half_way(t: &Scene, options: &[&str]) -> (Live, fs::File) {
    let live = t.cp(options).args(&["p", "new"]).start();
    let mut pipe = fs::OpenOptions::new().write(true).open(t.path("p")).unwrap();
    pipe.write_all(&vec![b'x'; 300_000]).unwrap();
    until(|| t.path("new").exists());
    (live, pipe)
}

#[test]
fn kill_it_as_any_other() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP] {
        let t = Scene::new();
        t.fifo("p");
        let (live, _pipe) = half_way(&t, &[]);
        live.signal(signal);
        live.end().killed_by(signal).stderr_is("");
    }
}

#[test]
fn nothing_partial_is_left() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.fifo("p");
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let (live, _pipe) = half_way(&t, &[]);
        live.signal(signal);
        live.end().killed_by(signal).stderr_is("");
        assert!(!t.path("new").exists());
        let (live, _pipe) = half_way(&t, &["--keep-partial"]);
        live.signal(signal);
        live.end().killed_by(signal).stderr_is("");
        assert!(t.path("new").exists());
        fs::remove_file(t.path("new")).unwrap();
    }
}

/// A file of a gigabyte of zeros, of which a little is copied until the signal comes.
#[test]
fn in_the_middle_of_a_big_file() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("first", "first\n").folder("d");
    fs::File::create(t.path("huge")).unwrap().set_len(4 << 30).unwrap();
    for keep in [false, true] {
        let options: &[&str] = if keep { &["--keep-partial", "--sparse=never"] } else { &["--sparse=never"] };
        let live = t.cp(options).args(&["first", "huge", "d"]).start();
        until(|| fs::metadata(t.path("d/huge")).is_ok_and(|metadata| metadata.len() > 0));
        live.signal(libc::SIGINT);
        live.end().killed_by(libc::SIGINT).stderr_is("");
        assert_eq!(t.path("d/huge").exists(), keep);
        t.holds("d/first", "first\n");
    }
}

#[test]
fn in_the_middle_of_many_files() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.folder("s");
    for i in 0..2000 {
        t.file(format!("s/{i}"), format!("{i}\n").repeat(1000));
    }
    let live = t.cp(&["-r", "s", "new"]).start();
    until(|| fs::read_dir(t.path("new")).is_ok_and(|entries| entries.count() > 20));
    live.signal(libc::SIGINT);
    let ended = live.end();
    assert!(
        ended.status.code() == Some(0)
            || std::os::unix::process::ExitStatusExt::signal(&ended.status) == Some(libc::SIGINT)
    );
    for entry in fs::read_dir(t.path("new")).unwrap() {
        let path = entry.unwrap().path();
        let expected = format!("{}\n", path.file_name().unwrap().to_string_lossy()).repeat(1000);
        assert!(fs::read(&path).unwrap() == expected.as_bytes(), "{} is not whole", path.display());
    }
}

#[test]
fn ignored_ones_change_nothing() {
    let t = Scene::new();
    t.fifo("p");
    let live = t.cp(&["p", "new"]).ignoring(libc::SIGINT).ignoring(libc::SIGHUP).start();
    let mut pipe = fs::OpenOptions::new().write(true).open(t.path("p")).unwrap();
    pipe.write_all(b"one\n").unwrap();
    live.signal(libc::SIGINT);
    live.signal(libc::SIGHUP);
    pipe.write_all(b"two\n").unwrap();
    drop(pipe);
    live.finish().fine();
    t.holds("new", "one\ntwo\n");
}

#[test]
fn stopped_and_continued() {
    let t = Scene::new();
    t.fifo("p");
    let live = t.cp(&["p", "new"]).start();
    let mut pipe = fs::OpenOptions::new().write(true).open(t.path("p")).unwrap();
    for i in 0..20 {
        live.stopped(|| ());
        live.stopped(|| writeln!(pipe, "{i}").unwrap());
    }
    drop(pipe);
    live.finish().fine();
    t.holds("new", (0..20).map(|i| format!("{i}\n")).collect::<String>());
}

#[test]
fn killed_while_it_asks() {
    let t = Scene::new();
    t.file("a", "a").file("b", "b");
    let live = t.cp(&["-i", "a", "b"]).stdin_typed().start();
    live.stderr.until("cp: overwrite 'b'? ");
    live.signal(libc::SIGINT);
    live.end().killed_by(libc::SIGINT);
    t.holds("b", "b");
}
