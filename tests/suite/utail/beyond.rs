//! What only ours has, where nothing is followed: `--prefix`.

use super::numbered;
use crate::harness::{Scene, only_ours};

fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", "one\ntwo\n").file("b", "three\nno end").file("empty", "").file("z", "x\0y\0").folder("d");
    t
}

#[test]
fn each_line_begins_with_the_name_of_its_file() {
    if only_ours() {
        return;
    }
    let t = scene();
    t.utail(&["--prefix", "a"]).go().stdout_is("a: one\na: two\n").fine();
    t.utail(&["--prefix", "-n1", "a", "empty", "a"]).go().stdout_is("a: two\na: two\n").fine();
    t.utail(&["--prefix", "-n1"]).stdin("typed\n").go().stdout_is("standard input: typed\n").fine();
    t.utail(&["--prefix", "-v", "a"]).go().stdout_is("a: one\na: two\n").fine();
    let expected: String = (1..=3000).map(|n| format!("long: {n}\n")).collect();
    t.file("long", numbered(3000));
    for words in [&["-n3000"][..], &["-n+1"], &["-c+1"]] {
        t.utail(&["--prefix", "long"]).args(words).go().stdout_is(&expected).fine();
        t.utail(&["--prefix", "long"]).args(words).redirect(">out").go().fine();
        t.holds("out", &expected);
    }
    let missing = "utail: cannot open 'gone' for reading: No such file or directory\n";
    t.utail(&["--prefix", "gone", "a"]).go().stdout_is("a: one\na: two\n").stderr_is(missing).code(1);
}

#[test]
fn lines_that_end_in_zeros() {
    if only_ours() {
        return;
    }
    let t = scene();
    t.utail(&["--prefix", "-z", "z"]).go().stdout_is("z: x\0z: y\0").fine();
}
