//! Several outputs: each gets everything, whatever the others are, and one that fails does not take the others along.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;

use super::common::{close, numbers};
use crate::harness::{
    Collector, Ended, PATIENCE, Scene, broken_pipe, difference, in_a_thread, needs_root, skip, sys,
};

const LINES: usize = 200_000;

fn scene() -> (Scene, Vec<u8>) {
    let t = Scene::new();
    let big = numbers(LINES);
    t.file("in", &big).fifo("p").fifo("q").fifo("r");
    (t, big)
}

#[track_caller]
fn whole(what: &str, got: &[u8], expected: &[u8]) {
    if let Some(difference) = difference(got, expected) {
        panic!("{what}: {difference}");
    }
}

/// The exit status is 1, and these are the messages, in any order.
#[track_caller]
fn told(ended: &Ended, expected: &[&str]) {
    let mut lines: Vec<String> = String::from_utf8_lossy(&ended.stderr).lines().map(str::to_owned).collect();
    lines.sort();
    let mut expected: Vec<String> = expected.iter().map(|line| format!("usplice: {line}")).collect();
    expected.sort();
    assert_eq!(lines, expected, "{}", ended.command);
    assert_eq!(ended.status.code(), Some(1), "{}", ended.command);
}

#[test]
fn few_and_many() {
    let (t, big) = scene();
    for count in [1, 2, 5, 40] {
        let names: Vec<String> = (0..count).map(|i| format!("out {i}")).collect();
        for (input, content) in [("in", &big[..]), ("-", &big), ("-", b"typed\n"), ("-", b""), ("-", b"x")] {
            t.usplice(&[input]).args(&names).stdin(content).go().stdout_is("").fine();
            for name in &names {
                t.holds(name, content);
            }
        }
        let run = t.usplice(&["in", "-"]).args(&names);
        run.go().stdout_is(&big).fine();
        for name in &names {
            t.holds(name, &big);
        }
    }
}

#[test]
fn sizes_around_those_of_pieces() {
    let (t, big) = scene();
    for size in [1, 4095, 4096, 4097, 65_535, 65_536, 65_537, (1 << 20) - 1, 1 << 20, (1 << 20) + 1] {
        let content = &big[..size];
        t.file("some", content);
        t.usplice(&["some", "-", "a", "b"]).go().stdout_is(content).fine();
        t.holds("a", content).holds("b", content);
        t.usplice(&["-", "a", "-"]).stdin(content).go().stdout_is(content).fine();
        t.holds("a", content);
        t.usplice(&["-c", &size.to_string(), "-", "a", "-"]).stdin(&big[..]).go().stdout_is(content).fine();
        t.holds("a", content);
    }
}

/// Named twice it gets everything twice. Which piece comes when nobody promises.
#[test]
fn standard_output_twice() {
    let (t, big) = scene();
    let ended = t.usplice(&["in", "-", "-"]).go().code(0);
    assert_eq!(ended.stdout.len(), 2 * big.len());
    t.usplice(&["-c3", "in", "-", "-"]).go().stdout_is("0\n10\n1").fine();
}

/// A socket on standard output, FIFOs, files and a terminal, from every kind of input.
#[test]
fn all_kinds_mixed() {
    let (t, big) = scene();
    for from in ["file", "pipe", "FIFO", "socket"] {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let socket = Collector::of(ours);
        let (master, slave) = sys::terminal();
        let terminal =
            std::fs::read_link(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&slave)));
        let screen = Collector::of(master);
        let input = if from == "FIFO" { "r" } else { "-" };
        let run =
            t.usplice(&[input, "file", "p", "-", "q"]).arg(terminal.unwrap()).arg("last").stdout_to(theirs);
        let run = match from {
            "file" => run.redirect("<in"),
            "pipe" => run.stdin(&big[..]),
            "socket" => {
                let (mut ours, theirs) = UnixStream::pair().unwrap();
                let big = big.clone();
                std::thread::spawn(move || ours.write_all(&big));
                run.stdin_from(theirs)
            }
            _ => run,
        };
        let live = run.start();
        drop(run);
        if from == "FIFO" {
            let (mut writer, big) = (t.fifo_writer("r"), big.clone());
            std::thread::spawn(move || writer.write_all(&big));
        }
        let (p, q) = (Collector::of(t.fifo_reader("p")), Collector::of(t.fifo_reader("q")));
        live.end().fine();
        drop(slave);
        for (what, got) in
            [("p", p.all()), ("q", q.all()), ("socket", socket.all()), ("terminal", screen.all())]
        {
            whole(&format!("{what} from a {from}"), &got, &big);
        }
        t.holds("file", &big).holds("last", &big);
    }
}

#[test]
fn tcp_and_pipes() {
    let (t, big) = scene();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    let received = Collector::of(ours.try_clone().unwrap());
    let run = t.usplice(&["-", "-", "p", "q"]).stdin_from(theirs.try_clone().unwrap()).stdout_to(theirs);
    let live = run.start();
    drop(run);
    let (p, q) = (Collector::of(t.fifo_reader("p")), Collector::of(t.fifo_reader("q")));
    (&ours).write_all(&big).unwrap();
    ours.shutdown(Shutdown::Write).unwrap();
    live.end().fine();
    for (what, got) in [("p", p.all()), ("q", q.all()), ("socket", received.all())] {
        whole(what, &got, &big);
    }
}

/// Files are appended to with `-a`; a standard output that appends does so in any case.
#[test]
fn appended() {
    let (t, big) = scene();
    for option in ["-a", "--append"] {
        t.file("a", "was a\n").file("b", "was b\n").file("c", "was c\n");
        let run = t.usplice(&[option, "-", "a", "-", "b", "new"]).redirect("<in >>c");
        run.go().fine();
        for (name, before) in [("a", "was a\n"), ("b", "was b\n"), ("c", "was c\n"), ("new", "")] {
            t.holds(name, [before.as_bytes(), &big].concat());
        }
        std::fs::remove_file(t.path("new")).unwrap();
    }
    t.file("a", "was a\n").file("c", "was c\n");
    t.usplice(&["in", "a", "-"]).redirect(">>c").go().fine();
    t.holds("a", &big).holds("c", [b"was c\n", &big[..]].concat());
}

/// Pieces come out of all ends at once, none is held back for the next one.
#[test]
fn pieces_as_they_come() {
    let (t, _) = scene();
    let mut live = t.usplice(&["-", "file", "p", "-", "q"]).stdin_typed().start();
    let (p, q) = (Collector::of(t.fifo_reader("p")), Collector::of(t.fifo_reader("q")));
    let mut expected = String::new();
    for i in 0..100 {
        live.send(format!("{i}\n"));
        expected += &format!("{i}\n");
        for end in [&p, &live.stdout, &q] {
            end.until(&expected);
        }
    }
    live.close_stdin();
    live.finish().fine();
    t.holds("file", &expected);
}

/// One reader takes its time; the others wait for it, and nobody gets anything twice, or late.
#[test]
fn a_slow_reader() {
    let (t, big) = scene();
    for input in ["in", "-"] {
        let (mut slow, writer) = std::io::pipe().unwrap();
        sys::shrink_pipe(&writer);
        let run = t.usplice(&[input, "p", "-", "file", "q"]).redirect("<in").stdout_to(writer);
        let live = run.start();
        drop(run);
        let (p, q) = (Collector::of(t.fifo_reader("p")), Collector::of(t.fifo_reader("q")));
        let (mut got, mut buffer) = (vec![], vec![0; 1777]);
        loop {
            let count = slow.read(&mut buffer).unwrap();
            got.extend_from_slice(&buffer[..count]);
            if count == 0 {
                break;
            }
        }
        live.end().fine();
        whole("slow", &got, &big);
        whole("p", &p.all(), &big);
        whole("q", &q.all(), &big);
        t.holds("file", &big);
    }
}

/// A pipe that does not wait is waited for; the test has set that, and sees it unchanged.
#[test]
fn a_nonblocking_output() {
    let (t, big) = scene();
    let (mut slow, writer) = std::io::pipe().unwrap();
    sys::shrink_pipe(&writer);
    sys::set_nonblocking(&writer);
    let run = t.usplice(&["in", "p", "-", "file"]).stdout_to(writer.try_clone().unwrap());
    let live = run.start();
    drop(run);
    let p = Collector::of(t.fifo_reader("p"));
    sys::wait_full(&writer, PATIENCE);
    drop(writer);
    let mut got = vec![];
    slow.read_to_end(&mut got).unwrap();
    live.end().fine();
    whole("slow", &got, &big);
    whole("p", &p.all(), &big);
    t.holds("file", &big);
}

#[test]
fn a_reader_that_leaves_early() {
    let (t, big) = scene();
    for (input, first) in [("in", 10), ("-", 10), ("in", 100_000), ("-", 0)] {
        let live = t.usplice(&[input, "file", "p", "-", "q"]).redirect("<in").start();
        let mut p = t.fifo_reader("p");
        let mut taken = vec![0; first];
        let q = t.fifo_reader("q");
        p.read_exact(&mut taken).unwrap();
        close(p);
        let q = Collector::of(q);
        let ended = live.end();
        told(&ended, &["p: Broken pipe"]);
        assert!(big.starts_with(&taken));
        whole("stdout", &ended.stdout, &big);
        whole("q", &q.all(), &big);
        t.holds("file", &big);
    }
}

/// The reader goes while others are waited for.
#[test]
fn a_reader_that_leaves_while_another_is_slow() {
    let (t, big) = scene();
    let (mut slow, writer) = std::io::pipe().unwrap();
    sys::shrink_pipe(&writer);
    let run = t.usplice(&["in", "p", "-", "file"]).stdout_to(writer.try_clone().unwrap());
    let live = run.start();
    drop(run);
    let p = t.fifo_reader("p");
    sys::wait_full(&writer, PATIENCE);
    drop(writer);
    close(p);
    let mut got = vec![];
    slow.read_to_end(&mut got).unwrap();
    told(&live.end(), &["p: Broken pipe"]);
    whole("slow", &got, &big);
    t.holds("file", &big);
}

/// The slow one itself goes: the others no longer wait.
#[test]
fn the_one_that_is_waited_for_leaves() {
    let (t, big) = scene();
    for _ in 0..5 {
        let live = t.usplice(&["in", "p", "-", "file", "q"]).start();
        let (p, q) = (t.fifo_reader("p"), Collector::of(t.fifo_reader("q")));
        assert!(sys::wait_for(&p, libc::POLLIN, PATIENCE));
        close(p);
        let ended = live.end();
        told(&ended, &["p: Broken pipe"]);
        whole("stdout", &ended.stdout, &big);
        whole("q", &q.all(), &big);
        t.holds("file", &big);
    }
}

#[test]
fn a_full_device() {
    let (t, big) = scene();
    for input in ["in", "-"] {
        for outputs in [["/dev/full", "-", "a"], ["-", "/dev/full", "a"], ["-", "a", "/dev/full"]] {
            let ended = t.usplice(&[input]).args(&outputs).redirect("<in").go();
            told(&ended, &["/dev/full: No space left on device"]);
            whole("stdout", &ended.stdout, &big);
            t.holds("a", &big);
        }
        let ended = t.usplice(&[input, "-", "a"]).redirect("<in >/dev/full").go();
        told(&ended, &["standard output: No space left on device"]);
        t.holds("a", &big);
    }
}

/// Two fail in different ways; told of each once.
#[test]
fn several_that_fail() {
    let (t, big) = scene();
    let run = t.usplice(&["in", "/dev/full", "a", "-", "b"]).stdout_to(broken_pipe());
    told(&run.go(), &["/dev/full: No space left on device", "standard output: Broken pipe"]);
    t.holds("a", &big).holds("b", &big);
}

#[test]
fn a_full_disk() {
    if needs_root() {
        return;
    }
    // Made, and removed, out here: in there, the mount would be in the way.
    let (t, big) = scene();
    let t2 = t.clone();
    in_a_thread(move || {
        let t = t2;
        t.folder("small");
        if let Err(e) = sys::mount_tmpfs(&t.path("small"), 256 << 10) {
            return skip(&format!("may not mount: {e}"));
        }
        for input in ["in", "-"] {
            let live = t.usplice(&[input, "p", "small/out", "-", "file"]).redirect("<in").start();
            let p = Collector::of(t.fifo_reader("p"));
            let ended = live.end();
            told(&ended, &["small/out: No space left on device"]);
            whole("stdout", &ended.stdout, &big);
            whole("p", &p.all(), &big);
            t.holds("file", &big);
            let some = t.read("small/out");
            assert!(big.starts_with(&some) && some.len() > 100_000, "{} bytes", some.len());
            std::fs::remove_file(t.path("small/out")).unwrap();
        }
    });
}

/// Nobody is left to write to: however long the input would go on, that is the end.
#[test]
fn all_are_gone_and_the_input_never_ends() {
    let (t, _) = scene();
    let live = t.usplice(&["/dev/zero", "p", "q"]).start();
    let (p, q) = (t.fifo_reader("p"), t.fifo_reader("q"));
    assert!(sys::wait_for(&p, libc::POLLIN, PATIENCE));
    close(p);
    assert!(sys::wait_for(&q, libc::POLLIN, PATIENCE));
    close(q);
    told(&live.end(), &["p: Broken pipe", "q: Broken pipe"]);
    let run = t.usplice(&["/dev/zero", "/dev/full", "/dev/full"]);
    told(&run.go(), &["/dev/full: No space left on device"; 2]);
}

/// The input says nothing more, and is not at its end either.
#[test]
fn all_are_gone_and_the_input_is_silent() {
    let (t, _) = scene();
    for speaks in [false, true] {
        let live = t.usplice(&["-", "p", "q"]).stdin_typed().start();
        let (mut p, mut q) = (t.fifo_reader("p"), t.fifo_reader("q"));
        if speaks {
            live.send("x");
            for end in [&mut p, &mut q] {
                end.read_exact(&mut [0]).unwrap();
            }
        }
        close(p);
        close(q);
        told(&live.end(), &["p: Broken pipe", "q: Broken pipe"]);
    }
}

/// A file is never gone: with one among them it goes on.
#[test]
fn pipes_are_gone_but_a_file_is_left() {
    let (t, _) = scene();
    let mut live = t.usplice(&["-", "p", "file"]).stdin_typed().start();
    let mut p = t.fifo_reader("p");
    live.send("one\n");
    p.read_exact(&mut [0; 4]).unwrap();
    close(p);
    live.send("two\n");
    live.close_stdin();
    told(&live.end(), &["p: Broken pipe"]);
    t.holds("file", "one\ntwo\n");
}

#[test]
fn a_socket_whose_other_side_is_gone() {
    let (t, big) = scene();
    let (ours, theirs) = UnixStream::pair().unwrap();
    close(ours);
    let run = t.usplice(&["in", "a", "-", "b"]).stdout_to(theirs);
    told(&run.go(), &["standard output: Broken pipe"]);
    t.holds("a", &big).holds("b", &big);
}

/// Positions count: standard output's from where it stands, and all of them are moved by `--seek`.
#[test]
fn positions() {
    let (t, big) = scene();
    t.file("a", "0123456789").file("b", "0123456789");
    let b = OpenOptions::new().write(true).open(t.path("b")).unwrap();
    std::io::Seek::seek(&mut &b, std::io::SeekFrom::Start(4)).unwrap();
    t.usplice(&["-i2", "-o3", "-c2", "in", "a", "-"]).stdout_to(b.try_clone().unwrap()).go().fine();
    t.holds("a", [b"012", &big[2..4]].concat());
    t.holds("b", [b"0123456", &big[2..4], b"9"].concat());
    assert_eq!(std::io::Seek::stream_position(&mut &b).unwrap(), 9);
}

/// The input's error is the end of all, and what came before it is in all of them.
#[test]
fn the_input_fails() {
    let (t, _) = scene();
    t.folder("dir").file("a", "was a\n").file("b", "was b\n");
    let ended = t.usplice(&["dir", "a", "b"]).go();
    told(&ended, &["dir: Is a directory"]);
    t.holds("a", "was a\n").holds("b", "was b\n");
    told(&t.usplice(&["gone", "a", "b"]).go(), &["gone: No such file or directory"]);
    t.holds("a", "was a\n").holds("b", "was b\n");
}
