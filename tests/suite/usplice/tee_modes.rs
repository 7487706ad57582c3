//! What becomes of an output that fails: `--output-error`, as GNU's tee has it.

use std::io::Read;

use super::common::{close, numbers};
use crate::harness::{Ended, Run, Scene, Tool, broken_pipe, latest_oracle};

const MODES: [&str; 5] = [
    "--output-error",
    "--output-error=warn",
    "--output-error=warn-nopipe",
    "--output-error=exit",
    "--output-error=exit-nopipe",
];

fn exits(mode: &str) -> bool {
    mode.contains("=exit")
}

/// What a command said and how it ended, as if it were called usplice.
fn said(ended: &Ended) -> (Vec<String>, Option<i32>) {
    let text = String::from_utf8_lossy(&ended.stderr).replace("'standard output'", "standard output");
    let lines = text.lines().map(|line| match line.strip_prefix("tee: ") {
        Some(rest) => format!("usplice: {rest}"),
        None => line.to_owned(),
    });
    let mut lines: Vec<String> = lines.collect();
    lines.sort();
    (lines, ended.status.code())
}

/// The same outputs and the same mode, by us and by tee.
struct Both {
    t: Scene,
    tee: Tool,
    input: Vec<u8>,
}

impl Both {
    fn new() -> Option<Self> {
        let t = Scene::new();
        let input = numbers(100_000);
        t.file("in", &input).fifo("p").fifo("q");
        Some(Self { t, tee: latest_oracle("tee")?, input })
    }

    fn ours(&self, mode: &str, files: &[&str]) -> Run {
        self.t.usplice(&[mode, "-", "-"]).args(files)
    }

    fn theirs(&self, mode: &str, files: &[&str]) -> Run {
        Run::new(&self.tee, "tee", &self.t, &[mode]).args(files)
    }

    /// Runs both with a mode, compares how they end and what is in the file `a`; where the first failure ends it,
    /// that is as far as it got.
    #[track_caller]
    fn alike(&self, mode: &str, files: &[&str], play: impl Fn(Run) -> Ended) {
        self.alike_from(&self.input, mode, files, play);
    }

    /// The same with another input.
    #[track_caller]
    fn alike_from(&self, input: &[u8], mode: &str, files: &[&str], play: impl Fn(Run) -> Ended) {
        let _ = std::fs::remove_file(self.t.path("a"));
        let theirs = play(self.theirs(mode, files));
        let their_a = self.t.read("a");
        std::fs::remove_file(self.t.path("a")).unwrap();
        let ours = play(self.ours(mode, files));
        assert_eq!(said(&ours), said(&theirs), "{}\n{}", ours.command, theirs.command);
        let our_a = self.t.read("a");
        for (what, got, expected) in [("a", &our_a, &their_a), ("stdout", &ours.stdout, &theirs.stdout)] {
            if exits(mode) && expected.len() < input.len() {
                assert!(input.starts_with(got), "{what}: not the beginning: {}", ours.command);
            } else {
                assert_eq!(got.len(), expected.len(), "{what}: {}", ours.command);
                assert!(got == expected, "{what}: {}", ours.command);
            }
        }
    }
}

#[test]
fn a_broken_pipe() {
    let Some(both) = Both::new() else { return };
    for mode in MODES {
        both.alike(mode, &["a"], |run| run.stdin(&both.input[..]).stdout_to(broken_pipe()).go());
        both.alike(mode, &["a", "b"], |run| run.redirect("<in").stdout_to(broken_pipe()).go());
    }
}

#[test]
fn a_full_device() {
    let Some(both) = Both::new() else { return };
    for mode in MODES {
        both.alike(mode, &["a", "/dev/full"], |run| run.redirect("<in").go());
        both.alike(mode, &["/dev/full", "a"], |run| run.stdin(&both.input[..]).go());
        both.alike(mode, &["a"], |run| run.redirect("<in >/dev/full").go());
    }
    // Where it does not end it, both are told of.
    for mode in &MODES[..3] {
        both.alike(mode, &["/dev/full", "a"], |run| run.redirect("<in").stdout_to(broken_pipe()).go());
        both.alike(mode, &["/dev/full", "a"], |run| run.redirect("<in >/dev/full").go());
    }
}

/// The reader of a FIFO leaves in the middle.
#[test]
fn a_reader_that_leaves() {
    let Some(both) = Both::new() else { return };
    for mode in MODES {
        both.alike_from(b"first\nsecond\nthird\n", mode, &["a", "p"], |run| {
            let mut live = run.stdin_typed().start();
            let mut p = both.t.fifo_reader("p");
            live.send("first\n");
            p.read_exact(&mut [0; 6]).unwrap();
            live.stdout.until("first\n");
            close(p);
            live.send("second\n");
            if !exits(mode) || mode.ends_with("nopipe") {
                live.stdout.until("first\nsecond\n");
                live.send("third\n");
            }
            live.close_stdin();
            live.end()
        });
    }
}

/// Nothing but pipes, and nobody reads any of them.
#[test]
fn all_are_broken_pipes() {
    let Some(both) = Both::new() else { return };
    for mode in MODES {
        let play = |run: Run| {
            let run = run.redirect("</dev/zero").stdout_to(broken_pipe());
            let live = run.start();
            close(both.t.fifo_reader("p"));
            live.end()
        };
        let (ours, theirs) = (play(both.ours(mode, &["p"])), play(both.theirs(mode, &["p"])));
        if mode == "--output-error=exit" {
            // Which of them is the first is anybody's guess.
            assert_eq!(said(&ours).0.len(), 1, "{ours:?}");
            assert_eq!(ours.status, theirs.status);
        } else {
            assert_eq!(said(&ours), said(&theirs), "{}", ours.command);
        }
    }
}

/// In the modes without pipes, nobody is waited for when the last of them has gone.
#[test]
fn all_are_broken_pipes_and_the_input_is_silent() {
    let Some(both) = Both::new() else { return };
    for mode in ["--output-error", "--output-error=warn-nopipe", "--output-error=exit-nopipe"] {
        for run in [both.theirs(mode, &["p"]), both.ours(mode, &["p"])] {
            let live = run.stdin_typed().stdout_to(broken_pipe()).start();
            close(both.t.fifo_reader("p"));
            live.end().stderr_is("").code(0);
        }
    }
}

/// A single output with a mode is not killed by the pipe it breaks.
#[test]
fn a_single_output() {
    let Some(both) = Both::new() else { return };
    for mode in MODES {
        let play = |run: Run| run.redirect("</dev/zero").stdout_to(broken_pipe()).go();
        let theirs = play(Run::new(&both.tee, "tee", &both.t, &[mode]));
        let ours = play(both.t.usplice(&[mode]));
        assert_eq!(said(&ours), said(&theirs), "{}", ours.command);
    }
    both.t.usplice(&["in"]).stdout_to(broken_pipe()).go().killed_by(libc::SIGPIPE).stderr_is("");
}

/// Nothing said: several outputs are as with `warn`.
#[test]
fn no_mode_is_to_warn() {
    let Some(both) = Both::new() else { return };
    let t = &both.t;
    let run = t.usplice(&["in", "-", "a"]).stdout_to(broken_pipe());
    run.go().stderr_is("usplice: standard output: Broken pipe\n").code(1);
    t.holds("a", &both.input);
}

/// One that cannot be opened is told of. In the modes that exit, nothing else is touched.
#[test]
fn one_that_cannot_be_opened() {
    let Some(both) = Both::new() else { return };
    let t = &both.t;
    for mode in MODES {
        t.file("a", "was a\n");
        let ended = t.usplice(&[mode, "in", "gone/x", "a"]).go();
        let ended = ended.stderr_is("usplice: gone/x: No such file or directory\n").code(1);
        if exits(mode) {
            t.holds("a", "was a\n");
        } else {
            // As tee's.
            let theirs = both.theirs(mode, &["gone/x", "a"]).redirect("<in").go();
            assert_eq!(said(&ended), said(&theirs));
            t.usplice(&[mode, "in", "gone/x", "a"]).go();
            t.holds("a", &both.input);
        }
    }
}

#[test]
fn modes_that_do_not_exist() {
    let Some(both) = Both::new() else { return };
    for word in ["--output-error=", "--output-error=foo", "--output-error=warn-pipe", "--output-error=WARN"] {
        both.t.file("a", "was a\n");
        let ended = both.t.usplice(&[word, "in", "a"]).go().stdout_is("").code(1);
        assert!(ended.stderr.starts_with(b"usplice: "), "{ended:?}");
        both.t.holds("a", "was a\n");
    }
    // As GNU's, unambiguous beginnings are enough.
    both.t.usplice(&["--output-error=warn-", "in", "a"]).go().fine();
    both.t.usplice(&["--output-e=exit-nopipe", "in", "a"]).go().fine();
}
