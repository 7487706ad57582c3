//! The command, from its options to its end.

use std::io;

use ringutils::cli::{self, Diagnostics, Fault};
use ringutils::io::Session;
use ringutils::ring::Config;
use ringutils::sys::{self, SignalFd};

use crate::ends::Ends;
use crate::flow::Flow;
use crate::meter::{self, Meter};
use crate::options::Options;
use crate::pump;
use crate::stop::Stop;
use crate::watch;

/// Runs the command; failures are in `diagnostics`.
pub fn run(options: &Options, diagnostics: &Diagnostics) {
    let config = Config { chains: true, ..options.shared.ring.clone() };
    let session = match Session::new(config) {
        Ok(session) => session,
        Err(error) => return diagnostics.report(&Fault::no_ring(error)),
    };
    let signal = match options.watch {
        Some(wanted) => watch::watch(wanted, options, &session, diagnostics),
        None => {
            Ends::open(options, diagnostics).and_then(|ends| move_all(options, &session, diagnostics, ends))
        }
    };
    diagnostics.counters(session.stats().as_ref(), session.config().stats);
    if let Some(signal) = signal {
        sys::die_of(signal);
    }
}

/// The signal that ended it, if one did.
fn move_all(options: &Options, session: &Session, diagnostics: &Diagnostics, ends: Ends) -> Option<i32> {
    let shown = meter::beside(&options.meter, &ends.outputs);
    let meter = Meter::new(&shown, diagnostics, total(options, &ends));
    // Opening a FIFO may take for ever: until here signals did what they always do.
    let signals = SignalFd::new(&[libc::SIGINT, libc::SIGUSR1]).unwrap_or(None);
    let works = pump::works(options, &ends.input, &ends.outputs);
    let limit = limit(options, &ends);
    let flow = Flow::new((session, options, diagnostics), &meter, signals, limit, works);
    let result = flow.run(async {
        let moved = pump::all(&flow, &ends).await;
        // What did arrive is made sure of, unless it shall end at once.
        match moved {
            Err(Stop::Signal(_) | Stop::Output(_)) => {}
            _ if options.sync => ends.sync(&flow).await?,
            _ => {}
        }
        moved
    });
    flow.finish();
    meter.finish();
    match result {
        Ok(()) => check_size(options, diagnostics, &ends, meter.bytes(), limit),
        Err(Stop::Signal(signal)) => {
            diagnostics.write(&meter.totals());
            return Some(signal);
        }
        Err(Stop::Input(error)) => diagnostics.report(&ends.input.fault(error)),
        Err(Stop::Output(error)) => report_output(diagnostics, &ends, error),
        Err(Stop::Told) => {}
    }
    ends.close(diagnostics);
    None
}

/// Bytes to move at most.
fn limit(options: &Options, ends: &Ends) -> u64 {
    let size = if options.stop_at_size { options.size.or(ends.expected) } else { None };
    options.count.unwrap_or(u64::MAX).min(size.unwrap_or(u64::MAX))
}

/// Bytes to come, for the meter.
fn total(options: &Options, ends: &Ends) -> Option<u64> {
    let said = options.size.or(ends.expected);
    match (options.count, said) {
        (Some(count), Some(said)) => Some(count.min(said)),
        (count, said) => count.or(said),
    }
}

/// The input is at its end, or there were to be no more bytes.
fn check_size(options: &Options, diagnostics: &Diagnostics, ends: &Ends, moved: u64, limit: u64) {
    let wanted = if limit < u64::MAX { Some(limit) } else { options.size };
    if let Some(wanted) = wanted.filter(|wanted| options.exact && moved < *wanted) {
        let text = format!(": ended after {moved} bytes, not {wanted}");
        diagnostics.report(&Fault::new(cli::bytes![ends.input.shown(), text]));
    }
}

/// The only output failed: a pipe without reader ends as it does for any other command.
fn report_output(diagnostics: &Diagnostics, ends: &Ends, error: io::Error) {
    diagnostics.report(&Fault::writing(ends.outputs[0].shown(), error));
}
