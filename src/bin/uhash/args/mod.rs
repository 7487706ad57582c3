//! The command lines: the name that a run goes by chooses one of them, and each becomes [`Options`].
//!
//! [`sums`]: md5sum and its like, b2sum; [`cksum`]: cksum, and uhash, which is cksum with more to choose from;
//! [`sum`]; [`b3sum`]. What they share is here. Order matters to GNU: of two mistakes, the messages name the one that
//! GNU's commands find first.

use std::ffi::{OsStr, OsString};

use ringutils::bytes;
use ringutils::cli::size::{Suffixes, number_or_max};
use ringutils::cli::{self, BEYOND_GNU, Early, Given, Invocation, Shared, SharedArgs, UsageFault, quote};

use crate::algorithm::{Algorithm, BLAKE3_MOST};
use crate::options::{Called, Input, Loudness, Options};

mod b3sum;
mod cksum;
mod sum;
mod sums;

/// The name to go by where there is none.
pub const NAME: &str = "uhash";

/// Reads the command line (without the program's name) of the command that `invocation` says.
///
/// # Errors
/// `--help`, `--version`, and what makes no sense.
pub fn parse(invocation: &Invocation, args: Vec<OsString>) -> Result<Options, Early> {
    let called = called(&invocation.base);
    match called {
        Called::Uhash => {
            cli::parse(invocation, args, |cli: cksum::Uhash, given| cli.resolve(given, invocation))
        }
        Called::Cksum => {
            cli::parse(invocation, args, |cli: cksum::Cksum, given| cli.resolve(given, invocation))
        }
        Called::Sum => cli::parse(invocation, args, |cli: sum::Cli, given| cli.resolve(given, invocation)),
        Called::B2sum => {
            cli::parse(invocation, args, |cli: sums::B2sum, given| cli.resolve(given, invocation))
        }
        Called::B3sum => cli::parse(invocation, args, |cli: b3sum::Cli, _| cli.resolve(invocation)),
        Called::Digest(algorithm) => cli::parse(invocation, args, |cli: sums::Cli, given| {
            cli.resolve(called, algorithm, given, invocation)
        }),
    }
}

/// What a name stands for. Under any name that is not GNU's (nor b3sum) this is uhash.
fn called(base: &str) -> Called {
    match base {
        "cksum" => Called::Cksum,
        "sum" => Called::Sum,
        "b2sum" => Called::B2sum,
        "b3sum" => Called::B3sum,
        "md5sum" => Called::Digest(Algorithm::Md5),
        "sha1sum" => Called::Digest(Algorithm::Sha1),
        "sha224sum" => Called::Digest(Algorithm::Sha2(224)),
        "sha256sum" => Called::Digest(Algorithm::Sha2(256)),
        "sha384sum" => Called::Digest(Algorithm::Sha2(384)),
        "sha512sum" => Called::Digest(Algorithm::Sha2(512)),
        _ => Called::Uhash,
    }
}

/// What every command takes: folders and names from elsewhere, the engine's options, operands. (`-r` is uhash's alone.)
#[derive(clap::Args, Debug, Default)]
struct CommonArgs {
    /// take a directory for all the files in it
    #[arg(long, help_heading = BEYOND_GNU)]
    recursive: bool,
    /// instead of operands, take the names in F, each of which ends with NUL; if F is -, from standard input
    #[arg(long, value_name = "F", help_heading = BEYOND_GNU)]
    files0_from: Option<OsString>,
    #[command(flatten)]
    shared: SharedArgs,
    files: Vec<OsString>,
}

impl CommonArgs {
    /// A command line that has operands only.
    fn operands(files: Vec<OsString>) -> Self {
        Self { files, ..Self::default() }
    }

    fn shared(&self, invocation: &Invocation) -> Result<Shared, UsageFault> {
        self.shared.resolve(invocation.ring_variable.as_deref())
    }

    /// Whether there may be more than one name.
    fn has_several(&self) -> bool {
        self.files.len() > 1 || self.files0_from.is_some() || self.recursive
    }

    /// Our own options find names of files to compute, and know nothing of lists to check.
    fn refuse_with_check(&self) -> Result<(), UsageFault> {
        let option = match self.files0_from {
            Some(_) => "files0-from",
            None if self.recursive => "recursive",
            None => return Ok(()),
        };
        let text = format!("the --{option} option is not supported when verifying checksums");
        Err(UsageFault::with_hint(text))
    }

    fn input(self) -> Result<Input, UsageFault> {
        let mut files = self.files;
        if let (Some(_), Some(first)) = (&self.files0_from, files.first()) {
            let why = "\nfile operands cannot be combined with --files0-from";
            return Err(UsageFault::with_hint(bytes!["extra operand ", quote::always(first), why]));
        }
        let implied = files.is_empty() && self.files0_from.is_none();
        if implied {
            files.push("-".into());
        }
        Ok(Input { files, implied, files0_from: self.files0_from, recursive: self.recursive })
    }
}

/// What all of GNU's commands but sum have, in the order of their tables.
#[derive(clap::Args, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "the options are switches")]
#[allow(dead_code, reason = "where the order counts, the list of given options is read, not the field")]
struct CheckArgs {
    /// read lists of checksums from the FILEs, and compare
    #[arg(short = 'c', long)]
    check: bool,
    /// with -c: files that are listed but do not exist are no failure
    #[arg(long)]
    ignore_missing: bool,
    /// with -c: no line for a file that is as listed
    #[arg(long)]
    quiet: bool,
    /// with -c: print nothing, the exit status tells
    #[arg(long)]
    status: bool,
    /// with -c: say which lines of a list make no sense
    #[arg(short = 'w', long)]
    warn: bool,
    /// with -c: lines that make no sense are a failure
    #[arg(long)]
    strict: bool,
    /// lines in BSD's style: TYPE (FILE) = CHECKSUM
    #[arg(long)]
    tag: bool,
    /// end each line with NUL, and leave names as they are
    #[arg(short = 'z', long)]
    zero: bool,
}

impl CheckArgs {
    /// The conflicts that these options can have. `tag`: `--tag` is in force.
    fn conflicts(&self, last: &Last, tag: bool) -> Result<(), UsageFault> {
        let text = if self.check {
            match last.marker {
                _ if self.zero => "the --zero option is not supported when verifying checksums".into(),
                _ if tag => "the --tag option is meaningless when verifying checksums".into(),
                None => return Ok(()),
                Some(_) => "the --binary and --text options are meaningless when verifying checksums".into(),
            }
        } else {
            let option = match last.loudness {
                _ if self.ignore_missing => "ignore-missing",
                Loudness::Status => "status",
                Loudness::Warn => "warn",
                Loudness::Quiet => "quiet",
                Loudness::Normal if self.strict => "strict",
                Loudness::Normal => return Ok(()),
            };
            format!("the --{option} option is meaningful only when verifying checksums")
        };
        Err(UsageFault::with_hint(text))
    }
}

/// What stands in front of a name in an untagged line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Marker {
    Binary,
    Text,
}

/// Of options that exclude each other, the last one given.
#[derive(Debug, Default)]
struct Last {
    loudness: Loudness,
    marker: Option<Marker>,
    /// `--tag` or `--untagged`.
    tagged: Option<bool>,
}

impl Last {
    fn of(given: &[Given]) -> Self {
        let mut last = Self::default();
        for option in given {
            match option.id.as_str() {
                "quiet" => last.loudness = Loudness::Quiet,
                "status" => last.loudness = Loudness::Status,
                "warn" => last.loudness = Loudness::Warn,
                "binary" => last.marker = Some(Marker::Binary),
                "text" => last.marker = Some(Marker::Text),
                "tag" => last.tagged = Some(true),
                "untagged" => last.tagged = Some(false),
                _ => {}
            }
        }
        last
    }

    fn is_binary(&self) -> bool {
        self.marker == Some(Marker::Binary)
    }
}

/// Reads a value of `-l`. What is too large is so quietly: the algorithm refuses it, or it does not count.
fn bits(text: &OsStr) -> Result<u64, UsageFault> {
    number_or_max(text, Suffixes::None).map_err(|error| error.fault("invalid length", text))
}

/// A `BLAKE` of the length that `-l` says; 0 is as good as none.
fn blake(of: Algorithm, length: &OsStr) -> Result<Algorithm, UsageFault> {
    let (name, most) = match of {
        Algorithm::Blake3(_) => ("BLAKE3", BLAKE3_MOST),
        _ => ("BLAKE2b", 512),
    };
    let invalid =
        |why: Vec<u8>| Err(UsageFault::plain(bytes!["invalid length: ", quote::value(length)]).and(why));
    match u32::try_from(bits(length)?) {
        Ok(0) => Ok(of),
        Ok(bits) if bits <= most && !bits.is_multiple_of(8) => {
            invalid("length is not a multiple of 8".into())
        }
        Ok(bits) if bits <= most => Ok(match (of, u16::try_from(bits)) {
            (Algorithm::Blake2b(_), Ok(bits)) => Algorithm::Blake2b(bits),
            _ => Algorithm::Blake3(bits),
        }),
        _ => invalid(bytes!["maximum digest length for ", quote::value(name), format!(" is {most} bits")]),
    }
}

#[cfg(test)]
mod tests;
