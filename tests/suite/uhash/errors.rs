//! Outputs that can't be written, streams that are closed.

use super::{HELLO, HELLO_MD5, newest, noise};
use crate::harness::{Limit, Scene, broken_pipe};

fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", HELLO).file("b", "").file("big", noise(2_000_000)).folder("d");
    t.file("list", format!("{HELLO_MD5}  a\n{HELLO_MD5}  b\nnoise\n{HELLO_MD5}  gone\n"));
    t.file("bad", "noise\n");
    t
}

const COMMANDS: [&[&str]; 12] = [
    &["md5sum", "a"],
    &["md5sum", "a", "gone", "b", "d"],
    &["md5sum", "gone", "a", "gone"],
    &["md5sum", "gone", "d"],
    &["sha256sum", "-z", "a", "big", "b"],
    &["md5sum", "-c", "list"],
    &["md5sum", "-c", "--status", "list"],
    &["md5sum", "-c", "bad", "list", "bad"],
    &["cksum", "-a", "md5", "a", "b"],
    &["cksum", "-a", "md5", "--raw", "a"],
    &["b2sum", "-"],
    &["sha1sum", "a", "-", "big"],
];

#[test]
fn stdout_is_full() {
    let t = scene();
    for words in COMMANDS {
        t.sum(words[0], &words[1..]).stdin("x").redirect(">/dev/full").like(&newest(words[0])).code(1);
    }
    let expected = "md5sum: write error: No space left on device\n";
    t.sum("md5sum", &["a", "b"]).redirect(">/dev/full").go().stderr_is(expected).code(1);
    // Whether these say why changes from release to release.
    for words in [&["cksum", "a"][..], &["sum", "a"], &["sum", "-s", "a"], &["cksum", "--raw", "a"]] {
        let ended = t.sum(words[0], &words[1..]).redirect(">/dev/full").go().code(1);
        ended.stderr_has(&format!("{}: write error", words[0]));
    }
}

#[test]
fn stdout_is_closed() {
    let t = scene();
    for words in COMMANDS {
        t.sum(words[0], &words[1..]).stdin("x").redirect(">&-").like(&newest(words[0])).code(1);
    }
    for words in [&["cksum", "a"][..], &["sum", "a"]] {
        let ended = t.sum(words[0], &words[1..]).redirect(">&-").go().code(1);
        ended.stderr_has(&format!("{}: write error", words[0]));
    }
    t.holds("a", HELLO).holds("b", "");
}

/// Nothing to say, nothing to fail.
#[test]
fn nothing_is_written() {
    let t = scene();
    t.file("good", format!("{HELLO_MD5}  a\n"));
    for redirection in [">/dev/full", ">&-"] {
        for option in ["--status", "--quiet"] {
            let run = t.sum("md5sum", &["-c", option, "good"]).redirect(redirection);
            run.like(&newest("md5sum")).fine();
        }
    }
}

#[test]
fn nobody_reads() {
    let t = scene();
    for words in [&["md5sum", "a", "b"][..], &["cksum", "-a", "md5", "big"], &["md5sum", "-c", "list"]] {
        let run = t.sum(words[0], &words[1..]);
        run.clone().stdout_to(broken_pipe()).go().stderr_is("").killed_by(libc::SIGPIPE);
        let run = run.ignoring(libc::SIGPIPE).stdout_to(broken_pipe());
        run.like(&newest(words[0])).stderr_is(format!("{}: write error: Broken pipe\n", words[0])).code(1);
    }
}

#[test]
fn stderr_is_closed_or_full() {
    let t = scene();
    let line = format!("{HELLO_MD5}  a\n");
    for redirection in ["2>&-", "2>/dev/full"] {
        t.sum("md5sum", &["a", "gone", "a"]).redirect(redirection).go().stdout_is(line.repeat(2)).code(1);
        t.sum("md5sum", &["a"]).redirect(redirection).go().stdout_is(&line).code(0);
        t.sum("md5sum", &["-c", "list"]).redirect(redirection).like(&newest("md5sum")).code(1);
    }
    t.holds("a", HELLO);
}

#[test]
fn everything_is_closed() {
    let t = scene();
    t.sum("md5sum", &["a"]).redirect("<&- >&- 2>&-").go().code(1);
    t.sum("md5sum", &["a"]).redirect("<&- 2>&-").go().stdout_is(format!("{HELLO_MD5}  a\n")).code(0);
    t.sum("md5sum", &["-"]).redirect("<&- >&- 2>&-").go().code(1);
    t.holds("a", HELLO).holds("b", "");
}

#[test]
fn files_that_may_not_grow() {
    let t = scene();
    let names = vec!["a"; 2000];
    for words in [&["md5sum"][..], &["cksum", "-a", "md5"]] {
        let run = t.sum(words[0], &words[1..]).args(&names).redirect(">out").limit(Limit::FileSize(4096));
        run.clone().go().killed_by(libc::SIGXFSZ);
        let expected = format!("{}: write error: File too large\n", words[0]);
        run.ignoring(libc::SIGXFSZ).go().stderr_is(expected).code(1);
        assert_eq!(t.read("out").len(), 4096);
    }
}

/// After the first failure nothing is waited for.
#[test]
fn a_failing_output_ends_it_while_the_input_is_open() {
    let t = scene();
    t.fifo("p");
    let live = t.sum("md5sum", &["a", "p"]).redirect(">/dev/full").start();
    live.end().stderr_is("md5sum: write error: No space left on device\n").code(1);
    let live = t.sum("md5sum", &["a", "-"]).stdin_typed().redirect(">/dev/full").start();
    live.end().stderr_is("md5sum: write error: No space left on device\n").code(1);
}
