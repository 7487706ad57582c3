//! uhash: checksums of files, as cksum, sha256sum and their like do.
//!
//! Read in this order:
//! * [`args`]: what was asked for, and by which name; [`options`]: what that means.
//! * [`algorithm`], [`digest`]: what can be computed, and the arithmetic.
//! * [`item`]: what flows through the rest: [`feed`], [`walk`], [`names`] find files, [`crew`] has threads compute
//!   them, [`read`] gets at their bytes (with [`cores`] for BLAKE3 of a large one), [`order`] puts the results in order.
//! * [`report`]: who tells: results as lines ([`print`], [`line`]), or how lists compare with them ([`check`]).
//! * [`run`]: all of it, put together.
#![forbid(unsafe_code)]

mod algorithm;
mod args;
mod check;
#[cfg(test)]
#[path = "../../../tests/completions/mod.rs"]
mod completions;
mod cores;
mod crew;
mod digest;
mod feed;
#[cfg(test)]
#[path = "../../../tests/gnu.rs"]
mod gnu;
mod hardware;
mod item;
mod line;
mod names;
mod options;
mod order;
mod print;
mod read;
mod report;
mod run;
mod walk;

use std::process::ExitCode;

use ringutils::cli;

fn main() -> ExitCode {
    cli::main(args::NAME, args::parse, run::run)
}
