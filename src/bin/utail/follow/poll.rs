//! Following by asking each file again and again.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io;

use ringutils::cli::Fault;
use ringutils::ring::{Fd, Ring};
use ringutils::sys::{self, Stat};

use super::growth::{self, grow, grow_to};
use super::names::{self, Fate, Identity, Look, judge};
use super::{Result, Scene};
use crate::entry::{Entry, File, Handle, Trouble};

/// How many remote files are asked at the same time.
const AT_ONCE: usize = 64;

/// Goes on until nothing more can come.
pub fn run(scene: &mut Scene<'_, '_>) -> Result<()> {
    let mut pids = scene.pids();
    let reader = scene.reader();
    growth::never_wait(&scene.entries);
    let mut are_gone = false;
    loop {
        let any = scene.pass()?;
        if !scene.is_any_alive() {
            return Err(scene.no_files_remain());
        }
        scene.screen.out.flush()?;
        if any {
            if let Some(fd) = &reader
                && is_broken(fd)
            {
                return Err(scene.reader_gone());
            }
            continue;
        }
        if are_gone {
            return Ok(());
        }
        // What was written before the last process ended is there by now, but may have come after the pass.
        are_gone = pids.are_gone();
        if !are_gone {
            scene.sleep(reader.as_ref())?;
        }
    }
}

fn is_broken(fd: &Fd) -> bool {
    fd.raw().is_some_and(|fd| sys::raw::poll_now(fd, 0) > 0)
}

impl Scene<'_, '_> {
    /// One pass over all files; whether anything was new.
    fn pass(&mut self) -> Result<bool> {
        self.find_new();
        let mut asked = self.ask_remote();
        let mut any = false;
        for place in 0..self.entries.len() {
            let answer = asked.get_mut(place).and_then(Option::take);
            any |= self.visit(place, answer)?;
        }
        Ok(any)
    }

    /// Files that patterns find, and that were not there before.
    pub(super) fn find_new(&mut self) {
        if self.globs.is_empty() {
            return;
        }
        let names = self.globs.names();
        let known: HashSet<&OsString> = self.entries.iter().map(|entry| &entry.name).collect();
        let new: Vec<OsString> = names.into_iter().filter(|name| !known.contains(name)).collect();
        for name in new {
            self.add(name);
        }
    }

    /// A file that a pattern has found; it is yet to be looked at.
    pub(super) fn add(&mut self, name: OsString) -> usize {
        let place = self.entries.len();
        let mut entry = Entry::new(place, name);
        entry.trouble = Some(Trouble::Errno(libc::ENOENT));
        entry.following.by_name = true;
        entry.following.retry = true;
        self.entries.push(entry);
        place
    }

    /// Asks all remote files what they are, many at a time: each answer takes a journey through a network. Others are
    /// asked when it is their turn.
    fn ask_remote(&mut self) -> Vec<Option<io::Result<Stat>>> {
        let is_remote = |entry: &Entry| {
            let own = entry.file.as_ref().is_some_and(|file| matches!(file.handle, Handle::Own(_)));
            entry.following.remote && own && !entry.ignored
        };
        let places: Vec<usize> =
            (0..self.entries.len()).filter(|place| is_remote(&self.entries[*place])).collect();
        if places.len() < 2 {
            return Vec::new();
        }
        let mut answers: Vec<Option<io::Result<Stat>>> = Vec::new();
        answers.resize_with(self.entries.len(), || None);
        let ring = self.screen.session.ring();
        for places in places.chunks(AT_ONCE) {
            ring.block_on(ask(&ring, places, &mut self.entries, &mut answers));
        }
        answers
    }

    /// Whether anything was new in one file.
    fn visit(&mut self, place: usize, asked: Option<io::Result<Stat>>) -> Result<bool> {
        let entry = &mut self.entries[place];
        if entry.ignored {
            return Ok(false);
        }
        let Some(file) = &entry.file else {
            self.examine_by_polling(place)?;
            return Ok(false);
        };
        let answer = asked.unwrap_or_else(|| status(entry, file));
        let now = match answer {
            Ok(now) => now,
            Err(error) if matches!(file.handle, Handle::Parked) => {
                drop(error);
                self.examine_by_polling(place)?;
                return Ok(false);
            }
            Err(error) => {
                entry.trouble = Some(Trouble::from(&error));
                entry.file = None;
                let what = super::named_bare(&entry.label.text);
                self.screen.out.warn(Fault::io(what, error).render())?;
                return Ok(false);
            }
        };
        if matches!(file.handle, Handle::Parked) && now.identity != file.stat.identity {
            self.examine_by_polling(place)?;
            return Ok(false);
        }
        if growth::is_unchanged(file, &now) {
            return self.visit_unchanged(place, now);
        }
        entry.following.unchanged = 0;
        let (n, shorter) = grow_to(&mut self.screen, entry, now)?;
        // What seems to be shorter than what was read from it (a file in /proc) would do so again at once.
        Ok(n > 0 && !shorter)
    }

    /// A file that seems to be as it was. Its name may mean another file by now, and a device's status does not tell
    /// whether there is anything.
    fn visit_unchanged(&mut self, place: usize, now: Stat) -> Result<bool> {
        let alone = self.entries.len() == 1;
        let entry = &mut self.entries[place];
        let patience = self.follow.max_unchanged;
        let before = entry.following.unchanged;
        entry.following.unchanged = before.saturating_add(1);
        if before >= patience && entry.following.by_name {
            self.examine_by_polling(place)?;
            let entry = &mut self.entries[place];
            entry.following.unchanged = 0;
            if entry.file.as_ref().is_none_or(|file| file.stat.identity != now.identity) {
                return Ok(false);
            }
        }
        if !alone || now.kind == sys::Kind::Regular {
            return Ok(false);
        }
        let entry = &mut self.entries[place];
        let n = grow(&mut self.screen, entry)?;
        if n > 0 {
            entry.following.unchanged = 0;
        }
        Ok(n > 0)
    }

    /// Sees what a name means now.
    fn examine_by_polling(&mut self, place: usize) -> Result<()> {
        let entry = &self.entries[place];
        if entry.is_stdin() {
            return Ok(());
        }
        let mut seen = names::look(&entry.name, false);
        if lacks_descriptor(&seen) && self.park_one() {
            seen = names::look(&self.entries[place].name, false);
        }
        let entry = &mut self.entries[place];
        let (found, remote) = seen.judge(&entry.name, false, &mut self.devices);
        let known: Option<Identity> = entry.file.as_ref().map(|file| file.stat.identity);
        let give_up = !(entry.following.by_name && entry.following.retry);
        let verdict = judge(entry.trouble, known, &found, give_up);
        if verdict.fate == Fate::Same {
            return Ok(());
        }
        // What the old file still has comes before the new one's, and before what is said of it.
        grow(&mut self.screen, entry)?;
        self.screen.out.end_of(&mut entry.label)?;
        entry.file = None;
        if let Some(text) = verdict.message(&entry.label.text) {
            self.screen.out.warn(text)?;
        }
        entry.ignored |= verdict.ignore;
        match (verdict.fate, found) {
            (Fate::Lost(trouble), _) => entry.trouble = Some(trouble),
            (_, names::Found::Good(fd, stat)) => {
                entry.trouble = None;
                entry.following.remote = remote;
                entry.following.unchanged = 0;
                // The next pass shows what it has, as GNU's does.
                entry.file = Some(File { handle: Handle::Own(fd), stat, position: 0 });
                self.spare(place);
            }
            _ => {}
        }
        Ok(())
    }

    /// Closes a file that is followed by name, to make room for another: it is opened again when it has to be.
    pub(super) fn park_one(&mut self) -> bool {
        let count = self.entries.len();
        for _ in 0..count {
            let place = self.next_to_park % count;
            self.next_to_park = place + 1;
            let entry = &mut self.entries[place];
            if let Some(file) = &mut entry.file
                && entry.following.by_name
                && file.stat.kind == sys::Kind::Regular
                && matches!(file.handle, Handle::Own(_))
            {
                file.handle = Handle::Parked;
                return true;
            }
        }
        false
    }

    /// Whether there is anything to wait for.
    fn is_any_alive(&self) -> bool {
        !self.globs.is_empty()
            || self.entries.iter().any(|entry| {
                let Entry { following, ignored, file, .. } = entry;
                file.is_some() || (following.retry && (following.by_name || !ignored))
            })
    }

    /// Waits for the time between two passes, or until nobody reads standard output any more.
    pub(super) fn sleep(&mut self, reader: Option<&Fd>) -> Result<()> {
        let for_ever = std::time::Duration::MAX;
        let interval = self.follow.interval.unwrap_or(for_ever);
        if interval.is_zero() {
            return match reader {
                Some(fd) if is_broken(fd) => Err(self.reader_gone()),
                _ => Ok(()),
            };
        }
        let ring = &self.ring;
        let Some(reader) = reader else {
            // Only being cancelled could make it fail.
            let _ = ring.block_on(ring.timeout(interval));
            return Ok(());
        };
        match ring.block_on(ring.poll_within(reader, 0, interval)) {
            Ok(Some(_)) => Err(self.reader_gone()),
            Ok(None) => Ok(()),
            Err(error) => Err(self.screen.end(&Fault::io("cannot wait for standard output", error))),
        }
    }
}

/// Whether a look failed only because too many files are open.
pub fn lacks_descriptor(look: &Look) -> bool {
    look.opened.as_ref().is_err_and(sys::is_out_of_descriptors)
}

fn status(entry: &Entry, file: &File) -> io::Result<Stat> {
    match file.handle.fd() {
        Some(fd) => sys::fstat(fd),
        None => sys::stat(sys::c_path(&entry.name)?.as_c_str()),
    }
}

/// The ring's operations want to own what they work on, so files are lent to them.
async fn ask(ring: &Ring, places: &[usize], entries: &mut [Entry], answers: &mut [Option<io::Result<Stat>>]) {
    let mut asked = Vec::new();
    for &place in places {
        let Some(file) = &mut entries[place].file else { continue };
        match std::mem::replace(&mut file.handle, Handle::Parked) {
            Handle::Own(fd) => {
                let fd = Fd::new(fd);
                let statx = ring.statx(Some(&fd), c"".into(), libc::AT_EMPTY_PATH);
                asked.push((place, fd, statx));
            }
            other => file.handle = other,
        }
    }
    for (place, fd, statx) in asked {
        answers[place] = Some(statx.await);
        if let (Some(file), Ok(fd)) = (&mut entries[place].file, fd.into_owned()) {
            file.handle = Handle::Own(fd);
        }
    }
}
