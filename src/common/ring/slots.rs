//! Where operations live while they run.
//!
//! Slots are allocated in chunks that never move, so the kernel may hold pointers into an operation's own fields.
//! A slot is named by its index; `generation` tells a late cancel's target from the slot's next tenant.

use std::collections::VecDeque;
use std::mem::MaybeUninit;

use super::executor::TaskId;
use super::op::{Op, Parcel, Results};

const CHUNK: usize = 64;
const CHUNK_U32: u32 = 64;

/// Where the operation of a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// There is none.
    Free,
    /// In the slot.
    Here,
    /// With a thread of the pool.
    Away,
}

/// The state of one operation.
#[repr(C, align(64))]
pub(super) struct Slot {
    pub place: Place,
    /// The final results are in.
    pub done: bool,
    /// The future was dropped: finish, and clean up what it yields.
    pub orphan: bool,
    /// A cancel was asked for: `-ECANCELED` is then an answer and not a reason to try again.
    pub cancelled: bool,
    /// Completions still to come; nothing in here is freed before it is zero.
    pub pending: u8,
    pub generation: u16,
    /// How often it was started again.
    pub restarts: u16,
    /// The task to wake.
    pub waiter: Option<TaskId>,
    /// Results of a multishot operation, not yet taken.
    pub shots: Option<Box<Shots>>,
    pub results: Results,
    parcel: MaybeUninit<Parcel>,
}

/// The stream behind a multishot operation.
#[derive(Default)]
pub(super) struct Shots {
    pub results: VecDeque<i32>,
    /// It has been armed before.
    pub armed: bool,
}

impl Slot {
    const fn empty() -> Self {
        Self {
            place: Place::Free,
            done: false,
            orphan: false,
            cancelled: false,
            pending: 0,
            generation: 0,
            restarts: 0,
            waiter: None,
            results: Results::one(0),
            shots: None,
            parcel: MaybeUninit::uninit(),
        }
    }

    /// The step under way: steps complete in order.
    pub fn current_step(&self) -> Option<usize> {
        (self.pending > 0).then(|| self.results.len().saturating_sub(usize::from(self.pending)))
    }

    /// An operation of `steps` steps was queued.
    #[inline]
    pub fn expect(&mut self, steps: usize) {
        self.results = Results::pending(steps);
        self.pending = u8::try_from(steps).unwrap_or(u8::MAX);
    }

    /// The operation, if it is in the slot.
    #[inline]
    pub fn parcel(&mut self) -> Option<&mut Parcel> {
        // SAFETY: `Here` says that `parcel` is initialised.
        (self.place == Place::Here).then(|| unsafe { self.parcel.assume_init_mut() })
    }

    /// Takes the operation out, to a thread or for good.
    #[inline]
    pub fn take(&mut self, leaving: Place) -> Option<Parcel> {
        if self.place != Place::Here {
            return None;
        }
        self.place = leaving;
        // SAFETY: `Here` said that `parcel` is initialised; now the place says otherwise.
        Some(unsafe { self.parcel.assume_init_read() })
    }

    /// The operation comes back from a thread.
    pub fn put(&mut self, parcel: Parcel) {
        self.parcel.write(parcel);
        self.place = Place::Here;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.take(Place::Free));
    }
}

/// All slots of a ring.
pub(super) struct Slots {
    chunks: Vec<Box<[Slot]>>,
    free: Vec<u32>,
    used: usize,
}

impl Slots {
    pub const fn new() -> Self {
        Self { chunks: Vec::new(), free: Vec::new(), used: 0 }
    }

    /// Puts an operation into a free slot.
    #[inline]
    pub fn insert<T: Op>(&mut self, op: T) -> u32 {
        let index = match self.free.pop() {
            Some(index) => index,
            None => self.grow(),
        };
        self.used += 1;
        let slot = self.get(index);
        Parcel::place(&mut slot.parcel, op);
        slot.place = Place::Here;
        slot.done = false;
        slot.orphan = false;
        slot.cancelled = false;
        slot.restarts = 0;
        slot.waiter = None;
        index
    }

    #[cold]
    fn grow(&mut self) -> u32 {
        let base = u32::try_from(self.chunks.len() * CHUNK).unwrap_or(u32::MAX);
        self.chunks.push((0..CHUNK).map(|_| Slot::empty()).collect());
        self.free.extend((base + 1..base + CHUNK_U32).rev());
        base
    }

    /// The slot, which must have been handed out by `insert`.
    #[inline]
    pub fn get(&mut self, index: u32) -> &mut Slot {
        let index = index as usize;
        &mut self.chunks[index / CHUNK][index % CHUNK]
    }

    /// The slot if `generation` still matches.
    pub fn find(&mut self, index: u32, generation: u16) -> Option<&mut Slot> {
        let slot = self.chunks.get_mut(index as usize / CHUNK)?.get_mut(index as usize % CHUNK)?;
        (slot.generation == generation && slot.place != Place::Free).then_some(slot)
    }

    /// Marks a slot as free whose operation was taken out or moved out.
    #[inline]
    fn release(&mut self, index: u32) {
        let slot = self.get(index);
        debug_assert_eq!(slot.pending, 0, "a slot was freed before its last completion");
        slot.place = Place::Free;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(index);
        self.used -= 1;
    }

    /// Takes a finished operation of known type out of its slot, which is free again.
    ///
    /// # Safety
    /// `T` must be the type that was inserted.
    #[inline]
    pub unsafe fn take_done<T: Op>(&mut self, index: u32) -> Option<(T, Results)> {
        let slot = self.get(index);
        let results = slot.results;
        // SAFETY: the caller vouches for the type.
        let op = std::ptr::from_mut(unsafe { slot.parcel()?.as_mut::<T>() });
        slot.place = Place::Free;
        // SAFETY: it is valid, and the place now says that there is none: it is moved out once.
        let op = unsafe { op.read() };
        self.release(index);
        Some((op, results))
    }

    /// Empties a slot whose operation is over. The caller drops the parcel, outside of any borrow of the core.
    pub fn remove(&mut self, index: u32) -> Option<Parcel> {
        let slot = self.get(index);
        let parcel = slot.take(Place::Free);
        slot.shots = None;
        self.release(index);
        parcel
    }

    /// How many are taken.
    pub const fn used(&self) -> usize {
        self.used
    }

    /// The indices of all operations that have not finished.
    pub fn unfinished(&self) -> Vec<u32> {
        let all = self.chunks.iter().flat_map(|chunk| chunk.iter());
        let running = |slot: &Slot| slot.place != Place::Free && !slot.done;
        (0..).zip(all).filter(|(_, slot)| running(slot)).map(|(index, _)| index).collect()
    }
}
