//! The few system calls that the standard library does not offer: the only unsafe code of the benchmark.
#![allow(unsafe_code)]

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr;

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

/// Writes all dirty pages of the machine to disk.
pub fn sync() {
    // SAFETY: takes nothing, can't fail.
    unsafe { libc::sync() }
}
