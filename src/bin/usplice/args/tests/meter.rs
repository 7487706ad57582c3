//! The meter's options.

use super::*;

const ALL: Parts = Parts { bytes: true, time: true, rate: true, bar: true, eta: true };
const NONE: Parts = Parts { bytes: false, time: false, rate: false, bar: false, eta: false };

/// When, and the parts: `b`ytes, `t`ime, `r`ate, bar (`p`), `e`ta.
#[track_caller]
fn meter(words: &str) -> (ProgressWhen, String) {
    let MeterOptions { when, parts, .. } = options(words).meter;
    let letters =
        [(parts.bytes, 'b'), (parts.time, 't'), (parts.rate, 'r'), (parts.bar, 'p'), (parts.eta, 'e')];
    (when, letters.iter().filter(|(shown, _)| *shown).map(|(_, letter)| letter).collect())
}

#[test]
fn when_and_what() {
    use ProgressWhen::{Always, Auto, Never};
    for (words, when, parts) in [
        ("", Never, "btrpe"),
        ("-p", Auto, "btrpe"),
        ("--progress", Auto, "btrpe"),
        ("--progress=always", Always, "btrpe"),
        ("--progress=never", Never, "btrpe"),
        ("-t", Auto, "t"),
        ("--timer", Auto, "t"),
        ("-r", Auto, "r"),
        ("--rate", Auto, "r"),
        ("-e", Auto, "e"),
        ("--eta", Auto, "e"),
        ("-tre", Auto, "tre"),
        ("-pt", Auto, "tp"),
        ("-ep", Auto, "pe"),
        ("--progress -r", Auto, "rp"),
        ("--progress=always -t", Always, "tp"),
        ("-t --progress=never", Never, "tp"),
        ("--progress=never -t", Never, "tp"),
        ("--progress=always -p", Auto, "btrpe"),
        ("-p --progress=always", Always, "btrpe"),
        ("--progress=never -p", Auto, "btrpe"),
        ("-p --progress=never", Never, "btrpe"),
        // What only makes sense with a meter asks for one.
        ("-N x", Auto, "btrpe"),
        ("--interval=2", Auto, "btrpe"),
        ("--name=x -t", Auto, "t"),
        ("-N x --progress=never", Never, "btrpe"),
        // Nothing else is there to be seen.
        ("-w1", Always, "btrpe"),
        ("-w1 -r", Always, "r"),
        ("-w1 -p", Auto, "btrpe"),
        ("-w1 --progress=never", Never, "btrpe"),
        ("-s5", Never, "btrpe"),
    ] {
        assert_eq!(meter(words), (when, parts.to_owned()), "{words}");
    }
    assert_eq!((options("-p").meter.parts, options("-n").meter.parts), (ALL, NONE));
}

#[test]
fn numbers_for_scripts() {
    use ProgressWhen::{Always, Auto, Never};
    for (words, when, parts, numeric) in [
        ("-n", Always, "", true),
        ("--numeric", Always, "", true),
        ("-nt", Always, "t", true),
        ("-np", Auto, "", true),
        ("-n --progress=always", Always, "", true),
        ("-n --progress=never", Never, "", false),
        ("--progress=never -n", Never, "", false),
        ("-n -w1", Always, "", true),
    ] {
        assert_eq!(meter(words), (when, parts.to_owned()), "{words}");
        assert_eq!(options(words).meter.numeric, numeric, "{words}");
    }
    assert!(!options("-p").meter.numeric);
}

#[test]
fn names() {
    assert_eq!(options("-Nx --name=yz").meter.name, Some("yz".into()));
    assert_eq!(parsed(None, &["-N", ""]).expect("it makes sense").meter.name, Some("".into()));
    assert_eq!(options("-p").meter.name, None);
    refused("-N", "option requires an argument -- 'N'");
}

#[test]
fn intervals() {
    for (value, expected) in [
        ("1", Duration::from_secs(1)),
        ("0.5", Duration::from_millis(500)),
        (".25", Duration::from_millis(250)),
        ("1e1", Duration::from_secs(10)),
        ("0.01", SHORTEST),
        ("0.001", SHORTEST),
        ("1e-300", SHORTEST),
        ("1e20", LONGEST),
        ("inf", LONGEST),
    ] {
        let options = options(&format!("--interval=9 --interval={value}"));
        assert_eq!(options.meter.interval, expected, "{value}");
    }
    assert_eq!(options("-p").meter.interval, Duration::from_secs(1));
    for value in ["", "0", "-0", "0.0", "-1", "x", "1s", "nan", "1,5"] {
        bad_value(&["--interval", value], &format!("invalid number of seconds: '{value}'"));
    }
    assert!(std::time::Instant::now().checked_add(LONGEST).is_some());
}
