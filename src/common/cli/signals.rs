//! `SIGPIPE`, as if Rust's runtime had never touched it.

use crate::sys::{self, process};

/// Undoes the runtime's "ignore `SIGPIPE`", unless that is what the parent wanted. The first thing in `main`.
pub fn restore_sigpipe() {
    if !process::sigpipe_was_ignored() {
        process::default_sigpipe();
    }
}

/// Dies of `SIGPIPE`, for an `EPIPE` that came without the signal: from an `io_uring` worker, or from `splice`.
/// Returns, so that the error can be reported, only if the parent asked for `SIGPIPE` to be ignored.
pub fn die_of_sigpipe() {
    if !process::sigpipe_was_ignored() {
        sys::die_of(libc::SIGPIPE);
    }
}
