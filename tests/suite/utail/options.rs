//! What options mean together: the last one wins, mostly.
//!
//! Once: what is meant is settled before an engine is there.

use super::{newest, numbered};
use crate::harness::{Scene, oracles};

fn scene() -> Scene {
    let t = Scene::new();
    t.file("f", numbered(30)).file("z", "a\0b\nc\0d\0e\n");
    t
}

#[test]
fn the_last_number_decides() {
    let t = scene();
    for words in [
        &["-n1", "-n2"][..],
        &["-n2", "-c3"],
        &["-c3", "-n2"],
        &["-c", "3", "-c", "K"],
        &["-n5", "--lines=3", "--bytes=7"],
        &["-n", "0", "-n", "2"],
        &["-c0", "-n2"],
        &["-qn1", "-vn2"],
    ] {
        t.tail(words).arg("f").like(&oracles("tail")).fine();
        t.tail(words).redirect("<f").like(&oracles("tail")).fine();
    }
}

/// Once there was a plus, all numbers count from the beginning.
#[test]
fn a_plus_stays() {
    let t = scene();
    t.tail(&["-n", "+15", "-n", "29", "f"]).go().stdout_is("29\n30\n").fine();
    t.tail(&["-c", "+18", "-n", "29", "f"]).go().stdout_is("29\n30\n").fine();
    for words in [
        &["-n+15", "-n3"][..],
        &["-n3", "-n+15"],
        &["-c+18", "-n3"],
        &["-n+3", "-c70"],
        &["-n+3", "-n-4"],
        &["-n+3", "-n0"],
        &["-n+3", "-c", "0"],
        &["-n+3", "-n+0"],
        &["-c+3", "-c+1K"],
        &["-n-+3"],
        &["-n+2", "-n", "-+9"],
        &["-n+2", "-nK"],
    ] {
        t.tail(words).arg("f").like(&newest());
        t.tail(words).redirect("<f").like(&newest());
        t.tail(words).stdin(numbered(40)).like(&newest());
    }
}

#[test]
fn quiet_and_verbose() {
    let t = scene();
    for words in [
        &["-q", "-v"][..],
        &["-v", "-q"],
        &["-vq"],
        &["-qv"],
        &["--quiet", "--verbose"],
        &["--verbose", "--silent"],
        &["-vqv"],
        &["-q"],
        &["-v"],
        &[],
    ] {
        for files in [&["f"][..], &["f", "z"], &["f", "gone"], &["-"], &[], &["gone"]] {
            t.tail(&["-n1"]).args(words).args(files).stdin("typed\n").like(&oracles("tail"));
        }
    }
}

#[test]
fn zeros_end_lines() {
    let t = scene();
    t.tail(&["-z", "-n", "2", "z"]).go().stdout_is("d\0e\n").fine();
    t.tail(&["-z", "-n", "+3", "z"]).go().stdout_is("d\0e\n").fine();
    for words in [&["-zn1"][..], &["-n1", "-z", "-z"], &["--zero-terminated", "-n2"], &["-zn+2"], &["-zvn1"]]
    {
        t.tail(words).args(&["z", "f"]).like(&oracles("tail")).fine();
        t.tail(words).redirect("<z").like(&oracles("tail")).fine();
    }
}

/// Options of following, where nothing is followed.
#[test]
fn options_that_are_of_no_use() {
    let t = scene();
    let retry = "tail: warning: --retry ignored; --retry is useful only when following\n";
    let pid = "tail: warning: PID ignored; --pid=PID is useful only when following\n";
    t.tail(&["-n1", "--retry", "f"]).like(&oracles("tail")).stdout_is("30\n").stderr_is(retry).code(0);
    t.tail(&["-n1", "--pid=1", "f"]).like(&oracles("tail")).stdout_is("30\n").stderr_is(pid).code(0);
    t.tail(&["-n1", "--pid=1", "--retry", "f"])
        .like(&oracles("tail"))
        .stdout_is("30\n")
        .stderr_is([retry, pid].concat())
        .code(0);
    t.tail(&["--pid=1", "--pid=2", "--retry", "--retry", "gone"]).like(&newest()).code(1);
    for words in [
        &["-s", "5"][..],
        &["-s0"],
        &["--max-unchanged-stats=3"],
        &["---disable-inotify"],
        &["---dis"],
        &["--sleep-interval", "1e9"],
    ] {
        t.tail(words).args(&["-n1", "f"]).like(&oracles("tail")).stdout_is("30\n").fine();
    }
    t.tail(&["--debug", "-n1", "f"]).like(&newest()).stdout_is("30\n").fine();
    t.tail(&["-n1", "-f", "-"]).stdin("one\ntwo\n").like(&oracles("tail")).stdout_is("two\n").fine();
}

/// Never to seek is slower, and all the same.
#[test]
fn an_input_taken_for_a_pipe() {
    let t = scene();
    for words in [
        &["-n3"][..],
        &["-n+28"],
        &["-c5"],
        &["-c+75"],
        &["-zn1"],
        &["-n0"],
        &["-vn1", "z"],
        &["-n1000"],
        &["-n1", "gone"],
        &["-n1", "."],
        &["-c1", "/proc/version", "/dev/null"],
    ] {
        for word in ["---presume-input-pipe", "---pr", "---p"] {
            t.tail(words).args(&[word, "f"]).like(&oracles("tail"));
            t.tail(words).args(&[word, "-"]).redirect("<f").like(&oracles("tail"));
        }
    }
}

/// Standard input has no name that could be followed.
#[test]
fn standard_input_by_name() {
    let t = scene();
    let told = "tail: cannot follow '-' by name\n";
    for words in [&["-F"][..], &["--follow=name"], &["-F", "-"], &["-F", "f", "-"], &["-f", "-F", "-", "f"]] {
        t.tail(words).stdin("typed\n").like(&newest()).stdout_is("").stderr_is(told).code(1);
    }
    t.tail(&["-n0", "-F"]).stdin("typed\n").like(&newest()).code(1);
    t.tail(&["-F", "--follow=name", "-", "-X"]).like(&newest()).code(1);
    t.tail(&["-F", "-f", "-"]).stdin("typed\n").like(&newest()).stdout_is("typed\n");
}
