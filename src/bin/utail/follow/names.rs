//! What a name means now, and what that means for the file that is followed by it.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;

use ringutils::bytes;
use ringutils::cli::fault::reason;
use ringutils::ring::ops::{How, Open, Statx};
use ringutils::ring::{InFlight, Ring};
use ringutils::sys::{self, Kind, Stat};

use super::growth::OPEN;
use super::named;
use super::remote::Devices;
use crate::entry::{Handle, Trouble};

/// What was found under a name.
pub struct Look {
    /// The name itself, links not followed; only asked for where links matter.
    pub itself: Option<Stat>,
    pub opened: io::Result<OwnedFd>,
}

/// A look at a name by plain calls.
pub fn look(name: &OsStr, links_matter: bool) -> Look {
    let path = match sys::c_path(name) {
        Ok(path) => path,
        Err(error) => return Look { itself: None, opened: Err(error) },
    };
    let opened = sys::open_plain(&path, OPEN);
    let itself = links_matter.then(|| sys::stat_at(rustix::fs::CWD, &path, false).ok()).flatten();
    Look { itself, opened }
}

/// A look at a name that the ring takes, beside others.
pub struct Looking {
    opened: InFlight<Open>,
    itself: InFlight<Statx>,
}

impl Looking {
    /// `None` for a name that names nothing.
    pub fn start(ring: &Ring, name: &OsStr) -> Option<Self> {
        let path = sys::c_path(name).ok()?;
        let opened = ring.open(None, path.clone(), How { flags: OPEN, mode: 0 });
        let itself = ring.statx(None, path, libc::AT_SYMLINK_NOFOLLOW);
        Some(Self { opened, itself })
    }

    pub async fn finish(self) -> Look {
        let opened = self.opened.await.and_then(|fd| {
            // Nobody else holds it.
            fd.into_owned().map_err(|_| io::Error::from_raw_os_error(libc::EBADF))
        });
        Look { itself: self.itself.await.ok(), opened }
    }
}

/// What a look has brought to light.
pub enum Found {
    Failed(i32),
    /// It could be opened, but that was all.
    Odd(i32),
    Link,
    Unsuited,
    Remote,
    Good(OwnedFd, Stat),
}

impl Look {
    pub fn judge(self, name: &OsStr, notified: bool, devices: &mut Devices) -> (Found, bool) {
        if self.itself.is_some_and(|stat| stat.kind == Kind::Link) {
            return (Found::Link, false);
        }
        let errno = |error: &io::Error| error.raw_os_error().unwrap_or(libc::EIO);
        let fd = match self.opened {
            Ok(fd) => fd,
            Err(error) => return (Found::Failed(errno(&error)), false),
        };
        let stat = match sys::fstat(&fd) {
            Ok(stat) => stat,
            Err(error) => return (Found::Odd(errno(&error)), false),
        };
        if !matches!(stat.kind, Kind::Regular | Kind::Pipe | Kind::Socket | Kind::Character) {
            return (Found::Unsuited, false);
        }
        let handle = Handle::Own(fd);
        let remote = devices.is_remote(&handle, name, &stat).unwrap_or(true);
        match handle {
            Handle::Own(fd) if !(remote && notified) => (Found::Good(fd, stat), remote),
            _ => (Found::Remote, true),
        }
    }
}

/// What becomes of a file that was looked up again.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// What there is to say: the name in quotes is put in front.
    pub say: Option<String>,
    pub fate: Fate,
    /// It is not looked at any more.
    pub ignore: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing has changed.
    Same,
    /// There is nothing to follow at the moment.
    Lost(Trouble),
    /// There is another file, to be shown from its beginning.
    Taken,
}

/// `trouble` and `known` are what was found before, `give_up` is whether a file that cannot be followed is forgotten.
pub fn judge(trouble: Option<Trouble>, known: Option<Identity>, found: &Found, give_up: bool) -> Verdict {
    const MISSING: Trouble = Trouble::Errno(libc::ENOENT);
    let lost = |trouble, say: Option<String>, ignore| Verdict { say, fate: Fate::Lost(trouble), ignore };
    let taken = |say: &str| Verdict { say: Some(say.into()), fate: Fate::Taken, ignore: false };
    let because =
        |what: &str, errno: i32| format!("{what}: {}", reason(&io::Error::from_raw_os_error(errno)));
    match found {
        Found::Failed(errno) => {
            let say = trouble.is_none().then(|| because(" has become inaccessible", *errno));
            lost(Trouble::Errno(*errno), say, false)
        }
        Found::Odd(errno) => {
            let now = Trouble::Errno(*errno);
            lost(now, (trouble != Some(now)).then(|| because("", *errno)), false)
        }
        Found::Link => {
            let say = " has been replaced with an untailable symbolic link";
            lost(Trouble::Unsuited, Some(say.into()), true)
        }
        Found::Remote => {
            let say = " has been replaced with an untailable remote file";
            lost(Trouble::Unsuited, Some(say.into()), true)
        }
        Found::Unsuited => {
            let end = if give_up { "; giving up on this name" } else { "" };
            let say = format!(" has been replaced with an untailable file{end}");
            lost(Trouble::Unsuited, (trouble != Some(Trouble::Unsuited)).then_some(say), give_up)
        }
        Found::Good(_, stat) => match (trouble, known) {
            (Some(before), _) if before != MISSING => taken(" has become accessible"),
            (_, None) => taken(" has appeared;  following new file"),
            (_, Some(known)) if known != stat.identity => taken(" has been replaced;  following new file"),
            _ => Verdict { say: None, fate: Fate::Same, ignore: false },
        },
    }
}

/// Device and inode number.
pub type Identity = (u64, u64);

impl Verdict {
    /// The whole message, for a file of that name.
    pub fn message(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.say.as_ref().map(|say| bytes![named(name), say])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Identity = (1, 2);
    const MISSING: Option<Trouble> = Some(Trouble::Errno(libc::ENOENT));
    const DENIED: Option<Trouble> = Some(Trouble::Errno(libc::EACCES));
    const UNSUITED: Option<Trouble> = Some(Trouble::Unsuited);

    fn good(identity: Identity) -> Found {
        let fd = sys::open_plain(c".", OPEN).expect("the current folder");
        let stat = sys::fstat(&fd).expect("its status");
        Found::Good(fd, Stat { identity, ..stat })
    }

    fn said(trouble: Option<Trouble>, known: Option<Identity>, found: &Found) -> (String, Fate) {
        let verdict = judge(trouble, known, found, false);
        (verdict.say.unwrap_or_default(), verdict.fate)
    }

    #[test]
    fn what_cannot_be_opened_is_said_once() {
        let found = Found::Failed(libc::ENOENT);
        let lost = Fate::Lost(Trouble::Errno(libc::ENOENT));
        let text = " has become inaccessible: No such file or directory";
        assert_eq!(said(None, Some(HERE), &found), (text.into(), lost));
        for before in [MISSING, DENIED, UNSUITED] {
            assert_eq!(said(before, None, &found), (String::new(), lost));
        }
    }

    #[test]
    fn what_can_be_opened_is_new_unless_it_is_the_same() {
        assert_eq!(said(None, Some(HERE), &good(HERE)), (String::new(), Fate::Same));
        let table = [
            (None, Some(HERE), " has been replaced;  following new file"),
            (MISSING, None, " has appeared;  following new file"),
            (DENIED, None, " has become accessible"),
            (UNSUITED, None, " has become accessible"),
        ];
        for (before, known, text) in table {
            assert_eq!(said(before, known, &good((1, 3))), (text.into(), Fate::Taken));
        }
        let same_inode = said(MISSING, None, &good(HERE));
        assert_eq!(same_inode, (" has appeared;  following new file".into(), Fate::Taken));
    }

    #[test]
    fn what_cannot_be_followed_may_be_given_up() {
        let of = |trouble, found: &Found, give_up| {
            let verdict = judge(trouble, None, found, give_up);
            (verdict.say.unwrap_or_default(), verdict.ignore)
        };
        let text = " has been replaced with an untailable file";
        assert_eq!(of(None, &Found::Unsuited, false), (text.into(), false));
        assert_eq!(of(MISSING, &Found::Unsuited, true), (format!("{text}; giving up on this name"), true));
        assert_eq!(of(UNSUITED, &Found::Unsuited, false), (String::new(), false), "it was one before");
        assert!(of(None, &Found::Link, false).1, "a link that is not polled is never followed again");
        assert!(of(None, &Found::Remote, false).1);
    }
}
