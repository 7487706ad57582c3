//! What only ours can: folders, patterns, prefixes, more files than there are descriptors.

use std::fs;
use std::os::unix::fs::symlink;

use super::follow_stage::{BOTH, Mode, NOTIFIED, POLLED, Stage, Tail, play_ours, until};
use crate::harness::{Limit, Run, only_ours};

/// Plays a scene by ours under its own name, in both modes.
fn play(scene: impl Fn(&Stage)) {
    play_ours(&BOTH, scene);
}

fn utail(s: &Stage, args: &[&str]) -> Run {
    let how: &[&str] = match s.mode {
        Mode::Notification => &["-s.02"],
        Mode::Polling => &["---disable-inotify", "-s.02"],
    };
    s.utail(how).args(args)
}

/// By our own name, so is what it says.
#[track_caller]
fn says(tail: &Tail, expected: &str) {
    tail.live.stderr.until(expected);
}

fn appeared(name: &str) -> String {
    format!("utail: '{name}' has appeared;  following new file\n")
}

#[test]
fn a_folder() {
    play(|s| {
        s.folder("d").file("d/a", "in a\n").file("d/b", "in b\n");
        let mut tail = s.start(&utail(s, &["-f", "d"]));
        tail.shows("==> d/a <==\nin a\n\n==> d/b <==\nin b\n");
        s.append("d/a", "more\n");
        tail.shows("\n==> d/a <==\nmore\n");
        s.file("d/c", "new\n");
        tail.shows("\n==> d/c <==\nnew\n");
        says(&tail, &appeared("d/c"));
        s.append("d/c", "and more\n");
        tail.shows("and more\n");
        s.append("d/b", "old\n");
        tail.shows("\n==> d/b <==\nold\n");
    });
}

#[test]
fn an_empty_folder() {
    play(|s| {
        s.folder("d");
        let mut tail = s.start(&utail(s, &["--debug", "-q", "-f", "d"]));
        let mode = if s.mode == Mode::Polling { "polling" } else { "notification" };
        let mut said = format!("utail: using {mode} mode\n");
        says(&tail, &said);
        for i in 0..20 {
            s.file(format!("d/f{i}"), format!("{i}\n"));
            tail.shows(format!("{i}\n"));
            said += &appeared(&format!("d/f{i}"));
            says(&tail, &said);
        }
        for i in (0..20).rev() {
            s.append(&format!("d/f{i}"), format!("again {i}\n"));
            tail.shows(format!("again {i}\n"));
        }
    });
}

#[test]
fn a_pattern() {
    play(|s| {
        s.file("a.log", "in a\n").file("a.txt", "not this\n").file("[b].log", "in b\n");
        let mut tail = s.start(&utail(s, &["-q", "-f", "--glob=*.log"]));
        tail.shows("in b\nin a\n");
        s.file("c.txt", "not this\n");
        s.append("a.txt", "nor this\n");
        s.file("c.log", "in c\n");
        tail.shows("in c\n");
        s.append("[b].log", "b\n");
        tail.shows("b\n");
        // By its other name it is wanted.
        s.rename("a.txt", "d.log");
        tail.shows("not this\nnor this\n");
        says(&tail, &(appeared("c.log") + &appeared("d.log")));
    });
}

#[test]
fn patterns_in_other_folders_and_files_beside_them() {
    play(|s| {
        s.folder("d").folder("e").file("f", "in f\n");
        let mut tail = s.start(&utail(s, &["-q", "-F", "--glob", "d/*.log", "--glob=e/x?", "f"]));
        tail.shows("in f\n");
        s.file("d/1.log", "1\n");
        tail.shows("1\n");
        s.file("e/x", "no\n").file("e/x1", "x1\n");
        tail.shows("x1\n");
        s.append("f", "f\n");
        tail.shows("f\n");
        s.file("d/2.log", "2\n");
        tail.shows("2\n");
        says(&tail, &(appeared("d/1.log") + &appeared("e/x1") + &appeared("d/2.log")));
    });
}

/// A log that is rotated within its folder.
#[test]
fn rotated_in_a_folder() {
    play(|s| {
        s.folder("d").file("d/log", "a\n");
        let mut tail = s.start(&utail(s, &["-q", "-F", "--glob=d/log"]));
        tail.shows("a\n");
        for i in 0..5 {
            s.rename("d/log", "d/log.1");
            until("it has noticed", || tail.live.stderr.so_far().ends_with(b"No such file or directory\n"));
            s.file("d/log", format!("{i}\n"));
            tail.shows(format!("{i}\n"));
        }
    });
}

/// Only files are wanted.
#[test]
fn other_things_in_a_folder() {
    play(|s| {
        s.folder("d").folder("d/sub").file("d/sub/f", "not this\n").file("d/first", "first\n");
        symlink("nowhere", s.path("d/dangling")).unwrap();
        let mut tail = s.start(&utail(s, &["-q", "-f", "d"]));
        tail.shows("first\n");
        fs::create_dir(s.path("d/sub2")).unwrap();
        s.file("d/sub2/f", "nor this\n");
        s.file("d/f", "this\n");
        tail.shows("this\n");
        says(&tail, &appeared("d/f"));
    });
}

/// Under GNU's name a folder is what it is to GNU.
#[test]
fn a_folder_under_the_name_of_tail() {
    if only_ours() {
        return;
    }
    play(|s| {
        s.folder("d").file("d/f", "x\n");
        let ended = s.plain(&["-f", "d"]).go().code(1);
        ended.stdout_is("").stderr_has("error reading 'd': Is a directory");
    });
}

#[test]
fn prefixes() {
    play(|s| {
        s.file("f", "a\nb\n").file("g", "c\n");
        let mut tail = s.start(&utail(s, &["--prefix", "-f", "f", "g"]));
        tail.shows("f: a\nf: b\ng: c\n");
        s.append("f", "d\ne\n");
        tail.shows("f: d\nf: e\n");
        s.append("g", "h\n");
        tail.shows("g: h\n");
    });
}

/// Halves of lines wait for their other halves: lines are never mixed.
#[test]
fn prefixes_before_whole_lines() {
    play(|s| {
        s.file("f", "").file("g", "");
        let mut tail = s.start(&utail(s, &["--prefix", "-f", "f", "g"]));
        s.append("f", "half of a");
        s.append("g", "whole\n");
        tail.shows("g: whole\n");
        s.append("g", "also half");
        s.append("f", " line\nand ");
        tail.shows("f: half of a line\n");
        s.append("f", "more\n");
        tail.shows("f: and more\n");
        s.append("g", "\n\n");
        tail.shows("g: also half\ng: \n");
    });
}

/// Two that write at the same time, a few bytes at a time.
#[test]
fn prefixes_of_many_that_write_at_once() {
    play(|s| {
        let names: Vec<String> = (0..10).map(|i| format!("f{i}")).collect();
        for name in &names {
            s.file(name, "");
        }
        let args: Vec<&str> =
            ["--prefix", "-n+1", "-F"].into_iter().chain(names.iter().map(String::as_str)).collect();
        let tail = s.start(&utail(s, &args));
        for line in 0..50 {
            for piece in ["line ", "number ", &format!("{line}\n")] {
                for name in &names {
                    s.append(name, piece);
                }
            }
        }
        let mut expected: Vec<String> = (0..50)
            .flat_map(|line| names.iter().map(move |name| format!("{name}: line number {line}")))
            .collect();
        tail.live.stdout.at_least(expected.iter().map(|line| line.len() + 1).sum());
        let shown = String::from_utf8(tail.live.stdout.so_far()).unwrap();
        let mut lines: Vec<&str> = shown.lines().collect();
        for name in &names {
            let start = format!("{name}: ");
            let of_this: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix(&start)).collect();
            let in_order: Vec<String> = (0..50).map(|line| format!("line number {line}")).collect();
            assert_eq!(of_this, in_order, "of {name}");
        }
        lines.sort_unstable();
        expected.sort_unstable();
        assert_eq!(lines, expected);
    });
}

#[test]
fn more_files_than_descriptors() {
    for (modes, count, limit) in [(&NOTIFIED, 10_000, 64), (&POLLED, 500, 32)] {
        play_ours(modes, |s| {
            let names: Vec<String> = (0..count).map(|i| format!("f{i}")).collect();
            for name in &names {
                s.file(name, "");
            }
            let names_only = names.iter().map(String::as_str);
            let args: Vec<&str> = ["-q", "-n0", "-F"].into_iter().chain(names_only).collect();
            let mut tail = s.start(&s.tail(&args).limit(Limit::Files(limit)));
            tail.ready();
            for i in (0..count).step_by(count / 11) {
                s.append(&names[i], format!("{i}\n"));
                tail.shows(format!("{i}\n"));
            }
            s.rename("f5", "old");
            tail.says("'f5' has become inaccessible: No such file or directory");
            s.file("f5", "new\n");
            tail.says("'f5' has appeared;  following new file").shows("new\n");
            s.append(&names[count - 1], "last\n");
            tail.shows("last\n");
            tail.stop();
        });
    }
}
