//! One run of the benchmark, from who takes part to what is written at the end.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use crate::contender::{self, Contender, Field};
use crate::data::{Place, Store};
use crate::machine;
use crate::measure::contest::{self, Conclusion};
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
}

impl<'a> Session<'a> {
    /// Makes the folders for the data.
    pub fn new(options: &'a Options, out: &'a mut dyn Write, log: &'a mut dyn Write) -> Result<Self> {
        if cfg!(debug_assertions) {
            writeln!(log, "warning: not an optimized build; the numbers mean nothing")?;
        }
        let store = Store::new(options.data.as_deref(), options.ram.as_deref(), options.scale)?;
        let (rows, commands) = (Vec::new(), Vec::new());
        Ok(Self { options, out, log, store, failed: 0, skipped: 0, missed: 0, unknown: 0, rows, commands })
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
            self.commands.extend(field.contenders.iter().map(|contender| contender_json(contender, field)));
        }
        for row in rows {
            let field = fields.iter().find(|field| field.is_for(row)).ok_or("nobody takes part")?;
            let value = self.run_row(tool, row, field)?;
            self.rows.push(value);
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

    /// Prints the totals and writes the JSON; true if the exit status is to be success.
    pub fn conclude(self) -> Result<bool> {
        let Self { failed, skipped, missed, unknown, .. } = self;
        let rows = self.rows.len();
        write!(self.out, "\n{rows} rows: {failed} failed, {skipped} skipped; ")?;
        writeln!(self.out, "targets: {missed} missed, {unknown} unknown for want of a peer")?;
        let floor = table::memory(machine::own_peak_kib());
        writeln!(
            self.out,
            "peak memory below {floor} can't be told: it is that of this program, just before exec"
        )?;
        if let Some(path) = &self.options.json {
            let results = json!({
                "machine": machine::describe(),
                "disk_file_system": machine::file_system(self.store.folder(Place::Disk)),
                "ram_file_system": machine::file_system(self.store.folder(Place::Ram)),
                "wc": contender::wc().map(|(_, version)| version),
                "runs": self.options.runs,
                "scale": self.options.scale,
                "peak_rss_floor_kib": machine::own_peak_kib(),
                "commands": self.commands,
                "rows_failed": failed,
                "rows_skipped": skipped,
                "targets_missed": missed,
                "targets_unknown": unknown,
                "rows": self.rows,
            });
            fs::write(path, serde_json::to_string_pretty(&results)? + "\n").naming(path)?;
        }
        Ok(failed == 0 && !(self.options.strict && missed > 0))
    }
}

fn contender_json(contender: &Contender, field: &Field) -> Value {
    json!({
        "command": contender.label,
        "called": field.called,
        "version": contender.version,
        "words": contender.command_line(),
    })
}
