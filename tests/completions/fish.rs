//! fish. `clap_complete` has no lists, no processes, and takes the word after an option for its value even if that may be
//! left out.

use std::fmt::Write as _;

use clap_complete::Shell;

use super::{Offered, Takes, Values, generated};

pub fn script(name: &'static str, offered: &[Offered]) -> String {
    let mut text =
        format!("# fish completion for {name}(1). Made from its options by a test; see CONTRIBUTING.md.\n");
    if offered.iter().any(|option| matches!(option.values, Values::List(_))) {
        write!(
            text,
            r#"
# Each of the words, behind what is typed before the last comma.
function __{name}_list
    set -l typed (commandline -ct | string replace -r -- '^--[^=]*=' '' | string replace -r -- '[^,]*$' '')
    printf '%s\t\n' "$typed"$argv
end
"#
        )
        .expect("a string");
    }
    text.push('\n');
    for line in generated(Shell::Fish, name, offered).lines() {
        let of_line = offered
            .iter()
            .find(|option| option.names().iter().any(|long| line.contains(&format!(" -l {long} "))));
        text += &of_line.map_or_else(|| line.to_owned(), |option| mended(line, name, option));
        text.push('\n');
    }
    text
}

fn mended(line: &str, name: &str, option: &Offered) -> String {
    let mut line = match &option.values {
        Values::List(words) => format!("{line} -a \"(__{name}_list {})\"", words.join(" ")),
        Values::Process => format!("{line} -a \"(__fish_complete_pids)\""),
        _ => line.to_owned(),
    };
    if option.takes == Takes::OptionalValue {
        line = line.replacen(" -r -f", " -f", 1);
    }
    line
}
