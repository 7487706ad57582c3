//! Pieces that several tools are made of, above the runtime and below any one tool.
//!
//! * [`Session`]: the ring of a run, set up when it is first needed, and the counters of the calls made beside it.
//! * [`Output`]: standard output, and whether an input is the same file.
//! * [`FilesAhead`]: many files, the next ones opened and read while the current one is worked on.
//! * [`Beside`]: the same by two threads.
//! * [`CachedReads`]: what can be had without waiting.
//! * [`ReadAhead`]: one large file, a bounded number of blocks ahead of its consumer.
//! * [`ReadBack`]: the same from its end; [`holes`]: what need not be read at all; [`zeros`]: what need not be written.
//! * [`transfer`]: bytes from here to there without passing through user space.
//! * [`lines`]: where lines end.

mod beside;
mod cached;
mod files_ahead;
pub mod holes;
pub mod lines;
mod output;
mod read_ahead;
mod read_back;
mod session;
pub mod transfer;
pub mod zeros;

pub use beside::{Beside, Found, Wanted};
pub use cached::CachedReads;
pub use files_ahead::{Ahead, FilesAhead, Loaded, Part, Rest, first_in_folders};
pub use output::Output;
pub use read_ahead::ReadAhead;
pub use read_back::ReadBack;
pub use session::Session;

use std::ffi::OsString;

use crate::sys::{self, Kind};

/// Bytes to come from these files, if all can tell; `-` is standard input.
#[must_use]
pub fn expected_bytes(names: &[OsString]) -> Option<u64> {
    let size = |name: &OsString| {
        let stat = if name == "-" {
            sys::fstat(sys::process::standard(0).ok()?).ok()?
        } else {
            sys::stat(&sys::c_path(name).ok()?).ok()?
        };
        (stat.kind == Kind::Regular && stat.size > 0).then_some(stat.size)
    };
    names.iter().map(size).sum()
}
