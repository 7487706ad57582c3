//! Signals: how far it got (`SIGUSR1`), the end with totals (`SIGINT`), and the usual rest.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::common::{await_signal, close, numbers, status_line, status_lines, wait_for_lines};
use crate::harness::{Limit, Live, PATIENCE, Run, Scene, broken_pipe, difference, has_injector, skip, sys};

const ENGINES: [&str; 2] = ["--ring=engine=auto", "--ring=engine=threads"];

fn scene() -> (Scene, Vec<u8>) {
    let t = Scene::new();
    let big = numbers(500_000);
    t.file("in", &big).file("empty", "").fifo("p").fifo("q");
    (t, big)
}

/// An end that can be full, and its other side.
fn ends(kind: &str) -> (OwnedFd, File) {
    match kind {
        "pipe" => {
            let (reader, writer) = std::io::pipe().unwrap();
            (writer.into(), OwnedFd::from(reader).into())
        }
        "socket" => {
            let (theirs, ours) = UnixStream::pair().unwrap();
            (theirs.into(), OwnedFd::from(ours).into())
        }
        _ => {
            let (master, slave) = sys::terminal();
            (slave, master)
        }
    }
}

/// The rest of what comes out of an end, from its beginning. A terminal's end is an error.
fn rest(mut reader: File) -> Vec<u8> {
    let mut got = vec![];
    let _ = reader.read_to_end(&mut got);
    got
}

/// Started with its output full, and nobody reads: it cannot go on.
fn stuck(t: &Scene, args: &[&str], kind: &str) -> (Live, File) {
    stuck_run(t.usplice(args), kind)
}

fn stuck_run(run: Run, kind: &str) -> (Live, File) {
    let (writer, reader) = ends(kind);
    let run = run.redirect("<in").stdout_to(writer.try_clone().unwrap());
    let live = run.start();
    drop(run);
    if kind == "terminal" {
        // Where it is full it says that it is not as soon as its other side has moved some of it on; but this is far less
        // than there is to come.
        assert!(sys::wait_for(&reader, libc::POLLIN, PATIENCE));
    } else {
        sys::wait_full(&writer, PATIENCE);
    }
    (live, reader)
}

#[test]
fn how_far_it_got_while_it_waits_for_input() {
    let (t, _) = scene();
    for engine in ENGINES {
        let mut live = t.usplice(&[engine]).stdin_typed().start();
        let mut expected = String::new();
        for i in 1..=5 {
            let piece = format!("piece {i}\n").repeat(i * i);
            live.send(piece.as_str());
            expected += &piece;
            live.stdout.until(&expected);
            live.signal(libc::SIGUSR1);
            let said = status_lines(&wait_for_lines(&live.stderr, i));
            assert_eq!(said[i - 1..], [expected.len() as u64]);
        }
        live.close_stdin();
        let ended = live.finish().stdout_is(expected).code(0);
        assert_eq!(status_lines(&ended.stderr).len(), 5);
    }
}

/// Before the first byte as well.
#[test]
fn how_far_it_got_before_anything_came() {
    let (t, _) = scene();
    let live = t.usplice(&["-", "p"]).stdin_typed().start();
    // With both ends open it is ready for signals very soon; one that comes sooner ends it, as it would any command.
    let p = t.fifo_reader("p");
    live.send("x");
    assert!(sys::wait_for(&p, libc::POLLIN, PATIENCE));
    live.signal(libc::SIGUSR1);
    assert_eq!(status_lines(&wait_for_lines(&live.stderr, 1)), [1]);
    live.finish().code(0);
}

/// Blocked on an output that is full: it answers all the same, and all bytes arrive when it is read at last.
#[test]
fn how_far_it_got_while_an_output_is_full() {
    let (t, big) = scene();
    for engine in ENGINES {
        for kind in ["pipe", "socket", "terminal"] {
            for input in ["-", "in"] {
                let (live, reader) = stuck(&t, &[engine, input], kind);
                for count in 1..=3 {
                    live.signal(libc::SIGUSR1);
                    let said = status_lines(&wait_for_lines(&live.stderr, count));
                    assert!(said.iter().all(|&n| n < big.len() as u64), "{kind}: {said:?}");
                }
                let got = rest(reader);
                let ended = live.end().code(0);
                assert_eq!(status_lines(&ended.stderr).len(), 3);
                if let Some(difference) = difference(&got, &big) {
                    panic!("{kind}: {difference}");
                }
            }
        }
    }
}

/// Several outputs, one of which is full.
#[test]
fn how_far_it_got_while_one_of_several_is_full() {
    let (t, big) = scene();
    for kind in ["pipe", "socket", "terminal"] {
        let (live, reader) = stuck(&t, &["-", "a", "-", "b"], kind);
        live.signal(libc::SIGUSR1);
        status_lines(&wait_for_lines(&live.stderr, 1));
        let got = rest(reader);
        live.end().code(0);
        assert_eq!(difference(&got, &big), None, "{kind}");
        t.holds("a", &big).holds("b", &big);
    }
}

/// Without anything to wait for, while it is at work.
#[test]
fn how_far_it_got_in_mid_stream() {
    let (t, _) = scene();
    for args in
        [&["/dev/zero", "/dev/null"][..], &["/dev/zero", "/dev/null", "/dev/null"], &["/dev/zero", "-"]]
    {
        let live = t.usplice(args).redirect(">/dev/null").start();
        // Until it has its signals in hand they would kill it; its descriptor for them is among its files.
        let mut last = 0;
        await_signal(&live, libc::SIGUSR1);
        for count in 1..=5 {
            live.signal(libc::SIGUSR1);
            let said = status_lines(&wait_for_lines(&live.stderr, count));
            assert!(said[count - 1] >= last, "{said:?}");
            last = said[count - 1];
        }
        assert!(last > 0);
        live.signal(libc::SIGINT);
        let ended = live.end().killed_by(libc::SIGINT);
        assert_eq!(status_lines(&ended.stderr).len(), 6, "{:?}", ended.stderr.escape_ascii().to_string());
    }
}

#[test]
fn very_many() {
    let (t, big) = scene();
    let (live, mut reader) = stuck(&t, &["in"], "pipe");
    let mut got = vec![];
    let mut buffer = vec![0; 10_000];
    loop {
        live.signal(libc::SIGUSR1);
        let count = reader.read(&mut buffer).unwrap();
        got.extend_from_slice(&buffer[..count]);
        if count == 0 {
            break;
        }
    }
    let ended = live.end().code(0);
    assert_eq!(difference(&got, &big), None);
    let said = status_lines(&ended.stderr);
    assert!(!said.is_empty() && said.is_sorted(), "{said:?}");
}

#[test]
fn interrupted_it_says_how_far_it_got() {
    let (t, _) = scene();
    for engine in ENGINES {
        let live = t.usplice(&[engine]).stdin_typed().start();
        live.send("typed\n");
        live.stdout.until("typed\n");
        live.signal(libc::SIGINT);
        let ended = live.end().stdout_is("typed\n").killed_by(libc::SIGINT);
        assert_eq!(status_lines(&ended.stderr), [6]);
    }
}

/// Also when nobody takes what it has to give, and whoever does the work.
#[test]
fn interrupted_while_an_output_is_full() {
    let (t, big) = scene();
    for engine in ENGINES {
        for kind in ["pipe", "socket", "terminal"] {
            for args in [&["-"][..], &["in"], &["in", "a", "-"]] {
                let (live, reader) = stuck(&t, &[&[engine], args].concat(), kind);
                live.signal(libc::SIGINT);
                let ended = live.end().killed_by(libc::SIGINT);
                assert_eq!(status_lines(&ended.stderr).len(), 1, "{kind} {args:?}");
                assert!(big.starts_with(&rest(reader)), "{kind} {args:?}");
            }
        }
    }
}

/// Also where there is neither a ring nor a thread that could wait for it.
#[test]
fn interrupted_where_nobody_else_waits() {
    let (t, big) = scene();
    for kind in ["pipe", "socket", "terminal"] {
        for args in [&["-"][..], &["in"], &["in", "a", "-"]] {
            let (live, reader) = stuck_run(t.usplice(args).limit(Limit::Files(20)), kind);
            live.signal(libc::SIGUSR1);
            status_lines(&wait_for_lines(&live.stderr, 1));
            live.signal(libc::SIGINT);
            let ended = live.end().killed_by(libc::SIGINT);
            assert_eq!(status_lines(&ended.stderr).len(), 2, "{kind} {args:?}");
            assert!(big.starts_with(&rest(reader)), "{kind} {args:?}");
        }
    }
}

/// Also where a regular file has its readers wait, for lines of a trace that nobody has begun.
#[test]
fn interrupted_while_a_file_is_silent() {
    const TRACE: &str = "/sys/kernel/tracing/trace_pipe";
    if let Err(error) = File::open(TRACE) {
        return skip(&format!("{TRACE}: {error}"));
    }
    let t = Scene::new();
    let live = t.usplice(&[TRACE, "a"]).start();
    await_signal(&live, libc::SIGINT);
    live.signal(libc::SIGINT);
    status_lines(&live.end().killed_by(libc::SIGINT).stderr);
}

/// Also in the middle of a piece of which only a part has arrived.
#[test]
fn interrupted_within_a_piece() {
    if !has_injector() {
        return;
    }
    let (t, big) = scene();
    for seed in 1..20 {
        for engine in ENGINES {
            let faults = format!("seed={},short=3,eintr=6,ecanceled=6", seed * 977);
            let run = t.usplice(&[engine, "in"]).env("RINGUTILS_FAULTS", faults);
            let (live, reader) = stuck_run(run, "socket");
            live.signal(libc::SIGINT);
            status_lines(&live.end().killed_by(libc::SIGINT).stderr);
            assert!(big.starts_with(&rest(reader)), "{engine} {seed}");
        }
    }
}

#[test]
fn killed() {
    let (t, _) = scene();
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGALRM, libc::SIGUSR2] {
        let live = t.usplice(&["-"]).stdin_typed().start();
        live.send("typed\n");
        live.stdout.until("typed\n");
        live.signal(signal);
        live.end().stdout_is("typed\n").stderr_is("").killed_by(signal);
        for kind in ["pipe", "socket"] {
            let (live, _reader) = stuck(&t, &["in"], kind);
            live.signal(signal);
            live.end().stderr_is("").killed_by(signal);
        }
    }
}

#[test]
fn killed_while_it_opens_a_fifo() {
    let (t, _) = scene();
    for signal in [libc::SIGINT, libc::SIGTERM] {
        for args in [&["p", "a"][..], &["in", "p"]] {
            let live = t.usplice(args).start();
            live.signal(signal);
            live.end().killed_by(signal).stderr_is("");
        }
    }
}

/// As `nohup` and a shell's background jobs start it.
#[test]
fn signals_that_were_ignored_stay_ignored() {
    let (t, _) = scene();
    for signal in [libc::SIGINT, libc::SIGUSR1, libc::SIGHUP, libc::SIGTERM] {
        let live = t.usplice(&["-"]).stdin_typed().ignoring(signal).start();
        live.send("one\n");
        live.stdout.until("one\n");
        live.signal(signal);
        live.send("two\n");
        live.stdout.until("one\ntwo\n");
        live.finish().stdout_is("one\ntwo\n").fine();
    }
}

/// A single output whose reader is gone kills it, as it does any command.
#[test]
fn a_broken_pipe_kills_quietly() {
    let (t, _) = scene();
    let broken_socket = || {
        let (ours, theirs) = UnixStream::pair().unwrap();
        close(ours);
        OwnedFd::from(theirs)
    };
    for args in [&["in"][..], &["-"], &["/dev/zero"], &["-L1G", "in"], &["-b", "1000", "in"]] {
        t.usplice(args).redirect("<in").stdout_to(broken_pipe()).go().killed_by(libc::SIGPIPE).stderr_is("");
        t.usplice(args)
            .redirect("<in")
            .stdout_to(broken_socket())
            .go()
            .killed_by(libc::SIGPIPE)
            .stderr_is("");
    }
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    ours.write_all(b"something").unwrap();
    t.usplice(&["-"]).stdin_from(theirs).stdout_to(broken_pipe()).go().killed_by(libc::SIGPIPE).stderr_is("");
    t.usplice(&["empty"]).stdout_to(broken_pipe()).go().fine();
}

#[test]
fn a_broken_pipe_is_told_where_sigpipe_is_ignored() {
    let (t, _) = scene();
    for args in [&["in"][..], &["-"], &["/dev/zero"], &["-L1G", "in"]] {
        let run = t.usplice(args).redirect("<in").stdout_to(broken_pipe()).ignoring(libc::SIGPIPE);
        run.go().stderr_is("usplice: standard output: Broken pipe\n").code(1);
        let (ours, theirs) = UnixStream::pair().unwrap();
        close(ours);
        let run = t.usplice(args).redirect("<in").stdout_to(theirs).ignoring(libc::SIGPIPE);
        run.go().stderr_is("usplice: standard output: Broken pipe\n").code(1);
    }
    t.usplice(&["empty"]).stdout_to(broken_pipe()).ignoring(libc::SIGPIPE).go().fine();
}

/// The reader leaves while it is waited for.
#[test]
fn a_pipe_that_breaks_while_it_is_full() {
    let (t, _) = scene();
    for kind in ["pipe", "socket"] {
        for args in [&["-"][..], &["in"], &["/dev/zero"]] {
            let (live, reader) = stuck(&t, args, kind);
            close(reader);
            live.end().killed_by(libc::SIGPIPE).stderr_is("");
        }
    }
}

/// By name it is no different.
#[test]
fn a_fifo_that_breaks() {
    let (t, _) = scene();
    let live = t.usplice(&["in", "p"]).start();
    let mut p = t.fifo_reader("p");
    p.read_exact(&mut [0; 10]).unwrap();
    close(p);
    live.end().killed_by(libc::SIGPIPE).stderr_is("");
    let live = t.usplice(&["in", "p"]).ignoring(libc::SIGPIPE).start();
    close(t.fifo_reader("p"));
    live.end().stderr_is("usplice: p: Broken pipe\n").code(1);
}

#[test]
fn stopped_and_continued_it_loses_nothing() {
    let (t, big) = scene();
    for kind in ["pipe", "socket"] {
        let (live, mut reader) = stuck(&t, &["in"], kind);
        let (mut got, mut buffer) = (vec![], vec![0; 100_000]);
        loop {
            if got.len() < big.len() / 2 {
                live.stopped(|| ());
            }
            let count = reader.read(&mut buffer).unwrap();
            got.extend_from_slice(&buffer[..count]);
            if count == 0 {
                break;
            }
        }
        live.end().fine();
        assert_eq!(difference(&got, &big), None, "{kind}");
    }
    let live = t.usplice(&["-", "-", "a"]).stdin_typed().start();
    live.send("one\n");
    live.stdout.until("one\n");
    live.stopped(|| live.send("two\n"));
    live.stdout.until("one\ntwo\n");
    live.finish().fine();
    t.holds("a", "one\ntwo\n");
}

/// Signals that do nothing by default do nothing here.
#[test]
fn ignored_signals_change_nothing() {
    let (t, _) = scene();
    let live = t.usplice(&["-"]).stdin_typed().start();
    let mut expected = String::new();
    for i in 0..50 {
        live.signal([libc::SIGWINCH, libc::SIGCONT, libc::SIGURG, libc::SIGCHLD][i % 4]);
        live.send(format!("{i}\n"));
        expected += &format!("{i}\n");
        live.stdout.until(&expected);
    }
    live.finish().stdout_is(expected).fine();
}

#[test]
fn a_file_size_limit() {
    let (t, big) = scene();
    for args in [&["in"][..], &["-"], &["in", "out"], &["--ring=direct", "in", "out"]] {
        let run = t.usplice(args).redirect("<in >out").limit(Limit::FileSize(100_000));
        run.go().killed_by(libc::SIGXFSZ).stderr_is("");
        assert!(t.read("out").len() <= 100_000);
        let run =
            t.usplice(args).redirect("<in >out").limit(Limit::FileSize(100_000)).ignoring(libc::SIGXFSZ);
        let name = if args.len() > 1 { "out" } else { "standard output" };
        run.go().stderr_is(format!("usplice: {name}: File too large\n")).code(1);
        t.holds("out", &big[..100_000]);
    }
}

/// The totals are one line among others, whatever came before.
#[test]
fn totals_follow_the_status() {
    let (t, _) = scene();
    let (live, _reader) = stuck(&t, &["in"], "pipe");
    live.signal(libc::SIGUSR1);
    let first = wait_for_lines(&live.stderr, 1);
    live.signal(libc::SIGINT);
    let ended = live.end().killed_by(libc::SIGINT);
    let all = String::from_utf8(ended.stderr).unwrap();
    assert!(all.as_bytes().starts_with(&first));
    assert_eq!(all.lines().filter_map(status_line).count(), 2, "{all}");
}
