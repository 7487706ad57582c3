//! How a file's name is written in a diagnostic: always in quotes, as a shell would read it back.
//!
//! Once: none of these files can be read.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::newest;
use crate::harness::Scene;

/// A name, how it is shown in the C locale, and in C.UTF-8 when that is different.
type Row = (&'static [u8], &'static str, Option<&'static str>);

const TABLE: &[Row] = &[
    (b"plain", "'plain'", None),
    (b"x~", "'x~'", None),
    (b"{a}", "'{a}'", None),
    (b"with space", "'with space'", None),
    (b"a:b", "'a:b'", None),
    (b"#x", "'#x'", None),
    (b"a\\b", "'a\\b'", None),
    (b"a'b", "\"a'b\"", None),
    (b"a\"b", "'a\"b'", None),
    (b"it's $x", "'it'\\''s $x'", None),
    (b"it's#1", "'it'\\''s#1'", None),
    (b"a\nb", "'a'$'\\n''b'", None),
    (b"\nb", "''$'\\n''b'", None),
    (b"a\n'b", "'a'$'\\n'\\''b'", None),
    (b"z'\n", "'z'\\'''$'\\n'", None),
    (b"\t\r\x07\x1B\x7F", "''$'\\t\\r\\a\\033\\177'", None),
    (b"\xFF", "''$'\\377'", None),
    (b"a\xFFb", "'a'$'\\377''b'", None),
    ("é".as_bytes(), "''$'\\303\\251'", Some("'é'")),
    ("é'b".as_bytes(), "''$'\\303\\251'\\''b'", Some("\"é'b\"")),
    ("😀".as_bytes(), "''$'\\360\\237\\230\\200'", Some("'😀'")),
    (b"\xC2\x80", "''$'\\302\\200'", None),
];

#[test]
fn names_as_the_table_has_them() {
    let t = Scene::new();
    for &(name, c, utf8) in TABLE {
        for (locale, shown) in [("C", c), ("C.UTF-8", utf8.unwrap_or(c))] {
            let expected = format!("tail: cannot open {shown} for reading: No such file or directory\n");
            let run = t.tail(&[OsStr::from_bytes(name)]).env("LC_ALL", locale);
            run.go().stdout_is("").stderr_is(expected).code(1);
        }
    }
}

/// Each byte alone, first, in the middle and last, all in one command.
#[test]
fn every_byte_as_gnu_shows_it() {
    let t = Scene::new();
    let bytes = (1..=255_u8).filter(|&b| b != b'/');
    let names: Vec<Vec<u8>> = bytes
        .flat_map(|b| [vec![b'=', b], vec![b, b'x'], vec![b'x', b, b'y'], vec![b'\'', b, b'\''], vec![b, b]])
        .chain((1..=255_u8).filter(|b| !b"/-.".contains(b)).map(|b| vec![b]))
        .collect();
    let names: Vec<&OsStr> =
        names.iter().map(|name| OsStr::from_bytes(name)).filter(|name| *name != "..").collect();
    for locale in ["C", "C.UTF-8"] {
        t.tail(&["--"]).args(&names).env("LC_ALL", locale).like(&newest()).code(1);
    }
    std::fs::create_dir(t.path("it's a\nfolder")).unwrap();
    t.tail(&["it's a\nfolder"]).like(&newest()).code(1);
}

/// Arguments of options are quoted in another way, with the quotes of the language.
#[test]
fn arguments_of_options() {
    let t = Scene::new();
    for word in [
        &b"x"[..],
        b"",
        b"a\nb\xFF'c",
        b"5'",
        "é".as_bytes(),
        b"\\",
        b"a b",
        b"\"",
        b"\t\r\x1B",
        b"\xE2\x80\x98",
        b"?",
    ] {
        let word = OsStr::from_bytes(word);
        for locale in ["C", "POSIX", "C.UTF-8"] {
            for option in ["-n", "-c", "-s", "--pid", "--max-unchanged-stats"] {
                t.tail(&[option.as_ref(), word]).env("LC_ALL", locale).like(&newest()).stdout_is("").code(1);
            }
            let mut follow = std::ffi::OsString::from("--follow=");
            follow.push(word);
            t.tail(&[follow]).env("LC_ALL", locale).like(&newest()).stdout_is("").code(1);
        }
    }
}

/// Names that need quotes in a message are opened as they are.
#[test]
fn files_of_such_names_are_read() {
    let t = Scene::new();
    for &(name, ..) in TABLE {
        let name = OsStr::from_bytes(name);
        t.file(name, name.as_bytes());
        t.tail(&["-c+1".as_ref(), name]).go().stdout_is(name.as_bytes()).fine();
    }
}
