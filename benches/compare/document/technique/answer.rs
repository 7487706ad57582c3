//! Conclusions: which words fit the figures.
//!
//! A difference counts if it is [`ENOUGH`], and if the middle half of the rounds agree on which is faster.

use super::super::super::statistics::{median, paired_ratios};
use super::super::charts::Steps;
use super::super::markdown::listed;
use super::super::results::{Entrant, Measured};
use super::question::{Growing, Versus};

/// The least difference that is one.
pub const ENOUGH: f64 = 0.05;

/// A measured row, and what it is in a sentence.
pub struct Job<'a> {
    pub phrase: &'a str,
    pub measured: &'a Measured,
}

/// One command against another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// So many times as fast.
    Faster(f64),
    Same,
    /// It takes so many times as long.
    Slower(f64),
}

/// How fast one is, compared with the other.
pub fn verdict(one: &Entrant, other: &Entrant) -> Verdict {
    let mut ratios = paired_ratios(&one.scores, &other.scores);
    ratios.sort_by(f64::total_cmp);
    let outer = ratios.len() / 4;
    let (Some(&low), Some(&high)) = (ratios.get(outer), ratios.iter().nth_back(outer)) else {
        return Verdict::Same;
    };
    match median(&ratios) {
        times if low > 1.0 && times >= 1.0 + ENOUGH => Verdict::Faster(times),
        times if high < 1.0 && 1.0 / times >= 1.0 + ENOUGH => Verdict::Slower(1.0 / times),
        _ => Verdict::Same,
    }
}

/// Median of how many times as fast as another one, in each round.
pub fn times_as_fast(one: &Entrant, other: &Entrant) -> f64 {
    median(&paired_ratios(&one.scores, &other.scores))
}

/// The same of the processor time it takes.
pub fn times_the_cpu(one: &Entrant, other: &Entrant) -> f64 {
    median(&paired_ratios(&other.cpu, &one.cpu))
}

/// A factor, as it is written.
pub fn factor(number: f64) -> String {
    match number {
        n if n < 2.0 => format!("{n:.2}"),
        n if n < 10.0 => format!("{n:.1}"),
        n => format!("{n:.0}"),
    }
}

/// [`ENOUGH`], as it is written.
pub fn enough() -> String {
    format!("{:.0} %", ENOUGH * 100.0)
}

/// A number that grows, as it is written.
pub fn number(steps: Steps, x: f64) -> String {
    match steps {
        Steps::Counts => format!("{x:.0}"),
        Steps::Bytes if x >= 1_048_576.0 => format!("{:.0} MiB", x / 1_048_576.0),
        Steps::Bytes => format!("{:.0} KiB", x / 1024.0),
    }
}

/// The runs under a setting, and under the first one, of each job.
pub fn pairs<'a>(jobs: &'a [Job<'a>], label: &str) -> Vec<(&'a Job<'a>, &'a Entrant, &'a Entrant)> {
    let pair = |job: &'a Job<'a>| {
        let one = job.measured.entrants.iter().find(|entrant| entrant.setting() == label)?;
        Some((job, one, job.measured.entrants.first()?))
    };
    jobs.iter().filter_map(pair).collect()
}

/// What one setting is good for, and what not.
pub fn versus(jobs: &[Job], wording: &Versus) -> Option<String> {
    let pairs = pairs(jobs, wording.label);
    let (mut faster, mut same, mut slower) = (Vec::new(), Vec::new(), Vec::new());
    for (job, one, first) in &pairs {
        match verdict(one, first) {
            Verdict::Faster(times) => {
                faster.push(format!("{} ({} times as fast)", job.phrase, factor(times)));
            }
            Verdict::Same => same.push(job.phrase.to_owned()),
            Verdict::Slower(times) => {
                slower.push(format!("{} ({} times as long)", job.phrase, factor(times)));
            }
        }
    }
    // Who it is compared with is said once.
    let slower_than = if faster.is_empty() {
        format!("is slower than {} for", wording.than)
    } else {
        "is slower for".into()
    };
    let clauses = [
        (format!("is faster than {} for", wording.than), faster),
        (format!("makes less than {} of difference for", enough()), same),
        (slower_than, slower),
    ];
    let clauses: Vec<String> = clauses
        .into_iter()
        .filter(|(_, phrases)| !phrases.is_empty())
        .map(|(verb, phrases)| format!("{verb} {}", listed(&phrases)))
        .collect();
    if clauses.is_empty() {
        return None;
    }
    let mut text = format!("{} {}", wording.subject, clauses.join("; it "));
    if wording.cpu {
        let cpu = pairs.iter().map(|(_, one, first)| times_the_cpu(one, first));
        let mut cpu: Vec<f64> = cpu.filter(|times| times.is_finite()).collect();
        cpu.sort_by(f64::total_cmp);
        if let (Some(&least), Some(&most)) = (cpu.first(), cpu.last()) {
            let between = match (factor(least), factor(most)) {
                (least, most) if least == most => least,
                (least, most) => format!("{least} to {most}"),
            };
            text += &format!("; it takes {between} times the processor time");
        }
    }
    Some(text)
}

/// What becomes of a row as a number grows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Curve {
    /// Nothing much.
    Flat,
    /// It gets faster up to here, where it is so many times as fast as at first. Whether there is more behind it.
    Rising { to: f64, gain: f64, goes_on: bool },
    /// It gets slower from here on; at the last, which takes so many times as long as the first.
    Falling { after: f64, last: f64, loss: f64 },
    /// The best is from here to there: so many times as fast as the first and the last.
    Peak { from: f64, to: f64, gain: f64, last: f64, loss: f64 },
}

/// The runs by rising number.
pub fn steps(row: &Measured) -> Vec<(f64, &Entrant)> {
    let mut steps: Vec<_> = row.entrants.iter().filter_map(|entrant| Some((entrant.x()?, entrant))).collect();
    steps.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    steps
}

/// Where the best is, among [`steps`].
fn best(steps: &[(f64, &Entrant)]) -> Option<usize> {
    (0..steps.len()).min_by(|&a, &b| steps[a].1.score().total_cmp(&steps[b].1.score()))
}

/// The shape of a row. None of a single run.
pub fn curve(row: &Measured) -> Option<Curve> {
    let steps = steps(row);
    let best = best(&steps)?;
    let is_near = |nth: &usize| !matches!(verdict(steps[*nth].1, steps[best].1), Verdict::Slower(_));
    let last = steps.len().checked_sub(1).filter(|&last| last > 0)?;
    let from = (0..best).rev().take_while(is_near).last().unwrap_or(best);
    let to = (best + 1..=last).take_while(is_near).last().unwrap_or(best);
    let times = |one: usize, other: usize| times_as_fast(steps[one].1, steps[other].1);
    let x = |nth: usize| steps[nth].0;
    Some(match (from == 0, to == last) {
        (true, true) => Curve::Flat,
        (false, true) => Curve::Rising { to: x(from), gain: times(from, 0), goes_on: from < last },
        (true, false) => Curve::Falling { after: x(to), last: x(last), loss: times(0, last) },
        (false, false) => Curve::Peak {
            from: x(from),
            to: x(to),
            gain: times(best, 0),
            last: x(last),
            loss: times(best, last),
        },
    })
}

/// What more of something is good for.
pub fn growing(jobs: &[Job], wording: &Growing) -> Option<String> {
    let written = |x: f64| number(wording.steps, x);
    let (mut clauses, mut flat) = (Vec::new(), Vec::new());
    for job in jobs {
        let first = steps(job.measured).first().map_or(f64::NAN, |(x, _)| *x);
        let clause = match curve(job.measured) {
            None => continue,
            Some(Curve::Flat) => {
                flat.push(job.phrase.to_owned());
                continue;
            }
            Some(Curve::Rising { to, gain, goes_on }) => {
                let gained =
                    format!("{} is {} times as fast as {}", written(to), factor(gain), written(first));
                if goes_on {
                    format!("more than {}{} gains less than {} ({gained})", written(to), wording.of, enough())
                } else {
                    format!("each step gains something, up to the last ({gained})")
                }
            }
            Some(Curve::Falling { after, last, loss }) => {
                let lost =
                    format!("{} takes {} times as long as {}", written(last), factor(loss), written(first));
                format!("more than {}{} only costs time ({lost})", written(after), wording.of)
            }
            Some(Curve::Peak { from, to, gain, last, loss }) => {
                let (from, to) = (written(from), written(to));
                let range = if from == to { from } else { format!("{from} to {to}") };
                format!(
                    "{range}{} is best ({} times as fast as {}, {} times as fast as {})",
                    wording.of,
                    factor(gain),
                    written(first),
                    factor(loss),
                    written(last)
                )
            }
        };
        clauses.push(format!("for {}, {clause}", job.phrase));
    }
    if !flat.is_empty() {
        let flat = listed(&flat);
        clauses.push(format!("for {flat}, {} makes less than {} of difference", wording.what, enough()));
    }
    let mut text = clauses.join("; ");
    let rest = text.get(1..)?.to_owned();
    text.truncate(1);
    Some(text.to_uppercase() + &rest)
}

/// What is to be said of a number that was chosen.
pub fn choice(row: &Measured, chosen: f64) -> Option<String> {
    let steps = steps(row);
    let best = steps[best(&steps)?];
    let (_, chosen) = steps.iter().find(|(x, _)| (x / chosen - 1.0).abs() < 1e-9)?;
    Some(match verdict(chosen, best.1) {
        Verdict::Slower(times) => {
            format!("which here takes {} times as long as the best, `{}`", factor(times), best.1.setting())
        }
        _ => format!("which here is within {} of the best", enough()),
    })
}
