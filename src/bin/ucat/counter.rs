//! Line numbers, kept as the text they are printed as.
#![allow(
    clippy::inline_always,
    reason = "measured: the loop over lines is all there is, and calls double its time"
)]

use crate::out::Out;

/// As many as the largest number has.
const DIGITS: usize = 20;
/// A number has at least so many columns.
const COLUMNS: usize = 6;

/// A line number as text, right-aligned and followed by a TAB, as it is printed.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    text: [u8; DIGITS + 1],
    /// Where the digits start.
    start: usize,
}

impl Counter {
    pub const fn new() -> Self {
        let mut text = [b' '; DIGITS + 1];
        text[DIGITS - 1] = b'0';
        text[DIGITS] = b'\t';
        Self { text, start: DIGITS - 1 }
    }

    #[inline(always)]
    pub fn increment(&mut self) {
        // Nine times in ten.
        if self.text[DIGITS - 1] < b'9' {
            self.text[DIGITS - 1] += 1;
            return;
        }
        let mut at = DIGITS - 1;
        while at > 0 && self.text[at] == b'9' {
            self.text[at] = b'0';
            at -= 1;
        }
        if at < self.start {
            self.start = at;
            self.text[at] = b'1';
        } else {
            self.text[at] += 1;
        }
    }

    pub fn add(&mut self, n: u64) {
        let digits = &self.text[self.start..DIGITS];
        let value = digits.iter().fold(0, |sum: u64, digit| sum * 10 + u64::from(digit - b'0'));
        let mut value = value.wrapping_add(n);
        let mut at = DIGITS;
        while value > 0 && at > 0 {
            at -= 1;
            self.text[at] = b'0' + u8::try_from(value % 10).unwrap_or(0);
            value /= 10;
        }
        self.start = self.start.min(at);
    }

    #[inline(always)]
    pub fn print(&self, out: &mut Out) {
        // Stores of known sizes, where needed two that overlap: most of what `-n` does is this.
        if self.start >= DIGITS - COLUMNS {
            out.room(COLUMNS + 1)[..=COLUMNS].copy_from_slice(&self.text[DIGITS - COLUMNS..]);
            out.advance(COLUMNS + 1);
        } else if self.start > DIGITS - 16 {
            let len = DIGITS + 1 - self.start;
            let room = &mut out.room(16)[..16];
            room[..8].copy_from_slice(&self.text[self.start..self.start + 8]);
            room[len - 8..len].copy_from_slice(&self.text[DIGITS - 7..]);
            out.advance(len);
        } else {
            out.extend(&self.text[self.start..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(counter: &Counter) -> Vec<u8> {
        let mut out = Out::default();
        counter.print(&mut out);
        out.filled().to_vec()
    }

    #[test]
    fn the_counter_grows_beyond_six_columns() {
        let mut counter = Counter::new();
        counter.add(999_998);
        counter.increment();
        assert_eq!(printed(&counter), b"999999\t");
        counter.increment();
        assert_eq!(printed(&counter), b"1000000\t");
        counter.add(12_345_678_900);
        assert_eq!(printed(&counter), b"12346678900\t");
    }
}
