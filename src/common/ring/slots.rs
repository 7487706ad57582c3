//! Where operations live while they run.
//!
//! Slots are allocated in chunks that never move, so the kernel may hold pointers into an operation's own fields.
//! Whoever has to do with one often has its address, and need not look for it: a future ([`At`]), and a completion
//! ([`Slots::name`]), where `generation` tells a late cancel's target from the slot's next tenant. Others have its index.

use std::collections::VecDeque;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::NonNull;

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

/// Whether an operation is over, and who wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not over, and nobody has asked.
    Running,
    /// Not over, and a task is to be woken.
    Awaited,
    /// The final results are in.
    Done,
}

/// How far an operation is. A word, so that it can be begun, and looked at, as a whole; what most operations have other
/// than zero is in its lower half.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(8))]
pub(super) struct State {
    pub place: Place,
    pub phase: Phase,
    /// Completions still to come; nothing in the slot is freed before it is zero.
    pub pending: u8,
    /// The future was dropped: finish, and clean up what it yields.
    pub orphan: bool,
    /// A cancel was asked for: `-ECANCELED` is then an answer and not a reason to try again.
    pub cancelled: bool,
    /// It is a multishot operation, and there are `shots`.
    stream: bool,
    /// How often it was started again.
    pub restarts: u16,
}

impl State {
    const FREE: Self = Self {
        place: Place::Free,
        phase: Phase::Running,
        pending: 0,
        orphan: false,
        cancelled: false,
        stream: false,
        restarts: 0,
    };
    /// Nothing has been asked of the operation.
    const FRESH: Self = Self { place: Place::Here, ..Self::FREE };
    /// How most operations are, as long as they run: one completion is to come, and somebody will wait for it.
    const RUNNING: Self = Self { pending: 1, ..Self::FRESH };
    /// Somebody does.
    const AWAITED: Self = Self { phase: Phase::Awaited, ..Self::RUNNING };
    /// How most operations are when they are over.
    const DONE: Self = Self { phase: Phase::Done, ..Self::FRESH };

    const fn word(self) -> u64 {
        // SAFETY: eight bytes without gaps, for which any number is good.
        unsafe { std::mem::transmute(self) }
    }

    /// Whether all of it is the same.
    #[inline]
    const fn is(self, other: Self) -> bool {
        self.word() == other.word()
    }

    /// As an assignment, by one store where that would be one for each field.
    #[inline]
    const fn set(&mut self, state: Self) {
        let at = std::ptr::from_mut(self).cast::<u64>();
        // SAFETY: it is as large as a word, and aligned like one.
        unsafe { at.write(state.word()) };
    }
}

/// One operation: what each one needs fills a cache line, together with the first word of its parcel, so that the
/// operation itself starts with the next line.
#[repr(C, align(64))]
pub(super) struct Slot {
    pub state: State,
    generation: u8,
    /// Its own place among all slots.
    pub index: u32,
    /// The task to wake, if there is one ([`Phase::Awaited`]).
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
    const fn empty(index: u32) -> Self {
        Self {
            state: State::FREE,
            generation: 0,
            index,
            waiter: 0,
            results: Results::one(0),
            parcel: MaybeUninit::uninit(),
            shots: None,
        }
    }

    /// The step under way: steps complete in order.
    pub fn current_step(&self) -> Option<usize> {
        (self.state.pending > 0).then(|| self.results.len().saturating_sub(usize::from(self.state.pending)))
    }

    /// It is a multishot operation.
    pub fn make_stream(&mut self) {
        self.shots = Some(Box::default());
        self.state.stream = true;
        self.results = Results::one(-libc::ECANCELED);
    }

    /// The stream of a multishot operation.
    #[inline]
    pub fn shots(&mut self) -> Option<&mut Shots> {
        if self.state.stream { self.shots.as_deref_mut() } else { None }
    }

    /// `task` is to be woken.
    #[inline]
    pub fn await_by(&mut self, task: TaskId) {
        self.waiter = task;
        self.state.phase = Phase::Awaited;
    }

    /// The task to wake, if there is one; only once.
    #[inline]
    pub fn take_waiter(&mut self) -> Option<TaskId> {
        if self.state.phase != Phase::Awaited {
            return None;
        }
        self.state.phase = Phase::Running;
        Some(self.waiter)
    }

    /// An operation of `steps` steps was queued.
    pub fn expect(&mut self, steps: usize) {
        self.results.expect(steps);
        self.state.pending = u8::try_from(steps).unwrap_or(u8::MAX);
    }

    /// Has an operation queued that was put here: `queue` gets its name and the operation, and says how many steps there
    /// are.
    ///
    /// # Safety
    /// It must be a `T` that [`Slots::fill`] has put into this slot, which is `at`.
    #[inline]
    pub unsafe fn begin<T: Op>(&mut self, at: At, queue: impl FnOnce(u64, &mut T) -> usize) {
        // SAFETY: the caller vouches for it.
        let parcel = unsafe { self.parcel.assume_init_mut() };
        // SAFETY: as above.
        let op = unsafe { parcel.as_mut::<T>() };
        let steps = queue(at.name(self.generation), op);
        self.results.expect(steps);
        let pending = u8::try_from(steps).unwrap_or(u8::MAX);
        self.state.set(State { pending, ..State::FRESH });
    }

    /// There is an operation here ([`Slots::fill`]) that begins later.
    #[inline]
    pub const fn put_off(&mut self) {
        self.state.set(State::FRESH);
    }

    /// The operation, if it is in the slot.
    #[inline]
    pub fn parcel(&mut self) -> Option<&mut Parcel> {
        // SAFETY: `Here` says that `parcel` is initialised.
        (self.state.place == Place::Here).then(|| unsafe { self.parcel.assume_init_mut() })
    }

    /// Takes the operation out, to a thread or for good.
    #[inline]
    pub fn take(&mut self, leaving: Place) -> Option<Parcel> {
        if self.state.place != Place::Here {
            return None;
        }
        self.state.place = leaving;
        // SAFETY: `Here` said that `parcel` is initialised; now the place says otherwise.
        Some(unsafe { self.parcel.assume_init_read() })
    }

    /// The final results are in.
    pub fn is_done(&self) -> bool {
        self.state.phase == Phase::Done
    }

    /// The operation is over, and nothing more is to be said about it.
    #[inline]
    pub const fn is_simply_done(&self) -> bool {
        self.state.is(State::DONE)
    }

    /// The first step has succeeded. Whether the operation is over with it, and that is all there is to it: somebody
    /// wants it. If it is awaited by now, the task is given to `wake`.
    #[inline]
    pub fn finish(&mut self, result: i32, wake: impl FnOnce(TaskId)) -> bool {
        if self.state.is(State::AWAITED) {
            wake(self.waiter);
        } else if !self.state.is(State::RUNNING) {
            return false;
        }
        self.results.set_first(result);
        self.state.set(State::DONE);
        true
    }

    /// The operation comes back from a thread.
    pub fn put(&mut self, parcel: Parcel) {
        self.parcel.write(parcel);
        self.state.place = Place::Here;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.take(Place::Free));
    }
}

/// Where a slot is: good as long as the slots are that it is one of.
#[derive(Clone, Copy, Debug)]
pub(super) struct At(NonNull<Slot>);

/// What an address of a slot has in its lowest bits is always zero: room for the generation. No late cancel is as late
/// as sixty-four tenants; it goes to the kernel before any of them.
const GENERATIONS: u8 = 63;
const _: () = assert!(align_of::<Slot>() > GENERATIONS as usize);

impl At {
    /// As a completion names the operation there.
    #[inline]
    fn name(self, generation: u8) -> u64 {
        self.0.as_ptr().expose_provenance() as u64 | u64::from(generation)
    }
}

/// All slots of a ring.
pub(super) struct Slots {
    /// The first slot of each chunk. Everything that leads to a slot is made of these: they own them.
    chunks: Vec<NonNull<Slot>>,
    /// The one that was freed last is taken first.
    free: Vec<At>,
}

impl Slots {
    pub const fn new() -> Self {
        Self { chunks: Vec::new(), free: Vec::new() }
    }

    /// Puts an operation into a free slot.
    pub fn insert<T: Op>(&mut self, op: T) -> &mut Slot {
        let (_, slot) = self.fill(ManuallyDrop::new(op));
        slot.put_off();
        slot
    }

    /// Puts an operation into a free slot, which does not know of it yet: [`Slot::begin`], or [`Slot::put_off`].
    #[inline]
    pub fn fill<T: Op>(&mut self, op: ManuallyDrop<T>) -> (At, &mut Slot) {
        let at = match self.free.pop() {
            Some(at) => at,
            None => self.grow(),
        };
        // SAFETY: it is one of these.
        let slot = unsafe { self.get_at(at) };
        debug_assert!(slot.state.is(State::FREE), "something is left of what was here before");
        Parcel::place(&mut slot.parcel, ManuallyDrop::into_inner(op));
        (at, slot)
    }

    /// Makes more slots, and hands out one of them.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> At {
        let base = u32::try_from(self.chunks.len() * CHUNK).expect("as many as there is memory for");
        let indices = base..base + CHUNK_U32;
        let chunk: Box<[Slot]> = indices.clone().map(Slot::empty).collect();
        let chunk = NonNull::from(Box::leak(chunk)).cast::<Slot>();
        let last = chunk.addr().get() + size_of::<[Slot; CHUNK]>();
        assert!(last as u64 >> 48 == 0, "no kernel gives such addresses to who does not ask for them");
        self.chunks.push(chunk);
        for index in indices.skip(1).rev() {
            self.free.push(self.at(index));
        }
        self.at(base)
    }

    #[inline]
    fn at(&self, index: u32) -> At {
        let chunk = self.chunks[index as usize / CHUNK];
        // SAFETY: a chunk has so many slots.
        At(unsafe { chunk.add(index as usize % CHUNK) })
    }

    /// The slot, which must have been handed out by `fill`.
    #[inline]
    pub fn get(&mut self, index: u32) -> &mut Slot {
        let at = self.at(index);
        // SAFETY: it is one of these.
        unsafe { self.get_at(at) }
    }

    /// The slot there.
    ///
    /// # Safety
    /// It must be one of these slots.
    #[inline]
    #[allow(clippy::unused_self, reason = "whoever has borrowed all slots has borrowed this one")]
    pub unsafe fn get_at(&mut self, mut at: At) -> &mut Slot {
        // SAFETY: the caller vouches for it, and a slot is only borrowed together with `self`.
        unsafe { at.0.as_mut() }
    }

    /// The operation in a slot as a completion names it, in 48 bits.
    pub fn name(&mut self, index: u32) -> u64 {
        self.at(index).name(self.get(index).generation)
    }

    /// The slot of an operation, or of one that has been there since.
    ///
    /// # Safety
    /// The name must be of one of these slots.
    #[inline]
    #[allow(clippy::cast_possible_truncation, reason = "it was an address")]
    #[allow(clippy::unused_self, reason = "whoever has borrowed all slots has borrowed this one")]
    pub unsafe fn named(&mut self, name: u64) -> &mut Slot {
        let slot = std::ptr::with_exposed_provenance_mut::<Slot>((name & !u64::from(GENERATIONS)) as usize);
        debug_assert!(!slot.is_null(), "a completion of nothing");
        // SAFETY: the caller vouches for it, and a slot is only borrowed together with `self`.
        unsafe { &mut *slot }
    }

    /// The slot of an operation, if that is still there.
    ///
    /// # Safety
    /// The name must be of one of these slots.
    pub unsafe fn find(&mut self, name: u64) -> Option<&mut Slot> {
        // SAFETY: the caller vouches for it.
        let slot = unsafe { self.named(name) };
        let same = u64::from(slot.generation) == name & u64::from(GENERATIONS);
        (same && slot.state.place != Place::Free).then_some(slot)
    }

    /// Takes an operation of known type out of its slot, which is free again: one about whose end there is nothing special.
    ///
    /// # Safety
    /// It must be one of these slots, [`Slot::is_simply_done`], and `T` the type that was inserted.
    #[inline]
    pub unsafe fn take_simple<T: Op>(&mut self, at: At) -> (T, Results) {
        // No cancel is on its way to it: the next one may have its name.
        self.free.push(at);
        // SAFETY: the caller vouches for it.
        let slot = unsafe { self.get_at(at) };
        debug_assert!(slot.is_simply_done(), "there is nothing simple to take here");
        slot.state.set(State::FREE);
        let results = slot.results;
        // SAFETY: it was in the slot until just now.
        let parcel = unsafe { slot.parcel.assume_init_mut() };
        // SAFETY: the caller vouches for the type.
        let op = std::ptr::from_mut(unsafe { parcel.as_mut::<T>() });
        // SAFETY: it is valid, and the slot says that there is none: it is moved out once.
        (unsafe { op.read() }, results)
    }

    /// Marks a slot as free whose operation was taken out or moved out.
    ///
    /// # Safety
    /// It must be one of these slots.
    #[inline]
    unsafe fn release(&mut self, at: At) {
        // SAFETY: the caller vouches for it.
        let slot = unsafe { self.get_at(at) };
        debug_assert_eq!(slot.state.pending, 0, "a slot was freed before its last completion");
        slot.generation = (slot.generation + 1) & GENERATIONS;
        slot.state.set(State::FREE);
        self.free.push(at);
    }

    /// Takes any finished operation of known type out of its slot, which is free again.
    ///
    /// # Safety
    /// It must be one of these slots, and `T` the type that was inserted.
    pub unsafe fn take_done<T: Op>(&mut self, at: At) -> Option<(T, Results)> {
        // SAFETY: the caller vouches for it.
        let slot = unsafe { self.get_at(at) };
        let results = slot.results;
        // SAFETY: the caller vouches for the type.
        let op = std::ptr::from_mut(unsafe { slot.parcel()?.as_mut::<T>() });
        // SAFETY: it is valid, and released below, so that the place says that there is none: it is moved out once.
        let op = unsafe { op.read() };
        // SAFETY: as above.
        unsafe { self.release(at) };
        Some((op, results))
    }

    /// Empties a slot whose operation is over. The caller drops the parcel, outside of any borrow of the core.
    pub fn remove(&mut self, index: u32) -> Option<Parcel> {
        let slot = self.get(index);
        let parcel = slot.take(Place::Free);
        slot.shots = None;
        let at = self.at(index);
        // SAFETY: it is one of these.
        unsafe { self.release(at) };
        parcel
    }

    /// How many are taken.
    pub const fn used(&self) -> usize {
        self.chunks.len() * CHUNK - self.free.len()
    }

    /// The indices of all operations that have not finished.
    pub fn unfinished(&mut self) -> Vec<u32> {
        let all = 0..u32::try_from(self.chunks.len() * CHUNK).unwrap_or(u32::MAX);
        all.filter(|&index| {
            let slot = self.get(index);
            slot.state.place != Place::Free && !slot.is_done()
        })
        .collect()
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        for chunk in self.chunks.drain(..) {
            let slots = NonNull::slice_from_raw_parts(chunk, CHUNK);
            // SAFETY: it was leaked by `grow`, and nothing of it is borrowed.
            drop(unsafe { Box::from_raw(slots.as_ptr()) });
        }
    }
}
