//! Many files, few descriptors: the order is exact whatever is read ahead.

use crate::harness::{Ended, Limit, Scene, oracles};

/// `count` files of very different sizes; their names, and all of them in a row.
fn library(t: &Scene, count: usize) -> (Vec<String>, String) {
    let mut whole = String::new();
    let names = (0..count).map(|i| {
        let size = match i % 50 {
            0 => 0,
            7 => 5_000,
            23 => 20_000,
            other => other,
        };
        let text = format!("file {i}\n").repeat(size);
        let name = format!("n{i}");
        t.file(&name, &text);
        whole += &text;
        name
    });
    (names.collect(), whole)
}

#[test]
fn a_thousand_files_with_few_descriptors() {
    let t = Scene::new();
    let (names, whole) = library(&t, 1000);
    t.cat(&names).go().stdout_is(&whole).fine();
    for files in [300, 64, 16] {
        t.cat(&names).limit(Limit::Files(files)).go().stdout_is(&whole).fine();
        t.cat(&["-u", "-"]).args(&names).stdin("").limit(Limit::Files(files)).go().stdout_is(&whole).fine();
    }
    t.cat(&names).redirect(">out").limit(Limit::Files(16)).go().fine();
    t.holds("out", whole);
}

/// So few that there is none for a ring: one for the file that is read has to do.
#[test]
fn one_descriptor_to_spare() {
    let t = Scene::new();
    let (names, whole) = library(&t, 100);
    for files in [8, 6, 5, 4] {
        let run = t.cat(&names).any_engine().limit(Limit::Files(files));
        run.clone().go().stdout_is(&whole).fine();
        run.redirect(">out").go().fine();
        t.holds("out", &whole);
    }
}

#[test]
fn ten_thousand_arguments() {
    let t = Scene::new();
    let (names, whole) = library(&t, 100);
    let many: Vec<&String> = names.iter().cycle().take(10_000).collect();
    t.cat(&many).go().stdout_is(whole.repeat(100)).fine();
}

#[test]
fn one_file_many_times() {
    let t = Scene::new();
    t.file("a", "again\n");
    let words = vec!["a"; 2000];
    t.cat(&words).go().stdout_is("again\n".repeat(2000)).fine();
    t.cat(&words).redirect("<a >out").go().fine();
    t.holds("out", "again\n".repeat(2000));
}

#[test]
fn numbered_through_a_thousand_files() {
    use super::model::Format;
    let t = Scene::new();
    let (names, whole) = library(&t, 1000);
    let expected = Format::of("-nE").apply(whole.as_bytes());
    t.cat(&["-nE"]).args(&names).go().stdout_is(&expected).fine();
    t.cat(&["-nE"]).args(&names).limit(Limit::Files(16)).go().stdout_is(&expected).fine();
}

/// Files, empty files, missing files, directories, /proc: in one command, with both streams in one pipe.
fn mixture(t: &Scene) -> (Vec<String>, String) {
    let mut expected = String::new();
    let version = std::fs::read_to_string("/proc/version").unwrap();
    t.folder("d");
    let names = (0..600).map(|i| {
        let name = format!("m{i}");
        let text = match i % 10 {
            3 => String::new(),
            5 => {
                expected += &format!("cat: {name}: No such file or directory\n");
                return name;
            }
            6 => {
                expected += "cat: d: Is a directory\n";
                return "d".into();
            }
            8 => {
                expected += &version;
                return "/proc/version".into();
            }
            9 if i % 100 == 99 => format!("big {i}\n").repeat(100_000),
            _ => format!("small {i}\n"),
        };
        t.file(&name, &text);
        expected += &text;
        name
    });
    (names.collect(), expected)
}

#[test]
fn a_mixture_in_its_order() {
    let t = Scene::new();
    let (names, expected) = mixture(&t);
    let all = |ended: Ended| ended.stdout_is(&expected).code(1);
    all(t.cat(&names).redirect("2>&1").go());
    all(t.cat(&names).redirect("2>&1").limit(Limit::Files(16)).go());
    t.cat(&names).redirect(">>log 2>&1").go().code(1);
    t.holds("log", &expected);
}

#[test]
fn a_mixture_as_gnu_has_it() {
    let t = Scene::new();
    let (names, _) = mixture(&t);
    for options in ["-u", "-n", "-A"] {
        t.cat(&[options, "-"]).args(&names).stdin("typed\n").like(&oracles("cat")).code(1);
    }
}

#[test]
fn nothing_but_failures() {
    let t = Scene::new();
    let names: Vec<String> = (0..3000).map(|i| format!("gone{i}")).collect();
    let expected: String = names.iter().map(|n| format!("cat: {n}: No such file or directory\n")).collect();
    t.cat(&names).go().stdout_is("").stderr_is(expected).code(1);
}

/// A file that is written while cat runs is read as it is when its turn comes, or later: not from before the
/// command began. (The shell's `cat a b >c; cat c` must never see an old `c`.)
#[test]
fn files_just_written_are_seen() {
    let t = Scene::new();
    for i in 0..50 {
        let text = format!("version {i}\n");
        t.file("a", &text);
        t.cat(&["a", "a"]).redirect(">b").go().fine();
        t.cat(&["b"]).go().stdout_is(text.repeat(2)).fine();
    }
}
