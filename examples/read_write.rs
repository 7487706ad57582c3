//! A copy in its smallest form: `READ` at an offset, `WRITE` of what came, until a read answers 0. The program of chapter
//! 7 of `docs/guide`.
//!
//! `cargo run --example read_write -- FROM TO`
//!
//! It has one operation under way at a time, so it is slower than `read(2)` and `write(2)`: all that it is for is to
//! show what the two operations answer.
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

/// Bytes per operation.
const BLOCK: usize = 256 * 1024;

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let result = match names.as_slice() {
        [from, to] => run(from, to),
        _ => Err(io::Error::other("give two names: of a file to read, and of one to write")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "read_write: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(from: &str, to: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut ring =
        IoUring::new(2).map_err(|error| io::Error::other(format!("no ring to be had: {error}")))?;
    let (from, to) = (File::open(from)?, File::create(to)?);
    let mut buffer = vec![0; BLOCK];
    // The offset is ours to keep. The files have positions, too, but these operations leave them alone.
    let mut at = 0;
    loop {
        let n = read_at(&mut ring, &from, &mut buffer, at);
        writeln!(out, "READ   off={at} len={BLOCK} = {n}")?;
        let mut left = &buffer[..count(n)?];
        // A short read says nothing. The end of the file is where a read answers 0.
        if left.is_empty() {
            return Ok(());
        }
        // A write may be short as well: what is left is written next.
        while !left.is_empty() {
            let n = write_at(&mut ring, &to, left, at);
            writeln!(out, "WRITE  off={at} len={} = {n}", left.len())?;
            let n = count(n)?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            left = &left[n..];
            at += n as u64;
        }
    }
}

fn read_at(ring: &mut IoUring, file: &File, into: &mut [u8], at: u64) -> i32 {
    let fd = types::Fd(file.as_raw_fd());
    let entry = opcode::Read::new(fd, into.as_mut_ptr(), length(into.len())).offset(at).build();
    // SAFETY: `file` and `into` are borrowed for as long as `complete` takes.
    unsafe { complete(ring, &entry) }
}

fn write_at(ring: &mut IoUring, file: &File, bytes: &[u8], at: u64) -> i32 {
    let fd = types::Fd(file.as_raw_fd());
    let entry = opcode::Write::new(fd, bytes.as_ptr(), length(bytes.len())).offset(at).build();
    // SAFETY: as above, of `bytes`.
    unsafe { complete(ring, &entry) }
}

/// Submits one operation and waits for its result. It does not return before that, in no case: the memory is only
/// borrowed, and the kernel uses it until then.
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
                let _ = writeln!(io::stderr(), "read_write: io_uring_enter: {error}");
                std::process::abort();
            }
            _ => {}
        }
        if let Some(completion) = ring.completion().next() {
            return completion.result();
        }
    }
}

/// The result of an operation that moves bytes: how many, or a negative error number.
fn count(result: i32) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result))
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
