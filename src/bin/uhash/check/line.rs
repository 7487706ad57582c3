//! The grammar of a line in a list of checksums: GNU's, with all that its commands let pass and refuse, and b3sum's.
//!
//! Pure functions of bytes, so that they can be fuzzed: no I/O, and one pass over a line however long it is.

use super::digits::{Digits, Read};
use crate::algorithm::{Algorithm, BLAKE3_MOST};
use crate::options::{Called, Verify};

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Nothing: a comment, or nothing at all.
    Skip,
    /// It makes no sense.
    Misformatted,
    Entry(Entry),
}

/// A file, and what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: Vec<u8>,
    pub algorithm: Algorithm,
    /// The first bytes of what is to be computed: not all, if the tag says so (`MD5-64`). Longer than the result, it
    /// is something that never matches.
    pub expected: Vec<u8>,
}

/// Reads lines, and remembers what those before have decided: one of this for all lists of a run.
#[derive(Clone, Debug)]
pub struct Parser {
    tags: Tags,
    digits: Digits,
    untagged: Untagged,
    order: Option<Order>,
    complaint: &'static str,
}

/// The tags that are understood.
#[derive(Clone, Copy, Debug)]
enum Tags {
    Any,
    /// SHA-2 of any length; the first `SHA256` or its like that is met becomes `Only`.
    AnySha2,
    Only(&'static Tag),
    /// `md5sum` and its like: no length may follow.
    Bare(&'static Tag),
    /// b3sum goes by its own rules.
    B3sum,
}

/// What a line without a tag is taken for.
#[derive(Clone, Copy, Debug)]
enum Untagged {
    Refused,
    One(Algorithm),
    /// The number of digits decides.
    Sized(Family),
}

/// Algorithms with a choice of lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Sha2,
    Sha3,
    Blake2b,
    Blake3,
}

/// How the untagged lines of this run are written, as the first of them has it. To take `HASH  x` for ` x` in some lines
/// and for `x` in others would let a list mean files that nobody meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// `HASH  NAME` and `HASH *NAME`
    Standard,
    /// `HASH NAME`, as BSD's `md5 -r` has it.
    Reversed,
}

/// The word in front of a tagged line.
#[derive(Debug)]
struct Tag {
    word: &'static str,
    /// What it means with no length behind it.
    algorithm: Algorithm,
    /// A length behind it chooses from here; elsewhere it only says how much of the digest is there.
    family: Option<Family>,
}

/// All tags, those beyond GNU's last.
static TAGS: &[Tag] = &[
    Tag { word: "MD5", algorithm: Algorithm::Md5, family: None },
    Tag { word: "SHA1", algorithm: Algorithm::Sha1, family: None },
    Tag { word: "SHA224", algorithm: Algorithm::Sha2(224), family: None },
    Tag { word: "SHA256", algorithm: Algorithm::Sha2(256), family: None },
    Tag { word: "SHA384", algorithm: Algorithm::Sha2(384), family: None },
    Tag { word: "SHA512", algorithm: Algorithm::Sha2(512), family: None },
    Tag { word: "SHA2", algorithm: Algorithm::Sha2(512), family: Some(Family::Sha2) },
    Tag { word: "SHA3", algorithm: Algorithm::Sha3(512), family: Some(Family::Sha3) },
    Tag { word: "BLAKE2b", algorithm: Algorithm::Blake2b(512), family: Some(Family::Blake2b) },
    Tag { word: "SM3", algorithm: Algorithm::Sm3, family: None },
    Tag { word: "BLAKE3", algorithm: Algorithm::Blake3(256), family: Some(Family::Blake3) },
    Tag { word: "XXH3", algorithm: Algorithm::Xxh3, family: None },
    Tag { word: "XXH64", algorithm: Algorithm::Xxh64, family: None },
    Tag { word: "CRC32C", algorithm: Algorithm::Crc32c, family: None },
];

impl Tag {
    /// The tag that lines of this algorithm have. `Sha2(0)` is `SHA2`. `None` for numbers, which have none.
    fn of(algorithm: Algorithm) -> Option<&'static Self> {
        TAGS.iter().find(|tag| match (algorithm, tag.family) {
            (Algorithm::Sha2(0), family) => family == Some(Family::Sha2),
            (Algorithm::Sha2(_), Some(Family::Sha2)) => false,
            (Algorithm::Sha3(_), family) => family == Some(Family::Sha3),
            (Algorithm::Blake2b(_), family) => family == Some(Family::Blake2b),
            (Algorithm::Blake3(_), family) => family == Some(Family::Blake3),
            _ => tag.algorithm == algorithm,
        })
    }

    /// The algorithm, and the bytes of its digest that a line has, where `bits` stand behind the tag.
    fn with_length(&self, bits: u32) -> Option<(Algorithm, usize)> {
        let bytes = usize::try_from(bits / 8).ok()?;
        match self.family {
            _ if bits == 0 || !bits.is_multiple_of(8) => None,
            Some(family) => Some((family.with_bytes(bytes)?, bytes)),
            None => (bits <= self.algorithm.bits()).then_some((self.algorithm, bytes)),
        }
    }
}

impl Family {
    fn with_bytes(self, bytes: usize) -> Option<Algorithm> {
        let bits = u32::try_from(bytes).ok()?.checked_mul(8)?;
        let short = u16::try_from(bits).ok();
        let sha = short.filter(|bits| matches!(bits, 224 | 256 | 384 | 512));
        match self {
            Self::Sha2 => sha.map(Algorithm::Sha2),
            Self::Sha3 => sha.map(Algorithm::Sha3),
            Self::Blake2b => short.filter(|bits| (8..=512).contains(bits)).map(Algorithm::Blake2b),
            Self::Blake3 => (8..=BLAKE3_MOST).contains(&bits).then_some(Algorithm::Blake3(bits)),
        }
    }
}

impl Untagged {
    /// What `-a` makes of such lines.
    fn of(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha2(0) => Self::Sized(Family::Sha2),
            Algorithm::Sha3(_) => Self::Sized(Family::Sha3),
            Algorithm::Blake2b(_) => Self::Sized(Family::Blake2b),
            Algorithm::Blake3(_) => Self::Sized(Family::Blake3),
            algorithm if algorithm.is_number() => Self::Refused,
            algorithm => Self::One(algorithm),
        }
    }

    fn with_bytes(self, bytes: usize) -> Option<Algorithm> {
        match self {
            Self::Refused => None,
            Self::One(algorithm) => Some(algorithm).filter(|algorithm| algorithm.bytes() == bytes),
            Self::Sized(family) => family.with_bytes(bytes),
        }
    }

    /// Whether a digest that stands there as `text` can have this many bytes. As GNU has it, hexadecimal digits at the
    /// beginning decide where SHA-2 and SHA-3 have a size for them: a line with something wrong in its last digits is
    /// no line, and not a longer digest in base64.
    fn fits(self, text: &[u8], bytes: usize) -> bool {
        let hex = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let decided =
            matches!(self, Self::Sized(Family::Sha2 | Family::Sha3)) && self.with_bytes(hex / 2).is_some();
        (!decided || bytes == hex / 2) && self.with_bytes(bytes).is_some()
    }
}

impl Parser {
    pub fn new(verify: &Verify) -> Self {
        let (tags, digits, untagged) = match (verify.called, verify.algorithm) {
            (Called::B3sum, _) => (Tags::B3sum, Digits::LowercaseHex, Untagged::Refused),
            (Called::Digest(algorithm), _) => {
                (Tag::of(algorithm).map_or(Tags::Any, Tags::Bare), Digits::Hex, Untagged::of(algorithm))
            }
            (Called::B2sum, _) => {
                let algorithm = Algorithm::Blake2b(512);
                (Tag::of(algorithm).map_or(Tags::Any, Tags::Only), Digits::Hex, Untagged::of(algorithm))
            }
            (_, Some(algorithm)) => {
                let tags = match Tag::of(algorithm) {
                    Some(_) if algorithm == Algorithm::Sha2(0) => Tags::AnySha2,
                    tag => tag.map_or(Tags::Any, Tags::Only),
                };
                (tags, Digits::HexOrBase64, Untagged::of(algorithm))
            }
            (Called::Uhash, None) => (Tags::Any, Digits::HexOrBase64, Untagged::One(Algorithm::Sha2(256))),
            (Called::Cksum | Called::Sum, None) => (Tags::Any, Digits::HexOrBase64, Untagged::Refused),
        };
        let complaint = match tags {
            Tags::Only(tag) | Tags::Bare(tag) => tag.word,
            Tags::AnySha2 => "SHA2",
            Tags::Any if verify.called == Called::Uhash => "SHA256",
            Tags::Any => "CRC",
            Tags::B3sum => "",
        };
        Self { tags, digits, untagged, order: None, complaint }
    }

    /// What is to be said of a line that was misformatted: the type that it should have had, which is that of the tag
    /// that was recognised last. For b3sum, what is wrong with it.
    pub const fn complaint(&self) -> &'static str {
        self.complaint
    }

    /// Reads a line, with or without its end.
    pub fn parse(&mut self, line: &[u8]) -> Parsed {
        let entry = if matches!(self.tags, Tags::B3sum) {
            super::b3sum::parse(line).map_err(|complaint| self.complaint = complaint).ok()
        } else {
            if line.first() == Some(&b'#') {
                return Parsed::Skip;
            }
            let line = line.strip_suffix(b"\n").unwrap_or(line);
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                return Parsed::Skip;
            }
            self.entry(line)
        };
        entry.map_or(Parsed::Misformatted, Parsed::Entry)
    }

    fn entry(&mut self, line: &[u8]) -> Option<Entry> {
        let line = skip_blanks(line);
        let (escaped, body) = match line.strip_prefix(b"\\") {
            Some(body) => (true, body),
            None => (false, line),
        };
        // No digest is like what a tag begins with: what is wrong as a tagged line is wrong as an untagged one.
        self.tagged(body, escaped).or_else(|| self.without_tag(body, escaped))
    }

    /// `TYPE (NAME) = DIGEST`
    fn tagged(&mut self, body: &[u8], escaped: bool) -> Option<Entry> {
        let (tag, rest) = self.recognise(body)?;
        let ((algorithm, bytes), rest) = match (self.tags, rest.strip_prefix(b"-")) {
            (Tags::Bare(_), _) | (_, None) => ((tag.algorithm, tag.algorithm.bytes()), rest),
            (_, Some(rest)) => {
                let (bits, rest) = number(rest)?;
                (tag.with_length(bits)?, rest)
            }
        };
        let rest = rest.strip_prefix(b" ").unwrap_or(rest).strip_prefix(b"(")?;
        let end = rest.iter().rposition(|byte| *byte == b')')?;
        let name = name(&rest[..end], escaped)?;
        let digest = skip_blanks(skip_blanks(&rest[end + 1..]).strip_prefix(b"=")?);
        let read = self.digits.read(digest, |len| len == bytes)?;
        Some(Entry { name, algorithm, expected: expected(read, algorithm) })
    }

    /// The tag at the beginning, if it is one that may be there, and what follows it.
    fn recognise<'a>(&mut self, body: &'a [u8]) -> Option<(&'static Tag, &'a [u8])> {
        let end = body.iter().take(LONGEST_TAG + 1).position(|byte| b" \t-(\0".contains(byte));
        let (word, rest) = body.split_at(end.unwrap_or(body.len()));
        let known = |tag: &&Tag| tag.word.as_bytes() == word;
        match self.tags {
            Tags::Only(tag) | Tags::Bare(tag) => known(&tag).then_some((tag, rest)),
            Tags::B3sum => None,
            Tags::Any => {
                let tag = TAGS.iter().find(known)?;
                self.complaint = tag.word;
                Some((tag, rest))
            }
            Tags::AnySha2 => {
                let tag =
                    TAGS.iter().filter(|tag| matches!(tag.algorithm, Algorithm::Sha2(_))).find(known)?;
                if tag.family.is_none() {
                    self.tags = Tags::Only(tag);
                    self.untagged = Untagged::One(tag.algorithm);
                    self.complaint = tag.word;
                }
                Some((tag, rest))
            }
        }
    }

    /// `DIGEST  NAME`, `DIGEST *NAME`, `DIGEST NAME`
    fn without_tag(&mut self, body: &[u8], escaped: bool) -> Option<Entry> {
        if matches!(self.untagged, Untagged::Refused) {
            return None;
        }
        let end = body.iter().position(|byte| b" \t\0".contains(byte))?;
        let (digest, rest) = (&body[..end], &body[end + 1..]);
        // Of `md5sum` and its like GNU demands one byte more, not of the others.
        if matches!(self.tags, Tags::Bare(_)) && rest.is_empty() {
            return None;
        }
        let read = self.digits.read(digest, |len| self.untagged.fits(digest, len))?;
        let algorithm = self.untagged.with_bytes(read.bytes.len())?;
        let name = name(self.ordered(rest)?, escaped)?;
        Some(Entry { name, algorithm, expected: expected(read, algorithm) })
    }

    /// The name in what follows the digest and a blank.
    fn ordered<'a>(&mut self, rest: &'a [u8]) -> Option<&'a [u8]> {
        match rest {
            [b' ' | b'*', name @ ..] if !name.is_empty() => {
                let order = *self.order.get_or_insert(Order::Standard);
                Some(if order == Order::Standard { name } else { rest })
            }
            _ => (*self.order.get_or_insert(Order::Reversed) == Order::Reversed).then_some(rest),
        }
    }
}

/// Bytes of the longest word in [`TAGS`].
const LONGEST_TAG: usize = 7;

fn skip_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[blanks..]
}

/// A number as C writes it (`128`, `0x80`, `0200`, `0b10000000`), and what follows.
fn number(text: &[u8]) -> Option<(u32, &[u8])> {
    let (radix, digits) = match text {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        [b'0', b'b' | b'B', digits @ ..] => (2, digits),
        [b'0', ..] => (8, text),
        _ => (10, text),
    };
    let value = |byte: &u8| char::from(*byte).to_digit(radix);
    let len = digits.iter().take_while(|byte| value(byte).is_some()).count();
    let (digits, rest) = digits.split_at(len);
    let number = digits.iter().filter_map(value);
    let number = number.fold(0u32, |number, digit| number.saturating_mul(radix).saturating_add(digit));
    (len > 0).then_some((number, rest))
}

/// The file's name. A NUL ends it, but must not be in one that is escaped.
fn name(text: &[u8], escaped: bool) -> Option<Vec<u8>> {
    if escaped {
        return if text.contains(&0) { None } else { unescape(text) };
    }
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    Some(text[..end].to_vec())
}

/// Undoes `line::push_escaped`. No other escapes are known.
pub(super) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'\\' => match bytes.next()? {
                b'\\' => b'\\',
                b'n' => b'\n',
                b'r' => b'\r',
                _ => return None,
            },
            byte => *byte,
        });
    }
    Some(name)
}

fn expected(Read { mut bytes, stray }: Read, algorithm: Algorithm) -> Vec<u8> {
    if stray {
        bytes.resize(algorithm.bytes() + 1, 0);
    }
    bytes
}

#[cfg(test)]
#[path = "line_tests.rs"]
pub mod tests;
