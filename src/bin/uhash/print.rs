//! Computing: tells each result as its line.

use std::io;
use std::os::unix::ffi::OsStrExt;

use ringutils::cli::{Fault, bytes, fault};

use crate::algorithm::Algorithm;
use crate::digest::Digest;
use crate::hardware;
use crate::item::{Job, Note};
use crate::line;
use crate::options::{Called, Format};
use crate::report::{Out, Reporter};

/// Prints the line of each file.
pub struct Printer {
    called: Called,
    format: Format,
    /// Standard input was not asked for by name.
    implied: bool,
    /// `--debug`: which instructions are used is to be told.
    debug: bool,
    line: Vec<u8>,
}

impl Printer {
    pub fn new(called: Called, format: Format, implied: bool) -> Self {
        Self { called, format, implied, debug: false, line: Vec::new() }
    }

    /// Tells which instructions are used, too, if `debug`.
    pub fn debugging(self, debug: bool) -> Self {
        Self { debug, ..self }
    }
}

impl Reporter for Printer {
    fn file(&mut self, job: &Job, result: io::Result<Digest>, out: &mut Out<'_>) {
        let digest = match result {
            Ok(digest) => digest,
            Err(error) if self.called == Called::B3sum => {
                // Which quotes nothing.
                let text = bytes![job.name.as_bytes(), ": ", fault::reason(&error)];
                return out.fault(&Fault::new(text));
            }
            Err(error) => return out.fault(&Fault::file(&job.name, error)),
        };
        if self.debug {
            for line in hardware::lines(job.algorithm) {
                out.warn(line);
            }
            // For the one it is told with each file, for the other once.
            self.debug = job.algorithm == Algorithm::Crc32b;
        }
        let name = (!self.implied || !job.algorithm.is_number()).then_some(job.name.as_bytes());
        self.line.clear();
        line::push(&mut self.line, &self.format, name, &digest.bytes, digest.len);
        out.print(&self.line);
    }

    fn note(&mut self, note: Note, out: &mut Out<'_>) {
        match note {
            Note::Fault(fault) | Note::Broken(fault) => out.fault(&fault),
            // Lists are checked, not computed.
            Note::List(_) | Note::Misformatted { .. } | Note::ListEnd | Note::Nothing => {}
        }
    }
}
