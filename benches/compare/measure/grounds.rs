//! Where commands that name their own output put it: nowhere has anybody been before.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use super::loops::{Kind, Mounted};
use crate::data::{Place, Ready, Store};
use crate::row::{Ground, Row};
use crate::{Fail, Result, kernel};

/// What one run is to do.
pub struct Errand {
    pub source: PathBuf,
    /// A name that is free.
    pub destination: PathBuf,
}

/// Gives every run of a row a fresh destination.
pub struct Grounds<'a> {
    ground: Ground,
    name: &'static str,
    data: &'a Ready,
    store: &'a Store,
    given: Cell<u64>,
    /// Whether the file system that is mounted has been used in an earlier sample.
    used: Cell<bool>,
    mounted: RefCell<Option<Mounted>>,
}

impl<'a> Grounds<'a> {
    /// Makes nothing yet.
    pub fn new(ground: Ground, row: &Row, data: &'a Ready, store: &'a Store) -> Self {
        let (given, used, mounted) = (Cell::new(0), Cell::new(true), RefCell::new(None));
        Self { ground, name: row.name, data, store, given, used, mounted }
    }

    /// Says that the next run is the first of a sample.
    pub fn next_sample(&self) {
        self.used.set(true);
    }

    /// A destination for the next run. That of the run before may be gone then.
    pub fn fresh(&self) -> Result<Errand> {
        match self.ground {
            Ground::Place(place) => self.fresh_name(place),
            Ground::Loop(kind) => {
                let point = self.fresh_file_system(kind)?;
                Ok(Errand { source: self.data.root.clone(), destination: point.join("copy") })
            }
            Ground::Within(kind) => self.within(kind),
        }
    }

    /// Once a sample a file system with the source on it: that takes hundreds of times as long as sharing its blocks.
    fn within(&self, kind: Kind) -> Result<Errand> {
        let errand = |point: &Path| Errand { source: point.join("source"), destination: point.join("copy") };
        let same = self.mounted.borrow().as_ref().map(|mounted| errand(mounted.point()));
        let errand = if let Some(errand) = same.filter(|_| !self.used.get()) {
            fs::remove_file(&errand.destination).naming(&errand.destination)?;
            errand
        } else {
            let errand = errand(&self.fresh_file_system(kind)?);
            fs::copy(&self.data.root, &errand.source).naming(&errand.source)?;
            errand
        };
        self.used.set(false);
        kernel::sync(); // or there would be nothing yet to be shared
        Ok(errand)
    }

    /// A name beside those of earlier runs. Trees stay until the store goes (which see), single files go now: a
    /// sample may be of hundreds of them, or of one that fills the disk.
    fn fresh_name(&self, place: Place) -> Result<Errand> {
        let folder = self.store.copies(place)?;
        // Somebody's --data may still have copies of a run that was interrupted.
        let name = |number| folder.join(format!("{}-{}-{number}", self.name, process::id()));
        let number = self.given.get();
        self.given.set(number + 1);
        if let Some(last) = number.checked_sub(1).map(name).filter(|last| last.is_file()) {
            fs::remove_file(&last).naming(&last)?;
        }
        if place == Place::Disk {
            kernel::sync(); // or the write-back of one command's output would slow the next command
        }
        Ok(Errand { source: self.data.root.clone(), destination: name(number) })
    }

    fn fresh_file_system(&self, kind: Kind) -> Result<PathBuf> {
        const AT_LEAST: u64 = 2 << 30;
        let mut mounted = self.mounted.borrow_mut();
        drop(mounted.take()); // first, so that there are never two in RAM
        kernel::sync();
        let size = AT_LEAST.max(self.data.bytes.saturating_mul(6));
        let fresh = mounted.insert(Mounted::new(kind, size, self.store.folder(Place::Ram))?);
        Ok(fresh.point().to_path_buf())
    }
}
