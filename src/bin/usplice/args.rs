//! The command line: what was typed ([`Cli`]), and what it means ([`Options`]).

use std::ffi::OsString;
use std::time::Duration;

use ringutils::cli::{self, Early, Invocation, ProgressWhen, SharedArgs, Tool};

use crate::options::{MeterOptions, OnError, Options, Parts};

/// The name to go by where there is none.
pub const NAME: &str = "usplice";

/// Move bytes from INPUT to each OUTPUT, inside the kernel where it can.
#[derive(clap::Parser, Debug, Default)]
struct Cli {
    #[command(flatten)]
    shared: SharedArgs,
    operands: Vec<OsString>,
}

impl Tool for Cli {
    const NAME: &'static str = NAME;
    const GNU: &'static [&'static str] = &[];
    const USAGE: &'static [&'static str] = &["[OPTION]... [INPUT] [OUTPUT]..."];
}

/// Reads the command line (without the program's name).
///
/// # Errors
/// `--help`, `--version`, and what makes no sense.
pub fn parse(invocation: &Invocation, args: Vec<OsString>) -> Result<Options, Early> {
    cli::parse(invocation, args, |cli: Cli, _given| {
        let shared = cli.shared.resolve(invocation.ring_variable.as_deref())?;
        let mut operands = cli.operands.into_iter();
        let input = operands.next().unwrap_or_else(|| "-".into());
        let mut outputs: Vec<_> = operands.collect();
        if outputs.is_empty() {
            outputs.push("-".into());
        }
        Ok(Options {
            input,
            outputs,
            size: None,
            count: None,
            stop_at_size: false,
            exact: false,
            skip: 0,
            seek: 0,
            rate: None,
            block: None,
            append: false,
            sparse: false,
            no_clobber: false,
            truncate: None,
            sync: false,
            skip_errors: false,
            on_error: OnError::Unsaid,
            debug: false,
            meter: MeterOptions {
                when: ProgressWhen::Never,
                parts: Parts { bytes: true, time: true, rate: true, bar: true, eta: true },
                numeric: false,
                name: None,
                interval: Duration::from_secs(1),
            },
            watch: None,
            shared,
        })
    })
}
