//! A first ring: one `READ` for each file named on the command line, all of them submitted by one system call, and
//! each result told when it comes. The program of chapters 1 to 3 of `docs/guide`.
//!
//! `cargo run --example first_ring -- FILE...`
//!
//! It shows what there is to see on the way: what was asked for and what the kernel granted, the entries as they lie in
//! the queue, the calls, the completions.
#![allow(
    unsafe_code,
    reason = "the bare crate: what is pushed must be valid until it completes, and nobody checks"
)]

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::process::ExitCode;

use io_uring::squeue::Entry;
use io_uring::{IoUring, Parameters, opcode, types};

/// Entries asked for. It is no power of two, so the kernel will grant more.
const ENTRIES: u32 = 6;
/// Bytes per read.
const BLOCK: usize = 4096;

fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    match run(&names) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "first_ring: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(names: &[String]) -> io::Result<()> {
    // Standard output collects lines, so each is there when it is complete, also if it goes into a pipe.
    let mut out = io::stdout().lock();

    // Chapter 1. io_uring_setup(2) makes the queues, and mmap(2) puts them into our address space: both are done when
    // `new` returns. It fails where io_uring is forbidden (`EPERM`, `ENOSYS`).
    let mut ring =
        IoUring::new(ENTRIES).map_err(|error| io::Error::other(format!("no ring to be had: {error}")))?;
    let granted = ring.params();
    writeln!(
        out,
        "ring   asked for {ENTRIES} entries, got {} for submissions and {} for completions",
        granted.sq_entries(),
        granted.cq_entries()
    )?;
    writeln!(out, "has    {}", features(granted))?;
    if names.is_empty() {
        return Ok(());
    }
    if names.len() > granted.sq_entries() as usize {
        return Err(io::Error::other("more files than the submission queue has entries"));
    }

    // Files and buffers are made before anything is submitted, since both have to stay where they are until the last
    // completion. To push further buffers into this vector would be fine: what the kernel points into are the boxes.
    let files: Vec<File> = names.iter().map(|name| open(name)).collect::<io::Result<_>>()?;
    let mut buffers: Vec<Box<[u8; BLOCK]>> = names.iter().map(|_| Box::new([0; BLOCK])).collect();

    // Chapter 2. Entries are written into memory that the kernel sees, too. It does not look there before it is told to.
    for (nth, (file, buffer)) in (0_u64..).zip(files.iter().zip(&mut buffers)) {
        let read = opcode::Read::new(types::Fd(file.as_raw_fd()), buffer.as_mut_ptr(), length(BLOCK))
            .offset(0)
            .build()
            // By this we shall know the answer: completions come in any order.
            .user_data(nth);
        writeln!(out, "sqe    {}", fields(&read))?;
        // SAFETY: the file stays open, and the buffer where it is, until `wait` has seen the completion. If it never
        // does, the buffers are leaked.
        unsafe { ring.submission().push(&read) }.map_err(io::Error::other)?;
    }

    // Chapter 3.
    let result = wait(&mut ring, names, &buffers, &mut out);
    if result.is_err() {
        // The kernel may still write into them.
        std::mem::forget(buffers);
    }
    result
}

fn open(name: &str) -> io::Result<File> {
    File::open(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}

/// Submits what was pushed, waits, and tells of each completion, until there was one for each name.
fn wait(
    ring: &mut IoUring,
    names: &[String],
    buffers: &[Box<[u8; BLOCK]>],
    out: &mut impl Write,
) -> io::Result<()> {
    let mut seen = 0;
    while seen < names.len() {
        // io_uring_enter(2): submits whatever is queued, and comes back when one completion is there, at least. The
        // second time there is nothing to submit any more, and waiting is all it does.
        let queued = ring.submission().len();
        let taken = match ring.submit_and_wait(1) {
            // A signal (say, Ctrl-Z and `fg`). What was submitted is under way all the same.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            result => result?,
        };
        writeln!(out, "enter  to_submit={queued} min_complete=1: {taken} taken")?;

        // All that is there now, which may be more than one. When this iterator is dropped, the head of the completion
        // queue moves, and the places of what we have seen are the kernel's again.
        for completion in ring.completion() {
            seen += 1;
            let (data, result) = (completion.user_data(), completion.result());
            let nth = usize::try_from(data).map_err(io::Error::other)?;
            write!(
                out,
                "cqe    user_data={data} res={result} flags={:#x}: {}",
                completion.flags(),
                names[nth]
            )?;
            // A number of bytes, or a negative error number.
            match usize::try_from(result) {
                Ok(bytes) => writeln!(out, " begins with {:?}", beginning(&buffers[nth][..bytes]))?,
                Err(_) => writeln!(out, ": {}", io::Error::from_raw_os_error(-result))?,
            }
        }
    }
    Ok(())
}

/// The features that the kernel says it has, by their names in `io_uring_setup(2)` (without `IORING_FEAT_`).
fn features(granted: &Parameters) -> String {
    let all = [
        ("SINGLE_MMAP", granted.is_feature_single_mmap()),
        ("NODROP", granted.is_feature_nodrop()),
        ("SUBMIT_STABLE", granted.is_feature_submit_stable()),
        ("RW_CUR_POS", granted.is_feature_rw_cur_pos()),
        ("CUR_PERSONALITY", granted.is_feature_cur_personality()),
        ("FAST_POLL", granted.is_feature_fast_poll()),
        ("POLL_32BITS", granted.is_feature_poll_32bits()),
        ("SQPOLL_NONFIXED", granted.is_feature_sqpoll_nonfixed()),
        ("EXT_ARG", granted.is_feature_ext_arg()),
        ("NATIVE_WORKERS", granted.is_feature_native_workers()),
        ("RSRC_TAGS", granted.is_feature_resource_tagging()),
        ("CQE_SKIP", granted.is_feature_skip_cqe_on_success()),
        ("LINKED_FILE", granted.is_feature_linked_file()),
        ("RECVSEND_BUNDLE", granted.is_feature_recvsend_bundle()),
        ("MIN_TIMEOUT", granted.is_feature_min_timeout()),
        ("NO_IOWAIT", granted.is_feature_no_iowait()),
    ];
    let there: Vec<&str> = all.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    there.join(" ")
}

/// The fields of a `READ`, by their places in `struct io_uring_sqe`: what the kernel will read.
fn fields(entry: &Entry) -> String {
    const { assert!(size_of::<Entry>() == 64) };
    // SAFETY: an `Entry` is the 64 bytes of the kernel's `struct io_uring_sqe`, without padding, all initialised.
    let raw: &[u8; 64] = unsafe { &*std::ptr::from_ref(entry).cast() };
    let u32_at = |at: usize| u32::from_ne_bytes([raw[at], raw[at + 1], raw[at + 2], raw[at + 3]]);
    let u64_at = |at: usize| u64::from_ne_bytes(std::array::from_fn(|nth| raw[at + nth]));
    format!(
        "opcode={} flags={:#x} fd={} off={} addr={:#x} len={} user_data={}",
        raw[0],
        raw[1],
        u32_at(4).cast_signed(),
        u64_at(8),
        u64_at(16),
        u32_at(24),
        u64_at(32)
    )
}

/// The first line, or what fits.
fn beginning(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(&line[..line.len().min(20)]).into_owned()
}

fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
