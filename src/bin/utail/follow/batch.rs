//! Events as inotify tells them, and what is to be done about a batch of them.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::inotify::ReadFlags;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'b> {
    /// The watch that it came by; -1 if some were lost.
    pub watch: i32,
    pub mask: ReadFlags,
    /// What the two halves of a renaming have in common.
    pub cookie: u32,
    /// What has happened to this name in a folder; else to the watched file itself.
    pub name: Option<&'b OsStr>,
}

/// Watch, mask, cookie, length of the name.
const HEAD: usize = 16;
/// The longest name, with its end.
pub const LARGEST: usize = HEAD + 256;

/// The events in what was read from inotify.
pub fn events(mut bytes: &[u8]) -> impl Iterator<Item = Event<'_>> {
    std::iter::from_fn(move || {
        let (head, rest) = bytes.split_first_chunk::<HEAD>()?;
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&head[at..at + 4]);
            u32::from_ne_bytes(word)
        };
        let len = usize::try_from(word(12)).unwrap_or(usize::MAX).min(rest.len());
        let (name, rest) = rest.split_at(len);
        bytes = rest;
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(len);
        let name = (len > 0).then(|| OsStr::from_bytes(&name[..end]));
        let mask = ReadFlags::from_bits_retain(word(4));
        Some(Event { watch: word(0).cast_signed(), mask, cookie: word(8), name })
    })
}

/// Something to be done, for a file that stands at this place in the list of all files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// Show what is new.
    Grow(usize),
    /// As [`Item::Grow`], for the retired file with this watch.
    GrowRetired(i32),
    /// See what its name means now.
    Examine(usize, Cause),
}

/// What made it necessary to look at a name again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cause {
    /// Something got this name, or its attributes were changed: it may need another watch.
    pub named: bool,
    /// The file itself went away from this name.
    pub moved: bool,
    /// The file is no more.
    pub deleted: bool,
}

/// Things to be done, in the order in which they first came up, each once.
///
/// Two changes of one file are one. But what was appended before a name changed and what was appended after it are two:
/// then [`Round::add`] refuses, and the round has to be carried out first.
#[derive(Debug, Default)]
pub struct Round {
    items: Vec<Item>,
    grown: HashMap<usize, usize>,
    retired: HashMap<i32, usize>,
    examined: HashMap<usize, usize>,
}

impl Round {
    /// False if the round has to be carried out first.
    #[must_use]
    pub fn add(&mut self, item: Item) -> bool {
        let next = self.items.len();
        let place = match item {
            Item::Grow(file) if self.examined.contains_key(&file) => return false,
            Item::Grow(file) => *self.grown.entry(file).or_insert(next),
            Item::GrowRetired(watch) => *self.retired.entry(watch).or_insert(next),
            Item::Examine(file, _) => *self.examined.entry(file).or_insert(next),
        };
        match (self.items.get_mut(place), item) {
            (None, _) => self.items.push(item),
            (Some(Item::Examine(_, before)), Item::Examine(_, cause)) => {
                before.named |= cause.named;
                before.moved |= cause.moved;
                before.deleted |= cause.deleted;
            }
            _ => {}
        }
        true
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// All of it; then it is empty.
    pub fn take(&mut self) -> Vec<Item> {
        self.grown.clear();
        self.retired.clear();
        self.examined.clear();
        std::mem::take(&mut self.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(watch: i32, mask: ReadFlags, name: &[u8]) -> Vec<u8> {
        let mut all = watch.to_ne_bytes().to_vec();
        all.extend(mask.bits().to_ne_bytes());
        all.extend(7u32.to_ne_bytes());
        all.extend(u32::try_from(name.len()).unwrap().to_ne_bytes());
        all.extend(name);
        all
    }

    #[test]
    fn events_are_read_as_the_kernel_writes_them() {
        let mut all = bytes(1, ReadFlags::MODIFY, b"");
        all.extend(bytes(2, ReadFlags::CREATE | ReadFlags::ISDIR, b"name\0\0\0\0"));
        all.extend(bytes(-1, ReadFlags::QUEUE_OVERFLOW, b""));
        let told: Vec<_> = events(&all).map(|event| (event.watch, event.mask, event.name)).collect();
        let created = ReadFlags::CREATE | ReadFlags::ISDIR;
        assert_eq!(
            told,
            [
                (1, ReadFlags::MODIFY, None),
                (2, created, Some(OsStr::new("name"))),
                (-1, ReadFlags::QUEUE_OVERFLOW, None),
            ]
        );
        assert_eq!(events(&all[..all.len() - 1]).count(), 2, "what is cut off is none");
    }

    #[test]
    fn changes_of_one_file_are_one() {
        let mut round = Round::default();
        for item in [Item::Grow(1), Item::Grow(2), Item::Grow(1), Item::GrowRetired(1), Item::Grow(2)] {
            assert!(round.add(item));
        }
        assert_eq!(round.take(), [Item::Grow(1), Item::Grow(2), Item::GrowRetired(1)]);
        assert!(round.is_empty());
    }

    #[test]
    fn but_not_across_a_change_of_the_name() {
        let (named, moved) =
            (Cause { named: true, ..Cause::default() }, Cause { moved: true, ..Cause::default() });
        let mut round = Round::default();
        assert!(round.add(Item::Grow(1)));
        assert!(round.add(Item::Examine(1, moved)));
        assert!(round.add(Item::Examine(1, named)), "one look at the name serves both");
        assert!(round.add(Item::Grow(2)), "another file's name has not changed");
        assert!(!round.add(Item::Grow(1)));
        let both = Cause { named: true, moved: true, deleted: false };
        assert_eq!(round.take(), [Item::Grow(1), Item::Examine(1, both), Item::Grow(2)]);
        assert!(round.add(Item::Grow(1)), "the next round begins anew");
    }
}
