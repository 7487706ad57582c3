//! Where operations live while they run.
//!
//! Slots are allocated in chunks that never move, so the kernel may hold pointers into an operation's own fields.
//! A slot is named by its index; `generation` tells a late cancel's target from the slot's next tenant.

use std::collections::VecDeque;

use super::executor::TaskId;
use super::op::{Parcel, Results};

const CHUNK: usize = 64;
const CHUNK_U32: u32 = 64;

/// The state of one operation.
pub(super) struct Slot {
    pub parcel: Option<Parcel>,
    pub results: Results,
    /// Completions still to come; nothing in here is freed before it is zero.
    pub pending: u8,
    /// The final results are in.
    pub done: bool,
    /// The future was dropped: finish, and clean up what it yields.
    pub orphan: bool,
    /// A cancel was asked for: `-ECANCELED` is then an answer and not a reason to try again.
    pub cancelled: bool,
    /// How often it was started again.
    pub restarts: u16,
    pub generation: u16,
    /// The task to wake.
    pub waiter: Option<TaskId>,
    /// Results of a multishot operation, not yet taken.
    pub shots: Option<VecDeque<i32>>,
}

impl Slot {
    const fn empty() -> Self {
        Self {
            parcel: None,
            results: Results::one(0),
            pending: 0,
            done: false,
            orphan: false,
            cancelled: false,
            restarts: 0,
            generation: 0,
            waiter: None,
            shots: None,
        }
    }

    /// The step under way: steps complete in order.
    pub fn current_step(&self) -> Option<usize> {
        (self.pending > 0).then(|| self.results.len().saturating_sub(usize::from(self.pending)))
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
    pub fn insert(&mut self, parcel: Parcel) -> u32 {
        let index = self.free.pop().unwrap_or_else(|| self.grow());
        self.used += 1;
        let slot = self.get(index);
        slot.parcel = Some(parcel);
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
        (slot.generation == generation && slot.parcel.is_some()).then_some(slot)
    }

    /// Empties a slot whose operation is over. The caller drops the parcel, outside of any borrow of the core.
    pub fn remove(&mut self, index: u32) -> Option<Parcel> {
        let slot = self.get(index);
        let parcel = slot.parcel.take();
        slot.shots = None;
        slot.generation = slot.generation.wrapping_add(1);
        debug_assert_eq!(slot.pending, 0, "a slot was freed before its last completion");
        self.free.push(index);
        self.used -= 1;
        parcel
    }

    /// How many are taken.
    pub const fn used(&self) -> usize {
        self.used
    }

    /// The indices of all operations that have not finished.
    pub fn unfinished(&self) -> Vec<u32> {
        let all = self.chunks.iter().flat_map(|chunk| chunk.iter());
        (0..)
            .zip(all)
            .filter(|(_, slot)| slot.parcel.is_some() && !slot.done)
            .map(|(index, _)| index)
            .collect()
    }
}
