//! Files that change while they are read. The output pipe is left full meanwhile, so that tail is known to be in the
//! middle.

use std::fs::OpenOptions;
use std::io::Write;

use super::numbered;
use crate::harness::{self, Scene, same};

/// Lines, far more of them than any tool may hold in memory.
fn content() -> String {
    numbered(3_000_000)
}

/// Starts `tail PART f`, lets `change` happen in the middle; everything that tail wrote.
fn changed_meanwhile(part: &str, content: &str, change: impl FnOnce(&Scene)) -> Vec<u8> {
    let t = Scene::in_memory();
    t.file("f", content);
    harness::changed_meanwhile(t.tail(&[part, "f"]), || change(&t))
}

fn append(t: &Scene, added: &[u8]) {
    OpenOptions::new().append(true).open(t.path("f")).unwrap().write_all(added).unwrap();
}

/// From a place on: to the end, wherever it is by then. The last part: what was the last part at first.
#[test]
fn growing() {
    let content = content();
    let added = vec![b'+'; 1_234_567];
    for part in ["-n+1", "-c+1"] {
        let output = changed_meanwhile(part, &content, |t| append(t, &added));
        same(&output, &[content.as_bytes(), &added].concat());
    }
    let size = content.len().to_string();
    for part in ["-n3000000", &format!("-c{size}")] {
        let output = changed_meanwhile(part, &content, |t| append(t, &added));
        same(&output, content.as_bytes());
    }
}

/// What is gone can't be shown; what was there before is, and nothing from in front of the beginning.
#[test]
fn shrinking() {
    let content = content();
    for part in ["-n+2", "-c+3", "-n2999999", &format!("-c{}", content.len() - 2)] {
        // Of a page, the kernel zeroes the rest even where it is on its way already.
        for size in [10 << 20, 1 << 20, 0] {
            let output = changed_meanwhile(part, &content, |t| {
                OpenOptions::new().write(true).open(t.path("f")).unwrap().set_len(size).unwrap();
            });
            assert!(output.len() < content.len() - 2, "{part}: the end was cut off, but not seen");
            same(&output, &content.as_bytes()[2..output.len() + 2]);
        }
    }
}

#[test]
fn replaced_and_removed() {
    let content = content();
    let output = changed_meanwhile("-n+1", &content, |t| {
        t.file("new", "quite another file");
        std::fs::rename(t.path("new"), t.path("f")).unwrap();
    });
    same(&output, content.as_bytes());
    let output = changed_meanwhile("-n3000000", &content, |t| std::fs::remove_file(t.path("f")).unwrap());
    same(&output, content.as_bytes());
}

/// A log that is written to all the time: its last line is one, and from a line on there is each of them once. (No line
/// is on two pages: the kernel writes page by page, and half of a line may be all there is for a moment.)
#[test]
fn a_log_that_is_written_to_all_the_time() {
    let lines = |count: u32| (1..=count).map(|n| format!("{n:07}\n")).collect::<String>();
    let t = Scene::in_memory();
    t.file("f", lines(100_000));
    let written = lines(400_000);
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let path = t.path("f");
    let rest = written.as_bytes()[lines(100_000).len()..].to_vec();
    let writer = std::thread::spawn(move || {
        let mut log = OpenOptions::new().append(true).open(path).unwrap();
        for line in rest.split_inclusive(|&byte| byte == b'\n') {
            if stopped.try_recv() != Err(std::sync::mpsc::TryRecvError::Empty) {
                return;
            }
            log.write_all(line).unwrap();
        }
    });
    for _ in 0..30 {
        for part in ["-n1", "-n3", "-n+100001", "-c+800001", "-n20000"] {
            let shown = t.tail(&[part, "f"]).go().fine().stdout;
            let text = String::from_utf8(shown).unwrap();
            let numbers: Vec<u32> = text.lines().map(|line| line.parse().expect("a whole line")).collect();
            assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{part}");
            assert!(text.is_empty() || text.ends_with('\n'));
            let expected =
                part.strip_prefix("-n").filter(|n| !n.starts_with('+')).and_then(|n| n.parse().ok());
            assert!(expected.is_none_or(|count: usize| numbers.len() == count), "{part}: {}", numbers.len());
        }
    }
    drop(stop);
    writer.join().unwrap();
}
