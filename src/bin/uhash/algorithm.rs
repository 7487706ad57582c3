//! What can be computed.

/// An algorithm, with the length of its result where there is a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// 16-bit checksum of BSD's `sum`.
    Bsd,
    /// 16-bit checksum of System V's `sum`.
    Sysv,
    /// POSIX `cksum`: CRC-32 with the length appended.
    Crc,
    /// CRC-32 as gzip has it.
    Crc32b,
    /// CRC-32C (Castagnoli), as iSCSI, ext4 and btrfs have it.
    Crc32c,
    Md5,
    Sha1,
    /// SHA-2 of 224, 256, 384 or 512 bits.
    Sha2(u16),
    /// SHA-3 of 224, 256, 384 or 512 bits.
    Sha3(u16),
    /// `BLAKE2b` of 8 to 512 bits, a multiple of 8.
    Blake2b(u16),
    Sm3,
    /// BLAKE3 of any number of bits that is a multiple of 8, at most [`BLAKE3_MOST`].
    Blake3(u32),
    /// XXH3, 64 bits, seed 0.
    Xxh3,
    /// XXH64, seed 0.
    Xxh64,
}

/// Bits of the longest BLAKE3 result that can be asked for.
pub const BLAKE3_MOST: u32 = 8 * 65_536;

impl Algorithm {
    /// Bits of the result.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Bsd | Self::Sysv => 16,
            Self::Crc | Self::Crc32b | Self::Crc32c => 32,
            Self::Xxh3 | Self::Xxh64 => 64,
            Self::Md5 => 128,
            Self::Sha1 => 160,
            Self::Sm3 => 256,
            Self::Sha2(bits) | Self::Sha3(bits) | Self::Blake2b(bits) => bits as u32,
            Self::Blake3(bits) => bits,
        }
    }

    /// Bytes of the result.
    pub const fn bytes(self) -> usize {
        self.bits() as usize / 8
    }

    /// The name in front of a tagged line: `SHA256`, `SHA3-256`, `BLAKE2b-128`.
    pub fn tag(self) -> String {
        match self {
            Self::Bsd => "BSD".into(),
            Self::Sysv => "SYSV".into(),
            Self::Crc => "CRC".into(),
            Self::Crc32b => "CRC32B".into(),
            Self::Crc32c => "CRC32C".into(),
            Self::Md5 => "MD5".into(),
            Self::Sha1 => "SHA1".into(),
            Self::Sha2(bits) => format!("SHA{bits}"),
            Self::Sha3(bits) => format!("SHA3-{bits}"),
            Self::Blake2b(512) => "BLAKE2b".into(),
            Self::Blake2b(bits) => format!("BLAKE2b-{bits}"),
            Self::Sm3 => "SM3".into(),
            Self::Blake3(256) => "BLAKE3".into(),
            Self::Blake3(bits) => format!("BLAKE3-{bits}"),
            Self::Xxh3 => "XXH3".into(),
            Self::Xxh64 => "XXH64".into(),
        }
    }

    /// Whether its lines are decimal numbers, which have neither tags nor escaped names and can't be checked.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Bsd | Self::Sysv | Self::Crc | Self::Crc32b)
    }
}
