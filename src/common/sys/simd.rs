//! Comparing many bytes at once, where the standard library has no safe way to.

/// Bytes compared together.
pub const WORD: usize = 64;

/// Bit `n` says whether byte `n` of the chunk is `byte`.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn equal(chunk: &[u8; WORD], byte: u8) -> u64 {
    let (quarters, _) = chunk.as_chunks::<16>();
    let mut bits = 0;
    for (n, quarter) in quarters.iter().enumerate() {
        // SAFETY: SSE2 is part of every x86-64.
        bits |= u64::from(unsafe { equal_sse2(quarter, byte) }) << (n * 16);
    }
    bits
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "each part is masked to its width"
)]
fn equal_sse2(quarter: &[u8; 16], byte: u8) -> u16 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8};
    let all = u128::from_le_bytes(*quarter);
    let (low, high) = ((all & u128::from(u64::MAX)) as u64, (all >> 64) as u64);
    let bytes = _mm_set_epi64x(high.cast_signed(), low.cast_signed());
    let equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte.cast_signed()));
    _mm_movemask_epi8(equal) as u16
}

/// Bit `n` says whether byte `n` of the chunk is `byte`.
#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub fn equal(chunk: &[u8; WORD], byte: u8) -> u64 {
    chunk.iter().rev().fold(0, |bits, other| bits << 1 | u64::from(*other == byte))
}

/// Bytes whose line feeds are listed together.
pub const PART: usize = 64 * WORD;
/// Positions that are listed at once, whether a word has so many or not.
const STEP: usize = 4;

/// Where the line feeds of at most [`PART`] bytes are.
pub struct Positions {
    /// With room for what the last word has not.
    list: [u16; PART + STEP],
    count: usize,
}

impl Positions {
    /// None yet.
    #[allow(clippy::new_without_default, reason = "a `const fn` cannot be had of a trait")]
    pub const fn new() -> Self {
        Self { list: [0; PART + STEP], count: 0 }
    }

    /// Those of `part`, in order. What is behind its first [`PART`] bytes is not looked at.
    pub fn find(&mut self, part: &[u8]) -> &[u16] {
        self.count = 0;
        #[cfg(target_arch = "x86_64")]
        if has_avx2() {
            // SAFETY: the processor has what that is compiled for, as was just seen.
            unsafe { self.find_avx2(part) };
            return &self.list[..self.count];
        }
        self.find_anywhere(part);
        &self.list[..self.count]
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,bmi1,popcnt")]
    fn find_avx2(&mut self, part: &[u8]) {
        self.find_anywhere(part);
    }

    #[allow(clippy::inline_always, reason = "as `count_lines_anywhere`")]
    #[inline(always)]
    fn find_anywhere(&mut self, part: &[u8]) {
        let (chunks, rest) = part[..part.len().min(PART)].as_chunks::<WORD>();
        let mut last = [0; WORD];
        last[..rest.len()].copy_from_slice(rest);
        let mut base = 0;
        for chunk in chunks {
            self.add(base, equal(chunk, b'\n'));
            base += 64;
        }
        if !rest.is_empty() {
            self.add(base, equal(&last, b'\n'));
        }
    }

    /// Adds the positions of the bits of a word, counted from `base`.
    #[allow(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    fn add(&mut self, base: u16, mut feeds: u64) {
        let mut at = self.count;
        self.count += feeds.count_ones() as usize;
        while let Some(places) = self.list.get_mut(at..).and_then(<[u16]>::first_chunk_mut::<STEP>) {
            for place in places {
                #[allow(clippy::cast_possible_truncation, reason = "64 at most")]
                let position = feeds.trailing_zeros() as u16;
                *place = base + position;
                feeds &= feeds.wrapping_sub(1);
            }
            at += STEP;
            if at >= self.count {
                return;
            }
        }
    }
}

/// Whether what is compiled for AVX2 may be called. (The other two are as old.)
#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("bmi1") && is_x86_feature_detected!("popcnt")
}

/// How many line feeds there are, and how many of them follow another one at once (or stand first, if `after_feed`):
/// lines, and empty lines.
pub fn count_lines(block: &[u8], after_feed: bool) -> (u64, u64) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has what that is compiled for, as was just seen.
        return unsafe { count_lines_avx2(block, after_feed) };
    }
    count_lines_anywhere(block, after_feed)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,popcnt")]
fn count_lines_avx2(block: &[u8], after_feed: bool) -> (u64, u64) {
    count_lines_anywhere(block, after_feed)
}

/// Compiled twice: the caller's instructions are used.
#[allow(clippy::inline_always, reason = "it must be part of its caller to be compiled with its features")]
#[inline(always)]
fn count_lines_anywhere(block: &[u8], after_feed: bool) -> (u64, u64) {
    let (chunks, rest) = block.as_chunks::<WORD>();
    let mut last = [0; WORD];
    last[..rest.len()].copy_from_slice(rest);
    let (mut lines, mut empty, mut carry) = (0, 0, u64::from(after_feed));
    for chunk in chunks.iter().chain([&last]) {
        let feeds = equal(chunk, b'\n');
        lines += u64::from(feeds.count_ones());
        empty += u64::from((feeds & (feeds << 1 | carry)).count_ones());
        carry = feeds >> (WORD - 1);
    }
    (lines, empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_the_same_with_and_without_avx2() {
        let mut found = Positions::new();
        for len in [0, 1, 63, 64, 65, 200, PART - 1, PART, PART + 1] {
            for step in [1, 2, 3, 7, 40, 100] {
                let part: Vec<u8> = (0..len).map(|n| if n % step == 0 { b'\n' } else { 0x8a }).collect();
                let expected: Vec<u16> =
                    (0..len.min(PART)).step_by(step).map(|n| u16::try_from(n).unwrap_or(0)).collect();
                assert_eq!(found.find(&part), expected, "{len} bytes, one in {step}");
                found.count = 0;
                found.find_anywhere(&part);
                assert_eq!(found.list[..found.count], expected, "{len} bytes, one in {step}");
            }
        }
    }

    #[test]
    fn lines_are_counted_across_words() {
        for len in [0, 1, 63, 64, 65, 128, 200] {
            for step in 1..5 {
                let block: Vec<u8> = (0..len).map(|n| if n / step % 2 == 0 { b'\n' } else { b'x' }).collect();
                for after_feed in [false, true] {
                    #[allow(clippy::naive_bytecount, reason = "the naive way is what it is tested against")]
                    let lines = block.iter().filter(|byte| **byte == b'\n').count() as u64;
                    let before = |at: usize| if at == 0 { after_feed } else { block[at - 1] == b'\n' };
                    let empty = (0..len).filter(|&at| block[at] == b'\n' && before(at)).count() as u64;
                    assert_eq!(count_lines(&block, after_feed), (lines, empty));
                    assert_eq!(count_lines_anywhere(&block, after_feed), (lines, empty));
                }
            }
        }
    }
}
