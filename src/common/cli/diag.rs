//! Where diagnostics go, and what they do to the exit status.

use super::fault::{Fault, UsageFault, base_of, bytes};
use super::name::Invocation;
use super::progress::Progress;
use crate::ring::{Stats, StatsFormat};
use crate::sys::process;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Prints diagnostics and remembers that something failed. One for the whole run; any thread may report.
///
/// Each diagnostic is one `write`, so that lines of several processes on one log don't mix. It makes way for a
/// visible progress bar. A standard error that can't be written to is no reason to stop, but it makes the exit status 1.
#[derive(Debug)]
pub struct Diagnostics {
    prog: Vec<u8>,
    /// Where its last component starts.
    base: usize,
    code: AtomicU8,
    stderr_failed: AtomicBool,
    /// Nobody reads standard output any more: the run is to end by `SIGPIPE`.
    broken_pipe: AtomicBool,
    progress: OnceLock<Progress>,
    /// Takes the lines in a test instead of standard error.
    captured: Option<Mutex<Vec<u8>>>,
}

impl Diagnostics {
    /// Diagnostics that go to standard error.
    #[must_use]
    pub fn new(invocation: &Invocation) -> Self {
        let prog = invocation.prog().to_vec();
        let base = base_of(&prog);
        Self {
            prog,
            base,
            code: AtomicU8::new(0),
            stderr_failed: AtomicBool::new(false),
            broken_pipe: AtomicBool::new(false),
            progress: OnceLock::new(),
            captured: None,
        }
    }

    /// Diagnostics that are kept: for tests of tools. [`Diagnostics::captured`] gives them.
    #[must_use]
    pub fn capturing(invocation: &Invocation) -> Self {
        Self { captured: Some(Mutex::default()), ..Self::new(invocation) }
    }

    /// What was reported so far, if this was made by [`Diagnostics::capturing`].
    #[must_use]
    pub fn captured(&self) -> Vec<u8> {
        let lines =
            self.captured.as_ref().map(|lines| lines.lock().unwrap_or_else(PoisonError::into_inner).clone());
        lines.unwrap_or_default()
    }

    /// The program's name as it was called, which is how prompts and complaints about unknown options show it.
    #[must_use]
    pub fn prog(&self) -> &[u8] {
        &self.prog
    }

    /// From now on, diagnostics are printed above this bar. The first bar stays.
    pub fn attach(&self, progress: &Progress) {
        self.progress.get_or_init(|| progress.clone());
    }

    /// Prints `PROG: FAULT` and makes the exit status the fault's. The first one decides. What is deadly is not printed:
    /// [`finish`] dies of it.
    pub fn report(&self, fault: &Fault) {
        self.fail(fault.code);
        if fault.deadly {
            self.broken_pipe.store(true, Ordering::Relaxed);
        } else {
            self.warn(fault.render());
        }
    }

    /// Prints `PROG: TEXT`; the exit status stays. `PROG` is the last component of the name here, as GNU 9.10 has it
    /// (9.1 still showed all of it).
    pub fn warn(&self, text: impl AsRef<[u8]>) {
        self.write(&bytes![self.prog[self.base..], ": ", text, "\n"]);
    }

    /// Prints what the engine did, if that was asked for: a tool's last words.
    pub fn counters(&self, stats: Option<&Stats>, format: Option<StatsFormat>) {
        if let (Some(stats), Some(format)) = (stats, format) {
            self.write(stats.render(format).as_bytes());
        }
    }

    /// Prints what is wrong with the command line and makes the exit status 1.
    pub fn usage(&self, fault: &UsageFault) {
        self.fail(1);
        self.write(&fault.render(&self.prog));
    }

    /// Makes the exit status `code`, unless it is something other than 0 already.
    pub fn fail(&self, code: u8) {
        // It fails when the status is set already: then that one stays, as intended.
        let _ = self.code.compare_exchange(0, code, Ordering::Relaxed, Ordering::Relaxed);
    }

    /// What failed so far does not count: the exit status is 0 again.
    pub fn forgive(&self) {
        self.code.store(0, Ordering::Relaxed);
    }

    /// Whether anything failed so far.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.status() != 0
    }

    /// The exit status so far: 0 or 1.
    #[must_use]
    pub fn status(&self) -> u8 {
        match self.code.load(Ordering::Relaxed) {
            0 => u8::from(self.stderr_failed.load(Ordering::Relaxed)),
            code => code,
        }
    }

    /// Writes bytes to standard error as they are: prompts, tables. Ends no line.
    pub fn write(&self, text: &[u8]) {
        if let Some(lines) = &self.captured {
            lines.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(text);
            return;
        }
        // Standard error is unbuffered: one write(2), more only after a short one or a signal.
        let write = || process::standard(2).and_then(|_| io::stderr().lock().write_all(text));
        let result = match self.progress.get() {
            Some(progress) => progress.suspend(write),
            None => write(),
        };
        if let Err(error) = result {
            if process::is_deadly(&error) {
                process::die_of_sigpipe();
            }
            self.stderr_failed.store(true, Ordering::Relaxed);
        }
    }
}

/// Ends a run: takes the progress bar away and gives the exit status; or dies of `SIGPIPE`, if it came to that. A process
/// that dies with a ring has its files open for a while longer, so it is done here, where all rings are gone.
#[must_use]
pub fn finish(diagnostics: &Diagnostics) -> ExitCode {
    if let Some(progress) = diagnostics.progress.get() {
        progress.finish();
    }
    if diagnostics.broken_pipe.load(Ordering::Relaxed) {
        process::die_of_sigpipe();
    }
    ExitCode::from(diagnostics.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostics() -> Diagnostics {
        Diagnostics::capturing(&Invocation::from_argv0(Some("/bin/cat".into()), "ucat"))
    }

    #[test]
    fn lines_and_status() {
        let diag = diagnostics();
        diag.warn("warning: careful");
        assert!(!diag.failed());
        diag.report(&Fault::file("x", io::Error::from_raw_os_error(libc::ENOENT)));
        assert_eq!(diag.status(), 1);
        assert_eq!(diag.captured(), b"cat: warning: careful\ncat: x: No such file or directory\n");
    }

    #[test]
    fn a_failing_stderr_makes_the_status_1() {
        let diag = diagnostics();
        diag.stderr_failed.store(true, Ordering::Relaxed);
        assert_eq!(diag.status(), 1);
    }

    #[test]
    fn can_be_shared_by_threads() {
        fn shared<T: Send + Sync>(_: &T) {}
        shared(&diagnostics());
    }
}
