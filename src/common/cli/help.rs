//! The texts of `--help` and `--version`, laid out as GNU's from the same definitions that clap parses with.

use super::getopt::BEYOND_GNU;
use super::progress::append;
use clap::{Arg, Command};

/// Where descriptions begin, counted from 0.
const DESCRIPTION: usize = 27;
/// Lines are broken before this column.
const WIDTH: usize = 80;

/// The heading above the same options where GNU has no such command.
const IN_COMMON: &str = "Shared by all commands";

/// What a help text is made of, besides the options.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// `PROG`, as invoked.
    pub prog: &'a str,
    /// What follows `PROG` in each `Usage` line: `[OPTION]... [FILE]...`.
    pub usage: &'a [&'a str],
    /// The tool was called by its GNU name: only GNU's options are listed.
    pub gnu: bool,
    /// GNU has a command of the kind.
    pub namesake: bool,
    /// Ids of the options spelled with three dashes.
    pub three_dashes: &'a [&'a str],
    /// The letters for `--help` and `--version`, if there are any.
    pub letters: Option<(char, char)>,
}

/// The text of `--help`.
#[must_use]
pub fn help(command: &Command, about: About<'_>) -> String {
    let mut text = String::new();
    for (index, usage) in about.usage.iter().enumerate() {
        let lead = if index == 0 { "Usage:" } else { "  or: " };
        append(&mut text, format_args!("{lead} {} {usage}\n", about.prog));
    }
    if let Some(summary) = command.get_long_about().or_else(|| command.get_about()) {
        append(&mut text, format_args!("{summary}\n"));
    }
    text += "\n";
    let visible = |arg: &&Arg| !arg.is_positional() && !arg.is_hide_set();
    let ours = |arg: &Arg| arg.get_help_heading() == Some(BEYOND_GNU);
    let mut gnu: Vec<&Arg> = command.get_arguments().filter(visible).filter(|arg| !ours(arg)).collect();
    gnu.sort_by_key(|arg| sort_key(arg));
    for arg in gnu {
        text += &option_lines(&names(arg, about.three_dashes), &description(arg));
    }
    let letter = |letter: Option<char>| letter.map_or_else(|| "    ".into(), |letter| format!("-{letter}, "));
    let help = letter(about.letters.map(|(help, _)| help));
    let version = letter(about.letters.map(|(_, version)| version));
    text += &option_lines(&format!("  {help}--help"), "show this text and exit");
    text += &option_lines(&format!("  {version}--version"), "show the version and exit");
    if !about.gnu {
        let heading = if about.namesake { BEYOND_GNU } else { IN_COMMON };
        append(&mut text, format_args!("\n{heading}:\n"));
        for arg in command.get_arguments().filter(visible).filter(|arg| ours(arg)) {
            text += &option_lines(&names(arg, about.three_dashes), &description(arg));
        }
    }
    if let Some(details) = command.get_after_help() {
        append(&mut text, format_args!("\n{details}\n"));
    }
    text += "\nThis command runs on io_uring; ringutils(7) says how to steer it.\n";
    text
}

/// The text of `--version`: scripts read `NAME (PACKAGE) VERSION` in its first line.
#[must_use]
pub fn version(name: &str) -> String {
    format!(
        "{name} (ringutils) {}\nLicense: {}. There is no warranty, to the extent permitted by law.\n<{}>\n",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_LICENSE"),
        env!("CARGO_PKG_REPOSITORY"),
    )
}

/// Alphabetical by letter, or by long name where there is no letter; a small letter before its capital.
fn sort_key(arg: &Arg) -> (String, bool) {
    let name = match (arg.get_short(), arg.get_long()) {
        (Some(short), _) => short.to_string(),
        (None, long) => long.unwrap_or_default().to_owned(),
    };
    (name.to_lowercase(), name.starts_with(char::is_uppercase))
}

fn description(arg: &Arg) -> String {
    arg.get_help().map(ToString::to_string).unwrap_or_default()
}

/// `  -n, --lines=NUM`, `      --backup[=CONTROL]`, `  -e`
fn names(arg: &Arg, three_dashes: &[&str]) -> String {
    let mut names: Vec<String> = Vec::new();
    names.extend(arg.get_short().map(|short| format!("-{short}")));
    names.extend(arg.get_visible_short_aliases().into_iter().flatten().map(|short| format!("-{short}")));
    let indent = if names.is_empty() { "      " } else { "  " };
    let long = |name: &str| format!("--{}{name}", if three_dashes.contains(&name) { "-" } else { "" });
    names.extend(arg.get_long().map(long));
    names.extend(arg.get_visible_aliases().into_iter().flatten().map(long));
    let value = match (arg.get_value_names(), arg.get_long()) {
        _ if !arg.get_action().takes_values() => String::new(),
        (Some([name, ..]), Some(_)) if arg.get_num_args().is_some_and(|range| range.min_values() == 0) => {
            format!("[={name}]")
        }
        (Some([name, ..]), Some(_)) => format!("={name}"),
        (Some([name, ..]), None) => format!(" {name}"),
        _ => String::new(),
    };
    format!("{indent}{}{value}", names.join(", "))
}

/// Names and description side by side, or below each other where the names are long.
fn option_lines(names: &str, description: &str) -> String {
    let mut text = names.to_owned();
    let mut column = names.chars().count();
    if column > DESCRIPTION - 2 && !description.is_empty() {
        text.push('\n');
        column = 0;
    }
    for line in description.lines() {
        for word in line.split_whitespace() {
            let length = word.chars().count();
            if column > DESCRIPTION && column + 1 + length >= WIDTH {
                text.push('\n');
                column = 0;
            }
            let blanks = if column > DESCRIPTION { 1 } else { DESCRIPTION - column };
            text += &" ".repeat(blanks);
            text += word;
            column += blanks + length;
        }
        text.push('\n');
        column = 0;
    }
    if description.is_empty() {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout() {
        assert_eq!(
            option_lines("  -A, --show-all", "same as -vET"),
            "  -A, --show-all           same as -vET\n"
        );
        assert_eq!(
            option_lines("      --strip-trailing-slashes", "do"),
            "      --strip-trailing-slashes\n                           do\n"
        );
        assert_eq!(option_lines("  -u", ""), "  -u\n");
        let long = option_lines("  -x", &"word ".repeat(30));
        assert!(long.lines().count() == 3 && long.lines().all(|line| line.len() < WIDTH), "{long}");
        assert!(long.lines().skip(1).all(|line| line.starts_with(&" ".repeat(DESCRIPTION))));
    }

    #[test]
    fn version_begins_with_name_package_version() {
        let text = version("cat");
        assert_eq!(text.lines().next(), Some(concat!("cat (ringutils) ", env!("CARGO_PKG_VERSION"))));
    }
}
