//! What signals do to it: the same as to any cat.

use crate::harness::{Limit, Scene, broken_pipe, stopped_meanwhile, sys};

fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", "from a\n").file("big", "0123456789abcde\n".repeat(200_000)).file("empty", "").fifo("fifo");
    t
}

#[test]
fn a_broken_pipe_kills_quietly() {
    let t = scene();
    for words in [&["a"][..], &["big"], &["-n", "a"], &["-n", "big"], &["-"], &["a", "gone"]] {
        let run = t.cat(words).redirect("<big").stdout_to(broken_pipe());
        run.go().killed_by(libc::SIGPIPE).stderr_is("");
    }
    t.cat(&["empty"]).stdout_to(broken_pipe()).go().fine();
}

#[test]
fn a_broken_pipe_is_told_where_sigpipe_is_ignored() {
    let t = scene();
    let expected = "cat: write error: Broken pipe\n";
    for words in [&["a"][..], &["big"], &["-n", "a"], &["-n", "big"], &["-"], &["a", "gone"]] {
        let run = t.cat(words).redirect("<big").stdout_to(broken_pipe()).ignoring(libc::SIGPIPE);
        run.go().stderr_is(expected).code(1);
    }
    t.cat(&["empty"]).stdout_to(broken_pipe()).ignoring(libc::SIGPIPE).go().fine();
}

/// Writing to a socket whose other side is gone is a broken pipe, too.
#[test]
fn a_broken_socket() {
    let t = scene();
    let broken_socket = || {
        let _guard = sys::no_forks();
        std::os::unix::net::UnixStream::pair().unwrap().0
    };
    t.cat(&["big"]).stdout_to(broken_socket()).go().killed_by(libc::SIGPIPE).stderr_is("");
    let run = t.cat(&["big"]).stdout_to(broken_socket()).ignoring(libc::SIGPIPE);
    run.go().stderr_is("cat: write error: Broken pipe\n").code(1);
}

#[test]
fn it_can_be_killed_while_it_waits_for_input() {
    let t = scene();
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGALRM] {
        let live = t.cat(&["a", "-"]).stdin_typed().start();
        live.stdout.until("from a\n");
        live.signal(signal);
        // stdin stays open: it is the signal that ends it.
        live.end().stdout_is("from a\n").stderr_is("").killed_by(signal);
    }
}

#[test]
fn it_can_be_killed_while_it_opens_a_fifo() {
    let t = scene();
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let live = t.cat(&["a", "fifo"]).start();
        live.stdout.until("from a\n");
        live.signal(signal);
        live.end().killed_by(signal).stderr_is("");
    }
}

#[test]
fn it_can_be_killed_while_nobody_reads() {
    let t = scene();
    for words in [&["big"][..], &["-n", "big"], &["-"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        let live = t.cat(words).redirect("<big").stdout_to(writer).start();
        assert!(sys::wait_for(&reader, libc::POLLIN, crate::harness::PATIENCE));
        live.signal(libc::SIGTERM);
        live.end().killed_by(libc::SIGTERM).stderr_is("");
    }
}

/// stdin is still open and silent when the reader has gone.
#[test]
fn a_pipe_that_breaks_while_it_waits_for_input() {
    let t = scene();
    let live = t.cat(&["-"]).stdin_typed().stdout_to(broken_pipe()).start();
    live.send("typed\n");
    live.end().killed_by(libc::SIGPIPE).stderr_is("");
    let live = t.cat(&["a", "-"]).stdin_typed().stdout_to(broken_pipe()).start();
    live.end().killed_by(libc::SIGPIPE).stderr_is("");
    let live = t.cat(&["a", "-"]).stdin_typed().stdout_to(broken_pipe()).ignoring(libc::SIGPIPE).start();
    live.end().stderr_is("cat: write error: Broken pipe\n").code(1);
}

/// As `nohup` and a shell's background jobs start it.
#[test]
fn signals_that_were_ignored_stay_ignored() {
    let t = scene();
    for signal in [libc::SIGINT, libc::SIGHUP, libc::SIGTERM, libc::SIGQUIT] {
        let live = t.cat(&["a", "-"]).stdin_typed().ignoring(signal).start();
        live.stdout.until("from a\n");
        live.signal(signal);
        live.send("typed\n");
        live.stdout.until("from a\ntyped\n");
        live.finish().stdout_is("from a\ntyped\n").fine();
    }
}

#[test]
fn stopped_and_continued_it_loses_nothing() {
    let t = scene();
    let mut live = t.cat(&["-n"]).stdin_typed().start();
    live.send("one\n");
    live.stdout.until("     1\tone\n");
    for _ in 0..20 {
        live.stopped(|| ());
    }
    live.stopped(|| live.send("two\n"));
    live.stdout.until("     1\tone\n     2\ttwo\n");
    live.close_stdin();
    live.finish().stdout_is("     1\tone\n     2\ttwo\n").fine();
}

#[test]
fn stopped_in_the_middle_of_a_big_file() {
    let t = scene();
    stopped_meanwhile(t.cat(&["big"]), &t.read("big")).fine();
}

/// Signals that do nothing by default do nothing here.
#[test]
fn ignored_signals_change_nothing() {
    let t = scene();
    let mut live = t.cat(&["-"]).stdin_typed().start();
    let mut expected = String::new();
    for i in 0..50 {
        live.signal([libc::SIGWINCH, libc::SIGCONT, libc::SIGURG, libc::SIGCHLD][i % 4]);
        live.send(format!("{i}\n"));
        expected += &format!("{i}\n");
        live.stdout.until(&expected);
    }
    live.close_stdin();
    live.finish().stdout_is(expected).fine();
}

#[test]
fn a_file_size_limit_kills() {
    let t = scene();
    for words in [&["big"][..], &["-n", "big"], &["-"]] {
        let run = t.cat(words).redirect("<big >out").limit(Limit::FileSize(100_000));
        run.go().killed_by(libc::SIGXFSZ).stderr_is("");
        assert!(t.read("out").len() <= 100_000);
    }
}

#[test]
fn a_file_size_limit_is_told_where_sigxfsz_is_ignored() {
    let t = scene();
    for (words, content) in [
        (&["big"][..], t.read("big")),
        (&["-"], t.read("big")),
        (&["-n", "big"], super::model::Format::of("-n").apply(&t.read("big"))),
    ] {
        for redirections in ["<big >out", "<big >>out"] {
            std::fs::write(t.path("out"), "").unwrap();
            let run = t.cat(words).redirect(redirections).limit(Limit::FileSize(100_000));
            let run = run.ignoring(libc::SIGXFSZ);
            run.go().stderr_is("cat: write error: File too large\n").code(1);
            t.holds("out", &content[..100_000]);
        }
    }
}

#[test]
fn a_file_size_limit_that_suffices() {
    let t = scene();
    let big = t.read("big");
    // One byte more: at the limit itself, the kernel's copy that finds the end already counts as too large.
    let limit = Limit::FileSize(big.len() as u64 + 1);
    t.cat(&["big"]).redirect(">out").limit(limit).go().fine();
    t.holds("out", &big);
    // A limit on files says nothing about pipes.
    t.cat(&["big"]).limit(Limit::FileSize(10)).go().stdout_is(&big).fine();
}
