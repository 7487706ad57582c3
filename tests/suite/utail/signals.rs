//! What signals do to it: the same as to any tail.

use super::model::{from_line, last_lines};
use super::{newest, numbered};
use crate::harness::{Limit, PATIENCE, Scene, broken_pipe, stopped_meanwhile, sys};

fn scene() -> Scene {
    let t = Scene::in_memory();
    t.file("a", "from a\n").file("big", numbered(100_000)).file("empty", "").fifo("fifo");
    t
}

/// Commands that write a little, and much.
const COMMANDS: [&[&str]; 7] = [
    &["a"],
    &["-n+1", "big"],
    &["-n100000", "big"],
    &["-c+1"],
    &["-n50000"],
    &["-v", "a"],
    &["a", "gone", "big"],
];

#[test]
fn a_broken_pipe_kills_quietly() {
    let t = scene();
    for words in COMMANDS {
        let ended = t.tail(words).redirect("<big").stdout_to(broken_pipe()).go().killed_by(libc::SIGPIPE);
        if !words.contains(&"gone") {
            ended.stderr_is("");
        }
    }
    t.tail(&["empty"]).stdout_to(broken_pipe()).go().fine();
    t.tail(&["-n0", "a"]).stdout_to(broken_pipe()).go().fine();
}

#[test]
fn a_broken_pipe_is_told_where_sigpipe_is_ignored() {
    let t = scene();
    for words in COMMANDS {
        let run = t.tail(words).redirect("<big").stdout_to(broken_pipe()).ignoring(libc::SIGPIPE);
        run.like(&newest()).code(1);
    }
    let run = t.tail(&["a"]).stdout_to(broken_pipe()).ignoring(libc::SIGPIPE);
    run.go().stderr_is("tail: write error: Broken pipe\n").code(1);
    t.tail(&["empty"]).stdout_to(broken_pipe()).ignoring(libc::SIGPIPE).go().fine();
}

/// Writing to a socket whose other side is gone is a broken pipe, too.
#[test]
fn a_broken_socket() {
    let t = scene();
    let broken_socket = || {
        let _guard = sys::no_forks();
        std::os::unix::net::UnixStream::pair().unwrap().0
    };
    for words in [&["-n+1", "big"][..], &["a"]] {
        t.tail(words).stdout_to(broken_socket()).go().killed_by(libc::SIGPIPE).stderr_is("");
        t.tail(words).stdout_to(broken_socket()).ignoring(libc::SIGPIPE).like(&newest()).code(1);
    }
}

#[test]
fn it_can_be_killed_while_it_waits() {
    let t = scene();
    t.file("large", vec![b'\n'; 8 << 20]);
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGALRM] {
        // For its input.
        let (reader, mut writer) = std::io::pipe().unwrap();
        sys::shrink_pipe(&writer);
        let live = t.tail(&["-n1"]).stdin_from(reader).start();
        std::io::Write::write_all(&mut writer, b"x").unwrap();
        assert!(sys::wait_for(&writer, libc::POLLOUT, PATIENCE));
        live.signal(signal);
        live.end().stdout_is("").stderr_is("").killed_by(signal);
        // For somebody to read its output.
        let (reader, writer) = std::io::pipe().unwrap();
        let live = t.tail(&["-n+1", "large"]).stdout_to(writer).start();
        assert!(sys::wait_for(&reader, libc::POLLIN, PATIENCE));
        live.signal(signal);
        live.end().killed_by(signal).stderr_is("");
    }
}

#[test]
fn stopped_in_the_middle_of_a_big_file() {
    let t = scene();
    let big = numbered(100_000);
    for (words, expected) in [
        (&["-n+2", "big"][..], from_line(2).of(big.as_bytes())),
        (&["-n90000", "big"], last_lines(90_000).of(big.as_bytes())),
    ] {
        stopped_meanwhile(t.tail(words), expected).fine();
    }
}

#[test]
fn a_file_size_limit() {
    let t = scene();
    let big = numbered(100_000);
    for (words, content) in [
        (&["-n+1", "big"][..], big.as_str()),
        (&["-n100000", "big"], &big),
        (&["-c+1"], &big),
        (&["-n100000"], &big),
    ] {
        let run = || t.tail(words).redirect("<big >out").limit(Limit::FileSize(100_000));
        run().go().killed_by(libc::SIGXFSZ).stderr_is("");
        let out = t.read("out");
        assert!(out.len() <= 100_000 && content.as_bytes().starts_with(&out));
        let told = "tail: error writing 'standard output': File too large\n";
        run().ignoring(libc::SIGXFSZ).go().stderr_is(told).code(1);
        let out = t.read("out");
        assert!(out.len() > 90_000 && content.as_bytes().starts_with(&out));
        // One byte more: at the limit itself, a copy by the kernel that finds the end already counts as too large.
        t.tail(words).redirect("<big >out").limit(Limit::FileSize(big.len() as u64 + 1)).go().fine();
        t.holds("out", content);
    }
    let run = t.tail(&["a"]).redirect(">out").limit(Limit::FileSize(3)).ignoring(libc::SIGXFSZ);
    run.like(&newest()).stderr_is("tail: write error: File too large\n").code(1);
    // A limit on files says nothing about pipes.
    t.tail(&["-n+1", "big"]).limit(Limit::FileSize(10)).go().stdout_is(&big).fine();
}
