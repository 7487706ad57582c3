//! `--ring-trace`: each submission and completion as a line on standard error, for those who want to see it happen.
//!
//! `sqe #3.1 READ fd=d5 off=0 len=4096 hardlink` is step 1 of the operation in slot 3, a read from direct descriptor
//! 5; `cqe #3.1 = 4096` its completion, `cqe #3.1 = -2 (No such file or directory)` a failed one. The thread engine
//! prints the same, with `call` in place of `cqe`.

use std::fmt::Write as _;
use std::time::Instant;

use io_uring::squeue::Entry;

use super::completion::Completion;
use super::op::Results;
use super::stats::name;
use crate::sys;

/// Collects the lines of a turn and writes them in one piece.
pub(super) struct Trace {
    start: Instant,
    text: String,
}

/// The fields of an SQE that are worth a look, by their place in `struct io_uring_sqe`.
struct Fields {
    flags: u8,
    fd: i32,
    offset: u64,
    len: u32,
    file_index: u32,
}

fn fields(entry: &Entry) -> Fields {
    const { assert!(size_of::<Entry>() == 64) };
    // SAFETY: an `Entry` is the 64 bytes of the kernel's `struct io_uring_sqe`, without padding, all initialised.
    let raw: &[u8; 64] = unsafe { &*std::ptr::from_ref(entry).cast() };
    let u32_at = |at: usize| u32::from_ne_bytes([raw[at], raw[at + 1], raw[at + 2], raw[at + 3]]);
    let offset = u64::from(u32_at(8)) | u64::from(u32_at(12)) << 32;
    Fields { flags: raw[1], fd: u32_at(4).cast_signed(), offset, len: u32_at(24), file_index: u32_at(44) }
}

impl Trace {
    pub fn new() -> Self {
        Self { start: Instant::now(), text: String::new() }
    }

    fn stamp(&mut self) {
        let _ = write!(self.text, "{:>10.6} ", self.start.elapsed().as_secs_f64());
    }

    pub fn submitted(&mut self, index: u32, entries: &[Entry]) {
        for (step, entry) in entries.iter().enumerate() {
            let Fields { flags, fd, offset, len, file_index } = fields(entry);
            let opcode = entry.get_opcode();
            self.stamp();
            let fixed = if flags & 1 != 0 { "d" } else { "" };
            let _ = write!(self.text, "sqe #{index}.{step} {}", name(opcode));
            if fd == libc::AT_FDCWD {
                self.text += " dir=cwd";
            } else if fd >= 0 {
                let _ = write!(self.text, " fd={fixed}{fd}");
            }
            if moves(opcode) {
                if offset != u64::MAX {
                    let _ = write!(self.text, " off={offset}");
                }
                let _ = write!(self.text, " len={len}");
            } else if file_index > 0 && name(opcode) != "SPLICE" {
                let _ = write!(self.text, " place=d{}", file_index - 1);
            }
            for (bit, word) in [(2, "link"), (3, "hardlink")] {
                if flags & (1 << bit) != 0 {
                    let _ = write!(self.text, " {word}");
                }
            }
            self.text.push('\n');
        }
    }

    pub fn completed(&mut self, completion: &Completion) {
        let Completion { index, step, result, more } = completion;
        self.stamp();
        let _ = write!(self.text, "cqe #{index}.{step} = {result}{}", reason(*result));
        self.text += if *more { " more\n" } else { "\n" };
    }

    pub fn called(&mut self, index: u32, results: &Results) {
        for step in 0..results.len() {
            let result = results.raw(step);
            self.stamp();
            let _ = writeln!(self.text, "call #{index}.{step} = {result}{}", reason(result));
        }
    }

    /// Writes what has gathered.
    #[cold]
    pub fn flush(&mut self) {
        if !self.text.is_empty() {
            if sys::raw::write(2, self.text.as_bytes(), None) == -libc::EPIPE {
                sys::process::die_of_sigpipe();
            }
            self.text.clear();
        }
    }
}

/// Whether offset and length of an opcode's SQE mean what they say.
fn moves(opcode: u32) -> bool {
    ["READ", "READV", "READ_FIXED", "WRITE", "WRITEV", "WRITE_FIXED", "SPLICE"].contains(&name(opcode))
}

fn reason(result: i32) -> String {
    if result >= 0 { String::new() } else { format!(" ({})", sys::locale::strerror(-result)) }
}

impl Drop for Trace {
    fn drop(&mut self) {
        self.flush();
    }
}
