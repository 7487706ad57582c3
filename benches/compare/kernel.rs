//! The few system calls that the standard library does not offer: the only unsafe code of the benchmark.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;
use std::time::{Duration, Instant};

/// What a child process that has ended used.
#[derive(Default)]
pub struct Usage {
    /// As `waitpid` gives it: 0 is success.
    pub status: i32,
    /// Processor time in seconds, all threads, user and system.
    pub cpu: f64,
    /// Peak resident memory in KiB. Linux never reports less than the peak of the process that spawned it had
    /// been (the old image counts until `execve` has replaced it), so the benchmark keeps itself small.
    pub peak_kib: f64,
}

/// Waits for one child and says what it used (`wait4(2)`).
pub fn wait(pid: u32) -> io::Result<Usage> {
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    // SAFETY: rusage is plain integers, for which zeroes are a valid value.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    let mut status = 0;
    loop {
        // SAFETY: both pointers are to live, exclusively borrowed variables of the types that wait4 writes.
        if unsafe { libc::wait4(pid, &raw mut status, 0, &raw mut usage) } == pid {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    let cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    #[expect(clippy::cast_precision_loss, reason = "no process has 2^52 KiB")]
    let peak_kib = usage.ru_maxrss as f64;
    Ok(Usage { status, cpu, peak_kib })
}

#[expect(clippy::cast_precision_loss, reason = "a process that ran for 2^52 seconds is not ours")]
fn seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

/// Moves up to `length` bytes between two files of which one is a pipe; 0 is the end of the input.
pub fn splice(from: BorrowedFd, to: BorrowedFd, length: usize) -> io::Result<usize> {
    loop {
        // SAFETY: both descriptors are open for as long as they are borrowed, and null offsets mean their own.
        let moved = unsafe {
            libc::splice(from.as_raw_fd(), ptr::null_mut(), to.as_raw_fd(), ptr::null_mut(), length, 0)
        };
        match usize::try_from(moved) {
            Ok(moved) => return Ok(moved),
            Err(_) if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(io::Error::last_os_error()),
        }
    }
}

/// Asks for a pipe to hold this many bytes. What is no pipe stays as it is.
pub fn enlarge(pipe: BorrowedFd, bytes: usize) {
    let Ok(bytes) = libc::c_int::try_from(bytes) else { return };
    // SAFETY: takes no pointers.
    unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, bytes) };
}

/// Makes a FIFO.
pub fn make_fifo(path: &Path) -> io::Result<()> {
    let name = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: the name ends with a NUL.
    if unsafe { libc::mkfifo(name.as_ptr(), 0o600) } == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Waits until a pipe can be read, or has ended; false if nothing comes in this time.
pub fn readable(from: BorrowedFd, patience: Duration) -> io::Result<bool> {
    let deadline = Instant::now() + patience;
    loop {
        // Rounded up, so that waiting never turns into asking again and again.
        let left = deadline.saturating_duration_since(Instant::now()).as_micros().div_ceil(1000);
        let left = libc::c_int::try_from(left).unwrap_or(libc::c_int::MAX);
        let mut poll = libc::pollfd { fd: from.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: the one entry is a live, exclusively borrowed variable, and its descriptor open while it is borrowed.
        match unsafe { libc::poll(&raw mut poll, 1, left) } {
            0 => return Ok(false),
            1 => return Ok(true),
            _ if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return Err(io::Error::last_os_error()),
        }
    }
}

/// Writes all dirty pages of the machine to disk.
pub fn sync() {
    // SAFETY: takes nothing, can't fail.
    unsafe { libc::sync() }
}

/// Offset of the first byte at or after `from` that is not in a hole, if there is one.
pub fn next_data(file: BorrowedFd, from: u64) -> io::Result<Option<u64>> {
    let from = libc::off_t::try_from(from).map_err(io::Error::other)?;
    // SAFETY: the descriptor is open for as long as it is borrowed.
    let found = unsafe { libc::lseek(file.as_raw_fd(), from, libc::SEEK_DATA) };
    match u64::try_from(found) {
        Ok(found) => Ok(Some(found)),
        Err(_) if io::Error::last_os_error().raw_os_error() == Some(libc::ENXIO) => Ok(None),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// Sets an extended attribute.
pub fn set_xattr(path: &Path, name: &CStr, value: &[u8]) -> io::Result<()> {
    let path = CString::new(path.as_os_str().as_bytes())?;
    // SAFETY: both names end with a NUL, and the value is as long as is said.
    let set = unsafe { libc::lsetxattr(path.as_ptr(), name.as_ptr(), value.as_ptr().cast(), value.len(), 0) };
    if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// All extended attributes, sorted by name.
pub fn xattrs(path: &Path) -> io::Result<Vec<(CString, Vec<u8>)>> {
    /// The kernel has no longer lists and values.
    const LONGEST: usize = 1 << 16;
    let path = CString::new(path.as_os_str().as_bytes())?;
    let mut buffer = vec![0_u8; LONGEST];
    // SAFETY: the path ends with a NUL, and the buffer is as long as is said.
    let length = unsafe { libc::llistxattr(path.as_ptr(), buffer.as_mut_ptr().cast(), LONGEST) };
    let Ok(length) = usize::try_from(length) else {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Unsupported { Ok(Vec::new()) } else { Err(error) };
    };
    let names: Vec<CString> = buffer[..length]
        .split(|&byte| byte == 0)
        .filter(|name| !name.is_empty())
        .map(CString::new)
        .collect::<Result<_, _>>()?;
    let mut found = Vec::new();
    for name in names {
        // SAFETY: both names end with a NUL, and the buffer is as long as is said.
        let length =
            unsafe { libc::lgetxattr(path.as_ptr(), name.as_ptr(), buffer.as_mut_ptr().cast(), LONGEST) };
        let length = usize::try_from(length).map_err(|_| io::Error::last_os_error())?;
        found.push((name, buffer[..length].to_vec()));
    }
    found.sort_unstable();
    Ok(found)
}

/// Gives this process a view of the mounts that is its own, and in which what others unmount goes away. What is
/// mounted in it is gone, with the loop device below it, when the last process that sees it ends, however it ends.
pub fn own_mounts() -> io::Result<()> {
    // SAFETY: takes no pointers. The process has no other thread that could see something else.
    if unsafe { libc::unshare(libc::CLONE_NEWNS) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let root = c"/".as_ptr();
    let flags = libc::MS_REC | libc::MS_SLAVE;
    // SAFETY: the target ends with a NUL; the others may be null for a change of propagation.
    match unsafe { libc::mount(ptr::null(), root, ptr::null(), flags, ptr::null()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
