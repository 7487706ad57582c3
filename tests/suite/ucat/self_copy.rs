//! "input file is output file": what would never end is refused, what ends is done.

use std::os::unix::fs::symlink;

use crate::harness::Scene;

const REFUSED: &str = "input file is output file\n";

fn scene() -> Scene {
    let t = Scene::new();
    t.file("f", "content of f\n").file("g", "gg\n");
    t
}

#[test]
fn appending_a_file_to_itself() {
    let t = scene();
    for option in ["-u", "-n", "-A"] {
        let run = t.cat(&[option, "f"]).redirect(">>f");
        run.go().stderr_is(format!("cat: f: {REFUSED}")).code(1);
        let run = t.cat(&[option]).redirect("<f >>f");
        run.go().stderr_is(format!("cat: -: {REFUSED}")).code(1);
        t.holds("f", "content of f\n");
    }
}

#[test]
fn under_another_name() {
    let t = scene();
    symlink("f", t.path("soft")).unwrap();
    std::fs::hard_link(t.path("f"), t.path("hard")).unwrap();
    let expected = format!("cat: soft: {REFUSED}cat: hard: {REFUSED}cat: ./f: {REFUSED}");
    t.cat(&["soft", "hard", "./f"]).redirect(">>f").go().stderr_is(expected).code(1);
    t.holds("f", "content of f\n");
}

#[test]
fn a_name_that_needs_quotes() {
    let t = Scene::new();
    t.file("f f", "x");
    std::os::unix::fs::symlink("f f", t.path("ff")).unwrap();
    t.cat(&["f f"]).redirect(">>ff").go().stderr_is(format!("cat: 'f f': {REFUSED}")).code(1);
    t.holds("f f", "x");
}

#[test]
fn the_others_are_copied() {
    let t = scene();
    t.file("h", "hh\n");
    let run = t.cat(&["g", "f", "h"]).redirect(">>f");
    run.go().stderr_is(format!("cat: f: {REFUSED}")).code(1);
    t.holds("f", "content of f\ngg\nhh\n");
}

#[test]
fn truncated_by_the_shell() {
    let t = scene();
    t.cat(&["f"]).redirect(">f").go().fine();
    t.holds("f", "");
    // `g` goes in first, so that there is something to refuse.
    t.cat(&["g", "f"]).redirect(">f").go().stderr_is(format!("cat: f: {REFUSED}")).code(1);
    t.holds("f", "gg\n");
}

#[test]
fn an_empty_file_appended_to_itself() {
    let t = Scene::new();
    t.file("f", "");
    t.cat(&["f"]).redirect(">>f").go().fine();
    t.cat(&["f", "f"]).redirect(">>f").go().fine();
    t.holds("f", "");
}

#[test]
fn rewriting_a_file_with_itself() {
    let t = scene();
    t.cat(&["f"]).redirect("1<>f").go().fine();
    t.holds("f", "content of f\n");
    t.cat(&["-"]).redirect("<f 1<>f").go().fine();
    t.holds("f", "content of f\n");
}

#[test]
fn rewriting_a_big_file_with_itself() {
    let t = Scene::new();
    let big: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_be_bytes).collect();
    t.file("f", &big);
    t.cat(&["f"]).redirect("1<>f").go().fine();
    t.holds("f", &big);
    t.cat(&["-"]).redirect("<f 1<>f").go().fine();
    t.holds("f", &big);
}

#[test]
fn rewriting_and_then_adding() {
    let t = scene();
    t.cat(&["f", "g"]).redirect("1<>f").go().fine();
    t.holds("f", "content of f\ngg\n");
    let t = scene();
    t.cat(&["-", "g"]).redirect("<f 1<>f").go().fine();
    t.holds("f", "content of f\ngg\n");
}

#[test]
fn after_another_file_was_written_over_the_start() {
    let t = scene();
    t.cat(&["g", "f"]).redirect("1<>f").go().stderr_is(format!("cat: f: {REFUSED}")).code(1);
    t.holds("f", "gg\ntent of f\n");
    // The second time, the output is ahead of the input.
    let t = scene();
    t.cat(&["f", "f"]).redirect("1<>f").go().stderr_is(format!("cat: f: {REFUSED}")).code(1);
    t.holds("f", "content of f\n");
}

#[test]
fn input_at_its_end() {
    use std::io::{Seek, SeekFrom};
    let t = scene();
    let mut input = std::fs::File::open(t.path("f")).unwrap();
    input.seek(SeekFrom::End(0)).unwrap();
    t.cat(&["-"]).stdin_from(input).redirect(">>f").go().fine();
    t.holds("f", "content of f\n");
}

#[test]
fn input_ahead_of_output() {
    use std::io::{Seek, SeekFrom};
    let t = scene();
    let mut input = std::fs::File::open(t.path("f")).unwrap();
    input.seek(SeekFrom::Start(8)).unwrap();
    t.cat(&["-"]).stdin_from(input).redirect("1<>f").go().fine();
    t.holds("f", "of f\nnt of f\n");
}

/// A descriptor of its own for stdin, further on than stdout.
#[test]
fn read_ahead_must_not_see_what_is_written() {
    // Shifts a big file to the left by one byte, through many blocks.
    use std::io::{Seek, SeekFrom};
    let t = Scene::new();
    let big: Vec<u8> = (0..700_000_u32).flat_map(u32::to_be_bytes).collect();
    t.file("f", &big);
    let mut input = std::fs::File::open(t.path("f")).unwrap();
    input.seek(SeekFrom::Start(1)).unwrap();
    t.cat(&["-u", "-"]).stdin_from(input).redirect("1<>f").go().fine();
    let mut expected = big[1..].to_vec();
    expected.extend_from_slice(&big[big.len() - 1..]);
    t.holds("f", expected);
}

#[test]
fn devices_and_pipes_are_not_the_same_file() {
    let t = scene();
    t.cat(&["/dev/null"]).redirect(">/dev/null").go().fine();
    t.cat(&["-"]).redirect("</dev/null >>/dev/null").go().fine();
    t.cat(&["f", "/dev/null"]).redirect(">/dev/null").go().fine();
}
