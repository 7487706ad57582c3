//! Files whose name now means another file, or none, to which somebody may still be writing.
//!
//! A log is rotated by renaming it, and for a moment the writers that have it open go on writing. What they write still
//! belongs to the name under which they opened it, so it is shown. But whoever opens the file from now on does so under
//! its new name (to compress it, or to write something else to it): that ends it.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use ringutils::sys;

use super::Result;
use super::growth::{Screen, grow_file};
use super::names::Identity;
use super::watches::Watches;
use crate::entry::{File, Label};

/// Of one entry.
const MOST: usize = 8;
/// No writer should need longer to notice.
const LONGEST: Duration = Duration::from_secs(10);

struct Retired {
    /// Whose it was: a place in the list of all files.
    place: usize,
    file: File,
    /// With what is held back of its last line, which has nothing to do with the lines of the new file.
    label: Label,
    /// It had a name when it was retired.
    linked: bool,
}

/// They are known by their watches.
#[derive(Default)]
pub struct RetiredFiles {
    files: HashMap<i32, Retired>,
    /// In the order in which they were retired. Those that were let go since are still among them.
    order: VecDeque<(Instant, i32)>,
    /// Those of each entry, in the same order.
    of_entry: HashMap<usize, VecDeque<i32>>,
    /// Of those that were let go: last lines that have no end.
    ended: Vec<Label>,
}

impl RetiredFiles {
    /// The file is followed a little longer. What it has now has been shown.
    pub fn add(&mut self, place: usize, watch: i32, file: File, label: Label, linked: bool) {
        self.files.insert(watch, Retired { place, file, label, linked });
        self.order.push_back((Instant::now(), watch));
        self.of_entry.entry(place).or_default().push_back(watch);
    }

    pub fn contains(&self, watch: i32) -> bool {
        !self.files.is_empty() && self.files.contains_key(&watch)
    }

    /// The watches of all, oldest first.
    pub fn watches(&self) -> Vec<i32> {
        let all = self.order.iter().map(|(_, watch)| *watch);
        all.filter(|watch| self.files.contains_key(watch)).collect()
    }

    /// Whether a file of this entry is among them.
    pub fn has_file(&self, place: usize, identity: Identity) -> bool {
        let of_it = self.of_entry.get(&place).into_iter().flatten();
        let mut files = of_it.filter_map(|watch| self.files.get(watch));
        files.any(|retired| retired.file.stat.identity == identity)
    }

    /// When the next one is to be let go.
    pub fn until(&self) -> Option<Instant> {
        self.order.front().map(|(since, _)| *since + LONGEST)
    }

    /// Shows what is new in one.
    pub fn grow(&mut self, watch: i32, screen: &mut Screen<'_, '_>) -> Result<()> {
        let Some(retired) = self.files.get_mut(&watch) else { return Ok(()) };
        // One whose status cannot be asked shows nothing more.
        let _ = grow_file(screen, &mut retired.label, &mut retired.file)?;
        Ok(())
    }

    /// Whether it has lost its last name since it was retired.
    pub fn was_deleted(&self, watch: i32) -> bool {
        let Some(retired) = self.files.get(&watch) else { return false };
        let now = retired.file.handle.fd().and_then(|fd| sys::fstat(fd).ok());
        retired.linked && now.is_some_and(|now| now.links == 0)
    }

    /// One is followed under a name again; the watch goes on.
    pub fn forget(&mut self, watch: i32) {
        let Some(retired) = self.files.remove(&watch) else { return };
        if !retired.label.unfinished.is_empty() {
            self.ended.push(retired.label);
        }
        if let Some(watches) = self.of_entry.get_mut(&retired.place) {
            watches.retain(|other| *other != watch);
            if watches.is_empty() {
                self.of_entry.remove(&retired.place);
            }
        }
        while let Some((_, oldest)) = self.order.front()
            && !self.files.contains_key(oldest)
        {
            self.order.pop_front();
        }
    }

    /// Lets go of one, without another look at it.
    pub fn drop(&mut self, watch: i32, watches: &mut Watches) {
        if self.files.contains_key(&watch) {
            self.forget(watch);
            if watches.file(watch).is_none() {
                watches.remove(watch);
            }
        }
    }

    /// Puts out the last lines of those that were let go.
    pub fn settle(&mut self, screen: &mut Screen<'_, '_>) -> Result<()> {
        for mut label in self.ended.drain(..) {
            screen.out.end_of(&mut label)?;
        }
        Ok(())
    }

    /// Following by notification is over, and with it all that is here.
    pub fn end(&mut self, screen: &mut Screen<'_, '_>) -> Result<()> {
        while let Some((_, watch)) = self.order.front().copied() {
            self.forget(watch);
        }
        self.settle(screen)
    }

    /// Lets go of those of an entry that have no name any more.
    pub fn drop_deleted(&mut self, place: usize, watches: &mut Watches) {
        let Some(of_it) = self.of_entry.get(&place) else { return };
        let is_deleted = |watch: &i32| self.files.get(watch).is_some_and(|retired| !retired.linked);
        for watch in of_it.iter().copied().filter(is_deleted).collect::<Vec<_>>() {
            self.drop(watch, watches);
        }
    }

    /// Lets go of the oldest, after a last look at it. False if there was none.
    pub fn drop_oldest(&mut self, screen: &mut Screen<'_, '_>, watches: &mut Watches) -> Result<bool> {
        let Some((_, watch)) = self.order.front().copied() else { return Ok(false) };
        self.grow(watch, screen)?;
        self.drop(watch, watches);
        Ok(true)
    }

    /// Makes sure that there is room for one more of this entry.
    pub fn make_room(
        &mut self,
        place: usize,
        screen: &mut Screen<'_, '_>,
        watches: &mut Watches,
    ) -> Result<()> {
        let of_it = self.of_entry.get(&place).filter(|of_it| of_it.len() >= MOST);
        if let Some(oldest) = of_it.and_then(|of_it| of_it.front().copied()) {
            self.grow(oldest, screen)?;
            self.drop(oldest, watches);
        }
        Ok(())
    }

    /// Lets go of those whose time is over.
    pub fn drop_old(&mut self, watches: &mut Watches) {
        if self.files.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some((since, watch)) = self.order.front().copied()
            && now.duration_since(since) >= LONGEST
        {
            self.drop(watch, watches);
        }
    }
}
