//! What GNU does not compute: BLAKE3, XXH3, XXH64, CRC-32C.

use std::process::Command;

use super::{HELLO, HELLO_MD5, HELLO_SHA256, HELLO_SHA256_BASE64, noise};
use crate::harness::{Scene, only_ours};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `bits` of BLAKE3.
fn blake3_of(bytes: &[u8], bits: usize) -> String {
    let mut digest = vec![0; bits / 8];
    blake3::Hasher::new().update(bytes).finalize_xof().fill(&mut digest);
    hex(&digest)
}

/// CRC-32C, bit by bit.
fn crc32c_of(bytes: &[u8]) -> String {
    let crc = bytes.iter().fold(!0_u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0x82F6_3B78 & (crc & 1).wrapping_neg()))
    });
    format!("{:08x}", !crc)
}

#[test]
fn known_values() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("empty", "").file("abc", "abc").file("hello", HELLO).file("digits", "123456789");
    for (kind, tag, name, digest) in [
        ("blake3", "BLAKE3", "empty", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
        ("blake3", "BLAKE3", "abc", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"),
        ("xxh3", "XXH3", "empty", "2d06800538d394c2"),
        ("xxh3", "XXH3", "abc", "78af5f94892f3950"),
        ("xxh3", "XXH3", "hello", "99fc819aaba2462a"),
        ("xxh64", "XXH64", "empty", "ef46db3751d8e999"),
        ("xxh64", "XXH64", "abc", "44bc2cf5ad770999"),
        ("xxh64", "XXH64", "hello", "e4c191d091bd8853"),
        ("crc32c", "CRC32C", "empty", "00000000"),
        ("crc32c", "CRC32C", "digits", "e3069283"),
    ] {
        for command in ["uhash", "cksum"] {
            t.sum(command, &["-a", kind, name]).go().stdout_is(format!("{tag} ({name}) = {digest}\n")).fine();
            let run = t.sum(command, &["-a", kind, "--untagged", name]);
            run.go().stdout_is(format!("{digest}  {name}\n")).fine();
        }
    }
    t.uhash(&["-a", "crc32c", "--base64", "digits"]).go().stdout_is("CRC32C (digits) = 4waSgw==\n").fine();
    t.uhash(&["-a", "crc32c", "--raw", "digits"]).go().stdout_is(b"\xE3\x06\x92\x83").fine();
    t.uhash(&["-a", "xxh64", "--raw", "abc"]).go().stdout_is(b"\x44\xBC\x2C\xF5\xAD\x77\x09\x99").fine();
    t.uhash(&["-a", "xxh3", "-z", "abc"]).go().stdout_is("XXH3 (abc) = 78af5f94892f3950\0").fine();
}

#[test]
fn sizes() {
    if only_ours() {
        return;
    }
    let t = Scene::in_memory();
    let bytes = noise(4_194_305);
    let edges = [240, 1024, 2048, 4096, 65_536, 131_072, 262_144, 1 << 20, 4 << 20];
    let sizes: Vec<usize> = (0..=33).chain(edges.iter().flat_map(|edge| edge - 1..=edge + 1)).collect();
    let mut expected = [String::new(), String::new()];
    for &size in &sizes {
        let content = &bytes[..size];
        t.file(format!("s{size}"), content);
        expected[0] += &format!("BLAKE3 (s{size}) = {}\n", blake3_of(content, 256));
        expected[1] += &format!("CRC32C (s{size}) = {}\n", crc32c_of(content));
    }
    let names: Vec<String> = sizes.iter().map(|size| format!("s{size}")).collect();
    for (kind, expected) in ["blake3", "crc32c"].iter().zip(&expected) {
        t.uhash(&["-a", kind]).args(&names).go().stdout_is(expected).fine();
    }
    // However it comes in, and on however many cores.
    let large = names.last().unwrap();
    let alone = format!("BLAKE3 ({large}) = {}\n", blake3_of(&bytes, 256));
    t.uhash(&["-a", "blake3", large]).go().stdout_is(&alone).fine();
    t.uhash(&["-a", "blake3"])
        .stdin(bytes.as_slice())
        .go()
        .stdout_is(alone.replace(large.as_str(), "-"))
        .fine();
    for kind in ["xxh3", "xxh64", "crc32c", "blake3"] {
        let whole = t.uhash(&["-a", kind, "--untagged"]).args(&names).go().fine().stdout;
        let lines: Vec<&str> = std::str::from_utf8(&whole).unwrap().lines().collect();
        for (size, line) in sizes.iter().zip(lines).filter(|(size, _)| **size <= 4097) {
            let pieces = bytes[..*size].chunks(97).map(<[u8]>::to_vec).collect();
            let said = t.uhash(&["-a", kind, "--untagged", "-"]).stdin_pieces(pieces).go().fine().stdout;
            assert_eq!(String::from_utf8(said).unwrap().replace('-', &format!("s{size}")).trim_end(), line);
        }
    }
}

/// One that is computed on all cores, cached and not: `dd` has the kernel forget what it knows of a file.
#[test]
fn large_blake3_in_blocks_of_any_size() {
    let t = Scene::new();
    let bytes = noise((9 << 20) + 77);
    t.file("large", &bytes);
    let file = std::fs::File::open(t.path("large")).unwrap();
    file.sync_all().unwrap();
    let expected = format!("BLAKE3 (large) = {}\n", blake3_of(&bytes, 256));
    for block in ["", "--ring=block=12K", "--ring=block=512", "--ring=block=3M", "--ring=block=700K,depth=1"]
    {
        for cached in [true, false] {
            if !cached {
                let forget = ["if=large", "iflag=nocache", "count=0", "status=none"];
                assert!(Command::new("dd").args(forget).current_dir(t.path("")).status().unwrap().success());
            }
            let mut arguments = vec!["-a", "blake3", "large"];
            arguments.extend(Some(block).filter(|block| !block.is_empty()));
            t.uhash(&arguments).go().stdout_is(&expected).fine();
        }
    }
}

#[test]
fn lengths_of_blake3() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    let bytes = noise(5000);
    t.file("f", &bytes);
    for bits in [8, 128, 248, 264, 512, 1024, 524_288] {
        let digest = blake3_of(&bytes, bits);
        let expected = format!("BLAKE3-{bits} (f) = {digest}\n");
        t.uhash(&["-a", "blake3", "-l", &bits.to_string(), "f"]).redirect(">list").go().fine();
        t.holds("list", &expected);
        t.uhash(&["-c", "list"]).go().stdout_is("f: OK\n").fine();
        t.file("list", format!("{digest}  f\n"));
        t.uhash(&["-a", "blake3", "-c", "list"]).go().stdout_is("f: OK\n").fine();
    }
    for bits in ["0", "256"] {
        let expected = format!("BLAKE3 (f) = {}\n", blake3_of(&bytes, 256));
        t.uhash(&["-a", "blake3", "-l", bits, "f"]).go().stdout_is(expected).fine();
    }
}

/// Without `-a`: every tag, and lines of 256 bits without one.
#[test]
fn lists_of_everything() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("f", HELLO).file("g", "x");
    let hash = blake3_of(HELLO.as_bytes(), 256);
    let list = format!(
        "SHA256 (f) = {HELLO_SHA256}\nMD5 (f) = {HELLO_MD5}\nBLAKE3 (f) = {hash}\nBLAKE3-256 (f) = {hash}\n\
         BLAKE3-16 (f) = {}\nXXH3 (f) = 99fc819aaba2462a\nXXH64 (f) = e4c191d091bd8853\nXXH64 (g) = e4c191d091bd8853\n\
         CRC32C (f) = {}\nSHA256 (f) = {HELLO_SHA256_BASE64}\n",
        &hash[..4],
        crc32c_of(HELLO.as_bytes()),
    );
    t.file("list", &list);
    let results = format!("{}g: FAILED\n{}", "f: OK\n".repeat(7), "f: OK\n".repeat(2));
    for command in ["uhash", "cksum"] {
        let ended = t.sum(command, &["-c", "list"]).go().stdout_is(&results).code(1);
        ended.stderr_is(format!("{command}: WARNING: 1 computed checksum did NOT match\n"));
    }
    t.file("list", format!("{HELLO_SHA256}  f\n{HELLO_SHA256_BASE64} *f\n{HELLO_MD5}  f\n"));
    let told = "uhash: WARNING: 1 line is improperly formatted\n";
    t.uhash(&["-c", "list"]).go().stdout_is("f: OK\n".repeat(2)).stderr_is(told).code(0);
    // Called cksum, it does not know what a line without a tag is.
    t.file("list", format!("{HELLO_SHA256}  f\n"));
    t.sum("cksum", &["-c", "list"]).go().stdout_is("").code(1);
    // What GNU's commands refuse they still refuse.
    t.file("list", format!("BLAKE3 (f) = {hash}\n"));
    t.sum("sha256sum", &["-c", "list"]).go().stdout_is("").code(1);
}
