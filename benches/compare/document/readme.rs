//! What README.md shows: one chart, a dozen rows, and where there is more.

use super::super::table;
use super::charts::{self, Bars, Drawn, Group, Role, Series};
use super::losses;
use super::markdown::{self, paragraph, plain};
use super::page;
use super::results::{Measured, Results, display};
use super::tools;

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

const TABLE: &[(&str, &str)] = &[
    ("cat", "small-cold"),
    ("cat", "pipe"),
    ("cat", "show-all"),
    ("cat", "file-disk"),
    ("cp", "small-cold"),
    ("cp", "small-ext4"),
    ("cp", "large-warm"),
    ("hash", "small-cold"),
    ("hash", "big-sha256-warm"),
    ("hash", "sha512"),
    ("tail", "small-cold"),
    ("tail", "lines-back"),
    ("splice", "tee"),
    ("splice", "tcp"),
];

const BEGIN: &str = "<!-- bench:begin -->\n";
const END: &str = "<!-- bench:end -->";

/// The rows of a list that have figures, with what they are results of.
fn chosen<'a>(
    all: &'a [Results],
    list: &'a [(&str, &str)],
) -> impl Iterator<Item = (&'a Results, &'a Measured)> {
    list.iter().filter_map(|(tool, name)| {
        let results = all.iter().find(|results| results.tool == *tool)?;
        Some((results, results.row(name)?))
    })
}

/// The chart.
pub fn overview(all: &[Results]) -> Drawn<String> {
    let newest = newest(all);
    let groups = chosen(all, CHART).map(|(results, row)| {
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
    let newest = newest(all);
    let mut text =
        format!("![How many times as fast as {newest}, ten rows](docs/benchmarks/overview.svg)\n\n");
    text += &paragraph(&introduction(all, &newest));
    let titles = ["", "ours", newest.as_str(), "ratio", "without io_uring", "best of the others", "memory"];
    let lines: Vec<Vec<String>> =
        chosen(all, TABLE).filter_map(|(results, row)| line(results, row)).collect();
    text += &markdown::table(&titles.map(String::from), &lines);
    let rows: usize = all.iter().map(|results| results.measured().count()).sum();
    let lost = all.iter().flat_map(Results::measured).filter(|(_, row)| !losses::of(row).is_empty()).count();
    text += &paragraph(&format!(
        "All {rows} rows, everybody who took part, and [where we lose, and why](docs/benchmarks.md#where-we-lose-and-why) \
         (in {lost} rows somebody is faster): [docs/benchmarks.md](docs/benchmarks.md). The benchmark makes its own data, \
         checks that all commands put out the same, and says what it ran on:"
    ));
    text + "```text\ncargo bench --bench compare -- cat\n```\n"
}

fn introduction(all: &[Results], newest: &str) -> String {
    let Some(first) = all.first() else { return String::new() };
    format!(
        "Medians of {} interleaved rounds, on {} ({}). The ratio says how many times as long {newest} takes as ours (beside \
         `usplice` it is GNU's `dd`, or `tee`), by the median of the ratios within the rounds; then comes the same of ours \
         without io_uring, and how many times as long as ours the fastest of the others takes.",
        page::between(all.iter().flat_map(page::rounds)),
        first.machine.written(),
        page::between(all.iter().flat_map(page::each_day)),
    )
}

fn line(results: &Results, row: &Measured) -> Option<Vec<String>> {
    let (ours, baseline) = (row.ours()?, row.baseline()?);
    let ratio = |other| row_ratio(ours, other).map_or_else(|| "-".into(), table::ratio);
    // How much longer the baseline takes than we do without a ring.
    let threads = row.threads().and_then(|threads| row_ratio(threads, baseline));
    let others =
        row.others().filter(|other| !other.label.starts_with("gnu-") && other.label != baseline.label);
    let best = others.min_by(|a, b| a.score().total_cmp(&b.score()));
    Some(vec![
        format!("`{}`: {}", results.command(), plain(&row.about)),
        row.written(ours.score()),
        row.written(baseline.score()),
        format!("**{}**", ratio(baseline)),
        threads.map_or_else(String::new, table::ratio),
        best.map_or_else(String::new, |best| format!("{} {}", display(&best.label), ratio(best))),
        tools::own_memory(results, ours),
    ])
}

/// Puts the block between the marks.
pub fn with_block(text: &str, block: &str) -> Drawn<String> {
    let (before, rest) = text.split_once(BEGIN).ok_or("no bench:begin in README.md")?;
    let (_, after) = rest.split_once(END).ok_or("no bench:end in README.md")?;
    Ok(format!("{before}{BEGIN}{block}{END}{after}"))
}
