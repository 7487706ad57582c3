//! The beginning: watches for all files, and a look at what has happened before they were there.

use std::io;

use ringutils::bytes;
use ringutils::sys;

use super::super::batch::Cause;
use super::super::growth::grow;
use super::super::watches::{BY_DESCRIPTOR, BY_NAME, is_exhausted};
use super::super::{Result, Stop, named};
use super::Notifier;
use crate::entry::Trouble;
use crate::options::By;

impl Notifier<'_, '_, '_> {
    /// Watches all files and folders. False if that did not do.
    pub(super) fn set_up(&mut self) -> Result<bool> {
        let mut unwatchable = false;
        for place in 0..self.scene.entries.len() {
            let entry = &self.scene.entries[place];
            if entry.ignored {
                continue;
            }
            let by_name = entry.following.by_name;
            if by_name && let Err(error) = self.watches.add_parent(&entry.name, place) {
                self.say_unwatchable(place, "parent directory of ", error)?;
                return Ok(false);
            }
            if self.watch_at_first(place)? {
                continue;
            }
            if self.unusable {
                return Ok(false);
            }
            unwatchable |= !by_name && self.scene.entries[place].file.is_some();
        }
        if unwatchable {
            return Ok(false);
        }
        if !self.watch_globs()? {
            return Ok(false);
        }
        let is_watched = self.scene.entries.iter().any(|entry| entry.following.watched);
        if self.scene.follow.by == By::Descriptor && self.scene.globs.is_empty() && !is_watched {
            self.scene.screen.out.fail();
            return Err(Stop::Over);
        }
        Ok(true)
    }

    /// Whether there is a watch for the file at `place` now.
    fn watch_at_first(&mut self, place: usize) -> Result<bool> {
        let entry = &mut self.scene.entries[place];
        let flags = if entry.following.by_name { BY_NAME } else { BY_DESCRIPTOR };
        match self.watches.add_file(&entry.name, flags) {
            Ok(watch) => {
                self.watches.offer(watch, place);
                entry.following.watch = Some(watch);
                entry.following.watched = true;
                Ok(true)
            }
            Err(error) => {
                let known = entry.trouble.is_some_and(|trouble| trouble == Trouble::from(&error));
                if !known || is_exhausted(&error) {
                    self.say_unwatchable(place, "", error)?;
                }
                Ok(false)
            }
        }
    }

    /// Watches the folders in which files may appear. False if that did not do.
    fn watch_globs(&mut self) -> Result<bool> {
        for (glob, path) in self.scene.globs.folders().enumerate() {
            match self.watches.add_folder(path) {
                Ok(folder) => folder.globs.push(glob),
                Err(error) => {
                    let text = if is_exhausted(&error) {
                        b"inotify resources exhausted".to_vec()
                    } else {
                        let name = named(std::os::unix::ffi::OsStrExt::as_bytes(path));
                        ringutils::cli::Fault::io(bytes!["cannot watch ", name], error).render()
                    };
                    self.scene.screen.out.warn(text)?;
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// What has happened since the files were shown, and before they were watched. False if a watch is on another file
    /// than was shown.
    pub(super) fn look_again(&mut self) -> Result<bool> {
        for place in 0..self.scene.entries.len() {
            let entry = &self.scene.entries[place];
            if entry.ignored {
                continue;
            }
            let path = sys::c_path(&entry.name);
            let by_name = entry.following.by_name;
            let now = path.and_then(|path| sys::stat_at(rustix::fs::CWD, &path, !by_name));
            let known = entry.file.as_ref().map(|file| (file.stat.identity, file.position));
            match (now, known) {
                // Most are as they were.
                (Ok(now), Some((identity, position))) if now.identity == identity => {
                    if now.size != position {
                        grow(&mut self.scene.screen, &mut self.scene.entries[place])?;
                    }
                }
                _ if by_name => self.examine(place, Cause::default(), None)?,
                (Ok(_), Some(_)) => return self.say_replaced(place),
                (Err(_) | Ok(_), _) => {
                    grow(&mut self.scene.screen, &mut self.scene.entries[place])?;
                }
            }
            if self.unusable {
                return Ok(false);
            }
        }
        self.look_for_new()?;
        Ok(!self.unusable)
    }

    fn say_replaced(&mut self, place: usize) -> Result<bool> {
        let name = named(&self.scene.entries[place].label.text);
        self.scene.screen.out.warn(bytes![name, " was replaced"])?;
        Ok(false)
    }

    /// What patterns find that appeared before the folders were watched.
    fn look_for_new(&mut self) -> Result<()> {
        let known = self.scene.entries.len();
        self.scene.find_new();
        for place in known..self.scene.entries.len() {
            let name = self.scene.entries[place].name.clone();
            let parent: io::Result<()> = self.watches.add_parent(&name, place);
            if let Err(error) = parent {
                self.say_unwatchable(place, "parent directory of ", error)?;
                self.unusable = true;
                return Ok(());
            }
            self.examine(place, Cause { named: true, ..Cause::default() }, None)?;
        }
        Ok(())
    }
}
