//! ucat: concatenates files to standard output, as cat does.
//!
//! * [`args`]: what was asked for.
//! * [`run`]: the files, one after the other, the next ones being read meanwhile.
//! * [`copy`]: one file as it is, down a ladder of ways, the cheapest first.
//! * [`show`]: one file with formatting options; [`crew`]: on all cores, if it is large.
//! * [`format`]: the formatting itself; [`counter`], [`shown`] and [`out`] are what it is made of.
#![forbid(unsafe_code)]

mod args;
#[cfg(test)]
#[path = "../../../tests/completions/mod.rs"]
mod completions;
mod copy;
mod counter;
mod crew;
mod format;
mod out;
mod run;
mod show;
mod shown;

use std::process::ExitCode;

use args::{Cli, Options};
use ringutils::cli::{self, Tool};

fn main() -> ExitCode {
    cli::main(
        Cli::NAME,
        |invocation, args| cli::parse(invocation, args, |cli, _| Options::new(cli, invocation)),
        |options, diagnostics| run::run(&options, diagnostics),
    )
}
