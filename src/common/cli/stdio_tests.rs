//! Standard descriptors and `SIGPIPE` as a parent leaves them: the test program runs itself through a shell.

use super::*;
use crate::cli::{Diagnostics, Early, Invocation};
use std::env;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};

/// Where the child leaves what it saw.
const REPORT: &str = "RINGUTILS_TEST_REPORT";
/// What the child is to do.
const TASK: &str = "RINGUTILS_TEST_TASK";

/// Runs [`child`] with a task in a shell; `shell_text` has `"$@"` for its command. The test harness in the child
/// writes to standard output, too, so that is /dev/null or closed.
fn run(task: &str, shell_text: &str) -> (ExitStatus, String) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let report = folder.path().join("report");
    let mut command = Command::new("bash");
    command.args(["-c", shell_text, "sh"]).arg(env::current_exe().expect("a test program"));
    command.args(["--exact", "--nocapture", "--include-ignored", "cli::stdio::tests::child"]);
    let status = command.env(REPORT, &report).env(TASK, task).status().expect("bash runs");
    (status, std::fs::read_to_string(report).unwrap_or_default())
}

/// What the child said: the closed descriptors, whether `SIGPIPE` was ignored, the exit status, its diagnostics.
fn report(task: &str, shell_text: &str) -> String {
    run(task, shell_text).1
}

#[test]
#[ignore = "the other tests run it"]
fn child() {
    let (Some(report), Some(task)) = (env::var_os(REPORT), env::var_os(TASK)) else { return };
    process::restore_sigpipe();
    let diagnostics = Diagnostics::capturing(&Invocation::from_argv0(Some("cat".into()), "ucat"));
    let closed: Vec<i32> = (0..3).filter(|fd| process::was_closed(*fd)).collect();
    let ignored = process::sigpipe_was_ignored();
    if task == "help" {
        // The status is what diagnostics remember, too.
        let _ = Early::Text("some help\n".into()).end(&diagnostics);
    } else {
        let (reader, writer) = io::pipe().expect("a pipe");
        drop(reader);
        if task == "unsignalled" {
            // As when a kernel worker writes: EPIPE, and no signal.
            process::die_of_sigpipe();
        }
        write_to(Ok(writer.as_fd()), b"text").unwrap_or_else(|fault| diagnostics.report(&fault));
    }
    let said = String::from_utf8_lossy(&diagnostics.captured()).into_owned();
    std::fs::write(report, format!("{closed:?} {ignored} {} {said}", diagnostics.status()))
        .expect("a report");
}

#[test]
fn nothing_special() {
    assert_eq!(report("help", "\"$@\" >/dev/null"), "[] false 0 ");
}

#[test]
fn closed_descriptors_are_seen() {
    assert_eq!(report("help", "\"$@\" >&-"), "[1] false 1 cat: write error: Bad file descriptor\n");
    assert_eq!(report("help", "\"$@\" <&- >/dev/null"), "[0] false 0 ");
    let all = "[0, 1, 2] false 1 cat: write error: Bad file descriptor\n";
    assert_eq!(report("help", "\"$@\" <&- >&- 2>&-"), all);
}

#[test]
fn a_full_device_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let fault = write_to(Ok(full.as_fd()), b"text").expect_err("it is full");
    assert_eq!(fault.to_string(), "write error: No space left on device");
}

#[test]
fn a_pipe_without_reader_kills() {
    for task in ["pipe", "unsignalled"] {
        let (status, report) = run(task, "exec \"$@\" >/dev/null");
        assert_eq!((status.signal(), report.as_str()), (Some(libc::SIGPIPE), ""), "{task}");
    }
}

#[test]
fn a_pipe_without_reader_is_an_error_where_the_signal_is_ignored() {
    for task in ["pipe", "unsignalled"] {
        let report = report(task, "trap '' PIPE; \"$@\" >/dev/null");
        assert_eq!(report, "[] true 1 cat: write error: Broken pipe\n", "{task}");
    }
}
