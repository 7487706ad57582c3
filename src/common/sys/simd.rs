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

/// How many line feeds there are, and how many of them follow another one at once (or stand first, if `after_feed`):
/// lines, and empty lines.
pub fn count_lines(block: &[u8], after_feed: bool) -> (u64, u64) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
        // SAFETY: the processor has both, as was just seen.
        return unsafe { count_lines_avx2(block, after_feed) };
    }
    count_lines_anywhere(block, after_feed)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,popcnt")]
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
