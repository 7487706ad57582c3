//! `--watch PID[:FD]`: the meter of another process's files.
//!
//! What there is to say is read from `/proc` ([`files`]) with each tick of the meter's clock. In between it is waited, in
//! the ring, for the end of the process and for signals.

mod files;

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::Poll;
use std::time::Instant;

use ringutils::cli::{Diagnostics, Fault, bytes};
use ringutils::io::Session;
use ringutils::ring::{Fd, Ring};
use ringutils::sys::SignalFd;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::meter::{Clock, Display, Reading, Speed, USUAL, name_of};
use crate::options::{Options, Watch};
use files::File;

/// Watches until the process ends or has closed the file, or a signal ends it: that one is returned. What is wrong is
/// reported.
pub fn watch(watch: Watch, options: &Options, session: &Session, diagnostics: &Diagnostics) -> Option<i32> {
    match Watcher::new(watch, options, diagnostics) {
        Err(fault) => {
            diagnostics.report(&fault);
            None
        }
        Ok(mut watcher) => {
            let ring = session.waiting_ring();
            let ended = ring.block_on(watcher.run(&ring));
            watcher.display.stay();
            session.done(&ring);
            match ended {
                Ok(signal) => signal,
                Err(error) => {
                    diagnostics.report(&watcher.fault(error));
                    None
                }
            }
        }
    }
}

/// What came first.
enum First {
    Ended,
    Signal,
    Tick,
}

struct Watcher<'a> {
    watch: Watch,
    options: &'a Options,
    display: Display,
    clock: Clock,
    lines: Vec<Line>,
    /// Readable once it has ended. Without (an old kernel, a thread's number) that is seen with the next tick.
    process: Option<Fd>,
    signals: Option<(SignalFd, Fd)>,
}

/// A descriptor that is watched.
struct Line {
    fd: i32,
    file: File,
    name: String,
    since: Instant,
    /// Where it stood then.
    before: u64,
    speed: Speed,
}

impl<'a> Watcher<'a> {
    fn new(watch: Watch, options: &'a Options, diagnostics: &Diagnostics) -> Result<Self, Fault> {
        let fault = |error| fault(watch, error);
        let process = match Pid::from_raw(watch.pid).map(|pid| pidfd_open(pid, PidfdFlags::empty())) {
            None | Some(Err(rustix::io::Errno::SRCH)) => {
                return Err(process_fault(watch, io::Error::from_raw_os_error(libc::ESRCH)));
            }
            Some(opened) => opened.ok().map(Fd::new),
        };
        let mut watcher = Self {
            watch,
            options,
            display: Display::Off,
            clock: Clock::new(None, Instant::now()),
            lines: Vec::new(),
            process,
            signals: None,
        };
        let there = watcher.look().map_err(fault)?;
        if let (Some(fd), false) = (watch.fd, there) {
            let text = format!(": descriptor {fd} is neither a regular file nor a block device");
            return Err(Fault::new(bytes![shown(watch), text]));
        }
        watcher.signals =
            taken(&[libc::SIGINT]).map_err(|error| Fault::io("cannot wait for signals", error))?;
        let display = Display::new(&options.meter, diagnostics);
        watcher.display = if watch.fd.is_none() { display.of_several() } else { display };
        watcher.clock = Clock::new(Some(options.meter.interval.unwrap_or(USUAL)), Instant::now());
        Ok(watcher)
    }

    /// The signal that ended it, if one did.
    async fn run(&mut self, ring: &Ring) -> io::Result<Option<i32>> {
        let poll = |file: &Fd| ring.poll(file, libc::POLLIN);
        let mut ended = self.process.as_ref().map(poll);
        loop {
            let mut signal = self.signals.as_ref().map(|(_, file)| poll(file));
            let left = self.clock.due().map(|due| due.saturating_duration_since(Instant::now()));
            let mut tick = left.map(|left| ring.timeout(left));
            let first = poll_fn(|context| {
                if ended.as_mut().is_some_and(|ended| Pin::new(ended).poll(context).is_ready()) {
                    return Poll::Ready(First::Ended);
                }
                if signal.as_mut().is_some_and(|signal| Pin::new(signal).poll(context).is_ready()) {
                    return Poll::Ready(First::Signal);
                }
                let tick = tick.as_mut().is_some_and(|tick| Pin::new(tick).poll(context).is_ready());
                if tick { Poll::Ready(First::Tick) } else { Poll::Pending }
            });
            match first.await {
                First::Ended => return Ok(None),
                First::Signal => {
                    if let Some(signal) = self.signals.as_ref().and_then(|(signals, _)| signals.take()) {
                        return Ok(Some(signal));
                    }
                }
                First::Tick if !self.tick()? => return Ok(None),
                First::Tick => {}
            }
        }
    }

    /// Looks and shows. False if what was to be watched was closed, or is gone with the process.
    fn tick(&mut self) -> io::Result<bool> {
        self.clock.next();
        match self.look() {
            Ok(there) => {
                if there {
                    self.show();
                }
                Ok(there)
            }
            Err(error) if matches!(error.raw_os_error(), Some(libc::EBADF | libc::ESRCH)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Looks at what is open now. False if what was to be watched is not there any more.
    fn look(&mut self) -> io::Result<bool> {
        let Watch { pid, fd } = self.watch;
        let open = match fd {
            Some(fd) => match files::file(pid, fd)? {
                Some(file) if self.lines.iter().all(|line| line.file.identity == file.identity) => {
                    vec![(fd, file)]
                }
                _ => return Ok(false),
            },
            None => files::files(pid)?,
        };
        let mut former = std::mem::take(&mut self.lines).into_iter().peekable();
        for (fd, file) in open {
            // Both are in the order of the descriptors.
            while former.next_if(|line| line.fd < fd).is_some() {}
            let same =
                former.next_if(|line| line.fd == fd).filter(|line| line.file.identity == file.identity);
            self.lines.push(match same {
                Some(line) => Line { file, ..line },
                None => self.begin(fd, file),
            });
        }
        Ok(true)
    }

    fn begin(&self, fd: i32, file: File) -> Line {
        let name = name_of(self.options.meter.name.as_ref().unwrap_or(&file.name));
        let name = if self.watch.fd.is_none() { format!("{fd}:{name}") } else { name };
        let (before, since) = (file.at, Instant::now());
        Line { fd, file, name, since, before, speed: Speed::new(before) }
    }

    fn show(&mut self) {
        let total = self.options.size;
        let readings: Vec<_> = self.lines.iter_mut().map(|line| line.reading(total)).collect();
        self.display.show(&readings, self.options.meter.parts);
    }

    fn fault(&self, error: io::Error) -> Fault {
        fault(self.watch, error)
    }
}

impl Line {
    /// `total`: what the user says that it will be.
    fn reading(&mut self, total: Option<u64>) -> Reading<'_> {
        let (bytes, elapsed) = (self.file.at, self.since.elapsed());
        let rate = self.speed.note(elapsed, bytes);
        let total = total.or(self.file.size);
        Reading { name: Some(&self.name), before: self.before, bytes, elapsed, rate, total }
    }
}

/// Signals to be read, and the same for the ring.
fn taken(signals: &[i32]) -> io::Result<Option<(SignalFd, Fd)>> {
    let Some(signals) = SignalFd::new(signals)? else { return Ok(None) };
    let file = Fd::shared(signals.shared());
    Ok(Some((signals, file)))
}

/// `PID 123`
fn shown(watch: Watch) -> Vec<u8> {
    format!("PID {}", watch.pid).into_bytes()
}

fn process_fault(watch: Watch, error: io::Error) -> Fault {
    Fault::io(shown(watch), error)
}

/// `PID 123: descriptor 4: Bad file descriptor`, `PID 123: Permission denied`
fn fault(watch: Watch, error: io::Error) -> Fault {
    match watch.fd {
        Some(fd) if error.raw_os_error() == Some(libc::EBADF) => {
            Fault::io(bytes![shown(watch), format!(": descriptor {fd}")], error)
        }
        _ => process_fault(watch, error),
    }
}
