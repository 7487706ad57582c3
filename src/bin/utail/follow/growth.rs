//! What is new in one file.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use ringutils::bytes;
use ringutils::cli::Fault;
use ringutils::io::Session;
use ringutils::ring::{Buf, Pool};
use ringutils::sys::{self, Kind, Stat};
use rustix::fs::OFlags;

use super::names::Identity;
use super::{Result, Stop, named, named_bare};
use crate::entry::{Entry, File, Handle, Label, Trouble};
use crate::out::{Fatal, Out};

/// One block serves all reads.
const BLOCK: usize = 128 * 1024;

/// Where bytes go, and what they go through.
pub struct Screen<'a, 'o> {
    pub out: &'a mut Out<'o>,
    pub session: &'a Session,
    block: Buf,
}

/// Where to read.
#[derive(Clone, Copy)]
enum From {
    /// A file of our own: at an offset, whatever its position is.
    Offset,
    /// What has a position that others share, or none.
    Position,
}

impl<'a, 'o> Screen<'a, 'o> {
    pub fn new(out: &'a mut Out<'o>, session: &'a Session) -> std::result::Result<Self, Fatal> {
        let block = Pool::new(BLOCK, 1)?.take().ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))?;
        Ok(Self { out, session, block })
    }

    /// Bytes of a file that somebody else has read.
    pub fn show(&mut self, label: &mut Label, bytes: &[u8]) -> Result<()> {
        self.out.switch_to(label)?;
        Ok(self.out.data(label, bytes)?)
    }

    /// Says what is the matter, and that is the end.
    pub fn end(&mut self, fault: &Fault) -> Stop {
        match self.out.report(fault) {
            Ok(()) => Stop::Over,
            Err(fatal) => Stop::Fatal(fatal),
        }
    }

    /// Reading failed, and that is the end.
    pub fn unreadable(&mut self, label: &Label, error: io::Error) -> Stop {
        self.end(&Fault::io(bytes!["error reading ", named(&label.text)], error))
    }

    /// Shows what there is from `position` on, `limit` bytes at most, and moves `position` behind it.
    ///
    /// A read that does not fill the block was the last one: what comes after it is another change, which will be told.
    fn read_on(
        &mut self,
        label: &mut Label,
        fd: BorrowedFd<'_>,
        position: &mut u64,
        from: From,
        limit: Option<u64>,
    ) -> Result<u64> {
        let mut total = 0;
        loop {
            let left = limit.map_or(u64::MAX, |limit| limit - total);
            let room = self.block.spare();
            let len = room.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let len = sys::fault::cap(len);
            if len == 0 {
                return Ok(total);
            }
            let at = match from {
                From::Offset => Some(*position),
                From::Position if !is_readable(fd) => return Ok(total),
                From::Position => None,
            };
            let answer = sys::raw::read(fd.as_raw_fd(), &mut room[..len], at);
            let Ok(n) = usize::try_from(answer) else {
                if -answer == libc::EAGAIN {
                    return Ok(total);
                }
                return Err(self.unreadable(label, io::Error::from_raw_os_error(-answer)));
            };
            self.session.tally("read", n);
            if n == 0 {
                return Ok(total);
            }
            self.out.switch_to(label)?;
            self.out.data(label, &self.block.spare()[..n])?;
            *position += n as u64;
            total += n as u64;
            if n < len && matches!(from, From::Offset) {
                return Ok(total);
            }
        }
    }
}

/// Whether a read will not wait.
fn is_readable(fd: BorrowedFd<'_>) -> bool {
    sys::raw::poll_now(fd.as_raw_fd(), libc::POLLIN) > 0
}

/// Shows what is new in the file of `entry`; how much that was.
pub fn grow(screen: &mut Screen<'_, '_>, entry: &mut Entry) -> Result<u64> {
    let Some(file) = &mut entry.file else { return Ok(0) };
    if let Handle::Parked = file.handle {
        return grow_parked(screen, entry);
    }
    match grow_file(screen, &mut entry.label, file)? {
        Ok(n) => Ok(n),
        Err(error) => {
            entry.trouble = Some(Trouble::from(&error));
            entry.file = None;
            Ok(0)
        }
    }
}

/// As [`grow`], for an open file. The inner error is `fstat(2)`'s.
pub fn grow_file(screen: &mut Screen<'_, '_>, label: &mut Label, file: &mut File) -> Result<io::Result<u64>> {
    let File { handle, stat, position } = file;
    let Some(fd) = handle.fd() else { return Ok(Ok(0)) };
    let from = match handle {
        Handle::Own(_) if stat.kind == Kind::Regular => From::Offset,
        _ => From::Position,
    };
    let n = screen.read_on(label, fd, position, from, None)?;
    if n > 0 || stat.kind != Kind::Regular {
        return Ok(Ok(n));
    }
    match sys::fstat(fd) {
        Ok(now) => *stat = now,
        Err(error) => return Ok(Err(error)),
    }
    if stat.size >= *position {
        return Ok(Ok(0));
    }
    restart(screen, label, fd, position, from)?;
    screen.read_on(label, fd, position, from, None).map(Ok)
}

/// The file has become shorter: what it has now is all new.
fn restart(
    screen: &mut Screen<'_, '_>,
    label: &mut Label,
    fd: BorrowedFd<'_>,
    position: &mut u64,
    from: From,
) -> Result<()> {
    screen.out.end_of(label)?;
    screen.out.warn(bytes![named_bare(&label.text), ": file truncated"])?;
    *position = 0;
    if matches!(from, From::Position)
        && let Err(error) = sys::seek(fd, 0)
    {
        return Err(screen.unreadable(label, error));
    }
    Ok(())
}

/// Shows what is new in a file that is closed for want of descriptors, unless its name means another one by now: that
/// will be told in other ways.
fn grow_parked(screen: &mut Screen<'_, '_>, entry: &mut Entry) -> Result<u64> {
    let Some(file) = &mut entry.file else { return Ok(0) };
    let Some((fd, stat)) = open_same(&entry.name, file.stat.identity) else { return Ok(0) };
    file.handle = Handle::Own(fd);
    file.stat = stat;
    let n = grow_file(screen, &mut entry.label, file);
    file.handle = Handle::Parked;
    n.map(|n| n.unwrap_or(0))
}

/// How files are opened once following has begun: never waiting for a FIFO's writer.
pub const OPEN: i32 = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_CLOEXEC;

/// Opens what a name stands for.
pub fn open(name: &OsStr) -> io::Result<OwnedFd> {
    sys::open_plain(&sys::c_path(name)?, OPEN)
}

/// The same, if it is still this file.
fn open_same(name: &OsStr, identity: Identity) -> Option<(OwnedFd, Stat)> {
    let fd = open(name).ok()?;
    let stat = sys::fstat(&fd).ok().filter(|stat| stat.identity == identity)?;
    Some((fd, stat))
}

/// Sees to it that reading a FIFO or a device of our own never waits.
pub fn never_wait(entries: &[Entry]) {
    for file in entries.iter().filter_map(|entry| entry.file.as_ref()) {
        if let Handle::Own(fd) = &file.handle
            && file.stat.kind != Kind::Regular
        {
            let _ = set_nonblocking(fd);
        }
    }
}

/// Where it cannot be done, a look at whether there is anything precedes each read all the same.
fn set_nonblocking(fd: &OwnedFd) -> rustix::io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(fd)?;
    rustix::fs::fcntl_setfl(fd.as_fd(), flags | OFlags::NONBLOCK)
}

/// What a pass of polling finds out: the file's status, and whether it is as it was.
pub fn is_unchanged(file: &File, now: &Stat) -> bool {
    let as_long = now.kind != Kind::Regular || file.position == now.size;
    file.stat.mode == now.mode && file.stat.kind == now.kind && as_long && file.stat.modified == now.modified
}

/// Shows what is new in a file of which a pass has found `now`; on a remote file system no more than it told, since
/// such a size may lag behind what can be read. With it: whether the file was begun anew.
pub fn grow_to(screen: &mut Screen<'_, '_>, entry: &mut Entry, now: Stat) -> Result<(u64, bool)> {
    let remote = entry.following.remote;
    let Some(File { handle, stat, position }) = &mut entry.file else { return Ok((0, false)) };
    *stat = now;
    let parked;
    let fd = match handle.fd() {
        Some(fd) => fd,
        None => match open_same(&entry.name, now.identity) {
            Some((fd, _)) => {
                parked = fd;
                parked.as_fd()
            }
            // In the meantime the name may have gone to another file, which the next pass will find.
            None => return Ok((0, false)),
        },
    };
    let regular = now.kind == Kind::Regular;
    let from = match handle {
        Handle::Stdin(_) => From::Position,
        _ if regular => From::Offset,
        _ => From::Position,
    };
    let shorter = regular && now.size < *position;
    if shorter {
        restart(screen, &mut entry.label, fd, position, from)?;
    }
    screen.out.switch_to(&entry.label)?;
    let limit = (regular && remote).then(|| now.size - *position);
    let n = screen.read_on(&mut entry.label, fd, position, from, limit)?;
    Ok((n, shorter))
}
