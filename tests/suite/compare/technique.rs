//! Conclusions from figures that are made up, and the pages from those that were measured.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::document::results::Results;
use super::document::technique::question::{Answer, QUESTIONS, Question};
use super::document::technique::{self, FOLDER, TOOL, answer};

/// Round by round, how busy the machine was with something else: the same for all that take turns.
const BUSY: [f64; 5] = [1.0, 1.25, 1.0, 3.0, 1.0];

/// A command that takes this long, and this much processor time.
fn command(label: &str, seconds: f64, cpu: f64) -> Value {
    let x = label.split_once('=').and_then(|(_, number)| number.parse::<f64>().ok());
    json!({
        "command": format!("ucat {label}"),
        "setting": label,
        "list": label,
        "x": x,
        "compared": BUSY.map(|busy| busy * seconds),
        "cpu_s": BUSY.map(|_| cpu),
    })
}

/// `depth=1`, `depth=2`, `depth=4`, … that take this long.
fn doubling(seconds: &[f64]) -> Vec<Value> {
    let depth = |nth: usize| format!("depth={}", 1 << nth);
    seconds.iter().enumerate().map(|(nth, &seconds)| command(&depth(nth), seconds, seconds)).collect()
}

fn row(name: &str, commands: &[Value]) -> Value {
    json!({
        "row": name,
        "about": format!("what {name} does"),
        "compared": "wall time",
        "cold": false,
        "commands": commands,
        "targets": [],
    })
}

fn results(rows: &[Value]) -> Results {
    let file = json!({
        "machine": { "cpu": "a processor", "cores": 2, "memory": "8 GB", "kernel": "6.1" },
        "disk_file_system": "ext4",
        "ram_file_system": "tmpfs",
        "scale": 1.0,
        "commands": [],
        "rows": rows,
    });
    Results::read(TOOL, &file).expect("results")
}

fn question(name: &str) -> &'static Question {
    QUESTIONS.iter().find(|question| question.name == name).expect("a question")
}

/// What is concluded about a question from these rows.
#[track_caller]
fn concluded(name: &str, rows: &[Value]) -> String {
    let results = results(rows);
    technique::conclusion(question(name), &results).expect("a conclusion")
}

#[test]
fn more_helps_up_to_a_point() {
    let rows = [row("depth-cat", &doubling(&[8.0, 4.0, 2.0, 1.02, 1.0, 1.01]))];
    assert_eq!(
        concluded("depth", &rows),
        "For small cold files by ucat, more than 8 at a time gains less than 5 % (8 is 7.8 times as fast as 1)."
    );
}

#[test]
fn more_always_helps() {
    let rows = [row("depth-cat", &doubling(&[8.0, 4.0, 2.0]))];
    assert_eq!(
        concluded("depth", &rows),
        "For small cold files by ucat, each step gains something, up to the last (4 is 4.0 times as fast as 1)."
    );
}

#[test]
fn more_changes_nothing() {
    let rows = [
        row("depth-cat", &doubling(&[1.0, 1.02, 0.99])),
        row("depth-hash", &doubling(&[4.0, 2.0, 2.0])),
        row("depth-warm", &doubling(&[1.0, 1.0])),
    ];
    assert_eq!(
        concluded("depth", &rows),
        "For small cold files by uhash, more than 2 at a time gains less than 5 % (2 is 2.0 times as fast as 1); for \
         small cold files by ucat and small cached files by ucat, the depth makes less than 5 % of difference."
    );
}

#[test]
fn more_only_harms() {
    let rows = [row("depth-cat", &doubling(&[1.0, 1.01, 1.5, 3.0]))];
    assert_eq!(
        concluded("depth", &rows),
        "For small cold files by ucat, more than 2 at a time only costs time (8 takes 3.0 times as long as 1)."
    );
}

#[test]
fn too_much_is_no_good_either() {
    let rows = [row("depth-cat", &doubling(&[4.0, 2.0, 1.0, 1.01, 2.5]))];
    assert_eq!(
        concluded("depth", &rows),
        "For small cold files by ucat, 4 to 8 at a time is best (4.0 times as fast as 1, 2.5 times as fast as 16)."
    );
}

#[test]
fn settings_are_told_apart_by_what_they_do_for_each_row() {
    let pair = |name, ring, cpu| row(name, &[command("threads", 2.0, 1.0), command("ring", ring, cpu)]);
    let rows = [
        pair("engine-cat", 1.0, 0.5),
        pair("engine-hash", 2.05, 1.0),
        pair("engine-large", 3.0, 1.5),
        pair("engine-blocks", 0.1, 0.75),
    ];
    assert_eq!(
        concluded("engine", &rows),
        "A ring is faster than a pool of threads for small cold files by ucat (2.0 times as fast) and small cached \
         blocks of one file (20 times as fast); it makes less than 5 % of difference for small cold files by uhash; it \
         is slower for one large cached file by uhash (1.50 times as long); it takes 0.50 to \
         1.50 times the processor time."
    );
}

#[test]
fn processors_belong_to_an_answer_that_depends_on_them() {
    let row = row("sqpoll-blocks", &[command("system calls", 1.0, 1.0), command("sqpoll", 2.0, 4.0)]);
    assert_eq!(
        concluded("sqpoll", &[row]),
        "On 2 cores, SQPOLL is slower than submitting by system calls for small cached blocks (2.0 times as long); it \
         takes 4.0 times the processor time."
    );
}

#[test]
fn what_rounds_disagree_about_is_no_difference() {
    let mut ring = command("ring", 1.0, 1.0);
    // The median says 1.1 times as fast; two of five rounds say slower.
    ring["compared"] = json!([1.0, 1.25, 0.5, 0.5, 0.5]);
    let mut threads = command("threads", 1.0, 1.0);
    threads["compared"] = json!([0.9, 1.1, 0.55, 0.55, 0.55]);
    assert_eq!(
        concluded("engine", &[row("engine-cat", &[threads, ring])]),
        "A ring makes less than 5 % of difference for small cold files by ucat; it takes 1.00 times the processor time."
    );
}

#[test]
fn a_single_round_is_enough_to_draw_the_wrong_conclusion_but_not_to_fail() {
    let mut rows = vec![row("engine-cat", &[command("threads", 2.0, 0.0), command("ring", 1.0, 0.0)])];
    for command in rows[0]["commands"].as_array_mut().expect("commands") {
        command["compared"] = json!([command["compared"][0]]);
    }
    // Nothing is a multiple of no processor time.
    assert_eq!(
        concluded("engine", &rows),
        "A ring is faster than a pool of threads for small cold files by ucat (2.0 times as fast)."
    );
}

#[test]
fn a_choice_is_held_against_the_best() {
    let row = |seconds: &[f64]| results(&[row("depth-cat", &doubling(seconds))]);
    let said = |seconds: &[f64], chosen| {
        answer::choice(row(seconds).row("depth-cat").expect("the row"), chosen).unwrap_or_default()
    };
    assert_eq!(said(&[4.0, 2.0, 2.0], 2.0), "which here is within 5 % of the best");
    assert_eq!(said(&[4.0, 2.0, 1.0], 2.0), "which here takes 2.0 times as long as the best, `depth=4`");
    assert_eq!(said(&[4.0, 2.0, 1.0], 3.0), "", "nobody has measured that");
}

#[test]
fn pages_say_what_has_no_figures() {
    let rows = [
        row("depth-cat", &doubling(&[2.0, 1.0])),
        json!({ "row": "depth-hash", "skipped": "a reason" }),
        json!({ "row": "sqpoll-cat", "failed": "<another> reason" }),
    ];
    let files = technique::render(&results(&rows)).expect("pages");
    let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        ["docs/techniques/depth.svg", "docs/techniques/depth.md", "docs/techniques/README.md"],
        "only questions that have figures have pages"
    );
    let page = &files[1].text;
    assert!(page.contains("### what depth-cat does\n"), "{page}");
    assert!(page.contains("| `depth=2` | `depth=2` | 1.00 s | 2.0 | 1.00 s | 0.50 |"), "{page}");
    assert!(page.contains("- `depth-hash` (small cold files by uhash): skipped: a reason\n"), "{page}");
    assert!(page.contains("- `depth-warm` (small cached files by ucat): not measured\n"), "{page}");
    assert!(!page.contains("TRIAL"), "{page}");
    let index = &files[2].text;
    assert!(index.contains("[How many operations on their way](depth.md): For small cold files"), "{index}");
    assert!(
        index.contains("- `sqpoll-cat` (small cold files by ucat): failed: &lt;another> reason\n"),
        "{index}"
    );
}

#[test]
fn a_trial_is_marked_as_one() {
    let mut trial = row("depth-cat", &doubling(&[2.0, 1.0]));
    trial["scale"] = json!(0.05);
    for file in technique::render(&results(&[trial])).expect("pages") {
        assert_eq!(file.text.contains("TRIAL"), !file.path.ends_with("README.md"), "{}", file.path);
    }
}

#[test]
fn choices_are_in_the_source() {
    for question in QUESTIONS {
        for choice in question.choices {
            let source = choice.source;
            assert!(source.is_defined(), "{} does not define {}", source.path, source.item);
            let has_number = choice.number.is_none() || source.number().is_some();
            assert!(has_number, "{} of {} is no number", source.item, source.path);
        }
    }
}

#[test]
fn no_figure_is_typed_by_hand() {
    for question in QUESTIONS {
        for text in [question.title, question.asks, question.how, question.tools] {
            assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
        }
    }
}

/// The rows are part of a program that has no test harness; their names and settings are text in it.
#[test]
fn questions_are_about_rows_and_settings_that_there_are() {
    let text = include_str!("../../../benches/compare/tools/technique.rs");
    let named = |name: &str| text.contains(&format!("\"{name}\"")) || name == "threads";
    for question in QUESTIONS {
        for (row, _) in question.rows {
            assert!(named(row), "no row {row}");
            assert!(
                row.starts_with(&format!("{}-", question.name)),
                "{row} is not found by the question's name"
            );
        }
        if let Answer::Versus(all) = &question.answer {
            for one in *all {
                assert!(named(one.label), "no setting {}", one.label);
            }
        }
    }
    let asked = text.matches("asking(\"").count();
    assert!(asked >= QUESTIONS.len(), "{asked}");
}

/// `cargo bench --bench compare -- --render` makes them so.
#[test]
fn committed_pages_are_those_of_the_committed_results() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join(super::document::FOLDER).join(format!("{TOOL}.json"));
    let load = &mut |_: &str| match fs::read_to_string(&file) {
        Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
        Err(_) => Ok(None),
    };
    let expected = technique::read(load).expect("results");
    let expected = expected.map_or_else(Vec::new, |results| technique::render(&results).expect("pages"));
    for rendered in &expected {
        super::report::hold(&rendered.path, &rendered.text);
    }
    let mut names: Vec<String> = fs::read_dir(root.join(FOLDER))
        .into_iter()
        .flatten()
        .map(|entry| format!("{FOLDER}/{}", entry.expect("an entry").file_name().to_string_lossy()))
        .collect();
    names.sort_unstable();
    let mut wanted: Vec<String> = expected.into_iter().map(|file| file.path).collect();
    wanted.sort_unstable();
    assert_eq!(names, wanted, "the files of {FOLDER}");
}
