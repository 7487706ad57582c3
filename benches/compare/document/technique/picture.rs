//! The charts of a question.

use super::super::super::statistics::{maximum, median, minimum, paired_ratios};
use super::super::charts::{self, Bars, Group, Line, Lines, Point, Role, Series};
use super::super::results::{Entrant, Results};
use super::super::{Drawn, Rendered};
use super::answer::{self, Job};
use super::question::{Answer, Growing, Question, Versus};
use super::{FOLDER, circumstances};

/// The files of a question's charts, and what is on them.
pub fn names(question: &Question) -> Vec<(String, String)> {
    let mut names = vec![(format!("{}.svg", question.name), question.title.to_owned())];
    if has_cpu(question) {
        names.push((format!("{}-cpu.svg", question.name), cpu_title(question)));
    }
    names
}

fn has_cpu(question: &Question) -> bool {
    matches!(&question.answer, Answer::Versus(all) if all.iter().any(|one| one.cpu))
}

fn cpu_title(question: &Question) -> String {
    format!("{}: processor time", question.title)
}

pub fn draw(question: &Question, jobs: &[Job], results: &Results) -> Drawn<Vec<Rendered>> {
    let subtitle = circumstances(results, jobs);
    let file = |name: String, text: String| Rendered { path: format!("{FOLDER}/{name}"), text };
    let name = format!("{}.svg", question.name);
    Ok(match &question.answer {
        Answer::Growing(wording) => vec![file(name, growing(question, jobs, wording, subtitle)?)],
        Answer::Versus(all) => {
            let speed = Quantity {
                title: question.title.to_owned(),
                better: "more is better",
                of: answer::times_as_fast,
                what: "times as fast as",
            };
            let mut files = vec![file(name, versus(jobs, all, &speed, &subtitle)?)];
            if has_cpu(question) {
                let cpu = Quantity {
                    title: cpu_title(question),
                    better: "less is better",
                    of: answer::times_the_cpu,
                    what: "times the processor time of",
                };
                files.push(file(format!("{}-cpu.svg", question.name), versus(jobs, all, &cpu, &subtitle)?));
            }
            files
        }
    })
}

/// What bars are about.
struct Quantity {
    title: String,
    better: &'static str,
    what: &'static str,
    /// Of a command, and of the first one.
    of: fn(&Entrant, &Entrant) -> f64,
}

fn versus(jobs: &[Job], all: &[Versus], quantity: &Quantity, subtitle: &str) -> Drawn<String> {
    let first = all.first().map_or("", |one| one.than);
    let series = all.iter().enumerate().map(|(nth, one)| Series {
        name: one.label.into(),
        role: if nth == 0 { Role::Ours } else { Role::Other },
    });
    let value = |job: &Job, one: &Versus| {
        let (_, entrant, first) = answer::pairs(std::slice::from_ref(job), one.label).pop()?;
        Some((quantity.of)(entrant, first)).filter(|value| value.is_finite())
    };
    let group = |job: &Job| Group {
        label: job.phrase.into(),
        note: job.measured.about.clone(),
        values: all.iter().map(|one| value(job, one)).collect(),
    };
    charts::bars(&Bars {
        title: quantity.title.clone(),
        subtitle: subtitle.into(),
        axis: format!("{} {first} ({})", quantity.what, quantity.better),
        unit: "x",
        baseline: Some((1.0, first.into())),
        series: series.collect(),
        groups: jobs.iter().map(group).collect(),
    })
}

fn growing(question: &Question, jobs: &[Job], wording: &Growing, subtitle: String) -> Drawn<String> {
    let line = |job: &Job| {
        let steps = answer::steps(job.measured);
        let point = |(x, entrant): &(f64, &Entrant)| {
            let ratios = paired_ratios(&entrant.scores, &steps[0].1.scores);
            Point { x: *x, y: median(&ratios), low: minimum(&ratios), high: maximum(&ratios) }
        };
        Line { name: job.phrase.into(), points: steps.iter().map(point).collect() }
    };
    charts::lines(&Lines {
        title: question.title.into(),
        subtitle,
        x_axis: wording.axis.into(),
        y_axis: "times as fast as with the least (more is better)".into(),
        steps: wording.steps,
        reference: Some((1.0, "as fast as that".into())),
        lines: jobs.iter().map(line).collect(),
    })
}
