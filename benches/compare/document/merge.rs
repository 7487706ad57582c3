//! What is written to a file of results: what was measured now, and, of the rows that were not, what was measured
//! before.

use serde_json::{Map, Value};

use super::results::Machine;

/// Fields of a file that a row has of its own when it is older than the rest.
const OWN: [&str; 4] = ["measured", "ringutils", "runs", "scale"];

/// What a run was about as a whole; said of a file in which runs are mixed it would be wrong.
const OF_A_RUN: [&str; 4] = ["rows_failed", "rows_skipped", "targets_missed", "targets_unknown"];

/// The results of a tool, whose rows are named in `order`, after `new` was measured.
///
/// A row that failed takes the place of an older result: it is known to be wrong now. One that was skipped does not.
/// Results of different machines, or of different versions of somebody else's command, are not mixed.
pub fn merged(old: Option<&Value>, new: &Value, order: &[&str]) -> Result<Value, String> {
    let mut file = new.as_object().ok_or("no results")?.clone();
    for name in OF_A_RUN {
        file.remove(name);
    }
    let rows = |file: &Value| file["rows"].as_array().cloned().unwrap_or_default();
    let find = |rows: &[Value], name: &str| rows.iter().find(|row| row["row"] == name).cloned();
    let (new_rows, old_rows) = (rows(new), old.map(rows).unwrap_or_default());
    let mut all = Vec::new();
    let mut kept = false;
    for name in order {
        let measured_before = find(&old_rows, name).filter(|row| row["commands"].is_array());
        match (find(&new_rows, name), measured_before) {
            (Some(row), None) => all.push(row),
            (Some(row), Some(_)) if !row["skipped"].is_string() => all.push(row),
            (_, Some(mut row)) => {
                kept = true;
                date(&mut row, old.unwrap_or(&Value::Null));
                all.push(row);
            }
            (None, None) => all.extend(find(&old_rows, name)),
        }
    }
    file.insert("rows".into(), all.into());
    if let Some(old) = old.filter(|_| kept) {
        if !Machine::read(old)?.is_like(&Machine::read(new)?) {
            return Err("the rows that were not measured now are of another machine: measure all rows".into());
        }
        join_commands(&mut file, old)?;
        join_absent(&mut file, old);
    }
    Ok(Value::Object(file))
}

/// Has a row say of itself what its file said of all rows.
fn date(row: &mut Value, file: &Value) {
    for name in OWN {
        if row[name].is_null() && !file[name].is_null() {
            row[name] = file[name].clone();
        }
    }
}

/// Adds those who took part before.
fn join_commands(file: &mut Map<String, Value>, old: &Value) -> Result<(), String> {
    let Some(commands) = file.get_mut("commands").and_then(Value::as_array_mut) else { return Ok(()) };
    for before in old["commands"].as_array().into_iter().flatten() {
        let same = |now: &&Value| now["command"] == before["command"] && now["called"] == before["called"];
        match commands.iter().find(same) {
            Some(now) if now["version"] != before["version"] && now["ours"] != true => {
                return Err(format!(
                    "the rows that were not measured now are with another version of {}: measure all rows",
                    before["command"]
                ));
            }
            Some(_) => {}
            None => commands.push(before.clone()),
        }
    }
    Ok(())
}

fn join_absent(file: &mut Map<String, Value>, old: &Value) {
    let mut absent = file.get("absent").and_then(Value::as_array).cloned().unwrap_or_default();
    for note in old["absent"].as_array().into_iter().flatten() {
        if !absent.contains(note) {
            absent.push(note.clone());
        }
    }
    file.insert("absent".into(), absent.into());
}

/// Without the names of folders, which are nobody's business, and without digits that nobody has measured.
fn publishable(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(without_folders(text)),
        Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(float) => ((float * 1e9).round() / 1e9).into(),
            None => value.clone(),
        },
        Value::Array(values) => values.iter().map(publishable).collect(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| (name.clone(), publishable(value))).collect()
        }
        other => other.clone(),
    }
}

/// `/a/b/c` as `…/c`, wherever it is in the text; `/dev/null` and its like are no such folders.
fn without_folders(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let start = word.find(|letter: char| !"(`'\"=".contains(letter)).unwrap_or(0);
        match word[start..].rsplit_once('/') {
            Some((folder, file)) if folder.starts_with('/') && folder != "/dev" => {
                format!("{}…/{file}", &word[..start])
            }
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A file of results, as it is published: what belongs together on one line.
pub fn written(value: &Value) -> String {
    let mut text = String::new();
    write(&publishable(value), 0, &mut text);
    text.push('\n');
    text
}

fn write(value: &Value, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth + 1);
    match value {
        Value::Array(values) if values.iter().any(|value| value.is_object() || value.is_array()) => {
            text.push('[');
            for (nth, value) in values.iter().enumerate() {
                text.push_str(if nth == 0 { "\n" } else { ",\n" });
                text.push_str(&indent);
                write(value, depth + 1, text);
            }
            text.push('\n');
            text.push_str(&indent[2..]);
            text.push(']');
        }
        Value::Object(fields) if fields.values().any(|value| value.is_object() || value.is_array()) => {
            text.push('{');
            for (nth, (name, value)) in fields.iter().enumerate() {
                text.push_str(if nth == 0 { "\n" } else { ",\n" });
                text.push_str(&indent);
                text.push_str(&format!("{}: ", Value::from(name.as_str())));
                write(value, depth + 1, text);
            }
            text.push('\n');
            text.push_str(&indent[2..]);
            text.push('}');
        }
        flat => text.push_str(&flat.to_string()),
    }
}
