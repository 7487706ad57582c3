//! Multishot operations: one submission, a stream of completions.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::task::Poll;

use super::Ring;
use super::op::Op;

/// An operation that completes again and again.
pub trait Multishot: Op {
    /// What each completion means.
    type Item;

    /// Reads one completion.
    fn item(result: i32) -> Self::Item;
}

/// The completions of a multishot operation.
///
/// The kernel may end one at any time (the completion queue overflowed, say) by a completion without `F_MORE`; it is
/// then armed again, unless that completion was an error. Dropping the stream cancels it.
#[must_use = "dropping a stream cancels it"]
pub struct Shots<T: Multishot> {
    ring: Ring,
    slot: u32,
    kind: PhantomData<fn() -> T>,
}

impl<T: Multishot> Shots<T> {
    pub(super) const fn new(ring: Ring, slot: u32) -> Self {
        Self { ring, slot, kind: PhantomData }
    }

    /// The next item. There always is one, sooner or later: a stream that failed repeats its error.
    pub async fn next(&mut self) -> T::Item {
        let result = poll_fn(|_| {
            let task = self.ring.current_task();
            self.ring.core().next_shot(self.slot, task).map_or(Poll::Pending, Poll::Ready)
        });
        T::item(result.await)
    }
}

impl<T: Multishot> Drop for Shots<T> {
    fn drop(&mut self) {
        let finished = self.ring.core().orphan(self.slot);
        if let Some((parcel, results)) = finished {
            parcel.abandon(results);
        }
    }
}
