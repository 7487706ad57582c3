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
/// Bytes of the number's end, which change with each line.
const TAIL: usize = 8;
/// Digits in front of them.
const HEAD: usize = DIGITS + 1 - TAIL;
/// The last digit, in the word that is the tail.
const LAST: usize = 8 * (TAIL - 2);

/// A line number as text, right-aligned and followed by a TAB, as it is printed.
///
/// Its last eight bytes are kept as a word: a digit stored as a byte and read back as part of a word, a line later,
/// would have to wait until the store has reached the cache.
#[derive(Clone, Copy, Debug)]
pub struct Counter {
    head: [u8; HEAD],
    tail: u64,
    /// Where the digits start.
    start: usize,
}

impl Counter {
    pub const fn new() -> Self {
        Self { head: [b' '; HEAD], tail: u64::from_le_bytes(*b"      0\t"), start: DIGITS - 1 }
    }

    #[inline(always)]
    pub fn increment(&mut self) {
        // From the last digit on, nines become zeros.
        let mut at = LAST;
        let before = self.tail;
        while (self.tail >> at) & 0xff == u64::from(b'9') {
            if at == 0 {
                self.tail = before;
                return self.add(1);
            }
            self.tail -= 9 << at;
            at -= 8;
        }
        if (self.tail >> at) & 0xff == u64::from(b' ') {
            self.tail += u64::from(b'0' - b' ') << at;
            self.start -= 1;
        }
        self.tail += 1 << at;
    }

    #[cold]
    pub fn add(&mut self, n: u64) {
        let mut text = self.text();
        let digits = &text[self.start..DIGITS];
        let value = digits.iter().fold(0, |sum: u64, digit| sum * 10 + u64::from(digit - b'0'));
        let mut value = value.wrapping_add(n);
        let mut at = DIGITS;
        while value > 0 && at > 0 {
            at -= 1;
            text[at] = b'0' + u8::try_from(value % 10).unwrap_or(0);
            value /= 10;
        }
        self.start = self.start.min(at);
        let (head, tail) = text.split_at(HEAD);
        self.head.copy_from_slice(head);
        self.tail = tail.first_chunk().map_or(0, |tail| u64::from_le_bytes(*tail));
    }

    fn text(&self) -> [u8; DIGITS + 1] {
        let mut text = [0; DIGITS + 1];
        text[..HEAD].copy_from_slice(&self.head);
        text[HEAD..].copy_from_slice(&self.tail.to_le_bytes());
        text
    }

    /// Bytes that [`Counter::put`] needs at most.
    pub const MOST: usize = DIGITS + 1;

    /// Puts it to the beginning of `room`, and tells its length.
    #[inline(always)]
    pub fn put(&self, room: &mut [u8]) -> usize {
        // Most of what `-n` does is this.
        if self.start >= DIGITS - COLUMNS {
            const UNUSED: usize = TAIL - (COLUMNS + 1);
            room[..TAIL].copy_from_slice(&(self.tail >> (8 * UNUSED)).to_le_bytes());
            return COLUMNS + 1;
        }
        let mut at = 0;
        if self.start < HEAD {
            at = HEAD - self.start;
            room[..at].copy_from_slice(&self.head[self.start..]);
        }
        room[at..at + TAIL].copy_from_slice(&self.tail.to_le_bytes());
        at + TAIL
    }

    #[inline(always)]
    pub fn print(&self, out: &mut Out) {
        let len = self.put(out.room(Self::MOST));
        out.advance(len);
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

    #[test]
    fn counting_and_adding_agree() {
        let mut counted = Counter::new();
        for n in 1..=11_000_u64 {
            counted.increment();
            assert_eq!(printed(&counted), format!("{n:6}\t").into_bytes());
        }
        for digits in 1..=19 {
            let (mut counted, mut added) = (Counter::new(), Counter::new());
            counted.add(10_u64.pow(digits) - 1);
            counted.increment();
            added.add(10_u64.pow(digits));
            assert_eq!(printed(&counted), printed(&added), "{digits} nines");
        }
    }
}
