//! What an operation is: one piece of work with two encodings.
//!
//! [`Op::encode`] writes the work as one to eight submission queue entries (SQEs), linked when there is more than
//! one; [`Op::call`] does the same work by plain system calls. Which of the two runs is the engine's business
//! (see [`super::threads`]); a tool never knows. Either way the operation *owns* everything the kernel sees, and
//! [`Op::finish`] turns the raw results into a value that gives the buffer or descriptor back.
//!
//! Adding an operation is adding one small type like those in [`super::ops`].

use std::io;
use std::mem::{self, ManuallyDrop, MaybeUninit};
use std::os::fd::RawFd;
use std::time::Instant;

use io_uring::squeue::{Entry, Flags};

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

    /// Adds the result of the next step.
    pub fn push(&mut self, value: i32) {
        if let Some(place) = self.values.get_mut(usize::from(self.len)) {
            *place = value;
            self.len += 1;
        }
    }

    pub(super) fn set(&mut self, step: usize, value: i32) {
        if let Some(place) = self.values.get_mut(step) {
            *place = value;
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

    /// The raw answer to step `step`; `-ECANCELED` for one that there was not.
    #[must_use]
    pub fn raw(&self, step: usize) -> i32 {
        if step < self.len() { self.values[step] } else { -libc::ECANCELED }
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

/// The SQEs of one operation on their way into the queue: all of them, or none.
pub struct Batch {
    entries: [MaybeUninit<Entry>; MAX_STEPS],
    len: usize,
}

impl Batch {
    pub(super) const fn new() -> Self {
        Self { entries: [const { MaybeUninit::uninit() }; MAX_STEPS], len: 0 }
    }

    /// The last step, or the only one.
    ///
    /// # Panics
    /// With more than [`MAX_STEPS`] steps.
    pub fn push(&mut self, entry: Entry) {
        assert!(self.len < MAX_STEPS, "an operation has at most {MAX_STEPS} steps");
        self.entries[self.len].write(entry);
        self.len += 1;
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

    pub(super) fn entries(&self) -> &[Entry] {
        // SAFETY: the first `len` entries were written by `push`.
        unsafe { std::slice::from_raw_parts(self.entries.as_ptr().cast(), self.len) }
    }

    pub(super) fn entries_mut(&mut self) -> &mut [Entry] {
        // SAFETY: the first `len` entries were written by `push`, and `self` is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.entries.as_mut_ptr().cast(), self.len) }
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
    /// Nothing to do until then: wait in `poll(2)`'s timeout, then run `call` on the spot.
    Until(Instant),
}

/// One operation. See the module for the idea, [`super::ops`] for examples.
///
/// # Safety
/// Every pointer that `encode` puts into an SQE must lead to memory that `self` owns or holds alive: its own fields
/// (it is not moved between `encode` and the last completion), its heap memory, its [`super::Buf`]s. No other part
/// of the program may read or write that memory until `finish` or drop. The same for descriptors.
pub unsafe trait Op: Send + 'static {
    /// What a finished operation gives: the result, and the buffer or descriptor it owned. Dropping it must
    /// release whatever the operation brought into being (an open's descriptor): that is how the outcome of an
    /// operation whose future was dropped is cleaned up.
    type Out;

    /// Writes the work as SQEs. May run more than once (a restart after `EINTR`).
    fn encode(&mut self, batch: &mut Batch);

    /// Does the same work by plain system calls, blocking as needed, and answers as the kernel would. Runs on any
    /// thread.
    fn call(&mut self) -> Results;

    /// What to wait for before `call`.
    fn wait(&self) -> Wait {
        Wait::No
    }

    /// Whether `call` can do it: not so on a direct descriptor, which only the ring knows.
    fn callable(&self) -> bool {
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
const ROOM: usize = 160;

#[repr(C, align(16))]
struct Storage([MaybeUninit<u8>; ROOM]);

/// [`Op`] without its type.
struct VTable {
    encode: unsafe fn(*mut Storage, &mut Batch),
    call: unsafe fn(*mut Storage) -> Results,
    wait: unsafe fn(*const Storage) -> Wait,
    callable: unsafe fn(*const Storage) -> bool,
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
        wanted: Self::wanted,
        abandon: Self::abandon,
    };

    // All of these are called by a `Parcel` that was made by `Parcel::new::<T>`, with its own storage, which holds a
    // valid `T` until `abandon` or `Parcel::take` moves it out; after that none of them is called again.

    unsafe fn encode(at: *mut Storage, batch: &mut Batch) {
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
pub(super) struct Parcel {
    storage: Storage,
    table: &'static VTable,
}

// SAFETY: it holds a `T: Op`, and `Op` requires `Send`.
unsafe impl Send for Parcel {}

impl Parcel {
    pub(super) fn new<T: Op>(op: T) -> Self {
        const { Erase::<T>::FITS };
        let mut storage = Storage([MaybeUninit::uninit(); ROOM]);
        // SAFETY: `FITS` holds at compile time, so size and alignment suffice.
        unsafe { (&raw mut storage).cast::<T>().write(op) };
        Self { storage, table: &Erase::<T>::TABLE }
    }

    pub(super) fn encode(&mut self, batch: &mut Batch) {
        // SAFETY: see `Erase`.
        unsafe { (self.table.encode)(&raw mut self.storage, batch) }
    }

    pub(super) fn call(&mut self) -> Results {
        // SAFETY: see `Erase`.
        unsafe { (self.table.call)(&raw mut self.storage) }
    }

    pub(super) fn wait(&self) -> Wait {
        // SAFETY: see `Erase`.
        unsafe { (self.table.wait)(&raw const self.storage) }
    }

    pub(super) fn callable(&self) -> bool {
        // SAFETY: see `Erase`.
        unsafe { (self.table.callable)(&raw const self.storage) }
    }

    pub(super) fn wanted(&self, step: usize) -> Option<usize> {
        // SAFETY: see `Erase`.
        unsafe { (self.table.wanted)(&raw const self.storage, step) }
    }

    /// Finishes an operation nobody waits for: what it yielded is dropped, which closes descriptors.
    pub(super) fn abandon(self, results: Results) {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: see `Erase`; `this` is not dropped, so the operation is moved out once.
        unsafe { (this.table.abandon)(&raw mut this.storage, results) }
    }

    /// Takes the operation out again.
    ///
    /// # Safety
    /// `T` must be the type it was made of, and the kernel must be done with it.
    pub(super) unsafe fn take<T: Op>(self) -> T {
        let this = ManuallyDrop::new(self);
        // SAFETY: the caller vouches for the type; `this` is not dropped, so it is moved out once.
        unsafe { (&raw const this.storage).cast::<T>().read() }
    }
}

impl Drop for Parcel {
    fn drop(&mut self) {
        let table = self.table;
        let mut storage = mem::replace(&mut self.storage, Storage([MaybeUninit::uninit(); ROOM]));
        // SAFETY: see `Erase`; the storage was moved here, so the operation is moved out once.
        unsafe { (table.abandon)(&raw mut storage, Results::all(-libc::ECANCELED, MAX_STEPS)) }
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
