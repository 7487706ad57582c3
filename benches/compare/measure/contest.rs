//! One row: everybody's result is checked, then everybody is timed in turns.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use ringutils::ring::{Config, EngineChoice, Pool, Ring};

use super::follow::Following;
use super::loops;
use super::pipeline::{Outcome, Sample, Stage};
use crate::contender::{Contender, Side};
use crate::data::Store;
use crate::kernel;
use crate::machine;
use crate::row::{Follow, Ground, Peer, Row, Setting, Tool, Wiring};
use crate::statistics;
use crate::{Fail, Result};

/// What became of a row.
pub enum Conclusion {
    Measured(Measured),
    /// Not possible here, and why.
    Skipped(String),
}

/// The samples of a row.
pub struct Measured {
    /// Of the input.
    pub bytes: u64,
    /// Of every command, the same.
    pub outcome: Outcome,
    pub entrants: Vec<Entrant>,
    /// Who does not take part, and who does less than was asked for.
    pub notes: Vec<String>,
}

/// A command with its samples, one a round.
pub struct Entrant {
    pub contender: Contender,
    pub samples: Vec<Sample>,
}

impl Entrant {
    /// One quantity of all rounds.
    pub fn series(&self, quantity: impl Fn(&Sample) -> f64) -> Vec<f64> {
        self.samples.iter().map(quantity).collect()
    }

    /// Processor time of the command itself, of all rounds.
    pub fn cpu(&self) -> Vec<f64> {
        self.series(|sample| sample.cpu)
    }

    /// What is compared, of all rounds.
    pub fn scores(&self) -> Vec<f64> {
        self.series(|sample| sample.score)
    }
}

impl Measured {
    /// The entrant of that side, if it took part.
    pub fn entrant(&self, side: Side) -> Option<&Entrant> {
        self.entrants.iter().find(|entrant| entrant.contender.side == side)
    }
}

/// Why a row can't be measured here, if so.
fn obstacle(row: &Row, store: &Store) -> Option<String> {
    if let Wiring::Copy(Ground::Loop(kind) | Ground::Within(kind)) = row.wiring
        && let Some(why) = loops::obstacle(kind)
    {
        return Some(why);
    }
    if let Some(question) = row.question
        && let Some(why) = technique_obstacle(row, question, store.folder(row.data.place()))
    {
        return Some(why);
    }
    if !row.cold {
        return None;
    }
    if !machine::is_root() {
        return Some("a cold run must drop the kernel's caches, which only root may".into());
    }
    let folder = store.folder(row.data.place());
    let kind = machine::file_system(folder);
    matches!(kind.as_str(), "tmpfs" | "ramfs").then(|| {
        format!("{} is {kind}, which is never cold: name another folder with --data", folder.display())
    })
}

/// What a row needs in order not to compare something with its stand-in.
fn technique_obstacle(row: &Row, question: &str, folder: &Path) -> Option<String> {
    let ring = match Ring::new(&Config { engine: EngineChoice::Uring, ..Config::default() }) {
        Ok(ring) => ring,
        Err(why) => return Some(format!("there is no io_uring: {why}")),
    };
    if question == "buffers"
        && let Err(why) = Pool::new(1 << 20, 4).and_then(|pool| ring.register(&pool))
    {
        return Some(format!("buffers cannot be registered: {why}"));
    }
    let is_direct = |setting: &Setting| setting.list.split(',').any(|item| item == "direct");
    if row.settings.iter().any(is_direct) {
        let file = folder.join("direct");
        let mut how = OpenOptions::new();
        let opened = how.write(true).create(true).truncate(true).custom_flags(libc::O_DIRECT).open(&file);
        let _ = fs::remove_file(&file); // not there if it was refused
        return opened.err().map(|why| format!("{} has no O_DIRECT: {why}", folder.display()));
    }
    None
}

/// Who takes part in a row, with its options, and notes about those who can't.
fn entrants(tool: &Tool, row: &Row, field: &[Contender], scale: f64) -> (Vec<Contender>, Vec<String>) {
    // Without a ring to choose, it is the same command twice.
    let settings = row.settings.iter().filter(|&&setting| !(row.blocked && setting == Setting::THREADS));
    let ours = settings.flat_map(|&setting| field.iter().filter(move |c| c.side == Side::Ours(setting)));
    let takes_part = |contender: &&Contender| match contender.side {
        Side::Ours(_) => false,
        Side::Peer(peer) => row.peers.contains(&peer),
    };
    let (mut contenders, mut notes) = (Vec::new(), Vec::new());
    for contender in ours.chain(field.iter().filter(takes_part)) {
        match contender.with_options(tool, &row.options) {
            Some(ready) => {
                contenders.push(ready.with_amount(row.amount.map(|amount| amount.words(scale))));
            }
            None => notes.push(format!(
                "not compared: {}, which has nothing like {}",
                contender.label,
                row.options.join(" ")
            )),
        }
    }
    (contenders, notes)
}

/// Runs a row for `rounds` rounds.
pub fn run(
    tool: &Tool,
    row: &Row,
    field: &[Contender],
    store: &Store,
    rounds: usize,
    log: &mut dyn Write,
) -> Result<Conclusion> {
    if let Some(why) = obstacle(row, store) {
        return Ok(Conclusion::Skipped(why));
    }
    let data = store.ready(&row.data)?;
    let stage = Stage::new(row, &data, store)?;
    let (contenders, mut notes) = entrants(tool, row, field, store.scale());
    if let Some(follow) = row.follow {
        let following = Following::new(follow.scaled(store.scale()), &stage, &data, store, row.data.place());
        // Counted once: there is nothing that would vary from round to round.
        let rounds = if matches!(follow, Follow::Idle { .. }) { 1 } else { rounds };
        let entrants = take_turns(row, contenders, rounds, log, &|contender| {
            mean(row.repeat, &mut || following.sample(contender))
        })?;
        return Ok(Conclusion::Measured(Measured {
            bytes: data.bytes,
            outcome: following.outcome(),
            entrants,
            notes,
        }));
    }

    writeln!(log, "{}: checking", row.name)?;
    if row.list {
        stage.write_lists(tool, oracle(&contenders).ok_or("nobody takes part")?)?;
    }
    let outcome = same_outcome(&stage, &contenders, &mut notes)?;
    let one = |contender: &Contender| sample(row, &stage, contender, outcome.bytes);
    // A rate is that of the clock, not of the machine, and takes its time.
    let rounds = if row.rate.is_some() { 1 } else { rounds };
    if row.rate.is_none() {
        for contender in &contenders {
            one(contender)?; // the warm-up
        }
    }
    let entrants = take_turns(row, contenders, rounds, log, &one)?;
    Ok(Conclusion::Measured(Measured { bytes: data.bytes, outcome, entrants, notes }))
}

/// The rounds, each of one sample of everybody.
fn take_turns(
    row: &Row,
    contenders: Vec<Contender>,
    rounds: usize,
    log: &mut dyn Write,
    sample: &dyn Fn(&Contender) -> Result<Sample>,
) -> Result<Vec<Entrant>> {
    let mut entrants: Vec<Entrant> =
        contenders.into_iter().map(|contender| Entrant { contender, samples: Vec::new() }).collect();
    for round in 0..rounds {
        writeln!(log, "{}: round {} of {rounds}", row.name, round + 1)?;
        for turn in statistics::turn_order(round, entrants.len()) {
            let sample = sample(&entrants[turn].contender)?;
            entrants[turn].samples.push(sample);
        }
    }
    Ok(entrants)
}

/// Whose result the others' is held against: that of the first GNU command.
fn oracle(contenders: &[Contender]) -> Option<&Contender> {
    contenders.iter().find(|contender| is_reference(contender.side)).or(contenders.first())
}

/// Who decides what is right.
fn is_reference(side: Side) -> bool {
    matches!(side, Side::Peer(Peer::GnuLatest | Peer::System | Peer::B3sum | Peer::Dd | Peer::Cp | Peer::Tee))
}

/// What every command puts out, or who puts out something else than the first GNU command. Peers that only keep less
/// about the files than GNU does are noted: they have less to do.
fn same_outcome(stage: &Stage, contenders: &[Contender], notes: &mut Vec<String>) -> Result<Outcome> {
    let mut outcomes = Vec::new();
    for contender in contenders {
        outcomes.push((contender, stage.check(contender)?));
    }
    let oracle = outcomes.iter().find(|(contender, _)| is_reference(contender.side)).or(outcomes.first());
    let (oracle, expected) = *oracle.ok_or("nobody takes part")?;
    let differs = |(contender, outcome): &(&Contender, Outcome)| {
        let (who, Outcome { bytes, hash, kept }) = (&contender.label, outcome);
        if (*bytes, *hash) != (expected.bytes, expected.hash) {
            return Some(format!("{who} put out {bytes} bytes with hash {hash:016x}"));
        }
        let must_keep = matches!(contender.side, Side::Ours(_)) || is_reference(contender.side);
        (must_keep && *kept != expected.kept).then(|| format!("{who} kept {kept:016x} about the files"))
    };
    let different: Vec<String> = outcomes.iter().filter_map(differs).collect();
    if different.is_empty() {
        let less = outcomes.iter().filter(|(_, outcome)| outcome.kept != expected.kept);
        notes.extend(less.map(|(contender, _)| {
            format!(
                "{} does less: it keeps not all that {} keeps about the files",
                contender.label, oracle.label
            )
        }));
        return Ok(expected);
    }
    let (who, Outcome { bytes, hash, kept }) = (&oracle.label, expected);
    let expected = format!("{who} {bytes} bytes with hash {hash:016x}, keeping {kept:016x}");
    Err(format!("{}, but {expected}", different.join(", ")).into())
}

/// One sample: a run or, where the row repeats, the mean of several.
fn sample(row: &Row, stage: &Stage, contender: &Contender, expected: u64) -> Result<Sample> {
    if row.cold {
        drop_caches()?;
        stage.load_program(contender)?;
    }
    stage.next_sample();
    mean(row.repeat, &mut || stage.time(contender, expected))
}

/// The mean of several runs, and the peak of all.
fn mean(runs: u32, run: &mut dyn FnMut() -> Result<Sample>) -> Result<Sample> {
    let mut sum = Sample { score: 0.0, wall: 0.0, cpu: 0.0, cpu_all: 0.0, peak_kib: 0.0 };
    for _ in 0..runs {
        let run = run()?;
        sum.score += run.score;
        sum.wall += run.wall;
        sum.cpu += run.cpu;
        sum.cpu_all += run.cpu_all;
        sum.peak_kib = sum.peak_kib.max(run.peak_kib);
    }
    let runs = f64::from(runs);
    Ok(Sample {
        score: sum.score / runs,
        wall: sum.wall / runs,
        cpu: sum.cpu / runs,
        cpu_all: sum.cpu_all / runs,
        peak_kib: sum.peak_kib,
    })
}

fn drop_caches() -> Result<()> {
    let control = Path::new("/proc/sys/vm/drop_caches");
    kernel::sync(); // only clean pages can be dropped
    fs::write(control, "3").naming(control)
}
