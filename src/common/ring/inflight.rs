//! The future of one operation.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::core::Core;
use super::op::{Op, Results};
use super::slots::At;
use super::{Inner, Ring};

/// An operation on its way. It was started when this was made; awaiting it gives its outcome.
///
/// Dropping it abandons the operation: a cancel is sent, its memory stays until the kernel's last word on it, and
/// what it yields (an open file) is released. Nothing waits for that.
#[must_use = "dropping an operation cancels it"]
pub struct InFlight<T: Op> {
    ring: Ring,
    /// A slot of that ring; `None` once the outcome was handed out. (Two words in all, so that it travels in registers.)
    slot: Option<At>,
    kind: PhantomData<fn() -> T>,
}

impl<T: Op> InFlight<T> {
    #[inline]
    pub(super) const fn new(ring: Ring, slot: At) -> Self {
        Self { ring, slot: Some(slot), kind: PhantomData }
    }

    /// Whether the operation is over, and where it is; `None` once the outcome was handed out.
    fn look(&self) -> Option<(bool, u32)> {
        let at = self.slot?;
        let mut core = self.ring.core();
        // SAFETY: it is a slot of this ring.
        let slot = unsafe { core.slots.get_at(at) };
        Some((slot.is_done(), slot.index))
    }

    /// Asks the kernel to stop it. The outcome must still be awaited, and may well be success: what a read has
    /// already read is never lost.
    pub fn cancel(&mut self) {
        if let Some((_, index)) = self.look() {
            self.ring.core().cancel(index);
        }
    }

    /// Whether awaiting it would not wait.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.look().is_none_or(|(done, _)| done)
    }
}

impl<T: Op> Unpin for InFlight<T> {}

impl<T: Op> Future for InFlight<T> {
    type Output = T::Out;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<T::Out> {
        let slot = self.slot.expect("an operation was awaited twice");
        // SAFETY: it is a slot of this ring.
        let is_simple = |core: &mut Core| unsafe { core.slots.get_at(slot) }.is_simply_done();
        // SAFETY: `Ring::start::<T>` put a `T` into this slot, and it is only called where that was so.
        let take = |core: &mut Core| unsafe { core.slots.take_simple::<T>(slot) };
        // (Each way with its end, and no `Option` between: what the common one takes out can stay in registers.)
        // SAFETY: it only looks.
        if unsafe { self.ring.briefly(is_simple) } {
            // SAFETY: it is moved out, for which nothing is called.
            let (op, results) = unsafe { self.ring.briefly(take) };
            self.slot = None;
            return Poll::Ready(op.finish(results));
        }
        let Some((op, results)) = self.ring.0.take_slowly::<T>(slot) else { return Poll::Pending };
        self.slot = None;
        Poll::Ready(op.finish(results))
    }
}

impl Inner {
    /// Takes an operation out that is not over, or about whose end there is something special.
    #[cold]
    #[inline(never)]
    fn take_slowly<T: Op>(&self, slot: At) -> Option<(T, Results)> {
        let task = self.exec.current();
        // SAFETY: `Ring::start::<T>` put a `T` into this slot.
        unsafe { self.core.borrow_mut().take_finished::<T>(slot, task) }
    }
}

impl<T: Op> Drop for InFlight<T> {
    #[inline]
    fn drop(&mut self) {
        if self.slot.is_some() {
            self.abandon();
        }
    }
}

impl<T: Op> InFlight<T> {
    #[cold]
    fn abandon(&mut self) {
        let Some((_, index)) = self.look() else { return };
        let finished = self.ring.core().orphan(index);
        // The core is no longer borrowed: what is dropped here may start operations of its own.
        if let Some((parcel, results)) = finished {
            parcel.abandon(results);
        }
    }
}
