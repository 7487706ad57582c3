//! Many files, few descriptors: the order is exact whatever is read ahead.

use std::io::Write;

use super::model::{Part, from_byte, from_line, last_bytes, last_lines};
use super::newest;
use crate::harness::{Limit, Run, Scene, sys};

/// `count` files of very different sizes, and what is in them.
fn library(t: &Scene, count: usize) -> Vec<(String, String)> {
    let files = (0..count).map(|i| {
        let size = match i % 50 {
            0 => 0,
            7 => 1_000,
            23 => 4_000,
            other => other,
        };
        let text = format!("file {i}\n").repeat(size);
        let name = format!("n{i}");
        t.file(&name, &text);
        (name, text)
    });
    files.collect()
}

fn names(files: &[(String, String)]) -> Vec<&str> {
    files.iter().map(|(name, _)| name.as_str()).collect()
}

fn expected(files: &[(String, String)], part: Part) -> Vec<u8> {
    let mut whole = Vec::new();
    for (name, text) in files {
        let space = if whole.is_empty() { "" } else { "\n" };
        writeln!(whole, "{space}==> {name} <==").unwrap();
        whole.extend_from_slice(part.of(text.as_bytes()));
    }
    whole
}

/// As if nothing were cached, and so by two threads: nobody can say what is.
fn cold(run: Run) -> Run {
    run.deny(libc::ENOSYS, &[libc::SYS_openat2])
}

#[test]
fn two_thousand_with_few_descriptors() {
    let t = Scene::in_memory();
    let files = library(&t, 2000);
    for part in [last_lines(10), last_lines(2000), from_line(20), last_bytes(100), from_byte(1)] {
        let expected = expected(&files, part);
        let run = t.tail(&part.args()).args(&names(&files));
        run.clone().go().stdout_is(&expected).fine();
        run.clone().limit(Limit::Files(16)).go().stdout_is(&expected).fine();
        cold(run.clone()).go().stdout_is(&expected).fine();
        cold(run.clone()).limit(Limit::Files(40)).go().stdout_is(&expected).fine();
        run.redirect(">out").go().fine();
        t.holds("out", &expected);
    }
}

/// So few that there is none for a ring: one for the file that is read has to do.
#[test]
fn one_descriptor_to_spare() {
    let t = Scene::in_memory();
    let files = library(&t, 100);
    let expected = expected(&files, last_lines(10));
    for count in [64, 8, 6, 5, 4] {
        let run = t.tail(&names(&files)).any_engine().limit(Limit::Files(count));
        run.go().stdout_is(&expected).fine();
    }
}

#[test]
fn ten_thousand_arguments() {
    let t = Scene::in_memory();
    let files: Vec<_> = library(&t, 100).into_iter().cycle().take(10_000).collect();
    t.tail(&["-n3"]).args(&names(&files)).go().stdout_is(expected(&files, last_lines(3))).fine();
    t.file("a", "again\n");
    let words = vec!["a"; 3000];
    t.tail(&["-q"]).args(&words).go().stdout_is("again\n".repeat(3000)).fine();
}

/// Files, empty files, missing files, directories, /proc, and `stdin` if it shall be: in one command.
fn mixture(t: &Scene, count: usize, stdin: bool) -> Vec<String> {
    t.folder("d");
    let names = (0..count).map(|i| {
        let name = format!("m{i}");
        let text = match i % 10 {
            3 => String::new(),
            5 => return name,
            6 => return "d".into(),
            8 => return "/proc/version".into(),
            4 if i % 100 == 24 && stdin => return "-".into(),
            9 if i % 100 == 99 => format!("big {i}\n").repeat(30_000),
            _ => format!("small {i}\n"),
        };
        t.file(&name, &text);
        name
    });
    names.collect()
}

#[test]
fn a_mixture_as_gnu_has_it() {
    let t = Scene::in_memory();
    let names = mixture(&t, 600, true);
    for part in ["-n2", "-n20000", "-n+2", "-c30", "-c+3", "-zn1"] {
        let run = t.tail(&[part]).args(&names).stdin("one\ntwo\nthree\n");
        run.clone().like(&newest()).code(1);
        run.clone().redirect("2>&1").like(&newest()).code(1);
        run.redirect("2>&1").limit(Limit::Files(20)).like(&newest()).code(1);
    }
}

#[test]
fn a_mixture_that_is_not_cached() {
    let t = Scene::in_memory();
    let names = mixture(&t, 600, false);
    for part in ["-n2", "-n20000", "-n+2", "-c30", "-c+3", "-zn1"] {
        let run = cold(t.tail(&[part]).args(&names));
        run.clone().like(&newest()).code(1);
        run.clone().redirect("2>&1").like(&newest()).code(1);
        run.redirect("2>&1").limit(Limit::Files(40)).like(&newest()).code(1);
    }
}

/// Those that are followed stay open, whichever thread has opened them.
#[test]
fn many_that_are_not_cached_are_followed() {
    let t = Scene::new();
    let files = library(&t, 400);
    let mut expected = expected(&files, last_lines(10));
    let live = cold(t.tail(&["-f"]).args(&names(&files))).start();
    live.stdout.until(&expected);
    for i in [0, 63, 64, 127, 128, 399] {
        let path = t.path(format!("n{i}"));
        std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(b"more\n").unwrap();
        write!(expected, "\n==> n{i} <==\nmore\n").unwrap();
        live.stdout.until(&expected);
    }
}

#[test]
fn nothing_but_failures() {
    let t = Scene::new();
    let names: Vec<String> = (0..3000).map(|i| format!("gone{i}")).collect();
    let told: String = names
        .iter()
        .map(|n| format!("tail: cannot open '{n}' for reading: No such file or directory\n"))
        .collect();
    t.tail(&names).go().stdout_is("").stderr_is(&told).code(1);
    cold(t.tail(&names)).go().stdout_is("").stderr_is(told).code(1);
}

/// A FIFO among hundreds of files: it is opened when its turn has come, and those behind it are read after it.
#[test]
fn a_fifo_in_the_middle() {
    fifo_in_the_middle(|run| run);
}

#[test]
fn a_fifo_among_files_that_are_not_cached() {
    fifo_in_the_middle(cold);
}

fn fifo_in_the_middle(how: impl Fn(Run) -> Run) {
    let t = Scene::in_memory();
    let mut files = library(&t, 300);
    t.fifo("p");
    for (_, text) in &mut files[151..] {
        text.clear();
    }
    files[150] = ("p".into(), "through p\n".into());
    for (name, _) in &files[151..] {
        t.file(name, "old\n");
    }
    let live = how(t.tail(&["-n3"]).args(&names(&files))).start();
    let mut writer = t.fifo_writer("p");
    for (name, text) in &mut files[151..] {
        *text = "new\n".into();
        t.file(name, "new\n");
    }
    writer.write_all(b"through p\n").unwrap();
    {
        let _guard = sys::no_forks();
        drop(writer);
    }
    live.finish().stdout_is(expected(&files, last_lines(3))).fine();
}

/// A file that is written while tail is started is read as it is when its turn comes, or later: not from before the
/// command began.
#[test]
fn files_just_written_are_seen() {
    let t = Scene::new();
    for i in 0..30 {
        let text = format!("version {i}\n");
        t.file("a", &text);
        t.tail(&["-q", "a", "a"]).redirect(">b").go().fine();
        t.tail(&["b"]).go().stdout_is(text.repeat(2)).fine();
    }
}
