//! The tables of the three styles.

use super::*;

/// A name, in style A and in style B.
const ASCII: &[(&[u8], &[u8], &[u8])] = &[
    (b"plain", b"'plain'", b"plain"),
    (b"x~", b"'x~'", b"x~"),
    (b"x#", b"'x#'", b"x#"),
    (b"a]b", b"'a]b'", b"a]b"),
    (b"a%b", b"'a%b'", b"a%b"),
    (b"{a}", b"'{a}'", b"{a}"),
    (b"-x", b"'-x'", b"-x"),
    (b"a@b,c+d", b"'a@b,c+d'", b"a@b,c+d"),
    (b"with space", b"'with space'", b"'with space'"),
    (b"a:b", b"'a:b'", b"'a:b'"),
    (b"~x", b"'~x'", b"'~x'"),
    (b"#x", b"'#x'", b"'#x'"),
    (b"{", b"'{'", b"'{'"),
    (b"}", b"'}'", b"'}'"),
    (b"{}", b"'{}'", b"{}"),
    (b"a=b", b"'a=b'", b"'a=b'"),
    (b"a\\b", b"'a\\b'", b"'a\\b'"),
    (b"a'b", b"\"a'b\"", b"\"a'b\""),
    (b"'", b"\"'\"", b"\"'\""),
    (b"#a'b", b"\"#a'b\"", b"\"#a'b\""),
    (b"a'b c:d", b"\"a'b c:d\"", b"\"a'b c:d\""),
    (b"it's $x", b"'it'\\''s $x'", b"'it'\\''s $x'"),
    (b"it's#1", b"'it'\\''s#1'", b"'it'\\''s#1'"),
    (b"{'", b"'{'\\'''", b"'{'\\'''"),
    (b"a\nb", b"'a'$'\\n''b'", b"'a'$'\\n''b'"),
    (b"\nb", b"''$'\\n''b'", b"''$'\\n''b'"),
    (b"a\n", b"'a'$'\\n'", b"'a'$'\\n'"),
    (b"a\n'b", b"'a'$'\\n'\\''b'", b"'a'$'\\n'\\''b'"),
    (b"a'\nb", b"'a'\\'''$'\\n''b'", b"'a'\\'''$'\\n''b'"),
    (b"z'\n", b"'z'\\'''$'\\n'", b"'z'\\'''$'\\n'"),
    (b"\xff", b"''$'\\377'", b"''$'\\377'"),
    (b"a\xffb", b"'a'$'\\377''b'", b"'a'$'\\377''b'"),
    (b"\xc3\xa9", b"''$'\\303\\251'", b"''$'\\303\\251'"),
    (
        b"\x07\x08\t\n\x0b\x0c\r\x1b\x7f",
        b"''$'\\a\\b\\t\\n\\v\\f\\r\\033\\177'",
        b"''$'\\a\\b\\t\\n\\v\\f\\r\\033\\177'",
    ),
    (b"", b"''", b"''"),
];

#[test]
fn shell_words_in_the_c_locale() {
    for (name, always, needed) in ASCII {
        assert_eq!(text(&shell_always(name, Charset::Ascii)), text(always));
        assert_eq!(text(&shell_needed(name, Charset::Ascii)), text(needed));
    }
}

#[test]
fn shell_words_in_utf8() {
    // What is ASCII, or no UTF-8, is judged alike.
    for (name, always, needed) in ASCII.iter().filter(|(name, ..)| *name != b"\xc3\xa9") {
        assert_eq!(text(&shell_always(name, Charset::Utf8)), text(always));
        assert_eq!(text(&shell_needed(name, Charset::Utf8)), text(needed));
    }
    for (name, always, needed) in [
        ("é".as_bytes(), "'é'", "é"),
        ("é'".as_bytes(), "\"é'\"", "\"é'\""),
        ("\u{1f980} ".as_bytes(), "'\u{1f980} '", "'\u{1f980} '"),
        (b"\xc3", "''$'\\303'", "''$'\\303'"),
        (b"\xe2\x82x", "''$'\\342\\202''x'", "''$'\\342\\202''x'"),
        (b"\xc0\xaf", "''$'\\300\\257'", "''$'\\300\\257'"),
        ("\u{85}".as_bytes(), "''$'\\302\\205'", "''$'\\302\\205'"),
    ] {
        assert_eq!(text(&shell_always(name, Charset::Utf8)), always);
        assert_eq!(text(&shell_needed(name, Charset::Utf8)), needed);
    }
}

#[test]
fn locale_quotes() {
    let table: &[(&[u8], &str, &str)] = &[
        (b"x", "'x'", "‘x’"),
        (b"", "''", "‘’"),
        (b"a\nb\xff'c", "'a\\nb\\377\\'c'", "‘a\\nb\\377'c’"),
        (b"a\\b\t", "'a\\\\b\\t'", "‘a\\\\b\\t’"),
        ("é".as_bytes(), "'\\303\\251'", "‘é’"),
        ("’".as_bytes(), "'\\342\\200\\231'", "‘\\’’"),
        (b"\x01\x7f", "'\\001\\177'", "‘\\001\\177’"),
    ];
    for (value, ascii, utf8) in table {
        assert_eq!(text(&locale_quoted(value, Charset::Ascii)), *ascii);
        assert_eq!(text(&locale_quoted(value, Charset::Utf8)), *utf8);
    }
}

#[test]
fn the_environments_locale_agrees_where_all_do() {
    for (name, always, _) in ASCII.iter().filter(|(name, ..)| name.is_ascii()) {
        assert_eq!(text(&shell_always(name, Charset::Environment)), text(always));
    }
}

fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}
