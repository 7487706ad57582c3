//! One result as text: what is printed, and what `check::line` reads back.
//!
//! Pure functions of bytes, so that they can be fuzzed together with the parser.

use crate::algorithm::Algorithm;
use crate::options::{Encoding, Format, Layout};

/// Adds the line of one result: `bytes` computed from `len` bytes of input. Numbers' lines go without a name where there
/// were no operands.
pub fn push(line: &mut Vec<u8>, format: &Format, name: Option<&[u8]>, bytes: &[u8], len: u64) {
    if format.encoding == Encoding::Raw {
        return line.extend_from_slice(bytes);
    }
    match format.layout {
        Layout::Numbers => push_numbers(line, format.algorithm, name, bytes, len),
        Layout::Nameless => push_digest(line, format.encoding, bytes),
        Layout::Tagged | Layout::PlainlyTagged | Layout::Untagged => {
            push_named(line, format, name.unwrap_or(b"-"), bytes);
        }
    }
    line.push(if format.zero { 0 } else { b'\n' });
}

fn push_named(line: &mut Vec<u8>, format: &Format, name: &[u8], bytes: &[u8]) {
    let escape = !format.zero && needs_escape(name);
    if escape {
        line.push(b'\\');
    }
    let push_name = |line: &mut Vec<u8>| {
        if escape { push_escaped(line, name) } else { line.extend_from_slice(name) }
    };
    if format.layout == Layout::Untagged {
        push_digest(line, format.encoding, bytes);
        line.extend_from_slice(if format.binary { b" *" } else { b"  " });
        push_name(line);
    } else {
        let plain = format.layout == Layout::PlainlyTagged;
        let tag = if plain { Algorithm::Blake3(256).tag() } else { format.algorithm.tag() };
        line.extend_from_slice(tag.as_bytes());
        line.extend_from_slice(b" (");
        push_name(line);
        line.extend_from_slice(b") = ");
        push_digest(line, format.encoding, bytes);
    }
}

/// The checksum and the size, in bytes (crc, crc32b) or in blocks. The name is never escaped.
fn push_numbers(line: &mut Vec<u8>, algorithm: Algorithm, name: Option<&[u8]>, bytes: &[u8], len: u64) {
    let sum = bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    let text = match algorithm {
        Algorithm::Bsd => format!("{sum:05} {:>5}", len.div_ceil(1024)),
        Algorithm::Sysv => format!("{sum} {}", len.div_ceil(512)),
        _ => format!("{sum} {len}"),
    };
    line.extend_from_slice(text.as_bytes());
    if let Some(name) = name {
        line.push(b' ');
        line.extend_from_slice(name);
    }
}

fn push_digest(line: &mut Vec<u8>, encoding: Encoding, bytes: &[u8]) {
    match encoding {
        Encoding::Base64 => push_base64(line, bytes),
        Encoding::Hex | Encoding::Raw => {
            let digit = |value: u8| b"0123456789abcdef"[usize::from(value)];
            line.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
        }
    }
}

/// Whether a name in a line has to be escaped, and the line to begin with a backslash.
pub fn needs_escape(name: &[u8]) -> bool {
    name.iter().any(|byte| matches!(byte, b'\\' | b'\n' | b'\r'))
}

/// The name in a line that begins with a backslash.
pub fn push_escaped(line: &mut Vec<u8>, name: &[u8]) {
    for byte in name {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            byte => line.push(*byte),
        }
    }
}

/// The 64 digits of base64 (RFC 4648, section 4).
pub const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn push_base64(line: &mut Vec<u8>, bytes: &[u8]) {
    for group in bytes.chunks(3) {
        let [first, second, third] = [0, 1, 2].map(|n| group.get(n).copied().unwrap_or(0));
        let bits = u32::from_be_bytes([0, first, second, third]);
        for digit in 0..4 {
            let padding = digit > group.len();
            line.push(if padding { b'=' } else { BASE64[(bits >> (18 - 6 * digit)) as usize & 63] });
        }
    }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
