//! Files that are not plain, and names that are not of files.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use super::{HELLO, HELLO_MD5, newest, noise};
use crate::harness::{Scene, needs_root, oracles};

fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", HELLO).file("b", "").folder("d").file("d/x", "x");
    symlink("loop", t.path("loop")).unwrap();
    symlink("nowhere", t.path("dangling")).unwrap();
    symlink("a", t.path("link")).unwrap();
    symlink("d", t.path("folder")).unwrap();
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
        ("folder", "folder: Is a directory"),
        ("a/", "a/: Not a directory"),
        ("a/b", "a/b: Not a directory"),
        ("", "'': No such file or directory"),
        ("loop", "loop: Too many levels of symbolic links"),
        ("dangling", "dangling: No such file or directory"),
        ("gone here", "'gone here': No such file or directory"),
        ("/proc/self/mem", "/proc/self/mem: Input/output error"),
    ] {
        let lines = format!("{HELLO_MD5}  a\nd41d8cd98f00b204e9800998ecf8427e  b\n");
        let run = t.sum("md5sum", &["a", name, "b"]);
        run.go().stdout_is(lines).stderr_is(format!("md5sum: {message}\n")).code(1);
        for command in ["sha512sum", "b2sum", "cksum", "sum"] {
            t.sum(command, &["a", name, "b"]).like(&newest(command)).code(1);
        }
    }
}

#[test]
fn nothing_but_failures() {
    let t = scene();
    let names: Vec<String> =
        (0..1000).map(|i| if i % 7 == 0 { "d".into() } else { format!("gone{i}") }).collect();
    t.sum("md5sum", &names).like(&oracles("md5sum")).stdout_is("").code(1);
}

/// Both streams in one pipe, or in one log: what is said stands where the line would.
#[test]
fn results_and_diagnostics_in_order() {
    let t = scene();
    t.file("big", noise(3_000_000));
    let names: Vec<String> = (0..400)
        .map(|i| match i % 8 {
            0 => "gone".into(),
            1 => "d".into(),
            2 if i % 80 == 2 => "big".into(),
            3 => "dangling".into(),
            4 => "b".into(),
            5 => "/proc/version".into(),
            _ => "a".into(),
        })
        .collect();
    for command in ["sha1sum", "cksum"] {
        t.sum(command, &names).redirect("2>&1").like(&newest(command)).code(1);
        let run = t.sum(command, &names).redirect(">>log 2>>log");
        run.clone().go().code(1);
        let ours = t.read("log");
        t.file("log", "");
        for oracle in newest(command) {
            run.clone().by(&oracle).go().code(1);
            t.holds("log", &ours).file("log", "");
        }
    }
}

#[test]
fn links_are_followed() {
    let t = scene();
    t.sum("md5sum", &["link", "folder/x", "folder/../a"]).like(&oracles("md5sum")).fine();
}

#[test]
fn files_of_the_kernel() {
    let t = scene();
    let names = [
        "/proc/version",
        "/proc/self/limits",
        "/proc/cmdline",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/dev/null",
    ];
    for command in ["md5sum", "cksum", "sum", "b2sum"] {
        for name in names.iter().filter(|name| std::path::Path::new(name).exists()) {
            t.sum(command, &[name]).like(&oracles(command)).fine();
        }
        t.sum(command, &names).arg("a").like(&oracles(command));
    }
    t.file("list", t.sum("md5sum", &["/proc/version"]).go().fine().stdout);
    t.sum("md5sum", &["-c", "list"]).like(&oracles("md5sum")).fine();
}

#[test]
fn a_socket() {
    let t = scene();
    let _listener = UnixListener::bind(t.path("socket")).unwrap();
    t.sum("md5sum", &["a", "socket", "a"]).like(&oracles("md5sum")).code(1);
}

#[test]
fn names_that_are_too_long() {
    let t = scene();
    let long = "x".repeat(255);
    t.file(&long, HELLO);
    for name in
        [long, "x".repeat(256), "x".repeat(5000), "y/".repeat(3000), format!("{}a", "./".repeat(2046))]
    {
        t.sum("md5sum", &[name.as_str(), "a"]).like(&oracles("md5sum"));
    }
}

#[test]
fn without_rights() {
    if needs_root() {
        return;
    }
    let t = scene();
    t.file("secret", "x").folder("closed").file("closed/x", "x");
    t.file("list", format!("{HELLO_MD5}  a\n{HELLO_MD5}  secret\n{HELLO_MD5}  closed/x\n"));
    for name in ["secret", "closed"] {
        std::fs::set_permissions(t.path(name), Permissions::from_mode(0o0)).unwrap();
    }
    for command in ["md5sum", "cksum"] {
        let run = t.sum(command, &["a", "secret", "closed", "closed/x", "a"]).without_rights();
        run.like(&newest(command)).code(1);
    }
    let expected = "md5sum: secret: Permission denied\nmd5sum: closed/x: Permission denied\n\
                    md5sum: WARNING: 2 listed files could not be read\n";
    for options in [&["-c"][..], &["-c", "--ignore-missing"]] {
        let run = t.sum("md5sum", options).args(&["list"]).without_rights().like(&newest("md5sum"));
        run.stderr_is(expected).code(1);
    }
    t.sum("md5sum", &["-c", "secret", "list"]).without_rights().like(&newest("md5sum")).code(1);
}

/// Written, replaced and removed between one command and the next.
#[test]
fn each_run_sees_what_is_there() {
    let t = Scene::new();
    for i in 0..10 {
        t.file("f", noise(i * 1000)).file("gone", "x");
        t.sum("sha256sum", &["f", "gone"]).redirect(">list").go().fine();
        std::fs::remove_file(t.path("gone")).unwrap();
        let said =
            t.sum("sha256sum", &["-c", "list"]).go().stdout_is("f: OK\ngone: FAILED open or read\n").code(1);
        said.stderr_has("gone: No such file or directory");
    }
}

#[test]
fn one_file_many_times() {
    let t = scene();
    let names = vec!["a"; 3000];
    t.sum("md5sum", &names).go().stdout_is(format!("{HELLO_MD5}  a\n").repeat(3000)).fine();
}
