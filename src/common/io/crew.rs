//! Arithmetic on all cores, results in order.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// A crew of threads that all do one thing: jobs go in, results come out in the order of the jobs.
///
/// Where no thread can be had the work is done on the spot.
pub struct Crew<J, R> {
    shared: Arc<Shared<J, R>>,
    threads: Vec<JoinHandle<()>>,
    work: fn(J) -> R,
    /// Jobs given and not yet taken back.
    out: usize,
}

struct Shared<J, R> {
    state: Mutex<State<J, R>>,
    job: Condvar,
    result: Condvar,
}

struct State<J, R> {
    /// Number of the first entry of `results`.
    first: u64,
    next: u64,
    jobs: VecDeque<(u64, J)>,
    results: VecDeque<Option<R>>,
    closed: bool,
}

impl<J, R> Shared<J, R> {
    fn lock(&self) -> MutexGuard<'_, State<J, R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, work: fn(J) -> R) {
        let mut state = self.lock();
        loop {
            if let Some((number, job)) = state.jobs.pop_front() {
                drop(state);
                let result = work(job);
                state = self.lock();
                let place = usize::try_from(number - state.first).unwrap_or(usize::MAX);
                if let Some(slot) = state.results.get_mut(place) {
                    *slot = Some(result);
                }
                if place == 0 {
                    self.result.notify_one();
                }
            } else if state.closed {
                return;
            } else {
                state = self.job.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }
}

impl<J: Send + 'static, R: Send + 'static> Crew<J, R> {
    /// A crew of up to `size` threads that do `work`.
    pub fn new(size: usize, work: fn(J) -> R) -> Self {
        let state =
            State { first: 0, next: 0, jobs: VecDeque::new(), results: VecDeque::new(), closed: false };
        let shared =
            Arc::new(Shared { state: Mutex::new(state), job: Condvar::new(), result: Condvar::new() });
        crate::sys::one_malloc_arena();
        let hire = |_| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().stack_size(256 * 1024).spawn(move || shared.serve(work)).ok()
        };
        let threads = (0..size).map_while(hire).collect();
        Self { shared, threads, work, out: 0 }
    }

    /// Gives a job.
    pub fn give(&mut self, job: J) {
        self.out += 1;
        if self.threads.is_empty() {
            let result = (self.work)(job);
            self.shared.lock().results.push_back(Some(result));
            return;
        }
        let mut state = self.shared.lock();
        let number = state.next;
        state.next += 1;
        state.jobs.push_back((number, job));
        state.results.push_back(None);
        drop(state);
        self.shared.job.notify_one();
    }

    /// How many jobs are out.
    pub fn out(&self) -> usize {
        self.out
    }

    /// The result of the oldest job, waited for; `None` when there is no job out.
    pub fn take(&mut self) -> Option<R> {
        if self.out == 0 {
            return None;
        }
        self.out -= 1;
        let mut state = self.shared.lock();
        loop {
            if let Some(result) = state.results.front_mut().and_then(Option::take) {
                state.results.pop_front();
                state.first += 1;
                return Some(result);
            }
            state = self.shared.result.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<J, R> Drop for Crew<J, R> {
    fn drop(&mut self) {
        let mut state = self.shared.lock();
        state.closed = true;
        state.jobs.clear();
        drop(state);
        self.shared.job.notify_all();
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for size in [0, 1, 3] {
            let mut crew = Crew::new(size, |n: u64| {
                // The earlier the longer, so that they finish in another order.
                (0..(1000 - n) * 50).fold(n, |a, b| a.wrapping_mul(31).wrapping_add(std::hint::black_box(b)));
                n
            });
            let mut seen = Vec::new();
            for n in 0..1000 {
                crew.give(n);
                if crew.out() > 7 {
                    seen.extend(crew.take());
                }
            }
            while let Some(n) = crew.take() {
                seen.push(n);
            }
            assert!(seen.into_iter().eq(0..1000), "crew of {size}");
        }
    }

    #[test]
    fn a_crew_can_be_dismissed_with_work_left() {
        let mut crew = Crew::new(2, |n: u32| n);
        (0..100).for_each(|n| crew.give(n));
        assert_eq!(crew.take(), Some(0));
    }
}
