//! `-c`: so many bytes, from the end or from the beginning.

use super::model::{from_byte, last_bytes};
use super::numbered;
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
