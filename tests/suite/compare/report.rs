//! The report of the comparison: what is committed is what the committed results make, and what results make is honest.

use std::env;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::document::results::Results;
use super::document::{self, Drawn, charts, merge};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn committed(tool: &str) -> String {
    let path = root().join(document::FOLDER).join(format!("{tool}.json"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn committed_results() -> Vec<Results> {
    document::read_all(&mut |tool| Ok(Some(serde_json::from_str(&committed(tool))?))).unwrap()
}

/// Holds a committed file against what it should be, or, if asked to, makes it that.
pub fn hold(path: &str, expected: &str) {
    let file = root().join(path);
    if env::var_os("RINGUTILS_BLESS").is_some() {
        fs::write(&file, expected).unwrap();
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    let differs = found.lines().zip(expected.lines()).position(|(found, expected)| found != expected);
    assert!(
        found == expected,
        "{path} is not what docs/benchmarks/*.json make, from line {} on: run `cargo bench --bench compare -- --render`",
        differs.unwrap_or_else(|| found.lines().count().min(expected.lines().count())) + 1
    );
}

#[test]
fn committed_pages_are_made_from_the_committed_results() {
    let all = committed_results();
    for rendered in document::render(&all).unwrap() {
        hold(&rendered.path, &rendered.text);
    }
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    hold("README.md", &document::readme(&readme, &all).unwrap());
}

#[test]
fn committed_results_name_no_folders() {
    for tool in document::TOOLS {
        let text = committed(tool);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(merge::written(&value) == text, "{tool}.json is not as the benchmark writes it");
    }
}

/// Results of `ucat` and two others, in seconds a round.
fn row(name: &str, ours: &[f64], gnu: &[f64], busybox: &[f64]) -> Value {
    let command = |label: &str, samples: &[f64]| {
        let peak = 5000.0;
        json!({ "command": label, "compared": samples, "cpu_s": samples, "peak_rss_kib": peak })
    };
    json!({
        "tool": "cat", "row": name, "about": format!("what {name} is"), "compared": "wall time", "cold": false,
        "notes": [], "targets": [],
        "commands": [command("ucat", ours), command("gnu-9.10", gnu), command("busybox", busybox)],
    })
}

fn file(rows: &[Value]) -> Value {
    let command = |label: &str, version: &str| {
        let words = [format!("/home/me/{label}")];
        let ours = label == "ucat";
        json!({ "tool": "cat", "ours": ours, "command": label, "called": null, "version": version, "words": words })
    };
    json!({
        "machine": { "cpu": "Z80", "cores": 1, "memory": "64 kB", "kernel": "6.1" },
        "disk_file_system": "ext4", "ram_file_system": "tmpfs", "runs": 1, "scale": 1.0,
        "measured": "2026-01-31", "ringutils": "0.1.0", "peak_rss_floor_kib": 3000.0, "rows_failed": 0,
        "commands": [
            command("ucat", "ucat (ringutils) 0.1.0"),
            command("gnu-9.10", "cat (GNU coreutils) 9.10"),
            command("busybox", "BusyBox v1"),
        ],
        "rows": rows,
    })
}

/// The same results with another field, or another value of it.
fn with(mut value: Value, name: &str, field: Value) -> Value {
    value[name] = field;
    value
}

fn page(rows: &[Value]) -> String {
    let all = [Results::read("cat", &file(rows)).unwrap()];
    document::render(&all).unwrap().into_iter().find(|rendered| rendered.path == document::PAGE).unwrap().text
}

/// The text between a heading and the next one.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("## {heading}\n")).unwrap();
    rest.split_once("\n## ").map_or(rest, |(section, _)| section)
}

#[test]
fn rows_that_lose_are_told_of() {
    let lost = row("lost", &[2.0], &[4.0], &[1.0]);
    let tie = row("tie", &[1.0], &[4.0], &[0.98]);
    let page = page(&[lost.clone(), tie]);
    let losses = section(&page, "Where we lose, and why");
    assert!(losses.contains("**`ucat`, lost** (what lost is): busybox 0.50x (0.50 to 0.50x)."), "{losses}");
    assert!(losses.contains("Not yet understood."), "{losses}");
    assert!(!losses.contains("tie**") && !losses.contains("GNU"), "{losses}");
    assert!(page.contains("Of 2 rows, somebody else is faster in 1:"), "{page}");

    let page = self::page(&[with(lost, "because", json!("It looks at nothing."))]);
    let losses = section(&page, "Where we lose, and why");
    assert!(losses.contains("It looks at nothing.") && !losses.contains("Not yet understood"), "{losses}");
}

#[test]
fn who_does_less_is_told_apart() {
    let notes = json!(["busybox does less: it keeps not all that gnu-9.10 keeps about the files"]);
    let page = page(&[with(row("lost", &[2.0], &[1.0], &[1.0]), "notes", notes)]);
    let losses = section(&page, "Where we lose, and why");
    assert!(
        losses.contains("GNU 9.10 0.50x (0.50 to 0.50x), busybox 0.50x (0.50 to 0.50x), which does less."),
        "{losses}"
    );
    assert!(page.contains("- lost: busybox does less: it keeps not all that GNU 9.10 keeps"), "{page}");
}

#[test]
fn who_takes_part_is_told_once() {
    let mut file = file(&[row("a", &[1.0], &[2.0], &[2.0])]);
    file["absent"] =
        json!(["not compared: uutils (neither uu-md5sum …)", "not compared: uutils (neither uu-cat …)"]);
    let text = document::render(&[Results::read("cat", &file).unwrap()]).unwrap().remove(0).text;
    let who = section(&text, "Who takes part");
    assert!(who.contains("| GNU 9.10 | GNU coreutils 9.10 |\n| `ucat` | ringutils 0.1.0 |"), "{who}");
    assert!(who.contains("Not there to take part beside `ucat`: uutils."), "{who}");
    assert_eq!(who.matches("uutils.").count(), 1, "{who}");
}

#[test]
fn nothing_lost_is_said_too() {
    let page = page(&[row("won", &[1.0], &[4.0], &[2.0])]);
    assert!(section(&page, "Where we lose, and why").contains("- Nowhere."));
    assert!(section(&page, "Promises that were not kept").contains("- None."));
}

#[test]
fn missed_promises_are_told_of() {
    let target = |verdict: &str, promise: &str| {
        let unit = "times as fast";
        json!({ "promise": promise, "limit": 5.0, "found": 4.0, "unit": unit, "verdict": verdict })
    };
    let targets = json!([target("MISSED", "ucat: at least 5.00x gnu-9.10"), target("ok", "ucat: kept")]);
    let page = page(&[with(row("slow", &[1.0], &[4.0], &[2.0]), "targets", targets)]);
    let missed = section(&page, "Promises that were not kept");
    assert!(missed.contains("- slow: ucat: at least 5.00x GNU 9.10. It was 4.00x."), "{missed}");
    assert!(!missed.contains("kept."), "{missed}");
}

#[test]
fn rows_without_results_have_no_figures() {
    let failed = json!({ "tool": "cat", "row": "wrong", "failed": "ucat put out 3 bytes" });
    let skipped = json!({ "tool": "cat", "row": "cold", "skipped": "only root may" });
    let page = page(&[failed, skipped, row("fine", &[1.0], &[4.0], &[2.0])]);
    assert!(page.contains("- wrong: **failed**, and so has no figures: ucat put out 3 bytes."), "{page}");
    assert!(page.contains("- cold: not measured: only root may."), "{page}");
    assert!(!page.contains("**wrong**<br>") && !page.contains("**cold**<br>"), "{page}");
    assert!(page.contains("Of 1 rows"), "{page}");
}

#[test]
fn ratios_are_of_the_rounds() {
    // The third round was slow for both.
    let page = page(&[row("work", &[1.0, 1.0, 4.0], &[2.0, 3.0, 8.0], &[1.0, 1.0, 4.0])]);
    assert!(page.contains("| 2.00x<br><sub>2.00&nbsp;–&nbsp;3.00</sub> |"), "{page}");
}

/// The rows named in `order`, merged.
fn merged(old: &Value, new: &Value, order: &[&str]) -> Result<Value, String> {
    merge::merged(Some(old), new, order)
}

#[test]
fn rows_measured_again_replace_older_ones() {
    let old = file(&[
        row("a", &[1.0], &[2.0], &[2.0]),
        row("b", &[1.0], &[2.0], &[2.0]),
        row("gone", &[1.0], &[1.0], &[1.0]),
    ]);
    let new = with(file(&[row("b", &[1.0], &[8.0], &[2.0])]), "measured", json!("2026-02-01"));
    let both = merged(&old, &new, &["a", "b", "c"]).unwrap();
    let names: Vec<&Value> = both["rows"].as_array().unwrap().iter().map(|row| &row["row"]).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(both["rows"][0]["measured"], "2026-01-31", "an older row says of itself when it was measured");
    assert_eq!(both["rows"][1]["commands"][1]["compared"], json!([8.0]));
    assert_eq!(both["rows_failed"], Value::Null, "which was about one run");
    let results = Results::read("cat", &both).unwrap();
    let text = document::render(&[results]).unwrap().remove(0).text;
    assert!(text.contains("what a is (measured 2026-01-31, ringutils 0.1.0)"), "{text}");
    assert!(!text.contains("what b is (measured"), "{text}");
}

#[test]
fn a_failure_replaces_a_result_and_a_skipped_row_does_not() {
    let old = file(&[row("a", &[1.0], &[2.0], &[2.0]), row("b", &[1.0], &[2.0], &[2.0])]);
    let new = file(&[json!({ "row": "a", "failed": "why" }), json!({ "row": "b", "skipped": "why" })]);
    let both = merged(&old, &new, &["a", "b"]).unwrap();
    assert_eq!(both["rows"][0]["failed"], "why");
    assert!(both["rows"][0]["commands"].is_null());
    assert!(both["rows"][1]["commands"].is_array());
}

#[test]
fn machines_and_versions_are_not_mixed() {
    let old = file(&[row("a", &[1.0], &[2.0], &[2.0]), row("b", &[1.0], &[2.0], &[2.0])]);
    let new = |rows: &[Value]| {
        let machine = json!({ "cpu": "6502", "cores": 1, "memory": "64 kB", "kernel": "6.1" });
        with(file(rows), "machine", machine)
    };
    let again = [row("a", &[1.0], &[2.0], &[2.0]), row("b", &[1.0], &[2.0], &[2.0])];
    assert!(merged(&old, &new(&again[..1]), &["a", "b"]).unwrap_err().contains("another machine"));
    assert!(merged(&old, &new(&again), &["a", "b"]).is_ok(), "nothing is left of the other machine");

    let mut other = file(&again[..1]);
    other["commands"][2]["version"] = json!("BusyBox v2");
    assert!(merged(&old, &other, &["a", "b"]).unwrap_err().contains("another version of \"busybox\""));
    other["commands"][2]["version"] = json!("BusyBox v1");
    other["commands"][0]["version"] = json!("ucat (ringutils) 0.2.0");
    assert!(merged(&old, &other, &["a", "b"]).is_ok(), "ours is what changes");
}

#[test]
fn published_results_name_no_folders() {
    let text = merge::written(&json!({
        "words": ["/home/me/bin/cat", "--library-path", "/a:/b/lib", "-n"],
        "absent": "GNU (/home/me/x/cat is no program)",
        "about": "600 MB from RAM to /dev/null",
        "time": 0.090_955_000_000_000_01,
    }));
    let expected = "{\n  \"about\": \"600 MB from RAM to /dev/null\",\n  \"absent\": \"GNU (…/cat is no program)\",\n  \
                    \"time\": 0.090955,\n  \"words\": [\"…/cat\",\"--library-path\",\"…/lib\",\"-n\"]\n}\n";
    assert_eq!(text, expected);
}

#[test]
fn the_block_of_the_readme_is_replaced_whole() {
    let all = [Results::read("cat", &file(&[row("small-cold", &[1.0], &[4.0], &[2.0])])).unwrap()];
    let text = "before\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nafter\n";
    let new = document::readme(text, &all).unwrap();
    assert!(
        new.starts_with("before\n<!-- bench:begin -->\n![") && new.ends_with("<!-- bench:end -->\nafter\n")
    );
    assert!(new.contains("| `ucat`: what small-cold is | 1.00 s | 4.00 s | **4.00x** |"), "{new}");
    assert!(!new.contains("old\n"));
    assert!(document::readme("no marks", &all).is_err());
}

#[test]
fn results_that_lack_something_say_what() {
    let error = |file: &Value| Results::read("cat", file).err().unwrap();
    assert_eq!(error(&json!({})), "results of cat: no rows");
    let unsampled = row("a", &[], &[], &[]);
    assert_eq!(error(&file(&[unsampled])), "results of cat: a: ucat has no samples");
}

fn bars(values: &[f64]) -> Drawn<String> {
    charts::bars(&charts::Bars {
        title: "who & <what>".into(),
        subtitle: "here".into(),
        axis: "times as fast".into(),
        unit: "x",
        baseline: Some((1.0, "GNU".into())),
        series: vec![charts::Series { name: "ours".into(), role: charts::Role::Ours }],
        groups: values
            .iter()
            .map(|&value| charts::Group {
                label: "row".into(),
                note: "why".into(),
                values: vec![Some(value)],
            })
            .collect(),
    })
}

#[test]
fn charts_of_bars_show_values() {
    let near = bars(&[0.9, 2.5]).unwrap();
    assert!(near.contains("<title>who &amp; &lt;what&gt;</title>"), "{near}");
    assert!(near.contains(">0.90x</text>") && near.contains(">2.50x</text>"), "{near}");
    assert!(!near.contains("logarithmic"), "{near}");
    let cut = bars(&[0.004, 20.0]).unwrap();
    assert!(
        cut.contains(">0.004x</text>") && !cut.contains(">0.0625x</text>"),
        "what is too far is cut: {cut}"
    );
    let far = bars(&[0.5, 20.0]).unwrap();
    assert!(far.contains("logarithmic") && far.contains(">20.0x</text>"), "{far}");
    assert_eq!(far, bars(&[0.5, 20.0]).unwrap(), "the same each time");
}

#[test]
fn charts_of_lines_show_steps() {
    let point = |x: f64| charts::Point { x, y: x * 10.0, low: x * 9.0, high: x * 11.0 };
    let chart = |last: i32| {
        charts::lines(&charts::Lines {
            title: "depth".into(),
            subtitle: String::new(),
            x_axis: "block".into(),
            y_axis: "MB/s".into(),
            steps: charts::Steps::Bytes,
            reference: Some((40_000.0, "plain".into())),
            lines: vec![charts::Line {
                name: "ring".into(),
                points: (12..last).map(|power| point(2_f64.powi(power))).collect(),
            }],
        })
    };
    let svg = chart(15).unwrap();
    assert!(svg.contains(">4 KiB</text>") && svg.contains(">16 KiB</text>"), "{svg}");
    assert!(svg.matches("<circle").count() == 3 && !svg.contains("logarithmic"), "{svg}");
    assert!(chart(20).unwrap().contains("MB/s (logarithmic)"));
}
