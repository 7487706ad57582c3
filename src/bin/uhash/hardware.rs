//! What `cksum --debug` tells: the instructions that a CRC is computed with.

use std::ffi::OsStr;

use crate::algorithm::Algorithm;

/// A way to compute, and the instructions that it needs.
struct Way {
    name: &'static str,
    needs: &'static [Instructions],
}

/// Their name to glibc, and whether they are there.
type Instructions = (&'static str, fn() -> bool);

#[cfg(target_arch = "x86_64")]
const CRC: &[Way] = &[
    Way {
        name: "avx512",
        needs: &[
            ("AVX512F", || is_x86_feature_detected!("avx512f")),
            ("AVX512BW", || is_x86_feature_detected!("avx512bw")),
            ("VPCLMULQDQ", || is_x86_feature_detected!("vpclmulqdq")),
        ],
    },
    Way {
        name: "avx2",
        needs: &[
            ("AVX2", || is_x86_feature_detected!("avx2")),
            ("VPCLMULQDQ", || is_x86_feature_detected!("vpclmulqdq")),
        ],
    },
    PCLMUL,
];

#[cfg(target_arch = "x86_64")]
const CRC32B: &[Way] = &[PCLMUL];

#[cfg(target_arch = "x86_64")]
const PCLMUL: Way = Way {
    name: "pclmul",
    needs: &[
        ("PCLMULQDQ", || is_x86_feature_detected!("pclmulqdq")),
        ("AVX", || is_x86_feature_detected!("avx")),
    ],
};

#[cfg(target_arch = "aarch64")]
const CRC: &[Way] =
    &[Way { name: "vmull", needs: &[("PMULL", || std::arch::is_aarch64_feature_detected!("pmull"))] }];

#[cfg(target_arch = "aarch64")]
const CRC32B: &[Way] = CRC;

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const CRC: &[Way] = &[];

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
const CRC32B: &[Way] = &[];

/// What there is to tell before a file is computed, a line each. GNU does it for `crc` once, and for `crc32b` for each
/// file; never for a file that can't be opened.
pub fn lines(algorithm: Algorithm) -> Vec<String> {
    lines_with(algorithm, &std::env::var_os("GLIBC_TUNABLES").unwrap_or_default())
}

/// The same, with another value of `GLIBC_TUNABLES`.
pub fn lines_with(algorithm: Algorithm, tunables: &OsStr) -> Vec<String> {
    let ways = match algorithm {
        Algorithm::Crc => CRC,
        Algorithm::Crc32b => CRC32B,
        _ => return Vec::new(),
    };
    told(ways, |(name, there)| there() && !is_ruled_out(name, tunables))
}

/// The ways that don't work, up to the first that does.
fn told(ways: &[Way], works: impl Fn(&Instructions) -> bool) -> Vec<String> {
    let mut lines = Vec::new();
    for way in ways {
        if way.needs.iter().all(&works) {
            lines.push(format!("using {} hardware support", way.name));
            break;
        }
        lines.push(format!("{} support not detected", way.name));
    }
    lines
}

/// Whether `GLIBC_TUNABLES` has `-NAME` in its last `glibc.cpu.hwcaps`. Looked for as GNU's `cksum` does it, which is
/// not as strict as glibc: anything may precede it.
fn is_ruled_out(name: &str, tunables: &OsStr) -> bool {
    let tunables = tunables.to_string_lossy();
    let Some((_, hwcaps)) = tunables.rsplit_once("glibc.cpu.hwcaps=") else { return false };
    let hwcaps = hwcaps.split(':').next().unwrap_or_default();
    hwcaps.split(',').any(|cap| cap.strip_suffix(name).is_some_and(|before| before.ends_with('-')))
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, CRC, CRC32B, is_ruled_out, lines, told};

    #[test]
    fn only_two_algorithms_have_something_to_tell() {
        assert!(lines(Algorithm::Crc32c).is_empty());
        assert!(lines(Algorithm::Md5).is_empty());
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn ways_that_do_not_work_are_told_up_to_one_that_does() {
        let without =
            |missing: &'static [&'static str]| told(CRC, |(name, _)| !missing.contains(name)).join("\n");
        assert_eq!(without(&[]), "using avx512 hardware support");
        assert_eq!(without(&["PCLMULQDQ", "AVX2", "AVX"]), "using avx512 hardware support");
        for missing in [&["AVX512F"], &["AVX512BW"]] {
            assert_eq!(without(missing), "avx512 support not detected\nusing avx2 hardware support");
        }
        let third = "avx512 support not detected\navx2 support not detected\n";
        assert_eq!(without(&["VPCLMULQDQ"]), format!("{third}using pclmul hardware support"));
        assert_eq!(without(&["VPCLMULQDQ", "AVX"]), format!("{third}pclmul support not detected"));
        assert_eq!(told(CRC32B, |_| true), ["using pclmul hardware support"]);
        assert_eq!(told(CRC32B, |_| false), ["pclmul support not detected"]);
    }

    /// As the newest `cksum` was seen to do it.
    #[test]
    fn tunables_rule_instructions_out() {
        let cases = [
            ("glibc.cpu.hwcaps=-AVX512F", true),
            ("glibc.cpu.hwcaps=-AVX2,,-AVX512F", true),
            ("glibc.cpu.hwcaps=-AVX2, -AVX512F", true),
            ("glibc.cpu.hwcaps=x-AVX512F", true),
            ("glibc.cpu.hwcaps=-AVX512Fx,-AVX512F", true),
            ("glibc.cpu.hwcaps=-AVX512F,AVX512F", true),
            ("a=b:glibc.cpu.hwcaps=-AVX512F", true),
            ("glibc.cpu.hwcaps=-AVX512F:a=b", true),
            ("xglibc.cpu.hwcaps=-AVX512F", true),
            ("glibc.cpu.hwcaps=-AVX2:glibc.cpu.hwcaps=-AVX512F", true),
            ("glibc.cpu.hwcaps=-AVX512F:glibc.cpu.hwcaps=-AVX2", false),
            ("glibc.cpu.hwcaps=-avx512f", false),
            ("glibc.cpu.hwcaps=AVX512F", false),
            ("glibc.cpu.hwcaps=-AVX512Fx", false),
            ("glibc.cpu.hwcaps=-AVX512F x", false),
            ("glibc.cpu.hwcaps=-xAVX512F", false),
            ("glibc.cpu.hwcaps =-AVX512F", false),
            ("glibc.tune.hwcaps=-AVX512F", false),
            ("glibc.cpu.hwcaps=:a=-AVX512F", false),
            ("glibc.cpu.hwcaps=", false),
            ("", false),
        ];
        for (tunables, expected) in cases {
            assert_eq!(is_ruled_out("AVX512F", tunables.as_ref()), expected, "{tunables}");
        }
    }
}
