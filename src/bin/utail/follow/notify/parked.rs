//! Files that are closed for want of descriptors, and have another name by now: what was written to them before they
//! got it would not be seen any more, as they are opened by name. They are opened under the new one, while it is known.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::DirEntryExt;

use ringutils::sys;

use super::super::Result;
use super::super::batch::{Cause, Item};
use super::super::growth::open;
use super::super::names::Identity;
use super::super::watches::split;
use super::Notifier;
use crate::entry::{File, Handle};

impl Notifier<'_, '_, '_> {
    /// Opens the file at `place` again, if it is closed and this is what it is called now. Whether it was.
    pub(super) fn reopen(&mut self, place: usize, now_called: &OsStr) -> Result<bool> {
        let Some(identity) = self.parked(place) else { return Ok(false) };
        // Opening something else might be noticed.
        if identity_of(now_called) != Some(identity) {
            return Ok(false);
        }
        let mut opened = open(now_called);
        while opened.as_ref().is_err_and(sys::is_out_of_descriptors) {
            self.carry_out()?;
            if !self.make_room()? {
                break;
            }
            opened = open(now_called);
        }
        let Ok(fd) = opened else { return Ok(false) };
        let Some(stat) = sys::fstat(&fd).ok().filter(|stat| stat.identity == identity) else {
            return Ok(false);
        };
        let fd = self.out_of_reserve(fd)?;
        let Some(file) = &mut self.scene.entries[place].file else { return Ok(false) };
        file.stat = stat;
        file.handle = Handle::Own(fd);
        Ok(true)
    }

    /// The descriptor of a file that is to stay open. If hardly any were left, another file is closed for it: there have
    /// to be some for the next moment.
    pub(super) fn out_of_reserve(&mut self, fd: OwnedFd) -> Result<OwnedFd> {
        if fd.as_raw_fd() < self.scene.tight {
            return Ok(fd);
        }
        // What was opened before because it has another name now must not be closed before it was looked at.
        self.carry_out()?;
        self.make_room()?;
        Ok(fd.try_clone().unwrap_or(fd))
    }

    /// Finds the closed files that were renamed, of which nothing was told, in the folders that they were in.
    pub(super) fn find_renamed(&mut self) -> Result<()> {
        let mut missing: HashMap<OsString, HashMap<u64, usize>> = HashMap::new();
        for place in 0..self.scene.entries.len() {
            let Some(identity) = self.parked(place) else { continue };
            let name = &self.scene.entries[place].name;
            if identity_of(name) != Some(identity) {
                missing.entry(split(name).0.to_owned()).or_default().insert(identity.1, place);
            }
        }
        for (folder, places) in missing {
            let Ok(names) = std::fs::read_dir(&folder) else { continue };
            for name in names.flatten() {
                let Some(&place) = places.get(&name.ino()) else { continue };
                if self.reopen(place, name.path().as_os_str())? {
                    // One after the other: there may be more of them than descriptors.
                    self.add(Item::Examine(place, Cause { named: true, ..Cause::default() }))?;
                    self.carry_out()?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn is_parked(&self, place: usize) -> bool {
        self.parked(place).is_some()
    }

    fn parked(&self, place: usize) -> Option<Identity> {
        match &self.scene.entries[place].file {
            Some(File { handle: Handle::Parked, stat, .. }) => Some(stat.identity),
            _ => None,
        }
    }
}

fn identity_of(name: &OsStr) -> Option<Identity> {
    let path = sys::c_path(name).ok()?;
    sys::stat_at(rustix::fs::CWD, &path, false).ok().map(|stat| stat.identity)
}
