//! System calls that answer as a completion does: a count or a descriptor, or a negative errno.

use std::ffi::CStr;
use std::os::fd::RawFd;
use std::time::Duration;

/// A piece of memory for `readv(2)` and `writev(2)`. Whoever makes one keeps the memory alive and unaliased.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct IoVec(libc::iovec);

// SAFETY: it is an address and a length; the operation that owns it owns the memory too, and is sent along.
unsafe impl Send for IoVec {}

impl IoVec {
    /// Memory to read into.
    pub fn of_mut(bytes: &mut [u8]) -> Self {
        Self(libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() })
    }

    /// Memory to write from.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() })
    }
}

fn errno() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EIO)
}

/// Restarts a call after `EINTR` and turns its answer into a completion's.
fn answer<T: TryInto<i64>>(mut call: impl FnMut() -> T) -> i32 {
    loop {
        let value = call().try_into().unwrap_or(-1);
        if value >= 0 {
            return i32::try_from(value).unwrap_or(i32::MAX);
        }
        let error = errno();
        if error != libc::EINTR {
            return -error;
        }
    }
}

fn off(at: u64) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX)
}

/// `read(2)`, or `pread(2)` at an offset.
pub fn read(fd: RawFd, into: &mut [u8], at: Option<u64>) -> i32 {
    let (ptr, len) = (into.as_mut_ptr().cast(), into.len());
    match at {
        // SAFETY: `into` is borrowed exclusively for the time of the call.
        None => answer(|| unsafe { libc::read(fd, ptr, len) }),
        // SAFETY: as above.
        Some(at) => answer(|| unsafe { libc::pread64(fd, ptr, len, off(at)) }),
    }
}

/// `write(2)`, or `pwrite(2)` at an offset.
pub fn write(fd: RawFd, from: &[u8], at: Option<u64>) -> i32 {
    let (ptr, len) = (from.as_ptr().cast(), from.len());
    match at {
        // SAFETY: `from` is borrowed for the time of the call.
        None => answer(|| unsafe { libc::write(fd, ptr, len) }),
        // SAFETY: as above.
        Some(at) => answer(|| unsafe { libc::pwrite64(fd, ptr, len, off(at)) }),
    }
}

fn count(iovecs: &[IoVec]) -> i32 {
    i32::try_from(iovecs.len()).unwrap_or(i32::MAX)
}

/// `readv(2)`, or `preadv(2)` at an offset.
pub fn readv(fd: RawFd, into: &mut [IoVec], at: Option<u64>) -> i32 {
    let (ptr, len) = (into.as_ptr().cast(), count(into));
    match at {
        // SAFETY: each `IoVec` leads to memory that its maker keeps for this call, and that nobody else uses.
        None => answer(|| unsafe { libc::readv(fd, ptr, len) }),
        // SAFETY: as above.
        Some(at) => answer(|| unsafe { libc::preadv64(fd, ptr, len, off(at)) }),
    }
}

/// `writev(2)`, or `pwritev(2)` at an offset.
pub fn writev(fd: RawFd, from: &[IoVec], at: Option<u64>) -> i32 {
    let (ptr, len) = (from.as_ptr().cast(), count(from));
    match at {
        // SAFETY: each `IoVec` leads to memory that its maker keeps for this call.
        None => answer(|| unsafe { libc::writev(fd, ptr, len) }),
        // SAFETY: as above.
        Some(at) => answer(|| unsafe { libc::pwritev64(fd, ptr, len, off(at)) }),
    }
}

/// `splice(2)`.
pub fn splice(
    from: RawFd,
    from_at: Option<u64>,
    to: RawFd,
    to_at: Option<u64>,
    len: usize,
    flags: u32,
) -> i32 {
    let (mut from_off, mut to_off) = (off(from_at.unwrap_or(0)), off(to_at.unwrap_or(0)));
    let from_ptr = from_at.map_or(std::ptr::null_mut(), |_| &raw mut from_off);
    let to_ptr = to_at.map_or(std::ptr::null_mut(), |_| &raw mut to_off);
    // SAFETY: the pointers are null or lead to locals.
    answer(|| unsafe { libc::splice(from, from_ptr, to, to_ptr, len, flags) })
}

/// `tee(2)`.
#[must_use]
pub fn tee(from: RawFd, to: RawFd, len: usize, flags: u32) -> i32 {
    // SAFETY: takes no pointers.
    answer(|| unsafe { libc::tee(from, to, len, flags) })
}

/// `openat(2)` with `O_CLOEXEC`.
pub fn open(folder: RawFd, path: &CStr, flags: i32, mode: u32) -> i32 {
    // SAFETY: `path` ends in a NUL and is borrowed for the time of the call.
    answer(|| unsafe { libc::openat(folder, path.as_ptr(), flags | libc::O_CLOEXEC, mode) })
}

/// `close(2)`; never restarted: after `EINTR` the descriptor is gone all the same.
pub fn close(fd: RawFd) -> i32 {
    // SAFETY: the caller has given the number up.
    if unsafe { libc::close(fd) } == 0 { 0 } else { -errno() }
}

/// A `struct statx` of zeros.
#[must_use]
pub fn empty_statx() -> libc::statx {
    // SAFETY: it is plain numbers, for which zero is a value.
    unsafe { std::mem::zeroed() }
}

/// `statx(2)`, the basic fields.
pub fn statx(folder: RawFd, path: &CStr, flags: i32, into: &mut libc::statx) -> i32 {
    // SAFETY: `path` ends in a NUL; `into` is borrowed exclusively.
    answer(|| unsafe { libc::statx(folder, path.as_ptr(), flags, libc::STATX_BASIC_STATS, into) })
}

/// `fsync(2)` or `fdatasync(2)`.
#[must_use]
pub fn fsync(fd: RawFd, data_only: bool) -> i32 {
    // SAFETY: takes no pointers.
    answer(|| if data_only { unsafe { libc::fdatasync(fd) } } else { unsafe { libc::fsync(fd) } })
}

/// What `fd` is ready for at this moment: `revents` of `poll(2)`.
#[must_use]
pub fn poll_now(fd: RawFd, mask: i16) -> i32 {
    poll(&[(fd, mask)], Some(Duration::ZERO)).first().map_or(0, |&events| i32::from(events))
}

/// `poll(2)` of several descriptors (negative ones are passed over), for at most `timeout`. Answers what each is ready
/// for; all 0 after the time-out or a signal.
#[must_use]
pub fn poll(fds: &[(RawFd, i16)], timeout: Option<Duration>) -> Vec<i16> {
    let mut fds: Vec<_> = fds.iter().map(|&(fd, events)| libc::pollfd { fd, events, revents: 0 }).collect();
    let spec = timeout.map(|timeout| libc::timespec {
        tv_sec: i64::try_from(timeout.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(timeout.subsec_nanos()),
    });
    let spec = spec.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let count = libc::nfds_t::try_from(fds.len()).unwrap_or(0);
    // SAFETY: `fds` has `count` elements; `spec` is null or leads to a local; no signal mask is given.
    let ready = unsafe { libc::ppoll(fds.as_mut_ptr(), count, spec, std::ptr::null()) };
    fds.iter().map(|fd| if ready > 0 { fd.revents } else { 0 }).collect()
}
