//! Inputs around every block edge, counts around the number of lines: nothing may be lost, doubled or moved where one
//! buffer ends and the next begins.

use super::model::{Part, from_byte, from_line, last_bytes, last_lines};
use crate::harness::Scene;

const SMALL: [usize; 14] = [0, 1, 2, 511, 512, 513, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 8193];
const LARGE: [usize; 12] = [
    16_383, 16_385, 32_768, 65_535, 65_536, 65_537, 131_071, 131_073, 262_144, 524_289, 1_048_575, 1_048_577,
];

/// Ways to fill a file. Where there are lines, the last one has no end if the size is odd.
fn contents(size: usize) -> [(&'static str, Vec<u8>); 5] {
    let mut state = 0x2545_F491_u32 ^ u32::try_from(size).unwrap_or(1);
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()
    };
    let mut text = Vec::with_capacity(size + 200);
    while text.len() < size {
        let [length, letter, ..] = noise();
        text.resize(text.len() + usize::from(length) % 99, b'a' + letter % 26);
        text.push(b'\n');
    }
    text.truncate(size);
    let mut crlf = b"cr lf\r\n".repeat(size / 7 + 1);
    crlf.truncate(size);
    for content in [&mut text, &mut crlf] {
        if let Some(last) = content.last_mut() {
            *last = if size.is_multiple_of(2) { b'\n' } else { b'$' };
        }
    }
    [
        ("text", text),
        ("CR LF", crlf),
        ("blank lines", vec![b'\n'; size]),
        ("one line", vec![b'x'; size]),
        ("noise", (0..size).map(|_| noise()[0]).collect()),
    ]
}

#[track_caller]
fn check(t: &Scene, content: &[u8], parts: &[Part]) {
    t.file("f", content);
    for part in parts {
        let expected = part.of(content);
        t.tail(&part.args()).arg("f").go().stdout_is(expected).fine();
        t.tail(&part.args()).stdin(content).go().stdout_is(expected).fine();
    }
}

#[test]
fn lines_of_small_inputs() {
    let t = Scene::in_memory();
    for size in SMALL {
        for (what, content) in contents(size) {
            let lines = content.split_inclusive(|&byte| byte == b'\n').count() as u64;
            let mut parts = vec![last_lines(1), last_lines(lines), from_line(lines)];
            if what == "text" {
                parts.extend([
                    last_lines(lines.saturating_sub(1)),
                    last_lines(lines + 1),
                    last_lines(lines / 2 + 1),
                    from_line(lines / 2 + 1),
                    from_line(lines + 1),
                    from_line(lines + 2),
                    last_lines(lines / 2 + 1).zeros(),
                ]);
            }
            check(&t, &content, &parts);
        }
    }
}

#[test]
fn lines_of_large_inputs() {
    let t = Scene::in_memory();
    for (i, size) in LARGE.into_iter().enumerate() {
        for (what, content) in contents(size) {
            let lines = content.split_inclusive(|&byte| byte == b'\n').count() as u64;
            let some = [last_lines(lines / 2), from_line(lines / 2), last_lines(1), from_line(lines)];
            let mut parts = vec![some[i % some.len()], last_lines(3)];
            if what == "text" {
                parts.extend([last_lines(lines - 1), last_lines(lines), from_line(lines)]);
            }
            check(&t, &content, &parts);
        }
    }
}

#[test]
fn bytes_of_all_inputs() {
    let t = Scene::in_memory();
    for size in SMALL.into_iter().chain(LARGE) {
        let [.., (_, content)] = contents(size);
        let size = size as u64;
        let parts = [
            last_bytes(1),
            last_bytes(size.saturating_sub(1)),
            last_bytes(size / 3),
            last_bytes(size + 1),
            from_byte(2),
            from_byte(size),
            from_byte(size + 1),
        ];
        check(&t, &content, &parts);
    }
}

/// A line's end, moved over every edge there may be, counted from the beginning and from the end.
#[test]
fn a_line_end_around_an_edge() {
    let t = Scene::in_memory();
    for edge in [512, 1024, 4096, 8192, 32_768, 65_536, 131_072, 262_144] {
        for at in [edge - 2, edge - 1, edge, edge + 1] {
            let mut content = vec![b'x'; at];
            content.push(b'\n');
            content.resize(3 * edge / 2, b'y');
            check(&t, &content, &[last_lines(1), from_line(2)]);
            content.reverse();
            check(&t, &content, &[last_lines(1), last_lines(2)]);
        }
    }
}

/// What comes through a pipe comes in pieces of any size.
#[test]
fn pieces() {
    let t = Scene::in_memory();
    let [(_, text), .., (_, noise)] = contents(60_001);
    for content in [text, noise] {
        let lines = content.split_inclusive(|&byte| byte == b'\n').count() as u64;
        for piece in [613, 1024, 4095, 4096] {
            for part in [
                last_lines(1),
                last_lines(lines / 2),
                from_line(lines / 2),
                last_bytes(30_000),
                from_byte(30_000),
                last_bytes(4096),
            ] {
                let pieces = content.chunks(piece).map(<[u8]>::to_vec).collect();
                t.tail(&part.args()).stdin_pieces(pieces).go().stdout_is(part.of(&content)).fine();
            }
        }
    }
    let content = b"a\nbb\n\nccc\nd";
    for part in [last_lines(1), last_lines(2), last_lines(3), from_line(3), last_bytes(4), from_byte(4)] {
        let pieces = content.chunks(1).map(<[u8]>::to_vec).collect();
        t.tail(&part.args()).stdin_pieces(pieces).go().stdout_is(part.of(content)).fine();
    }
}
