//! Every formatting option: alone, combined, on every byte, across files.

use super::model::Format;
use crate::harness::Scene;

/// All 64 meaningful combinations of flags, spelled as a user might.
fn combinations() -> impl Iterator<Item = String> {
    (0..64_u32).map(|bits| {
        let letters = "nbsvET".chars().enumerate().filter(|(i, _)| bits >> i & 1 == 1);
        letters.fold(String::from("-u"), |word, (_, letter)| word + &letter.to_string())
    })
}

fn every_byte() -> Vec<u8> {
    (0..=255).collect()
}

#[test]
fn plain_copies_every_byte() {
    let t = Scene::new();
    t.file("a", every_byte());
    t.cat(&["a"]).go().stdout_is(every_byte()).fine();
    t.cat(&["-u", "a"]).go().stdout_is(every_byte()).fine();
    t.cat(&[""; 0]).stdin(every_byte()).go().stdout_is(every_byte()).fine();
    t.cat(&["-"]).stdin(every_byte()).go().stdout_is(every_byte()).fine();
}

#[test]
fn numbers_every_line() {
    let t = Scene::new();
    t.file("a", "x\n\ny\n");
    t.cat(&["-n", "a"]).go().stdout_is("     1\tx\n     2\t\n     3\ty\n").fine();
    t.cat(&["--number", "a"]).go().stdout_is("     1\tx\n     2\t\n     3\ty\n").fine();
}

#[test]
fn numbers_lines_that_are_not_blank() {
    let t = Scene::new();
    t.file("a", "x\n\ny\n \n\t\n\r\n");
    let expected = "     1\tx\n\n     2\ty\n     3\t \n     4\t\t\n     5\t\r\n";
    for options in [&["-b"][..], &["-nb"], &["-bn"], &["-b", "-n"], &["--number-nonblank", "--number"]] {
        t.cat(options).arg("a").go().stdout_is(expected).fine();
    }
}

#[test]
fn squeezes_runs_of_blank_lines() {
    let t = Scene::new();
    t.file("a", "\n\n\nx\n\ny\n\n\n \n\n\n\n");
    t.cat(&["-s", "a"]).go().stdout_is("\nx\n\ny\n\n \n\n").fine();
    t.cat(&["-sn", "a"])
        .go()
        .stdout_is("     1\t\n     2\tx\n     3\t\n     4\ty\n     5\t\n     6\t \n     7\t\n");
    t.cat(&["-sb", "a"]).go().stdout_is("\n     1\tx\n\n     2\ty\n\n     3\t \n\n");
    t.cat(&["-sE", "a"]).go().stdout_is("$\nx$\n$\ny$\n$\n $\n$\n");
}

#[test]
fn shows_ends() {
    let t = Scene::new();
    t.file("a", "x\n\n\r\ny\rz\r\r\n\r");
    t.cat(&["-E", "a"]).go().stdout_is("x$\n$\n^M$\ny\rz\r^M$\n\r").fine();
    t.cat(&["-e", "a"]).go().stdout_is("x$\n$\n^M$\ny^Mz^M^M$\n^M").fine();
    t.cat(&["-vE", "a"]).go().stdout_is("x$\n$\n^M$\ny^Mz^M^M$\n^M").fine();
}

#[test]
fn shows_tabs() {
    let t = Scene::new();
    t.file("a", "\tx\0\x01\t\n");
    t.cat(&["-T", "a"]).go().stdout_is("^Ix\0\x01^I\n").fine();
    t.cat(&["-t", "a"]).go().stdout_is("^Ix^@^A^I\n").fine();
    t.cat(&["-A", "a"]).go().stdout_is("^Ix^@^A^I$\n").fine();
}

#[test]
fn shows_nonprinting_bytes() {
    let t = Scene::new();
    t.file("a", b"\x00\x08\t\n\x0B\x1F\x20~\x7F\x80\x89\x8A\x9F\xA0\xFE\xFF");
    let expected = "^@^H\t\n^K^_ ~^?M-^@M-^IM-^JM-^_M- M-~M-^?";
    t.cat(&["-v", "a"]).go().stdout_is(expected).fine();
    t.cat(&["--show-nonprinting", "a"]).go().stdout_is(expected).fine();
    t.cat(&["-v", "a"]).env("LC_ALL", "C.UTF-8").go().stdout_is(expected).fine();
}

#[test]
fn long_names_mean_the_same() {
    let t = Scene::new();
    let mut input = every_byte();
    input.extend_from_slice(b"\n\n\n\tx\r\n\n\n\ny");
    t.file("a", &input);
    for (long, short) in [
        ("--number-nonblank", "-b"),
        ("--number", "-n"),
        ("--squeeze-blank", "-s"),
        ("--show-nonprinting", "-v"),
        ("--show-ends", "-E"),
        ("--show-tabs", "-T"),
        ("--show-all", "-A"),
    ] {
        t.cat(&[long, "a"]).go().stdout_is(Format::of(short).apply(&input)).fine();
        t.cat(&[short, "a"]).go().stdout_is(Format::of(short).apply(&input)).fine();
    }
}

#[test]
fn every_combination_on_every_byte() {
    let t = Scene::new();
    let mut input = every_byte();
    input.extend_from_slice(b"\n\n\n\tx\r\n\r\n\n\n\n \r\r\n\x8A\n\nunterminated");
    t.file("a", &input);
    for options in combinations() {
        t.cat(&[&options, "a"]).go().stdout_is(Format::of(&options).apply(&input)).fine();
    }
}

#[test]
fn files_are_one_stream() {
    // The counter, the run of blank lines, an unterminated line and a CR that waits go on in the next file.
    let t = Scene::new();
    let files: [&[u8]; 7] = [b"x", b"y\n\n", b"\n", b"", b"\n\nz\r", b"\nw\r", b""];
    let whole = files.concat();
    let names: Vec<String> = (0..files.len()).map(|i| format!("f{i}")).collect();
    for (name, content) in names.iter().zip(files) {
        t.file(name, content);
    }
    for options in combinations() {
        let expected = Format::of(&options).apply(&whole);
        t.cat(&[&options]).args(&names).go().stdout_is(&expected).fine();
        let pieces = files.iter().map(|f| f.to_vec()).filter(|f| !f.is_empty()).collect();
        t.cat(&[&options]).stdin_pieces(pieces).go().stdout_is(&expected).fine();
    }
}

#[test]
fn an_unterminated_line_goes_on_in_the_next_file_without_a_number() {
    let t = Scene::new();
    t.file("a", "x").file("b", "y\nz");
    t.cat(&["-n", "a", "b"]).go().stdout_is("     1\txy\n     2\tz").fine();
    t.cat(&["-b", "a", "-", "b"]).stdin("-").go().stdout_is("     1\tx-y\n     2\tz").fine();
}

#[test]
fn a_failing_file_in_between_changes_nothing() {
    let t = Scene::new();
    t.file("a", "x\r").file("b", "\n\n").folder("d");
    let expected = "cat: d: Is a directory\ncat: gone: No such file or directory\n";
    t.cat(&["-nE", "a", "d", "gone", "b"])
        .go()
        .stdout_is("     1\tx^M$\n     2\t$\n")
        .stderr_is(expected)
        .code(1);
}

#[test]
fn a_carriage_return_at_the_very_end_comes_out_raw() {
    let t = Scene::new();
    t.file("cr", "\r").file("lf", "\n").file("x", "x");
    t.cat(&["-E", "cr"]).go().stdout_is("\r").fine();
    t.cat(&["-E", "cr", "cr"]).go().stdout_is("\r\r").fine();
    t.cat(&["-E", "cr", "lf"]).go().stdout_is("^M$\n").fine();
    t.cat(&["-E", "cr", "x"]).go().stdout_is("\rx").fine();
    t.cat(&["-nE", "cr"]).go().stdout_is("     1\t\r").fine();
    t.cat(&["-A", "cr"]).go().stdout_is("^M").fine();
    t.cat(&["-E", "cr", "gone", "lf"])
        .go()
        .stdout_is("^M$\n")
        .stderr_is("cat: gone: No such file or directory\n")
        .code(1);
}

#[test]
fn numbers_grow_past_six_columns() {
    let t = Scene::new();
    let input = b"\n".repeat(1_000_002);
    t.file("a", &input);
    let out = t.cat(&["-n", "a"]).go();
    let tail = b"\n999999\t\n1000000\t\n1000001\t\n1000002\t\n";
    assert!(out.stdout.ends_with(tail), "ends with {}", out.stdout[out.stdout.len() - 60..].escape_ascii());
    out.stdout_is(Format::of("-n").apply(&input)).fine();
}

#[test]
fn stdin_may_be_named_more_than_once() {
    let t = Scene::new();
    t.file("a", "a\n");
    t.cat(&["-n", "-", "a", "-"]).stdin("s\n").go().stdout_is("     1\ts\n     2\ta\n").fine();
    t.cat(&["-", "-", "a"]).redirect("<a").go().stdout_is("a\na\n").fine();
}
