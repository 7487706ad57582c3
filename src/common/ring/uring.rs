//! The io_uring engine: set-up, the two queues, cancels, direct descriptors.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use io_uring::squeue::{Entry, Flags};
use io_uring::{EnterFlags, IoUring, Probe, cqueue, opcode, types};

use super::Pool;
use super::completion::{Completion, Kind, MOST_EVENTS, finish_simple, pack, unpack};
use super::config::Config;
use super::executor::TaskId;
use super::fd::{FileTable, Reserved};
use super::op::{Batch, answer};
use super::setup::{self, RegisteredRing};
use super::slots::Slots;
use super::stats::Stats;

/// Places for direct descriptors; fewer where the limit on open files says so.
const PLACES: [u32; 3] = [256, 64, 16];
/// [`MAX_STEPS`], as the queues count.
const MOST: u32 = 8;

pub(super) struct Uring {
    /// Declared before the ring, so that it goes first.
    itself: Option<RegisteredRing>,
    ring: IoUring,
    probe: Probe,
    /// Completions to come, of whatever kind, at the last count: never more than the completion queue holds.
    in_flight: u32,
    cq_entries: u32,
    /// So many steps may be queued, at least: neither queue will be too small. It was `granted` at the last count, and
    /// the difference is what was queued since.
    room: u32,
    granted: u32,
    /// Cancels that found the queue full, oldest first.
    cancels: VecDeque<u64>,
    files: Option<Arc<FileTable>>,
    files_tried: bool,
    /// Pools whose memory the kernel knows.
    registered: Vec<Pool>,
    /// Opcodes that tests take from the kernel.
    #[cfg(test)]
    lacks: Vec<u32>,
}

impl Uring {
    /// Sets a ring up, with the best the kernel grants. See [`setup::build`] for the ladder.
    ///
    /// # Errors
    /// What `io_uring_setup(2)`, or the trial run of a no-op, answers: `EPERM` or `ENOSYS` where it is blocked,
    /// `ENOMEM` without locked memory.
    pub fn new(config: &Config) -> io::Result<Self> {
        let mut this = Self::untried(config)?;
        this.trial(Flags::ASYNC)?;
        Ok(this)
    }

    /// As [`Uring::new`], for operations that need no worker: none is started to see whether that works.
    ///
    /// # Errors
    /// As [`Uring::new`].
    pub fn without_workers(config: &Config) -> io::Result<Self> {
        let mut this = Self::untried(config)?;
        this.trial(Flags::empty())?;
        Ok(this)
    }

    fn untried(config: &Config) -> io::Result<Self> {
        let ring = setup::build(config)?;
        let mut probe = Probe::new();
        // A kernel without the probe (before 5.6) lacks most operations too.
        ring.submitter().register_probe(&mut probe)?;
        let limit = config.threads.or(config.depth.map(|depth| depth as usize)).unwrap_or(64);
        let mut workers = [u32::try_from(limit).unwrap_or(64), 0];
        // Kernels before 5.15 cannot, and keep their own limit.
        let _ = ring.submitter().register_iowq_max_workers(&mut workers);
        let cq_entries = ring.params().cq_entries();
        Ok(Self {
            itself: RegisteredRing::new(&ring),
            ring,
            probe,
            in_flight: 0,
            cq_entries,
            room: 0,
            granted: 0,
            cancels: VecDeque::new(),
            files: None,
            files_tried: false,
            registered: Vec::new(),
            #[cfg(test)]
            lacks: Vec::new(),
        })
    }

    /// Runs a no-op, with `ASYNC` on a worker thread. A filter may allow the set-up and forbid the rest, and where no
    /// thread may be started (`RLIMIT_NPROC`) operations that need one fail or, several at once, hang: find out before
    /// any data is touched.
    fn trial(&mut self, flags: Flags) -> io::Result<()> {
        let nop = opcode::Nop::new().build().flags(flags);
        // SAFETY: a no-op points nowhere.
        unsafe { self.ring.submission().push(&nop) }.map_err(io::Error::other)?;
        loop {
            match self.ring.submit_and_wait(1) {
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
                Err(error) => return Err(error),
                Ok(_) => {}
            }
            let ran = self.ring.completion().next().map(|completion| completion.result() == 0);
            if let Some(ran) = ran {
                self.recount(0);
                return if ran { Ok(()) } else { Err(io::Error::from_raw_os_error(libc::EAGAIN)) };
            }
        }
    }

    /// Whether the kernel has every opcode that operations of ours are made of.
    pub fn has_all_opcodes(&self) -> bool {
        // The youngest of them (Linux 5.19 and older have been checked for by name); later ones add themselves here.
        (0..=opcode::Splice::CODE).all(|code| self.probe.is_supported(code))
    }

    /// Whether the kernel has every opcode of a recorded batch.
    pub fn supports(&self, batch: &Batch<'_>) -> bool {
        let has = |code: u32| u8::try_from(code).is_ok_and(|code| self.probe.is_supported(code));
        #[cfg(test)]
        let has = |code: u32| has(code) && !self.lacks.contains(&code);
        !batch.entries().is_empty() && batch.entries().iter().all(|entry| has(entry.get_opcode()))
    }

    /// Queues one operation, if there is room for it now: for its completions beside all others to come, and for all
    /// of its entries at once (a chain never spans two submissions). How many steps it has.
    #[inline]
    pub fn queue(&mut self, name: u64, encode: impl FnOnce(&mut Batch<'_>)) -> Option<usize> {
        let room = self.has_room() || self.make_room();
        room.then(|| self.push(name, encode))
    }

    /// Whether there is room for any operation, as far as can be told without a look at the queue.
    #[inline]
    pub fn has_room(&self) -> bool {
        self.room >= MOST
    }

    /// Queues one operation, for which there is room.
    #[inline]
    pub fn push(&mut self, name: u64, encode: impl FnOnce(&mut Batch<'_>)) -> usize {
        let mut batch = Batch::into_queue(self.ring.submission(), pack(Kind::Operation, name, 0));
        encode(&mut batch);
        let steps = batch.steps();
        drop(batch);
        self.room -= u32::try_from(steps).unwrap_or(MOST);
        steps
    }

    /// Empties the submission queue, if that helps; whether there is room for any operation then.
    #[cold]
    fn make_room(&mut self) -> bool {
        self.recount(0);
        if !self.has_room() && self.in_flight + MOST < self.cq_entries {
            self.submit();
        }
        self.has_room()
    }

    /// Counts what was queued since the last time, and what has `ended`, and looks how much room there is.
    fn recount(&mut self, ended: u32) {
        self.in_flight = self.in_flight() - ended;
        debug_assert!(self.in_flight <= self.cq_entries, "more in flight than completions fit");
        let queue = self.ring.submission();
        let vacant = u32::try_from(queue.capacity() - queue.len()).unwrap_or(0);
        // One completion stays free for a cancel, or a full queue of things that never end would be the end.
        self.room = vacant.min(self.cq_entries.saturating_sub(self.in_flight + 1));
        self.granted = self.room;
    }

    /// Completions to come.
    fn in_flight(&self) -> u32 {
        self.in_flight + self.granted - self.room
    }

    /// Queues an entry of our own, if there is room.
    fn push_own(&mut self, entry: &Entry) -> bool {
        if self.in_flight() >= self.cq_entries {
            return false;
        }
        if self.ring.submission().is_full() {
            self.submit();
        }
        // SAFETY: cancels and closes point to no memory.
        let pushed = unsafe { self.ring.submission().push(entry) }.is_ok();
        self.in_flight += u32::from(pushed);
        self.recount(0);
        pushed
    }

    /// Queues a cancel for one step of an operation: the one under way, for the kernel finds no other. Steps behind
    /// it may run all the same (a hard link, a worker that was too far) and want a cancel when their turn comes.
    pub fn cancel(&mut self, name: u64, step: usize) {
        self.cancels.push_back(pack(Kind::Operation, name, step));
        self.push_cancels();
    }

    #[inline(never)]
    fn push_cancels(&mut self) {
        while let Some(&target) = self.cancels.front() {
            let (_, name, step) = unpack(target);
            let entry = opcode::AsyncCancel::new(target).build();
            if !self.push_own(&entry.user_data(pack(Kind::Cancel, name, step))) {
                return;
            }
            self.cancels.pop_front();
        }
    }

    /// Closes the direct descriptors that were dropped since.
    #[inline(never)]
    fn push_closes(&mut self, files: &FileTable) {
        for index in files.take_closing() {
            let entry = opcode::Close::new(types::Fixed(index)).build();
            if !self.push_own(&entry.user_data(pack(Kind::Close, index.into(), 0))) {
                files.put_closing(index);
            }
        }
    }

    /// Queues what goes before all else.
    #[inline]
    fn push_all_own(&mut self) {
        if !self.cancels.is_empty() {
            self.push_cancels();
        }
        if let Some(files) = self.files.as_ref().filter(|files| files.has_closing()).cloned() {
            self.push_closes(&files);
        }
    }

    /// Whether any completion is to come.
    pub fn is_busy(&self) -> bool {
        self.in_flight() > 0
    }

    /// Submits without waiting. Entries that the kernel does not take now stay queued.
    fn submit(&mut self) {
        if let Err(error) = self.ring.submit() {
            refused(&error);
        }
        self.recount(0);
    }

    /// One `io_uring_enter`: submits everything and, with `wait`, waits for at least one completion. What room there is
    /// afterwards, [`Uring::reap`] will see.
    pub fn enter(&mut self, wait: bool, stats: Option<&mut Stats>) {
        self.push_all_own();
        if let Some(stats) = stats {
            self.enter_watched(wait, stats);
            return;
        }
        let at_least = usize::from(wait && self.ring.completion().is_empty());
        let queued = self.ring.submission().len();
        if at_least == 0 && queued == 0 {
            return;
        }
        let result = match &self.itself {
            Some(itself) if at_least > 0 => itself.enter(queued),
            _ => self.ring.submit_and_wait(at_least),
        };
        if let Err(error) = result {
            refused(&error);
        }
    }

    /// One `io_uring_enter` for the end of a ring: submits everything, and waits until `deadline` at the latest (before
    /// Linux 5.11 for a completion, whenever that comes).
    pub fn enter_until(&mut self, deadline: Instant) {
        self.push_all_own();
        let result = if self.ring.params().is_feature_ext_arg() {
            let left = types::Timespec::from(deadline.saturating_duration_since(Instant::now()));
            self.ring.submitter().submit_with_args(1, &types::SubmitArgs::new().timespec(&left))
        } else {
            self.ring.submit_and_wait(1)
        };
        if let Err(error) = result
            && error.raw_os_error() != Some(libc::ETIME)
        {
            refused(&error);
        }
    }

    /// As [`Uring::enter`], but looks between submitting and waiting: what has completed by then ran inline.
    #[cold]
    fn enter_watched(&mut self, wait: bool, stats: &mut Stats) {
        let queued = self.ring.submission().len();
        let ready = self.ring.completion().len();
        if queued > 0 {
            self.submit();
        }
        let inline = self.ring.completion().len() - ready;
        stats.entered(queued, inline);
        // Also where something is there already: the kernel writes what did not complete inline only when asked to
        // wait (`DEFER_TASKRUN`), and work that always does must not keep the rest from ever being seen.
        if wait && let Err(error) = self.ring.submit_and_wait(1) {
            refused(&error);
        }
    }

    /// Takes completions off the queue, and says how many. Where nobody looks on, those that have nothing special about
    /// them are dealt with at once: whom they wake is added to `woken`. Others of operations are left in `events`, and if
    /// that is full there may be more. The rest only concerns the engine.
    pub fn reap(
        &mut self,
        events: &mut Vec<Completion>,
        slots: &mut Slots,
        mut woken: Option<&mut Vec<TaskId>>,
    ) -> usize {
        events.clear();
        let (mut taken, mut go_on) = (0, 0);
        while events.len() < MOST_EVENTS
            && let Some(entry) = match &mut woken {
                Some(woken) => finish_simple(&mut self.ring, slots, woken, &mut taken),
                None => self.ring.completion().next(),
            }
        {
            taken += 1;
            go_on += u32::from(cqueue::more(entry.flags()));
            self.sort(&entry, events, slots);
        }
        self.recount(taken - go_on);
        taken as usize
    }

    /// Deals with a completion, or leaves it in `events`, if it is one of an operation.
    #[inline(never)]
    fn sort(&mut self, entry: &cqueue::Entry, events: &mut Vec<Completion>, slots: &mut Slots) {
        let (result, more) = (answer(entry), cqueue::more(entry.flags()));
        let (kind, name, step) = unpack(entry.user_data());
        match kind {
            Kind::Operation => {
                // SAFETY: the kernel gives back what `queue` was given.
                let index = unsafe { slots.named(name) }.index;
                events.push(Completion { index, step, result, more });
            }
            // Not found, and yet not finished: it was on its way between two queues. Again.
            Kind::Cancel
                if result == -libc::ENOENT
                    // SAFETY: as above.
                    && unsafe { slots.find(name) }.and_then(|slot| slot.current_step()) == Some(step) =>
            {
                self.cancels.push_back(pack(Kind::Operation, name, step));
            }
            Kind::Cancel => {}
            Kind::Close => {
                if let Some(files) = &self.files {
                    files.give_back(u32::try_from(name).unwrap_or(u32::MAX));
                }
            }
        }
    }

    /// A place for a direct descriptor; the table is registered when the first is asked for.
    pub fn reserve_direct(&mut self) -> Option<Reserved> {
        if !self.files_tried {
            self.files_tried = true;
            let places = PLACES.iter().find(|&&n| self.ring.submitter().register_files_sparse(n).is_ok());
            self.files = places.map(|&n| FileTable::new(n));
        }
        self.files.as_ref()?.reserve()
    }

    /// Registers a pool's buffers. One pool a ring.
    pub fn register(&mut self, pool: &Pool) -> io::Result<()> {
        if !self.registered.is_empty() {
            return Err(io::Error::from_raw_os_error(libc::EBUSY));
        }
        // SAFETY: the pool is kept in `registered` until the ring is gone, so its mapping outlives the registration.
        unsafe { self.ring.submitter().register_buffers(&pool.iovecs()) }?;
        self.registered.push(pool.keep());
        pool.set_registered(true);
        Ok(())
    }

    /// The next ring does not know the buffers that this one does.
    pub fn disown(&self) {
        self.registered.iter().for_each(|pool| pool.set_registered(false));
    }

    /// Has the kernel do what it keeps for this thread's next wait (`DEFER_TASKRUN`), without waiting.
    fn collect(&self) {
        let events = EnterFlags::GETEVENTS.bits();
        // SAFETY: takes no argument that points anywhere.
        let _ = unsafe { self.ring.submitter().enter::<()>(0, 0, events, None) };
    }
}

impl Drop for Uring {
    fn drop(&mut self) {
        self.disown();
        // A ring is taken down some milliseconds after it is closed, by a kernel thread, and after the process is gone.
        // Files that it still held would be open until then: `umount` says that the file system is busy.
        self.collect();
        if self.files.is_some() {
            let _ = self.ring.submitter().unregister_files();
        }
    }
}

/// The kernel did not take a submission.
#[cold]
fn refused(error: &io::Error) {
    match error.raw_os_error() {
        // A signal; completions to be reaped first; no memory just now. All pass.
        Some(libc::EINTR | libc::EBUSY) => {}
        Some(libc::EAGAIN) => std::thread::yield_now(),
        // The kernel holds our memory and has stopped talking to us: nothing can be saved from here.
        _ => super::fatal("io_uring_enter", error),
    }
}

/// What tests look at, and do to a ring.
#[cfg(test)]
impl Uring {
    /// Completions to come, and how many fit.
    pub fn load(&self) -> (u32, u32) {
        (self.in_flight(), self.cq_entries)
    }

    /// Entries that the submission queue has room for, and how many it has in all.
    pub fn room(&mut self) -> (usize, usize) {
        let queue = self.ring.submission();
        (queue.capacity() - queue.len(), queue.capacity())
    }

    /// Nothing is in flight, and nothing waits to be cancelled or closed.
    pub fn at_rest(&self) -> bool {
        let closing = self.files.as_ref().is_some_and(|files| files.is_closing());
        self.in_flight() == 0 && self.cancels.is_empty() && !closing
    }

    /// From now on the kernel does not know this opcode.
    pub fn lack(&mut self, opcode: u8) {
        self.lacks.push(opcode.into());
    }

    /// Lets the kernel write completions, and reaps none.
    pub fn gather(&mut self) {
        self.submit();
        self.collect();
    }

    /// Free places of the table of direct descriptors.
    pub fn free_places(&self) -> Option<usize> {
        self.files.as_ref().map(|files| files.free_places())
    }
}
