//! `-r`: folders stand for the files in them.

use std::ffi::OsStr;
use std::fs::Permissions;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use super::{HELLO, HELLO_MD5, HELLO_SHA256, names, noise};
use crate::harness::{Scene, needs_root, only_ours};

/// What is printed of these names, each with `HELLO` in it.
fn lines(names: &[&str]) -> String {
    names.iter().map(|name| format!("SHA256 ({name}) = {HELLO_SHA256}\n")).collect()
}

fn scene() -> Scene {
    let t = Scene::new();
    for folder in ["s", "s/a", "s/empty", "s/z", "s/a/deep", "s/a/deep/er"] {
        t.folder(folder);
    }
    for file in ["s/a/x", "s/a-b", "s/a.txt", "s/B", "s/a/deep/er/f", "s/z/1", "s/z/10", "s/z/2", "s/.hidden"]
    {
        t.file(file, HELLO);
    }
    t
}

/// The files of a folder, then its folders, each in order of names, as bytes; names as find(1) makes them.
#[test]
fn names_and_their_order() {
    if only_ours() {
        return;
    }
    let t = scene();
    let all = ["s/.hidden", "s/B", "s/a-b", "s/a.txt", "s/a/x", "s/a/deep/er/f", "s/z/1", "s/z/10", "s/z/2"];
    t.uhash(&["-r", "s"]).go().stdout_is(lines(&all)).fine();
    t.uhash(&["--recursive", "s/"]).go().stdout_is(lines(&all)).fine();
    let dotted: Vec<String> = all.iter().map(|name| name.replacen('s', ".", 1)).collect();
    let dotted: Vec<&str> = dotted.iter().map(String::as_str).collect();
    t.uhash(&["-r", "."]).within(t.path("s")).go().stdout_is(lines(&dotted)).fine();
    t.uhash(&["-r", "s/z", "s/B", "s/a/deep", "s/empty"])
        .go()
        .stdout_is(lines(&["s/z/1", "s/z/10", "s/z/2", "s/B", "s/a/deep/er/f"]))
        .fine();
    t.uhash(&["-r", "s/empty"]).go().stdout_is("").fine();
    for command in ["md5sum", "cksum", "b2sum"] {
        let ended = t.sum(command, &["--recursive", "s"]).go().fine();
        assert_eq!(String::from_utf8(ended.stdout).unwrap().lines().count(), all.len());
    }
    t.sum("md5sum", &["--recursive", "s/a/deep"])
        .go()
        .stdout_is(format!("{HELLO_MD5}  s/a/deep/er/f\n"))
        .fine();
    t.sum("sum", &["-r", "--recursive", "s/z"])
        .go()
        .stdout_is("36979     1 s/z/1\n36979     1 s/z/10\n36979     1 s/z/2\n")
        .fine();
    // Without it a folder is an error, and so is what is not there with it.
    t.uhash(&["s"]).go().stdout_is("").stderr_is("uhash: s: Is a directory\n").code(1);
    let ended = t.uhash(&["-r", "gone", "s/B"]).go().stdout_is(lines(&["s/B"]));
    ended.stderr_is("uhash: gone: No such file or directory\n").code(1);
}

/// Links in folders are not followed; what is no file is passed over.
#[test]
fn what_is_no_file() {
    if only_ours() {
        return;
    }
    let t = scene();
    symlink("../B", t.path("s/a/link")).unwrap();
    symlink("..", t.path("s/a/up")).unwrap();
    symlink("nowhere", t.path("s/a/dangling")).unwrap();
    t.fifo("s/a/fifo");
    let _listener = UnixListener::bind(t.path("s/a/socket")).unwrap();
    t.uhash(&["-r", "s/a"]).go().stdout_is(lines(&["s/a/x", "s/a/deep/er/f"])).fine();
}

/// `uhash -r . > ../SUMS; uhash -c ../SUMS`
#[test]
fn there_and_back() {
    if only_ours() {
        return;
    }
    let t = scene();
    for folder in [&b"o dd"[..], b"o dd/n\nl", b"o dd/b\\s", b"o dd/\xFF"] {
        std::fs::create_dir(t.path("s").join(OsStr::from_bytes(folder))).unwrap();
        for (i, name) in names::NAMES.iter().enumerate() {
            let path = [b"s/", folder, b"/", name].concat();
            t.file(OsStr::from_bytes(&path), noise(i * 1000));
        }
    }
    let inside = t.path("s");
    for options in [&[][..], &["-a", "blake3"], &["-a", "sha512", "--base64"]] {
        t.uhash(&["-r", "."]).args(options).within(&inside).redirect(">../SUMS").go().fine();
        let again = t.uhash(&["-r", "."]).args(options).within(&inside).go().fine();
        t.holds("SUMS", again.stdout);
        t.uhash(&["-c", "--quiet", "../SUMS"]).within(&inside).go().stdout_is("").fine();
        let ended = t.uhash(&["-c", "../SUMS"]).within(&inside).go().fine();
        let results =
            ended.stdout.split(|&byte| byte == b'\n').filter(|line| line.ends_with(b": OK")).count();
        assert_eq!(results, 9 + 4 * names::NAMES.len());
    }
    t.file("s/B", "changed");
    let told = "uhash: WARNING: 1 computed checksum did NOT match\n";
    t.uhash(&["-c", "--quiet", "../SUMS"])
        .within(inside)
        .go()
        .stdout_is("./B: FAILED\n")
        .stderr_is(told)
        .code(1);
}

#[test]
fn folders_that_can_not_be_read() {
    if only_ours() || needs_root() {
        return;
    }
    let t = scene();
    std::fs::set_permissions(t.path("s/a"), Permissions::from_mode(0o0)).unwrap();
    std::fs::set_permissions(t.path("s/B"), Permissions::from_mode(0o0)).unwrap();
    let run = t.uhash(&["-r", "s"]).without_rights();
    let ended = run.go().stdout_is(lines(&["s/.hidden", "s/a-b", "s/a.txt", "s/z/1", "s/z/10", "s/z/2"]));
    ended.stderr_is("uhash: s/B: Permission denied\nuhash: s/a: Permission denied\n").code(1);
    std::fs::set_permissions(t.path("s/a"), Permissions::from_mode(0o755)).unwrap();
}

/// Thousands of files; the order does not depend on how they are read.
#[test]
fn many_files() {
    if only_ours() {
        return;
    }
    let t = Scene::in_memory();
    t.folder("s");
    let mut names = Vec::new();
    for folder in 0..20 {
        t.folder(&format!("s/d{folder}"));
        for file in 0..100 {
            let name = format!("s/d{folder}/{file}");
            t.file(&name, noise(file * folder));
            names.push(name);
        }
    }
    names.sort_by(|a, b| a.split('/').map(str::as_bytes).cmp(b.split('/').map(str::as_bytes)));
    let expected = t.uhash(&names).go().fine().stdout;
    t.uhash(&["-r", "s"]).go().stdout_is(&expected).fine();
    t.uhash(&["-r", "s"]).redirect(">out").go().fine();
    t.holds("out", &expected);
}
