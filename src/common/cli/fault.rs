//! What went wrong, as one line of text: `NAME: No such file or directory`.
//!
//! A [`Fault`] concerns one file or the whole run; a [`UsageFault`] concerns what was typed. Neither knows the
//! program's name: [`Diagnostics`](super::Diagnostics) puts it in front. Texts are bytes, as file names are.

use super::quote;
use crate::sys::{locale, process};
use std::ffi::OsStr;
use std::{fmt, io};

/// Joins pieces of text and raw bytes (anything that is `AsRef<[u8]>`) into one `Vec<u8>`:
/// `bytes!["cannot open ", quote::always(&name), " for reading"]`.
#[macro_export]
macro_rules! bytes {
    ($($piece:expr),+ $(,)?) => {{
        let mut all: Vec<u8> = Vec::new();
        $(all.extend_from_slice(::std::convert::AsRef::<[u8]>::as_ref(&$piece));)+
        all
    }};
}
pub use crate::bytes;

/// An error with its GNU-shaped text.
#[derive(Debug)]
pub struct Fault {
    /// Everything before the reason, quoted where it must be.
    pub what: Vec<u8>,
    /// The reason: shown as the C library's text for its error number.
    pub source: Option<io::Error>,
    /// The exit status that it leads to. GNU's commands only know 1.
    pub code: u8,
    /// Nobody reads what is written. It is not said: the process dies of `SIGPIPE` when it has let go of its files.
    pub deadly: bool,
}

impl Fault {
    /// A fault without a system error behind it: `NAME: input file is output file`.
    pub fn new(what: impl Into<Vec<u8>>) -> Self {
        Self { what: what.into(), source: None, code: 1, deadly: false }
    }

    /// `WHAT: REASON`, for instance `write error: No space left on device`.
    pub fn io(what: impl Into<Vec<u8>>, source: io::Error) -> Self {
        Self { what: what.into(), source: Some(source), code: 1, deadly: false }
    }

    /// Standard output, or what stands for it, could not be written. Where nobody reads it the process is to die of
    /// `SIGPIPE`, if it may.
    pub fn writing(what: impl Into<Vec<u8>>, error: io::Error) -> Self {
        Self { deadly: process::is_deadly(&error), ..Self::io(what, error) }
    }

    /// io_uring was asked for by name, and there is none.
    #[must_use]
    pub fn no_ring(source: io::Error) -> Self {
        Self::io("cannot use io_uring", source)
    }

    /// `NAME: REASON`, the name quoted if it needs to be (style B).
    pub fn file(name: impl AsRef<OsStr>, source: io::Error) -> Self {
        Self::io(quote::needed(name), source)
    }

    /// `BEFORE'NAME'AFTER: REASON`, the name always quoted (style A):
    /// `Fault::naming("cannot open ", &name, " for reading", error)`.
    pub fn naming(before: &str, name: impl AsRef<OsStr>, after: &str, source: io::Error) -> Self {
        Self::io(bytes![before, quote::always(name), after], source)
    }

    /// The text, without the program's name and without a line end.
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        match &self.source {
            None => self.what.clone(),
            Some(source) => bytes![self.what, ": ", reason(source)],
        }
    }

    /// The error number behind it, if there is one.
    #[must_use]
    pub fn errno(&self) -> Option<i32> {
        self.source.as_ref().and_then(io::Error::raw_os_error)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&String::from_utf8_lossy(&self.render()))
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// An error's text as the C library has it, never with "(os error 2)" behind.
#[must_use]
pub fn reason(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), locale::strerror)
}

/// What was typed makes no sense. Always ends the run, with status 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageFault {
    /// The diagnostics in order.
    texts: Vec<Text>,
    /// Whether `Try 'PROG --help' …` follows.
    hint: bool,
}

/// A diagnostic; it may have further lines, which stand as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Text {
    text: Vec<u8>,
    /// The program's name goes in front as it was called, path included: the C library's `getopt_long` has it so, all
    /// other messages of GNU's have the last component.
    whole_name: bool,
}

impl From<Vec<u8>> for Text {
    fn from(text: Vec<u8>) -> Self {
        Self { text, whole_name: false }
    }
}

impl UsageFault {
    /// One diagnostic and nothing else: for values that are no numbers.
    pub fn plain(text: impl Into<Vec<u8>>) -> Self {
        Self { texts: vec![text.into().into()], hint: false }
    }

    /// A diagnostic that is followed by the line pointing to `--help`.
    pub fn with_hint(text: impl Into<Vec<u8>>) -> Self {
        Self { texts: vec![text.into().into()], hint: true }
    }

    /// What `getopt_long` itself complains about: unknown options, missing values.
    pub fn syntax(text: impl Into<Vec<u8>>) -> Self {
        Self { texts: vec![Text { text: text.into(), whole_name: true }], hint: true }
    }

    /// Adds a second diagnostic (`invalid length: '7'`, then `length is not a multiple of 8`).
    #[must_use]
    pub fn and(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.texts.push(text.into().into());
        self
    }

    /// Puts diagnostics in front that were due before this one.
    #[must_use]
    pub fn after(mut self, warnings: impl IntoIterator<Item = Vec<u8>>) -> Self {
        self.texts.splice(0..0, warnings.into_iter().map(Text::from));
        self
    }

    /// `extra operand 'x'` and its like: `BEFORE'NAME'`, style A, with the hint.
    pub fn operand(before: &str, name: impl AsRef<OsStr>) -> Self {
        Self::with_hint(bytes![before, quote::always(name)])
    }

    /// All lines, the program's name in front where it belongs.
    #[must_use]
    pub fn render(&self, prog: &[u8]) -> Vec<u8> {
        let base = &prog[base_of(prog)..];
        let mut out = Vec::new();
        for Text { text, whole_name } in &self.texts {
            out.extend(bytes![if *whole_name { prog } else { base }, ": ", text, "\n"]);
        }
        if self.hint {
            out.extend(bytes!["Try '", prog, " --help' for more information.\n"]);
        }
        out
    }
}

/// Where the last component of a program's name starts.
pub(super) fn base_of(prog: &[u8]) -> usize {
    prog.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_the_c_librarys() {
        let missing = || io::Error::from_raw_os_error(libc::ENOENT);
        assert_eq!(Fault::file("x", missing()).render(), b"x: No such file or directory");
        assert_eq!(Fault::file("", missing()).render(), b"'': No such file or directory");
        assert_eq!(
            Fault::naming("cannot open ", "a b", " for reading", missing()).to_string(),
            "cannot open 'a b' for reading: No such file or directory"
        );
        assert_eq!(Fault::new("a: input file is output file").render(), b"a: input file is output file");
        assert_eq!(Fault::io("x", io::Error::other("odd")).render(), b"x: odd");
    }

    #[test]
    fn usage_faults() {
        assert_eq!(UsageFault::plain("bad").render(b"/bin/t"), b"t: bad\n");
        assert_eq!(
            UsageFault::syntax("bad").after([b"careful".to_vec()]).render(b"/bin/t"),
            b"t: careful\n/bin/t: bad\nTry '/bin/t --help' for more information.\n"
        );
        assert_eq!(
            UsageFault::with_hint("bad").and("worse").render(b"t"),
            b"t: bad\nt: worse\nTry 't --help' for more information.\n"
        );
    }
}
