//! The manual pages, held against the commands: what exists is described, and what is described exists.
//!
//! Once: no engine has a part in texts.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::harness::{Scene, only_ours};

const UCAT: &str = include_str!("../../man/ucat.1");
const UCP: &str = include_str!("../../man/ucp.1");
const UHASH: &str = include_str!("../../man/uhash.1");
const USPLICE: &str = include_str!("../../man/usplice.1");
const UTAIL: &str = include_str!("../../man/utail.1");
const RINGUTILS: &str = include_str!("../../man/ringutils.7");

/// The headings in `--help` above the options that all commands have.
const SHARED: &str = "Beyond GNU:";
const SHARED_WITHOUT_GNU: &str = "Shared by all commands:";

/// The names of uhash that have a form of their own in its synopsis, and those that share the one of md5sum.
const FORMS: [&str; 6] = ["uhash", "cksum", "md5sum", "b2sum", "b3sum", "sum"];
const LIKE_MD5SUM: [&str; 5] = ["sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum"];

type Names = BTreeSet<String>;

/// The options named by a word behind `Fl`: `-ring` is `--ring`, `vET` is `-v`, `-E` and `-T`.
fn options_of(word: &str) -> Names {
    let word = word.trim_matches(',');
    match word.strip_prefix('-') {
        Some(long) => Names::from([format!("--{long}")]),
        None => word.chars().map(|letter| format!("-{letter}")).collect(),
    }
}

/// The words behind each macro called `name` in a line of mdoc: `.It Fl b , Fl -number` has `b` and `-number`.
fn arguments<'a>(line: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let words: Vec<&str> = line.trim_start_matches('.').split_whitespace().collect();
    let pairs: Vec<_> = words.windows(2).map(|pair| (pair[0], pair[1])).collect();
    pairs.into_iter().filter(move |(first, _)| *first == name).map(|(_, second)| second)
}

/// All options that a page speaks of.
fn mentioned(page: &str) -> Names {
    let macros = page.lines().filter(|line| line.starts_with('.') && !line.starts_with(".\\\""));
    macros.flat_map(|line| arguments(line, "Fl")).flat_map(options_of).collect()
}

/// All options that have an entry of their own in a page.
fn described(page: &str) -> Names {
    let items = page.lines().filter(|line| line.starts_with(".It Fl "));
    items.flat_map(|line| arguments(line, "Fl")).flat_map(options_of).collect()
}

/// The entries of a section that begin with the macro `name`. Those of lists inside of entries don't count.
fn entries(page: &str, section: &str, name: &str) -> Names {
    let start = format!(".Sh {section}");
    let lines = page.lines().skip_while(|line| *line != start).skip(1);
    let mut depth = 0;
    let mut found = Names::new();
    for line in lines.take_while(|line| !line.starts_with(".Sh ")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [".Bl", ..] => depth += 1,
            [".El"] => depth -= 1,
            [".It", first, entry, ..] if depth == 1 && first == name => {
                found.insert(entry.to_owned());
            }
            _ => {}
        }
    }
    found
}

/// The options in the help text of ucat: its own, and those that all commands have.
fn helped() -> (Names, Names) {
    let help = Scene::new().cat(&["--help"]).called("ucat").go().code(0).stdout;
    listed(&String::from_utf8(help).expect("UTF-8"))
}

/// The options in a help text: GNU's and ours.
fn listed(help: &str) -> (Names, Names) {
    let split = help.split_once(SHARED).or_else(|| help.split_once(SHARED_WITHOUT_GNU));
    let (own, shared) = split.expect("the heading of our options");
    let options = |text: &str| {
        let lines = text.lines().filter(|line| line.trim_start().starts_with('-'));
        // Two blanks, or the end of the line, end the names.
        let names = lines.filter_map(|line| line.trim_start().split("  ").next());
        let words = names.flat_map(|names| names.split(", ").map(str::to_owned).collect::<Vec<_>>());
        words.map(|word| word.split(['=', '[']).next().unwrap_or_default().to_owned()).collect::<Names>()
    };
    (options(own), options(shared))
}

#[track_caller]
fn assert_same(what: &str, in_the_command: &Names, in_the_manual: &Names) {
    let undescribed: Vec<_> = in_the_command.difference(in_the_manual).collect();
    let invented: Vec<_> = in_the_manual.difference(in_the_command).collect();
    assert!(
        undescribed.is_empty() && invented.is_empty(),
        "{what}: not in the manual: {undescribed:?}; only in the manual: {invented:?}"
    );
}

#[test]
fn options_of_ucat() {
    if only_ours() {
        return;
    }
    let (own, shared) = helped();
    assert!(own.len() > 10 && shared.len() > 3, "{own:?} {shared:?}");
    let all: Names = own.union(&shared).cloned().collect();
    assert_same("entries of ucat(1)", &all, &described(UCAT));
    assert_same("options that ucat(1) speaks of", &all, &mentioned(UCAT));
    // As the others stand there without letters, their synopsis must be right, too.
    let synopsis =
        UCAT.lines().find(|line| line.starts_with(".Op Fl A")).expect("the letters in the synopsis");
    let letters: Names = own.iter().filter(|name| !name.starts_with("--")).cloned().collect();
    assert_same("letters in the synopsis", &letters, &mentioned(synopsis));
}

/// Holds a page against the help text of its command, and so its synopsis, which has all options with a letter.
#[track_caller]
fn assert_described(name: &str, program: &str, page: &str) {
    let output = Command::new(program).arg("--help").output().expect("it runs");
    let (own, ours) = listed(&String::from_utf8(output.stdout).expect("UTF-8"));
    let all: Names = own.union(&ours).cloned().collect();
    assert_same(&format!("entries of {name}(1)"), &all, &described(page));
    assert_same(&format!("options that {name}(1) speaks of"), &all, &mentioned(page));
    let synopsis: Vec<&str> = page
        .lines()
        .skip_while(|line| *line != ".Sh SYNOPSIS")
        .take_while(|line| *line != ".Sh DESCRIPTION")
        .collect();
    let is_letter = |name: &&String| !name.starts_with("--");
    let letters: Names = own.iter().filter(is_letter).cloned().collect();
    let spoken_of: Names = mentioned(&synopsis.join("\n")).iter().filter(is_letter).cloned().collect();
    assert_same(&format!("letters in the synopsis of {name}(1)"), &letters, &spoken_of);
    assert!(letters.len() > 5 && ours.len() > 3, "{own:?} {ours:?}");
}

#[test]
fn options_of_ucp() {
    assert_described("ucp", env!("CARGO_BIN_EXE_ucp"), UCP);
}

#[test]
fn options_of_usplice() {
    assert_described("usplice", env!("CARGO_BIN_EXE_usplice"), USPLICE);
}

#[test]
fn options_of_utail() {
    assert_described("utail", env!("CARGO_BIN_EXE_utail"), UTAIL);
}

/// What uhash says of itself by this name.
fn help_of_uhash(name: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uhash"));
    let output = command.arg0(name).arg("--help").output().expect("uhash runs");
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(help.contains("--version") && output.status.success(), "{name} --help: {help}");
    help
}

/// The options in a help text, ours included where they are listed.
fn all_listed(help: &str) -> Names {
    if !help.contains(SHARED) {
        return listed(&format!("{help}{SHARED}")).0;
    }
    let (own, ours) = listed(help);
    own.union(&ours).cloned().collect()
}

/// The forms of one command in the synopsis of uhash(1).
fn forms(name: &str) -> String {
    let synopsis = UHASH.lines().skip_while(|line| *line != ".Sh SYNOPSIS").skip(1);
    let mut text = String::new();
    let mut whose = "";
    for line in synopsis.take_while(|line| *line != ".Sh DESCRIPTION") {
        match line.strip_prefix(".Nm") {
            Some("") => whose = "uhash",
            Some(other) => whose = other.trim(),
            None if whose == name => text += &format!("{line}\n"),
            None => {}
        }
    }
    text
}

#[test]
fn options_of_uhash() {
    let names = FORMS.iter().chain(&LIKE_MD5SUM);
    let all: Names = names.flat_map(|name| all_listed(&help_of_uhash(name))).collect();
    assert!(all.len() > 30, "{all:?}");
    assert_same("entries of uhash(1)", &all, &described(UHASH));
    assert_same("options that uhash(1) speaks of", &all, &mentioned(UHASH));
}

/// An option that has a letter stands in the synopsis by that; those that all commands have do not stand there.
#[test]
fn synopsis_of_uhash() {
    let mut elsewhere = helped().1;
    // These have forms of their own.
    elsewhere.extend(["--help", "--version", "-h", "-V"].map(str::to_owned));
    for name in FORMS {
        let help = help_of_uhash(name);
        let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
        let first = lines.filter_map(|line| line.split([',', '=', '[', ' ']).next()).map(str::to_owned);
        let listed: Names = first.filter(|option| !elsewhere.contains(option)).collect();
        let shown: Names = mentioned(&forms(name)).difference(&elsewhere).cloned().collect();
        assert_same(&format!("{name} in the synopsis of uhash(1)"), &listed, &shown);
    }
}

#[test]
fn names_of_uhash() {
    let section =
        UHASH.lines().skip_while(|line| *line != ".Sh NAME").take_while(|line| !line.starts_with(".Nd"));
    let named: Names = section
        .filter_map(|line| line.strip_prefix(".Nm "))
        .map(|name| name.trim_end_matches(" ,").to_owned())
        .collect();
    let ours: Names = FORMS.iter().chain(&LIKE_MD5SUM).map(|name| (*name).to_owned()).collect();
    assert_same("names in uhash(1)", &ours, &named);
    for name in &ours {
        assert!(help_of_uhash(name).starts_with(&format!("Usage: {name} ")), "{name} --help");
        assert!(
            name == "uhash" || RINGUTILS.contains(&format!("\n.Xr {name} 1")),
            "ringutils(7) lacks {name}"
        );
    }
    // What they share is said of one.
    let of_md5sum = all_listed(&help_of_uhash("md5sum"));
    for name in LIKE_MD5SUM {
        assert_same(name, &all_listed(&help_of_uhash(name)), &of_md5sum);
    }
}

#[test]
fn options_of_all_commands() {
    if only_ours() {
        return;
    }
    let (own, shared) = helped();
    assert_same("entries of ringutils(7)", &shared, &described(RINGUTILS));
    let known: Names = own.union(&shared).cloned().collect();
    let unknown: Vec<_> = mentioned(RINGUTILS).difference(&known).cloned().collect();
    assert!(unknown.is_empty(), "ringutils(7) speaks of {unknown:?}");
}

#[test]
fn keys_of_ring() {
    if only_ours() {
        return;
    }
    let ended = Scene::new().cat(&["--ring=nonsense"]).go().code(1);
    let told = String::from_utf8(ended.stderr).expect("UTF-8");
    let keys: Names = told
        .lines()
        .filter_map(|line| line.trim().strip_prefix("- "))
        .flat_map(|line| line.split(", ").map(|word| word.trim_matches(['\'', '‘', '’']).to_owned()))
        .collect();
    assert!(keys.contains("engine"), "{told}");
    assert_same("keys in ringutils(7)", &keys, &entries(RINGUTILS, "KEYS", "Cm"));
}

#[test]
fn counters() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("a", "a\n");
    let ended = t.cat(&["--ring-stats=json", "a"]).go().code(0);
    let stats = ended.stats();
    let names: Names = stats.as_object().expect("an object").keys().cloned().collect();
    assert_same("counters in ringutils(7)", &names, &entries(RINGUTILS, "COUNTERS", "Va"));
    let details =
        stats["details"].as_object().expect("an object").values().next().expect("something was done");
    for name in details.as_object().expect("an object").keys() {
        assert!(RINGUTILS.contains(&format!(".Va {name}")), "ringutils(7) lacks {name}");
    }
}

/// The pages of the commands, with their names.
const COMMANDS: [(&str, &str); 5] =
    [("ucat", UCAT), ("ucp", UCP), ("uhash", UHASH), ("usplice", USPLICE), ("utail", UTAIL)];

/// Who knows one page finds everything in the others.
#[test]
fn pages_have_the_same_sections_in_the_same_order() {
    /// Behind the sections that only one page has; `true` for those that all have.
    const LAST: [(&str, bool); 9] = [
        ("ENVIRONMENT", true),
        ("EXIT STATUS", true),
        ("EXAMPLES", true),
        ("DIAGNOSTICS", true),
        ("COMPATIBILITY", true),
        ("SEE ALSO", true),
        ("STANDARDS", false),
        ("CAVEATS", true),
        ("SECURITY CONSIDERATIONS", false),
    ];
    for (name, page) in COMMANDS {
        let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".Sh ")).collect();
        assert_eq!(sections[..3], ["NAME", "SYNOPSIS", "DESCRIPTION"], "{name}(1)");
        let wanted = LAST.iter().filter(|(section, always)| *always || sections.contains(section));
        let wanted: Vec<&str> = wanted.map(|(section, _)| *section).collect();
        assert!(sections.ends_with(&wanted), "{name}(1) has {sections:?}, not {wanted:?} at the end");
        let description = page.lines().skip_while(|line| *line != ".Sh DESCRIPTION").skip(1);
        let description = description.take_while(|line| !line.starts_with(".Sh "));
        let parts: Vec<&str> = description.filter_map(|line| line.strip_prefix(".Ss ")).collect();
        assert!(parts.ends_with(&["Options of all commands", "Writing options"]), "{name}(1): {parts:?}");
    }
}

/// What is true of all commands is told in the same words.
#[test]
fn pages_tell_the_same_in_the_same_words() {
    for (from, to) in [
        (".Ss Options of all commands\n", "Show on standard error how many "),
        (".It Fl -ring Ns", ".Ss Writing options\nLetters may be joined\n"),
        ("Long names and words may be shortened", "is set, so does the first operand.\n"),
        (".It Ev LC_ALL", "used around option values.\n"),
        (".It Ev POSIXLY_CORRECT\n", "ends the options.\n"),
        (".It Ev RINGUTILS\n", "item by item.\n"),
        (".Sh EXIT STATUS\n", ".It 0\n"),
        (".It 1\n", "\n"),
        (".Pp\nWhen nobody reads the pipe", "or is a write error.\n"),
        (".Sh DIAGNOSTICS\n", "was called by.\n"),
        ("Those that every command has", ".Xr ringutils 7 .\n"),
    ] {
        let start = UCAT.find(from).unwrap_or_else(|| panic!("ucat(1) has no {from:?}"));
        let length = UCAT[start..].find(to).unwrap_or_else(|| panic!("ucat(1) has no {to:?}")) + to.len();
        let text = &UCAT[start..start + length];
        for (name, page) in COMMANDS {
            assert!(page.contains(text), "ucat(1) has this, and {name}(1) has not:\n{text}");
        }
    }
    for (name, page) in COMMANDS {
        let others =
            COMMANDS.iter().filter(|(other, _)| *other != name).map(|(other, _)| format!("{other} 1"));
        let see = page.split_once("\n.Sh SEE ALSO\n").expect("a section").1;
        let see = see.split("\n.Sh ").next().unwrap_or_default();
        for other in others.chain(["io_uring 7".into(), "ringutils 7".into()]) {
            assert!(see.contains(&format!(".Xr {other}")), "{name}(1) does not lead to {other}");
        }
    }
}

/// The same in `--help`; and what GNU's messages call a directory is called so.
#[test]
fn texts_of_all_commands_are_alike() {
    let programs = [
        env!("CARGO_BIN_EXE_ucat"),
        env!("CARGO_BIN_EXE_ucp"),
        env!("CARGO_BIN_EXE_uhash"),
        env!("CARGO_BIN_EXE_usplice"),
        env!("CARGO_BIN_EXE_utail"),
    ];
    let mut expected = None;
    for program in programs {
        let output = Command::new(program).arg("--help").output().expect("it runs");
        let help = String::from_utf8(output.stdout).expect("UTF-8");
        let start = help.find("      --progress[=WHEN]").expect("what all commands have");
        let shared = help[start..].split("\n\n").next().expect("text").to_owned();
        let last = help.lines().last().expect("a line").to_owned();
        let expected = expected.get_or_insert_with(|| (shared.clone(), last.clone()));
        assert_eq!((&shared, &last), (&expected.0, &expected.1), "{program} --help");
        assert!(!help.contains("folder"), "{program} --help");
    }
    for (name, page) in COMMANDS {
        assert!(!page.contains("folder"), "{name}(1)");
    }
}

/// No line of a page may be such that mandoc shows something else than what was meant.
#[test]
fn pages_are_plain_text() {
    let pages = [
        ("ucat.1", UCAT),
        ("ucp.1", UCP),
        ("uhash.1", UHASH),
        ("usplice.1", USPLICE),
        ("utail.1", UTAIL),
        ("ringutils.7", RINGUTILS),
    ];
    for (name, page) in pages {
        for (number, line) in page.lines().enumerate() {
            let at = format!("{name}:{}: {line}", number + 1);
            assert!(line.is_ascii() && !line.ends_with(' ') && !line.is_empty(), "{at}");
            assert!(!line.starts_with('\''), "a request to the formatter: {at}");
        }
    }
}

#[test]
fn words_behind_macros() {
    let line = ".It Fl b , Fl -number-nonblank";
    assert_eq!(described(line), Names::from(["--number-nonblank".into(), "-b".into()]));
    assert_eq!(mentioned(".Op Fl vE"), Names::from(["-E".into(), "-v".into()]));
    assert_eq!(mentioned(".Op Fl -ring Ns = Ns Ar LIST"), Names::from(["--ring".into()]));
    let page =
        ".Sh A\n.Bl -tag\n.It Cm x Ns = Ns Ar Y\n.Bl -tag\n.It Cm w\n.El\n.It Va z\n.El\n.Sh B\n.It Cm q";
    assert_eq!(entries(page, "A", "Cm"), Names::from(["x".into()]));
}
