//! What README.md shows: one chart, and where there is more.

use super::charts::{self, Bars, Drawn, Group, Role, Series};
use super::losses;
use super::markdown::paragraph;
use super::page;
use super::results::{Measured, Results, display};

/// Rows that say most, of each kind of work. Some of them we do not win.
const CHART: &[(&str, &str)] = &[
    ("cat", "small-cold"),
    ("cat", "show-all"),
    ("cp", "small-cold"),
    ("cp", "small-ext4"),
    ("cp", "large-warm"),
    ("hash", "small-cold"),
    ("hash", "sha512"),
    ("tail", "small-cold"),
    ("tail", "lines-back"),
    ("splice", "tee"),
];

const BEGIN: &str = "<!-- bench:begin -->\n";
const END: &str = "<!-- bench:end -->";

/// Those that have figures, with what they are results of.
fn chosen(all: &[Results]) -> impl Iterator<Item = (&Results, &Measured)> {
    CHART.iter().filter_map(|(tool, name)| {
        let results = all.iter().find(|results| results.tool == *tool)?;
        Some((results, results.row(name)?))
    })
}

/// The chart.
pub fn overview(all: &[Results]) -> Drawn<String> {
    let newest = newest(all);
    let groups = chosen(all).map(|(results, row)| {
        let speed = |ours| row.baseline().and_then(|other| row_ratio(ours, other));
        Group {
            label: match row.baseline() {
                Some(other) if display(&other.label) != newest => {
                    format!("{}, to {}", results.command(), display(&other.label))
                }
                _ => results.command(),
            },
            note: row.about.clone(),
            values: vec![row.ours().and_then(speed), row.threads().and_then(speed)],
        }
    });
    charts::bars(&Bars {
        title: format!("How many times as fast as {newest}"),
        subtitle: all.first().map_or_else(String::new, |results| results.machine.written()),
        axis: "times as fast".into(),
        unit: "x",
        baseline: Some((1.0, newest.clone())),
        groups: groups.collect(),
        series: vec![
            Series { name: "ringutils".into(), role: Role::Ours },
            Series { name: "ringutils, engine=threads (no io_uring)".into(), role: Role::OursToo },
        ],
    })
}

fn row_ratio(ours: &super::results::Entrant, other: &super::results::Entrant) -> Option<f64> {
    ours.ratio_to(other).map(|ratio| ratio.median)
}

/// Whom most are compared with.
fn newest(all: &[Results]) -> String {
    let first = all.iter().find_map(|results| results.measured().find_map(|(_, row)| row.baseline()));
    first.map_or_else(|| "the others".into(), |other| display(&other.label))
}

/// What is between the marks.
pub fn block(all: &[Results]) -> String {
    let Some(first) = all.first() else { return String::new() };
    let newest = newest(all);
    let rows: usize = all.iter().map(|results| results.measured().count()).sum();
    let lost = all.iter().flat_map(Results::measured).filter(|(_, row)| !losses::of(row).is_empty()).count();
    let caption = paragraph(&format!(
        "Medians of {} interleaved rounds, on {} ({}). [All {rows} rows](docs/benchmarks.md), everybody who took part, and \
         [where we lose, and why](docs/benchmarks.md#where-we-lose-and-why): in {lost} rows somebody is faster. `cargo bench \
         --bench compare` repeats it.",
        page::between(all.iter().flat_map(page::rounds)),
        first.machine.written(),
        page::between(all.iter().flat_map(page::each_day)),
    ));
    format!("![How many times as fast as {newest}, in ten rows](docs/benchmarks/overview.svg)\n\n{caption}")
}

/// Puts the block between the marks.
pub fn with_block(text: &str, block: &str) -> Drawn<String> {
    let (before, rest) = text.split_once(BEGIN).ok_or("no bench:begin in README.md")?;
    let (_, after) = rest.split_once(END).ok_or("no bench:end in README.md")?;
    Ok(format!("{before}{BEGIN}{block}{END}{after}"))
}
