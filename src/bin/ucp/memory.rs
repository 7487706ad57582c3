//! What is remembered from one file to the next: only the main thread does.

use std::collections::{HashMap, HashSet};

use ringutils::cli::Diagnostics;
use ringutils::sys::Stat;

use crate::names::Entry;
use crate::place::Place;
use crate::prompt::Answers;

/// Device and inode number.
pub type Identity = (u64, u64);

/// See the module.
pub struct Memory<'a> {
    pub diagnostics: &'a Diagnostics,
    pub answers: Answers,
    /// Where sources were copied to: those that may be met again.
    copied: HashMap<Identity, Place>,
    /// With several operands: the directory entries they are, and those that were made of them.
    pub sources: Option<Seen>,
    pub made: Option<Seen>,
    /// The operand at hand and where it goes, for messages about copying a directory into itself.
    pub operand: (Vec<u8>, Vec<u8>),
}

impl<'a> Memory<'a> {
    pub fn new(diagnostics: &'a Diagnostics) -> Self {
        Self {
            diagnostics,
            answers: Answers::default(),
            copied: HashMap::new(),
            sources: None,
            made: None,
            operand: (Vec::new(), Vec::new()),
        }
    }

    /// Where this source was copied to before, if it was; else it is going to `to` now.
    pub fn remember(&mut self, source: Identity, to: &Place) -> Option<Place> {
        match self.copied.entry(source) {
            std::collections::hash_map::Entry::Occupied(entry) => Some(entry.get().clone()),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(to.clone());
                None
            }
        }
    }

    pub fn earlier(&self, source: Identity) -> Option<Place> {
        self.copied.get(&source).cloned()
    }

    /// It was not copied after all.
    pub fn forget(&mut self, source: Identity) {
        self.copied.remove(&source);
    }
}

/// Directory entries and the files that they were.
#[derive(Debug, Default)]
pub struct Seen(HashSet<(Entry, Identity)>);

impl Seen {
    pub fn has(&self, place: &Place, stat: &Stat) -> bool {
        !self.0.is_empty() && Entry::of(place).is_some_and(|entry| self.0.contains(&(entry, stat.identity)))
    }

    pub fn add(&mut self, place: &Place, stat: &Stat) {
        if let Some(entry) = Entry::of(place) {
            self.0.insert((entry, stat.identity));
        }
    }
}
