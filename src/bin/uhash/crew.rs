//! Threads that compute: each with a ring of its own, taking files from one source.
//!
//! The first thread is the main one. The others start when there is enough to do for them: many files, or a large one
//! and others behind it, in which case whoever has the large one gives the others back. How far ahead a thread looks
//! depends on how much is left, so that the last files are not all in one thread's hands.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

use ringutils::cli::Progress;
use ringutils::io::{Ahead, FilesAhead, Session};
use ringutils::ring::{Config, Stats};
use ringutils::sys::{self, Stat};

use crate::feed::{Source, is_stdin};
use crate::item::{Item, Job};
use crate::order::{Event, Order};
use crate::read::{Reader, Turn, merge};

/// A thread's stack: nothing here recurses.
const STACK: usize = 512 * 1024;
/// So many items are worth another thread, however small they are.
const MANY: usize = 16;
/// So many items a thread may hold, however few are left.
const FEW: usize = 8;

/// What the threads have in common.
pub struct Crew<'a, 'out> {
    supply: Mutex<Supply>,
    order: &'a Order<'out>,
    progress: &'a Progress,
    config: Config,
    /// The file that standard output is.
    output: Option<(u64, u64)>,
    /// Threads that may run at once.
    most: usize,
    running: AtomicUsize,
    stats: Mutex<Option<Stats>>,
}

/// What there is to do.
struct Supply {
    source: Box<dyn Source>,
    exhausted: bool,
    /// Files that were taken, and given back.
    returned: VecDeque<Taken>,
}

/// A file that a thread has taken, and its place.
struct Taken {
    place: u64,
    job: Job,
}

impl Supply {
    fn left(&self) -> usize {
        self.returned.len() + if self.exhausted { 0 } else { self.source.left() }
    }
}

impl<'a, 'out> Crew<'a, 'out> {
    pub fn new(
        source: Box<dyn Source>,
        order: &'a Order<'out>,
        progress: &'a Progress,
        config: Config,
        output: Option<(u64, u64)>,
    ) -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let most = config.threads.unwrap_or(cores).max(1);
        let supply = Supply { source, exhausted: false, returned: VecDeque::new() };
        let (running, stats) = (AtomicUsize::new(1), Mutex::default());
        Self { supply: Mutex::new(supply), order, progress, config, output, most, running, stats }
    }

    /// Does everything; gives the counters.
    pub fn run(&self, session: Session) -> Option<Stats> {
        thread::scope(|scope| self.work(session, scope));
        self.stats.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn supply(&self) -> MutexGuard<'_, Supply> {
        self.supply.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work<'scope>(&'scope self, session: Session, scope: &'scope Scope<'scope, 'a>) {
        let reader = Reader::new(session, self.progress);
        let hand = RefCell::new(FilesAhead::one_of(self.most, &reader.session, self.output));
        loop {
            self.fill(&mut hand.borrow_mut(), scope);
            let Some((Taken { place, job }, found)) = hand.borrow_mut().pop() else { break };
            hand.borrow().kick();
            let turn = InCrew { crew: self, scope, place, hand: &hand };
            let mut result = reader.digest(&job, found, &turn);
            if result.as_ref().is_err_and(is_out_of_descriptors) && hand.borrow_mut().release() {
                // The descriptors that are missing are ours: those of the files ahead.
                hand.borrow().kick();
                result = reader.digest(&job, Ahead::Unknown, &turn);
            }
            self.progress.inc_files(1);
            self.order.done(place, Event::File(job, result), !hand.borrow().is_ready());
        }
        self.running.fetch_sub(1, Ordering::Relaxed);
        drop(hand);
        merge(&mut self.stats.lock().unwrap_or_else(PoisonError::into_inner), reader.into_stats());
    }

    fn fill<'scope>(&'scope self, hand: &mut FilesAhead<'_, Taken>, scope: &'scope Scope<'scope, 'a>) {
        while hand.has_room()
            && let Some((taken, is_last)) = self.take(hand.len(), scope)
        {
            // One file alone has no next one to hide behind.
            if is_stdin(&taken.job) || (is_last && hand.is_empty()) {
                hand.push_untouched(taken);
            } else {
                let name = taken.job.name.clone();
                hand.push(taken, &name);
            }
        }
    }

    /// The next file, for a thread that holds so many, and whether it seems to be the last; `None` if it should do
    /// those first, or there are none.
    fn take<'scope>(&'scope self, held: usize, scope: &'scope Scope<'scope, 'a>) -> Option<(Taken, bool)> {
        loop {
            let mut supply = self.supply();
            let left = supply.left();
            if let Some(taken) = supply.returned.pop_front() {
                return Some((taken, left == 1));
            }
            let unknown = left == 0;
            if supply.exhausted || held > 0 && (unknown || held >= FEW.max(left / (2 * self.most))) {
                return None;
            }
            if self.order.is_full() && !supply.source.is_within_batch() {
                drop(supply);
                if held > 0 {
                    return None;
                }
                self.order.wait_for_room();
                continue;
            }
            if unknown {
                // To ask for more may take a while.
                self.order.flush();
            }
            let next = if self.order.has_failed() { None } else { supply.source.next() };
            let Some((place, item)) = next else {
                supply.exhausted = true;
                return None;
            };
            let is_last = supply.left() == 0;
            drop(supply);
            if left >= MANY {
                self.start(scope);
            }
            match item {
                Item::File(job) => return Some((Taken { place, job }, is_last)),
                Item::Note(note) => self.order.done(place, Event::Note(note), false),
            }
        }
    }

    /// Starts another thread, if there may be one.
    fn start<'scope>(&'scope self, scope: &'scope Scope<'scope, 'a>) {
        let more = |running: usize| (running < self.most).then_some(running + 1);
        if self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_err() {
            return;
        }
        sys::one_malloc_arena();
        let work = move || self.work(Session::lazy(self.config.clone()), scope);
        if thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_err() {
            // Then those that there are do it all.
            self.running.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A file's place in all this.
struct InCrew<'scope, 'env, 'out, 'hand, 'session> {
    crew: &'scope Crew<'env, 'out>,
    scope: &'scope Scope<'scope, 'env>,
    place: u64,
    hand: &'hand RefCell<FilesAhead<'session, Taken>>,
}

impl Turn for InCrew<'_, '_, '_, '_, '_> {
    fn wait(&self) -> io::Result<()> {
        let can_be_told = self.crew.order.wait_for(self.place);
        can_be_told.then_some(()).ok_or_else(|| io::Error::from_raw_os_error(libc::ECANCELED))
    }

    fn is_output(&self, stat: &Stat) -> bool {
        self.crew.output == Some(stat.identity)
    }

    fn has_cores_to_spare(&self) -> bool {
        let crew = self.crew;
        // It takes a while: what was computed should be seen, and what was taken is for others to do.
        crew.order.flush();
        if crew.most > 1 {
            let mut supply = crew.supply();
            supply.returned.extend(self.hand.borrow_mut().take_back());
            let others = supply.left() > 0;
            drop(supply);
            if others {
                crew.start(self.scope);
            }
        }
        crew.running.load(Ordering::Relaxed) < crew.most
    }
}

fn is_out_of_descriptors(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EMFILE)
}
