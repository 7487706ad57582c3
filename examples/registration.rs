//! What registering saves: the same small read from the page cache, with its file and its buffer named in the ordinary
//! way and by their places in the ring's tables, and with the ring itself named by its place in the thread's.
//!
//! The read is as short as it can be, so that what stands around it shows. Figures are nanoseconds for one read, the
//! best of some interleaved rounds: first 32 reads a system call, then one.
//!
//! ```sh
//! cargo run --release --example registration
//! ```
#![allow(
    unsafe_code,
    reason = "the kernel is handed pointers, and the crate can't see how long these are good"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::process::ExitCode;
use std::time::Instant;

use io_uring::squeue::Entry;
use io_uring::{IoUring, opcode, types};

/// What is registered.
#[derive(Clone, Copy)]
struct Way {
    name: &'static str,
    file: bool,
    buffer: bool,
    ring: bool,
}

const WAYS: [Way; 5] = [
    Way { name: "nothing", file: false, buffer: false, ring: false },
    Way { name: "the file", file: true, buffer: false, ring: false },
    Way { name: "the buffer", file: false, buffer: true, ring: false },
    Way { name: "file and buffer", file: true, buffer: true, ring: false },
    Way { name: "and the ring", file: true, buffer: true, ring: true },
];

/// Bytes of a read.
const LEN: u32 = 512;
/// Reads handed over by one system call.
const BATCHES: [u32; 2] = [32, 1];
/// Reads of a round, and rounds.
const READS: u32 = 2048;
const ROUNDS: u32 = 7;

fn main() -> ExitCode {
    match run(&mut io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "registration: {error}"); // nobody to tell if that fails
            ExitCode::FAILURE
        }
    }
}

fn run(out: &mut impl Write) -> io::Result<()> {
    let file = small_file()?;
    let mut rings = Vec::new();
    for way in WAYS {
        rings.push(Reader::new(&file, way)?);
    }
    let mut best = [[f64::INFINITY; BATCHES.len()]; WAYS.len()];
    for _ in 0..ROUNDS {
        for (reader, best) in rings.iter_mut().zip(&mut best) {
            for (batch, best) in BATCHES.iter().zip(best) {
                *best = best.min(reader.measure(*batch)?);
            }
        }
    }
    writeln!(out, "{:<18}{:>12}{:>12}", "registered", "32 a call", "1 a call")?;
    for (way, best) in WAYS.iter().zip(&best) {
        writeln!(out, "{:<18}{:>9.0} ns{:>9.0} ns", way.name, best[0], best[1])?;
    }
    Ok(())
}

/// A file without a name, of which the first bytes are in the page cache.
fn small_file() -> io::Result<File> {
    let path = std::env::temp_dir().join(format!("ringutils-registration-{}", std::process::id()));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
    fs::remove_file(&path)?;
    file.write_all(&[7; LEN as usize])?;
    Ok(file)
}

/// A ring, and the one read that it makes again and again.
struct Reader {
    ring: IoUring,
    read: Entry,
    by_place: bool,
}

impl Reader {
    fn new(file: &File, way: Way) -> io::Result<Self> {
        // A ring that one thread has to itself is the fastest; kernels before 6.1 have none.
        let ring = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .build(BATCHES[0])
            .or_else(|_| IoUring::new(BATCHES[0]))?;
        let mut reader = Self { ring, read: opcode::Nop::new().build(), by_place: way.ring };
        // Never given back, so that there is no question how long the kernel may write to it. All reads write the same
        // bytes to the same place, which nobody looks at.
        let buf = Box::leak(Box::new([0_u8; LEN as usize])).as_mut_ptr();
        if way.file {
            // Place 0 of the table of files: the ring holds the file open from now on.
            reader.ring.submitter().register_files(&[file.as_raw_fd()])?;
        }
        if way.buffer {
            let iovec = libc::iovec { iov_base: buf.cast(), iov_len: LEN as usize };
            // SAFETY: the buffer is never freed.
            unsafe { reader.ring.submitter().register_buffers(&[iovec]) }?;
        }
        let fd = types::Fd(file.as_raw_fd());
        reader.read = match (way.file, way.buffer) {
            (false, false) => opcode::Read::new(fd, buf, LEN).build(),
            (true, false) => opcode::Read::new(types::Fixed(0), buf, LEN).build(),
            (false, true) => opcode::ReadFixed::new(fd, buf, LEN, 0).build(),
            (true, true) => opcode::ReadFixed::new(types::Fixed(0), buf, LEN, 0).build(),
        };
        Ok(reader)
    }

    /// Nanoseconds of a read, with so many of them a system call.
    fn measure(&mut self, batch: u32) -> io::Result<f64> {
        let (mut submitter, mut queue, mut completions) = self.ring.split();
        if self.by_place {
            // The place is this thread's own. The submitter remembers it, and names the ring by it from now on.
            submitter.register_ring_fd()?;
        }
        let start = Instant::now();
        for _ in 0..READS / batch {
            for _ in 0..batch {
                // SAFETY: the buffer is never freed, and the file is open as long as the program runs.
                unsafe { queue.push(&self.read) }.map_err(io::Error::other)?;
            }
            queue.sync();
            submitter.submit_and_wait(batch as usize)?;
            queue.sync();
            completions.sync();
            for completion in &mut completions {
                if completion.result() < 0 {
                    return Err(io::Error::from_raw_os_error(-completion.result()));
                }
            }
        }
        let took = start.elapsed();
        if self.by_place {
            submitter.unregister_ring_fd()?;
        }
        Ok(took.as_secs_f64() * 1e9 / f64::from(READS))
    }
}
