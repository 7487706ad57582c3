//! Generated trees, destinations and options, run by ours and by GNU's cp: the same lines, status and trees.
//! `PROPTEST_CASES` says how many. A failure is shrunk, and shown as the text of a case that can be written down.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestCaseError;

use crate::harness::twins::{case, words};
use crate::harness::{each_generated, skip};

const CASES: u32 = 150;

/// Names in which sources and destinations meet often.
const NAMES: [&str; 7] = ["a", "b", "c", "x/a", "x/b", "x/y/a", "a/b"];

const OPTIONS: [&str; 60] = [
    "-r",
    "-r",
    "-r",
    "-R",
    "-a",
    "-a",
    "-d",
    "-p",
    "-L",
    "-P",
    "-H",
    "-f",
    "-n",
    "-i",
    "-u",
    "-v",
    "-v",
    "-v",
    "-b",
    "-l",
    "-s",
    "-x",
    "-T",
    "--debug",
    "--parents",
    "--remove-destination",
    "--attributes-only",
    "--copy-contents",
    "--backup=numbered",
    "--backup=simple",
    "-S .x",
    "--sparse=always",
    "--sparse=never",
    "--reflink=never",
    "--reflink=always",
    "--update=none",
    "--update=none-fail",
    "--update=all",
    "--preserve=links",
    "--preserve=mode",
    "--preserve=timestamps",
    "--preserve=xattr",
    "--preserve=all",
    "--preserve=ownership",
    "--no-preserve=mode",
    "--no-preserve=links",
    "--no-preserve=timestamps",
    "--strip-trailing-slashes",
    "--keep-directory-symlink",
    "-Z",
    "--context=x",
    "-rl",
    "-rs",
    "-rb",
    "-af",
    "-ab",
    "-rL",
    "-rv",
    "-aL",
    "-ru",
];

/// One name in the source or the destination: what it is.
#[derive(Clone, Debug)]
enum Kind {
    File(&'static str),
    Folder,
    Symlink(&'static str),
    /// Of the n-th file before it, if there is one.
    Hard(usize),
    Fifo,
    Socket,
}

#[derive(Clone, Debug)]
struct Item {
    /// In `s` or in `t`.
    source: bool,
    name: &'static str,
    kind: Kind,
    mode: Option<u32>,
    /// Seconds; `t` and `s` have some in common.
    time: i64,
    attribute: bool,
}

fn item() -> impl Strategy<Value = Item> {
    let content = select(vec!["", "=", "=text", "#5000", "~d4096,h65536,d10", "~z8192", "~h100000"]);
    let target = select(vec!["a", "b", "../c", "y", "gone", ".", "x/a", "c"]);
    let kind = prop_oneof![
        8 => content.prop_map(Kind::File),
        5 => Just(Kind::Folder),
        3 => target.prop_map(Kind::Symlink),
        2 => (0..3_usize).prop_map(Kind::Hard),
        1 => Just(Kind::Fifo),
        1 => Just(Kind::Socket),
    ];
    let modes = vec![0, 0o400, 0o444, 0o600, 0o640, 0o755, 0o777, 0o700, 0o2755, 0o4711, 0o1777, 0o500];
    let mode = prop_oneof![2 => Just(None), 1 => select(modes).prop_map(Some)];
    (
        prop_oneof![2 => Just(true), 1 => Just(false)],
        select(NAMES.as_slice()),
        kind,
        mode,
        1000..1003_i64,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(source, name, kind, mode, time, attribute)| Item {
            source,
            name,
            kind,
            mode,
            time,
            attribute,
        })
}

/// The text of a tree, in which each name is made once, below folders.
fn setup(items: &[Item]) -> String {
    let mut made: BTreeSet<String> = BTreeSet::from(["s".into(), "t".into()]);
    let mut folders = made.clone();
    let mut files: Vec<String> = Vec::new();
    let mut text = "d s; d t".to_owned();
    for item in items {
        let name = format!("{}/{}", if item.source { "s" } else { "t" }, item.name);
        let parents: Vec<&str> = name.match_indices('/').map(|(at, _)| &name[..at]).collect();
        let blocked = parents.iter().any(|parent| made.contains(*parent) && !folders.contains(*parent));
        if made.contains(&name) || blocked {
            continue;
        }
        for parent in parents {
            if made.insert(parent.to_owned()) {
                folders.insert(parent.to_owned());
                text += &format!("; d {parent}");
            }
        }
        // A source that is another one's destination is for neither command to read rightly.
        let harmless = |other: &&String| name[..1] == other[..1] || name[1..] == other[1..];
        let other = match item.kind {
            Kind::Hard(n) => files.iter().rev().filter(harmless).nth(n).cloned(),
            _ => None,
        };
        made.insert(name.clone());
        text += &match (&item.kind, other) {
            (Kind::Hard(_), Some(other)) => format!("; h {name} {other}"),
            (Kind::Symlink(target), _) => format!("; l {name} {target} t={}", item.time),
            (Kind::Folder, _) => format!("; d {name}"),
            (Kind::Fifo, _) => format!("; p {name}"),
            (Kind::Socket, _) => format!("; s {name}"),
            (Kind::File(content), _) => format!("; f {name} {content} t={}", item.time),
            (Kind::Hard(_), None) => format!("; f {name} t={}", item.time),
        };
        match item.kind {
            Kind::Folder => drop(folders.insert(name.clone())),
            Kind::File(_) => files.push(name.clone()),
            _ => {}
        }
        if !matches!(item.kind, Kind::Symlink(_) | Kind::Hard(_)) {
            text += &item.mode.map_or_else(String::new, |mode| format!(" m={mode:o}"));
        }
        if item.attribute && matches!(item.kind, Kind::File(_) | Kind::Folder) {
            text += " x:user.k=v";
        }
    }
    text
}

fn operands() -> impl Strategy<Value = String> {
    let sources = vec![
        "s", "s/", "s/.", "s/a", "s/b", "s/c", "s/x", "s/x/", "s/x/a", "s/a/b", "s/gone", "./s/a", "s/x/y",
    ];
    let target =
        select(vec!["t", "t", "t/", "t/a", "t/b", "t/x", "t/new", "t/new/", "t/gone/new", "t/c", "t/x/y"]);
    (vec(select(sources), 1..4), target)
        .prop_map(|(sources, target)| format!("{} {target}", sources.join(" ")))
}

/// A FIFO that is opened waits for its other end. And nothing is asked of a folder that is copied into itself.
fn may_hang(setup: &str, args: &str) -> bool {
    setup.contains("; p ") && !args.split(' ').any(|word| ["-r", "-R", "-a"].contains(&word))
        || setup.contains("; p ") && args.contains("copy-contents")
        // A file written to a FIFO of the destination.
        || setup.contains("; p t/")
        || setup.contains("; l t/") && setup.contains("; p ")
}

fn check(items: &[Item], options: &[&str], operands: &str, nobody: bool) -> Result<(), TestCaseError> {
    let setup = setup(items);
    let args = format!("{} {operands}", options.join(" "));
    if may_hang(&setup, &args) {
        return Ok(());
    }
    let t = case(&setup).stdin("y\nn\ny\ny\nn\n");
    let t = if nobody { t.only_as_nobody() } else { t.only_as_we_are() };
    t.compare(&words(&args)).map(drop).map_err(|report| TestCaseError::fail(format!("cp {args}\n{report}")))
}

#[track_caller]
fn run(nobody: bool) {
    if crate::harness::latest_oracle("cp").is_none() {
        skip("no newest GNU cp to compare with");
        return;
    }
    let commands = (vec(item(), 0..14), vec(select(OPTIONS.as_slice()), 0..4), operands());
    each_generated(CASES, &commands, |(items, options, operands)| check(&items, &options, &operands, nobody));
}

#[test]
fn commands() {
    run(false);
}

#[test]
fn commands_without_rights() {
    run(true);
}
