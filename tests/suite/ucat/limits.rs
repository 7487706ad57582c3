//! Little memory: whatever the input, a few megabytes more than the program itself needs are enough.

use super::model::Format;
use crate::harness::{Run, Scene, in_little_memory};

fn little(t: &Scene, command: impl Fn() -> Run, check: impl Fn(Run)) {
    in_little_memory(&t.cat(&["--version"]), 0, command, check);
}

#[test]
fn a_big_file() {
    let t = Scene::new();
    let big = "0123456789abcde\n".repeat(50_000_000 / 16);
    t.file("big", &big);
    little(
        &t,
        || t.cat(&["big"]),
        |run| {
            run.clone().go().stdout_is(&big).fine();
            run.redirect(">out").go().fine();
            t.holds("out", &big);
        },
    );
    little(
        &t,
        || t.cat(&["-"]),
        |run| {
            run.clone().stdin(big.as_str()).go().stdout_is(&big).fine();
        },
    );
}

#[test]
fn a_big_file_numbered() {
    let t = Scene::new();
    let big = "0123456789abcde\n".repeat(50_000_000 / 16);
    t.file("big", &big);
    let expected = Format::of("-n").apply(big.as_bytes());
    little(
        &t,
        || t.cat(&["-n", "big"]),
        |run| {
            run.go().stdout_is(&expected).fine();
        },
    );
}

/// A line is never held as a whole.
#[test]
fn one_very_long_line() {
    let t = Scene::new();
    let line = vec![0xFF; 10_000_000];
    t.file("line", &line);
    little(
        &t,
        || t.cat(&["-A", "line"]),
        |run| {
            run.go().stdout_is("M-^?".repeat(line.len())).fine();
        },
    );
}

#[test]
fn many_files() {
    let t = Scene::new();
    let names: Vec<String> = (0..500).map(|i| format!("n{i}")).collect();
    let mut all = String::new();
    for (i, name) in names.iter().enumerate() {
        let text = format!("file {i}\n").repeat(i * 20);
        t.file(name, &text);
        all += &text;
    }
    little(
        &t,
        || t.cat(&names),
        |run| {
            run.clone().go().stdout_is(&all).fine();
            run.redirect(">out").go().fine();
            t.holds("out", &all);
        },
    );
}
