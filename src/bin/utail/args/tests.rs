use ringutils::cli::{Early, ProgressWhen};

use super::*;

mod gnu;

const AROUND: Surroundings = Surroundings { posix2_version: None, stdin_is_terminal: || false };

fn shown(early: &Early) -> String {
    match early {
        Early::Text(text) => text.clone(),
        // The tests may run in any locale.
        Early::Usage(fault) => {
            String::from_utf8_lossy(&fault.render(b"tail")).replace(['\u{2018}', '\u{2019}'], "'")
        }
    }
}

fn parsed(around: &Surroundings, args: &[&str]) -> Result<Options, String> {
    let invocation = Invocation::from_argv0(Some("tail".into()), NAME);
    let args = args.iter().map(OsString::from).collect();
    parse_within(around, &invocation, args).map_err(|early| shown(&early))
}

/// The meaning of words without blanks.
#[track_caller]
fn options(words: &str) -> Options {
    let args: Vec<&str> = words.split_whitespace().collect();
    parsed(&AROUND, &args).expect("it makes sense")
}

#[track_caller]
fn follow(words: &str) -> Follow {
    options(words).follow.expect("it follows")
}

#[track_caller]
fn fault(args: &[&str]) -> String {
    parsed(&AROUND, args).expect_err("a mistake")
}

/// A diagnostic alone.
#[track_caller]
fn bad_value(args: &[&str], text: &str) {
    assert_eq!(fault(args), format!("tail: {text}\n"), "{args:?}");
}

/// A diagnostic, and the line that points to `--help`.
#[track_caller]
fn refused(args: &[&str], text: &str) {
    let expected = format!("tail: {text}\nTry 'tail --help' for more information.\n");
    assert_eq!(fault(args), expected, "{args:?}");
}

fn warnings(around: &Surroundings, words: &str) -> Vec<String> {
    let args: Vec<&str> = words.split_whitespace().collect();
    let options = parsed(around, &args).expect("it makes sense");
    options.warnings.into_iter().map(|text| String::from_utf8(text).expect("ASCII")).collect()
}

#[test]
fn clap_definition_is_sound() {
    cli::command::<Cli>().debug_assert();
}

#[test]
fn operands_alone() {
    // With options and without there are different ways to the same.
    for words in ["f", "f -n10", "-- f"] {
        let Options { amount, line_end, headers, prefix, follow, presume_pipe, debug, globs, .. } =
            options(words);
        assert_eq!(amount, Amount { unit: Unit::Lines, from_start: false, count: 10 });
        assert_eq!((line_end, headers, prefix, follow), (b'\n', false, false, None));
        assert_eq!((presume_pipe, debug, globs), (false, false, vec![]));
        let Options { called_tail, warnings, files, shared, .. } = options(words);
        assert_eq!((called_tail, warnings, files), (true, vec![], vec!["f".into()]));
        assert_eq!(shared.progress, ProgressWhen::default());
    }
    for words in ["", "--", "-n10", "-", "-5", "-5 --"] {
        assert_eq!(options(words).files, ["-"], "{words:?}");
    }
    let invocation = Invocation::from_argv0(Some("/x/utail".into()), NAME);
    let ours = parse_within(&AROUND, &invocation, vec![]).expect("it makes sense");
    assert!(!ours.called_tail);
}

#[test]
fn amounts() {
    use Unit::{Bytes, Lines};
    for (words, unit, from_start, count) in [
        ("-n5", Lines, false, 5),
        ("-n -5", Lines, false, 5),
        ("-n -+5", Lines, false, 5),
        ("-n+5", Lines, true, 5),
        ("-n -K", Lines, false, 1024),
        ("-c 3b", Bytes, false, 1536),
        ("--bytes=+2MB", Bytes, true, 2_000_000),
        ("--lines 1Q", Lines, false, u64::MAX),
        ("-n +15 -n 3", Lines, true, 3),
        ("-n +15 -n -3", Lines, true, 3),
        ("-n +15 -c 3", Bytes, true, 3),
        ("-n 15 -c +3 -n 2", Lines, true, 2),
        ("-c 3 -n 4", Lines, false, 4),
        ("-5", Lines, false, 5),
        ("+5 f", Lines, true, 5),
        ("-2b -- f", Bytes, false, 1024),
    ] {
        assert_eq!(options(words).amount, Amount { unit, from_start, count }, "{words}");
    }
    assert_eq!(options("-z").line_end, 0);
    for (words, from_start) in [(" 5", false), (" +5", false), ("- +5", false)] {
        let options = parsed(&AROUND, &["-n", words]).expect("it makes sense");
        assert_eq!((options.amount.from_start, options.amount.count), (from_start, 5), "{words:?}");
    }
}

#[test]
fn bad_amounts() {
    let range = ": Value too large for defined data type";
    for (value, shown, reason) in [
        ("x", "x", ""),
        ("", "", ""),
        ("-", "", ""),
        ("--", "-", ""),
        ("--5", "-5", range),
        (" -5", " -5", range),
        ("+-5", "+-5", range),
        ("++5", "++5", ""),
        ("+K", "+K", ""),
        ("--K", "-K", ""),
        ("5x", "5x", ""),
    ] {
        // A sign behind a sign is none.
        let reason = if value == "+-5" { "" } else { reason };
        bad_value(&["-n", value], &format!("invalid number of lines: '{shown}'{reason}"));
        bad_value(&["-qc", value], &format!("invalid number of bytes: '{shown}'{reason}"));
    }
    refused(&["-c"], "option requires an argument -- 'c'");
    refused(&["--lines"], "option '--lines' requires an argument");
}

#[test]
fn nothing_wanted() {
    for (words, nothing) in [
        ("-n0", true),
        ("-c 0K", true),
        ("-0", true),
        ("-n +9223372036854775807", true),
        ("-c +8E", true),
        ("+99999999999999999999 f", true),
        ("-n +9223372036854775806", false),
        ("-n +0", false),
        ("-n 99999999999999999999", false),
        ("-n1", false),
        ("-fn0", false),
        ("-0f", false),
        ("-F -n +1Q f", false),
    ] {
        assert_eq!(options(words).wants_nothing(), nothing, "{words}");
    }
}

#[test]
fn following() {
    assert_eq!(
        follow("-f"),
        Follow {
            by: By::Descriptor,
            retry: false,
            pids: vec![],
            interval: Some(Duration::from_secs(1)),
            max_unchanged: 5,
            only_polling: false,
        }
    );
    for (words, by, retry) in [
        ("--follow", By::Descriptor, false),
        ("--follow=desc", By::Descriptor, false),
        ("--follow=n f", By::Name, false),
        ("--follow=name --follow", By::Descriptor, false),
        ("-f --follow=name f", By::Name, false),
        ("-F f", By::Name, true),
        ("-Ff", By::Descriptor, true),
        ("-f --retry f", By::Descriptor, true),
        ("-5f", By::Descriptor, false),
        ("+f f", By::Descriptor, false),
    ] {
        let follow = follow(words);
        assert_eq!((follow.by, follow.retry), (by, retry), "{words}");
    }
    let follow = follow("-f --pid=7 --p=0 -s.5 --sl 0x.4p0 --max=7 ---disable-inotify f");
    assert_eq!(follow.pids, [7, 0]);
    assert_eq!(follow.interval, Some(Duration::from_millis(250)));
    assert_eq!((follow.max_unchanged, follow.only_polling), (7, true));
    assert_eq!(self::follow("-fs inf").interval, None);
    assert_eq!(self::follow("-f --max=99999999999999999999").max_unchanged, u64::MAX);
    let options = options("--d ---p");
    assert_eq!((options.debug, options.presume_pipe, options.follow), (true, true, None));
}

#[test]
fn bad_values() {
    for value in ["", "-1", "nan", "1x", "1 "] {
        bad_value(&["-s", value], &format!("invalid number of seconds: '{value}'"));
    }
    for value in ["", "x", "-0", "-5", " -5", "+", "1k", "-99999999999999999999"] {
        bad_value(&["--pid", value], &format!("invalid PID: '{value}'"));
    }
    for value in ["2147483648", "99999999999999999999"] {
        let text = format!("invalid PID: '{value}': Value too large for defined data type");
        bad_value(&["--pid", value], &text);
    }
    for (value, reason) in
        [("", ""), ("x", ""), ("1K", ""), ("-1", ": Value too large for defined data type")]
    {
        let text = format!("invalid maximum number of unchanged stats between opens: '{value}'{reason}");
        bad_value(&["--max-unchanged-stats", value], &text);
    }
    let list = "Valid arguments are:\n  - 'descriptor'\n  - 'name'";
    refused(&["--follow=x"], &format!("invalid argument 'x' for '--follow'\n{list}"));
    refused(&["--follow="], &format!("ambiguous argument '' for '--follow'\n{list}"));
    assert_eq!(pid(OsStr::new(" +2147483647")), Ok(i32::MAX));
}

#[test]
fn digits() {
    for (args, digit) in [
        (&["-5", "a", "b"][..], 5),
        (&["-n1", "-6", "a"], 6),
        (&["-q7"], 7),
        (&["a", "-0"], 0),
        (&["-8x", "a"], 8),
        (&["-9", "--", "a", "b"], 9),
        (&["-5", "--help"], 5),
        (&["--retry", "-5"], 5),
    ] {
        bad_value(args, &format!("option used in invalid context -- {digit}"));
    }
    refused(&["-lf", "a", "b"], "invalid option -- 'l'");
}

#[test]
fn headers() {
    for (words, headers) in [
        ("f", false),
        ("f f", true),
        ("-v f", true),
        ("-q f f", false),
        ("-qv f", true),
        ("-vq f f", false),
        ("--silent --verbose", true),
        ("-v --silent", false),
        ("--prefix f f", false),
        ("--prefix -v f", false),
        ("--glob=*", true),
        ("--glob=* -q", false),
        ("--glob=* --prefix", false),
    ] {
        assert_eq!(options(words).headers, headers, "{words}");
    }
}

#[test]
fn globs() {
    let options = options("--glob=*.log --glob a* f");
    assert_eq!(options.globs, ["*.log", "a*"]);
    assert_eq!(options.files, ["f"]);
    assert_eq!(self::options("--glob=x").files, [""; 0]);
    for words in ["-f --glob=*", "--follow=descriptor --glob=*", "-F --glob=*"] {
        assert_eq!(follow(words).by, By::Name, "{words}");
    }
    assert_eq!(warnings(&AROUND, "-f --retry --glob=*"), [""; 0]);
    assert_eq!(self::options("--glob=* -").files, ["-"]);
    bad_value(&["--glob=*", "-f", "-"], "cannot follow '-' by name");
    // Ours are never abbreviated.
    refused(&["--glo=*"], "unrecognized option '--glo=*'");
    assert!(self::options("--prefix").prefix);
}

#[test]
fn patterns_that_make_no_sense() {
    let folders = ": wildcards can stand for names of files, not of directories";
    bad_value(&["--glob=no*where/x", "-n", "x"], &format!("invalid pattern: 'no*where/x'{folders}"));
    bad_value(&["--glob="], "invalid pattern: ''");
}

/// By our own name, a folder that is followed is as good as a pattern.
#[test]
fn folders() {
    let own = |words: &[&str]| {
        let invocation = Invocation::from_argv0(Some(NAME.into()), NAME);
        let args = words.iter().map(OsString::from).collect();
        let options = parse_within(&AROUND, &invocation, args).expect("it makes sense");
        (options.headers, options.follow.map(|follow| follow.by))
    };
    assert_eq!(own(&["-f", "/"]), (true, Some(By::Name)));
    assert_eq!(own(&["-qf", "/"]), (false, Some(By::Name)));
    assert_eq!(own(&["/"]), (false, None));
    assert_eq!(own(&["-f", "/dev/null"]), (false, Some(By::Descriptor)));
    assert_eq!(follow("-f /").by, By::Descriptor);
    assert!(!options("-f /").headers);
}

#[test]
fn mistakes_of_standard_input() {
    for args in [&["-F"][..], &["-F", "-"], &["--follow=name", "f", "-"], &["-F", "-n0", "--", "-"]] {
        bad_value(args, "cannot follow '-' by name");
    }
    let ineffective = ["warning: following standard input indefinitely is ineffective"];
    let terminal = Surroundings { stdin_is_terminal: || true, ..AROUND };
    for words in ["-f - f", "-f f -", "-f - -", "-f --pid=1", "-f --pid=0 -", "-n0 -f f -"] {
        assert_eq!(warnings(&terminal, words), ineffective, "{words}");
        assert_eq!(warnings(&AROUND, words), [""; 0], "{words}");
    }
    // A terminal is asked about only where it matters.
    let unasked = Surroundings { stdin_is_terminal: || panic!("unasked"), ..AROUND };
    for words in ["-f", "-f -", "-5f", "-", "- f", "-f f f", "-F f"] {
        assert_eq!(warnings(&unasked, words), [""; 0], "{words}");
    }
}

#[test]
fn no_effect() {
    let retry = "warning: --retry ignored; --retry is useful only when following";
    let initial = "warning: --retry only effective for the initial open";
    let pid = "warning: PID ignored; --pid=PID is useful only when following";
    let stdin = "warning: following standard input indefinitely is ineffective";
    let terminal = Surroundings { stdin_is_terminal: || true, ..AROUND };
    for (words, expected) in [
        ("--retry f", &[retry][..]),
        ("--pid=1 --retry f", &[retry, pid]),
        ("--pid=1 --pid=2 -n0 f", &[pid]),
        ("-f --retry f", &[initial]),
        ("-Ff f", &[initial]),
        ("-f --retry - f", &[initial, stdin]),
        ("-F f", &[]),
        ("-f --pid=1 f", &[]),
    ] {
        assert_eq!(warnings(&terminal, words), expected, "{words}");
    }
}

#[test]
fn spelling() {
    refused(
        &["---"],
        "option '---' is ambiguous; possibilities: '---disable-inotify' '---presume-input-pipe'",
    );
    refused(&["--s"], "option '--s' is ambiguous; possibilities: '--silent' '--sleep-interval'");
    refused(&["--v"], "option '--v' is ambiguous; possibilities: '--verbose' '--version'");
    refused(
        &["--=x"],
        "option '--=x' is ambiguous; possibilities: '--bytes' '--debug' '--follow' '--lines' \
         '--max-unchanged-stats' '---disable-inotify' '--pid' '---presume-input-pipe' '--quiet' '--retry' \
         '--silent' '--sleep-interval' '--verbose' '--zero-terminated' '--help' '--version'",
    );
    refused(&["--re=1"], "option '--retry' doesn't allow an argument");
    refused(&["---pre=3"], "option '---presume-input-pipe' doesn't allow an argument");
    refused(&["--disable-inotify"], "unrecognized option '--disable-inotify'");
    assert!(fault(&["--h"]).starts_with("Usage: tail [OPTION]... [FILE]...\nWrite the last 10 lines"));
}

#[test]
fn of_two_mistakes_the_left_one() {
    bad_value(&["-n", "x", "--help"], "invalid number of lines: 'x'");
    bad_value(&["--pid=1", "--pid=x", "-Q"], "invalid PID: 'x'");
    bad_value(&["-s", "", "--pid=x"], "invalid number of seconds: ''");
    refused(&["-Q", "-n", "x"], "invalid option -- 'Q'");
    bad_value(&["-F", "-n", "x"], "invalid number of lines: 'x'");
}

#[test]
fn help_tells_what_there_is() {
    let invocation = Invocation::from_argv0(Some("utail".into()), NAME);
    let Err(Early::Text(help)) = parse_within(&AROUND, &invocation, vec!["--help".into()]) else {
        panic!("no help")
    };
    for line in [
        "\n  -c, --bytes=[+]NUM ",
        "\n      --debug ",
        "\n  -f, --follow[=HOW] ",
        "\n  -F  ",
        "\n  -n, --lines=[+]NUM ",
        "\n      --max-unchanged-stats=N\n",
        "\n      --pid=PID ",
        "\n  -q, --quiet ",
        "\n      --retry ",
        "\n  -s, --sleep-interval=SECONDS\n",
        "\n  -v, --verbose ",
        "\n  -z, --zero-terminated ",
        "\nBeyond GNU:\n      --glob=PATTERN ",
        "\n      --prefix ",
    ] {
        assert!(help.contains(line), "{line:?}\n{help}");
    }
    assert!(!help.contains("inotify") && !help.contains("-0") && !help.contains("presume"), "{help}");
}

#[test]
fn completions() {
    crate::completions::check::<Cli>();
}
