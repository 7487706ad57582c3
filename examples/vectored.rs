//! Vectored reads and writes: one `READV` scatters the beginning of a file into three buffers, one `WRITEV` gathers them
//! again, in another order. The program of chapter 8 of `docs/guide`.
//!
//! `cargo run --example vectored -- FROM TO`
#![allow(
    unsafe_code,
    reason = "the bare crate: what is pushed must be valid until it completes, and nobody checks"
)]

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::process::ExitCode;

use io_uring::squeue::Entry;
use io_uring::{IoUring, opcode, types};

/// Bytes of each buffer.
const SIZES: [usize; 3] = [4, 8, 100];

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let result = match names.as_slice() {
        [from, to] => run(from, to),
        _ => Err(io::Error::other("give two names: of a file to read, and of one to write")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "vectored: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(from: &str, to: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut ring =
        IoUring::new(2).map_err(|error| io::Error::other(format!("no ring to be had: {error}")))?;
    let (from, to) = (File::open(from)?, File::create(to)?);

    let mut buffers = SIZES.map(|size| vec![0; size]);
    // Addresses and lengths, in memory of their own: the entry points to this list, and the list to the buffers.
    let into = buffers.each_mut().map(|buffer| of_mut(buffer));
    let entry = opcode::Readv::new(fd(&from), into.as_ptr(), count(into.len())).offset(0).build();
    // SAFETY: `from`, `into` and `buffers` outlive the call.
    let mut left = moved(unsafe { complete(&mut ring, &entry) })?;
    writeln!(out, "READV  {} buffers: {left} bytes", into.len())?;

    // The result is one number, for all buffers: they were filled in order, each to its end before the next one.
    let mut filled = Vec::new();
    for (nth, buffer) in buffers.iter().enumerate() {
        let here = left.min(buffer.len());
        left -= here;
        filled.push(&buffer[..here]);
        writeln!(out, "       {nth}: {here} of {} bytes", buffer.len())?;
    }

    filled.rotate_left(1);
    let list: Vec<libc::iovec> = filled.iter().map(|bytes| of(bytes)).collect();
    let entry = opcode::Writev::new(fd(&to), list.as_ptr(), count(list.len())).offset(0).build();
    // SAFETY: `to`, `list` and `buffers`, of which it is made, outlive the call.
    let written = moved(unsafe { complete(&mut ring, &entry) })?;
    writeln!(out, "WRITEV {} buffers: {written} bytes", list.len())?;
    if written < filled.iter().map(|bytes| bytes.len()).sum() {
        // To go on, one would have to find out in the middle of which buffer it stopped.
        return Err(io::Error::other("a short write"));
    }
    Ok(())
}

fn of_mut(bytes: &mut [u8]) -> libc::iovec {
    libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() }
}

fn of(bytes: &[u8]) -> libc::iovec {
    libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() }
}

fn fd(file: &File) -> types::Fd {
    types::Fd(file.as_raw_fd())
}

fn count(buffers: usize) -> u32 {
    u32::try_from(buffers).unwrap_or(u32::MAX)
}

/// The result of an operation that moves bytes: how many, or a negative error number.
fn moved(result: i32) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result))
}

/// Submits one operation and waits for its result, whatever happens: the kernel uses the memory until then.
///
/// # Safety
/// What `entry` points to must be valid for as long as this takes.
unsafe fn complete(ring: &mut IoUring, entry: &Entry) -> i32 {
    // SAFETY: the caller's promise.
    let pushed = unsafe { ring.submission().push(entry) };
    // There is room for two, and never more than this one in the queue.
    debug_assert!(pushed.is_ok());
    loop {
        match ring.submit_and_wait(1) {
            // Signals, and shortages, pass.
            Err(error) if !matches!(error.raw_os_error(), Some(libc::EINTR | libc::EAGAIN | libc::EBUSY)) => {
                let _ = writeln!(io::stderr(), "vectored: io_uring_enter: {error}");
                std::process::abort();
            }
            _ => {}
        }
        if let Some(completion) = ring.completion().next() {
            return completion.result();
        }
    }
}
