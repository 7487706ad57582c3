//! sum.

use std::ffi::OsString;

use ringutils::cli::{Given, Invocation, Tool, UsageFault};

use super::CommonArgs;
use crate::algorithm::Algorithm;
use crate::options::{Called, Encoding, Format, Layout, Options, Task};

/// Print a 16-bit checksum and the number of blocks of each FILE.
///
/// Standard input stands in for a FILE that is -, and for all of them if there is none.
#[derive(clap::Parser, Debug, Default)]
#[allow(dead_code, reason = "where the order counts, the list of given options is read, not the field")]
pub struct Cli {
    /// BSD's checksum, and blocks of 1024 bytes (the default)
    #[arg(short = 'r')]
    bsd: bool,
    /// System V's checksum, and blocks of 512 bytes
    #[arg(short = 's', long)]
    sysv: bool,
    #[command(flatten)]
    common: CommonArgs,
}

impl Tool for Cli {
    const NAME: &'static str = super::NAME;
    const GNU: &'static [&'static str] = &["sum"];
    const USAGE: &'static [&'static str] = &["[OPTION]... [FILE]..."];

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { common: CommonArgs::operands(files), ..Self::default() })
    }
}

impl Cli {
    pub fn resolve(self, given: &[Given], invocation: &Invocation) -> Result<Options, UsageFault> {
        let mut kinds = given.iter().filter_map(|option| match option.id.as_str() {
            "bsd" => Some(Algorithm::Bsd),
            "sysv" => Some(Algorithm::Sysv),
            _ => None,
        });
        let task = Task::Compute(Format {
            algorithm: kinds.next_back().unwrap_or(Algorithm::Bsd),
            layout: Layout::Numbers,
            encoding: Encoding::Hex,
            binary: false,
            zero: false,
        });
        let shared = self.common.shared(invocation)?;
        Ok(Options { called: Called::Sum, task, shared, input: self.common.input()?, debug: false })
    }
}
