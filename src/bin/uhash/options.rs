//! What to do, once the command line has been made sense of.

use std::ffi::OsString;

use ringutils::cli::Shared;

use crate::algorithm::Algorithm;

/// The command that this is, by the name it was called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Called {
    Uhash,
    Cksum,
    Sum,
    B2sum,
    B3sum,
    /// `md5sum` and its like, with the algorithm in their name.
    Digest(Algorithm),
}

/// What to do.
#[derive(Debug)]
pub struct Options {
    pub called: Called,
    pub task: Task,
    pub input: Input,
    pub shared: Shared,
    /// `cksum --debug`: tell which instructions of the processor are used.
    pub debug: bool,
}

#[derive(Debug)]
pub enum Task {
    /// Compute and print.
    Compute(Format),
    /// `-c`: the files are lists of what to compute and what is expected.
    Verify(Verify),
}

/// What is computed, and how a line looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    pub algorithm: Algorithm,
    pub layout: Layout,
    pub encoding: Encoding,
    /// `*` and not a blank in front of the name (untagged lines).
    pub binary: bool,
    /// `-z`: lines end with NUL, and names are not escaped.
    pub zero: bool,
}

/// What stands where. Algorithms whose lines are numbers know but `Numbers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// `TYPE (NAME) = DIGEST`
    Tagged,
    /// `BLAKE3 (NAME) = DIGEST`, however long the digest is: `b3sum --tag`
    PlainlyTagged,
    /// `DIGEST  NAME`
    Untagged,
    /// `DIGEST`: `b3sum --no-names`
    Nameless,
    /// `CHECKSUM SIZE NAME` (bsd, sysv, crc, crc32b); the name is left out where there were no operands.
    Numbers,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Hex,
    Base64,
    /// The bytes, and nothing else: no name, no line end.
    Raw,
}

/// How lists are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verify {
    /// Decides which tags and encodings a line may have.
    pub called: Called,
    /// `-a` of cksum and uhash. Its length means nothing here: lines tell. (`-a sha2` is `Sha2(0)`, `-a sha3`
    /// `Sha3(0)`, to tell it from `-a sha256`.)
    pub algorithm: Option<Algorithm>,
    pub ignore_missing: bool,
    pub strict: bool,
    pub loudness: Loudness,
}

/// The one of `--quiet`, `--status` and `--warn` that was given last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loudness {
    #[default]
    Normal,
    Quiet,
    Status,
    Warn,
}

/// Where the names come from.
#[derive(Debug)]
pub struct Input {
    /// In order; `-` is standard input. Empty only with `files0_from`.
    pub files: Vec<OsString>,
    /// There were none, and `files` is standard input (whose name the numbers' lines leave out).
    pub implied: bool,
    /// `--files0-from`: a list of names that end with NUL, instead of operands.
    pub files0_from: Option<OsString>,
    /// `-r`: folders stand for all the files in them.
    pub recursive: bool,
}
