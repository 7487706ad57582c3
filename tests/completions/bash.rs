//! bash. What `clap_complete` makes for it knows nothing of `--name=value`, lists, or which words are values; and it offers
//! options where the first file is to be typed.

use std::fmt::Write as _;

use super::{Offered, Takes, Values};

/// What follows the table: `words` are to be offered for `value`, which is the end of `word`.
const OFFER: &str = r#"
    # What readline will replace is $2, the end of the word: as a rule, what follows the last "=".
    local start=${word:0:${#word}-${#value}}$head
    mapfile -t COMPREPLY < <(compgen -P "$start" -W "$words" -- "${value#"$head"}")
    COMPREPLY=("${COMPREPLY[@]#"${word%"$2"}"}")
    if [[ ${#COMPREPLY[@]} -eq 1 && ( -n $list || ${COMPREPLY[0]} == *= ) ]]; then
        compopt -o nospace
    fi
}
"#;

pub fn script(name: &str, offered: &[Offered]) -> String {
    let mut text = format!(
        r#"# bash completion for {name}(1). Made from its options by a test; see CONTRIBUTING.md.

_{name}() {{
    # bash has cut words at "=". The line still has them whole.
    local line=${{COMP_LINE:0:COMP_POINT}}
    local word=${{line##*[[:blank:]]}}
    local before=${{line:0:${{#line}}-${{#word}}}}
    local previous=${{before%"${{before##*[![:blank:]]}}"}}
    local option=${{previous##*[[:blank:]]}} value=$word head="" words="" list=""
    if [[ $word == --*=* ]]; then
        option=${{word%%=*}}= value=${{word#*=}}
    fi
    COMPREPLY=()
    # All that follows "--" are files.
    [[ $before != *[[:blank:]]--[[:blank:]]* ]] || return 0

    case $option in
"#
    );
    for option in offered.iter().filter(|option| option.takes != Takes::Nothing) {
        let action = action(&option.values);
        writeln!(text, "        {})\n{action}            ;;", patterns(option).join(" | "))
            .expect("a string");
    }
    let words: Vec<String> = offered.iter().flat_map(words).collect();
    write!(
        text,
        "        *)\n            [[ $value == -* && $value == \"$word\" ]] || return 0\n            words='{}'\n            ;;\n    esac\n{OFFER}",
        words.join(" ")
    )
    .expect("a string");
    writeln!(text, "\ncomplete -o bashdefault -o default -F _{name} {name}").expect("a string");
    text
}

/// What stands in front of a value of this option.
fn patterns(option: &Offered) -> Vec<String> {
    let mut patterns = Vec::new();
    if option.takes == Takes::Value {
        // Alone, or at the end of several letters.
        patterns.extend(option.letters().iter().map(|letter| format!("-{letter} | -[!-]*{letter}")));
        patterns.extend(option.names().iter().map(|name| format!("--{name}")));
    }
    patterns.extend(option.names().iter().map(|name| format!("--{name}=")));
    patterns
}

/// The lines for a kind of value. What returns without words leaves it to bash, which completes names of files.
fn action(values: &Values) -> String {
    match values {
        Values::Any => "            compopt +o bashdefault +o default\n            return 0\n".into(),
        Values::File => "            return 0\n".into(),
        Values::Folder => {
            "            compopt +o bashdefault +o default -o dirnames\n            return 0\n".into()
        }
        Values::Process => "            words=$(cd /proc && printf '%s ' [0-9]*)\n".into(),
        Values::Words(words) => format!("            words='{}'\n", words.join(" ")),
        Values::List(words) => format!(
            "            list=1 head=${{value%\"${{value##*,}}\"}}\n            words='{}'\n",
            words.join(" ")
        ),
    }
}

/// The ways to write an option: with a `=` if there may be a value.
fn words(option: &Offered) -> Vec<String> {
    let letters = option.letters().into_iter().map(|letter| format!("-{letter}"));
    let names = option.names().into_iter().flat_map(|name| match option.takes {
        Takes::Nothing => vec![format!("--{name}")],
        Takes::Value => vec![format!("--{name}=")],
        Takes::OptionalValue => vec![format!("--{name}"), format!("--{name}=")],
    });
    letters.chain(names).collect()
}
