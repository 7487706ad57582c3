//! The arithmetic: bytes in, a result out. Nothing here reads or prints.
//!
//! * [`Hasher`]: any algorithm, one stream of bytes. The crates behind it were chosen by measurement (Cargo.toml tells),
//!   and pick the processor's instructions when they run.
//! * [`sums`]: the two algorithms that nobody has a crate for.
//! * [`sha512`]: what is around the one function that no crate has as fast.
//! * [`tree`]: BLAKE3 of one file by many threads.

mod sha512;
mod sums;
pub mod tree;

#[cfg(test)]
mod tests;

use std::hash::Hasher as _;

use crc_fast::CrcAlgorithm;
use sha2::Digest as _;
use twox_hash::{XxHash3_64, XxHash64};

use crate::algorithm::Algorithm;
use sha512::Sha512;
use sums::{Bsd, Sysv};

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
    state: State,
    len: u64,
}

/// What each algorithm remembers. The large ones are boxed: a hasher is moved about, and most files are small.
enum State {
    Bsd(Bsd),
    Sysv(Sysv),
    /// POSIX `cksum`: the length follows the bytes.
    Crc(crc_fast::Digest),
    Crc32(crc_fast::Digest),
    Md5(fast_md5::Md5),
    Sha1(sha1::Sha1),
    Sha224(sha2::Sha224),
    Sha256(sha2::Sha256),
    /// And SHA-384.
    Sha512(Box<Sha512>),
    Sha3At224(Box<keccak_asm::Sha3_224>),
    Sha3At256(Box<keccak_asm::Sha3_256>),
    Sha3At384(Box<keccak_asm::Sha3_384>),
    Sha3At512(Box<keccak_asm::Sha3_512>),
    Blake2b(Box<blake2b_simd::State>),
    Sm3(sm3::Sm3),
    /// With the bytes that are wanted: what it computes is the same for any number of them.
    Blake3(Box<blake3::Hasher>, usize),
    Xxh3(Box<XxHash3_64>),
    Xxh64(XxHash64),
}

impl Hasher {
    /// # Panics
    /// `Blake2b` of a length that it does not have. Other impossible lengths stand for 512 bits.
    pub fn new(algorithm: Algorithm) -> Self {
        let state = match algorithm {
            Algorithm::Bsd => State::Bsd(Bsd::default()),
            Algorithm::Sysv => State::Sysv(Sysv::default()),
            Algorithm::Crc => State::Crc(crc_fast::Digest::new(CrcAlgorithm::Crc32Cksum)),
            Algorithm::Crc32b => State::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32IsoHdlc)),
            Algorithm::Crc32c => State::Crc32(crc_fast::Digest::new(CrcAlgorithm::Crc32Iscsi)),
            Algorithm::Md5 => State::Md5(fast_md5::Md5::new()),
            Algorithm::Sha1 => State::Sha1(sha1::Sha1::new()),
            Algorithm::Sha2(224) => State::Sha224(sha2::Sha224::new()),
            Algorithm::Sha2(256) => State::Sha256(sha2::Sha256::new()),
            Algorithm::Sha2(bits) => State::Sha512(Box::new(Sha512::new(bits))),
            Algorithm::Sha3(224) => State::Sha3At224(Box::default()),
            Algorithm::Sha3(256) => State::Sha3At256(Box::default()),
            Algorithm::Sha3(384) => State::Sha3At384(Box::default()),
            Algorithm::Sha3(_) => State::Sha3At512(Box::default()),
            Algorithm::Blake2b(_) => {
                let mut params = blake2b_simd::Params::new();
                State::Blake2b(Box::new(params.hash_length(algorithm.bytes()).to_state()))
            }
            Algorithm::Sm3 => State::Sm3(sm3::Sm3::new()),
            Algorithm::Blake3(_) => State::Blake3(Box::default(), algorithm.bytes()),
            Algorithm::Xxh3 => State::Xxh3(Box::new(XxHash3_64::new())),
            Algorithm::Xxh64 => State::Xxh64(XxHash64::with_seed(0)),
        };
        Self { state, len: 0 }
    }

    /// More bytes. Many at a time (128 KiB and more) are what the fastest algorithms need to be so.
    pub fn update(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u64;
        match &mut self.state {
            State::Bsd(sum) => sum.update(bytes),
            State::Sysv(sum) => sum.update(bytes),
            State::Crc(crc) | State::Crc32(crc) => crc.update(bytes),
            State::Md5(md5) => md5.update(bytes),
            State::Sha1(sha) => sha.update(bytes),
            State::Sha224(sha) => sha.update(bytes),
            State::Sha256(sha) => sha.update(bytes),
            State::Sha512(sha) => sha.update(bytes),
            State::Sha3At224(sha) => keccak_asm::Digest::update(&mut **sha, bytes),
            State::Sha3At256(sha) => keccak_asm::Digest::update(&mut **sha, bytes),
            State::Sha3At384(sha) => keccak_asm::Digest::update(&mut **sha, bytes),
            State::Sha3At512(sha) => keccak_asm::Digest::update(&mut **sha, bytes),
            State::Blake2b(blake) => drop(blake.update(bytes)),
            State::Sm3(sm3) => sm3.update(bytes),
            State::Blake3(blake, _) => drop(blake.update(bytes)),
            State::Xxh3(xxh) => xxh.write(bytes),
            State::Xxh64(xxh) => xxh.write(bytes),
        }
    }

    pub fn finish(self) -> Digest {
        let Self { state, len } = self;
        let bytes = match state {
            State::Bsd(sum) => sum.finish().to_be_bytes().into(),
            State::Sysv(sum) => sum.finish().to_be_bytes().into(),
            State::Crc(mut crc) => {
                crc.update(length_in_base_256(&len.to_le_bytes()));
                low_half(crc.finalize())
            }
            State::Crc32(crc) => low_half(crc.finalize()),
            State::Md5(md5) => md5.finalize().into(),
            State::Sha1(sha) => sha.finalize().to_vec(),
            State::Sha224(sha) => sha.finalize().to_vec(),
            State::Sha256(sha) => sha.finalize().to_vec(),
            State::Sha512(sha) => sha.finish(),
            State::Sha3At224(sha) => keccak_asm::Digest::finalize(*sha).to_vec(),
            State::Sha3At256(sha) => keccak_asm::Digest::finalize(*sha).to_vec(),
            State::Sha3At384(sha) => keccak_asm::Digest::finalize(*sha).to_vec(),
            State::Sha3At512(sha) => keccak_asm::Digest::finalize(*sha).to_vec(),
            State::Blake2b(blake) => blake.finalize().as_bytes().into(),
            State::Sm3(sm3) => sm3.finalize().to_vec(),
            State::Blake3(blake, wanted) => first_bytes(&mut blake.finalize_xof(), wanted),
            State::Xxh3(xxh) => xxh.finish().to_be_bytes().into(),
            State::Xxh64(xxh) => xxh.finish().to_be_bytes().into(),
        };
        Digest { bytes, len }
    }
}

/// The length as `cksum` adds it: least significant byte first, no more bytes than it has.
fn length_in_base_256(bytes: &[u8; 8]) -> &[u8] {
    let used = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &bytes[..used]
}

/// A CRC of 32 bits, from where all kinds fit.
fn low_half(crc: u64) -> Vec<u8> {
    crc.to_be_bytes()[4..].into()
}

/// BLAKE3's result is as long as one likes.
fn first_bytes(output: &mut blake3::OutputReader, wanted: usize) -> Vec<u8> {
    let mut bytes = vec![0; wanted];
    output.fill(&mut bytes);
    bytes
}
