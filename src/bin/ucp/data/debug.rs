//! How a file's data was copied, in the words of `--debug`.

use crate::options::{Options, Reflink};

/// The three words of the line. What was not reached is `Unknown`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Debug {
    pub offload: Word,
    pub reflink: Word,
    pub sparse: Detection,
    /// `--reflink=always`, and it could not be: a destination that this copy created is to be removed, before the
    /// line of `--debug` is printed.
    pub refused: bool,
}

/// Whether a way was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Word {
    #[default]
    Unknown,
    No,
    Yes,
    Avoided,
    Unsupported,
}

/// How holes were looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detection {
    #[default]
    Unknown,
    No,
    Zeros,
    SeekHole,
    SeekHoleAndZeros,
}

impl Debug {
    /// Before anything is tried: what the options rule out is known.
    pub fn of(options: &Options) -> Self {
        let reflink = if options.reflinks() == Reflink::Never { Word::No } else { Word::Unknown };
        Self { reflink, ..Self::default() }
    }

    /// The line, without its end.
    pub fn render(self) -> String {
        let (offload, reflink, sparse) = (self.offload.word(), self.reflink.word(), self.sparse.word());
        format!("copy offload: {offload}, reflink: {reflink}, sparse detection: {sparse}")
    }
}

impl Word {
    const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::No => "no",
            Self::Yes => "yes",
            Self::Avoided => "avoided",
            Self::Unsupported => "unsupported",
        }
    }
}

impl Detection {
    const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::No => "no",
            Self::Zeros => "zeros",
            Self::SeekHole => "SEEK_HOLE",
            Self::SeekHoleAndZeros => "SEEK_HOLE + zeros",
        }
    }
}
