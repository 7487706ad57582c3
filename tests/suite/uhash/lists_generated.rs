//! Generated lists: lines of all formats, some of them damaged, and noise. What is said of them, in which order, and
//! the status are GNU's. `PROPTEST_CASES` says how many.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseError;

use super::{
    HELLO, HELLO_BLAKE2B, HELLO_BLAKE2B_128, HELLO_MD5, HELLO_MD5_BASE64, HELLO_SHA1, HELLO_SHA3_256,
    HELLO_SHA224, HELLO_SHA256, HELLO_SHA256_BASE64, HELLO_SHA512, HELLO_SM3, modern, newest,
};
use crate::harness::{Scene, Tool, each_generated, skip};

const CASES: u32 = 200;

const FILES: [&[u8]; 8] = [b"f", b"g h", b"x", b"n\nl", b"\\", b" b", b"*s", b"q'q"];

/// Tags (the last are strange), and what is right for `hello`.
const DIGESTS: [(&str, &str); 20] = [
    ("MD5", HELLO_MD5),
    ("MD5", HELLO_MD5),
    ("MD5", HELLO_MD5_BASE64),
    ("SHA1", HELLO_SHA1),
    ("SHA224", HELLO_SHA224),
    ("SHA256", HELLO_SHA256),
    ("SHA256", HELLO_SHA256),
    ("SHA256", HELLO_SHA256_BASE64),
    ("SHA2-256", HELLO_SHA256),
    ("SHA512", HELLO_SHA512),
    ("SHA2", HELLO_SHA512),
    ("SHA3-256", HELLO_SHA3_256),
    ("SM3", HELLO_SM3),
    ("BLAKE2b", HELLO_BLAKE2B),
    ("BLAKE2b", HELLO_BLAKE2B),
    ("BLAKE2b-128", HELLO_BLAKE2B_128),
    ("BLAKE2b-8", "27"),
    ("CRC", "3015617425"),
    ("SHA3", HELLO_SHA3_256),
    ("md5", HELLO_MD5),
];

const COMMANDS: [&[&str]; 10] = [
    &["cksum"],
    &["cksum", "-a", "md5"],
    &["cksum", "-a", "sha2"],
    &["cksum", "-a", "sha256"],
    &["cksum", "-a", "blake2b"],
    &["md5sum"],
    &["md5sum"],
    &["sha256sum"],
    &["b2sum"],
    &["b2sum"],
];

#[derive(Clone, Debug)]
struct Case {
    command: &'static [&'static str],
    options: Vec<&'static str>,
    list: Vec<u8>,
    from_stdin: bool,
    one_pipe: bool,
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    let other = vec![&b"gone"[..], b".", b"-", b"", b"f/x", b"a) = (b", b"\xFF", b"gone\\n", b"f\r", b"f "];
    prop_oneof![4 => select(FILES.as_slice()), 2 => select(other)].prop_map(<[u8]>::to_vec)
}

/// A line as the commands write them.
fn proper() -> impl Strategy<Value = Vec<u8>> {
    let escaped = |name: &[u8]| {
        name.iter().fold(Vec::new(), |mut text, &byte| {
            match byte {
                b'\n' => text.extend_from_slice(b"\\n"),
                b'\r' => text.extend_from_slice(b"\\r"),
                b'\\' => text.extend_from_slice(b"\\\\"),
                _ => text.push(byte),
            }
            text
        })
    };
    let layouts = vec!["  ", "  ", " *", " ", "\t", "(", "(", "tight", "wide"];
    (select(DIGESTS.as_slice()), name(), select(layouts), any::<bool>(), 0..8).prop_map(
        move |((tag, digest), name, layout, mark, case)| {
            let text = escaped(&name);
            let digest = if case == 0 { digest.to_uppercase() } else { digest.to_owned() };
            let (tag, digest) = (tag.as_bytes(), digest.as_bytes());
            let line = match layout {
                "(" => [tag, b" (", &text, b") = ", digest].concat(),
                "tight" => [tag, b"(", &text, b")= ", digest].concat(),
                "wide" => [b" \t", tag, b" (", &text, b") \t =\t", digest].concat(),
                blanks => [digest, blanks.as_bytes(), &text].concat(),
            };
            let mark: &[u8] = if text != name || (mark && case == 1) { b"\\" } else { b"" };
            [mark, &line].concat()
        },
    )
}

/// A line in which something is wrong, perhaps.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let pieces = vec![
        &b" "[..],
        b"(",
        b")",
        b"=",
        b"\\",
        b"*",
        b"0",
        b"g",
        b"\t",
        b"\r",
        b"\0",
        b"-",
        b"#",
        b"\n",
        b"\\n",
        b"A",
        b"/",
    ];
    (proper(), any::<Index>(), select(pieces), 0..3).prop_map(|(mut line, at, piece, how)| {
        let at = at.index(line.len());
        match how {
            0 => drop(line.splice(at..at, piece.iter().copied())),
            1 => drop(line.remove(at)),
            _ => line[at] = piece[0],
        }
        line
    })
}

fn case() -> impl Strategy<Value = Case> {
    let line = prop_oneof![
        8 => proper(),
        4 => damaged(),
        1 => vec(any::<u8>(), 0..40),
        1 => select(vec![&b""[..], b"# comment", b"  ", b"noise", b"\r"]).prop_map(<[u8]>::to_vec),
    ];
    let end = select(vec![&b"\n"[..], b"\n", b"\n", b"\r\n", b"\n\n", b"\r\r\n"]);
    let list = vec((line, end), 0..12).prop_map(|lines| {
        lines.into_iter().flat_map(|(line, end)| [line, end.to_vec()].concat()).collect::<Vec<u8>>()
    });
    let options = vec(
        select(vec!["-w", "-w", "--quiet", "--status", "--strict", "--ignore-missing", "--ignore-missing"]),
        0..3,
    );
    (select(COMMANDS.as_slice()), options, list, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(command, options, mut list, from_stdin, one_pipe, whole)| {
            if !whole {
                list.pop();
            }
            Case { command, options, list, from_stdin, one_pipe }
        },
    )
}

/// A length that begins with something that 9.10 skips and 9.11 does not.
fn is_read_otherwise_by_9_11(list: &[u8]) -> bool {
    let starts = |pair: &[u8]| {
        pair[0] == b'-' && (pair[1] == b'+' || pair[1].is_ascii_whitespace() || pair[1] == 0x0B)
    };
    list.windows(2).any(starts)
}

/// A digest of 2 or 4 bytes in hexadecimal, or one in base64 that could be hexadecimal: GNU's `cksum` does not know it,
/// ours does (uhash(1), Compatibility).
fn has_digest_that_gnu_does_not_know(list: &[u8]) -> bool {
    let mut words = list.split(|byte| !byte.is_ascii_graphic() || b"()\\*".contains(byte));
    words.any(|word| {
        let hex = word.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        matches!(&word[hex..], b"=" | b"==") || (matches!(hex, 4 | 8) && hex == word.len())
    })
}

impl Case {
    fn is_comparable(&self) -> bool {
        !is_read_otherwise_by_9_11(&self.list)
            && (self.command[0] != "cksum" || !has_digest_that_gnu_does_not_know(&self.list))
    }

    fn check(&self, t: &Scene) -> Result<(), TestCaseError> {
        let command = self.command[0];
        let Some(gnu) = newest(command).pop().filter(|_| self.is_comparable()) else {
            return Ok(());
        };
        t.file("list", &self.list);
        let run = |tool: Option<&Tool>| {
            let run = t.sum(command, &self.command[1..]).args(&self.options).arg("-c");
            let run = tool.map_or(run.clone(), |tool| run.by(tool));
            let run = if self.from_stdin { run.redirect("<list") } else { run.arg("list").stdin(HELLO) };
            if self.one_pipe { run.redirect("2>&1") } else { run }.go()
        };
        let (ours, theirs) = (run(None), modern(run(Some(&gnu))));
        match ours.difference_from(&theirs) {
            Some(report) => Err(TestCaseError::fail(report)),
            None => Ok(()),
        }
    }
}

#[test]
fn are_checked_as_gnu_does() {
    if newest("cksum").is_empty() {
        skip("no newest GNU coreutils to compare with");
        return;
    }
    let t = Scene::in_memory();
    for name in FILES {
        t.file(OsString::from_vec(name.to_vec()), HELLO);
    }
    t.file("x", "something else");
    each_generated(CASES, &case(), |case| case.check(&t));
}
