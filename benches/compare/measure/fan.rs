//! What is at the ends of [`Wiring::Fan`]: standard output is one pipe, and three more are FIFOs; the last output is a new
//! file.

use std::fs::{self, File};
use std::io::{self, PipeReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use super::pipeline::{self, Outcome, Running, Stage};
use crate::contender::{Contender, Side};
use crate::kernel;
use crate::row::{Peer, Wiring};
use crate::{Fail, Result};

/// The pipes beside standard output.
const OTHERS: usize = 3;

fn fifos(stage: &Stage) -> Result<Vec<PathBuf>> {
    (0..OTHERS)
        .map(|nth| {
            let path = stage.scratch(&format!("pipe{nth}"))?;
            if !path.exists() {
                kernel::make_fifo(&path).naming(&path)?;
            }
            Ok(path)
        })
        .collect()
}

/// The command with its outputs, in its own words. Its input is yet to be connected.
pub fn command(stage: &Stage, contender: &Contender) -> Result<Command> {
    let mut operands = fifos(stage)?;
    operands.push(stage.free_output()?.to_path_buf());
    // GNU's tee writes to standard output in any case.
    if contender.side != Side::Peer(Peer::Tee) {
        operands.splice(0..0, ["-".into(), "-".into()]);
    }
    stage.command(contender, &operands)
}

/// Starts what is behind the other pipes, if the row has any: they wait for the command to open them. Each gives its
/// count to a pipe.
pub fn consumers(stage: &Stage) -> Result<Vec<(Option<Running>, PipeReader)>> {
    if !matches!(stage.row.wiring, Wiring::Fan(_)) {
        return Ok(Vec::new());
    }
    let consumer = |fifo: PathBuf| {
        let mut command = stage.helper("discard");
        command.arg(fifo).stdin(Stdio::null());
        let count = pipeline::capture_output(&mut command)?;
        Ok((pipeline::start(Some(command))?, count))
    };
    fifos(stage)?.into_iter().map(consumer).collect()
}

/// Waits for them: the processor time of all. Each must have got everything.
pub fn finish(
    consumers: Vec<(Option<Running>, PipeReader)>,
    contender: &Contender,
    expected: u64,
) -> Result<f64> {
    let mut cpu = 0.0;
    for (running, count) in consumers {
        cpu += pipeline::finish(running, contender)?.cpu;
        let bytes: u64 = io::read_to_string(count)?.trim().parse()?;
        if bytes != expected {
            return Err(
                format!("{}: {bytes} bytes came out of a pipe, not {expected}", contender.label).into()
            );
        }
    }
    Ok(cpu)
}

fn hash_fifo(fifo: &Path) -> std::result::Result<Outcome, String> {
    let file = File::open(fifo).map_err(|error| error.to_string())?;
    pipeline::hash(file).map_err(|error| error.to_string())
}

/// Runs the command once: the same has to come out of all pipes, and to be in the file.
pub fn check(stage: &Stage, mut command: Command, contender: &Contender) -> Result<Outcome> {
    let (first, writer) = io::pipe()?;
    command.stdout(writer);
    let others: Vec<_> =
        fifos(stage)?.into_iter().map(|fifo| thread::spawn(move || hash_fifo(&fifo))).collect();
    let child = pipeline::start(Some(command))?;
    let outcome = pipeline::hash(first)?;
    pipeline::finish(child, contender)?;
    let mut outcomes = Vec::new();
    for other in others {
        outcomes.push(other.join().map_err(|_| "a reader failed")??);
    }
    let file = stage.output();
    outcomes.push(pipeline::hash(File::open(file).naming(file)?)?);
    if outcomes.iter().any(|other| *other != outcome) {
        return Err(format!("{}: not the same came out everywhere", contender.label).into());
    }
    fs::remove_file(file).naming(file)?;
    Ok(outcome)
}
