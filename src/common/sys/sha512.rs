//! The compression function of SHA-384 and SHA-512, by OpenSSL's assembly: it is a third faster than what there is as
//! a library of its own.

/// Bytes per block.
pub const BLOCK: usize = 128;

/// Takes blocks into the eight words of the state (FIPS 180-4, section 6.4.2).
pub type Compress = fn(state: &mut [u64; 8], blocks: &[[u8; BLOCK]]);

/// What this processor can use.
pub fn compress() -> Option<Compress> {
    #[cfg(sha512_avx2)]
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
    {
        return Some(avx2);
    }
    None
}

#[cfg(sha512_avx2)]
fn avx2(state: &mut [u64; 8], blocks: &[[u8; BLOCK]]) {
    unsafe extern "C" {
        /// `blocks` blocks at `data`, which need not be aligned.
        fn ringutils_sha512_avx2(state: *mut u64, data: *const u8, blocks: usize);
    }
    if blocks.is_empty() {
        // It would take one.
        return;
    }
    // SAFETY: it reads that many blocks, and reads and writes the state. It is called through `compress` only, so the
    // processor has what it needs.
    unsafe { ringutils_sha512_avx2(state.as_mut_ptr(), blocks.as_ptr().cast(), blocks.len()) }
}
