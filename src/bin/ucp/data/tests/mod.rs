//! Copies of one file: contents, holes, words of `--debug`, and what is said when it fails.

mod beyond;
mod holes;
mod ladder;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::Command;

use ringutils::cli::Progress;
use ringutils::ring::Config;
use ringutils::sys::{self, Stat};
use tempfile::TempDir;

use super::{Debug, copy};
use crate::hands::Hands;
use crate::log::{Line, Log};
use crate::options::{Beyond, Options, Reflink, Sparse};
use crate::place::Place;
use crate::run::{Destination, Run, Source};

/// What a copy came to.
pub struct Copied {
    pub ok: bool,
    pub debug: Debug,
    /// Its diagnostics.
    pub said: Vec<String>,
}

/// A copy to be made.
#[derive(Default)]
pub struct Case {
    pub sparse: Sparse,
    pub reflink: Reflink,
    pub beyond: Beyond,
    /// What `fstat` said of the source, if that is not what it is by now.
    pub stat: Option<fn(&mut Stat)>,
    /// Bytes behind which the disk lies.
    #[cfg_attr(
        not(debug_assertions),
        allow(dead_code, reason = "nothing is corrupted without the injector")
    )]
    pub corrupt_after: Option<usize>,
}

impl Case {
    pub fn options(&self) -> Options {
        let (reflink, sparse, beyond) = (self.reflink, self.sparse, self.beyond);
        Options { reflink, sparse, beyond, ..Options::plain("s", "d") }
    }

    /// Copies `from` to `to`, which is emptied first.
    pub fn copy(&self, from: &Path, to: &Path) -> Copied {
        let options = self.options();
        let progress = Progress::off();
        let run = Run::new(&options, &progress);
        self.copy_again(&run, from, to)
    }

    /// As part of a run.
    pub fn copy_again(&self, run: &Run<'_>, from: &Path, to: &Path) -> Copied {
        let hands = Hands::new(Config::default()).expect("hands");
        let from_fd = File::open(from).expect("the source opens");
        let to_fd = OpenOptions::new().write(true).create(true).truncate(true).open(to).expect("it opens");
        let mut stat = sys::fstat(&from_fd).expect("fstat");
        if let Some(change) = self.stat {
            change(&mut stat);
        }
        let (from, to) = (Place::of_path(b"S"), Place::of_path(b"D"));
        let source = Source { place: &from, fd: from_fd.as_fd(), stat };
        let destination = Destination { place: &to, fd: to_fd.as_fd(), before: None };
        #[cfg(debug_assertions)]
        if let Some(bytes) = self.corrupt_after {
            sys::fault::corrupt_after(bytes);
        }
        let mut log = Log::default();
        let (result, debug) = copy(run, &hands, &source, &destination, &mut log);
        assert_eq!(result.is_err(), log.failed);
        let said = log.lines.iter().map(|line| match line {
            Line::Fault(fault) => fault.to_string(),
            other => panic!("{other:?}"),
        });
        Copied { ok: result.is_ok(), debug, said: said.collect() }
    }
}

/// Bytes without a pattern.
pub fn noise(len: usize) -> Vec<u8> {
    let mut x = 88_172_645_463_325_252_u64;
    let mut next = || {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        x
    };
    (0..len.div_ceil(8)).flat_map(|_| next().to_le_bytes()).take(len).collect()
}

/// A file of `size` bytes with holes everywhere but in the parts given (offset, length).
pub fn with_holes(path: &Path, size: u64, parts: &[(u64, usize)]) {
    let file = File::create(path).expect("it opens");
    file.set_len(size).expect("it grows");
    for (at, len) in parts {
        sys::seek(file.as_fd(), *at).expect("seek");
        (&file).write_all(&noise(*len)).expect("write");
    }
}

/// Folders on different file systems, if there are: the second is in memory.
pub fn folders() -> (TempDir, Option<TempDir>) {
    let one =
        tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).or_else(|_| tempfile::tempdir()).expect("a folder");
    (one, tempfile::tempdir_in("/dev/shm").ok())
}

/// What GNU's newest cp says of the same, and leaves: the line of `--debug`, with `S` and `D` as names.
pub fn oracle(case: &[&str], from: &Path, to: &Path) -> Option<String> {
    let folder = crate::gnu::newest()?;
    let mut command = Command::new(folder.join("cp"));
    let answer = command.arg("--debug").args(case).arg(from).arg(to).output().expect("cp runs");
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    text.lines().last().map(str::to_owned)
}

/// Loud, also where the test harness swallows what is printed.
pub fn skip(why: &str) {
    sys::raw::write(2, format!("skipped: {why}\n").as_bytes(), None);
}
