//! Standard input that is a file: read from where it is, and left where a shell expects it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};

use super::model::{Part, from_byte, from_line, last_bytes, last_lines};
use super::{newest, numbered};
use crate::harness::{Scene, oracles};

fn scene(content: impl AsRef<[u8]>) -> Scene {
    let t = Scene::in_memory();
    t.file("f", content);
    t
}

fn at(t: &Scene, offset: u64) -> File {
    let mut file = OpenOptions::new().read(true).write(true).open(t.path("f")).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file
}

const PARTS: fn() -> [Part; 10] = || {
    [
        last_lines(1),
        last_lines(10),
        last_lines(1_000_000),
        from_line(1),
        from_line(3),
        last_bytes(5),
        last_bytes(100_000),
        from_byte(1),
        from_byte(7),
        last_bytes(10_000_000),
    ]
};

/// What is in front of the offset is never shown.
#[test]
fn partly_consumed() {
    let text = numbered(20_000);
    let t = scene(&text);
    let size = text.len() as u64;
    for offset in [1, 2, 511, 4096, 65_537, size - 7, size - 6, size - 1, size] {
        let rest = &text.as_bytes()[usize::try_from(offset).unwrap()..];
        for part in PARTS() {
            t.tail(&part.args()).stdin_from(at(&t, offset)).go().stdout_is(part.of(rest)).fine();
        }
    }
}

#[test]
fn beyond_the_end() {
    let t = scene("one\ntwo\n");
    for offset in [9, 4096, 1 << 40] {
        for part in PARTS() {
            t.tail(&part.args()).stdin_from(at(&t, offset)).go().stdout_is("").fine();
            t.tail(&part.args())
                .arg("-v")
                .stdin_from(at(&t, offset))
                .go()
                .stdout_is("==> standard input <==\n")
                .fine();
        }
    }
}

/// Whoever reads on finds nothing: all of it was read, or skipped.
#[test]
fn left_at_its_end() {
    for count in [0, 1, 5, 20_000] {
        let text = numbered(count);
        let t = scene(&text);
        for offset in [0, 3, text.len() as u64] {
            for part in PARTS() {
                let mut file = at(&t, offset);
                let given = file.try_clone().unwrap();
                let ours = t.tail(&part.args()).stdin_from(given).go().fine();
                let end = file.stream_position().unwrap();
                let sought = if part == from_byte(7) { offset + 6 } else { offset };
                assert_eq!(end, (text.len() as u64).max(sought), "{ours:?} from {offset}");
            }
        }
    }
}

/// Where GNU leaves the offset, whatever sense that makes.
#[test]
fn left_as_gnu_leaves_it() {
    let text = numbered(3000);
    let t = scene(&text);
    for words in [
        &["-n0"][..],
        &["-c0"],
        &["-n+100000"],
        &["-c+100000"],
        &["f"],
        &["-n0", "-"],
        &["-", "f"],
        &["gone"],
        &["-n1", "-", "-"],
        &["-c5", "-", "-"],
        &["--help"],
        &["-c+3", "-", "-"],
    ] {
        for offset in [0, 5000, 20_000] {
            let mut file = at(&t, offset);
            t.tail(words).stdin_from(file.try_clone().unwrap()).go();
            let ours = file.stream_position().unwrap();
            for gnu in newest() {
                file.seek(SeekFrom::Start(offset)).unwrap();
                t.tail(words).by(&gnu).stdin_from(file.try_clone().unwrap()).go();
                assert_eq!(ours, file.stream_position().unwrap(), "{words:?} at {offset}");
            }
        }
    }
}

#[test]
fn a_shell_reads_on() {
    let t = scene(numbered(30));
    let mut file = at(&t, 0);
    t.tail(&["-n1"]).stdin_from(file.try_clone().unwrap()).go().stdout_is("30\n").fine();
    file.write_all(b"more\n").unwrap();
    t.holds("f", format!("{}more\n", numbered(30)));
    file.rewind().unwrap();
    t.tail(&["-n0"]).stdin_from(file.try_clone().unwrap()).go().fine();
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert!(rest.starts_with("1\n2\n"));
}

/// The second time it is at its end, or where the first time left it.
#[test]
fn twice() {
    let t = scene(numbered(30));
    for part in PARTS() {
        for operands in
            [&["-", "-"][..], &["-", "f", "-"], &["f", "-", "f"], &["/dev/stdin", "-"], &["-", "/dev/stdin"]]
        {
            t.tail(&part.args()).args(operands).redirect("<f").like(&oracles("tail")).fine();
            t.tail(&part.args()).args(operands).stdin(numbered(100)).like(&oracles("tail")).fine();
        }
    }
}

#[test]
fn by_other_names() {
    let t = scene(numbered(30));
    for name in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        t.tail(&["-n2", name]).stdin("1\n2\n3\n").go().stdout_is("2\n3\n").fine();
        // Opened anew, and so from its beginning.
        t.tail(&["-n+29", name]).stdin_from(at(&t, 50)).go().stdout_is("29\n30\n").fine();
    }
}
