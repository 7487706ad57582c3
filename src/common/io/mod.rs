//! Pieces that several tools are made of, above the runtime and below any one tool.
//!
//! * [`Session`]: the ring of a run, set up when it is first needed, and the counters of the calls made beside it.
//! * [`Output`]: standard output, and whether an input is the same file.
//! * [`FilesAhead`]: many files, the next ones opened and read while the current one is worked on.
//! * [`ReadAhead`]: one large file, a bounded number of blocks ahead of its consumer.
//! * [`transfer`]: bytes from here to there without passing through user space.
//! * [`lines`]: where lines end.

mod files_ahead;
pub mod lines;
mod output;
mod read_ahead;
mod session;
pub mod transfer;

pub use files_ahead::{Ahead, FilesAhead, Loaded, Rest};
pub use output::Output;
pub use read_ahead::ReadAhead;
pub use session::Session;
