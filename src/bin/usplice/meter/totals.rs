//! dd's status line: how many bytes, how long it took, how fast that was.
//!
//! dd rounds in two ways. What is a whole number to begin with (bytes; and bytes a second, if the time is a whole number of
//! seconds, or a whole fraction of one) has one decimal below 10 and none from there on. Any other rate has one decimal
//! below 100, is thousands at least, and is not moved to the next unit if it is rounded up to a thousand.

use std::time::Duration;

/// From thousands on.
const PREFIXES: &[u8] = b"kMGTPEZYRQ";
const SECOND: u128 = 1_000_000_000;

/// `1048576 bytes (1.0 MB, 1.0 MiB) copied, 0.00123 s, 852 MB/s`
pub fn totals(bytes: u64, elapsed: Duration) -> String {
    let count = u128::from(bytes);
    let amount = match bytes {
        1 => "1 byte".to_owned(),
        0..1000 => format!("{bytes} bytes"),
        1000..1024 => format!("{bytes} bytes ({}B)", whole(count, 1, 1000)),
        _ => {
            format!("{bytes} bytes ({}B, {}iB)", whole(count, 1, 1000), whole(count, 1, 1024).to_uppercase())
        }
    };
    let nanos = elapsed.as_nanos();
    let rate = match nanos {
        0 => "Infinity ".to_owned(),
        _ if nanos.is_multiple_of(SECOND) || SECOND.is_multiple_of(nanos) => {
            whole(count * SECOND, nanos, 1000)
        }
        _ => fraction(count * SECOND, nanos),
    };
    format!("{amount} copied, {} s, {rate}B/s", general(elapsed.as_secs_f64()))
}

/// `n / d`, of which the kind of rounding is that of whole numbers, up to its unit's prefix: `9.9 k`, `10 k`, `5 `.
fn whole(n: u128, d: u128, base: u128) -> String {
    let (mut unit, mut prefix) = (d, None);
    while n / unit >= base {
        unit *= base;
        prefix = Some(prefix.map_or(0, |prefix| prefix + 1));
    }
    if prefix.is_some() {
        let tenths = rounded(n * 10, unit);
        if tenths < 100 {
            return tenth(tenths) + &with(prefix);
        }
    }
    match rounded(n, unit) {
        // Rounded up to the next unit.
        number if number == base => "1.0".to_owned() + &with(Some(prefix.map_or(0, |prefix| prefix + 1))),
        number => number.to_string() + &with(prefix),
    }
}

/// `n / d`, of which the kind of rounding is that of fractions.
fn fraction(n: u128, d: u128) -> String {
    let (mut unit, mut prefix) = (d * 1000, 0);
    while n / unit >= 1000 {
        unit *= 1000;
        prefix += 1;
    }
    let tenths = rounded(n * 10, unit);
    let number = if tenths < 1000 { tenth(tenths) } else { rounded(n, unit).to_string() };
    number + &with(Some(prefix))
}

fn tenth(tenths: u128) -> String {
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// A space, and the unit's prefix.
fn with(prefix: Option<usize>) -> String {
    let letter = prefix.and_then(|prefix| PREFIXES.get(prefix));
    [b' '].iter().chain(letter).copied().map(char::from).collect()
}

/// To the nearest whole number, of two the even one.
fn rounded(n: u128, d: u128) -> u128 {
    let (quotient, rest) = (n / d, n % d);
    let up = match rest.cmp(&(d - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    quotient + u128::from(up)
}

/// As C's `%g`: six digits that count, without zeros at the end.
fn general(number: f64) -> String {
    let scientific = format!("{number:.5e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trimmed = |text: &str| {
        let trimmed =
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text };
        trimmed.to_owned()
    };
    if (-4..6).contains(&exponent) {
        let decimals = usize::try_from(5 - exponent).unwrap_or(0);
        return trimmed(&format!("{number:.decimals$}"));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", trimmed(digits), exponent.abs())
}

#[cfg(test)]
mod tests;
