//! What a run of a tool has at hand: a ring when it needs one.

use std::cell::{OnceCell, RefCell};
use std::io;

use crate::ring::{Config, EngineChoice, Ring, Stats};
use crate::sys;

/// Descriptors that are left for the standard ones, those inherited, and the work itself.
const SPARE: usize = 32;

/// The ring of a run. A job that a few system calls finish never sets one up.
pub struct Session {
    config: Config,
    ring: OnceCell<Ring>,
    plain: Option<RefCell<Stats>>,
}

impl Session {
    /// # Errors
    /// Only if io_uring was asked for by name: why there is none. That is found out at once, before any data moves.
    pub fn new(config: Config) -> io::Result<Self> {
        let session = Self::lazy(config);
        if session.config.engine == EngineChoice::Uring {
            let _ = session.ring.set(Ring::new(&session.config)?);
        }
        Ok(session)
    }

    /// One whose ring is set up when it is needed, whatever the configuration says.
    pub fn lazy(config: Config) -> Self {
        let plain = config.stats.map(|_| RefCell::new(Stats::new("none")));
        Self { config, ring: OnceCell::new(), plain }
    }

    /// The ring, set up now if it was not before.
    pub fn ring(&self) -> &Ring {
        self.ring.get_or_init(|| {
            // A ring is a descriptor, and so is the thread engine's bell: where there are hardly any, the files come
            // first.
            if self.descriptors() == 0 {
                return Ring::of_nothing(&self.config);
            }
            Ring::new(&self.config).unwrap_or_else(|_| Ring::of_threads(&self.config))
        })
    }

    /// How many descriptors may be held beyond those that the work itself needs; 0 where the limit is tight.
    pub fn descriptors(&self) -> usize {
        sys::descriptor_limit().saturating_sub(SPARE)
    }

    /// The ring, if one was needed so far.
    pub fn ring_if_any(&self) -> Option<&Ring> {
        self.ring.get()
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
        let mut stats = self.ring.get().and_then(Ring::stats).unwrap_or_else(|| Stats::new("none"));
        stats.operations.extend(plain.operations.iter().map(|(name, tally)| (*name, *tally)));
        Some(stats)
    }
}
