//! What one thread has to work with.

use std::cell::OnceCell;
use std::io;

use ringutils::io::Session;
use ringutils::ring::{Buf, Config, Pool, Ring};

/// Bytes per read and write.
pub const BLOCK: usize = 256 * 1024;
/// Blocks of the pipeline: 4 MiB in all.
const DEPTH: u32 = 16;

/// A ring and buffers of one thread, each made when it is first needed and kept for all files.
pub struct Hands {
    pub session: Session,
    block: OnceCell<Pool>,
    pipeline: OnceCell<Pool>,
}

impl Hands {
    /// # Errors
    /// Only if `io_uring` was asked for by name: why there is none.
    pub fn new(config: Config) -> io::Result<Self> {
        Ok(Self { session: Session::new(config)?, block: OnceCell::new(), pipeline: OnceCell::new() })
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
    pub fn pipeline(&self) -> io::Result<(&Ring, &Pool)> {
        let fresh = self.pipeline.get().is_none();
        let depth = self.session.config().depth.unwrap_or(DEPTH).max(4);
        let pool = self.pool(&self.pipeline, depth)?;
        let ring = self.session.ring();
        if fresh && !self.session.config().plain {
            // Without (no locked memory, the thread engine, others registered already) everything works all the same.
            let _ = ring.register(pool);
        }
        Ok((ring, pool))
    }

    fn pool<'a>(&self, cell: &'a OnceCell<Pool>, blocks: u32) -> io::Result<&'a Pool> {
        if let Some(pool) = cell.get() {
            return Ok(pool);
        }
        let pool = Pool::new(self.session.config().block.unwrap_or(BLOCK), blocks)?;
        Ok(cell.get_or_init(|| pool))
    }
}
