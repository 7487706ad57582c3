//! Names and values in diagnostics, quoted as GNU quotes them, so that a line can be pasted into a shell and no
//! file name can send control characters to a terminal.
//!
//! Three styles: [`always`] (`'a b'`, most messages of cp and tail), [`needed`] (`a` but `'a b'`: a name that a
//! colon follows) and [`value`] (‘a’ in UTF-8 locales: option values). The work is done by pure functions that
//! are told the character set ([`Charset`]); the three names above look it up, and only if they must.

use crate::sys::locale;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// What counts as a printable character, and which quotation marks to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// Printable ASCII; everything else is escaped. The C locale.
    Ascii,
    /// UTF-8 in which every assigned character is taken for printable: for tests, it needs no locale.
    Utf8,
    /// Whatever the environment's locale says.
    Environment,
}

impl Charset {
    /// Length in bytes and printability of the first character of `text` (not empty).
    fn first_char(self, text: &[u8]) -> (usize, bool) {
        match text[0] {
            byte if byte.is_ascii() => (1, (b' '..=b'~').contains(&byte)),
            _ if self == Self::Ascii => (1, false),
            _ if self == Self::Environment => locale::first_char(text),
            _ => text
                .utf8_chunks()
                .next()
                .and_then(|chunk| chunk.valid().chars().next())
                .map_or((1, false), |first| (first.len_utf8(), !first.is_control())),
        }
    }

    fn is_utf8(self) -> bool {
        self == Self::Utf8 || (self == Self::Environment && locale::is_utf8())
    }
}

/// Style A: always in quotes, as a shell word.
#[must_use]
pub fn always(name: impl AsRef<OsStr>) -> Vec<u8> {
    shell_always(name.as_ref().as_bytes(), Charset::Environment)
}

/// Style B: as a shell word, quoted only where a shell or a reader of `NAME: reason` would need it.
#[must_use]
pub fn needed(name: impl AsRef<OsStr>) -> Vec<u8> {
    shell_needed(name.as_ref().as_bytes(), Charset::Environment)
}

/// Style C: in the locale's quotation marks, with C escapes.
#[must_use]
pub fn value(text: impl AsRef<OsStr>) -> Vec<u8> {
    locale_quoted(text.as_ref().as_bytes(), Charset::Environment)
}

/// Characters that keep a word with a single quote in it out of double quotes.
const NOT_IN_DOUBLE_QUOTES: &[u8] = b"!\"$&()*;<=>?[\\^`{|}";
/// Characters that make a bare word be quoted, besides what is escaped.
const QUOTED: &[u8] = b" !\"$&'()*:;<=>?[\\^`|";

/// Style A in a given character set.
#[must_use]
pub fn shell_always(name: &[u8], charset: Charset) -> Vec<u8> {
    if name.contains(&b'\'') && fits_double_quotes(name, charset) {
        return [b"\"", name, b"\""].concat();
    }
    let mut out = Vec::with_capacity(name.len() + 8);
    out.push(b'\'');
    let mut escaping = false; // inside $'…'
    let mut rest = name;
    while !rest.is_empty() {
        let (length, printable) = charset.first_char(rest);
        let (char, after) = rest.split_at(length);
        rest = after;
        if !printable {
            if !escaping {
                out.extend_from_slice(b"'$'");
            }
            escaping = true;
            push_escaped(&mut out, char);
        } else if char == b"'" {
            escaping = false;
            out.extend_from_slice(b"'\\''");
        } else {
            if escaping {
                out.extend_from_slice(b"''");
            }
            escaping = false;
            out.extend_from_slice(char);
        }
    }
    out.push(b'\'');
    out
}

/// Style B in a given character set.
#[must_use]
pub fn shell_needed(name: &[u8], charset: Charset) -> Vec<u8> {
    let bare = !matches!(name, b"" | b"{" | b"}")
        && !matches!(name[0], b'#' | b'~')
        && !name.iter().any(|byte| QUOTED.contains(byte))
        && all_printable(name, charset);
    if bare { name.to_vec() } else { shell_always(name, charset) }
}

/// Style C in a given character set: ‘…’ where UTF-8 is spoken, '…' elsewhere.
#[must_use]
pub fn locale_quoted(text: &[u8], charset: Charset) -> Vec<u8> {
    let (open, close) = if charset.is_utf8() { ("‘", "’") } else { ("'", "'") };
    let mut out = open.as_bytes().to_vec();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(close.as_bytes()) {
            out.push(b'\\');
            out.extend_from_slice(close.as_bytes());
            rest = after;
            continue;
        }
        let (length, printable) = charset.first_char(rest);
        let (char, after) = rest.split_at(length);
        rest = after;
        match char {
            b"\\" => out.extend_from_slice(b"\\\\"),
            _ if printable => out.extend_from_slice(char),
            _ => push_escaped(&mut out, char),
        }
    }
    out.extend_from_slice(close.as_bytes());
    out
}

fn all_printable(mut text: &[u8], charset: Charset) -> bool {
    while !text.is_empty() {
        let (length, printable) = charset.first_char(text);
        if !printable {
            return false;
        }
        text = &text[length..];
    }
    true
}

fn fits_double_quotes(name: &[u8], charset: Charset) -> bool {
    let special = |byte: &u8| NOT_IN_DOUBLE_QUOTES.contains(byte);
    let later = |byte: &u8| matches!(byte, b'#' | b'~');
    !name.iter().any(special) && !name[1..].iter().any(later) && all_printable(name, charset)
}

/// Each byte as `\n` and its like where C has a letter, as three octal digits elsewhere.
fn push_escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes {
        let letter = match byte {
            b'\n' => b'n',
            b'\t' => b't',
            b'\r' => b'r',
            0x07 => b'a',
            0x08 => b'b',
            0x0c => b'f',
            0x0b => b'v',
            _ => {
                out.extend_from_slice(&[
                    b'\\',
                    b'0' + (byte >> 6),
                    b'0' + (byte >> 3 & 7),
                    b'0' + (byte & 7),
                ]);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
}

#[cfg(test)]
#[path = "quote_tests.rs"]
mod tests;
