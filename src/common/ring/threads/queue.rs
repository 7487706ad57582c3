//! The queue between the executor and its threads: jobs one way, results the other.
//!
//! One mutex guards both; a condition variable wakes a thread, and the caller of [`Queue::finish`] is told when it
//! must wake the executor. Checked under loom (`.ci/run loom`).

use std::collections::VecDeque;
use std::sync::PoisonError;

#[cfg(loom)]
use loom::sync::{Condvar, Mutex, MutexGuard};
#[cfg(not(loom))]
use std::sync::{Condvar, Mutex, MutexGuard};

struct State<J, D> {
    jobs: VecDeque<J>,
    done: Vec<D>,
    /// Threads that wait for a job.
    idle: usize,
    /// Threads that work on one.
    running: usize,
    closed: bool,
}

/// See the module.
pub(super) struct Queue<J, D> {
    state: Mutex<State<J, D>>,
    work: Condvar,
}

impl<J, D> Queue<J, D> {
    pub fn new() -> Self {
        let state = State { jobs: VecDeque::new(), done: Vec::new(), idle: 0, running: 0, closed: false };
        Self { state: Mutex::new(state), work: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State<J, D>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job. Answers whether no idle thread is left to take it: time to start another.
    pub fn push(&self, job: J) -> bool {
        let mut state = self.lock();
        state.jobs.push_back(job);
        let crowded = state.jobs.len() > state.idle;
        drop(state);
        self.work.notify_one();
        crowded
    }

    /// Takes the newest job back: there is no thread to do it.
    pub fn take_back(&self) -> Option<J> {
        self.lock().jobs.pop_back()
    }

    /// Takes back the first job that `matches`, unless a thread has it already.
    pub fn remove(&self, matches: impl FnMut(&J) -> bool) -> Option<J> {
        let mut state = self.lock();
        let place = state.jobs.iter().position(matches)?;
        state.jobs.remove(place)
    }

    /// For a thread: waits for a job; `None` when the queue was closed.
    pub fn next(&self) -> Option<J> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(job) = state.jobs.pop_front() {
                state.running += 1;
                return Some(job);
            }
            state.idle += 1;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.idle -= 1;
        }
    }

    /// For a thread: hands a result in. `Ok(true)`: it is the first since the executor looked, which must be woken.
    ///
    /// # Errors
    /// Gives the result back if the queue was closed.
    pub fn finish(&self, done: D) -> Result<bool, D> {
        let mut state = self.lock();
        state.running -= 1;
        if state.closed {
            return Err(done);
        }
        state.done.push(done);
        Ok(state.done.len() == 1)
    }

    /// All results since the last time.
    pub fn take_done(&self) -> Vec<D> {
        std::mem::take(&mut self.lock().done)
    }

    /// No more jobs: those that wait are given back, threads end. Answers too whether any still works.
    pub fn close(&self) -> (VecDeque<J>, bool) {
        let mut state = self.lock();
        state.closed = true;
        let (jobs, busy) = (std::mem::take(&mut state.jobs), state.running > 0);
        drop(state);
        self.work.notify_all();
        (jobs, busy)
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::thread;

    /// Interleavings with up to three preemptions, a matter of seconds; without a bound one model runs for minutes.
    fn model(body: impl Fn() + Sync + Send + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(3);
        builder.check(body);
    }

    /// Every job is done once, its result is seen once, and the executor is told of the first.
    #[test]
    fn loom_jobs_and_results() {
        model(|| {
            let queue = Arc::new(Queue::<u32, u32>::new());
            let woken = Arc::new(loom::sync::atomic::AtomicUsize::new(0));
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    let (queue, woken) = (Arc::clone(&queue), Arc::clone(&woken));
                    thread::spawn(move || {
                        while let Some(job) = queue.next() {
                            if queue.finish(job * 10) == Ok(true) {
                                woken.fetch_add(1, loom::sync::atomic::Ordering::SeqCst);
                            }
                        }
                    })
                })
                .collect();
            queue.push(1);
            queue.push(2);
            let mut seen = Vec::new();
            while seen.len() < 2 {
                let done = queue.take_done();
                if done.is_empty() {
                    thread::yield_now();
                }
                seen.extend(done);
            }
            seen.sort_unstable();
            assert_eq!(seen, [10, 20]);
            let (left, _) = queue.close();
            assert!(left.is_empty());
            for thread in threads {
                thread.join().expect("no panic");
            }
            assert!(woken.load(loom::sync::atomic::Ordering::SeqCst) >= 1);
        });
    }

    /// Closing while a job is taken or waits: it is given back, or its thread gets it and keeps the result.
    #[test]
    fn loom_close_loses_nothing() {
        model(|| {
            let queue = Arc::new(Queue::<u32, u32>::new());
            let worker = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    let mut kept = 0;
                    while let Some(job) = queue.next() {
                        kept += usize::from(queue.finish(job).is_err());
                    }
                    kept
                })
            };
            queue.push(1);
            let (left, _) = queue.close();
            let kept = worker.join().expect("no panic");
            assert_eq!(left.len() + kept + queue.take_done().len(), 1);
        });
    }

    /// A cancel that races with a thread: the job is taken back or done, never both and never neither.
    #[test]
    fn loom_a_job_is_removed_or_done() {
        model(|| {
            let queue = Arc::new(Queue::<u32, u32>::new());
            queue.push(1);
            queue.push(2);
            let worker = {
                let queue = Arc::clone(&queue);
                thread::spawn(move || {
                    let mut done = 0;
                    while let Some(job) = queue.next() {
                        done += job;
                        let _ = queue.finish(job);
                    }
                    done
                })
            };
            let removed = queue.remove(|&job| job == 2).unwrap_or(0);
            let (left, _) = queue.close();
            let done = worker.join().expect("no panic");
            assert_eq!(removed + left.iter().sum::<u32>() + done, 3);
        });
    }
}
