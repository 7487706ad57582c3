//! SHA-384 and SHA-512 around a compression function that takes nothing but whole blocks.

use block_buffer::EagerBuffer;
use block_buffer::array::Array;
use block_buffer::array::typenum::U128;
use ringutils::sys::sha512::{self, Compress};
use sha2::block_api::compress512;

/// What is computed. (FIPS 180-4, section 6.4.)
pub struct Sha512 {
    compress: Compress,
    state: [u64; 8],
    buffer: EagerBuffer<U128>,
    /// Bytes of all.
    len: u128,
    /// Bytes of the result: the first ones of the state.
    wanted: usize,
}

impl Sha512 {
    /// 384 bits or else 512.
    pub fn new(bits: u16) -> Self {
        Self::by(sha512::compress().unwrap_or(compress512), bits)
    }

    fn by(compress: Compress, bits: u16) -> Self {
        let (state, wanted) = if bits == 384 { (START_384, 48) } else { (START_512, 64) };
        Self { compress, state, buffer: EagerBuffer::default(), len: 0, wanted }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u128;
        let Self { compress, state, buffer, .. } = self;
        buffer.digest_blocks(bytes, |blocks| compress(state, Array::cast_slice_to_core(blocks)));
    }

    pub fn finish(mut self) -> Vec<u8> {
        let Self { compress, state, buffer, len, wanted } = &mut self;
        buffer.len128_padding_be(*len * 8, |block| compress(state, &[block.0]));
        let words = state.iter().flat_map(|word| word.to_be_bytes());
        words.take(*wanted).collect()
    }
}

/// Section 5.3.4.
const START_384: [u64; 8] = [
    0xcbbb_9d5d_c105_9ed8,
    0x629a_292a_367c_d507,
    0x9159_015a_3070_dd17,
    0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31,
    0x8eb4_4a87_6858_1511,
    0xdb0c_2e0d_64f9_8fa7,
    0x47b5_481d_befa_4fa4,
];

/// Section 5.3.5.
const START_512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

#[cfg(test)]
mod tests {
    use sha2::Digest as _;

    use super::*;

    /// The digest is right wherever a block ends, and whichever pieces the bytes come in, with the assembly, where it
    /// can be used, and without.
    #[test]
    fn it_is_what_the_crate_says() {
        let bytes: Vec<u8> = (0..1000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        for len in (0..300).chain([383, 384, 385, 511, 512, 513, 1000]) {
            for cut in [0, 1, 111, 112, 127, 128, 129, 256] {
                let (head, tail) = bytes[..len].split_at(cut.min(len));
                for bits in [384, 512] {
                    let expected = if bits == 384 {
                        sha2::Sha384::digest(&bytes[..len]).to_vec()
                    } else {
                        sha2::Sha512::digest(&bytes[..len]).to_vec()
                    };
                    for mut sha in [Sha512::new(bits), Sha512::by(compress512, bits)] {
                        sha.update(head);
                        sha.update(tail);
                        assert_eq!(sha.finish(), expected, "{bits} bits of {len} bytes, cut at {cut}");
                    }
                }
            }
        }
    }
}
