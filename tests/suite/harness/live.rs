//! A command that is still running: fed through a pipe, read by a thread for each stream, never waited for
//! longer than [`PATIENCE`].

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::ended::{Ended, difference};
use super::sys;

/// After this long a command hangs.
pub const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Default)]
struct Collected {
    bytes: Vec<u8>,
    ended: bool,
}

/// Reads a stream to its end in a thread; what has come so far can be waited for.
#[derive(Clone)]
pub struct Collector(Arc<(Mutex<Collected>, Condvar)>);

impl Collector {
    pub fn of(stream: impl Into<OwnedFd>) -> Self {
        let mut stream = File::from(stream.into());
        let collector = Collector(Arc::default());
        let shared = collector.clone();
        thread::spawn(move || {
            let mut buffer = vec![0; 64 * 1024];
            loop {
                // A terminal whose other side is gone answers EIO: its end.
                let count = match stream.read(&mut buffer) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                    answer => answer.unwrap_or(0),
                };
                if count == 0 {
                    break;
                }
                let mut collected = shared.0.0.lock().unwrap_or_else(PoisonError::into_inner);
                collected.bytes.extend_from_slice(&buffer[..count]);
                shared.0.1.notify_all();
            }
            // Closed, for good, before anybody hears of the end: who opens the same FIFO then must not find this reader.
            let guard = sys::no_forks();
            drop(stream);
            drop(guard);
            shared.0.0.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
            shared.0.1.notify_all();
        });
        collector
    }

    /// Waits until exactly `expected` has come; fails if something else comes, or the rest does not.
    #[track_caller]
    pub fn until(&self, expected: impl AsRef<[u8]>) {
        let expected = expected.as_ref();
        let got = self.wait(|c| c.ended || c.bytes.len() >= expected.len()).bytes;
        if let Some(difference) = difference(&got, expected) {
            panic!("waited for output: {difference}");
        }
    }

    /// Waits until `expected` has come; fails if something else comes. More may have come behind it.
    #[track_caller]
    pub fn begins(&self, expected: impl AsRef<[u8]>) {
        let expected = expected.as_ref();
        let mut got = self.wait(|c| c.ended || c.bytes.len() >= expected.len()).bytes;
        if !got.starts_with(expected) {
            // Of what came too early there is no end.
            got.truncate(expected.len() + 200);
            panic!("waited for output: {}", difference(&got, expected).unwrap_or_default());
        }
    }

    /// Waits until what has come so far is `enough`; fails if it never is.
    #[track_caller]
    pub fn until_it(&self, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let got = self.wait(|c| c.ended || enough(&c.bytes)).bytes;
        assert!(enough(&got), "waited for output, but got only: \"{}\"", got.escape_ascii());
        got
    }

    /// Waits until at least `count` bytes have come; the number that have.
    pub fn at_least(&self, count: usize) -> usize {
        self.wait(|c| c.ended || c.bytes.len() >= count).bytes.len()
    }

    /// What has come so far.
    pub fn so_far(&self) -> Vec<u8> {
        self.wait(|_| true).bytes
    }

    /// Waits for the end of the stream; everything that came.
    pub fn all(&self) -> Vec<u8> {
        self.wait(|c| c.ended).bytes
    }

    fn wait(&self, enough: impl Fn(&Collected) -> bool) -> Collected {
        let (lock, changed) = &*self.0;
        let collected = lock.lock().unwrap_or_else(PoisonError::into_inner);
        let (collected, _) = changed
            .wait_timeout_while(collected, PATIENCE, |c| !enough(c))
            .unwrap_or_else(PoisonError::into_inner);
        Collected { bytes: collected.bytes.clone(), ended: collected.ended }
    }
}

/// Writes what it is sent into `pipe`. Gently: each piece only once the one before it has been taken out.
pub fn feed(mut pipe: File, pieces: Receiver<Vec<u8>>, gently: bool) {
    thread::spawn(move || {
        for piece in pieces {
            // A reader that is gone is the test's business, not the feeder's.
            if (gently && !sys::wait_for(&pipe, libc::POLLOUT, PATIENCE)) || pipe.write_all(&piece).is_err() {
                return;
            }
        }
    });
}

/// A running command. Dropped before its end, it is killed.
pub struct Live {
    pub(super) command: String,
    pub(super) child: Child,
    pub(super) stdin: Option<Sender<Vec<u8>>>,
    pub stdout: Collector,
    pub stderr: Collector,
    pub(super) reaped: bool,
}

impl Live {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Types `bytes` into its stdin.
    pub fn send(&self, bytes: impl Into<Vec<u8>>) {
        // Fails only when the command has closed its stdin, which the test sees by what is missing.
        let _ = self.stdin.as_ref().expect("stdin is not open").send(bytes.into());
    }

    /// Ends its stdin.
    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    pub fn signal(&self, signal: i32) {
        sys::kill(self.pid(), signal);
    }

    /// Stops it for as long as `meanwhile` takes.
    pub fn stopped(&self, meanwhile: impl FnOnce()) {
        self.signal(libc::SIGSTOP);
        sys::wait_stopped(self.pid());
        meanwhile();
        self.signal(libc::SIGCONT);
    }

    /// Ends its stdin and waits for its own end.
    #[track_caller]
    pub fn finish(mut self) -> Ended {
        self.close_stdin();
        self.end()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn end(mut self) -> Ended {
        let hangs = !sys::wait_for(&sys::pidfd(self.pid()), libc::POLLIN, PATIENCE);
        if hangs {
            self.signal(libc::SIGKILL);
        }
        let status = self.child.wait().expect("wait");
        self.reaped = true;
        let (stdout, stderr) = (self.stdout.all(), self.stderr.all());
        let ended = Ended { command: self.command.clone(), status, stdout, stderr };
        assert!(!hangs, "hangs: {ended:?}");
        ended
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
