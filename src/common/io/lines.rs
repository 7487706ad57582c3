//! Where lines end.
//!
//! `memchr` finds the next line feed as fast as can be, but lines are short: finding all of them in 64 bytes at once,
//! as the bits of a word, costs less than starting a search for each.

use crate::sys::simd::{WORD, equal};

pub use crate::sys::simd::count_lines as count;

/// Calls `found` with the position of each line feed, in order.
#[inline]
pub fn each(block: &[u8], mut found: impl FnMut(usize)) {
    let (chunks, rest) = block.as_chunks::<WORD>();
    let mut last = [0; WORD];
    last[..rest.len()].copy_from_slice(rest);
    let mut base = 0;
    // One loop for all of them, so that there is one place to compile `found` into.
    for chunk in chunks.iter().chain([&last]) {
        let mut bits = equal(chunk, b'\n');
        while bits != 0 {
            found(base + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
        base += WORD;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_are_found_in_order() {
        for len in [0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 1000] {
            for step in 1..20 {
                let block: Vec<u8> = (0..len).map(|n| if n % step == 0 { b'\n' } else { b'\x8a' }).collect();
                let mut seen = Vec::new();
                super::each(&block, |at| seen.push(at));
                assert!(seen.into_iter().eq((0..len).step_by(step)), "{len} bytes, one in {step}");
            }
        }
    }
}
