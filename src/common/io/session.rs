//! What a run of a tool has at hand: a ring when it needs one.

use std::cell::RefCell;
use std::io;

use crate::ring::{Config, EngineChoice, Pool, Ring, Stats};
use crate::sys;

/// Descriptors that are left for the standard ones, those inherited, and the work itself.
const SPARE: usize = 32;

/// The ring of a run. A job that a few system calls finish never sets one up.
pub struct Session {
    config: Config,
    ring: RefCell<Option<Ring>>,
    plain: Option<RefCell<Stats>>,
    /// What rings did that are no more.
    former: RefCell<Option<Stats>>,
}

impl Session {
    /// # Errors
    /// Only if io_uring was asked for by name: why there is none. That is found out at once, before any data moves.
    pub fn new(config: Config) -> io::Result<Self> {
        let session = Self::lazy(config);
        if session.config.engine == EngineChoice::Uring {
            session.ring.replace(Some(Ring::new(&session.config)?));
        }
        Ok(session)
    }

    /// One whose ring is set up when it is needed, whatever the configuration says.
    pub fn lazy(config: Config) -> Self {
        let plain = config.stats.map(|_| RefCell::new(Stats::new("none")));
        Self { config, ring: RefCell::new(None), plain, former: RefCell::new(None) }
    }

    /// The ring, set up now if it was not before.
    pub fn ring(&self) -> Ring {
        self.ring.borrow_mut().get_or_insert_with(|| self.make(Ring::new)).clone()
    }

    fn make(&self, new: impl FnOnce(&Config) -> io::Result<Ring>) -> Ring {
        // A ring is a descriptor, and so is the thread engine's bell: where there are hardly any, the files come first.
        if self.descriptors() == 0 {
            return Ring::of_nothing(&self.config);
        }
        new(&self.config).unwrap_or_else(|_| Ring::of_threads(&self.config))
    }

    /// A ring only to wait with: see [`Ring::to_wait`]. What it did is counted when it is [given back](Session::done).
    pub fn waiting_ring(&self) -> Ring {
        self.make(Ring::to_wait)
    }

    /// The ring, and blocks for a pipeline through it, of which the ring knows (registered buffers) unless it shall not:
    /// so many of that size, if the user did not choose otherwise.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn pipeline(&self, block: usize, depth: u32) -> io::Result<(Ring, Pool)> {
        let depth = self.config.depth.unwrap_or(depth).max(2);
        let pool = Pool::new(self.config.block.unwrap_or(block), depth)?;
        Ok((self.ring_with(&pool), pool))
    }

    /// The ring, which knows the pool's blocks (registered buffers) if it may.
    pub fn ring_with(&self, pool: &Pool) -> Ring {
        let ring = self.ring();
        if !self.config.plain {
            // Without (no locked memory, the thread engine, others registered already) everything works all the same.
            let _ = ring.register(pool);
        }
        ring
    }

    /// Takes the ring down, if there is one, and with it its workers: a worker of the kernel that has nothing to do
    /// wakes every five seconds to see whether that is still so. It is set up again when it is needed again.
    pub fn rest(&self) {
        if let Some(ring) = self.ring.take() {
            self.done(&ring);
        }
    }

    /// A ring of this run is not needed any more.
    pub fn done(&self, ring: &Ring) {
        self.count(ring.stats());
    }

    /// Another thread of this run did this.
    pub fn count(&self, stats: Option<Stats>) {
        Stats::add(&mut self.former.borrow_mut(), stats);
    }

    /// How many descriptors may be held beyond those that the work itself needs; 0 where the limit is tight.
    pub fn descriptors(&self) -> usize {
        sys::descriptor_limit().saturating_sub(SPARE)
    }

    /// The ring, if one was needed so far.
    pub fn ring_if_any(&self) -> Option<Ring> {
        self.ring.borrow().clone()
    }

    /// What the user chose.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Counts a system call made beside the ring, for `--ring-stats`.
    #[inline]
    pub fn tally(&self, call: &'static str, bytes: usize) {
        if let Some(plain) = &self.plain {
            plain.borrow_mut().plain(call, bytes as u64);
        }
    }

    /// Counts many of them.
    pub fn tally_all(&self, call: &'static str, count: u64, bytes: u64) {
        if let Some(plain) = &self.plain {
            plain.borrow_mut().plain_calls(call, count, bytes);
        }
    }

    /// All counters, if they were asked for.
    pub fn stats(&self) -> Option<Stats> {
        let plain = self.plain.as_ref()?.borrow();
        let mut all = self.former.borrow().clone();
        Stats::add(&mut all, self.ring.borrow().as_ref().and_then(Ring::stats));
        let mut stats = all.unwrap_or_else(|| Stats::new("none"));
        stats.operations.extend(plain.operations.iter().map(|(name, tally)| (*name, *tally)));
        Some(stats)
    }
}
