//! A large file with formatting options, on all cores.
//!
//! Each thread takes the next block, reads it, formats it and writes it. Two things must happen in turn: saying how
//! things are behind a block (in which line, after how many empty ones), which goes ahead of the formatting and takes
//! a fraction of its time ([`Formatter::skip`]), and writing. All else is done at the same time.
//!
//! A thread reads into a buffer of its own and formats from it while it is in its cache. That is why the reading is not
//! left to the ring: the copy out of the page cache is most of what a read costs here, and the ring would make it on
//! another core.

use std::hint;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use ringutils::cli::Progress;
use ringutils::io::Output;
use ringutils::ring::{Buf, Pool};
use ringutils::sys;

use crate::format::Formatter;
use crate::out::Out;
use crate::run::{Context, Fatal, Input, Trouble};

/// Bytes per block. With what becomes of it, it should fit into a core's cache.
const BLOCK: usize = 128 * 1024;
/// Threads at most: writing is serial, and keeps up with no more than a few.
const MOST_THREADS: usize = 8;
/// A thread needs little.
const STACK: usize = 256 * 1024;

/// How often a thread looks whether it is its turn before it goes to sleep, and the pauses between two looks: some
/// 50 microseconds in all.
const LOOKS: u32 = 100;
const PAUSES: u32 = 40;

/// What the threads share.
struct Crew<'a> {
    file: BorrowedFd<'a>,
    output: &'a Output,
    progress: &'a Progress,
    /// Where the file is believed to end.
    size: u64,
    block: u64,
    state: Mutex<State>,
    turn: Condvar,
}

struct State {
    /// The next block that nobody has taken.
    next: u64,
    /// The block whose turn it is to say what follows it.
    at: u64,
    /// How things are there.
    formatter: Formatter,
    /// The block at `at` could not be read in full: the crew's work ends with it.
    ended: bool,
    /// The block whose turn it is to be written.
    written: u64,
    failed: Option<Fatal>,
    /// Threads that wait for their turn.
    waiting: usize,
}

impl Crew<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready`: awake at first, as the others are seldom far behind, and being woken up takes as long as
    /// they do for a block.
    fn wait_for(&self, ready: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        for _ in 0..LOOKS {
            if ready(&state) {
                break;
            }
            drop(state);
            (0..PAUSES).for_each(|_| hint::spin_loop());
            state = self.lock();
        }
        while !ready(&state) {
            state.waiting += 1;
            state = self.turn.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
        state
    }

    /// Lets go of a state that has changed.
    fn pass_on(&self, state: MutexGuard<'_, State>) {
        let waiting = state.waiting > 0;
        drop(state);
        if waiting {
            self.turn.notify_all();
        }
    }

    /// What each thread does.
    fn work(&self, mut buf: Buf) {
        let mut out = Out::default();
        while let Some(at) = self.take_block() {
            buf.clear();
            self.read(at, &mut buf);
            let state = self.wait_for(|state| state.at == at || state.ended);
            if state.ended {
                return;
            }
            let mut formatter = state.formatter;
            drop(state);
            // Nobody else changes it until `at` has moved on.
            let mut behind = formatter;
            behind.skip(&buf);
            let mut state = self.lock();
            state.formatter = behind;
            state.at += buf.len() as u64;
            state.ended = (buf.len() as u64) < self.block;
            self.pass_on(state);
            out.clear();
            formatter.push(&buf, &mut out);
            let state = self.wait_for(|state| state.written == at || state.failed.is_some());
            if state.failed.is_some() {
                return;
            }
            drop(state);
            let result = self.output.write_all(out.filled());
            self.progress.inc(buf.len() as u64);
            let mut state = self.lock();
            state.written += buf.len() as u64;
            if let Err(error) = result {
                state.failed = Some(Fatal(error));
                state.ended = true;
            }
            self.pass_on(state);
        }
    }

    fn take_block(&self) -> Option<u64> {
        let mut state = self.lock();
        let at = state.next;
        state.next += self.block;
        (at < self.size && !state.ended).then_some(at)
    }

    /// Reads a whole block, unless the file ends before or cannot be read: which of the two is found out again by
    /// whoever goes on behind us.
    fn read(&self, at: u64, buf: &mut Buf) {
        while buf.room() > 0 {
            let offset = at + buf.len() as u64;
            match usize::try_from(sys::raw::read(self.file.as_raw_fd(), buf.spare(), Some(offset))) {
                Ok(n) if n > 0 => buf.add(n),
                _ => return,
            }
        }
    }
}

/// Formats an open regular file from its position on, as far as it goes, and leaves position and `formatter` where it
/// stopped: at the end, or at what cannot be read.
pub fn format(context: &Context<'_>, input: &Input<'_>, formatter: &mut Formatter) -> Result<(), Trouble> {
    let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let block = context.session.config().block.unwrap_or(BLOCK);
    let pool = Pool::new(block, u32::try_from(cores).unwrap_or(1)).map_err(Trouble::Input)?;
    let start = sys::seekable_offset(input.fd).unwrap_or(0);
    let state = State {
        next: start,
        at: start,
        formatter: *formatter,
        ended: false,
        written: start,
        failed: None,
        waiting: 0,
    };
    let crew = Crew {
        file: input.fd,
        output: context.output,
        progress: context.progress,
        size: input.stat.size,
        block: pool.block() as u64,
        state: Mutex::new(state),
        turn: Condvar::new(),
    };
    sys::one_malloc_arena();
    thread::scope(|scope| {
        let mine = pool.take();
        while let Some(buf) = pool.take() {
            let hand = thread::Builder::new().stack_size(STACK);
            // Fewer hands, or only our own, do as well.
            if hand.spawn_scoped(scope, || crew.work(buf)).is_err() {
                break;
            }
        }
        if let Some(buf) = mine {
            crew.work(buf);
        }
    });
    let state = crew.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    *formatter = state.formatter;
    context.session.tally_all("pread", (state.at - start).div_ceil(crew.block), state.at - start);
    sys::seek(input.fd, state.at).map_err(Trouble::Input)?;
    state.failed.map_or(Ok(()), |fatal| Err(fatal.into()))
}
