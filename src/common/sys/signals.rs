//! Signals as something to be read: they wait in a descriptor until it suits.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::Arc;

/// Some signals, taken away from their handlers: readable whenever one has come.
///
/// They are blocked in the thread that makes it and in all that it starts later; make it before them.
pub struct SignalFd(Arc<OwnedFd>);

impl SignalFd {
    /// Takes `signals`, those excepted that the parent wanted to be ignored; `None` if none is left.
    ///
    /// # Errors
    /// `signalfd(2)`'s.
    pub fn new(signals: &[i32]) -> io::Result<Option<Self>> {
        let signals: Vec<i32> = signals.iter().copied().filter(|signal| !is_ignored(*signal)).collect();
        if signals.is_empty() {
            return Ok(None);
        }
        let set = set_of(&signals);
        // SAFETY: `set` is a local.
        let fd = unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given us this descriptor.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        change_mask(libc::SIG_BLOCK, &set);
        Ok(Some(Self(Arc::new(fd))))
    }

    /// The descriptor itself, to be waited for.
    #[must_use]
    pub fn shared(&self) -> Arc<OwnedFd> {
        Arc::clone(&self.0)
    }

    /// The signal that came first, of those that have come.
    #[must_use]
    pub fn take(&self) -> Option<i32> {
        // SAFETY: plain numbers, for which zero is a value.
        let mut info: libc::signalfd_siginfo = unsafe { std::mem::zeroed() };
        let size = size_of::<libc::signalfd_siginfo>();
        // SAFETY: `info` is a local of `size` bytes.
        let n = unsafe { libc::read(self.0.as_raw_fd(), (&raw mut info).cast(), size) };
        if usize::try_from(n) == Ok(size) { i32::try_from(info.ssi_signo).ok() } else { None }
    }
}

impl AsFd for SignalFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Ends the process by a signal, so that the parent sees which. Returns only if that signal does not kill.
pub fn die_of(signal: i32) {
    // SAFETY: SIG_DFL installs no handler, so there is no code that could run at a bad time.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    change_mask(libc::SIG_UNBLOCK, &set_of(&[signal]));
    // SAFETY: raising a signal touches no memory of ours.
    unsafe { libc::raise(signal) };
}

/// Has writes to a pipe that nobody reads fail with `EPIPE`, and nothing else.
pub fn ignore_sigpipe() {
    ignore(libc::SIGPIPE);
}

/// Has writes beyond the limit to the size of files (`RLIMIT_FSIZE`) fail with `EFBIG`, and nothing else.
pub fn ignore_sigxfsz() {
    ignore(libc::SIGXFSZ);
}

fn ignore(signal: i32) {
    // SAFETY: SIG_IGN installs no handler.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

/// Whether nothing happens when it comes.
pub(super) fn is_ignored(signal: i32) -> bool {
    // SAFETY: plain numbers, for which zero is a value.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: a null new action only asks; `action` is a local.
    let answer = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    answer == 0 && action.sa_sigaction == libc::SIG_IGN
}

pub(super) fn set_of(signals: &[i32]) -> libc::sigset_t {
    // SAFETY: plain numbers, which the next call initialises.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: `set` is a local.
    unsafe { libc::sigemptyset(&raw mut set) };
    for &signal in signals {
        // SAFETY: `set` was initialised above.
        unsafe { libc::sigaddset(&raw mut set, signal) };
    }
    set
}

/// Blocks or unblocks signals for the calling thread.
pub(super) fn change_mask(how: i32, set: &libc::sigset_t) {
    // SAFETY: `set` is borrowed for the call; the old mask is not asked for.
    unsafe { libc::pthread_sigmask(how, set, ptr::null_mut()) };
}
