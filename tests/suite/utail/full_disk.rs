//! A file system that is full: a tmpfs of 1 MiB that only the test's own thread can see.

use std::fs;

use super::{newest, numbered};
use crate::harness::{self, Scene};

const ROOM: usize = 1 << 20;

/// Runs `test` where there is little room in `small`, and beside it more than fits in.
fn on_a_small_disk(test: impl FnOnce(&Scene) + Send + 'static) {
    harness::on_a_small_disk(ROOM, |t| {
        t.file("big", numbered(300_000)).file("little", "little\n");
        test(t);
    });
}

#[test]
fn is_told_as_a_write_error() {
    on_a_small_disk(|t| {
        for words in [
            &["-n+1", "big"][..],
            &["-n300000", "big"],
            &["-c+1"],
            &["-c2000000"],
            &["-qn+1", "little", "big"],
        ] {
            for arrow in [">", ">>"] {
                let run = t.tail(words).redirect(&format!("<big {arrow}small/out"));
                let told = "tail: error writing 'standard output': No space left on device\n";
                run.go().stderr_is(told).code(1);
                let first = if words.contains(&"little") { "little\n" } else { "" };
                let whole = [first.as_bytes(), &t.read("big")].concat();
                let out = t.read("small/out");
                assert!(whole.starts_with(&out), "{} bytes that are not the beginning", out.len());
                assert!(out.len() > ROOM / 2, "only {} bytes", out.len());
                fs::remove_file(t.path("small/out")).unwrap();
            }
        }
    });
}

/// So little that the C library's buffer holds it to the end.
#[test]
fn is_told_at_the_end() {
    on_a_small_disk(|t| {
        t.file("small/filler", "");
        let mut filler = fs::OpenOptions::new().append(true).open(t.path("small/filler")).unwrap();
        while std::io::Write::write_all(&mut filler, &[b'x'; 4096]).is_ok() {}
        for words in [&["little"][..], &["-n3", "big"], &["-v", "little", "gone"]] {
            t.tail(words).redirect(">small/out").like(&newest()).code(1);
        }
    });
}

#[test]
fn that_is_just_large_enough() {
    on_a_small_disk(|t| {
        let content = vec![b'x'; ROOM - 4096];
        t.file("fits", &content);
        t.tail(&["-c+1", "fits"]).redirect(">small/out").go().fine();
        t.holds("small/out", &content);
        t.tail(&["fits"]).redirect(">small/out").go().fine();
        t.holds("small/out", &content);
    });
}
