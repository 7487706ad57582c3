//! What pages show of a terminal: commands, and what they are said to put out.
//!
//! ````text
//! ```console
//! $ seq 3 >numbers
//! $ ucat -n numbers |
//! > tail -n 1
//!      3  3
//! ```
//! ````
//!
//! Behind `console` may stand what a block needs to be run: see [`Need`]. In an expected line `…` is any text, and a line
//! that is only `…` any number of lines, none included. Blanks are all alike, however many they are, and what a page
//! has no line for at the end, an empty line, is not missed.

use std::fmt::Write as _;

use super::markdown::Page;

/// What a block is run only with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    Root,
    Uring,
    /// The newest GNU coreutils, in the folder `$GNU`.
    Gnu,
}

/// A command, and what it is said to put out.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    pub line: usize,
    pub text: String,
    pub expected: Vec<String>,
    pub needs: Vec<Need>,
}

/// Which blocks of a page are to be run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    All,
    /// Those with the word `run`. The others show what can't be tried everywhere.
    Marked,
}

/// The commands of a page, in their order.
pub fn commands(page: &Page, blocks: Blocks) -> Result<Vec<Command>, String> {
    let mut commands: Vec<Command> = Vec::new();
    for block in page.blocks() {
        let mut words = block.info.split_whitespace();
        if words.next() != Some("console") {
            continue;
        }
        let mut needs = Vec::new();
        let mut marked = false;
        for word in words {
            match word {
                "root" => needs.push(Need::Root),
                "uring" => needs.push(Need::Uring),
                "gnu" => needs.push(Need::Gnu),
                "run" => marked = true,
                _ => return Err(format!("{}:{}: console {word}?", page.name, block.line - 1)),
            }
        }
        if blocks == Blocks::Marked && !marked {
            continue;
        }
        let first = commands.len();
        for (line, text) in (block.line..).zip(&block.lines) {
            if let Some(text) = text.strip_prefix("$ ") {
                let (text, needs) = (text.to_owned(), needs.clone());
                commands.push(Command { line, text, expected: Vec::new(), needs });
                continue;
            }
            match commands[first..].last_mut() {
                None => return Err(format!("{}:{line}: there is no command above", page.name)),
                Some(Command { text: command, expected, .. }) => match text.strip_prefix("> ") {
                    Some(more) if expected.is_empty() => *command += &format!("\n{more}"),
                    _ => expected.push((*text).to_owned()),
                },
            }
        }
    }
    Ok(commands)
}

/// How `found` is not what was expected, line by line; none if it is.
pub fn difference(expected: &[String], found: &str) -> Option<String> {
    let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    let mut found: Vec<&str> = found.lines().collect();
    for lines in [&mut expected, &mut found] {
        while lines.last().is_some_and(|line| line.trim().is_empty()) {
            lines.pop();
        }
    }
    let costs = costs(&expected, &found);
    if costs[0][0] == 0 {
        return None;
    }
    let mut report = String::new();
    let (mut e, mut f) = (0, 0);
    while e < expected.len() || f < found.len() {
        let cost = costs[e][f];
        let (cheaper, any) = (cost.wrapping_sub(1), expected.get(e).is_some_and(|line| is_any(line)));
        if e < expected.len()
            && f < found.len()
            && !any
            && cost == costs[e + 1][f + 1]
            && like(expected[e], found[f])
        {
            let _ = writeln!(report, "    {}", found[f]);
            (e, f) = (e + 1, f + 1);
        } else if any && cost == costs[e + 1][f] {
            e += 1;
        } else if any && f < found.len() && cost == costs[e][f + 1] {
            let _ = writeln!(report, "  … {}", found[f]);
            f += 1;
        } else if e < expected.len() && !any && costs[e + 1][f] == cheaper {
            let _ = writeln!(report, "  - {}", expected[e]);
            e += 1;
        } else {
            let _ = writeln!(report, "  + {}", found[f]);
            f += 1;
        }
    }
    Some(report)
}

/// A line that stands for any number of lines.
fn is_any(expected: &str) -> bool {
    expected.trim() == "…"
}

/// For each pair of places: how many lines behind them have no counterpart, if it is as few as can be.
fn costs(expected: &[&str], found: &[&str]) -> Vec<Vec<usize>> {
    let mut costs = vec![vec![0; found.len() + 1]; expected.len() + 1];
    for e in (0..=expected.len()).rev() {
        for f in (0..=found.len()).rev() {
            let any = e < expected.len() && is_any(expected[e]);
            let price = usize::from(!any);
            let without_expected = (e < expected.len()).then(|| costs[e + 1][f] + price);
            let without_found = (f < found.len()).then(|| costs[e][f + 1] + price);
            let both = e < expected.len() && f < found.len() && !any && like(expected[e], found[f]);
            let with_both = both.then(|| costs[e + 1][f + 1]);
            let least = [without_expected, without_found, with_both].into_iter().flatten().min();
            costs[e][f] = least.unwrap_or(0);
        }
    }
    costs
}

/// Whether a line is what was expected.
fn like(expected: &str, found: &str) -> bool {
    let (expected, found) = (even(expected), even(found));
    let mut parts = expected.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = found.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        // The first place is as good as any other.
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// With one blank where there are some, and none at the end.
fn even(line: &str) -> String {
    let mut even = String::new();
    for c in line.trim_end().chars() {
        let c = if c == '\t' { ' ' } else { c };
        if c != ' ' || !even.ends_with(' ') {
            even.push(c);
        }
    }
    even
}

fn in_page(text: &str) -> Result<Vec<Command>, String> {
    commands(&Page::of("p", text), Blocks::All)
}

#[test]
fn commands_of_a_page() {
    let text =
        "```console\n$ a |\n> b\nx\n\n> y\n$ c\n```\n```sh\n$ no\n```\n```console root gnu\n$ d\n…\n```";
    let command = |line, text: &str, expected: &[&str], needs: &[Need]| Command {
        line,
        text: text.to_owned(),
        expected: expected.iter().map(ToString::to_string).collect(),
        needs: needs.to_vec(),
    };
    let expected = vec![
        command(2, "a |\nb", &["x", "", "> y"], &[]),
        command(7, "c", &[], &[]),
        command(13, "d", &["…"], &[Need::Root, Need::Gnu]),
    ];
    assert_eq!(in_page(text), Ok(expected));
}

#[test]
fn marked_blocks() {
    let page =
        Page::of("p", "```console\n$ a\n```\n```console run\n$ b\n```\n```console uring run\n$ c\n```\n");
    let texts = |blocks| commands(&page, blocks).unwrap().into_iter().map(|c| c.text).collect::<Vec<_>>();
    assert_eq!(texts(Blocks::All), ["a", "b", "c"]);
    assert_eq!(texts(Blocks::Marked), ["b", "c"]);
}

#[test]
fn wrong_blocks_are_noticed() {
    assert_eq!(in_page("```console rot\n$ x\n```"), Err("p:1: console rot?".into()));
    assert_eq!(in_page("a\n```console\nx\n$ y\n```"), Err("p:3: there is no command above".into()));
    let second = "```console\n$ x\n```\n```console\ny\n```";
    assert_eq!(in_page(second), Err("p:5: there is no command above".into()), "nor in the block above");
}

#[test]
fn lines_alike() {
    for (expected, found) in [
        ("", ""),
        ("a b", "a b"),
        ("a  b", "a\tb  "),
        ("  a", "\ta"),
        ("…", ""),
        ("…", "any"),
        ("a…", "a"),
        ("…a", "bba"),
        ("a … c", "a b b c"),
        ("a…b…c", "a.b.b.c"),
        ("…b…b…", "abba"),
    ] {
        assert!(like(expected, found), "{expected:?} {found:?}");
    }
    for (expected, found) in [
        ("", "a"),
        ("a", ""),
        ("ab", "a b"),
        (" a", "a"),
        ("a…", "ba"),
        ("…a", "ab"),
        ("a…a", "a"),
        ("…b…b…", "aba"),
        ("a … c", "a c"),
        ("a.*", "ab"),
    ] {
        assert!(!like(expected, found), "{expected:?} {found:?}");
    }
}

fn compare(expected: &str, found: &str) -> Option<String> {
    let expected: Vec<String> = expected.lines().map(str::to_owned).collect();
    difference(&expected, found)
}

#[test]
fn outputs_alike() {
    for (expected, found) in [
        ("", ""),
        ("", "\n"),
        ("a\nb", "a\nb\n"),
        ("a\n\n", "a"),
        ("…", ""),
        ("…", "a\nb\n"),
        ("a\n…\nb", "a\nb\n"),
        ("a\n…\nb", "a\nb\nc\nb\n"),
        ("…\nb …\n…", "a\nb 1\nb 2\n"),
    ] {
        assert_eq!(compare(expected, found), None, "{expected:?} {found:?}");
    }
}

#[test]
fn differences_are_told() {
    for (expected, found, report) in [
        ("a", "", "  - a\n"),
        ("", "a\n", "  + a\n"),
        ("a\nb\nc", "a\nx\nc\n", "    a\n  - b\n  + x\n    c\n"),
        ("a\n\nb", "a\nb\n", "    a\n  - \n    b\n"),
        ("a\n…\nz\nend", "a\n1\n2\nend\n", "    a\n  … 1\n  … 2\n  - z\n    end\n"),
        ("a …\nb", "a 1\na 2\nb", "    a 1\n  + a 2\n    b\n"),
        ("…\nb", "a\n", "  … a\n  - b\n"),
    ] {
        assert_eq!(compare(expected, found).as_deref(), Some(report), "{expected:?} {found:?}");
    }
}
