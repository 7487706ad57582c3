//! What comes off the completion queue, and how it is known what it is about.

use io_uring::{IoUring, cqueue};

use super::executor::TaskId;
use super::op::STEP_SHIFT;
use super::slots::Slots;

/// One completion of an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Completion {
    pub index: u32,
    pub step: usize,
    pub result: i32,
    /// More completions of this step will follow.
    pub more: bool,
}

/// How many completions are set aside at a time.
pub(super) const MOST_EVENTS: usize = 32;

/// What a completion is about, as packed into its 64 bits of user data: a name (48; see [`Slots::name`]), step (8), kind
/// (8). A close has the place in the table for a name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Operation = 0,
    Cancel = 1,
    Close = 2,
}

#[inline]
pub(super) fn pack(kind: Kind, name: u64, step: usize) -> u64 {
    name | (step as u64 & 0xff) << STEP_SHIFT | (kind as u64) << 56
}

#[allow(clippy::cast_possible_truncation, reason = "each part is masked to its width")]
pub(super) fn unpack(data: u64) -> (Kind, u64, usize) {
    let kind = match data >> 56 {
        0 => Kind::Operation,
        1 => Kind::Cancel,
        _ => Kind::Close,
    };
    (kind, data & ((1 << STEP_SHIFT) - 1), (data >> STEP_SHIFT & 0xff) as usize)
}

/// Deals with all that have nothing special about them: the only completion of an operation that somebody waits for, or
/// will, and that succeeded. Adds how many to `taken`, and gives the first other one. (In a loop of its own all that it
/// needs stays in registers.)
#[inline(never)]
pub(super) fn finish_simple(
    ring: &mut IoUring,
    slots: &mut Slots,
    woken: &mut Vec<TaskId>,
    taken: &mut u32,
) -> Option<cqueue::Entry> {
    let mut simple = 0;
    let odd = ring.completion().find(|entry| {
        let (data, result) = (entry.user_data(), entry.result());
        if result < 0 || data >> STEP_SHIFT != 0 || cqueue::more(entry.flags()) {
            return true;
        }
        // SAFETY: the kernel gives back what `queue` was given, and this is the name alone.
        let slot = unsafe { slots.named(data) };
        let is_over = slot.finish(result, |task| woken.push(task));
        simple += u32::from(is_over);
        !is_over
    });
    *taken += simple;
    odd
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_holds_all_its_parts() {
        for kind in [Kind::Operation, Kind::Cancel, Kind::Close] {
            let (k, name, step) = unpack(pack(kind, (1 << 48) - 2, 7));
            assert!(k == kind && name == (1 << 48) - 2 && step == 7);
        }
    }
}
