//! Files that can't be read, outputs that can't be written, streams that are closed.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::harness::{Scene, oracles};

/// `a`, `b`, and everything that can't be read.
fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", "from a\n").file("b", "from b\n").folder("d");
    symlink("loop", t.path("loop")).unwrap();
    symlink("nowhere", t.path("dangling")).unwrap();
    symlink("a", t.path("link")).unwrap();
    t
}

#[test]
fn one_bad_file_does_not_stop_the_rest() {
    let t = scene();
    for (name, message) in [
        ("gone", "gone: No such file or directory"),
        ("d", "d: Is a directory"),
        ("d/", "d/: Is a directory"),
        (".", ".: Is a directory"),
        ("/", "/: Is a directory"),
        ("a/", "a/: Not a directory"),
        ("a/b", "a/b: Not a directory"),
        ("d/gone", "d/gone: No such file or directory"),
        ("", "'': No such file or directory"),
        ("loop", "loop: Too many levels of symbolic links"),
        ("loop/x", "loop/x: Too many levels of symbolic links"),
        ("dangling", "dangling: No such file or directory"),
        ("gone here", "'gone here': No such file or directory"),
        ("/proc/self/mem", "/proc/self/mem: Input/output error"),
    ] {
        let expected = format!("cat: {message}\n");
        t.cat(&[name]).go().stdout_is("").stderr_is(&expected).code(1);
        t.cat(&["a", name, "b"]).go().stdout_is("from a\nfrom b\n").stderr_is(&expected).code(1);
        t.cat(&["a", name, "b"]).redirect(">out").go().stderr_is(&expected).code(1);
        t.holds("out", "from a\nfrom b\n");
        t.cat(&["-n", name, "b"]).go().stdout_is("     1\tfrom b\n").stderr_is(&expected).code(1);
    }
}

#[test]
fn links_are_followed() {
    let t = scene();
    t.cat(&["link", "d/../link"]).go().stdout_is("from a\nfrom a\n").fine();
}

#[test]
fn names_that_are_too_long() {
    let t = scene();
    for name in ["x".repeat(256), "x".repeat(4096), "y/".repeat(3000)] {
        let expected = format!("cat: {name}: File name too long\n");
        t.cat(&[name.as_str(), "a"]).go().stdout_is("from a\n").stderr_is(expected).code(1);
    }
    let long = "x".repeat(255);
    t.file(&long, "long name\n");
    t.cat(&[&long]).go().stdout_is("long name\n").fine();
    let deep = format!("{}a", "./".repeat(2046));
    t.cat(&[&deep]).go().stdout_is("from a\n").fine();
}

#[test]
fn permission_denied() {
    let t = scene();
    t.file("secret", "secret").file("d/inside", "inside");
    std::fs::set_permissions(t.path("secret"), Permissions::from_mode(0o0)).unwrap();
    std::fs::set_permissions(t.path("d"), Permissions::from_mode(0o0)).unwrap();
    let expected =
        "cat: secret: Permission denied\ncat: d: Permission denied\ncat: d/inside: Permission denied\n";
    let run = t.cat(&["a", "secret", "d", "d/inside", "b"]).without_rights();
    run.go().stdout_is("from a\nfrom b\n").stderr_is(expected).code(1);
    std::fs::set_permissions(t.path("d"), Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn every_failure_is_told_in_order() {
    let t = scene();
    let expected = "cat: gone: No such file or directory\ncat: d: Is a directory\ncat: '': No such file or directory\n\
                    cat: gone: No such file or directory\n";
    t.cat(&["gone", "d", "", "gone"]).go().stdout_is("").stderr_is(expected).code(1);
}

/// `>log 2>&1`: what is said about a file stands exactly where its content would.
#[test]
fn output_and_diagnostics_keep_their_order() {
    let t = scene();
    let big = "big line\n".repeat(100_000);
    t.file("big", &big);
    let expected = format!(
        "from a\ncat: gone: No such file or directory\nfrom b\ncat: d: Is a directory\n\
         {big}cat: loop: Too many levels of symbolic links\nfrom a\n"
    );
    let run = t.cat(&["a", "gone", "b", "d", "big", "loop", "a"]);
    for redirections in [">log 2>&1", ">>appended 2>&1"] {
        run.clone().redirect(redirections).go().code(1);
    }
    t.holds("log", &expected).holds("appended", &expected);
    // Two open files, both appending.
    run.clone().redirect(">>both 2>>both").go().code(1);
    t.holds("both", &expected);
    // One pipe.
    run.clone().redirect("2>&1").go().stdout_is(&expected).code(1);
}

#[test]
fn formatted_output_and_diagnostics_keep_their_order() {
    let t = scene();
    let expected = "     1\tfrom a\ncat: gone: No such file or directory\n     2\tfrom b\ncat: d: Is a directory\n     3\tfrom a\n";
    t.cat(&["-n", "a", "gone", "b", "d", "a"]).redirect("2>&1").go().stdout_is(expected).code(1);
    t.cat(&["-n", "a", "gone", "b", "d", "a"]).redirect(">>log 2>&1").go().code(1);
    t.holds("log", expected);
}

/// A CR that waits for the next byte is not output when a diagnostic comes between: as GNU has it.
#[test]
fn a_waiting_carriage_return_and_a_diagnostic() {
    let t = scene();
    t.file("cr", "x\r").file("lf", "\ny");
    t.cat(&["-E", "cr", "gone", "lf"]).redirect("2>&1").like(&oracles("cat")).code(1);
}

#[test]
fn stdout_is_full() {
    let t = scene();
    t.file("big", "x\n".repeat(500_000)).file("empty", "");
    for words in [&["a"][..], &["big"], &["-n", "a"], &["-n", "big"], &["a", "gone", "b"], &["-"]] {
        let run = t.cat(words).redirect(">/dev/full").stdin("from stdin");
        run.go().stderr_is("cat: write error: No space left on device\n").code(1);
    }
    // Nothing to write, nothing to fail.
    t.cat(&["empty"]).redirect(">/dev/full").go().fine();
    t.cat(&["empty", "-"]).redirect(">/dev/full").go().fine();
    // A failure to read that comes before is told.
    let expected = "cat: gone: No such file or directory\ncat: write error: No space left on device\n";
    t.cat(&["gone", "a", "d"]).redirect(">/dev/full").go().stderr_is(expected).code(1);
}

#[test]
fn stdout_is_closed() {
    let t = scene();
    t.file("empty", "");
    let expected = "cat: standard output: Bad file descriptor\n";
    for words in [&["a"][..], &["a", "b"], &["-n", "a"], &["empty"], &["gone"], &[]] {
        t.cat(words).redirect(">&-").go().stderr_is(expected).code(1);
    }
    t.holds("a", "from a\n").holds("b", "from b\n").holds("empty", "");
}

#[test]
fn stdin_is_closed() {
    let t = scene();
    let expected = "cat: -: Bad file descriptor\ncat: closing standard input: Bad file descriptor\n";
    t.cat(&[""; 0]).redirect("<&-").go().stdout_is("").stderr_is(expected).code(1);
    t.cat(&["-n", "-"]).redirect("<&-").go().stdout_is("").stderr_is(expected).code(1);
    // Files are opened in its place, but stdin they are not.
    t.cat(&["a", "b"]).redirect("<&-").go().stdout_is("from a\nfrom b\n").fine();
    t.cat(&["a", "-", "b"]).redirect("<&-").go().stdout_is("from a\nfrom b\n").stderr_is(expected).code(1);
    let many: Vec<&str> = ["a", "b"].into_iter().cycle().take(40).chain(["-", "a"]).collect();
    let output = format!("{}from a\n", "from a\nfrom b\n".repeat(20));
    t.cat(&many).redirect("<&-").go().stdout_is(output).stderr_is(expected).code(1);
}

#[test]
fn stderr_is_closed() {
    let t = scene();
    // A file opened in its place must not get the message.
    for words in [&["a", "gone", "b"][..], &["gone", "a", "b"]] {
        t.cat(words).redirect("2>&-").go().stdout_is("from a\nfrom b\n").code(1);
        t.cat(words).redirect(">out 2>&-").go().code(1);
        t.holds("out", "from a\nfrom b\n");
    }
    t.cat(&["a", "b"]).redirect("2>&-").go().stdout_is("from a\nfrom b\n").code(0);
    t.cat(&["gone"]).redirect("2>/dev/full").go().code(1);
    t.cat(&["a"]).redirect("2>/dev/full").go().stdout_is("from a\n").code(0);
    t.holds("a", "from a\n").holds("b", "from b\n");
}

#[test]
fn everything_is_closed() {
    let t = scene();
    t.cat(&["a"]).redirect("<&- >&- 2>&-").go().code(1);
    t.cat(&[""; 0]).redirect("<&- >&- 2>&-").go().code(1);
    t.cat(&["a", "-"]).redirect("<&- 2>&-").go().stdout_is("from a\n").code(1);
    t.cat(&["a"]).redirect("<&- 2>&-").go().stdout_is("from a\n").code(0);
    t.cat(&["a"]).redirect("<&- >&-").go().stderr_is("cat: standard output: Bad file descriptor\n").code(1);
    t.holds("a", "from a\n");
}

#[test]
fn streams_opened_the_wrong_way_round() {
    let t = scene();
    t.file("out", "");
    let expected = "cat: write error: Bad file descriptor\n";
    t.cat(&["a"]).redirect("1<out").go().stderr_is(expected).code(1);
    t.cat(&["-n", "a"]).redirect("1<out").go().stderr_is(expected).code(1);
    let expected = "cat: -: Bad file descriptor\n";
    t.cat(&["-", "a"]).redirect("0>>out").go().stdout_is("from a\n").stderr_is(expected).code(1);
}

#[test]
fn stdin_is_a_directory() {
    let t = scene();
    for words in [&["-"][..], &[], &["-n"]] {
        t.cat(words).redirect("<d").go().stdout_is("").stderr_is("cat: -: Is a directory\n").code(1);
    }
    let expected = "cat: -: Is a directory\n";
    t.cat(&["a", "-", "b"]).redirect("<d").go().stdout_is("from a\nfrom b\n").stderr_is(expected).code(1);
}

/// What was read before a read fails is output first.
#[test]
fn data_before_a_failure_is_kept() {
    let t = scene();
    let big = "x".repeat(700_000);
    t.file("big", &big);
    let run = t.cat(&["big", "/proc/self/mem", "a", "d", "b"]);
    let expected = "cat: /proc/self/mem: Input/output error\ncat: d: Is a directory\n";
    run.go().stdout_is(format!("{big}from a\nfrom b\n")).stderr_is(expected).code(1);
}
