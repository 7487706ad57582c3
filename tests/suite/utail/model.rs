//! What the last part of a file is, in the simplest way to say it.

/// What `-n` or `-c` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    bytes: bool,
    from_start: bool,
    count: u64,
    end: u8,
}

pub fn last_lines(count: u64) -> Part {
    Part { bytes: false, from_start: false, count, end: b'\n' }
}

pub fn from_line(count: u64) -> Part {
    Part { from_start: true, ..last_lines(count) }
}

pub fn last_bytes(count: u64) -> Part {
    Part { bytes: true, ..last_lines(count) }
}

pub fn from_byte(count: u64) -> Part {
    Part { bytes: true, ..from_line(count) }
}

impl Part {
    /// With `-z`.
    pub fn zeros(self) -> Self {
        Part { end: 0, ..self }
    }

    /// How a user asks for it.
    pub fn args(self) -> Vec<String> {
        let option = if self.bytes { "-c" } else { "-n" };
        let sign = if self.from_start { "+" } else { "" };
        let mut args = vec![format!("{option}{sign}{}", self.count)];
        if self.end == 0 {
            args.push("-z".into());
        }
        args
    }

    /// That part.
    pub fn of(self, content: &[u8]) -> &[u8] {
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        let skipped = count.saturating_sub(1);
        let at = match (self.bytes, self.from_start) {
            (true, true) => skipped.min(content.len()),
            (true, false) => content.len().saturating_sub(count),
            (false, true) => self.lines(content).take(skipped).map(<[u8]>::len).sum(),
            (false, false) => {
                let lines = self.lines(content).count();
                self.lines(content).take(lines.saturating_sub(count)).map(<[u8]>::len).sum()
            }
        };
        &content[at..]
    }

    fn lines(self, content: &[u8]) -> impl Iterator<Item = &[u8]> {
        content.split_inclusive(move |&byte| byte == self.end)
    }
}

#[test]
fn parts() {
    let text = b"one\ntwo\nthree";
    for (part, expected) in [
        (last_lines(0), ""),
        (last_lines(1), "three"),
        (last_lines(2), "two\nthree"),
        (last_lines(9), "one\ntwo\nthree"),
        (from_line(0), "one\ntwo\nthree"),
        (from_line(1), "one\ntwo\nthree"),
        (from_line(2), "two\nthree"),
        (from_line(4), ""),
        (last_bytes(2), "ee"),
        (from_byte(12), "ee"),
        (from_byte(99), ""),
        (last_lines(1).zeros(), "one\ntwo\nthree"),
    ] {
        assert_eq!(part.of(text), expected.as_bytes(), "{part:?}");
    }
}
