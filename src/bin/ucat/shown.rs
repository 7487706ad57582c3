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

/// `-v`: each byte through the table. Four bytes are written for each, of which those that count stay.
pub fn show(text: &[u8], table: &[Shown; 256], out: &mut Out) {
    let room = out.room(text.len() * 4);
    let mut at = 0;
    for &byte in text {
        let shown = &table[usize::from(byte)];
        if let Some(place) = room.get_mut(at..at + 4) {
            place.copy_from_slice(&shown.text);
        }
        at += usize::from(shown.len);
    }
    out.advance(at);
}
