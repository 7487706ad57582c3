//! `uhash`, which is GNU's md5sum, sha1sum, …, b2sum, cksum and sum, with many files read ahead.

mod b3sum;
mod beyond;
mod check;
mod check_names;
mod check_summary;
mod computed;
mod errors;
mod files;
mod folders;
mod injected;
mod lines;
mod lists_generated;
mod names;
mod names_from_file;
mod ring_options;
mod scarce;
mod shrinking;
mod sizes;
mod streams;
mod usage;

use crate::harness::{Ended, Run, Tool, gnu_under_test, latest_oracle};

/// The commands that have one algorithm.
const DIGESTS: [&str; 7] = ["md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "b2sum"];

/// What `-a` of cksum takes, with a length where there is one.
const TYPES: [&[&str]; 10] = [
    &["-a", "md5"],
    &["-a", "sha1"],
    &["-a", "sha224"],
    &["-a", "sha256"],
    &["-a", "sha384"],
    &["-a", "sha512"],
    &["-a", "blake2b"],
    &["-a", "sm3"],
    &["-a", "blake2b", "-l", "8"],
    &["-a", "blake2b", "-l", "360"],
];

/// The same, of those that cksum 9.1 does not know.
const NEWER_TYPES: [&[&str]; 8] = [
    &["-a", "sha2", "-l", "224"],
    &["-a", "sha2", "-l", "256"],
    &["-a", "sha2", "-l", "384"],
    &["-a", "sha2", "-l", "512"],
    &["-a", "sha3", "-l", "224"],
    &["-a", "sha3", "-l", "256"],
    &["-a", "sha3", "-l", "384"],
    &["-a", "sha3", "-l", "512"],
];

/// Those whose lines are numbers.
const NUMBERS: [&[&str]; 5] = [&[], &["-a", "crc"], &["-a", "bsd"], &["-a", "sysv"], &["-a", "crc32b"]];

/// `hello\n`, as several algorithms see it.
const HELLO: &str = "hello\n";
const HELLO_MD5: &str = "b1946ac92492d2347c6235b4d2611184";
const HELLO_MD5_BASE64: &str = "sZRqySSS0jR8YjW00mERhA==";
const HELLO_SHA1: &str = "f572d396fae9206628714fb2ce00f72e94f2258f";
const HELLO_SHA224: &str = "2d6d67d91d0badcdd06cbbba1fe11538a68a37ec9c2e26457ceff12b";
const HELLO_SHA256: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const HELLO_SHA256_BASE64: &str = "WJG1tSLV3whtD/CxEPvZ0hu0/HFjrzTQgoai6Eb2vgM=";
const HELLO_SHA512: &str = "e7c22b994c59d9cf2b48e549b1e24666636045930d3da7c1acb299d1c3b7f931f94aae41edda2c2b207a36e10f8bcb8d45223e54878f5b316e7ce3b6bc019629";
const HELLO_SHA3_256: &str = "b314e28493eae9dab57ac4f0c6d887bddbbeb810e900d818395ace558e96516d";
const HELLO_SM3: &str = "f7a87a195b0cc0052b9d598482212ceb07e4ea60e8d139a5dfeff36c24abf2b3";
const HELLO_BLAKE2B: &str = "f60ce482e5cc1229f39d71313171a8d9f4ca3a87d066bf4b205effb528192a75f14f3271e2c1a90e1de53f275b4d4793eef2f5e31ea90d2ce29d2e481c36435f";
const HELLO_BLAKE2B_128: &str = "ea41b4de6c03f13a95758b28dd75693e";

/// The newest GNU's command, if there is one.
fn newest(name: &str) -> Vec<Tool> {
    latest_oracle(name).into_iter().collect()
}

/// Bytes that look like nothing in particular, the same each time.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes
}

/// Checks a list by ours and by the newest GNU's command: the same, but that GNU 9.10 wrote names in results as they
/// are, or escaped with backslashes, and 9.11 quotes them.
#[track_caller]
fn checked_alike(run: &Run, name: &str) -> Ended {
    let ours = run.clone().go();
    for oracle in newest(name) {
        if let Some(report) = ours.difference_from(&modern(run.clone().by(&oracle).go())) {
            panic!("{report}by {:?}", oracle.maker);
        }
    }
    ours
}

/// What 9.10 says, as 9.11 says it.
fn modern(mut ended: Ended) -> Ended {
    if !gnu_under_test() {
        let lines = ended.stdout.split_inclusive(|&byte| byte == b'\n');
        ended.stdout = lines.flat_map(names::modern_result).collect();
    }
    ended
}
