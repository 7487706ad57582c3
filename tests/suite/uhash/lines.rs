//! The lines that are printed: every algorithm in every format.
//!
//! Once: what is printed of a few bytes does not depend on who has read them.

use super::{DIGESTS, HELLO, NEWER_TYPES, NUMBERS, TYPES, newest, noise};
use crate::harness::{Scene, only_ours, oracles};

/// Formats that cksum 9.1 has too, and those that only newer ones have.
const FORMATS: [&[&str]; 6] =
    [&[], &["--tag"], &["--untagged"], &["-z"], &["--untagged", "--zero"], &["--untagged", "--tag"]];
const NEWER_FORMATS: [&[&str]; 8] = [
    &["--base64"],
    &["--untagged", "--base64"],
    &["--untagged", "-b"],
    &["--untagged", "-t", "--base64", "-z"],
    &["--untagged", "-b", "-t"],
    &["--untagged", "-t", "-b"],
    &["-b"],
    &["--base64", "-z", "--tag"],
];

/// Files of all sizes that are worth a line.
fn scene() -> (Scene, [&'static str; 5]) {
    let t = Scene::new();
    t.file("hello", HELLO).file("empty", "").file("a2000", "a".repeat(2000)).file("with space", "x");
    t.file("big", noise(150_001));
    (t, ["hello", "empty", "a2000", "with space", "big"])
}

#[test]
fn of_the_commands_with_one_algorithm() {
    let (t, files) = scene();
    for name in DIGESTS {
        for options in [
            &[][..],
            &["-b"],
            &["-t"],
            &["--binary"],
            &["--text"],
            &["--tag"],
            &["-z"],
            &["--tag", "-z"],
            &["-bz"],
            &["-bt"],
            &["-tb"],
            &["-b", "--tag"],
            &["-t", "-b", "--tag"],
        ] {
            t.sum(name, options).args(&files).like(&oracles(name)).fine();
        }
    }
    for bits in ["8", "24", "128", "360", "504", "512", "0", "010", "0128"] {
        for format in [&[][..], &["--tag"], &["-bz"]] {
            // `010` is ten, which is no multiple of eight.
            let run = t.sum("b2sum", &["-l", bits]).args(format).args(&files);
            run.like(&oracles("b2sum")).code(i32::from(bits == "010"));
        }
    }
}

#[test]
fn of_cksum() {
    let (t, files) = scene();
    for kind in TYPES.iter().chain(&NUMBERS[..4]) {
        for format in FORMATS {
            t.sum("cksum", kind).args(format).args(&files).like(&oracles("cksum")).fine();
        }
    }
    let newer = TYPES.iter().chain(&NUMBERS).flat_map(|kind| NEWER_FORMATS.map(|format| (*kind, format)));
    let newest_types = NEWER_TYPES.iter().chain(&NUMBERS[4..]);
    let formats = || FORMATS.into_iter().chain(NEWER_FORMATS);
    let newest_of_all = newest_types.flat_map(|kind| formats().map(|format| (*kind, format)));
    let gnu = newest("cksum");
    for (kind, format) in newer.chain(newest_of_all) {
        t.sum("cksum", kind).args(format).args(&files).like(&gnu).fine();
    }
}

#[test]
fn of_sum() {
    let (t, files) = scene();
    for options in [&[][..], &["-r"], &["-s"], &["--sysv"], &["-rs"], &["-sr"], &["-r", "--sysv"]] {
        t.sum("sum", options).args(&files).like(&oracles("sum")).fine();
        t.sum("sum", options).arg("hello").like(&oracles("sum")).fine();
        t.sum("sum", options).stdin(HELLO).like(&oracles("sum")).fine();
        t.sum("sum", options).arg("-").stdin(HELLO).like(&oracles("sum")).fine();
    }
}

#[test]
fn raw() {
    let (t, files) = scene();
    let gnu = newest("cksum");
    for kind in TYPES.iter().chain(&NEWER_TYPES).chain(&NUMBERS) {
        t.sum("cksum", kind).args(&["--raw", "hello"]).like(&gnu).fine();
    }
    for options in [&["--raw", "-z"][..], &["--raw", "--untagged"], &["--raw", "--tag"], &["--raw", "-b"]] {
        t.sum("cksum", &["-a", "md5", "a2000"]).args(options).like(&gnu).fine();
    }
    t.sum("cksum", &["--raw"]).stdin("x").like(&gnu).fine();
    t.sum("cksum", &["--raw", "-a", "sha1", "-"]).stdin("x").like(&gnu).fine();
    t.sum("cksum", &["--raw", "gone"]).like(&gnu).code(1);
    t.sum("cksum", &["--raw"]).args(&files).like(&gnu).code(1);
}

/// The sum of all bytes, the number of blocks: where they are rounded and carried.
#[test]
fn of_sums_that_overflow() {
    let t = Scene::new();
    let sizes = [511_usize, 512, 513, 1023, 1024, 1025, 70_000, 1_100_000];
    let names: Vec<String> = sizes.iter().map(|size| format!("s{size}")).collect();
    for (name, size) in names.iter().zip(sizes) {
        t.file(name, vec![0xFF; size]);
    }
    for options in [&["-r"][..], &["-s"]] {
        t.sum("sum", options).args(&names).like(&oracles("sum")).fine();
    }
    for kind in &NUMBERS {
        t.sum("cksum", kind).args(&names).like(&newest("cksum")).fine();
    }
}

/// As the specification has them.
#[test]
fn that_are_documented() {
    let t = Scene::new();
    t.file("f", HELLO).file("e", "").file("a", "a".repeat(2000));
    for (command, args, expected) in [
        ("md5sum", &["f"][..], "b1946ac92492d2347c6235b4d2611184  f\n"),
        ("md5sum", &["-b", "f"], "b1946ac92492d2347c6235b4d2611184 *f\n"),
        ("sha1sum", &["--tag", "f"], "SHA1 (f) = f572d396fae9206628714fb2ce00f72e94f2258f\n"),
        ("cksum", &["f", "e"], "3015617425 6 f\n4294967295 0 e\n"),
        ("cksum", &["a"], "1386830080 2000 a\n"),
        ("sum", &["f", "e", "a"], "36979     1 f\n00000     0 e\n65233     2 a\n"),
        ("sum", &["-s", "f", "e", "a"], "542 1 f\n0 0 e\n62930 4 a\n"),
        ("b2sum", &["-l", "24", "f"], "dee47d  f\n"),
        ("b2sum", &["-l8", "--tag", "f"], "BLAKE2b-8 (f) = 27\n"),
        ("cksum", &["-a", "md5", "-"], "MD5 (-) = d41d8cd98f00b204e9800998ecf8427e\n"),
    ] {
        t.sum(command, args).go().stdout_is(expected).fine();
    }
    if newest("cksum").is_empty() && crate::harness::gnu_under_test() {
        return;
    }
    for (args, expected) in [
        (&["-a", "crc32b", "f", "e"][..], "909783072 6 f\n0 0 e\n"),
        (&["-a", "md5", "--base64", "f"], "MD5 (f) = sZRqySSS0jR8YjW00mERhA==\n"),
        (&["-a", "blake2b", "-l", "24", "--base64", "f"], "BLAKE2b-24 (f) = 3uR9\n"),
        (
            &["-a", "sha2", "-l", "256", "f"],
            "SHA256 (f) = 5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n",
        ),
        (
            &["-a", "sha3", "-l", "256", "f"],
            "SHA3-256 (f) = b314e28493eae9dab57ac4f0c6d887bddbbeb810e900d818395ace558e96516d\n",
        ),
        (&["-a", "sm3", "e"], "SM3 (e) = 1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b\n"),
    ] {
        t.sum("cksum", args).go().stdout_is(expected).fine();
    }
}

/// The name is shown as it was called where getopt complains, and its last component everywhere else.
#[test]
fn the_name_it_was_called_by() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    for called in ["md5sum", "./md5sum", "/usr/bin/md5sum"] {
        let expected = "md5sum: gone: No such file or directory\n";
        t.sum("md5sum", &["gone"]).called(called).go().stdout_is("").stderr_is(expected).code(1);
        let expected =
            format!("{called}: invalid option -- 'Q'\nTry '{called} --help' for more information.\n");
        t.sum("md5sum", &["-Q"]).called(called).go().stdout_is("").stderr_is(expected).code(1);
    }
}
