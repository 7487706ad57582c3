//! What a copy has to say, kept until its turn has come.
//!
//! Files are copied at the same time, but are told of in the order in which GNU's cp would have copied them: whoever
//! works on a file writes to the file's [`Log`], and the main thread prints the logs in order.

use ringutils::cli::Fault;

/// A line.
#[derive(Debug)]
pub enum Line {
    /// For standard output, without its line feed.
    Out(Vec<u8>),
    /// A diagnostic that makes the exit status 1.
    Fault(Fault),
    /// One that does not.
    Warning(Vec<u8>),
}

/// It failed, and the log says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed;

/// Lines in order.
#[derive(Debug, Default)]
pub struct Log {
    pub lines: Vec<Line>,
    /// Something failed, with or without a line about it.
    pub failed: bool,
}

impl Log {
    /// A line of standard output.
    pub fn out(&mut self, line: impl Into<Vec<u8>>) {
        self.lines.push(Line::Out(line.into()));
    }

    /// A diagnostic. Returns the mark to return: `return Err(log.fault(…))`.
    pub fn fault(&mut self, fault: Fault) -> Failed {
        self.failed = true;
        self.lines.push(Line::Fault(fault));
        Failed
    }

    /// A diagnostic that is no failure.
    pub fn warn(&mut self, text: impl Into<Vec<u8>>) {
        self.lines.push(Line::Warning(text.into()));
    }

    /// A failure that goes without saying.
    pub fn fail_silently(&mut self) -> Failed {
        self.failed = true;
        Failed
    }

    /// Whether there is nothing to tell.
    pub fn is_silent(&self) -> bool {
        self.lines.is_empty() && !self.failed
    }
}
