//! Pipes, FIFOs, sockets, terminals: read once, to their end, when their turn has come.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::model::{from_byte, from_line, last_bytes, last_lines};
use super::{newest, numbered};
use crate::harness::{Collector, PATIENCE, Scene, oracles, sys};

#[test]
fn named_and_not_named() {
    let t = Scene::new();
    t.file("f", "from f\n");
    for part in ["-n1", "-n3", "-n+2", "-c4", "-c+4", "-zn1", "-n100"] {
        for operands in [&[][..], &["-"], &["-", "-"], &["f", "-", "f", "-"], &["--", "-"]] {
            let run = t.tail(&[part]).args(operands);
            run.clone().stdin("one\ntwo\nthree\n").like(&oracles("tail")).fine();
            run.clone().stdin("no end").like(&oracles("tail")).fine();
            run.redirect("</dev/null").like(&oracles("tail")).fine();
        }
    }
}

/// What is not asked for is left in the pipe.
#[test]
fn left_alone() {
    let t = Scene::new();
    t.file("f", "from f\n");
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"rest").unwrap();
    t.tail(&["-q", "f", "gone"]).stdin_from(reader.try_clone().unwrap()).go().stdout_is("from f\n").code(1);
    t.tail(&["-n0", "-"]).stdin_from(reader.try_clone().unwrap()).go().fine();
    {
        let _guard = sys::no_forks();
        drop(writer);
    }
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "rest");
}

/// From the beginning on, what there is goes out at once or in the end, but all of it, and nothing twice.
#[test]
fn typed_slowly() {
    let t = Scene::new();
    for part in [last_lines(3), from_line(3), last_bytes(9), from_byte(9)] {
        let mut live = t.tail(&part.args()).stdin_typed().start();
        let mut typed = String::new();
        for i in 0..40 {
            let piece = if i % 3 == 0 { format!("line {i}\n") } else { format!("piece {i} ") };
            live.send(piece.as_str());
            typed += &piece;
        }
        live.close_stdin();
        live.finish().stdout_is(part.of(typed.as_bytes())).fine();
    }
}

#[test]
fn a_fifo() {
    let t = Scene::in_memory();
    t.fifo("p").file("f", "from f\n");
    let text = numbered(50_000);
    for part in
        [last_lines(2), last_lines(40_000), from_line(40_000), last_bytes(100_000), from_byte(100_000)]
    {
        let live = t.tail(&part.args()).args(&["f", "p", "f"]).start();
        let mut writer = t.fifo_writer("p");
        writer.write_all(text.as_bytes()).unwrap();
        {
            let _guard = sys::no_forks();
            drop(writer);
        }
        let f = [b"==> f <==\n", part.of(b"from f\n")].concat();
        let expected = [&f, &b"\n==> p <==\n"[..], part.of(text.as_bytes()), b"\n", &f].concat();
        live.finish().stdout_is(expected).fine();
    }
}

/// A writer that comes and goes: its end is the end.
#[test]
fn a_fifo_without_data() {
    let t = Scene::new();
    t.fifo("p");
    for part in ["-n1", "-n+1", "-c1", "-c+1"] {
        let live = t.tail(&[part, "p"]).start();
        {
            let writer = t.fifo_writer("p");
            let _guard = sys::no_forks();
            drop(writer);
        }
        live.finish().stdout_is("").fine();
    }
}

/// Whoever feeds a stream may be writing the files behind it too (`… | tee f | tail - f`): those are read when it has
/// ended, not before.
#[test]
fn files_behind_a_stream() {
    let t = Scene::new();
    let many = vec!["f"; 100];
    for part in ["-n5", "-n+1", "-c100", "-c+1"] {
        for name in ["-", "/dev/stdin"] {
            t.file("f", "old\n");
            let (reader, mut writer) = std::io::pipe().unwrap();
            sys::shrink_pipe(&writer);
            let live = t.tail(&["-q", part, "f", name]).args(&many).stdin_from(reader).start();
            // Empty again: the stream is being read, and so is nothing behind it.
            writer.write_all(b"a\n").unwrap();
            assert!(sys::wait_for(&writer, libc::POLLOUT, PATIENCE), "nobody reads");
            t.file("f", "new\n");
            writer.write_all(b"b\n").unwrap();
            {
                let _guard = sys::no_forks();
                drop(writer);
            }
            let expected = format!("old\na\nb\n{}", "new\n".repeat(many.len()));
            live.finish().stdout_is(expected).fine();
        }
    }
    t.fifo("p").file("f", "old\n");
    let live = t.tail(&["-q", "p"]).args(&many).start();
    let mut writer = t.fifo_writer("p");
    t.file("f", "new\n");
    writer.write_all(b"a\n").unwrap();
    {
        let _guard = sys::no_forks();
        drop(writer);
    }
    live.finish().stdout_is(format!("a\n{}", "new\n".repeat(many.len()))).fine();
}

#[test]
fn the_same_fifo_twice() {
    let t = Scene::new();
    t.fifo("p");
    let live = t.tail(&["-qn1", "p", "p"]).start();
    for text in ["a\nfirst\n", "b\nsecond\n"] {
        let mut writer = t.fifo_writer("p");
        until_open(true, live.pid(), &t.path("p"));
        writer.write_all(text.as_bytes()).unwrap();
        {
            let _guard = sys::no_forks();
            drop(writer);
        }
        // Whoever opened it now would be the first reader's, too.
        until_open(false, live.pid(), &t.path("p"));
    }
    live.finish().stdout_is("first\nsecond\n").fine();
}

#[test]
fn a_terminal() {
    let t = Scene::new();
    for (part, expected) in
        [("-n2", "two\nthree\n"), ("-n+3", "three\n"), ("-c4", "ree\n"), ("-c+9", "three\n")]
    {
        let (mut master, slave) = sys::terminal();
        let screen = Collector::of(master.try_clone().unwrap());
        let out = slave.try_clone().unwrap();
        let live = t.tail(&[part]).stdin_from(slave).stdout_to(out).start();
        master.write_all(b"one\ntwo\nthree\n\x04").unwrap();
        live.finish().fine();
        screen.until(expected);
    }
}

#[test]
fn a_socket() {
    let t = Scene::new();
    let text = numbered(20_000);
    for part in [last_lines(2), from_line(19_000), last_bytes(20), from_byte(100_000)] {
        for extra in [&[][..], &["-v"]] {
            let (mut ours, theirs) = UnixStream::pair().unwrap();
            let live = t.tail(&part.args()).args(extra).stdin_from(theirs).start();
            ours.write_all(text.as_bytes()).unwrap();
            ours.shutdown(Shutdown::Both).unwrap();
            let header: &[u8] = if extra.is_empty() { b"" } else { b"==> standard input <==\n" };
            live.finish().stdout_is([header, part.of(text.as_bytes())].concat()).fine();
        }
    }
}

/// Nothing there for now counts as the end.
#[test]
fn a_nonblocking_pipe_without_data() {
    let t = Scene::new();
    for words in [&["-n1"][..], &["-c1"], &["-n+1"], &["-c+1"], &["-n+2"], &["-c+2"], &["-v", "-"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        sys::set_nonblocking(&reader);
        t.tail(words).stdin_from(reader).like(&newest());
        drop(writer);
        let (reader, mut writer) = std::io::pipe().unwrap();
        sys::set_nonblocking(&reader);
        writer.write_all(b"one\ntwo\n").unwrap();
        let ours = t.tail(words).stdin_from(reader).go();
        for gnu in newest() {
            let (reader, mut writer) = std::io::pipe().unwrap();
            sys::set_nonblocking(&reader);
            writer.write_all(b"one\ntwo\n").unwrap();
            let theirs = t.tail(words).by(&gnu).stdin_from(reader).go();
            assert_eq!(ours.difference_from(&theirs), None);
        }
    }
}

/// Waits until a process has a descriptor of `path`, or has none any more.
fn until_open(wanted: bool, pid: u32, path: &Path) {
    let deadline = Instant::now() + PATIENCE;
    let open = || {
        let descriptors = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        descriptors.into_iter().any(|fd| std::fs::read_link(fd.path()).is_ok_and(|target| target == path))
    };
    while open() != wanted {
        assert!(Instant::now() < deadline, "it stays as it is");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}
