//! `==> NAME <==` between several files.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::numbered;
use crate::harness::{Scene, oracles};

fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", "from a\n").file("b", "from b\n").file("empty", "").file("no end", "no end").folder("d");
    t
}

#[test]
fn between_files() {
    let t = scene();
    let expected = "==> a <==\nfrom a\n\n==> b <==\nfrom b\n";
    t.tail(&["a", "b"]).go().stdout_is(expected).fine();
    let expected = "==> a <==\nfrom a\n\n==> - <==\n\n==> no end <==\nno end\n==> a <==\nfrom a\n";
    t.file("./-", "");
    t.tail(&["a", "./-", "no end", "a"])
        .like(&oracles("tail"))
        .stdout_is(expected.replace("> - <", "> ./- <"))
        .fine();
    t.tail(&["-v", "a"]).go().stdout_is("==> a <==\nfrom a\n").fine();
    t.tail(&["-v"]).stdin("typed\n").go().stdout_is("==> standard input <==\ntyped\n").fine();
    let expected = "==> empty <==\n\n==> standard input <==\ntyped\n\n==> empty <==\n";
    t.tail(&["empty", "-", "empty"]).stdin("typed\n").go().stdout_is(expected).fine();
}

/// A file that is not opened has none; one that can't be read has.
#[test]
fn of_files_that_fail() {
    let t = scene();
    let told = "tail: cannot open 'gone' for reading: No such file or directory\n\
                tail: error reading 'd': Is a directory\n";
    let expected = "==> a <==\nfrom a\n\n==> d <==\n\n==> b <==\nfrom b\n";
    t.tail(&["gone", "a", "d", "b"]).like(&oracles("tail")).stdout_is(expected).stderr_is(told).code(1);
    for words in [
        &["gone", "a"][..],
        &["a", "gone"],
        &["gone", "gone"],
        &["d"],
        &["-v", "d"],
        &["-v", "gone"],
        &["-q", "d", "a", "gone"],
        &["d", "d"],
        &["-n+1", "d", "a"],
        &["-c3", "d", "a"],
        &["-c+3", "d", "a"],
    ] {
        t.tail(words).like(&oracles("tail")).code(1);
        t.tail(words).redirect("2>&1").like(&oracles("tail")).code(1);
    }
}

/// In a header names are as they are, whatever is in them.
#[test]
fn names_are_not_quoted() {
    let t = scene();
    for name in [
        &b"with space"[..],
        b"it's",
        b"a\nb",
        b"\xFF",
        "é".as_bytes(),
        b"$x",
        b"~x",
        b"*",
        b"a:b",
        b"\x1B[1m",
    ] {
        let name = OsStr::from_bytes(name);
        t.file(name, "content\n");
        let expected = [b"==> ", name.as_bytes(), b" <==\ncontent\n"].concat();
        for locale in ["C", "C.UTF-8"] {
            t.tail(&["-v".as_ref(), name]).env("LC_ALL", locale).go().stdout_is(&expected).fine();
        }
        t.tail(&[name, "gone".as_ref(), name]).like(&oracles("tail")).code(1);
    }
    t.tail(&["./a", "d/../a", "//proc/self/../version"]).like(&oracles("tail")).fine();
}

#[test]
fn with_every_part() {
    let t = scene();
    t.file("long", numbered(20_000)).file("z", "x\0y\0");
    for part in ["-n1", "-n+1", "-c3", "-c+3", "-n0", "-n+100000", "-zn1", "-n20000", "-c100000"] {
        for files in
            [&["a", "long", "b"][..], &["long", "empty", "z", "long"], &["-", "a", "-"], &["a", "a", "a"]]
        {
            t.tail(&[part]).args(files).stdin(numbered(100)).like(&oracles("tail")).fine();
            t.tail(&[part]).args(files).redirect("<long").like(&oracles("tail")).fine();
            t.tail(&["-q", part]).args(files).stdin("typed").like(&oracles("tail")).fine();
        }
    }
}
