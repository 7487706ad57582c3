//! The digits of a digest, as lists have them: hexadecimal, or base64.

use crate::line::BASE64;

/// How a digest was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    Hex,
    LowercaseHex,
    HexOrBase64,
}

/// A digest that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub bytes: Vec<u8>,
    /// The last digit of base64 has bits that belong to no byte, and not all are zero. No encoder writes that: it is
    /// well-formed, and matches nothing.
    pub stray: bool,
}

impl Digits {
    /// The bytes of a digest, of which there have to be `fits` many. Hexadecimal, if it can be both.
    pub fn read(self, text: &[u8], fits: impl Fn(usize) -> bool) -> Option<Read> {
        if text.len().is_multiple_of(2) && fits(text.len() / 2) {
            let lowercase = self == Self::LowercaseHex;
            if let Some(bytes) = from_hex(text, lowercase) {
                return Some(Read { bytes, stray: false });
            }
        }
        if self != Self::HexOrBase64 || !text.len().is_multiple_of(4) {
            return None;
        }
        let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
        let len = (text.len() / 4 * 3).checked_sub(padding)?;
        if padding > 2 || !fits(len) {
            return None;
        }
        from_base64(&text[..text.len() - padding])
    }
}

fn from_hex(text: &[u8], lowercase: bool) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' if !lowercase => Some(digit - b'A' + 10),
        _ => None,
    };
    let (pairs, _) = text.as_chunks::<2>();
    pairs.iter().map(|[high, low]| Some(value(*high)? << 4 | value(*low)?)).collect()
}

/// Digits without padding.
fn from_base64(text: &[u8]) -> Option<Read> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0u32, 0);
    for digit in text {
        let value = BASE64.iter().position(|known| known == digit)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xff) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(Read { bytes, stray: bits != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(digits: Digits, text: &str, len: usize) -> Option<Vec<u8>> {
        digits.read(text.as_bytes(), |n| n == len).filter(|read| !read.stray).map(|read| read.bytes)
    }

    #[test]
    fn hexadecimal() {
        assert_eq!(read(Digits::Hex, "dEE47d", 3), Some(vec![0xde, 0xe4, 0x7d]));
        assert_eq!(read(Digits::LowercaseHex, "dee47d", 3), Some(vec![0xde, 0xe4, 0x7d]));
        assert_eq!(read(Digits::LowercaseHex, "dEE47d", 3), None);
        for wrong in ["", "d", "dee47", "dee47g", "dee47d0", "3uR9"] {
            assert_eq!(read(Digits::Hex, wrong, 3), None, "{wrong}");
        }
    }

    #[test]
    fn base64() {
        assert_eq!(read(Digits::HexOrBase64, "3uR9", 3), Some(vec![0xde, 0xe4, 0x7d]));
        assert_eq!(read(Digits::HexOrBase64, "Jw==", 1), Some(vec![0x27]));
        assert_eq!(read(Digits::HexOrBase64, "+/8=", 2), Some(vec![0xfb, 0xff]));
        for wrong in ["Jw=", "Jw", "J===", "====", "=Jw=", "J-==", "Jw= ", "Jw==Jw==", "Jx=="] {
            assert_eq!(read(Digits::HexOrBase64, wrong, 1), None, "{wrong}");
        }
        assert!(Digits::HexOrBase64.read(b"Jx==", |_| true).is_some_and(|read| read.stray));
    }
}
