//! `docs/benchmarks.md`.

use super::losses;
use super::markdown::{self, bullet, listed, paragraph, plain};
use super::results::{Results, display};
use super::tools;

/// The whole page.
pub fn render(all: &[Results]) -> String {
    let mut text =
        String::from("<!-- Made by `cargo bench --bench compare -- --render`: changes are lost. -->\n\n");
    text += "# ringutils and the others, measured\n\n";
    text += &introduction(all);
    text += "![The newest GNU commands and ours](benchmarks/overview.svg)\n\n";
    for results in all {
        text += &tools::section(results);
    }
    text += &losses::sections(all);
    text += HOW;
    text += &circumstances(all);
    text += &participants(all);
    text += REPEAT;
    text
}

fn introduction(all: &[Results]) -> String {
    let commands: Vec<String> =
        all.iter().map(|results| format!("[`{0}`](#{0})", results.command())).collect();
    let rows: usize = all.iter().map(|results| results.measured().count()).sum();
    let lost: usize =
        all.iter().flat_map(Results::measured).filter(|(_, row)| !losses::of(row).is_empty()).count();
    paragraph(&format!(
        "{}, row by row, beside every other command that does the same work and was to be had on the machine. Of \
         {rows} rows, somebody else is faster in {lost}: [where we lose, and why](#where-we-lose-and-why). \
         [How it is measured](#how-it-is-measured), [on what](#on-what), [who takes part](#who-takes-part), and [how to \
         repeat it](#how-to-repeat-it) are at the end. All figures and charts are made from the results in \
         [benchmarks](benchmarks), which are what the benchmark writes; none is typed by hand.",
        listed(&commands)
    ))
}

const HOW: &str = "\
## How it is measured

- Each row is one job. The commands take turns: A B C in the first round, B C A in the second, and so on. A ratio is
  the median of the ratios within the rounds, so that a machine that is busy for a while disturbs all alike.
- Time is wall time from just before the command is started until it, and whoever is at the other end of a pipe, is
  done; rows that are about something else say so. One run before the first round warms up.
- Before anything is timed, what all commands put out is compared: byte for byte, or, where they make files, the whole
  tree with what was to be kept. A row in which our output differs, or GNU's, fails, and has no figures.
- Copies go to where nothing has been before: a fresh name, or a fresh ext4, XFS or btrfs on a loop device in RAM. Who
  keeps less about the files than GNU's command does is told of below the table.
- Cold means that the kernel's caches of contents, names and inodes are dropped before each run.
- The data is the same on every machine: it is made from a fixed seed.
- `engine=threads` is our command with `RINGUTILS=engine=threads`: without io_uring, as in most containers. Rows whose
  name begins or ends with `blocked` have io_uring refused to all by a seccomp filter.
- Memory is the peak of the resident set. What is below that of the benchmark itself can't be told, and is shown as
  `≤`. Processor time is that of the command alone.

";

const REPEAT: &str = "\
## How to repeat it

```sh
cargo bench --bench compare -- cat                # one tool; as root, for rows with a cold cache or file systems
cargo bench --bench compare -- cat pipe --runs 21 # some rows of it, more rounds
cargo bench --bench compare -- --report           # all of it; writes this page, too
```

It takes some minutes a tool, 2 GB of RAM, and 20 GB of disk for the rows of `cp`. Who is on `PATH` takes part;
`GNU_LATEST_BIN` names the folder of the newest GNU commands.
";

fn circumstances(all: &[Results]) -> String {
    let titles = ["", "processor", "cores", "memory", "Linux", "disk", "RAM", "rounds", "measured"];
    let mut lines: Vec<(Vec<String>, Vec<String>)> = Vec::new();
    for results in all {
        let machine = &results.machine;
        let cells = vec![
            plain(&machine.cpu),
            machine.cores.to_string(),
            memory(&machine.memory),
            plain(&machine.kernel),
            machine.disk.clone(),
            machine.ram.clone(),
            between(rounds(results)),
            days(results),
        ];
        let command = format!("`{}`", results.command());
        match lines.iter_mut().find(|(_, others)| *others == cells) {
            Some((commands, _)) => commands.push(command),
            None => lines.push((vec![command], cells)),
        }
    }
    let lines: Vec<Vec<String>> =
        lines.into_iter().map(|(commands, cells)| [vec![commands.join(", ")], cells].concat()).collect();
    format!("## On what\n\n{}", markdown::table(&titles.map(String::from), &lines))
}

/// `24684084 kB`, as the kernel says it, in what people count memory in.
pub fn memory(total: &str) -> String {
    let kib: Option<f64> = total.strip_suffix(" kB").and_then(|kib| kib.parse().ok());
    kib.map_or_else(|| plain(total), |kib| format!("{:.1} GiB", kib / 1_048_576.0))
}

/// How many there were, in each row that varies.
pub fn rounds(results: &Results) -> impl Iterator<Item = String> {
    let rows = results.measured().filter(|(_, row)| row.has_ratios());
    rows.filter_map(|(_, row)| row.ours()).map(|ours| ours.scores.len().to_string())
}

/// When each row was measured.
pub fn each_day(results: &Results) -> impl Iterator<Item = String> {
    results.measured().filter_map(|(_, row)| row.day.clone())
}

/// The days on which rows were measured.
pub fn days(results: &Results) -> String {
    between(each_day(results))
}

/// The first and the last, if these differ.
pub fn between(values: impl Iterator<Item = String>) -> String {
    let mut values: Vec<String> = values.collect();
    values.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    match (values.first(), values.last()) {
        (Some(first), Some(last)) if first == last => first.clone(),
        (Some(first), Some(last)) => format!("{first} to {last}"),
        _ => "unknown".into(),
    }
}

fn participants(all: &[Results]) -> String {
    let mut text = String::from("## Who takes part\n\n");
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut add = |name: String, version: String| {
        let line = vec![name, plain(&version)];
        if !lines.contains(&line) {
            lines.push(line);
        }
    };
    let mut own_loader = false;
    for results in all {
        for taking_part in &results.versions {
            own_loader |= taking_part.words.first().is_some_and(|program| program.contains("ld-linux"));
            if !super::results::is_threads(&taking_part.label) {
                add(name(&taking_part.label), product(&taking_part.text));
            }
        }
        if let Some(wc) = &results.wc {
            add("`wc`, the other end of a pipe".into(), product(wc));
        }
    }
    lines.sort();
    text += &markdown::table(&["command".into(), "version".into()], &lines);
    if own_loader {
        text += &paragraph(
            "The newest GNU commands come from a newer system than this one, and so are run by the loader, and with the C \
             library, of that one.",
        );
    }
    text + &absent(all)
}

/// Who was looked for, and not found, with the tools that they were looked for beside; and other remarks.
fn absent(all: &[Results]) -> String {
    let mut missing: Vec<(String, Vec<String>)> = Vec::new();
    let mut text = String::new();
    for results in all {
        let command = format!("`{}`", results.command());
        for note in &results.absent {
            let Some(who) = note.strip_prefix("not compared: ") else {
                text += &bullet(&format!("{command}: {}.", plain(note)));
                continue;
            };
            let who = plain(who.split(" (").next().unwrap_or(who));
            match missing.iter_mut().find(|(other, _)| *other == who) {
                Some((_, commands)) if commands.contains(&command) => {}
                Some((_, commands)) => commands.push(command.clone()),
                None => missing.push((who, vec![command.clone()])),
            }
        }
    }
    for (who, commands) in missing {
        text += &bullet(&format!("Not there to take part beside {}: {who}.", listed(&commands)));
    }
    if text.is_empty() { text } else { text + "\n" }
}

fn name(label: &str) -> String {
    match label {
        xargs if xargs.starts_with("xargs") => "xargs".into(),
        "splice loop" => "splice loop: `splice(2)`, 1 MiB after the other, and nothing else".into(),
        own if own.starts_with('u') && own != "uutils" => format!("`{own}`"),
        other => display(other),
    }
}

/// The product and its version, without the names of its commands and of its authors.
fn product(version: &str) -> String {
    let version = version.split(" - Copyright").next().unwrap_or(version).replace("(GNU ", "(");
    let products = [
        ("coreutils", "GNU coreutils"),
        ("findutils", "GNU findutils"),
        ("ringutils", "ringutils"),
        ("uutils coreutils", "uutils coreutils"),
    ];
    for (product, shown) in products {
        if let Some((_, number)) = version.split_once(&format!("({product}) ")) {
            return format!("{shown} {number}");
        }
    }
    if version == "unknown" { "it does not say".into() } else { version }
}
