//! The command, from its options to its end.

use std::io;

use ringutils::cli::{Diagnostics, Fault};
use ringutils::io::Session;
use ringutils::sys;

use crate::entry::Entry;
use crate::globs::Globs;
use crate::options::Options;
use crate::out::{Fatal, Out};
use crate::{follow, start};

/// Runs the command; failures are in `diagnostics`.
pub fn run(options: &Options, diagnostics: &Diagnostics) {
    for warning in &options.warnings {
        diagnostics.warn(warning);
    }
    let session = match Session::new(options.shared.ring.clone()) {
        Ok(session) => session,
        Err(error) => return diagnostics.report(&Fault::no_ring(error)),
    };
    // The files are to be closed before it kills: see `cli::finish`.
    sys::ignore_sigpipe();
    let mut out = Out::new(options, &session, diagnostics);
    let result = files(options, &session, &mut out).and_then(|()| close(options, &mut out));
    if let Err(fatal) = result {
        out.end(fatal);
    }
    diagnostics.counters(session.stats().as_ref(), session.config().stats);
}

fn files(options: &Options, session: &Session, out: &mut Out<'_>) -> Result<(), Fatal> {
    let (globs, mut names) = Globs::new(options);
    let mut faults = Vec::new();
    names.extend(globs.list(|fault| faults.push(fault)));
    for fault in faults {
        out.report(&fault)?;
    }
    let mut entries: Vec<Entry> =
        names.into_iter().enumerate().map(|(number, name)| Entry::new(number, name)).collect();
    start::show(options, session, out, &mut entries)?;
    if let Some(follow) = &options.follow
        && !(globs.is_empty() && entries.iter().all(is_over))
    {
        follow::follow(follow, options, session, out, entries, globs)?;
    }
    Ok(())
}

/// The last things that can go wrong.
fn close(options: &Options, out: &mut Out<'_>) -> Result<(), Fatal> {
    // Where files are followed it does not come to closing them.
    let closes = options.follow.is_none() && !options.wants_nothing();
    let opened = closes && options.files.iter().any(|name| name == "-");
    if opened && sys::process::was_closed(0) {
        out.report(&Fault::io("-", io::Error::from_raw_os_error(libc::EBADF)))?;
    }
    out.finish()
}

/// Whether a file has come to its end, as it should, and will not go on: standard input that is a pipe.
fn is_over(entry: &Entry) -> bool {
    entry.ignored && entry.file.is_none() && entry.trouble.is_none()
}
