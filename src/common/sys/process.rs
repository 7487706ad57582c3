//! What the process was given at birth: its standard descriptors and what it is to do on `SIGPIPE`.
//!
//! Rust's runtime tidies both up before `main` runs: it opens `/dev/null` over a standard descriptor that the
//! parent closed, and sets `SIGPIPE` to be ignored. A drop-in command must behave as if neither had happened
//! (`cat >&-` is an error; `yes | head` ends quietly), so a constructor, which runs before that runtime, takes
//! notes. The placeholders stay where they are, on purpose: with them no file that the tool opens can land on
//! descriptor 1 and be overwritten with output. [`standard`] answers `EBADF` in their stead.
#![allow(unsafe_code)] // signal actions and descriptor flags: no safe interface exists

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::sync::atomic::{AtomicU8, Ordering};

use super::signals;

/// The notes: bit `n` is set when descriptor `n` was closed, bit 3 when `SIGPIPE` was ignored.
static AT_BIRTH: AtomicU8 = AtomicU8::new(0);
const SIGPIPE_IGNORED: u8 = 1 << 3;

/// Runs before `main` and before Rust's runtime, on glibc and musl alike.
#[used]
// SAFETY: `.init_array` holds pointers to functions of the C calling convention, called once, on the only
// thread, with arguments that a function may ignore. `take_notes` uses system calls and an atomic, nothing else.
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = take_notes;

extern "C" fn take_notes() {
    let mut notes = 0;
    for fd in 0..3 {
        // SAFETY: F_GETFD takes no pointer and changes nothing; any number may be asked about.
        if unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1 {
            notes |= 1 << fd;
        }
    }
    if signals::is_ignored(libc::SIGPIPE) {
        notes |= SIGPIPE_IGNORED;
    }
    AT_BIRTH.store(notes, Ordering::Relaxed);
}

/// Whether the parent left standard descriptor `fd` (0, 1 or 2) closed. False for any other number.
#[must_use]
pub fn was_closed(fd: RawFd) -> bool {
    (0..3).contains(&fd) && AT_BIRTH.load(Ordering::Relaxed) & (1 << fd) != 0
}

/// Standard descriptor `fd`: 0, 1 or 2.
///
/// # Errors
/// `EBADF` when the parent closed it (a placeholder sits there now), or for any other number.
pub fn standard(fd: RawFd) -> io::Result<BorrowedFd<'static>> {
    if !(0..3).contains(&fd) || was_closed(fd) {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: it was open at birth, and nothing in this program closes a standard descriptor.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
}

/// Whether the process that a pidfd stands for is gone: has ended, and its parent knows (until then it is a zombie, to
/// which signals can be sent). Another process that got the same number since is not mistaken for it.
#[must_use]
pub fn is_gone(pidfd: BorrowedFd<'_>) -> bool {
    let (signal, flags) = (0, 0);
    let info = std::ptr::null::<libc::siginfo_t>();
    // SAFETY: signal 0 is not sent; a null `info` is allowed.
    let answer =
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, info, flags) };
    answer != 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ESRCH)
}

/// Whether the parent left `SIGPIPE` ignored (`trap '' PIPE` in a shell): a write to a pipe that nobody reads is
/// then an ordinary error.
#[must_use]
pub fn sigpipe_was_ignored() -> bool {
    AT_BIRTH.load(Ordering::Relaxed) & SIGPIPE_IGNORED != 0
}

/// Undoes the runtime's "ignore `SIGPIPE`", unless that is what the parent wanted. The first thing in `main`. Affects all
/// threads.
pub fn restore_sigpipe() {
    if !sigpipe_was_ignored() {
        // SAFETY: SIG_DFL installs no handler, so there is no code that could run at a bad time.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    }
}

/// Whether a write failed for want of a reader, and the process is to die of that: not if the parent asked for `SIGPIPE`
/// to be ignored.
#[must_use]
pub fn is_deadly(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EPIPE) && !sigpipe_was_ignored()
}

/// Dies of `SIGPIPE`, for an `EPIPE` that came without the signal: from an `io_uring` worker, from `splice`, or where we
/// ignore it for a while. Returns, so that the error can be reported, only if the parent asked for it to be ignored.
pub fn die_of_sigpipe() {
    if !sigpipe_was_ignored() {
        signals::die_of(libc::SIGPIPE);
    }
}
