//! Lines of all kinds, as they are.

use super::*;

const ALL: Parts = Parts { bytes: true, time: true, rate: true, bar: true, eta: true };
const NONE: Parts = Parts { bytes: false, time: false, rate: false, bar: false, eta: false };
const COLUMNS: Option<usize> = Some(80);

fn reading(bytes: u64, total: Option<u64>) -> Reading<'static> {
    Reading { name: Some("name"), before: 0, bytes, elapsed: Duration::from_secs(5), rate: 240 << 20, total }
}

/// A third of 3.6 GiB.
fn third() -> Reading<'static> {
    reading(1_288_490_189, Some(3_865_470_566))
}

/// The parts as bits: bytes, time, rate, bar, ETA.
fn parts(bits: usize) -> Parts {
    let bit = |n: usize| bits & (1 << n) != 0;
    Parts { bytes: bit(4), time: bit(3), rate: bit(2), bar: bit(1), eta: bit(0) }
}

#[test]
fn each_combination_of_parts() {
    let golden = [
        "name:",
        "name: 0:00:10 left",
        "name: [======================>                                             ] 33%",
        "name: [==================>                                    ] 33% 0:00:10 left",
        "name: [ 240.00 MiB/s]",
        "name: [ 240.00 MiB/s] 0:00:10 left",
        "name: [ 240.00 MiB/s] [=================>                                  ] 33%",
        "name: [ 240.00 MiB/s] [=============>                         ] 33% 0:00:10 left",
        "name: 0:00:05",
        "name: 0:00:05 0:00:10 left",
        "name: 0:00:05 [====================>                                       ] 33%",
        "name: 0:00:05 [===============>                               ] 33% 0:00:10 left",
        "name: 0:00:05 [ 240.00 MiB/s]",
        "name: 0:00:05 [ 240.00 MiB/s] 0:00:10 left",
        "name: 0:00:05 [ 240.00 MiB/s] [==============>                             ] 33%",
        "name: 0:00:05 [ 240.00 MiB/s] [==========>                    ] 33% 0:00:10 left",
        "name: 1.20 GiB",
        "name: 1.20 GiB 0:00:10 left",
        "name: 1.20 GiB [===================>                                       ] 33%",
        "name: 1.20 GiB [===============>                              ] 33% 0:00:10 left",
        "name: 1.20 GiB [ 240.00 MiB/s]",
        "name: 1.20 GiB [ 240.00 MiB/s] 0:00:10 left",
        "name: 1.20 GiB [ 240.00 MiB/s] [==============>                            ] 33%",
        "name: 1.20 GiB [ 240.00 MiB/s] [==========>                   ] 33% 0:00:10 left",
        "name: 1.20 GiB 0:00:05",
        "name: 1.20 GiB 0:00:05 0:00:10 left",
        "name: 1.20 GiB 0:00:05 [=================>                                 ] 33%",
        "name: 1.20 GiB 0:00:05 [============>                         ] 33% 0:00:10 left",
        "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s]",
        "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s] 0:00:10 left",
        "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s] [===========>                       ] 33%",
        "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s] [=======>              ] 33% 0:00:10 left",
    ];
    assert_eq!(golden.len(), 32);
    for (bits, line) in golden.into_iter().enumerate() {
        assert_eq!(third().line(parts(bits), COLUMNS), line, "{bits:05b}");
    }
}

#[test]
fn without_a_total_there_is_no_bar_and_no_eta() {
    let unknown = reading(1_288_490_189, None);
    for bits in 0..32 {
        assert_eq!(unknown.line(parts(bits), COLUMNS), unknown.line(parts(bits & 0b11100), COLUMNS));
    }
    assert_eq!(unknown.line(ALL, COLUMNS), "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s]");
    assert_eq!(Reading { name: None, ..unknown }.line(parts(0b00011), COLUMNS), "");
}

#[test]
fn at_any_width() {
    let nameless = Reading { name: None, ..third() };
    for reading in [third(), nameless, reading(0, Some(9)), reading(9, Some(9)), reading(7, None)] {
        for bits in 0..32 {
            let parts = parts(bits);
            let whole = reading.line(parts, None);
            for width in 0..=200 {
                let line = reading.line(parts, Some(width));
                assert!(line.width() <= width, "{width}: {line}");
                let bar = parts.bar && reading.total.is_some() && width > whole.width() + NARROWEST;
                if bar {
                    assert_eq!(line.width(), width, "{line}");
                    // The same around the bar.
                    let (before, rest) = line.rsplit_once(" [").unwrap_or(("", &line));
                    let after = rest.split_once("] ").expect("a bar").1;
                    assert_eq!([before, after].join(if before.is_empty() { "" } else { " " }), whole);
                } else if width > whole.width() && reading.name.is_none() {
                    assert_eq!(line, whole);
                }
            }
        }
    }
    assert_eq!(third().line(ALL, Some(54)), "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s] 33%");
    assert_eq!(third().line(ALL, Some(20)), "name: 1.20 GiB");
    // Better a number than a name.
    assert_eq!(third().line(ALL, Some(10)), "1.20 GiB");
    assert_eq!(third().line(ALL, Some(3)), "1.2");
    assert_eq!(third().line(ALL, Some(56)), "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s] 33% 0:00:10 left");
    assert_eq!(third().line(ALL, Some(60)), "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s] 33% 0:00:10 left");
    assert_eq!(third().line(ALL, Some(61)), "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s] [=> ] 33% 0:00:10 left");
    assert_eq!(third().line(ALL, None), "name: 1.20 GiB 0:00:05 [ 240.00 MiB/s] 33% 0:00:10 left");
}

#[test]
fn from_nothing_to_more_than_all() {
    let line = |bytes, total| reading(bytes, Some(total)).line(parts(0b00011), Some(40));
    assert_eq!(line(0, 100), "name: [                ] 0% -:--:-- left");
    assert_eq!(line(1, 100), "name: [>               ] 1% 0:08:15 left");
    assert_eq!(line(99, 100), "name: [==============>] 99% 0:00:01 left");
    assert_eq!(line(100, 100), "name: [==============] 100% 0:00:00 left");
    assert_eq!(line(150, 100), "name: [==============] 100% 0:00:00 left");
    assert_eq!(line(0, 0), "name: [==============] 100% 0:00:00 left");
    assert_eq!(line(5, 0), "name: [==============] 100% 0:00:00 left");
    assert_eq!(line(u64::MAX, u64::MAX), "name: [==============] 100% 0:00:00 left");
    assert!(line(1, u64::MAX).ends_with(" 0% 5124095576030431:00:15 left"));
}

#[test]
fn times() {
    let line =
        |seconds| Reading { elapsed: Duration::from_secs(seconds), ..third() }.line(parts(0b01000), COLUMNS);
    assert_eq!(line(0), "name: 0:00:00");
    assert_eq!(line(3599), "name: 0:59:59");
    assert_eq!(line(360_000), "name: 100:00:00");
    // What was there before says nothing about how long the rest takes.
    let watched = Reading { before: 900, ..reading(950, Some(1000)) };
    assert_eq!(watched.line(parts(1), COLUMNS), "name: 0:00:05 left");
    let back = Reading { before: 900, ..reading(10, Some(1000)) };
    assert_eq!(back.line(parts(1), COLUMNS), "name: -:--:-- left");
}

#[test]
fn rates_have_a_column_of_their_own() {
    for (rate, shown) in [
        (0, "[        0 B/s]"),
        (1023, "[     1023 B/s]"),
        (1024, "[   1.00 KiB/s]"),
        ((1 << 20) - 6, "[1023.99 KiB/s]"),
        (1 << 20, "[   1.00 MiB/s]"),
    ] {
        let line = Reading { name: None, rate, ..third() }.line(parts(0b00100), COLUMNS);
        assert_eq!(line, shown);
    }
}

#[test]
fn names() {
    assert_eq!(name_of("a\tb\x1b[1m\n"), "a?b?[1m?");
    let raw: &OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"a\xffb");
    assert_eq!(name_of(raw), "a\u{fffd}b");
    let line = |name| Reading { name: Some(name), ..third() }.line(NONE, Some(20));
    assert_eq!(line("1234567890"), "1234567890:");
    assert_eq!(line("/long/way/to/the/file"), "...he/file:");
    // Two columns a character.
    assert_eq!(line("漢字漢字漢字"), "...字漢字:");
    let whole = Reading { name: Some("/long/way/to/the/file"), ..third() }.line(NONE, None);
    assert_eq!(whole, "/long/way/to/the/file:");
}

#[test]
fn numbers() {
    let at = |bytes, total| Reading { elapsed: Duration::from_millis(1500), ..reading(bytes, total) };
    let numeric = |time, rate| Parts { time, rate, ..NONE };
    assert_eq!(at(40, Some(100)).numbers(NONE), "40");
    assert_eq!(at(40, Some(0)).numbers(NONE), "100");
    assert_eq!(at(400, Some(100)).numbers(NONE), "100");
    assert_eq!(at(u64::MAX - 1, Some(u64::MAX)).numbers(NONE), "99");
    assert_eq!(at(40, None).numbers(NONE), "40");
    assert_eq!(at(40, None).numbers(numeric(true, false)), "1.5000 40");
    assert_eq!(at(40, Some(80)).numbers(numeric(true, true)), "1.5000 50 251658240");
    assert_eq!(at(40, Some(80)).numbers(numeric(false, true)), "50 251658240");
}
