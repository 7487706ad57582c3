//! BLAKE3 of one file by many threads, in bounded memory.
//!
//! BLAKE3 is a tree over the bytes: whoever knows a piece of a file and where it stands can reduce it to 32 bytes
//! ([`Piece`]), and pieces of a power of two, in order, are all that is needed to come to the root ([`Tree`]). Nobody
//! has to hold more than the piece that he is reading, and one value for each level of the tree.

use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root_xof};

use super::{Digest, first_bytes};

/// Bytes of a piece: some 0.3 ms of work. Any from 128 KiB on is as fast; what counts is that a thread hashes what it has
/// just read, in parts that its cache holds ([`Piece::update`]).
pub const PIECE: usize = 1 << 20;

/// One piece of a file on its way.
pub struct Piece {
    offset: u64,
    hasher: Box<blake3::Hasher>,
}

/// What is left of a piece.
pub struct Subtree {
    offset: u64,
    len: u64,
    value: Value,
}

enum Value {
    /// Of the piece at offset 0: if no other follows, it is the root, which is computed differently.
    Open(Box<blake3::Hasher>),
    Closed(ChainingValue),
    /// Of no bytes.
    Nothing,
}

impl Piece {
    /// The piece that begins at `offset`, a multiple of the tree's piece.
    pub fn new(offset: u64) -> Self {
        let mut hasher = Box::new(blake3::Hasher::new());
        hasher.set_input_offset(offset);
        Self { offset, hasher }
    }

    /// More of its bytes, in their order.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    pub fn finish(self) -> Subtree {
        let Self { offset, hasher } = self;
        let len = hasher.count();
        let value = match (offset, len) {
            (0, _) => Value::Open(hasher),
            (_, 0) => Value::Nothing,
            _ => Value::Closed(hasher.finalize_non_root()),
        };
        Subtree { offset, len, value }
    }
}

/// Makes one result of the pieces.
pub struct Tree {
    /// Bytes of each piece but the last.
    piece: u64,
    len: u64,
    /// The first piece, while it is the only one.
    first: Option<Box<blake3::Hasher>>,
    /// Subtrees that are complete, each smaller than the one before, and the last piece that came.
    stack: Vec<ChainingValue>,
}

impl Tree {
    /// # Panics
    /// If `piece`, the bytes of all pieces but the last, is not a power of two of at least 1024, BLAKE3's own unit.
    pub fn new(piece: usize) -> Self {
        assert!(piece.is_power_of_two() && piece >= blake3::CHUNK_LEN, "no subtree has {piece} bytes");
        Self { piece: piece as u64, len: 0, first: None, stack: Vec::new() }
    }

    /// The offset of the piece that is due.
    pub fn due(&self) -> u64 {
        self.len
    }

    /// The next piece, in order of position. One without bytes, after the last, changes nothing.
    ///
    /// # Panics
    /// If it is not the next, is too long, or follows one that was too short: what came out would not be the file's.
    pub fn push(&mut self, subtree: Subtree) {
        let Subtree { offset, len, value } = subtree;
        let nothing = matches!(value, Value::Nothing);
        assert!(
            nothing || (offset == self.len && len <= self.piece),
            "the piece at {offset} is not the one at {}",
            self.len
        );
        let value = match value {
            Value::Nothing => return,
            Value::Open(hasher) => {
                self.first = Some(hasher);
                self.len = len;
                return;
            }
            Value::Closed(value) => value,
        };
        assert!(self.len.is_multiple_of(self.piece), "the piece before {offset} is short");
        if let Some(first) = self.first.take() {
            self.stack.push(first.finalize_non_root());
        }
        // Whole subtrees are joined once it is certain that something follows: the last join of all is another one.
        let before = self.len / self.piece;
        while self.stack.len() > before.count_ones() as usize {
            self.join();
        }
        self.stack.push(value);
        self.len += len;
    }

    /// The last two subtrees become one.
    fn join(&mut self) {
        let Some((right, left)) = self.stack.pop().zip(self.stack.pop()) else { return };
        self.stack.push(merge_subtrees_non_root(&left, &right, Mode::Hash));
    }

    /// The result, of `wanted` bytes, after the last piece.
    pub fn finish(mut self, wanted: usize) -> Digest {
        while self.stack.len() > 2 {
            self.join();
        }
        let mut output = match self.stack[..] {
            [left, right] => merge_subtrees_root_xof(&left, &right, Mode::Hash),
            _ => self.first.unwrap_or_default().finalize_xof(),
        };
        Digest { bytes: first_bytes(&mut output, wanted), len: self.len }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Digest, Piece, Subtree, Tree};
    use crate::digest::tests::pattern;

    /// The piece at `offset`, all at once.
    fn piece(offset: u64, bytes: &[u8]) -> Subtree {
        let mut piece = Piece::new(offset);
        piece.update(bytes);
        piece.finish()
    }

    /// As threads would: pieces finished last to first, merged first to last.
    fn by_pieces(bytes: &[u8], size: usize, wanted: usize) -> Digest {
        let numbered = bytes.chunks(size).enumerate().rev();
        let mut pieces: Vec<_> = numbered.map(|(number, part)| piece((number * size) as u64, part)).collect();
        let mut tree = Tree::new(size);
        while let Some(piece) = pieces.pop() {
            tree.push(piece);
        }
        tree.finish(wanted)
    }

    fn at_once(bytes: &[u8], wanted: usize) -> Digest {
        let mut hash = vec![0; wanted];
        blake3::Hasher::new().update(bytes).finalize_xof().fill(&mut hash);
        Digest { bytes: hash, len: bytes.len() as u64 }
    }

    #[test]
    fn pieces_of_every_number_make_the_same_result() {
        let bytes = pattern(40 * 1024 + 1);
        for size in [1024, 2048, 4096, 16384] {
            for whole in 0..=bytes.len() / size {
                for rest in [0, 1, size / 2, size - 1] {
                    let some = &bytes[..bytes.len().min(whole * size + rest)];
                    assert_eq!(
                        by_pieces(some, size, 32),
                        at_once(some, 32),
                        "{} bytes by {size}",
                        some.len()
                    );
                }
            }
        }
    }

    #[test]
    fn pieces_of_the_real_size_do_too() {
        let bytes = pattern(5 * super::PIECE + 1);
        for pieces in 0..=5 {
            for edge in [-1, 0, 1] {
                let Some(len) = (pieces * super::PIECE).checked_add_signed(edge) else { continue };
                assert_eq!(
                    by_pieces(&bytes[..len], super::PIECE, 32),
                    at_once(&bytes[..len], 32),
                    "{len} bytes"
                );
            }
        }
    }

    #[test]
    fn results_of_any_length() {
        let bytes = pattern(3 * 1024);
        for len in [0, 1024, 1025, bytes.len()] {
            for wanted in [1, 31, 33, 64, 65, 131, 65_536] {
                assert_eq!(by_pieces(&bytes[..len], 1024, wanted), at_once(&bytes[..len], wanted));
            }
        }
    }

    #[test]
    fn an_empty_piece_at_the_end_changes_nothing() {
        let bytes = pattern(2048);
        for len in [0, 1024, 2048] {
            let mut tree = Tree::new(1024);
            for (at, part) in (0_u64..).step_by(1024).zip(bytes[..len].chunks(1024)) {
                tree.push(piece(at, part));
            }
            tree.push(piece(tree.due(), &[]));
            assert_eq!(tree.finish(32), at_once(&bytes[..len], 32));
        }
        assert_eq!(Tree::new(1024).finish(32), at_once(&[], 32));
    }

    #[test]
    fn memory_grows_with_the_logarithm() {
        let mut tree = Tree::new(1024);
        let bytes = [7; 1024];
        for number in 0..5000 {
            tree.push(piece(number * 1024, &bytes));
            assert!(tree.stack.len() <= 14, "{} values after {number} pieces", tree.stack.len());
        }
    }

    #[test]
    #[should_panic(expected = "is not the one at 1024")]
    fn pieces_out_of_order_are_refused() {
        let mut tree = Tree::new(1024);
        tree.push(piece(0, &[0; 1024]));
        tree.push(piece(2048, &[0; 1024]));
    }

    #[test]
    #[should_panic(expected = "is short")]
    fn nothing_follows_a_short_piece() {
        let mut tree = Tree::new(2048);
        tree.push(piece(0, &[0; 1024]));
        tree.push(piece(1024, &[0; 1024]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn any_size_in_any_parts(len in 0_usize..200_000, power in 10_u32..16, step in 1_usize..20_000) {
            let bytes = pattern(len);
            let size = 1 << power;
            let mut tree = Tree::new(size);
            for (at, part) in (0_u64..).step_by(size).zip(bytes.chunks(size)) {
                let mut piece = Piece::new(at);
                part.chunks(step).for_each(|bytes| piece.update(bytes));
                tree.push(piece.finish());
            }
            prop_assert_eq!(tree.finish(32), at_once(&bytes, 32));
        }
    }
}
