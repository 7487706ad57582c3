mod oracle;
mod pieces;
mod vectors;

use super::Hasher;
use crate::algorithm::Algorithm;

/// One of each kind, of every length that has arithmetic of its own.
const ALL: [Algorithm; 25] = [
    Algorithm::Bsd,
    Algorithm::Sysv,
    Algorithm::Crc,
    Algorithm::Crc32b,
    Algorithm::Crc32c,
    Algorithm::Md5,
    Algorithm::Sha1,
    Algorithm::Sha2(224),
    Algorithm::Sha2(256),
    Algorithm::Sha2(384),
    Algorithm::Sha2(512),
    Algorithm::Sha3(224),
    Algorithm::Sha3(256),
    Algorithm::Sha3(384),
    Algorithm::Sha3(512),
    Algorithm::Blake2b(8),
    Algorithm::Blake2b(128),
    Algorithm::Blake2b(384),
    Algorithm::Blake2b(512),
    Algorithm::Sm3,
    Algorithm::Blake3(8),
    Algorithm::Blake3(256),
    Algorithm::Blake3(1048),
    Algorithm::Xxh3,
    Algorithm::Xxh64,
];

/// Bytes that no two blocks have in common, in a cycle of 251: BLAKE3's vectors are made of them.
pub fn pattern(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

fn hex(algorithm: Algorithm, bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(algorithm);
    hasher.update(bytes);
    let digest = hasher.finish();
    assert_eq!(digest.len, bytes.len() as u64);
    assert_eq!(digest.bytes.len(), algorithm.bytes(), "{algorithm:?}");
    to_hex(&digest.bytes)
}

fn to_hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).flatten().collect()
}
