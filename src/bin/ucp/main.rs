//! ucp: copies files and directories, as cp does.
#![forbid(unsafe_code)]
#![allow(dead_code)]

mod args;
mod backup;
mod log;
mod options;
mod place;
mod prompt;
mod run;
mod selinux;

use std::process::ExitCode;

use args::Cli;
use options::Options;
use ringutils::cli::{self, Diagnostics, Fault, Invocation, Tool};

fn main() -> ExitCode {
    cli::signals::restore_sigpipe();
    let (invocation, args) = Invocation::from_env(Cli::NAME);
    let diagnostics = Diagnostics::new(&invocation);
    match cli::parse(&invocation, args, |cli, given| Options::new(cli, given, &invocation)) {
        Err(early) => early.end(&diagnostics),
        Ok(options) => {
            options.warnings.iter().for_each(|warning| diagnostics.warn(warning));
            diagnostics.report(&Fault::new("the copying itself is still being written"));
            cli::finish(&diagnostics)
        }
    }
}
