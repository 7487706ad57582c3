//! What shells may offer as values of options.
//!
//! To clap every value is an `OsString`, so that nothing but a tool's own checks can refuse one; hence clap cannot tell a
//! shell what would fit. [`Tool::values`](super::Tool::values) can, from the same tables that the checks look words up
//! in. Only the tests ask that make the files in `completions/`: nothing of it is left in a release build.

/// What the value of an option may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Values {
    /// Anything that cannot be known beforehand: a number, a name, a pattern.
    #[default]
    Any,
    /// One of these words.
    Words(Vec<&'static str>),
    /// Any of these, with commas between them. An item that ends in `=` is to be continued.
    List(Vec<String>),
    /// The name of a file.
    File,
    /// The name of a folder.
    Folder,
    /// The number of a process.
    Process,
}

impl Values {
    /// One word of a table that [`keyword`](super::keyword::keyword) takes.
    pub fn words<T>(table: &[(&'static str, T)]) -> Self {
        Self::Words(table.iter().map(|(word, _)| *word).collect())
    }

    /// Any words of such a table.
    pub fn list<T>(table: &[(&'static str, T)]) -> Self {
        Self::List(table.iter().map(|(word, _)| (*word).to_owned()).collect())
    }
}
