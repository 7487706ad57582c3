//! GNU's order, restored.
//!
//! Files are copied whenever it suits the device. What there is to tell about them, and what may only be done after
//! them, waits here until all that comes before it in GNU's order is done.
//!
//! A [`Key`] says where in that order something stands: for each directory from the operand down, the number of the
//! entry. Comparing keys compares places.

use std::collections::{BTreeMap, BTreeSet};

use crate::crew::Report;
use crate::entry::Job;
use crate::log::Log;
use crate::parents::Parent;
use crate::tree::Left;

/// Numbers of entries, from the operand down.
pub type Key = Vec<u32>;

/// Behind all entries of a directory.
pub const LAST: u32 = u32::MAX;

/// What happens when its turn has come.
pub enum Event {
    /// It is told.
    Tell(Log),
    /// It is copied by the main thread.
    Copy(Box<Job>),
    /// A directory is whole: its attributes are set.
    Leave(Box<Left>),
    /// The directories that `--parents` asked for get their attributes.
    Parents(Vec<Parent>),
}

/// See the module.
#[derive(Default)]
pub struct Order {
    ready: BTreeMap<Key, Event>,
    /// Batches under way: the key of the first file of each.
    under_way: BTreeSet<Key>,
}

impl Order {
    pub fn add(&mut self, key: Key, event: Event) {
        self.ready.insert(key, event);
    }

    /// Nothing behind `first` happens before [`Order::arrived`].
    pub fn started(&mut self, first: Key) {
        self.under_way.insert(first);
    }

    /// A batch is done.
    pub fn arrived(&mut self, first: &Key, last: Key, folder: &[u32], report: Report) {
        self.under_way.remove(first);
        if !report.after.is_silent() {
            let mut key = last;
            key.push(LAST);
            self.ready.insert(key, Event::Tell(report.after));
        }
        for (index, event) in report.events {
            let mut key = folder.to_vec();
            key.push(index);
            self.ready.insert(key, event);
        }
    }

    /// The next event whose turn has come. `position` is where the walk is: nothing is known about what lies behind.
    pub fn next(&mut self, position: Option<&Key>) -> Option<(Key, Event)> {
        let (first, _) = self.ready.first_key_value()?;
        let waits = |limit: &Key| first >= limit;
        if position.is_some_and(waits) || self.under_way.first().is_some_and(waits) {
            return None;
        }
        self.ready.pop_first()
    }

    /// Batches under way and events waiting.
    pub fn load(&self) -> (usize, usize) {
        (self.under_way.len(), self.ready.len())
    }
}
