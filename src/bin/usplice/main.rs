//! usplice: bytes from one place to one or several others, without touching them, and with a meter.
//!
//! Read in this order:
//! * [`args`]: what was asked for; [`options`]: what that means.
//! * [`ends`]: input and outputs, opened, checked, and only then changed.
//! * [`flow`]: what all ways of moving bytes have in common: how many, how fast ([`pace`]), and what happens meanwhile.
//! * [`pump`]: the ways, cheapest first.
//! * [`meter`]: how far, how fast, how long still; [`watch`]: the same of another process.
//! * [`run`]: all of it, put together.
#![forbid(unsafe_code)]

mod args;
#[cfg(test)]
#[path = "../../../tests/completions/mod.rs"]
mod completions;
mod ends;
mod flow;
#[cfg(test)]
#[path = "../../../tests/gnu.rs"]
mod gnu;
mod meter;
mod options;
mod pace;
mod pump;
mod run;
mod stop;
mod watch;

use std::process::ExitCode;

use ringutils::cli;

fn main() -> ExitCode {
    cli::main(args::NAME, args::parse, |options, diagnostics| run::run(&options, diagnostics))
}
