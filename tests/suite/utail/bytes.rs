//! `-c`: so many bytes, from the end or from the beginning.

use super::model::{from_byte, last_bytes};
use super::{newest, numbered};
use crate::harness::{Scene, oracles};

#[test]
fn every_count() {
    let t = Scene::new();
    let text = "one\ntwo\nthree";
    t.file("f", text);
    for count in 0..=16 {
        for part in [last_bytes(count), from_byte(count)] {
            let expected = part.of(text.as_bytes());
            t.tail(&part.args()).arg("f").go().stdout_is(expected).fine();
            t.tail(&part.args()).redirect("<f").go().stdout_is(expected).fine();
            t.tail(&part.args()).stdin(text).go().stdout_is(expected).fine();
        }
    }
}

/// Ends of lines mean nothing to it.
#[test]
fn with_zeros_for_line_ends() {
    let t = Scene::new();
    t.file("f", "a\0b\nc\0");
    for words in [&["-zc3"][..], &["-c3", "-z"], &["-z", "-c+3"], &["-zn9", "-c1"]] {
        t.tail(words).arg("f").like(&oracles("tail")).fine();
        t.tail(words).redirect("<f").like(&oracles("tail")).fine();
    }
}

#[test]
fn many() {
    let t = Scene::in_memory();
    let text = numbered(300_000);
    t.file("f", &text);
    for count in [1_000, 65_536, 1_000_000, 1_048_576, text.len() as u64 - 1] {
        for part in [last_bytes(count), from_byte(count)] {
            let expected = part.of(text.as_bytes());
            t.tail(&part.args()).arg("f").go().stdout_is(expected).fine();
            t.tail(&part.args()).stdin(text.as_str()).go().stdout_is(expected).fine();
            t.tail(&part.args()).redirect("<f >out").go().fine();
            t.holds("out", expected);
            t.file("out", "before\n");
            t.tail(&part.args()).stdin(text.as_str()).redirect(">>out").go().fine();
            t.holds("out", [b"before\n", expected].concat());
        }
    }
}

#[test]
fn more_than_there_can_be() {
    let t = Scene::new();
    t.file("f", "content\n");
    for count in ["9223372036854775807", "9223372036854775808", "18446744073709551615", "8E", "15E"] {
        t.tail(&["-c", count, "f"]).like(&oracles("tail")).stdout_is("content\n").fine();
        t.tail(&["-c", count]).stdin("content\n").like(&oracles("tail")).stdout_is("content\n").fine();
        t.tail(&["-n", count, "f"]).like(&oracles("tail")).stdout_is("content\n").fine();
        t.tail(&["-n", count]).stdin("content\n").like(&oracles("tail")).stdout_is("content\n").fine();
        let plus = format!("+{count}");
        t.tail(&["-n", &plus, "f"]).go().stdout_is("").fine();
        t.tail(&["-n", &plus]).stdin("content\n").go().stdout_is("").fine();
        t.tail(&["-c", &plus, "f"]).go().stdout_is("").fine();
        t.tail(&["-c", &plus]).stdin("content\n").go().stdout_is("").fine();
    }
}

/// Numbers that no offset can be: what they mean depends on what can be sought.
#[test]
fn more_than_an_offset_can_be() {
    let scenes = [Scene::new(), Scene::in_memory()];
    for t in &scenes {
        t.file("f", "content\n").file("long", numbered(20_000)).folder("d");
        for count in ["1E", "9223372036854775806", "9223372036854775808", "18446744073709551615", "99E"] {
            for part in ["-c", "-c+", "-n", "-n+"].map(|option| format!("{option}{count}")) {
                t.tail(&[&part, "f", "d", "f"]).like(&newest());
                for how in ["-f", "-F"] {
                    // Of a process that is gone: what is followed is looked at once more.
                    let ended = ["--pid=2147483647", "-s.01", how, &part];
                    t.tail(&ended).args(&["f", "f"]).like(&newest());
                    // GNU 9.10 miscounts what it searched from the end, and writes a header for nothing.
                    let first = if part.starts_with("-n") && !part.contains('+') { "f" } else { "long" };
                    t.tail(&ended).args(&[first, "f", "d"]).like(&newest());
                }
            }
        }
    }
}
