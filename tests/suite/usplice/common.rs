//! What the tests of `usplice` have in common: inputs, broken ends, and texts with numbers in them that nobody knows
//! beforehand.

use crate::harness::{Collector, Live, PATIENCE, sys};

/// Some megabytes in which every piece is in its place: no two lines are the same.
pub fn numbers(lines: usize) -> Vec<u8> {
    (0..lines).flat_map(|i| format!("{i}\n").into_bytes()).collect()
}

/// Closes it for good: no other test's child has a copy.
pub fn close<T>(end: T) {
    let _guard = sys::no_forks();
    drop(end);
}

/// Whether `text` is what `template` says. There, `<n>` stands for a whole number, `<d>` for one with or without decimals
/// (dd's have exponents, too), `<s>` for a size or rate with its unit, `<t>` for a time (`0:00:01`, `-:--:--`), and `<*>` for
/// anything but a line end, spaces included.
pub fn fits(template: &str, text: &str) -> bool {
    let Some(open) = template.find('<') else { return template == text };
    let Some(rest) = text.strip_prefix(&template[..open]) else { return false };
    let close = open + template[open..].find('>').expect("a complete template");
    let (what, template) = (&template[open + 1..close], &template[close + 1..]);
    let fit: fn(&str) -> bool = match what {
        "n" => |s| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit()),
        "d" => is_decimal,
        "s" => is_size,
        "t" => |s| s == "-:--:--" || (s.contains(':') && s.bytes().all(|b| b.is_ascii_digit() || b == b':')),
        "*" => |s| !s.contains(['\n', '\r']),
        _ => panic!("<{what}>"),
    };
    let ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.rev().any(|at| fit(&rest[..at]) && fits(template, &rest[at..]))
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit() || b".e-+".contains(&b)) && text.parse::<f64>().is_ok()
}

/// `12 B`, `1.2 MiB`, `1.2MiB/s`, `3 kB/s`, ….
fn is_size(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = &text[..text.len() - unit.len()];
    let unit = unit.strip_suffix("/s").unwrap_or(unit);
    let letters = unit.trim_start();
    is_decimal(number)
        && ["B", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"].contains(&letters)
        && unit.len() - letters.len() <= 1
}

/// A line of dd's when it is asked how far it got.
pub const STATUS: [&str; 3] = [
    "<n> bytes copied, <d> s, <s>",
    "<n> bytes (<s>) copied, <d> s, <s>",
    "<n> bytes (<s>, <s>) copied, <d> s, <s>",
];

/// How many bytes a status line tells of, if it is one.
pub fn status_line(line: &str) -> Option<u64> {
    let one = line.strip_prefix("1 byte copied").map(|rest| format!("1 bytes copied{rest}"));
    let line = one.as_deref().unwrap_or(line);
    let fits = STATUS.iter().any(|template| fits(template, line));
    fits.then(|| line.split(' ').next().and_then(|n| n.parse().ok())).flatten()
}

/// The status lines that `stderr` consists of: how many bytes each tells of. Fails if there is anything else.
#[track_caller]
pub fn status_lines(stderr: &[u8]) -> Vec<u64> {
    let text = std::str::from_utf8(stderr).expect("UTF-8");
    assert!(text.is_empty() || text.ends_with('\n'), "no line end: {text:?}");
    text.lines()
        .map(|l| status_line(l).unwrap_or_else(|| panic!("not a status line: {l:?} of {text:?}")))
        .collect()
}

/// Waits until so many lines have come.
#[track_caller]
pub fn wait_for_lines(from: &Collector, count: usize) -> Vec<u8> {
    from.until_it(|bytes| bytes.split(|&b| b == b'\n').count() > count)
}

/// Waits until a signal is blocked in it, which is when it answers by itself.
pub fn await_signal(live: &Live, signal: i32) {
    let status = format!("/proc/{}/status", live.pid());
    let deadline = std::time::Instant::now() + PATIENCE;
    loop {
        let text = std::fs::read_to_string(&status).unwrap();
        let blocked = text.lines().find_map(|line| line.strip_prefix("SigBlk:")).expect("SigBlk");
        let blocked = u64::from_str_radix(blocked.trim(), 16).expect("hexadecimal");
        if blocked & (1 << (signal - 1)) != 0 {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "it never takes its signals");
        std::thread::yield_now();
    }
}

#[test]
fn templates() {
    for (template, text, expected) in [
        ("<n> bytes", "12 bytes", true),
        ("<n> bytes", " bytes", false),
        ("<d> s, <s>", "0.0012 s, 12.5 MB/s", true),
        ("<d> s, <s>", "1.2e-05 s, 3 kB/s", true),
        ("<d> s", "s s", false),
        ("[<*>] <t>", "[==> ] 0:00:01", true),
        ("[<*>] <t>", "[==> ]\n0:00:01", false),
        ("<s>", "12 XB", false),
        ("<n>", "12 ", false),
    ] {
        assert_eq!(fits(template, text), expected, "{template} {text}");
    }
    assert_eq!(status_line("1 byte copied, 0.5 s, 0.0 kB/s"), Some(1));
    assert_eq!(status_line("1234 bytes (1.2 kB, 1.2 KiB) copied, 1.5e-05 s, 82 MB/s"), Some(1234));
    assert_eq!(status_line("1234 bytes (1.2 kB, 1.2 KiB) copied, s, 82 MB/s"), None);
}
