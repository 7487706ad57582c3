//! A name is looked at again: watches, the file it means now, and what becomes of the one that it meant before.

use std::ffi::OsStr;
use std::io;

use ringutils::sys::{self, Kind};

use super::super::Result;
use super::super::batch::Cause;
use super::super::growth::{grow, grow_file, open};
use super::super::names::{Fate, Found, Identity, Look, Verdict, judge, look};
use super::super::poll::lacks_descriptor;
use super::super::watches::{BY_NAME, is_exhausted};
use super::Notifier;
use crate::entry::{File, Handle, Trouble};

impl Notifier<'_, '_, '_> {
    /// `seen` is what was found under the name, if somebody looked already.
    pub(super) fn examine(&mut self, place: usize, cause: Cause, seen: Option<Look>) -> Result<()> {
        if self.scene.entries[place].ignored {
            return Ok(());
        }
        let before = self.scene.entries[place].following.watch;
        if cause.named {
            let mut watched = self.watch_name(place);
            // Files that are followed a little longer are not to cost this one its watch.
            while watched.as_ref().is_err_and(is_exhausted) && self.drop_oldest()? {
                watched = self.watch_name(place);
            }
            match watched {
                Ok(None) => {}
                // The file has been renamed from the other's name to this one.
                Ok(Some(other)) => self.examine(other, Cause::default(), None)?,
                Err(error) => return self.lose_watch(place, error),
            }
        }
        let (itself, found, remote) = self.find(place, seen)?;
        let entry = &self.scene.entries[place];
        let known = entry.file.as_ref().map(|file| file.stat.identity);
        let verdict = judge(entry.trouble, known, &found, !entry.following.retry);
        let stays = known.is_some() && known == itself;
        match (verdict.fate, found) {
            (Fate::Lost(trouble), _) => self.lose(place, cause, trouble, &verdict, stays),
            (Fate::Taken, Found::Good(fd, stat)) => {
                self.leave_file(place, stays, true)?;
                self.forget_stale(place, before);
                if !cause.named {
                    // If it cannot be done, the event that tells of the new name will say so.
                    let _ = self.watch_name(place);
                }
                self.say(place, &verdict)?;
                let entry = &mut self.scene.entries[place];
                entry.trouble = None;
                entry.following.remote = remote;
                entry.file = Some(File { handle: Handle::Own(fd), stat, position: 0 });
                grow(&mut self.scene.screen, entry)?;
                self.scene.spare(place);
                Ok(())
            }
            _ => {
                self.forget_stale(place, before);
                // What came while there was no watch was not told.
                if before.is_none() {
                    grow(&mut self.scene.screen, &mut self.scene.entries[place])?;
                }
                Ok(())
            }
        }
    }

    /// There is nothing to follow under this name for now.
    fn lose(
        &mut self,
        place: usize,
        cause: Cause,
        trouble: Trouble,
        verdict: &Verdict,
        stays: bool,
    ) -> Result<()> {
        let before = self.scene.entries[place].following.watch;
        let had_file = self.scene.entries[place].file.is_some();
        let linked = self.leave_file(place, stays, false)?;
        let entry = &mut self.scene.entries[place];
        if had_file && !stays && !cause.named {
            // It was on what has another name now, or none.
            entry.following.watch = None;
        }
        entry.trouble = Some(trouble);
        entry.ignored |= verdict.ignore;
        let moved = cause.moved && !entry.following.retry;
        if !cause.named && (cause.deleted || moved || !linked) {
            entry.following.watched = false;
        }
        self.forget_stale(place, before);
        self.say(place, verdict)
    }

    /// Lets go of an open file, after showing what it still has. If the name means another one now, it is followed a
    /// little longer. Whether it has any name, as far as that is known.
    ///
    /// `stays`: it is still this one that has the name, though it can no longer be opened. `replaced`: another one has it.
    fn leave_file(&mut self, place: usize, stays: bool, replaced: bool) -> Result<bool> {
        let Self { scene, watches, retired, .. } = self;
        if !stays {
            retired.make_room(place, &mut scene.screen, watches)?;
        }
        let Some(file) = &scene.entries[place].file else { return Ok(true) };
        let mut watch = None;
        let linked = file.handle.fd().and_then(|fd| sys::fstat(fd).ok()).is_none_or(|now| now.links > 0);
        // As long as a file is open, the folder that its last name was in is not gone, even if it has been removed; and
        // then GNU's tail wants to know.
        let keeps = !stays && (linked || replaced);
        if let (Handle::Own(fd), Kind::Regular, true) = (&file.handle, file.stat.kind, keeps) {
            // From here on it is told when somebody opens the file: before what it still has is shown, and before it is
            // said what has become of the name.
            watch = watches.retire(std::os::fd::AsFd::as_fd(fd)).ok();
        }
        grow(&mut scene.screen, &mut scene.entries[place])?;
        if !linked && !replaced {
            retired.drop_deleted(place, watches);
        }
        let entry = &mut scene.entries[place];
        let (Some(file), Some(watch)) = (entry.file.take(), watch) else {
            scene.screen.out.end_of(&mut entry.label)?;
            return Ok(linked);
        };
        if entry.following.watch == Some(watch) {
            entry.following.watch = None;
        }
        // Not if it has become another entry's file.
        if watches.release(watch, place) {
            retired.add(place, watch, file, entry.label.hand_on(), linked);
        }
        scene.screen.out.end_of(&mut entry.label)?;
        Ok(linked)
    }

    /// Whether a file, which had the name at `place` a moment ago, was never seen.
    pub(super) fn is_unknown(&self, place: usize, now_called: &OsStr) -> bool {
        let entry = &self.scene.entries[place];
        let path = sys::c_path(now_called);
        let Ok(stat) = path.and_then(|path| sys::stat_at(rustix::fs::CWD, &path, false)) else {
            return false;
        };
        let known = entry.file.as_ref().is_some_and(|file| file.stat.identity == stat.identity);
        let regular = stat.kind == Kind::Regular && entry.following.by_name && !entry.ignored;
        regular && !known && !self.retired.has_file(place, stat.identity)
    }

    /// Shows such a file, and follows it a little longer.
    pub(super) fn catch(&mut self, place: usize, now_called: &OsStr) -> Result<()> {
        let Ok(fd) = open(now_called) else { return Ok(()) };
        let Ok(stat) = sys::fstat(&fd) else { return Ok(()) };
        let fd = self.out_of_reserve(fd)?;
        let Self { scene, watches, retired, .. } = self;
        retired.make_room(place, &mut scene.screen, watches)?;
        let watch = watches.retire(std::os::fd::AsFd::as_fd(&fd));
        let mut file = File { handle: Handle::Own(fd), stat, position: 0 };
        // Its lines are neither those of the file before it nor of the one after it.
        let mut label = scene.entries[place].label.for_another();
        // If its status cannot be asked, there is nothing to show.
        let _ = grow_file(&mut scene.screen, &mut label, &mut file)?;
        match watch {
            Ok(watch) if watches.file(watch).is_none() => retired.add(place, watch, file, label, true),
            _ => scene.screen.out.end_of(&mut label)?,
        }
        Ok(())
    }

    /// Ends the watch that was there `before`, if it serves nobody any more.
    fn forget_stale(&mut self, place: usize, before: Option<i32>) {
        if let Some(before) = before
            && self.scene.entries[place].following.watch != Some(before)
            && self.watches.release(before, place)
            && !self.retired.contains(before)
        {
            self.watches.remove(before);
        }
    }

    /// Looks at the name, unless that was done. What the name itself stands for, what was found, and whether that is on
    /// a remote file system.
    fn find(&mut self, place: usize, seen: Option<Look>) -> Result<(Option<Identity>, Found, bool)> {
        let name = &self.scene.entries[place].name;
        let mut seen = seen.unwrap_or_else(|| look(name, true));
        while lacks_descriptor(&seen) && self.make_room()? {
            seen = look(&self.scene.entries[place].name, true);
        }
        let itself = seen.itself.map(|stat| stat.identity);
        let (found, remote) = seen.judge(&self.scene.entries[place].name, true, &mut self.scene.devices);
        Ok((itself, found, remote))
    }

    /// Closes something, so that something else can be opened.
    pub(super) fn make_room(&mut self) -> Result<bool> {
        Ok(self.drop_oldest()? || self.scene.park_one())
    }

    /// Lets go of a file whose name means another one by now. False if there is none.
    fn drop_oldest(&mut self) -> Result<bool> {
        let Self { scene, retired, watches, .. } = self;
        retired.drop_oldest(&mut scene.screen, watches)
    }

    /// Watches what has the name now. If that has been watched on another entry's account so far: which one's.
    fn watch_name(&mut self, place: usize) -> io::Result<Option<usize>> {
        let entry = &mut self.scene.entries[place];
        let watch = self.watches.add_file(&entry.name, BY_NAME)?;
        entry.following.watched = true;
        if entry.following.watch == Some(watch) {
            return Ok(None);
        }
        entry.following.watch = Some(watch);
        // It may be back.
        self.retired.forget(watch);
        let Some(other) = self.watches.assign(watch, place) else { return Ok(None) };
        let following = &mut self.scene.entries[other].following;
        if following.watch != Some(watch) {
            return Ok(None);
        }
        following.watch = None;
        following.watched = false;
        Ok(Some(other))
    }

    /// What has the name now cannot be watched, so it is not looked at either: that is how GNU's tail goes on with a file
    /// that may not be read for a while. An event of its name brings it back.
    fn lose_watch(&mut self, place: usize, error: io::Error) -> Result<()> {
        let following = &mut self.scene.entries[place].following;
        following.watched = false;
        if let Some(watch) = following.watch.take()
            && self.watches.release(watch, place)
        {
            self.watches.remove(watch);
        }
        self.say_unwatchable(place, "", error)?;
        Ok(())
    }

    fn say(&mut self, place: usize, verdict: &Verdict) -> Result<()> {
        if let Some(text) = verdict.message(&self.scene.entries[place].label.text) {
            self.scene.screen.out.warn(text)?;
        }
        Ok(())
    }
}
