//! Generated commands, run by ours and by each GNU cat there is: the same output, diagnostics and status.
//! `PROPTEST_CASES` says how many; a failure is shrunk to the smallest command that still differs.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use super::model::Format;
use crate::harness::{Ended, Run, Scene, Tool, difference, each_generated, oracles, skip, ucat};

const CASES: u32 = 64;

/// Short clusters that the model understands, and all long options but for those that end the program.
const SHORT: [&str; 16] =
    ["-n", "-b", "-s", "-v", "-E", "-T", "-A", "-e", "-t", "-u", "-ns", "-sb", "-vE", "-sET", "-nE", "-"];
const LONG: [(&str, &str); 9] = [
    ("--number", "-n"),
    ("--number-nonblank", "-b"),
    ("--squeeze-blank", "-s"),
    ("--sq", "-s"),
    ("--show-nonprinting", "-v"),
    ("--show-ends", "-E"),
    ("--show-t", "-T"),
    ("--show-all", "-A"),
    ("--", "-"),
];

#[derive(Clone, Debug)]
enum Operand {
    Content(Vec<u8>),
    Stdin,
    Missing(&'static str),
    Folder,
}

#[derive(Clone, Copy, Debug)]
enum Output {
    Pipe,
    PipeForBoth,
    File,
    Appended,
    LogForBoth,
}

#[derive(Clone, Debug)]
struct Case {
    /// Each as it is written, and as the model knows it.
    options: Vec<(&'static str, &'static str)>,
    operands: Vec<Operand>,
    /// In pieces of at most a page.
    stdin: Vec<Vec<u8>>,
    output: Output,
    /// The options stand behind the operands.
    options_last: bool,
}

/// Bytes with everything in them that cat looks at.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => select(vec![&b"\n"[..], b"\n\n", b"\n\n\n", b"\r\n", b"\r", b"\t", b" ", b"\0", b"\r\r\n", b"\n\r"])
            .prop_map(<[u8]>::to_vec),
        3 => "[a-z ]{1,12}\n?".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 1..40),
        1 => (select(vec![&b"\n"[..], b"x", b"\r\n", b"line\n", b"\xFF\t"]), select(vec![100_usize, 4096, 70_000]))
            .prop_map(|(pattern, size)| pattern.iter().copied().cycle().take(size).collect()),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn case() -> impl Strategy<Value = Case> {
    let options = prop_oneof![
        3 => select(SHORT.as_slice()).prop_map(|word| (if word == "-" { "-u" } else { word }, word)),
        1 => select(LONG[..8].to_vec()),
    ];
    let operand = prop_oneof![
        6 => content().prop_map(Operand::Content),
        2 => Just(Operand::Stdin),
        1 => select(vec!["gone", "", "go ne", "it's", "a\nb", "\u{e9}", "d/x", "f0/"]).prop_map(Operand::Missing),
        1 => Just(Operand::Folder),
    ];
    let output = select(vec![
        Output::Pipe,
        Output::Pipe,
        Output::PipeForBoth,
        Output::File,
        Output::Appended,
        Output::LogForBoth,
    ]);
    let stdin = vec(content(), 0..4)
        .prop_map(|pieces| pieces.iter().flat_map(|p| p.chunks(4096)).map(<[u8]>::to_vec).collect());
    (vec(options, 0..4), vec(operand, 0..6), stdin, output, any::<bool>()).prop_map(
        |(options, operands, stdin, output, options_last)| Case {
            options,
            operands,
            stdin,
            output,
            options_last,
        },
    )
}

impl Case {
    fn run(&self, t: &Scene, tool: &Tool) -> (Ended, Vec<u8>) {
        t.file("out", "before\n");
        let words: Vec<&str> = self.options.iter().map(|(word, _)| *word).collect();
        let (first, last) = if self.options_last { (&[][..], &words[..]) } else { (&words[..], &[][..]) };
        let mut run: Run = t.cat(first).by(tool).stdin_pieces(self.stdin.clone());
        for (i, operand) in self.operands.iter().enumerate() {
            run = match operand {
                Operand::Content(_) => run.arg(format!("f{i}")),
                Operand::Stdin => run.arg("-"),
                Operand::Missing(name) => run.arg(name),
                Operand::Folder => run.arg("d"),
            };
        }
        run = run.args(last);
        run = match self.output {
            Output::Pipe => run,
            Output::PipeForBoth => run.redirect("2>&1"),
            Output::File => run.redirect(">out"),
            Output::Appended => run.redirect(">>out"),
            Output::LogForBoth => run.redirect(">>out 2>&1"),
        };
        (run.go(), t.read("out"))
    }

    /// What the model says that the output is.
    fn expected(&self) -> Vec<u8> {
        let mut stdin = Some(self.stdin.concat());
        let mut input = vec![];
        for operand in &self.operands {
            match operand {
                Operand::Content(content) => input.extend_from_slice(content),
                Operand::Stdin => input.extend(stdin.take().unwrap_or_default()),
                Operand::Missing(_) | Operand::Folder => {}
            }
        }
        if self.operands.is_empty() {
            input.extend(stdin.take().unwrap_or_default());
        }
        let letters: String = self.options.iter().map(|(_, short)| *short).collect();
        Format::of(&letters).apply(&input)
    }

    fn check(&self, oracles: &[Tool]) -> Result<(), TestCaseError> {
        let t = Scene::new();
        t.folder("d");
        for (i, operand) in self.operands.iter().enumerate() {
            if let Operand::Content(content) = operand {
                t.file(format!("f{i}"), content);
            }
        }
        let (ours, our_file) = self.run(&t, ucat());
        let by_model = match self.output {
            Output::Pipe => difference(&ours.stdout, &self.expected()),
            Output::File => difference(&our_file, &self.expected()),
            _ => None,
        };
        if let Some(report) = by_model {
            return Err(TestCaseError::fail(format!("{}\nand the model: {report}", ours.command)));
        }
        for oracle in oracles {
            let (theirs, their_file) = self.run(&t, oracle);
            let report = ours.difference_from(&theirs).or_else(|| difference(&our_file, &their_file));
            if let Some(report) = report {
                let (command, maker) = (&ours.command, oracle.maker);
                return Err(TestCaseError::fail(format!("{command}\nand {maker:?}: {report}")));
            }
        }
        Ok(())
    }
}

#[test]
fn generated_commands() {
    let oracles = oracles("cat");
    if oracles.is_empty() {
        skip("no GNU cat to compare with: only the model is");
    }
    each_generated(CASES, &case(), |case| case.check(&oracles));
}
