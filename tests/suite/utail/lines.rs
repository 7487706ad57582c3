//! What a line is, and which of them are the last.

use super::model::{Part, from_line, last_lines};
use super::{newest, numbered, sparse};
use crate::harness::{Run, Scene};

#[track_caller]
fn like_gnu(run: &Run, content: &[u8]) {
    run.clone().arg("f").like(&newest()).fine();
    run.clone().stdin(content).like(&newest()).fine();
}

#[test]
fn ten_are_the_default() {
    let t = Scene::new();
    for count in [0, 1, 9, 10, 11, 100, 1000] {
        let text = numbered(count);
        t.file("f", &text);
        let expected = last_lines(10).of(text.as_bytes());
        t.tail(&["f"]).go().stdout_is(expected).fine();
        t.tail(&[""; 0]).redirect("<f").go().stdout_is(expected).fine();
        t.tail(&["-"]).stdin(text.as_str()).go().stdout_is(expected).fine();
    }
}

#[test]
fn odd_texts() {
    let t = Scene::new();
    for text in [
        "",
        "\n",
        "\n\n",
        "a",
        "a\n",
        "a\n\n",
        "\na",
        "a\nb",
        "a\nb\n",
        "\n\n\n\nx\n\n\n",
        "a\r\nb\r\nc",
        "a\rb\rc\r",
        "a\0b\0c\0",
        "a\0b\0c",
        "\0",
        "\0\0\n\0\n",
        "é\nñ\n\u{FFFD}\n",
        "no end",
        "\x1B[31m\n\x07\n\x0C\n",
    ] {
        t.file("f", text);
        for word in ["-n1", "-n2", "-n3", "-n5", "-n+1", "-n+2", "-n+3", "-zn1", "-zn2", "-zn+2", "-zn+3"] {
            like_gnu(&t.tail(&[word]), text.as_bytes());
        }
    }
}

#[test]
fn bytes_that_are_no_text() {
    let t = Scene::new();
    let every: Vec<u8> = (0..=255).cycle().take(3000).collect();
    t.file("f", &every);
    for part in [last_lines(1), last_lines(5), last_lines(12), last_lines(13), from_line(2), from_line(12)] {
        for part in [part, part.zeros()] {
            t.tail(&part.args()).arg("f").go().stdout_is(part.of(&every)).fine();
            t.tail(&part.args()).stdin(every.as_slice()).go().stdout_is(part.of(&every)).fine();
        }
    }
}

/// Around as many as there are.
#[test]
fn every_count() {
    let t = Scene::new();
    for (text, count) in [(numbered(12), 12), (format!("{}end", numbered(11)), 12)] {
        t.file("f", &text);
        for number in 0..=count + 3 {
            for part in [last_lines(number), from_line(number)] {
                t.tail(&part.args()).arg("f").go().stdout_is(part.of(text.as_bytes())).fine();
                t.tail(&part.args()).stdin(text.as_str()).go().stdout_is(part.of(text.as_bytes())).fine();
            }
        }
    }
}

#[test]
fn lines_of_megabytes() {
    let t = Scene::in_memory();
    let long = "x".repeat(3 << 20);
    let text = format!("a\n{long}\nb\n{long}");
    t.file("f", &text);
    for part in
        [last_lines(1), last_lines(2), last_lines(3), last_lines(4), from_line(2), from_line(3), from_line(4)]
    {
        let expected = part.of(text.as_bytes());
        t.tail(&part.args()).arg("f").go().stdout_is(expected).fine();
        t.tail(&part.args()).stdin(text.as_str()).go().stdout_is(expected).fine();
        t.tail(&part.args()).arg("f").redirect(">out").go().fine();
        t.holds("out", expected);
    }
}

#[test]
fn a_hundred_thousand_lines() {
    let t = Scene::in_memory();
    let text = numbered(100_000);
    t.file("f", &text);
    for count in [1, 10, 5000, 99_999, 100_000, 100_001] {
        for part in [last_lines(count), from_line(count)] {
            let expected = part.of(text.as_bytes());
            t.tail(&part.args()).arg("f").go().stdout_is(expected).fine();
            t.tail(&part.args()).stdin(text.as_str()).go().stdout_is(expected).fine();
            t.tail(&part.args()).redirect("<f >out").go().fine();
            t.holds("out", expected);
        }
    }
}

/// A hole of gigabytes, which nobody has to read: the last lines are behind it.
#[test]
fn far_into_a_file() {
    let t = Scene::new();
    for size in [(1_u64 << 31) + 1, (1 << 32) - 3, (1 << 32) + 5, 40 << 30] {
        sparse(&t.path("f"), size, b"\none\ntwo\nthree");
        t.tail(&["-n2", "f"]).go().stdout_is("two\nthree").fine();
        t.tail(&["-n3"]).redirect("<f").go().stdout_is("one\ntwo\nthree").fine();
        t.tail(&["-c", "8", "f"]).go().stdout_is("wo\nthree").fine();
        t.tail(&["-c", &format!("+{}", size - 4), "f"]).go().stdout_is("three").fine();
        t.tail(&["-c", &format!("+{}", size + 1), "f"]).go().stdout_is("").fine();
        t.tail(&["-c", &format!("+{}", size + 100)]).redirect("<f").go().stdout_is("").fine();
    }
}

/// Zeros are data, wherever they come from.
#[test]
fn holes_are_zeros() {
    let t = Scene::in_memory();
    let size = 9_000_000;
    sparse(&t.path("f"), size, b"\nend\n");
    let mut content = vec![0; usize::try_from(size).unwrap()];
    let at = content.len() - 5;
    content[at..].copy_from_slice(b"\nend\n");
    let parts: [Part; 6] = [
        last_lines(2),
        last_lines(3),
        from_line(1),
        from_line(2),
        last_lines(1000).zeros(),
        from_line(8_000_000).zeros(),
    ];
    for part in parts {
        t.tail(&part.args()).arg("f").go().stdout_is(part.of(&content)).fine();
        t.tail(&part.args()).redirect("<f >out").go().fine();
        t.holds("out", part.of(&content));
    }
}
