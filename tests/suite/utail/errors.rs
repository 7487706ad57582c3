//! Files that can't be read, streams that are closed.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use super::newest;
use crate::harness::{Scene, oracles};

/// `a`, `b`, and everything that can't be read.
fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", "from a\n").file("b", "from b\n").folder("d");
    symlink("loop", t.path("loop")).unwrap();
    symlink("nowhere", t.path("dangling")).unwrap();
    symlink("a", t.path("link")).unwrap();
    symlink("d", t.path("link-to-d")).unwrap();
    t
}

#[test]
fn one_bad_file_does_not_stop_the_rest() {
    let t = scene();
    let _socket = UnixListener::bind(t.path("socket")).unwrap();
    for (name, error) in [
        ("gone", "No such file or directory"),
        ("a/", "Not a directory"),
        ("a/b", "Not a directory"),
        ("d/gone", "No such file or directory"),
        ("", "No such file or directory"),
        ("loop", "Too many levels of symbolic links"),
        ("loop/x", "Too many levels of symbolic links"),
        ("dangling", "No such file or directory"),
        ("gone here", "No such file or directory"),
        ("socket", "No such device or address"),
    ] {
        let told = format!("tail: cannot open '{name}' for reading: {error}\n");
        t.tail(&[name]).go().stdout_is("").stderr_is(&told).code(1);
        t.tail(&["-q", "a", name, "b"]).go().stdout_is("from a\nfrom b\n").stderr_is(&told).code(1);
        t.tail(&["-q", "a", name, "b"]).redirect(">out").go().stderr_is(&told).code(1);
        t.holds("out", "from a\nfrom b\n");
    }
    for name in ["d", "d/", ".", "/", "link-to-d", "/proc/self/mem", "/proc/self"] {
        for part in ["-n1", "-n+1", "-n+2", "-c1", "-c+1", "-c+2", "-n100"] {
            t.tail(&[part, name]).like(&newest()).stdout_is("").code(1);
            t.tail(&[part, "a", name, "b"]).redirect("2>&1").like(&newest()).code(1);
        }
    }
    let told = "tail: error reading 'd': Is a directory\n";
    t.tail(&["-q", "a", "d", "b"]).go().stdout_is("from a\nfrom b\n").stderr_is(told).code(1);
}

#[test]
fn links_are_followed() {
    let t = scene();
    t.tail(&["-q", "link", "d/../link"]).go().stdout_is("from a\nfrom a\n").fine();
}

#[test]
fn names_that_are_too_long() {
    let t = scene();
    for name in ["x".repeat(256), "x".repeat(4096), "y/".repeat(3000)] {
        let told = format!("tail: cannot open '{name}' for reading: File name too long\n");
        t.tail(&["-q", name.as_str(), "a"]).go().stdout_is("from a\n").stderr_is(told).code(1);
    }
    let long = "x".repeat(255);
    t.file(&long, "long name\n");
    t.tail(&[&long]).go().stdout_is("long name\n").fine();
    t.tail(&[&format!("{}a", "./".repeat(2046))]).go().stdout_is("from a\n").fine();
}

#[test]
fn permission_denied() {
    let t = scene();
    t.file("secret", "secret").file("d/inside", "inside");
    std::fs::set_permissions(t.path("secret"), Permissions::from_mode(0o0)).unwrap();
    std::fs::set_permissions(t.path("d"), Permissions::from_mode(0o0)).unwrap();
    let told = "tail: cannot open 'secret' for reading: Permission denied\n\
                tail: cannot open 'd' for reading: Permission denied\n\
                tail: cannot open 'd/inside' for reading: Permission denied\n";
    let run = t.tail(&["a", "secret", "d", "d/inside", "b"]).without_rights();
    let expected = "==> a <==\nfrom a\n\n==> b <==\nfrom b\n";
    run.like(&oracles("tail")).stdout_is(expected).stderr_is(told).code(1);
    std::fs::set_permissions(t.path("d"), Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn every_failure_is_told_in_order() {
    let t = scene();
    let told = "tail: cannot open 'gone' for reading: No such file or directory\n\
                tail: error reading 'd': Is a directory\n\
                tail: cannot open '' for reading: No such file or directory\n\
                tail: cannot open 'gone' for reading: No such file or directory\n";
    t.tail(&["-q", "gone", "d", "", "gone"]).go().stdout_is("").stderr_is(told).code(1);
}

/// `>log 2>&1`: what is said about a file stands exactly where its content would.
#[test]
fn output_and_diagnostics_keep_their_order() {
    let t = scene();
    let big = "big line\n".repeat(20_000);
    t.file("big", &big);
    let expected = format!(
        "==> a <==\nfrom a\ntail: cannot open 'gone' for reading: No such file or directory\n\n==> b <==\nfrom b\n\n\
         ==> big <==\n{big}tail: cannot open 'loop' for reading: Too many levels of symbolic links\n\n\
         ==> a <==\nfrom a\n\n==> d <==\ntail: error reading 'd': Is a directory\n"
    );
    for part in ["-n20000", "-n+1", "-c180000", "-c+1"] {
        let run = t.tail(&[part, "a", "gone", "b", "big", "loop", "a", "d"]);
        for name in ["log", "appended", "both"] {
            t.file(name, "");
        }
        run.clone().redirect(">log 2>&1").go().code(1);
        run.clone().redirect(">>appended 2>&1").go().code(1);
        run.clone().redirect(">>both 2>>both").go().code(1);
        t.holds("log", &expected).holds("appended", &expected).holds("both", &expected);
        run.redirect("2>&1").go().stdout_is(&expected).code(1);
    }
}

/// Where the last lines are looked for, a file that can't be read is one of many; where all of the rest is copied, it is
/// the last.
#[test]
fn a_failed_copy_is_the_end() {
    let t = scene();
    let told = "tail: error reading 'd': Is a directory\n";
    for (part, expected) in
        [("-n10", "from a\nfrom b\n"), ("-n+1", "from a\n"), ("-c10", "from a\n"), ("-c+1", "from a\n")]
    {
        t.tail(&["-q", part, "a", "d", "b", "gone"])
            .like(&newest())
            .stdout_is(expected)
            .stderr_has(told)
            .code(1);
    }
}

#[test]
fn stdin_is_closed() {
    let t = scene();
    let told = "tail: cannot fstat 'standard input': Bad file descriptor\ntail: -: Bad file descriptor\n";
    t.tail(&[""; 0]).redirect("<&-").go().stdout_is("").stderr_is(told).code(1);
    for words in [
        &["-"][..],
        &["-c5", "-"],
        &["-n+1"],
        &["-c+1", "-", "-"],
        &["a", "-", "b"],
        &["-v"],
        &["-q", "-", "gone", "-"],
        &["-n0"],
        &["a", "b"],
        &["gone"],
        &["-f"],
        &["-f", "-"],
    ] {
        t.tail(words).redirect("<&-").like(&newest());
        t.tail(words).redirect("<&- 2>&1").like(&newest());
    }
    // Files are opened in its place, but stdin they are not.
    let many: Vec<&str> = ["a", "b"].into_iter().cycle().take(40).chain(["-", "a"]).collect();
    t.tail(&many).redirect("<&-").like(&newest()).code(1);
}

#[test]
fn stdin_is_for_writing_only_or_a_folder() {
    let t = scene();
    t.file("out", "content\n");
    for words in
        [&["-"][..], &[], &["-c1"], &["-n+1"], &["-c+2"], &["a", "-", "b"], &["-v"], &["-n+2", "-", "-"]]
    {
        t.tail(words).redirect("0>>out").like(&newest()).code(1);
        t.tail(words).redirect("<d").like(&newest()).code(1);
    }
    t.holds("out", "content\n");
}

#[test]
fn stderr_is_closed() {
    let t = scene();
    // A file opened in its place must not get the message.
    for words in [&["-q", "a", "gone", "b"][..], &["-q", "gone", "a", "b"]] {
        t.tail(words).redirect("2>&-").go().stdout_is("from a\nfrom b\n").code(1);
        t.tail(words).redirect(">out 2>&-").go().code(1);
        t.holds("out", "from a\nfrom b\n");
    }
    t.tail(&["a"]).redirect("2>&-").go().stdout_is("from a\n").code(0);
    t.tail(&["gone"]).redirect("2>/dev/full").go().stdout_is("").code(1);
    t.tail(&["a"]).redirect("2>/dev/full").go().stdout_is("from a\n").code(0);
    t.tail(&["--retry", "a"]).redirect("2>&-").like(&newest());
    t.holds("a", "from a\n").holds("b", "from b\n");
}

#[test]
fn everything_is_closed() {
    let t = scene();
    for words in [&["a"][..], &[], &["a", "-"], &["gone"], &["-n0", "a"]] {
        for streams in ["<&- >&- 2>&-", "<&- 2>&-", "<&- >&-", ">&- 2>&-"] {
            t.tail(words).redirect(streams).like(&newest());
        }
    }
    t.holds("a", "from a\n").holds("b", "from b\n");
}

/// What was read before a read fails is output first.
#[test]
fn data_before_a_failure_is_kept() {
    let t = scene();
    let big = "x".repeat(700_000);
    t.file("big", &big);
    let told = "tail: error reading 'd': Is a directory\n";
    t.tail(&["-q", "big", "a", "d", "b"])
        .go()
        .stdout_is(format!("{big}from a\nfrom b\n"))
        .stderr_is(told)
        .code(1);
}
