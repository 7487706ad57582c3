//! Operations are begun that would wait for ever, and cancelled: what becomes of the cancel, and what of the
//! operation.
//!
//! Belongs to chapter 18 of the guide. `cargo run --example cancel`
#![allow(unsafe_code, reason = "entries hold pointers that the kernel will follow")]

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::process::ExitCode;
use std::time::Duration;

use io_uring::squeue::Entry;
use io_uring::types::{CancelBuilder, Fd, Timespec};
use io_uring::{IoUring, opcode};

/// User data of what is cancelled, and of what cancels.
const VICTIM: u64 = 1;
const CANCEL: u64 = 2;

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cancel: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(out: &mut impl io::Write) -> io::Result<()> {
    let mut ring = IoUring::new(8)?;
    let (reader, mut writer) = io::pipe()?;
    let empty = Fd(reader.as_raw_fd());
    let readable = u32::from(libc::POLLIN.cast_unsigned());
    let poll = || opcode::PollAdd::new(empty, readable).build().user_data(VICTIM);

    // 1. It waits for readiness: nothing is running, there is only a note in the kernel, which is taken off a list.
    push(&mut ring, &poll())?;
    ring.submit()?;
    push(&mut ring, &opcode::AsyncCancel::new(VICTIM).build().user_data(CANCEL))?;
    tell(out, &mut ring, "a poll", 2)?;

    // 2. It waits for the clock: the same.
    let long = Timespec::new().sec(3600);
    push(&mut ring, &opcode::Timeout::new(&raw const long).build().user_data(VICTIM))?;
    ring.submit()?;
    push(&mut ring, &opcode::AsyncCancel::new(VICTIM).build().user_data(CANCEL))?;
    tell(out, &mut ring, "a timeout", 2)?;

    // 3. It is over: there is nothing by this name any more.
    push(&mut ring, &opcode::AsyncCancel::new(VICTIM).build().user_data(CANCEL))?;
    tell(out, &mut ring, "nothing", 1)?;

    // 4. It was faster: the byte was there before the cancel. Whoever takes "I have cancelled it" for "it did not
    // happen" loses data here.
    writer.write_all(b"!")?;
    push(&mut ring, &poll())?;
    push(&mut ring, &opcode::AsyncCancel::new(VICTIM).build().user_data(CANCEL))?;
    tell(out, &mut ring, "a poll of a pipe with a byte in it", 2)?;

    // 5. A worker thread is in the middle of it, asleep in splice(2): it gets a signal, and what comes of that is
    // up to the call.
    let (nothing, _kept) = io::pipe()?;
    let null = File::options().write(true).open("/dev/null")?;
    let splice = opcode::Splice::new(Fd(nothing.as_raw_fd()), -1, Fd(null.as_raw_fd()), -1, 1);
    push(&mut ring, &splice.build().user_data(VICTIM))?;
    ring.submit()?;
    // There is no way to be told that a worker has begun; if it has not by then, its result is that of a poll.
    std::thread::sleep(Duration::from_millis(50));
    push(&mut ring, &opcode::AsyncCancel::new(VICTIM).build().user_data(CANCEL))?;
    tell(out, &mut ring, "a splice on a worker", 2)?;

    // 6. All that work on one file, whatever they are called (Linux 5.19). The answer is how many there were.
    let (silent, _kept) = io::pipe()?;
    let silent = Fd(silent.as_raw_fd());
    for _ in 0..3 {
        push(&mut ring, &opcode::PollAdd::new(silent, readable).build().user_data(VICTIM))?;
    }
    ring.submit()?;
    let all = CancelBuilder::fd(silent).all();
    push(&mut ring, &opcode::AsyncCancel2::new(all).build().user_data(CANCEL))?;
    tell(out, &mut ring, "three polls of one pipe", 4)
}

fn push(ring: &mut IoUring, entry: &Entry) -> io::Result<()> {
    // SAFETY: only the timeout's entry points to memory, on the stack of `run`; the kernel reads it while it takes
    // the entry, which is before `submit` returns (`IORING_FEAT_SUBMIT_STABLE`, Linux 5.5).
    unsafe { ring.submission().push(entry) }.map_err(io::Error::other)
}

/// Submits, waits for `count` completions, and says what the cancel and its victims were answered. Which comes
/// first is not for us to say: both have to be waited for.
fn tell(out: &mut impl io::Write, ring: &mut IoUring, what: &str, count: usize) -> io::Result<()> {
    let (mut cancel, mut victims) = (String::new(), Vec::new());
    for _ in 0..count {
        let completion = loop {
            if let Some(completion) = ring.completion().next() {
                break completion;
            }
            match ring.submit_and_wait(1) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => drop(result?),
            }
        };
        let answer = name(completion.result());
        if completion.user_data() == CANCEL { cancel = answer } else { victims.push(answer) }
    }
    let victims = if victims.is_empty() { "nobody".to_owned() } else { victims.join(", ") };
    writeln!(out, "{what}: the cancel got {cancel}, what it was about {victims}")
}

/// What a result is called.
fn name(result: i32) -> String {
    match -result {
        libc::ECANCELED => "ECANCELED".into(),
        libc::ENOENT => "ENOENT".into(),
        libc::EALREADY => "EALREADY".into(),
        // Inside the kernel a call that is interrupted says 512 and the like ("to be restarted"); one opcode or the
        // other lets that out.
        libc::EINTR | 512..=514 | 516 => "EINTR".into(),
        libc::ETIME => "ETIME".into(),
        _ => result.to_string(),
    }
}
