use ringutils::ring::EngineChoice;

use super::*;

mod meter;

fn shown(early: &Early) -> String {
    match early {
        Early::Text(text) => text.clone(),
        // The tests may run in any locale.
        Early::Usage(fault) => {
            String::from_utf8_lossy(&fault.render(b"usplice")).replace(['\u{2018}', '\u{2019}'], "'")
        }
    }
}

fn parsed(variable: Option<&str>, args: &[&str]) -> Result<Options, String> {
    let mut invocation = Invocation::from_argv0(Some("usplice".into()), NAME);
    invocation.ring_variable = variable.map(OsString::from);
    let args = args.iter().map(OsString::from).collect();
    parse(&invocation, args).map_err(|early| shown(&early))
}

/// The meaning of words without blanks.
#[track_caller]
fn options(words: &str) -> Options {
    let args: Vec<&str> = words.split_whitespace().collect();
    parsed(None, &args).expect("it makes sense")
}

#[track_caller]
fn fault(words: &str) -> String {
    let args: Vec<&str> = words.split_whitespace().collect();
    parsed(None, &args).expect_err("a mistake")
}

/// A diagnostic alone.
#[track_caller]
fn bad_value(args: &[&str], text: &str) {
    assert_eq!(parsed(None, args).expect_err("a mistake"), format!("usplice: {text}\n"), "{args:?}");
}

/// A diagnostic, and the line that points to `--help`.
#[track_caller]
fn refused(words: &str, text: &str) {
    let expected = format!("usplice: {text}\nTry 'usplice --help' for more information.\n");
    assert_eq!(fault(words), expected, "{words}");
}

#[test]
fn clap_definition_is_sound() {
    cli::command::<Cli>().debug_assert();
}

#[test]
fn operands() {
    for (words, input, outputs) in [
        ("", "-", &["-"][..]),
        ("--", "-", &["-"]),
        ("-", "-", &["-"]),
        ("in", "in", &["-"]),
        ("in out", "in", &["out"]),
        ("- -", "-", &["-"]),
        ("-a in out", "in", &["out"]),
        ("in one - two --debug", "in", &["one", "-", "two"]),
        ("-- -i --sync", "-i", &["--sync"]),
    ] {
        let options = options(words);
        assert_eq!(options.input, input, "{words:?}");
        assert_eq!(options.outputs, outputs, "{words:?}");
    }
}

#[test]
fn what_holds_if_nothing_is_said() {
    // With options and without there are different ways to the same.
    for words in ["in out", "-- in out"] {
        let Options { size, count, stop_at_size, exact, skip, seek, rate, block, .. } = options(words);
        assert_eq!((size, count, stop_at_size, exact, skip, seek), (None, None, false, false, 0, 0));
        assert_eq!((rate, block), (None, None));
        let Options { append, sparse, no_clobber, truncate, sync, skip_errors, .. } = options(words);
        assert_eq!((append, sparse, no_clobber, truncate, sync), (false, false, false, None, false));
        let Options { on_error, debug, meter, watch, shared, .. } = options(words);
        assert_eq!((skip_errors, on_error, debug, watch), (false, OnError::Unsaid, false, None));
        assert_eq!((meter.when, meter.numeric, meter.name), (ProgressWhen::Never, false, None));
        assert_eq!(shared, ringutils::cli::Shared::default());
    }
}

#[test]
fn numbers() {
    for (words, count) in [
        ("-c0", 0),
        ("-c 512", 512),
        ("-c3b", 1536),
        ("--count=2K", 2048),
        ("--count 2KiB", 2048),
        ("--cou=1MB", 1_000_000),
        ("-c 18446744073709551615", u64::MAX),
        ("-c5 -c7", 7),
    ] {
        assert_eq!(options(words).count, Some(count), "{words}");
    }
    assert_eq!(options("-s1G").size, Some(1 << 30));
    assert_eq!(options("--size=9 --size 3").size, Some(3));
    assert_eq!((options("-i5k").skip, options("--skip=9223372036854775807").skip), (5120, FARTHEST));
    assert_eq!((options("-o 1M -o0").seek, options("--seek=1TB").seek), (0, 1_000_000_000_000));
    let rate = |words| options(words).rate.map(NonZeroU64::get);
    assert_eq!(
        (rate("-L1"), rate("--rate-limit=10MB"), rate("-L 5 -L2K")),
        (Some(1), Some(10_000_000), Some(2048))
    );
}

#[test]
fn bad_numbers() {
    let too_large = ": Value too large for defined data type";
    for (short, long, what, most) in [
        ("-c", "--count", "invalid number of bytes", "18446744073709551616"),
        ("-s", "--size", "invalid size", "16E"),
        ("-i", "--skip", "invalid number of bytes to skip", "9223372036854775808"),
        ("-o", "--seek", "invalid number of bytes to seek", "8E"),
        ("-L", "--rate-limit", "invalid rate limit", "1Z"),
        ("-b", "--block-size", "invalid block size", "16777217"),
    ] {
        for value in ["", "x", "-1", "-1K", "-99999999999999999999", "1x", "1.5", "5 ", "1g", "--5"] {
            bad_value(&[short, value], &format!("{what}: '{value}'"));
            bad_value(&[&format!("{long}={value}")], &format!("{what}: '{value}'"));
        }
        for value in [most, "99999999999999999999", "1Q"] {
            bad_value(&[short, value], &format!("{what}: '{value}'{too_large}"));
        }
        // Each must be right, not only the last.
        bad_value(&[short, "x", short, "512"], &format!("{what}: 'x'"));
        refused(short, &format!("option requires an argument -- '{}'", &short[1..]));
        refused(long, &format!("option '{long}' requires an argument"));
    }
    bad_value(&["-L0"], "invalid rate limit: '0'");
}

#[test]
fn block_sizes() {
    for (variable, words, block) in [
        (None, "-b512", Some(512)),
        (None, "--block-size=16M", Some(16 << 20)),
        (None, "-b1M -b64K", Some(65536)),
        (None, "--ring=block=8K", Some(8192)),
        (None, "-b4K --ring=block=8K", Some(4096)),
        (Some("block=1M"), "", Some(1 << 20)),
        (Some("block=1M"), "-b4K", Some(4096)),
        (Some("depth=3"), "in", None),
    ] {
        let args: Vec<&str> = words.split_whitespace().collect();
        let options = parsed(variable, &args).expect("it makes sense");
        assert_eq!((options.block, options.shared.ring.block), (block, block), "{variable:?} {words}");
    }
    for value in ["0", "511"] {
        bad_value(&["-b", value], &format!("invalid block size: '{value}'"));
    }
}

#[test]
fn switches() {
    assert!(options("-a").append && options("--append --no-truncate").append);
    assert!(options("--sparse").sparse);
    assert!(options("--no-clobber --no-truncate").no_clobber);
    assert!(options("--sync").sync);
    assert!(options("-E").skip_errors && options("--skip-errors").skip_errors);
    assert!(options("--debug").debug);
    assert!(options("--stop-at-size").stop_at_size);
    assert!(options("--exact -c5").exact && options("--exact -s0").exact);
    assert!(options("--exact --stop-at-size").exact);
    for (words, truncate) in [
        ("--truncate", true),
        ("--no-truncate", false),
        ("--truncate --no-truncate", false),
        ("--no-truncate --truncate", true),
        ("-a --truncate --no-truncate", false),
    ] {
        assert_eq!(options(words).truncate, Some(truncate), "{words}");
    }
    refused("--sync=yes", "option '--sync' doesn't allow an argument");
    refused("-x", "invalid option -- 'x'");
    // Ours of all commands are never abbreviated.
    refused("--ring-s", "unrecognized option '--ring-s'");
    refused(
        "--si=1 --s=1",
        "option '--s=1' is ambiguous; possibilities: '--seek' '--size' '--skip' \
                             '--skip-errors' '--sparse' '--stop-at-size' '--sync'",
    );
}

#[test]
fn modes_of_failing_outputs() {
    for (words, mode) in [
        ("--output-error", OnError::WarnNopipe),
        ("--output-error=warn", OnError::Warn),
        ("--output-error=warn-nopipe", OnError::WarnNopipe),
        ("--output-error=exit", OnError::Exit),
        ("--output-e=exit-n", OnError::ExitNopipe),
        ("--output-error=exit --output-error", OnError::WarnNopipe),
    ] {
        assert_eq!(options(words).on_error, mode, "{words}");
    }
    // The value of this one is attached.
    assert_eq!(options("--output-error warn").input, "warn");
    let list = "Valid arguments are:\n  - 'warn'\n  - 'warn-nopipe'\n  - 'exit'\n  - 'exit-nopipe'";
    refused("--output-error=w", &format!("ambiguous argument 'w' for '--output-error'\n{list}"));
    refused("--output-error=die", &format!("invalid argument 'die' for '--output-error'\n{list}"));
}

#[test]
fn watching() {
    for (words, pid, fd) in [
        ("-w1", 1, None),
        ("--watch=2147483647", i32::MAX, None),
        ("-w 12:0", 12, Some(0)),
        ("-w5 --watch 6:2147483647", 6, Some(i32::MAX)),
        ("-w 7:3 -pn --debug --size=5 -Nx", 7, Some(3)),
        ("-w 7:3 --interval=5 --debug -tre --ring=depth=2 --ring-stats", 7, Some(3)),
    ] {
        assert_eq!(options(words).watch, Some(Watch { pid, fd }), "{words}");
    }
    for (value, text) in [
        ("", "invalid PID: ''"),
        ("x", "invalid PID: 'x'"),
        ("0", "invalid PID: '0'"),
        ("-5", "invalid PID: '-5'"),
        ("1K", "invalid PID: '1K'"),
        (":3", "invalid PID: ''"),
        ("2147483648", "invalid PID: '2147483648': Value too large for defined data type"),
        ("1:", "invalid file descriptor: ''"),
        ("1:x", "invalid file descriptor: 'x'"),
        ("1:-1", "invalid file descriptor: '-1'"),
        ("1:2:3", "invalid file descriptor: '2:3'"),
        ("1:99999999999", "invalid file descriptor: '99999999999': Value too large for defined data type"),
    ] {
        bad_value(&["-w", value], text);
    }
}

#[test]
fn watching_moves_nothing() {
    refused("-w1 in", "--watch moves nothing: extra operand 'in'");
    refused("- --watch=1:2", "--watch moves nothing: extra operand '-'");
    for (words, other) in [
        ("-a", "append"),
        ("-b4K", "block-size"),
        ("-c5", "count"),
        ("--exact -s5", "exact"),
        ("--no-clobber", "no-clobber"),
        ("--no-truncate", "no-truncate"),
        ("--output-error", "output-error"),
        ("-L5", "rate-limit"),
        ("-o0", "seek"),
        ("-i5", "skip"),
        ("-E", "skip-errors"),
        ("--sparse", "sparse"),
        ("--stop-at-size -s5", "stop-at-size"),
        ("--sync", "sync"),
        ("--truncate", "truncate"),
    ] {
        for words in [format!("-w1 {words}"), format!("{words} --watch=1:5")] {
            refused(&words, &format!("options --watch and --{other} are mutually exclusive"));
        }
    }
}

/// Each option is known to be about moving bytes, or about the meter.
#[test]
fn every_option_goes_with_watching_or_does_not() {
    const OTHERS: &[&str] = &[
        "debug",
        "eta",
        "interval",
        "name",
        "numeric",
        "progress_letter",
        "rate",
        "size",
        "timer",
        "watch",
        "progress",
        "ring",
        "ring_stats",
        "ring_trace",
        "operands",
    ];
    let command = cli::command::<Cli>();
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        assert!(MOVING.contains(&id) != OTHERS.contains(&id), "{id}");
    }
    for id in MOVING.iter().chain(OTHERS) {
        assert!(command.get_arguments().any(|arg| arg.get_id() == *id), "{id}");
    }
}

#[test]
fn contradictions() {
    for (words, other) in [
        ("-ao5", "seek"),
        ("--seek=0 --append", "seek"),
        ("-a --truncate", "truncate"),
        ("-a --no-truncate --truncate", "truncate"),
        ("--sparse -a", "sparse"),
        ("-a --no-clobber", "no-clobber"),
    ] {
        refused(words, &format!("options --append and --{other} are mutually exclusive"));
    }
    for words in ["--exact", "--exact in out", "--exact -p"] {
        refused(words, "--exact needs --count, --size or --stop-at-size");
    }
}

#[test]
fn the_engine() {
    let shared = options("--ring=engine=threads,depth=4 --ring-stats=json --ring-trace").shared;
    assert_eq!(
        (shared.ring.engine, shared.ring.depth, shared.ring.trace),
        (EngineChoice::Threads, Some(4), true)
    );
    assert!(shared.ring.stats.is_some());
    let variable = parsed(Some("zz"), &[]).expect_err("a mistake");
    assert!(variable.starts_with("usplice: invalid argument 'zz' for '$RINGUTILS'\n"), "{variable}");
}

#[test]
fn of_two_mistakes_the_left_one() {
    bad_value(&["-c", "x", "--help"], "invalid number of bytes: 'x'");
    bad_value(&["-L", "x", "-Q"], "invalid rate limit: 'x'");
    refused("-Q -c x", "invalid option -- 'Q'");
    bad_value(&["-a", "-o", "x"], "invalid number of bytes to seek: 'x'");
}

#[test]
fn help_tells_what_there_is() {
    let help = fault("--help");
    for line in [
        "Usage: usplice [OPTION]... [INPUT] [OUTPUT]...\n  or:  usplice -w PID[:FD] [OPTION]...\n",
        "\n  -a, --append ",
        "\n  -b, --block-size=BYTES ",
        "\n  -c, --count=BYTES ",
        "\n      --debug ",
        "\n  -e, --eta ",
        "\n  -E, --skip-errors ",
        "\n      --exact ",
        "\n  -i, --skip=BYTES ",
        "\n      --interval=SECONDS ",
        "\n  -L, --rate-limit=RATE ",
        "\n  -n, --numeric ",
        "\n  -N, --name=NAME ",
        "\n      --no-clobber ",
        "\n      --no-truncate ",
        "\n  -o, --seek=BYTES ",
        "\n      --output-error[=MODE]\n",
        "\n  -p                       the same as --progress\n",
        "\n  -r, --rate ",
        "\n  -s, --size=BYTES ",
        "\n      --sparse ",
        "\n      --stop-at-size ",
        "\n      --sync ",
        "\n  -t, --timer ",
        "\n      --truncate ",
        "\n  -w, --watch=PID[:FD] ",
        "\n\nShared by all commands:\n      --progress[=WHEN] ",
    ] {
        assert!(help.contains(line), "{line:?}\n{help}");
    }
    assert!(help.lines().all(|line| line.len() < 80), "{help}");
}

#[test]
fn completions() {
    crate::completions::check::<Cli>();
}
