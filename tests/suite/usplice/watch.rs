//! `--watch PID[:FD]`: the meter of another process.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use super::common::await_signal;
use crate::harness::{Collector, Live, Run, Scene, needs_root, sys};

const SIZE: usize = 100_000;

/// A process that has `in` open as descriptor 5, and moves on in it by as many bytes as it is told.
struct Reader {
    child: Child,
    moved: Collector,
}

const SCRIPT: &str = r#"
    exec 5<in 6>out
    while read -r count; do
        case $count in
            close) exec 5<&- ;;
            *) head -c "$count" <&5 >&6 ;;
        esac
        echo moved
    done
"#;

impl Reader {
    fn new(t: &Scene) -> Self {
        Self::by(t, Command::new("sh"))
    }

    fn by(t: &Scene, mut command: Command) -> Self {
        command.args(["-c", SCRIPT]).current_dir(t.dir()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let _guard = sys::no_forks();
        let mut child = command.spawn().expect("sh");
        let moved = Collector::of(child.stdout.take().unwrap());
        Self { child, moved }
    }

    /// Has it do something, and waits until that is done.
    fn tell(&mut self, what: &str) {
        let before = self.moved.so_far().len();
        writeln!(self.child.stdin.as_mut().unwrap(), "{what}").unwrap();
        self.moved.at_least(before + "moved\n".len());
    }

    fn of(&self, descriptor: &str) -> String {
        format!("{}{descriptor}", self.child.id())
    }

    fn end(&mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn scene() -> Scene {
    let t = Scene::new();
    t.file("in", vec![b'x'; SIZE]);
    t
}

/// Waits for a line of `--numeric` that is `number`.
#[track_caller]
fn shows(live: &Live, number: &str) {
    live.stderr.until_it(|bytes| String::from_utf8_lossy(bytes).lines().any(|line| line.trim() == number));
}

#[test]
fn one_descriptor() {
    let t = scene();
    let mut reader = Reader::new(&t);
    reader.tell("10000");
    for option in ["-w", "--watch"] {
        let live = t.usplice(&[option, &reader.of(":5"), "-n", "--interval=0.02"]).start();
        shows(&live, "10");
        drop(live);
    }
    let live = t.usplice(&["-w", &reader.of(":5"), "-n", "--interval=0.02"]).start();
    shows(&live, "10");
    for percent in ["25", "50", "99"] {
        let so_far = std::fs::read_to_string(format!("/proc/{}/fdinfo/5", reader.child.id())).unwrap();
        let at: usize = so_far.split_whitespace().nth(1).unwrap().parse().unwrap();
        reader.tell(&(percent.parse::<usize>().unwrap() * SIZE / 100 - at).to_string());
        shows(&live, percent);
    }
    // Closed is ended, although the process goes on.
    reader.tell("close");
    let ended = live.end().stdout_is("").code(0);
    assert!(ended.stderr.ends_with(b"\n"), "{ended:?}");
}

#[test]
fn the_process_ends() {
    let t = scene();
    for what in [":5", ""] {
        let mut reader = Reader::new(&t);
        reader.tell("30000");
        let live = t.usplice(&["-w", &reader.of(what), "-n", "--interval=0.02"]).start();
        // Which of them it is is said if there are several.
        let named = format!("5:{}: 30", t.path("in").display());
        shows(&live, if what.is_empty() { &named } else { "30" });
        reader.end();
        live.end().code(0).stdout_is("");
    }
}

/// However seldom it is drawn, the end of the process is the end at once.
#[test]
fn the_process_ends_and_the_interval_is_long() {
    let t = scene();
    for what in [":5", ""] {
        let mut reader = Reader::new(&t);
        reader.tell("1");
        let live = t.usplice(&["-w", &reader.of(what), "--interval=1000", "-n"]).start();
        await_signal(&live, libc::SIGINT);
        reader.end();
        live.end().code(0);
    }
}

/// All its files, those included that are opened later.
#[test]
fn all_descriptors() {
    let t = scene();
    let mut reader = Reader::new(&t);
    reader.tell("1");
    let (master, slave) = sys::terminal();
    sys::set_columns(&slave, 80);
    let screen = Collector::of(master);
    let run = t.usplice(&["-w", &reader.of(""), "--interval=0.02"]).stderr_to(slave);
    let live = run.start();
    drop(run);
    screen.until_it(|bytes| !bytes.is_empty());
    reader.tell("59999");
    screen.until_it(|bytes| String::from_utf8_lossy(bytes).contains("60%"));
    reader.end();
    live.end().code(0);
    let text = String::from_utf8_lossy(&screen.all()).into_owned();
    assert!(text.contains("in"), "no file names: {text:?}");
}

/// The signals of those who watch are no one else's.
#[test]
fn interrupted() {
    let t = scene();
    let mut reader = Reader::new(&t);
    reader.tell("10000");
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let live = t.usplice(&["-w", &reader.of(":5"), "-n", "--interval=0.02"]).start();
        shows(&live, "10");
        live.signal(signal);
        live.end().killed_by(signal);
    }
    reader.tell("10000");
}

#[track_caller]
fn refused(run: Run) -> String {
    let ended = run.go().stdout_is("").code(1);
    let text = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(text.starts_with("usplice: ") && text.lines().count() <= 2, "{text}");
    assert!(!text.contains("panicked") && !text.contains("os error"), "{text}");
    text
}

#[test]
fn what_is_not_there() {
    let t = scene();
    let mut reader = Reader::new(&t);
    reader.tell("1");
    assert!(refused(t.usplice(&["-w", &reader.of(":77")])).contains("Bad file descriptor"));
    let mut gone = Reader::new(&t);
    gone.end();
    assert!(refused(t.usplice(&["-w", &gone.of("")])).contains("No such process"));
    assert!(refused(t.usplice(&["-w", &gone.of(":0")])).contains("No such process"));
    assert!(refused(t.usplice(&["-w", "2147483647"])).contains("No such process"));
    for wrong in ["", ":", "x", "1:", ":1", "-1", "0", "1:-1", "1:x", "1:1:1", "99999999999999999999", "1 "] {
        refused(t.usplice(&["-w", wrong]));
        refused(t.usplice(&[&format!("--watch={wrong}")]));
    }
}

#[test]
fn nothing_else_goes_with_it() {
    let t = scene();
    let reader = Reader::new(&t);
    for more in ["in", "-c1", "-L1", "--sparse"] {
        refused(t.usplice(&["-w", &reader.of(":5"), more]));
    }
}

#[test]
fn another_users() {
    if needs_root() {
        return;
    }
    let t = scene();
    let mut reader = Reader::new(&t);
    reader.tell("1");
    for what in [":5", ""] {
        let text = refused(t.usplice(&["-w", &reader.of(what)]).without_rights());
        assert!(text.contains("Permission denied") || text.contains("not permitted"), "{text}");
    }
}

/// Pipes and devices have no position to be seen.
#[test]
fn a_descriptor_without_position() {
    let t = scene();
    let mut reader = Reader::new(&t);
    reader.tell("1");
    let text = refused(t.usplice(&["-w", &reader.of(":0")]));
    assert!(text.starts_with("usplice: "), "{text}");
}

/// A file that is written has no size to compare with: bytes, not percent.
#[test]
fn a_file_that_is_written() {
    let t = scene();
    let mut reader = Reader::new(&t);
    reader.tell("12345");
    let (master, slave) = sys::terminal();
    sys::set_columns(&slave, 80);
    let screen = Collector::of(master);
    let run = t.usplice(&["-w", &reader.of(":6"), "--interval=0.02"]).stderr_to(slave);
    let live = run.start();
    drop(run);
    screen.until_it(|bytes| !bytes.is_empty());
    reader.tell("1000");
    reader.end();
    live.end().code(0);
    assert!(!String::from_utf8_lossy(&screen.all()).contains('%'));
}
