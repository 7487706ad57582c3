//! Results in the order of the items, whoever computed them and whenever: who has the next one tells it, and all those
//! behind it that are there already.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::digest::Digest;
use crate::item::{Job, Note};
use crate::report::{Out, Reporter};

/// What is to be told.
pub enum Event {
    File(Job, io::Result<Digest>),
    Note(Note),
}

/// Results that wait for those before them. Beyond this nothing is begun that is not next.
const MOST: usize = 1024;

/// See the module.
pub struct Order<'a> {
    state: Mutex<State<'a>>,
    /// Something was told.
    told: Condvar,
    /// See [`Out::over`].
    over: Arc<AtomicBool>,
}

struct State<'a> {
    /// The place whose turn it is.
    next: u64,
    waiting: BTreeMap<u64, Event>,
    reporter: Box<dyn Reporter>,
    out: Out<'a>,
}

impl<'a> Order<'a> {
    pub fn new(reporter: Box<dyn Reporter>, out: Out<'a>) -> Self {
        let over = out.over();
        let state = State { next: 0, waiting: BTreeMap::new(), reporter, out };
        Self { state: Mutex::new(state), told: Condvar::new(), over }
    }

    fn lock(&self) -> MutexGuard<'_, State<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The event of a place. `flush`: the caller may be busy for a while, and what was told should be seen.
    pub fn done(&self, place: u64, event: Event, flush: bool) {
        let mut state = self.lock();
        state.waiting.insert(place, event);
        let before = state.next;
        state.tell();
        if flush {
            self.put_out(&mut state);
        }
        if state.next != before {
            drop(state);
            self.told.notify_all();
        }
    }

    /// Lets what was told be seen.
    pub fn flush(&self) {
        self.put_out(&mut self.lock());
    }

    /// Writes what was told. Where that fails, all who wait are to know: who has what they wait for gives up, too.
    fn put_out(&self, state: &mut State<'_>) {
        state.out.flush();
        if state.out.has_failed() {
            self.told.notify_all();
        }
    }

    /// Waits until all before this place has been told, and is written; `false` if it can't be.
    pub fn wait_for(&self, place: u64) -> bool {
        let mut state = self.lock();
        self.put_out(&mut state);
        while state.next < place && !state.out.has_failed() {
            state = self.told.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        self.put_out(&mut state);
        !state.out.has_failed()
    }

    /// Whether this place has been told, or nothing can be told any more.
    pub fn has_told(&self, place: u64) -> bool {
        let state = self.lock();
        state.next > place || state.out.has_failed()
    }

    /// Whether so much waits that nothing more should be begun.
    pub fn is_full(&self) -> bool {
        self.lock().waiting.len() >= MOST
    }

    /// Waits until something was told, if so much waits.
    pub fn wait_for_room(&self) {
        let mut state = self.lock();
        self.put_out(&mut state);
        while state.waiting.len() >= MOST && !state.out.has_failed() {
            state = self.told.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether nobody is going to read what is computed from now on.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// What [`Order::is_over`] says, for those who compute.
    pub fn over(&self) -> &AtomicBool {
        &self.over
    }

    /// Writes the rest.
    ///
    /// # Errors
    /// Why writing failed, now or before.
    pub fn finish(self) -> io::Result<()> {
        let mut state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.out.flush();
        state.out.failure().map_or(Ok(()), Err)
    }
}

impl State<'_> {
    fn tell(&mut self) {
        while let Some(event) = self.waiting.remove(&self.next) {
            self.next += 1;
            if self.out.has_failed() {
                continue;
            }
            match event {
                Event::File(job, result) => self.reporter.file(&job, result, &mut self.out),
                Event::Note(note) => self.reporter.note(note, &mut self.out),
            }
        }
    }
}
