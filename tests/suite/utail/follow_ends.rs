//! How following ends.

use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use super::follow_stage::{BOTH, Mode, NOTIFIED, play, play_ours};
use crate::harness::{Limit, PATIENCE, needs_root, skip, sys, utail};

const NONE_LEFT: &str = "no files remaining";
/// With nothing open there is nothing to be notified of.
const POLLING: &str = "using polling mode";

/// A process to wait for, gone when the test is.
struct Writer(Child);

impl Writer {
    fn new() -> Self {
        let _guard = sys::no_forks();
        let child = Command::new("sleep").arg("1000").spawn().expect("sleep");
        Self(child)
    }

    fn number(&self) -> String {
        self.0.id().to_string()
    }

    /// Dead, but not gone: its parent has not asked for its status.
    fn die(&self) {
        sys::kill(self.0.id(), libc::SIGKILL);
        assert!(sys::wait_for(&sys::pidfd(self.0.id()), libc::POLLIN, PATIENCE));
    }

    fn reap(&mut self) {
        let _ = self.0.wait();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A pipe nobody reads from yet; who drops the reader breaks it.
fn pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    std::io::pipe().unwrap()
}

fn break_pipe(reader: std::io::PipeReader) {
    let _guard = sys::no_forks();
    drop(reader);
}

#[test]
fn the_only_name_is_gone() {
    for how in ["--follow=name", "--follow=n"] {
        for rename in [false, true] {
            play(&BOTH, |s| {
                s.file("f", "a\n");
                let mut tail = s.follow(&[how, "f"]);
                tail.ready().shows("a\n");
                s.append("f", "b\n");
                tail.shows("b\n");
                if rename {
                    s.rename("f", "g");
                } else {
                    s.remove("f");
                }
                tail.says("'f' has become inaccessible: No such file or directory").says(NONE_LEFT);
                tail.ends(1);
            });
        }
    }
}

#[test]
fn there_never_was_one() {
    play(&BOTH, |s| {
        let mut tail = s.follow(&["-f", "f"]);
        tail.says("cannot open 'f' for reading: No such file or directory").says(POLLING).says(NONE_LEFT);
        tail.ends(1);
        let mut tail = s.follow(&["--follow=name", "f", "g"]);
        tail.says("cannot open 'f' for reading: No such file or directory");
        tail.says("cannot open 'g' for reading: No such file or directory").says(POLLING).says(NONE_LEFT);
        tail.ends(1);
    });
}

#[test]
fn nothing_to_follow() {
    play(&BOTH, |s| {
        s.folder("d");
        let mut tail = s.follow(&["-f", "d"]);
        tail.says("error reading 'd': Is a directory");
        tail.says("d: cannot follow end of this type of file; giving up on this name")
            .says(POLLING)
            .says(NONE_LEFT);
        tail.ends(1);
        let mut tail = s.start(&s.tail(&["-f"]).redirect("<&-"));
        tail.says("cannot fstat 'standard input': Bad file descriptor").says(POLLING).says(NONE_LEFT);
        tail.ends(1);
    });
}

#[test]
fn a_folder_that_may_become_a_file() {
    play(&BOTH, |s| {
        s.folder("d").file("f", "a\n");
        let mut tail = s.follow(&["-F", "d", "f"]);
        tail.says("error reading 'd': Is a directory").says("d: cannot follow end of this type of file");
        tail.ready().shows("==> d <==\n\n==> f <==\na\n");
        s.append("f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

#[test]
fn the_writer_has_died() {
    play(&BOTH, |s| {
        let mut writer = Writer::new();
        s.file("f", "a\n");
        let mut tail = s.follow(&["-s.02", "--pid", &writer.number(), "-f", "f"]);
        tail.ready().shows("a\n");
        s.append("f", "b\n");
        tail.shows("b\n");
        writer.die();
        writer.reap();
        tail.ends(0);
    });
}

/// A process that nobody has asked how it ended is still there.
#[test]
fn a_zombie_is_not_gone() {
    play(&BOTH, |s| {
        let mut writer = Writer::new();
        s.file("f", "a\n");
        let mut tail = s.follow(&["-s.02", "--pid", &writer.number(), "-f", "f"]);
        tail.ready().shows("a\n");
        writer.die();
        for _ in 0..10 {
            s.append("f", "b\n");
            tail.shows("b\n");
        }
        writer.reap();
        tail.ends(0);
    });
}

/// Its last words are not lost.
#[test]
fn what_the_writer_wrote_last() {
    play(&BOTH, |s| {
        let mut writer = Writer::new();
        s.file("f", "a\n");
        let mut tail = s.follow(&["-s.02", "--pid", &writer.number(), "-f", "f"]);
        tail.ready().shows("a\n");
        tail.live.stopped(|| {
            s.append("f", "b\n");
            writer.die();
            writer.reap();
        });
        tail.shows("b\n");
        tail.ends(0);
    });
}

#[test]
fn several_writers() {
    play(&BOTH, |s| {
        let mut writers = [Writer::new(), Writer::new(), Writer::new()];
        s.file("f", "a\n");
        let numbers = writers.each_ref().map(Writer::number);
        let args: Vec<&str> =
            ["-s.02", "-f", "f"].into_iter().chain(numbers.iter().flat_map(|n| ["--pid", n])).collect();
        let mut tail = s.follow(&args);
        tail.ready().shows("a\n");
        for writer in &mut writers {
            s.append("f", "b\n");
            tail.shows("b\n");
            writer.die();
            writer.reap();
        }
        tail.ends(0);
    });
}

/// The kernel tells of each end, however long `-s` is.
#[test]
fn several_writers_and_a_long_interval() {
    play_ours(&NOTIFIED, |s| {
        let mut writers = [Writer::new(), Writer::new()];
        s.file("f", "a\n");
        let numbers = writers.each_ref().map(Writer::number);
        let mut tail = s.follow(&["-s", "inf", "-f", "f", "--pid", &numbers[0], "--pid", &numbers[1]]);
        tail.ready().shows("a\n");
        for writer in &mut writers {
            writer.die();
            s.append("f", "b\n");
            tail.shows("b\n");
            writer.reap();
        }
        tail.ends(0);
    });
}

/// More than there are descriptors, and some are still left for the files.
#[test]
fn very_many_writers() {
    play_ours(&BOTH, |s| {
        let mut writer = Writer::new();
        s.file("f", "a\n").file("g", "");
        let number = writer.number();
        let numbers = ["--pid", &number].repeat(100);
        let run = s.tail(&["-s.02", "-q", "-F", "f", "g"]).args(&numbers).limit(Limit::Files(64));
        let mut tail = s.start(&run);
        tail.ready().shows("a\n");
        for name in ["f", "g", "g", "g"] {
            s.file("new", "b\n");
            s.rename("new", name);
            tail.says(&format!("'{name}' has been replaced;  following new file")).shows("b\n");
        }
        s.append("f", "c\n");
        tail.shows("c\n");
        writer.die();
        writer.reap();
        tail.ends(0);
    });
}

#[test]
fn writers_that_died_long_ago() {
    play(&BOTH, |s| {
        let mut writer = Writer::new();
        writer.die();
        writer.reap();
        s.file("f", "a\n");
        for args in [&["-f", "f"][..], &["-F", "f"], &["-F", "f", "--pid", "2147483647"]] {
            let mut tail = s.start(&s.tail(args).args(&["-s.02", "--pid", &writer.number()]));
            tail.ready().shows("a\n");
            tail.ends(0);
        }
    });
}

/// Nobody has this number; nobody ever will.
#[test]
fn the_process_number_zero() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-s.02", "--pid=0", "-f", "f"]);
        tail.ready().shows("a\n");
        for _ in 0..5 {
            s.append("f", "b\n");
            tail.shows("b\n");
        }
        tail.stop();
    });
}

/// A process that may not be asked is alive.
#[test]
fn another_users_process() {
    if needs_root() {
        return;
    }
    play(&BOTH, |s| {
        let mut writer = Writer::new();
        s.file("f", "a\n");
        let run = s.tail(&["-s.02", "--pid", &writer.number(), "-f", "f"]).without_rights();
        let mut tail = s.start(&run);
        tail.ready().shows("a\n");
        for _ in 0..5 {
            s.append("f", "b\n");
            tail.shows("b\n");
        }
        writer.die();
        writer.reap();
        tail.ends(0);
    });
}

/// In notification mode that a file was not there is forgotten by then.
#[test]
fn the_exit_status_when_a_file_was_missing() {
    play(&BOTH, |s| {
        let mut writer = Writer::new();
        s.file("f", "a\n");
        let mut tail = s.follow(&["-s.02", "-F", "f", "gone", "--pid", &writer.number()]);
        tail.says("cannot open 'gone' for reading: No such file or directory").ready();
        tail.shows("==> f <==\na\n");
        writer.die();
        writer.reap();
        tail.ends(i32::from(s.mode == Mode::Polling));
    });
}

#[test]
fn the_reader_has_gone() {
    play(&BOTH, |s| {
        s.file("f", "").file("g", "");
        for args in
            [&["-f", "f"][..], &["-F", "f"], &["-q", "-f", "f", "g"], &["-q", "-F", "f", "g", "missing"]]
        {
            for ignored in [false, true] {
                let (reader, writer) = pipe();
                let mut run = s.tail(args).stdout_to(writer);
                if ignored {
                    run = run.ignoring(libc::SIGPIPE);
                }
                let mut tail = s.start(&run);
                drop(run);
                if args.len() == 5 {
                    tail.says("cannot open 'missing' for reading: No such file or directory");
                }
                tail.ready();
                break_pipe(reader);
                if ignored { tail.ends(1) } else { tail.ends_by(libc::SIGPIPE) }
            }
        }
    });
}

/// A FIFO and a socket are not a pipe; of these the first is treated like one.
#[test]
fn other_kinds_of_readers() {
    play(&BOTH, |s| {
        s.file("f", "");
        let (ours, theirs) = UnixStream::pair().unwrap();
        let run = s.tail(&["-f", "f"]).stdout_to(theirs);
        let mut tail = s.start(&run);
        drop(run);
        tail.ready();
        {
            let _guard = sys::no_forks();
            drop(ours);
        }
        // Nobody looks at it: it takes a line to find out.
        s.append("f", "b\n");
        tail.ends_by(libc::SIGPIPE);
    });
}

#[test]
fn a_full_disk() {
    play(&BOTH, |s| {
        s.file("f", "");
        let mut tail = s.start(&s.tail(&["-f", "f"]).redirect(">/dev/full"));
        tail.ready();
        s.append("f", "b\n");
        tail.says("write error: No space left on device");
        tail.ends(1);
        s.file("f", "");
        let mut tail = s.start(&s.tail(&["-f", "f"]).redirect(">/dev/full"));
        tail.ready();
        s.append("f", "0123456789abcdef\n".repeat(10_000));
        tail.says("error writing 'standard output': No space left on device");
        tail.ends(1);
    });
}

#[test]
fn closed_standard_output() {
    play(&BOTH, |s| {
        s.file("f", "a\n").file("empty", "");
        let mut tail = s.start(&s.tail(&["-f", "empty"]).redirect(">&-"));
        tail.says("standard output: Bad file descriptor");
        tail.ends(1);
        let mut tail = s.start(&s.tail(&["-f", "f"]).redirect(">&-"));
        tail.says("standard output: Bad file descriptor").says("write error: Bad file descriptor");
        tail.ends(1);
    });
}

#[test]
fn a_file_size_limit() {
    play(&BOTH, |s| {
        s.file("f", "");
        let run = s.tail(&["-f", "f"]).redirect(">out").limit(Limit::FileSize(5000));
        let mut tail = s.start(&run);
        tail.ready();
        s.append("f", "x".repeat(4000));
        s.append("f", "y".repeat(4000));
        tail.ends_by(libc::SIGXFSZ);
    });
}

#[test]
fn signals() {
    for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT, libc::SIGUSR1, libc::SIGALRM] {
        play(&BOTH, |s| {
            s.file("f", "a\n");
            let mut tail = s.follow(&["-f", "f"]);
            tail.ready().shows("a\n");
            tail.live.signal(signal);
            tail.ends_by(signal);
        });
    }
}

#[test]
fn stopped_and_continued() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-F", "f"]);
        tail.ready().shows("a\n");
        for _ in 0..20 {
            tail.live.stopped(|| ());
            tail.live.stopped(|| s.append("f", "b\n"));
            tail.shows("b\n");
            tail.live.signal(libc::SIGWINCH);
        }
        tail.stop();
    });
}

/// `kill PID; wait` of a shell whose background job it is: an ignored signal stays ignored.
#[test]
fn signals_that_were_ignored() {
    play(&NOTIFIED, |s| {
        s.file("f", "a\n");
        let mut tail = s.start(&s.tail(&["-f", "f"]).ignoring(libc::SIGINT));
        tail.ready().shows("a\n");
        tail.live.signal(libc::SIGINT);
        s.append("f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

/// In a PID namespace, where the next number can be chosen.
const REUSE: &str = r#"
    sleep 1000 & writer=$!
    "$@" --debug --pid=$writer -f f 2>said & tail=$!
    until grep -q using said; do :; done
    kill -STOP $tail
    kill -KILL $writer
    wait $writer 2>killed
    echo $((writer - 1)) >/proc/sys/kernel/ns_last_pid || exit 99
    sleep 1000 & [ $! = $writer ] || exit 98
    kill -CONT $tail
    wait $tail
"#;

/// Another process has got the writer's number by the time it is looked for. GNU's takes that one for the writer.
#[test]
fn the_number_of_the_writer_is_used_again() {
    if needs_root() {
        return;
    }
    play_ours(&NOTIFIED, |s| {
        s.file("f", "a\n");
        let tool = utail().command("tail".as_ref());
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--kill-child", "sh", "-c", REUSE, "sh"]).arg(tool.get_program());
        command.current_dir(s.dir()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = {
            let _guard = sys::no_forks();
            Writer(command.spawn().expect("unshare"))
        };
        let in_time = sys::wait_for(&sys::pidfd(child.0.id()), libc::POLLIN, PATIENCE);
        assert!(in_time, "it waits for the other process");
        let status = child.0.wait().unwrap();
        if status.code().is_none_or(|code| code >= 98) {
            return skip(&format!("no PID namespace, or no say in its numbers: {status}"));
        }
        assert_eq!(status.code(), Some(0));
    });
}
