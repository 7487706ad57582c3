//! Generated commands, run by ours and by the newest GNU tail: the same output, diagnostics and status, and standard
//! input left at the same place. `PROPTEST_CASES` says how many; a failure is shrunk to the smallest command that still
//! differs.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use super::newest;
use crate::harness::{Ended, Run, Scene, Tool, each_generated, skip, utail};

const CASES: u32 = 150;

#[derive(Clone, Debug)]
enum Operand {
    Content(Vec<u8>),
    Stdin,
    Missing(&'static str),
    Folder,
    Other(&'static str),
}

#[derive(Clone, Debug)]
enum Input {
    /// In pieces of at most a page.
    Pipe(Vec<Vec<u8>>),
    /// A file, positioned.
    File(Vec<u8>, u64),
    Closed,
}

#[derive(Clone, Debug)]
struct Case {
    words: Vec<String>,
    operands: Vec<Operand>,
    input: Input,
    both: bool,
    words_last: bool,
}

/// Bytes with everything in them that tail looks at.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => select(vec![&b"\n"[..], b"\n\n\n", b"\0", b"\0\n", b"\r\n", b"x"]).prop_map(<[u8]>::to_vec),
        4 => "[a-z ]{1,12}\n?".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 1..40),
        1 => (select(vec![&b"\n"[..], b"x", b"line\n", b"a\0b\n"]), select(vec![100_usize, 4096, 40_000, 131_072]))
            .prop_map(|(pattern, size)| pattern.iter().copied().cycle().take(size).collect()),
    ];
    vec(piece, 0..14).prop_map(|pieces| pieces.concat())
}

fn word() -> impl Strategy<Value = String> {
    let sign = || select(vec!["", "", "", "+", "+", "-"]);
    let number = || {
        prop_oneof![
            6 => (0..30_u64).prop_map(|n| n.to_string()),
            2 => select(vec![100_u64, 511, 4096, 4097, 39_999, 131_072, 200_000]).prop_map(|n| n.to_string()),
            1 => select(vec!["1K", "b", "1kB", "99999999999999999999", "1Q", "x", ""]).prop_map(str::to_owned),
        ]
    };
    prop_oneof![
        5 => (sign(), number()).prop_map(|(sign, n)| format!("-n{sign}{n}")),
        4 => (sign(), number()).prop_map(|(sign, n)| format!("-c{sign}{n}")),
        1 => (sign(), number()).prop_map(|(sign, n)| format!("--lines={sign}{n}")),
        1 => (sign(), number()).prop_map(|(sign, n)| format!("--by={sign}{n}")),
        3 => select(vec!["-q", "-v", "-z", "-zv", "--quiet", "--verbose", "--silent"]).prop_map(str::to_owned),
        1 => select(vec!["--retry", "--pid=1", "-s1", "---pr", "--", "--zero-t", "--max-unchanged-stats=1"])
            .prop_map(str::to_owned),
        1 => (select(vec!["-", "+"]), number(), select(vec!["", "c", "b", "l"]))
            .prop_map(|(sign, n, unit)| format!("{sign}{n}{unit}")),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let operand = prop_oneof![
        8 => content().prop_map(Operand::Content),
        3 => Just(Operand::Stdin),
        1 => select(vec!["gone", "", "go ne", "it's", "a\nb", "\u{e9}", "d/x", "f0/"]).prop_map(Operand::Missing),
        1 => Just(Operand::Folder),
        1 => select(vec!["/dev/null", "/proc/version", "/sys/devices/system/cpu/possible"]).prop_map(Operand::Other),
    ];
    let input = prop_oneof![
        4 => content().prop_map(|bytes| Input::Pipe(bytes.chunks(4096).map(<[u8]>::to_vec).collect())),
        2 => vec(content(), 1..4).prop_map(|pieces| {
            Input::Pipe(pieces.iter().flat_map(|p| p.chunks(1500)).take(60).map(<[u8]>::to_vec).collect())
        }),
        4 => (content(), prop_oneof![Just(0), 0..50_u64, Just(4096), Just(1 << 33)])
            .prop_map(|(bytes, offset)| Input::File(bytes, offset)),
        1 => Just(Input::Closed),
    ];
    (vec(word(), 0..4), vec(operand, 0..5), input, any::<bool>(), any::<bool>()).prop_map(
        |(words, operands, input, both, words_last)| Case { words, operands, input, both, words_last },
    )
}

impl Case {
    /// How it ended, and where standard input was left.
    fn run(&self, t: &Scene, tool: &Tool) -> (Ended, Option<u64>) {
        let (first, last) =
            if self.words_last { (&[][..], &self.words[..]) } else { (&self.words[..], &[][..]) };
        let mut run: Run = t.tail(first).by(tool);
        for (i, operand) in self.operands.iter().enumerate() {
            run = match operand {
                Operand::Content(_) => run.arg(format!("f{i}")),
                Operand::Stdin => run.arg("-"),
                Operand::Missing(name) | Operand::Other(name) => run.arg(name),
                Operand::Folder => run.arg("d"),
            };
        }
        run = run.args(last);
        if self.both {
            run = run.redirect("2>&1");
        }
        match &self.input {
            Input::Pipe(pieces) => (run.stdin_pieces(pieces.clone()).go(), None),
            Input::Closed => (run.redirect("<&-").go(), None),
            Input::File(bytes, offset) => {
                t.file("in", bytes);
                let mut file = File::open(t.path("in")).unwrap();
                file.seek(SeekFrom::Start(*offset)).unwrap();
                let ended = run.stdin_from(file.try_clone().unwrap()).go();
                (ended, Some(file.stream_position().unwrap()))
            }
        }
    }

    fn check(&self, oracles: &[Tool]) -> Result<(), TestCaseError> {
        let t = Scene::in_memory();
        t.folder("d");
        for (i, operand) in self.operands.iter().enumerate() {
            if let Operand::Content(content) = operand {
                t.file(format!("f{i}"), content);
            }
        }
        let (ours, our_offset) = self.run(&t, utail());
        for oracle in oracles {
            let (theirs, their_offset) = self.run(&t, oracle);
            if let Some(report) = ours.difference_from(&theirs) {
                return Err(TestCaseError::fail(format!(
                    "{}\nand {:?}: {report}",
                    ours.command, oracle.maker
                )));
            }
            if our_offset != their_offset {
                let report = format!("{}: left at {our_offset:?}, not {their_offset:?}", ours.command);
                return Err(TestCaseError::fail(report));
            }
        }
        Ok(())
    }
}

#[test]
fn generated_commands() {
    let oracles = newest();
    if oracles.is_empty() {
        return skip("no GNU tail to compare with");
    }
    each_generated(CASES, &case(), |case| case.check(&oracles));
}
