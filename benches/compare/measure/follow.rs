//! Commands that follow files, and so never end: each is started on copies of the row's files, things happen to
//! these as [`Follow`] says, and when all of it has come out the command is stopped.
//!
//! A command is ready when the last lines of all files have come out, and after them a line that was appended then.
//! Whoever loses a line, or makes one up, makes the row fail.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use super::appended::{self, Lines};
use super::pipeline::{Outcome, Sample, Stage};
use super::wakeups::{self, Switches};
use crate::contender::Contender;
use crate::data::{Place, Ready, Store};
use crate::kernel::{self, Usage};
use crate::row::Follow;
use crate::statistics::median;
use crate::{Fail, Result};

/// For what has been appended to come out: more than anybody needs.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a row has its commands do.
pub struct Following<'a> {
    follow: Follow,
    stage: &'a Stage<'a>,
    data: &'a Ready,
    /// The copies.
    folder: PathBuf,
    appended: Cell<Outcome>,
}

impl<'a> Following<'a> {
    /// Nothing is run yet.
    pub fn new(follow: Follow, stage: &'a Stage<'a>, data: &'a Ready, store: &Store, place: Place) -> Self {
        let folder = store.folder(place).join("followed");
        Self { follow, stage, data, folder, appended: Cell::new(Outcome { bytes: 0, hash: 0, kept: 0 }) }
    }

    /// What was appended in the last run, probes included.
    pub fn outcome(&self) -> Outcome {
        self.appended.get()
    }

    /// One sample of a command.
    pub fn sample(&self, contender: &Contender) -> Result<Sample> {
        let mut sample = match self.follow {
            Follow::Busy { lines } => {
                let nothing = self.watch(contender, &mut |_| Ok(0.0))?;
                let all = self.watch(contender, &mut |run| run.append_in_turn(lines).map(|()| 0.0))?;
                Sample { score: all.cpu - nothing.cpu, ..all }
            }
            Follow::Delay { lines } => self.watch(contender, &mut |run| run.delay(lines))?,
            Follow::Idle { milliseconds } => {
                self.watch(contender, &mut |run| run.wake_ups(Duration::from_millis(milliseconds)))?
            }
        };
        sample.cpu_all = sample.cpu;
        Ok(sample)
    }

    /// Starts a command, lets something happen, which gives the score, and stops it.
    fn watch(
        &self,
        contender: &Contender,
        happen: &mut dyn FnMut(&mut Run) -> Result<f64>,
    ) -> Result<Sample> {
        let named = |error| format!("{}: {error}", contender.label);
        let mut run = Run::start(self, contender)?;
        run.become_ready().map_err(named)?;
        let begin = Instant::now();
        let score = happen(&mut run).map_err(named)?;
        let wall = begin.elapsed().as_secs_f64();
        if !run.seen.agree(&run.expected) {
            return Err(named("other lines came out than were appended".into()).into());
        }
        let Lines { count, sum, .. } = run.expected;
        self.appended.set(Outcome { bytes: count * appended::LENGTH as u64, hash: sum, kept: 0 });
        let usage = run.stop()?;
        Ok(Sample { score, wall, cpu: usage.cpu, cpu_all: usage.cpu, peak_kib: usage.peak_kib })
    }

    /// Copies of the files, with a line that makes their sizes even, and the lines that the commands show first.
    fn copies(&self) -> Result<(Vec<PathBuf>, Lines)> {
        self.clean()?;
        fs::create_dir_all(&self.folder).naming(&self.folder)?;
        let mut expected = Lines::default();
        let copy = |(number, file): (usize, &PathBuf)| {
            let mut bytes = fs::read(file).naming(file)?;
            let filler = appended::filler(bytes.len());
            bytes.extend_from_slice(&filler);
            expected.add(&filler);
            let copy = self.folder.join(format!("server{number:04}.log"));
            fs::write(&copy, bytes).naming(&copy)?;
            Ok(copy)
        };
        let copies = self.data.files.iter().enumerate().map(copy).collect::<Result<Vec<_>>>()?;
        Ok((copies, expected))
    }

    fn clean(&self) -> Result<()> {
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).naming(&self.folder),
            _ => Ok(()),
        }
    }
}

impl Drop for Following<'_> {
    fn drop(&mut self) {
        let _ = self.clean(); // the folder of all data goes anyway, unless it is the user's
    }
}

/// A command that follows files.
struct Run {
    child: Child,
    stopped: bool,
    output: PipeReader,
    buffer: Vec<u8>,
    files: Vec<File>,
    expected: Lines,
    seen: Lines,
}

impl Run {
    fn start(following: &Following, contender: &Contender) -> Result<Self> {
        let (copies, expected) = following.copies()?;
        let append = |path: &PathBuf| OpenOptions::new().append(true).open(path).naming(path);
        let files = copies.iter().map(append).collect::<Result<_>>()?;
        let (output, theirs) = io::pipe()?;
        let mut command = following.stage.command(contender, &copies)?;
        command.stdout(theirs);
        let child = command.spawn().naming(Path::new(command.get_program()))?;
        let (buffer, seen) = (vec![0; 1 << 16], Lines::default());
        Ok(Self { child, stopped: false, output, buffer, files, expected, seen })
    }

    /// Waits until the command has begun to follow. A command that looks now and then may need a while for that, and
    /// one that has just missed a line will show it with the next.
    fn become_ready(&mut self) -> Result<()> {
        const AGAIN: Duration = Duration::from_secs(2);
        self.catch_up()?;
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            self.append(self.files.len() - 1)?;
            if self.all_came_within(AGAIN)? {
                return Ok(());
            }
        }
        Err("does not show what is appended".into())
    }

    fn next_line(&mut self) -> [u8; appended::LENGTH] {
        let line = appended::line(self.expected.count);
        self.expected.add(&line);
        line
    }

    fn append(&mut self, file: usize) -> Result<()> {
        let line = self.next_line();
        Ok(self.files[file].write_all(&line)?)
    }

    /// Whether everything that was appended has come out after this time.
    fn all_came_within(&mut self, patience: Duration) -> Result<bool> {
        let deadline = Instant::now() + patience;
        while self.seen.count < self.expected.count {
            if !self.take(deadline.saturating_duration_since(Instant::now()))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes a piece of output, if one comes in this time.
    fn take(&mut self, patience: Duration) -> Result<bool> {
        if !kernel::readable(self.output.as_fd(), patience)? {
            return Ok(false);
        }
        match self.output.read(&mut self.buffer)? {
            0 => Err("ended by itself".into()),
            read => {
                self.seen.take(&self.buffer[..read]);
                Ok(true)
            }
        }
    }

    /// Waits for everything that was appended.
    fn catch_up(&mut self) -> Result<()> {
        if self.all_came_within(PATIENCE)? {
            return Ok(());
        }
        let (seen, expected) = (self.seen.count, self.expected.count);
        Err(format!("only {seen} of {expected} lines came out within a minute").into())
    }

    /// One line to each file, and again when all these have come out: the kernel remembers no more than 16,384 events
    /// for a process, and who has to find out by other means what was forgotten does other work.
    fn append_in_turn(&mut self, lines: u64) -> Result<()> {
        /// Lines that the pipe has room for, with headers. Somebody always reads.
        const AT_ONCE: u64 = 100;
        for number in 0..lines {
            let file = usize::try_from(number)? % self.files.len();
            self.append(file)?;
            if number.is_multiple_of(AT_ONCE) {
                while self.take(Duration::ZERO)? {}
            }
            if file + 1 == self.files.len() {
                self.catch_up()?;
            }
        }
        self.catch_up()
    }

    /// Median of what passes until a line is there.
    fn delay(&mut self, lines: u64) -> Result<f64> {
        /// In which the command begins to wait again, as it would between the lines of most logs.
        const PAUSE: Duration = Duration::from_millis(1);
        let mut delays = Vec::new();
        for _ in 0..lines {
            thread::sleep(PAUSE);
            let line = self.next_line();
            let begin = Instant::now();
            self.files[0].write_all(&line)?;
            self.catch_up()?;
            delays.push(begin.elapsed().as_secs_f64());
        }
        Ok(median(&delays))
    }

    /// How often the command wakes up while nothing happens.
    fn wake_ups(&self, period: Duration) -> Result<f64> {
        let before = self.settled()?;
        thread::sleep(period);
        let count = wakeups::between(&before, &self.switches()?);
        Ok(f64::from(u32::try_from(count)?))
    }

    /// The switches when there have been no more for a moment: the last line came out a bit before everything was done.
    fn settled(&self) -> Result<Switches> {
        const MOMENT: Duration = Duration::from_millis(200);
        let deadline = Instant::now() + PATIENCE;
        let mut last = self.switches()?;
        while Instant::now() < deadline {
            thread::sleep(MOMENT);
            let now = self.switches()?;
            if now == last {
                return Ok(now);
            }
            last = now;
        }
        Ok(last) // somebody who is never idle: that is what is to be counted
    }

    fn switches(&self) -> Result<Switches> {
        let folder = PathBuf::from(format!("/proc/{}/task", self.child.id()));
        let mut switches = Switches::new();
        for entry in fs::read_dir(&folder).naming(&folder)? {
            let entry = entry.naming(&folder)?;
            // A thread may have ended meanwhile.
            let Ok(status) = fs::read_to_string(entry.path().join("status")) else { continue };
            let thread = entry.file_name().to_string_lossy().parse()?;
            switches.insert(thread, wakeups::voluntary(&status).ok_or("no count of context switches")?);
        }
        Ok(switches)
    }

    /// Stops the command, and says what it used.
    fn stop(mut self) -> Result<Usage> {
        self.child.kill()?;
        self.stopped = true;
        // Never waited for by `child`: the standard library would not give us the usage.
        Ok(kernel::wait(self.child.id())?)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if !self.stopped {
            let _ = self.child.kill(); // it may have ended by itself
            let _ = self.child.wait();
        }
    }
}
