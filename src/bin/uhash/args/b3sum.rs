//! b3sum, with the options that most people use. What is wrong with a value it says in its own words.

use std::ffi::{OsStr, OsString};

use ringutils::bytes;
use ringutils::cli::{Given, Invocation, Tool, UsageFault, quote};

use super::CommonArgs;
use crate::algorithm::{Algorithm, BLAKE3_MOST};
use crate::options::{Called, Encoding, Format, Layout, Loudness, Options, Task, Verify};

/// Print BLAKE3 checksums of the FILEs, or check them against lists.
///
/// Standard input stands in for a FILE that is -, and for all of them if there is none.
#[derive(clap::Parser, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "the options are switches")]
#[allow(dead_code, reason = "some options are refused as soon as they are read, one has no effect")]
pub struct Cli {
    #[arg(long, hide = true)]
    keyed: bool,
    #[arg(long, value_name = "CONTEXT", hide = true)]
    derive_key: Option<OsString>,
    /// bytes of the checksum; 32 if nothing is said
    #[arg(short = 'l', long, value_name = "LEN")]
    length: Option<OsString>,
    #[arg(long, value_name = "SEEK", hide = true)]
    seek: Option<OsString>,
    /// use at most NUM threads; 0 leaves it to the command
    #[arg(long, value_name = "NUM")]
    num_threads: Option<OsString>,
    /// no effect: files are never mapped
    #[arg(long)]
    no_mmap: bool,
    /// print the checksums only
    #[arg(long)]
    no_names: bool,
    /// write the bytes of the checksum of one FILE and nothing else
    #[arg(long)]
    raw: bool,
    /// lines in BSD's style: BLAKE3 (FILE) = CHECKSUM
    #[arg(long)]
    tag: bool,
    /// read lists of checksums from the FILEs, and compare
    #[arg(short = 'c', long)]
    check: bool,
    /// with -c: no line for a file that is as listed
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    common: CommonArgs,
}

impl Tool for Cli {
    const NAME: &'static str = super::NAME;
    const GNU: &'static [&'static str] = &["b3sum"];
    const USAGE: &'static [&'static str] = &["[OPTION]... [FILE]..."];
    const LETTERS: Option<(char, char)> = Some(('h', 'V'));

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { common: CommonArgs::operands(files), ..Self::default() })
    }

    fn check(given: &Given, _: &[Given]) -> Result<(), UsageFault> {
        match given.id.as_str() {
            "length" => length(given.text()).map(drop),
            "num_threads" => threads(given.text()).map(drop),
            "keyed" | "derive_key" | "seek" => {
                let option = given.id.replace('_', "-");
                Err(UsageFault::with_hint(format!("the --{option} option is not supported")))
            }
            _ => Ok(()),
        }
    }
}

/// What `-l` says, in bits.
fn length(text: &OsStr) -> Result<u32, UsageFault> {
    let most = BLAKE3_MOST / 8;
    let bytes = number(text, "--length <LEN>")?;
    match u32::try_from(bytes) {
        Ok(bytes) if bytes <= most => Ok(bytes * 8),
        _ => Err(invalid(text, "--length <LEN>", &format!("{bytes} is not in 0..={most}"))),
    }
}

/// As many threads as `--num-threads` says, if it says anything.
fn threads(text: &OsStr) -> Result<Option<usize>, UsageFault> {
    let threads = number(text, "--num-threads <NUM>")?;
    // More than the engine has at most is as good as that.
    Ok(usize::try_from(threads.min(256)).ok().filter(|threads| *threads > 0))
}

fn number(text: &OsStr, option: &str) -> Result<u64, UsageFault> {
    text.to_string_lossy()
        .parse()
        .map_err(|error: std::num::ParseIntError| invalid(text, option, &error.to_string()))
}

fn invalid(text: &OsStr, option: &str, why: &str) -> UsageFault {
    UsageFault::with_hint(bytes!["invalid value ", quote::always(text), " for '", option, "': ", why])
}

impl Cli {
    pub fn resolve(self, invocation: &Invocation) -> Result<Options, UsageFault> {
        self.conflicts()?;
        let several = self.common.has_several();
        let task = if self.check {
            self.common.refuse_with_check()?;
            Task::Verify(Verify {
                called: Called::B3sum,
                algorithm: None,
                ignore_missing: false,
                strict: false,
                loudness: if self.quiet { Loudness::Quiet } else { Loudness::Normal },
            })
        } else if self.raw && several {
            return Err(UsageFault::plain("Only one filename can be provided when using --raw"));
        } else {
            Task::Compute(Format {
                algorithm: Algorithm::Blake3(self.length.as_deref().map_or(Ok(256), length)?),
                layout: match () {
                    () if self.no_names => Layout::Nameless,
                    () if self.tag => Layout::PlainlyTagged,
                    () => Layout::Untagged,
                },
                encoding: if self.raw { Encoding::Raw } else { Encoding::Hex },
                binary: false,
                zero: false,
            })
        };
        let mut shared = self.common.shared(invocation)?;
        if let Some(threads) = self.num_threads.as_deref().map(threads).transpose()?.flatten() {
            shared.ring.threads = Some(threads);
        }
        Ok(Options { called: Called::B3sum, task, shared, input: self.common.input()?, debug: false })
    }

    fn conflicts(&self) -> Result<(), UsageFault> {
        if self.quiet && !self.check {
            let text = "the following required arguments were not provided:\n  --check";
            return Err(UsageFault::with_hint(text));
        }
        let other = match self {
            Self { check: false, .. } => return Ok(()),
            Self { length: Some(_), .. } => "--length <LEN>",
            Self { raw: true, .. } => "--raw",
            Self { tag: true, .. } => "--tag",
            Self { no_names: true, .. } => "--no-names",
            _ => return Ok(()),
        };
        Err(UsageFault::with_hint(format!("the argument '--check' cannot be used with '{other}'")))
    }
}
