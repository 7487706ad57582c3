//! What only ours has: `--ring`, `--ring-stats`, `--ring-trace`, `--progress`, and the variable `RINGUTILS`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use serde_json::Value;

use crate::harness::{RINGS, Run, Scene, engines, has_io_uring, only_ours};

/// A cached file needs no ring on its way to a pipe; one that is read with `direct` does.
fn scene() -> (Scene, String) {
    let t = Scene::new();
    let big = "0123456789abcde\n".repeat(200_000);
    t.file("big", &big).file("a", "from a\n");
    (t, big)
}

#[track_caller]
fn engine_of(run: Run) -> String {
    let ended = run.go().code(0);
    ended.stats()["engine"].as_str().expect("an engine").to_owned()
}

#[test]
fn statistics_as_json() {
    if only_ours() {
        return;
    }
    let (t, big) = scene();
    let run = t.cat(&["--ring-stats=json", "big", "a"]).env("RINGUTILS", "engine=threads,direct");
    let ended = run.go().stdout_is(format!("{big}from a\n")).code(0);
    assert_eq!(ended.stderr[0], b'{', "nothing but the object");
    let stats = ended.stats();
    assert_eq!(stats["engine"], "threads", "{stats}");
    let operations = stats["operations"].as_object().expect("a map of operations");
    assert!(operations.values().all(Value::is_u64), "{stats}");
    assert!(stats.get("enters").is_some(), "{stats}");
}

#[test]
fn statistics_of_a_ring() {
    if only_ours() || !has_io_uring() {
        return;
    }
    let (t, big) = scene();
    let names: Vec<String> = (0..300).map(|i| format!("n{i}")).collect();
    for name in &names {
        t.file(name, "small\n");
    }
    let run = t.cat(&["--ring-stats=json", "big"]).args(&names).env("RINGUTILS", "engine=uring,direct");
    let expected = format!("{big}{}", "small\n".repeat(300));
    let stats = run.go().stdout_is(expected).code(0).stats();
    assert_eq!(stats["engine"], "uring", "{stats}");
    assert!(stats["enters"].as_u64().is_some_and(|n| n > 0), "{stats}");
    let count: u64 = stats["operations"].as_object().unwrap().values().filter_map(Value::as_u64).sum();
    assert!(count >= 300, "{stats}");
}

/// Diagnostics come first and are GNU's, to the byte.
#[test]
fn statistics_after_diagnostics() {
    if only_ours() {
        return;
    }
    let (t, _) = scene();
    let ended = t.cat(&["a", "gone", "--ring-stats=json"]).go().stdout_is("from a\n").code(1);
    assert!(ended.stderr.starts_with(b"cat: gone: No such file or directory\n{"));
    ended.stats();
    let ended = t.cat(&["--ring-stats=json", "a"]).redirect(">/dev/full").go().code(1);
    assert!(ended.stderr.starts_with(b"cat: write error: No space left on device\n"));
}

#[test]
fn statistics_as_text() {
    if only_ours() {
        return;
    }
    let (t, big) = scene();
    for word in ["--ring-stats", "--ring-stats=text"] {
        let ended = t.cat(&[word, "big"]).go().stdout_is(&big).code(0);
        assert!(!ended.stderr.is_empty());
    }
}

#[test]
fn a_trace_leaves_the_output_alone() {
    if only_ours() {
        return;
    }
    let (t, big) = scene();
    let expected = format!("{big}from a\n{big}");
    for engine in engines() {
        let run = t.cat(&["--ring-trace", "big", "a", "big"]);
        let ended = run.env("RINGUTILS", format!("engine={engine},direct")).go().stdout_is(&expected).code(0);
        let trace = String::from_utf8(ended.stderr).expect("UTF-8");
        assert!(trace.lines().count() > 1, "{engine}: {trace}");
        assert!(trace.ends_with('\n'), "{engine}: {trace}");
    }
}

#[test]
fn the_variable_and_the_option() {
    if only_ours() || !has_io_uring() {
        return;
    }
    let (t, _) = scene();
    let run = || t.cat(&["--ring-stats=json", "--ring=direct", "big"]);
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=threads")), "threads");
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=uring")), "uring");
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=uring,depth=8,block=64K")), "uring");
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=uring").arg("--ring=engine=threads")), "threads");
    assert_eq!(engine_of(run().env("RINGUTILS", "engine=threads").arg("--ring=engine=uring")), "uring");
    assert_eq!(engine_of(run().arg("--ring=engine=threads,depth=2").arg("--ring=engine=uring")), "uring");
}

/// All of it through the variable, as a symlinked `cat` deep in a script can be watched.
#[test]
fn statistics_and_trace_by_the_variable() {
    if only_ours() {
        return;
    }
    let (t, big) = scene();
    let ended = t.cat(&["-u", "big"]).env("RINGUTILS", "engine=threads,direct,stats=json").go();
    assert_eq!(ended.stdout_is(&big).code(0).stats()["engine"], "threads");
    let ended =
        t.cat(&["-u", "big"]).env("RINGUTILS", "engine=threads,direct,trace").go().stdout_is(&big).code(0);
    assert!(!ended.stderr.is_empty());
    // An empty variable is as good as none.
    t.cat(&["big"]).env("RINGUTILS", "").go().stdout_is(&big).fine();
}

#[test]
fn every_size_of_block_and_depth() {
    if only_ours() {
        return;
    }
    let (t, big) = scene();
    for ring in RINGS {
        for option in ["-u", "-T"] {
            let run = t.cat(&[&format!("--ring={ring}"), option, "big", "a", "-"]).stdin("typed\n");
            run.go().stdout_is(format!("{big}from a\ntyped\n")).fine();
        }
        t.cat(&[&format!("--ring={ring}"), "big", "a"]).redirect(">out").go().fine();
        t.holds("out", format!("{big}from a\n"));
    }
}

/// Status 1, a message by the name it was called by, no output, no panic.
#[track_caller]
fn refused(run: Run) {
    let ended = run.go().stdout_is("").code(1);
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(told.starts_with("cat: ") && told.ends_with('\n'), "{}: {told}", ended.command);
    for word in ["panicked", "os error", "Utf8Error", "ParseIntError", "RUST_BACKTRACE"] {
        assert!(!told.contains(word), "{}: {told}", ended.command);
    }
}

const BAD: [&[u8]; 28] = [
    b"engine",
    b"engine=",
    b"engine=foo",
    b"engine=URING ",
    b"engine=\xFF",
    b"\xFF",
    b"nonsense",
    b"nonsense=1",
    b"=",
    b"=1",
    b"depth",
    b"depth=",
    b"depth=0",
    b"depth=-1",
    b"depth=x",
    b"depth=1.5",
    b"depth=99999999999999999999999",
    b"depth=18446744073709551615",
    b"block=",
    b"block=0",
    b"block=-4K",
    b"block=4Q",
    b"block=99999999999999999999999",
    b"sqpoll=yes",
    b"trace=",
    b"threads=-1",
    b"threads=x",
    b"threads=99999999999999999999999",
];

#[test]
fn bad_values_of_ring() {
    if only_ours() {
        return;
    }
    let (t, _) = scene();
    for value in BAD {
        let word = [b"--ring=", value].concat();
        refused(t.cat(&[OsStr::from_bytes(&word), "a".as_ref()]));
        let good_and_bad = [b"--ring=engine=auto,", value].concat();
        refused(t.cat(&[OsStr::from_bytes(&good_and_bad), "a".as_ref()]));
    }
    refused(t.cat(&["--ring=", "a"]));
    refused(t.cat(&["a", "--ring"]));
}

#[test]
fn bad_values_of_the_variable() {
    if only_ours() {
        return;
    }
    let (t, _) = scene();
    for value in BAD {
        refused(t.cat(&["a"]).env("RINGUTILS", OsStr::from_bytes(value)));
    }
}

#[test]
fn bad_values_of_the_others() {
    if only_ours() {
        return;
    }
    let (t, _) = scene();
    for word in [
        &b"--progress="[..],
        b"--progress=sometimes",
        b"--progress=\xFF",
        b"--progress=-1",
        b"--ring-stats=",
        b"--ring-stats=xml",
        b"--ring-stats=\xFF",
        b"--ring-trace=x",
        b"--ring-trace=",
    ] {
        refused(t.cat(&[OsStr::from_bytes(word), "a".as_ref()]));
    }
}

/// A word that looks like the argument of an option whose argument is optional is a file.
#[test]
fn an_optional_argument_is_attached_or_not_there() {
    if only_ours() {
        return;
    }
    let (t, _) = scene();
    let expected = "cat: always: No such file or directory\n";
    t.cat(&["--progress", "always", "a"]).go().stdout_is("from a\n").stderr_is(expected).code(1);
    t.file("json", "file json\n");
    t.cat(&["--ring-stats", "json"]).go().stdout_is("file json\n").code(0);
}

#[test]
fn progress_leaves_the_output_alone() {
    if only_ours() {
        return;
    }
    let (t, big) = scene();
    for word in ["--progress=always", "--progress=auto", "--progress=never", "--progress"] {
        let ended = t.cat(&[word, "big", "-", "a"]).stdin("typed\n").go();
        let ended = ended.stdout_is(format!("{big}typed\nfrom a\n")).code(0);
        if word != "--progress=always" {
            ended.stderr_is(""); // no terminal
        }
        t.cat(&[word, "-n", "a"]).redirect(">out").go().code(0);
        t.holds("out", "     1\tfrom a\n");
    }
}
