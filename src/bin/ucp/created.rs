//! With which permissions destinations are made, and what is left to do about them afterwards.
//!
//! What will belong to somebody else is first made for its owner's eyes only, and the rest of its permissions is added
//! when the owner is right: nobody opens meanwhile what he may not read in the end. A folder that its owner could not
//! write to has to let us in while it is filled.

use std::io;

use ringutils::cli::Fault;
use ringutils::sys::{Stat, stat_at};
use rustix::fs::{AtFlags, Mode, chmodat};

use crate::log::{Failed, Log};
use crate::options::Xattrs;
use crate::place::Place;
use crate::run::Run;

/// Everyone's permissions.
const EVERYONE: u32 = 0o777;
/// Permissions of others than the owner.
const OTHERS: u32 = 0o077;
/// Permissions of others to change.
const OTHERS_WRITE: u32 = 0o022;
const OWNER: u32 = 0o700;
const SET_GROUP_ID: u32 = 0o2000;
const OWNER_WRITE: u32 = 0o200;

/// How a destination came to be, as far as its permissions go: whoever makes it gets this together with the mode to
/// make it with, and hands it in when attributes are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Created {
    /// It is a symbolic link, which has no mode.
    pub is_link: bool,
    /// Permissions of the source that were left out, to be added under the umask.
    pub withheld: u32,
    /// What the source has not: the owner's write permission, without which we could not set extended attributes.
    pub lent: u32,
    /// The mode to go back to: of a folder that was made accessible.
    pub restore: Option<u32>,
    /// The set-group-id bit of a folder, as it has it from the one that it is in.
    pub inherited: u32,
}

impl Created {
    /// It was there already: there is nothing to repair.
    pub const EXISTING: Self = Self { is_link: false, withheld: 0, lent: 0, restore: None, inherited: 0 };
    /// A symbolic link.
    pub const LINK: Self = Self { is_link: true, ..Self::EXISTING };

    /// The mode to open a new regular file with, a copy of `source`.
    pub fn file(run: &Run, source: &Stat) -> (u32, Self) {
        let preserve = &run.options.preserve;
        let withheld = if preserve.ownership { source.mode & OTHERS } else { 0 };
        let needs_write = preserve.xattrs != Xattrs::No && !run.is_root;
        let lent = if needs_write { OWNER_WRITE & !source.mode } else { 0 };
        (source.mode & EVERYONE & !withheld | lent, Self { withheld, lent, ..Self::EXISTING })
    }

    /// The mode to make a FIFO, a device or a socket with.
    pub fn special(run: &Run, source: &Stat) -> (u32, Self) {
        let withheld = if run.options.preserve.ownership { source.mode & OTHERS } else { 0 };
        (source.mode & !withheld, Self { withheld, ..Self::EXISTING })
    }

    /// The mode to make a folder with. When it is made, [`Created::made`] is called.
    pub fn directory(run: &Run, source: &Stat) -> (u32, Self) {
        let mask = if run.options.preserve.ownership { OTHERS } else { OTHERS_WRITE };
        let withheld = source.mode & mask;
        (source.mode & !withheld, Self { withheld, ..Self::EXISTING })
    }

    /// Looks at the folder `to` that was just made, and makes it accessible if it is not.
    pub fn made(&mut self, to: &Place, log: &mut Log) -> Result<Stat, Failed> {
        let found = stat_at(to.folder(), to.name(), false)
            .map_err(|error| log.fault(Fault::naming("cannot stat ", to.shown(), "", error)))?;
        self.inherited = found.mode & SET_GROUP_ID;
        if make_accessible(to, &found, log)? {
            self.restore = Some(found.mode);
        }
        Ok(found)
    }
}

/// How a folder that `--parents` asked for came to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreatedParent {
    withheld: u32,
    /// The mode that it gets in the end, unless it gets its source's.
    pub restore: Option<u32>,
}

impl CreatedParent {
    /// It was there already.
    pub const EXISTING: Self = Self { withheld: 0, restore: None };

    /// The mode to make it with. When it is made, [`CreatedParent::made`] is called.
    pub fn directory(run: &Run, source: &Stat) -> (u32, Self) {
        let preserve = &run.options.preserve;
        let withheld = match () {
            () if preserve.ownership => source.mode & OTHERS,
            () if preserve.mode => source.mode & OTHERS_WRITE,
            () => 0,
        };
        let mode = if preserve.ignore_mode { EVERYONE } else { source.mode };
        (mode & !withheld, Self { withheld, restore: None })
    }

    /// Looks at the folder `to` that was just made, and makes it accessible if it is not.
    pub fn made(&mut self, run: &Run, to: &Place, log: &mut Log) -> Result<Stat, Failed> {
        let found = stat_at(to.folder(), to.name(), false).map_err(|error| {
            log.fault(Fault::naming("failed to get attributes of ", to.shown(), "", error))
        })?;
        if !run.options.preserve.mode {
            let missing = self.withheld & !run.umask & !found.mode;
            if missing != 0 || found.mode & OWNER != OWNER {
                self.restore = Some(found.mode | missing);
            }
        }
        make_accessible(to, &found, log)?;
        Ok(found)
    }
}

/// Whether anything had to be done.
fn make_accessible(to: &Place, found: &Stat, log: &mut Log) -> Result<bool, Failed> {
    if found.mode & OWNER == OWNER {
        return Ok(false);
    }
    match chmodat(to.folder(), to.name(), Mode::from_raw_mode(found.mode | OWNER), AtFlags::empty()) {
        Ok(()) => Ok(true),
        Err(error) => {
            Err(log.fault(Fault::naming("setting permissions for ", to.shown(), "", io::Error::from(error))))
        }
    }
}
