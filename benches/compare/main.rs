//! Compares the commands of ringutils with those that people use today, and holds them to what was promised.
//!
//! ```text
//! cargo bench --bench compare -- [TOOL] [ROW]... [--list] [--runs N] [--scale X] [--data DIR] [--ram DIR]
//!                                [--ours PROGRAM] [--json FILE] [--strict] [--report | --render] [--repository DIR]
//! ```
//!
//! A row is a few lines in the file of its tool in [`tools`]; a new tool is such a file, and an entry in [`TOOLS`].
//! Read [`row`] for what a row can say, [`measure`] for how it is run, and [`report`] for what becomes of the samples.
//! [`publish`] keeps them in `docs/benchmarks`, and [`document`] makes the pages from them that people read.
//!
//! The commands of a row take turns (A B C, B C A, …), and ratios are medians of the ratios within each round, so
//! that a machine that is busy for a while disturbs all of them alike. Before anything is timed each command's
//! output is hashed; commands that put out different bytes make the row fail.

mod calendar;
mod contender;
mod data;
mod document;
mod helper;
mod kernel;
mod machine;
mod measure;
mod publish;
mod reading;
mod report;
mod row;
mod session;
mod statistics;
mod table;
mod tools;
mod wrapper;

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use crate::row::{Row, Tool};
use crate::session::Session;
use crate::tools::TOOLS;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Says which file an error is about.
trait Fail<T> {
    fn naming(self, path: &Path) -> Result<T>;
}

impl<T> Fail<T> for io::Result<T> {
    fn naming(self, path: &Path) -> Result<T> {
        self.map_err(|error| format!("{}: {error}", path.display()).into())
    }
}

/// Compares the commands of ringutils with those that people use today.
#[derive(Parser)]
#[command(name = "compare")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct Options {
    /// Only this tool, such as `cat`
    tool: Option<String>,
    /// Only these rows; part of a name is enough
    #[arg(value_name = "ROW")]
    rows: Vec<String>,
    /// List the rows and stop
    #[arg(long)]
    list: bool,
    /// Timed runs of each command
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Size of the data, 1 being what the targets are about
    #[arg(long, value_name = "X", default_value_t = 1.0)]
    scale: f64,
    /// Keep the data of the disk rows here, and use again what is here
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The same for the data of the RAM rows
    #[arg(long, value_name = "DIR")]
    ram: Option<PathBuf>,
    /// Measure this program instead of the one just built (a TOOL must be named)
    #[arg(long, value_name = "PROGRAM", requires = "tool")]
    ours: Option<PathBuf>,
    /// Write everything that was measured to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write what was measured to docs/benchmarks/TOOL.json, and make the pages from all results that are there
    #[arg(long, conflicts_with_all = ["ours", "list"])]
    report: bool,
    /// Measure nothing, and make the pages from the results that are there
    #[arg(long, conflicts_with_all = ["report", "tool", "list", "json"])]
    render: bool,
    /// Where docs and README.md are
    #[arg(long, value_name = "DIR", default_value = env!("CARGO_MANIFEST_DIR"), hide_default_value = true)]
    repository: PathBuf,
    /// A missed target is a failure
    #[arg(long)]
    strict: bool,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let result = if arguments.next().is_some_and(|first| first == helper::FLAG) {
        helper::run(arguments).map(|()| ExitCode::SUCCESS)
    } else if !env::args_os().any(|argument| argument == "--bench") {
        // `cargo test --all-targets` runs benches too, with arguments that are none of ours.
        writeln!(io::stdout(), "compare: run me by `cargo bench --bench compare`")
            .map_err(Into::into)
            .map(|()| ExitCode::SUCCESS)
    } else {
        compare(&Options::parse(), &mut io::stdout(), &mut io::stderr())
    };
    result.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "compare: {error}"); // nobody to tell if that fails
        ExitCode::FAILURE
    })
}

/// Runs what was asked for. Results go to `out`, what is going on to `log`.
fn compare(options: &Options, out: &mut dyn Write, log: &mut dyn Write) -> Result<ExitCode> {
    if options.render {
        return publish::pages(&options.repository, log).map(|()| ExitCode::SUCCESS);
    }
    let plan = plan(options)?;
    if options.list {
        for (tool, rows) in &plan {
            list(tool, rows, out)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    if options.report && cfg!(debug_assertions) {
        return Err("--report is about an optimized build".into());
    }
    if !(options.scale > 0.0 && options.scale.is_finite()) {
        return Err("--scale must be more than 0".into());
    }
    let mut session = Session::new(options, out, log)?;
    for (tool, rows) in &plan {
        session.run(tool, rows)?;
    }
    let all_good = session.conclude()?;
    Ok(if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The tools and rows that were asked for: a whole name before parts of names.
fn plan(options: &Options) -> Result<Vec<(&'static Tool, Vec<Row>)>> {
    let mut plan: Vec<(&Tool, Vec<Row>)> = TOOLS.iter().map(|tool| (tool, (tool.rows)())).collect();
    if let Some(name) = &options.tool {
        plan.retain(|(tool, _)| tool.name == name);
        if plan.is_empty() {
            return Err(format!("no rows for a tool named {name}; --list shows all").into());
        }
    }
    for wanted in &options.rows {
        if !plan.iter().flat_map(|(_, rows)| rows).any(|row| row.name.contains(wanted)) {
            return Err(format!("no row named {wanted}; --list shows all").into());
        }
    }
    for (_, rows) in &mut plan {
        let names: Vec<&str> = rows.iter().map(|row| row.name).collect();
        let matches = |row: &Row, wanted: &String| {
            if names.contains(&wanted.as_str()) { row.name == wanted } else { row.name.contains(wanted) }
        };
        rows.retain(|row| options.rows.is_empty() || options.rows.iter().any(|wanted| matches(row, wanted)));
    }
    Ok(plan)
}

fn list(tool: &Tool, rows: &[Row], out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}", tool.name)?;
    for row in rows {
        writeln!(out, "  {:<18} {}", row.name, row.about)?;
    }
    Ok(())
}
