//! `--prefix`: each line begins with the name of its file.
//!
//! Lines of several files must not mix, so a line goes out when its end has been seen; until then it is held back in
//! its file's [`Label`]. What is held back is bounded: of a longer line pieces go out, and they are put together again
//! in the output as long as no other file comes between.

use crate::entry::Label;

/// Held back of a file at most.
pub const LONGEST: usize = 64 * 1024;
/// A file that is done with a long line keeps no more memory than this.
const KEPT: usize = 4096;

/// Puts names in front of lines.
#[derive(Clone, Copy, Debug)]
pub struct Prefix {
    line_end: u8,
    at: At,
}

/// Where the output stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Behind a line's end, or at the very beginning.
    LineStart,
    /// Within a line of the file of this number.
    Within(usize),
    /// Behind a line that had no end, and will not be continued.
    Cut,
}

impl Prefix {
    pub fn new(line_end: u8) -> Self {
        Self { line_end, at: At::LineStart }
    }

    /// Puts out what `bytes` complete, and holds back the rest.
    ///
    /// # Errors
    /// `put`'s; what was held back may be lost then.
    pub fn data<E>(
        &mut self,
        label: &mut Label,
        bytes: &[u8],
        mut put: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut start = 0;
        for end in memchr::memchr_iter(self.line_end, bytes) {
            self.begin(label, &mut put)?;
            if !label.unfinished.is_empty() {
                put(&label.unfinished)?;
                forget(label);
            }
            put(&bytes[start..=end])?;
            self.at = At::LineStart;
            start = end + 1;
        }
        self.hold_back(label, &bytes[start..], put)
    }

    fn hold_back<E>(
        &mut self,
        label: &mut Label,
        rest: &[u8],
        mut put: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if label.unfinished.len() + rest.len() <= LONGEST {
            label.unfinished.extend_from_slice(rest);
            return Ok(());
        }
        self.begin(label, &mut put)?;
        put(&label.unfinished)?;
        put(rest)?;
        forget(label);
        self.at = At::Within(label.number);
        Ok(())
    }

    /// No more bytes come behind what was held back: it is all that its line ever was.
    ///
    /// # Errors
    /// `put`'s.
    pub fn end_of<E>(
        &mut self,
        label: &mut Label,
        mut put: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if !label.unfinished.is_empty() {
            self.begin(label, &mut put)?;
            put(&label.unfinished)?;
            forget(label);
            self.at = At::Within(label.number);
        }
        if self.at == At::Within(label.number) {
            self.at = At::Cut;
        }
        Ok(())
    }

    /// What goes in front of the next bytes of a file.
    fn begin<E>(&self, label: &Label, put: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        match self.at {
            At::Within(number) if number == label.number => return Ok(()),
            At::Within(_) | At::Cut => put(&[self.line_end])?,
            At::LineStart => {}
        }
        put(&label.text)?;
        put(b": ")
    }
}

/// What was held back is out.
fn forget(label: &mut Label) {
    label.unfinished.clear();
    label.unfinished.shrink_to(KEPT);
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Files `a`, `b`, …, and what comes out.
    struct Desk {
        prefix: Prefix,
        labels: Vec<Label>,
        out: Vec<u8>,
    }

    impl Desk {
        fn new(line_end: u8) -> Self {
            let label = |number| Label { text: vec![b"ab"[number]], number, unfinished: Vec::new() };
            Self { prefix: Prefix::new(line_end), labels: (0..2).map(label).collect(), out: Vec::new() }
        }

        fn data(&mut self, file: usize, bytes: impl AsRef<[u8]>) -> &mut Self {
            let Self { prefix, labels, out } = self;
            let put = |bytes: &[u8]| -> Result<(), Infallible> {
                out.extend_from_slice(bytes);
                Ok(())
            };
            let Ok(()) = prefix.data(&mut labels[file], bytes.as_ref(), put);
            assert!(self.labels[file].unfinished.len() <= LONGEST);
            self
        }

        fn end_of(&mut self, file: usize) -> &mut Self {
            let Self { prefix, labels, out } = self;
            let put = |bytes: &[u8]| -> Result<(), Infallible> {
                out.extend_from_slice(bytes);
                Ok(())
            };
            let Ok(()) = prefix.end_of(&mut labels[file], put);
            self
        }

        /// What came out since the last time.
        #[track_caller]
        fn is(&mut self, expected: &str) -> &mut Self {
            assert_eq!(String::from_utf8_lossy(&std::mem::take(&mut self.out)), expected);
            self
        }
    }

    #[test]
    fn whole_lines() {
        let mut desk = Desk::new(b'\n');
        desk.data(0, "1\n\n2\n").is("a: 1\na: \na: 2\n");
        desk.data(1, "3\n").data(0, "").is("b: 3\n");
        desk.end_of(0).end_of(1).end_of(0).is("");
    }

    #[test]
    fn lines_in_parts() {
        let mut desk = Desk::new(b'\n');
        desk.data(0, "1").is("").data(1, "2").is("").data(0, "1").is("");
        desk.data(1, "2\n3").is("b: 22\n");
        desk.data(0, "1\n").is("a: 111\n");
        desk.data(1, "\n").is("b: 3\n");
    }

    #[test]
    fn other_ends() {
        let mut desk = Desk::new(0);
        desk.data(0, "1\n2\0").is("a: 1\n2\0");
        desk.data(0, "3").end_of(0).data(1, "\0").is("a: 3\0b: \0");
    }

    #[test]
    fn ends_of_files() {
        let mut desk = Desk::new(b'\n');
        desk.data(0, "1\n2").end_of(0).is("a: 1\na: 2");
        desk.end_of(0).is("");
        // The same file, anew: truncated, say.
        desk.data(0, "3\n").is("\na: 3\n");
        desk.data(0, "4").end_of(0).is("a: 4");
        desk.data(1, "5").is("").end_of(1).is("\nb: 5");
        desk.data(0, "").end_of(0).end_of(1).is("");
        desk.data(1, "\n").is("\nb: \n");
    }

    #[test]
    fn long_lines() {
        for (held, more) in [(LONGEST, 1), (0, LONGEST + 1), (1, 3 * LONGEST)] {
            let mut desk = Desk::new(b'\n');
            let x = |count| "x".repeat(count);
            desk.data(0, x(held)).is("");
            desk.data(0, x(more)).is(&format!("a: {}", x(held + more)));
            // The next pieces go on where it stopped, if nobody came between.
            desk.data(0, "y").is("").data(1, "2").is("");
            desk.data(0, "z\n1\n").is("yz\na: 1\n");
            desk.data(0, x(LONGEST)).data(0, "xy").is(&format!("a: {}xy", x(LONGEST)));
            desk.data(1, "2\n").is("\nb: 22\n");
            desk.data(0, "z\n").is("a: z\n");
            desk.data(0, x(LONGEST + 1)).end_of(0).is(&format!("a: {}", x(LONGEST + 1)));
            desk.data(0, "1\n").is("\na: 1\n");
            assert!(desk.labels[0].unfinished.capacity() <= KEPT);
        }
    }

    #[test]
    fn any_pieces_give_the_same_lines() {
        let text = "1\n\n22\n333\n\n\n4444\n55555";
        let expected: String = text.split('\n').flat_map(|line| ["a: ", line, "\n"]).collect();
        for size in 1..text.len() {
            let mut desk = Desk::new(b'\n');
            for piece in text.as_bytes().chunks(size) {
                desk.data(0, piece);
            }
            desk.end_of(0).is(expected.trim_end());
        }
    }

    #[test]
    fn errors_end_it() {
        let mut label = Label { text: b"a".to_vec(), number: 0, unfinished: b"x".to_vec() };
        let mut prefix = Prefix::new(b'\n');
        assert_eq!(prefix.data(&mut label, b"y\nz\n", |_| Err("full")), Err("full"));
        assert_eq!(prefix.end_of(&mut label, |_| Err("full")), Err("full"));
    }
}
