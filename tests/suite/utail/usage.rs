//! How options are written, and what is said about those that are not understood. The numbers are in
//! [`super::numbers`], the forms of old in [`super::obsolete`].
//!
//! Once: what is meant is settled before an engine is there.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use super::{newest, numbered};
use crate::harness::{Scene, only_ours, oracles};

const TRY: &str = "Try 'tail --help' for more information.\n";

/// A usage error: nothing on stdout, the message, where to find help, status 1.
#[track_caller]
fn refused(arg: impl AsRef<OsStr>, message: &[u8]) {
    let expected = [b"tail: ", message, b"\n", TRY.as_bytes()].concat();
    let t = Scene::new();
    t.file("f", "content\n");
    for locale in ["C", "C.UTF-8"] {
        let run = t.tail(&["f".as_ref(), arg.as_ref()]).env("LC_ALL", locale);
        run.go().stdout_is("").stderr_is(&expected).code(1);
    }
}

#[test]
fn unknown_options() {
    refused("--foo", b"unrecognized option '--foo'");
    refused("--foo=bar", b"unrecognized option '--foo=bar'");
    refused("--linesx", b"unrecognized option '--linesx'");
    refused("--Lines", b"unrecognized option '--Lines'");
    refused("--x\ny", b"unrecognized option '--x\ny'");
    refused("--disable-inotify", b"unrecognized option '--disable-inotify'");
    refused("-Q", b"invalid option -- 'Q'");
    refused("-qQv", b"invalid option -- 'Q'");
    refused("-l", b"invalid option -- 'l'");
    refused("-b", b"invalid option -- 'b'");
    refused("-q-", b"invalid option -- '-'");
    refused("-h", b"invalid option -- 'h'");
    refused("-r", b"invalid option -- 'r'");
    refused(OsStr::from_bytes(b"--\xFF"), b"unrecognized option '--\xFF'");
    refused(OsStr::from_bytes(b"-\xFF"), b"invalid option -- '\xFF'");
    refused("-é", b"invalid option -- '\xC3'");
}

#[test]
fn ambiguous_options() {
    refused("--s", b"option '--s' is ambiguous; possibilities: '--silent' '--sleep-interval'");
    refused("--ver", b"option '--ver' is ambiguous; possibilities: '--verbose' '--version'");
    refused("--v=1", b"option '--v=1' is ambiguous; possibilities: '--verbose' '--version'");
    refused("---", b"option '---' is ambiguous; possibilities: '---disable-inotify' '---presume-input-pipe'");
}

#[test]
fn arguments_that_are_missing_or_too_many() {
    refused("-n", b"option requires an argument -- 'n'");
    refused("-qc", b"option requires an argument -- 'c'");
    refused("-s", b"option requires an argument -- 's'");
    refused("--lines", b"option '--lines' requires an argument");
    refused("--li", b"option '--lines' requires an argument");
    refused("--bytes", b"option '--bytes' requires an argument");
    refused("--pid", b"option '--pid' requires an argument");
    refused("--sleep-interval", b"option '--sleep-interval' requires an argument");
    refused("--max-unchanged-stats", b"option '--max-unchanged-stats' requires an argument");
    refused("--quiet=", b"option '--quiet' doesn't allow an argument");
    refused("--qui=x", b"option '--quiet' doesn't allow an argument");
    refused("--retry=5", b"option '--retry' doesn't allow an argument");
    refused("--zero-terminated=x", b"option '--zero-terminated' doesn't allow an argument");
    refused("---disable-inotify=x", b"option '---disable-inotify' doesn't allow an argument");
    refused("--help=x", b"option '--help' doesn't allow an argument");
    refused("--vers=x", b"option '--version' doesn't allow an argument");
}

#[test]
fn what_follow_means() {
    let list = "Valid arguments are:\n  - 'descriptor'\n  - 'name'\n";
    let t = Scene::new();
    t.file("f", "content\n");
    for (word, message) in [
        ("--follow=x", "invalid argument 'x' for '--follow'"),
        ("--follow=names", "invalid argument 'names' for '--follow'"),
        ("--follow=Name", "invalid argument 'Name' for '--follow'"),
        ("--f=x", "invalid argument 'x' for '--follow'"),
        ("--follow=", "ambiguous argument '' for '--follow'"),
    ] {
        let expected = format!("tail: {message}\n{list}{TRY}");
        t.tail(&[word, "f"]).like(&oracles("tail")).stdout_is("").stderr_is(&expected).code(1);
        t.tail(&[word, "f"]).env("LC_ALL", "C.UTF-8").like(&oracles("tail")).code(1);
    }
    // A word behind is a file; there is no short option with an argument.
    let told = "tail: cannot open 'x' for reading: No such file or directory\ntail: no files remaining\n";
    t.tail(&["--follow", "x"]).go().stdout_is("").stderr_is(told).code(1);
    refused("-fx", b"invalid option -- 'x'");
    refused("-Fqame", b"invalid option -- 'a'");
}

#[test]
fn the_first_error_is_the_one_that_is_told() {
    let t = Scene::new();
    for words in [
        &["-qX", "--help"][..],
        &["-X", "-n", "x"],
        &["-n", "x", "-X"],
        &["-n", "x", "--help"],
        &["-c", "", "-n", "y"],
        &["gone", "-X"],
        &["-n", "0", "-X"],
        &["-F", "-X"],
        &["--pid=x", "-s", "y"],
    ] {
        t.tail(words).like(&newest()).stdout_is("").code(1);
    }
}

#[test]
fn options_and_operands_mixed() {
    let t = Scene::new();
    let text = numbered(20);
    t.file("f", &text).file("-n1", "dash n\n").file("--", "dashes\n");
    for words in [
        &["f", "-n", "2"][..],
        &["f", "-n2", "f"],
        &["-qn2", "f", "f"],
        &["-qzvn3", "f"],
        &["-zqn", "2", "f", "-v"],
        &["--lines", "2", "f"],
        &["--lines=2", "f"],
        &["--l=2", "f"],
        &["--by=7", "f"],
        &["--b", "7", "f"],
        &["--", "f"],
        &["--", "-n1"],
        &["-n3", "--", "-n1", "--"],
        &["f", "--", "-n1"],
        &["-", "-n2", "f"],
        &["--zero", "--qui", "--verb", "f"],
        &["--sil", "f", "f"],
        &["f", "--", "--"],
        &["-n2", "", "f"],
    ] {
        t.tail(words).stdin(numbered(15)).like(&oracles("tail"));
        t.tail(words).stdin(numbered(15)).env("POSIXLY_CORRECT", "").like(&oracles("tail"));
        t.tail(words)
            .stdin(numbered(15))
            .env("POSIXLY_CORRECT", "1")
            .env("LC_ALL", "C.UTF-8")
            .like(&oracles("tail"));
    }
    let missing = "tail: cannot open '-n' for reading: No such file or directory\n\
                   tail: cannot open '2' for reading: No such file or directory\n";
    let run = t.tail(&["-q", "f", "-n", "2"]).env("POSIXLY_CORRECT", "");
    run.go().stdout_is("11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n").stderr_is(missing).code(1);
}

/// Usage errors tell argv[0] as it is, other diagnostics its last component, as GNU 9.10 does (9.1 told all of it
/// there too).
#[test]
fn the_name_it_was_called_by_is_told() {
    let t = Scene::new();
    for (name, base) in [
        ("tail", "tail"),
        ("utail", "utail"),
        ("/usr/bin/tail", "tail"),
        ("./weird name", "weird name"),
        ("é", "é"),
    ] {
        let expected = format!("{base}: cannot open 'gone' for reading: No such file or directory\n");
        t.tail(&["gone"]).called(name).go().stderr_is(expected).code(1);
        let expected = format!("{name}: invalid option -- 'X'\nTry '{name} --help' for more information.\n");
        t.tail(&["-X"]).called(name).go().stderr_is(expected).code(1);
        t.tail(&["-n", "x"]).called(name).like(&newest()).code(1);
        t.tail(&["-5", "a", "b"]).called(name).like(&newest()).code(1);
        t.tail(&["--retry"]).called(name).like(&newest()).code(0);
    }
}

#[test]
fn help() {
    let t = Scene::new();
    for words in [&["--help"][..], &["--he"], &["f", "--help"], &["--help", "--foo"], &["-q", "--help", "-X"]]
    {
        let ended = t.tail(words).go().code(0).stderr_is("");
        assert!(ended.stdout.starts_with(b"Usage: tail "), "{}", ended.stdout.escape_ascii());
    }
    let ended = t.tail(&["--help"]).called("/bin/tail").go();
    assert!(ended.stdout.starts_with(b"Usage: /bin/tail "), "{}", ended.stdout.escape_ascii());
}

#[test]
fn help_lists_every_option() {
    let t = Scene::new();
    let text = t.tail(&["--help"]).env("TERM", "dumb").go().code(0).stdout;
    let text = String::from_utf8(text).unwrap();
    for option in [
        "-c, --bytes",
        "--debug",
        "-f, --follow",
        "-F",
        "-n, --lines",
        "--max-unchanged-stats",
        "--pid",
        "-q, --quiet",
        "--silent",
        "--retry",
        "-s, --sleep-interval",
        "-v, --verbose",
        "-z, --zero-terminated",
        "--help",
        "--version",
    ] {
        assert!(text.contains(option), "{option} is missing in:\n{text}");
    }
    assert!(!text.contains("---"), "hidden options:\n{text}");
    if only_ours() {
        return;
    }
    for option in ["--ring", "--glob", "--prefix", "--progress"] {
        assert!(!text.contains(option), "called tail, it keeps to tail's own options:\n{text}");
    }
    let ours = t.utail(&["--help"]).env("TERM", "dumb").go().code(0).stdout;
    let ours = String::from_utf8(ours).unwrap();
    for option in ["--glob", "--prefix", "--progress", "--ring", "--ring-stats", "--ring-trace"] {
        assert!(ours.contains(option), "{option} is missing in:\n{ours}");
    }
}

#[test]
fn version() {
    let t = Scene::new();
    for words in
        [&["--version"][..], &["--vers"], &["f", "--version"], &["--version", "--foo"], &["--version", "-X"]]
    {
        let ended = t.tail(words).go().code(0).stderr_is("");
        let text = String::from_utf8(ended.stdout).unwrap();
        let words: Vec<&str> = text.lines().next().unwrap().splitn(2, ' ').collect();
        assert_eq!(words[0], "tail", "{text}");
        let (package, number) = words[1].rsplit_once(' ').unwrap();
        assert!(package.starts_with('(') && package.ends_with(')'), "{text}");
        assert!(number.starts_with(|c: char| c.is_ascii_digit()), "{text}");
    }
    assert!(t.tail(&["--help", "--version"]).go().code(0).stdout.starts_with(b"Usage:"));
    assert!(t.tail(&["--version", "--help"]).go().code(0).stdout.starts_with(b"tail ("));
}

#[test]
fn help_that_can_not_be_written() {
    let t = Scene::new();
    for word in ["--help", "--version"] {
        for where_to in [">&-", ">/dev/full"] {
            let ended = t.tail(&[word]).redirect(where_to).go().code(1);
            assert!(ended.stderr.starts_with(b"tail: write error"), "{}", ended.stderr.escape_ascii());
        }
    }
}

/// What is ours must not make an abbreviation mean something it does not mean to GNU.
#[test]
fn our_own_options_are_never_abbreviated() {
    for word in
        ["--pr", "--progres", "--prefi", "--g", "--glo", "--ri", "--ring-", "--ring-stat", "--rin=depth=3"]
    {
        refused(word, format!("unrecognized option '{word}'").as_bytes());
    }
    let t = Scene::new();
    t.file("f", "content\n");
    for words in [&["--p=1", "f"][..], &["--p", "1", "f"], &["--r", "f"], &["--re", "f"]] {
        t.tail(words).like(&oracles("tail")).stdout_is("content\n").code(0);
    }
}

/// Odd command lines, where GNU's own answer is the only authority.
#[test]
fn odd_words_as_gnu_takes_them() {
    let t = Scene::new();
    t.file("f", numbered(20));
    for words in [
        &["-n", "-", "--", "-"][..],
        &["--", "--", "-n"],
        &["-", "-"],
        &["f", "-z", "gone", "-X"],
        &["-q-"],
        &["-W"],
        &["-W", "foo"],
        &["-:"],
        &["-q:"],
        &["-n="],
        &["-n=5", "f"],
        &["-n:5", "f"],
        &["--lines=", "f"],
        &["--lines==5", "f"],
        &["--lines=5 ", "f"],
        &["--="],
        &["--b=1", "f"],
        &["--lines ", "f"],
        &["-?"],
        &["-V"],
        &["", "-n1"],
        &["-z\n"],
        &["+n"],
        &["-+"],
        &["+"],
        &["--follow=d", "-"],
        &["--follow=desc", "gone"],
        &["--follow=n", "gone"],
        &["-n5-n3", "f"],
        &["-n3f", "gone"],
        &["-zn3v", "f"],
    ] {
        for (name, value) in [("POSIXLY_CORRECT", ""), ("LC_ALL", "C.UTF-8"), ("UNUSED", "")] {
            t.tail(words).stdin(numbered(12)).env(name, value).like(&newest());
        }
    }
}
