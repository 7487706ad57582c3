//! The whole way of a command line, with a miniature cat and a miniature tail.

use super::*;
use clap::Parser;
use std::ffi::OsStr;

/// Joins files.
///
/// With no FILE, or when FILE is -, reads standard input.
#[derive(Parser, Debug, Default, PartialEq)]
#[allow(clippy::struct_excessive_bools)] // options are
#[command(after_help = "Example:\n  cat a - b")]
pub(super) struct MiniCat {
    /// number non-empty lines
    #[arg(short = 'b', long)]
    number_nonblank: bool,
    /// number all lines
    #[arg(short = 'n', long)]
    number: bool,
    /// squeeze
    #[arg(short = 's', long)]
    squeeze_blank: bool,
    /// show non-printing characters
    #[arg(short = 'v', long)]
    show_nonprinting: bool,
    /// mark ends of lines
    #[arg(short = 'E', long)]
    show_ends: bool,
    /// show tabs
    #[arg(short = 'T', long)]
    show_tabs: bool,
    /// same as -vET
    #[arg(short = 'A', long)]
    show_all: bool,
    /// same as -vE
    #[arg(short = 'e')]
    e: bool,
    /// same as -vT
    #[arg(short = 't')]
    t: bool,
    /// (no effect)
    #[arg(short = 'u')]
    u: bool,
    #[command(flatten)]
    shared: SharedArgs,
    #[arg(value_name = "FILE")]
    files: Vec<OsString>,
}

impl Tool for MiniCat {
    const NAME: &'static str = "ucat";
    const GNU: &'static [&'static str] = &["cat"];
    const USAGE: &'static [&'static str] = &["[OPTION]... [FILE]..."];

    fn without_options(operands: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { files: operands, ..Self::default() })
    }
}

/// Last part of files.
#[derive(Parser, Debug, Default, PartialEq)]
#[allow(clippy::option_option)] // clap's way to say that a value may be left out
struct MiniTail {
    #[arg(short = 'c', long, value_name = "[+]NUM")]
    bytes: Option<OsString>,
    #[arg(short = 'f')]
    f: bool,
    #[arg(long, value_name = "HOW", num_args = 0..=1, require_equals = true)]
    follow: Option<Option<OsString>>,
    #[arg(short = 'n', long, value_name = "[+]NUM", visible_alias = "rows")]
    lines: Option<OsString>,
    #[arg(long, action = clap::ArgAction::Append)]
    pid: Vec<OsString>,
    #[arg(long, hide = true)]
    disable_inotify: bool,
    #[arg(short, long, visible_alias = "silent")]
    quiet: bool,
    #[command(flatten)]
    shared: SharedArgs,
    files: Vec<OsString>,
}

impl Tool for MiniTail {
    const NAME: &'static str = "utail";
    const GNU: &'static [&'static str] = &["tail"];
    const USAGE: &'static [&'static str] = &["[OPTION]... [FILE]..."];
    const THREE_DASHES: &'static [&'static str] = &["disable-inotify"];
    const LETTERS: Option<(char, char)> = Some(('h', 'V'));

    fn check(given: &Given, before: &[Given]) -> Result<(), UsageFault> {
        if given.id == "pid" && before.iter().any(|other| other.id == "pid" && other.text() == "1") {
            return Err(UsageFault::plain("pid 1 came first"));
        }
        if given.id == "lines" {
            let number = size::number(given.text(), size::Suffixes::Sizes);
            number.map_err(|error| error.fault("invalid number of lines", given.text()))?;
        }
        Ok(())
    }
}

fn called<C: Tool>(argv0: &str, args: &[&str], posixly_correct: bool) -> Result<(C, Vec<Given>), Early> {
    let mut invocation = Invocation::from_argv0(Some(argv0.into()), C::NAME);
    invocation.posixly_correct = posixly_correct;
    parse(&invocation, args.iter().map(OsString::from).collect(), |cli, given| Ok((cli, given.to_vec())))
}

fn cat(args: &[&str]) -> Result<MiniCat, String> {
    called::<MiniCat>("cat", args, false).map(|(cli, _)| cli).map_err(shown)
}

fn tail(args: &[&str]) -> Result<MiniTail, String> {
    called::<MiniTail>("tail", args, false).map(|(cli, _)| cli).map_err(shown)
}

fn shown(early: Early) -> String {
    match early {
        Early::Text(text) => text,
        // The tests may run in any locale.
        Early::Usage(fault) => String::from_utf8_lossy(&fault.render(b"cat")).replace(['‘', '’'], "'"),
    }
}

/// An error with its `Try` line.
fn usage<T>(text: &str) -> Result<T, String> {
    Err(format!("cat: {text}\nTry 'cat --help' for more information.\n"))
}

fn files(names: &[&str]) -> Vec<OsString> {
    names.iter().map(OsString::from).collect()
}

#[test]
fn definitions_are_sound() {
    command::<MiniCat>().debug_assert();
    command::<MiniTail>().debug_assert();
}

#[test]
fn flags() {
    let expected = MiniCat { number: true, e: true, files: files(&["f", "-"]), ..MiniCat::default() };
    for args in [
        &["-ne", "f", "-"][..],
        &["f", "-n", "-e", "-"],
        &["--number", "f", "-e", "--", "-"],
        &["-n", "-n", "--number", "-een", "f", "-"],
    ] {
        assert_eq!(cat(args).as_ref(), Ok(&expected), "{args:?}");
    }
    assert_eq!(cat(&["--", "-n", "--help"]).map(|cli| cli.files), Ok(files(&["-n", "--help"])));
    assert_eq!(cat(&["", "--"]).map(|cli| cli.files), Ok(files(&[""])));
}

#[test]
fn operands_alone_mean_the_same_without_clap() {
    for operands in [&[][..], &["f"], &["-", "", "a b"]] {
        let with_clap: Vec<&str> = std::iter::once("--").chain(operands.iter().copied()).collect();
        assert_eq!(cat(operands), cat(&with_clap));
        assert_eq!(cat(operands).map(|cli| cli.files), Ok(files(operands)));
        assert_eq!(tail(operands).map(|cli| cli.files), Ok(files(operands)));
    }
}

#[test]
fn posixly_correct() {
    let (cli, given) = called::<MiniCat>("cat", &["-n", "f", "-e", "--", "--help"], true).expect("valid");
    assert_eq!(cli.files, files(&["f", "-e", "--", "--help"]));
    assert_eq!(given, [Given { id: "number".into(), letter: Some('n'), value: None }]);
    let (cli, _) = called::<MiniCat>("cat", &["--", "f", "-e"], true).expect("valid");
    assert_eq!(cli.files, files(&["f", "-e"]));
}

#[test]
fn abbreviations() {
    assert_eq!(cat(&["--sq"]).map(|cli| cli.squeeze_blank), Ok(true));
    assert_eq!(cat(&["--number-"]).map(|cli| cli.number_nonblank), Ok(true));
    assert_eq!(cat(&["--number"]).map(|cli| (cli.number, cli.number_nonblank)), Ok((true, false)));
    let every = "'--number-nonblank' '--number' '--squeeze-blank' '--show-nonprinting' '--show-ends' '--show-tabs' \
                 '--show-all' '--help' '--version'";
    let shows = "'--squeeze-blank' '--show-nonprinting' '--show-ends' '--show-tabs' '--show-all'";
    for (typed, list) in
        [("--s", shows), ("--n", "'--number-nonblank' '--number'"), ("--s=x=y", shows), ("--=x", every)]
    {
        let text = format!("option '{typed}' is ambiguous; possibilities: {list}");
        assert_eq!(cat(&[typed]), usage(&text));
    }
}

#[test]
fn mistakes() {
    for (args, text) in [
        (&["--foo"][..], "unrecognized option '--foo'"),
        (&["--foo=bar"], "unrecognized option '--foo=bar'"),
        (&["---"], "unrecognized option '---'"),
        (&["-Q"], "invalid option -- 'Q'"),
        (&["-n-"], "invalid option -- '-'"),
        (&["-:"], "invalid option -- ':'"),
        (&["-bX", "--help"], "invalid option -- 'X'"),
        (&["--show-a=1"], "option '--show-all' doesn't allow an argument"),
        (&["--help=x"], "option '--help' doesn't allow an argument"),
        (&["--vers=x"], "option '--version' doesn't allow an argument"),
        (&["x", "--number=", "--help"], "option '--number' doesn't allow an argument"),
    ] {
        assert_eq!(cat(args), usage(text), "{args:?}");
    }
    let Err(Early::Usage(fault)) = called::<MiniCat>("cat", &["-né"], false) else {
        panic!("é is no option")
    };
    assert!(
        fault.render(b"/b/cat").starts_with(b"/b/cat: invalid option -- '\xc3'\nTry '/b/cat --help' for")
    );
}

#[test]
fn bytes_survive() {
    use std::os::unix::ffi::OsStrExt;
    let odd = OsStr::from_bytes(b"\xff=\xfe");
    let args = [odd.to_owned(), "--pid".into(), odd.to_owned()];
    let invocation = Invocation::from_argv0(None, "utail");
    let cli = parse(&invocation, args.into(), |cli: MiniTail, _| Ok(cli)).expect("valid");
    assert_eq!((&*cli.files, &*cli.pid), (&[odd.to_owned()][..], &[odd.to_owned()][..]));
    let mut long = b"--\xff".to_vec();
    long.push(b'x');
    let args = [OsStr::from_bytes(&long).to_owned()];
    let Err(Early::Usage(fault)) = parse(&invocation, args.into(), |_: MiniTail, _| Ok(())) else {
        panic!("no option")
    };
    assert!(fault.render(b"t").starts_with(b"t: unrecognized option '--\xffx'\n"));
}

#[test]
fn values() {
    for args in [
        &["-n5"][..],
        &["-n", "5"],
        &["-fn5"],
        &["-fn", "5"],
        &["--lines=5"],
        &["--li", "5"],
        &["--rows", "5"],
    ] {
        assert_eq!(tail(args).map(|cli| cli.lines), Ok(Some("5".into())), "{args:?}");
    }
    // Values that look like something else.
    for value in ["", "=", "=5", "-", "--", "-5", "--help", "a=b"] {
        let args = [format!("--bytes={value}")];
        assert_eq!(tail(&[&args[0]]).map(|cli| cli.bytes), Ok(Some(value.into())), "{args:?}");
        assert_eq!(tail(&["-c", value]).map(|cli| cli.bytes), Ok(Some(value.into())), "{value:?}");
        assert_eq!(tail(&["--pid", value]).map(|cli| cli.pid), Ok(vec![value.into()]), "{value:?}");
    }
    assert_eq!(tail(&["-c=5"]).map(|cli| cli.bytes), Ok(Some("=5".into())));
    // The last one wins, or all are kept.
    assert_eq!(tail(&["-n1", "--lines=2", "--rows", "3"]).map(|cli| cli.lines), Ok(Some("3".into())));
    assert_eq!(tail(&["--pid=3", "--pid", "4"]).map(|cli| cli.pid), Ok(files(&["3", "4"])));
    // An optional value is never the next word.
    assert_eq!(
        tail(&["--follow", "name"]).map(|cli| (cli.follow, cli.files)),
        Ok((Some(None), files(&["name"])))
    );
    assert_eq!(tail(&["--fo=name"]).map(|cli| cli.follow), Ok(Some(Some("name".into()))));
    assert_eq!(tail(&["--follow="]).map(|cli| cli.follow), Ok(Some(Some("".into()))));
    assert_eq!(tail(&["--follow=x", "--follow"]).map(|cli| cli.follow), Ok(Some(None)));
    assert_eq!(tail(&["--lines"]), usage("option '--lines' requires an argument"));
    assert_eq!(tail(&["--row"]), usage("option '--rows' requires an argument"));
    assert_eq!(tail(&["-fn"]), usage("option requires an argument -- 'n'"));
}

#[test]
fn synonyms_do_not_conflict() {
    assert_eq!(tail(&["--q"]).map(|cli| cli.quiet), Ok(true));
    assert_eq!(tail(&["--silent"]).map(|cli| cli.quiet), Ok(true));
    assert_eq!(tail(&["--si=3"]), usage("option '--silent' doesn't allow an argument"));
}

#[test]
fn three_dashes() {
    assert_eq!(tail(&["---disable-inotify"]).map(|cli| cli.disable_inotify), Ok(true));
    assert_eq!(tail(&["---d"]).map(|cli| cli.disable_inotify), Ok(true));
    assert_eq!(tail(&["--disable-inotify"]), usage("unrecognized option '--disable-inotify'"));
}

#[test]
fn ours_are_never_abbreviated() {
    assert_eq!(tail(&["--p=7"]).map(|cli| cli.pid), Ok(files(&["7"])));
    assert_eq!(cat(&["--prog"]), usage("unrecognized option '--prog'"));
    assert_eq!(cat(&["--ring-stat"]), usage("unrecognized option '--ring-stat'"));
    let shared =
        cat(&["--progress=never", "--ring=depth=3", "--ring", "plain", "--ring-stats", "--ring-trace"])
            .and_then(|cli| cli.shared.resolve(None).map_err(|fault| shown(Early::Usage(fault))))
            .expect("valid");
    assert_eq!((shared.ring.depth, shared.ring.plain, shared.ring.trace), (Some(3), true, true));
}

#[test]
fn the_leftmost_wins() {
    assert!(cat(&["--help", "--foo"]).expect_err("it ends early").starts_with("Usage: "));
    assert!(cat(&["--version", "--foo"]).expect_err("it ends early").starts_with("cat (ringutils) "));
    assert_eq!(cat(&["--foo", "--help"]), usage("unrecognized option '--foo'"));
    let bad = Err("cat: invalid number of lines: 'x'\n".to_owned());
    assert_eq!(tail(&["-n", "x", "--help"]), bad);
    assert_eq!(tail(&["-n", "x", "-Q"]), bad);
    assert_eq!(tail(&["-Q", "-n", "x"]), usage("invalid option -- 'Q'"));
    assert!(tail(&["--help", "-n", "x"]).expect_err("it ends early").starts_with("Usage: "));
    assert_eq!(tail(&["--pid=1", "--pid=2"]), Err("cat: pid 1 came first\n".to_owned()));
    let bad = cat(&["--ring=depth=x", "--help"]).expect_err("it ends early");
    assert!(bad.starts_with("cat: invalid argument 'x' for '--ring=depth'\nTry "), "{bad}");
}

#[test]
fn options_keep_their_order() {
    let (_, given) =
        called::<MiniTail>("tail", &["-n1", "x", "-q", "--bytes", "2", "-n3"], false).expect("valid");
    let order: Vec<_> = given.iter().map(|one| (one.id.as_str(), one.text().to_str())).collect();
    assert_eq!(
        order,
        [("lines", Some("1")), ("quiet", Some("")), ("bytes", Some("2")), ("lines", Some("3"))]
    );
}

#[test]
fn help_by_either_name() {
    let gnu = cat(&["--help"]).expect_err("it ends early");
    assert_eq!(
        gnu,
        "\
Usage: cat [OPTION]... [FILE]...
Joins files.

With no FILE, or when FILE is -, reads standard input.

  -A, --show-all           same as -vET
  -b, --number-nonblank    number non-empty lines
  -e                       same as -vE
  -E, --show-ends          mark ends of lines
  -n, --number             number all lines
  -s, --squeeze-blank      squeeze
  -t                       same as -vT
  -T, --show-tabs          show tabs
  -u                       (no effect)
  -v, --show-nonprinting   show non-printing characters
      --help               show this text and exit
      --version            show the version and exit

Example:
  cat a - b

This command runs on io_uring; ringutils(7) says how to steer it.
"
    );
    let Err(Early::Text(ours)) = called::<MiniCat>("/x/ucat", &["--help"], false) else { panic!("no help") };
    assert!(ours.starts_with("Usage: /x/ucat [OPTION]... [FILE]...\n"), "{ours}");
    assert!(ours.contains("\nBeyond GNU:\n      --progress[=WHEN]    show"), "{ours}");
    assert!(ours.contains("\n      --ring-trace         "), "{ours}");
    let Err(Early::Text(version)) = called::<MiniCat>("/x/ucat", &["--version"], false) else {
        panic!("no version")
    };
    assert!(version.starts_with("ucat (ringutils) "));
    let tail = tail(&["--help"]).expect_err("it ends early");
    assert!(
        tail.contains("\n  -n, --lines=[+]NUM, ") || tail.contains("\n  -n, --lines, --rows=[+]NUM"),
        "{tail}"
    );
    assert!(tail.contains("\n      --follow[=HOW]\n") && !tail.contains("inotify"), "{tail}");
}

#[test]
fn letters_of_help_and_version() {
    for (long, short) in [("--help", "-h"), ("--version", "-V")] {
        assert_eq!(tail(&["-f", long, "-Q"]), tail(&[&format!("-f{}Q", &short[1..])]));
    }
    let help = tail(&["-h"]).expect_err("it ends early");
    assert!(
        help.contains("\n  -h, --help               show this text and exit\n  -V, --version   "),
        "{help}"
    );
    assert_eq!(cat(&["-h"]), usage("invalid option -- 'h'"));
}

/// How long reading `cat -n f` takes. Run with `--release --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
#[allow(clippy::print_stderr)] // it is what a measurement is for
fn time_to_parse() {
    let invocation = Invocation::from_argv0(Some("cat".into()), "ucat");
    let mut best = std::time::Duration::MAX;
    for round in 0..200 {
        let start = std::time::Instant::now();
        let cli =
            parse(&invocation, vec!["-n".into(), "f".into()], |cli: MiniCat, _| Ok(cli)).expect("valid");
        let took = start.elapsed();
        assert_eq!(cli.files.len(), 1);
        best = best.min(took);
        if round == 0 {
            eprintln!("first: {took:?}");
        }
    }
    eprintln!("best: {best:?}");
}
