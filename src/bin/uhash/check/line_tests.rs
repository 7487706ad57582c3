use super::*;
use crate::options::Loudness;

const MD5: &str = "b1946ac92492d2347c6235b4d2611184";
const MD5_BASE64: &str = "sZRqySSS0jR8YjW00mERhA==";
const SHA256: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

pub fn verify(called: Called, algorithm: Option<Algorithm>) -> Verify {
    Verify { called, algorithm, ignore_missing: false, strict: false, loudness: Loudness::Warn }
}

fn md5sum() -> Parser {
    Parser::new(&verify(Called::Digest(Algorithm::Md5), None))
}

fn cksum(algorithm: impl Into<Option<Algorithm>>) -> Parser {
    Parser::new(&verify(Called::Cksum, algorithm.into()))
}

fn uhash(algorithm: impl Into<Option<Algorithm>>) -> Parser {
    Parser::new(&verify(Called::Uhash, algorithm.into()))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// What a line of `template` is, with digests filled in for `M`, `B` and `S`: the name, `-` (misformatted), or nothing.
fn told(parser: &mut Parser, template: &str) -> String {
    let line = template.replace("%M", MD5).replace("%B", MD5_BASE64).replace("%S", SHA256);
    match parser.parse(line.as_bytes()) {
        Parsed::Skip => String::new(),
        Parsed::Misformatted => format!("! {}", parser.complaint()),
        Parsed::Entry(entry) => {
            let digits = hex(&entry.expected);
            let known = [MD5, SHA256].contains(&digits.as_str());
            let digits = if known { "" } else { &digits };
            format!("{} {digits}<{}>", entry.algorithm.tag(), String::from_utf8_lossy(&entry.name))
        }
    }
}

/// Each line to a parser that has seen nothing.
fn each(parser: &Parser, lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        assert_eq!(told(&mut parser.clone(), line), *expected, "{line:?}");
    }
}

/// All lines to one.
fn all(mut parser: Parser, lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        assert_eq!(told(&mut parser, line), *expected, "{line:?}");
    }
}

#[test]
fn lines_that_say_nothing() {
    let lines = ["", "\n", "\r\n", "\r", "#", "# x\n", "#%M  f\n"].map(|line| (line, ""));
    each(&md5sum(), &lines);
    let lines = [" ", " \r\n", " #x", "\\#x", "\\", "\0", "\0abc", "\r\r"].map(|line| (line, "! MD5"));
    each(&md5sum(), &lines);
}

#[test]
fn tagged() {
    each(
        &md5sum(),
        &[
            ("MD5 (f) = %M\n", "MD5 <f>"),
            ("MD5 (f) = %M", "MD5 <f>"),
            ("MD5(f)= %M\r\n", "MD5 <f>"),
            ("MD5(f)=%M", "MD5 <f>"),
            ("\t MD5 (f) \t = \t %M", "MD5 <f>"),
            ("MD5 (a) = (f) = %M", "MD5 <a) = (f>"),
            ("MD5 () = %M", "MD5 <>"),
            ("\\MD5 (a\\nb\\\\\\r) = %M", "MD5 <a\nb\\\r>"),
            (" \\MD5 (f) = %M", "MD5 <f>"),
            ("MD5 (a\\nb) = %M", "MD5 <a\\nb>"),
            ("MD5 (f\0g) = %M", "MD5 <f>"),
            ("MD5 (f)\0 = %M) = %M", "MD5 <f)>"),
        ],
    );
    let wrong = [
        "MD5",
        "MD5 ",
        "MD5 (",
        "MD5 ()",
        "MD5 (f)",
        "MD5 (f) =",
        "MD5 (f) = ",
        "MD5  (f) = %M",
        "md5 (f) = %M",
        "MD5 (f) = %M ",
        "MD5 (f) = %M\r\r\n",
        "MD5 (f) %M",
        "MD5 (f) = %M)",
        "MD5 (f = %M",
        "MD5 (f) = %M0",
        "MD5 (f) = 12",
        "MD5-128 (f) = %M",
        "MD5 (f) = %B",
        "MD5\t(f) = %M",
        "\\ MD5 (f) = %M",
        "\\MD5 (f\\) = %M",
        "\\MD5 (f\\x) = %M",
        "\\MD5 (f\0) = %M",
        "MD5 (f) = %M\0",
        "MD5 (f) \0= %M",
        "SHA1 (f) = %M",
        "MD5x (f) = %M",
        "XXH64 (f) = 0011223344556677",
    ];
    each(&md5sum(), &wrong.map(|line| (line, "! MD5")));
}

#[test]
fn untagged() {
    each(
        &md5sum(),
        &[
            ("%M  f\n", "MD5 <f>"),
            ("%M *f", "MD5 <f>"),
            ("%M\t f", "MD5 <f>"),
            (" \t%M  f\r\n", "MD5 <f>"),
            ("%M  f\r\r\n", "MD5 <f\r>"),
            ("%M    f  ", "MD5 <  f  >"),
            ("%M  *x", "MD5 <*x>"),
            ("%M f", "MD5 <f>"),
            ("%M \tf", "MD5 <\tf>"),
            ("%M  ", "MD5 < >"),
            ("%M *", "MD5 <*>"),
            ("%M  -", "MD5 <->"),
            ("\\%M  a\\nb\\\\", "MD5 <a\nb\\>"),
            ("\\%M  f", "MD5 <f>"),
            ("%M  a\\nb", "MD5 <a\\nb>"),
            ("%M  f\0g", "MD5 <f>"),
            ("B1946AC92492D2347C6235B4D2611184  f", "MD5 <f>"),
        ],
    );
    let wrong = [
        "%M",
        "%M ",
        "\\%M ",
        "%M0  f",
        "b1946ac92492d2347c6235b4d261118  f",
        "\\ %M  f",
        "\\%M  f\\",
        "\\%M  \\f",
        "\\%M  f\0",
        "%B  f",
        "\u{b}%M  f",
    ];
    each(&md5sum(), &wrong.map(|line| (line, "! MD5")));
}

/// 64 digits, the first `hex` of them hexadecimal: SHA-256, what SHA-384 has in base64, or nothing.
#[test]
fn untagged_of_any_size() {
    for (algorithm, expected) in
        [(Algorithm::Sha2(0), Some(48)), (Algorithm::Sha3(0), Some(48)), (Algorithm::Sha2(256), None)]
    {
        for hex in 0..=64 {
            let line = format!("{}{}  f", "a".repeat(hex), "g".repeat(64 - hex));
            let bytes = match cksum(algorithm).parse(line.as_bytes()) {
                Parsed::Entry(entry) => Some(entry.expected.len()),
                _ => None,
            };
            let expected = match hex {
                64 => Some(32),
                56 | 57 => None,
                _ => expected,
            };
            assert_eq!(bytes, expected, "{algorithm:?}, {hex}");
        }
    }
}

#[test]
fn the_first_untagged_line_decides() {
    all(
        md5sum(),
        &[("%M  f", "MD5 <f>"), ("%M f", "! MD5"), ("MD5 (f) = %M", "MD5 <f>"), ("%M  f", "MD5 <f>")],
    );
    all(
        md5sum(),
        &[("MD5 (f) = %M", "MD5 <f>"), ("%M f", "MD5 <f>"), ("%M  f", "MD5 < f>"), ("%M *f", "MD5 <*f>")],
    );
    // What is wrong only in its name has decided, too.
    all(md5sum(), &[("\\%M  \\q", "! MD5"), ("%M f", "! MD5"), ("%M  f", "MD5 <f>")]);
    all(md5sum(), &[("\\%M \\q", "! MD5"), ("%M  f", "MD5 < f>")]);
    all(md5sum(), &[("%M0  f", "! MD5"), ("%M f", "MD5 <f>")]);
}

#[test]
fn any_tag() {
    all(
        cksum(None),
        &[
            ("foo", "! CRC"),
            ("CRC32B (f) = 1", "! CRC"),
            ("MD5x(f) = 1", "! CRC"),
            ("%M  f", "! CRC"),
            ("MD5 (f) = %M", "MD5 <f>"),
            ("MD5 (f) = %B", "MD5 <f>"),
            ("foo", "! MD5"),
            ("SHA3 (f) = %S", "! SHA3"),
            ("CRC (f) = 1", "! SHA3"),
            ("SHA3-256 (f) = %S", "SHA3-256 <f>"),
            ("SHA2-256 (f) = %S", "SHA256 <f>"),
            ("SHA512", "! SHA512"),
            ("SM3 (f) = %S", "SM3 <f>"),
            ("BLAKE3 (f) = %S", "BLAKE3 <f>"),
            ("BLAKE3-24 (f) = dee47d", "BLAKE3-24 dee47d<f>"),
            ("BLAKE3-24 (f) = 3uR9", "BLAKE3-24 dee47d<f>"),
            ("XXH3 (f) = 0123456789abcdef", "XXH3 0123456789abcdef<f>"),
            ("XXH64 (f) = 0123456789abcdef", "XXH64 0123456789abcdef<f>"),
            ("CRC32C (f) = 01234567", "CRC32C 01234567<f>"),
            ("foo", "! CRC32C"),
        ],
    );
    all(
        uhash(None),
        &[
            ("foo", "! SHA256"),
            ("%S  f", "SHA256 <f>"),
            ("%M  f", "! SHA256"),
            ("MD5 (f) = %M", "MD5 <f>"),
            ("%M  f", "! MD5"),
        ],
    );
    each(
        &uhash(None),
        &[("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=  f", &format!("SHA256 {}<f>", "0".repeat(64)))],
    );
}

#[test]
fn lengths_behind_tags() {
    each(
        &cksum(None),
        &[
            ("BLAKE2b-8 (f) = 27", "BLAKE2b-8 27<f>"),
            ("BLAKE2b-8(f)=Jw==", "BLAKE2b-8 27<f>"),
            ("BLAKE2b-010 (f) = 27", "BLAKE2b-8 27<f>"),
            ("BLAKE2b-0x8 (f) = 27", "BLAKE2b-8 27<f>"),
            ("BLAKE2b-0X08 (f) = 27", "BLAKE2b-8 27<f>"),
            ("BLAKE2b-0b1000 (f) = 27", "BLAKE2b-8 27<f>"),
            ("MD5-128 (f) = %M", "MD5 <f>"),
            ("MD5-8 (f) = b1", "MD5 b1<f>"),
            ("SHA256-256 (f) = %S", "SHA256 <f>"),
            ("SHA2-0x100 (f) = %S", "SHA256 <f>"),
            ("XXH3-64 (f) = 0123456789abcdef", "XXH3 0123456789abcdef<f>"),
        ],
    );
    for wrong in [
        "BLAKE2b-+8 (f) = 27",
        "BLAKE2b- 8 (f) = 27",
        "BLAKE2b-08 (f) = 27",
        "BLAKE2b-0x (f) = 27",
        "BLAKE2b-8k (f) = 27",
        "BLAKE2b-8  (f) = 27",
        "BLAKE2b-8\t(f) = 27",
        "BLAKE2b-(f) = 27",
        "BLAKE2b-0 (f) = ",
        "BLAKE2b-520 (f) = 27",
        "BLAKE2b-7 (f) = 27",
        "BLAKE2b -8 (f) = 27",
        "BLAKE2b-4294967304 (f) = 27",
        "BLAKE2b-0x10000000000000008 (f) = 27",
        "BLAKE2b (f) = 27",
    ] {
        assert_eq!(told(&mut cksum(None), wrong), "! BLAKE2b", "{wrong:?}");
    }
    for (wrong, tag) in [
        ("MD5-136 (f) = %M00", "! MD5"),
        ("MD5-0 (f) = %M", "! MD5"),
        ("SHA3-8 (f) = f7", "! SHA3"),
        ("SHA224-256 (f) = %S", "! SHA224"),
        ("BLAKE3-524296 (f) = 27", "! BLAKE3"),
    ] {
        assert_eq!(told(&mut cksum(None), wrong), tag, "{wrong:?}");
    }
    let long = "ab".repeat(65_536);
    let line = format!("BLAKE3-524288 (f) = {long}");
    assert_eq!(told(&mut uhash(None), &line), format!("BLAKE3-524288 {long}<f>"));
}

#[test]
fn one_algorithm() {
    each(
        &cksum(Algorithm::Md5),
        &[
            ("%M  f", "MD5 <f>"),
            ("%B  f", "MD5 <f>"),
            ("%B ", "MD5 <>"),
            ("%M ", "MD5 <>"),
            ("%M", "! MD5"),
            ("MD5 (f) = %B", "MD5 <f>"),
            ("SHA256 (f) = %S", "! MD5"),
            ("MD5 qySSS0jR8YjW00mERhA==  f", "! MD5"),
            // Bits that are no part of the digest: nothing that is computed matches.
            ("sZRqySSS0jR8YjW00mERhB==  f", &format!("MD5 {MD5}00<f>")),
        ],
    );
    let base64 = told(&mut cksum(Algorithm::Sha1), "SHA1+++++++++++++++++++++++=  f");
    assert!(base64.starts_with("SHA1 487035fbefbe"), "{base64}");
    each(
        &cksum(Algorithm::Sha2(256)),
        &[("SHA2-256 (f) = %S", "! SHA256"), ("SHA256-256 (f) = %S", "SHA256 <f>")],
    );
    each(
        &cksum(Algorithm::Sha3(0)),
        &[("%S  f", "SHA3-256 <f>"), ("SHA3-256 (f) = %S", "SHA3-256 <f>"), ("%M  f", "! SHA3")],
    );
    let b2sum = Parser::new(&verify(Called::B2sum, None));
    for parser in [&cksum(Algorithm::Blake2b(8)), &b2sum] {
        each(
            parser,
            &[
                ("27  f", "BLAKE2b-8 27<f>"),
                ("DEE47d f", "BLAKE2b-24 dee47d<f>"),
                ("27 ", "BLAKE2b-8 27<>"),
                ("27", "! BLAKE2b"),
                ("277  f", "! BLAKE2b"),
                ("BLAKE2b-8 (f) = 27", "BLAKE2b-8 27<f>"),
                (&format!("{}  f", "0".repeat(130)), "! BLAKE2b"),
            ],
        );
    }
    each(
        &cksum(Algorithm::Blake2b(8)),
        &[("3uR9  f", "BLAKE2b-24 dee47d<f>"), ("Jw==  f", "BLAKE2b-8 27<f>")],
    );
    each(&b2sum, &[("3uR9  f", "! BLAKE2b"), ("BLAKE2b-8 (f) = Jw==", "! BLAKE2b")]);
    each(&uhash(Algorithm::Blake3(256)), &[("%S  f", "BLAKE3 <f>"), ("27  f", "BLAKE3-8 27<f>")]);
    each(
        &uhash(Algorithm::Xxh3),
        &[("0123456789abcdef  f", "XXH3 0123456789abcdef<f>"), ("27  f", "! XXH3")],
    );
}

#[test]
fn sha2_of_the_first_length() {
    all(
        cksum(Algorithm::Sha2(0)),
        &[
            ("foo", "! SHA2"),
            ("MD5 (f) = %M", "! SHA2"),
            ("%S  f", "SHA256 <f>"),
            ("SHA2-256 (f) = %S", "SHA256 <f>"),
            ("SHA2 (f) = %S", "! SHA2"),
            (&format!("{}  f", "0".repeat(56)), &format!("SHA224 {}<f>", "0".repeat(56))),
            ("SHA256", "! SHA256"),
            (&format!("{}  f", "0".repeat(56)), "! SHA256"),
            (&format!("SHA512 (f) = {}", "0".repeat(128)), "! SHA256"),
            ("SHA2-256 (f) = %S", "! SHA256"),
            ("SHA256 (f) = %S", "SHA256 <f>"),
            ("%S  f", "SHA256 <f>"),
        ],
    );
}

#[test]
fn b3sums_lines() {
    each(
        &Parser::new(&verify(Called::B3sum, None)),
        &[
            ("%S  f\n", "BLAKE3 <f>"),
            ("%S  f\r\r\n", "BLAKE3 <f>"),
            ("%S   f", "BLAKE3 < f>"),
            ("%S  *f", "BLAKE3 <*f>"),
            ("\\%S  a\\nb", "BLAKE3 <a\nb>"),
            ("%S  a\\nb", "BLAKE3 <a\\nb>"),
            ("BLAKE3 (f) = %S", "BLAKE3 <f>"),
            ("BLAKE3 (a) = (b  c) = %S", "BLAKE3 <a) = (b  c>"),
            ("\n", "! Empty line"),
            ("# x", "! Invalid check line format"),
            ("%S", "! Invalid check line format"),
            ("%S f", "! Invalid check line format"),
            ("BLAKE3 (f)= %S", "! Invalid check line format"),
            ("BLAKE3-256 (f) = %S", "! Invalid check line format"),
            ("%S  ", "! empty file path"),
            ("%M  f", "! Invalid hash length"),
            (" %S  f", "! Invalid hash length"),
            ("5891B5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03  f", "! Invalid hex"),
            ("\\%S  \\q", "! Invalid backslash escape"),
            ("\\%S  f\\", "! Invalid backslash escape"),
            ("%S  f\0", "! Null character in path"),
            ("%S  \u{fffd}", "! Unicode replacement character in path"),
        ],
    );
}

#[test]
fn huge_lines() {
    let huge = 4 << 20;
    for piece in ["(", ")", " ", "\\", "a", "0", "=", "\r", "BLAKE3 (", ") = ", "MD5 (a) = "] {
        let line = piece.repeat(huge / piece.len());
        for parser in
            [md5sum(), cksum(None), uhash(Algorithm::Blake3(0)), Parser::new(&verify(Called::B3sum, None))]
        {
            for line in [
                line.clone(),
                format!("MD5 ({line}"),
                format!("{MD5}  {line}"),
                format!("BLAKE3-8 ({line}) = 0"),
            ] {
                parser.clone().parse(line.as_bytes());
            }
        }
    }
}
