//! A ring within an event loop that is not the ring's: its completions make an eventfd readable, which `poll(2)`
//! waits for beside everything else.
//!
//! Belongs to chapter 17 of the guide. `cargo run --example eventfd`
#![allow(unsafe_code, reason = "the bare io-uring crate, and the system calls eventfd(2) and poll(2)")]

use std::io::{self, PipeReader, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd};
use std::process::ExitCode;

use io_uring::squeue::Entry;
use io_uring::{IoUring, opcode, types};

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "eventfd: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(out: &mut impl io::Write) -> io::Result<()> {
    let mut ring = IoUring::new(8)?;
    let bell = eventfd()?;
    ring.submitter().register_eventfd(bell.as_raw_fd())?;
    let (mut reader, mut writer) = io::pipe()?;

    // Three operations, one submission.
    for data in 1..=3 {
        push(&mut ring, &opcode::Nop::new().build().user_data(data))?;
    }
    ring.submit()?;
    turn(out, &mut ring, &bell, &mut reader)?;

    // Something that is none of the ring's business.
    writer.write_all(b"hello")?;
    turn(out, &mut ring, &bell, &mut reader)?;

    // An operation that is not over at once: a timeout, of which `-ETIME` is the good news.
    let soon = types::Timespec::new().nsec(20_000_000);
    push(&mut ring, &opcode::Timeout::new(&raw const soon).build().user_data(4))?;
    ring.submit()?;
    turn(out, &mut ring, &bell, &mut reader)?;

    // While the queue is looked at anyway, the bell can be kept still: a flag in the memory that is shared with the
    // kernel.
    ring.completion().disable_eventfd();
    push(&mut ring, &opcode::Nop::new().build().user_data(5))?;
    ring.submit()?;
    let [told, _] = poll([bell.as_raw_fd(), reader.as_raw_fd()], 0)?;
    writeln!(out, "disabled: the bell rang: {told}; there all the same: {}", drain(&mut ring))
}

/// One turn of an event loop: it knows two descriptors, and that one of them stands for a ring.
fn turn(
    out: &mut impl io::Write,
    ring: &mut IoUring,
    bell: &OwnedFd,
    reader: &mut PipeReader,
) -> io::Result<()> {
    let [told, readable] = poll([bell.as_raw_fd(), reader.as_raw_fd()], -1)?;
    if told {
        // First the bell is silenced, then the queue is emptied. The other way round a completion that comes in
        // between would ring a bell that is then silenced, and nobody would look at it.
        let count = silence(bell)?;
        writeln!(out, "the bell rang, its counter at {count}: {}", drain(ring))?;
    }
    if readable {
        let mut word = [0; 16];
        let n = reader.read(&mut word)?;
        writeln!(out, "the pipe had {n} bytes")?;
    }
    Ok(())
}

/// All completions that are there: there may be several, or none.
fn drain(ring: &mut IoUring) -> String {
    let all = ring.completion().map(|entry| format!("#{} = {}", entry.user_data(), entry.result()));
    all.collect::<Vec<_>>().join(", ")
}

fn push(ring: &mut IoUring, entry: &Entry) -> io::Result<()> {
    // SAFETY: no-ops point nowhere. The timeout's time is on the stack of `run`; the kernel reads it while it takes
    // the entry, which is before `submit` returns (`IORING_FEAT_SUBMIT_STABLE`, Linux 5.5).
    unsafe { ring.submission().push(entry) }.map_err(io::Error::other)
}

fn eventfd() -> io::Result<OwnedFd> {
    // SAFETY: takes no pointers.
    let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just given us this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Reads the eventfd's counter, which sets it to zero.
fn silence(bell: &OwnedFd) -> io::Result<u64> {
    let mut count = [0_u8; 8];
    // SAFETY: there is room for the eight bytes that it always is.
    let n = unsafe { libc::read(bell.as_raw_fd(), count.as_mut_ptr().cast(), count.len()) };
    if n < 0 { Err(io::Error::last_os_error()) } else { Ok(u64::from_ne_bytes(count)) }
}

/// Which of the two can be read; `timeout` in milliseconds, -1 for ever.
fn poll(fds: [i32; 2], timeout: i32) -> io::Result<[bool; 2]> {
    let mut fds = fds.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
    loop {
        // SAFETY: two entries, as it says.
        let n = unsafe { libc::poll(fds.as_mut_ptr(), 2, timeout) };
        if n >= 0 {
            return Ok(fds.map(|fd| fd.revents & libc::POLLIN != 0));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
