//! The second part of the work: what is appended to the files from now on.

use ringutils::io::Session;

use crate::entry::Entry;
use crate::globs::Globs;
use crate::options::{Follow, Options};
use crate::out::{Fatal, Out};

/// Shows what is appended, until nothing more can come.
///
/// # Errors
/// Writing failed.
pub fn follow(
    _follow: &Follow,
    _options: &Options,
    _session: &Session,
    _out: &mut Out<'_>,
    _entries: Vec<Entry>,
    _globs: Globs,
) -> Result<(), Fatal> {
    unreachable!("not there yet")
}
