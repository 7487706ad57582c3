//! Lines that are appended to followed files, and what of them has come out. Pure, so that the test suite can include
//! this file.

use std::hash::{DefaultHasher, Hasher};

/// Of each line, and what the size of each file is a multiple of: no line is on two pages, so nobody can see half of
/// one, print that, and go on with another file.
pub const LENGTH: usize = 128;

/// Every line of a log begins with a year. Headers do not, nor do the blank lines above them.
const FIRST: u8 = b'2';

/// A line that is different from all others of this number and the lower ones.
pub fn line(number: u64) -> [u8; LENGTH] {
    const END: &[u8; 24] = b" submitted and completed";
    let mut line = [b'.'; LENGTH];
    let begin = format!("2026-01-31T12:00:00Z request {number:010}");
    line[..begin.len()].copy_from_slice(begin.as_bytes());
    line[LENGTH - 1 - END.len()..LENGTH - 1].copy_from_slice(END);
    line[LENGTH - 1] = b'\n';
    line
}

/// The line that makes a file of this size one of a size that is a multiple of [`LENGTH`].
pub fn filler(size: usize) -> Vec<u8> {
    let length = 2 * LENGTH - size % LENGTH;
    let mut line = vec![b'.'; length];
    line[0] = FIRST;
    line[length - 1] = b'\n';
    line
}

/// Counts lines, and adds up their hashes, so that lines of several files may come in any order.
#[derive(Default)]
pub struct Lines {
    pub count: u64,
    pub sum: u64,
    /// A line that has only begun.
    begun: Vec<u8>,
}

impl Lines {
    /// One line that is expected.
    pub fn add(&mut self, line: &[u8]) {
        let mut hasher = DefaultHasher::new();
        hasher.write(line);
        self.count += 1;
        self.sum = self.sum.wrapping_add(hasher.finish());
    }

    /// Output, in whatever pieces. Headers don't count.
    pub fn take(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            self.begun.extend_from_slice(piece);
            if piece.ends_with(b"\n") {
                let line = std::mem::take(&mut self.begun);
                if line[0] == FIRST {
                    self.add(&line);
                }
                self.begun = line;
                self.begun.clear();
            }
        }
    }

    /// Whether these are the same lines.
    pub fn agree(&self, other: &Self) -> bool {
        (self.count, self.sum) == (other.count, other.sum)
    }
}
