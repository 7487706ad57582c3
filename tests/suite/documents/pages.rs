//! Runs the commands of a page and compares.

use std::env;
use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use super::console::{Blocks, Need, commands, difference};
use super::markdown::Page;
use super::session::Session;
use super::{all_pages, root};
use crate::harness::{PATIENCE, gnu_under_test, has_io_uring, latest_folder, only_ours, skip, sys};

/// No more lines of a difference are shown.
const SHOWN: usize = 100;

/// Whether pages are run at all: with the tools as they come, and so once, however many engines are tested.
pub fn are_run() -> bool {
    let engine = env::var("RINGUTILS_TEST_ENGINE").unwrap_or_default();
    ["", "auto"].contains(&engine.as_str()) && !only_ours()
}

/// Whether this page is to be run: all are, unless a variable names some by how their names begin.
pub fn is_wanted(name: &str) -> bool {
    env::var("RINGUTILS_TEST_PAGE").map_or(true, |start| name.starts_with(start.trim_start_matches("./")))
}

/// Whether there is what a block needs.
fn is_there(need: Need, page: &str) -> bool {
    match need {
        Need::Root => sys::is_root() || told(&format!("{page}: needs root")),
        Need::Uring => has_io_uring(),
        Need::Gnu => latest_folder().is_some() || told(&format!("{page}: no newest GNU coreutils")),
    }
}

fn told(why: &str) -> bool {
    skip(why);
    false
}

/// Runs what `page` shows; what is not as it is shown.
fn failures(page: &Page, blocks: Blocks, root: &Path) -> Vec<String> {
    let commands = match commands(page, blocks) {
        Ok(commands) => commands,
        Err(why) => return vec![why],
    };
    let mut needs: Vec<Need> = commands.iter().flat_map(|command| command.needs.clone()).collect();
    needs.sort_unstable();
    needs.dedup();
    needs.retain(|&need| is_there(need, &page.name));
    if commands.is_empty() {
        return Vec::new();
    }
    let begin = Instant::now();
    let mut failures = Vec::new();
    let mut session = Session::new(root, PATIENCE);
    for command in commands.iter().filter(|c| c.needs.iter().all(|need| needs.contains(need))) {
        let text = command.text.replace('\n', "\n> ");
        let place = format!("{}:{}\n$ {text}\n", page.name, command.line);
        match session.run(&command.text) {
            Ok(output) => {
                let difference = difference(&command.expected, &output);
                failures.extend(difference.map(|difference| place + &shortened(&difference)));
            }
            Err(stopped) => {
                failures.push(format!("{place}{}  … and {}\n", shortened(&stopped.output), stopped.why));
                break;
            }
        }
    }
    if env::var_os("RINGUTILS_TEST_PAGE").is_some() {
        let (count, time) = (commands.len(), begin.elapsed().as_secs_f32());
        let line = format!("{}: {count} commands, {time:.1} s\n", page.name);
        // Not eprintln!, which the test runner would swallow.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    failures
}

fn shortened(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().take(SHOWN + 1).collect();
    if lines.len() > SHOWN {
        lines[SHOWN] = "  (and so on)";
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Runs these pages, if they are to be run.
#[track_caller]
pub fn run(names: &[String], blocks: Blocks) {
    assert!(all_pages().iter().any(|page| is_wanted(&page.name)), "no page begins like RINGUTILS_TEST_PAGE");
    let pages = names.iter().filter(|name| is_wanted(name)).map(|name| Page::read(&root(), name));
    let failures: Vec<String> = pages.flat_map(|page| failures(&page, blocks, &root())).collect();
    let count = failures.len();
    assert!(
        failures.is_empty(),
        "{count} outputs are not as shown (-: missing, +: not expected):\n\n{}",
        failures.join("\n")
    );
}

#[test]
fn readme() {
    if are_run() {
        run(&["README.md".into()], Blocks::Marked);
    }
}

#[test]
fn failures_name_page_and_line() {
    if gnu_under_test() {
        return;
    }
    let failures = |text: &str| failures(&Page::of("a.md", text), Blocks::All, &root());
    assert_eq!(failures("```console\n$ echo a\na\n$ ucat <<<b\n…\n```"), Vec::<String>::new());
    assert_eq!(
        failures(
            "# A\n```console\n$ echo a |\n> ucat -n; echo c\n 1 b\nc\n$ echo d\nd\n$ exit 1\n$ echo e\n```"
        ),
        [
            "a.md:3\n$ echo a |\n> ucat -n; echo c\n  -  1 b\n  +      1\ta\n    c\n",
            "a.md:9\n$ exit 1\n  … and ends the shell\n"
        ],
    );
    let unknown = failures("```console none\n$ x\n```");
    assert_eq!(unknown, ["a.md:1: console none?"]);
}
