//! The obsolete forms: `tail -5 f`, `tail +15c f`.
//!
//! They are from before there was `-n`, and hold only where no other reading of the command line is likely: as its first
//! word, with at most one operand and no other option. Everything else is left to the options of today, which refuse
//! digits.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use ringutils::cli::c_numbers::whole;

use crate::options::{Amount, Unit};

/// The versions of POSIX that have no `+NUM`; those before have a lone `-` and a lone `-c`, too.
const WITHOUT_PLUS: std::ops::Range<i64> = 200_112..200_809;

/// What the first word of `args` says, and whether to follow, if this is such a command line. What comes behind is
/// `--`, or one operand, or both, or nothing.
pub fn parse(args: &[OsString], posix2_version: Option<&OsStr>) -> Option<(Amount, bool)> {
    let word = match args {
        [word] => word,
        [word, other] if !is_option(other) || other == "--" => word,
        [word, dashes, _] if dashes == "--" => word,
        _ => return None,
    };
    let posix2_version = posix2_version.and_then(whole).unwrap_or(WITHOUT_PLUS.end);
    match word.as_bytes() {
        [b'+', ..] if WITHOUT_PLUS.contains(&posix2_version) => None,
        [b'+', rest @ ..] => read(rest, true),
        // Standard input, and options, of today.
        b"-" | b"-c" if posix2_version >= WITHOUT_PLUS.start => None,
        b"-f" => None,
        [b'-', rest @ ..] => read(rest, false),
        _ => None,
    }
}

fn is_option(word: &OsStr) -> bool {
    matches!(word.as_bytes(), [b'-', _, ..])
}

/// `[NUM][b|c|l][f]`
fn read(text: &[u8], from_start: bool) -> Option<(Amount, bool)> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at(digits);
    let (rest, follow) = match rest {
        [rest @ .., b'f'] => (rest, true),
        _ => (rest, false),
    };
    let (unit, size) = match rest {
        b"" | b"l" => (Unit::Lines, 1),
        b"c" => (Unit::Bytes, 1),
        b"b" => (Unit::Bytes, 512),
        _ => return None,
    };
    let number =
        digits.iter().fold(0_u64, |sum, digit| sum.saturating_mul(10).saturating_add((digit - b'0').into()));
    let number = if digits.is_empty() { 10 } else { number };
    Some((Amount { unit, from_start, count: number.saturating_mul(size) }, follow))
}

#[cfg(test)]
mod tests {
    use super::*;
    use Unit::{Bytes, Lines};

    fn parsed(words: &str, posix2_version: Option<&str>) -> Option<(Unit, bool, u64, bool)> {
        let args: Vec<OsString> = words.split_whitespace().map(Into::into).collect();
        let found = parse(&args, posix2_version.map(OsStr::new));
        found.map(|(amount, follow)| (amount.unit, amount.from_start, amount.count, follow))
    }

    #[test]
    fn forms() {
        for (word, unit, from_start, count, follow) in [
            ("-5", Lines, false, 5, false),
            ("-2l", Lines, false, 2, false),
            ("-15c", Bytes, false, 15, false),
            ("-1b", Bytes, false, 512, false),
            ("+15", Lines, true, 15, false),
            ("+15c", Bytes, true, 15, false),
            ("+2b", Bytes, true, 1024, false),
            ("+", Lines, true, 10, false),
            ("+c", Bytes, true, 10, false),
            ("+b", Bytes, true, 5120, false),
            ("+f", Lines, true, 10, true),
            ("-l", Lines, false, 10, false),
            ("-b", Bytes, false, 5120, false),
            ("-5lf", Lines, false, 5, true),
            ("-5f", Lines, false, 5, true),
            ("-cf", Bytes, false, 10, true),
            ("-lf", Lines, false, 10, true),
            ("-0", Lines, false, 0, false),
            ("-007", Lines, false, 7, false),
            ("-99999999999999999999", Lines, false, u64::MAX, false),
            ("-18446744073709551615b", Bytes, false, u64::MAX, false),
            ("+99999999999999999999b", Bytes, true, u64::MAX, false),
        ] {
            let expected = Some((unit, from_start, count, follow));
            for rest in ["", " f", " -", " --", " -- f", " -- -5", " -- --", " +5"] {
                assert_eq!(parsed(&format!("{word}{rest}"), None), expected, "{word}{rest}");
            }
        }
    }

    #[test]
    fn other_words() {
        for words in [
            "",
            "-",
            "-f",
            "-c",
            "-c f",
            "f",
            "-5x",
            "-5n",
            "-5fl",
            "-5ff",
            "-5cb",
            "-bl",
            "-n",
            "-q",
            "+x",
            "+-5",
            "-+5",
            "++5",
            "+5f5",
            "-5-",
            "--",
            "--5",
            "-- -5",
            "f -5",
            "-q -5",
            "-5 -q",
            "-5 -x",
            "-5 a b",
            "-5 -- a b",
            "-5 a --",
            "-5 --help",
            "+5 a b",
            "+5 -5",
        ] {
            assert_eq!(parsed(words, None), None, "{words}");
        }
    }

    #[test]
    fn versions() {
        for (version, plus, alone) in [
            (None, true, false),
            (Some(""), true, false),
            (Some("x"), true, false),
            (Some("199209x"), true, false),
            (Some("0"), true, true),
            (Some("-5"), true, true),
            (Some(" 199209"), true, true),
            (Some("200111"), true, true),
            (Some("200112"), false, false),
            (Some("200808"), false, false),
            (Some("200809"), true, false),
            (Some("99999999999999999999"), true, false),
            (Some("-99999999999999999999"), true, true),
        ] {
            assert_eq!(parsed("+5 f", version).is_some(), plus, "{version:?}");
            let bytes = alone.then_some((Bytes, false, 10, false));
            for words in ["-c", "-c f", "-c --", "-c -- f"] {
                assert_eq!(parsed(words, version), bytes, "{words} {version:?}");
            }
            let lines = alone.then_some((Lines, false, 10, false));
            for words in ["-", "- f", "- -", "- -- f"] {
                assert_eq!(parsed(words, version), lines, "{words} {version:?}");
            }
            for words in ["-5", "-cf", "-l"] {
                assert!(parsed(words, version).is_some(), "{words} {version:?}");
            }
            assert_eq!(parsed("-f", version), None);
        }
    }
}
