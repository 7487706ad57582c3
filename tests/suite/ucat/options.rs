//! How options are written, and what is said about those that are not understood.
//!
//! Once: what is meant is settled before an engine is there.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::model::Format;
use crate::harness::{Scene, only_ours, oracles};

const INPUT: &str = "\n\nx\ty\r\n\x01\n\n\n";
const TRY: &str = "Try 'cat --help' for more information.\n";

fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", INPUT);
    t
}

/// A usage error: nothing on stdout, the message, where to find help, status 1.
#[track_caller]
fn refused(arg: impl AsRef<OsStr>, message: &[u8]) {
    let expected = [b"cat: ", message, b"\n", TRY.as_bytes()].concat();
    for locale in ["C", "C.UTF-8"] {
        let run = scene().cat(&[arg.as_ref(), "a".as_ref()]).env("LC_ALL", locale);
        run.go().stdout_is("").stderr_is(&expected).code(1);
    }
}

#[test]
fn clusters_and_repetitions() {
    let t = scene();
    for words in [
        &["-ns"][..],
        &["-n", "-s"],
        &["-nsE"],
        &["-sbn"],
        &["-vET"],
        &["-A"],
        &["-etu"],
        &["-uuuu"],
        &["-AAAA", "-A"],
        &["-nn"],
        &["-bnsAeEtTuv"],
    ] {
        let expected = Format::of(&words.concat()).apply(INPUT.as_bytes());
        t.cat(words).arg("a").go().stdout_is(expected).fine();
    }
}

#[test]
fn long_options_may_be_abbreviated() {
    let t = scene();
    for (abbreviation, short) in [
        ("--number", "-n"),
        ("--number-", "-b"),
        ("--number-nonblan", "-b"),
        ("--sq", "-s"),
        ("--squeeze", "-s"),
        ("--show-n", "-v"),
        ("--show-e", "-E"),
        ("--show-t", "-T"),
        ("--show-a", "-A"),
    ] {
        t.cat(&[abbreviation, "a"]).go().stdout_is(Format::of(short).apply(INPUT.as_bytes())).fine();
    }
}

#[test]
fn unknown_options() {
    refused("--foo", b"unrecognized option '--foo'");
    refused("--foo=bar", b"unrecognized option '--foo=bar'");
    refused("--show-allx", b"unrecognized option '--show-allx'");
    refused("--Number", b"unrecognized option '--Number'");
    refused("--e", b"unrecognized option '--e'");
    refused("---", b"unrecognized option '---'");
    refused("--foo\nbar", b"unrecognized option '--foo\nbar'");
    refused("-Q", b"invalid option -- 'Q'");
    refused("-nQs", b"invalid option -- 'Q'");
    refused("-n-", b"invalid option -- '-'");
    refused("-1", b"invalid option -- '1'");
    refused("-n ", b"invalid option -- ' '");
    refused("-N", b"invalid option -- 'N'");
    refused("-S", b"invalid option -- 'S'");
}

#[test]
fn options_that_are_not_text() {
    refused(OsStr::from_bytes(b"--\xFF"), b"unrecognized option '--\xFF'");
    refused(OsStr::from_bytes(b"--number\xFF"), b"unrecognized option '--number\xFF'");
    refused(OsStr::from_bytes(b"--show=\xC3\x28"), SHOW_AMBIGUOUS);
    refused(OsStr::from_bytes(b"-\xFF"), b"invalid option -- '\xFF'");
    refused("-é", b"invalid option -- '\xC3'");
    refused("-né", b"invalid option -- '\xC3'");
    refused("--é", "unrecognized option '--é'".as_bytes());
}

const SHOW_AMBIGUOUS: &[u8] = b"option '--show=\xC3\x28' is ambiguous; possibilities: \
    '--show-nonprinting' '--show-ends' '--show-tabs' '--show-all'";

#[test]
fn ambiguous_options() {
    refused(
        "--s",
        b"option '--s' is ambiguous; possibilities: '--squeeze-blank' '--show-nonprinting' '--show-ends' \
          '--show-tabs' '--show-all'",
    );
    for word in ["--sh", "--show", "--show-"] {
        let message = format!(
            "option '{word}' is ambiguous; possibilities: \
             '--show-nonprinting' '--show-ends' '--show-tabs' '--show-all'"
        );
        refused(word, message.as_bytes());
    }
    for word in ["--n", "--num", "--numbe"] {
        let message = format!("option '{word}' is ambiguous; possibilities: '--number-nonblank' '--number'");
        refused(word, message.as_bytes());
    }
    refused(
        "--=x",
        b"option '--=x' is ambiguous; possibilities: '--number-nonblank' '--number' '--squeeze-blank' \
          '--show-nonprinting' '--show-ends' '--show-tabs' '--show-all' '--help' '--version'",
    );
}

#[test]
fn flags_take_no_argument() {
    refused("--show-all=x", b"option '--show-all' doesn't allow an argument");
    refused("--show-a=x", b"option '--show-all' doesn't allow an argument");
    refused("--number=", b"option '--number' doesn't allow an argument");
    refused("--help=x", b"option '--help' doesn't allow an argument");
    refused("--vers=1", b"option '--version' doesn't allow an argument");
}

/// What is ours must not make an abbreviation mean something it does not mean to GNU.
#[test]
fn our_own_options_are_never_abbreviated() {
    for word in ["--p", "--pro", "--progres", "--r", "--ring-", "--ring-stat", "--ring-trac", "--rin=depth=3"]
    {
        refused(word, format!("unrecognized option '{word}'").as_bytes());
    }
}

#[test]
fn the_first_error_is_the_one_that_is_told() {
    let t = scene();
    let invalid = format!("cat: invalid option -- 'X'\n{TRY}");
    t.cat(&["-bX", "--help"]).go().stdout_is("").stderr_is(&invalid).code(1);
    t.cat(&["a", "-bX", "--foo"]).go().stdout_is("").stderr_is(&invalid).code(1);
    t.cat(&["gone", "-X"]).go().stdout_is("").stderr_is(&invalid).code(1);
}

#[test]
fn options_may_follow_operands() {
    let t = scene();
    t.cat(&["a", "-n"]).go().stdout_is(Format::of("-n").apply(INPUT.as_bytes())).fine();
    t.cat(&["-", "-n", "a"])
        .stdin("s\n")
        .go()
        .stdout_is("     1\ts\n     2\t\n     3\t\n     4\tx\ty\r\n     5\t\x01\n     6\t\n     7\t\n")
        .fine();
}

#[test]
fn posixly_correct_ends_options_at_the_first_operand() {
    let t = scene();
    for value in ["", "1"] {
        let run = t.cat(&["-A", "a", "-n"]).env("POSIXLY_CORRECT", value);
        let missing = "cat: -n: No such file or directory\n";
        run.go().stdout_is(Format::of("-A").apply(INPUT.as_bytes())).stderr_is(missing).code(1);
        let run = t.cat(&["a", "--help"]).env("POSIXLY_CORRECT", value);
        run.go().stdout_is(INPUT).stderr_is("cat: --help: No such file or directory\n").code(1);
        let missing = "cat: --: No such file or directory\ncat: -n: No such file or directory\n";
        t.cat(&["-", "--", "-n"]).env("POSIXLY_CORRECT", value).go().stderr_is(missing).code(1);
    }
}

#[test]
fn two_dashes_end_the_options() {
    let t = scene();
    t.file("-n", "file n\n").file("--", "file dashes\n").file("--help", "file help\n");
    t.cat(&["--", "-n"]).go().stdout_is("file n\n").fine();
    t.cat(&["-E", "--", "-n", "--help"]).go().stdout_is("file n$\nfile help$\n").fine();
    t.cat(&["a", "--", "-n"]).go().stdout_is(format!("{INPUT}file n\n")).fine();
    t.cat(&["--", "--"]).go().stdout_is("file dashes\n").fine();
    t.cat(&["--", "-"]).stdin("in\n").go().stdout_is("in\n").fine();
    t.cat(&["--"]).stdin("in\n").go().stdout_is("in\n").fine();
    t.cat(&["./-n"]).go().stdout_is("file n\n").fine();
}

/// Usage errors tell argv[0] as it is, other diagnostics its last component, as GNU 9.10 does (9.1 told all of it
/// there too).
#[test]
fn the_name_it_was_called_by_is_told() {
    let t = scene();
    for (name, base) in [
        ("cat", "cat"),
        ("ucat", "ucat"),
        ("/usr/bin/cat", "cat"),
        ("./weird name", "weird name"),
        ("é", "é"),
        ("", ""),
    ] {
        let ended = t.cat(&["gone"]).called(name).go().code(1);
        ended.stderr_is(format!("{base}: gone: No such file or directory\n"));
        let expected = format!("{name}: invalid option -- 'X'\nTry '{name} --help' for more information.\n");
        t.cat(&["-X"]).called(name).go().stderr_is(expected).code(1);
    }
}

#[test]
fn help() {
    let t = scene();
    for words in [&["--help"][..], &["--he"], &["a", "--help"], &["--help", "--foo"], &["-n", "--help", "-X"]]
    {
        let ended = t.cat(words).go().code(0).stderr_is("");
        assert!(ended.stdout.starts_with(b"Usage: cat "), "{}", ended.stdout.escape_ascii());
    }
    let ended = t.cat(&["--help"]).called("/bin/cat").go();
    assert!(ended.stdout.starts_with(b"Usage: /bin/cat "), "{}", ended.stdout.escape_ascii());
}

#[test]
fn version() {
    let t = scene();
    for words in
        [&["--version"][..], &["--v"], &["a", "--version"], &["--version", "--foo"], &["--version", "-X"]]
    {
        let ended = t.cat(words).go().code(0).stderr_is("");
        let text = String::from_utf8(ended.stdout).unwrap();
        let words: Vec<&str> = text.lines().next().unwrap().splitn(2, ' ').collect();
        assert_eq!(words[0], "cat", "{text}");
        let (package, number) = words[1].rsplit_once(' ').unwrap();
        assert!(package.starts_with('(') && package.ends_with(')'), "{text}");
        assert!(number.starts_with(|c: char| c.is_ascii_digit()), "{text}");
    }
}

/// Whichever of the two comes first.
#[test]
fn help_or_version() {
    let t = scene();
    assert!(t.cat(&["--help", "--version"]).go().code(0).stdout.starts_with(b"Usage:"));
    assert!(t.cat(&["--version", "--help"]).go().code(0).stdout.starts_with(b"cat ("));
}

#[test]
fn help_that_can_not_be_written() {
    let t = scene();
    for word in ["--help", "--version"] {
        for where_to in [">&-", ">/dev/full"] {
            let ended = t.cat(&[word]).redirect(where_to).go().code(1);
            assert!(ended.stderr.starts_with(b"cat: write error"), "{}", ended.stderr.escape_ascii());
        }
    }
}

#[test]
fn help_lists_every_option_of_gnu() {
    let t = scene();
    let text = t.cat(&["--help"]).env("TERM", "dumb").go().code(0).stdout;
    let text = String::from_utf8(text).unwrap();
    for option in [
        "-A, --show-all",
        "-b, --number-nonblank",
        "-e",
        "-E, --show-ends",
        "-n, --number",
        "-s, --squeeze-blank",
        "-t",
        "-T, --show-tabs",
        "-u",
        "-v, --show-nonprinting",
        "--help",
        "--version",
    ] {
        assert!(text.contains(option), "{option} is missing in:\n{text}");
    }
    if !only_ours() {
        assert!(!text.contains("--ring-stats"), "called cat, it keeps to cat's own options:\n{text}");
        let ours = t.cat(&["--help"]).called("ucat").env("TERM", "dumb").go().code(0).stdout;
        let ours = String::from_utf8(ours).unwrap();
        for option in ["--progress", "--ring", "--ring-stats", "--ring-trace"] {
            assert!(ours.contains(option), "{option} is missing in:\n{ours}");
        }
    }
}

/// Odd command lines, where GNU's own answer is the only authority.
#[test]
fn odd_words_as_gnu_takes_them() {
    let t = scene();
    let oracles = oracles("cat");
    for words in [
        &["-n", "-", "--", "-"][..],
        &["--", "--", "-n"],
        &["-", "-"],
        &["a", "-e", "gone", "-X"],
        &["-u-"],
        &["-W"],
        &["-W", "foo"],
        &["-vW;"],
        &["-:"],
        &["-n:"],
        &["-n="],
        &["--number-nonblank=0", "a"],
        &["--help-me"],
        &["--="],
        &["--s=1"],
        &["--squeeze-blank "],
        &["-?"],
        &["-h"],
        &["-V"],
        &["", "-n"],
        &["-n\n"],
        &["--\n"],
        &["+n"],
        &["-+"],
    ] {
        t.cat(words).stdin("from stdin\n\n\n").like(&oracles);
        t.cat(words).stdin("from stdin\n\n\n").env("POSIXLY_CORRECT", "").like(&oracles);
        t.cat(words).stdin("from stdin\n\n\n").env("LC_ALL", "C.UTF-8").like(&oracles);
    }
}
