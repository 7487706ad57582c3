//! The meter: on a terminal a line that is drawn over, elsewhere lines, and numbers for scripts. What depends on the time
//! is matched by its form.

use std::io::Read;
use std::os::fd::AsRawFd;

use super::common::{fits, numbers, status_line};
use crate::harness::{Collector, Run, Scene, sys};

const SIZE: usize = 300_000;

fn scene() -> Scene {
    let t = Scene::new();
    t.file("in", &numbers(100_000)[..SIZE]).fifo("p");
    t
}

/// What a terminal of so many columns was told, if the command's standard error is one.
struct Screen(Collector);

impl Screen {
    fn new(run: Run, columns: u16) -> (Self, Run) {
        let (master, slave) = sys::terminal();
        sys::set_columns(&slave, columns);
        (Self(Collector::of(master)), run.env("TERM", "xterm").stderr_to(slave))
    }

    /// Each state of the line, the last one last; lines above it are states, too. Fails on a state that does not fit.
    #[track_caller]
    fn states(&self, columns: usize) -> Vec<String> {
        let text = String::from_utf8(self.0.all()).expect("UTF-8");
        let states: Vec<String> = shown(&text);
        for state in &states {
            assert!(state.chars().count() <= columns, "wider than {columns}: {state:?}");
        }
        states
    }

    /// Waits until some state fits one of the templates.
    #[track_caller]
    fn until(&self, template: &str) {
        self.0.until_it(|bytes| {
            shown(&String::from_utf8_lossy(bytes)).iter().any(|state| fits(template, state))
        });
    }
}

/// What was drawn between the moves of the cursor.
fn shown(text: &str) -> Vec<String> {
    let text = text.replace("\x1b[2K", "\n").replace('\r', "\n");
    assert!(!text.contains('\x1b'), "moves that are not expected: {text:?}");
    text.split('\n').map(str::trim_end).filter(|state| !state.is_empty()).map(str::to_owned).collect()
}

/// Runs it on a terminal of 70 columns: all states, which all fit the template, and the last one fits the other.
#[track_caller]
fn drawn(run: Run, each: &str, last: &str) -> Vec<String> {
    let (screen, run) = Screen::new(run, 70);
    let live = run.start();
    drop(run);
    live.end().code(0);
    let states = screen.states(70);
    for state in &states {
        assert!(fits(each, state), "{state:?} is not like {each:?}");
    }
    let end = states.last().expect("it was drawn");
    assert!(fits(last, end), "{end:?} is not like {last:?}");
    states
}

#[test]
fn each_part() {
    let t = scene();
    let run = |args: &[&str]| t.usplice(args).args(&["in", "out"]);
    let all = "<s> <t> [<*>/s] [<*>] <n>% <t> left";
    let end = "292.97 KiB <t> [<*>/s] [<*=] 100% 0:00:00 left";
    let end = &end.replace("<*=", "<*>");
    drawn(run(&["-p"]), all, end);
    drawn(run(&["--progress"]), all, end);
    drawn(run(&["--progress=auto"]), all, end);
    drawn(run(&["--interval=0.5"]), all, end);
    drawn(run(&["-t"]), "<t>", "<t>");
    drawn(run(&["-r"]), "[<*>/s]", "[<*>/s]");
    drawn(run(&["-e"]), "<t> left", "0:00:00 left");
    drawn(run(&["-t", "-e"]), "<t> <t> left", "<t> 0:00:00 left");
    drawn(run(&["-pt"]), "<t> [<*>] <n>%", "<t> [<*>] 100%");
    drawn(run(&["-N", "some name"]), &format!("some name: {all}"), &format!("some name: {end}"));
    drawn(run(&["-tN", "a\tb"]), "a?b: <t>", "a?b: <t>");
}

/// The bar reaches to the last column and is full.
#[test]
fn the_finished_bar() {
    let t = scene();
    for columns in [64, 70, 132] {
        let (screen, run) = Screen::new(t.usplice(&["-p", "-N", "x", "in", "out"]), columns);
        let live = run.start();
        drop(run);
        live.end().code(0);
        let states = screen.states(columns.into());
        let last = states.last().expect("it was drawn");
        assert_eq!(last.len(), usize::from(columns), "{last}");
        let bar = last.rsplit_once('[').and_then(|(_, rest)| rest.split_once(']')).expect("a bar").0;
        assert!(bar.bytes().all(|b| b == b'='), "{last}");
    }
}

/// Whatever does not fit is left out, and no line is broken.
#[test]
fn narrow_terminals() {
    let t = scene();
    for columns in [1, 2, 10, 20, 30, 40] {
        let run = t.usplice(&["-p", "-N", "a long name it is", "--interval=0.02", "-L3M", "in", "out"]);
        let (screen, run) = Screen::new(run, columns);
        let live = run.start();
        drop(run);
        live.end().code(0);
        assert!(!screen.states(columns.into()).is_empty());
    }
}

/// Nobody knows how much will come: no bar, no end in sight.
#[test]
fn an_unknown_size() {
    let t = scene();
    let run = t.usplice(&["-p", "-", "out"]).stdin("typed\n");
    drawn(run, "<s> <t> [<*>/s]", "6 B <t> [<*>/s]");
    let run = t.usplice(&["-e", "-", "out"]).stdin("typed\n");
    let (screen, run) = Screen::new(run, 70);
    let live = run.start();
    drop(run);
    live.end().code(0);
    assert_eq!(screen.states(70), [""; 0]);
}

/// The user knows.
#[test]
fn a_size_that_is_told() {
    let t = scene();
    let each = "<s> <t> [<*>/s] [<*>] <n>% <t> left";
    let run = t.usplice(&["-p", "-s12", "-", "out"]).stdin("typed\n");
    drawn(run, each, "6 B <t> [<*>/s] [<*>] 50% <t> left");
    let run = t.usplice(&["-p", "-s", "3", "-", "out"]).stdin("typed\n");
    drawn(run, each, "6 B <t> [<*>/s] [<*>] 100% 0:00:00 left");
    let run = t.usplice(&["-p", "-c6", "/dev/zero", "out"]);
    drawn(run, each, "6 B <t> [<*>/s] [<*>] 100% 0:00:00 left");
    let run = t.usplice(&["-p", "-c150000", "-i200000", "in", "out"]);
    drawn(run, each, "97.66 KiB <t> [<*>/s] [<*>] 100% 0:00:00 left");
}

/// On the way to several outputs, and however it gets there.
#[test]
fn every_way() {
    let t = scene();
    let each = "<s> <t> [<*>/s] [<*>] <n>% <t> left";
    let end = "292.97 KiB <t> [<*>/s] [<*>] 100% 0:00:00 left";
    for args in [
        &["in", "out"][..],
        &["in", "out", "out2"],
        &["in"],
        &["--ring=direct", "in", "out"],
        &["-s", "300000", "-"],
        &["-s", "300000", "-", "-", "out"],
        &["--sparse", "in", "out"],
        &["-L2M", "--interval=0.02", "in"],
        &["-L2M", "--interval=0.02", "in", "-", "out"],
    ] {
        let run = t.usplice(&["-p"]).args(args).stdin(t.read("in"));
        let states = drawn(run, each, end);
        // They never go back.
        let percents: Vec<u64> = states.iter().filter_map(|state| percent_of(state)).collect();
        assert!(percents.is_sorted(), "{args:?}: {states:?}");
    }
}

fn percent_of(state: &str) -> Option<u64> {
    state.split_once('%')?.0.rsplit_once(' ')?.1.parse().ok()
}

/// Nothing comes, but the clock goes on.
#[test]
fn it_lives_while_nothing_comes() {
    let t = scene();
    for args in [&["-t", "-", "out"][..], &["-t", "-", "out", "out2"]] {
        let run = t.usplice(args).arg("--interval=0.05").stdin_typed();
        let (screen, run) = Screen::new(run, 70);
        let live = run.start();
        drop(run);
        screen.0.until_it(|bytes| shown(&String::from_utf8_lossy(bytes)).len() >= 3);
        screen.until("0:00:01");
        live.finish().code(0);
    }
}

/// Nor does it stand still while nobody takes anything.
#[test]
fn it_lives_while_an_output_is_full() {
    let t = Scene::new();
    t.file("in", numbers(500_000));
    for ring in ["--ring=engine=auto", "--ring=engine=threads"] {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
        let run = t.usplice(&["-t", "--interval=0.05", ring, "in"]).stdout_to(theirs);
        let (screen, run) = Screen::new(run, 70);
        let live = run.start();
        drop(run);
        screen.until("0:00:01");
        let got = Collector::of(ours).all();
        assert_eq!(got, t.read("in"));
        live.end().code(0);
    }
}

/// Messages come above the line, which is there again below them.
#[test]
fn messages_while_it_stands() {
    let t = scene();
    let run = t.usplice(&["-t", "--interval=0.02", "-", "p", "out"]).stdin_typed();
    let (screen, run) = Screen::new(run, 70);
    let live = run.start();
    drop(run);
    let mut p = t.fifo_reader("p");
    live.send("one\n");
    p.read_exact(&mut [0; 4]).unwrap();
    screen.until("<t>");
    super::common::close(p);
    live.send("two\n");
    screen.until("usplice: p: Broken pipe");
    live.signal(libc::SIGUSR1);
    screen
        .0
        .until_it(|bytes| shown(&String::from_utf8_lossy(bytes)).iter().any(|s| status_line(s) == Some(8)));
    let ended = live.finish();
    ended.code(1);
    let text = String::from_utf8(screen.0.all()).unwrap();
    for line in text.split("\r\n").flat_map(|line| line.split('\n')) {
        // What is seen in the end is what was drawn over last.
        let seen = line.rsplit("\x1b[2K").next().unwrap_or_default().trim_matches(['\r', ' ']);
        let known = ["", "usplice: p: Broken pipe"].contains(&seen)
            || fits("<t>", seen)
            || status_line(seen).is_some();
        assert!(known, "{seen:?} in {text:?}");
    }
}

/// The last state stays, and the cursor is below it.
#[test]
fn it_leaves_the_cursor_below() {
    let t = scene();
    for (args, code) in [(&["-p", "in", "out"][..], 0), (&["-p", "in", "/dev/full"], 1)] {
        let (screen, run) = Screen::new(t.usplice(args), 70);
        let live = run.start();
        drop(run);
        live.end().code(code);
        assert!(screen.0.all().ends_with(b"\n"));
    }
    let run = t.usplice(&["-p", "--interval=0.02", "-", "out"]).stdin_typed();
    let (screen, run) = Screen::new(run, 70);
    let live = run.start();
    drop(run);
    screen.until("0 B <t> [<*>/s]");
    live.signal(libc::SIGINT);
    live.end().killed_by(libc::SIGINT);
    let states = screen.states(70);
    assert_eq!(states.last().and_then(|line| status_line(line)), Some(0), "{states:?}");
    assert!(screen.0.all().ends_with(b"\n"));
}

/// The size of the window may change at any time.
#[test]
fn another_window_size() {
    let t = scene();
    let (master, slave) = sys::terminal();
    sys::set_columns(&slave, 70);
    let screen = Screen(Collector::of(master.try_clone().unwrap()));
    let run = t.usplice(&["-p", "--interval=0.02", "-s100", "-", "out"]).stdin_typed();
    let run = run.env("TERM", "xterm").stderr_to(slave);
    let live = run.start();
    drop(run);
    let wide = |text: &[u8], columns| {
        shown(&String::from_utf8_lossy(text))
            .iter()
            .any(|state| state.len() == columns && state.contains("0%"))
    };
    screen.0.until_it(|text| wide(text, 70));
    sys::set_columns(&master, 100);
    screen.0.until_it(|text| wide(text, 100));
    live.finish().code(0);
    assert!(master.as_raw_fd() > 2);
}

/// Elsewhere there is nothing unless asked for, and then lines.
#[test]
fn not_on_a_terminal() {
    let t = scene();
    for word in ["-p", "--progress", "--progress=auto", "-t", "-e", "-r", "-Nname", "--progress=never"] {
        t.usplice(&[word, "in", "out"]).go().fine();
    }
    let ended = t.usplice(&["--progress=always", "in", "out"]).go().code(0);
    let text = String::from_utf8(ended.stderr).unwrap();
    assert!(fits("usplice: 292.97 KiB <t> [<*>/s] 100% 0:00:00 left\n", &text), "{text:?}");
    let run = t.usplice(&["--progress=always", "-N", "x", "--interval=0.05", "-L2M", "in", "out"]);
    let text = String::from_utf8(run.go().code(0).stderr).unwrap();
    assert!(text.lines().count() >= 2, "{text:?}");
    for line in text.lines() {
        assert!(fits("usplice: x: <s> <t> [<*>/s] <n>% <t> left", line), "{line:?}");
    }
}

#[test]
fn numeric() {
    let t = scene();
    for n in ["-n", "--numeric"] {
        t.usplice(&[n, "in", "out"]).go().stderr_is("100\n").code(0);
        t.usplice(&[n, "-", "out"]).stdin("typed\n").go().stderr_is("6\n").code(0);
        t.usplice(&[n, "-s12", "-", "out"]).stdin("typed\n").go().stderr_is("50\n").code(0);
        t.usplice(&[n, "-c10", "/dev/zero", "out"]).go().stderr_is("100\n").code(0);
        t.usplice(&[n, "--progress=never", "in", "out"]).go().fine();
    }
    for (args, template) in
        [(&["-nt"][..], "<d> 100\n"), (&["-nr"], "100 <n>\n"), (&["-ntr"], "<d> 100 <n>\n")]
    {
        let text = String::from_utf8(t.usplice(args).args(&["in", "out"]).go().code(0).stderr).unwrap();
        assert!(fits(template, &text), "{text:?}");
    }
    // On a terminal no different.
    let (screen, run) = Screen::new(t.usplice(&["-n", "in", "out"]), 70);
    let live = run.start();
    drop(run);
    live.end().code(0);
    screen.0.until("100\n");
}

#[test]
fn numbers_as_it_goes_on() {
    let t = scene();
    let text = t.usplice(&["-n", "--interval=0.03", "-L1500000", "in", "out"]).go().code(0).stderr;
    let text = String::from_utf8(text).unwrap();
    let percents: Vec<u64> = text.lines().map(|line| line.parse().expect("a number")).collect();
    assert!(percents.len() >= 2 && percents.is_sorted() && percents.last() == Some(&100), "{percents:?}");
    let live = t.usplice(&["-n", "--interval=0.03"]).stdin_typed().start();
    live.send("abc");
    live.stderr.until_it(|bytes| bytes.ends_with(b"3\n3\n3\n"));
    live.send("defg");
    live.stderr.until_it(|bytes| bytes.ends_with(b"7\n7\n"));
    live.finish().stdout_is("abcdefg").code(0);
}

/// Whoever reads the meter may go; the bytes do not care.
#[test]
fn nobody_reads_it() {
    let t = scene();
    for word in ["-n", "--progress=always"] {
        let run = t.usplice(&[word, "--interval=0.02", "-L2M", "in", "out"]);
        run.stderr_to(crate::harness::broken_pipe()).go();
        t.holds("out", t.read("in"));
        t.usplice(&[word, "in", "out"]).redirect("2>/dev/full").go();
        t.holds("out", t.read("in"));
        t.usplice(&[word, "in", "out"]).redirect("2>&-").go();
        t.holds("out", t.read("in"));
    }
}
