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
    /// One and the same process, whatever becomes of its number.
    Known(Fd),
    /// A number, where there is no better handle: it may by and by be another process'.
    Numbered(Pid),
}

impl Process {
    /// `None` if it is gone already.
    fn new(pid: Pid) -> Option<Self> {
        match pidfd_open(pid, PidfdFlags::empty()) {
            Ok(fd) => Some(Self::Known(Fd::new(fd))),
            Err(Errno::SRCH) => None,
            Err(_) => Some(Self::Numbered(pid)),
        }
    }

    fn is_gone(&self) -> bool {
        match self {
            Self::Known(fd) => fd.borrow().is_ok_and(|fd| sys::process::is_gone(fd.as_fd())),
            Self::Numbered(pid) => test_kill_process(*pid) == Err(Errno::SRCH),
        }
    }
}

impl Pids {
    pub fn new(pids: &[i32]) -> Self {
        let wanted: Vec<Option<Pid>> = pids.iter().map(|pid| Pid::from_raw(*pid)).collect();
        // 0 is the group that this process is in, which is there as long as it is.
        let forever = wanted.is_empty() || wanted.contains(&None);
        let alive = if forever {
            Vec::new()
        } else {
            wanted.into_iter().flatten().filter_map(Process::new).collect()
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
    pub fn wait(&self, ring: &Ring) -> Option<InFlight<Poll>> {
        self.alive.iter().find_map(|process| match process {
            Process::Known(fd) => Some(ring.poll(fd, libc::POLLIN)),
            Process::Numbered(_) => None,
        })
    }

    pub fn is_watched(&self) -> bool {
        !self.forever
    }
}

/// How long to leave processes alone of which the kernel tells nothing.
pub fn pause(interval: Option<Duration>) -> Option<Duration> {
    const LEAST: Duration = Duration::from_millis(10);
    interval.map(|interval| interval.max(LEAST))
}
