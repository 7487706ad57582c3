//! How the bytes go: `--ring`, `--ring-stats`, `--ring-trace`, `--debug`, and the variable `RINGUTILS`.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use serde_json::Value;

use super::common::{close, numbers};
use crate::harness::{
    Collector, Ended, RING, RINGS, Run, Scene, difference, engines, has_io_uring, with_faults,
};

fn scene() -> (Scene, Vec<u8>) {
    let t = Scene::new();
    let big = numbers(300_000);
    t.file("in", &big).file("small", "small\n").fifo("p").fifo("q");
    (t, big)
}

/// How many bytes operations moved of which one of `words` is a part of the name.
fn bytes_by(stats: &Value, words: &[&str]) -> u64 {
    let details = stats["details"].as_object().expect("details");
    let wanted =
        details.iter().filter(|(name, _)| words.iter().any(|word| name.to_lowercase().contains(word)));
    wanted.map(|(_, tally)| tally["bytes"].as_u64().expect("bytes")).sum()
}

/// A pipe that all of `content` can be read from.
fn pipe_of(content: &[u8]) -> OwnedFd {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let content = content.to_vec();
    std::thread::spawn(move || writer.write_all(&content));
    reader.into()
}

/// A socket that takes everything.
fn taker() -> (UnixStream, Collector) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (theirs, Collector::of(ours))
}

/// Nothing waits from file to file: no ring, not even an attempt at one.
#[test]
fn no_ring_where_nothing_waits() {
    let (t, big) = scene();
    for args in [&["in", "out"][..], &["small", "out"], &["in", "out", "out2"], &["-c0", "in", "out"]] {
        let ended = t.usplice(args).arg("--ring-stats=json").any_engine().go().code(0);
        assert_eq!(ended.stats()["engine"], "none", "{}: {}", ended.command, ended.stats());
    }
    t.holds("out2", &big);
    let ended = t.usplice(&["small", "--ring-stats=json"]).any_engine().go().stdout_is("small\n").code(0);
    assert_eq!(ended.stats()["engine"], "none", "{}", ended.stats());
    let ended =
        t.usplice(&["-L1G", "small", "--ring-stats=json"]).any_engine().go().stdout_is("small\n").code(0);
    ended.stats();
}

#[test]
fn without_io_uring() {
    let (t, big) = scene();
    for errno in [libc::EPERM, libc::ENOSYS, libc::ENOMEM] {
        for args in [&["-"][..], &["-", "out"], &["-", "-", "out"], &["-L1G", "-"], &["--ring=direct", "in"]]
        {
            let (theirs, got) = taker();
            let run = t.usplice(args).stdin(&big[..]).stdout_to(theirs).any_engine().deny(errno, &RING);
            run.go().fine();
            if args.contains(&"out") {
                t.holds("out", &big);
            }
            if args.len() != 2 || args[1] != "out" {
                assert_eq!(difference(&got.all(), &big), None, "{args:?}");
            }
        }
        let run = t.usplice(&["--ring=engine=uring", "in", "out4"]).deny(errno, &RING);
        let ended = run.go().code(1);
        assert!(ended.stderr.starts_with(b"usplice: cannot use io_uring: "), "{ended:?}");
        assert!(!t.path("out4").exists(), "made before that was known");
    }
}

#[test]
fn from_pipe_to_pipe() {
    let (t, big) = scene();
    for engine in engines() {
        let run = t.usplice(&["--ring-stats=json"]).stdin_from(pipe_of(&big));
        let ended = run.arg(format!("--ring=engine={engine}")).go().stdout_is(&big).code(0);
        let stats = ended.stats();
        assert_eq!(bytes_by(&stats, &["splice"]), big.len() as u64, "{stats}");
        assert_eq!(bytes_by(&stats, &["read", "write"]), 0, "{stats}");
    }
}

/// What neither end is a pipe for goes through one of our own: twice spliced, never read.
#[test]
fn from_file_to_socket() {
    let (t, big) = scene();
    for engine in engines() {
        let (theirs, got) = taker();
        let run = t.usplice(&["in", "--ring-stats=json", "--ring-trace"]).stdout_to(theirs);
        let ended = run.arg(format!("--ring=engine={engine}")).go().code(0);
        assert_eq!(difference(&got.all(), &big), None);
        let stats = ended.stats();
        assert_eq!(stats["engine"], engine, "{stats}");
        if with_faults() {
            // Any piece may have had to take another way.
            continue;
        }
        assert_eq!(bytes_by(&stats, &["splice"]), 2 * big.len() as u64, "{stats}");
        assert_eq!(bytes_by(&stats, &["read", "write"]), 0, "{stats}");
        let trace = String::from_utf8_lossy(&ended.stderr).into_owned();
        let linked = |line: &str| line.contains("SPLICE") && line.ends_with("link");
        assert!(trace.lines().any(linked), "no linked splices: {trace}");
    }
}

/// From one pipe to several: duplicated, not copied.
#[test]
fn from_pipe_to_pipes() {
    let (t, big) = scene();
    for engine in engines() {
        let run = t.usplice(&["-", "p", "-", "q", "--ring-stats=json"]).stdin_from(pipe_of(&big));
        let live = run.arg(format!("--ring=engine={engine}")).start();
        let (p, q) = (Collector::of(t.fifo_reader("p")), Collector::of(t.fifo_reader("q")));
        let ended = live.end().stdout_is(&big).code(0);
        for got in [p.all(), q.all()] {
            assert_eq!(difference(&got, &big), None);
        }
        let stats = ended.stats();
        assert!(bytes_by(&stats, &["tee"]) >= 2 * big.len() as u64, "{stats}");
        assert_eq!(bytes_by(&stats, &["read", "write"]), 0, "{stats}");
    }
}

/// What the kernel refuses is read and written, and that shows.
#[test]
fn fallbacks_show() {
    let (t, big) = scene();
    for engine in engines() {
        let ring = format!("--ring=engine={engine}");
        // A file that appends can't be spliced to.
        let run = t
            .usplice(&["-", "--ring-stats=json", "--debug", &ring])
            .stdin_from(pipe_of(&big))
            .redirect(">>out");
        let ended = run.go().code(0);
        t.holds("out", &big);
        std::fs::remove_file(t.path("out")).unwrap();
        let stats = ended.stats();
        assert!(bytes_by(&stats, &["write"]) >= big.len() as u64, "{stats}");
        said_with_debug(&ended);
        let text = String::from_utf8_lossy(&ended.stderr);
        assert!(text.contains("usplice: reads piece by piece\n"), "{text}");
        // Nor a file of /proc be spliced from, on many kernels.
        let ended = t.usplice(&["/proc/self/maps", "--ring-stats=json", "--debug", &ring]).go().code(0);
        assert!(!ended.stdout.is_empty());
        said_with_debug(&ended);
        let stats = ended.stats();
        let text = String::from_utf8_lossy(&ended.stderr);
        let fell_back = text.contains("usplice: splice(2): does not work here, or not any further\n");
        assert_eq!(fell_back, bytes_by(&stats, &["read"]) > 0, "{text}");
    }
}

/// Lines of its own, and each says what it is.
#[track_caller]
fn said_with_debug(ended: &Ended) {
    let text = String::from_utf8_lossy(&ended.stderr);
    let lines: Vec<&str> = text.lines().take_while(|line| !line.starts_with('{')).collect();
    assert!(!lines.is_empty(), "says nothing: {}", ended.command);
    for line in lines {
        let told = line.strip_prefix("usplice: ").unwrap_or_default();
        let is_known = told.starts_with("using ")
            || ["reads ", "is read ", "written to", "does not work here", "no pipes", "cannot skip by "]
                .iter()
                .any(|words| told.contains(words));
        assert!(is_known, "{line:?}: {}", ended.command);
    }
}

#[test]
fn debug_says_which_way() {
    let (t, big) = scene();
    let (theirs, got) = taker();
    for (run, first) in [
        // What depends on the file system the tests are on.
        (
            t.usplice(&["in", "out"]),
            "using copy_file_range(2), from file to file|using pairs of splices, through a pipe of ",
        ),
        (t.usplice(&["in"]), "using splice(2), from or to a pipe"),
        (t.usplice(&[""; 0]).stdin_from(pipe_of(&big)), "using splice(2), from or to a pipe"),
        (t.usplice(&["in"]).stdout_to(theirs), "using pairs of splices, through a pipe of "),
        (t.usplice(&["-c100M", "/dev/zero", "/dev/null"]), "using pairs of splices, through a pipe of "),
        (t.usplice(&["-", "-", "out"]).stdin_from(pipe_of(&big)), "using tee(2), pipes of "),
        (t.usplice(&["--append", "in", "out", "out2"]), "all outputs are written to"),
        (t.usplice(&["in", "out"]).arg("--ring=direct"), "reads ahead into registered buffers"),
        (t.usplice(&["-", "out"]).stdin_from(pipe_of(&big)).arg("--sparse"), "reads piece by piece"),
    ] {
        let ended = run.arg("--debug").go().code(0);
        said_with_debug(&ended);
        let text = String::from_utf8_lossy(&ended.stderr);
        // A ring may be set up before.
        let mut ways = text.lines().filter(|line| !line.contains("a ring of "));
        let way = ways.next().and_then(|line| line.strip_prefix("usplice: ")).unwrap_or_default();
        assert!(
            first.split('|').any(|first| way.starts_with(first)),
            "not {first:?}: {text} {}",
            ended.command
        );
    }
    assert_eq!(difference(&got.all(), &big), None);
    let ended =
        t.usplice(&["--debug", "in", "out", "-"]).redirect(">>out2").go().stderr_has("tee(2), pipes of ");
    ended.stderr_has("usplice: standard output: is written to\n").code(0);
    // Nothing of it for those who did not ask.
    t.usplice(&["--ring=direct", "in", "out"]).go().fine();
}

/// Where there is something to wait for, it says which engine does.
#[test]
fn debug_says_what_waits() {
    let (t, _) = scene();
    for engine in engines() {
        let ring = format!("--ring=engine={engine}");
        let live = t.usplice(&["--debug", &ring]).stdin_typed().start();
        let name = if engine == "uring" { "io_uring" } else { engine };
        live.stderr
            .until_it(|bytes| bytes.ends_with(format!("usplice: using a ring of {name}\n").as_bytes()));
        live.finish().code(0);
    }
}

#[test]
fn every_size_of_block_and_depth() {
    let (t, big) = scene();
    for ring in RINGS.into_iter().chain(["engine=threads,plain"]) {
        let option = format!("--ring={ring}");
        t.usplice(&[&option, "in", "out"]).go().fine();
        t.holds("out", &big);
        t.usplice(&[&option, "in"]).go().stdout_is(&big).fine();
        t.usplice(&[&option, "-", "out"]).stdin(&big[..]).go().fine();
        t.holds("out", &big);
        t.usplice(&[&option, "-", "-", "out"]).stdin(&big[..]).go().stdout_is(&big).fine();
        t.holds("out", &big);
        let (theirs, got) = taker();
        t.usplice(&[&option, "-"]).redirect("<in").stdout_to(theirs).go().fine();
        assert_eq!(difference(&got.all(), &big), None, "{ring}");
        let (theirs, got) = taker();
        t.usplice(&[&option, "-", "-", "out"]).stdin(&big[..]).stdout_to(theirs).go().fine();
        assert_eq!(difference(&got.all(), &big), None, "{ring}");
        t.holds("out", &big);
    }
    for block in ["512", "1000", "4K", "65537", "16M"] {
        t.usplice(&["-b", block, "in", "out"]).go().fine();
        t.holds("out", &big);
        t.usplice(&["--block-size", block, "-", "-", "out"]).stdin(&big[..]).go().stdout_is(&big).fine();
        t.holds("out", &big);
    }
}

#[track_caller]
fn engine_of(run: Run) -> String {
    let (theirs, got) = taker();
    let ended = run.stdout_to(theirs).go().code(0);
    assert!(!got.all().is_empty());
    ended.stats()["engine"].as_str().expect("an engine").to_owned()
}

#[test]
fn the_variable_and_the_option() {
    if !has_io_uring() {
        return;
    }
    let (t, big) = scene();
    let run = || t.usplice(&["--ring-stats=json", "in"]);
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=threads")), "threads");
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=uring,depth=8,block=64K")), "uring");
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=uring").arg("--ring=engine=threads")), "threads");
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=threads").arg("--ring=engine=uring")), "uring");
    let ended = t.usplice(&["in"]).env("RINGUTILS", "stats=json").go().stdout_is(&big).code(0);
    ended.stats();
    t.usplice(&["in"]).env("RINGUTILS", "nonsense").go().stdout_is("").code(1);
}

/// Statistics come last: after messages, and also when it did not end well.
#[test]
fn statistics_after_messages() {
    let (t, _) = scene();
    let ended = t.usplice(&["--ring-stats=json", "in", "/dev/full"]).go().code(1);
    assert!(ended.stderr.starts_with(b"usplice: /dev/full: No space left on device\n"), "{ended:?}");
    ended.stats();
    let ended = t.usplice(&["--ring-stats=json", "in", "/dev/full", "out"]).go().code(1);
    assert!(ended.stderr.starts_with(b"usplice: /dev/full: No space left on device\n"), "{ended:?}");
    ended.stats();
    let live = t.usplice(&["--ring-stats=json"]).stdin_typed().start();
    live.send("x");
    live.stdout.until("x");
    live.signal(libc::SIGINT);
    let ended = live.end().killed_by(libc::SIGINT);
    let text = String::from_utf8(ended.stderr.clone()).unwrap();
    assert_eq!(text.lines().next().and_then(super::common::status_line), Some(1), "{text}");
    ended.stats();
}

/// Nobody waits in a loop: while nothing comes, no more than a handful of turns are taken.
#[test]
fn no_busy_loops() {
    let (t, _) = scene();
    for engine in engines() {
        let ring = format!("--ring=engine={engine}");
        for args in [&["-"][..], &["-", "-", "out"], &["-L1M", "-"]] {
            let (reader, mut writer) = std::io::pipe().unwrap();
            let run = t.usplice(args).args(&["--ring-stats=json", &ring]).stdin_from(reader);
            let live = run.start();
            drop(run);
            let mut expected = vec![];
            for _ in 0..20 {
                writer.write_all(b"x").unwrap();
                expected.push(b'x');
                live.stdout.until(&expected);
            }
            close(writer);
            let ended = live.end().stdout_is(&expected).code(0);
            let stats = ended.stats();
            let calls: u64 =
                stats["operations"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
            assert!(calls < 20 * 15, "{args:?}: {calls} calls for 20 pieces: {stats}");
        }
    }
}
