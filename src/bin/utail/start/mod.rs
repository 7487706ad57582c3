//! The first part of the work: of each file what was asked for.

use ringutils::io::Session;

use crate::entry::Entry;
use crate::options::Options;
use crate::out::{Fatal, Out};

/// Shows the last part of each file, in order. Where they are to be followed, leaves them open in `entries`, or says
/// there why not.
///
/// # Errors
/// Writing failed.
pub fn show(
    _options: &Options,
    _session: &Session,
    _out: &mut Out<'_>,
    _entries: &mut [Entry],
) -> Result<(), Fatal> {
    unreachable!("not there yet")
}
