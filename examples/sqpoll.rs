//! The same no-ops through two rings: one that is told of each by a system call, and one whose submission queue a
//! thread of the kernel watches (`IORING_SETUP_SQPOLL`). What is counted is the calls of `io_uring_enter(2)`.
//!
//! Belongs to chapter 13 of the guide. `cargo run --example sqpoll`
#![allow(unsafe_code, reason = "entries may hold pointers, so pushing one is unsafe")]

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use io_uring::{IoUring, opcode};

/// Operations through each ring, one after the other.
const OPERATIONS: u64 = 100;
/// How long the kernel's thread goes on watching a queue in which there is nothing new, in milliseconds.
const IDLE_MS: u32 = 20;

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "sqpoll: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(out: &mut impl io::Write) -> io::Result<()> {
    let mut ring = IoUring::new(8)?;
    let calls = plain(&mut ring)?;
    writeln!(out, "ordinary ring: {OPERATIONS} no-ops, {calls} calls")?;

    let mut ring = match IoUring::builder().setup_sqpoll(IDLE_MS).build(8) {
        Ok(ring) => ring,
        Err(error) => {
            // EPERM before Linux 5.11, for all but root; EAGAIN where no thread may be started.
            return writeln!(out, "SQPOLL ring: the kernel gives none: {error}");
        }
    };
    let calls = polled(&mut ring)?;
    writeln!(out, "SQPOLL ring: {OPERATIONS} no-ops, {calls} calls")?;
    writeln!(out, "threads of this process: {}", threads()?.join(", "))?;

    // Nothing to do: after `IDLE_MS` the thread says that it will not look by itself any more, and sleeps.
    let begun = Instant::now();
    while !ring.submission().need_wakeup() {
        if begun.elapsed() > Duration::from_secs(5) {
            return writeln!(out, "the thread is still awake after five seconds");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    writeln!(out, "idle for {} ms: NEED_WAKEUP is set", begun.elapsed().as_millis())?;
    push(&mut ring, 0)?;
    let calls = wake_if_asleep(&mut ring)?;
    spin_for(&mut ring);
    writeln!(out, "one more no-op: {calls} call")
}

/// An ordinary ring: each operation is submitted and waited for by one call.
fn plain(ring: &mut IoUring) -> io::Result<u32> {
    let mut calls = 0;
    for data in 0..OPERATIONS {
        push(ring, data)?;
        while ring.completion().next().is_none() {
            calls += 1;
            ring.submit_and_wait(1)?;
        }
    }
    Ok(calls)
}

/// A ring that is polled: the entry is in shared memory, and the kernel's thread is looking at it.
fn polled(ring: &mut IoUring) -> io::Result<u32> {
    let mut calls = 0;
    for data in 0..OPERATIONS {
        push(ring, data)?;
        calls += wake_if_asleep(ring)?;
        spin_for(ring);
    }
    Ok(calls)
}

/// Puts a no-op into the submission queue.
fn push(ring: &mut IoUring, data: u64) -> io::Result<()> {
    let entry = opcode::Nop::new().build().user_data(data);
    // SAFETY: a no-op points to no memory.
    unsafe { ring.submission().push(&entry) }.map_err(io::Error::other)
    // The queue's new tail is published here, as the `SubmissionQueue` is dropped: from now on the kernel's thread
    // sees the entry.
}

/// Wakes the kernel's thread, if it sleeps; how many calls that took.
///
/// The order matters. First the entry is published, then the flag is read, with a full memory barrier in between,
/// which `need_wakeup` brings along. The thread does it the other way round: it sets the flag, then looks at the
/// queue once more, then sleeps. So one of the two sees what the other did.
fn wake_if_asleep(ring: &mut IoUring) -> io::Result<u32> {
    if !ring.submission().need_wakeup() {
        return Ok(0);
    }
    // `submit` sees the flag, too, and calls io_uring_enter(2) with `IORING_ENTER_SQ_WAKEUP`.
    ring.submit()?;
    Ok(1)
}

/// Waits for a completion without a system call, as long as that takes no time worth mentioning.
fn spin_for(ring: &mut IoUring) {
    let mut looks = 0;
    while ring.completion().next().is_none() {
        looks += 1;
        if looks < 10_000 {
            std::hint::spin_loop();
        } else {
            // On a machine with one processor the thread that we wait for cannot run before we let it.
            std::thread::yield_now();
        }
    }
}

/// The names of the threads of this process, without numbers.
fn threads() -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for thread in std::fs::read_dir("/proc/self/task")? {
        let name = std::fs::read_to_string(thread?.path().join("comm"))?;
        names.push(name.trim_end().trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
    }
    names.sort();
    Ok(names)
}
