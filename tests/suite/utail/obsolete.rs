//! The forms that were there before options: `tail -5 f`, `tail +15c f`. They hold as the first word only, and only if
//! at most one file comes behind.
//!
//! Once: what is meant is settled before an engine is there.

use super::{newest, numbered};
use crate::harness::Scene;

fn scene() -> Scene {
    let t = Scene::new();
    t.file("f", numbered(3000))
        .file("b", "from b\n")
        .file("+f", "plus f\n")
        .file("+5", "plus 5\n")
        .file("-5", "dash\n");
    t
}

#[track_caller]
fn shows(words: &[&str], expected: &str) {
    let t = scene();
    t.tail(words).like(&newest()).stdout_is(expected).fine();
}

#[test]
fn lines_and_bytes() {
    shows(&["-3", "f"], "2998\n2999\n3000\n");
    shows(&["-2l", "f"], "2999\n3000\n");
    shows(&["-15c", "f"], "2998\n2999\n3000\n");
    shows(&["-1", "--", "f"], "3000\n");
    shows(&["+2999", "f"], "2999\n3000\n");
    shows(&["+2999l", "f"], "2999\n3000\n");
    shows(&["+13891c", "f"], "00\n");
}

/// Words that GNU takes in one way or the other.
const WORDS: [&str; 48] = [
    "-5",
    "-0",
    "-00",
    "-5l",
    "-15c",
    "-1b",
    "-2b",
    "-l",
    "-b",
    "-c",
    "-n",
    "-5n",
    "-5x",
    "-5k",
    "-5lc",
    "-5cl",
    "-cl",
    "-lb",
    "-bb",
    "-5b5",
    "-+5",
    "--5",
    "-5-",
    "-5 ",
    "- 5",
    "-5q",
    "-5z",
    "-99999999999999999999",
    "-99999999999999999999b",
    "-18446744073709551615c",
    "+5",
    "+0",
    "+",
    "+l",
    "+c",
    "+b",
    "+1b",
    "+15c",
    "+2990l",
    "+5x",
    "+5n",
    "+99999999999999999999",
    "+-5",
    "++5",
    "+5lc",
    "+n",
    "-",
    "--",
];

#[test]
fn every_word_in_every_place() {
    let t = scene();
    for word in WORDS {
        for words in [
            &[word][..],
            &[word, "f"],
            &[word, "-"],
            &[word, "--"],
            &[word, "--", "f"],
            &[word, "f", "b"],
            &[word, "--", "f", "b"],
            &[word, "-q"],
            &["-q", word, "f"],
            &["f", word],
        ] {
            t.tail(words).stdin(numbered(20)).like(&newest());
        }
    }
}

#[test]
fn as_posix_was_once() {
    let t = scene();
    for version in
        ["", "x", "0", "199208", "199209", "200111", "200112", "200808", "200809", "999999", "-1", "200112x"]
    {
        for words in [
            &["+5", "f"][..],
            &["+5"],
            &["+2990l", "--", "f"],
            &["-5", "f"],
            &["-c", "f"],
            &["-c"],
            &["-n", "f"],
            &["-l", "f"],
            &["-b", "f"],
            &["+c", "f"],
            &["+gone", "f"],
            &["-c5", "f"],
            &["-c", "5", "f"],
            &["-5", "f", "b"],
        ] {
            t.tail(words).stdin(numbered(20)).env("_POSIX2_VERSION", version).like(&newest());
        }
    }
    for words in [&["+5", "f"][..], &["-5", "f"], &["-c", "f"], &["f", "-5"]] {
        t.tail(words).env("POSIXLY_CORRECT", "").like(&newest());
        t.tail(words).env("POSIXLY_CORRECT", "").env("_POSIX2_VERSION", "200112").like(&newest());
    }
}

/// Following, of what is at its end at once.
#[test]
fn with_an_f() {
    let t = scene();
    for word in
        ["-5f", "-5lf", "-cf", "-f", "+f", "+5f", "+15cf", "-lf", "-bf", "-5ff", "-fl", "-5fc", "+f5", "-1bf"]
    {
        for words in [&[word][..], &[word, "-"], &[word, "--"], &[word, "gone"], &[word, "--", "gone"]] {
            t.tail(words).stdin(numbered(20)).like(&newest());
        }
        if word != "+f5" {
            t.tail(&[word, "gone", "missing"]).stdin(numbered(20)).like(&newest());
        }
    }
}

#[test]
fn what_is_told() {
    let t = scene();
    let told = "tail: option used in invalid context -- 5\n";
    for words in [
        &["-5", "f", "b"][..],
        &["-n1", "-5", "f"],
        &["-q", "-5", "f"],
        &["f", "-5"],
        &["-5x", "f"],
        &["-5n", "f"],
    ] {
        t.tail(words).go().stdout_is("").stderr_is(told).code(1);
    }
    let told = "tail: invalid option -- 'l'\nTry 'tail --help' for more information.\n";
    t.tail(&["-lf", "f", "b"]).go().stdout_is("").stderr_is(told).code(1);
}
