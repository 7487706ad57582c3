use super::*;

fn format(algorithm: Algorithm, layout: Layout) -> Format {
    Format { algorithm, layout, encoding: Encoding::Hex, binary: false, zero: false }
}

fn line(format: &Format, name: Option<&str>, bytes: &[u8], len: u64) -> String {
    let mut line = Vec::new();
    push(&mut line, format, name.map(str::as_bytes), bytes, len);
    String::from_utf8(line).expect("text")
}

const BLAKE2B_24: &[u8] = &[0xde, 0xe4, 0x7d];

#[test]
fn digests() {
    let tagged = format(Algorithm::Blake2b(24), Layout::Tagged);
    let untagged = Format { layout: Layout::Untagged, ..tagged.clone() };
    let base64 = Format { encoding: Encoding::Base64, ..tagged.clone() };
    for (format, name, expected) in [
        (&tagged, "f", "BLAKE2b-24 (f) = dee47d\n"),
        (&tagged, "n\nl", "\\BLAKE2b-24 (n\\nl) = dee47d\n"),
        (&tagged, "-", "BLAKE2b-24 (-) = dee47d\n"),
        (&Format { zero: true, ..tagged.clone() }, "n\nl", "BLAKE2b-24 (n\nl) = dee47d\0"),
        (&untagged, "f", "dee47d  f\n"),
        (&untagged, " f\t", "dee47d   f\t\n"),
        (&untagged, "a\\b\rc", "\\dee47d  a\\\\b\\rc\n"),
        (&Format { binary: true, ..untagged.clone() }, "f", "dee47d *f\n"),
        (&Format { zero: true, ..untagged.clone() }, "a\\b", "dee47d  a\\b\0"),
        (&Format { layout: Layout::Nameless, ..tagged.clone() }, "a\nb", "dee47d\n"),
        (&base64, "f", "BLAKE2b-24 (f) = 3uR9\n"),
        (&Format { layout: Layout::Untagged, ..base64.clone() }, "f", "3uR9  f\n"),
        (&Format { encoding: Encoding::Raw, ..untagged.clone() }, "f", "1ab"),
    ] {
        let bytes = if format.encoding == Encoding::Raw { b"1ab" } else { BLAKE2B_24 };
        assert_eq!(line(format, Some(name), bytes, 6), expected);
    }
    assert_eq!(line(&tagged, None, BLAKE2B_24, 6), "BLAKE2b-24 (-) = dee47d\n");
}

#[test]
fn padding_of_base64() {
    for (bytes, text) in [
        (&[0x27][..], "Jw==\n"),
        (&[0xfb, 0xff], "+/8=\n"),
        (&[0xde, 0xe4, 0x7d, 0x27], "3uR9Jw==\n"),
        (&[], "\n"),
    ] {
        let format =
            Format { encoding: Encoding::Base64, ..format(Algorithm::Blake2b(24), Layout::Nameless) };
        assert_eq!(line(&format, None, bytes, 6), text);
    }
}

#[test]
fn numbers() {
    let numbers = |algorithm| format(algorithm, Layout::Numbers);
    for (algorithm, sum, len, expected) in [
        (Algorithm::Crc, 4_294_967_295_u32, 0, "4294967295 0"),
        (Algorithm::Crc, 3_015_617_425, 6, "3015617425 6"),
        (Algorithm::Crc32b, 909_783_072, 6, "909783072 6"),
        (Algorithm::Bsd, 36_979, 6, "36979     1"),
        (Algorithm::Bsd, 0, 0, "00000     0"),
        (Algorithm::Bsd, 65_233, 2000, "65233     2"),
        (Algorithm::Bsd, 7, 1 << 30, "00007 1048576"),
        (Algorithm::Sysv, 542, 6, "542 1"),
        (Algorithm::Sysv, 0, 0, "0 0"),
        (Algorithm::Sysv, 62_930, 2000, "62930 4"),
    ] {
        let bytes = sum.to_be_bytes();
        let bytes = &bytes[4 - algorithm.bytes()..];
        assert_eq!(line(&numbers(algorithm), None, bytes, len), format!("{expected}\n"));
        let zero = Format { zero: true, ..numbers(algorithm) };
        assert_eq!(line(&zero, Some("a\n\\"), bytes, len), format!("{expected} a\n\\\0"));
    }
}

#[test]
fn printed_by_name() {
    use crate::digest::Digest;
    use crate::item::Job;
    use crate::options::Called;
    use crate::print::Printer;
    use crate::report::{Out, Reporter};
    use ringutils::cli::{Diagnostics, Invocation};

    let told = |called, implied, algorithm, layout, name: &str, missing| {
        let diagnostics = Diagnostics::capturing(&Invocation::from_argv0(None, "prog"));
        let mut out = Out::new(&diagnostics);
        let job = Job { name: name.into(), literal: false, algorithm, expected: None };
        let digest = Digest { bytes: vec![1; algorithm.bytes()], len: 1 };
        let missing = || std::io::Error::from_raw_os_error(if missing { libc::ENOENT } else { libc::EIO });
        let result = if name.contains('?') { Err(missing()) } else { Ok(digest) };
        Printer::new(called, format(algorithm, layout), implied).file(&job, result, &mut out);
        let text = [out.take(), diagnostics.captured()].concat();
        (String::from_utf8(text).expect("text"), diagnostics.status())
    };
    let sum = |implied, name| told(Called::Sum, implied, Algorithm::Bsd, Layout::Numbers, name, true);
    assert_eq!(sum(true, "-"), ("00257     1\n".into(), 0));
    assert_eq!(sum(false, "-"), ("00257     1 -\n".into(), 0));
    assert_eq!(sum(false, "a ?"), ("prog: 'a ?': No such file or directory\n".into(), 1));
    let b3sum = |name| told(Called::B3sum, true, Algorithm::Blake3(8), Layout::Untagged, name, false);
    assert_eq!(b3sum("-"), ("01  -\n".into(), 0));
    assert_eq!(b3sum("a ?"), ("prog: a ?: Input/output error\n".into(), 1));
}
