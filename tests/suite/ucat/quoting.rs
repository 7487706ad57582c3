//! How a file's name is written in a diagnostic: bare when it can be, else as a shell would read it back.
//!
//! Once: none of these files exists.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::harness::{Scene, latest_oracle};

/// A name, how it is shown in the C locale, and in C.UTF-8 when that is different.
type Row = (&'static [u8], &'static str, Option<&'static str>);

const TABLE: &[Row] = &[
    (b"plain", "plain", None),
    (b"x~", "x~", None),
    (b"x#", "x#", None),
    (b"a]b", "a]b", None),
    (b"a%b", "a%b", None),
    (b"{a}", "{a}", None),
    (b"a{", "a{", None),
    (b"with space", "'with space'", None),
    (b"a:b", "'a:b'", None),
    (b"~x", "'~x'", None),
    (b"#x", "'#x'", None),
    (b"{", "'{'", None),
    (b"}", "'}'", None),
    (b"a=b", "'a=b'", None),
    (b"a\\b", "'a\\b'", None),
    (b"a'b", "\"a'b\"", None),
    (b"'", "\"'\"", None),
    (b"a\"b", "'a\"b'", None),
    (b"it's $x", "'it'\\''s $x'", None),
    (b"it's#1", "'it'\\''s#1'", None),
    (b"#it's", "\"#it's\"", None),
    (b"a\nb", "'a'$'\\n''b'", None),
    (b"\nb", "''$'\\n''b'", None),
    (b"a\n", "'a'$'\\n'", None),
    (b"a\n'b", "'a'$'\\n'\\''b'", None),
    (b"a'\nb", "'a'\\'''$'\\n''b'", None),
    (b"z'\n", "'z'\\'''$'\\n'", None),
    (b"\t\r\x07\x08\x0B\x0C\x1B\x7F", "''$'\\t\\r\\a\\b\\v\\f\\033\\177'", None),
    (b"\xFF", "''$'\\377'", None),
    (b"a\xFFb", "'a'$'\\377''b'", None),
    (b"\xC3", "''$'\\303'", None),
    ("é".as_bytes(), "''$'\\303\\251'", Some("é")),
    ("é b".as_bytes(), "''$'\\303\\251'' b'", Some("'é b'")),
    ("é'b".as_bytes(), "''$'\\303\\251'\\''b'", Some("\"é'b\"")),
    ("😀".as_bytes(), "''$'\\360\\237\\230\\200'", Some("😀")),
    (b"\xE2\x80\x8B", "''$'\\342\\200\\213'", Some("\u{200B}")),
    (b"\xC2\xA0", "''$'\\302\\240'", Some("\u{A0}")),
    (b"\xC2\x80", "''$'\\302\\200'", Some("''$'\\302\\200'")),
    (b"\xED\xA0\x80", "''$'\\355\\240\\200'", None),
];

#[test]
fn names_as_the_table_has_them() {
    let t = Scene::new();
    for &(name, c, utf8) in TABLE {
        for (locale, shown) in [("C", c), ("POSIX", c), ("C.UTF-8", utf8.unwrap_or(c))] {
            let expected = format!("cat: {shown}: No such file or directory\n");
            let run = t.cat(&[OsStr::from_bytes(name)]).env("LC_ALL", locale);
            run.go().stdout_is("").stderr_is(expected).code(1);
        }
    }
}

/// Each byte alone, first, in the middle and last, all in one command.
#[test]
fn every_byte_as_gnu_shows_it() {
    let Some(gnu) = latest_oracle("cat") else { return };
    let t = Scene::new();
    let bytes = (1..=255_u8).filter(|&b| b != b'/');
    let names: Vec<Vec<u8>> = bytes
        .flat_map(|b| [vec![b'=', b], vec![b, b'x'], vec![b'x', b, b'y'], vec![b'\'', b, b'\''], vec![b, b]])
        .chain((1..=255_u8).filter(|b| !b"/-".contains(b)).map(|b| vec![b]))
        .collect();
    let names: Vec<&OsStr> = names.iter().map(|name| OsStr::from_bytes(name)).collect();
    for locale in ["C", "C.UTF-8"] {
        t.cat(&["--"]).args(&names).env("LC_ALL", locale).like(std::slice::from_ref(&gnu)).code(1);
    }
}

/// Which variable names the locale.
#[test]
fn the_locale_is_found_as_usual() {
    let t = Scene::new();
    let (c, utf8) =
        ("cat: ''$'\\303\\251': No such file or directory\n", "cat: é: No such file or directory\n");
    for (all, ctype, lang, expected) in [
        ("", "", "", c),
        ("", "", "C.UTF-8", utf8),
        ("", "C.UTF-8", "C", utf8),
        ("", "C", "C.UTF-8", c),
        ("C.UTF-8", "C", "C", utf8),
        ("C", "C.UTF-8", "C.UTF-8", c),
        ("", "", "C.utf8", utf8),
        ("", "", "nonsense", c),
    ] {
        let run = t.cat(&["é"]).env("LC_ALL", all).env("LC_CTYPE", ctype).env("LANG", lang);
        run.go().stderr_is(expected).code(1);
    }
}

/// Names that need quotes in a message are opened as they are.
#[test]
fn files_of_such_names_are_read() {
    let t = Scene::new();
    for &(name, ..) in TABLE {
        let name = OsStr::from_bytes(name);
        t.file(name, name.as_bytes());
        for locale in ["C", "C.UTF-8"] {
            t.cat(&[name, "--".as_ref()]).env("LC_ALL", locale).go().stdout_is(name.as_bytes()).fine();
        }
    }
}
