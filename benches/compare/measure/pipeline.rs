//! Runs a command connected as a row says: timed, with a process at either end, or untimed, with its output hashed.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, PipeReader, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Instant;

use super::digest;
use super::fan;
use super::grounds::{Errand, Grounds};
use super::lines;
use crate::contender::{self, Contender};
use crate::data::{Place, Ready, Store};
use crate::helper;
use crate::kernel::{self, Usage};
use crate::row::{Row, Tool, Wiring};
use crate::{Fail, Result};

/// What one timed run cost. Times are in seconds.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What is compared: the wall time, or what [`crate::row::Follow`] says.
    pub score: f64,
    /// From before the first process was started until the last one had ended.
    pub wall: f64,
    /// Processor time of the command itself.
    pub cpu: f64,
    /// Processor time of everything that ran, the ends of a pipeline included.
    pub cpu_all: f64,
    /// Peak memory of the command itself.
    pub peak_kib: f64,
}

/// What a command put out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    pub bytes: u64,
    pub hash: u64,
    /// Of what is known about the files, where that is to be kept.
    pub kept: u64,
}

/// A row with its data.
pub struct Stage<'a> {
    pub row: &'a Row,
    data: &'a Ready,
    /// What [`Wiring::File`] writes.
    output: PathBuf,
    /// Beside the data: their checksums, where a row verifies them.
    list: PathBuf,
    /// Where [`Wiring::Copy`] puts its output.
    grounds: Option<Grounds<'a>>,
    /// In RAM.
    scratch: PathBuf,
    this_program: PathBuf,
    wc: PathBuf,
}

impl<'a> Stage<'a> {
    /// Nothing is run yet.
    pub fn new(row: &'a Row, data: &'a Ready, store: &'a Store) -> Result<Self> {
        let place = match row.wiring {
            Wiring::File(place) | Wiring::Fan(place) => place,
            _ => row.data.place(),
        };
        let grounds = match row.wiring {
            Wiring::Copy(ground) => Some(Grounds::new(ground, row, data, store)),
            _ => None,
        };
        Ok(Self {
            row,
            data,
            output: store.folder(place).join("output"),
            list: store.folder(place).join("list"),
            grounds,
            scratch: store.folder(Place::Ram).join("scratch"),
            this_program: std::env::current_exe()?,
            wc: contender::on_path("wc").ok_or("wc: not on PATH")?,
        })
    }

    /// The command with these operands, and without a ring if the row says so.
    pub fn command<P: AsRef<Path>>(&self, contender: &Contender, operands: &[P]) -> Result<Command> {
        let mut command = contender.command(operands.len());
        if contender.processes().is_none() {
            command.args(contender.operands(operands.iter().map(|operand| operand.as_ref().as_os_str())));
        }
        if self.row.blocked {
            let mut wrapped = self.helper("blocked");
            wrapped.arg(contender.name()).arg(command.get_program()).args(command.get_args());
            for (name, value) in command.get_envs() {
                match value {
                    Some(value) => wrapped.env(name, value),
                    None => wrapped.env_remove(name),
                };
            }
            command = wrapped;
        }
        match contender.processes() {
            Some(_) => command.stdin(self.names(operands)?),
            None => command.stdin(Stdio::null()),
        };
        Ok(command)
    }

    /// The operands as a file, each with a NUL behind it.
    fn names<P: AsRef<Path>>(&self, operands: &[P]) -> Result<File> {
        let bytes = |operand: &P| [operand.as_ref().as_os_str().as_bytes(), b"\0"].concat();
        let names: Vec<u8> = operands.iter().flat_map(bytes).collect();
        let file = self.scratch("names")?;
        fs::write(&file, names).naming(&file)?;
        File::open(&file).naming(&file)
    }

    /// A name for something small, in RAM.
    pub fn scratch(&self, name: &str) -> Result<PathBuf> {
        fs::create_dir_all(&self.scratch).naming(&self.scratch)?;
        Ok(self.scratch.join(name))
    }

    /// The command with the names of its files, unless it reads a pipe.
    fn reader(&self, contender: &Contender) -> Result<Command> {
        match self.row.wiring {
            Wiring::PipeToPipe => self.command::<PathBuf>(contender, &[]),
            Wiring::Fan(_) => fan::command(self, contender),
            _ if self.row.list => self.command(contender, &[&self.list]),
            _ => self.command(contender, &self.data.files),
        }
    }

    /// Has a command make the list that the row verifies, and one of nothing much.
    pub fn write_lists(&self, tool: &Tool, contender: &Contender) -> Result<()> {
        let makes = contender.with_options(tool, &[]).ok_or("nobody makes lists")?;
        let write = |list: &Path, command: Command| {
            let mut command = command;
            command.stdout(File::create(list).naming(list)?);
            finish(start(Some(command))?, &makes).map(drop)
        };
        write(&self.list, self.command(&makes, &self.data.files)?)?;
        write(&self.scratch("list")?, self.command(&makes, &["/dev/null"])?)
    }

    /// The command with a source and a destination.
    fn copier(&self, contender: &Contender, errand: &Errand) -> Result<Command> {
        let mut command = self.command(contender, &[&errand.source, &errand.destination])?;
        command.stdout(Stdio::null());
        Ok(command)
    }

    pub fn helper(&self, mode: &str) -> Command {
        let mut command = Command::new(&self.this_program);
        command.arg(helper::FLAG).arg(mode);
        command
    }

    /// Connects the input of `command`, and gives the process at the other end of it.
    fn producer(&self, command: &mut Command) -> Result<Option<Command>> {
        if !matches!(self.row.wiring, Wiring::PipeToPipe | Wiring::Fan(_)) {
            return Ok(None);
        }
        let (reader, writer) = io::pipe()?;
        command.stdin(reader);
        let mut producer = self.helper("produce");
        producer.args(&self.data.files).stdin(Stdio::null()).stdout(writer);
        Ok(Some(producer))
    }

    /// Connects the output of `command`, and gives the process at the other end of it.
    fn consumer(&self, command: &mut Command) -> Result<Option<Command>> {
        let mut consumer = match self.row.wiring {
            Wiring::Null | Wiring::Copy(_) => {
                command.stdout(Stdio::null());
                return Ok(None);
            }
            Wiring::File(_) => {
                command.stdout(self.fresh_output()?);
                return Ok(None);
            }
            Wiring::Wc => {
                let mut wc = Command::new(&self.wc);
                wc.arg("-c");
                wc
            }
            Wiring::Discard | Wiring::PipeToPipe | Wiring::Fan(_) => self.helper("discard"),
            Wiring::Socket | Wiring::Tcp => self.helper("receive"),
        };
        let (theirs, ours) = self.ends()?;
        command.stdout(theirs);
        consumer.stdin(ours);
        Ok(Some(consumer))
    }

    /// What is between a command and who reads its output.
    fn ends(&self) -> Result<(OwnedFd, OwnedFd)> {
        Ok(match self.row.wiring {
            Wiring::Socket => {
                let (theirs, ours) = UnixStream::pair()?;
                (theirs.into(), ours.into())
            }
            Wiring::Tcp => {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let theirs = TcpStream::connect(listener.local_addr()?)?;
                (theirs.into(), listener.accept()?.0.into())
            }
            _ => {
                let (reader, writer) = io::pipe()?;
                (writer.into(), reader.into())
            }
        })
    }

    /// The name of the output, which is free.
    pub fn free_output(&self) -> Result<&Path> {
        if self.output.exists() {
            fs::remove_file(&self.output).naming(&self.output)?;
        }
        if matches!(self.row.wiring, Wiring::File(Place::Disk) | Wiring::Fan(Place::Disk)) {
            kernel::sync(); // or the write-back of one command's output would slow the next command
        }
        Ok(&self.output)
    }

    /// The output that a row with one has.
    pub fn output(&self) -> &Path {
        &self.output
    }

    fn fresh_output(&self) -> Result<File> {
        let output = self.free_output()?;
        File::create(output).naming(output)
    }

    /// Runs the command once, untimed, and hashes what it puts out.
    pub fn check(&self, contender: &Contender) -> Result<Outcome> {
        if let Some(grounds) = &self.grounds {
            grounds.next_sample();
            let errand = grounds.fresh()?;
            finish(start(Some(self.copier(contender, &errand)?))?, contender)?;
            return digest::of(&errand.destination, self.row.keeps());
        }
        let mut command = self.reader(contender)?;
        let producer = start(self.producer(&mut command)?)?;
        let outcome = match self.row.wiring {
            Wiring::File(_) => {
                command.stdout(self.fresh_output()?);
                let child = start(Some(command))?;
                finish(child, contender)?;
                hash(File::open(&self.output).naming(&self.output)?)?
            }
            Wiring::Fan(_) => fan::check(self, command, contender)?,
            _ => {
                let (theirs, ours) = self.ends()?;
                command.stdout(theirs);
                let child = start(Some(command))?;
                let output = File::from(ours);
                let outcome = match contender.processes() {
                    Some(_) => hash(in_order(output)?.as_slice())?,
                    None => hash(output)?,
                };
                finish(child, contender)?;
                outcome
            }
        };
        finish(producer, contender)?;
        Ok(outcome)
    }

    /// Runs the command once and measures it. `expected` is how many bytes it has to put out.
    pub fn time(&self, contender: &Contender, expected: u64) -> Result<Sample> {
        if let Some(grounds) = &self.grounds {
            let errand = grounds.fresh()?;
            return self.time_copy(contender, &errand);
        }
        let mut command = self.reader(contender)?;
        let producer = self.producer(&mut command)?;
        let mut consumer = self.consumer(&mut command)?;
        let count = consumer.as_mut().map(capture_output).transpose()?;

        let begin = Instant::now();
        let others = fan::consumers(self)?;
        let producer = start(producer)?;
        let command = start(Some(command))?;
        let consumer = start(consumer)?;
        let ends = [reap(command)?, reap(consumer)?, reap(producer)?];
        let cpu_others = fan::finish(others, contender, expected)?;
        let wall = begin.elapsed().as_secs_f64();
        let [usage, behind, before] = ends.map(|end| end.succeeded(contender));
        let (usage, behind) = (usage?, behind?);

        let came_out = match (count, self.row.wiring) {
            (Some(count), _) => Some(io::read_to_string(count)?.trim().parse()?),
            (None, Wiring::File(_) | Wiring::Fan(_)) => {
                Some(fs::metadata(&self.output).naming(&self.output)?.len())
            }
            (None, _) => None,
        };
        if let Some(bytes) = came_out.filter(|&bytes: &u64| bytes != expected) {
            let label = &contender.label;
            return Err(format!("{label}: {bytes} bytes came out in a timed run, not {expected}").into());
        }
        // Last, because a producer fails when the command stops reading too early.
        let before = before?;
        let cpu_all = before.cpu + usage.cpu + behind.cpu + cpu_others;
        let score = self.row.rate.map_or(wall, |rate| percent_off(expected, rate, wall));
        Ok(Sample { score, wall, cpu: usage.cpu, cpu_all, peak_kib: usage.peak_kib })
    }

    /// To be called before the first run of each sample.
    pub fn next_sample(&self) {
        if let Some(grounds) = &self.grounds {
            grounds.next_sample();
        }
    }

    fn time_copy(&self, contender: &Contender, errand: &Errand) -> Result<Sample> {
        let command = self.copier(contender, errand)?;
        let begin = Instant::now();
        let end = reap(start(Some(command))?)?;
        let wall = begin.elapsed().as_secs_f64();
        let usage = end.succeeded(contender)?;
        errand.destination.symlink_metadata().naming(&errand.destination)?;
        Ok(Sample { score: wall, wall, cpu: usage.cpu, cpu_all: usage.cpu, peak_kib: usage.peak_kib })
    }

    /// Brings the program itself back into memory: a cold run is about cold data.
    pub fn load_program(&self, contender: &Contender) -> Result<()> {
        for word in contender.command_line() {
            if Path::new(&word).is_file() {
                io::copy(&mut File::open(&word).naming(Path::new(&word))?, &mut io::sink())?;
            }
        }
        let mut command = if self.grounds.is_some() {
            let (source, copy) = (self.scratch("source")?, self.scratch("copy")?);
            fs::write(&source, "x").naming(&source)?;
            if copy.exists() {
                fs::remove_file(&copy).naming(&copy)?;
            }
            self.command(contender, &[source, copy])?
        } else if self.row.list {
            self.command(contender, &[self.scratch("list")?])?
        } else {
            self.command(contender, &["/dev/null"])?
        };
        command.stdout(Stdio::null());
        finish(start(Some(command))?, contender)?;
        Ok(())
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        for file in [&self.output, &self.list] {
            let _ = fs::remove_file(file); // most rows have none
        }
        let _ = fs::remove_dir_all(&self.scratch); // nor this
    }
}

/// How far from it so many bytes in so many seconds are.
#[expect(clippy::cast_precision_loss, reason = "nobody waits for 2^52 bytes")]
fn percent_off(bytes: u64, rate: u64, seconds: f64) -> f64 {
    (bytes as f64 / (rate as f64 * seconds) - 1.0).abs() * 100.0
}

/// A process that has been started, with the name it is reported by.
pub struct Running {
    child: Child,
    program: String,
}

/// A process that has ended.
struct Ended {
    usage: Usage,
    program: String,
}

impl Ended {
    /// What it used, unless it failed.
    fn succeeded(self, contender: &Contender) -> Result<Usage> {
        let status = ExitStatus::from_raw(self.usage.status);
        if status.success() {
            return Ok(self.usage);
        }
        Err(format!("{}: {} ended with {status}", contender.label, self.program).into())
    }
}

/// Starts a process. Takes the command, because that holds our copies of the ends of the pipes.
pub fn start(command: Option<Command>) -> Result<Option<Running>> {
    let Some(mut command) = command else { return Ok(None) };
    let program = command.get_program().to_owned();
    let child = command.spawn().naming(Path::new(&program))?;
    Ok(Some(Running { child, program: program.to_string_lossy().into_owned() }))
}

/// Waits for a process; none at all has used nothing.
fn reap(running: Option<Running>) -> Result<Ended> {
    let Some(Running { child, program }) = running else {
        return Ok(Ended { usage: Usage::default(), program: String::new() });
    };
    // Never waited for by `child`: the standard library would not give us the usage.
    Ok(Ended { usage: kernel::wait(child.id())?, program })
}

pub fn finish(running: Option<Running>, contender: &Contender) -> Result<Usage> {
    reap(running)?.succeeded(contender)
}

/// The count that a consumer prints: short enough for the pipe to hold it until the consumer has ended.
pub fn capture_output(consumer: &mut Command) -> Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    consumer.stdout(writer);
    Ok(reader)
}

/// The lines of several processes, as one would have put them out.
fn in_order(mut from: impl Read) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    from.read_to_end(&mut text)?;
    Ok(lines::by_name(&text))
}

/// Hashes in blocks that are always filled, so that the pieces the bytes come in don't matter.
pub fn hash(mut from: impl Read) -> Result<Outcome> {
    const BLOCK: usize = 1 << 16;
    let mut hasher = DefaultHasher::new();
    let mut bytes = 0;
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        block.clear();
        let read = from.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        if read == 0 {
            return Ok(Outcome { bytes, hash: hasher.finish(), kept: 0 });
        }
        hasher.write(&block);
        bytes += read as u64;
    }
}
