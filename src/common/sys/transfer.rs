//! Plain transfers between descriptors: read, write, splice, `copy_file_range`.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd};

use rustix::io::{Errno, ReadWriteFlags, preadv2, pwritev2, retry_on_intr};

use super::fault;
use super::raw::{self, IoVec};

fn count(answer: i32) -> io::Result<usize> {
    usize::try_from(answer).map_err(|_| io::Error::from_raw_os_error(-answer))
}

/// `read(2)` at the file's position.
///
/// # Errors
/// The call's, except `EINTR`.
pub fn read(fd: BorrowedFd<'_>, into: &mut [u8]) -> io::Result<usize> {
    let len = fault::cap(into.len());
    fault::check()?;
    count(raw::read(fd.as_raw_fd(), &mut into[..len], None))
}

/// `pread(2)`: at an offset; the file's position stays where it is.
///
/// # Errors
/// The call's, except `EINTR`.
pub fn read_at(fd: BorrowedFd<'_>, into: &mut [u8], at: u64) -> io::Result<usize> {
    let len = fault::cap(into.len());
    fault::check()?;
    count(raw::read(fd.as_raw_fd(), &mut into[..len], Some(at)))
}

/// `write(2)` at the file's position; possibly less than all.
///
/// # Errors
/// The call's, except `EINTR`.
pub fn write(fd: BorrowedFd<'_>, from: &[u8]) -> io::Result<usize> {
    let from = &from[..fault::cap(from.len())];
    fault::check()?;
    match fault::corrupted(from) {
        None => count(raw::write(fd.as_raw_fd(), from, None)),
        Some(wrong) => count(raw::write(fd.as_raw_fd(), &wrong, None)),
    }
}

/// As [`read`], without waiting for anything, however the descriptor was opened (`preadv2(2)` with `RWF_NOWAIT`): `EAGAIN`
/// then. Pipes and sockets can promise that.
///
/// # Errors
/// The call's, except `EINTR`; `EOPNOTSUPP` where it cannot be promised (FIFOs, terminals, older kernels), or
/// a filter does not know the call.
pub fn read_now(fd: BorrowedFd<'_>, into: &mut [u8]) -> io::Result<usize> {
    let len = fault::cap(into.len());
    fault::check()?;
    let mut into = [IoSliceMut::new(&mut into[..len])];
    retry_on_intr(|| preadv2(fd, &mut into, u64::MAX, ReadWriteFlags::NOWAIT)).map_err(unpromised)
}

/// As [`write()`], without waiting for anything, as [`read_now`].
///
/// # Errors
/// As [`read_now`].
pub fn write_now(fd: BorrowedFd<'_>, from: &[u8]) -> io::Result<usize> {
    let from = &from[..fault::cap(from.len())];
    fault::check()?;
    let wrong = fault::corrupted(from);
    let from = [IoSlice::new(wrong.as_deref().unwrap_or(from))];
    retry_on_intr(|| pwritev2(fd, &from, u64::MAX, ReadWriteFlags::NOWAIT)).map_err(unpromised)
}

fn unpromised(errno: Errno) -> io::Error {
    if matches!(errno, Errno::NOSYS | Errno::PERM) { Errno::OPNOTSUPP.into() } else { errno.into() }
}

/// `close(2)`, with what it may have to say of writes before it.
///
/// # Errors
/// The call's. The descriptor is closed all the same.
pub fn close(fd: OwnedFd) -> io::Result<()> {
    match raw::close(fd.into_raw_fd()) {
        0.. => fault::check(),
        error => Err(io::Error::from_raw_os_error(-error)),
    }
}

/// Writes all of it.
///
/// # Errors
/// `write(2)`'s.
pub fn write_all(fd: BorrowedFd<'_>, mut from: &[u8]) -> io::Result<()> {
    while !from.is_empty() {
        let n = write(fd, from)?;
        if n == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        from = &from[n..];
    }
    Ok(())
}

/// Writes all of several pieces, by as few calls as possible.
///
/// # Errors
/// `writev(2)`'s.
pub fn write_all_vectored(fd: BorrowedFd<'_>, pieces: &[&[u8]]) -> io::Result<()> {
    /// `IOV_MAX`, in the kernel `UIO_MAXIOV`.
    const MOST: usize = 1024;
    let mut pieces: Vec<&[u8]> = pieces.iter().copied().filter(|piece| !piece.is_empty()).collect();
    let mut first = 0;
    while first < pieces.len() {
        let end = pieces.len().min(first + MOST);
        let iovecs: Vec<IoVec> = pieces[first..end].iter().map(|piece| IoVec::of(piece)).collect();
        // Faults strike single writes.
        let mut n = if fault::is_on() {
            write(fd, pieces[first])?
        } else {
            count(raw::writev(fd.as_raw_fd(), &iovecs, None))?
        };
        if n == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        while first < end && n >= pieces[first].len() {
            n -= pieces[first].len();
            first += 1;
        }
        if n > 0 {
            pieces[first] = &pieces[first][n..];
        }
    }
    Ok(())
}

/// Moves up to `len` bytes between two files' positions, one of which is a pipe.
///
/// # Errors
/// `splice(2)`'s: `EINVAL` where one end cannot.
pub fn splice(from: BorrowedFd<'_>, to: BorrowedFd<'_>, len: usize) -> io::Result<usize> {
    let len = fault::cap(len);
    let flags = libc::SPLICE_F_MOVE;
    count(raw::splice(from.as_raw_fd(), None, to.as_raw_fd(), None, len, flags))
}

/// As [`splice`], without waiting for a pipe that is empty or full: `EAGAIN` then. A socket that blocks does so here, too.
///
/// # Errors
/// `splice(2)`'s.
pub fn splice_now(from: BorrowedFd<'_>, to: BorrowedFd<'_>, len: usize) -> io::Result<usize> {
    let flags = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;
    count(raw::splice(from.as_raw_fd(), None, to.as_raw_fd(), None, fault::cap(len), flags))
}

/// Has a pipe hold what another one does, up to `len` bytes of it from the front, and leaves that as it is (`tee(2)`).
/// Without waiting: `EAGAIN` if one is empty or the other full.
///
/// # Errors
/// The call's.
pub fn tee_now(from: BorrowedFd<'_>, to: BorrowedFd<'_>, len: usize) -> io::Result<usize> {
    count(raw::tee(from.as_raw_fd(), to.as_raw_fd(), fault::cap(len), libc::SPLICE_F_NONBLOCK))
}

/// As [`splice`], from an offset of a file and not from its position.
///
/// # Errors
/// `splice(2)`'s.
pub fn splice_from(from: BorrowedFd<'_>, at: u64, to: BorrowedFd<'_>, len: usize) -> io::Result<usize> {
    let len = fault::cap(len);
    count(raw::splice(from.as_raw_fd(), Some(at), to.as_raw_fd(), None, len, libc::SPLICE_F_MOVE))
}

/// Copies up to `len` bytes between two files' positions inside the kernel.
///
/// # Errors
/// `copy_file_range(2)`'s: `EXDEV`, `EINVAL`, `EBADF` (an append-mode output) and more where it cannot.
pub fn copy_file_range(from: BorrowedFd<'_>, to: BorrowedFd<'_>, len: usize) -> io::Result<usize> {
    let (from, to, len) = (from.as_raw_fd(), to.as_raw_fd(), fault::cap(len));
    let null = std::ptr::null_mut;
    fault::check()?;
    loop {
        // SAFETY: both offsets are null: the positions are used.
        let n = unsafe { libc::copy_file_range(from, null(), to, null(), len, 0) };
        if let Ok(n) = usize::try_from(n) {
            return Ok(n);
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(libc::EINTR) {
            return Err(error);
        }
    }
}

/// Asks for a pipe's capacity to be raised to `want` bytes. What it is afterwards; `None` for what is no pipe.
pub fn enlarge_pipe(fd: BorrowedFd<'_>, want: usize) -> Option<usize> {
    // SAFETY: takes no pointers.
    let now = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETPIPE_SZ) };
    let now = usize::try_from(now).ok()?;
    if now >= want {
        return Some(now);
    }
    let mut size = libc::c_int::try_from(want).unwrap_or(libc::c_int::MAX);
    // EPERM beyond the system's or the user's limit: half of it may be within.
    while usize::try_from(size).is_ok_and(|size| size > now) {
        // SAFETY: takes no pointers.
        let after = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETPIPE_SZ, size) };
        if let Ok(after) = usize::try_from(after) {
            return Some(after);
        }
        size /= 2;
    }
    Some(now)
}

/// A pipe of our own, between two ends that are none.
pub struct InnerPipe {
    read: OwnedFd,
    write: OwnedFd,
    /// Bytes it holds.
    pub capacity: usize,
}

impl InnerPipe {
    /// Makes one of up to `want` bytes.
    ///
    /// # Errors
    /// `pipe2(2)`'s.
    pub fn new(want: usize) -> io::Result<Self> {
        let mut ends = [0; 2];
        // SAFETY: `ends` has room for two.
        if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given us this descriptor.
        let read = unsafe { OwnedFd::from_raw_fd(ends[0]) };
        // SAFETY: and this one.
        let write = unsafe { OwnedFd::from_raw_fd(ends[1]) };
        let capacity = enlarge_pipe(write.as_fd(), want).unwrap_or(4096);
        Ok(Self { read, write, capacity })
    }

    /// Both ends: to read from, to write to.
    #[must_use]
    pub fn into_ends(self) -> (OwnedFd, OwnedFd) {
        (self.read, self.write)
    }

    /// The end to read from.
    #[must_use]
    pub fn output(&self) -> BorrowedFd<'_> {
        self.read.as_fd()
    }

    /// The end to write to.
    #[must_use]
    pub fn input(&self) -> BorrowedFd<'_> {
        self.write.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind::WouldBlock;

    use super::*;

    #[test]
    fn without_waiting() {
        let pipe = InnerPipe::new(65_536).expect("a pipe");
        let mut bytes = vec![0; 1 << 20];
        match read_now(pipe.output(), &mut bytes) {
            // Before Linux 6.4 pipes could not promise it.
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => return,
            other => assert_eq!(other.expect_err("it is empty").kind(), WouldBlock),
        }
        let mut written = 0;
        let error = loop {
            match write_now(pipe.input(), &bytes) {
                Ok(n) => written += n,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), WouldBlock, "it is full");
        let mut read = 0;
        while let Ok(n) = read_now(pipe.output(), &mut bytes) {
            read += n;
        }
        assert!(written >= 4096 && read == written, "{read} of {written}");
    }
}
