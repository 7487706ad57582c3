//! `--report` and `--render`: the results of this run, and the pages that are made from all results.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::document::{self, merge, technique};
use crate::tools::TOOLS;
use crate::{Fail, Result};

/// The file with the results of a tool.
fn file(root: &Path, tool: &str) -> PathBuf {
    root.join(document::FOLDER).join(format!("{tool}.json"))
}

/// What is in it, if there is one.
fn load(root: &Path, tool: &str) -> Result<Option<Value>> {
    let path = file(root, tool);
    match fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| format!("{}: {error}", path.display()).into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).naming(&path),
    }
}

fn save(path: &Path, text: &str, log: &mut dyn Write) -> Result<()> {
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).naming(folder)?;
    }
    fs::write(path, text).naming(path)?;
    Ok(writeln!(log, "wrote {}", path.display())?)
}

/// Puts what was measured now into the file of the tool.
pub fn results(root: &Path, tool: &str, measured: &Value, log: &mut dyn Write) -> Result<()> {
    save(&file(root, tool), &merge::written(&merged(root, tool, measured)?), log)
}

/// Fails if what is about to be measured could not be put there: better now than after an hour.
pub fn check(root: &Path, tool: &str, planned: &Value) -> Result<()> {
    merged(root, tool, planned).map(drop)
}

fn merged(root: &Path, tool: &str, new: &Value) -> Result<Value> {
    let merged = merge::merged(load(root, tool)?.as_ref(), new, &names(tool));
    merged.map_err(|why| format!("{}: {why}", file(root, tool).display()).into())
}

/// The names of a tool's rows, in the order in which they are shown.
fn names(tool: &str) -> Vec<&'static str> {
    let tool = TOOLS.iter().find(|known| known.name == tool);
    tool.map(|tool| (tool.rows)().iter().map(|row| row.name).collect()).unwrap_or_default()
}

/// Makes all pages from the results that are there.
pub fn pages(root: &Path, log: &mut dyn Write) -> Result<()> {
    let mut load_again = |tool: &str| {
        let Some(mut results) = load(root, tool)? else { return Ok(None) };
        explain(tool, &mut results);
        save(&file(root, tool), &merge::written(&results), log)?;
        Ok(Some(results))
    };
    let all = document::read_all(&mut load_again)?;
    let technique = technique::read(&mut load_again)?;
    if all.is_empty() && technique.is_none() {
        return Err(format!("no results in {}", root.join(document::FOLDER).display()).into());
    }
    if let Some(results) = technique {
        for rendered in technique::render(&results)? {
            save(&root.join(rendered.path), &rendered.text, log)?;
        }
    }
    if all.is_empty() {
        return Ok(());
    }
    for rendered in document::render(&all)? {
        save(&root.join(rendered.path), &rendered.text, log)?;
    }
    let readme = root.join("README.md");
    let text = fs::read_to_string(&readme).naming(&readme)?;
    save(&readme, &document::readme(&text, &all)?, log)
}

/// Has the results say why we are not faster as the rows say it now. That was not measured, and may be put better later.
fn explain(tool: &str, results: &mut Value) {
    let Some(tool) = TOOLS.iter().find(|known| known.name == tool) else { return };
    let rows = (tool.rows)();
    for result in results["rows"].as_array_mut().into_iter().flatten() {
        if let Some(row) = rows.iter().find(|row| result["row"] == row.name)
            && result["commands"].is_array()
        {
            result["because"] = row.because.into();
        }
    }
}
