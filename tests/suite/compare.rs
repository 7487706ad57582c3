//! The pure parts of the comparison benchmark, which as a program of its own has no test harness.
//!
//! Once: no engine has a part in counting.

#[path = "../../benches/compare/measure/appended.rs"]
mod appended;
#[path = "../../benches/compare/calendar.rs"]
mod calendar;
#[path = "../../benches/compare/document/mod.rs"]
mod document;
#[path = "../../benches/compare/measure/lines.rs"]
mod lines;
#[path = "../../benches/compare/statistics.rs"]
mod statistics;
#[path = "../../benches/compare/table.rs"]
mod table;
#[path = "../../benches/compare/measure/wakeups.rs"]
mod wakeups;
#[path = "../../benches/compare/wrapper.rs"]
mod wrapper;

mod report;
mod technique;

use appended::Lines;
use table::Table;
use wakeups::Switches;

/// Both are exact: the samples of these tests are sums of powers of two.
#[track_caller]
fn assert_same(found: f64, expected: f64) {
    assert_eq!(found.to_bits(), expected.to_bits(), "found {found}, expected {expected}");
}

#[test]
fn median_is_the_middle() {
    assert_same(statistics::median(&[4.0]), 4.0);
    assert_same(statistics::median(&[8.0, 1.0, 2.0]), 2.0);
    assert_same(statistics::median(&[8.0, 1.0, 4.0, 2.0]), 3.0);
    assert!(statistics::median(&[]).is_nan());
}

#[test]
fn extremes() {
    assert_same(statistics::minimum(&[2.0, 0.5, 8.0]), 0.5);
    assert_same(statistics::maximum(&[2.0, 0.5, 8.0]), 8.0);
    assert!(statistics::minimum(&[]).is_nan());
    assert!(statistics::maximum(&[]).is_nan());
}

#[test]
fn ratios_are_within_rounds() {
    // The machine was four times as slow in the second round. The medians of the two series, 2 and 6, say 3;
    // two of three rounds say 2.
    let ours = [1.0, 8.0, 2.0];
    let other = [2.0, 16.0, 6.0];
    let ratios = statistics::paired_ratios(&ours, &other);
    assert_eq!(ratios, [2.0, 2.0, 3.0]);
    assert_same(statistics::median(&ratios), 2.0);
}

#[test]
fn everybody_starts_a_round_once() {
    let rounds: Vec<Vec<usize>> = (0..4).map(|round| statistics::turn_order(round, 3).collect()).collect();
    assert_eq!(rounds, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
}

#[test]
fn columns_are_aligned() {
    let mut table = Table::default();
    for line in [["command", "min", ""], ["ucat", "1.25 ms", "2.0x"], ["é", "9 us", ""]] {
        table.line(line.map(String::from).to_vec());
    }
    table.line(vec!["short".into()]);
    let expected = "  command      min\n  ucat     1.25 ms  2.0x\n  é           9 us\n  short\n";
    assert_eq!(table.render(), expected);
    assert_eq!(Table::default().render(), "");
}

#[test]
fn quantities_have_three_digits() {
    let durations = [12.34, 1.234, 0.1234, 0.012_34, 0.001_234, 0.000_123_4, f64::NAN].map(table::duration);
    assert_eq!(durations, ["12.3 s", "1.23 s", "123 ms", "12.3 ms", "1.23 ms", "123 us", "-"]);
    assert_eq!([12.34, 1.234, f64::NAN].map(table::ratio), ["12.3x", "1.23x", "-"]);
    assert_eq!(table::percent(1.234), "1.23%");
    assert_eq!(table::memory(24.0 * 1024.0), "24.0 MiB");
    assert_eq!([0.0, 1234.0].map(table::count), ["0", "1234"]);
    let rates =
        [(3e9, 2.0), (3e6, 2.0), (3e3, 2.0), (1.0, 0.0)].map(|(bytes, time)| table::rate(bytes, time));
    assert_eq!(rates, ["1.50 GB/s", "2 MB/s", "1.5 kB/s", "-"]);
}

#[test]
fn a_wrapper_is_seen_through() {
    let script =
        "#!/bin/sh\n# wraps\n\nexec \"/a b/ld.so\" --argv0 cat --library-path '/l:/m' \"/bin/cat\" \"$@\"\n";
    let words = wrapper::exec_words(script).unwrap_or_default();
    assert_eq!(words, ["/a b/ld.so", "--argv0", "cat", "--library-path", "/l:/m", "/bin/cat"]);
}

#[test]
fn what_a_shell_has_to_do_is_left_to_it() {
    for script in [
        "",
        "\u{7f}ELF",
        "exec /bin/cat \"$@\"",
        "#!/bin/sh\nexec \"$@\"\n",
        "#!/bin/sh\nexec /bin/cat $@\n",
        "#!/bin/sh\nexec \"$HOME/cat\" \"$@\"\n",
        "#!/bin/sh\nexec /bin/ca? \"$@\"\n",
        "#!/bin/sh\nexec /bin/cat | \"$@\"\n",
        "#!/bin/sh\nexec \"/bin/cat \"$@\"\n",
        "#!/bin/sh\nLANG=C\nexec /bin/cat \"$@\"\n",
        "#!/bin/sh\nexec /bin/cat \"$@\"\nrm -f lock\n",
    ] {
        assert_eq!(wrapper::exec_words(script), None, "{script:?}");
    }
}

#[test]
fn lines_of_many_processes_are_those_of_one() {
    assert_eq!(lines::by_name(b"10  a/2 b\n9f  a/1\n77  b/1"), b"9f  a/1\n10  a/2 b\n77  b/1");
    assert_eq!(lines::by_name(b"9f  b\n\n10  a\n"), b"\n10  a\n9f  b\n");
    assert_eq!(lines::by_name(b""), b"");
}

#[test]
fn appended_lines_are_counted_without_headers() {
    let mut expected = Lines::default();
    for number in [7, 8] {
        expected.add(&appended::line(number));
    }
    let header = b"\n==> /some/server0001.log <==\n".as_slice();
    let output = [header, &appended::line(8), header, &appended::line(7)].concat();
    for size in [1, 7, 128, 1000] {
        let mut seen = Lines::default();
        output.chunks(size).for_each(|piece| seen.take(piece));
        assert!(seen.agree(&expected), "in pieces of {size}");
    }
}

#[test]
fn lines_that_were_not_appended_are_noticed() {
    let lines = |numbers: &[u64]| {
        let mut lines = Lines::default();
        for &number in numbers {
            lines.take(&appended::line(number));
        }
        lines
    };
    assert!(lines(&[1, 2, 3]).agree(&lines(&[3, 1, 2])));
    assert!(!lines(&[1, 2, 3]).agree(&lines(&[1, 2])), "lost");
    assert!(!lines(&[1, 2, 3]).agree(&lines(&[1, 2, 2])), "once lost, once twice");
    let mut mangled = lines(&[1, 2]);
    mangled.take(&appended::line(3)[..100]);
    mangled.take(b"\n");
    assert!(!mangled.agree(&lines(&[1, 2, 3])), "cut short");
}

#[test]
fn appended_lines_stay_on_their_page() {
    for size in [0, 1, 127, 128, 129, 2000] {
        let filler = appended::filler(size);
        assert_eq!((size + filler.len()) % appended::LENGTH, 0);
        let mut lines = Lines::default();
        lines.take(&filler);
        assert_eq!(lines.count, 1, "the line behind {size} bytes is one that counts");
    }
    assert_eq!(4096 % appended::LENGTH, 0);
}

#[test]
fn wake_ups_are_those_of_all_threads() {
    let status = "Name:\ttail\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n";
    assert_eq!(wakeups::voluntary(status), Some(12));
    assert_eq!(wakeups::voluntary("nonvoluntary_ctxt_switches:\t3\n"), None);

    let before = Switches::from([(1, 10), (2, 5), (3, 7)]);
    assert_eq!(wakeups::between(&before, &before), 0);
    // One woke up twice, one ended, one has begun and gone to sleep once.
    let after = Switches::from([(1, 12), (2, 5), (4, 1)]);
    assert_eq!(wakeups::between(&before, &after), 2 + 1 + 2);
}

#[test]
fn days_have_dates() {
    let days = [0, 59, 11_016, 11_017, 19_782, 19_783, 20_454, 47_540, 47_541];
    let dates = [
        (1970, 1, 1),
        (1970, 3, 1),
        (2000, 2, 29),
        (2000, 3, 1),
        (2024, 2, 29),
        (2024, 3, 1),
        (2026, 1, 1),
        (2100, 2, 28),
        (2100, 3, 1),
    ];
    assert_eq!(days.map(calendar::date), dates);
}
