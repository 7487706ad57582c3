//! What flows from those who find names to those who compute, and on to those who tell.

use std::ffi::OsString;

use ringutils::cli::Fault;

use crate::algorithm::Algorithm;

/// One thing to do or to tell, in its turn.
#[derive(Debug)]
pub enum Item {
    File(Job),
    Note(Note),
}

/// A file to compute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// `-` is standard input, unless `literal`.
    pub name: OsString,
    /// The name is one of a file, whatever it looks like.
    pub literal: bool,
    pub algorithm: Algorithm,
    /// What a list says that it should be.
    pub expected: Option<Vec<u8>>,
}

/// Something that happened on the way, to be told in its turn.
#[derive(Debug)]
pub enum Note {
    /// A diagnostic, and the exit status is 1.
    Fault(Fault),
    /// A list of checksums begins: its name, as the user gave it.
    List(OsString),
    /// A line of it makes no sense: its number, from 1, and the type it should have had.
    Misformatted { line: u64, tag: String },
    /// The list could not be read to its end.
    Broken(Fault),
    /// The list is over.
    ListEnd,
    /// Nothing: a folder without files.
    Nothing,
}

/// More items than all threads together take ahead.
pub const PLENTY: usize = 4096;

/// Finds names.
pub trait Feed: Send {
    /// The next item. May block (a list that comes through a pipe).
    fn next(&mut self) -> Option<Item>;

    /// How many items are left, as far as is known: what one thread may take ahead depends on it. 0 if asking for the
    /// next one might wait, [`PLENTY`] where there are probably many.
    fn left(&self) -> usize;
}
