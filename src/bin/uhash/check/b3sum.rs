//! Lines as b3sum reads them: more strictly than GNU, and every line has to be one.

use super::digits::Digits;
use super::line::{Entry, unescape};
use crate::algorithm::Algorithm;

const BLAKE3: Algorithm = Algorithm::Blake3(256);

/// `HASH  NAME` or `BLAKE3 (NAME) = HASH`, of 64 lower-case digits.
///
/// # Errors
/// What b3sum has to say of it.
pub fn parse(line: &[u8]) -> Result<Entry, &'static str> {
    let ends = line.iter().rev().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
    let line = &line[..line.len() - ends];
    if line.is_empty() {
        return Err("Empty line");
    }
    let (escaped, body) = match line.strip_prefix(b"\\") {
        Some(body) => (true, body),
        None => (false, line),
    };
    // b3sum looks for two blanks first, and does not understand its own tagged lines if the name has them.
    let (name, digest) = tagged(body).or_else(|| untagged(body)).ok_or("Invalid check line format")?;
    if digest.len() != 2 * BLAKE3.bytes() {
        return Err("Invalid hash length");
    }
    let read = Digits::LowercaseHex.read(digest, |len| len == BLAKE3.bytes()).ok_or("Invalid hex")?;
    let name = if escaped { unescape(name).ok_or("Invalid backslash escape")? } else { name.to_vec() };
    if name.is_empty() {
        return Err("empty file path");
    }
    if name.contains(&0) {
        return Err("Null character in path");
    }
    // b3sum writes it for any bytes that are not UTF-8, so it may stand for more than one file.
    if name.windows(REPLACED.len()).any(|bytes| bytes == REPLACED) {
        return Err("Unicode replacement character in path");
    }
    Ok(Entry { name, algorithm: BLAKE3, expected: read.bytes })
}

const REPLACED: &[u8] = "\u{fffd}".as_bytes();

fn tagged(body: &[u8]) -> Option<(&[u8], &[u8])> {
    const BETWEEN: &[u8] = b") = ";
    let rest = body.strip_prefix(b"BLAKE3 (")?;
    let end = rest.windows(BETWEEN.len()).rposition(|bytes| bytes == BETWEEN)?;
    Some((&rest[..end], &rest[end + BETWEEN.len()..]))
}

fn untagged(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = body.windows(2).position(|bytes| bytes == b"  ")?;
    Some((&body[end + 2..], &body[..end]))
}
