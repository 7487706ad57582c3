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
/// No slot.
const NONE: u32 = u32::MAX;
/// No task.
const NOBODY: TaskId = TaskId::MAX;

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

/// The state of one operation: what each one needs fills a cache line, together with the first word of its parcel, so
/// that the operation itself starts with the next line.
#[repr(C, align(64))]
pub(super) struct Slot {
    pub place: Place,
    /// The final results are in.
    pub done: bool,
    /// The future was dropped: finish, and clean up what it yields.
    pub orphan: bool,
    /// A cancel was asked for: `-ECANCELED` is then an answer and not a reason to try again.
    pub cancelled: bool,
    /// It is a multishot operation, and there are `shots`.
    stream: bool,
    /// Completions still to come; nothing in here is freed before it is zero.
    pub pending: u8,
    /// How often it was started again.
    pub restarts: u16,
    pub generation: u16,
    /// While it is free: the next free slot, or [`NONE`].
    next: u32,
    /// The task to wake, or [`NOBODY`]: so it always is in a slot that is free, or whose operation is over.
    waiter: TaskId,
    pub results: Results,
    parcel: MaybeUninit<Parcel>,
    /// Results of a multishot operation, not yet taken.
    shots: Option<Box<Shots>>,
}

const _: () = assert!(
    std::mem::offset_of!(Slot, parcel) + size_of::<usize>() == 64 && size_of::<Slot>() == 192,
    "the lines of a slot have shifted"
);

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
            stream: false,
            pending: 0,
            restarts: 0,
            generation: 0,
            next: NONE,
            waiter: NOBODY,
            results: Results::one(0),
            parcel: MaybeUninit::uninit(),
            shots: None,
        }
    }

    /// The step under way: steps complete in order.
    pub fn current_step(&self) -> Option<usize> {
        (self.pending > 0).then(|| self.results.len().saturating_sub(usize::from(self.pending)))
    }

    /// It is a multishot operation.
    pub fn make_stream(&mut self) {
        self.shots = Some(Box::default());
        self.stream = true;
        self.results = Results::one(-libc::ECANCELED);
    }

    /// The stream of a multishot operation.
    #[inline]
    pub fn shots(&mut self) -> Option<&mut Shots> {
        if self.stream { self.shots.as_deref_mut() } else { None }
    }

    /// `task` is to be woken.
    #[inline]
    pub fn await_by(&mut self, task: TaskId) {
        self.waiter = task;
    }

    /// The task to wake, if there is one; only once.
    #[inline]
    pub fn take_waiter(&mut self) -> Option<TaskId> {
        let waiter = self.waiter;
        if waiter == NOBODY {
            return None;
        }
        self.waiter = NOBODY;
        Some(waiter)
    }

    /// An operation of `steps` steps was queued.
    #[inline]
    pub fn expect(&mut self, steps: usize) {
        self.results.expect(steps);
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

    /// The first step is over. Whether the operation is, too, and that is all there is to it: it succeeded, and
    /// somebody wants it.
    #[inline]
    pub fn finish(&mut self, result: i32) -> bool {
        let simple = result >= 0 && self.pending == 1 && !self.stream && !self.orphan;
        if simple {
            self.results.set_first(result);
            self.pending = 0;
            self.done = true;
        }
        simple
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

type Chunk = Box<[Slot; CHUNK]>;

/// All slots of a ring.
pub(super) struct Slots {
    chunks: Vec<Chunk>,
    /// The first free slot, or [`NONE`].
    free: u32,
    used: usize,
}

#[inline]
fn at(chunks: &mut [Chunk], index: u32) -> &mut Slot {
    let index = index as usize;
    &mut chunks[index / CHUNK][index % CHUNK]
}

impl Slots {
    pub const fn new() -> Self {
        Self { chunks: Vec::new(), free: NONE, used: 0 }
    }

    /// Puts an operation into a free slot.
    #[inline]
    pub fn insert<T: Op>(&mut self, op: T) -> (u32, &mut Slot) {
        if self.free == NONE {
            self.grow();
        }
        let index = self.free;
        let slot = at(&mut self.chunks, index);
        self.free = slot.next;
        self.used += 1;
        Parcel::place(&mut slot.parcel, op);
        slot.place = Place::Here;
        slot.done = false;
        slot.orphan = false;
        slot.cancelled = false;
        slot.stream = false;
        slot.pending = 0;
        slot.restarts = 0;
        debug_assert_eq!(slot.waiter, NOBODY, "somebody still waits for what was here before");
        (index, slot)
    }

    #[cold]
    fn grow(&mut self) {
        let base = u32::try_from(self.chunks.len() * CHUNK).unwrap_or(NONE);
        let mut chunk = Box::new([const { Slot::empty() }; CHUNK]);
        for (slot, next) in chunk.iter_mut().zip(base + 1..base + CHUNK_U32) {
            slot.next = next;
        }
        self.chunks.push(chunk);
        self.free = base;
    }

    /// The slot, which must have been handed out by `insert`.
    #[inline]
    pub fn get(&mut self, index: u32) -> &mut Slot {
        at(&mut self.chunks, index)
    }

    /// The slot if `generation` still matches.
    pub fn find(&mut self, index: u32, generation: u16) -> Option<&mut Slot> {
        let slot = self.chunks.get_mut(index as usize / CHUNK)?.get_mut(index as usize % CHUNK)?;
        (slot.generation == generation && slot.place != Place::Free).then_some(slot)
    }

    /// Marks a slot as free whose operation was taken out or moved out.
    #[inline]
    fn release(&mut self, index: u32) {
        let slot = at(&mut self.chunks, index);
        debug_assert_eq!(slot.pending, 0, "a slot was freed before its last completion");
        slot.place = Place::Free;
        slot.generation = slot.generation.wrapping_add(1);
        slot.next = self.free;
        self.free = index;
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
        // SAFETY: it is valid, and released below, so that the place says that there is none: it is moved out once.
        let op = unsafe { op.read() };
        self.release(index);
        Some((op, results))
    }

    /// Empties a slot whose operation is over. The caller drops the parcel, outside of any borrow of the core.
    pub fn remove(&mut self, index: u32) -> Option<Parcel> {
        let slot = self.get(index);
        let parcel = slot.take(Place::Free);
        slot.shots = None;
        slot.waiter = NOBODY;
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
