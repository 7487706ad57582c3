//! The run: who finds, who computes, who tells.

use std::ffi::OsString;
use std::io;

use ringutils::cli::{Diagnostics, Fault, Progress};
use ringutils::io::{Session, expected_bytes, first_in_folders};
use ringutils::sys::{self, Kind};

use crate::check::list::Lists;
use crate::check::report::reporter;
use crate::crew::Crew;
use crate::feed::{Counted, Operands, Recursive, Source};
use crate::names::Names;
use crate::options::{Input, Options, Task};
use crate::order::Order;
use crate::print::Printer;
use crate::report::{Out, Reporter};

/// Does what was asked for; failures are in `diagnostics`.
pub fn run(options: Options, diagnostics: &Diagnostics) {
    let config = options.shared.ring.clone();
    let session = match Session::new(config.clone()) {
        Ok(session) => session,
        Err(error) => return diagnostics.report(&Fault::no_ring(error)),
    };
    let progress = Progress::new(options.shared.progress, diagnostics.prog(), None);
    diagnostics.attach(&progress);
    // What is in lists, and in files of names, is not looked up beforehand.
    if progress.is_on()
        && let (Task::Compute(_), None) = (&options.task, &options.input.files0_from)
        && let Some(bytes) = expected_bytes(&options.input.files)
    {
        progress.set_total(bytes, Some(options.input.files.len() as u64));
    }
    // The files are to be closed before it kills: see `cli::finish`.
    sys::ignore_sigpipe();
    let output = output();
    let folders = first_in_folders(options.input.files.iter().map(OsString::as_os_str));
    let mut reads_stdin = options.input.files.iter().any(|name| name == "-");
    let stats = match parts(options, output) {
        Ok((source, reporter)) => {
            let order = Order::new(reporter, Out::new(diagnostics));
            let crew = Crew::new(source, &order, &progress, config.clone(), output, folders);
            let stats = crew.run(session);
            reads_stdin |= crew.has_read_stdin();
            if let Err(error) = order.finish() {
                progress.finish();
                return diagnostics.report(&Fault::writing("write error", error));
            }
            stats
        }
        Err(fault) => return diagnostics.report(&fault),
    };
    progress.finish();
    if reads_stdin && sys::process::was_closed(0) {
        let error = io::Error::from_raw_os_error(libc::EBADF);
        diagnostics.report(&Fault::io("standard input", error));
    }
    diagnostics.counters(stats.as_ref(), config.stats);
}

/// The file that standard output is.
fn output() -> Option<(u64, u64)> {
    let stat = sys::fstat(sys::process::standard(1).ok()?).ok()?;
    (stat.kind == Kind::Regular).then_some(stat.identity)
}

/// Who finds, and who tells.
type Parts = (Box<dyn Source>, Box<dyn Reporter>);

fn parts(options: Options, output: Option<(u64, u64)>) -> Result<Parts, Fault> {
    let format = match &options.task {
        Task::Compute(format) => format.clone(),
        Task::Verify(verify) => {
            let files = options.input.files;
            let reporter = reporter(verify, files.len());
            return Ok((Box::new(Counted::new(Lists::new(verify, files))), reporter));
        }
    };
    let algorithm = format.algorithm;
    let reporter =
        Box::new(Printer::new(options.called, format, options.input.implied).debugging(options.debug));
    let Input { files, files0_from, recursive, .. } = options.input;
    let source: Box<dyn Source> = match (files0_from, recursive) {
        (None, false) => Box::new(Counted::new(Operands::new(files, algorithm))),
        (None, true) => Box::new(Recursive::new(Operands::new(files, algorithm), algorithm, output)),
        (Some(list), false) => Box::new(Counted::new((Names::open(list)?, algorithm))),
        (Some(list), true) => Box::new(Recursive::new((Names::open(list)?, algorithm), algorithm, output)),
    };
    Ok((source, reporter))
}
