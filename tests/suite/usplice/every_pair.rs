//! Every kind of end to every other kind: the same bytes, however the ends are handed over.

use std::fs::OpenOptions;

use super::stage::{KINDS, Kind, MOST, Manner, Stage, text, wait_until};
use crate::harness::Scene;

const MIB: usize = 1024 * 1024;

/// Around the edges of pages, of pipes, and of the pieces that are moved.
const SIZES: [usize; 12] = [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, MIB - 1, MIB, MIB + 1, MOST];

/// From one kind to all kinds, in every manner: each size to some of them, and every pair with small and large ones.
fn from(kind: Kind) {
    let stage = Stage::new();
    let first = KINDS.iter().position(|known| *known == kind).expect("one of them");
    for (nth, to) in KINDS.into_iter().enumerate() {
        // Of so many sizes, beginning with another one for each pair, so that no row and no column lacks any.
        let some = |sizes: &'static [usize], apart: usize| {
            sizes.iter().copied().skip((first + nth) % apart).step_by(apart)
        };
        for size in some(&SIZES, 3) {
            stage.moves(kind, to, size, Manner::default());
        }
        for size in some(&[0, 4097, 1, MIB + 1], 2) {
            stage.moves(kind, to, size, Manner { named: true, ..Manner::default() });
        }
        for size in some(&[1, 65_537, MIB + 1], 2) {
            stage.moves(kind, to, size, Manner { nonblocking: true, ..Manner::default() });
        }
        for nonblocking in [false, true] {
            stage.moves(kind, to, 300_001, Manner { named: false, nonblocking, slow: true });
        }
    }
}

#[test]
fn from_a_file() {
    from(Kind::File);
}

#[test]
fn from_a_pipe() {
    from(Kind::Pipe);
}

#[test]
fn from_a_fifo() {
    from(Kind::Fifo);
}

#[test]
fn from_a_unix_socket() {
    from(Kind::Unix);
}

#[test]
fn from_a_tcp_socket() {
    from(Kind::Tcp);
}

#[test]
fn from_a_terminal() {
    from(Kind::Terminal);
}

#[test]
fn from_a_block_device() {
    from(Kind::Block);
}

#[test]
fn from_a_character_device() {
    from(Kind::Character);
}

/// `>>out` by the shell: whatever the position is.
#[test]
fn to_a_stream_that_appends() {
    let t = Scene::new();
    for size in SIZES {
        let content = text(size);
        t.file("in", &content);
        let expected = [b"before\n", &content[..]].concat();
        for run in [
            t.usplice(&["in"]),
            t.usplice(&[""; 0]).redirect("<in"),
            t.usplice(&["-"]).stdin(content.clone()),
        ] {
            t.file("out", "before\n");
            run.redirect(">>out").go().fine();
            t.holds("out", &expected);
        }
    }
}

/// `0<>in 1<>out`: nothing is truncated, and what is behind stays.
#[test]
fn streams_for_reading_and_writing() {
    let t = Scene::new();
    for size in SIZES {
        let content = text(size);
        t.file("in", &content);
        let expected = [&content[..], b"the rest"].concat();
        for run in [
            t.usplice(&["in"]),
            t.usplice(&["in", "-"]),
            t.usplice(&["-"]).redirect("0<>in"),
            t.usplice(&["-"]).stdin(content.clone()),
        ] {
            t.file("out", [&vec![b'o'; size][..], b"the rest"].concat());
            run.redirect("1<>out").go().fine();
            t.holds("out", &expected);
        }
    }
}

/// A FIFO that the shell opened for both, so that it never ends.
#[test]
fn a_fifo_for_reading_and_writing() {
    use std::io::{Read, Write};
    let t = Scene::new();
    t.fifo("fifo");
    let mut both = OpenOptions::new().read(true).write(true).open(t.path("fifo")).unwrap();
    let content = text(5000);
    both.write_all(&content).unwrap();
    let run = t.usplice(&["--count=3000"]).stdin_from(both.try_clone().unwrap());
    run.go().stdout_is(&content[..3000]).fine();
    t.file("in", "more");
    t.usplice(&["in"]).stdout_to(both.try_clone().unwrap()).go().fine();
    let mut rest = vec![0; 2004];
    both.read_exact(&mut rest).unwrap();
    assert_eq!(rest, [&content[3000..], b"more"].concat());
}

/// Files whose size says nothing.
#[test]
fn files_of_proc() {
    let t = Scene::new();
    for name in [
        "/proc/version",
        "/proc/filesystems",
        "/proc/devices",
        "/sys/kernel/notes",
        "/proc/kallsyms",
        // It says that it is ready only once.
        "/proc/bus/input/devices",
    ] {
        let Ok(content) = std::fs::read(name) else { continue };
        t.usplice(&[name]).go().stdout_is(&content).fine();
        t.usplice(&[name, "out"]).go().fine();
        t.holds("out", &content);
        t.usplice(&["-", "out"]).redirect(&format!("<{name}")).go().fine();
        t.holds("out", &content);
        t.usplice(&["--append", name, "out"]).go().fine();
        t.usplice(&["--append", "-", "out"]).redirect(&format!("<{name}")).go().fine();
        t.holds("out", content.repeat(3));
        t.usplice(&[name, "out", "-"]).go().stdout_is(&content).fine();
        t.holds("out", &content);
    }
}

/// What comes in goes out at once.
#[test]
fn each_piece_appears_before_the_next_is_sent() {
    let t = Scene::new();
    for options in [&[][..], &["-"], &["--block-size=1M"], &["--count=100"], &["--size=100"], &["--append"]] {
        let live = t.usplice(options).stdin_typed().start();
        let mut expected = String::new();
        for piece in ["one\n", "two", "\0", "\n"] {
            live.send(piece);
            expected += piece;
            live.stdout.until(&expected);
        }
        live.finish().stdout_is(&expected).fine();
    }
    let live = t.usplice(&["-", "out"]).stdin_typed().start();
    live.send("x".repeat(1000));
    let arrived = || t.path("out").metadata().is_ok_and(|m| m.len() == 1000);
    wait_until("the output has what came in", arrived);
    live.finish().fine();
}
