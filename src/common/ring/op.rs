//! What an operation is: one piece of work with two encodings.
//!
//! [`Op::encode`] writes the work as one to eight submission queue entries (SQEs), linked when there is more than
//! one; [`Op::call`] does the same work by plain system calls. Which of the two runs is the engine's business
//! (see [`super::threads`]); a tool never knows. Either way the operation *owns* everything the kernel sees, and
//! [`Op::finish`] turns the raw results into a value that gives the buffer or descriptor back.
//!
//! Adding an operation is adding one small type like those in [`super::ops`].

use std::io;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::os::fd::RawFd;
use std::time::Instant;

use io_uring::squeue::{Entry, Flags, SubmissionQueue};

/// The most steps (SQEs) one operation may have.
pub const MAX_STEPS: usize = 8;

/// What the kernel answered: one value a step, negative for an errno.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Results {
    values: [i32; MAX_STEPS],
    len: u8,
}

impl Results {
    /// The results of an operation with one step.
    #[must_use]
    pub const fn one(value: i32) -> Self {
        let mut values = [0; MAX_STEPS];
        values[0] = value;
        Self { values, len: 1 }
    }

    /// `steps` results, all `value`: how a chain looks of which nothing ran.
    #[must_use]
    pub fn all(value: i32, steps: usize) -> Self {
        let mut results = Self { values: [0; MAX_STEPS], len: 0 };
        (0..steps.min(MAX_STEPS)).for_each(|_| results.push(value));
        results
    }

    /// `steps` results are to come. What they were before does not matter: all are answered before anyone looks.
    #[inline]
    pub(super) fn expect(&mut self, steps: usize) {
        let len = u8::try_from(steps).unwrap_or(u8::MAX);
        // Nearly all have one: to see that costs less than to write it.
        if self.len != len {
            self.len = len;
        }
    }

    #[inline]
    pub(super) const fn set_first(&mut self, value: i32) {
        self.values[0] = value;
    }

    /// Adds the result of the next step.
    pub fn push(&mut self, value: i32) {
        if let Some(place) = self.values.get_mut(usize::from(self.len)) {
            *place = value;
            self.len += 1;
        }
    }

    pub(super) fn set(&mut self, step: usize, value: i32) {
        if let Some(result) = self.values.get_mut(step) {
            *result = value;
        }
    }

    /// How many steps there were.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::from(self.len)
    }

    /// Whether there was none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The raw answer to the first step, which every operation has.
    #[must_use]
    pub const fn first(&self) -> i32 {
        self.values[0]
    }

    /// The raw answer to step `step`; `-ECANCELED` for one that there was not.
    #[must_use]
    pub fn raw(&self, step: usize) -> i32 {
        if step < self.len() { self.values[step] } else { -libc::ECANCELED }
    }

    /// Whether the second step was a linked timeout, and its time came before the first one had ended.
    #[must_use]
    pub fn is_timed_out(&self) -> bool {
        self.raw(0) == -libc::ECANCELED && self.raw(1) == -libc::ETIME
    }

    /// The answer to step `step` as a count (bytes, a descriptor number, an event mask).
    ///
    /// # Errors
    /// The errno that the kernel answered.
    pub fn get(&self, step: usize) -> io::Result<usize> {
        let value = self.raw(step);
        usize::try_from(value).map_err(|_| io::Error::from_raw_os_error(-value))
    }
}

/// Where an operation writes its SQEs: straight into the submission queue, which has room for all of them.
pub struct Batch<'a> {
    sink: Sink<'a>,
    /// User data of step 0; see `uring::tag`.
    data: u64,
    steps: usize,
}

enum Sink<'a> {
    Queue(SubmissionQueue<'a>),
    /// For those who want to look first: counters, trace, a kernel that lacks opcodes, the thread engine's reports.
    Record(Vec<Entry>),
}

/// Where the step's number stands in the user data.
pub(super) const STEP_SHIFT: u32 = 48;

impl<'a> Batch<'a> {
    #[inline]
    pub(super) const fn into_queue(queue: SubmissionQueue<'a>, data: u64) -> Self {
        Self { sink: Sink::Queue(queue), data, steps: 0 }
    }

    pub(super) const fn record(data: u64) -> Self {
        Self { sink: Sink::Record(Vec::new()), data, steps: 0 }
    }

    /// The last step, or the only one.
    ///
    /// # Panics
    /// With more than [`MAX_STEPS`] steps.
    #[inline]
    pub fn push(&mut self, entry: Entry) {
        assert!(self.steps < MAX_STEPS, "an operation has at most {MAX_STEPS} steps");
        let entry = entry.user_data(self.data | (self.steps as u64) << STEP_SHIFT);
        self.steps += 1;
        match &mut self.sink {
            Sink::Queue(queue) => {
                // SAFETY: what the entry points to is owned by an operation in a slot (see `Op`), which stays there
                // until the last completion of it has been seen.
                let pushed = unsafe { queue.push(&entry) };
                debug_assert!(pushed.is_ok(), "there was to be room for a whole operation");
            }
            Sink::Record(entries) => entries.push(entry),
        }
    }

    /// A step after which the next runs only if this one succeeded in full. Beware: of the operations that fail
    /// only open, close, read, write and splice sever a chain (`IOSQE_IO_LINK` is not a transaction).
    pub fn link(&mut self, entry: Entry) {
        self.push(entry.flags(Flags::IO_LINK));
    }

    /// A step after which the next runs whatever came of this one, a short read included.
    pub fn hard_link(&mut self, entry: Entry) {
        self.push(entry.flags(Flags::IO_HARDLINK));
    }

    #[inline]
    pub(super) const fn steps(&self) -> usize {
        self.steps
    }

    /// What was recorded.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.sink {
            Sink::Queue(_) => &[],
            Sink::Record(entries) => entries,
        }
    }
}

/// How the thread engine is to wait before [`Op::call`]; io_uring does all of this by itself.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    /// `call` may take time: run it on a thread of the pool.
    No,
    /// `call` never blocks: run it on the spot.
    Instant,
    /// `call` would block until the descriptor is ready: wait in the executor's `poll(2)`, then use the pool.
    Ready(RawFd, i16),
    /// Readiness is all there is to it: wait in `poll(2)`, then run `call` on the spot.
    Event(RawFd, i16),
    /// As `Event`, until then at the latest.
    EventUntil(RawFd, i16, Instant),
    /// Nothing to do until then: wait in `poll(2)`'s timeout, then run `call` on the spot.
    Until(Instant),
}

/// One operation. See the module for the idea, [`super::ops`] for examples.
///
/// # Safety
/// Every pointer that `encode` puts into an SQE must lead to memory that `self` owns or holds alive: its own fields
/// (it is not moved between `encode` and the last completion), its heap memory, its [`super::Buf`]s. No other part
/// of the program may read or write that memory until `finish` or drop. The same for descriptors.
///
/// But for `finish` and drop, no method may use a ring: the one that calls it is busy.
pub unsafe trait Op: Send + 'static {
    /// What a finished operation gives: the result, and the buffer or descriptor it owned. Dropping it must
    /// release whatever the operation brought into being (an open's descriptor): that is how the outcome of an
    /// operation whose future was dropped is cleaned up.
    type Out;

    /// Writes the work as SQEs. May run more than once (a restart after `EINTR`).
    fn encode(&mut self, batch: &mut Batch<'_>);

    /// Does the same work by plain system calls, blocking as needed, and answers as the kernel would. Runs on any
    /// thread.
    fn call(&mut self) -> Results;

    /// What to wait for before `call`.
    fn wait(&self) -> Wait {
        Wait::No
    }

    /// Whether `call` can do it in this thread: not so on a direct descriptor, which only the ring knows, and not where it
    /// might wait without end. Where nobody else can do it, it fails with `ECANCELED`.
    fn callable(&self) -> bool {
        true
    }

    /// Whether it may run again after `EINTR`: not so where an interrupted one has taken effect.
    fn restartable(&self) -> bool {
        true
    }

    /// Bytes that step `step` was asked to move, for the counters of short operations; `None` if it moves none.
    fn wanted(&self, _step: usize) -> Option<usize> {
        None
    }

    /// Turns results into the outcome.
    fn finish(self, results: Results) -> Self::Out;
}

/// Bytes an operation may occupy; larger ones put their parts behind a `Box`.
const ROOM: usize = 120;

#[repr(C, align(8))]
pub(super) struct Storage([MaybeUninit<u8>; ROOM]);

/// [`Op`] without its type.
pub(super) struct VTable {
    encode: unsafe fn(*mut Storage, &mut Batch<'_>),
    call: unsafe fn(*mut Storage) -> Results,
    wait: unsafe fn(*const Storage) -> Wait,
    callable: unsafe fn(*const Storage) -> bool,
    restartable: unsafe fn(*const Storage) -> bool,
    wanted: unsafe fn(*const Storage, usize) -> Option<usize>,
    abandon: unsafe fn(*mut Storage, Results),
}

struct Erase<T>(std::marker::PhantomData<T>);

impl<T: Op> Erase<T> {
    const FITS: () = assert!(
        size_of::<T>() <= ROOM && align_of::<T>() <= align_of::<Storage>(),
        "the operation is too large for its slot: box a part of it"
    );

    const TABLE: VTable = VTable {
        encode: Self::encode,
        call: Self::call,
        wait: Self::wait,
        callable: Self::callable,
        restartable: Self::restartable,
        wanted: Self::wanted,
        abandon: Self::abandon,
    };

    // All of these are called by a `Parcel` that was made by `Parcel::new::<T>`, with its own storage, which holds a
    // valid `T` until `abandon` or `Parcel::take` moves it out; after that none of them is called again.

    unsafe fn encode(at: *mut Storage, batch: &mut Batch<'_>) {
        // SAFETY: see above.
        unsafe { &mut *at.cast::<T>() }.encode(batch);
    }

    unsafe fn call(at: *mut Storage) -> Results {
        // SAFETY: see above.
        unsafe { &mut *at.cast::<T>() }.call()
    }

    unsafe fn wait(at: *const Storage) -> Wait {
        // SAFETY: see above.
        unsafe { &*at.cast::<T>() }.wait()
    }

    unsafe fn callable(at: *const Storage) -> bool {
        // SAFETY: see above.
        unsafe { &*at.cast::<T>() }.callable()
    }

    unsafe fn restartable(at: *const Storage) -> bool {
        // SAFETY: see above.
        unsafe { &*at.cast::<T>() }.restartable()
    }

    unsafe fn wanted(at: *const Storage, step: usize) -> Option<usize> {
        // SAFETY: see above.
        unsafe { &*at.cast::<T>() }.wanted(step)
    }

    unsafe fn abandon(at: *mut Storage, results: Results) {
        // SAFETY: see above.
        let op = unsafe { at.cast::<T>().read() };
        drop(op.finish(results));
    }
}

/// An owned operation of some type: it lives in a slot, or travels to a thread and back.
///
/// It must not be moved while the kernel holds pointers into it; the slots see to that.
#[repr(C)]
pub(super) struct Parcel {
    /// First, so that it shares a cache line with the state of the slot.
    table: &'static VTable,
    storage: Storage,
}

// SAFETY: it holds a `T: Op`, and `Op` requires `Send`.
unsafe impl Send for Parcel {}

impl Parcel {
    /// Puts an operation where a parcel's is kept.
    #[inline]
    fn write<T: Op>(storage: &mut Storage, op: T) {
        const { Erase::<T>::FITS };
        // SAFETY: `FITS` holds at compile time, so size and alignment suffice.
        unsafe { std::ptr::from_mut(storage).cast::<T>().write(op) };
    }

    /// Puts a new parcel into an empty place, without moving more bytes than the operation has.
    #[inline]
    pub(super) fn place<T: Op>(place: &mut MaybeUninit<Self>, op: T) {
        let at = place.as_mut_ptr();
        // SAFETY: `at` is valid for writes; the storage needs no initialisation.
        let storage = unsafe { &mut (*at).storage };
        Self::write(storage, op);
        // SAFETY: `at` is valid for writes.
        let table = unsafe { &raw mut (*at).table };
        // SAFETY: as above.
        unsafe { table.write(&Erase::<T>::TABLE) };
    }

    pub(super) fn encode(&mut self, batch: &mut Batch<'_>) {
        // SAFETY: see `Erase`.
        unsafe { (self.table.encode)(&raw mut self.storage, batch) }
    }

    pub(super) fn call(&mut self) -> Results {
        // SAFETY: see `Erase`.
        unsafe { (self.table.call)(&raw mut self.storage) }
    }

    /// `call`, in the thread of the ring itself.
    pub(super) fn call_here(&mut self) -> Results {
        if self.callable() { self.call() } else { Results::one(-libc::ECANCELED) }
    }

    pub(super) fn wait(&self) -> Wait {
        // SAFETY: see `Erase`.
        unsafe { (self.table.wait)(&raw const self.storage) }
    }

    pub(super) fn callable(&self) -> bool {
        // SAFETY: see `Erase`.
        unsafe { (self.table.callable)(&raw const self.storage) }
    }

    pub(super) fn restartable(&self) -> bool {
        // SAFETY: see `Erase`.
        unsafe { (self.table.restartable)(&raw const self.storage) }
    }

    pub(super) fn wanted(&self, step: usize) -> Option<usize> {
        // SAFETY: see `Erase`.
        unsafe { (self.table.wanted)(&raw const self.storage, step) }
    }

    /// The operation itself.
    ///
    /// # Safety
    /// `T` must be the type it was made of.
    #[inline]
    pub(super) unsafe fn as_mut<T: Op>(&mut self) -> &mut T {
        // SAFETY: the caller vouches for the type.
        unsafe { &mut *(&raw mut self.storage).cast::<T>() }
    }

    /// Finishes an operation nobody waits for: what it yielded is dropped, which closes descriptors.
    pub(super) fn abandon(self, results: Results) {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: see `Erase`; `this` is not dropped, so the operation is moved out once.
        unsafe { (this.table.abandon)(&raw mut this.storage, results) }
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        // SAFETY: see `Erase`; the storage is not used again.
        unsafe {
            (self.table.abandon)(&raw mut self.storage, Results::all(-libc::ECANCELED, MAX_STEPS));
        }
    }
}

/// The result of a completion. What says inside the kernel that a call is to be begun again after a signal
/// (`ERESTARTSYS` and the like) leaves it by a splice all the same, when a worker is stopped that waits for a socket
/// (Linux 6.18).
pub(super) fn answer(entry: &io_uring::cqueue::Entry) -> i32 {
    match entry.result() {
        -514..=-512 | -516 => -libc::EINTR,
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_answer_for_every_step() {
        let mut results = Results::one(7);
        results.push(-libc::ENOENT);
        assert_eq!(results.len(), 2);
        assert_eq!(results.get(0).ok(), Some(7));
        assert_eq!(results.get(1).err().and_then(|e| e.raw_os_error()), Some(libc::ENOENT));
        assert_eq!(results.raw(5), -libc::ECANCELED);
        assert_eq!(Results::all(-1, 20).len(), MAX_STEPS);
    }
}
