//! The report: from the results in `docs/benchmarks/*.json` to `docs/benchmarks.md`, its charts, and the block in
//! README.md.
//!
//! Pure, from JSON to text, so that the test suite can include this folder, render the committed results again, and
//! compare. [`results`] is what a file of results says, [`merge`] what becomes of it when some rows are measured
//! again; [`page`], [`tools`], [`losses`] and [`readme`] write; [`charts`] draws. [`technique`] has pages of its own.

#![allow(
    clippy::format_push_string,
    reason = "text is put together where it reads best, not where it runs fastest"
)]

pub mod charts;
pub mod merge;
pub mod results;
pub mod technique;

mod losses;
mod markdown;
mod page;
mod readme;
mod tools;

use serde_json::Value;

pub use charts::Drawn;
use results::Results;

/// The tools, in the order in which pages have them.
pub const TOOLS: [&str; 5] = ["cat", "cp", "hash", "tail", "splice"];

/// The page, seen from the top of the repository; its charts and the results are in the folder beside it.
pub const PAGE: &str = "docs/benchmarks.md";
pub const FOLDER: &str = "docs/benchmarks";

/// A file as it should be.
pub struct Rendered {
    /// Seen from the top of the repository.
    pub path: String,
    pub text: String,
}

/// The results of all tools for which there is a file; `load` gives what is in the file of a tool.
pub fn read_all(load: &mut dyn FnMut(&str) -> Drawn<Option<Value>>) -> Drawn<Vec<Results>> {
    let mut all = Vec::new();
    for tool in TOOLS {
        if let Some(file) = load(tool)? {
            all.push(Results::read(tool, &file)?);
        }
    }
    Ok(all)
}

/// The page and its charts.
pub fn render(all: &[Results]) -> Drawn<Vec<Rendered>> {
    let mut files = vec![Rendered { path: PAGE.into(), text: page::render(all) }];
    let overview = readme::overview(all)?;
    files.push(Rendered { path: format!("{FOLDER}/overview.svg"), text: overview });
    for results in all {
        files.push(Rendered { path: chart_path(&results.tool), text: tools::chart(results)? });
    }
    Ok(files)
}

/// README.md with the block between the marks as it should be.
pub fn readme(text: &str, all: &[Results]) -> Drawn<String> {
    readme::with_block(text, &readme::block(all))
}

fn chart_path(tool: &str) -> String {
    format!("{FOLDER}/{tool}.svg")
}
