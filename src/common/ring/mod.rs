//! The runtime: owned, eager operations on a small single-threaded executor.
//!
//! * An operation starts when its future is made ([`Ring::read`] and the other constructors in [`ops`]); awaiting
//!   it gives the outcome. Concurrency is futures in a queue.
//! * It owns its buffer and its descriptor and gives them back with the result: nothing borrowed is ever visible to
//!   the kernel, and a dropped future frees nothing before the kernel's last word.
//! * One `io_uring_enter` a turn submits all that was queued since the last and waits for a completion.
//! * Where the kernel grants no ring, the same operations run on a pool of threads ([`threads`]): same futures, same
//!   order, no branch in any tool.
//!
//! Read in this order: [`op`] (what an operation is), [`ops`] (all of them), `slots` (where they live), `core` (how
//! they start and end), `uring` and `threads` (the two engines), `executor`. `ARCHITECTURE.md` follows one read
//! through all of it.
#![allow(unsafe_code)]

mod buf;
mod completion;
pub mod config;
mod core;
mod executor;
mod fd;
mod home;
mod inflight;
pub mod op;
pub mod ops;
mod setup;
mod shots;
mod slots;
mod stats;
#[cfg(test)]
mod tests;
pub mod threads;
mod trace;
mod turn;
mod uring;

use std::cell::{RefCell, RefMut};
use std::io;
use std::mem::ManuallyDrop;
use std::rc::Rc;

pub use buf::{Buf, Pool};
pub use config::{Config, EngineChoice, StatsFormat};
pub use executor::{Either, Task, either};
pub use fd::{Fd, Reserved};
pub use inflight::InFlight;
pub use shots::{Multishot, Shots};
pub use stats::Stats;

use self::core::{Core, Engine};
use executor::{Executor, TaskId};
use op::Op;

/// A ring and its executor: cheap to clone, and bound to the thread that made it.
///
/// Dropping the last clone cancels what is in flight and waits until the kernel has let go of it; or, where it does not
/// (a server that is gone), leaves behind what the kernel may still write to.
#[derive(Clone)]
pub struct Ring(Rc<Inner>);

struct Inner {
    exec: Executor,
    /// Dropped only when the kernel has let go of all that is in it.
    core: ManuallyDrop<RefCell<Core>>,
}

impl Ring {
    /// Sets up the engine that `config` asks for; with [`EngineChoice::Auto`] io_uring, or threads if the kernel
    /// refuses, for whatever reason.
    ///
    /// # Errors
    /// Only with [`EngineChoice::Uring`]: why there is none.
    pub fn new(config: &Config) -> io::Result<Self> {
        if config.engine == EngineChoice::Threads {
            return Ok(Self::of_threads(config));
        }
        Self::with_uring(config, uring::Uring::new(config))
    }

    /// As [`Ring::new`], for operations that only wait: polls, timeouts, reads of what is ready. No worker is tried, so
    /// there is none: one that has nothing to do would wake every five seconds.
    ///
    /// # Errors
    /// As [`Ring::new`].
    pub fn to_wait(config: &Config) -> io::Result<Self> {
        if config.engine == EngineChoice::Threads {
            return Ok(Self::of_threads(config));
        }
        Self::with_uring(config, uring::Uring::without_workers(config))
    }

    fn with_uring(config: &Config, uring: io::Result<uring::Uring>) -> io::Result<Self> {
        match uring {
            Ok(uring) => Ok(Self::with(Engine::Uring(Box::new(uring)), config)),
            Err(error) if config.engine == EngineChoice::Uring => Err(error),
            Err(error) => Ok(Self::with(threads(config, Some(&error)), config)),
        }
    }

    /// The thread engine, whatever `config` says.
    #[must_use]
    pub fn of_threads(config: &Config) -> Self {
        Self::with(threads(config, None), config)
    }

    /// No engine at all: every operation is done on the spot, and no descriptor is taken.
    #[must_use]
    pub fn of_nothing(config: &Config) -> Self {
        Self::with(Engine::Threads(Box::new(threads::Threads::none())), config)
    }

    fn with(engine: Engine, config: &Config) -> Self {
        let core = ManuallyDrop::new(RefCell::new(Core::new(engine, config)));
        Self(Rc::new(Inner { exec: Executor::new(), core }))
    }

    /// Whether the engine is io_uring. For reports; a tool has no need to know.
    #[must_use]
    pub fn is_uring(&self) -> bool {
        matches!(self.core().engine, Engine::Uring(_))
    }

    /// Starts an operation.
    #[inline]
    pub fn start<T: Op>(&self, op: T) -> InFlight<T> {
        // Nobody drops it on the way, so that it need not be anywhere but in registers. (A panic, which only a defect of
        // the runtime can bring about, leaks it.)
        let op = ManuallyDrop::new(op);
        // SAFETY: what is called is the core's own, or methods of `Op` that use no ring.
        let slot = unsafe { self.briefly(|core| core.start(op)) };
        InFlight::new(self.clone(), slot)
    }

    /// Starts a multishot operation. It is armed when first asked for an item.
    pub fn start_many<T: Multishot>(&self, op: T) -> Shots<T> {
        let mut core = self.core();
        let slot = core.slots.insert(op);
        slot.make_stream();
        let index = slot.index;
        drop(core);
        Shots::new(self.clone(), index)
    }

    /// Submits what is queued, without waiting: before a plain call that may block.
    pub fn kick(&self) {
        self.step(false);
    }

    /// Reserves a place for a direct descriptor; `None` without a table, or when it is full.
    fn reserve_direct(&self) -> Option<Reserved> {
        self.core().reserve_direct()
    }

    /// Registers a pool's buffers, so that reads and writes of them become `READ_FIXED` and `WRITE_FIXED`. Always
    /// optional: where it fails (locked memory, threads), everything works without.
    ///
    /// # Errors
    /// What `io_uring_register(2)` answers.
    pub fn register(&self, pool: &Pool) -> io::Result<()> {
        let mut core = self.core();
        let result = core.register(pool);
        if let (Err(_), Some(stats)) = (&result, &mut core.stats) {
            stats.unregistered += 1;
        }
        result
    }

    /// The counters so far, if they were asked for.
    #[must_use]
    pub fn stats(&self) -> Option<Stats> {
        self.core().stats.as_deref().cloned()
    }

    #[inline]
    fn core(&self) -> RefMut<'_, Core> {
        self.0.core.borrow_mut()
    }

    /// Does something with the core that nobody has borrowed: that is looked at, but nothing is noted, for that would
    /// cost more than what is done. (Builds with debug assertions note it, and so find out who breaks the promise.)
    ///
    /// # Safety
    /// `what` must not call anything that could come back here.
    #[inline]
    unsafe fn briefly<R>(&self, what: impl FnOnce(&mut Core) -> R) -> R {
        let mut core = self.core();
        if cfg!(debug_assertions) {
            return what(&mut core);
        }
        drop(core);
        // SAFETY: nobody has borrowed it, and nobody will meanwhile, says the caller.
        what(unsafe { &mut *self.0.core.as_ptr() })
    }

    fn executor(&self) -> &Executor {
        &self.0.exec
    }

    #[inline]
    fn current_task(&self) -> TaskId {
        self.0.exec.current()
    }

    /// One turn of the executor: submit, wait, wake.
    fn turn(&self) {
        assert!(self.core().is_busy(), "all tasks wait, and nothing is in flight that could wake one");
        self.step(true);
    }

    fn step(&self, wait: bool) {
        let mut core = self.core();
        core.turn(wait);
        self.0.exec.wake_all(&mut core.woken);
        if !core.remains.is_empty() {
            Self::abandon_remains(core);
        }
    }

    #[cold]
    fn abandon_remains(mut core: RefMut<'_, Core>) {
        let remains = std::mem::take(&mut core.remains);
        drop(core);
        for (parcel, results) in remains {
            parcel.abandon(results);
        }
    }
}

fn threads(config: &Config, reason: Option<&io::Error>) -> Engine {
    let reason = reason.and_then(io::Error::raw_os_error).map(crate::sys::locale::strerror);
    Engine::Threads(Box::new(threads::Threads::new(config.threads, reason)))
}

impl Drop for Inner {
    fn drop(&mut self) {
        let core = self.core.get_mut();
        let let_go = core.drain();
        let remains = std::mem::take(&mut core.remains);
        for (parcel, results) in remains {
            parcel.abandon(results);
        }
        if let_go {
            // SAFETY: it is not used again.
            unsafe { ManuallyDrop::drop(&mut self.core) };
        } else if let Engine::Uring(uring) = &self.core.get_mut().engine {
            // What the kernel may still write to stays where it is, until the process ends.
            uring.disown();
        }
    }
}

/// The kernel stopped talking to us while it holds our memory: there is nothing left to do safely.
#[cold]
fn fatal(call: &str, error: &io::Error) -> ! {
    let text = format!("ringutils: {call}: {error}\n");
    crate::sys::raw::write(2, text.as_bytes(), None);
    std::process::abort()
}
