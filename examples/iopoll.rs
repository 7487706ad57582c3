//! Reads a file past the page cache, twice: through a ring that the device tells by interrupts that it is done, and
//! through one that asks the device until it is (`IORING_SETUP_IOPOLL`). Most devices are not set up for the
//! latter; then the kernel refuses, and that is what is shown.
//!
//! Belongs to chapter 14 of the guide. `cargo run --example iopoll -- FILE`
#![allow(unsafe_code, reason = "entries hold pointers that the kernel will follow")]

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::process::ExitCode;

use io_uring::{IoUring, opcode, types};

/// Bytes of a read.
const BLOCK: usize = 16 * 1024;
/// [`BLOCK`], as an entry has it.
const LEN: u32 = 16 * 1024;

/// `O_DIRECT` has the device write straight into this memory, so address, offset and length have to be multiples of
/// what the device and the file system ask for: 512 bytes mostly, and never more than a page.
#[repr(align(4096))]
struct Block([u8; BLOCK]);

#[derive(Default)]
struct Total {
    reads: u64,
    bytes: u64,
}

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        let _ = writeln!(io::stderr(), "usage: iopoll FILE");
        return ExitCode::FAILURE;
    };
    let mut out = io::stdout().lock();
    for (name, polled) in [("interrupts", false), ("polling", true)] {
        let said = match read_all(&path, polled) {
            Ok(Total { reads, bytes }) => format!("{reads} reads, {bytes} bytes"),
            Err(why) => why,
        };
        if writeln!(out, "{name}: {said}").is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Reads the file from its start to its end.
fn read_all(path: &OsStr, polled: bool) -> Result<Total, String> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_DIRECT).open(path);
    let file = file.map_err(|error| format!("this file cannot be opened with O_DIRECT: {error}"))?;
    let mut builder = IoUring::builder();
    if polled {
        // Nothing is asked of the device yet: the set-up succeeds on any machine.
        builder.setup_iopoll();
    }
    let mut ring = builder.build(4).map_err(|error| format!("no ring: {error}"))?;
    // Never freed: should anything go wrong below, there is no moment at which the kernel writes to memory that is
    // not ours.
    let block = Box::leak(Box::new(Block([0; BLOCK])));
    let mut total = Total::default();
    loop {
        let n = read(&mut ring, &file, block, total.bytes).map_err(|error| match error.raw_os_error() {
            Some(libc::EOPNOTSUPP) => format!("refused: this file cannot be polled: {error}"),
            _ => format!("a read failed: {error}"),
        })?;
        total.reads += 1;
        total.bytes += u64::from(n);
        // Fewer bytes than asked for: that was the end. (To ask once more, from an odd offset, is an error with
        // `O_DIRECT`.)
        if n < LEN {
            return Ok(total);
        }
    }
}

/// One read, there and back.
fn read(ring: &mut IoUring, file: &File, block: &mut Block, offset: u64) -> io::Result<u32> {
    let fd = types::Fd(file.as_raw_fd());
    let entry = opcode::Read::new(fd, block.0.as_mut_ptr(), LEN).offset(offset).build();
    // SAFETY: the block is never freed, and nobody else looks at it until the completion is there, below.
    unsafe { ring.submission().push(&entry) }.map_err(io::Error::other)?;
    loop {
        // On a polled ring no interrupt will come, and nothing arrives in the completion queue by itself: it is
        // within this call that the kernel asks the device. It may give up after a while, so it is repeated.
        // (`submit_and_wait` passes `IORING_ENTER_GETEVENTS`; without that flag nothing would be asked.)
        match ring.submit_and_wait(1) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => drop(result?),
        }
        if let Some(completion) = ring.completion().next() {
            let result = completion.result();
            return u32::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result));
        }
    }
}
