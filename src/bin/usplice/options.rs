//! What the command line means, as plain data.

use std::ffi::OsString;
use std::num::NonZeroU64;
use std::time::Duration;

use ringutils::cli::{ProgressWhen, Shared};

/// What to do.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Options {
    /// `-` is standard input.
    pub input: OsString,
    /// `-` is standard output. Never empty.
    pub outputs: Vec<OsString>,
    /// What the user says that is to come (`--size`): for the meter, and for `--exact` and `--stop-at-size`.
    pub size: Option<u64>,
    /// Bytes to move at most (`--count`).
    pub count: Option<u64>,
    /// As `--count`, so many as `--size` or the input itself says.
    pub stop_at_size: bool,
    /// Fewer bytes than `--count` or `--size` are an error.
    pub exact: bool,
    /// Bytes of the input that are left out, from where it stands.
    pub skip: u64,
    /// Bytes of the outputs that are left as they are, from where they stand.
    pub seek: u64,
    /// Bytes a second.
    pub rate: Option<NonZeroU64>,
    /// Bytes a piece.
    pub block: Option<usize>,
    pub append: bool,
    pub sparse: bool,
    pub no_clobber: bool,
    /// Whether outputs lose what they hold behind `seek`. If not said: those that are named do, standard output does not.
    pub truncate: Option<bool>,
    pub sync: bool,
    pub skip_errors: bool,
    pub on_error: OnError,
    pub debug: bool,
    pub meter: MeterOptions,
    pub watch: Option<Watch>,
    pub shared: Shared,
}

/// What becomes of an output that fails (`--output-error`, GNU tee's modes). Either way, one that is not a pipe is
/// told of, and makes the exit status 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnError {
    /// Nothing was said. A single output is the end, a pipe without reader that of `SIGPIPE`; of several, `Warn`.
    #[default]
    Unsaid,
    /// It is told of and dropped; the others go on.
    Warn,
    /// The same, but a pipe that has no reader any more is dropped without a word.
    WarnNopipe,
    /// It is told of, and is the end.
    Exit,
    /// The same, but a pipe that has no reader any more is dropped without a word.
    ExitNopipe,
}

/// What is shown meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct MeterOptions {
    /// `--progress`, `-p`; the letters of single parts stand for `auto`.
    pub when: ProgressWhen,
    /// Which parts of the line.
    pub parts: Parts,
    /// `-n`: a bare number a line, for scripts, wherever standard error goes.
    pub numeric: bool,
    /// `-N`: put in front.
    pub name: Option<OsString>,
    /// How often, if that was said.
    pub interval: Option<Duration>,
}

/// The parts of the meter's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Parts {
    pub bytes: bool,
    pub time: bool,
    pub rate: bool,
    /// The bar, with its percentage.
    pub bar: bool,
    pub eta: bool,
}

/// `--watch PID[:FD]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Watch {
    pub pid: i32,
    /// Without: all of its regular files.
    pub fd: Option<i32>,
}
