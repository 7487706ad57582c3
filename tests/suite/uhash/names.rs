//! Names of all kinds: in lines, in diagnostics, in the results of `-c`.
//!
//! Once: how a name is written does not depend on who has read the file.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use super::{DIGESTS, HELLO, checked_alike, newest};
use crate::harness::{Scene, each_generated, gnu_under_test, oracles};

/// Files can be called like this.
pub const NAMES: [&[u8]; 34] = [
    b"plain",
    b"with space",
    b" leading",
    b"  two",
    b"trailing ",
    b"   ",
    b"*star",
    b" *",
    b"-dash",
    b"--tag",
    b"a\nb",
    b"\n",
    b"a\rb",
    b"end\r",
    b"a\\b",
    b"\\",
    b"\\n",
    b"tab\there",
    b"it's",
    b"quo\"te",
    b"co:lon",
    b"x: OK",
    b"a)",
    b"a) = (b",
    b"MD5 (x) = y",
    b"#hash",
    b"~tilde",
    b"{",
    b"$(x)",
    b"\xFF\xFE",
    b"e\xCC\x81\xC3\xA9",
    b"\xC3",
    b"\x01\x7F\x1B[1m",
    b"all \\ of\n it\r's \xFF",
];

/// A folder with these files in it, and the names as operands.
pub fn scene() -> (Scene, Vec<OsString>) {
    let t = Scene::new();
    for name in NAMES {
        t.file(OsStr::from_bytes(name), HELLO);
    }
    let names = NAMES.iter().map(|name| OsString::from_vec(name.to_vec()));
    (t, std::iter::once("--".into()).chain(names).collect())
}

/// A name as diagnostics show it in the C locale: bare if it can be, else as a shell reads it back.
pub fn quoted(name: &[u8]) -> Vec<u8> {
    let escaped = |byte: u8| !(b' '..0x7F).contains(&byte);
    let special = |byte: u8| b" !\"$&'()*:;<=>?[\\^`|".contains(&byte) || escaped(byte);
    let bare = !name.iter().any(|&byte| special(byte));
    if bare
        && !name.is_empty()
        && !name.starts_with(b"#")
        && !name.starts_with(b"~")
        && !matches!(name, b"{" | b"}")
    {
        return name.to_vec();
    }
    let harmless = |(at, byte): (usize, &u8)| match byte {
        b'#' | b'~' => at == 0,
        _ => byte.is_ascii_alphanumeric() || b"%+,-./:]_@ '".contains(byte),
    };
    if name.contains(&b'\'') && name.iter().enumerate().all(harmless) {
        return [b"\"", name, b"\""].concat();
    }
    let mut shown = b"'".to_vec();
    let mut inside = false;
    for &byte in name {
        if byte == b'\'' {
            shown.extend_from_slice(b"'\\''");
            inside = false;
            continue;
        }
        if escaped(byte) != inside {
            shown.extend_from_slice(if inside { b"''" } else { b"'$'" });
            inside = !inside;
        }
        match byte {
            0x07..=0x0D => shown.extend([b'\\', b"abtnvfr"[usize::from(byte - 7)]]),
            _ if inside => shown.extend(format!("\\{byte:03o}").bytes()),
            _ => shown.push(byte),
        }
    }
    shown.push(b'\'');
    shown
}

/// A line of GNU 9.10 that may be a result of `-c`, as 9.11 writes it.
pub fn modern_result(line: &[u8]) -> Vec<u8> {
    let results: [&[u8]; 3] = [b": OK\n", b": FAILED\n", b": FAILED open or read\n"];
    let Some((name, result)) = results.iter().find_map(|result| Some((line.strip_suffix(*result)?, *result)))
    else {
        return line.to_vec();
    };
    let name = match name.strip_prefix(b"\\") {
        Some(escaped) => unescaped(escaped),
        None => name.to_vec(),
    };
    [&quoted(&name), result].concat()
}

fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut bytes = name.iter();
    let mut plain = Vec::new();
    while let Some(&byte) = bytes.next() {
        plain.push(match (byte, byte == b'\\') {
            (_, false) => byte,
            _ => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                _ => b'\\',
            },
        });
    }
    plain
}

#[test]
fn in_lines() {
    let (t, names) = scene();
    for name in DIGESTS {
        for options in [&[][..], &["-b"], &["--tag"], &["-z"], &["--tag", "-z"]] {
            t.sum(name, options).args(&names).like(&oracles(name)).fine();
        }
    }
    for options in
        [&["-a", "bsd"][..], &["-a", "sysv"], &["-a", "crc"], &["-a", "md5"], &["-z", "-a", "sha1"]]
    {
        t.sum("cksum", options).args(&names).like(&oracles("cksum")).fine();
    }
    for options in
        [&["--base64"][..], &["--untagged", "--base64"], &["--untagged", "-b"], &["--base64", "-z"]]
    {
        t.sum("cksum", &["-a", "sm3"]).args(options).args(&names).like(&newest("cksum")).fine();
    }
    t.sum("sum", &["-s"]).args(&names).like(&oracles("sum")).fine();
}

/// What was written can be checked.
#[test]
fn there_and_back() {
    let (t, names) = scene();
    for (name, options) in [
        ("md5sum", &[][..]),
        ("md5sum", &["-b"]),
        ("sha256sum", &["--tag"]),
        ("b2sum", &[]),
        ("b2sum", &["--tag", "-l", "64"]),
        ("cksum", &["-a", "sha3", "-l", "384"]),
        ("cksum", &["-a", "sha1", "--base64"]),
    ] {
        t.sum(name, options).args(&names).redirect(">list").go().fine();
        checked_alike(&t.sum(name, &["-c", "list"]), name).fine();
    }
    t.sum("cksum", &["-a", "sm3", "--untagged", "--base64"]).args(&names).redirect(">list").go().fine();
    checked_alike(&t.sum("cksum", &["-a", "sm3", "-c", "list"]), "cksum").fine();
}

#[test]
fn in_diagnostics() {
    let t = Scene::new();
    let names: Vec<OsString> = NAMES.iter().map(|name| OsString::from_vec(name.to_vec())).collect();
    let told = |command: &str, what: &[u8]| {
        [command.as_bytes(), b": ", what, b": No such file or directory\n"].concat()
    };
    for command in ["md5sum", "b2sum", "cksum", "sum"] {
        let expected: Vec<u8> = NAMES.iter().flat_map(|name| told(command, &quoted(name))).collect();
        t.sum(command, &["--"]).args(&names).go().stdout_is("").stderr_is(&expected).code(1);
    }
    t.sum("sha1sum", &["--"]).args(&names).like(&newest("sha1sum")).code(1);
    t.sum("sha1sum", &["-c", "--"]).args(&names).like(&newest("sha1sum")).code(1);
    t.sum("sha1sum", &["--"]).args(&names).env("LC_ALL", "C.UTF-8").like(&newest("sha1sum")).code(1);
}

#[test]
fn the_empty_name() {
    let t = Scene::new();
    for command in ["md5sum", "cksum", "sum", "b2sum"] {
        let run = t.sum(command, &["", "-"]).stdin("x").like(&oracles(command)).code(1);
        run.stderr_is(format!("{command}: '': No such file or directory\n"));
    }
    t.file("list", format!("MD5 () = {}\n", super::HELLO_MD5));
    checked_alike(&t.sum("md5sum", &["-c", "list"]), "md5sum").code(1);
}

/// The model of quoting that translates what 9.10 says is GNU's.
#[test]
fn the_model_of_quoting() {
    let Some(gnu) = newest("md5sum").pop() else { return };
    let piece =
        select(vec![&b"a"[..], b"'", b"\n", b" ", b"#", b"~", b"\\", b"$", b"\xFF", b"{", b":", b"\t", b"]"]);
    let t = Scene::new();
    let names = vec(vec(piece, 0..6).prop_map(|pieces| pieces.concat()), 20);
    each_generated(40, &names, |names| {
        let words: Vec<&OsStr> = names.iter().map(|name| OsStr::from_bytes(name)).collect();
        let said = t.sum("md5sum", &["--"]).by(&gnu).args(&words).go().stderr;
        let lines = names
            .iter()
            .map(|name| [&b"md5sum: "[..], &quoted(name), b": No such file or directory\n"].concat())
            .collect::<Vec<_>>();
        match crate::harness::difference(&said, &lines.concat()) {
            Some(report) => Err(TestCaseError::fail(report)),
            None => Ok(()),
        }
    });
}

#[test]
fn in_results_as_9_11_has_them() {
    if gnu_under_test() {
        crate::harness::skip("GNU 9.10 does not quote names in results");
        return;
    }
    let t = Scene::new();
    let table: [(&[u8], &str); 11] = [
        (b"plain", "plain"),
        (b"a b", "'a b'"),
        (b"q'q", "\"q'q\""),
        (b"co:lon", "'co:lon'"),
        (b"b\\s", "'b\\s'"),
        (b"n\nl", "'n'$'\\n''l'"),
        (b"\xC3\xA9", "''$'\\303\\251'"),
        (b" x", "' x'"),
        (b"-x", "-x"),
        (b"{", "'{'"),
        (b"#x", "'#x'"),
    ];
    let names: Vec<&OsStr> = table.iter().map(|(name, _)| OsStr::from_bytes(name)).collect();
    for (content, listed, result) in
        [("x", "x", "OK"), ("y", "x", "FAILED"), ("", "x", "FAILED open or read")]
    {
        for name in &names {
            t.file(name, listed);
        }
        t.sum("sha1sum", &["--"]).args(&names).redirect(">list").go().fine();
        for name in &names {
            t.file(name, content);
            if content.is_empty() {
                std::fs::remove_file(t.path(name)).unwrap();
            }
        }
        let expected: String = table.iter().map(|(_, shown)| format!("{shown}: {result}\n")).collect();
        t.sum("sha1sum", &["-c", "list"]).go().stdout_is(expected).code(i32::from(result != "OK"));
    }
    t.file("é", "x").sum("sha1sum", &["é"]).redirect(">list").go().fine();
    let run = t.sum("sha1sum", &["-c", "list"]).env("LC_ALL", "C.UTF-8");
    run.go().stdout_is("é: OK\n").fine();
}
