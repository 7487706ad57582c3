//! Who waits when there is nothing to read yet: a poll inside the kernel, a worker thread, or nobody.
//!
//! Four submissions, each to an empty pipe of its own. A moment later the ring is looked at through
//! `/proc/self/fdinfo`, which lists the polls that are armed, and the process through `/proc/self/task`, which lists its
//! threads, workers of the kernel included. Then something is written to the pipe, and what was waiting completes.
//!
//! ```sh
//! cargo run --example fast_poll
//! ```
#![allow(
    unsafe_code,
    reason = "the kernel is handed pointers, and the crate can't see how long these are good"
)]

use std::fs;
use std::io::{self, PipeReader, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::process::ExitCode;

use io_uring::squeue::Entry;
use io_uring::{IoUring, opcode, types};
use rustix::fs::{OFlags, fcntl_setfl};

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "fast_poll: {error}"); // nobody to tell if that fails
            ExitCode::FAILURE
        }
    }
}

fn run(out: &mut impl Write) -> io::Result<()> {
    // An ordinary pipe: it can be polled, so the kernel arms a poll, and tries again when that fires.
    observe(out, "READ", |pipe| Ok(read(pipe.as_raw_fd()).build()))?;

    // The flag is on the open file, and a plain read(2) would fail with EAGAIN. One through the ring waits like the
    // one above: the flag only says that the file can be tried without blocking (Linux 5.15).
    observe(out, "READ, O_NONBLOCK", |pipe| {
        fcntl_setfl(pipe, OFlags::NONBLOCK)?;
        Ok(read(pipe.as_raw_fd()).build())
    })?;

    // The flag is on the submission. This is how to say "now or not at all".
    observe(out, "READ, RWF_NOWAIT", |pipe| Ok(read(pipe.as_raw_fd()).rw_flags(libc::RWF_NOWAIT).build()))?;

    // Of a splice the kernel does not know how to try it: a worker thread does, and sleeps in the pipe meanwhile.
    let (_keep, to) = io::pipe()?;
    observe(out, "SPLICE", |pipe| {
        let (from, to) = (types::Fd(pipe.as_raw_fd()), types::Fd(to.as_raw_fd()));
        Ok(opcode::Splice::new(from, -1, to, -1, LEN).build())
    })
}

/// How much each of them asks for.
const LEN: u32 = 16;

fn read(fd: RawFd) -> opcode::Read {
    // The kernel may write here for as long as the read is under way. Memory that is never given back is memory about
    // which there is no question.
    let buf = Box::leak(Box::new([0_u8; LEN as usize]));
    // A pipe has no offsets; -1 stands for "the position of the file", and is what a pipe expects.
    opcode::Read::new(types::Fd(fd), buf.as_mut_ptr(), LEN).offset(u64::MAX)
}

/// Submits one entry about an empty pipe, says what has become of it, writes to the pipe, and says what came of that.
fn observe(
    out: &mut impl Write,
    title: &str,
    entry: impl FnOnce(&PipeReader) -> io::Result<Entry>,
) -> io::Result<()> {
    let (reader, mut writer) = io::pipe()?;
    let mut ring = IoUring::new(8)?;
    let before = threads()?;
    let entry = entry(&reader)?;
    // SAFETY: what the entry points to is never freed (see `read`), and it names descriptors that stay open.
    unsafe { ring.submission().push(&entry) }.map_err(io::Error::other)?;
    ring.submit()?;

    let already = ring.completion().next();
    let (polls, workers) = (polls(ring.as_raw_fd())?, threads()? - before);
    write!(out, "{title:<18}polls armed: {polls}  workers: {workers}  ")?;
    let Some(already) = already else {
        writer.write_all(b"hello")?;
        ring.submit_and_wait(1)?;
        let result = ring.completion().next().map(|completion| completion.result());
        return writeln!(out, "waited; then {}", result.map_or_else(|| "nothing".to_owned(), meaning));
    };
    writeln!(out, "at once: {}", meaning(already.result()))
}

/// A result, as one reads it.
fn meaning(result: i32) -> String {
    match -result {
        libc::EAGAIN => "EAGAIN".to_owned(),
        // `RWF_NOWAIT` is refused for files that can't be tried in this way: pipes before Linux 6.4.
        libc::EOPNOTSUPP => "EOPNOTSUPP".to_owned(),
        error if error > 0 => io::Error::from_raw_os_error(error).to_string(),
        _ => format!("{result} bytes"),
    }
}

/// Polls that are armed on a ring, as the kernel lists them: `op=22, task_works=0` is one for a `READ`.
fn polls(ring: RawFd) -> io::Result<usize> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{ring}"))?;
    let list = info.lines().skip_while(|line| !line.starts_with("PollList"));
    Ok(list.filter(|line| line.trim_start().starts_with("op=")).count())
}

/// Threads of this process, the kernel's workers among them.
fn threads() -> io::Result<usize> {
    Ok(fs::read_dir("/proc/self/task")?.count())
}
