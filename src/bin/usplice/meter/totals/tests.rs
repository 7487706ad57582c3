//! Lines of GNU dd 9.10, captured with a clock that says what it is told; and the real one, asked anew.

use std::process::Command;

use super::*;

#[test]
fn bytes_as_dd_has_them() {
    for (bytes, line) in [
        (0, "0 bytes copied, 1 s, 0 B/s"),
        (1, "1 byte copied, 1 s, 1 B/s"),
        (5, "5 bytes copied, 1 s, 5 B/s"),
        (999, "999 bytes copied, 1 s, 999 B/s"),
        (1000, "1000 bytes (1.0 kB) copied, 1 s, 1.0 kB/s"),
        (1023, "1023 bytes (1.0 kB) copied, 1 s, 1.0 kB/s"),
        (1024, "1024 bytes (1.0 kB, 1.0 KiB) copied, 1 s, 1.0 kB/s"),
        (1049, "1049 bytes (1.0 kB, 1.0 KiB) copied, 1 s, 1.0 kB/s"),
        (1050, "1050 bytes (1.0 kB, 1.0 KiB) copied, 1 s, 1.0 kB/s"),
        (1051, "1051 bytes (1.1 kB, 1.0 KiB) copied, 1 s, 1.1 kB/s"),
        (1150, "1150 bytes (1.2 kB, 1.1 KiB) copied, 1 s, 1.2 kB/s"),
        (1250, "1250 bytes (1.2 kB, 1.2 KiB) copied, 1 s, 1.2 kB/s"),
        (9949, "9949 bytes (9.9 kB, 9.7 KiB) copied, 1 s, 9.9 kB/s"),
        (9950, "9950 bytes (10 kB, 9.7 KiB) copied, 1 s, 10 kB/s"),
        (10239, "10239 bytes (10 kB, 10 KiB) copied, 1 s, 10 kB/s"),
        (10500, "10500 bytes (10 kB, 10 KiB) copied, 1 s, 10 kB/s"),
        (11500, "11500 bytes (12 kB, 11 KiB) copied, 1 s, 12 kB/s"),
        (98500, "98500 bytes (98 kB, 96 KiB) copied, 1 s, 98 kB/s"),
        (99500, "99500 bytes (100 kB, 97 KiB) copied, 1 s, 100 kB/s"),
        (999_499, "999499 bytes (999 kB, 976 KiB) copied, 1 s, 999 kB/s"),
        (999_500, "999500 bytes (1.0 MB, 976 KiB) copied, 1 s, 1.0 MB/s"),
        (999_999, "999999 bytes (1.0 MB, 977 KiB) copied, 1 s, 1.0 MB/s"),
    ] {
        assert_eq!(totals(bytes, Duration::from_secs(1)), line);
    }
}

#[test]
fn times_and_rates_as_dd_has_them() {
    for (bytes, nanos, line) in [
        (12345, 2_000_000_000, "12345 bytes (12 kB, 12 KiB) copied, 2 s, 6.2 kB/s"),
        (1, 2_000_000_000, "1 byte copied, 2 s, 0 B/s"),
        (3, 2_000_000_000, "3 bytes copied, 2 s, 2 B/s"),
        (5, 2_000_000_000, "5 bytes copied, 2 s, 2 B/s"),
        (12345, 500_000_000, "12345 bytes (12 kB, 12 KiB) copied, 0.5 s, 25 kB/s"),
        (12345, 1_000_000_001, "12345 bytes (12 kB, 12 KiB) copied, 1 s, 12.3 kB/s"),
        (5, 1_000_000_001, "5 bytes copied, 1 s, 0.0 kB/s"),
        (0, 1_056_270, "0 bytes copied, 0.00105627 s, 0.0 kB/s"),
        (99949, 1_000_000_001, "99949 bytes (100 kB, 98 KiB) copied, 1 s, 99.9 kB/s"),
        (99950, 1_000_000_001, "99950 bytes (100 kB, 98 KiB) copied, 1 s, 99.9 kB/s"),
        (99951, 1_000_000_001, "99951 bytes (100 kB, 98 KiB) copied, 1 s, 100 kB/s"),
        (999_999, 1_000_000_001, "999999 bytes (1.0 MB, 977 KiB) copied, 1 s, 1000 kB/s"),
        (1_000_000, 1_000_000_001, "1000000 bytes (1.0 MB, 977 KiB) copied, 1 s, 1000 kB/s"),
        (1_000_001, 1_000_000_001, "1000001 bytes (1.0 MB, 977 KiB) copied, 1 s, 1.0 MB/s"),
        (1_000_000, 0, "1000000 bytes (1.0 MB, 977 KiB) copied, 0 s, Infinity B/s"),
        (1_000_000, 1, "1000000 bytes (1.0 MB, 977 KiB) copied, 1e-09 s, 1.0 PB/s"),
        (1_000_000, 3, "1000000 bytes (1.0 MB, 977 KiB) copied, 3e-09 s, 333 TB/s"),
        (1_000_000, 1_500_000_000, "1000000 bytes (1.0 MB, 977 KiB) copied, 1.5 s, 667 kB/s"),
        (15000, 1_500_000_000, "15000 bytes (15 kB, 15 KiB) copied, 1.5 s, 10.0 kB/s"),
        (1_000_000, 100_000_000_000, "1000000 bytes (1.0 MB, 977 KiB) copied, 100 s, 10 kB/s"),
        (1_000_000, 12_345_678_901, "1000000 bytes (1.0 MB, 977 KiB) copied, 12.3457 s, 81.0 kB/s"),
        (1_000_000, 999_999_500_000_000, "1000000 bytes (1.0 MB, 977 KiB) copied, 1e+06 s, 0.0 kB/s"),
        (1_000_000, 1_000_000_000_000_000, "1000000 bytes (1.0 MB, 977 KiB) copied, 1e+06 s, 1 B/s"),
        (
            1_000_000,
            123_456_789_012_345_678,
            "1000000 bytes (1.0 MB, 977 KiB) copied, 1.23457e+08 s, 0.0 kB/s",
        ),
        (1, 38_247, "1 byte copied, 3.8247e-05 s, 26.1 kB/s"),
        (999, 31_107, "999 bytes copied, 3.1107e-05 s, 32.1 MB/s"),
        (10000, 23_835, "10000 bytes (10 kB, 9.8 KiB) copied, 2.3835e-05 s, 420 MB/s"),
        (1_048_576, 440_404, "1048576 bytes (1.0 MB, 1.0 MiB) copied, 0.000440404 s, 2.4 GB/s"),
    ] {
        assert_eq!(totals(bytes, Duration::from_nanos(nanos)), line);
    }
}

#[test]
fn no_number_is_too_large() {
    let most = totals(u64::MAX, Duration::from_nanos(1));
    assert_eq!(most, "18446744073709551615 bytes (18 EB, 16 EiB) copied, 1e-09 s, 18 RB/s");
    assert!(totals(u64::MAX, Duration::MAX).ends_with(" copied, 1.84467e+19 s, 0.0 kB/s"));
}

/// What dd says of so many bytes; `None` where there is no GNU dd of today.
fn dd(bytes: u64) -> Option<String> {
    let mut command = Command::new(crate::gnu::newest()?.join("dd"));
    command.env("LC_ALL", "C").args(["if=/dev/zero", "of=/dev/null", "bs=1M", "iflag=count_bytes"]);
    let told = command.arg(format!("count={bytes}")).output().ok()?.stderr;
    String::from_utf8(told).ok()?.lines().last().map(str::to_owned)
}

/// dd's own line, read back: the same bytes in the same time must make the same line. The time is only known to six
/// digits, so the rate may be that of either end of what it may have been.
#[test]
fn says_what_dd_says() {
    for bytes in
        [0, 1, 999, 1000, 1023, 1024, 9999, 99_500, 999_499, 999_500, 1 << 20, 10_485_760, 123_456_789]
    {
        let Some(line) = dd(bytes) else { return };
        let time = line.split(", ").find_map(|part| part.strip_suffix(" s")).expect("dd tells the time");
        let nanos = (time.parse::<f64>().expect("a number") * 1e9).round();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than a minute")]
        let nanos = nanos as u64;
        let slack = nanos / 100_000;
        let ours =
            [nanos - slack, nanos, nanos + slack].map(|nanos| totals(bytes, Duration::from_nanos(nanos)));
        let same = |end: &String| {
            let parts = |line: &str| line.split(", ").map(str::to_owned).collect::<Vec<_>>();
            let (ours, theirs) = (parts(end), parts(&line));
            ours.first() == theirs.first() && ours.last() == theirs.last() && ours.len() == theirs.len()
        };
        assert!(ours.iter().any(same), "dd: {line}\nus: {}", ours[1]);
        assert!(ours[1].contains(&format!(", {time} s, ")), "dd: {line}\nus: {}", ours[1]);
    }
}
