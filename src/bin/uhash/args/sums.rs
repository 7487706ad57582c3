//! md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum, b2sum.

use std::ffi::OsString;

use ringutils::cli::{Given, Invocation, Tool, UsageFault};

use super::{CheckArgs, CommonArgs, Last, Marker, bits, blake};
use crate::algorithm::Algorithm;
use crate::options::{Called, Encoding, Format, Layout, Options, Task, Verify};

/// Print checksums of the FILEs, or check them against lists.
///
/// Standard input stands in for a FILE that is -, and for all of them if there is none.
#[derive(clap::Parser, Debug, Default)]
#[allow(dead_code, reason = "where the order counts, the list of given options is read, not the field")]
pub struct Cli {
    #[command(flatten)]
    check: CheckArgs,
    /// mark each name with an asterisk; the bytes are the same
    #[arg(short = 'b', long)]
    binary: bool,
    /// mark each name with a blank (the default)
    #[arg(short = 't', long)]
    text: bool,
    #[command(flatten)]
    common: CommonArgs,
}

/// Print BLAKE2b checksums of the FILEs, or check them against lists.
///
/// Standard input stands in for a FILE that is -, and for all of them if there is none.
#[derive(clap::Parser, Debug, Default)]
pub struct B2sum {
    /// bits of the checksum: a multiple of 8, at most 512
    #[arg(short = 'l', long, value_name = "BITS")]
    length: Option<OsString>,
    #[command(flatten)]
    sums: Cli,
}

impl Tool for Cli {
    const NAME: &'static str = super::NAME;
    const GNU: &'static [&'static str] =
        &["md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum"];
    const USAGE: &'static [&'static str] = &["[OPTION]... [FILE]..."];

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { common: CommonArgs::operands(files), ..Self::default() })
    }
}

impl Tool for B2sum {
    const NAME: &'static str = super::NAME;
    const GNU: &'static [&'static str] = &["b2sum"];
    const USAGE: &'static [&'static str] = Cli::USAGE;

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Cli::without_options(files).map(|sums| Self { sums, length: None })
    }

    fn check(given: &Given, _: &[Given]) -> Result<(), UsageFault> {
        if given.id == "length" { bits(given.text()).map(drop) } else { Ok(()) }
    }
}

impl B2sum {
    pub fn resolve(self, given: &[Given], invocation: &Invocation) -> Result<Options, UsageFault> {
        let whole = Algorithm::Blake2b(512);
        let algorithm = self.length.map_or(Ok(whole), |length| blake(whole, &length))?;
        self.sums.resolve(Called::B2sum, algorithm, given, invocation)
    }
}

impl Cli {
    pub fn resolve(
        self,
        called: Called,
        algorithm: Algorithm,
        given: &[Given],
        invocation: &Invocation,
    ) -> Result<Options, UsageFault> {
        let Self { check, common, .. } = self;
        let last = Last::of(given);
        check.conflicts(&last, check.tag)?;
        if check.tag && last.marker == Some(Marker::Text) {
            return Err(UsageFault::with_hint("--tag does not support --text mode"));
        }
        let task = if check.check {
            common.refuse_with_check()?;
            Task::Verify(Verify {
                called,
                algorithm: None,
                ignore_missing: check.ignore_missing,
                strict: check.strict,
                loudness: last.loudness,
            })
        } else {
            Task::Compute(Format {
                algorithm,
                layout: if check.tag { Layout::Tagged } else { Layout::Untagged },
                encoding: Encoding::Hex,
                binary: last.is_binary(),
                zero: check.zero,
            })
        };
        let shared = common.shared(invocation)?;
        Ok(Options { called, task, shared, input: common.input()?, debug: false })
    }
}
