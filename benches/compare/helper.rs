//! Hidden modes of this very program: the fast ends of a pipeline, so that the command between them is what is
//! measured. `compare --helper produce FILE | COMMAND | compare --helper discard`. And one that becomes the command, with
//! `io_uring` forbidden: `compare --helper blocked NAME COMMAND`, NAME being what the command is called as. Those that read by the
//! runtime alone are in [`reading`].

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

use crate::{Result, kernel, reading};

/// The argument that selects a helper; never typed by people.
pub const FLAG: &str = "--helper";

/// One splice or read. More than a pipe holds: the kernel moves what fits.
const PIECE: usize = 1 << 20;

/// Runs the helper named by the arguments that follow [`FLAG`].
pub fn run(mut arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let mode = arguments.next().unwrap_or_default();
    let moved = match mode.to_str() {
        Some("produce") => {
            let file = File::open(arguments.next().ok_or("produce: no file given")?)?;
            splice_all(&file, &io::stdout())?;
            return Ok(()); // its output is the data
        }
        Some("blocked") => return Err(blocked(arguments)?.into()),
        Some("files") => return reading::files(arguments),
        Some("blocks") => return reading::blocks(arguments),
        Some("splice") => {
            let inputs: Vec<OsString> = arguments.collect();
            for input in &inputs {
                splice_one(&File::open(input)?)?;
            }
            if inputs.is_empty() {
                splice_one(&io::stdin())?;
            }
            return Ok(());
        }
        Some("discard") => {
            let null = File::create("/dev/null")?;
            match arguments.next() {
                Some(name) => splice_all(&File::open(name)?, &null)?,
                None => splice_all(&io::stdin(), &null)?,
            }
        }
        Some("receive") => read_all(&mut io::stdin().lock())?,
        _ => return Err(format!("no such helper: {}", mode.display()).into()),
    };
    // Like `wc -c`, so that every pipeline ends with a count that can be checked.
    writeln!(io::stdout(), "{moved}")?;
    Ok(())
}

/// Becomes the command of the arguments, called by the first of them, which may not use `io_uring`; comes back with the reason if it can't.
fn blocked(mut arguments: impl Iterator<Item = OsString>) -> Result<io::Error> {
    let name = arguments.next().ok_or("blocked: no name given")?;
    let program = arguments.next().ok_or("blocked: no command given")?;
    let calls = [libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];
    let rules: BTreeMap<i64, Vec<_>> = calls.into_iter().map(|call| (call, Vec::new())).collect();
    // What containers answer.
    let refuse = SeccompAction::Errno(u32::try_from(libc::EPERM)?);
    let architecture = std::env::consts::ARCH.try_into()?;
    let filter: BpfProgram =
        SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture)?.try_into()?;
    seccompiler::apply_filter(&filter)?;
    Ok(Command::new(program).arg0(name).args(arguments).exec())
}

fn splice_all(from: &impl AsFd, to: &impl AsFd) -> Result<u64> {
    let mut total = 0;
    loop {
        match kernel::splice(from.as_fd(), to.as_fd(), PIECE)? {
            0 => return Ok(total),
            moved => total += moved as u64,
        }
    }
}

/// Everything to standard output, through a pipe of our own if neither end is one.
fn splice_one(from: &impl AsFd) -> Result<()> {
    let stdout = io::stdout();
    kernel::enlarge(from.as_fd(), PIECE);
    kernel::enlarge(stdout.as_fd(), PIECE);
    match splice_all(from, &stdout) {
        Ok(_) => return Ok(()),
        Err(error) if is_not_here(&*error) => {}
        Err(error) => return Err(error),
    }
    let (reader, writer) = io::pipe()?;
    kernel::enlarge(writer.as_fd(), PIECE);
    loop {
        let mut left = kernel::splice(from.as_fd(), writer.as_fd(), PIECE)?;
        if left == 0 {
            return Ok(());
        }
        while left > 0 {
            left -= kernel::splice(reader.as_fd(), stdout.as_fd(), left)?;
        }
    }
}

/// Whether that is what splice says if neither end is a pipe.
fn is_not_here(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) == Some(libc::EINVAL)
}

fn read_all(from: &mut impl Read) -> Result<u64> {
    let mut buffer = vec![0; PIECE];
    let mut total = 0;
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(total),
            read => total += read as u64,
        }
    }
}
