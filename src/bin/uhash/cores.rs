//! BLAKE3 of one large file on all cores: each takes the next stretch, reads and hashes it piece by piece, and what
//! they find is put together in order. Memory is bounded: a few blocks a thread.
//!
//! The stretches are long, so that each thread reads on and on at a place of its own. Threads that take turns at one
//! place have the kernel read ahead for both of them there, and half as much is on its way to the disk.
//!
//! What is cached is read by plain calls, block by block, and hashed while it is in the core's own cache. From the
//! first block on that is not, the blocks of a thread's next pieces are on their way through its ring meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::ops::Range;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ringutils::cli::Progress;
use ringutils::io::Session;
use ringutils::ring::ops::Read;
use ringutils::ring::{Buf, Config, Fd, InFlight, Pool};
use ringutils::sys;

use crate::digest::Digest;
use crate::digest::tree::{PIECE, Piece, Subtree, Tree};
use crate::read::{Reader, SHRANK};

/// Bytes per read, unless the user said otherwise.
const BLOCK: usize = 512 * 1024;
/// Reads of one thread that are on their way; 3 MiB.
const DEPTH: u32 = 6;

/// Bytes of a stretch at most. Near the end they are shorter, so that all threads end at about the same time.
const STRETCH: u64 = 64 * 1024 * 1024;

/// A file, and how far it is.
struct Work<'a> {
    fd: Arc<OwnedFd>,
    /// What is hashed of it.
    range: Range<u64>,
    /// The offset of the stretch that is taken next.
    next: AtomicU64,
    threads: u64,
    found: Mutex<Found>,
    /// Somebody failed: nobody needs to go on.
    failed: AtomicBool,
    /// See [`crate::report::Out::over`].
    over: &'a AtomicBool,
    progress: &'a Progress,
}

/// What was found so far.
struct Found {
    tree: Tree,
    /// Pieces that wait for those before them, by offset.
    waiting: BTreeMap<u64, Subtree>,
}

/// Computes BLAKE3 of a part of a file that is larger than one piece.
///
/// # Errors
/// Reading it, on any thread; and when there is less of it than there was.
pub fn blake3(reader: &Reader<'_>, bits: u32, fd: BorrowedFd<'_>, range: Range<u64>) -> io::Result<Digest> {
    let len = range.end - range.start;
    let found = Found { tree: Tree::new(PIECE), waiting: BTreeMap::new() };
    let config = reader.session.config();
    let threads = threads(config);
    let work = Work {
        fd: Arc::new(fd.try_clone_to_owned()?),
        range,
        next: AtomicU64::new(0),
        threads: threads as u64,
        found: Mutex::new(found),
        failed: AtomicBool::new(false),
        over: reader.over,
        progress: reader.progress,
    };
    sys::one_malloc_arena();
    let mut results = Vec::new();
    thread::scope(|scope| {
        // Where no thread can be had, those that there are do it all.
        let spawn = |_| {
            thread::Builder::new()
                .spawn_scoped(scope, || {
                    let session = Session::lazy(config.clone());
                    (work.pieces(&session), session.stats())
                })
                .ok()
        };
        let others: Vec<_> = (1..threads).map_while(spawn).collect();
        results.push(work.pieces(&reader.session));
        for (result, stats) in others.into_iter().filter_map(|other| other.join().ok()) {
            results.push(result);
            reader.add(stats);
        }
    });
    results.into_iter().collect::<io::Result<()>>()?;
    let tree = work.found.into_inner().unwrap_or_else(PoisonError::into_inner).tree;
    if tree.due() != len {
        // A thread has ended without a word.
        return Err(io::Error::other("not all of it could be computed"));
    }
    Ok(tree.finish(bits as usize / 8))
}

/// Threads that may compute at once: as many as there are cores, unless the user said otherwise.
pub fn threads(config: &Config) -> usize {
    config.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from))
}

impl Work<'_> {
    /// What one thread does.
    fn pieces(&self, session: &Session) -> io::Result<()> {
        let mut stretch = 0..0;
        let result = self.cached(session, &mut stretch).and_then(|rest| match rest {
            Some(rest) => self.streamed(session, &mut stretch, rest),
            None => Ok(()),
        });
        if result.is_err() {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }

    /// The next piece of a thread's stretch, or of the next stretch if nothing is left of that one.
    fn take(&self, stretch: &mut Range<u64>) -> Option<Current> {
        if self.failed.load(Ordering::Relaxed) || self.over.load(Ordering::Relaxed) {
            return None;
        }
        if stretch.is_empty() {
            let piece = PIECE as u64;
            let left = (self.range.end - self.range.start).saturating_sub(self.next.load(Ordering::Relaxed));
            let pieces = (left / piece / (2 * self.threads)).clamp(1, STRETCH / piece);
            let offset = self.next.fetch_add(pieces * piece, Ordering::Relaxed);
            *stretch = offset..offset + pieces * piece;
        }
        let offset = stretch.start;
        stretch.start += PIECE as u64;
        let at = self.range.start.checked_add(offset)?;
        let end = self.range.end.min(at.saturating_add(PIECE as u64));
        (at < end).then(|| Current { offset, at, end, piece: Piece::new(offset) })
    }

    fn feed(&self, current: &mut Current, bytes: &[u8]) {
        current.piece.update(bytes);
        current.at += bytes.len() as u64;
        self.progress.inc(bytes.len() as u64);
    }

    fn done(&self, current: Current) {
        let value = current.piece.finish();
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.waiting.insert(current.offset, value);
        while let Some(value) = {
            let due = found.tree.due();
            found.waiting.remove(&due)
        } {
            found.tree.push(value);
        }
    }

    /// Pieces that are cached. Gives the first that is not, or not all of it.
    fn cached(&self, session: &Session, stretch: &mut Range<u64>) -> io::Result<Option<Current>> {
        let pool = blocks(session, 1)?;
        let mut buf = pool.take().ok_or_else(no_memory)?;
        let fd = std::os::fd::AsFd::as_fd(&self.fd);
        while let Some(mut current) = self.take(stretch) {
            while current.at < current.end {
                let want = pool.block().min(current.left());
                buf.clear();
                match sys::read_cached(fd, &mut buf.spare()[..want], current.at) {
                    Some(n) if n > 0 => {
                        session.tally("preadv2", n);
                        buf.add(n);
                        self.feed(&mut current, &buf);
                    }
                    _ => return Ok(Some(current)),
                }
            }
            self.done(current);
        }
        Ok(None)
    }

    /// This piece and all others, the next blocks being read meanwhile.
    fn streamed(&self, session: &Session, stretch: &mut Range<u64>, first: Current) -> io::Result<()> {
        let depth = session.config().depth.unwrap_or(DEPTH).max(2);
        let pool = blocks(session, depth)?;
        let ring = session.ring_with(&pool);
        let file = Fd::shared(Arc::clone(&self.fd));
        let mut ahead = Ahead { pieces: VecDeque::from([first]), blocks: VecDeque::new(), asked: 0 };
        ahead.asked = ahead.pieces[0].at;
        ring.block_on(async {
            loop {
                while let Some((at, buf)) = ahead.want(self, stretch, &pool) {
                    ahead.blocks.push_back((at, ring.read(&file, buf, Some(at))));
                }
                ring.kick();
                let Some((at, read)) = ahead.blocks.pop_front() else { return Ok(()) };
                let current = ahead.pieces.front_mut().ok_or_else(no_memory)?;
                let want = pool.block().min(current.left());
                let mut buf = read.await?;
                while buf.len() < want {
                    let before = buf.len();
                    buf = ring.read(&file, buf, Some(at + before as u64)).await?;
                    if buf.len() == before {
                        return Err(io::Error::other(SHRANK));
                    }
                }
                self.feed(current, &buf[..want]);
                if current.at == current.end
                    && let Some(current) = ahead.pieces.pop_front()
                {
                    self.done(current);
                }
            }
        })
    }
}

/// A piece on its way.
struct Current {
    /// Where what is hashed of it begins, in all that is hashed.
    offset: u64,
    /// Where in the file it goes on, and where it ends.
    at: u64,
    end: u64,
    piece: Piece,
}

impl Current {
    fn left(&self) -> usize {
        usize::try_from(self.end - self.at).unwrap_or(usize::MAX)
    }
}

/// What a thread has asked for.
struct Ahead {
    pieces: VecDeque<Current>,
    blocks: VecDeque<(u64, InFlight<Read>)>,
    /// Of the last piece everything before this has been asked for.
    asked: u64,
}

impl Ahead {
    /// Where to read next, and a buffer; `None` if all are in use, or there is nothing left.
    fn want(&mut self, work: &Work<'_>, stretch: &mut Range<u64>, pool: &Pool) -> Option<(u64, Buf)> {
        let buf = pool.take()?;
        if self.pieces.back().is_none_or(|piece| self.asked >= piece.end) {
            let piece = work.take(stretch)?;
            self.asked = piece.at;
            self.pieces.push_back(piece);
        }
        let at = self.asked;
        self.asked += pool.block() as u64;
        Some((at, buf))
    }
}

/// So many blocks, none longer than a piece.
fn blocks(session: &Session, number: u32) -> io::Result<Pool> {
    Pool::new(session.config().block.map_or(BLOCK, |block| block.min(PIECE)), number)
}

fn no_memory() -> io::Error {
    io::Error::from_raw_os_error(libc::ENOMEM)
}
