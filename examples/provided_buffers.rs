//! Three reads wait at three pipes, and there are only two buffers: the kernel takes one from a *buffer ring* when
//! there is something to put into it, and not before.
//!
//! Belongs to chapter 15 of the guide. `cargo run --example provided_buffers`
#![allow(unsafe_code, reason = "the bare io-uring crate, and memory that is shared with the kernel")]

use std::alloc::{Layout, alloc_zeroed};
use std::io::{self, PipeReader, PipeWriter, Write as _};
use std::os::fd::AsRawFd as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU16, Ordering};

use io_uring::squeue::Flags;
use io_uring::types::BufRingEntry;
use io_uring::{IoUring, cqueue, opcode, types};

/// Buffers in the group: a power of two.
const BUFFERS: u16 = 2;
/// Bytes of each.
const SIZE: u32 = 64;
/// The group's number, by which entries name it.
const GROUP: u16 = 7;

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "provided_buffers: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Memory that both sides look at: an array of entries, which are our offers of buffers. The kernel takes them from
/// the front; we add at the tail. The tail itself is kept in bytes of the first entry that are not used otherwise.
struct BufferRing {
    entries: *mut BufRingEntry,
    /// All buffers, one behind the other.
    memory: *mut u8,
    /// How many were offered so far; wraps around.
    tail: u16,
}

impl BufferRing {
    /// Both pieces of memory are never freed: the kernel may look at them as long as the ring lives, and this
    /// program is over soon after.
    fn new() -> io::Result<Self> {
        let allocate = |bytes: usize| {
            // A page's alignment is what the kernel wants of the entries.
            let layout = Layout::from_size_align(bytes, 4096).map_err(io::Error::other)?;
            // SAFETY: the size is not zero.
            let memory = unsafe { alloc_zeroed(layout) };
            if memory.is_null() { Err(io::Error::from(io::ErrorKind::OutOfMemory)) } else { Ok(memory) }
        };
        let entries = allocate(usize::from(BUFFERS) * size_of::<BufRingEntry>())?;
        let memory = allocate(usize::from(BUFFERS) * SIZE as usize)?;
        Ok(Self { entries: entries.cast(), memory, tail: 0 })
    }

    /// Where buffer `id` begins.
    fn buffer(&self, id: u16) -> *mut u8 {
        self.memory.wrapping_add(usize::from(id) * SIZE as usize)
    }

    /// Offers a buffer to the kernel, whose it is from now on. No system call: the tail is all that the kernel
    /// looks at.
    fn offer(&mut self, id: u16) {
        let place = usize::from(self.tail & (BUFFERS - 1));
        let address = self.buffer(id) as u64;
        let entry = self.entries.wrapping_add(place);
        // SAFETY: `place` is within the array, and this entry is not the kernel's before the tail has passed it.
        let entry = unsafe { &mut *entry };
        entry.set_addr(address);
        entry.set_len(SIZE);
        entry.set_bid(id);
        self.tail = self.tail.wrapping_add(1);
        // SAFETY: the address is that of the first entry.
        let tail = unsafe { BufRingEntry::tail(self.entries) };
        // SAFETY: it is aligned, in memory that is never freed, and the kernel only reads it.
        let tail = unsafe { AtomicU16::from_ptr(tail.cast_mut()) };
        // `Release`: whoever sees the new tail sees what was written to the entry.
        tail.store(self.tail, Ordering::Release);
    }

    /// What the kernel has put into buffer `id`.
    fn content(&self, id: u16, bytes: usize) -> String {
        // SAFETY: a completion has named this buffer, so it is ours again, and so many bytes of it were written.
        let bytes = unsafe { std::slice::from_raw_parts(self.buffer(id), bytes) };
        String::from_utf8_lossy(bytes).into_owned()
    }
}

fn run(out: &mut impl io::Write) -> io::Result<()> {
    let mut ring = IoUring::new(8)?;
    let mut buffers = BufferRing::new()?;
    // SAFETY: the entries are never freed.
    let registered =
        unsafe { ring.submitter().register_buf_ring_with_flags(buffers.entries as u64, BUFFERS, GROUP, 0) };
    if let Err(error) = registered {
        return writeln!(out, "this kernel has no buffer rings (Linux 5.19 has): {error}");
    }
    (0..BUFFERS).for_each(|id| buffers.offer(id));

    let pipes = [io::pipe()?, io::pipe()?, io::pipe()?];
    for (number, (reader, _)) in (0..).zip(&pipes) {
        start(&mut ring, number, reader)?;
    }
    ring.submit()?;
    writeln!(out, "{} reads wait, {BUFFERS} buffers are free", pipes.len())?;

    for (number, word) in [(2, "two"), (0, "zero"), (1, "one")] {
        send(&pipes[number].1, word)?;
        take(out, &mut ring, &buffers)?;
    }

    writeln!(out, "both buffers are given back, and pipe 1 is read once more")?;
    (0..BUFFERS).for_each(|id| buffers.offer(id));
    start(&mut ring, 1, &pipes[1].0)?;
    take(out, &mut ring, &buffers)
}

/// Queues a read that has no buffer yet.
fn start(ring: &mut IoUring, number: u64, reader: &PipeReader) -> io::Result<()> {
    // No address: `IOSQE_BUFFER_SELECT` says that one is to be taken, and `buf_group` from which group.
    let read = opcode::Read::new(types::Fd(reader.as_raw_fd()), std::ptr::null_mut(), SIZE).buf_group(GROUP);
    let entry = read.build().flags(Flags::BUFFER_SELECT).user_data(number);
    // SAFETY: what the kernel will write to is a buffer of the group, and those are never freed.
    unsafe { ring.submission().push(&entry) }.map_err(io::Error::other)
}

fn send(mut pipe: &PipeWriter, word: &str) -> io::Result<()> {
    pipe.write_all(word.as_bytes())
}

/// Waits for a completion, and tells of it.
fn take(out: &mut impl io::Write, ring: &mut IoUring, buffers: &BufferRing) -> io::Result<()> {
    let completion = loop {
        match ring.submit_and_wait(1) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => drop(result?),
        }
        if let Some(completion) = ring.completion().next() {
            break completion;
        }
    };
    let number = completion.user_data();
    // The buffer's number is in the upper half of the completion's flags, if the flag `IORING_CQE_F_BUFFER` says
    // so.
    let bytes = usize::try_from(completion.result());
    if let (Ok(bytes), Some(id)) = (bytes, cqueue::buffer_select(completion.flags())) {
        return writeln!(
            out,
            "pipe {number}: {bytes} bytes in buffer {id}: {:?}",
            buffers.content(id, bytes)
        );
    }
    let error = io::Error::from_raw_os_error(-completion.result());
    writeln!(out, "pipe {number}: {error}")
}
