//! One file's bytes, to the arithmetic.
//!
//! * What was read ahead is hashed where it lies.
//! * One large file with a core to spare: its blocks are read on the other core, into registered buffers, while this
//!   one computes ([`ReadAhead`]). BLAKE3, which can use them, gets all cores ([`crate::cores`]).
//! * Otherwise plain reads of what fits a core's own cache; the kernel reads ahead of those.

use std::cell::{Cell, OnceCell, RefCell};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use ringutils::cli::Progress;
use ringutils::io::{Ahead, Loaded, ReadAhead, Rest, Session};
use ringutils::ring::{Buf, Fd, Pool, Ring, Stats};
use ringutils::sys::{self, Kind, Stat};

use crate::algorithm::Algorithm;
use crate::cores;
use crate::digest::{Digest, Hasher};
use crate::feed::is_stdin;
use crate::item::Job;

/// Bytes per plain read: with room for the arithmetic's tables in a core's own cache.
const BLOCK: usize = 128 * 1024;
/// Bytes per read, and blocks in flight, of the pipeline; 6 MiB in all. Each block has another core woken up.
const PIECE: usize = 2 * 1024 * 1024;
const DEPTH: u32 = 3;
/// From here on others should take what else this thread holds.
const LARGE: u64 = 1024 * 1024;
/// From here on it pays to have all cores compute, where they can.
const DIVISIBLE: u64 = 8 * 1024 * 1024;
/// From here on it pays to have another core read. Before that the ring, and pinning its buffers, costs more.
const HUGE: u64 = 12 * 1024 * 1024;

/// What one thread reads with.
pub struct Reader<'a> {
    pub session: Session,
    pub progress: &'a Progress,
    /// See [`crate::report::Out::over`].
    pub over: &'a AtomicBool,
    block: OnceCell<Pool>,
    pipeline: OnceCell<Pool>,
    /// The ring has been told of its blocks.
    registered: Cell<bool>,
    /// Counters of threads that helped.
    helped: RefCell<Option<Stats>>,
}

/// What is known about the place of a file among the others.
pub trait Turn {
    /// Waits until all before it have been told, and written.
    ///
    /// # Errors
    /// They can't be: nobody needs this one any more. (The error is told to nobody.)
    fn wait(&self) -> io::Result<()>;
    /// Whether this file is the one that results are written to.
    fn is_output(&self, stat: &Stat) -> bool;
    /// Whether there are cores that nobody uses. To be asked when a file turns out to be large.
    fn has_cores_to_spare(&self) -> bool;
}

impl<'a> Reader<'a> {
    pub fn new(session: Session, progress: &'a Progress, over: &'a AtomicBool) -> Self {
        Self {
            session,
            progress,
            over,
            block: OnceCell::new(),
            pipeline: OnceCell::new(),
            registered: Cell::new(false),
            helped: RefCell::default(),
        }
    }

    /// Adds the counters of a thread that helped.
    pub fn add(&self, stats: Option<Stats>) {
        Stats::add(&mut self.helped.borrow_mut(), stats);
    }

    /// All counters, if they were asked for.
    pub fn into_stats(self) -> Option<Stats> {
        let mut stats = self.session.stats();
        Stats::add(&mut stats, self.helped.into_inner());
        stats
    }

    /// Computes one file.
    ///
    /// # Errors
    /// Opening or reading it.
    pub fn digest(&self, job: &Job, found: Ahead, turn: &impl Turn) -> io::Result<Digest> {
        let algorithm = job.algorithm;
        match found {
            // Fewer bytes than there should be, or more: to be looked at closely.
            Ahead::Loaded(Loaded { stat, buf, rest: None, .. }) if buf.len() as u64 == stat.size => {
                let mut hasher = Hasher::new(algorithm);
                self.feed(&mut hasher, &buf);
                Ok(hasher.finish())
            }
            Ahead::Loaded(Loaded { stat, buf, rest: Some(Rest::Ring(file)), .. })
                if !matches!(algorithm, Algorithm::Blake3(_)) =>
            {
                let mut hasher = Hasher::new(algorithm);
                self.feed(&mut hasher, &buf);
                let at = buf.len() as u64;
                // The buffer is needed again by the files ahead.
                drop(buf);
                let end = self.pipeline(&mut hasher, file, at, stat.size, turn.has_cores_to_spare())?;
                if end < stat.size {
                    // It was looked at by name before it was opened, and may be another: once more, closely.
                    return self.open_file(algorithm, self.open(job, turn)?.as_fd(), turn);
                }
                Ok(hasher.finish())
            }
            Ahead::Loaded(Loaded { stat, buf, rest: Some(Rest::Plain(fd)), .. }) => {
                if stat.size >= LARGE {
                    // Its beginning is cheaply had again.
                    drop(buf);
                    return self.open_file(algorithm, fd.as_fd(), turn);
                }
                let mut hasher = Hasher::new(algorithm);
                self.feed(&mut hasher, &buf);
                sys::seek(fd.as_fd(), buf.len() as u64)?;
                let end = buf.len() as u64 + self.plainly(&mut hasher, fd.as_fd())?;
                Self::whole(stat.size, end, fd.as_fd())?;
                Ok(hasher.finish())
            }
            _ if is_stdin(job) => {
                turn.wait()?;
                self.open_file(algorithm, sys::process::standard(0)?, turn)
            }
            _ => self.open_file(algorithm, self.open(job, turn)?.as_fd(), turn),
        }
    }

    fn open(&self, job: &Job, turn: &impl Turn) -> io::Result<OwnedFd> {
        let path = sys::c_path(&job.name)?;
        let stat = if job.literal { None } else { sys::stat(&path).ok() };
        let is_regular = stat.is_none_or(|stat| stat.kind == Kind::Regular);
        if !is_regular || stat.is_some_and(|stat| turn.is_output(&stat)) {
            // To open a FIFO or a device is noticed by others, and in the output there are to be the lines before.
            turn.wait()?;
        }
        // A FIFO refuses `O_DIRECT` only after it has let the writer in, who would then write to nobody.
        if self.session.config().direct && is_regular {
            // Where the file system cannot, the ordinary way.
            if let Ok(fd) = sys::open_plain(&path, libc::O_RDONLY | libc::O_DIRECT) {
                return Ok(fd);
            }
        }
        sys::open_plain(&path, libc::O_RDONLY)
    }

    /// A file from where it stands.
    fn open_file(&self, algorithm: Algorithm, fd: BorrowedFd<'_>, turn: &impl Turn) -> io::Result<Digest> {
        let stat = sys::fstat(fd)?;
        let position = if stat.kind == Kind::Regular { sys::seekable_offset(fd) } else { None };
        let Some(first) = position else {
            let mut hasher = Hasher::new(algorithm);
            self.plainly(&mut hasher, fd)?;
            return Ok(hasher.finish());
        };
        let left = stat.size.saturating_sub(first);
        let spare = left >= LARGE && turn.has_cores_to_spare();
        let direct = self.session.config().direct;
        if let (Algorithm::Blake3(bits), true, false) = (algorithm, spare && left >= DIVISIBLE, direct) {
            let digest = cores::blake3(self, bits, fd, first..stat.size)?;
            // Whoever shares the position finds it where plain reads would have left it.
            let _ = sys::seek(fd, stat.size);
            return Ok(digest);
        }
        let mut hasher = Hasher::new(algorithm);
        let end = if (spare && left >= HUGE) || direct {
            let end =
                self.pipeline(&mut hasher, Fd::new(fd.try_clone_to_owned()?), first, stat.size, spare)?;
            let _ = sys::seek(fd, end);
            end
        } else {
            if left > BLOCK as u64 {
                sys::advise_sequential(fd);
            }
            first + self.plainly(&mut hasher, fd)?
        };
        Self::whole(stat.size, end, fd)?;
        Ok(hasher.finish())
    }

    /// Reads to the end; tells how many bytes there were.
    fn plainly(&self, hasher: &mut Hasher, fd: BorrowedFd<'_>) -> io::Result<u64> {
        let mut buf = self.block()?;
        let mut total = 0;
        loop {
            self.go_on()?;
            let n = sys::read(fd, buf.spare())?;
            self.session.tally("read", n);
            if n == 0 {
                return Ok(total);
            }
            total += n as u64;
            buf.add(n);
            self.feed(hasher, &buf);
            buf.clear();
        }
    }

    /// Reads from `at` to the end, blocks ahead of the arithmetic; tells where the end was.
    fn pipeline(
        &self,
        hasher: &mut Hasher,
        file: Fd,
        at: u64,
        size: u64,
        elsewhere: bool,
    ) -> io::Result<u64> {
        let (ring, pool) = self.blocks(size - at.min(size))?;
        let mut blocks = ReadAhead::new(&ring, pool, file, at, size);
        if elsewhere {
            blocks = blocks.elsewhere();
        }
        ring.block_on(async {
            let result = loop {
                match blocks.next().await.and_then(|block| self.go_on().map(|()| block)) {
                    Ok(Some(block)) => {
                        ring.kick();
                        self.feed(hasher, &block);
                    }
                    Ok(None) => break Ok(blocks.offset()),
                    Err(error) => break Err(error),
                }
            };
            blocks.stop().await;
            result
        })
    }

    /// # Errors
    /// Nobody needs the digest any more. (That is told to nobody.)
    fn go_on(&self) -> io::Result<()> {
        if self.over.load(Ordering::Relaxed) {
            return Err(io::Error::from_raw_os_error(libc::ECANCELED));
        }
        Ok(())
    }

    fn feed(&self, hasher: &mut Hasher, bytes: &[u8]) {
        hasher.update(bytes);
        self.progress.inc(bytes.len() as u64);
    }

    /// Files in `/sys` have less in them than they say; but one that has become shorter than what was there when it
    /// was opened was read in part only, and what would be told is no file's digest.
    fn whole(size: u64, end: u64, fd: BorrowedFd<'_>) -> io::Result<()> {
        if end < size && sys::fstat(fd).is_ok_and(|now| now.size < size) {
            return Err(io::Error::other(SHRANK));
        }
        Ok(())
    }

    fn block(&self) -> io::Result<Buf> {
        let pool = Pool::in_cell(&self.block, self.session.config().block.unwrap_or(BLOCK), 1)?;
        pool.take().ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))
    }

    /// The ring, and blocks that it knows (registered buffers), if it may and so many bytes are worth it.
    fn blocks(&self, bytes: u64) -> io::Result<(Ring, &Pool)> {
        let config = self.session.config();
        let depth = config.depth.unwrap_or(DEPTH).max(2);
        let pool = Pool::in_cell(&self.pipeline, config.block.unwrap_or(PIECE), depth)?;
        let register = bytes >= HUGE && !self.registered.replace(true);
        let ring = if register { self.session.ring_with(pool) } else { self.session.ring() };
        Ok((ring, pool))
    }
}

/// What is said of a file of which not all could be read.
pub const SHRANK: &str = "file shrank while it was being read";
