//! ringutils: what its commands share.
//!
//! Read in this order; each module knows only those before it:
//!
//! * [`sys`]: thin safe wrappers of the system calls that `io_uring` has no operation for, and the register of partial
//!   files that a signal removes.
//! * [`ring`]: the runtime. Owned, eager operations on a small single-threaded executor, with two engines:
//!   `io_uring`, and a pool of threads where the kernel does not grant a ring.
//! * [`io`]: pieces that several tools are made of.
//! * [`cli`]: what makes a command a good citizen: the name it was called by, GNU's option syntax, diagnostics
//!   and quoting, sizes, exit statuses, the `--ring` options, progress bars.

pub mod cli;
#[cfg(test)]
#[path = "../../tests/gnu.rs"]
mod gnu;
pub mod io;
pub mod ring;
pub mod sys;
