//! `--ring-stats`, `--ring-trace`, `--ring`, `--progress`.

use serde_json::Value;

use super::{HELLO, noise};
use crate::harness::{Scene, engines, only_ours};

fn scene() -> (Scene, Vec<String>, Vec<u8>) {
    let t = Scene::new();
    let names: Vec<String> = (0..200).map(|i| format!("n{i}")).collect();
    for (i, name) in names.iter().enumerate() {
        t.file(name, noise(i * 300));
    }
    t.file("big", noise(13 << 20)).file("f", HELLO);
    let expected = t.uhash(&["big"]).args(&names).go().fine().stdout;
    (t, names, expected)
}

#[test]
fn statistics() {
    if only_ours() {
        return;
    }
    let (t, names, expected) = scene();
    for engine in engines() {
        let run = t.uhash(&["--ring-stats=json", "big"]).args(&names);
        run.env("RINGUTILS", format!("engine={engine}")).go().stdout_is(&expected).code(0);
        // What is cached needs no engine, unless another core can read it.
        let run = t.uhash(&["--ring-stats=json", "big"]);
        let ended = run.env("RINGUTILS", format!("engine={engine}")).go().code(0);
        let stats = ended.stats();
        assert_eq!(stats["engine"], engine, "{stats}");
        assert!(
            stats["operations"].as_object().is_some_and(|map| map.values().all(Value::is_u64)),
            "{stats}"
        );
    }
    for word in ["--ring-stats", "--ring-stats=text"] {
        let ended = t.uhash(&[word, "big"]).args(&names).go().stdout_is(&expected).code(0);
        assert!(!ended.stderr.is_empty());
    }
    // Behind what is wrong.
    let ended = t.uhash(&["gone", "--ring-stats=json"]).go().stdout_is("").code(1);
    assert!(ended.stderr.starts_with(b"uhash: gone: No such file or directory\n"), "{ended:?}");
}

#[test]
fn settings_change_nothing() {
    if only_ours() {
        return;
    }
    let (t, names, expected) = scene();
    for list in [
        "engine=threads",
        "depth=1",
        "depth=2,block=4K",
        "block=1M",
        "threads=1",
        "direct",
        "engine=threads,depth=4",
    ] {
        let run = t.uhash(&["--ring", list, "big"]).args(&names);
        run.any_engine().go().stdout_is(&expected).fine();
    }
    let ended = t.uhash(&["--ring-trace", "big"]).args(&names).go().stdout_is(&expected).code(0);
    assert!(ended.stderr.is_empty() || ended.stderr.ends_with(b"\n"));
}

#[test]
fn progress() {
    if only_ours() {
        return;
    }
    let (t, names, expected) = scene();
    let run = t.uhash(&["--progress=always", "big"]).args(&names);
    let ended = run.go().stdout_is(&expected).code(0);
    assert!(!ended.stderr.is_empty());
    for word in ["--progress=never", "--progress=auto", "--progress"] {
        t.uhash(&[word, "big"]).args(&names).go().stdout_is(&expected).fine();
    }
}
