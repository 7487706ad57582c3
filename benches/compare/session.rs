//! One run of the benchmark, from who takes part to what is written at the end.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::contender::{self, Contender, Field};
use crate::data::{Place, Store};
use crate::machine;
use crate::measure::contest::{self, Conclusion};
use crate::publish;
use crate::report;
use crate::row::{Row, Tool};
use crate::table;
use crate::{Fail, Options, Result};

/// What was asked for, where things go, and what has been found out so far.
pub struct Session<'a> {
    options: &'a Options,
    out: &'a mut dyn Write,
    log: &'a mut dyn Write,
    store: Store,
    failed: usize,
    skipped: usize,
    missed: usize,
    unknown: usize,
    rows: Vec<Value>,
    commands: Vec<Value>,
    /// Tool, and who did not take part.
    absent: Vec<(&'static str, String)>,
}

impl<'a> Session<'a> {
    /// Makes the folders for the data.
    pub fn new(options: &'a Options, out: &'a mut dyn Write, log: &'a mut dyn Write) -> Result<Self> {
        if cfg!(debug_assertions) {
            writeln!(log, "warning: not an optimized build; the numbers mean nothing")?;
        }
        let store = Store::new(options.data.as_deref(), options.ram.as_deref(), options.scale)?;
        let (rows, commands, absent) = (Vec::new(), Vec::new(), Vec::new());
        let (failed, skipped, missed, unknown) = (0, 0, 0, 0);
        Ok(Self { options, out, log, store, failed, skipped, missed, unknown, rows, commands, absent })
    }

    /// Measures these rows of a tool. A row that fails does not stop the others.
    pub fn run(&mut self, tool: &Tool, rows: &[Row]) -> Result<()> {
        if self.options.ours.is_some() && rows.iter().any(|row| row.program.is_some()) {
            return Err("--ours: these rows are about more than one program".into());
        }
        let ours = self.options.ours.as_deref().or(tool.binary.map(Path::new));
        if ours.is_none() && rows.iter().any(|row| row.program.is_none()) {
            self.skipped += rows.len();
            writeln!(self.out, "{}: SKIPPED: our command is not there yet; --ours names another", tool.name)?;
            return Ok(());
        }
        let fields = contender::find_all(tool, rows, ours)?;
        self.introduce(tool, &fields)?;
        for field in &fields {
            let json = |contender| contender_json(tool, contender, field);
            self.commands.extend(field.contenders.iter().map(json));
        }
        if self.options.report {
            let planned = rows.iter().map(|row| json!({ "tool": tool.name, "row": row.name })).collect();
            publish::check(&self.options.repository, tool.name, &self.results(Some(tool), planned))?;
        }
        for row in rows {
            let field = fields.iter().find(|field| field.is_for(row)).ok_or("nobody takes part")?;
            let value = self.run_row(tool, row, field)?;
            self.rows.push(value);
        }
        if self.options.report {
            // Now, so that it is not lost if another tool fails later.
            let results = self.results(Some(tool), self.rows.clone());
            publish::results(&self.options.repository, tool.name, &results, self.log)?;
        }
        Ok(())
    }

    /// Says who takes part, who does not, and on what.
    fn introduce(&mut self, tool: &Tool, fields: &[Field]) -> Result<()> {
        writeln!(self.out, "{}", tool.name)?;
        for field in fields {
            if let Some(called) = field.called {
                writeln!(self.out, "  as {called}")?;
            }
            for contender in &field.contenders {
                let words = contender.command_line().join(" ");
                writeln!(self.out, "  {}: {words} ({})", contender.label, contender.version)?;
            }
        }
        for (name, place) in [("disk", Place::Disk), ("RAM", Place::Ram)] {
            let folder = self.store.folder(place);
            writeln!(self.out, "  {name}: {} ({})", folder.display(), machine::file_system(folder))?;
        }
        if let Some((wc, version)) = contender::wc() {
            writeln!(self.out, "  wc, the other end of a pipe: {} ({version})", wc.display())?;
        }
        let mut notes: Vec<&String> = fields.iter().flat_map(|field| &field.notes).collect();
        notes.sort_unstable();
        notes.dedup(); // most who are missing are so under each name
        for note in notes {
            writeln!(self.out, "  NOTE: {note}")?;
            self.absent.push((tool.name, note.clone()));
        }
        writeln!(
            self.out,
            "`x NAME` is how many times as fast as NAME: the median of the ratios within each round."
        )?;
        Ok(())
    }

    fn run_row(&mut self, tool: &Tool, row: &Row, field: &Field) -> Result<Value> {
        let rounds = usize::from(self.options.runs);
        let found = contest::run(tool, row, &field.contenders, &self.store, rounds, self.log);
        Ok(match found {
            Ok(Conclusion::Measured(measured)) => {
                for verdict in report::verdicts(tool, row, &measured) {
                    self.missed += usize::from(verdict.kept() == Some(false));
                    self.unknown += usize::from(verdict.kept().is_none());
                }
                report::print(tool, row, &measured, self.out)?;
                report::json(tool, row, &measured)
            }
            Ok(Conclusion::Skipped(why)) => {
                self.skipped += 1;
                writeln!(self.out, "\n{}: SKIPPED: {why}", row.name)?;
                json!({ "tool": tool.name, "row": row.name, "skipped": why })
            }
            Err(why) => {
                self.failed += 1;
                writeln!(self.out, "\n{}: FAIL: {why}", row.name)?;
                json!({ "tool": tool.name, "row": row.name, "failed": why.to_string() })
            }
        })
    }

    /// Prints the totals and writes the results; true if the exit status is to be success.
    pub fn conclude(self) -> Result<bool> {
        let Self { failed, skipped, missed, unknown, ref rows, .. } = self;
        let rows = rows.len();
        write!(self.out, "\n{rows} rows: {failed} failed, {skipped} skipped; ")?;
        writeln!(self.out, "targets: {missed} missed, {unknown} unknown for want of a peer")?;
        let floor = table::memory(machine::own_peak_kib());
        writeln!(
            self.out,
            "peak memory below {floor} can't be told: it is that of this program, just before exec"
        )?;
        if let Some(path) = &self.options.json {
            let results = self.results(None, self.rows.clone());
            fs::write(path, serde_json::to_string_pretty(&results)? + "\n").naming(path)?;
        }
        if self.options.report {
            publish::pages(&self.options.repository, self.log)?;
        }
        Ok(failed == 0 && !(self.options.strict && missed > 0))
    }

    /// These rows, or those of one tool, and everything about who took part and on what.
    fn results(&self, only: Option<&Tool>, rows: Vec<Value>) -> Value {
        let is_wanted = |tool: &str| only.is_none_or(|only| only.name == tool);
        let of = |values: Vec<Value>| {
            let wanted = values.into_iter().filter(|value| value["tool"].as_str().is_some_and(is_wanted));
            wanted.collect::<Vec<_>>()
        };
        let absent = self.absent.iter().filter(|(tool, _)| is_wanted(tool));
        json!({
            "measured": machine::today(),
            "ringutils": env!("CARGO_PKG_VERSION"),
            "machine": machine::describe(),
            "disk_file_system": machine::file_system(self.store.folder(Place::Disk)),
            "ram_file_system": machine::file_system(self.store.folder(Place::Ram)),
            "wc": contender::wc().map(|(_, version)| version),
            "runs": self.options.runs,
            "scale": self.options.scale,
            "peak_rss_floor_kib": machine::own_peak_kib(),
            "commands": of(self.commands.clone()),
            "absent": absent.map(|(_, note)| note).collect::<Vec<_>>(),
            "rows_failed": self.failed,
            "rows_skipped": self.skipped,
            "targets_missed": self.missed,
            "targets_unknown": self.unknown,
            "rows": of(rows),
        })
    }
}

fn contender_json(tool: &Tool, contender: &Contender, field: &Field) -> Value {
    json!({
        "tool": tool.name,
        "ours": contender.setting().is_some(),
        "command": contender.label,
        "called": field.called,
        "version": contender.version,
        "words": contender.command_line(),
    })
}
