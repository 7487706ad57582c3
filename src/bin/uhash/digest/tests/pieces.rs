//! However the bytes come, the result is the same.

use proptest::prelude::*;

use super::{ALL, pattern};
use crate::algorithm::Algorithm;
use crate::digest::{Digest, Hasher};

/// Around the blocks of 64 (MD5, SHA-1, SHA-256, SM3), 72 to 144 (SHA-3), 128 (SHA-512, `BLAKE2b`), 240 and 256 (XXH3),
/// 1024 (BLAKE3) bytes, their padding, the rows of `sysv` (32 times 256), and what is read at once.
const EDGES: [usize; 41] = [
    0, 1, 3, 4, 8, 9, 16, 17, 31, 32, 33, 55, 56, 63, 64, 65, 71, 72, 73, 103, 104, 111, 112, 127, 128, 129,
    135, 136, 143, 144, 145, 239, 240, 241, 255, 256, 257, 1023, 1024, 1025, 4095,
];
const LARGE_EDGES: [usize; 8] = [4096, 4097, 8191, 8192, 8193, 131_071, 131_072, 131_073];

fn at_once(algorithm: Algorithm, bytes: &[u8]) -> Digest {
    in_parts(algorithm, [bytes])
}

fn in_parts<'a>(algorithm: Algorithm, parts: impl IntoIterator<Item = &'a [u8]>) -> Digest {
    let mut hasher = Hasher::new(algorithm);
    parts.into_iter().for_each(|part| hasher.update(part));
    hasher.finish()
}

/// In equal parts of each size, for each length: what is left over from one part meets the next.
#[test]
fn parts_of_every_size() {
    let bytes = pattern(4096 + 64);
    for algorithm in ALL {
        for len in EDGES {
            let some = &bytes[..len];
            let expected = at_once(algorithm, some);
            for size in EDGES.into_iter().filter(|size| (1..=len).contains(size)) {
                assert_eq!(
                    in_parts(algorithm, some.chunks(size)),
                    expected,
                    "{algorithm:?}: {len} bytes by {size}"
                );
            }
        }
    }
}

#[test]
fn large_parts() {
    let bytes = pattern(3 * 131_072 + 7);
    for algorithm in ALL {
        let expected = at_once(algorithm, &bytes);
        for size in LARGE_EDGES.into_iter().chain([1000, 64]) {
            assert_eq!(in_parts(algorithm, bytes.chunks(size)), expected, "{algorithm:?} by {size}");
        }
    }
}

/// A first part of each size, then the rest, with nothing in between.
#[test]
fn two_parts_and_empty_ones() {
    let bytes = pattern(131_073 + 300);
    for algorithm in ALL {
        let expected = at_once(algorithm, &bytes);
        for first in EDGES.into_iter().chain(LARGE_EDGES) {
            let (head, tail) = bytes.split_at(first);
            let parts = [&[][..], head, &[], tail, &[]];
            assert_eq!(in_parts(algorithm, parts), expected, "{algorithm:?}, {first} bytes first");
        }
    }
}

/// The same bytes at each address modulo 64: wide loads don't mind.
#[test]
fn bytes_at_any_address() {
    let bytes = pattern(64 + 5000);
    for algorithm in ALL {
        let expected = at_once(algorithm, &bytes[..4500]);
        let mut moved = vec![0; 64 + 4500];
        for shift in 0..64 {
            moved[shift..][..4500].copy_from_slice(&bytes[..4500]);
            assert_eq!(
                at_once(algorithm, &moved[shift..][..4500]),
                expected,
                "{algorithm:?}, moved by {shift}"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn parts_of_mixed_sizes(bytes in prop::collection::vec(any::<u8>(), 0..5000), cuts in prop::collection::vec(0_usize..700, 0..12)) {
        for algorithm in ALL {
            let mut rest = &bytes[..];
            let mut parts = Vec::new();
            for cut in &cuts {
                let (part, after) = rest.split_at(rest.len().min(*cut));
                parts.push(part);
                rest = after;
            }
            parts.push(rest);
            prop_assert_eq!(in_parts(algorithm, parts), at_once(algorithm, &bytes), "{:?}", algorithm);
        }
    }
}

/// The definitions, a byte at a time, as checksums.md has them: what is fast is compared with what is plain.
mod plain {
    use super::*;

    fn bsd(bytes: &[u8]) -> u16 {
        let step = |sum: u32, byte: &u8| ((sum >> 1) + ((sum & 1) << 15) + u32::from(*byte)) & 0xffff;
        u16::try_from(bytes.iter().fold(0, step)).expect("16 bits")
    }

    fn sysv(bytes: &[u8]) -> u16 {
        let sum = bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
        let once = sum % 0x1_0000 + sum / 0x1_0000;
        u16::try_from(once % 0x1_0000 + once / 0x1_0000).expect("16 bits")
    }

    #[test]
    fn the_largest_bytes_overflow_nothing() {
        let ones = vec![0xff; 3 * 8192 + 31];
        for len in [1, 31, 32, 257, 8191, 8192, 8193, ones.len()] {
            let bytes = &ones[..len];
            assert_eq!(at_once(Algorithm::Sysv, bytes).bytes, sysv(bytes).to_be_bytes(), "{len}");
            assert_eq!(at_once(Algorithm::Bsd, bytes).bytes, bsd(bytes).to_be_bytes(), "{len}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn sums_are_what_they_are_defined_to_be(bytes in prop::collection::vec(any::<u8>(), 0..20_000)) {
            prop_assert_eq!(at_once(Algorithm::Bsd, &bytes).bytes, bsd(&bytes).to_be_bytes());
            prop_assert_eq!(at_once(Algorithm::Sysv, &bytes).bytes, sysv(&bytes).to_be_bytes());
        }
    }
}
