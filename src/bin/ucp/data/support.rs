//! What pairs of file systems turned out to be able to do, so that each is asked once and not for every file.

use std::sync::{Mutex, PoisonError};

/// The devices of a source and a destination.
pub type Pair = (u64, u64);

/// What was found out so far, by any thread.
#[derive(Debug, Default)]
pub struct Support {
    clone: Refused,
    range: Refused,
}

impl Support {
    /// Pairs between which nothing is cloned (`FICLONE`).
    pub fn cloning(&self) -> &Refused {
        &self.clone
    }

    /// Pairs between which the kernel copies nothing (`copy_file_range(2)`).
    pub fn ranges(&self) -> &Refused {
        &self.range
    }
}

/// Pairs for which the answer was that it can never be. (Few: a list beats a table.)
#[derive(Debug, Default)]
pub struct Refused(Mutex<Vec<Pair>>);

impl Refused {
    pub fn has(&self, pair: Pair) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&pair)
    }

    /// Remembers an error that is the file systems' and not the file's. (`EINVAL` or `EPERM` can be about one file: a
    /// swap file, an immutable one.)
    pub fn note(&self, pair: Pair, errno: i32) {
        if matches!(errno, libc::EOPNOTSUPP | libc::EXDEV | libc::ENOSYS | libc::ENOTTY) {
            let mut pairs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
    }
}
