//! Numbers that users type: `10`, `4K`, `1MB`, `2GiB`.
//!
//! The grammar is GNU's: optional white space, an optional sign, decimal digits, an optional suffix, nothing
//! after. Which suffixes a tool takes it says; what an error looks like depends on the kind of error, so that is
//! kept apart until the message is made.

use super::fault::UsageFault;
use super::quote;
use crate::sys::locale;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Which suffixes a number may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suffixes {
    /// Digits only.
    None,
    /// `b` (512), `K` `M` `G` … (powers of 1024; `KiB` the same), `KB` `MB` … (powers of 1000). A suffix alone
    /// means one of it.
    Sizes,
}

/// Why a text is no number that the caller can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// It is not a number, or its suffix is none of those allowed.
    Invalid,
    /// A number above the range.
    TooLarge,
    /// A number below the range.
    TooSmall,
}

impl NumberError {
    /// GNU's message, without a `Try` line: `DESCRIPTION: 'ARG'`, and for numbers outside the range the reason.
    #[must_use]
    pub fn fault(self, description: &str, argument: &OsStr) -> UsageFault {
        let mut text = format!("{description}: ").into_bytes();
        text.extend(quote::value(argument));
        if self != Self::Invalid {
            text.extend(format!(": {}", locale::strerror(libc::EOVERFLOW)).bytes());
        }
        UsageFault::plain(text)
    }
}

/// A number of at most 64 bits.
///
/// # Errors
/// [`NumberError::TooSmall`] for anything below 0, [`NumberError::TooLarge`] for anything above `u64::MAX`.
pub fn number(text: &OsStr, suffixes: Suffixes) -> Result<u64, NumberError> {
    let text = text.as_bytes();
    let mut digits = text.trim_ascii_start();
    // isspace() also has the vertical tab, which Rust's ASCII white space lacks.
    while let [0x0b | b' ' | b'\t' | b'\n' | b'\r' | 0x0c, rest @ ..] = digits {
        digits = rest;
    }
    let negative = digits.first() == Some(&b'-');
    if let [b'+' | b'-', rest @ ..] = digits {
        digits = rest;
    }
    let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, suffix) = digits.split_at(length);
    let multiplier = match (suffixes, digits) {
        (_, []) if suffix.len() < text.len() || suffix.is_empty() => return Err(NumberError::Invalid),
        (Suffixes::None, _) if suffix.is_empty() => Some(1),
        (Suffixes::None, _) => return Err(NumberError::Invalid),
        (Suffixes::Sizes, _) => multiplier(suffix)?,
    };
    let value = if digits.is_empty() { Some(1) } else { decimal(digits) };
    match value.and_then(|value| if value == 0 { Some(0) } else { value.checked_mul(multiplier?) }) {
        Some(0) => Ok(0),
        _ if negative => Err(NumberError::TooSmall),
        Some(value) => Ok(value),
        None => Err(NumberError::TooLarge),
    }
}

/// As [`number`], but what is too large is quietly the largest number there is.
///
/// # Errors
/// As [`number`], [`NumberError::TooLarge`] excepted.
pub fn number_or_max(text: &OsStr, suffixes: Suffixes) -> Result<u64, NumberError> {
    match number(text, suffixes) {
        Err(NumberError::TooLarge) => Ok(u64::MAX),
        other => other,
    }
}

/// As [`number`], between `least` and `most`, both included.
///
/// # Errors
/// As [`number`].
pub fn number_in(text: &OsStr, suffixes: Suffixes, least: u64, most: u64) -> Result<u64, NumberError> {
    match number(text, suffixes)? {
        value if value < least => Err(NumberError::TooSmall),
        value if value > most => Err(NumberError::TooLarge),
        value => Ok(value),
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0_u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
}

/// What a suffix multiplies by: `None` if that alone is more than 64 bits.
fn multiplier(suffix: &[u8]) -> Result<Option<u64>, NumberError> {
    let (letter, tail) = match suffix {
        [] => return Ok(Some(1)),
        b"b" => return Ok(Some(512)),
        [letter, tail @ ..] => (letter, tail),
    };
    let power = match letter {
        b'k' | b'K' => 1,
        b'm' | b'M' => 2,
        b'G' => 3,
        b'T' => 4,
        b'P' => 5,
        b'E' => 6,
        b'Z' => 7,
        b'Y' => 8,
        b'R' => 9,
        b'Q' => 10,
        _ => return Err(NumberError::Invalid),
    };
    match tail {
        b"" | b"iB" => Ok(1024_u64.checked_pow(power)),
        b"B" | b"D" => Ok(1000_u64.checked_pow(power)),
        _ => Err(NumberError::Invalid),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use NumberError::{Invalid, TooLarge, TooSmall};

    #[test]
    fn sizes() {
        let table: &[(&str, Result<u64, NumberError>)] = &[
            ("0", Ok(0)),
            ("010", Ok(10)),
            ("+5", Ok(5)),
            (" \t\x0b 5", Ok(5)),
            ("-0", Ok(0)),
            ("-0K", Ok(0)),
            ("1b", Ok(512)),
            ("1k", Ok(1024)),
            ("1K", Ok(1024)),
            ("1kB", Ok(1000)),
            ("1KB", Ok(1000)),
            ("1KD", Ok(1000)),
            ("1KiB", Ok(1024)),
            ("3m", Ok(3 << 20)),
            ("3MB", Ok(3_000_000)),
            ("2G", Ok(2 << 30)),
            ("2T", Ok(2 << 40)),
            ("2P", Ok(2 << 50)),
            ("15E", Ok(15 << 60)),
            ("16E", Err(TooLarge)),
            ("1Z", Err(TooLarge)),
            ("0Q", Ok(0)),
            ("1Q", Err(TooLarge)),
            ("18446744073709551615", Ok(u64::MAX)),
            ("18446744073709551616", Err(TooLarge)),
            ("99999999999999999999x", Err(Invalid)),
            ("K", Ok(1024)),
            ("KB", Ok(1000)),
            ("KiB", Ok(1024)),
            ("b", Ok(512)),
            ("+K", Err(Invalid)),
            ("-K", Err(Invalid)),
            (" K", Err(Invalid)),
            ("-5", Err(TooSmall)),
            ("-99999999999999999999", Err(TooSmall)),
            ("", Err(Invalid)),
            ("+", Err(Invalid)),
            (" ", Err(Invalid)),
            ("--5", Err(Invalid)),
            ("- 5", Err(Invalid)),
            ("5 ", Err(Invalid)),
            ("0x10", Err(Invalid)),
            ("1.5", Err(Invalid)),
            ("1e3", Err(Invalid)),
            ("1g", Err(Invalid)),
            ("1B", Err(Invalid)),
            ("1c", Err(Invalid)),
            ("1Ki", Err(Invalid)),
            ("1bB", Err(Invalid)),
            ("1Kx", Err(Invalid)),
            ("1KBB", Err(Invalid)),
        ];
        for (text, expected) in table {
            assert_eq!(number(OsStr::new(text), Suffixes::Sizes), *expected, "{text:?}");
        }
    }

    #[test]
    fn without_suffixes() {
        for (text, expected) in [
            ("5", Ok(5)),
            ("1k", Err(Invalid)),
            ("K", Err(Invalid)),
            ("-8", Err(TooSmall)),
            ("", Err(Invalid)),
        ] {
            assert_eq!(number(OsStr::new(text), Suffixes::None), expected, "{text:?}");
        }
    }

    #[test]
    fn ranges() {
        assert_eq!(number_or_max(OsStr::new("1Q"), Suffixes::Sizes), Ok(u64::MAX));
        assert_eq!(number_in(OsStr::new("0"), Suffixes::Sizes, 1, 9), Err(TooSmall));
        assert_eq!(number_in(OsStr::new("10"), Suffixes::Sizes, 1, 9), Err(TooLarge));
        assert_eq!(number_in(OsStr::new("9"), Suffixes::Sizes, 1, 9), Ok(9));
    }

    #[test]
    fn messages() {
        let text =
            |error: NumberError| error.fault("invalid number of lines", OsStr::new("-5")).render(b"tail");
        assert!(text(Invalid).starts_with(b"tail: invalid number of lines: "));
        assert!(text(TooSmall).ends_with(b": Value too large for defined data type\n"));
    }
}
