//! Files that change while they are read. The output pipe is left full meanwhile, so that cat is known to be in the
//! middle.

use std::fs::{File, OpenOptions};
use std::io::Write;

use crate::harness::{self, Scene, same};

/// Far more than any tool may hold in memory.
const SIZE: u32 = 32 << 20;

fn content() -> Vec<u8> {
    (0..SIZE / 8).flat_map(|n| u64::from(n).to_be_bytes()).collect()
}

/// Starts `cat OPTION f`, lets `change` happen in the middle; everything that cat wrote.
fn changed_meanwhile(option: &str, content: &[u8], change: impl FnOnce(&Scene)) -> Vec<u8> {
    let t = Scene::new();
    t.file("f", content);
    harness::changed_meanwhile(t.cat(&[option, "f"]), || change(&t))
}

#[test]
fn growing() {
    let content = content();
    for option in ["-u", "-T"] {
        let content: Vec<u8> = content.iter().map(|&b| if b == b'\t' { b' ' } else { b }).collect();
        let added = vec![b'+'; 1_234_567];
        let output = changed_meanwhile(option, &content, |t| {
            let mut file = OpenOptions::new().append(true).open(t.path("f")).unwrap();
            file.write_all(&added).unwrap();
        });
        same(&output, &[content, added].concat());
    }
}

#[test]
fn shrinking() {
    let content = content();
    let output = changed_meanwhile("-u", &content, |t| {
        let file = OpenOptions::new().write(true).open(t.path("f")).unwrap();
        file.set_len(1 << 20).unwrap();
    });
    assert!(output.len() < content.len(), "the end was cut off, but not seen");
    same(&output, &content[..output.len()]);
}

#[test]
fn replaced() {
    let content = content();
    let output = changed_meanwhile("-u", &content, |t| {
        t.file("new", "quite another file");
        std::fs::rename(t.path("new"), t.path("f")).unwrap();
    });
    same(&output, &content);
}

#[test]
fn removed() {
    let content = content();
    let output = changed_meanwhile("-u", &content, |t| std::fs::remove_file(t.path("f")).unwrap());
    same(&output, &content);
}

/// A writer that is always a little ahead of the reader: every byte once.
#[test]
fn a_log_that_is_written_to_all_the_time() {
    let t = Scene::new();
    t.file("log", "");
    let mut log = OpenOptions::new().append(true).open(t.path("log")).unwrap();
    let mut written = Vec::new();
    let mut add = |log: &mut File, i: usize| {
        let text = format!("line {i} of the log\n").repeat(100);
        log.write_all(text.as_bytes()).unwrap();
        written.extend_from_slice(text.as_bytes());
    };
    for i in 0..2000 {
        add(&mut log, i);
    }
    let live = t.cat(&["log"]).start();
    live.stdout.at_least(1);
    for i in 2000..4000 {
        add(&mut log, i);
    }
    let ended = live.finish().fine();
    assert!(written.starts_with(&ended.stdout), "not the beginning of what was written");
    assert!(ended.stdout.len() >= 2000 * 1000, "less than what was there at the start");
}
