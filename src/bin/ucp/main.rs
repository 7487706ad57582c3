//! ucp: copies files and directories, as cp does, with the device's queue kept full.
//!
//! * [`args`]: what was asked for; [`options`]: what it comes down to.
//! * [`operands`]: where each source goes; [`parents`]: the directories that `--parents` wants.
//! * [`tree`]: directories, walked ahead; [`list`]: what is in one.
//! * [`crew`]: the threads that copy files; [`small`]: a batch of them, read ahead through the ring.
//! * [`order`]: GNU's order, restored; [`log`] and [`console`]: what is told, and where.
//! * [`entry`]: one file, step by step; [`existing`]: what is there already; [`same_file`]; [`backup`]; [`prompt`].
//! * [`regular`]: a regular file; [`atomic`]: whole or not at all; [`data`]: what is in it; [`make`]: everything else.
//! * [`attributes`]: owners, times, modes; [`sync`]: what is to be on the disk.
//! * [`memory`]: what is remembered from one file to the next; [`names`], [`place`], [`run`], [`hands`]: common things.
#![forbid(unsafe_code)]

mod acl;
mod args;
mod atomic;
mod attributes;
mod backup;
#[cfg(test)]
#[path = "../../../tests/completions/mod.rs"]
mod completions;
mod console;
mod count;
mod created;
mod crew;
mod data;
mod entry;
mod existing;
#[cfg(test)]
#[path = "../../../tests/gnu.rs"]
mod gnu;
mod hands;
mod list;
mod log;
mod make;
mod memory;
mod names;
mod operands;
mod options;
mod order;
mod parents;
mod place;
mod prompt;
mod regular;
mod run;
mod same_file;
mod selinux;
mod small;
mod subject;
mod sync;
mod time_step;
mod tree;
mod xattr_rules;
mod xattrs;

use std::process::ExitCode;

use args::Cli;
use options::Options;
use ringutils::cli::{self, Tool};

fn main() -> ExitCode {
    cli::main(
        Cli::NAME,
        |invocation, args| cli::parse(invocation, args, |cli, given| Options::new(cli, given, invocation)),
        |options, diagnostics| operands::run(&options, diagnostics),
    )
}
