//! The 16-bit checksums of `sum`.

/// BSD's: turned right by one bit before each byte is added.
#[derive(Default)]
pub struct Bsd(u16);

impl Bsd {
    /// Each step needs the one before, and the sum loses its carries: there is no way to split this. In 16 bits it is two
    /// instructions a byte.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |sum, byte| sum.rotate_right(1).wrapping_add(u16::from(*byte)));
    }

    pub fn finish(self) -> u16 {
        self.0
    }
}

/// System V's: the sum of all bytes, folded.
#[derive(Default)]
pub struct Sysv(u32);

/// Sums kept side by side: what the compiler needs to add as many at once.
const LANES: usize = 32;

/// Rows of bytes that fit in sums of 16 bits.
const ROWS: usize = 256;

impl Sysv {
    pub fn update(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(LANES * ROWS) {
            self.0 = self.0.wrapping_add(sum(part));
        }
    }

    /// The halves added, twice: the first time there may be a carry.
    pub fn finish(self) -> u16 {
        let folded = (self.0 & 0xffff) + (self.0 >> 16);
        let [_, _, high, low] = ((folded & 0xffff) + (folded >> 16)).to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}

/// Of at most `LANES * ROWS` bytes.
fn sum(bytes: &[u8]) -> u32 {
    let (rows, rest) = bytes.as_chunks::<LANES>();
    let mut sums = [0_u16; LANES];
    for row in rows {
        for (sum, byte) in sums.iter_mut().zip(row) {
            *sum += u16::from(*byte);
        }
    }
    sums.iter().map(|sum| u32::from(*sum)).chain(rest.iter().map(|byte| u32::from(*byte))).sum()
}
