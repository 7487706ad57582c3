//! Counting without atomic instructions, for what one thread owns and its operations borrow.
//!
//! A [`Home`] is what a tool holds: like an `Rc`, it stays on its thread. A [`Share`] is what an operation holds: like
//! an `Arc`, it may travel, to a thread of the pool and back. Nearly all never do. So as long as there is a home,
//! shares that are taken and dropped on its thread are counted by a plain number, and only those dropped elsewhere by
//! an atomic one, as minus one each. With the last home the two are added up, and the atomic one counts alone. Checked
//! under loom, as the thread engine's queue is.

use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(loom)]
use loom::{cell::Cell, sync::atomic::AtomicIsize};
#[cfg(not(loom))]
use std::{cell::Cell, sync::atomic::AtomicIsize};

static NEXT: AtomicU64 = AtomicU64::new(1);

#[cfg(not(loom))]
thread_local! {
    /// 0 until it is asked for. Never used again for another thread, unlike an address.
    static NUMBER: Cell<u64> = const { Cell::new(0) };
}
#[cfg(loom)]
loom::thread_local! {
    static NUMBER: Cell<u64> = Cell::new(0);
}

/// This thread's number.
fn number() -> u64 {
    NUMBER.with(|number| {
        if number.get() == 0 {
            number.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        number.get()
    })
}

struct Inner<T, L> {
    /// The thread of all homes.
    thread: u64,
    homes: Cell<usize>,
    /// As long as there are homes: shares taken, less those dropped on their thread.
    here: Cell<isize>,
    /// As long as there are homes: minus the number of shares dropped elsewhere. Then: how many shares are left.
    elsewhere: AtomicIsize,
    /// Only for the thread of the homes.
    local: L,
    shared: T,
}

impl<T, L> Inner<T, L> {
    #[inline]
    fn is_home(&self) -> bool {
        NUMBER.with(Cell::get) == self.thread
    }
}

/// A handle that stays on its thread.
pub(super) struct Home<T, L = ()>(NonNull<Inner<T, L>>);

/// A handle that an operation holds.
pub(super) struct Share<T, L = ()>(NonNull<Inner<T, L>>);

// SAFETY: from another thread only `shared` and `elsewhere` can be reached, and whoever is last drops `shared` and
// `local`, wherever that is.
unsafe impl<T: Send + Sync, L: Send> Send for Share<T, L> {}
// SAFETY: a `&Share` gives no more than that, and not the right to drop.
unsafe impl<T: Send + Sync, L: Send> Sync for Share<T, L> {}

impl<T, L> Home<T, L> {
    pub fn new(shared: T, local: L) -> Self {
        let (homes, here, elsewhere) = (Cell::new(1), Cell::new(0), AtomicIsize::new(0));
        let inner = Inner { thread: number(), homes, here, elsewhere, local, shared };
        Self(NonNull::from(Box::leak(Box::new(inner))))
    }

    #[inline]
    fn inner(&self) -> &Inner<T, L> {
        // SAFETY: it lives as long as there is a home.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    pub fn share(&self) -> Share<T, L> {
        let here = &self.inner().here;
        here.set(here.get() + 1);
        Share(self.0)
    }

    #[inline]
    pub fn local(&self) -> &L {
        &self.inner().local
    }

    /// The value itself, if this is the only handle.
    pub fn into_shared(self) -> Result<T, Self> {
        let inner = self.inner();
        if inner.homes.get() > 1 || inner.here.get() + inner.elsewhere.load(Ordering::Acquire) != 0 {
            return Err(self);
        }
        let at = self.0;
        std::mem::forget(self);
        // SAFETY: it came from a box, and the only handle to it has just been forgotten.
        let inner = unsafe { Box::from_raw(at.as_ptr()) };
        Ok(inner.shared)
    }
}

impl<T, L> Clone for Home<T, L> {
    fn clone(&self) -> Self {
        let homes = &self.inner().homes;
        homes.set(homes.get() + 1);
        Self(self.0)
    }
}

impl<T, L> Deref for Home<T, L> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner().shared
    }
}

impl<T, L> Drop for Home<T, L> {
    fn drop(&mut self) {
        let inner = self.inner();
        inner.homes.set(inner.homes.get() - 1);
        if inner.homes.get() > 0 {
            return;
        }
        let here = inner.here.get();
        // One step: a share that is dropped elsewhere meanwhile either counts in it already, or finds the sum.
        if inner.elsewhere.fetch_add(here, Ordering::AcqRel) + here == 0 {
            // SAFETY: it came from a box; no home is left, and no share.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

impl<T, L> Share<T, L> {
    #[inline]
    fn inner(&self) -> &Inner<T, L> {
        // SAFETY: it lives as long as there is a share.
        unsafe { self.0.as_ref() }
    }

    /// What only the thread of the homes may use, if this is it.
    #[inline]
    pub fn local(&self) -> Option<&L> {
        let inner = self.inner();
        inner.is_home().then_some(&inner.local)
    }

    #[cold]
    fn drop_elsewhere(&mut self) {
        // As long as there are homes this is never positive. After that it counts.
        if self.inner().elsewhere.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: it came from a box; no home was left, and this was the last share.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

impl<T, L> Deref for Share<T, L> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.inner().shared
    }
}

impl<T, L> Drop for Share<T, L> {
    #[inline]
    fn drop(&mut self) {
        let inner = self.inner();
        if inner.is_home() && inner.homes.get() > 0 {
            inner.here.set(inner.here.get() - 1);
        } else {
            self.drop_elsewhere();
        }
    }
}

#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::Arc;
    use loom::sync::atomic::AtomicUsize;
    use loom::thread;

    struct Told(Arc<AtomicUsize>);

    impl Drop for Told {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Home, a share here and two elsewhere, dropped at the same time: whoever is last drops the value, once.
    #[test]
    fn loom_the_last_handle_drops_it() {
        loom::model(|| {
            let drops = Arc::new(AtomicUsize::new(0));
            let home = Home::new(Told(Arc::clone(&drops)), ());
            let (here, shares) = (home.share(), [home.share(), home.share()]);
            let threads = shares.map(|share| thread::spawn(move || drop(share)));
            drop(home);
            drop(here);
            threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
            assert_eq!(drops.load(Ordering::Relaxed), 1);
        });
    }

    /// A value is taken out only when no share is left elsewhere.
    #[test]
    fn loom_what_is_taken_out_is_not_shared() {
        loom::model(|| {
            let drops = Arc::new(AtomicUsize::new(0));
            let home = Home::new(Told(Arc::clone(&drops)), ());
            let share = home.share();
            let thread = thread::spawn(move || drop(share));
            drop(home.into_shared());
            thread.join().expect("no panic");
            assert_eq!(drops.load(Ordering::Relaxed), 1);
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::{Arc, Barrier};
    use std::thread;

    use super::*;

    /// Counts its drops.
    struct Told(Arc<AtomicUsize>);

    impl Drop for Told {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn told() -> (Home<Told>, impl Fn() -> usize) {
        let drops = Arc::new(AtomicUsize::new(0));
        (Home::new(Told(Arc::clone(&drops)), ()), move || drops.load(Ordering::Relaxed))
    }

    fn elsewhere(share: Share<Told>) {
        thread::spawn(move || drop(share)).join().expect("a thread");
    }

    #[test]
    fn the_last_handle_drops_it_wherever_that_is() {
        for last in 0..4 {
            let (home, drops) = told();
            let (other, a, b) = (home.clone(), home.share(), home.share());
            let mut handles: Vec<Box<dyn FnOnce()>> = vec![
                Box::new(move || drop((home, other))),
                Box::new(move || drop(a)),
                Box::new(move || elsewhere(b)),
            ];
            handles.rotate_left(last % 3);
            for (nth, end) in handles.into_iter().enumerate() {
                assert_eq!(drops(), 0, "dropped with {} handles left", 3 - nth);
                end();
            }
            assert_eq!(drops(), 1);
        }
    }

    #[test]
    fn it_comes_out_only_if_nobody_shares_it() {
        let (home, drops) = told();
        let (other, here, there) = (home.clone(), home.share(), home.share());
        let home = home.into_shared().err().expect("there is another home");
        drop(other);
        let home = home.into_shared().err().expect("there are shares");
        drop(here);
        let home = home.into_shared().err().expect("there is a share");
        elsewhere(there);
        drop(home.into_shared().ok().expect("nobody shares it"));
        assert_eq!(drops(), 1);
    }

    #[test]
    fn what_is_local_is_seen_at_home_only() {
        let home = Home::new((), Cell::new(7));
        let share = home.share();
        assert_eq!(share.local().map(Cell::get), Some(7));
        thread::scope(|scope| scope.spawn(|| assert!(share.local().is_none())).join().expect("a thread"));
        drop(home);
        assert_eq!(share.local().map(Cell::get), Some(7), "also when all homes are gone");
    }

    #[test]
    fn threads_may_drop_it_at_the_same_time() {
        for _ in 0..200 {
            let (home, drops) = told();
            let start = Barrier::new(3);
            thread::scope(|scope| {
                for share in [home.share(), home.share()] {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        drop(share);
                    });
                }
                start.wait();
                drop(home);
            });
            assert_eq!(drops(), 1);
        }
    }
}
