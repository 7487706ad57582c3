//! What one thread has to work with.

use std::cell::{OnceCell, RefCell};
use std::io;
use std::os::fd::OwnedFd;

use ringutils::io::Session;
use ringutils::ring::{Buf, Config, Pool, Ring};

use crate::place::Place;
use crate::run::Run;
use crate::small;

/// Bytes per read and write.
pub const BLOCK: usize = 256 * 1024;
/// Blocks of the pipeline: 4 MiB in all.
const DEPTH: u32 = 16;

/// A ring and buffers of one thread, each made when it is first needed and kept for all files.
pub struct Hands {
    pub session: Session,
    block: OnceCell<Pool>,
    pipeline: OnceCell<Pool>,
    heads: OnceCell<Option<Pool>>,
    /// Files that were written and are to be on the disk: see [`crate::sync`].
    pub unsynced: RefCell<Vec<(OwnedFd, Place)>>,
}

impl Hands {
    /// # Errors
    /// Only if `io_uring` was asked for by name: why there is none.
    pub fn new(config: Config) -> io::Result<Self> {
        Ok(Self::with(Session::new(config)?))
    }

    /// Those of another thread than the first, which has seen that there is a ring if there must be.
    pub fn of(run: &Run) -> Self {
        Self::with(Session::lazy(run.options.shared.ring.clone()))
    }

    fn with(session: Session) -> Self {
        Self {
            session,
            block: OnceCell::new(),
            pipeline: OnceCell::new(),
            heads: OnceCell::new(),
            unsynced: RefCell::default(),
        }
    }

    /// A buffer for a small file read ahead; `None` if all are in use.
    pub fn head(&self) -> Option<Buf> {
        let make = || {
            let depth = self.session.config().depth.unwrap_or(small::DEPTH);
            let most = u32::try_from(self.session.descriptors() / 4).unwrap_or(u32::MAX);
            Pool::new(small::SMALL, depth.min(most).max(1)).ok()
        };
        self.heads.get_or_init(make).as_ref()?.take()
    }

    /// The block of the plain loops; empty. There is one.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn block(&self) -> io::Result<Buf> {
        let pool = self.pool(&self.block, 1)?;
        pool.take().ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))
    }

    /// The ring and the blocks of the pipeline, which the ring knows (registered buffers), if it may.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn pipeline(&self) -> io::Result<(Ring, &Pool)> {
        let fresh = self.pipeline.get().is_none();
        let depth = self.session.config().depth.unwrap_or(DEPTH).max(4);
        let pool = self.pool(&self.pipeline, depth)?;
        let ring = if fresh { self.session.ring_with(pool) } else { self.session.ring() };
        Ok((ring, pool))
    }

    fn pool<'a>(&self, cell: &'a OnceCell<Pool>, blocks: u32) -> io::Result<&'a Pool> {
        Pool::in_cell(cell, self.session.config().block.unwrap_or(BLOCK), blocks)
    }
}
