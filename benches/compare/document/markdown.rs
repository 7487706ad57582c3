//! Markdown.

use std::fmt::Write as _;

/// What lines of prose are not longer than.
const COLUMNS: usize = 115;

/// A table: the first column to the left, the others to the right.
pub fn table(titles: &[String], lines: &[Vec<String>]) -> String {
    let mut text = String::new();
    let mut line = |cells: &[String]| {
        let _ = writeln!(text, "| {} |", cells.join(" | ")); // writing to a String can't fail
    };
    line(titles);
    let rule: Vec<String> =
        (0..titles.len()).map(|nth| if nth == 0 { "---" } else { "--:" }.into()).collect();
    line(&rule);
    for cells in lines {
        line(cells);
    }
    text + "\n"
}

/// Prose, broken into lines, with an empty line behind it.
pub fn paragraph(text: &str) -> String {
    broken(text, "") + "\n"
}

/// An entry of a list.
pub fn bullet(text: &str) -> String {
    format!("- {}", broken(text, "  "))
}

/// Lines that are not too long, all but the first one indented.
fn broken(text: &str, indent: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() + indent.len() <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join(&format!("\n{indent}")) + "\n"
}

/// Text that could be taken for markup, as it is.
pub fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|")
}

/// `a`, `a and b`, `a, b and c`.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
