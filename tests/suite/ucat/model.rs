//! What cat does to bytes, written for the reader instead of the machine: one byte after the other. Tests compare
//! the real thing with this; `differential` compares both with GNU.

/// The formatting options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "cat has six flags that are independent of each other")]
pub struct Format {
    number: bool,
    number_nonblank: bool,
    squeeze: bool,
    nonprinting: bool,
    ends: bool,
    tabs: bool,
}

impl Format {
    /// From short options, such as `-ns`.
    pub fn of(options: &str) -> Self {
        let mut format = Format::default();
        for letter in options.chars() {
            match letter {
                '-' | 'u' => {}
                'n' => format.number = true,
                'b' => format.number_nonblank = true,
                's' => format.squeeze = true,
                'v' => format.nonprinting = true,
                'E' => format.ends = true,
                'T' => format.tabs = true,
                'e' => (format.nonprinting, format.ends) = (true, true),
                't' => (format.nonprinting, format.tabs) = (true, true),
                'A' => (format.nonprinting, format.ends, format.tabs) = (true, true, true),
                _ => panic!("-{letter}"),
            }
        }
        format
    }

    /// What cat makes of `input`, all files in a row.
    pub fn apply(self, input: &[u8]) -> Vec<u8> {
        if self == Format::default() {
            return input.to_vec();
        }
        let mut out = Vec::with_capacity(input.len() * 2);
        let (mut line, mut blanks, mut at_start) = (0_u64, 0_u64, true);
        for (i, &byte) in input.iter().enumerate() {
            let blank = at_start && byte == b'\n';
            blanks = if blank { blanks + 1 } else { 0 };
            if blank && blanks > 1 && self.squeeze {
                continue;
            }
            if at_start && (self.number_nonblank && !blank || self.number && !self.number_nonblank) {
                line += 1;
                out.extend_from_slice(format!("{line:>6}\t").as_bytes());
            }
            let before_end = input.get(i + 1) == Some(&b'\n');
            self.byte(byte, before_end, &mut out);
            at_start = byte == b'\n';
        }
        out
    }

    fn byte(self, byte: u8, before_end: bool, out: &mut Vec<u8>) {
        match byte {
            b'\n' if self.ends => out.extend_from_slice(b"$\n"),
            b'\t' if self.tabs => out.extend_from_slice(b"^I"),
            b'\n' | b'\t' => out.push(byte),
            b'\r' if self.ends && before_end => out.extend_from_slice(b"^M"),
            _ if self.nonprinting => {
                if byte >= 128 {
                    out.extend_from_slice(b"M-");
                }
                match byte & 0x7F {
                    control @ 0..32 => out.extend_from_slice(&[b'^', control + 64]),
                    127 => out.extend_from_slice(b"^?"),
                    printable => out.push(printable),
                }
            }
            _ => out.push(byte),
        }
    }
}
