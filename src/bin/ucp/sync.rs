//! `--fsync`: data and directories are on the disk before we end.
//!
//! One `fsync(2)` waits for the disk; many at once wait about as long, as the file system writes its log once for all
//! of them. So files stay open until there are enough, and are synchronised together, each by an operation of the ring.

use std::io;
use std::os::fd::OwnedFd;

use ringutils::cli::Fault;
use ringutils::ring::Fd;
use rustix::fs::OFlags;

use crate::hands::Hands;
use crate::log::Log;
use crate::place::{Place, open_folder};

/// Files synchronised together.
const TOGETHER: usize = 64;

/// Opens a directory to be synchronised.
///
/// # Errors
/// `open(2)`'s.
pub fn open(place: &Place) -> io::Result<OwnedFd> {
    open_folder(place.folder(), place.name(), OFlags::empty())
}

impl Hands {
    /// Has a directory synchronised: names that were made in it, or that replaced others.
    pub fn sync_folder(&self, place: &Place, log: &mut Log) {
        self.sync_opened(open(place), place, log);
    }

    /// The same, of one that was opened in time.
    pub fn sync_opened(&self, opened: io::Result<OwnedFd>, place: &Place, log: &mut Log) {
        match opened {
            Ok(fd) => self.sync_later(fd, place, log),
            Err(error) => {
                log.fault(Fault::naming("cannot synchronise ", place.shown(), "", error));
            }
        }
    }

    /// Has an open file synchronised before the batch it is in is done, or earlier.
    pub fn sync_later(&self, fd: OwnedFd, place: &Place, log: &mut Log) {
        let enough = TOGETHER.min(self.session.descriptors() / 4);
        self.unsynced.borrow_mut().push((fd, place.clone()));
        if self.unsynced.borrow().len() >= enough {
            self.sync_now(log);
        }
    }

    /// Synchronises what is left.
    pub fn sync_now(&self, log: &mut Log) {
        let files = std::mem::take(&mut *self.unsynced.borrow_mut());
        if files.is_empty() {
            return;
        }
        let ring = self.session.ring();
        let started: Vec<_> = files
            .into_iter()
            .map(|(fd, place)| {
                let fd = Fd::new(fd);
                (ring.fsync(&fd, false), place)
            })
            .collect();
        for (sync, place) in started {
            if let Err(error) = ring.block_on(sync) {
                log.fault(Fault::naming("cannot synchronise ", place.shown(), "", error));
            }
        }
    }
}
