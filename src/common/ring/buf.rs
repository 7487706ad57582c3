//! Page-aligned buffers from a bounded pool.
//!
//! Alignment is worth a factor of three on some processors, and `O_DIRECT` demands it: no `Vec` is ever read into on
//! a hot path. A pool is one anonymous mapping, so memory that is never read into is never resident. Registering a
//! pool with a ring pins it and saves the kernel the look-up of its pages on every operation.

use std::cell::{OnceCell, RefCell};
use std::io;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::home::{Home, Share};
use crate::sys::Mapping;

/// Buffers of one size, all in one mapping. Clones share it. A pool stays on its thread; its buffers may leave.
#[derive(Clone)]
pub struct Pool(Home<Shared, Free>);

/// The free buffers. Only the pool's thread looks here, so it needs no lock.
type Free = RefCell<Vec<u32>>;

struct Shared {
    mapping: Mapping,
    block: usize,
    blocks: u32,
    /// Buffers that were dropped on other threads: free, too.
    returned: Mutex<Vec<u32>>,
    registered: AtomicBool,
}

impl Pool {
    /// A pool of up to `blocks` buffers of `block` bytes (rounded up to whole pages). Where address space is short
    /// it has fewer, at least one.
    ///
    /// # Errors
    /// `ENOMEM` if there is not even room for one buffer.
    pub fn new(block: usize, blocks: u32) -> io::Result<Self> {
        let page = Mapping::page();
        let block = block.max(1).div_ceil(page) * page;
        let mut blocks = blocks.max(1);
        let mapping = loop {
            match Mapping::new(block * blocks as usize) {
                Ok(mapping) => break mapping,
                Err(error) if blocks == 1 => return Err(error),
                Err(_) => blocks /= 2,
            }
        };
        let free = RefCell::new((0..blocks).rev().collect());
        let (returned, registered) = (Mutex::default(), AtomicBool::new(false));
        Ok(Self(Home::new(Shared { mapping, block, blocks, returned, registered }, free)))
    }

    /// The pool in `cell`, made now if there was none.
    ///
    /// # Errors
    /// As [`Pool::new`].
    pub fn in_cell(cell: &OnceCell<Self>, block: usize, blocks: u32) -> io::Result<&Self> {
        if let Some(pool) = cell.get() {
            return Ok(pool);
        }
        let pool = Self::new(block, blocks)?;
        Ok(cell.get_or_init(|| pool))
    }

    /// Bytes a buffer holds.
    #[must_use]
    pub fn block(&self) -> usize {
        self.0.block
    }

    /// How many buffers there are in all.
    #[must_use]
    pub fn blocks(&self) -> u32 {
        self.0.blocks
    }

    /// A free buffer, empty; `None` when all are in use.
    #[inline]
    #[must_use]
    pub fn take(&self) -> Option<Buf> {
        let free = self.0.local().borrow_mut().pop();
        let index = free.or_else(|| self.take_returned())?;
        Some(Buf { pool: self.0.share(), index, len: 0 })
    }

    #[cold]
    fn take_returned(&self) -> Option<u32> {
        let mut free = self.0.local().borrow_mut();
        free.append(&mut self.0.returned.lock().unwrap_or_else(PoisonError::into_inner));
        free.pop()
    }

    /// The buffers as the kernel wants them for registration.
    pub(super) fn iovecs(&self) -> Vec<libc::iovec> {
        let base = self.0.mapping.as_ptr().as_ptr();
        (0..self.0.blocks as usize)
            .map(|i| libc::iovec {
                iov_base: base.wrapping_add(i * self.0.block).cast(),
                iov_len: self.0.block,
            })
            .collect()
    }

    pub(super) fn set_registered(&self, registered: bool) {
        self.0.registered.store(registered, Ordering::Relaxed);
    }

    /// Something to keep alive while the kernel knows the pool's addresses.
    pub(super) fn keep(&self) -> Self {
        self.clone()
    }
}

/// A buffer of a pool: `len` bytes of it are filled. It goes back to the pool when dropped.
pub struct Buf {
    pool: Share<Shared, Free>,
    index: u32,
    len: usize,
}

impl std::fmt::Debug for Buf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buf({} of {} bytes)", self.len, self.pool.block)
    }
}

impl Buf {
    /// Bytes it can hold.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.pool.block
    }

    /// Bytes that can still be added.
    #[must_use]
    pub fn room(&self) -> usize {
        self.pool.block - self.len
    }

    /// Forgets the content.
    pub fn clear(&mut self) {
        self.len = 0;
    }

    /// The unfilled part, to be read into by a plain call; then [`Buf::add`].
    pub fn spare(&mut self) -> &mut [u8] {
        let len = self.room();
        // SAFETY: the mapping is zeroed memory of ours, and this block of it belongs to `self` alone.
        unsafe { std::slice::from_raw_parts_mut(self.end().as_ptr(), len) }
    }

    /// `n` more bytes were filled (no more than there is room for).
    pub fn add(&mut self, n: usize) {
        self.len = self.pool.block.min(self.len + n);
    }

    fn start(&self) -> NonNull<u8> {
        // SAFETY: block `index` lies within the mapping.
        unsafe { self.pool.mapping.as_ptr().add(self.index as usize * self.pool.block) }
    }

    /// Where the unfilled part starts.
    pub(super) fn end(&self) -> NonNull<u8> {
        // SAFETY: `len` is at most the block's size.
        unsafe { self.start().add(self.len) }
    }

    /// The number under which it is registered.
    pub(super) fn fixed(&self) -> Option<u16> {
        let registered = self.pool.registered.load(Ordering::Relaxed);
        registered.then(|| u16::try_from(self.index).ok()).flatten()
    }
}

impl Deref for Buf {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: `len` bytes of this block have been filled (the mapping is zeroed to begin with), and nobody
        // writes to them while `self` is borrowed.
        unsafe { std::slice::from_raw_parts(self.start().as_ptr(), self.len) }
    }
}

impl Drop for Buf {
    #[inline]
    fn drop(&mut self) {
        match self.pool.local() {
            Some(free) => free.borrow_mut().push(self.index),
            None => self.pool.returned.lock().unwrap_or_else(PoisonError::into_inner).push(self.index),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_page_aligned_bounded_and_reused() {
        let pool = Pool::new(5000, 2).expect("a small pool");
        assert_eq!(pool.block() % Mapping::page(), 0);
        let mut a = pool.take().expect("first");
        let b = pool.take().expect("second");
        assert!(pool.take().is_none(), "a pool is bounded");
        assert_eq!(a.start().as_ptr() as usize % Mapping::page(), 0);
        a.spare()[..3].copy_from_slice(b"abc");
        a.add(3);
        assert_eq!(&a[..], b"abc");
        assert_eq!(a.room(), pool.block() - 3);
        drop(b);
        let b = pool.take().expect("a dropped buffer is free again");
        std::thread::spawn(move || drop(b)).join().expect("a thread");
        assert!(pool.take().is_some(), "so is one dropped elsewhere");
        drop(pool);
        assert_eq!(&a[..], b"abc", "a buffer outlives its pool");
    }
}
