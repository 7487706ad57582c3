//! `-c`: what a line of a list may look like. Each list is checked by ours and by GNU, with `-w`.
//!
//! Once: lists are text. Under the other engines [`super::lists_generated`] mixes in all of it.

use super::{
    HELLO, HELLO_BLAKE2B, HELLO_BLAKE2B_128, HELLO_MD5, HELLO_MD5_BASE64, HELLO_SHA1, HELLO_SHA3_256,
    HELLO_SHA224, HELLO_SHA256, HELLO_SHA256_BASE64, HELLO_SHA512, HELLO_SM3, checked_alike,
};
use crate::harness::{Scene, gnu_under_test, skip};

/// The files that lists speak of.
fn scene() -> Scene {
    let t = Scene::new();
    for name in
        ["f", "g", " f", "f ", "*f", " ", "a) = (f", "(f", "x (f", "\\f", "n\nl", "c\rr", "-", "f\r", "\tf"]
    {
        t.file(name, HELLO);
    }
    t.file("h", "something else\n");
    t
}

/// In these texts `MD5`, `SHA256` and the like in braces stand for digests.
fn filled(text: &str) -> String {
    let digests = [
        ("{MD5}", HELLO_MD5),
        ("{MD5/64}", HELLO_MD5_BASE64),
        ("{SHA1}", HELLO_SHA1),
        ("{SHA224}", HELLO_SHA224),
        ("{SHA256}", HELLO_SHA256),
        ("{SHA256/64}", HELLO_SHA256_BASE64),
        ("{SHA512}", HELLO_SHA512),
        ("{SHA3}", HELLO_SHA3_256),
        ("{SM3}", HELLO_SM3),
        ("{B2}", HELLO_BLAKE2B),
        ("{B2-128}", HELLO_BLAKE2B_128),
    ];
    digests.iter().fold(text.to_owned(), |text, (name, digest)| text.replace(name, digest))
}

/// Checks each of `lists` with each of `commands`.
#[track_caller]
fn all(commands: &[&str], lists: &[&str]) {
    let t = scene();
    for list in lists {
        t.file("list", filled(list));
        for command in commands {
            let words: Vec<&str> = command.split(' ').collect();
            let run = t.sum(words[0], &words[1..]).args(&["-w", "-c", "list"]).redirect("2>&1");
            checked_alike(&run, words[0]);
        }
    }
}

#[test]
fn tagged_lines() {
    all(
        &["md5sum", "cksum", "cksum -a md5", "cksum -a sha1"],
        &[
            "MD5 (f) = {MD5}",
            "MD5(f)= {MD5}\n",
            "MD5(f)={MD5}\n",
            "MD5 (f)={MD5}\nMD5 (f) \t = \t {MD5}\n",
            "MD5 (f)\t=\t{MD5}\n",
            "MD5  (f) = {MD5}\n",
            "MD5\t(f) = {MD5}\n",
            "md5 (f) = {MD5}\n",
            "MD5 (f) = {MD5} \n",
            "MD5 (f) = {MD5}\t\n",
            "MD5 (f) = \n",
            "MD5 (f) =\n",
            "MD5 (f) {MD5}\n",
            "MD5 (f = {MD5}\n",
            "MD5 f) = {MD5}\n",
            "MD5 f = {MD5}\n",
            "MD5 () = {MD5}\n",
            "MD5 (a) = (f) = {MD5}\n",
            "MD5 ((f) = {MD5}\n",
            "MD5 (f)) = {MD5}\n",
            "MD5 (x (f) = {MD5}\n",
            "  MD5 (f) = {MD5}\n\t MD5 (f) = {MD5}\n",
            "MD5 ( f) = {MD5}\nMD5 (f ) = {MD5}\nMD5 (*f) = {MD5}\nMD5 ( ) = {MD5}\n",
            "MD5 (f) == {MD5}\n",
            "MD5 (f) = = {MD5}\n",
            "MD5",
            "MD5 ",
            "MD5 (",
            "MD5 (f)",
            "MD5 (f) ",
            "MD5 (f) = {MD5}0\n",
            "MD5 (f) = {MD5/64}\nMD5 (f)={MD5/64}\n",
            "MD5 (-) = {MD5}\n",
            "MD5-128 (f) = {MD5}\nMD5-120 (f) = {MD5}\n",
            "MD5-64 (f) = b1946ac92492d234\n",
            "MD5X (f) = {MD5}\nMD (f) = {MD5}\n",
        ],
    );
}

#[test]
fn untagged_lines() {
    all(
        &["md5sum", "cksum", "cksum -a md5"],
        &[
            "{MD5}  f",
            "{MD5} *f\n",
            "{MD5}\t f\n",
            "{MD5}\t*f\n",
            "{MD5}   f\n{MD5} * f\n{MD5}  f \n",
            "{MD5}  *f\n{MD5} **f\n",
            "  {MD5}  f\n\t{MD5}  f\n \t {MD5} *f\n",
            "{MD5} f\n",
            "{MD5}\tf\n",
            "{MD5}  f\n{MD5} f\n",
            "{MD5} f\n{MD5}  f\n{MD5} *f\n{MD5} f\n",
            "{MD5}  ",
            "{MD5} *",
            "{MD5}  \n{MD5}  f\n",
            "{MD5} \n",
            "{MD5}\n",
            "{MD5}f\n",
            "0{MD5}  f\n",
            "b1946ac92492d2347c6235b4d261118  f\n",
            "B1946AC92492D2347C6235B4D2611184  f\nB1946AC92492D2347c6235b4d2611184 *f\n",
            "g1946ac92492d2347c6235b4d2611184  f\n",
            "{MD5}  -\n",
            "{MD5}  f\nMD5 (g) = {MD5}\n{MD5} *g\n",
            "MD5 (g) = {MD5}\n{MD5} g\n{MD5}  f\n",
            "{MD5}  h\n{MD5}  gone\n{MD5}  f\n",
            "{MD5/64}  f\n",
            "{MD5/64} *f\n{MD5/64} f\n",
            "sZRqySSS0jR8YjW00mERhA=  f\n",
            "sZRqySSS0jR8YjW00mERhA  f\n",
            "sZRqySSS0jR8YjW00mERhB==  f\n",
            "SZRqySSS0jR8YjW00mERhA==  f\n",
            "{SHA1}  f\n",
        ],
    );
}

#[test]
fn line_ends_and_comments() {
    all(
        &["md5sum", "cksum -a md5"],
        &[
            "",
            "\n",
            "\n\n\r\n",
            "# a comment\n",
            "#{MD5}  f\n{MD5}  f\n",
            " # not a comment\n{MD5}  f\n",
            "{MD5}  f\r\n",
            "{MD5}  f\r\n{MD5}  g\r\n\r\n#x\r\n",
            "{MD5}  f\r\r\n",
            "{MD5}  f\r",
            "\r{MD5}  f\n",
            "MD5 (f) = {MD5}\r\n",
            "MD5 (f) = {MD5}\r\r\n",
            "{MD5}  f\0\n",
            "{MD5}  f\0g\n{MD5}  g\n",
            "\0\n{MD5}  g\n",
            "MD5 (f) = {MD5}\0x\n",
            "{MD5}  f\n\n\n\n{MD5}  g\nnoise\n",
            "noise",
            "   \n\t\n{MD5}  f\n",
            "\u{feff}{MD5}  f\n{MD5}  f\n",
        ],
    );
}

#[test]
fn escaped_names() {
    all(
        &["md5sum", "cksum -a md5", "cksum"],
        &[
            "\\{MD5}  n\\nl\n",
            "\\{MD5}  c\\rr\n\\{MD5} *\\\\f\n",
            "\\MD5 (n\\nl) = {MD5}\n",
            "  \\MD5 (n\\nl) = {MD5}\n",
            "\\{MD5}  f\n",
            "\\{MD5}  f\\x\n",
            "\\{MD5}  f\\\n",
            "\\{MD5}  \\\n",
            "\\{MD5}  \\t\n",
            "\\ {MD5}  f\n",
            "\\\\{MD5}  f\n",
            "\\\n",
            "{MD5}  \\f\n",
            "MD5 (\\f) = {MD5}\nMD5 (n\\nl) = {MD5}\n",
            "\\{MD5} n\\nl\n",
            "{MD5}  n\\nl\n",
        ],
    );
}

#[test]
fn tags_of_cksum() {
    all(
        &[
            "cksum",
            "cksum -a sha2 -l 256",
            "cksum -a sha2",
            "cksum -a sha3",
            "cksum -a sha256",
            "cksum -a blake2b",
            "b2sum",
        ],
        &[
            "SHA1 (f) = {SHA1}\nSHA224 (f) = {SHA224}\nSHA256 (f) = {SHA256}\nSHA512 (f) = {SHA512}\nMD5 (f) = {MD5}\nSM3 (f) = {SM3}\n",
            "SHA256 (f) = {SHA256}\nSHA512 (f) = {SHA512}\nnoise\nSHA256 (f) = {SHA256}\n",
            "SHA2-256 (f) = {SHA256}\nSHA2-512 (f) = {SHA512}\nSHA2 (f) = {SHA512}\n",
            "SHA2 (f) = {SHA256}\n",
            "SHA2-257 (f) = {SHA256}\nSHA2- (f) = {SHA256}\nSHA2-0x100 (f) = {SHA256}\nSHA2-0400 (f) = {SHA256}\n",
            "SHA2-256k (f) = {SHA256}\nSHA2-99999999999999999999999 (f) = {SHA256}\n",
            "SHA256-256 (f) = {SHA256}\nSHA256-224 (f) = {SHA224}\n",
            "SHA3-256 (f) = {SHA3}\nSHA3 (f) = {SHA3}\nSHA3-512 (f) = {SHA3}\n",
            "SHA3-0x100 (f) = {SHA3}\nSHA3-256(f)= {SHA3}\nSHA3-256  (f) = {SHA3}\n",
            "BLAKE2b (f) = {B2}\nBLAKE2b-512 (f) = {B2}\nBLAKE2b-128 (f) = {B2-128}\n",
            "BLAKE2b-0x80 (f) = {B2-128}\nBLAKE2b-0200 (f) = {B2-128}\nBLAKE2b-127 (f) = {B2-128}\n",
            "BLAKE2b-0 (f) = {B2}\nBLAKE2b-520 (f) = {B2}00\nBLAKE2b-8 (f) = 27\nBLAKE2b-8 (f) = 28\nBLAKE2b- (f) = {B2}\n",
            "BLAKE2b-128 (f) = 6kG03mwD8TqVdYso3XVpPg==\nBLAKE2b-24 (f) = 3uR9\n",
            "CRC (f) = 3015617425\nBSD (f) = 36979\nSYSV (f) = 542\nCRC32B (f) = 909783072\nnoise\n",
            "3015617425 6 f\n36979     1 f\n",
            "SHA256 (f) = {SHA256/64}\n",
            "{SHA256}  f\n{SHA512}  f\n{SHA224}  f\n",
            "{SHA256/64}  f\n{SHA256/64} *f\n",
            "{SHA3}  f\n{SM3}  f\n",
            "{B2}  f\n{B2-128}  f\n27  f\ndee47d *f\n2  f\n277  f\n",
            "3uR9  f\n{B2-128} f\n",
            "noise\nMD5 (f) = {MD5}\nnoise\nSHA3-256 (f) = {SHA3}\nnoise\nBLAKE2b-8 (f) = 27\nnoise\nCRC (f) = 1\nnoise\n",
        ],
    );
}

#[test]
fn of_every_algorithm() {
    let lists = [
        "{SHA1}  f\n{SHA224}  f\n{SHA256}  f\n{SHA512}  f\n{MD5}  f\nSHA1 (f) = {SHA1}\nSHA256 (h) = {SHA256}\n",
    ];
    all(&["sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum", "md5sum", "b2sum"], &lists);
    all(&["cksum -a sha1", "cksum -a sha224", "cksum -a sha512", "cksum -a sm3"], &lists);
    all(&["cksum -a sha1", "sha1sum"], &["SHA1+++++++++++++++++++++++=  f\n"]);
}

/// What is signed is a list with some lines that are not.
#[test]
fn signed_lists() {
    all(
        &["sha256sum", "cksum", "cksum -a sha256"],
        &["-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{SHA256}  f\n{SHA256}  h\n\
           -----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"],
    );
}

/// `-l` is validated, and means nothing.
#[test]
fn a_length_given() {
    all(
        &[
            "b2sum -l 128",
            "cksum -a blake2b -l 128",
            "cksum -a blake2b -l 7",
            "cksum -a sha3 -l 512",
            "cksum -a sha2 -l 1",
        ],
        &["{B2}  f\n{B2-128}  f\nBLAKE2b (f) = {B2}\nSHA3-256 (f) = {SHA3}\n{SHA3}  f\n{SHA256} *f\n"],
    );
}

#[test]
fn a_list_from_standard_input() {
    let t = scene();
    for (command, args) in
        [("md5sum", &["-c"][..]), ("md5sum", &["-c", "-"]), ("cksum", &["-a", "md5", "-wc", "-"])]
    {
        for list in [
            "{MD5}  f\n{MD5}  h\nnoise\n",
            "{MD5}  -\n{MD5}  f\n",
            "MD5 (-) = {MD5}\n{MD5} *-\n",
            "",
            "noise\n",
        ] {
            checked_alike(&t.sum(command, args).stdin(filled(list)).redirect("2>&1"), command);
        }
    }
    // In a file, `-` is standard input.
    t.file("list", filled("{MD5}  -\n{MD5}  f\n{MD5}  -\n"));
    checked_alike(&t.sum("md5sum", &["-c", "list"]).stdin(HELLO), "md5sum").code(1);
    // Which may have been used up.
    checked_alike(&t.sum("md5sum", &["-c", "-", "list"]).stdin(filled("{MD5}  f\n")), "md5sum").code(1);
    checked_alike(&t.sum("md5sum", &["-c", "-", "-"]).stdin(filled("{MD5}  f\n")), "md5sum").code(1);
}

#[test]
fn several_lists() {
    let t = scene();
    t.folder("d").file("good", filled("{MD5}  f\n{MD5}  g\n")).file("noise", "noise\n").file("empty", "");
    t.file("bad", filled("{MD5}  h\nnoise\n")).file("reversed", filled("{MD5} f\n{MD5}  f\n"));
    for lists in [
        &["good", "gone", "good"][..],
        &["gone", "good"],
        &["d", "good"],
        &["good", "noise", "empty", "good"],
        &["bad", "good", "bad"],
        &["good", "reversed"],
        &["reversed", "good"],
        &["reversed", "bad", "d", "", "good"],
        &["/dev/null", "good"],
        &["/proc/self/mem", "good"],
    ] {
        for options in
            [&["-c"][..], &["-c", "--strict", "-w"], &["-c", "--status"], &["-c", "--ignore-missing"]]
        {
            checked_alike(&t.sum("md5sum", options).args(lists).redirect("2>&1"), "md5sum");
        }
    }
    t.file("two", "SHA256 (f) = x\n").file("one", filled("SHA512 (f) = {SHA512}\n"));
    t.file("three", filled("SHA256 (f) = {SHA256}\n"));
    for lists in [["one", "three", "two"], ["three", "one", "two"]] {
        checked_alike(&t.sum("cksum", &["-wc", "-a", "sha2"]).args(&lists).redirect("2>&1"), "cksum");
    }
}

#[test]
fn huge_lines() {
    let t = scene();
    let noise = "n".repeat(3_000_000);
    let digits = "0".repeat(1_000_000);
    t.file(
        "list",
        format!("{noise}\n{HELLO_MD5}  f\n{HELLO_MD5}  {noise}\n{digits}  f\nMD5 (f) = {digits}\n{noise}"),
    );
    checked_alike(&t.sum("md5sum", &["-wc", "list"]).redirect("2>&1"), "md5sum").code(1);
    checked_alike(&t.sum("cksum", &["-wc", "list"]).redirect("2>&1"), "cksum").code(1);
    let blanks = " ".repeat(1_000_000);
    t.file("list", format!("{blanks}MD5 (f){blanks}={blanks}{HELLO_MD5}\n{blanks}{HELLO_MD5}  f\n"));
    checked_alike(&t.sum("md5sum", &["-wc", "list"]), "md5sum").fine();
}

#[test]
fn names_that_can_not_be_read() {
    let t = scene();
    t.folder("d");
    t.file("list", filled("{MD5}  .\n{MD5}  d\n{MD5}  gone\n{MD5}  f/x\n{MD5}  /proc/self/mem\n{MD5}  f\n"));
    for options in [&[][..], &["--ignore-missing"], &["--status"], &["--quiet"], &["-w", "--ignore-missing"]]
    {
        checked_alike(&t.sum("md5sum", &["-c", "list"]).args(options).redirect("2>&1"), "md5sum").code(1);
    }
}

/// GNU 9.10 takes what stands in front of a number for strtoul; 9.11 wants a digit.
#[test]
fn a_length_that_does_not_start_with_a_digit() {
    if gnu_under_test() {
        skip("GNU 9.10 takes more than digits");
        return;
    }
    let t = scene();
    for length in ["+128", " 128", "\t128", "-128"] {
        t.file("list", filled(&format!("BLAKE2b-{length} (f) = {{B2-128}}\nBLAKE2b-128 (f) = {{B2-128}}\n")));
        for command in ["b2sum", "cksum"] {
            let expected = format!("{command}: WARNING: 1 line is improperly formatted\n");
            t.sum(command, &["-c", "list"]).go().stdout_is("f: OK\n").stderr_is(expected).code(0);
        }
    }
}

/// As many letters in hexadecimal as in base64: GNU's cksum only knows the latter, and takes what it has written itself
/// for nonsense.
#[test]
fn digests_of_16_and_32_bits() {
    if crate::harness::only_ours() {
        return;
    }
    let t = scene();
    for bits in ["16", "32"] {
        for form in [&[][..], &["--base64"]] {
            let list = t.sum("cksum", &["-a", "blake2b", "-l", bits, "f"]).args(form).go().code(0).stdout;
            t.file("list", &list);
            t.sum("cksum", &["-c", "list"]).go().stdout_is("f: OK\n").fine();
        }
    }
}
