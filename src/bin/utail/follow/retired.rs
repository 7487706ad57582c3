//! Files whose name now means another file, or none, to which somebody may still be writing.
//!
//! A log is rotated by renaming it, and for a moment the writers that have it open go on writing. What they write still
//! belongs to the name under which they opened it, so it is shown. But whoever opens the file from now on does so under
//! its new name (to compress it, or to write something else to it): that ends it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use ringutils::sys;

use super::Result;
use super::growth::{Screen, grow_file};
use super::watches::Watches;
use crate::entry::{Entry, File};

/// Of one entry.
const MOST: usize = 8;
/// No writer should need longer to notice.
const LONGEST: Duration = Duration::from_secs(10);

struct Retired {
    /// Whose it was: a place in the list of all files.
    place: usize,
    watch: i32,
    file: File,
    linked: bool,
    since: Instant,
}

/// In the order in which they were retired.
#[derive(Default)]
pub struct RetiredFiles {
    files: VecDeque<Retired>,
}

impl RetiredFiles {
    /// The file is followed a little longer. What it has now has been shown.
    /// `linked`: it has a name.
    pub fn add(&mut self, place: usize, watch: i32, file: File, linked: bool) {
        self.files.push_back(Retired { place, watch, file, linked, since: Instant::now() });
    }

    pub fn contains(&self, watch: i32) -> bool {
        self.files.iter().any(|retired| retired.watch == watch)
    }

    /// When the next one is to be let go.
    pub fn until(&self) -> Option<Instant> {
        self.files.front().map(|oldest| oldest.since + LONGEST)
    }

    /// Shows what is new in one.
    pub fn grow(&mut self, watch: i32, screen: &mut Screen<'_, '_>, entries: &mut [Entry]) -> Result<()> {
        let Some(retired) = self.files.iter_mut().find(|retired| retired.watch == watch) else {
            return Ok(());
        };
        let label = &mut entries[retired.place].label;
        // One whose status cannot be asked shows nothing more.
        let _ = grow_file(screen, label, &mut retired.file)?;
        Ok(())
    }

    /// Whether it has lost its last name since it was retired.
    pub fn was_deleted(&self, watch: i32) -> bool {
        let Some(retired) = self.files.iter().find(|retired| retired.watch == watch) else { return false };
        let now = retired.file.handle.fd().and_then(|fd| sys::fstat(fd).ok());
        retired.linked && now.is_some_and(|now| now.links == 0)
    }

    /// One is followed under a name again; the watch goes on.
    pub fn forget(&mut self, watch: i32) {
        self.files.retain(|retired| retired.watch != watch);
    }

    /// Lets go of one, without another look at it.
    pub fn drop(&mut self, watch: i32, watches: &mut Watches) {
        if let Some(at) = self.files.iter().position(|retired| retired.watch == watch) {
            self.files.remove(at);
            if watches.file(watch).is_none() {
                watches.remove(watch);
            }
        }
    }

    /// Lets go of those of an entry that have no name any more.
    pub fn drop_deleted(&mut self, place: usize, watches: &mut Watches) {
        let is_deleted = |retired: &&Retired| retired.place == place && !retired.linked;
        let deleted: Vec<i32> = self.files.iter().filter(is_deleted).map(|retired| retired.watch).collect();
        for watch in deleted {
            self.drop(watch, watches);
        }
    }

    /// Lets go of the oldest, after a last look at it. False if there was none.
    pub fn drop_oldest(
        &mut self,
        screen: &mut Screen<'_, '_>,
        entries: &mut [Entry],
        watches: &mut Watches,
    ) -> Result<bool> {
        let Some(watch) = self.files.front().map(|oldest| oldest.watch) else { return Ok(false) };
        self.grow(watch, screen, entries)?;
        self.drop(watch, watches);
        Ok(true)
    }

    /// Makes sure that there is room for one more of this entry.
    pub fn make_room(
        &mut self,
        place: usize,
        screen: &mut Screen<'_, '_>,
        entries: &mut [Entry],
        watches: &mut Watches,
    ) -> Result<()> {
        let mut of_it = self.files.iter().filter(|retired| retired.place == place);
        let Some(oldest) = of_it.next().map(|retired| retired.watch) else { return Ok(()) };
        if of_it.count() + 1 >= MOST {
            self.grow(oldest, screen, entries)?;
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
        while let Some(oldest) = self.files.front()
            && now.duration_since(oldest.since) >= LONGEST
        {
            self.drop(oldest.watch, watches);
        }
    }
}
