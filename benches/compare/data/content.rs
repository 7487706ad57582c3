//! What files are filled with: the same bytes on every machine.

use std::io::{self, Write};

/// What a file is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Uniformly random bytes.
    Binary,
    /// Words in lines of 1 to some 100 characters, now and then a blank line or a few of them.
    Text,
    /// Lines of about 100 characters, as servers write them.
    Log,
}

impl Content {
    /// For names of folders.
    pub fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Text => "text",
            Self::Log => "log",
        }
    }
}

/// Writes `size` bytes of that kind.
pub fn write(mut out: impl Write, content: Content, size: u64, random: &mut Random) -> io::Result<()> {
    let mut piece = Vec::new();
    let mut left = size;
    while left > 0 {
        piece.clear();
        match content {
            Content::Binary => (0..512).for_each(|_| piece.extend(random.next().to_le_bytes())),
            Content::Text => paragraph(&mut piece, random),
            Content::Log => (0..64).for_each(|_| log_line(&mut piece, random)),
        }
        let wanted = usize::try_from(left).map_or(piece.len(), |left| left.min(piece.len()));
        if content != Content::Binary && left == wanted as u64 {
            piece[wanted - 1] = b'\n'; // commands differ about a last line that is not ended
        }
        out.write_all(&piece[..wanted])?;
        left -= wanted as u64;
    }
    out.flush()
}

/// Some lines as of prose, code and logs mixed, then one blank line, rarely up to six.
fn paragraph(text: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(16) {
        if random.below(8) == 0 {
            text.extend(b"\t");
        }
        let length = text.len() + usize::try_from(1 + random.below(100)).unwrap_or(1);
        while text.len() < length {
            word(text, random);
        }
        text.pop();
        text.push(b'\n');
    }
    let blank = if random.below(10) == 0 { 2 + random.below(5) } else { 1 };
    (0..blank).for_each(|_| text.push(b'\n'));
}

/// When, where, how grave, and some words.
fn log_line(text: &mut Vec<u8>, random: &mut Random) {
    const LEVELS: [&str; 4] = ["DEBUG", "INFO", "INFO", "WARN"];
    let number = random.next();
    let [second, milliseconds, worker, level] = [number >> 8, number >> 14, number >> 24, number >> 40];
    let level = LEVELS[usize::try_from(level % 4).unwrap_or(0)];
    let (hour, minute, second) = (number % 24, number % 60, second % 60);
    let (milliseconds, worker) = (milliseconds % 1000, worker % 10_000);
    // Writing to a Vec can't fail.
    let _ = write!(
        text,
        "2026-01-31T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z {level} worker[{worker}]: request {number:016x} "
    );
    for _ in 0..random.below(8) {
        word(text, random);
    }
    text.pop();
    text.push(b'\n');
}

/// One word, and a blank behind it.
fn word(text: &mut Vec<u8>, random: &mut Random) {
    const WORDS: [&str; 16] = [
        "the",
        "of",
        "ring",
        "completion",
        "a",
        "queue",
        "is",
        "submitted",
        "kernel",
        "to",
        "buffers",
        "in",
        "let",
        "return",
        "0x7f3a",
        "2026-01-31",
    ];
    let index = usize::try_from(random.below(WORDS.len() as u64)).unwrap_or(0);
    text.extend(WORDS[index].bytes());
    text.push(b' ');
}

/// `SplitMix64`: small, fast, and good enough that no command finds a pattern.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
