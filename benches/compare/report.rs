//! What is said about a row: a table for people, and everything as JSON.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::contender::Side;
use crate::measure::contest::{Entrant, Measured};
use crate::row::{self, Follow, Ground, Peer, Rival, Row, Setting, Target, Tool, Wiring};
use crate::statistics::{maximum, median, minimum, paired_ratios};
use crate::table::{self, Table};

/// A promise, held against what was measured.
pub struct Verdict {
    /// In words.
    promise: String,
    quantity: Quantity,
    limit: f64,
    /// `None` where there was nobody to compare with.
    found: Option<f64>,
}

/// What a promise is about, and so which side of the limit is the good one.
#[derive(Clone, Copy)]
enum Quantity {
    /// How many times as fast: at least.
    Ratio,
    /// Peak memory: at most.
    Kib,
    /// Wake-ups: at most.
    Count,
    /// Off what was asked for: at most.
    Percent,
}

impl Verdict {
    /// Whether the promise was kept, if that is known. Judged as it is shown, with two decimals.
    pub fn kept(&self) -> Option<bool> {
        let found = self.found?;
        Some(match self.quantity {
            Quantity::Ratio => (found * 100.0).round() >= (self.limit * 100.0).round(),
            Quantity::Kib | Quantity::Count | Quantity::Percent => found <= self.limit,
        })
    }

    fn word(&self) -> &'static str {
        match self.kept() {
            Some(true) => "ok",
            Some(false) => "MISSED",
            None => "UNKNOWN",
        }
    }

    fn line(&self) -> Vec<String> {
        let found = match (self.found, self.quantity) {
            (None, _) => "not measured".into(),
            (Some(found), Quantity::Ratio) => table::ratio(found),
            (Some(found), Quantity::Kib) => table::memory(found),
            (Some(found), Quantity::Count) => table::count(found),
            (Some(found), Quantity::Percent) => table::percent(found),
        };
        vec![self.promise.clone(), found, self.word().into()]
    }

    fn json(&self) -> Value {
        let unit = match self.quantity {
            Quantity::Ratio => "times as fast",
            Quantity::Kib => "KiB",
            Quantity::Count => "times",
            Quantity::Percent => "percent",
        };
        json!({
            "promise": self.promise,
            "limit": self.limit,
            "found": self.found,
            "unit": unit,
            "verdict": self.word(),
        })
    }
}

/// Judges the row's targets, and the limit of memory that holds for every row.
pub fn verdicts(tool: &Tool, row: &Row, measured: &Measured) -> Vec<Verdict> {
    let targets = row.targets.iter().map(|target| judge(target, measured));
    let ours = || measured.entrants.iter().filter(|entrant| matches!(entrant.contender.side, Side::Ours(_)));
    let counts =
        row.at_most.into_iter().flat_map(|limit| ours().map(move |entrant| judge_count(row, limit, entrant)));
    targets.chain(counts).chain(ours().map(|entrant| judge_memory(tool, entrant))).collect()
}

/// The one that a promise is about, if it took part.
fn rival(against: Rival, measured: &Measured) -> Option<&Entrant> {
    match against {
        Rival::One(peer) => measured.entrant(Side::Peer(peer)),
        Rival::BestOf(peers) => peers
            .iter()
            .filter_map(|&peer| measured.entrant(Side::Peer(peer)))
            .min_by(|a, b| median(&a.scores()).total_cmp(&median(&b.scores()))),
    }
}

fn judge(target: &Target, measured: &Measured) -> Verdict {
    let ours = measured.entrant(Side::Ours(target.ours));
    let name = ours.map_or("ours", |ours| &ours.contender.label);
    let other = rival(target.against, measured);
    let against = match (target.against, other) {
        (Rival::One(_), Some(other)) => other.contender.label.clone(),
        (Rival::One(peer), None) => peer.to_string(),
        (Rival::BestOf(_), Some(other)) => format!("{}, the best of the others", other.contender.label),
        (Rival::BestOf(_), None) => "the best of the others".into(),
    };
    let limit = table::ratio(target.at_least);
    let (promise, of): (_, fn(&Entrant) -> Vec<f64>) = match target.of {
        row::Quantity::Score => (format!("{name}: at least {limit} {against}"), Entrant::scores),
        row::Quantity::Cpu => (format!("{name}: processor time, at least {limit} {against}"), Entrant::cpu),
    };
    let found = ours.zip(other).map(|(ours, other)| median(&paired_ratios(&of(ours), &of(other))));
    Verdict { promise, quantity: Quantity::Ratio, limit: target.at_least, found }
}

fn judge_count(row: &Row, limit: f64, entrant: &Entrant) -> Verdict {
    let (quantity, most) = match row.rate {
        Some(_) => (Quantity::Percent, format!("{} off the rate", table::percent(limit))),
        None => (Quantity::Count, format!("{} wake-ups", table::count(limit))),
    };
    Verdict {
        promise: format!("{}: at most {most}", entrant.contender.label),
        quantity,
        limit,
        found: Some(maximum(&entrant.scores())),
    }
}

fn judge_memory(tool: &Tool, entrant: &Entrant) -> Verdict {
    let limit = f64::from(tool.peak_limit_mib) * 1024.0;
    Verdict {
        promise: format!("{}: at most {}", entrant.contender.label, table::memory(limit)),
        quantity: Quantity::Kib,
        limit,
        found: Some(maximum(&entrant.series(|sample| sample.peak_kib))),
    }
}

/// Those that a column of ratios is shown for: every GNU, and who else is named in a target.
fn yardsticks<'a>(row: &Row, measured: &'a Measured) -> Vec<&'a Entrant> {
    if row.at_most.is_some() {
        return Vec::new(); // nothing is no multiple of anything
    }
    if row.question.is_some() {
        return measured.entrants.iter().take(1).collect();
    }
    let rivals: Vec<Side> = row
        .targets
        .iter()
        .filter_map(|target| rival(target.against, measured))
        .map(|entrant| entrant.contender.side)
        .collect();
    let is_yardstick = |entrant: &&Entrant| match entrant.contender.side {
        Side::Ours(_) => false,
        side @ Side::Peer(peer) => matches!(peer, Peer::GnuLatest | Peer::System) || rivals.contains(&side),
    };
    measured.entrants.iter().filter(is_yardstick).collect()
}

/// Prints a measured row.
pub fn print(tool: &Tool, row: &Row, measured: &Measured, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}: {}", row.name, row.about)?;
    writeln!(out, "  {}", circumstances(row, measured))?;
    for note in &measured.notes {
        writeln!(out, "  NOTE: {note}")?;
    }
    let yardsticks = yardsticks(row, measured);
    let mut table = Table::default();
    let titles = ["command", "min", "median"].map(String::from).into_iter();
    let ratios = yardsticks.iter().map(|entrant| format!("x {}", entrant.contender.label));
    let rest = ["speed", "peak mem", "cpu", "cpu all"].map(String::from);
    table.line(titles.chain(ratios).chain(rest).collect());
    for entrant in &measured.entrants {
        table.line(line(row, entrant, &yardsticks, measured.bytes));
    }
    write!(out, "{}", table.render())?;
    let mut table = Table::default();
    for verdict in verdicts(tool, row, measured) {
        table.line(verdict.line());
    }
    write!(out, "{}", table.render())
}

/// What went in and out, and what is compared, if that is not how long it took.
fn circumstances(row: &Row, measured: &Measured) -> String {
    let rounds = measured.entrants.first().map_or(0, |entrant| entrant.samples.len());
    let (bytes, out) = (measured.bytes, measured.outcome.bytes);
    if let Some(follow) = row.follow {
        return format!("{}; {out} bytes of lines out, {rounds} rounds", follow.compared());
    }
    if let Some(rate) = row.rate {
        return format!("how far off {rate} bytes a second; {bytes} bytes in, {out} out, {rounds} rounds");
    }
    let cache = if row.cold { "cold" } else { "warm" };
    format!("{bytes} bytes in, {out} out, {cache}, {rounds} rounds")
}

#[expect(clippy::cast_precision_loss, reason = "for a rate with three digits")]
fn line(row: &Row, entrant: &Entrant, yardsticks: &[&Entrant], bytes: u64) -> Vec<String> {
    let scores = entrant.scores();
    let middle = median(&scores);
    let mut cells = vec![entrant.contender.label.clone()];
    let shown = match row {
        Row { follow: Some(Follow::Idle { .. }), .. } => table::count,
        Row { rate: Some(_), .. } => table::percent,
        _ => table::duration,
    };
    cells.extend([minimum(&scores), middle].map(shown));
    for yardstick in yardsticks {
        cells.push(table::ratio(median(&paired_ratios(&scores, &yardstick.scores()))));
    }
    cells.push(if row.follow.is_some() || row.rate.is_some() {
        "-".into()
    } else {
        table::rate(bytes as f64, middle)
    });
    cells.push(table::memory(maximum(&entrant.series(|sample| sample.peak_kib))));
    cells.push(table::duration(median(&entrant.series(|sample| sample.cpu))));
    cells.push(table::duration(median(&entrant.series(|sample| sample.cpu_all))));
    cells
}

/// Everything about a measured row.
pub fn json(tool: &Tool, row: &Row, measured: &Measured) -> Value {
    let commands: Vec<Value> =
        measured.entrants.iter().map(|entrant| entrant_json(entrant, measured)).collect();
    let targets: Vec<Value> = verdicts(tool, row, measured).iter().map(Verdict::json).collect();
    json!({
        "tool": tool.name,
        "row": row.name,
        "about": row.about,
        "question": row.question,
        "called": row.called,
        "options": row.options,
        "wiring": wiring(row.wiring),
        "compared": match (row.follow, row.rate) {
            (Some(follow), _) => follow.compared(),
            (None, Some(_)) => "percent off the rate",
            (None, None) => "wall time",
        },
        "cold": row.cold,
        "io_uring_blocked": row.blocked,
        "because": row.because,
        "notes": measured.notes,
        "runs_per_sample": row.repeat,
        "input_bytes": measured.bytes,
        "output_bytes": measured.outcome.bytes,
        "output_hash": format!("{:016x}", measured.outcome.hash),
        "commands": commands,
        "targets": targets,
    })
}

fn wiring(wiring: Wiring) -> String {
    match wiring {
        Wiring::Null => "to /dev/null".into(),
        Wiring::Wc => "into wc -c".into(),
        Wiring::Discard => "into a pipe that is spliced to /dev/null".into(),
        Wiring::PipeToPipe => "from a pipe to a pipe".into(),
        Wiring::File(_) => "to a new file".into(),
        Wiring::Socket => "into a Unix socket".into(),
        Wiring::Tcp => "into a TCP socket".into(),
        Wiring::Fan(_) => "from a pipe to four pipes and a new file".into(),
        Wiring::Copy(Ground::Place(_)) => "to a name that is free".into(),
        Wiring::Copy(Ground::Loop(kind)) => format!("to a fresh {} on a loop device in RAM", kind.name()),
        Wiring::Copy(Ground::Within(kind)) => {
            format!("within a fresh {} on a loop device in RAM", kind.name())
        }
    }
}

fn entrant_json(entrant: &Entrant, measured: &Measured) -> Value {
    let walls = entrant.series(|sample| sample.wall);
    let scores = entrant.scores();
    let peers = measured.entrants.iter().filter(|other| matches!(other.contender.side, Side::Peer(_)));
    let ratio = |other: &Entrant| {
        let ratios = paired_ratios(&scores, &other.scores());
        let summary = json!({ "median": median(&ratios), "min": minimum(&ratios), "max": maximum(&ratios) });
        (other.contender.label.clone(), summary)
    };
    json!({
        "command": entrant.contender.label,
        "setting": entrant.contender.setting().map(|setting| setting.label),
        "list": entrant.contender.setting().map(|setting| setting.list),
        "x": entrant.contender.setting().and_then(Setting::number),
        "words": entrant.contender.command_line(),
        "compared": scores,
        "wall_s": walls,
        "wall_min_s": minimum(&walls),
        "wall_median_s": median(&walls),
        "cpu_s": entrant.series(|sample| sample.cpu),
        "cpu_with_pipeline_s": entrant.series(|sample| sample.cpu_all),
        "peak_rss_kib": maximum(&entrant.series(|sample| sample.peak_kib)),
        "paired_ratio_to": peers.map(ratio).collect::<serde_json::Map<_, _>>(),
    })
}
