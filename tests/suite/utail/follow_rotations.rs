//! Files that are written to and rotated all the time: every line once. And files that nobody writes to.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::follow_stage::{BOTH, NOTIFIED, POLLED, Stage, Tail, play, play_ours, until};

/// The lines among what was printed, as numbers.
fn numbers(output: &[u8]) -> Vec<usize> {
    String::from_utf8_lossy(output).lines().map(|line| line.parse().expect("a number")).collect()
}

/// Whether the last line of `path`, as it is now, has been printed.
fn caught_up(tail: &Tail, path: &Path) -> bool {
    let now = fs::read(path).unwrap();
    tail.live.stdout.so_far().ends_with(&now)
}

#[track_caller]
fn each_once(tail: &Tail, count: usize) {
    let bytes: usize = (0..count).map(|n| format!("{n}\n").len()).sum();
    tail.live.stdout.at_least(bytes);
    let shown = numbers(&tail.live.stdout.so_far());
    let wrong = shown.iter().enumerate().find(|&(i, &n)| i != n);
    assert_eq!(wrong, None, "not in order");
    assert_eq!(shown.len(), count);
}

/// Rotations as fast as the tail can see them, with lines in between: all lines, in order.
fn rotate(s: &Stage, rounds: usize, lines: usize) {
    s.file("log", "0\n");
    let mut tail = s.follow(&["-F", "log"]);
    tail.ready();
    let mut next = 1;
    for round in 0..rounds {
        for _ in 0..lines {
            s.append("log", format!("{next}\n"));
            next += 1;
        }
        until("the new file", || caught_up(&tail, &s.path("log")));
        s.rename("log", &format!("log.{}", round % 3));
        s.file("log", format!("{next}\n"));
        next += 1;
    }
    each_once(&tail, next);
}

#[test]
fn fifty_rotations() {
    play(&NOTIFIED, |s| rotate(s, 50, 20));
    // Who polls sees each only after a while.
    play(&POLLED, |s| rotate(s, 8, 50));
}

/// Nobody waits for anybody but the rotation for the tail having seen that there was one before.
#[test]
fn fifty_rotations_while_a_writer_writes() {
    play(&NOTIFIED, |s| {
        s.file("log", "");
        let mut tail = s.follow(&["-F", "log"]);
        tail.ready();
        let (stop, written) = (AtomicBool::new(false), AtomicUsize::new(0));
        let rotating = std::sync::Mutex::new(());
        thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    // As a shell's `>>`, which makes the file if it has to. Opening and writing are one as far as
                    // the rotation is concerned: who writes to a file that was renamed is another test.
                    let _whole = rotating.lock().unwrap();
                    let mut log = OpenOptions::new().append(true).create(true).open(s.path("log")).unwrap();
                    let number = written.fetch_add(1, Ordering::Relaxed);
                    log.write_all(format!("{number}\n").as_bytes()).unwrap();
                }
            });
            for round in 0..50 {
                // A file that comes and goes unseen is nobody's.
                let before = written.load(Ordering::Relaxed);
                until("lines of the new file", || {
                    let shown = tail.live.stdout.so_far();
                    shown.ends_with(b"\n") && numbers(&shown).last().is_some_and(|&last| last >= before)
                });
                let _whole = rotating.lock().unwrap();
                s.rename("log", &format!("log.{}", round % 3));
            }
            stop.store(true, Ordering::Relaxed);
        });
        each_once(&tail, written.load(Ordering::Relaxed));
    });
}

/// A writer that has not heard of the rotation yet: its lines are at the end of the file that was renamed. GNU's tail
/// loses them.
#[test]
fn a_writer_that_keeps_the_old_file_open() {
    play_ours(&BOTH, |s| {
        s.file("log", "0\n");
        let mut tail = s.follow(&["-F", "log"]);
        tail.ready().shows("0\n");
        for round in 0..20 {
            let mut old = OpenOptions::new().append(true).open(s.path("log")).unwrap();
            // So that all of it is there by the time it looks.
            tail.live.stopped(|| {
                s.rename("log", "log.1");
                old.write_all(format!("late {round}\n").as_bytes()).unwrap();
                s.file("log", format!("new {round}\n"));
            });
            tail.shows(format!("late {round}\n"));
            until("the new file", || tail.live.stderr.so_far().ends_with(b"following new file\n"));
            tail.shows(format!("new {round}\n"));
        }
    });
}

/// Two files that change names.
#[test]
fn swapped() {
    play(&POLLED, |s| {
        s.file("f", "a\n").file("g", "b\n");
        let mut tail = s.follow(&["-F", "-q", "f", "g"]);
        tail.ready().shows("a\nb\n");
        let both = rustix::fs::RenameFlags::EXCHANGE;
        let here = rustix::fs::CWD;
        rustix::fs::renameat_with(here, s.path("f"), here, s.path("g"), both).unwrap();
        tail.says("'f' has been replaced;  following new file");
        tail.says("'g' has been replaced;  following new file");
        tail.shows("b\na\n");
        s.append("f", "f\n");
        tail.shows("f\n");
        s.append("g", "g\n");
        tail.shows("g\n");
        tail.stop();
    });
}

/// A writer that never waits.
#[test]
fn a_writer_in_a_hurry() {
    play(&BOTH, |s| {
        s.file("log", "");
        let mut tail = s.follow(&["-f", "log"]);
        tail.ready();
        let mut log = OpenOptions::new().append(true).open(s.path("log")).unwrap();
        for number in 0..30_000 {
            log.write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        each_once(&tail, 30_000);
    });
}

/// How often the kernel gave it a processor, and took it away.
fn switches(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let statuses =
        threads.filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("status")).ok());
    let of = |status: String| {
        let lines = status.lines().filter(|line| line.contains("ctxt_switches"));
        lines.filter_map(|line| line.split_whitespace().last()?.parse::<u64>().ok()).sum::<u64>()
    };
    statuses.map(of).sum()
}

/// While another tail, which polls, looks at its file many times, this one does nothing at all. (It may still be on its
/// way to sleep the first time.)
#[track_caller]
fn is_idle(s: &Stage, tail: &Tail) {
    s.file("clock", "");
    let mut clock = s.start(&s.plain(&["---disable-inotify", "-s.03", "-f", "clock"]));
    let mut counts = Vec::new();
    for _ in 0..6 {
        let before = switches(tail.live.pid());
        for _ in 0..5 {
            s.append("clock", "tick\n");
            clock.shows("tick\n");
        }
        let after = switches(tail.live.pid());
        if before == after {
            return;
        }
        counts.push(after - before);
    }
    panic!("it wakes up: {counts:?}");
}

#[test]
fn idle() {
    play(&NOTIFIED, |s| {
        fs::create_dir(s.path("d")).unwrap();
        for args in [&["-s.01", "-f", "d/f"][..], &["-s.01", "-F", "d/f", "d/g"]] {
            s.file("d/f", "a\n").file("d/g", "b\n");
            let mut tail = s.follow(args);
            tail.ready();
            is_idle(s, &tail);
            s.append("d/f", "b\n");
            tail.live.stdout.at_least(1);
        }
    });
}

/// GNU's looks at the process each time.
#[test]
fn idle_although_there_is_a_process_to_wait_for() {
    play_ours(&NOTIFIED, |s| {
        fs::create_dir(s.path("d")).unwrap();
        s.file("d/f", "a\n");
        let pid = std::process::id().to_string();
        let mut tail = s.follow(&["-s.01", "--pid", &pid, "-F", "d/f"]);
        tail.ready().shows("a\n");
        is_idle(s, &tail);
        s.append("d/f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

/// What happens beside the file in its folder is no reason to lose track.
#[test]
fn a_busy_folder() {
    play(&NOTIFIED, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-F", "f"]);
        tail.ready().shows("a\n");
        for round in 0..3 {
            for i in 0..500 {
                s.file(format!("other{i}"), "x");
            }
            s.append("f", format!("{round}\n"));
            for i in 0..500 {
                s.remove(&format!("other{i}"));
            }
            tail.shows(format!("{round}\n"));
        }
        tail.stop();
    });
}
