//! What must hold for any bytes that are read as a list. The fuzz target calls it (`check_line`), and so do the
//! tests below, with its seeds and with mutations of them.

use super::line::{Entry, Parsed, Parser};
use crate::algorithm::Algorithm;
use crate::line;
use crate::options::{Called, Encoding, Format, Layout, Loudness, Verify};

/// Ways to read a list.
const WAYS: [(Called, Option<Algorithm>); 14] = [
    (Called::Uhash, None),
    (Called::Cksum, None),
    (Called::Digest(Algorithm::Md5), None),
    (Called::Digest(Algorithm::Sha2(256)), None),
    (Called::B2sum, None),
    (Called::B3sum, None),
    (Called::Cksum, Some(Algorithm::Sha2(0))),
    (Called::Cksum, Some(Algorithm::Sha3(0))),
    (Called::Cksum, Some(Algorithm::Sha2(512))),
    (Called::Cksum, Some(Algorithm::Blake2b(512))),
    (Called::Cksum, Some(Algorithm::Sha1)),
    (Called::Uhash, Some(Algorithm::Blake3(256))),
    (Called::Uhash, Some(Algorithm::Xxh3)),
    (Called::Uhash, Some(Algorithm::Crc32c)),
];

/// Reads `data` in each way: it never panics, and what it understands can be written, and read again as the same.
/// Returns how many lines were understood.
pub fn check(data: &[u8]) -> usize {
    let mut understood = 0;
    for (called, algorithm) in WAYS {
        let loudness = Loudness::Normal;
        let verify = Verify { called, algorithm, ignore_missing: false, strict: false, loudness };
        let mut parser = Parser::new(&verify);
        for line in data.split_inclusive(|byte| *byte == b'\n') {
            match parser.parse(line) {
                Parsed::Skip => {}
                Parsed::Misformatted => assert!(!parser.complaint().is_empty()),
                Parsed::Entry(entry) => {
                    understood += 1;
                    check_entry(&verify, &entry);
                }
            }
        }
    }
    understood
}

fn check_entry(verify: &Verify, entry: &Entry) {
    assert!(!entry.name.contains(&0), "{entry:?}");
    assert!(!entry.expected.is_empty() && entry.expected.len() <= entry.algorithm.bytes() + 1, "{entry:?}");
    // Neither a part of a digest nor one that nothing matches can be written.
    if entry.expected.len() != entry.algorithm.bytes() {
        return;
    }
    let gnu = matches!(verify.called, Called::Uhash | Called::Cksum);
    let encodings = if gnu { &[Encoding::Hex, Encoding::Base64][..] } else { &[Encoding::Hex] };
    for encoding in encodings {
        for (layout, binary) in [(Layout::Tagged, false), (Layout::Untagged, false), (Layout::Untagged, true)]
        {
            // Marks are GNU's; a line without a tag needs a name, and an algorithm that is known without it.
            let known = !gnu
                || verify.algorithm.is_some()
                || (verify.called == Called::Uhash && entry.algorithm == Algorithm::Sha2(256));
            let untagged = known && !entry.name.is_empty() && !(binary && verify.called == Called::B3sum);
            // So short that it is read as the hexadecimal digits of another.
            let ambiguous =
                *encoding == Encoding::Base64 && layout == Layout::Untagged && entry.expected.len() <= 96;
            let sized = matches!(
                verify.algorithm,
                Some(Algorithm::Blake2b(_) | Algorithm::Blake3(_) | Algorithm::Sha2(0) | Algorithm::Sha3(0))
            );
            if layout == Layout::Untagged && (!untagged || (ambiguous && sized)) {
                continue;
            }
            let format =
                Format { algorithm: entry.algorithm, layout, encoding: *encoding, binary, zero: false };
            let mut text = Vec::new();
            line::push(&mut text, &format, Some(&entry.name), &entry.expected, 0);
            let again = Parser::new(verify).parse(&text);
            assert_eq!(again, Parsed::Entry(entry.clone()), "{verify:?}: {}", text.escape_ascii());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;
    use proptest::prelude::*;
    use std::fs;
    use std::path::Path;

    /// The seeds of the fuzz target.
    fn seeds() -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/check_line");
        let files = fs::read_dir(folder).expect("seeds");
        files.map(|file| fs::read(file.expect("listed").path()).expect("readable")).collect()
    }

    #[test]
    fn seeds_are_understood() {
        for seed in seeds() {
            assert!(check(&seed) > 0, "{}", seed.escape_ascii());
        }
    }

    /// One change to a list: where (of 65,536 parts), how many bytes go, and what comes instead.
    fn change() -> impl Strategy<Value = (u16, usize, Vec<u8>)> {
        let words = proptest::sample::select(vec![
            "\\",
            "\\\\",
            "\\n",
            "\n",
            "\r\n",
            "\0",
            " ",
            "  ",
            " *",
            "\t",
            "(",
            ")",
            "=",
            ") = ",
            "-",
            "#",
            "MD5 (",
            "SHA2-256 (",
            "SHA3-",
            "BLAKE2b-8 (",
            "BLAKE3-",
            "0x",
            "CRC",
            "0123456789abcdef",
            "==",
            "\u{fffd}",
            "é",
        ]);
        let new = prop_oneof![
            words.prop_map(|word| word.as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..4),
        ];
        (any::<u16>(), 0usize..4, new)
    }

    fn mutate(mut list: Vec<u8>, changes: Vec<(u16, usize, Vec<u8>)>) -> Vec<u8> {
        for (at, gone, new) in changes {
            let at = list.len() * usize::from(at) / 65_536;
            let end = (at + gone).min(list.len());
            list.splice(at..end, new);
        }
        list
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn mutations_of_seeds(seed in any::<prop::sample::Index>(), changes in proptest::collection::vec(change(), 0..6)) {
            let seeds = seeds();
            check(&mutate(seed.get(&seeds).clone(), changes));
        }

        #[test]
        fn noise(data in proptest::collection::vec(any::<u8>(), 0..300)) {
            check(&data);
        }
    }
}
