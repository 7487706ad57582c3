//! The heart of a ring: it starts operations, hands out their results, and keeps the invariants.
//!
//! One [`Core`] belongs to one thread. Whoever borrows it must not drop operations meanwhile (an operation may own
//! things whose drop comes back here); what is to be dropped is handed out, or kept in `remains` until the turn ends.

use std::collections::VecDeque;
use std::io;
use std::mem::ManuallyDrop;
use std::time::Instant;

use super::completion::{Completion, MOST_EVENTS};
use super::config::Config;
use super::executor::TaskId;
use super::fd::Reserved;
use super::op::{Batch, Op, Parcel, Results, Wait};
use super::slots::{At, Phase, Slots};
use super::stats::Stats;
use super::threads;
use super::trace::Trace;
use super::uring;
use crate::sys;

/// How often one operation is started again before its error is believed.
const RESTARTS: u16 = 1000;

/// What carries operations out.
pub(super) enum Engine {
    Uring(Box<uring::Uring>),
    Threads(Box<threads::Threads>),
}

pub(super) struct Core {
    pub slots: Slots,
    pub engine: Engine,
    pub stats: Option<Box<Stats>>,
    pub trace: Option<Trace>,
    /// Completions of operations that came off the queue together, at most [`MOST_EVENTS`].
    pub events: Vec<Completion>,
    /// Nobody looks on, and the kernel has all opcodes.
    pub plain: bool,
    /// So it is, and nothing is in the backlog: operations go straight into the submission queue.
    straight: bool,
    /// Operations that wait for room: in flight ≤ completion queue, always.
    pub backlog: VecDeque<u32>,
    /// Tasks that can go on since the last turn.
    pub woken: Vec<TaskId>,
    /// Finished operations that nobody waits for, to be dropped when the core is no longer borrowed.
    pub remains: Vec<(Parcel, Results)>,
}

impl Core {
    pub fn new(engine: Engine, config: &Config) -> Self {
        let mut stats = config.stats.map(|_| Box::<Stats>::default());
        if let Some(stats) = &mut stats {
            (stats.engine, stats.fallback) = match &engine {
                Engine::Uring(_) => ("uring", None),
                Engine::Threads(threads) => ("threads", threads.reason.clone()),
            };
        }
        let trace = config.trace.then(Trace::new);
        let complete = matches!(&engine, Engine::Uring(uring) if uring.has_all_opcodes());
        let plain = complete && stats.is_none() && trace.is_none() && !sys::fault::is_on();
        Self {
            slots: Slots::new(),
            engine,
            stats,
            trace,
            plain,
            straight: plain,
            events: Vec::with_capacity(MOST_EVENTS),
            backlog: VecDeque::new(),
            woken: Vec::new(),
            remains: Vec::new(),
        }
    }

    /// Starts an operation. From here on it belongs to the kernel, or to the pool of threads.
    #[inline]
    pub fn start<T: Op>(&mut self, op: ManuallyDrop<T>) -> At {
        // Before anything is asked: with two ways to go it would be kept on the stack.
        let (at, slot) = self.slots.fill(op);
        match &mut self.engine {
            // The short way: io_uring, nobody looks on, and there is room.
            Engine::Uring(uring) if self.straight && uring.has_room() => {
                let queue = |name, op: &mut T| uring.push(name, |batch| op.encode(batch));
                // SAFETY: it was put there just now.
                unsafe { slot.begin(at, queue) };
            }
            _ => {
                slot.put_off();
                let index = slot.index;
                self.launch(index);
            }
        }
        at
    }

    #[cold]
    fn launch(&mut self, index: u32) {
        if self.backlog.is_empty() && self.try_launch(index) {
            return;
        }
        self.backlog.push_back(index);
        self.straight = false;
    }

    /// The backlog has become shorter.
    pub fn look_at_backlog(&mut self) {
        self.straight = self.plain && self.backlog.is_empty();
    }

    /// Starts the operation in `index`, unless there is no room for it now.
    pub fn try_launch(&mut self, index: u32) -> bool {
        let slot = self.slots.get(index);
        let stream = slot.shots().is_some();
        let Some(parcel) = slot.parcel() else { return true };
        let patient = matches!(parcel.wait(), Wait::No) && !stream;
        let restartable = parcel.restartable();
        let watched = self.stats.is_some() || self.trace.is_some();
        let mut record = Batch::record(0);
        if watched || matches!(self.engine, Engine::Uring(_)) {
            parcel.encode(&mut record);
        }
        if let Some(error) =
            sys::fault::start().filter(|&error| if error == libc::EINTR { restartable } else { patient })
        {
            self.observe_start(index, &record);
            self.slots.get(index).results = Results::all(-error, record.steps().max(1));
            self.settle(index);
            return true;
        }
        match &mut self.engine {
            Engine::Uring(uring) if !uring.supports(&record) => {
                self.count(|stats| stats.unsupported += 1);
                self.call_here(index);
                return true;
            }
            Engine::Uring(uring) => {
                let name = self.slots.name(index);
                let slot = self.slots.get(index);
                let Some(parcel) = slot.parcel() else { return true };
                let Some(steps) = uring.queue(name, |batch| parcel.encode(batch)) else { return false };
                slot.expect(steps);
                self.observe_start(index, &record);
            }
            Engine::Threads(_) => self.observe_start(index, &record),
        }
        if let Engine::Threads(threads) = &mut self.engine {
            let slot = self.slots.get(index);
            slot.state.pending = 1;
            threads.start(index, slot);
        }
        true
    }

    /// From now on the kernel does not know this opcode.
    #[cfg(test)]
    pub fn lack(&mut self, opcode: u8) {
        (self.plain, self.straight) = (false, false);
        if let Engine::Uring(uring) = &mut self.engine {
            uring.lack(opcode);
        }
    }

    fn observe_start(&mut self, index: u32, batch: &Batch<'_>) {
        if let Some(stats) = &mut self.stats {
            let parcel = self.slots.get(index).parcel();
            stats.started(index, batch, |step| parcel.as_deref().and_then(|parcel| parcel.wanted(step)));
            stats.in_flight(self.slots.used());
        }
        if let Some(trace) = &mut self.trace {
            trace.submitted(index, batch.entries());
        }
    }

    /// Does the work by plain calls, here and now.
    fn call_here(&mut self, index: u32) {
        let slot = self.slots.get(index);
        let Some(parcel) = slot.parcel() else { return };
        // No other way to wait for it: `call` only looks.
        match parcel.wait() {
            Wait::Event(fd, mask) => drop(sys::raw::poll(&[(fd, mask)], None)),
            Wait::EventUntil(fd, mask, until) => {
                let left = until.saturating_duration_since(Instant::now());
                drop(sys::raw::poll(&[(fd, mask)], Some(left)));
            }
            Wait::No | Wait::Instant | Wait::Ready(..) | Wait::Until(_) => {}
        }
        let results = parcel.call_here();
        slot.results = results;
        let Some(shots) = slot.shots() else { return self.conclude(index) };
        shots.results.push_back(results.raw(0));
        self.woken.extend(slot.take_waiter());
    }

    /// All completions of an operation are in: is it over?
    #[inline]
    fn settle(&mut self, index: u32) {
        if self.slots.get(index).results.raw(0) >= 0 {
            self.conclude(index);
        } else {
            self.settle_failed(index);
        }
    }

    #[cold]
    fn settle_failed(&mut self, index: u32) {
        let slot = self.slots.get(index);
        let first = slot.results.raw(0);
        let timed_out = slot.results.is_timed_out();
        if slot.state.cancelled && first == -libc::EINTR {
            // How a worker tells that it was cancelled.
            slot.results.set(0, -libc::ECANCELED);
        }
        let again = !slot.state.cancelled && !slot.state.orphan && slot.state.restarts < RESTARTS;
        slot.state.restarts += u16::from(again);
        let Some(parcel) = slot.parcel().filter(|_| again) else { return self.conclude(index) };
        let wait = parcel.wait();
        // What only waits needs no worker thread, and must not be called here, where it would hold up all others.
        let callable =
            parcel.callable() && !matches!(wait, Wait::Event(..) | Wait::EventUntil(..) | Wait::Until(_));
        let restartable = parcel.restartable();
        // To one that never waits "try again" is no answer; a pipe may mean it.
        let cancelled = first == -libc::ECANCELED && !timed_out;
        let not_started = cancelled || (first == -libc::EAGAIN && matches!(wait, Wait::No));
        if first == -libc::EINTR && restartable {
            self.count(|stats| stats.interrupted += 1);
            self.launch(index);
        } else if not_started {
            // The kernel could not start a worker thread for it (no cancel of ours): do its work.
            self.count(|stats| stats.retried += 1);
            if callable { self.call_here(index) } else { self.launch(index) }
        } else {
            self.conclude(index);
        }
    }

    fn count(&mut self, what: impl FnOnce(&mut Stats)) {
        if let Some(stats) = &mut self.stats {
            what(stats);
        }
    }

    /// The operation is over.
    fn conclude(&mut self, index: u32) {
        let slot = self.slots.get(index);
        self.woken.extend(slot.take_waiter());
        slot.state.phase = Phase::Done;
        if slot.state.orphan {
            let results = slot.results;
            if let Some(parcel) = self.slots.remove(index) {
                self.remains.push((parcel, results));
            }
        }
    }

    /// A completion of the io_uring engine.
    #[inline(never)]
    pub fn completed(&mut self, completion: &Completion) {
        if let Some(stats) = &mut self.stats {
            stats.completed(completion.index, completion.step, completion.result);
        }
        if let Some(trace) = &mut self.trace {
            trace.completed(completion);
        }
        let slot = self.slots.get(completion.index);
        if let Some(shots) = slot.shots() {
            // The last completion of a multishot that was cancelled carries no news.
            if completion.result != -libc::ECANCELED || completion.more {
                shots.results.push_back(completion.result);
            }
            if !completion.more {
                slot.state.pending = 0;
            }
            if slot.state.orphan && slot.state.pending == 0 {
                self.conclude(completion.index);
            } else if let Some(waiter) = slot.take_waiter() {
                self.woken.push(waiter);
            }
            return;
        }
        slot.results.set(completion.step, completion.result);
        // Of the completions of a zero-copy send only the last one ends it.
        if completion.more {
            return;
        }
        slot.state.pending -= 1;
        if slot.state.pending == 0 {
            self.settle(completion.index);
        } else if slot.state.cancelled {
            self.cancel_next(completion.index);
        }
    }

    /// A step of a cancelled chain is over: the next may have begun since.
    #[cold]
    fn cancel_next(&mut self, index: u32) {
        let step = self.slots.get(index).current_step();
        if let (Some(step), Engine::Uring(uring)) = (step, &mut self.engine) {
            uring.cancel(self.slots.name(index), step);
        }
    }

    /// A completion of the thread engine.
    pub fn returned(&mut self, mut done: threads::Done) {
        let slot = self.slots.get(done.index);
        slot.state.pending = 0;
        slot.results = done.results;
        if let Some(parcel) = done.parcel.take() {
            slot.put(parcel);
        }
        if let Some(stats) = &mut self.stats {
            for step in 0..done.results.len() {
                stats.completed(done.index, step, done.results.raw(step));
                stats.inline += u64::from(done.inline);
            }
        }
        if let Some(trace) = &mut self.trace {
            trace.called(done.index, &done.results);
        }
        let slot = self.slots.get(done.index);
        if let Some(shots) = slot.shots() {
            if done.results.raw(0) != -libc::ECANCELED {
                shots.results.push_back(done.results.raw(0));
            }
            if slot.state.orphan {
                self.conclude(done.index);
            } else if let Some(waiter) = slot.take_waiter() {
                self.woken.push(waiter);
            }
            return;
        }
        self.settle(done.index);
    }

    /// The operation and its results, if it is over; else `task` is woken when it is.
    ///
    /// # Safety
    /// It must be one of this ring's slots, and `T` the type that was started in it.
    pub unsafe fn take_finished<T: Op>(&mut self, at: At, task: TaskId) -> Option<(T, Results)> {
        // SAFETY: the caller vouches for it.
        let slot = unsafe { self.slots.get_at(at) };
        if !slot.is_done() {
            slot.await_by(task);
            return None;
        }
        // SAFETY: the caller vouches for both.
        unsafe { self.slots.take_done(at) }
    }

    /// The next result of a multishot operation; armed again when it has ended.
    pub fn next_shot(&mut self, index: u32, task: TaskId) -> Option<i32> {
        let slot = self.slots.get(index);
        let idle = slot.state.pending == 0 && !self.backlog.contains(&index);
        slot.await_by(task);
        let shots = slot.shots()?;
        if let Some(result) = shots.results.pop_front() {
            return Some(result);
        }
        if idle {
            let again = std::mem::replace(&mut shots.armed, true);
            self.count(|stats| stats.rearmed += u64::from(again));
            self.launch(index);
        }
        None
    }

    /// Nobody waits for the operation any more: cancels it, or hands out what is left of it.
    pub fn orphan(&mut self, index: u32) -> Option<(Parcel, Results)> {
        let slot = self.slots.get(index);
        let idle_stream = slot.shots().is_some() && slot.state.pending == 0;
        if slot.is_done() || idle_stream {
            let results = slot.results;
            self.backlog.retain(|&waiting| waiting != index);
            self.look_at_backlog();
            return self.slots.remove(index).map(|parcel| (parcel, results));
        }
        slot.state.orphan = true;
        slot.take_waiter();
        self.cancel(index);
        None
    }

    /// Asks for an operation to be stopped. Never lost: if the queue is full the request waits for room, and it
    /// goes before all else.
    pub fn cancel(&mut self, index: u32) {
        let slot = self.slots.get(index);
        if slot.is_done() || slot.state.cancelled {
            return;
        }
        slot.state.cancelled = true;
        if let Some(place) = self.backlog.iter().position(|&waiting| waiting == index) {
            self.backlog.remove(place);
            self.look_at_backlog();
            self.slots.get(index).results = Results::all(-libc::ECANCELED, 1);
            self.conclude(index);
            return;
        }
        let step = slot.current_step();
        match &mut self.engine {
            Engine::Uring(uring) => {
                if let Some(step) = step {
                    uring.cancel(self.slots.name(index), step);
                }
            }
            Engine::Threads(threads) => threads.cancel(index),
        }
    }

    /// Whether a turn can end: something is in flight, or has already ended.
    pub fn is_busy(&self) -> bool {
        let engine = match &self.engine {
            Engine::Uring(uring) => uring.is_busy(),
            Engine::Threads(threads) => threads.is_busy(),
        };
        engine || !self.woken.is_empty() || !self.backlog.is_empty()
    }

    /// A place for a direct descriptor.
    pub fn reserve_direct(&mut self) -> Option<Reserved> {
        match &mut self.engine {
            Engine::Uring(uring) => uring.reserve_direct(),
            Engine::Threads(_) => None,
        }
    }

    /// Registers a pool's buffers with the kernel.
    pub fn register(&mut self, pool: &super::Pool) -> io::Result<()> {
        match &mut self.engine {
            Engine::Uring(uring) => uring.register(pool),
            Engine::Threads(_) => Err(io::Error::from_raw_os_error(libc::EOPNOTSUPP)),
        }
    }
}
