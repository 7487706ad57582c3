//! The operations. Each is one small type: what it owns, how it looks as SQEs, how it looks as system calls, and
//! what it gives back. The constructors are methods of [`super::Ring`], beside each type.

mod file_head;
mod meta;
mod nop;
mod open;
mod poll;
mod read;
mod splice;
mod timeout;
mod write;

pub use file_head::{FileHead, Head};
pub use meta::{Fsync, Stat, Statx};
pub use nop::Nop;
pub use open::{Close, How, Open};
pub use poll::{Events, Poll, PollMany, PollWithin};
pub use read::{Read, Readv};
pub use splice::{MOST_PAIRS, Passed, Splice, SplicePairs};
pub use timeout::Timeout;
pub use write::{Write, Writev};

/// The offset that means "the file's own position", as an SQE and `preadv2(2)` spell it.
const POSITION: u64 = u64::MAX;

/// An offset for the kernel: `None` is the file's own position (the only choice for pipes and terminals).
const fn offset(at: Option<u64>) -> u64 {
    match at {
        Some(at) => at,
        None => POSITION,
    }
}
