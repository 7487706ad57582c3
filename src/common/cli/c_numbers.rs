//! Numbers as the C library reads them, which is how GNU reads a few: `strtod` for seconds, `strtol` for
//! `_POSIX2_VERSION`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// More seconds than any machine is up are for ever; clocks can be asked for what comes after fewer.
const MOST: f64 = 2_147_483_647.0;

/// Beyond this a double has no place for another hexadecimal digit.
const FULL: f64 = 1_152_921_504_606_846_976.0;

/// Seconds: a number of at least 0, which may be infinite; what is too small for a double is 0.
#[must_use]
pub fn seconds(text: &OsStr) -> Option<f64> {
    let (negative, number) = signed(without_blanks(text.as_bytes()));
    let number = number.to_ascii_lowercase();
    let value = match number.as_slice() {
        b"inf" | b"infinity" => f64::INFINITY,
        [b'0', b'x', digits @ ..] => hexadecimal(digits)?,
        _ => decimal(&number)?,
    };
    // A negative zero is zero.
    (value == 0.0 || !negative).then_some(value)
}

/// The time to wait; `None` is for ever.
#[must_use]
pub fn interval(seconds: f64) -> Option<Duration> {
    if seconds > MOST {
        return None;
    }
    let nearest = Duration::try_from_secs_f64(seconds).ok()?;
    // The next nanosecond above: little is not nothing.
    let short = nearest.as_secs_f64() < seconds;
    Some(nearest + Duration::from_nanos(short.into()))
}

fn decimal(text: &[u8]) -> Option<f64> {
    // Rust knows the same numbers, and names of others.
    let known = text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'+' | b'-'));
    let unsigned = text.first().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'.'));
    if !(known && unsigned) {
        return None;
    }
    str::from_utf8(text).ok()?.parse().ok()
}

/// What follows `0x`: `1.8p3` is 12.
fn hexadecimal(text: &[u8]) -> Option<f64> {
    let (digits, exponent) = match text.iter().position(|byte| *byte == b'p') {
        Some(p) => (&text[..p], digits_behind_sign(&text[p + 1..])?),
        None => (text, 0),
    };
    let (mut value, mut scale) = (0.0_f64, 0_i64);
    let (mut point, mut any) = (false, false);
    for byte in digits {
        let digit = match char::from(*byte).to_digit(16) {
            Some(digit) => digit,
            None if *byte == b'.' && !point => {
                point = true;
                continue;
            }
            None => return None,
        };
        any = true;
        let fits = value < FULL;
        if fits {
            value = value.mul_add(16.0, digit.into());
        }
        scale += match (fits, point) {
            (true, true) => -4,
            (false, false) => 4,
            _ => 0,
        };
    }
    let scale = i32::try_from(scale.saturating_add(exponent).clamp(-2000, 2000)).ok()?;
    // In two steps, neither of which is out of range: only the result may be.
    any.then(|| value * 2_f64.powi(scale / 2) * 2_f64.powi(scale - scale / 2))
}

/// A whole number; one that is too large or too small is as large or small as can be.
#[must_use]
pub fn whole(text: &OsStr) -> Option<i64> {
    digits_behind_sign(without_blanks(text.as_bytes()))
}

fn digits_behind_sign(text: &[u8]) -> Option<i64> {
    let (negative, digits) = signed(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |sum: i64, digit: &u8| sum.saturating_mul(10).saturating_add((digit - b'0').into());
    let value = digits.iter().fold(0, add);
    Some(if negative { -value } else { value })
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r')).count();
    &text[blanks..]
}

/// Whether there is a minus, and what comes behind the sign.
fn signed(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<f64> {
        seconds(OsStr::new(text))
    }

    #[test]
    #[allow(clippy::float_cmp, reason = "the numbers are exact")]
    fn numbers() {
        for (text, value) in [
            ("0", 0.0),
            ("1.5", 1.5),
            (" \t\n\x0b\x0c\r+1", 1.0),
            ("5.", 5.0),
            (".5", 0.5),
            ("1e2", 100.0),
            ("1E-2", 0.01),
            ("1e+2", 100.0),
            ("-0", 0.0),
            ("-0.0e5", 0.0),
            ("-1e-400", 0.0),
            ("1e-99999999999999999999", 0.0),
            ("0e999999", 0.0),
            ("1e400", f64::INFINITY),
            ("1e99999999999999999999999", f64::INFINITY),
            ("inf", f64::INFINITY),
            ("+Infinity", f64::INFINITY),
            ("0x10", 16.0),
            ("0X1.8P3", 12.0),
            ("0x.8", 0.5),
            ("0x1.", 1.0),
            ("0x1p-1", 0.5),
            ("0x1e+0", f64::NAN),
            ("0x0p99999999999999999999", 0.0),
            ("0x1p2000", f64::INFINITY),
            ("0x1p-2000", 0.0),
            ("0x1p-1074", f64::from_bits(1)),
            ("0x1.fffffffffffffp1023", f64::MAX),
            ("0x100000000000000000000p-80", 1.0),
            ("0x0.00000000000000000001p80", 1.0),
        ] {
            match parsed(text) {
                Some(parsed) => assert_eq!(parsed, value, "{text:?}"),
                None => assert!(value.is_nan(), "{text:?}"),
            }
        }
        let zeros = "0".repeat(2000);
        assert_eq!(parsed(&format!("0x1{zeros}p-8000")), Some(1.0));
        assert_eq!(parsed(&format!("0x0.{zeros}1p8004")), Some(1.0));
    }

    #[test]
    fn no_numbers() {
        for text in [
            "",
            " ",
            "+",
            "-",
            ".",
            "e1",
            "1e",
            "1e+",
            "1 ",
            "1x",
            "1f",
            "1,5",
            "1_0",
            "1d",
            "0b1",
            "++1",
            "+ 1",
            "-1",
            "-1e-310",
            "-inf",
            "nan",
            "-nan",
            "nan(1)",
            "infinit",
            "infinityx",
            "0x",
            "0x.",
            "0xp1",
            "0x1p",
            "0x1p+",
            "0x1..",
            "0x1.1.1",
            "0x 1",
            "0x-1",
            "1.1.1",
            "1e1.5",
            "1-1",
            "\u{a0}1",
            "é",
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
        assert_eq!(seconds(OsStr::from_bytes(b"\xff1")), None);
    }

    #[test]
    fn whole_numbers() {
        for (text, value) in [
            ("0", Some(0)),
            ("199209", Some(199_209)),
            (" \t+5", Some(5)),
            ("-007", Some(-7)),
            ("99999999999999999999", Some(i64::MAX)),
            ("-99999999999999999999", Some(-i64::MAX)),
            ("", None),
            ("-", None),
            (" ", None),
            ("5 ", None),
            ("0x10", None),
            ("5x", None),
            ("--5", None),
        ] {
            assert_eq!(whole(OsStr::new(text)), value, "{text:?}");
        }
    }

    #[test]
    fn intervals() {
        for (seconds, expected) in [
            (0.0, Some(Duration::ZERO)),
            (0.25, Some(Duration::from_millis(250))),
            (1e-300, Some(Duration::from_nanos(1))),
            (1.0, Some(Duration::from_secs(1))),
            (MOST, Some(Duration::from_secs(2_147_483_647))),
            (1e15, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(interval(seconds), expected, "{seconds}");
        }
    }
}
