//! A turn of the core: submit what was queued, wait, take in what has finished.

use std::time::{Duration, Instant};

use super::completion::MOST_EVENTS;
use super::core::{Core, Engine};

/// How long a ring waits for what is in flight when it is taken down.
const PATIENCE: Duration = Duration::from_secs(1);

impl Core {
    /// One turn: submits all that was queued and, with `wait`, waits for a completion.
    ///
    /// (The kernel leaves little of this program in the caches. What is rare is out of the way, so that little must be
    /// fetched again.)
    pub fn turn(&mut self, wait: bool) {
        self.launch_backlog();
        if wait {
            self.show_trace(); // who looks on sees what is waited for, and not only what came of it
        }
        if matches!(self.engine, Engine::Uring(_)) {
            self.turn_uring(wait);
        } else {
            self.turn_threads(wait);
        }
        self.launch_backlog();
        self.show_trace();
    }

    #[inline]
    fn show_trace(&mut self) {
        if let Some(trace) = &mut self.trace {
            trace.flush();
        }
    }

    #[inline]
    fn launch_backlog(&mut self) {
        if !self.backlog.is_empty() {
            self.launch_waiting();
        }
    }

    #[inline(never)]
    fn launch_waiting(&mut self) {
        while let Some(&index) = self.backlog.front() {
            if !self.try_launch(index) {
                return;
            }
            self.backlog.pop_front();
            self.look_at_backlog();
        }
    }

    fn turn_uring(&mut self, wait: bool) {
        loop {
            let Engine::Uring(uring) = &mut self.engine else { return };
            let wait = wait && self.woken.is_empty();
            uring.enter(wait, self.stats.as_deref_mut());
            let before = self.woken.len() + self.remains.len();
            let seen = self.reap();
            // A signal may end the wait with nothing to show; what counts is completions.
            if !wait || seen > 0 || self.woken.len() + self.remains.len() > before {
                return;
            }
        }
    }

    /// Takes all completions that are there; how many.
    fn reap(&mut self) -> usize {
        let mut taken = 0;
        loop {
            let Engine::Uring(uring) = &mut self.engine else { return taken };
            let woken = self.plain.then_some(&mut self.woken);
            taken += uring.reap(&mut self.events, &mut self.slots, woken);
            for nth in 0..self.events.len() {
                let completion = self.events[nth];
                self.completed(&completion);
            }
            if self.events.len() < MOST_EVENTS {
                return taken;
            }
        }
    }

    #[inline(never)]
    fn turn_threads(&mut self, wait: bool) {
        let Engine::Threads(threads) = &mut self.engine else { return };
        let wait = wait && self.woken.is_empty();
        let done = threads.turn(wait, &mut self.slots);
        for one in done {
            self.returned(one);
        }
    }

    /// Cancels all, and waits for the kernel to let go of everything; whether it has. Part of taking a ring down.
    ///
    /// What a disk has been asked for cannot be cancelled, and it, or a server, may have stopped answering. So this does
    /// not wait for ever.
    pub fn drain(&mut self) -> bool {
        for index in self.slots.unfinished() {
            // A future may outlive the ring's last turn, but not the ring: what is unfinished here is an orphan.
            self.slots.get(index).state.orphan = true;
            self.cancel(index);
        }
        let deadline = Instant::now() + PATIENCE;
        while self.is_held() {
            if Instant::now() >= deadline {
                return false;
            }
            self.show_trace();
            if let Engine::Uring(uring) = &mut self.engine {
                uring.enter_until(deadline);
            }
            self.reap();
            self.show_trace();
            self.woken.clear();
        }
        true
    }

    /// Whether the kernel still has an operation.
    fn is_held(&mut self) -> bool {
        let unfinished = self.slots.unfinished();
        let held = |&index: &u32| self.slots.get(index).state.pending > 0;
        matches!(self.engine, Engine::Uring(_)) && unfinished.iter().any(held)
    }
}
