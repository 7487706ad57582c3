//! Standard input, FIFOs, terminals, devices: what is followed, and how.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

use super::follow_stage::{BOTH, Mode, POLLED, play, play_ours};
use crate::harness::sys;

/// Closes it for good: no other test's child has a copy.
fn close(file: impl Into<std::os::fd::OwnedFd>) {
    let file = file.into();
    let _guard = sys::no_forks();
    drop(file);
}

/// A pipe that has ended will not go on.
#[test]
fn a_pipe_is_not_followed() {
    play(&BOTH, |s| {
        for args in [&["-f"][..], &["-f", "-"], &["-f", "-", "-"], &["-n1", "-f", "-s.01"]] {
            let ended = s.tail(args).stdin("a\n").go().code(0).stderr_is("");
            assert!(ended.stdout.windows(2).any(|w| w == b"a\n"), "{ended:?}");
        }
    });
}

/// But it is read to its end first.
#[test]
fn a_pipe_that_is_typed_into() {
    play(&BOTH, |s| {
        let mut tail = s.start(&s.tail(&["-f", "-n+1"]).stdin_typed());
        tail.live.send("a\n");
        tail.live.send("b\n");
        tail.live.close_stdin();
        tail.shows("a\nb\n");
        tail.ends(0);
    });
}

#[test]
fn a_pipe_beside_a_file() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.start(&s.tail(&["-f", "-", "f"]).stdin("typed\n"));
        tail.ready().shows("==> standard input <==\ntyped\n\n==> f <==\na\n");
        s.append("f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

/// Standard input is polled: nobody knows its name.
#[test]
fn a_file_as_standard_input() {
    for args in [&["-f"][..], &["-f", "-"]] {
        play(&POLLED, |s| {
            s.file("f", "a\n");
            let mut tail = s.start(&s.plain(&["--debug", "-s.02"]).args(args).redirect("<f"));
            tail.ready().shows("a\n");
            s.append("f", "b\n");
            tail.shows("b\n");
            s.rename("f", "g");
            s.append("g", "c\n");
            tail.shows("c\n");
            s.resize("g", 0);
            tail.says("'standard input': file truncated");
            tail.stop();
        });
    }
}

/// What is before the position it was left at is not shown, nor is what was read by someone else before.
#[test]
fn a_file_as_standard_input_from_somewhere() {
    play(&POLLED, |s| {
        s.file("f", "read\nand\nunread\n");
        let mut file = File::open(s.path("f")).unwrap();
        file.seek(SeekFrom::Start(5)).unwrap();
        let mut tail = s.start(&s.plain(&["--debug", "-s.02", "-f"]).stdin_from(file));
        tail.ready().shows("and\nunread\n");
        s.append("f", "more\n");
        tail.shows("more\n");
        tail.stop();
    });
}

#[test]
fn a_file_as_standard_input_beside_another() {
    play(&POLLED, |s| {
        s.file("f", "a\n").file("g", "b\n");
        let mut tail = s.start(&s.plain(&["--debug", "-s.02", "-f", "-", "g"]).redirect("<f"));
        tail.ready().shows("==> standard input <==\na\n\n==> g <==\nb\n");
        s.append("f", "c\n");
        tail.shows("\n==> standard input <==\nc\n");
        s.append("g", "d\n");
        tail.shows("\n==> g <==\nd\n");
        tail.stop();
    });
}

#[test]
fn standard_input_has_no_name() {
    play(&BOTH, |s| {
        for args in
            [&["-F"][..], &["-F", "-"], &["--follow=name", "gone", "-"], &["--follow=name", "--retry"]]
        {
            let run = s.tail(args).stdin("text\n");
            run.go().stdout_is("").stderr_is("tail: cannot follow '-' by name\n").code(1);
        }
    });
}

#[test]
fn a_terminal() {
    play(&BOTH, |s| {
        let (mut master, slave) = sys::terminal();
        let mut tail = s.start(&s.plain(&["--debug", "-f", "-n+1"]).stdin_from(slave));
        // ^D ends the first part; then it is followed.
        master.write_all(b"a\nb\n\x04").unwrap();
        tail.says("using blocking mode").shows("a\nb\n");
        for text in ["c\n", "d\n"] {
            master.write_all(text.as_bytes()).unwrap();
            tail.shows(text);
        }
        tail.stop();
    });
}

#[test]
fn a_terminal_that_cannot_be_followed_well() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let (mut master, slave) = sys::terminal();
        master.write_all(b"typed\n\x04").unwrap();
        let mut tail = s.start(&s.plain(&["-f", "-", "f", "-s.02"]).stdin_from(slave));
        tail.says("warning: following standard input indefinitely is ineffective");
        tail.shows("==> standard input <==\ntyped\n\n==> f <==\na\n");
        s.append("f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

/// Writers of a FIFO come and go.
#[test]
fn a_named_pipe() {
    play(&BOTH, |s| {
        s.fifo("p");
        let mut tail = s.follow(&["-f", "p"]);
        let mut writer = s.fifo_writer("p");
        writer.write_all(b"a\n").unwrap();
        close(writer);
        // A single one that is polled is read from without asking first.
        let mode = if s.mode == Mode::Polling { "blocking" } else { "notification" };
        tail.says(&format!("using {mode} mode")).shows("a\n");
        for text in ["b\n", "c\n"] {
            let mut writer = s.fifo_writer("p");
            writer.write_all(text.as_bytes()).unwrap();
            // GNU, if it is notified, reads on until this writer has gone.
            close(writer);
            tail.shows(text);
        }
        tail.stop();
    });
}

/// Ours shows what there is.
#[test]
fn a_writer_that_stays() {
    play_ours(&BOTH, |s| {
        s.fifo("p");
        let mut tail = s.follow(&["-f", "p"]);
        close(s.fifo_writer("p"));
        let mode = if s.mode == Mode::Polling { "blocking" } else { "notification" };
        tail.says(&format!("using {mode} mode"));
        let mut writer = s.fifo_writer("p");
        for text in ["a\n", "b", "c\n"] {
            writer.write_all(text.as_bytes()).unwrap();
            tail.shows(text);
        }
        tail.stop();
    });
}

#[test]
fn a_named_pipe_beside_a_file() {
    play(&BOTH, |s| {
        s.fifo("p").file("f", "a\n");
        let mut tail = s.follow(&["-f", "p", "f"]);
        tail.ready().shows("==> p <==\n\n==> f <==\na\n");
        let mut writer = s.fifo_writer("p");
        writer.write_all(b"through p\n").unwrap();
        tail.shows("\n==> p <==\nthrough p\n");
        s.append("f", "b\n");
        tail.shows("\n==> f <==\nb\n");
        close(writer);
        let mut writer = s.fifo_writer("p");
        writer.write_all(b"again\n").unwrap();
        tail.shows("\n==> p <==\nagain\n");
        s.append("f", "c\n");
        tail.shows("\n==> f <==\nc\n");
        tail.stop();
    });
}

#[test]
fn a_named_pipe_nobody_writes_to() {
    play(&BOTH, |s| {
        s.fifo("p");
        // Ends with the process, although the pipe has no writer.
        let mut tail = s.follow(&["-s.02", "--pid=2147483647", "-f", "p"]);
        tail.ready();
        tail.ends(0);
    });
}

#[test]
fn named_pipes_by_name() {
    play(&BOTH, |s| {
        s.fifo("p").file("f", "a\n");
        let mut tail = s.follow(&["-q", "-F", "p", "f"]);
        tail.ready().shows("a\n");
        let mut writer = s.fifo_writer("p");
        writer.write_all(b"through p\n").unwrap();
        tail.shows("through p\n");
        s.remove("p");
        tail.says("'p' has become inaccessible: No such file or directory");
        s.append("f", "b\n");
        tail.shows("b\n");
        close(writer);
        tail.stop();
    });
}

#[test]
fn devices() {
    play(&POLLED, |s| {
        for (args, mode) in [
            (&["-f", "/dev/null"][..], "blocking"),
            (&["-F", "/dev/null"], "polling"),
            (&["-f", "/dev/null", "f"], "polling"),
            (&["-f", "/dev/null", "--pid=1"], "polling"),
        ] {
            s.file("f", "");
            let mut tail = s.start(&s.plain(&["--debug", "-q", "-s.02"]).args(args));
            tail.says(&format!("using {mode} mode"));
            tail.stop();
        }
    });
}
