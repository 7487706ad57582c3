//! `-c`: files that are lists of what to compute and what it should be.
//!
//! * [`line`]: the grammar of a line; [`b3sum`]: of b3sum's; [`digits`]: of the digest in it.
//! * [`list`]: finds the names, in lists instead of on the command line.
//! * [`report`]: tells what matches.

mod b3sum;
pub mod digits;
pub mod line;
pub mod list;
pub mod report;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod round_trip;
