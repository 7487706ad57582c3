//! `--rate-limit`: how fast, at most. A machine may be slower than a rate; only that it is not faster can be tested.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::common::{close, numbers, status_lines};
use crate::harness::{Collector, PATIENCE, Run, Scene, difference, sys};

fn scene() -> (Scene, Vec<u8>) {
    let t = Scene::new();
    let big = numbers(200_000);
    t.file("in", &big).fifo("p");
    (t, big)
}

/// Runs it; so many bytes at such a rate take their time.
#[track_caller]
fn takes(bytes: usize, rate: usize, run: Run) -> Vec<u8> {
    let start = Instant::now();
    let ended = run.go().fine();
    not_sooner(start, bytes, rate);
    ended.stdout
}

#[track_caller]
fn not_sooner(start: Instant, bytes: usize, rate: usize) {
    let least = Duration::from_micros(u64::try_from(bytes * 900_000 / rate).unwrap());
    let took = start.elapsed();
    assert!(took >= least, "{bytes} bytes at {rate} a second in {took:?}");
}

#[test]
fn from_every_kind_of_input() {
    let (t, big) = scene();
    let some = &big[..100_000];
    t.file("some", some).file("limited", "");
    let socket = || {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        ours.write_all(some).unwrap();
        theirs
    };
    for rate in ["-L400000", "--rate-limit=400000"] {
        assert_eq!(difference(&takes(100_000, 400_000, t.usplice(&[rate, "some"])), some), None);
    }
    let from_pipe = takes(100_000, 400_000, t.usplice(&["-L", "400kB"]).stdin(some));
    assert_eq!(difference(&from_pipe, some), None);
    let from_socket = takes(100_000, 400_000, t.usplice(&["-L", "400kB"]).stdin_from(socket()));
    assert_eq!(difference(&from_socket, some), None);
    takes(100_000, 400_000, t.usplice(&["-L400000", "some", "limited"]));
    t.holds("limited", some);
    takes(100_000, 400_000, t.usplice(&["-L400000", "-c100000", "in", "limited"]));
    t.holds("limited", some);
    takes(102_400, 409_600, t.usplice(&["-L400K", "-c100K", "/dev/zero", "limited"]));
    t.holds("limited", vec![0; 102_400]);
}

/// Where two linked splices move it.
#[test]
fn to_sockets() {
    let (t, big) = scene();
    for from in ["in", "-"] {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let got = Collector::of(ours);
        let run = t.usplice(&["-L", "2000000", "-c", "500000", from]).redirect("<in").stdout_to(theirs);
        takes(500_000, 2_000_000, run);
        assert_eq!(difference(&got.all(), &big[..500_000]), None);
    }
}

#[test]
fn to_several_outputs() {
    let (t, big) = scene();
    let start = Instant::now();
    let live = t.usplice(&["-L1000000", "-c300000", "in", "a", "p", "-"]).start();
    let p = Collector::of(t.fifo_reader("p"));
    let ended = live.end().fine();
    not_sooner(start, 300_000, 1_000_000);
    for (what, got) in [("p", p.all()), ("stdout", ended.stdout), ("a", t.read("a"))] {
        assert_eq!(difference(&got, &big[..300_000]), None, "{what}");
    }
}

/// Bytes a second can be counted on one hand.
#[test]
fn tiny() {
    let (t, big) = scene();
    let got = takes(3, 5, t.usplice(&["-L5", "-c3", "in"]));
    assert_eq!(got, &big[..3]);
    let got = takes(1, 1, t.usplice(&["-L1", "-c1", "in", "-"]));
    assert_eq!(got, &big[..1]);
    let got = takes(2, 10, t.usplice(&["-L10"]).stdin("ab"));
    assert_eq!(got, b"ab");
}

/// They come one by one, not in a lump at the end.
#[test]
fn tiny_pieces_come_when_they_are_due() {
    let (t, big) = scene();
    let live = t.usplice(&["-L20", "in"]).start();
    for count in 1..6 {
        let now = live.stdout.at_least(count);
        // If it is late it makes up for it, but it is never ahead.
        assert!(now >= count);
    }
    live.signal(libc::SIGINT);
    let ended = live.end().killed_by(libc::SIGINT);
    assert!(big.starts_with(&ended.stdout) && ended.stdout.len() < 1000);
}

#[test]
fn huge() {
    let (t, big) = scene();
    for rate in ["1T", "9223372036854775807", "18446744073709551615"] {
        t.usplice(&["-L", rate, "in"]).go().stdout_is(&big).fine();
    }
}

#[test]
fn rates_that_are_none() {
    let (t, _) = scene();
    for rate in ["0", "-1", "x", "", "1.5", "4Q9", "999999999999999999999999"] {
        let ended = t.usplice(&["-L", rate, "in"]).go().stdout_is("").code(1);
        assert!(ended.stderr.starts_with(b"usplice: "), "{ended:?}");
    }
}

/// The input pauses; what it did not use is not caught up with at once (half a second's worth may be).
#[test]
fn with_the_meter() {
    let (t, big) = scene();
    let start = Instant::now();
    let run = t.usplice(&["-n", "--interval=0.1", "-L400000", "-c200000", "in"]);
    let ended = run.go().code(0);
    not_sooner(start, 200_000, 400_000);
    assert_eq!(difference(&ended.stdout, &big[..200_000]), None);
    // Half a second is some lines long; how many depends on the machine.
    assert!(ended.stderr.split(|&b| b == b'\n').count() > 2, "{ended:?}");
}

/// It waits for its next byte for a minute: signals need not.
#[test]
fn interrupted_while_it_waits() {
    let (t, _) = scene();
    for args in [&["-L20", "in"][..], &["-L20", "in", "-", "a"]] {
        let live = t.usplice(args).start();
        live.stdout.at_least(1);
        live.signal(libc::SIGUSR1);
        super::common::wait_for_lines(&live.stderr, 1);
        live.signal(libc::SIGINT);
        let ended = live.end().killed_by(libc::SIGINT);
        assert_eq!(status_lines(&ended.stderr).len(), 2);
    }
    // Nothing has come at all.
    let live = t.usplice(&["-L1", "in", "p"]).start();
    let _p = t.fifo_reader("p");
    live.signal(libc::SIGTERM);
    live.end().killed_by(libc::SIGTERM).stderr_is("");
}

/// The reader that goes is noticed with the next byte at the latest.
#[test]
fn a_reader_that_leaves() {
    let (t, _) = scene();
    let (reader, writer) = std::io::pipe().unwrap();
    let run = t.usplice(&["-L50", "in"]).stdout_to(writer);
    let live = run.start();
    drop(run);
    assert!(sys::wait_for(&reader, libc::POLLIN, PATIENCE));
    close(reader);
    live.end().killed_by(libc::SIGPIPE).stderr_is("");
}

/// The slower of both decides: a reader that is slower than the rate loses nothing.
#[test]
fn a_slow_reader() {
    let (t, big) = scene();
    let (mut reader, writer) = std::io::pipe().unwrap();
    sys::shrink_pipe(&writer);
    let run = t.usplice(&["-L100M", "in"]).stdout_to(writer);
    let live = run.start();
    drop(run);
    let (mut got, mut buffer) = (vec![], vec![0; 3000]);
    loop {
        let count = reader.read(&mut buffer).unwrap();
        got.extend_from_slice(&buffer[..count]);
        if count == 0 {
            break;
        }
    }
    live.end().fine();
    assert_eq!(difference(&got, &big), None);
}
