//! zsh. `clap_complete` has no lists, no processes, and takes the word after an option for its value even if that may be
//! left out.

use std::fmt::Write as _;

use clap_complete::Shell;

use super::{Offered, Takes, Values, generated};

pub fn script(name: &'static str, offered: &[Offered]) -> String {
    let mut text = String::new();
    for line in generated(Shell::Zsh, name, offered).lines() {
        if line.starts_with("#compdef") {
            writeln!(text, "{line}\n# Made from the options of {name}(1) by a test; see CONTRIBUTING.md.")
                .expect("a string");
            continue;
        }
        if line.starts_with("if [ \"$funcstack[1]\"") {
            text.extend(offered.iter().map(|option| list(name, option)));
        }
        // '--name=[what it does]:VALUE:what it may be' \
        let of_line = offered.iter().find(|option| starts(option).iter().any(|start| line.contains(start)));
        text += &of_line.map_or_else(|| line.to_owned(), |option| mended(line, name, option));
        text.push('\n');
    }
    text
}

/// How the lines of an option with a value begin, behind what they repeat or exclude.
fn starts(option: &Offered) -> Vec<String> {
    let letters = option.letters().into_iter().map(|letter| format!("-{letter}+["));
    letters.chain(option.names().into_iter().map(|name| format!("--{name}=["))).collect()
}

fn mended(line: &str, name: &str, option: &Offered) -> String {
    let action = match &option.values {
        Values::List(_) => format!("_{name}_{}", option.arg.get_id()),
        Values::Process => "_pids".into(),
        _ => String::new(),
    };
    let line = match line.strip_suffix("' \\") {
        Some(start) => format!("{start}{action}' \\"),
        None => line.to_owned(),
    };
    // Only attached.
    if option.takes == Takes::OptionalValue { line.replacen("=[", "=-[", 1) } else { line }
}

/// The function for a list of words, some of which have values themselves.
fn list(name: &str, option: &Offered) -> String {
    let Values::List(items) = &option.values else { return String::new() };
    let mut specs: Vec<(&str, bool, Vec<&str>)> = Vec::new();
    for item in items {
        let (key, value) =
            item.split_once('=').map_or((item.as_str(), None), |(key, value)| (key, Some(value)));
        if specs.last().is_none_or(|(last, ..)| *last != key) {
            specs.push((key, value.is_none(), Vec::new()));
        }
        specs.last_mut().expect("just pushed").2.extend(value);
    }
    let mut text = format!("_{name}_{}() {{\n    _values -s , LIST", option.arg.get_id());
    for (key, alone, values) in specs {
        // One colon: a value must follow; two: it may.
        let colons = if alone { "::" } else { ":" };
        let spec = match &values[..] {
            [] => key.to_owned(),
            [""] => format!("'{key}{colons}{key}: '"),
            words => format!("'{key}{colons}{key}:({})'", words.join(" ")),
        };
        write!(text, " \\\n        {spec}").expect("a string");
    }
    text + "\n}\n\n"
}
