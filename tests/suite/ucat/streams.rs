//! Pipes, terminals and sockets: what comes in goes out at once, and nothing is lost on the way.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::{UnixListener, UnixStream};

use crate::harness::{Collector, Scene, sys};

#[test]
fn each_piece_appears_before_the_next_is_sent() {
    let t = Scene::new();
    for (options, pieces) in [
        (&[][..], &[("one\n", "one\n"), ("two", "two"), (" three\n", " three\n"), ("\n", "\n")][..]),
        (&["-u", "-"], &[("x", "x"), ("y", "y"), ("\0", "\0")]),
        (&["-n"], &[("one\n", "     1\tone\n"), ("tw", "     2\ttw"), ("o\n", "o\n"), ("\n", "     3\t\n")]),
        (&["-E"], &[("x", "x"), ("\n", "$\n"), ("y\r", "y"), ("\nz", "^M$\nz"), ("\r", ""), ("w", "\rw")]),
        (&["-s"], &[("\n", "\n"), ("\n", ""), ("x\n", "x\n"), ("\n\n", "\n")]),
        (&["-b"], &[("\n", "\n"), ("x", "     1\tx")]),
        (&["-A"], &[("\t", "^I"), ("\r", "^M"), ("\n", "$\n")]),
    ] {
        let mut live = t.cat(options).stdin_typed().start();
        let mut expected = String::new();
        for (typed, shown) in pieces {
            live.send(*typed);
            expected += shown;
            live.stdout.until(&expected);
        }
        live.close_stdin();
        live.finish().stdout_is(&expected).fine();
    }
}

#[test]
fn a_file_appears_before_the_slow_pipe_that_follows_it() {
    let t = Scene::new();
    t.file("a", "from a\n").file("b", "from b\n");
    for (option, first, second, third) in [
        ("-u", "from a\n", "typed\n", "from b\n"),
        ("-n", "     1\tfrom a\n", "     2\ttyped\n", "     3\tfrom b\n"),
    ] {
        let mut live = t.cat(&[option, "a", "-", "b"]).stdin_typed().start();
        live.stdout.until(first);
        live.send("typed\n");
        live.stdout.until([first, second].concat());
        live.close_stdin();
        live.finish().stdout_is([first, second, third].concat()).fine();
    }
}

/// A failure is told when its turn comes: neither before the pipe in front of it has ended, nor later.
#[test]
fn diagnostics_wait_for_their_turn() {
    let t = Scene::new();
    let mut live = t.cat(&["gone", "-", "gone too"]).stdin_typed().start();
    let first = "cat: gone: No such file or directory\n";
    live.stderr.until(first);
    live.send("typed\n");
    live.stdout.until("typed\n");
    live.stderr.until(first);
    live.close_stdin();
    let both = format!("{first}cat: 'gone too': No such file or directory\n");
    live.finish().stdout_is("typed\n").stderr_is(both).code(1);
}

#[test]
fn many_small_pieces_and_a_large_one() {
    let t = Scene::new();
    let pieces: Vec<Vec<u8>> = (0..500).map(|i| format!("piece {i}\n").into_bytes()).collect();
    let whole = pieces.concat();
    t.cat(&["-"]).stdin_pieces(pieces).go().stdout_is(&whole).fine();
    let large = "0123456789abcde\n".repeat(500_000);
    t.cat(&["-"]).stdin(large.as_str()).go().stdout_is(&large).fine();
}

#[test]
fn a_slow_reader_loses_nothing() {
    let t = Scene::new();
    let large = "0123456789abcde\n".repeat(200_000);
    t.file("a", &large);
    for words in [&["a"][..], &["-"], &["-u", "a", "-"]] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        sys::shrink_pipe(&writer);
        let live = t.cat(words).redirect("<a").stdout_to(writer).start();
        let (mut got, mut buffer) = (vec![], vec![0; 1777]);
        let times = words.iter().filter(|w| !w.starts_with("-u")).count();
        while got.len() < large.len() * times {
            let count = reader.read(&mut buffer).unwrap();
            assert!(count > 0, "ended after {} bytes", got.len());
            got.extend_from_slice(&buffer[..count]);
        }
        assert!(got == large.repeat(times).as_bytes());
        live.finish().fine();
    }
}

#[test]
fn a_terminal() {
    use std::fs::File;
    let t = Scene::new();
    for (options, first, both) in [
        (&[][..], "first\n", "first\nsecond\n"),
        (&["-"], "first\n", "first\nsecond\n"),
        (&["-nE"], "     1\tfirst$\n", "     1\tfirst$\n     2\tsecond$\n"),
    ] {
        let (mut master, slave): (File, OwnedFd) = sys::terminal();
        let screen = Collector::of(master.try_clone().unwrap());
        let out = slave.try_clone().unwrap();
        let live = t.cat(options).stdin_from(slave).stdout_to(out).start();
        master.write_all(b"first\n").unwrap();
        screen.until(first);
        master.write_all(b"second\n").unwrap();
        screen.until(both);
        master.write_all(b"\x04").unwrap();
        live.finish().fine();
        screen.until(both);
    }
}

/// `^D` after some characters sends them; a second one ends the input.
#[test]
fn a_terminal_line_without_end() {
    let t = Scene::new();
    let (mut master, slave) = sys::terminal();
    let screen = Collector::of(master.try_clone().unwrap());
    let out = slave.try_clone().unwrap();
    let live = t.cat(&["-"]).stdin_from(slave).stdout_to(out).start();
    master.write_all(b"unfinished\x04").unwrap();
    screen.until("unfinished");
    master.write_all(b"\x04").unwrap();
    live.finish().fine();
}

/// The end of a terminal's input is not forever: each `-` has one of its own.
#[test]
fn a_terminal_named_twice() {
    let t = Scene::new();
    t.file("a", "from a\n");
    let (mut master, slave) = sys::terminal();
    let screen = Collector::of(master.try_clone().unwrap());
    let out = slave.try_clone().unwrap();
    let live = t.cat(&["-", "a", "-"]).stdin_from(slave).stdout_to(out).start();
    master.write_all(b"first\n").unwrap();
    screen.until("first\n");
    master.write_all(b"\x04").unwrap();
    screen.until("first\nfrom a\n");
    master.write_all(b"second\n").unwrap();
    screen.until("first\nfrom a\nsecond\n");
    master.write_all(b"\x04").unwrap();
    live.finish().fine();
}

/// Output to a terminal that appends, as make(1) leaves it behind.
#[test]
fn a_terminal_opened_for_appending() {
    let t = Scene::new();
    t.file("a", "x\n".repeat(1000));
    let (master, slave) = sys::terminal();
    let screen = Collector::of(master);
    let path =
        std::fs::read_link(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&slave))).unwrap();
    let out = std::fs::OpenOptions::new().append(true).open(path).unwrap();
    t.cat(&["a"]).stdin_from(slave).stdout_to(out).go().fine();
    screen.until("x\n".repeat(1000));
}

#[test]
fn unix_sockets() {
    let t = Scene::new();
    t.file("a", "x\n".repeat(300_000));
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let (ours_out, theirs_out) = UnixStream::pair().unwrap();
    let output = Collector::of(ours_out);
    let live = t.cat(&["-", "a"]).stdin_from(theirs).stdout_to(theirs_out).start();
    ours.write_all(b"hello\n").unwrap();
    output.until("hello\n");
    ours.shutdown(Shutdown::Write).unwrap();
    live.finish().fine();
    output.until(format!("hello\n{}", "x\n".repeat(300_000)));
}

#[test]
fn tcp_sockets() {
    let t = Scene::new();
    let big = "0123456789abcde\n".repeat(100_000);
    t.file("a", &big);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    let output = Collector::of(ours.try_clone().unwrap());
    let live = t.cat(&["a", "-", "a"]).stdin_from(theirs.try_clone().unwrap()).stdout_to(theirs).start();
    (&ours).write_all(b"hello\n").unwrap();
    ours.shutdown(Shutdown::Write).unwrap();
    live.finish().fine();
    output.until(format!("{big}hello\n{big}"));
}

#[test]
fn a_socket_by_name() {
    let t = Scene::new();
    t.file("a", "from a\n");
    let _listener = UnixListener::bind(t.path("socket")).unwrap();
    let expected = "cat: socket: No such device or address\n";
    t.cat(&["a", "socket", "a"]).go().stdout_is("from a\nfrom a\n").stderr_is(expected).code(1);
}

#[test]
fn a_nonblocking_stdin_that_has_nothing() {
    let t = Scene::new();
    t.file("a", "from a\n");
    let expected = "cat: -: Resource temporarily unavailable\n";
    for (option, number) in [("-u", ""), ("-n", "     1\t")] {
        let (reader, _writer) = std::io::pipe().unwrap();
        sys::set_nonblocking(&reader);
        let run = t.cat(&[option, "-", "a"]).stdin_from(reader);
        run.go().stdout_is(format!("{number}from a\n")).stderr_is(expected).code(1);
        // What was there is output first.
        let (reader, mut writer) = std::io::pipe().unwrap();
        sys::set_nonblocking(&reader);
        writer.write_all(b"was there\n").unwrap();
        let run = t.cat(&[option]).stdin_from(reader);
        run.go().stdout_is(format!("{number}was there\n")).stderr_is(expected).code(1);
    }
    // A socket too.
    let (_ours, theirs) = UnixStream::pair().unwrap();
    theirs.set_nonblocking(true).unwrap();
    t.cat(&["-"]).stdin_from(theirs).go().stderr_is(expected).code(1);
}

#[test]
fn a_nonblocking_stdin_at_its_end() {
    let t = Scene::new();
    let (reader, mut writer) = std::io::pipe().unwrap();
    sys::set_nonblocking(&reader);
    writer.write_all(b"all\n").unwrap();
    {
        let _guard = sys::no_forks();
        drop(writer);
    }
    t.cat(&["-"]).stdin_from(reader).go().stdout_is("all\n").fine();
}

#[test]
fn a_nonblocking_stdout_that_is_full() {
    let t = Scene::new();
    let big: String = (0..300_000).map(|i| format!("{i}\n")).collect();
    t.file("a", &big);
    for (option, from) in [("-u", "a"), ("-u", "-"), ("-v", "a")] {
        let (reader, writer) = std::io::pipe().unwrap();
        sys::set_nonblocking(&writer);
        let run = t.cat(&[option, from]).redirect("<a").stdout_to(writer);
        run.go().stderr_is("cat: write error: Resource temporarily unavailable\n").code(1);
        // What fitted in is the beginning.
        let got = Collector::of(reader).all();
        assert!(big.as_bytes().starts_with(&got), "{} bytes that are not the beginning", got.len());
    }
}

/// What the next command of a script will read from the same stdin.
#[test]
fn stdin_is_left_alone_when_it_is_not_named() {
    use std::io::Seek;
    let t = Scene::new();
    t.file("a", "from a\n").file("in", "x\n".repeat(1000));
    let mut file = std::fs::File::open(t.path("in")).unwrap();
    for words in [&["a"][..], &["-n", "a", "gone"], &["--version"], &["-X"]] {
        t.cat(words).stdin_from(file.try_clone().unwrap()).go();
        assert_eq!(file.stream_position().unwrap(), 0);
    }
    // Its turn never comes when the output fails before.
    t.cat(&["a", "-"]).stdin_from(file.try_clone().unwrap()).redirect(">/dev/full").go().code(1);
    assert_eq!(file.stream_position().unwrap(), 0);
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"for the next\n").unwrap();
    t.cat(&["a", "a"]).stdin_from(reader.try_clone().unwrap()).go().fine();
    t.cat(&["a", "-"]).stdin_from(reader.try_clone().unwrap()).redirect(">/dev/full").go().code(1);
    drop(writer);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "for the next\n");
}

#[test]
fn a_failing_output_ends_it_while_the_input_is_open() {
    let t = Scene::new();
    let live = t.cat(&["-"]).stdin_typed().redirect(">/dev/full").start();
    live.send("typed\n");
    live.end().stderr_is("cat: write error: No space left on device\n").code(1);
    let live = t.cat(&["-n", "-"]).stdin_typed().redirect(">/dev/full").start();
    live.send("typed\n");
    live.end().stderr_is("cat: write error: No space left on device\n").code(1);
    // A FIFO whose turn would come is never waited for.
    t.file("a", "from a\n").fifo("fifo");
    let live = t.cat(&["a", "fifo"]).redirect(">/dev/full").start();
    live.end().stderr_is("cat: write error: No space left on device\n").code(1);
}

#[test]
fn dev_stdin() {
    let t = Scene::new();
    t.file("a", "from a\n");
    for name in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        t.cat(&[name]).stdin("typed\n").go().stdout_is("typed\n").fine();
        t.cat(&[name, name]).redirect("<a").go().stdout_is("from a\nfrom a\n").fine();
    }
}
