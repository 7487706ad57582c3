//! Threads that compute: each with a ring of its own, taking files from one source.
//!
//! The first thread is the main one. The others start when there is enough to do for them: many files, or a large one
//! and others behind it, in which case whoever has the large one gives the others back. How far ahead a thread looks
//! depends on how much is left, so that the last files are not all in one thread's hands.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::thread::{self, Scope};

use ringutils::cli::Progress;
use ringutils::io::{Ahead, FilesAhead, Session};
use ringutils::ring::{Config, Stats};
use ringutils::sys::{self, Stat};

use crate::cores;
use crate::feed::{Source, is_stdin};
use crate::item::{Item, Job};
use crate::order::{Event, Order};
use crate::read::{Reader, Turn};

/// A thread's stack: nothing here recurses.
const STACK: usize = 512 * 1024;
/// A thread more takes the limit of open files to be so much higher.
const THREADS_SHARE: usize = 128;
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
    /// Files of folders that are to be looked into, which the first thread does.
    folders: Mutex<VecDeque<CString>>,
    /// Threads that may run at once. One file needs no others, so the question is put off.
    most: OnceLock<usize>,
    running: AtomicUsize,
    stats: Mutex<Option<Stats>>,
    read_stdin: AtomicBool,
}

/// What a thread has in its hand: files to do, in this order.
struct Hand<'a> {
    ahead: FilesAhead<'a, Taken>,
    /// The highest place among them.
    highest: u64,
}

/// What there is to do.
struct Supply {
    source: Box<dyn Source>,
    exhausted: bool,
    /// Files that were taken, and given back, by place.
    returned: BTreeMap<u64, Job>,
    /// The place of a stream that was taken. Whoever feeds it may be writing the files behind it too
    /// (`… | tee f | sha256sum - f`): those are not touched until it has been told.
    stream: Option<u64>,
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
        folders: VecDeque<CString>,
    ) -> Self {
        let supply = Supply { source, exhausted: false, returned: BTreeMap::new(), stream: None };
        let (running, stats) = (AtomicUsize::new(1), Mutex::default());
        let (most, read_stdin) = (OnceLock::new(), AtomicBool::new(false));
        let (supply, folders) = (Mutex::new(supply), Mutex::new(folders));
        Self { supply, order, progress, config, output, folders, most, running, stats, read_stdin }
    }

    fn most(&self) -> usize {
        *self.most.get_or_init(|| {
            // A thread has descriptors of its own: the ring's, and those of files ahead.
            let descriptors = sys::descriptor_limit() / THREADS_SHARE;
            cores::threads(&self.config).min(descriptors).max(1)
        })
    }

    /// Does everything; gives the counters.
    pub fn run(&self, session: Session) -> Option<Stats> {
        thread::scope(|scope| self.work(session, scope));
        self.stats.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether one of the files was standard input.
    pub fn has_read_stdin(&self) -> bool {
        self.read_stdin.load(Ordering::Relaxed)
    }

    fn work<'scope>(&'scope self, session: Session, scope: &'scope Scope<'scope, 'a>) {
        let reader = Reader::new(session, self.progress, self.order.over());
        let threads = || self.most();
        let folders = std::mem::take(&mut *self.folders.lock().unwrap_or_else(PoisonError::into_inner));
        let ahead = FilesAhead::one_of(&threads, &reader.session, self.output).expecting(folders);
        let hand = RefCell::new(Hand { ahead, highest: 0 });
        loop {
            self.fill(&mut hand.borrow_mut(), scope);
            let Some((Taken { place, job }, found)) = hand.borrow_mut().ahead.pop() else { break };
            hand.borrow().ahead.kick();
            let turn = InCrew { crew: self, scope, place, hand: &hand };
            let mut result = reader.digest(&job, found, &turn);
            if result.as_ref().is_err_and(sys::is_out_of_descriptors) && hand.borrow_mut().ahead.release() {
                // The descriptors that are missing are ours: those of the files ahead.
                hand.borrow().ahead.kick();
                result = reader.digest(&job, Ahead::Unknown, &turn);
            }
            self.progress.inc_files(1);
            self.order.done(place, Event::File(job, result), !hand.borrow().ahead.is_ready());
            if self.order.is_over() {
                break;
            }
        }
        self.running.fetch_sub(1, Ordering::Relaxed);
        drop(hand);
        Stats::add(&mut self.stats.lock().unwrap_or_else(PoisonError::into_inner), reader.into_stats());
    }

    fn fill<'scope>(&'scope self, hand: &mut Hand<'_>, scope: &'scope Scope<'scope, 'a>) {
        while hand.ahead.has_room()
            && let Some((taken, is_last)) = self.take(hand, scope)
        {
            hand.highest = if hand.ahead.is_empty() { taken.place } else { hand.highest.max(taken.place) };
            let is_stdin = is_stdin(&taken.job);
            self.read_stdin.fetch_or(is_stdin, Ordering::Relaxed);
            // One file alone has no next one to hide behind.
            if is_stdin || (is_last && hand.ahead.is_empty()) {
                hand.ahead.push_untouched(taken);
            } else {
                let name = taken.job.name.clone();
                hand.ahead.push(taken, &name);
            }
            if is_last {
                return;
            }
        }
    }

    /// What there is to do. Somebody may be asking for more just now, which may take a while: who has something in
    /// hand does that first; who has not lets be seen what was told.
    fn supply(&self, held: usize) -> Option<MutexGuard<'_, Supply>> {
        match self.supply.try_lock() {
            Ok(supply) => Some(supply),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if held > 0 => None,
            Err(TryLockError::WouldBlock) => {
                self.order.flush();
                Some(self.supply.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }

    /// The next file, for a thread that holds these, and whether it seems to be the last; `None` if it should do those
    /// first, or there are none.
    fn take<'scope>(
        &'scope self,
        hand: &Hand<'_>,
        scope: &'scope Scope<'scope, 'a>,
    ) -> Option<(Taken, bool)> {
        let held = hand.ahead.len();
        loop {
            let mut supply = self.supply(held)?;
            let left = supply.left();
            // In a hand each waits for those before it: what is told earlier must not be behind what waits for its turn.
            if let Some(returned) = supply.returned.first_entry()
                && (held == 0 || *returned.key() > hand.highest)
            {
                let (place, job) = returned.remove_entry();
                return Some((Taken { place, job }, left == 1));
            }
            if let Some(place) = supply.stream
                && !self.order.has_told(place)
            {
                drop(supply);
                if held > 0 {
                    return None;
                }
                self.order.wait_for(place + 1);
                continue;
            }
            supply.stream = None;
            let unknown = left == 0;
            if supply.exhausted || held > 0 && (unknown || held >= FEW && held >= left / (2 * self.most())) {
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
            let next = if self.order.is_over() { None } else { supply.source.next() };
            let Some((place, item)) = next else {
                supply.exhausted = true;
                return None;
            };
            let is_last = supply.left() == 0;
            supply.stream = matches!(&item, Item::File(job) if is_stream(job)).then_some(place);
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
        let more = |running: usize| (running < self.most()).then_some(running + 1);
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
    hand: &'hand RefCell<Hand<'session>>,
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
        let mut hand = self.hand.borrow_mut();
        if crew.most() > 1
            && let Some(mut supply) = crew.supply(1)
        {
            supply.returned.extend(hand.ahead.take_back().map(|Taken { place, job }| (place, job)));
            let others = supply.left() > 0;
            drop(supply);
            if others {
                crew.start(self.scope);
            }
        }
        crew.running.load(Ordering::Relaxed) < crew.most()
    }
}

/// Names of what may have somebody at its other end; `<(…)` is `/dev/fd/63`.
const STREAMS: [&[u8]; 3] = [b"/dev/stdin", b"/dev/fd/", b"/proc/self/fd/"];

/// Whether somebody may be at the other end, as far as the name tells.
fn is_stream(job: &Job) -> bool {
    is_stdin(job) || !job.literal && STREAMS.iter().any(|name| job.name.as_bytes().starts_with(name))
}
