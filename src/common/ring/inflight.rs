//! The future of one operation.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::Ring;
use super::op::Op;

/// An operation on its way. It was started when this was made; awaiting it gives its outcome.
///
/// Dropping it abandons the operation: a cancel is sent, its memory stays until the kernel's last word on it, and
/// what it yields (an open file) is released. Nothing waits for that.
#[must_use = "dropping an operation cancels it"]
pub struct InFlight<T: Op> {
    ring: Ring,
    /// [`TAKEN`] once the outcome was handed out. (Two words in all, so that it travels in registers.)
    slot: u32,
    kind: PhantomData<fn() -> T>,
}

const TAKEN: u32 = u32::MAX;

impl<T: Op> InFlight<T> {
    #[inline]
    pub(super) const fn new(ring: Ring, slot: u32) -> Self {
        Self { ring, slot, kind: PhantomData }
    }

    /// Asks the kernel to stop it. The outcome must still be awaited, and may well be success: what a read has
    /// already read is never lost.
    pub fn cancel(&mut self) {
        if self.slot != TAKEN {
            self.ring.core().cancel(self.slot);
        }
    }

    /// Whether awaiting it would not wait.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.slot == TAKEN || self.ring.core().is_done(self.slot)
    }
}

impl<T: Op> Unpin for InFlight<T> {}

impl<T: Op> Future for InFlight<T> {
    type Output = T::Out;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<T::Out> {
        assert!(self.slot != TAKEN, "an operation was awaited twice");
        let task = self.ring.current_task();
        // SAFETY: `Ring::start::<T>` put a `T` into this slot.
        let finished = unsafe { self.ring.core().take_finished::<T>(self.slot, task) };
        let Some((op, results)) = finished else { return Poll::Pending };
        self.slot = TAKEN;
        Poll::Ready(op.finish(results))
    }
}

impl<T: Op> Drop for InFlight<T> {
    #[inline]
    fn drop(&mut self) {
        if self.slot != TAKEN {
            self.abandon();
        }
    }
}

impl<T: Op> InFlight<T> {
    #[cold]
    fn abandon(&mut self) {
        let finished = self.ring.core().orphan(self.slot);
        // The core is no longer borrowed: what is dropped here may start operations of its own.
        if let Some((parcel, results)) = finished {
            parcel.abandon(results);
        }
    }
}
