//! A file that becomes shorter while it is read: told, never taken for what it is not.

use std::fs::{File, OpenOptions};
use std::time::{Duration, Instant};

use super::{HELLO, HELLO_SHA256};
use crate::harness::{Live, PATIENCE, Scene, only_ours};

/// So large that nobody has read it before it is cut off; and there is nothing in it.
const SIZE: u64 = 16 << 30;

fn scene() -> Scene {
    let t = Scene::new();
    t.file("f", HELLO);
    File::create(t.path("big")).unwrap().set_len(SIZE).unwrap();
    t
}

/// What a process has computed, in clock ticks of a hundredth of a second.
fn ticks(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let at = |n: usize| fields.get(n).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
    at(11) + at(12)
}

/// Cuts the file off once the command is in the middle of it: it has worked for longer than anything else would take.
fn cut(t: &Scene, live: &Live) {
    let deadline = Instant::now() + PATIENCE;
    while ticks(live.pid()) < 15 {
        assert!(Instant::now() < deadline, "it does not get started");
        std::thread::park_timeout(Duration::from_millis(2));
    }
    OpenOptions::new().write(true).open(t.path("big")).unwrap().set_len(1000).unwrap();
}

#[test]
fn is_an_error() {
    if only_ours() {
        return;
    }
    let line = format!("SHA256 (f) = {HELLO_SHA256}\n");
    for args in [&["f", "big", "f"][..], &["-a", "blake3", "big"], &["-a", "md5", "f", "big"]] {
        let t = scene();
        let running = t.uhash(args).start();
        cut(&t, &running);
        let ended = running.finish().stderr_is("uhash: big: file shrank while it was being read\n").code(1);
        if args[0] == "f" {
            ended.stdout_is(line.repeat(2));
        }
    }
}

#[test]
fn is_an_error_in_a_list() {
    if only_ours() {
        return;
    }
    let t = scene();
    t.file("list", format!("SHA256 (big) = {HELLO_SHA256}\nSHA256 (f) = {HELLO_SHA256}\n"));
    let running = t.uhash(&["-c", "list"]).start();
    cut(&t, &running);
    let told =
        "uhash: big: file shrank while it was being read\nuhash: WARNING: 1 listed file could not be read\n";
    running.finish().stdout_is("big: FAILED open or read\nf: OK\n").stderr_is(told).code(1);
}
