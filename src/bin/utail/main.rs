//! utail: the last part of files, and what is appended to them, as GNU's tail does.
//!
//! Read in this order:
//! * [`args`] and [`obsolete`]: what was asked for; [`options`]: what that means.
//! * [`entry`]: a file that was asked for; [`out`]: where its lines go, and headers and diagnostics between them.
//! * [`prefix`]: names in front of lines.
//! * [`globs`]: folders whose files are followed as they appear.
//! * [`start`]: the last lines of each, read ahead of their turn.
//! * [`follow`]: what is appended, until the end of days.
//! * [`run`]: all of it, put together.
#![forbid(unsafe_code)]

mod args;
#[cfg(test)]
#[path = "../../../tests/completions/mod.rs"]
mod completions;
mod entry;
mod follow;
mod globs;
#[cfg(test)]
#[path = "../../../tests/gnu.rs"]
mod gnu;
mod obsolete;
mod options;
mod out;
mod prefix;
mod run;
mod start;

use std::process::ExitCode;

use ringutils::cli;

fn main() -> ExitCode {
    cli::main(args::NAME, args::parse, |options, diagnostics| run::run(&options, diagnostics))
}
