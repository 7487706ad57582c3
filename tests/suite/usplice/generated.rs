//! Generated files, offsets and counts, moved by ours and by the newest GNU dd: the same bytes where they belong, and both
//! standard streams left at the same place. `PROPTEST_CASES` says how many.

use std::fs::File;
use std::io::{Seek, SeekFrom};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use super::stage::text;
use crate::harness::{Run, Scene, Tool, difference, each_generated, latest_oracle, skip, usplice};

const CASES: u32 = 150;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Named,
    /// A file as standard stream that stands here.
    Stream(u64),
    Pipe,
}

#[derive(Clone, Debug)]
struct Case {
    size: usize,
    /// What the output held.
    old: Option<usize>,
    from: Side,
    to: Side,
    skip: Option<u64>,
    seek: Option<u64>,
    count: Option<u64>,
    /// `conv=notrunc`
    notrunc: bool,
    /// The size of blocks.
    block: Option<usize>,
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        3 => 0..20_u64,
        3 => select(vec![511_u64, 512, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072]),
        2 => 0..150_000_u64,
    ]
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![2 => Just(Side::Named), 2 => number().prop_map(Side::Stream), 1 => Just(Side::Pipe)]
}

fn case() -> impl Strategy<Value = Case> {
    let size = || number().prop_map(|n| usize::try_from(n).expect("small"));
    let maybe = || proptest::option::of(number());
    let block = proptest::option::of(select(vec![512_usize, 1000, 4096, 100_000, 1 << 20]));
    (
        (size(), size()),
        proptest::option::of(size()),
        (side(), side()),
        (maybe(), maybe(), maybe()),
        any::<bool>(),
        block,
    )
        .prop_map(|(sizes, old, (from, to), (skip, seek, count), notrunc, block)| Case {
            size: sizes.0 + sizes.1,
            old,
            from,
            // A pipe can't be sought.
            to: if seek.is_some() && to == Side::Pipe { Side::Named } else { to },
            skip,
            seek,
            count,
            notrunc,
            block,
        })
}

/// What was output, and where the standard streams were left.
type Left = (Vec<u8>, Option<u64>, Option<u64>);

impl Case {
    fn ours(&self, t: &Scene) -> Run {
        let option = |name, value: Option<u64>| value.map(|n| format!("--{name}={n}"));
        let options = [option("skip", self.skip), option("seek", self.seek), option("count", self.count)];
        let mut words: Vec<String> = options.into_iter().flatten().collect();
        words.extend(self.block.map(|block| format!("--block-size={block}")));
        words.extend(self.notrunc.then(|| "--no-truncate".into()));
        words.push(if self.from == Side::Named { "in" } else { "-" }.into());
        words.extend((self.to == Side::Named).then(|| "out".into()));
        t.usplice(&words).by(usplice())
    }

    fn theirs(&self, t: &Scene, dd: &Tool) -> Run {
        let mut words: Vec<String> =
            ["status=none", "iflag=skip_bytes,count_bytes,fullblock", "oflag=seek_bytes"]
                .map(str::to_owned)
                .into();
        let option = |name, value: Option<u64>| value.map(|n| format!("{name}={n}"));
        words.extend(
            [option("skip", self.skip), option("seek", self.seek), option("count", self.count)]
                .into_iter()
                .flatten(),
        );
        words.push(format!("ibs={}", self.block.unwrap_or(65_536)));
        // It truncates only at whole blocks of its output, and what is before them as well.
        words.push(format!("obs={}", if self.seek.is_some() { 1 } else { 65_536 }));
        words.extend(self.notrunc.then(|| "conv=notrunc".into()));
        words.extend((self.from == Side::Named).then(|| "if=in".into()));
        words.extend((self.to == Side::Named).then(|| "of=out".into()));
        Run::new(dd, "dd", t, &words)
    }

    fn left(&self, t: &Scene, run: Run) -> Result<Left, TestCaseError> {
        let _ = std::fs::remove_file(t.path("out"));
        if let Some(old) = self.old {
            t.file("out", vec![b'o'; old]);
        }
        let mut stdin = match self.from {
            Side::Stream(at) => Some(positioned(t, "in", at)),
            _ => None,
        };
        let mut stdout = match self.to {
            Side::Stream(at) => Some(positioned(t, "out", at)),
            _ => None,
        };
        let run = match &stdin {
            Some(file) => run.stdin_from(file.try_clone().unwrap()),
            None => run.stdin(t.read("in")),
        };
        let run = match &stdout {
            Some(file) => run.stdout_to(file.try_clone().unwrap()),
            None => run,
        };
        let ended = run.go();
        if !ended.status.success() || !ended.stderr.is_empty() {
            return Err(TestCaseError::fail(format!("{ended:?}")));
        }
        let output = if self.to == Side::Pipe { ended.stdout } else { t.read("out") };
        let place = |file: &mut Option<File>| file.as_mut().map(|file| file.stream_position().unwrap());
        Ok((output, place(&mut stdin), place(&mut stdout)))
    }

    fn check(&self, dd: &Tool) -> Result<(), TestCaseError> {
        let t = Scene::in_memory();
        t.file("in", text(self.size));
        let (ours, our_stdin, our_stdout) = self.left(&t, self.ours(&t))?;
        let (theirs, their_stdin, their_stdout) = self.left(&t, self.theirs(&t, dd))?;
        if let Some(difference) = difference(&ours, &theirs) {
            return Err(TestCaseError::fail(format!("unlike {}: {difference}", self.theirs(&t, dd))));
        }
        prop_assert_eq!(our_stdin, their_stdin, "where standard input is left");
        prop_assert_eq!(our_stdout, their_stdout, "where standard output is left");
        Ok(())
    }
}

fn positioned(t: &Scene, name: &str, at: u64) -> File {
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(t.path(name)).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file
}

#[test]
fn generated_commands() {
    let Some(dd) = latest_oracle("dd") else {
        return skip("no GNU dd to compare with");
    };
    each_generated(CASES, &case(), |case| case.check(&dd));
}
