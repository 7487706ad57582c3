//! Where logs are printed.

use std::io::{self, IsTerminal};

use ringutils::cli::{Diagnostics, Fault, Progress};
use ringutils::sys::{self, process};

use crate::log::{Line, Log};

/// Bytes of standard output that are written together, if it is no terminal.
const TOGETHER: usize = 32 * 1024;

/// Standard output, with a buffer, and diagnostics, which come after what was printed before them.
pub struct Console<'a> {
    diagnostics: &'a Diagnostics,
    progress: &'a Progress,
    out: Vec<u8>,
    by_line: Option<bool>,
    failed: Option<io::Error>,
}

impl<'a> Console<'a> {
    pub fn new(diagnostics: &'a Diagnostics, progress: &'a Progress) -> Self {
        Self { diagnostics, progress, out: Vec::new(), by_line: None, failed: None }
    }

    pub fn print(&mut self, log: Log) {
        for line in log.lines {
            match line {
                Line::Out(line) => self.line(&line),
                Line::Fault(fault) => {
                    self.flush();
                    self.diagnostics.report(&fault);
                }
                Line::Warning(text) => {
                    self.flush();
                    self.diagnostics.warn(text);
                }
            }
        }
        if log.failed {
            self.diagnostics.fail(1);
        }
    }

    fn line(&mut self, line: &[u8]) {
        self.out.extend_from_slice(line);
        self.out.push(b'\n');
        let by_line = *self.by_line.get_or_insert_with(|| io::stdout().is_terminal());
        if by_line || self.out.len() >= TOGETHER {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.out.is_empty() {
            return;
        }
        let write = || process::standard(1).and_then(|fd| sys::write_all(fd, &self.out));
        if let Err(error) = self.progress.suspend(write) {
            if process::is_deadly(&error) {
                process::die_of_sigpipe();
            }
            // Copying goes on; what could not be printed shows in the end.
            self.failed = Some(error);
        }
        self.out.clear();
    }

    /// The last lines, and that some could not be printed. Why is only said of the last ones, as GNU's cp does.
    pub fn finish(mut self) {
        let before = self.failed.take();
        self.flush();
        match (self.failed.take(), before) {
            (Some(error), _) => self.diagnostics.report(&Fault::io("write error", error)),
            // With standard input closed as well, GNU's cp cannot close what never was open.
            (None, Some(error)) if error.raw_os_error() == Some(libc::EBADF) && process::was_closed(0) => {
                self.diagnostics.report(&Fault::io("write error", error));
            }
            (None, Some(_)) => self.diagnostics.report(&Fault::new("write error")),
            (None, None) => {}
        }
    }
}
