//! Where formatted bytes gather.
#![allow(
    clippy::inline_always,
    reason = "measured: the loop over lines is all there is, and calls double its time"
)]

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

    /// A part of a block, `end` excluded. Most are short: they are copied with what follows them, as so many bytes as
    /// a line seldom has more of, which needs neither a call nor a branch that is hard to predict.
    #[inline(always)]
    pub fn span(&mut self, block: &[u8], start: usize, end: usize) {
        const SHORT: usize = 96;
        let len = end - start;
        let (Some(from), true) = (block.get(start..start + SHORT), len <= SHORT) else {
            return self.extend(&block[start..end]);
        };
        self.room(SHORT)[..SHORT].copy_from_slice(from);
        self.len += len;
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
