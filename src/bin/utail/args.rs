//! The command line.

use std::ffi::OsString;

use ringutils::cli::{Early, Invocation};

use crate::options::Options;

/// The name to go by where there is none.
pub const NAME: &str = "utail";

/// Reads the command line (without the program's name).
///
/// # Errors
/// `--help`, `--version`, and what makes no sense.
pub fn parse(_invocation: &Invocation, _args: Vec<OsString>) -> Result<Options, Early> {
    unreachable!("not there yet")
}
