//! Reading one large file ahead of its consumer: the heart of a pipeline.

use std::collections::VecDeque;
use std::io;

use crate::ring::ops::Read;
use crate::ring::{Buf, Fd, InFlight, Pool, Ring};
use crate::sys;

/// Blocks of a file in order, the next ones already on their way. Memory is bounded by the pool.
///
/// ```no_run
/// # async fn example(ring: ringutils::ring::Ring, fd: ringutils::ring::Fd) -> std::io::Result<()> {
/// let pool = ringutils::ring::Pool::new(128 * 1024, 8)?;
/// let mut blocks = ringutils::io::ReadAhead::new(&ring, &pool, fd, 0, 1 << 30);
/// while let Some(block) = blocks.next().await? {
///     // `block` is used here while the next ones are read.
/// }
/// # Ok(()) }
/// ```
pub struct ReadAhead {
    ring: Ring,
    pool: Pool,
    fd: Fd,
    /// What the consumer gets next starts here.
    at: u64,
    /// What is started next starts here.
    next: u64,
    /// Where the file is believed to end: reading ahead stops there, reading does not.
    size: u64,
    queue: VecDeque<InFlight<Read>>,
    elsewhere: bool,
}

impl ReadAhead {
    /// From offset `at` to the end, which is believed to be at `size`. Nothing is started before the first block is
    /// asked for.
    pub fn new(ring: &Ring, pool: &Pool, fd: Fd, at: u64, size: u64) -> Self {
        Self {
            ring: ring.clone(),
            pool: pool.clone(),
            fd,
            at,
            next: at,
            size,
            queue: VecDeque::new(),
            elsewhere: false,
        }
    }

    /// Lets kernel workers do the reading, so that the consumer's core is free for the consumer.
    #[must_use]
    pub fn elsewhere(mut self) -> Self {
        self.elsewhere = true;
        self
    }

    /// Starts reads as long as there are buffers.
    fn fill(&mut self) {
        while self.queue.is_empty() || self.next < self.size {
            let Some(buf) = self.pool.take() else { return };
            let block = buf.capacity() as u64;
            let at = Some(self.next);
            self.queue.push_back(if self.elsewhere {
                self.ring.read_elsewhere(&self.fd, buf, at)
            } else {
                self.ring.read(&self.fd, buf, at)
            });
            self.next += block;
        }
    }

    /// The next block; `None` at the end of the file, which is where a read answers 0, whatever the size was said
    /// to be.
    ///
    /// # Errors
    /// The read's; and `ENOMEM` when the consumer holds all buffers.
    pub async fn next(&mut self) -> io::Result<Option<Buf>> {
        let buf = loop {
            self.fill();
            let Some(read) = self.queue.pop_front() else {
                return Err(io::Error::from_raw_os_error(libc::ENOMEM));
            };
            match read.await {
                // `O_DIRECT` is choosy, and how is up to the file system: then without.
                Err(error) if error.raw_os_error() == Some(libc::EINVAL) && self.leave_direct() => {
                    self.start_over().await;
                }
                result => break result?,
            }
        };
        self.at += buf.len() as u64;
        if buf.len() < buf.capacity() {
            // A short read: what was started behind it would leave a gap.
            self.start_over().await;
            // An odd offset is nothing for `O_DIRECT`.
            if !self.at.is_multiple_of(buf.capacity() as u64) {
                self.leave_direct();
            }
        }
        if buf.is_empty() {
            return Ok(None);
        }
        self.fill();
        Ok(Some(buf))
    }

    /// Forgets what was started. (Awaited, not dropped: the buffers are needed again at once.)
    async fn start_over(&mut self) {
        while let Some(read) = self.queue.pop_front() {
            let _ = read.await;
        }
        self.next = self.at;
    }

    /// Takes in what was started and nobody wants any more, so that all buffers are free again when this is over: to
    /// be awaited by whoever stops early and goes on to use the pool.
    pub async fn stop(&mut self) {
        self.start_over().await;
    }

    fn leave_direct(&self) -> bool {
        self.fd.borrow().is_ok_and(sys::clear_direct)
    }

    /// Whether the next block can be had without waiting.
    pub fn is_ready(&self) -> bool {
        self.queue.front().is_some_and(InFlight::is_done)
    }

    /// The offset behind the last block that was handed out.
    pub fn offset(&self) -> u64 {
        self.at
    }
}
