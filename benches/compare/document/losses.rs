//! Where somebody is faster, and which promises were not kept: computed from the results, so that nobody forgets one.

use super::super::table;
use super::markdown::{bullet, paragraph};
use super::results::{Entrant, Measured, Ratio, Results, display};

/// Below this we have lost: what is nearer to 1 than that is a tie. Two runs of the same command differ by as much.
pub const TIE: f64 = 0.97;

/// Who is faster than our command in a row, by how much.
pub fn of(row: &Measured) -> Vec<(&Entrant, Ratio)> {
    let Some(ours) = row.ours().filter(|_| row.has_ratios()) else { return Vec::new() };
    let faster = row.others().filter_map(|other| Some((other, ours.ratio_to(other)?)));
    faster.filter(|(_, ratio)| ratio.median < TIE).collect()
}

/// The two sections.
pub fn sections(all: &[Results]) -> String {
    where_we_lose(all) + &missed(all)
}

fn where_we_lose(all: &[Results]) -> String {
    let mut text = String::from("## Where we lose, and why\n\n");
    text += &paragraph(&format!(
        "All rows in which some other command was faster than ours, by the median; what is nearer than {TIE:.2} is \
         taken for a tie. In brackets the least and the most of the rounds: where these lie on both sides of 1, another \
         run may well say something else."
    ));
    let mut none = true;
    for results in all {
        for (name, row) in results.measured() {
            let faster = of(row);
            if faster.is_empty() {
                continue;
            }
            none = false;
            let who: Vec<String> = faster.iter().map(|(who, ratio)| named(row, who, *ratio)).collect();
            let why = row.because.as_deref().unwrap_or("Not yet understood.");
            let command = results.command();
            text += &bullet(&format!("**`{command}`, {name}** ({}): {}. {why}", row.about, who.join(", ")));
        }
    }
    if none {
        text += "- Nowhere.\n";
    }
    text + "\n"
}

/// Who it is, by how much, and whether for less.
fn named(row: &Measured, who: &Entrant, ratio: Ratio) -> String {
    let less = row.notes.iter().any(|note| note.starts_with(&format!("{} does less", who.label)));
    let less = if less { ", which does less" } else { "" };
    format!("{} {}{less}", display(&who.label), spread(ratio))
}

/// A ratio with the least and the most of the rounds.
fn spread(ratio: Ratio) -> String {
    let [median, low, high] = [ratio.median, ratio.low, ratio.high].map(table::ratio);
    format!("{median} ({} to {high})", low.trim_end_matches('x'))
}

fn missed(all: &[Results]) -> String {
    let mut text = String::from("## Promises that were not kept\n\n");
    text += &paragraph(
        "Rows may promise how many times as fast as somebody we are, or how much memory we take at most. The numbers \
         are aims, and are not lowered to what was measured. These were missed:",
    );
    let mut none = true;
    for results in all {
        for (name, row) in results.measured() {
            for target in row.targets.iter().filter(|target| target.missed()) {
                none = false;
                let promise = target.promise.replace("gnu-", "GNU ");
                text += &bullet(&format!("{name}: {promise}. It was {}.", target.written()));
            }
        }
    }
    if none {
        text += "- None.\n";
    }
    text + "\n"
}
