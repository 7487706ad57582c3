//! What the page says about one tool: a chart, and a table of all rows.

use super::super::statistics::median;
use super::super::table;
use super::charts::{self, Bars, Drawn, Group, Role, Series};
use super::markdown::{self, bullet, listed, paragraph, plain};
use super::results::{Entrant, Measured, Ratio, Results, State, display, is_threads};

/// The section of a tool.
pub fn section(results: &Results) -> String {
    let command = results.command();
    let mut text = format!("## `{command}`\n\n");
    text +=
        &format!("![How many times as fast {command} is, row by row](benchmarks/{}.svg)\n\n", results.tool);
    text += &paragraph(&format!(
        "The time of `{command}`, and how many times as long as it the others take: `2.00x` is half as fast. In small \
         figures, the least and the most of the rounds. The last columns are peak memory of `{command}` (and of who took \
         far more), and processor time of `{command}` and of {}, whom the chart compares with.",
        baselines(results)
    ));
    let labels: Vec<&str> = results.labels().into_iter().skip(1).collect();
    let mut titles = vec!["row".to_owned(), "cache".into(), format!("`{command}`")];
    titles.extend(labels.iter().map(|label| display(label)));
    titles.extend(["memory".to_owned(), "processor time".into()]);
    let lines: Vec<Vec<String>> =
        results.measured().map(|(name, row)| line(results, name, row, &labels)).collect();
    text += &markdown::table(&titles, &lines);
    text + &notes(results)
}

/// Whom the chart compares with.
fn baselines(results: &Results) -> String {
    let mut names: Vec<String> = Vec::new();
    for (_, row) in results.measured().filter(|(_, row)| row.has_ratios()) {
        if let Some(name) = row.baseline().map(|other| display(&other.label))
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names.join(", or ")
}

fn line(results: &Results, name: &str, row: &Measured, labels: &[&str]) -> Vec<String> {
    let Some(ours) = row.ours() else { return vec![name.into()] };
    let cache = if row.cold { "cold" } else { "warm" };
    let mut cells = vec![title(results, name, row), cache.into(), row.written(ours.score())];
    for label in labels {
        let other = row.entrants.iter().find(|entrant| entrant.label == *label);
        cells.push(other.map_or_else(String::new, |other| compared(row, ours, other)));
    }
    cells.push(memory(results, row, ours));
    cells.push(processor_time(row, ours));
    cells
}

/// The name, what is done, and what differs from the other rows.
fn title(results: &Results, name: &str, row: &Measured) -> String {
    let mut text = format!("**{name}**<br>{}", plain(&row.about));
    if row.day != results.day || row.version != results.version {
        let day = row.day.as_deref().unwrap_or("on an unknown day");
        let version = row.version.as_deref().unwrap_or("of an unknown version");
        text += &format!(" (measured {day}, ringutils {version})");
    }
    if scaled(row) {
        text += &format!(" (**with {} of the data**)", row.scale);
    }
    text
}

/// Whether these are not the figures that are promised about.
fn scaled(row: &Measured) -> bool {
    (row.scale - 1.0).abs() > f64::EPSILON
}

/// A ratio, or, where there is none, the figure itself.
fn compared(row: &Measured, ours: &Entrant, other: &Entrant) -> String {
    if !row.has_ratios() {
        return row.written(other.score());
    }
    ours.ratio_to(other).map_or_else(|| "-".into(), small_spread)
}

fn small_spread(Ratio { median, low, high }: Ratio) -> String {
    let [median, low, high] = [median, low, high].map(table::ratio);
    format!("{median}<br><sub>{}&nbsp;–&nbsp;{}</sub>", low.trim_end_matches('x'), high.trim_end_matches('x'))
}

/// Peak memory of ours, and of who took far more.
fn memory(results: &Results, row: &Measured, ours: &Entrant) -> String {
    const FAR_MORE: f64 = 4.0;
    let own = own_memory(results, ours);
    let most = row.others().max_by(|a, b| a.peak_kib.total_cmp(&b.peak_kib));
    match most.filter(|most| most.peak_kib > FAR_MORE * ours.peak_kib.max(results.floor_kib)) {
        Some(most) => {
            format!("{own}<br><sub>{}: {}</sub>", display(&most.label), table::memory(most.peak_kib))
        }
        None => own,
    }
}

/// Peak memory; what is below that of the benchmark itself, just before it becomes the command, can't be told.
pub fn own_memory(results: &Results, ours: &Entrant) -> String {
    let floor = results.floor_kib;
    if ours.peak_kib <= floor {
        format!("≤ {}", table::memory(floor))
    } else {
        table::memory(ours.peak_kib)
    }
}

fn processor_time(row: &Measured, ours: &Entrant) -> String {
    let written = |entrant: &Entrant| table::duration(median(&entrant.cpu)).replace(" us", " µs");
    match row.baseline() {
        Some(other) => {
            format!("{}<br><sub>{} {}</sub>", written(ours), display(&other.label), written(other))
        }
        None => written(ours),
    }
}

/// Who did less than was asked for, what could not be measured, and what failed, which has no figures.
fn notes(results: &Results) -> String {
    let mut notes: Vec<(String, Vec<String>)> = Vec::new();
    for row in &results.rows {
        let of_row = match &row.state {
            State::Measured(measured) => measured.notes.iter().map(|note| plain(note)).collect(),
            State::Skipped(why) => vec![format!("not measured: {}", plain(why))],
            State::Failed(why) => vec![format!("**failed**, and so has no figures: {}", plain(why))],
        };
        for note in of_row {
            match notes.iter_mut().find(|(other, _)| *other == note) {
                Some((_, rows)) => rows.push(row.name.clone()),
                None => notes.push((note, vec![row.name.clone()])),
            }
        }
    }
    let mut text = String::new();
    for (note, rows) in notes {
        text += &bullet(&format!("{}: {}.", listed(&rows), note.replace("gnu-", "GNU ")));
    }
    if !text.is_empty() {
        text += "\n";
    }
    text
}

/// All rows, all commands.
pub fn chart(results: &Results) -> Drawn<String> {
    let command = results.command();
    let rows: Vec<(&str, &Measured)> = results.measured().filter(|(_, row)| row.has_ratios()).collect();
    let is_shown = |label: &&str| rows.iter().any(|(_, row)| speed(row, label).is_some());
    let labels: Vec<&str> = results.labels().into_iter().filter(is_shown).collect();
    let role = |label: &str| match label {
        label if label == command => Role::Ours,
        label if is_threads(label) => Role::OursToo,
        _ => Role::Other,
    };
    let name = |label: &str| match role(label) {
        Role::OursToo => format!("{command}, engine=threads"),
        Role::Ours | Role::Other => display(label),
    };
    let usual = usual_baseline(&rows);
    let groups = rows.iter().map(|(name, row)| Group {
        label: match row.baseline() {
            Some(other) if other.label != usual => format!("{name} (to {})", display(&other.label)),
            _ => (*name).to_owned(),
        },
        note: row.about.clone(),
        values: labels.iter().map(|label| speed(row, label)).collect(),
    });
    charts::bars(&Bars {
        title: format!("How many times as fast as {}: {command} and the others", display(&usual)),
        subtitle: format!(
            "{}; medians of the ratios within the rounds. Longer is faster.",
            results.machine.written()
        ),
        axis: "times as fast".into(),
        unit: "x",
        baseline: Some((1.0, display(&usual))),
        groups: groups.collect(),
        series: labels.iter().map(|label| Series { name: name(label), role: role(label) }).collect(),
    })
}

/// Whom most rows are compared with.
fn usual_baseline(rows: &[(&str, &Measured)]) -> String {
    let labels: Vec<&str> = rows.iter().filter_map(|(_, row)| Some(row.baseline()?.label.as_str())).collect();
    let count = |label: &str| labels.iter().filter(|other| **other == label).count();
    // Of as many, the first.
    let usual = labels.iter().rev().max_by_key(|label| count(label));
    usual.map_or_else(|| "the others".into(), |label| (*label).to_owned())
}

/// How many times as fast as the row's baseline somebody else is.
fn speed(row: &Measured, label: &str) -> Option<f64> {
    let baseline = row.baseline().filter(|baseline| baseline.label != label)?;
    let entrant = row.entrants.iter().find(|entrant| entrant.label == label)?;
    entrant.ratio_to(baseline).map(|ratio| ratio.median)
}
