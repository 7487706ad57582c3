//! Little memory: whatever the input, a few megabytes more than the program itself needs are enough.

use super::model::Format;
use crate::harness::{Limit, Run, Scene, gnu_under_test, has_io_uring};

const KIB: u64 = 1024;
const ENOUGH: u64 = 12 * 1024 * KIB;

/// The engines to be tested; for GNU's cat the variable means nothing.
fn engines() -> Vec<&'static str> {
    let uring = !gnu_under_test() && has_io_uring();
    ["threads"].into_iter().chain(uring.then_some("uring")).collect()
}

/// The smallest address space, to 64 KiB, in which the program can say its version.
fn least(t: &Scene) -> u64 {
    let suffices = |kib: u64| {
        let run = t.cat(&["--version"]).limit(Limit::AddressSpace(kib * KIB));
        run.go().status.success()
    };
    let (mut too_little, mut enough) = (64, 4 * 1024 * 1024);
    assert!(suffices(enough), "4 GiB do not suffice for --version");
    while enough - too_little > 64 {
        let middle = u64::midpoint(too_little, enough);
        if suffices(middle) {
            enough = middle;
        } else {
            too_little = middle;
        }
    }
    enough * KIB
}

/// Runs `command` with each engine in little more than what `--version` needs.
fn in_little_memory(t: &Scene, command: impl Fn() -> Run, check: impl Fn(Run)) {
    let limit = Limit::AddressSpace(least(t) + ENOUGH);
    for engine in engines() {
        check(command().env("RINGUTILS", format!("engine={engine}")).limit(limit));
    }
}

#[test]
fn a_big_file() {
    let t = Scene::new();
    let big = "0123456789abcde\n".repeat(50_000_000 / 16);
    t.file("big", &big);
    in_little_memory(
        &t,
        || t.cat(&["big"]),
        |run| {
            run.clone().go().stdout_is(&big).fine();
            run.redirect(">out").go().fine();
            t.holds("out", &big);
        },
    );
    in_little_memory(
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
    in_little_memory(
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
    in_little_memory(
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
    in_little_memory(
        &t,
        || t.cat(&names),
        |run| {
            run.clone().go().stdout_is(&all).fine();
            run.redirect(">out").go().fine();
            t.holds("out", &all);
        },
    );
}
