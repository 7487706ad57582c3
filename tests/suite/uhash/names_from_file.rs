//! `--files0-from`: names that come from a file, or through a pipe, as many as there are.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;

use super::{HELLO, HELLO_MD5, HELLO_SHA256, names};
use crate::harness::{Collector, Scene, only_ours, sys};

#[test]
fn instead_of_operands() {
    if only_ours() {
        return;
    }
    let (t, operands) = names::scene();
    let list = names::NAMES.iter().flat_map(|name| [name, &b"\0"[..]].concat()).collect::<Vec<u8>>();
    t.file("names", &list);
    for command in ["uhash", "md5sum", "b2sum", "cksum", "sum"] {
        let expected = t.sum(command, &operands).go().fine().stdout;
        t.sum(command, &["--files0-from=names"]).go().stdout_is(&expected).fine();
        t.sum(command, &["--files0-from", "-"]).redirect("<names").go().stdout_is(&expected).fine();
        t.sum(command, &["--files0-from=-"]).stdin(list.as_slice()).go().stdout_is(&expected).fine();
        t.sum(command, &["--files0-from=/dev/null"]).go().stdout_is("").fine();
    }
    // The last may lack its end.
    t.file("names", "plain\0with space");
    let expected = format!("{HELLO_MD5}  plain\n{HELLO_MD5}  with space\n");
    t.sum("md5sum", &["--files0-from=names"]).go().stdout_is(expected).fine();
}

#[test]
fn that_makes_no_sense() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("f", HELLO).file("names", "f\0\0gone\0f\0");
    let line = format!("SHA256 (f) = {HELLO_SHA256}\n");
    let expected = "uhash: names:2: invalid zero-length file name\nuhash: gone: No such file or directory\n";
    t.uhash(&["--files0-from=names"]).go().stdout_is(line.repeat(2)).stderr_is(expected).code(1);
    let expected = "uhash: -:1: invalid zero-length file name\n";
    t.uhash(&["--files0-from=-"]).stdin("\0f\0").go().stdout_is(&line).stderr_is(expected).code(1);
    let expected = "uhash: extra operand 'f'\nfile operands cannot be combined with --files0-from\n\
                    Try 'uhash --help' for more information.\n";
    t.uhash(&["--files0-from=names", "f", "g"]).go().stdout_is("").stderr_is(expected).code(1);
    t.uhash(&["f", "--files0-from=names"]).go().stdout_is("").stderr_is(expected).code(1);
    t.uhash(&["--files0-from=gone"]).go().stdout_is("").stderr_has("No such file or directory").code(1);
    t.uhash(&["-c", "--files0-from=names"]).go().stdout_is("").stderr_has("--files0-from").code(1);
    t.uhash(&["--files0-from=."]).go().stdout_is("").stderr_has("irectory").code(1);
}

#[test]
fn of_folders() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.folder("d")
        .folder("e")
        .file("d/b", HELLO)
        .file("d/a", HELLO)
        .file("e/x", HELLO)
        .file("names", "e\0d\0");
    let expected: String =
        ["e/x", "d/a", "d/b"].map(|name| format!("SHA256 ({name}) = {HELLO_SHA256}\n")).concat();
    t.uhash(&["-r", "--files0-from=names"]).go().stdout_is(expected).fine();
}

/// Results come while names do.
#[test]
fn one_by_one() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("f", HELLO);
    let mut running = t.uhash(&["--files0-from=-"]).stdin_typed().start();
    let line = format!("SHA256 (f) = {HELLO_SHA256}\n");
    for count in 1..4 {
        running.send("f\0");
        running.stdout.until(line.repeat(count));
    }
    running.close_stdin();
    running.finish().stdout_is(line.repeat(3)).fine();
}

/// A folder in which there is nothing more is no reason to wait for the next name.
#[test]
fn folders_one_by_one() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.folder("d").folder("d/sub").folder("d/sub/empty").folder("empty").file("d/f", HELLO);
    let mut running = t.uhash(&["-r", "--files0-from=-"]).stdin_typed().start();
    let line = format!("SHA256 (d/f) = {HELLO_SHA256}\n");
    for count in 1..4 {
        running.send("d\0empty\0");
        running.stdout.until(line.repeat(count));
    }
    running.close_stdin();
    running.finish().stdout_is(line.repeat(3)).fine();
}

/// The most memory that a process has had, in KiB.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).expect("a number")
}

/// Ninety thousand names more, 18 MB of them, need next to no memory more.
#[test]
fn a_hundred_thousand() {
    if only_ours() {
        return;
    }
    let t = Scene::in_memory();
    let folder = "d".repeat(190);
    t.folder(&folder);
    let files: Vec<String> = (0..100).map(|i| format!("{folder}/f{i:06}")).collect();
    for file in &files {
        t.file(file, HELLO);
    }
    let list =
        |count: usize| files.iter().cycle().take(count).flat_map(|name| [name, "\0"].concat().into_bytes());
    let line = format!("{HELLO_MD5}  {}\n", files[0]).len();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut writer = File::from(OwnedFd::from(writer));
    let (out_reader, out_writer) = std::io::pipe().unwrap();
    let output = Collector::of(out_reader);
    let running = t.sum("md5sum", &["--files0-from=-"]).stdin_from(reader).stdout_to(out_writer).start();
    let mut done = 0;
    let mut peaks = [0, 0];
    for (peak_then, count) in peaks.iter_mut().zip([10_000, 90_000]) {
        writer.write_all(&list(count).collect::<Vec<u8>>()).unwrap();
        done += count;
        assert_eq!(output.at_least(done * line), done * line);
        *peak_then = peak(running.pid());
    }
    {
        let _guard = sys::no_forks();
        drop(writer);
    }
    running.finish().fine();
    assert!(peaks[1] < peaks[0] + 4096, "{} KiB, then {} KiB", peaks[0], peaks[1]);
    assert!(peaks[1] < 128 << 10, "{} KiB", peaks[1]);
    let expected: String = files.iter().map(|name| format!("{HELLO_MD5}  {name}\n")).collect();
    assert!(
        output.all() == expected.repeat(1000).into_bytes(),
        "the lines are not those of the names in order"
    );
}

/// Names may look like anything; `-` is what it always is.
#[test]
fn that_look_like_options() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    let words = ["--tag", "-c", "-b", "--"];
    for name in words {
        t.file(name, HELLO);
    }
    t.file("names", words.map(|name| format!("{name}\0")).concat());
    let expected: String = words.iter().map(|name| format!("{HELLO_MD5}  {name}\n")).collect();
    t.sum("md5sum", &["--files0-from=names"]).go().stdout_is(expected).fine();
    let odd: Vec<OsString> = vec!["--files0-from=names".into(), "--zero".into()];
    let expected: String = words.iter().map(|name| format!("{HELLO_MD5}  {name}\0")).collect();
    t.sum("md5sum", &odd).go().stdout_is(expected).fine();
}
