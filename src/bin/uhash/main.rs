//! uhash: checksums of files, as cksum, sha256sum and their like do.
//!
//! * [`args`]: what was asked for, and by which name.
//! * [`options`]: what to do; [`algorithm`]: what can be computed; [`item`]: what flows through the rest.
//! * [`digest`]: the arithmetic.
//! * [`report`]: who tells.
#![forbid(unsafe_code)]

mod algorithm;
mod args;
mod digest;
mod item;
mod options;
mod report;

use std::process::ExitCode;

use ringutils::cli::{self, Diagnostics, Invocation};

fn main() -> ExitCode {
    cli::signals::restore_sigpipe();
    let (invocation, args) = Invocation::from_env(args::NAME);
    let diagnostics = Diagnostics::new(&invocation);
    match args::parse(&invocation, args) {
        Err(early) => early.end(&diagnostics),
        Ok(_options) => cli::finish(&diagnostics),
    }
}
