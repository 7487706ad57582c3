//! Where lines end.
//!
//! `memchr` finds the next line feed as fast as can be, but lines are short: finding all of them in 64 bytes at once,
//! as the bits of a word, costs less than starting a search for each. How many of them the next 64 bytes have is what a
//! processor cannot guess, so their positions are listed ahead of their use, a few at once whether there are so many or
//! not.

use crate::sys::simd::{PART, Positions};

pub use crate::sys::simd::count_lines as count;

/// Calls `found` with the positions of the line feeds of one part after the other, and where these are counted from.
#[inline]
pub fn listed(block: &[u8], mut found: impl FnMut(usize, &[u16])) {
    let mut positions = Positions::new();
    for (number, part) in block.chunks(PART).enumerate() {
        found(number * PART, positions.find(part));
    }
}

/// Calls `found` with the position of each line feed, in order.
#[inline]
pub fn each(block: &[u8], mut found: impl FnMut(usize)) {
    listed(block, |base, positions| {
        for &position in positions {
            found(base + usize::from(position));
        }
    });
}

/// Bytes that are counted together before their places are looked for one by one.
const STRIDE: usize = 4096;

/// How often a byte occurs.
#[must_use]
pub fn how_often(block: &[u8], byte: u8) -> u64 {
    memchr::memchr_iter(byte, block).count() as u64
}

/// Where byte `end` occurs for the `nth` time (from 1); or else how often it does.
///
/// # Errors
/// How often it occurs, which is less than that.
pub fn nth(block: &[u8], end: u8, nth: u64) -> Result<usize, u64> {
    let mut seen = 0;
    for (number, stride) in block.chunks(STRIDE).enumerate() {
        let here = how_often(stride, end);
        if seen + here >= nth {
            let place = usize::try_from(nth - seen).ok().and_then(|left| left.checked_sub(1));
            let place = place.and_then(|left| memchr::memchr_iter(end, stride).nth(left));
            return place.map(|at| number * STRIDE + at).ok_or(seen);
        }
        seen += here;
    }
    Err(seen)
}

/// The same, counted from the end: the last one is the first.
///
/// # Errors
/// As [`nth`].
pub fn nth_last(block: &[u8], end: u8, nth: u64) -> Result<usize, u64> {
    let (mut seen, mut behind) = (0, block.len());
    for stride in block.rchunks(STRIDE) {
        behind -= stride.len();
        let here = how_often(stride, end);
        if seen + here >= nth {
            let place = usize::try_from(nth - seen).ok().and_then(|left| left.checked_sub(1));
            let place = place.and_then(|left| memchr::memrchr_iter(end, stride).nth(left));
            return place.map(|at| behind + at).ok_or(seen);
        }
        seen += here;
    }
    Err(seen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::simd::WORD;

    #[test]
    fn bytes_are_counted_whatever_their_number() {
        const OVERFLOW: usize = WORD * 255;
        for len in [0, 1, 63, 64, 65, OVERFLOW - 1, OVERFLOW, OVERFLOW + 1, 3 * OVERFLOW + 77] {
            for step in [1, 2, 7, 64] {
                let block: Vec<u8> = (0..len).map(|n| if n % step == 0 { b'\n' } else { 0x8a }).collect();
                let expected = len.div_ceil(step) as u64;
                assert_eq!(how_often(&block, b'\n'), expected, "{len} bytes, one in {step}");
            }
        }
    }

    #[test]
    fn the_nth_is_found_from_both_ends() {
        for len in [0, 1, 2, 4095, 4096, 4097, 10_000] {
            for step in [1, 3, 4096, 5000] {
                let block: Vec<u8> = (0..len).map(|n| u8::from(n % step != step - 1)).collect();
                let places: Vec<usize> = (0..len).filter(|n| block[*n] == 0).collect();
                let count = places.len() as u64;
                for n in (1..=count + 1).step_by(1 + places.len() / 50).chain([count.max(1), count + 1]) {
                    let expected = |at: Option<&usize>| at.copied().ok_or(count);
                    let index = usize::try_from(n).expect("small") - 1;
                    assert_eq!(nth(&block, 0, n), expected(places.get(index)), "{len} {step} {n}");
                    assert_eq!(nth_last(&block, 0, n), expected(places.iter().nth_back(index)));
                }
            }
        }
    }

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
