//! A file system that is full: a tmpfs of 1 MiB that only the test's own thread can see.

use std::fs;

use super::{newest, numbered};
use crate::harness::{Scene, needs_root, skip, sys};

const ROOM: usize = 1 << 20;

/// Runs `test` in a thread that has a tmpfs at `small` in its scene.
fn on_a_small_disk(test: impl FnOnce(&Scene) + Send + 'static) {
    if needs_root() {
        return;
    }
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    // Made, and removed, out here: in there, the mount would be in the way.
    let scene = Scene::new();
    let t = scene.clone();
    let body = move || {
        t.folder("small").file("big", numbered(300_000)).file("little", "little\n");
        match sys::mount_tmpfs(&t.path("small"), ROOM) {
            Ok(()) => test(&t),
            Err(e) => skip(&format!("may not mount: {e}")),
        }
    };
    let thread = std::thread::Builder::new().name(name).spawn(body).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
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
