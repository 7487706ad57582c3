//! Where the meter is seen.

use std::io::{self, Write};
use std::time::Duration;

use ringutils::cli::{Diagnostics, Progress, ProgressWhen, bytes};
use ringutils::sys::process;

use super::reading::Reading;
use crate::options::{MeterOptions, Parts};

/// What nobody chose who does not want something else; too often for a log.
const USUAL: Duration = Duration::from_secs(1);
/// As the other tools.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// See the module.
pub enum Display {
    Off,
    /// On a terminal: lines that are drawn over.
    Drawn(Progress),
    /// Elsewhere: one line after the other, the program's name in front.
    Lines(Vec<u8>),
    /// For scripts, wherever; `named` if there are several to be told apart.
    Numbers {
        named: bool,
    },
}

impl Display {
    /// As the options and standard error have it. Diagnostics are printed above what is drawn.
    pub fn new(options: &MeterOptions, diagnostics: &Diagnostics) -> Self {
        if options.numeric {
            return Self::Numbers { named: false };
        }
        if options.when == ProgressWhen::Never {
            return Self::Off;
        }
        let progress = Progress::drawn();
        if progress.is_on() {
            diagnostics.attach(&progress);
            return Self::Drawn(progress);
        }
        if options.when == ProgressWhen::Always {
            let prog = diagnostics.prog().rsplit(|byte| *byte == b'/').next();
            return Self::Lines(prog.unwrap_or_default().to_vec());
        }
        Self::Off
    }

    /// There may be several lines at a time.
    pub fn of_several(self) -> Self {
        match self {
            Self::Numbers { .. } => Self::Numbers { named: true },
            other => other,
        }
    }

    pub fn is_on(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// How often something is to be shown while bytes are moved: what was asked for, but a log is not filled unasked.
    pub fn interval(&self, options: &MeterOptions) -> Duration {
        match self {
            Self::Lines(_) if options.interval == USUAL => LINE_EVERY,
            _ => options.interval,
        }
    }

    /// Shows one line for each.
    pub fn show(&self, readings: &[Reading<'_>], parts: Parts) {
        match self {
            Self::Drawn(progress) => progress.draw(&drawn(readings, parts)),
            _ => self.print(readings, parts),
        }
    }

    /// Shows them for the last time.
    pub fn leave(&self, readings: &[Reading<'_>], parts: Parts) {
        match self {
            Self::Drawn(progress) => progress.leave(Some(&drawn(readings, parts))),
            _ => self.print(readings, parts),
        }
    }

    /// What was shown last stays.
    pub fn stay(&self) {
        if let Self::Drawn(progress) = self {
            progress.leave(None);
        }
    }

    fn print(&self, readings: &[Reading<'_>], parts: Parts) {
        let mut text = Vec::new();
        for reading in readings {
            match (self, reading.name) {
                (Self::Lines(prog), _) => text.extend(bytes![prog, ": ", reading.line(parts, None), "\n"]),
                (Self::Numbers { named: true }, Some(name)) => {
                    text.extend(bytes![name, ": ", reading.numbers(parts), "\n"]);
                }
                (Self::Numbers { .. }, _) => text.extend(bytes![reading.numbers(parts), "\n"]),
                _ => {}
            }
        }
        // Nobody is waiting for a meter that can't be shown.
        let _ = process::standard(2).and_then(|_| io::stderr().lock().write_all(&text));
    }
}

fn drawn(readings: &[Reading<'_>], parts: Parts) -> Vec<String> {
    let width = Some(Progress::width());
    readings.iter().map(|reading| reading.line(parts, width)).collect()
}
