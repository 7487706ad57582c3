//! `-v` and `-T`: how single bytes are shown.

use crate::out::Out;

/// How a byte is shown: up to four bytes.
#[derive(Clone, Copy)]
pub struct Shown {
    text: [u8; 4],
    len: u8,
}

#[allow(clippy::cast_possible_truncation, reason = "four at most")]
const fn shown(tabs: bool) -> [Shown; 256] {
    let mut table = [Shown { text: [0; 4], len: 1 }; 256];
    let mut byte: u8 = 0;
    loop {
        let low = byte & 0x7f;
        let meta = byte >= 0x80;
        let (mut text, mut len) = ([0; 4], 0);
        if meta {
            text[0] = b'M';
            text[1] = b'-';
            len = 2;
        }
        // A TAB stays as it is, but only without the high bit.
        let control = low == 127 || (low < 32 && (tabs || byte != b'\t'));
        if control {
            text[len] = b'^';
            len += 1;
        }
        text[len] = if control { low ^ 64 } else { low };
        table[byte as usize] = Shown { text, len: len as u8 + 1 };
        if byte == 255 {
            return table;
        }
        byte += 1;
    }
}

pub static SHOWN: [Shown; 256] = shown(false);
pub static SHOWN_TABS: [Shown; 256] = shown(true);

/// Bytes looked at together.
const TOGETHER: usize = 16;
/// Bytes shown one by one where not all that were looked at are shown as they are: binary data pays for few looks.
const ONE_BY_ONE: usize = 128;

/// `-v`: what is plain text is copied, the rest goes byte by byte through the table.
pub fn show(mut text: &[u8], table: &[Shown; 256], out: &mut Out) {
    let room = out.room(text.len() * 4);
    let mut at = 0;
    while !text.is_empty() {
        if let Some((chunk, rest)) = text.split_first_chunk::<TOGETHER>()
            && is_plain(chunk)
            && let Some(place) = room.get_mut(at..at + TOGETHER)
        {
            place.copy_from_slice(chunk);
            (at, text) = (at + TOGETHER, rest);
        } else {
            let (bytes, rest) = text.split_at(text.len().min(ONE_BY_ONE));
            (at, text) = (show_bytes(bytes, table, room, at), rest);
        }
    }
    out.advance(at);
}

/// Printable ASCII. Without a way out of the loop, it is compiled to a few vector instructions.
fn is_plain(chunk: &[u8; TOGETHER]) -> bool {
    chunk.iter().fold(true, |plain, byte| plain & (byte.wrapping_sub(b' ') < 0x7f - b' '))
}

/// Four bytes are written for each, of which those that count stay. Returns the end.
fn show_bytes(bytes: &[u8], table: &[Shown; 256], room: &mut [u8], mut at: usize) -> usize {
    for &byte in bytes {
        let shown = &table[usize::from(byte)];
        if let Some(place) = room.get_mut(at..at + 4) {
            place.copy_from_slice(&shown.text);
        }
        at += usize::from(shown.len);
    }
    at
}
