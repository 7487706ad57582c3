//! All that following by notification waits for, in one ring.
//!
//! Most of the time that is one operation, and never more than four: a multishot poll on inotify, a poll on standard
//! output for a reader that goes away, one on a process of `--pid`, a timeout for what the kernel does not tell.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use ringutils::ring::ops::{self, PollMany, Timeout};
use ringutils::ring::{Fd, InFlight, Ring, Shots};

use super::pids::{Pauses, Pids};

/// What has happened.
#[derive(Debug)]
pub enum Wake {
    /// inotify has something to tell.
    Events,
    /// Nobody reads standard output any more.
    ReaderGone,
    /// All processes have ended.
    PidsGone,
    /// The moment has come that was given.
    Time,
}

/// See the module.
pub struct Waits {
    ring: Ring,
    events: Shots<PollMany>,
    reader: Option<InFlight<ops::Poll>>,
    pids: Pids,
    /// The end of a process. Once the kernel has told of all, and one is not yet gone (a zombie), there is no more to be
    /// told, and it is looked at now and then.
    exit: Option<InFlight<ops::Poll>>,
    pauses: Pauses,
    look_again: Option<Instant>,
    timer: Option<(Instant, InFlight<Timeout>)>,
}

impl Waits {
    pub fn new(
        ring: &Ring,
        inotify: &Fd,
        reader: Option<&Fd>,
        mut pids: Pids,
        interval: Option<Duration>,
    ) -> Self {
        let events = ring.poll_many(inotify, libc::POLLIN);
        let reader = reader.map(|fd| ring.poll(fd, 0));
        let exit = pids.wait(ring);
        let pauses = Pauses::new(interval);
        let (look_again, timer) = (None, None);
        let mut waits = Self { ring: ring.clone(), events, reader, pids, exit, pauses, look_again, timer };
        if waits.pids.is_watched() && waits.exit.is_none() {
            waits.look_later();
        }
        waits
    }

    /// Whether all processes had gone before anything was waited for.
    pub fn are_pids_gone(&mut self) -> bool {
        self.pids.are_gone()
    }

    fn look_later(&mut self) {
        self.look_again = Instant::now().checked_add(self.pauses.next());
    }

    /// The next thing to happen; [`Wake::Time`] at `until`.
    ///
    /// # Errors
    /// Waiting for events failed.
    pub async fn next(&mut self, until: Option<Instant>) -> io::Result<Wake> {
        loop {
            self.set_timer(until);
            match self.first().await {
                First::Events(result) => return result.map(|_| Wake::Events),
                First::Reader(Ok(_)) => return Ok(Wake::ReaderGone),
                // Then nobody can tell.
                First::Reader(Err(_)) => self.reader = None,
                First::Exit => {
                    self.exit = None;
                    if self.pids.are_gone() {
                        return Ok(Wake::PidsGone);
                    }
                    self.exit = self.pids.wait(&self.ring);
                    if self.exit.is_none() {
                        self.look_later();
                    }
                }
                First::Timer(at) => {
                    self.timer = None;
                    if until == Some(at) {
                        return Ok(Wake::Time);
                    }
                    if self.look_again.is_some_and(|moment| moment <= at) {
                        if self.pids.are_gone() {
                            return Ok(Wake::PidsGone);
                        }
                        self.look_later();
                    }
                }
            }
        }
    }

    /// A timer for whichever moment is nearer; one that is not needed any more is cancelled by its drop.
    fn set_timer(&mut self, until: Option<Instant>) {
        let moment = match (until, self.look_again) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if self.timer.as_ref().map(|(at, _)| *at) == moment {
            return;
        }
        self.timer = moment.map(|at| {
            let left = at.saturating_duration_since(Instant::now());
            (at, self.ring.timeout(left))
        });
    }

    async fn first(&mut self) -> First {
        let Self { events, reader, exit, timer, .. } = self;
        let mut events = pin!(events.next());
        poll_fn(|context| {
            if let Some(reader) = reader
                && let Poll::Ready(result) = Pin::new(reader).poll(context)
            {
                return Poll::Ready(First::Reader(result));
            }
            if let Poll::Ready(result) = events.as_mut().poll(context) {
                return Poll::Ready(First::Events(result));
            }
            if let Some(exit) = exit
                && Pin::new(exit).poll(context).is_ready()
            {
                return Poll::Ready(First::Exit);
            }
            if let Some((at, timer)) = timer
                && Pin::new(timer).poll(context).is_ready()
            {
                return Poll::Ready(First::Timer(*at));
            }
            Poll::Pending
        })
        .await
    }
}

/// What came first.
enum First {
    Events(io::Result<ops::Events>),
    Reader(io::Result<ops::Events>),
    Exit,
    Timer(Instant),
}
