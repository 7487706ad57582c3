//! Standard output for texts that are not a tool's data: `--help`, `--version`, `--ring-stats`.

use super::fault::Fault;
use crate::sys::process;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::BorrowedFd;

/// Writes all of `text` to standard output, without a buffer. `SIGPIPE` kills as usual.
///
/// # Errors
/// `write error: REASON`: a closed descriptor, a full device, a broken pipe where that signal is ignored.
pub fn write_stdout(text: &[u8]) -> Result<(), Fault> {
    write_to(process::standard(1), text)
}

fn write_to(fd: io::Result<BorrowedFd<'_>>, text: &[u8]) -> Result<(), Fault> {
    let write = || -> io::Result<()> {
        // A duplicate, as a `File` closes what it owns. (`io::stdout` has a buffer, and hides EBADF.)
        File::from(fd?.try_clone_to_owned()?).write_all(text)
    };
    write().map_err(|error| Fault::writing("write error", error))
}

#[cfg(test)]
#[path = "stdio_tests.rs"]
mod tests;
