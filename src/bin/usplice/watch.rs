//! `--watch PID[:FD]`: the meter of another process's files.

use ringutils::cli::Diagnostics;
use ringutils::io::Session;

use crate::options::{Options, Watch};

/// Watches until the process ends or has closed the file. What is wrong is reported.
pub fn watch(watch: Watch, options: &Options, session: &Session, diagnostics: &Diagnostics) {
    let _ = (watch, options, session, diagnostics);
}
