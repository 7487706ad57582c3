//! What all of our tools have: `--ring`, `--ring-stats`, `--ring-trace`, `--progress`, and the variable `RINGUTILS`.

use serde_json::Value;

use super::model::last_lines;
use super::numbered;
use crate::harness::{Run, Scene, engines, only_ours};

/// A hundred files, which are worth a ring, and one that is large; and the last lines of all.
fn scene() -> (Scene, Vec<String>, Vec<u8>) {
    let t = Scene::in_memory();
    let names: Vec<String> = (0..200).map(|i| format!("n{i}")).collect();
    let mut expected = Vec::new();
    for (i, name) in names.iter().enumerate() {
        let text = numbered(i * 20);
        t.file(name, &text);
        expected.extend_from_slice(last_lines(10).of(text.as_bytes()));
    }
    t.file("big", numbered(500_000)).file("f", "from f\n");
    (t, names, expected)
}

#[test]
fn statistics() {
    if only_ours() {
        return;
    }
    let (t, names, expected) = scene();
    for engine in engines() {
        let run = t.tail(&["-q", "--ring-stats=json"]).args(&names);
        run.env("RINGUTILS", format!("engine={engine}")).go().stdout_is(&expected).code(0);
        // Blocks that are read backwards are worth an engine, however little each of them costs.
        let run = t.tail(&["-n400000", "--ring-stats=json", "big"]);
        let ended = run.env("RINGUTILS", format!("engine={engine}")).go().code(0);
        let stats = ended.stats();
        assert_eq!(stats["engine"], engine, "{stats}");
        let operations = stats["operations"].as_object().expect("a map of operations");
        assert!(operations.values().all(Value::is_u64), "{stats}");
    }
    for word in ["--ring-stats", "--ring-stats=text"] {
        let ended = t.tail(&["-q", word]).args(&names).go().stdout_is(&expected).code(0);
        assert!(!ended.stderr.is_empty());
    }
    // Behind what is wrong.
    let ended = t.tail(&["gone", "--ring-stats=json"]).go().stdout_is("").code(1);
    assert!(ended.stderr.starts_with(b"tail: cannot open 'gone' for reading: No such file or directory\n"));
    let ended = t.tail(&["--ring-stats=json", "f"]).redirect(">/dev/full").go().code(1);
    assert!(ended.stderr.starts_with(b"tail: write error: No space left on device\n"));
}

/// What a few system calls finish needs no ring.
#[test]
fn no_ring_for_one_file() {
    if only_ours() {
        return;
    }
    let (t, ..) = scene();
    for part in ["-n10", "-c10"] {
        let ended = t.tail(&["--ring-stats=json", part, "big"]).any_engine().go().code(0);
        let stats = ended.stats();
        assert_eq!(stats["enters"], 0, "{stats}");
    }
}

#[test]
fn settings_change_nothing() {
    if only_ours() {
        return;
    }
    let (t, names, expected) = scene();
    let big = numbered(500_000);
    for ring in [
        "depth=1",
        "depth=2,block=4K",
        "depth=3,block=8K",
        "block=1M,depth=1",
        "depth=4096,block=512",
        "engine=threads,depth=4",
        "threads=1",
        "threads=3,depth=7",
        "plain",
        "direct",
        "engine=threads",
    ] {
        let run = |words: &[&str]| t.tail(&["--ring", ring]).args(words).any_engine();
        run(&["-q"]).args(&names).go().stdout_is(&expected).fine();
        run(&["-n300000", "big"]).go().stdout_is(last_lines(300_000).of(big.as_bytes())).fine();
        run(&["-n+1"]).redirect("<big >out").go().fine();
        t.holds("out", &big);
        run(&["-n3"]).stdin(big.as_str()).go().stdout_is(last_lines(3).of(big.as_bytes())).fine();
    }
    let ended = t.tail(&["--ring-trace", "-q"]).args(&names).go().stdout_is(&expected).code(0);
    assert!(ended.stderr.is_empty() || ended.stderr.ends_with(b"\n"));
    t.tail(&["f"]).env("RINGUTILS", "").go().stdout_is("from f\n").fine();
}

/// Status 1, a message by the name it was called by, no output, no panic.
#[track_caller]
fn refused(run: Run) {
    let ended = run.go().stdout_is("").code(1);
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(told.starts_with("tail: ") && told.ends_with('\n'), "{}: {told}", ended.command);
    assert!(!told.contains("panicked") && !told.contains("os error"), "{}: {told}", ended.command);
}

#[test]
fn bad_values() {
    if only_ours() {
        return;
    }
    let (t, ..) = scene();
    for value in
        ["engine=foo", "engine", "nonsense", "depth=0", "depth=x", "block=0", "threads=-1", "=", "depth="]
    {
        refused(t.tail(&[&format!("--ring={value}"), "f"]));
        refused(t.tail(&["f"]).env("RINGUTILS", value));
    }
    for word in ["--ring=", "--progress=sometimes", "--ring-stats=xml", "--ring-trace=x", "--ring"] {
        refused(t.tail(&["f", word]));
    }
}

/// A word that looks like the argument of an option whose argument is optional is a file.
#[test]
fn an_optional_argument_is_attached_or_not_there() {
    if only_ours() {
        return;
    }
    let (t, ..) = scene();
    let told = "tail: cannot open 'always' for reading: No such file or directory\n";
    t.tail(&["--progress", "-q", "always", "f"]).go().stdout_is("from f\n").stderr_is(told).code(1);
}

#[test]
fn progress() {
    if only_ours() {
        return;
    }
    let (t, ..) = scene();
    let big = numbered(500_000);
    for word in ["--progress=always", "--progress=auto", "--progress=never", "--progress"] {
        let ended = t.tail(&[word, "-n+1", "big"]).go().stdout_is(&big).code(0);
        if word != "--progress=always" {
            ended.stderr_is(""); // no terminal
        }
    }
}
