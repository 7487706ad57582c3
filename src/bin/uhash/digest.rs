//! The arithmetic.

use crate::algorithm::Algorithm;

/// A result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digest {
    /// [`Algorithm::bytes`] of them; numbers are big-endian.
    pub bytes: Vec<u8>,
    /// How many bytes went in.
    pub len: u64,
}

/// One computation on its way.
pub struct Hasher {
    len: u64,
}

impl Hasher {
    pub fn new(_algorithm: Algorithm) -> Self {
        Self { len: 0 }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u64;
    }

    pub fn finish(self) -> Digest {
        Digest { bytes: vec![0; 32], len: self.len }
    }
}
