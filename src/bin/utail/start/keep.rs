//! Many files that stay open: making room for them, and doing without where there is none.

use std::os::fd::{AsFd, OwnedFd};

use ringutils::ring::Fd;
use ringutils::sys::{self, Stat};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::entry::{File, Handle};
use crate::options::{By, Follow, Options};

/// Descriptors for everything but the files that are followed.
const OTHERS: usize = 64;

/// How many more files may stay open.
pub struct Budget {
    left: usize,
}

impl Budget {
    /// Raises the limit of the process as far as it may if there are more files than it allows for.
    pub fn new(options: &Options, files: usize) -> Self {
        let Some(follow) = &options.follow else { return Self { left: 0 } };
        if files <= OTHERS {
            return Self { left: files };
        }
        let mut limit = sys::descriptor_limit();
        if files > limit.saturating_sub(OTHERS) {
            let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
            let _ = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
            limit = sys::descriptor_limit();
        }
        Self { left: Self::of(follow, limit) }
    }

    #[cfg(test)]
    pub fn of_so_many(left: usize) -> Self {
        Self { left }
    }

    fn of(follow: &Follow, limit: usize) -> usize {
        match follow.by {
            By::Name => limit.saturating_sub(OTHERS),
            // There is no way back to a file whose name may have gone to another one.
            By::Descriptor => usize::MAX,
        }
    }

    /// Keeps a file that was shown up to `position`, and is still to be followed: open, if that can be.
    pub fn keep(&mut self, file: Fd, stat: Stat, position: u64) -> Option<File> {
        let handle = match owned(file)? {
            Kept::Stdin(fd) => Handle::Stdin(fd),
            Kept::Own(_) if self.left == 0 => Handle::Parked,
            Kept::Own(fd) => {
                self.left -= 1;
                Handle::Own(fd)
            }
        };
        Some(File { handle, stat, position })
    }
}

enum Kept {
    Own(OwnedFd),
    Stdin(std::os::fd::BorrowedFd<'static>),
}

/// The descriptor itself. (All operations on it are over, but should one not be, another descriptor does as well.)
fn owned(file: Fd) -> Option<Kept> {
    if file.raw() == Some(0) {
        return sys::process::standard(0).ok().map(Kept::Stdin);
    }
    match file.into_owned() {
        Ok(fd) => Some(Kept::Own(fd)),
        Err(file) => file.borrow().ok()?.as_fd().try_clone_to_owned().ok().map(Kept::Own),
    }
}
