//! Following by what the kernel tells of changes (inotify).
//!
//! Events come in batches, by one read. A batch is made into rounds of things to do (see [`super::batch`]): in each,
//! what is new in a file is shown once however many changes were told, and several names to be looked at again are
//! looked at together, by the ring. What a batch has brought is written out at its end.

mod examine;
mod parked;
mod setup;

use std::io;
use std::thread;
use std::time::Duration;

use ringutils::bytes;
use ringutils::cli::Fault;
use ringutils::ring::Ring;
use rustix::fs::inotify::ReadFlags;

use super::batch::{self, Cause, Event, Item, Round};
use super::growth::{self, grow};
use super::names::Looking;
use super::pids::Pids;
use super::retired::RetiredFiles;
use super::waits::{Waits, Wake};
use super::watches::Watches;
use super::{Result, Scene, Stop};

/// How following by notification ends.
pub enum Outcome {
    Done,
    /// It has to go on by polling; why, if that was not said yet.
    Poll(Option<io::Error>),
}

/// Room for some thousand events.
const BUFFER: usize = 64 * 1024;

/// So many changes told at once, of nothing but contents, are a sign that many files are written to at a high rate.
/// Then the next ones are left to gather for a moment: one wait, one read of events and one write serve all of them.
const CROWD: usize = 8;
/// What nobody notices.
const LINGER: Duration = Duration::from_micros(100);

/// Goes on until nothing more can come, or until it cannot be gone on this way.
pub fn run(scene: &mut Scene<'_, '_>) -> Result<Outcome> {
    let watches = match Watches::new() {
        Ok(watches) => watches,
        Err(error) => return Ok(Outcome::Poll(Some(error))),
    };
    let retired = RetiredFiles::default();
    let mut notifier = Notifier {
        scene,
        watches,
        retired,
        round: Round::default(),
        crowded: false,
        leaving: None,
        unusable: false,
    };
    if !notifier.set_up()? {
        return Ok(Outcome::Poll(None));
    }
    growth::never_wait(&notifier.scene.entries);
    if !notifier.look_again()? {
        return Ok(Outcome::Poll(None));
    }
    notifier.scene.screen.out.flush()?;
    let pids = notifier.scene.pids();
    // Whoever waits for this line may rely on all that is changed from now on being told.
    notifier.scene.debug("using notification mode", None)?;
    let ring = notifier.scene.ring.clone();
    let outcome = ring.block_on(notifier.go_on(&ring, pids));
    notifier.retired.end(&mut notifier.scene.screen)?;
    outcome
}

struct Notifier<'s, 'a, 'o> {
    scene: &'s mut Scene<'a, 'o>,
    watches: Watches,
    retired: RetiredFiles,
    round: Round,
    /// See [`CROWD`].
    crowded: bool,
    /// A file that was just renamed away from its name, and the cookie by which its new name is told.
    leaving: Option<(u32, usize)>,
    /// Something happened that watches cannot cope with; it has been said.
    unusable: bool,
}

impl Notifier<'_, '_, '_> {
    async fn go_on(&mut self, ring: &Ring, pids: Pids) -> Result<Outcome> {
        let reader = self.scene.reader();
        let interval = self.scene.follow.interval;
        let mut waits = Waits::new(ring, self.watches.fd(), reader.as_ref(), pids, interval);
        let mut buffer = vec![0; BUFFER];
        let mut are_gone = waits.are_pids_gone();
        loop {
            if !self.is_any_watched() {
                return Err(self.scene.no_files_remain());
            }
            if !are_gone {
                match waits.next(self.retired.until()).await {
                    Ok(Wake::Events) => {}
                    Ok(Wake::PidsGone) => are_gone = true,
                    Ok(Wake::ReaderGone) => return Err(self.scene.reader_gone()),
                    Ok(Wake::Time) => {
                        self.retired.drop_old(&mut self.watches);
                        self.retired.settle(&mut self.scene.screen)?;
                        self.scene.screen.out.flush()?;
                        continue;
                    }
                    Err(error) => {
                        let what = "error waiting for inotify and output events";
                        return Err(self.fail(what, error));
                    }
                }
            }
            if self.crowded {
                // Not in the ring, which would wake at each of them.
                thread::sleep(LINGER);
            }
            if !self.take_events(&mut buffer)? {
                return Ok(Outcome::Poll(None));
            }
            if are_gone {
                // Whatever the processes have written was told before they were gone.
                self.scene.screen.out.forgive();
                return Ok(Outcome::Done);
            }
        }
    }

    /// Whether there is anything of which something may still be told.
    fn is_any_watched(&self) -> bool {
        let lives =
            |following: &crate::entry::Following| following.watched || following.retry || !following.by_name;
        !self.scene.globs.is_empty() || self.scene.entries.iter().any(|entry| lives(&entry.following))
    }

    fn fail(&mut self, what: &str, error: io::Error) -> Stop {
        self.scene.screen.end(&Fault::io(what, error))
    }

    /// Handles all events that there are. False if it cannot be gone on this way.
    fn take_events(&mut self, buffer: &mut [u8]) -> Result<bool> {
        loop {
            let n = match self.watches.read(buffer) {
                Ok(n) => n,
                Err(error) => return Err(self.fail("error reading inotify event", error)),
            };
            self.scene.screen.session.tally("read", n);
            self.retired.drop_old(&mut self.watches);
            let (mut events, mut only_contents) = (0, true);
            for event in batch::events(&buffer[..n]) {
                events += 1;
                only_contents &= event.name.is_none() && event.mask == ReadFlags::MODIFY;
                self.take_event(event)?;
                if self.unusable {
                    self.scene.screen.out.flush()?;
                    return Ok(false);
                }
            }
            self.crowded = only_contents && events >= CROWD;
            self.carry_out()?;
            self.retired.settle(&mut self.scene.screen)?;
            self.scene.screen.out.flush()?;
            if self.unusable {
                return Ok(false);
            }
            // Where another event would have had room, there was none; the next one will be told.
            if n + batch::LARGEST < buffer.len() {
                return Ok(true);
            }
        }
    }

    fn take_event(&mut self, event: Event<'_>) -> Result<()> {
        if event.mask.contains(ReadFlags::QUEUE_OVERFLOW) {
            return self.take_overflow();
        }
        if let Some(name) = event.name {
            if event.mask.contains(ReadFlags::MOVED_FROM) {
                let place = self.watches.folder(event.watch).and_then(|folder| folder.file(name));
                self.leaving = place.map(|place| (event.cookie, place));
                return Ok(());
            }
            let left = self.leaving.take().filter(|(cookie, _)| *cookie == event.cookie);
            if let Some((_, place)) = left
                && let Some(full) = self.watches.folder(event.watch).map(|folder| folder.full(name))
            {
                self.reopen(place, &full)?;
            }
            return match self.concerned(event, name) {
                Some(place) => {
                    let named = !event.mask.contains(ReadFlags::DELETE);
                    self.add(Item::Examine(place, Cause { named, ..Cause::default() }))
                }
                None => match left {
                    Some((_, place)) => self.take_fleeting(event.watch, name, place),
                    None => Ok(()),
                },
            };
        }
        let deleted = event.mask.contains(ReadFlags::DELETE_SELF);
        if deleted && self.watches.folder(event.watch).is_some() {
            self.carry_out()?;
            self.unusable = true;
            return Ok(self.scene.screen.out.warn("directory containing watched file was removed")?);
        }
        if self.retired.contains(event.watch) {
            return self.take_retired(event);
        }
        let Some(place) = self.watches.file(event.watch) else { return Ok(()) };
        let moved = event.mask.contains(ReadFlags::MOVE_SELF);
        if deleted || moved || event.mask.contains(ReadFlags::ATTRIB) {
            let cause = Cause { named: false, moved, deleted };
            return self.add(Item::Examine(place, cause));
        }
        if !event.mask.contains(ReadFlags::MODIFY) {
            return Ok(());
        }
        if !self.round.add(Item::Grow(place)) {
            self.carry_out()?;
            // By now the watch may be that of a retired file.
            if self.retired.contains(event.watch) {
                return self.add(Item::GrowRetired(event.watch));
            }
            if let Some(place) = self.watches.file(event.watch) {
                return self.add(Item::Grow(place));
            }
        }
        Ok(())
    }

    /// The file that a name in a folder is that of, if that is something to look at; maybe it is a new one.
    fn concerned(&mut self, event: Event<'_>, name: &std::ffi::OsStr) -> Option<usize> {
        let come = ReadFlags::CREATE | ReadFlags::MOVED_TO;
        let folder = self.watches.folder(event.watch)?;
        if !event.mask.intersects(come | ReadFlags::DELETE | ReadFlags::ATTRIB) {
            return None;
        }
        if let Some(place) = folder.file(name) {
            return Some(place).filter(|place| !self.scene.entries[*place].ignored);
        }
        if !event.mask.intersects(come) || event.mask.contains(ReadFlags::ISDIR) {
            return None;
        }
        let full = folder.globs.iter().find_map(|glob| self.scene.globs.wanted(*glob, name))?;
        let place = self.scene.add(full);
        self.watches.expect(event.watch, name, place);
        Some(place)
    }

    /// An event of a file whose name means another one by now.
    fn take_retired(&mut self, event: Event<'_>) -> Result<()> {
        if event.mask.intersects(ReadFlags::OPEN | ReadFlags::DELETE_SELF) {
            self.carry_out()?;
            self.retired.drop(event.watch, &mut self.watches);
            return Ok(());
        }
        if event.mask.intersects(ReadFlags::MODIFY | ReadFlags::CLOSE_WRITE) {
            return self.add(Item::GrowRetired(event.watch));
        }
        if event.mask.contains(ReadFlags::ATTRIB) && self.retired.was_deleted(event.watch) {
            let _ = self.round.add(Item::GrowRetired(event.watch));
            self.carry_out()?;
            self.retired.drop(event.watch, &mut self.watches);
        }
        Ok(())
    }

    /// A file that was renamed away from a name that is followed. If it had that name for so short a time that nobody
    /// could look, it is shown now.
    fn take_fleeting(&mut self, watch: i32, name: &std::ffi::OsStr, place: usize) -> Result<()> {
        let Some(full) = self.watches.folder(watch).map(|folder| folder.full(name)) else { return Ok(()) };
        if !self.is_unknown(place, &full) {
            return Ok(());
        }
        self.carry_out()?;
        if self.is_unknown(place, &full) { self.catch(place, &full) } else { Ok(()) }
    }

    /// The kernel could not keep all events: anything may have happened.
    fn take_overflow(&mut self) -> Result<()> {
        self.carry_out()?;
        for watch in self.retired.watches() {
            self.add(Item::GrowRetired(watch))?;
        }
        self.carry_out()?;
        // Those that are closed are looked for first; and before that there have to be descriptors for them.
        let count = self.scene.entries.len();
        let (closed, open): (Vec<usize>, Vec<usize>) = (0..count).partition(|place| self.is_parked(*place));
        self.look_at_all(&open)?;
        self.find_renamed()?;
        self.look_at_all(&closed)?;
        self.find_by_globs()
    }

    fn look_at_all(&mut self, places: &[usize]) -> Result<()> {
        for &place in places {
            let entry = &self.scene.entries[place];
            if entry.ignored {
                continue;
            }
            let by_name = entry.following.by_name;
            self.add(Item::Grow(place))?;
            if by_name {
                let cause = Cause { named: true, ..Cause::default() };
                self.add(Item::Examine(place, cause))?;
            }
        }
        self.carry_out()
    }

    /// Files that patterns find and of which nothing was told.
    fn find_by_globs(&mut self) -> Result<()> {
        let known = self.scene.entries.len();
        self.scene.find_new();
        for place in known..self.scene.entries.len() {
            let name = self.scene.entries[place].name.clone();
            // The folder has a watch already, or the name would not have been found.
            let _ = self.watches.add_parent(&name, place);
            self.add(Item::Examine(place, Cause { named: true, ..Cause::default() }))?;
        }
        Ok(())
    }

    fn add(&mut self, item: Item) -> Result<()> {
        if !self.round.add(item) {
            self.carry_out()?;
            let _ = self.round.add(item);
        }
        Ok(())
    }

    /// Does all that is to be done in a round.
    fn carry_out(&mut self) -> Result<()> {
        if self.round.is_empty() {
            return Ok(());
        }
        let items = self.round.take();
        let session = self.scene.screen.session;
        let mut looks = self.start_looks(&items);
        let together = !looks.is_empty();
        for (nth, item) in items.into_iter().enumerate() {
            if self.unusable {
                return Ok(());
            }
            match item {
                Item::Grow(place) => {
                    grow(&mut self.scene.screen, &mut self.scene.entries[place])?;
                }
                Item::GrowRetired(watch) => {
                    self.retired.grow(watch, &mut self.scene.screen)?;
                }
                Item::Examine(place, cause) => {
                    let looking = looks.get_mut(nth).and_then(Option::take);
                    let look = looking.map(|looking| session.ring().block_on(looking.finish()));
                    self.examine(place, cause, look)?;
                }
            }
        }
        if together {
            session.rest();
        }
        Ok(())
    }

    /// Looks at several names together, by a ring that goes when that is done. For a few there is nothing to be won.
    fn start_looks(&self, items: &[Item]) -> Vec<Option<Looking>> {
        /// So many are worth a ring.
        const MANY: usize = 4;
        /// Each holds a descriptor until it is judged.
        const AT_ONCE: usize = 64;
        /// Less than what is kept in reserve.
        const FEW: usize = 8;
        let names = items.iter().filter(|item| matches!(item, Item::Examine(..))).count();
        if names < MANY {
            return Vec::new();
        }
        let session = self.scene.screen.session;
        let plenty = session.descriptors() > 2 * self.scene.entries.len() + AT_ONCE;
        let mut left = if plenty { AT_ONCE } else { FEW };
        let ring = session.ring();
        let start = |item: &Item| match item {
            Item::Examine(place, _) if left > 0 => {
                left -= 1;
                Looking::start(&ring, &self.scene.entries[*place].name)
            }
            _ => None,
        };
        items.iter().map(start).collect()
    }

    /// Says what was wrong with a watch. False if there are too many of them: then that was all there is to say.
    fn say_unwatchable(&mut self, place: usize, what: &str, error: io::Error) -> Result<bool> {
        let out = &mut *self.scene.screen.out;
        if super::watches::is_exhausted(&error) {
            out.warn("inotify resources exhausted")?;
            self.unusable = true;
            return Ok(false);
        }
        let name = super::named(&self.scene.entries[place].label.text);
        out.warn(Fault::io(bytes!["cannot watch ", what, name], error).render())?;
        Ok(true)
    }
}
