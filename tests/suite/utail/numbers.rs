//! Numbers as they are typed: signs, suffixes, limits, and what is said about words that are none.
//!
//! Once: what is meant is settled before an engine is there.

use super::model::{from_byte, from_line, last_bytes, last_lines};
use super::{newest, numbered};
use crate::harness::{Scene, oracles};

/// So long that 1 KiB is not all of it.
fn scene() -> (Scene, String) {
    let t = Scene::in_memory();
    let text = numbered(3000);
    t.file("f", &text);
    (t, text)
}

#[test]
fn suffixes() {
    let (t, text) = scene();
    for (word, count) in [
        ("0", 0),
        ("7", 7),
        ("007", 7),
        ("1b", 512),
        ("b", 512),
        ("3b", 1536),
        ("k", 1024),
        ("K", 1024),
        ("1k", 1024),
        ("2K", 2048),
        ("1kB", 1000),
        ("1KB", 1000),
        ("2kD", 2000),
        ("1KD", 1000),
        ("KB", 1000),
        ("1KiB", 1024),
        ("1kiB", 1024),
        ("M", 1 << 20),
        ("1m", 1 << 20),
        ("1MB", 1_000_000),
        ("1MiB", 1 << 20),
        ("1G", 1 << 30),
        ("1TB", 1 << 40),
        ("1P", 1 << 50),
        ("1E", 1 << 60),
        (" 7", 7),
        ("\t\n 7", 7),
    ] {
        let bytes = last_bytes(count);
        t.tail(&["-c", word, "f"]).like(&oracles("tail")).stdout_is(bytes.of(text.as_bytes())).fine();
        t.tail(&["-n", word, "f"]).go().stdout_is(last_lines(count).of(text.as_bytes())).fine();
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            let signed = format!("+{word}");
            t.tail(&["-c", &signed, "f"]).go().stdout_is(from_byte(count).of(text.as_bytes())).fine();
            t.tail(&["-n", &signed, "f"]).go().stdout_is(from_line(count).of(text.as_bytes())).fine();
        }
    }
}

#[test]
fn suffixes_of_the_newest() {
    let (t, text) = scene();
    for word in ["1R", "1Q", "1RiB", "1QB", "9Z", "1Y", "99999999999999999999", "18446744073709551616", "Q"] {
        t.tail(&["-c", word, "f"]).like(&newest()).stdout_is(&text).fine();
        t.tail(&["-n", word, "f"]).like(&newest()).stdout_is(&text).fine();
        let signed = format!("+{word}");
        if word != "Q" {
            t.tail(&["-c", &signed, "f"]).like(&newest()).stdout_is("").fine();
            t.tail(&["-n", &signed]).redirect("<f").like(&newest()).stdout_is("").fine();
        }
    }
}

/// All of them say what is wrong, and nothing else: not where to find help.
#[test]
fn words_that_are_no_numbers() {
    let (t, _) = scene();
    for word in [
        "x", "", " ", "-", "+", "5x", "5 ", "0x10", "1e3", "1.5", "1g", "1t", "1p", "1e", "1z", "1y", "1r",
        "1q", "1B", "1c", "1w", "1Ki", "1bB", "1Kx", "1KiBx", "1KK", "5 k", "B", "c", "+K", "é", "5é", "१",
    ] {
        for (option, what) in [("-n", "lines"), ("-c", "bytes")] {
            let ended = t.tail(&[option, word, "f"]).like(&newest()).stdout_is("").code(1);
            assert!(
                ended.stderr.starts_with(format!("tail: invalid number of {what}: '").as_bytes()),
                "{ended:?}"
            );
            t.tail(&[option, word, "f"]).env("LC_ALL", "C.UTF-8").like(&newest()).code(1);
            t.tail(&["f", &format!("{option}{word}")]).like(&newest());
        }
        t.tail(&["f", &format!("--lines={word}")]).like(&newest()).code(1);
    }
    t.tail(&["-n", "x", "f"]).go().stderr_is("tail: invalid number of lines: 'x'\n").code(1);
    t.tail(&["-n", "-", "f"]).go().stderr_is("tail: invalid number of lines: ''\n").code(1);
}

#[test]
fn signs() {
    let (t, text) = scene();
    for word in ["-5", "-05", "-K", "-b", "- 5", "-+5", "-0"] {
        t.tail(&["-n", word, "f"]).like(&newest()).fine();
        t.tail(&[&format!("-n{word}"), "f"]).like(&newest()).fine();
        t.tail(&["-c", word, "f"]).like(&newest()).fine();
    }
    t.tail(&["-n", "-5", "f"]).go().stdout_is(last_lines(5).of(text.as_bytes())).fine();
    let range = "Value too large for defined data type";
    for (word, told) in [
        ("--5", format!("'-5': {range}")),
        ("---5", "'--5'".into()),
        ("+-5", "'+-5'".into()),
        ("++5", "'++5'".into()),
        ("-99999999999999999999", String::new()),
        ("--99999999999999999999", format!("'-99999999999999999999': {range}")),
    ] {
        let ended = t.tail(&["-n", word, "f"]).like(&newest());
        if !told.is_empty() {
            ended.stdout_is("").stderr_is(format!("tail: invalid number of lines: {told}\n")).code(1);
        }
    }
}

#[test]
fn nothing_and_everything() {
    let (t, text) = scene();
    for words in [&["-n", "+0"][..], &["-n", "+1"], &["-c", "+0"], &["-c", "+1"], &["-n+0K"]] {
        t.tail(words).arg("f").like(&oracles("tail")).stdout_is(&text).fine();
        t.tail(words).redirect("<f").like(&oracles("tail")).stdout_is(&text).fine();
        t.tail(words).stdin(text.as_str()).go().stdout_is(&text).fine();
    }
}

/// Nothing is asked for: nothing is opened, and nothing is wrong.
#[test]
fn none_opens_nothing() {
    let t = Scene::new();
    // Nobody writes into it: it would not be opened for ever.
    t.fifo("p").file("f", "content\n");
    for words in [
        &["-n", "0"][..],
        &["-c", "0"],
        &["-n", "-0"],
        &["-n0", "-v"],
        &["-c0K", "-q"],
        &["-zn0"],
        &["--lines=0"],
        &["-n3", "-c0"],
        &["-n", "18446744073709551615", "-n+3", "-n0x", "-n0"],
    ] {
        if words.contains(&"-n0x") {
            t.tail(words).args(&["f"]).go().stderr_is("tail: invalid number of lines: '0x'\n").code(1);
            continue;
        }
        t.tail(words).args(&["f", "gone", "p", ".", "-"]).like(&oracles("tail")).stdout_is("").fine();
        t.tail(words).arg("p").redirect("<&-").go().stdout_is("").fine();
        t.tail(words).redirect("<&-").go().stdout_is("").fine();
        t.tail(words).arg("f").redirect(">/dev/full").go().fine();
    }
    for word in ["-n+18446744073709551615", "-c+18446744073709551615", "-n+99999999999999999999"] {
        t.tail(&[word, "f", "gone", "p", "-"]).like(&newest()).stdout_is("").fine();
    }
    // Wrong words are, all the same; and so are warnings.
    t.tail(&["-n0", "-s", "x"]).go().stderr_is("tail: invalid number of seconds: 'x'\n").code(1);
    t.tail(&["-n0", "--retry", "gone"]).like(&newest()).code(0);
}

#[test]
fn seconds() {
    let (t, _) = scene();
    for word in [
        "0",
        "1",
        "1.5",
        ".5",
        "5.",
        "1e2",
        "0x1p3",
        "0x.8",
        "inf",
        "infinity",
        "INF",
        "-0",
        "-0.0",
        "+1",
        " 1",
        "\t1",
        "1e400",
        "1e-400",
        "00001",
        "99999999999999999999",
    ] {
        t.tail(&["-n1", "-s", word, "f"]).like(&newest()).stdout_is("3000\n").fine();
    }
    for word in [
        "", "x", "-1", "-.1", "nan", "NaN", "-nan", "1 ", "1s", "1,5", "0x", "1e", "e1", ".", "-inf", "--1",
        "é",
    ] {
        t.tail(&["-s", word, "f"]).like(&newest());
        t.tail(&["f", &format!("--sleep-interval={word}")]).env("LC_ALL", "C.UTF-8").like(&newest());
    }
    let told = "tail: invalid number of seconds: '-1'\n";
    t.tail(&["-s", "-1", "f"]).go().stdout_is("").stderr_is(told).code(1);
}

#[test]
fn process_ids() {
    let (t, _) = scene();
    let ignored = "tail: warning: PID ignored; --pid=PID is useful only when following\n";
    for word in ["1", "2147483647", " 7", "+7", "007"] {
        t.tail(&["-n1", "--pid", word, "f"])
            .like(&oracles("tail"))
            .stdout_is("3000\n")
            .stderr_is(ignored)
            .code(0);
    }
    t.tail(&["-n1", "--pid=0", "f"]).like(&newest()).code(0);
    for word in
        ["", "x", "-1", "-0", "1x", "1k", "1 ", "0x1", "2147483648", "99999999999999999999", "+-1", "1.5"]
    {
        t.tail(&["--pid", word, "f"]).like(&newest());
    }
    t.tail(&["--pid=x", "f"]).go().stdout_is("").stderr_is("tail: invalid PID: 'x'\n").code(1);
    let told = "tail: invalid PID: '2147483648': Value too large for defined data type\n";
    t.tail(&["--pid=2147483648", "f"]).go().stdout_is("").stderr_is(told).code(1);
}

#[test]
fn unchanged_stats() {
    let (t, _) = scene();
    for word in ["0", "1", " 5", "+5", "18446744073709551615", "99999999999999999999"] {
        t.tail(&["-n1", &format!("--max-unchanged-stats={word}"), "f"])
            .like(&newest())
            .stdout_is("3000\n")
            .fine();
    }
    for word in ["", "x", "-1", "1k", "1b", "k", "1 ", "1.5", "-99999999999999999999"] {
        t.tail(&[&format!("--max-unchanged-stats={word}"), "f"]).like(&newest()).stdout_is("").code(1);
    }
    let told = "tail: invalid maximum number of unchanged stats between opens: '1k'\n";
    t.tail(&["--max-unchanged-stats", "1k", "f"]).go().stdout_is("").stderr_is(told).code(1);
}
