//! `docs/compatibility.md`: its tables are what the commands list in `--help`, its differences what the manual pages say.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::Command;

use super::console::Blocks;
use super::markdown::{Page, code_spans};
use super::{pages, root};
use crate::harness::{b3sum_oracle, latest_folder, only_ours, skip, ucat, ucp, uhash, usplice, utail};

const PAGE: &str = "docs/compatibility.md";
const BEYOND_GNU: &str = "Beyond GNU:";
/// What the remark of an option begins with that is not in both help texts.
const NOT_LISTED: &str = "not listed:";
const NOT_BY_GNU: &str = "not listed by GNU";
const ONLY_BY_GNU: &str = "listed by GNU only";

type Names = BTreeSet<String>;

struct Table {
    line: usize,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// All tables of the page.
fn tables(prose: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let mut within = false;
    for (index, line) in prose.lines().enumerate() {
        let Some(row) = line.strip_prefix('|').and_then(|row| row.strip_suffix('|')) else {
            within = false;
            continue;
        };
        let cells: Vec<String> = row.split('|').map(|cell| cell.trim().to_owned()).collect();
        if !within {
            tables.push(Table { line: index + 1, header: cells, rows: Vec::new() });
        } else if let Some(table) = tables.last_mut()
            && !row.starts_with("---")
        {
            assert_eq!(cells.len(), table.header.len(), "{PAGE}:{}: cells of {line}", index + 1);
            table.rows.push(cells);
        }
        within = true;
    }
    tables
}

fn page() -> Page {
    Page::read(&root(), PAGE)
}

/// The options that a help text lists.
fn listed(help: &str) -> Names {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    // Two blanks, or the end of the line, end the names.
    let names = lines.filter_map(|line| line.split("  ").next()).flat_map(|names| names.split(", "));
    let names = names.map(|name| name.split(['=', '[', ' ']).next().unwrap_or_default().to_owned());
    // Descriptions, too, may begin with an option.
    names.filter(|name| name.starts_with('-')).collect()
}

fn help(mut command: Command) -> String {
    let output = command.arg("--help").env("TERM", "dumb").output().expect("it runs");
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Our command by this name, GNU's or its own.
fn ours(name: &str) -> Command {
    let tool = match name {
        "cat" | "ucat" => ucat(),
        "cp" | "ucp" => ucp(),
        "tail" | "utail" => utail(),
        "tee" | "usplice" => usplice(),
        _ => &uhash(name),
    };
    tool.command(OsStr::new(name))
}

fn original(name: &str) -> Option<Command> {
    if name == "b3sum" {
        return b3sum_oracle().map(|tool| tool.command(OsStr::new(name)));
    }
    let folder = latest_folder();
    if folder.is_none() {
        skip("no newest GNU coreutils to compare with: set GNU_LATEST_BIN");
    }
    folder.map(|folder| Command::new(folder.join(name)))
}

/// The options in the first cells of these rows.
fn options<'a>(rows: impl Iterator<Item = &'a Vec<String>>) -> Names {
    rows.flat_map(|row| code_spans(&row[0])).map(str::to_owned).collect()
}

#[track_caller]
fn assert_same(what: &str, in_the_command: &Names, in_the_table: &Names) {
    let missing: Vec<_> = in_the_command.difference(in_the_table).collect();
    let invented: Vec<_> = in_the_table.difference(in_the_command).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "{what}: not in the table: {missing:?}; only in the table: {invented:?}"
    );
}

/// The tables of options: for each column its commands, its place, and the rows.
fn columns(tables: &[Table]) -> Vec<(Vec<&str>, usize, &Table)> {
    let about_options = tables.iter().filter(|table| table.header[0] == "option");
    let columns = about_options.flat_map(|table| {
        let last = table.header.len() - 1;
        assert_eq!(table.header[last], "remark", "{PAGE}:{}", table.line);
        (1..last).map(move |column| (code_spans(&table.header[column]), column, table))
    });
    columns.collect()
}

#[test]
fn shown() {
    if pages::are_run() {
        pages::run(&[PAGE.into()], Blocks::All);
    }
}

#[test]
fn each_option_has_a_row() {
    if only_ours() {
        return;
    }
    let prose = page().prose();
    let tables = tables(&prose);
    let mut commands = Vec::new();
    for (names, column, table) in columns(&tables) {
        let rows = || table.rows.iter().filter(|row| !row[column].is_empty());
        let remark = |row: &Vec<String>, start: &str| row[row.len() - 1].starts_with(start);
        for row in rows() {
            let known =
                ["same", "no"].contains(&row[column].as_str()) || row[column].starts_with("[differs](#");
            assert!(known, "{PAGE}: {}: {}", row[0], row[column]);
        }
        for name in names {
            let by_us = rows()
                .filter(|row| row[column] != "no" && !remark(row, NOT_LISTED) && !remark(row, ONLY_BY_GNU));
            let by_us = options(by_us);
            let by_gnu = options(rows().filter(|row| !remark(row, NOT_LISTED) && !remark(row, NOT_BY_GNU)));
            let help_text = help(ours(name));
            if name == "tee" {
                // What usplice has from it; no tool of ours has that name.
                let known = listed(&help_text);
                assert!(by_us.is_subset(&known), "{by_us:?} of {known:?}");
            } else {
                assert_same(&format!("our {name} --help"), &listed(&help_text), &by_us);
            }
            if let Some(original) = original(name) {
                assert_same(&format!("{name} --help"), &listed(&help(original)), &by_gnu);
            }
            commands.push(name);
        }
    }
    let all = ["cat", "cp", "cksum", "md5sum", "sha1sum", "sha224sum", "sha256sum", "sha384sum", "sha512sum"];
    let all: Vec<_> = all.into_iter().chain(["b2sum", "sum", "b3sum", "tail", "tee"]).collect();
    assert_eq!(commands, all);
}

#[test]
fn what_is_not_listed_is_taken_all_the_same() {
    if only_ours() {
        return;
    }
    let prose = page().prose();
    let mut count = 0;
    for (names, column, table) in columns(&tables(&prose)) {
        let unlisted = |row: &&Vec<String>| row[row.len() - 1].starts_with(NOT_LISTED);
        for row in table.rows.iter().filter(unlisted).filter(|row| !row[column].is_empty()) {
            for option in code_spans(&row[0]).into_iter().filter(|option| !option.contains("NUM")) {
                let output = ours(names[0]).args([option, "--version"]).output();
                assert!(output.expect("it runs").status.success(), "{} {option}", names[0]);
                count += 1;
            }
        }
    }
    assert!(count >= 3, "{count}");
}

#[test]
fn what_is_refused_is_refused() {
    if only_ours() {
        return;
    }
    let prose = page().prose();
    for (names, column, table) in
        columns(&tables(&prose)).into_iter().filter(|(names, ..)| names[0] == "b3sum")
    {
        let refused = options(table.rows.iter().filter(|row| row[column] == "no"));
        assert!(!refused.is_empty());
        for option in refused {
            let output = ours(names[0]).args([&option, "1"]).output().expect("it runs");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.code() == Some(1) && told.contains("is not supported"), "{option}: {told}");
        }
    }
}

#[test]
fn what_is_beyond_gnu_has_a_row() {
    if only_ours() {
        return;
    }
    let prose = page().prose();
    let mut tools = Vec::new();
    for table in tables(&prose) {
        let Some(name) = table.header[0].strip_prefix("option of ") else { continue };
        let name = code_spans(name)[0];
        let help_text = help(ours(name));
        let beyond = help_text.split_once(BEYOND_GNU).map_or(help_text.as_str(), |(_, beyond)| beyond);
        assert_same(&format!("{name} --help"), &listed(beyond), &options(table.rows.iter()));
        tools.push(name.to_owned());
    }
    assert_eq!(tools, ["ucat", "ucp", "uhash", "utail", "usplice"]);
}

/// What is said to stand in for options of others is an option of usplice.
#[test]
fn counterparts_exist() {
    if only_ours() {
        return;
    }
    let known = listed(&help(ours("usplice")));
    let prose = page().prose();
    let mut count = 0;
    for table in
        tables(&prose).iter().filter(|table| table.header.get(1).is_some_and(|name| name == "`usplice`"))
    {
        for name in table.rows.iter().flat_map(|row| code_spans(&row[1])).filter(|name| name.starts_with('-'))
        {
            let name = name.split([' ', '=']).next().unwrap_or_default();
            assert!(known.contains(name), "{PAGE}:{}: usplice {name}", table.line);
            count += 1;
        }
        match table.header[0].as_str() {
            "`pv`" => each_option_of_pv_has_a_row(table),
            "`dd`" => each_operand_of_dd_has_a_row(table),
            "`head`" => {
                if let Some(head) = original("head") {
                    assert_same("head --help", &listed(&help(head)), &options(table.rows.iter()));
                }
            }
            other => panic!("{PAGE}:{}: {other}", table.line),
        }
    }
    assert!(count > 25, "{count}");
}

fn each_option_of_pv_has_a_row(table: &Table) {
    let ask = |option| Command::new("pv").arg(option).output().map(|output| output.stdout);
    match ask("--version") {
        Ok(version) if version.starts_with(b"pv 1.6.20 ") => {
            let help = String::from_utf8(ask("--help").expect("pv runs")).expect("UTF-8");
            assert_same("pv --help", &listed(&help), &options(table.rows.iter()));
        }
        _ => skip("no pv 1.6.20"),
    }
}

fn each_operand_of_dd_has_a_row(table: &Table) {
    let Some(dd) = original("dd") else { return };
    let help = help(dd);
    let first_words =
        help.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()?.split_once('='));
    let operands = first_words.filter(|(_, value)| value.chars().all(|c| c.is_ascii_uppercase()));
    let operands: Names = operands.map(|(name, _)| name.to_owned()).collect();
    let spans = options(table.rows.iter());
    let named = spans.iter().flat_map(|span| span.split(' ')).filter_map(|word| word.split_once('='));
    assert_same("dd --help", &operands, &named.map(|(name, _)| name.to_owned()).collect());
}

/// The words in a text, whatever is between them.
fn words(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

/// Each sentence and each item of a manual page's section on compatibility, as words.
fn sentences(manual: &str, name: &str) -> Vec<String> {
    let section = manual.lines().skip_while(|line| *line != ".Sh COMPATIBILITY").skip(1);
    let mut sentences = vec![String::new()];
    for line in section.take_while(|line| !line.starts_with(".Sh ")) {
        let tokens: Vec<&str> = line.split(' ').collect();
        let is_new = [".It", ".Pp", ".Bl", ".El", ".Ss"].contains(&tokens[0]);
        if is_new {
            sentences.push(String::new());
        }
        let text = match tokens[..] {
            [".Pp" | ".Bl" | ".El" | ".Ss", ..] => String::new(),
            [".Nm"] => name.to_owned(),
            [first, ..] if first.starts_with('.') => without_macros(&tokens),
            _ => line.to_owned(),
        };
        if let Some(last) = sentences.last_mut() {
            *last += &format!(" {text}");
        }
        if line.ends_with(['.', ':']) {
            sentences.push(String::new());
        }
    }
    let sentences = sentences.iter().map(|sentence| words(sentence));
    sentences.filter(|words| !words.trim().is_empty() && words != " The differences ").collect()
}

fn without_macros(tokens: &[&str]) -> String {
    const MACROS: [&str; 16] =
        ["It", "Fl", "Xr", "Dq", "Ql", "Cm", "Pa", "Dv", "Nm", "Sx", "Ar", "Ns", "Pq", "Em", "Ta", "Ev"];
    let is_text = |token: &&&str| !MACROS.contains(&token.trim_start_matches('.'));
    tokens.iter().filter(is_text).copied().collect::<Vec<_>>().join(" ")
}

#[test]
fn differences_are_those_of_the_manual() {
    let prose = page().prose();
    let manuals = [
        ("ucat", include_str!("../../../man/ucat.1")),
        ("ucp", include_str!("../../../man/ucp.1")),
        ("uhash", include_str!("../../../man/uhash.1")),
        ("utail", include_str!("../../../man/utail.1")),
        ("usplice", include_str!("../../../man/usplice.1")),
    ];
    let mut missing = Vec::new();
    for (name, manual) in manuals {
        let (_, section) = prose.split_once(&format!("\n## `{name}`\n")).expect("a heading for each tool");
        let section = section.split("\n## ").next().unwrap_or_default();
        // Of a link, its text counts.
        let parts = section.split("](").enumerate();
        let text = parts.map(|(index, part)| match part.split_once(')') {
            Some((_, rest)) if index > 0 => rest,
            _ => part,
        });
        let section = words(&text.collect::<Vec<_>>().join(" "));
        let sentences = sentences(manual, name);
        assert!(sentences.len() > 5, "{name}: {sentences:?}");
        missing.extend(
            sentences.into_iter().filter(|s| !section.contains(s.as_str())).map(|s| format!("{name}(1):{s}")),
        );
    }
    assert!(missing.is_empty(), "{PAGE} does not say, in these words:\n{}", missing.join("\n"));
}

#[test]
fn tables_and_lists() {
    let found = tables("a\n| x | y |\n|---|---|\n| `-a`, `--all` | |\n\n| z |\n|---|\n");
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].line, found[0].header.clone()), (2, vec!["x".to_owned(), "y".to_owned()]));
    assert_eq!(found[0].rows, [["`-a`, `--all`", ""]]);
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Names>();
    assert_eq!(options(found[0].rows.iter()), names(&["-a", "--all"]));
    let help = "Usage: x -a\n  -f, --follow[={a|b}]  x\n  -q, --quiet, --silent\n     no -x\n     --size is no, it is\n  -l, --length <N>  y\n      --size=N\n";
    let all = ["-f", "--follow", "-q", "--quiet", "--silent", "-l", "--length", "--size"];
    assert_eq!(listed(help), names(&all));
}

#[test]
fn sentences_of_a_manual() {
    let manual = ".Sh A\nno\n.Sh COMPATIBILITY\nIt is\n.Xr cat 1 .\nThe differences:\n.Bl -bullet\n.It\nThe texts of\n\
                  .Fl -help .\n.It x=N Ta Fl i Ar N\n.El\n.Pp\n.Nm\nand\n.Nm cat ,\nboth.\n.Sh B\nno.\n";
    assert_eq!(
        sentences(manual, "ucat"),
        [" It is cat 1 ", " The texts of help ", " x N i N ", " ucat and cat both "]
    );
}
