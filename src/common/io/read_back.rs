//! Reading one large file from its end towards its start: what [`super::ReadAhead`] does, the other way round.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;

use crate::ring::ops::Read;
use crate::ring::{Buf, Fd, InFlight, Pool, Ring};
use crate::sys;

/// Blocks of a file, the last one first, those before it already on their way. Memory is bounded by the pool.
///
/// The reads run on other threads (see [`Ring::read_elsewhere`]): who reads backwards is looking for something, and
/// has better things to do than copying.
pub struct ReadBack {
    ring: Ring,
    pool: Pool,
    fd: Fd,
    /// Nothing before this is read.
    start: u64,
    /// What the consumer gets next ends here.
    end: u64,
    /// What is started next ends here.
    next: u64,
    queue: VecDeque<(InFlight<Read>, Range<u64>)>,
}

impl ReadBack {
    /// From offset `end` down to offset `start`. Nothing is started before the first block is asked for.
    pub fn new(ring: &Ring, pool: &Pool, fd: Fd, start: u64, end: u64) -> Self {
        let (ring, pool) = (ring.clone(), pool.clone());
        Self { ring, pool, fd, start, end, next: end, queue: VecDeque::new() }
    }

    /// Starts reads as long as there are buffers. All blocks begin at multiples of their size, but for the first of the
    /// file's.
    fn fill(&mut self) {
        while self.next > self.start {
            let Some(buf) = self.pool.take() else { return };
            let block = buf.capacity() as u64;
            let at = ((self.next - 1) / block * block).max(self.start);
            self.queue.push_back((self.ring.read_elsewhere(&self.fd, buf, Some(at)), at..self.next));
            self.next = at;
        }
    }

    /// The block before the last one, and where it begins; `None` at the start. It is shorter than it should be (or
    /// empty) where the file ends before `end`.
    ///
    /// # Errors
    /// The read's; and `ENOMEM` when the consumer holds all buffers.
    pub async fn next(&mut self) -> io::Result<Option<(u64, Buf)>> {
        if self.end <= self.start {
            return Ok(None);
        }
        self.fill();
        let Some((read, range)) = self.queue.pop_front() else { return Err(out_of_memory()) };
        let mut buf = match read.await {
            // `O_DIRECT` is choosy, and how is up to the file system: then without.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {
                let _ = self.fd.borrow().map(sys::clear_direct);
                let buf = self.pool.take().ok_or_else(out_of_memory)?;
                self.ring.read(&self.fd, buf, Some(range.start)).await?
            }
            result => result?,
        };
        let want = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        while buf.len() < want {
            let before = buf.len();
            buf = self.ring.read(&self.fd, buf, Some(range.start + before as u64)).await?;
            if buf.len() == before {
                break;
            }
        }
        // What was read beyond it belongs to a block that was handed out before.
        let len = buf.len().min(want);
        buf.clear();
        buf.add(len);
        self.end = range.start;
        self.fill();
        Ok(Some((range.start, buf)))
    }

    /// Goes on from offset `end`, which is before all that was handed out.
    pub async fn skip_to(&mut self, end: u64) {
        self.stop().await;
        self.end = end.clamp(self.start, self.end);
        self.next = self.end;
    }

    /// Takes in what was started and nobody wants any more, so that all buffers are free again when this is over.
    pub async fn stop(&mut self) {
        while let Some((read, _)) = self.queue.pop_front() {
            let _ = read.await;
        }
        self.next = self.end;
    }
}

fn out_of_memory() -> io::Error {
    io::Error::from_raw_os_error(libc::ENOMEM)
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileExt;

    use super::*;
    use crate::ring::{Config, EngineChoice};

    const BLOCK: usize = 4096;

    /// Each engine, as far as there is one.
    fn rings() -> Vec<Ring> {
        let ring = |engine| Ring::new(&Config { engine, ..Config::default() }).ok();
        [EngineChoice::Uring, EngineChoice::Threads].into_iter().filter_map(ring).collect()
    }

    fn file(len: usize) -> (Vec<u8>, std::fs::File) {
        let bytes: Vec<u8> = (0..len).map(|n| u8::try_from(n % 251).expect("small")).collect();
        let file = tempfile::tempfile().expect("a file");
        file.write_all_at(&bytes, 0).expect("its content");
        (bytes, file)
    }

    fn fd(file: &std::fs::File) -> Fd {
        Fd::new(file.as_fd().try_clone_to_owned().expect("a descriptor"))
    }

    #[test]
    fn all_of_it_comes_block_by_block_from_the_end() {
        for ring in rings() {
            for len in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 20 * BLOCK + 5] {
                let (bytes, file) = file(len);
                for start in [0, 1, BLOCK, 2 * BLOCK + 7].into_iter().filter(|start| *start <= len) {
                    let pool = Pool::new(BLOCK, 3).expect("a pool");
                    let mut blocks = ReadBack::new(&ring, &pool, fd(&file), start as u64, len as u64);
                    let mut end = len;
                    while let Some((at, block)) = ring.block_on(blocks.next()).expect("a read") {
                        let at = usize::try_from(at).expect("small");
                        assert_eq!(at + block.len(), end, "no gap");
                        assert_eq!(&block[..], &bytes[at..end]);
                        end = at;
                    }
                    assert_eq!(end, start);
                }
            }
        }
    }

    #[test]
    fn what_is_appended_or_cut_off_meanwhile_is_no_part_of_it() {
        for ring in rings() {
            let (bytes, file) = file(10 * BLOCK);
            let pool = Pool::new(BLOCK, 2).expect("a pool");
            let mut blocks = ReadBack::new(&ring, &pool, fd(&file), 0, 7 * BLOCK as u64 + 3);
            let (at, block) = ring.block_on(blocks.next()).expect("a read").expect("a block");
            assert_eq!((at, &block[..]), (7 * BLOCK as u64, &bytes[7 * BLOCK..7 * BLOCK + 3]));
            drop(block);
            ring.block_on(blocks.stop());
            file.set_len(2 * BLOCK as u64 + 1).expect("shorter");
            let mut sizes = Vec::new();
            while let Some((_, block)) = ring.block_on(blocks.next()).expect("a read") {
                sizes.push(block.len());
            }
            assert_eq!(sizes, [0, 0, 0, 0, 1, BLOCK, BLOCK]);
        }
    }

    #[test]
    fn a_part_can_be_left_out() {
        for ring in rings() {
            let (bytes, file) = file(10 * BLOCK);
            let pool = Pool::new(BLOCK, 4).expect("a pool");
            let mut blocks = ReadBack::new(&ring, &pool, fd(&file), 0, 10 * BLOCK as u64);
            drop(ring.block_on(blocks.next()).expect("a read"));
            ring.block_on(blocks.skip_to(2 * BLOCK as u64 + 9));
            let (at, block) = ring.block_on(blocks.next()).expect("a read").expect("a block");
            assert_eq!((at, &block[..]), (2 * BLOCK as u64, &bytes[2 * BLOCK..2 * BLOCK + 9]));
            ring.block_on(blocks.stop());
            drop(block);
            let free: Vec<_> = std::iter::from_fn(|| pool.take()).collect();
            assert_eq!(free.len(), 4, "all buffers are free again");
        }
    }

    #[test]
    fn a_consumer_that_keeps_everything_is_told() {
        for ring in rings() {
            let (_, file) = file(3 * BLOCK);
            let pool = Pool::new(BLOCK, 1).expect("a pool");
            let mut blocks = ReadBack::new(&ring, &pool, fd(&file), 0, 3 * BLOCK as u64);
            let kept = ring.block_on(blocks.next()).expect("a read");
            let error = ring.block_on(blocks.next()).expect_err("there is no buffer");
            assert_eq!(error.raw_os_error(), Some(libc::ENOMEM));
            drop(kept);
            assert!(ring.block_on(blocks.next()).expect("now there is").is_some());
        }
    }
}
