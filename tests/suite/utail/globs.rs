//! `--glob`, where nothing is followed.

use crate::harness::{Scene, only_ours};

fn scene() -> Scene {
    let t = Scene::new();
    t.file("b.log", "b\n").file("a.log", "1\na").file(".hidden.log", "h\n").file("c.txt", "c\n");
    t.folder("d.log").file("d.log/x", "x\n").folder("[e]").file("[e]/y", "y\n");
    t
}

#[test]
fn files_that_match_by_order_of_their_names() {
    if only_ours() {
        return;
    }
    let t = scene();
    t.utail(&["--glob=*.log"]).go().stdout_is("==> a.log <==\n1\na\n==> b.log <==\nb\n").fine();
    t.utail(&["-q", "-n1", "--glob", "*.log"]).go().stdout_is("ab\n").fine();
    t.utail(&["--prefix", "--glob=*.log"]).go().stdout_is("a.log: 1\na.log: a\nb.log: b\n").fine();
    t.utail(&["--prefix", "--glob=.*.log"]).go().stdout_is(".hidden.log: h\n").fine();
    t.utail(&["--prefix", "--glob=d.log", "--glob=[e]/*"]).go().stdout_is("[e]/y: y\nd.log/x: x\n").fine();
    t.tail(&["--glob=./c*", "-v"]).go().stdout_is("==> c.txt <==\nc\n").fine();
}

#[test]
fn operands_come_first_and_only_once() {
    if only_ours() {
        return;
    }
    let t = scene();
    let expected = "./b.log: b\nc.txt: c\na.log: 1\na.log: a";
    t.utail(&["--prefix", "--glob=*.log", "./b.log", "c.txt"]).go().stdout_is(expected).fine();
    t.utail(&["--prefix", "--glob=*.log", "-"])
        .stdin("typed")
        .go()
        .stdout_is("standard input: typed\na.log: 1\na.log: a\nb.log: b\n")
        .fine();
}

#[test]
fn nothing_matches() {
    if only_ours() {
        return;
    }
    let t = scene();
    // Standard input is not what was meant.
    t.utail(&["--glob=*.gone"]).stdin("typed\n").go().stdout_is("").fine();
    let folder = "utail: cannot open 'gone' for reading: No such file or directory\n";
    t.utail(&["--prefix", "--glob=gone/*", "c.txt"]).go().stdout_is("c.txt: c\n").stderr_is(folder).code(1);
}

#[test]
fn wildcards_are_for_files() {
    if only_ours() {
        return;
    }
    let t = scene();
    let folders =
        "utail: invalid pattern: '*/x': wildcards can stand for names of files, not of directories\n";
    t.utail(&["--glob=*/x", "c.txt"]).go().stdout_is("").stderr_is(folders).code(1);
    t.utail(&["--glob="]).go().stdout_is("").stderr_is("utail: invalid pattern: ''\n").code(1);
}
