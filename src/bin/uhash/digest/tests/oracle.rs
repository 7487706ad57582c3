//! What the newest GNU cksum computes of the same bytes.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use proptest::prelude::*;

use super::{Algorithm, hex, pattern, to_hex};
use crate::hardware;

/// `cksum` of the newest GNU coreutils, if they are here.
fn cksum() -> Option<PathBuf> {
    Some(crate::gnu::newest()?.join("cksum"))
}

/// Its digest of what comes through a pipe, in hex.
fn digest(cksum: &Path, algorithm: Algorithm, bytes: &[u8]) -> String {
    let mut command = Command::new(cksum);
    let name = match algorithm {
        Algorithm::Sha2(_) => "sha2".to_owned(),
        Algorithm::Sha3(_) => "sha3".to_owned(),
        Algorithm::Blake2b(_) => "blake2b".to_owned(),
        other => other.tag().to_lowercase(),
    };
    command.args(["--raw", "-a", &name]);
    if let Algorithm::Sha2(bits) | Algorithm::Sha3(bits) | Algorithm::Blake2b(bits) = algorithm {
        command.args(["-l", &bits.to_string()]);
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cksum starts");
    child.stdin.take().expect("a pipe").write_all(bytes).expect("cksum reads");
    let answer = child.wait_with_output().expect("cksum ends");
    assert!(answer.status.success(), "{command:?}");
    to_hex(&answer.stdout)
}

fn known_to_gnu() -> impl Iterator<Item = Algorithm> {
    let newer = [Algorithm::Crc32c, Algorithm::Xxh3, Algorithm::Xxh64];
    super::ALL.into_iter().filter(move |all| !newer.contains(all) && !matches!(all, Algorithm::Blake3(_)))
}

#[test]
fn every_length_of_blake2b_is_the_one_of_gnu() {
    let Some(cksum) = cksum() else { return };
    let bytes = pattern(1000);
    for bits in (8..=512).step_by(8) {
        let algorithm = Algorithm::Blake2b(bits);
        assert_eq!(hex(algorithm, &bytes), digest(&cksum, algorithm, &bytes), "{bits} bits");
    }
}

/// Lengths at which the length that `crc` appends has one byte more.
#[test]
fn lengths_of_one_to_three_bytes_are_appended_as_gnu_does() {
    let Some(cksum) = cksum() else { return };
    for len in [0, 1, 255, 256, 65_535, 65_536, 65_537] {
        let bytes = pattern(len);
        assert_eq!(hex(Algorithm::Crc, &bytes), digest(&cksum, Algorithm::Crc, &bytes), "{len} bytes");
    }
}

/// `--debug` is about the processor that this runs on, less what the environment rules out.
#[test]
fn the_same_instructions_are_told_of() {
    let Some(cksum) = cksum() else { return };
    let names = ["AVX512F", "AVX512BW", "VPCLMULQDQ", "AVX2", "AVX", "PCLMULQDQ"];
    for chosen in 0..1 << names.len() {
        let off = names.iter().enumerate().filter(|(bit, _)| chosen >> bit & 1 == 1);
        let hwcaps: Vec<_> = off.map(|(_, name)| format!("-{name}")).collect();
        let tunables = format!("glibc.cpu.hwcaps={}", hwcaps.join(","));
        for (name, algorithm) in [("crc", Algorithm::Crc), ("crc32b", Algorithm::Crc32b)] {
            let mut command = Command::new(&cksum);
            command.args(["--debug", "-a", name]).env("GLIBC_TUNABLES", &tunables).stdin(Stdio::null());
            let answer = command.output().expect("cksum runs");
            let theirs = String::from_utf8_lossy(&answer.stderr).replace("cksum: ", "");
            let ours = hardware::lines_with(algorithm, tunables.as_ref());
            assert_eq!(ours, theirs.lines().collect::<Vec<_>>(), "{name} with {tunables}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6) })]

    #[test]
    fn random_bytes_give_what_gnu_gives(bytes in prop::collection::vec(any::<u8>(), 0..70_000)) {
        let Some(cksum) = cksum() else { return Ok(()) };
        for algorithm in known_to_gnu() {
            prop_assert_eq!(hex(algorithm, &bytes), digest(&cksum, algorithm, &bytes), "{:?}", algorithm);
        }
    }
}
