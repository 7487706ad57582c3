//! Files whose size says nothing: /proc, /sys, devices.

use std::io::Read;
use std::os::unix::fs::FileTypeExt;

use super::model::{from_byte, from_line, last_bytes, last_lines};
use super::newest;
use crate::harness::{SIZELESS, Scene, gnu_under_test, skip};

#[test]
fn files_that_do_not_know_their_size() {
    let t = Scene::new();
    let mut checked = 0;
    for name in SIZELESS {
        let Ok(content) = std::fs::read(name) else { continue };
        checked += 1;
        for part in [
            last_lines(1),
            last_lines(2),
            last_lines(100_000_000),
            from_line(2),
            last_bytes(5),
            last_bytes(5000),
            last_bytes(100_000_000),
            from_byte(3),
        ] {
            let odd = name.starts_with("/proc/sys/");
            if odd && (gnu_under_test() || part == from_byte(3)) {
                // GNU 9.10 takes 0, where the end is said to be, for the truth; and numbers can be read as a whole only.
                continue;
            }
            t.tail(&part.args()).arg(name).go().stdout_is(part.of(&content)).fine();
            // The kernel is slow at writing the large ones.
            if content.len() < 1 << 20 {
                t.tail(&part.args()).redirect(&format!("<{name}")).go().stdout_is(part.of(&content)).fine();
            }
        }
    }
    if checked < 8 {
        skip("most of /proc and /sys can not be read here");
    }
    let known = |name: &&str| !name.starts_with("/proc/sys/") && std::fs::read(name).is_ok();
    let all: Vec<&str> = SIZELESS.into_iter().filter(known).collect();
    for part in ["-n2", "-c20", "-n+3", "-c+30"] {
        // Going backwards, GNU 9.10 reads two pages at a time, and loses the second where only one is given.
        let right = |name: &&&str| {
            part != "-n2"
                || !name.starts_with("/sys/")
                || std::fs::read(name).is_ok_and(|all| all.len() <= 4096)
        };
        let some: Vec<&&str> = all.iter().filter(right).collect();
        t.tail(&[part]).args(&some).like(&newest()).fine();
    }
}

/// Some files of /proc tell who asks: it must be the process that the user started.
#[test]
fn proc_self_is_tail_itself() {
    let t = Scene::new();
    let live = t.tail(&["-qc+1", "-", "/proc/self/stat"]).stdin_typed().start();
    let pid = live.pid();
    let ended = live.finish().code(0);
    assert!(
        ended.stdout.starts_with(format!("{pid} (").as_bytes()),
        "{pid}: {}",
        ended.stdout.escape_ascii()
    );
    let out = t.tail(&["-zn+1", "/proc/self/cmdline"]).go().code(0).stdout;
    assert!(out.ends_with(b"\0/proc/self/cmdline\0"), "{}", out.escape_ascii());
}

#[test]
fn dev_null() {
    let t = Scene::new();
    for part in ["-n1", "-n+1", "-n+2", "-c1", "-c+1", "-c+2", "-zn1"] {
        t.tail(&[part, "/dev/null"]).go().stdout_is("").fine();
        t.tail(&["-v", part]).redirect("</dev/null").go().stdout_is("==> standard input <==\n").fine();
    }
}

/// A device that never ends, but that can be asked for its end.
#[test]
fn zeros() {
    let t = Scene::new();
    for (part, size) in
        [("-c1", 1), ("-c4096", 4096), ("-c4097", 4097), ("-c1M", 1 << 20), ("-c1000000", 1_000_000)]
    {
        t.tail(&[part, "/dev/zero"]).like(&newest()).stdout_is(vec![0; size]).fine();
        t.tail(&[part]).redirect("</dev/zero").like(&newest()).stdout_is(vec![0; size]).fine();
    }
}

#[test]
fn endless_input_until_the_reader_has_enough() {
    let t = Scene::new();
    for words in [&["-c+1", "/dev/zero"][..], &["-n+1", "/dev/zero"], &["-c+1000"], &["-zn+1000"]] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let live = t.tail(words).redirect("</dev/zero").stdout_to(writer).start();
        let mut got = vec![1; 1_000_000];
        reader.read_exact(&mut got).unwrap();
        drop(reader);
        live.finish().killed_by(libc::SIGPIPE).stderr_is("");
        assert!(got.iter().all(|&byte| byte == 0));
    }
}

/// The end of a device, where there is one and we may read it.
#[test]
fn a_block_device() {
    let entries = std::fs::read_dir("/dev").unwrap().flatten();
    let devices: Vec<_> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_block_device()))
        .map(|entry| entry.path())
        .filter(|path| {
            let mut byte = [0];
            std::fs::File::open(path).is_ok_and(|mut file| file.read_exact(&mut byte).is_ok())
        })
        .take(1)
        .collect();
    let Some(device) = devices.first() else { return skip("no block device to read from") };
    let t = Scene::new();
    for part in ["-c1", "-c512", "-c4096", "-c100000"] {
        t.tail(&[part]).arg(device).like(&newest()).fine();
        t.tail(&[part]).redirect(&format!("<{}", device.display())).like(&newest()).fine();
    }
}
