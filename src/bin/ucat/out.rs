//! Where formatted bytes gather.
#![allow(
    clippy::inline_always,
    reason = "measured: the loop over lines is all there is, and calls double its time"
)]

/// Bytes that a line seldom has more of.
pub const SHORT: usize = 96;

/// Copies a part of a block, `end` excluded, and tells its length. Most are short: they are copied with what follows
/// them, as [`SHORT`] bytes, which needs neither a call nor a branch that is hard to predict.
#[inline(always)]
pub fn put(block: &[u8], start: usize, end: usize, room: &mut [u8]) -> usize {
    let len = end - start;
    match block.get(start..start + SHORT) {
        Some(from) if len <= SHORT => room[..SHORT].copy_from_slice(from),
        _ => room[..len].copy_from_slice(&block[start..end]),
    }
    len
}

/// Formatted bytes. The memory behind it is written (and cleared by the allocator) once, and then used again.
#[derive(Debug, Default)]
pub struct Out {
    bytes: Vec<u8>,
    len: usize,
}

impl Out {
    /// At least `n` bytes behind the end.
    #[inline(always)]
    pub fn room(&mut self, n: usize) -> &mut [u8] {
        if self.bytes.len() - self.len < n {
            self.grow(n);
        }
        &mut self.bytes[self.len..]
    }

    #[cold]
    fn grow(&mut self, n: usize) {
        let want = (self.len + n).max(self.bytes.len() * 3 / 2).max(64 * 1024);
        self.bytes.resize(want, 0);
    }

    /// `n` bytes of the room were filled.
    #[inline]
    pub const fn advance(&mut self, n: usize) {
        self.len += n;
    }

    #[inline(always)]
    pub fn extend(&mut self, bytes: &[u8]) {
        self.room(bytes.len())[..bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// As [`Out::extend`], for what may be long. It goes in steps: from some kilobytes on the C library copies by an
    /// instruction (`rep movsb`) that takes several times as long where both places are at nearly the same offset of
    /// their pages, as the beginnings of two large buffers always are.
    pub fn extend_far(&mut self, bytes: &[u8]) {
        bytes.chunks(1024).for_each(|piece| self.extend(piece));
    }

    /// A part of a block, `end` excluded.
    #[inline(always)]
    pub fn span(&mut self, block: &[u8], start: usize, end: usize) {
        let room = self.room((end - start).max(SHORT));
        self.len += put(block, start, end, room);
    }

    #[inline]
    pub fn push(&mut self, byte: u8) {
        self.extend(&[byte]);
    }

    /// What was put in.
    pub fn filled(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Forgets the content, keeps the memory.
    pub const fn clear(&mut self) {
        self.len = 0;
    }
}
