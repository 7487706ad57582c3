//! Outputs that can't be written. When it is told in which words depends on whether the C library's buffer would have
//! been full before.

use super::{newest, numbered};
use crate::harness::{Scene, sys};

const AT_THE_END: &str = "tail: write error: No space left on device\n";
const BEFORE: &str = "tail: error writing 'standard output': No space left on device\n";

fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", "from a\n").file("empty", "").file("big", numbered(50_000));
    t
}

#[test]
fn stdout_is_full() {
    let t = scene();
    t.tail(&["a"]).redirect(">/dev/full").like(&newest()).stderr_is(AT_THE_END).code(1);
    t.tail(&["-n", "50000", "big"]).redirect(">/dev/full").like(&newest()).stderr_is(BEFORE).code(1);
    // Nothing to write, nothing to fail.
    t.tail(&["empty"]).redirect(">/dev/full").go().fine();
    t.tail(&["-n+60000", "big"]).redirect(">/dev/full").go().fine();
}

#[test]
fn stdout_is_full_around_the_buffer() {
    let t = scene();
    for size in [1, 4000, 4086, 4087, 4095, 4096, 4097, 4100, 8191, 8192, 8193, 65_536, 100_000] {
        t.file("f", vec![b'x'; size]);
        for words in [&["-c+1"][..], &["-n1"], &["-c", "100000"], &["-n+1"], &["-v"]] {
            t.tail(words).arg("f").redirect(">/dev/full").like(&newest()).code(1);
            t.tail(words).redirect("<f >/dev/full").like(&newest()).code(1);
        }
    }
}

/// What is said about files in front.
#[test]
fn stdout_is_full_among_failures() {
    let t = scene();
    let missing = "tail: cannot open 'gone' for reading: No such file or directory\n";
    t.tail(&["gone", "a"])
        .redirect(">/dev/full")
        .like(&newest())
        .stderr_is(format!("{missing}{AT_THE_END}"))
        .code(1);
    for words in
        [&["gone", "-n+1", "big", "gone"][..], &["-n+1", "a", "big", "gone"], &["gone", "empty", "gone"]]
    {
        t.tail(words).redirect(">/dev/full").like(&newest()).code(1);
    }
    // A failure that is found in between: GNU goes on to speak of other files, and forgets the reason.
    for words in
        [&["gone", "a", "gone"][..], &["a", "gone", "a"], &["-q", "a", "gone"], &["-n+1", "a", "gone", "big"]]
    {
        let ended = t.tail(words).redirect(">/dev/full").go().code(1);
        let told = String::from_utf8_lossy(&ended.stderr).into_owned();
        let (first, last) = (told.lines().next(), told.lines().last().unwrap_or_default());
        assert!(last.starts_with("tail: write error") || last.starts_with(BEFORE.trim_end()), "{told}");
        assert!(words[0] != "gone" || first == Some(missing.trim_end()), "{told}");
    }
}

/// Before waiting for more, what there is so far is written, too. That this fails is told no earlier than GNU's tail
/// would have tried, which decides about the words.
#[test]
fn stdout_is_full_before_a_wait() {
    let t = scene();
    for (words, told) in [
        (&["/dev/null", "a"][..], AT_THE_END),
        (&["-c+0", "/dev/null", "a"], AT_THE_END),
        (&["-c+0", "a", "-"], AT_THE_END),
        (&["-n3000", "/dev/null", "big"], BEFORE),
        (&["-n+2", "-", "big"], BEFORE),
        (&["-c5000", "-", "big"], BEFORE),
    ] {
        for input in ["", "from standard input\nand more\n"] {
            let run = t.tail(words).stdin(input).redirect(">/dev/full");
            run.like(&newest()).stderr_is(told).code(1);
        }
    }
}

/// Of what does not fit in the buffer nothing is left to be told when something else fails.
#[test]
fn stdout_is_full_before_a_failure() {
    let t = scene();
    t.folder("d").file("f", vec![b'x'; 12_000]);
    for words in [&["f", "gone"][..], &["-c+2", "f", "d"], &["-n2", "f", "d", "f"], &["-F", "f", "gone"]] {
        t.tail(words).redirect(">/dev/full").like(&newest()).stderr_is(BEFORE).code(1);
    }
}

/// Where reading ends it all, writing has failed all the same.
#[test]
fn stdout_is_full_and_reading_fails() {
    let t = scene();
    t.folder("d");
    let told = "tail: error reading 'd': Is a directory\ntail: write error\n";
    for part in ["-c10", "-c+0", "-c+2", "-n+0"] {
        for words in [&[part, "a", "d", "a"][..], &["-v", part, "d"], &["-F", part, "a", "d"]] {
            t.tail(words).redirect(">/dev/full").like(&newest()).stderr_is(told).code(1);
        }
    }
    t.tail(&["-vfc0", "d"]).redirect(">/dev/full").like(&newest()).stderr_is(told).code(1);
}

#[test]
fn stdout_is_closed() {
    let t = scene();
    for words in [
        &["a"][..],
        &["a", "a"],
        &["empty"],
        &["-v", "empty"],
        &["gone"],
        &["gone", "a"],
        &["-n0", "a"],
        &["-n+1", "big"],
        &["-c+1", "big"],
        &["-"],
        &["."],
        &["-f", "a"],
        &["-f", "-"],
    ] {
        t.tail(words).stdin(numbered(20)).redirect(">&-").like(&newest());
    }
    let told = "tail: write error: Bad file descriptor\n";
    t.tail(&["a"]).redirect(">&-").go().stderr_is(told).code(1);
    t.holds("a", "from a\n");
}

#[test]
fn stdout_for_reading_only() {
    let t = scene();
    t.file("out", "");
    for words in [&["a"][..], &["-n+1", "big"], &["empty"], &["gone", "a"], &["-c", "5", "a", "a"]] {
        t.tail(words).redirect("1<out").like(&newest());
    }
}

/// Written where it is told to go: from an offset, appended, over what was there.
#[test]
fn offsets_of_stdout() {
    use std::io::Write;
    let t = scene();
    for (words, expected) in
        [(&["-n1", "big"][..], "50000\n".to_owned()), (&["-n+1", "big"], numbered(50_000))]
    {
        let mut output = std::fs::File::create(t.path("out")).unwrap();
        output.write_all(b"before ").unwrap();
        t.tail(words).stdout_to(output.try_clone().unwrap()).go().fine();
        // The offset is shared with whoever comes next, as in `(tail a; echo after) >out`.
        output.write_all(b" after").unwrap();
        t.holds("out", format!("before {expected} after"));
        t.tail(words).redirect(">>out").go().fine();
        t.holds("out", format!("before {expected} after{expected}"));
    }
}

/// A file may be read and appended to at once: what is there at the start is shown, and no more.
#[test]
fn into_the_file_itself() {
    let t = scene();
    for (part, added) in
        [("-n1", "50000\n".to_owned()), ("-n50000", numbered(50_000)), ("-c200", String::new())]
    {
        t.file("f", numbered(50_000));
        t.tail(&[part, "f"]).redirect(">>f").go().fine();
        if !added.is_empty() {
            t.holds("f", format!("{}{added}", numbered(50_000)));
        }
        t.file("f", numbered(50_000));
        t.tail(&[part]).redirect("<f >>f").go().fine();
        assert_eq!(
            t.read("f").len(),
            numbered(50_000).len() + if added.is_empty() { 200 } else { added.len() }
        );
    }
}

#[test]
fn into_a_nonblocking_pipe() {
    let t = scene();
    // There is room for it.
    let (reader, writer) = std::io::pipe().unwrap();
    sys::set_nonblocking(&writer);
    t.tail(&["-n2", "big"]).stdout_to(writer).go().fine();
    let mut got = String::new();
    std::io::Read::read_to_string(&mut { reader }, &mut got).unwrap();
    assert_eq!(got, "49999\n50000\n");
}
