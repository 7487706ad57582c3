//! The second engine: what io_uring's own workers are, in user space.
//!
//! [`super::op::Op::call`] runs on a small pool of threads, started as jobs come in; a chain runs whole on one of
//! them. Operations travel there and back, so each has one owner at any time. Waits (poll, timeouts, reads of pipes)
//! take no thread: they sit in the executor's one `poll(2)`, beside the eventfd by which threads report.
//!
//! It serves where io_uring is blocked (most containers), and it is the honest yardstick for it everywhere else.

mod queue;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::op::{Parcel, Results, Wait};
use super::slots::{Place, Slot, Slots};
use crate::sys;
use queue::Queue;

/// Threads at most, unless `--ring=threads=N` says otherwise.
const LIMIT: usize = 16;
/// A thread only makes system calls on memory that it is given.
const STACK: usize = 64 * 1024;
/// What `poll(2)` tells unasked.
const ALWAYS: i16 = libc::POLLERR | libc::POLLHUP | libc::POLLNVAL;

pub(super) struct Job {
    index: u32,
    parcel: Parcel,
}

/// A finished operation.
pub(super) struct Done {
    pub index: u32,
    pub results: Results,
    /// The operation, if it had left its slot.
    pub parcel: Option<Parcel>,
    /// It ran on the executor's own thread.
    pub inline: bool,
}

impl Job {
    fn run(mut self) -> Done {
        let results = self.parcel.call();
        Done { index: self.index, results, parcel: Some(self.parcel), inline: false }
    }

    /// On the executor's own thread, as there is no other.
    fn run_here(mut self) -> Done {
        let results = self.parcel.call_here();
        Done { index: self.index, results, parcel: Some(self.parcel), inline: true }
    }
}

/// Nobody came for it: what the operation yielded is released.
impl Drop for Done {
    fn drop(&mut self) {
        if let Some(parcel) = self.parcel.take() {
            parcel.abandon(self.results);
        }
    }
}

struct Shared {
    queue: Queue<Job, Done>,
    bell: sys::EventFd,
}

pub(super) struct Threads {
    shared: Option<Arc<Shared>>,
    pool: Vec<JoinHandle<()>>,
    limit: usize,
    /// Operations that wait in `poll(2)`; they stay in their slots.
    waits: Vec<(u32, Wait)>,
    /// Finished on the spot.
    here: Vec<Done>,
    /// Operations that are with the threads.
    away: usize,
    /// Why it is not io_uring, if that was not asked for.
    pub reason: Option<String>,
}

impl Threads {
    pub fn new(limit: Option<usize>, reason: Option<String>) -> Self {
        // Without an eventfd (a limit, a filter) nobody could report from a thread: all is done on the spot.
        let shared = sys::EventFd::new().ok().map(|bell| Arc::new(Shared { queue: Queue::new(), bell }));
        let limit = limit.unwrap_or(LIMIT).max(1);
        Self { shared, pool: Vec::new(), limit, waits: Vec::new(), here: Vec::new(), away: 0, reason }
    }

    /// No threads: all is done on the spot.
    pub fn none() -> Self {
        let reason = Some("too few descriptors".to_owned());
        Self {
            shared: None,
            pool: Vec::new(),
            limit: 0,
            waits: Vec::new(),
            here: Vec::new(),
            away: 0,
            reason,
        }
    }

    /// Starts the operation in `slot`.
    pub fn start(&mut self, index: u32, slot: &mut Slot) {
        let Some(parcel) = slot.parcel() else { return };
        match parcel.wait() {
            Wait::Instant => {
                let results = parcel.call();
                self.here.push(Done { index, results, parcel: None, inline: true });
            }
            Wait::No => {
                if let Some(parcel) = slot.take(Place::Away) {
                    self.dispatch(index, parcel);
                }
            }
            wait => self.waits.push((index, wait)),
        }
    }

    /// Gives an operation to the pool, or does it here if there is no thread to be had.
    fn dispatch(&mut self, index: u32, parcel: Parcel) {
        let job = Job { index, parcel };
        let Some(shared) = self.shared.clone() else {
            return self.here.push(job.run_here());
        };
        self.away += 1;
        let crowded = shared.queue.push(job);
        if crowded && self.pool.len() < self.limit && self.grow(&shared).is_err() {
            // As many as there are will do, unless there is none.
            self.limit = self.pool.len();
        }
        if self.pool.is_empty()
            && let Some(job) = shared.queue.take_back()
        {
            self.away -= 1;
            self.here.push(job.run_here());
        }
    }

    fn grow(&mut self, shared: &Arc<Shared>) -> io::Result<()> {
        if self.pool.is_empty() {
            sys::one_malloc_arena();
        }
        let shared = Arc::clone(shared);
        let body = move || {
            sys::partial::leave_signals_to_others();
            while let Some(job) = shared.queue.next() {
                match shared.queue.finish(job.run()) {
                    Ok(true) => shared.bell.ring(),
                    Ok(false) => {}
                    // The ring is gone.
                    Err(done) => drop(done),
                }
            }
        };
        self.pool.push(thread::Builder::new().stack_size(STACK).spawn(body)?);
        Ok(())
    }

    /// Stops an operation that has not begun. One that a thread has taken up runs to its end.
    pub fn cancel(&mut self, index: u32) {
        let results = Results::one(-libc::ECANCELED);
        if let Some(place) = self.waits.iter().position(|&(waiting, _)| waiting == index) {
            self.waits.remove(place);
            self.here.push(Done { index, results, parcel: None, inline: true });
        } else if let Some(job) = self.shared.as_ref().and_then(|s| s.queue.remove(|job| job.index == index))
        {
            self.away -= 1;
            self.here.push(Done { index, results, parcel: Some(job.parcel), inline: true });
        }
    }

    /// Whether anything is to come.
    pub fn is_busy(&self) -> bool {
        self.away > 0 || !self.waits.is_empty() || !self.here.is_empty()
    }

    /// What has finished; with `wait` at least one, if there is any.
    pub fn turn(&mut self, wait: bool, slots: &mut Slots) -> Vec<Done> {
        let mut done = self.finished();
        // Work that never runs out must not keep those waiting that wait: look after them in every turn.
        let wait = wait && done.is_empty();
        if !wait && !self.waits.is_empty() {
            self.look(false, slots);
            done.extend(self.finished());
        }
        while wait && done.is_empty() && (self.away > 0 || !self.waits.is_empty()) {
            self.look(true, slots);
            done.extend(self.finished());
        }
        done
    }

    fn finished(&mut self) -> Vec<Done> {
        let mut done = std::mem::take(&mut self.here);
        if let Some(shared) = &self.shared {
            let theirs = shared.queue.take_done();
            self.away -= theirs.len();
            done.extend(theirs);
        }
        done
    }

    /// Asks `poll(2)` for threads, descriptors and the next deadline, and starts what became ready. With `wait` it
    /// sleeps until there is something.
    fn look(&mut self, wait: bool, slots: &mut Slots) {
        let bell = self.shared.as_ref().map_or(-1, |shared| shared.bell.as_raw_fd());
        // Each descriptor once: poll(2) takes no more entries than a process may have descriptors.
        let mut masks = BTreeMap::from([(bell, libc::POLLIN)]);
        let mut next: Option<Instant> = None;
        for (_, wait) in &self.waits {
            match *wait {
                Wait::Ready(fd, mask) | Wait::Event(fd, mask) | Wait::EventUntil(fd, mask, _) => {
                    *masks.entry(fd).or_default() |= mask;
                }
                Wait::No | Wait::Instant | Wait::Until(_) => {}
            }
            if let Wait::Until(at) | Wait::EventUntil(_, _, at) = *wait {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
        let fds: Vec<(RawFd, i16)> = masks.into_iter().collect();
        let timeout = next.map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = if wait { timeout } else { Some(Duration::ZERO) };
        let ready = sys::raw::poll(&fds, timeout);
        let ready: BTreeMap<_, _> = fds.iter().map(|&(fd, _)| fd).zip(ready).collect();
        let events = |fd: RawFd| ready.get(&fd).copied().unwrap_or(0);
        let is_ready = |fd, mask: i16| events(fd) & (mask | ALWAYS) != 0;
        if let Some(shared) = &self.shared
            && events(bell) != 0
        {
            shared.bell.silence();
        }
        let now = Instant::now();
        let waits = std::mem::take(&mut self.waits);
        for (index, wait) in waits {
            let due = match wait {
                Wait::Until(at) => at <= now,
                Wait::Ready(fd, mask) | Wait::Event(fd, mask) => is_ready(fd, mask),
                Wait::EventUntil(fd, mask, at) => at <= now || is_ready(fd, mask),
                Wait::No | Wait::Instant => true,
            };
            if !due {
                self.waits.push((index, wait));
                continue;
            }
            let slot = slots.get(index);
            if let Wait::Ready(..) = wait {
                if let Some(parcel) = slot.take(Place::Away) {
                    self.dispatch(index, parcel);
                }
            } else if let Some(parcel) = slot.parcel() {
                let results = parcel.call();
                self.here.push(Done { index, results, parcel: None, inline: true });
            }
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let Some(shared) = self.shared.take() else { return };
        let (jobs, busy) = shared.queue.close();
        drop(jobs);
        drop(shared.queue.take_done());
        // A thread in a call that never ends (an open of a FIFO) is left to itself; it owns all that it uses.
        if !busy {
            for thread in self.pool.drain(..) {
                let _ = thread.join();
            }
        }
    }
}
