//! Called `b3sum`: BLAKE3's own command, held against it.

use std::ffi::OsString;

use super::{HELLO, names, noise};
use crate::harness::{Ended, Run, Scene, Tool, b3sum_oracle, only_ours};

/// Its messages have Rust's error numbers in them, ours have not; and `Error:` in front of some.
fn tidy(mut ended: Ended) -> Ended {
    for text in [&mut ended.stdout, &mut ended.stderr] {
        let mut tidied = String::from_utf8_lossy(text).into_owned();
        while let Some(at) = tidied.find(" (os error ") {
            let end = tidied[at..].find(')').map_or(tidied.len(), |end| at + end + 1);
            tidied.replace_range(at..end, "");
        }
        if std::str::from_utf8(text).is_ok() {
            *text = tidied.into_bytes();
        }
    }
    ended
}

#[track_caller]
fn alike(run: &Run, oracle: &Tool) -> Ended {
    let ours = run.clone().go();
    if let Some(report) = ours.difference_from(&tidy(run.clone().by(oracle).go())) {
        panic!("{report}by {:?}", oracle.maker);
    }
    ours
}

/// The command to compare with, where ours is under test.
fn oracle() -> Option<Tool> {
    if only_ours() { None } else { b3sum_oracle() }
}

/// As other programs read it, without anybody to compare with.
#[test]
fn known_values() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("abc", "abc").file("n\nl", "");
    let (abc, empty) = (
        "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
    );
    let both = ["abc", "n\nl"];
    for (args, expected) in [
        (&[][..], format!("{abc}  abc\n\\{empty}  n\\nl\n")),
        (&["--tag"], format!("BLAKE3 (abc) = {abc}\n\\BLAKE3 (n\\nl) = {empty}\n")),
        (&["--no-names"], format!("{abc}\n{empty}\n")),
        (&["--tag", "-l4"], "BLAKE3 (abc) = 6437b3ac\n\\BLAKE3 (n\\nl) = af1349b9\n".into()),
        (&["-l", "4"], "6437b3ac  abc\n\\af1349b9  n\\nl\n".into()),
        (&["--num-threads=1", "--no-mmap"], format!("{abc}  abc\n\\{empty}  n\\nl\n")),
    ] {
        t.sum("b3sum", args).args(&both).go().stdout_is(expected).fine();
    }
    t.sum("b3sum", &["--raw", "-l", "2", "abc"]).go().stdout_is(b"\x64\x37").fine();
    t.sum("b3sum", &[""; 0]).stdin("abc").go().stdout_is(format!("{abc}  -\n")).fine();
    for option in [&["--keyed"][..], &["--derive-key", "x"], &["--seek", "1"]] {
        let ended = t.sum("b3sum", option).arg("abc").go().stdout_is("");
        assert!(!ended.status.success() && !ended.stderr.is_empty(), "{ended:?}");
    }
}

#[test]
fn lines() {
    let Some(b3sum) = oracle() else { return };
    let t = Scene::in_memory();
    let sizes =
        [0, 1, 63, 64, 65, 1023, 1024, 1025, 2048, 16_383, 16_385, 65_536, 131_073, 1 << 20, (4 << 20) + 1];
    let bytes = noise((4 << 20) + 1);
    let files: Vec<String> = sizes.iter().map(|size| format!("s{size}")).collect();
    for (name, size) in files.iter().zip(sizes) {
        t.file(name, &bytes[..size]);
    }
    for options in [&[][..], &["--tag"], &["--no-names"], &["-l", "5"], &["-l131"], &["--tag", "-l", "64"]] {
        alike(&t.sum("b3sum", options).args(&files), &b3sum).fine();
    }
    for options in [&["--raw"][..], &["--raw", "-l", "100"], &["--num-threads", "2"], &["--no-mmap"]] {
        alike(&t.sum("b3sum", options).arg("s65536"), &b3sum).fine();
        alike(&t.sum("b3sum", options).stdin(&bytes[..100_000]), &b3sum).fine();
        alike(&t.sum("b3sum", options).arg("-").redirect("<s1025"), &b3sum).fine();
    }
}

#[test]
fn names_of_files() {
    let Some(b3sum) = oracle() else { return };
    let (t, names) = names::scene();
    // What is not UTF-8, and CR, it treats in ways of its own.
    let plain = |name: &&OsString| name.to_str().is_some_and(|name| !name.contains('\r'));
    let names: Vec<&OsString> = names.iter().filter(plain).collect();
    for options in [&[][..], &["--tag"]] {
        alike(&t.sum("b3sum", options).args(&names), &b3sum).fine();
    }
}

#[test]
fn files_that_are_not_there() {
    let Some(b3sum) = oracle() else { return };
    let t = Scene::new();
    t.file("f", HELLO).folder("d");
    for args in [&["gone", "f"][..], &["f", "gone", "f"], &["f", "f/x"]] {
        alike(&t.sum("b3sum", args), &b3sum).code(1);
    }
}

#[test]
fn checks() {
    let Some(b3sum) = oracle() else { return };
    let t = Scene::new();
    t.file("f", HELLO).file("g", "x").file("n\nl", "y").file("a b", "");
    let files = ["f", "g", "n\nl", "a b"];
    let list = t.sum("b3sum", &files).go().fine().stdout;
    let tagged = t.sum("b3sum", &["--tag"]).args(&files).go().fine().stdout;
    let zeros = format!("{}  f\n", "0".repeat(64)).into_bytes();
    let gone = format!("{}  gone\n", "0".repeat(64)).into_bytes();
    for list in [
        list.clone(),
        [&list[..], &zeros, &gone, &list, &gone].concat(),
        [&zeros[..], &list].concat(),
        gone,
        tagged,
        list.strip_suffix(b"\n").unwrap().to_vec(),
        String::from_utf8(list).unwrap().replace('\n', "\r\n").into_bytes(),
    ] {
        t.file("list", list);
        for options in [&["-c"][..], &["--check", "--quiet"]] {
            alike(&t.sum("b3sum", options).arg("list"), &b3sum);
            alike(&t.sum("b3sum", options).redirect("<list"), &b3sum);
            alike(&t.sum("b3sum", options).args(&["list", "list"]), &b3sum);
        }
    }
}
