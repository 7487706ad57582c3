//! Threads that copy files: each with a ring of its own, nothing shared but two queues.
//!
//! A thread more is started only when work piles up, so that a small job starts none; and while the main thread waits
//! it does what the others do.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};

use ringutils::sys::{Kind, partial};

use crate::entry::{Absent, Copier, Job};
use crate::hands::Hands;
use crate::log::Log;
use crate::names::join;
use crate::order::{Event, Key};
use crate::place::Place;
use crate::run::Run;
use crate::small;

/// A thread's stack: nothing here recurses.
const STACK: usize = 512 * 1024;
/// Threads at most: more of them only wait for the same directories' locks.
const MOST: usize = 8;

/// Files of one directory, or operands.
pub struct Batch {
    /// Of the directory.
    pub folder: Key,
    pub files: Files,
}

/// What is in a batch. Indices are the last numbers of keys, ascending.
pub enum Files {
    /// Entries of a directory.
    Entries { from: Folder, to: Folder, absent: Absent, names: Vec<Name> },
    /// Operands.
    Jobs(Vec<(u32, Job)>),
}

/// An entry of a directory.
pub struct Name {
    pub number: u32,
    pub inode: u64,
    pub kind: Kind,
    pub text: CString,
}

/// An open directory and what it is called in messages.
#[derive(Clone)]
pub struct Folder {
    /// `None` where descriptors are scarce.
    pub fd: Option<Arc<OwnedFd>>,
    pub shown: Arc<[u8]>,
}

impl Folder {
    /// A name in it.
    pub fn place(&self, name: &CString) -> Place {
        let shown = join(&self.shown, name.to_bytes());
        match &self.fd {
            Some(fd) => Place::within(Some(Arc::clone(fd)), name.clone(), shown),
            None => Place::of_path(&shown),
        }
    }
}

impl Files {
    pub fn len(&self) -> usize {
        match self {
            Self::Entries { names, .. } => names.len(),
            Self::Jobs(jobs) => jobs.len(),
        }
    }

    pub fn index(&self, n: usize) -> u32 {
        match self {
            Self::Entries { names, .. } => names[n].number,
            Self::Jobs(jobs) => jobs[n].0,
        }
    }

    /// What the directory says it is, and its inode; `None` if nobody has looked.
    pub fn known(&self, n: usize) -> Option<(Kind, u64)> {
        match self {
            Self::Entries { names, .. } => Some((names[n].kind, names[n].inode)),
            Self::Jobs(_) => None,
        }
    }

    pub fn job(&self, n: usize) -> Job {
        match self {
            Self::Entries { from, to, absent, names } => {
                let name = &names[n].text;
                Job {
                    from: from.place(name),
                    to: to.place(name),
                    operand: false,
                    absent: *absent,
                    accessed: None,
                    linked: false,
                }
            }
            Self::Jobs(jobs) => jobs[n].1.clone(),
        }
    }
}

impl Batch {
    /// The key of its first file.
    pub fn first(&self) -> Key {
        self.key(0)
    }

    fn key(&self, n: usize) -> Key {
        let mut key = self.folder.clone();
        key.push(if n < self.files.len() { self.files.index(n) } else { 0 });
        key
    }
}

/// What became of a batch: only what is not simply done.
#[derive(Default)]
pub struct Report {
    pub events: Vec<(u32, Event)>,
    /// What is to be told after all of them.
    pub after: Log,
}

/// A batch that is done.
pub struct Done {
    pub first: Key,
    pub last: Key,
    pub folder: Key,
    pub report: Report,
}

/// The two queues.
#[derive(Default)]
pub struct Queues {
    state: Mutex<State>,
    /// There is work, or no more of it ever.
    work: Condvar,
    /// A batch is done.
    done: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Batch>,
    /// The directories of batches that somebody works on.
    busy: Vec<Key>,
    done: VecDeque<Done>,
    closed: bool,
}

/// See the module.
pub struct Crew<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    run: &'env Run<'env>,
    queues: &'env Queues,
    threads: usize,
    spare: usize,
    /// As many as there are cores; found out when there is work for more than one.
    most: OnceCell<usize>,
}

impl<'scope, 'env> Crew<'scope, 'env> {
    /// `spare`: descriptors that the threads may use.
    pub fn new(
        scope: &'scope Scope<'scope, 'env>,
        run: &'env Run<'env>,
        queues: &'env Queues,
        spare: usize,
    ) -> Self {
        Self { scope, run, queues, threads: 0, spare, most: OnceCell::new() }
    }

    fn most(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, usize::from).min(MOST);
        *self.most.get_or_init(|| cores().min(self.spare / 16))
    }

    pub fn submit(&mut self, batch: Batch) {
        let mut state = self.queues.lock();
        state.waiting.push_back(batch);
        let backlog = state.waiting.len();
        drop(state);
        self.queues.work.notify_one();
        if backlog > 1 && self.threads < self.most() {
            let (run, queues) = (self.run, self.queues);
            let started = thread::Builder::new().stack_size(STACK).spawn_scoped(self.scope, move || {
                partial::leave_signals_to_others();
                work(run, queues);
            });
            // Without another thread the main one does it all.
            self.threads = if started.is_ok() { self.threads + 1 } else { self.most() };
        }
    }

    /// A batch that is done, if there is one.
    pub fn poll(&self) -> Option<Done> {
        self.queues.lock().done.pop_front()
    }

    /// Waits until a batch is done, and does one meanwhile if there is one to do. `None` if none is under way.
    pub fn wait(&self, hands: &Hands) -> Option<Done> {
        let mut state = self.queues.lock();
        if let Some(done) = state.done.pop_front() {
            return Some(done);
        }
        if let Some(batch) = state.take() {
            drop(state);
            let done = copy(self.run, hands, &batch);
            self.queues.lock().put_back(&done.folder);
            return Some(done);
        }
        if self.threads == 0 {
            return None;
        }
        loop {
            state = self.queues.done.wait(state).unwrap_or_else(PoisonError::into_inner);
            if let Some(done) = state.done.pop_front() {
                return Some(done);
            }
        }
    }
}

impl Drop for Crew<'_, '_> {
    fn drop(&mut self) {
        self.queues.lock().closed = true;
        self.queues.work.notify_all();
    }
}

impl State {
    /// The next batch of a directory that nobody else works on, if there is one: new files of one directory are made
    /// one at a time, and who wants to make another one has to wait.
    fn take(&mut self) -> Option<Batch> {
        let free = |batch: &Batch| !self.busy.contains(&batch.folder);
        let index = self.waiting.iter().position(free).unwrap_or(0);
        let batch = self.waiting.remove(index)?;
        self.busy.push(batch.folder.clone());
        Some(batch)
    }

    /// A batch of this directory is done.
    fn put_back(&mut self, folder: &Key) {
        if let Some(index) = self.busy.iter().position(|busy| busy == folder) {
            self.busy.swap_remove(index);
        }
    }
}

impl Queues {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Batch> {
        let mut state = self.lock();
        loop {
            if let Some(batch) = state.take() {
                return Some(batch);
            }
            if state.closed {
                return None;
            }
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// What a thread does.
fn work(run: &Run, queues: &Queues) {
    let hands = Hands::of(run);
    while let Some(batch) = queues.next() {
        let done = copy(run, &hands, &batch);
        let mut state = queues.lock();
        state.put_back(&done.folder);
        state.done.push_back(done);
        drop(state);
        queues.done.notify_one();
    }
    run.add_stats(&hands);
}

fn copy(run: &Run, hands: &Hands, batch: &Batch) -> Done {
    let mut copier = Copier { run, hands, memory: None };
    let report = small::copy(&mut copier, &batch.files);
    Done {
        first: batch.first(),
        last: batch.key(batch.files.len().saturating_sub(1)),
        folder: batch.folder.clone(),
        report,
    }
}
