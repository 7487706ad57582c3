//! The completions in `completions/`, in the shells themselves: typed into a terminal (bash, zsh), or asked for (fish).
//! That they have the right options and words is a unit test of each tool (`tests/completions`).
//!
//! Once: an option is completed before any command runs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::harness::{Collector, PATIENCE, Scene, skip, sys};

/// What is typed, and what the command gets of it. `^` is the key that completes, which bash and zsh are told to ring no
/// bell for.
const TYPED: &[(&str, &str)] = &[
    // Options: whole, with a value to come, with one that may come, hidden, unknown; none behind `--`.
    ("ucat --number-n^", "--number-nonblank"),
    ("ucp --spars^auto", "--sparse=auto"),
    ("ucp --dere^ --verb^", "--dereference --verbose"),
    ("utail --presume^", "--presume"),
    ("utail --disable^", "--disable"),
    ("usplice --nonsense^", "--nonsense"),
    ("usplice --vers^", "--version"),
    ("ucat -- --number-n^", "-- --number-n"),
    // Words, attached or not, of letters alone or in a row.
    ("uhash --algorithm=blake2^", "--algorithm=blake2b"),
    ("uhash --algorithm xxh6^", "--algorithm xxh64"),
    ("uhash -a sm^ file", "-a sm3 file"),
    ("uhash -ra sha51^", "-ra sha512"),
    ("ucp --reflink=al^", "--reflink=always"),
    ("ucp --backup=num^", "--backup=numbered"),
    ("ucp --update=none-^", "--update=none-fail"),
    ("ucp --cache=di^ --progress=al^", "--cache=direct --progress=always"),
    ("usplice --output-error=warn-^", "--output-error=warn-nopipe"),
    ("utail --follow=na^", "--follow=name"),
    ("utail --ring-stats=js^", "--ring-stats=json"),
    // Lists.
    ("ucat --ring=engine=th^", "--ring=engine=threads"),
    ("ucat --ring=depth=4,engine=ur^", "--ring=depth=4,engine=uring"),
    ("ucat --ring=sqpoll,dir^", "--ring=sqpoll,direct"),
    ("ucat --ring plai^", "--ring plain"),
    ("ucp --preserve=own^", "--preserve=ownership"),
    ("ucp --no-preserve=mode,xa^", "--no-preserve=mode,xattr"),
    // Files, folders, and neither.
    ("ucat fil^", "file"),
    ("ucat -n fil^", "-n file"),
    ("ucp -t fol^", "-t folder/"),
    ("ucp --target-directory=fol^", "--target-directory=folder/"),
    ("uhash --files0-from=fil^", "--files0-from=file"),
    ("utail --lines=fil^", "--lines=fil"),
    ("utail -n fil^", "-n fil"),
];

/// What fish has to choose from, in its order.
const ASKED: &[(&str, &[&str])] = &[
    ("ucat --ring", &["--ring", "--ring-stats", "--ring-stats=", "--ring-trace"]),
    ("ucat --ring=eng", &["--ring=engine=auto", "--ring=engine=threads", "--ring=engine=uring"]),
    ("ucat --ring=depth=4,engine=th", &["--ring=depth=4,engine=threads"]),
    ("ucat --ring sq", &["sqpoll"]),
    ("uhash --algorithm=blake", &["--algorithm=blake2b", "--algorithm=blake3"]),
    ("uhash -a xx", &["xxh3", "xxh64"]),
    ("ucp --reflink=", &["--reflink=always", "--reflink=auto", "--reflink=never"]),
    ("ucp --reflink ", &["file", "folder/"]),
    ("ucp --no-preserve=mode,o", &["--no-preserve=mode,ownership"]),
    ("ucp -t f", &["folder/"]),
    ("utail --follow=", &["--follow=descriptor", "--follow=name"]),
    ("utail -n f", &[]),
    ("utail --presume", &[]),
    ("utail --vers", &["--version"]),
];

fn completions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions")
}

/// A folder with a file and a folder in it.
fn scene() -> Scene {
    let t = Scene::new();
    t.file("file", "").folder("folder");
    t
}

fn is_here(shell: &str) -> bool {
    let found = Command::new(shell).arg("--version").stdout(Stdio::null()).status().is_ok();
    if !found {
        skip(&format!("there is no {shell}, so nobody completes in it"));
    }
    found
}

/// Types all that into a shell, where each tool is a function that notes what it is called with.
fn type_into(t: &Scene, shell: &[&str], setup: &str) {
    let (mut master, slave) = sys::terminal();
    let screen = Collector::of(master.try_clone().unwrap());
    let mut script = format!("{setup}\n");
    for tool in ["ucat", "ucp", "uhash", "usplice", "utail"] {
        script += &format!("{tool}() {{ printf '%s\\n' \"$*\" >>got; }}\n");
    }
    t.file("setup", script);
    // With this terminal as its own: it would take the foreground of the one that the tests were started from.
    let mut command = Command::new("setsid");
    command.arg("--ctty").args(shell);
    command
        .current_dir(t.dir())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("LC_ALL", "C")
        .env("TERM", "dumb");
    command.env("HOME", t.dir()).env("COMPLETIONS", completions());
    command.stdin(slave.try_clone().unwrap()).stdout(slave.try_clone().unwrap()).stderr(slave);
    let mut child = {
        let _guard = sys::no_forks();
        command.spawn().unwrap()
    };
    let mut typed = String::from(" . ./setup\n");
    for (line, _) in TYPED {
        typed += &line.replace('^', "\t");
        typed.push('\n');
    }
    typed += " exit\n";
    master.write_all(typed.as_bytes()).unwrap();
    let ended = sys::wait_for(&sys::pidfd(child.id()), libc::POLLIN, PATIENCE);
    if !ended {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    let got = fs::read_to_string(t.path("got")).unwrap_or_default();
    let seen = screen.so_far();
    let seen = String::from_utf8_lossy(&seen);
    assert!(ended, "hangs after {got}\n{seen}");
    let expected: String = TYPED.iter().map(|(_, args)| format!("{args}\n")).collect();
    for ((line, expected), got) in TYPED.iter().zip(got.lines()) {
        assert_eq!(got, *expected, "{line}\n{seen}");
    }
    assert_eq!(got, expected, "{seen}");
}

#[test]
fn bash() {
    let setup = r#"for script in "$COMPLETIONS"/bash/*; do . "$script"; done"#;
    type_into(&scene(), &["bash", "--norc", "--noprofile", "-i"], setup);
}

#[test]
fn zsh() {
    if !is_here("zsh") {
        return;
    }
    // Not looking for insecure folders, and leaving no file behind.
    let setup = "fpath=($COMPLETIONS/zsh $fpath); autoload -U compinit; compinit -u -D; unsetopt beep autoremoveslash";
    type_into(&scene(), &["zsh", "-f", "-i"], setup);
}

/// Asked what there would be to choose from: what it offers must be all that fits.
#[test]
fn fish() {
    if !is_here("fish") {
        return;
    }
    let t = scene();
    let mut script: String = ["ucat", "ucp", "uhash", "utail"]
        .map(|tool| format!("source $COMPLETIONS/fish/{tool}.fish\n"))
        .concat();
    for (line, _) in ASKED {
        script += &format!("echo ==; complete -C '{line}'\n");
    }
    t.file(".script", script);
    let mut fish = Command::new("fish");
    fish.args(["--no-config", ".script"])
        .current_dir(t.dir())
        .env("HOME", t.dir())
        .env("COMPLETIONS", completions());
    let output = fish.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let answers: Vec<&str> = text.split("==\n").skip(1).collect();
    for ((line, expected), answer) in ASKED.iter().zip(&answers) {
        // Behind a tab there is what it does.
        let offered: Vec<&str> = answer.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(offered, *expected, "{line}");
    }
    assert_eq!(answers.len(), ASKED.len(), "{text}");
}
