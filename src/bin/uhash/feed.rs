//! Where the items come from when they are operands, or names in a file.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::vec;

use crate::algorithm::Algorithm;
use crate::item::{Feed, Item, Job, Note, PLENTY};
use crate::names::Names;
use crate::walk::Walk;

/// Items with their places.
pub trait Source: Send {
    /// The next item. What is told first has place 0; nearly always places come in order.
    fn next(&mut self) -> Option<(u64, Item)>;

    /// See [`Feed::left`].
    fn left(&self) -> usize;

    /// Whether places are not in order just now, so that none may be left out.
    fn is_within_batch(&self) -> bool {
        false
    }
}

/// A feed, whose items are told as they come.
pub struct Counted<F> {
    feed: F,
    next: u64,
}

impl<F: Feed> Counted<F> {
    pub fn new(feed: F) -> Self {
        Self { feed, next: 0 }
    }
}

impl<F: Feed> Source for Counted<F> {
    fn next(&mut self) -> Option<(u64, Item)> {
        let item = self.feed.next()?;
        self.next += 1;
        Some((self.next - 1, item))
    }

    fn left(&self) -> usize {
        self.feed.left()
    }
}

/// Operands.
pub struct Operands(vec::IntoIter<OsString>, Algorithm);

impl Operands {
    pub fn new(files: Vec<OsString>, algorithm: Algorithm) -> Self {
        Self(files.into_iter(), algorithm)
    }
}

impl Feed for Operands {
    fn next(&mut self) -> Option<Item> {
        let name = self.0.next()?;
        Some(Item::File(Job { name, literal: false, algorithm: self.1, expected: None }))
    }

    fn left(&self) -> usize {
        self.0.len()
    }
}

/// Names in a file (`--files0-from`).
impl Feed for (Names, Algorithm) {
    fn next(&mut self) -> Option<Item> {
        Some(match self.0.next()? {
            Ok(name) => Item::File(Job { name, literal: false, algorithm: self.1, expected: None }),
            Err(fault) => Item::Note(Note::Fault(fault)),
        })
    }

    fn left(&self) -> usize {
        self.0.left()
    }
}

/// With `-r`: names of any feed, and in place of a folder all that is in it.
///
/// A folder's files are handed out in the order of their inode numbers, which is that of the disk, and told in the
/// order of their names.
pub struct Recursive<F> {
    feed: F,
    walk: Walk,
    /// Files of one folder, with their places among them.
    batch: VecDeque<(u64, Item)>,
    /// The place of the first item behind the batch.
    next: u64,
    algorithm: Algorithm,
}

impl<F: Feed> Recursive<F> {
    pub fn new(feed: F, algorithm: Algorithm, output: Option<(u64, u64)>) -> Self {
        Self { feed, walk: Walk::without(output), batch: VecDeque::new(), next: 0, algorithm }
    }

    fn single(&mut self, item: Item) -> (u64, Item) {
        self.next += 1;
        (self.next - 1, item)
    }
}

impl<F: Feed> Source for Recursive<F> {
    fn next(&mut self) -> Option<(u64, Item)> {
        loop {
            if let Some(found) = self.batch.pop_front() {
                return Some(found);
            }
            match self.walk.next_folder() {
                // To look for more might mean to wait for a name.
                Some(Ok(files)) if files.is_empty() => return Some(self.single(Item::Note(Note::Nothing))),
                Some(Ok(files)) => {
                    let mut files: Vec<(u64, _)> = (self.next..).zip(files).collect();
                    self.next += files.len() as u64;
                    files.sort_unstable_by_key(|(_, file)| file.inode);
                    let algorithm = self.algorithm;
                    self.batch.extend(files.into_iter().map(|(place, file)| {
                        (place, Item::File(Job { name: file.name, literal: true, algorithm, expected: None }))
                    }));
                }
                Some(Err(fault)) => return Some(self.single(Item::Note(Note::Fault(fault)))),
                None => match self.feed.next()? {
                    Item::File(job) if !is_stdin(&job) && self.walk.enter(&job.name) => {}
                    item => return Some(self.single(item)),
                },
            }
        }
    }

    fn left(&self) -> usize {
        // In folders that were not read yet there may be anything.
        if self.walk.is_over() { self.batch.len() + self.feed.left() } else { PLENTY }
    }

    fn is_within_batch(&self) -> bool {
        !self.batch.is_empty()
    }
}

/// Whether standard input is meant.
pub fn is_stdin(job: &Job) -> bool {
    !job.literal && job.name == "-"
}
