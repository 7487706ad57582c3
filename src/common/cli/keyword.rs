//! Option values that are words from a list: `--sparse=auto`, `--update=none`.
//!
//! A word may be shortened to any beginning that means one thing; words that mean the same never conflict.

use super::fault::{UsageFault, bytes};
use super::quote;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Whether a word must be written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// Any unambiguous beginning will do.
    Abbreviable,
    /// The whole word.
    Exact,
}

/// Looks `argument` up in `words`, whose synonyms stand next to each other and have equal values.
///
/// # Errors
/// GNU's `invalid argument 'x' for 'CONTEXT'` (or `ambiguous argument`), with the list of words and the `Try` line.
pub fn keyword<T: Copy + PartialEq>(
    argument: &OsStr,
    words: &[(&str, T)],
    spelling: Spelling,
    context: &str,
) -> Result<T, UsageFault> {
    let text = argument.as_bytes();
    if let Some((_, value)) = words.iter().find(|(word, _)| word.as_bytes() == text) {
        return Ok(*value);
    }
    let mut kind = "invalid";
    if spelling == Spelling::Abbreviable {
        let mut candidates = words.iter().filter(|(word, _)| word.as_bytes().starts_with(text));
        if let Some((_, value)) = candidates.next() {
            if candidates.all(|(_, other)| other == value) {
                return Ok(*value);
            }
            kind = "ambiguous";
        }
    }
    let mut message = bytes![kind, " argument ", quote::value(argument), " for ", quote::value(context)];
    message.extend_from_slice(b"\nValid arguments are:");
    let mut last = None;
    for (word, value) in words {
        message.extend_from_slice(if last == Some(value) { b", " } else { b"\n  - " });
        message.extend(quote::value(word));
        last = Some(value);
    }
    Err(UsageFault::with_hint(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKUP: &[(&str, u8)] = &[
        ("none", 0),
        ("off", 0),
        ("simple", 1),
        ("never", 1),
        ("existing", 2),
        ("nil", 2),
        ("numbered", 3),
        ("t", 3),
    ];

    fn look(argument: &str, spelling: Spelling) -> Result<u8, String> {
        keyword(OsStr::new(argument), BACKUP, spelling, "backup type").map_err(|fault| {
            // The tests may run in any locale.
            String::from_utf8(fault.render(b"cp")).expect("ASCII").replace(['‘', '’'], "'")
        })
    }

    #[test]
    fn finds() {
        for (argument, value) in
            [("none", 0), ("of", 0), ("s", 1), ("t", 3), ("nu", 3), ("ne", 1), ("never", 1)]
        {
            assert_eq!(look(argument, Spelling::Abbreviable), Ok(value), "{argument}");
        }
        // One meaning, two candidates.
        let same =
            keyword(OsStr::new("q"), &[("quick", 1), ("quiet", 1), ("x", 2)], Spelling::Abbreviable, "");
        assert_eq!(same.ok(), Some(1));
        assert!(look("of", Spelling::Exact).is_err());
    }

    #[test]
    fn complains() {
        let list = "Valid arguments are:\n  - 'none', 'off'\n  - 'simple', 'never'\n  - 'existing', 'nil'\n  \
                    - 'numbered', 't'\nTry 'cp --help' for more information.\n";
        for (argument, spelling, kind) in [
            ("n", Spelling::Abbreviable, "ambiguous"),
            ("", Spelling::Abbreviable, "ambiguous"),
            ("zz", Spelling::Abbreviable, "invalid"),
            ("nonee", Spelling::Abbreviable, "invalid"),
            ("n", Spelling::Exact, "invalid"),
            ("", Spelling::Exact, "invalid"),
        ] {
            let expected = format!("cp: {kind} argument '{argument}' for 'backup type'\n{list}");
            assert_eq!(look(argument, spelling), Err(expected));
        }
    }
}
