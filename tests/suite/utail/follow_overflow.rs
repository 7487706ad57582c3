//! More at once than the kernel can tell, or than there are descriptors for.

use std::fs::{self, OpenOptions};
use std::io::Write;

use super::follow_modes::limited;
use super::follow_stage::{NOTIFIED, Stage, Tail, play, play_ours};
use crate::harness::Limit;

/// More events than the kernel keeps. Two alike in a row would be one.
fn flood(s: &Stage, lines: &mut Vec<String>) {
    let limit = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    let limit: usize = limit.trim().parse().unwrap();
    let mut files = ["a", "b"].map(|name| OpenOptions::new().append(true).open(s.path(name)).unwrap());
    for number in 0..=limit {
        let line = format!("flood {number}");
        writeln!(files[number % 2], "{line}").unwrap();
        lines.push(line);
    }
}

/// Each of these lines once, in whatever order.
#[track_caller]
fn shows(tail: &Tail, lines: &mut [String]) {
    tail.live.stdout.at_least(lines.iter().map(|line| line.len() + 1).sum());
    let shown = String::from_utf8(tail.live.stdout.so_far()).unwrap();
    let mut shown: Vec<&str> = shown.lines().collect();
    shown.sort_unstable();
    lines.sort_unstable();
    assert!(shown == lines, "{} lines instead of {}", shown.len(), lines.len());
}

/// What was written to a file that had been renamed before.
#[test]
fn the_old_file_of_a_rotation() {
    play_ours(&NOTIFIED, |s| {
        s.file("a", "").file("b", "").file("log", "");
        let mut old = OpenOptions::new().append(true).open(s.path("log")).unwrap();
        let mut tail = s.follow(&["-q", "-F", "a", "b", "log"]);
        tail.ready();
        s.rename("log", "log.1");
        tail.says("'log' has become inaccessible: No such file or directory");
        let mut lines = Vec::new();
        tail.live.stopped(|| {
            flood(s, &mut lines);
            old.write_all(b"late\n").unwrap();
            s.file("log", "new\n");
        });
        lines.extend(["late", "new"].map(String::from));
        shows(&tail, &mut lines);
    });
}

/// Files that are closed for want of descriptors are opened by their names, and those are others by now.
fn rotate_closed_files(s: &Stage, with_flood: bool) {
    let names: Vec<String> = (0..300).map(|i| format!("f{i}")).collect();
    for name in &names {
        s.file(name, "");
    }
    s.file("a", "").file("b", "");
    let args: Vec<&str> =
        ["-q", "-F", "a", "b"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut tail = s.start(&s.tail(&args).limit(Limit::Files(100)));
    tail.ready();
    let mut lines = Vec::new();
    tail.live.stopped(|| {
        if with_flood {
            flood(s, &mut lines);
        }
        for name in &names {
            s.append(name, format!("{name} old\n"));
            s.rename(name, &format!("{name}.1"));
            s.file(name, format!("{name} new\n"));
            lines.extend(["old", "new"].map(|word| format!("{name} {word}")));
        }
    });
    shows(&tail, &mut lines);
    for name in &names {
        s.append(name, format!("{name} last\n"));
        lines.push(format!("{name} last"));
    }
    shows(&tail, &mut lines);
}

#[test]
fn more_rotations_than_descriptors() {
    play_ours(&NOTIFIED, |s| rotate_closed_files(s, false));
}

#[test]
fn more_rotations_than_descriptors_and_events() {
    play_ours(&NOTIFIED, |s| rotate_closed_files(s, true));
}

/// One watch more than there are files and folders is enough for any number of rotations.
#[test]
fn hardly_any_watches() {
    play(&NOTIFIED, |s| {
        let Some(run) = limited(s, Limit::InotifyWatches(4)) else { return };
        s.file("f", "").file("g", "");
        let mut tail = s.start(&run.args(&["-q", "-F", "f", "g"]));
        tail.ready();
        for name in ["f", "g", "f", "g"] {
            s.file("new", "new\n");
            s.rename("new", name);
            tail.says(&format!("'{name}' has been replaced;  following new file")).shows("new\n");
        }
        tail.stop();
    });
}
