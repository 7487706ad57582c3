//! The processes after whose end nothing more will be written (`--pid`).

use std::os::fd::AsFd;
use std::time::Duration;

use ringutils::ring::ops::Poll;
use ringutils::ring::{Fd, InFlight, Ring};
use ringutils::sys;
use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, pidfd_open, test_kill_process};

/// The processes that are still there.
pub struct Pids {
    alive: Vec<Process>,
    /// There was nothing to wait for, or there is something that never ends.
    forever: bool,
}

enum Process {
    /// One and the same process, whatever becomes of its number. `ended`: it is no more than a zombie, of which the
    /// kernel has no more to tell.
    Known { fd: Fd, ended: bool },
    /// A number, where there is no better handle: it may by and by be another process'.
    Numbered(Pid),
}

impl Process {
    /// `None` if it is gone already.
    fn new(pid: Pid) -> Option<Self> {
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => Some(Self::Known { fd: Fd::new(fd), ended: false }),
            Err(Errno::SRCH) => None,
            Err(_) => Some(Self::Numbered(pid)),
        }
    }

    fn is_gone(&self) -> bool {
        match self {
            Self::Known { fd, .. } => fd.borrow().is_ok_and(|fd| sys::process::is_gone(fd.as_fd())),
            Self::Numbered(pid) => test_kill_process(*pid) == Err(Errno::SRCH),
        }
    }

    /// What the kernel will tell the end of.
    fn awaited(&mut self) -> Option<&Fd> {
        let Self::Known { fd, ended } = self else { return None };
        *ended = *ended || fd.raw().is_some_and(|fd| sys::raw::poll_now(fd, libc::POLLIN) > 0);
        (!*ended).then_some(fd)
    }
}

impl Pids {
    /// `most`: how many descriptors there are for them.
    pub fn new(pids: &[i32], most: usize) -> Self {
        let wanted: Vec<Option<Pid>> = pids.iter().map(|pid| Pid::from_raw(*pid)).collect();
        // 0 is the group that this process is in, which is there as long as it is.
        let forever = wanted.is_empty() || wanted.contains(&None);
        let alive = if forever {
            Vec::new()
        } else {
            let number = |pid| Some(Process::Numbered(pid)).filter(|process| !process.is_gone());
            let open = |(nth, pid)| if nth < most { Process::new(pid) } else { number(pid) };
            wanted.into_iter().flatten().enumerate().filter_map(open).collect()
        };
        Self { alive, forever }
    }

    /// Whether all are gone.
    pub fn are_gone(&mut self) -> bool {
        if self.forever {
            return false;
        }
        self.alive.retain(|process| !process.is_gone());
        self.alive.is_empty()
    }

    /// Waits for the end of one of them: as all have to end, it does not matter of which. `None` if there is none of
    /// which the kernel would tell.
    pub fn wait(&mut self, ring: &Ring) -> Option<InFlight<Poll>> {
        let next = self.alive.iter_mut().find_map(Process::awaited)?;
        Some(ring.poll(next, libc::POLLIN))
    }

    pub fn is_watched(&self) -> bool {
        !self.forever
    }
}

/// How long to leave processes alone of which the kernel tells nothing.
///
/// One that has just ended is gone in a moment: as soon as its parent has heard of it. Others may stay for long, so each
/// pause is twice as long as the one before, up to the interval of `-s`.
pub struct Pauses {
    next: Duration,
    longest: Duration,
}

impl Pauses {
    const FIRST: Duration = Duration::from_millis(10);

    pub fn new(interval: Option<Duration>) -> Self {
        Self { next: Self::FIRST, longest: interval.unwrap_or(Duration::MAX).max(Self::FIRST) }
    }

    pub fn next(&mut self) -> Duration {
        let pause = self.next.min(self.longest);
        self.next = pause.saturating_mul(2);
        pause
    }
}
