//! The same command lines to us and to GNU. Mistakes must be told alike, to the byte; and where there is none, GNU must
//! print what a small model of tail makes of our options.

use std::env;
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use proptest::test_runner::{TestError, TestRunner};

use ringutils::cli::quote::{Charset, shell_always};

use super::*;

/// More on demand: `PROPTEST_CASES=20000`.
fn cases() -> u32 {
    env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

/// No process has this number. Where GNU would follow for ever, it is told to wait for its end.
const DEAD: i32 = i32::MAX;
const STDIN: &[u8] = b"one\ntwo\0three\n";

/// The names of a file, an empty one, one that does not exist, and standard input.
const OPERANDS: &[&str] = &["f", "f", "f", "e", "no", "no", "-", "", "+5", "a b"];
const SWITCHES: &[&str] = &[
    "-f",
    "-F",
    "--follow",
    "--follow=name",
    "--fo=desc",
    "--follow=n",
    "--retry",
    "-q",
    "-v",
    "--quiet",
    "--silent",
    "--verbose",
    "-z",
    "--zero",
    "--debug",
    "---disable-inotify",
    "---pre",
    "-fq",
    "-zv",
    "-Fv",
    "-qf",
    "-fF",
    "-Ff",
    "--pid=2147483647",
    "--",
];
const OBSOLETE: &[&str] = &[
    "-5",
    "+5",
    "-2c",
    "+3c",
    "+1b",
    "-b",
    "-l",
    "-lf",
    "-5f",
    "+f",
    "+",
    "+c",
    "-c",
    "-cf",
    "-bf",
    "-5x",
    "-5n",
    "-0",
    "+0",
    "-0f",
    "-00012l",
    "+99999999999999999999",
    "-99999999999999999999b",
    "+2lf",
    "+38",
    "-5fl",
    "-5q",
    "+-5",
    "++5",
    "+5c5",
    "-3b3",
];
const WRONG: &[&str] = &[
    "---",
    "---=x",
    "---p=1",
    "---d",
    "--s",
    "--si",
    "--se",
    "--v",
    "--ve",
    "--=",
    "--d",
    "--re",
    "--re=1",
    "--f=",
    "--follow=x",
    "--h",
    "--version",
    "--b",
    "--l",
    "--m",
    "--p",
    "--lines",
    "--pid",
    "-n",
    "-s",
    "-Q",
    "-fQ",
    "-q5",
    "-9",
    "-fn",
    "--quiet=",
    "--disable-inotify",
    "--x=y",
    "-h",
    "--verb",
];
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "3",
    "12",
    "+3",
    "+12",
    "+0",
    "-3",
    "-+3",
    "--3",
    "- 3",
    "+-3",
    "++3",
    "",
    "-",
    "+",
    " 7",
    " +7",
    " -7",
    "7 ",
    "K",
    "+K",
    "-K",
    "1b",
    "1kB",
    "2k",
    "2g",
    "1Q",
    "+1Q",
    "+8E",
    "+9223372036854775806",
    "+9223372036854775807",
    "99999999999999999999",
    "x",
    "0x10",
    "1.5",
    "a\\b\n",
];
const SECONDS: &[&str] = &[
    "0", "1.5", "inf", "-0", "-1", "nan", "", ".", ".5", "0x.8p1", "0x", " 1", "1 ", "1e", "1e400", "1e-400",
    "1,5", "infinity", "infinit", "+1", "-1e-320", "0x1p", "1f",
];
const PIDS: &[&str] = &[
    "2147483647",
    "+2147483647",
    " 02147483647",
    "2147483648",
    "-0",
    "-1",
    "",
    "x",
    "1k",
    "99999999999999999999",
    "99999999999999999999x",
    "-99999999999999999999",
    "+",
];
const STATS: &[&str] = &["0", "-0", "5", "-1", "1k", "", "99999999999999999999", "x", " +5"];

fn words() -> impl Strategy<Value = Vec<String>> {
    let plain = |list: &'static [&'static str]| select(list).prop_map(str::to_owned).boxed();
    let with = |option: &'static str, values: &'static [&'static str]| {
        select(values).prop_map(move |value| format!("{option}{value}")).boxed()
    };
    let word = Union::new_weighted(vec![
        (8, plain(OPERANDS)),
        (8, plain(SWITCHES)),
        (1, plain(OBSOLETE)),
        (2, plain(WRONG)),
        (3, with("-n", NUMBERS)),
        (3, with("-c", NUMBERS)),
        (1, with("--lines=", NUMBERS)),
        (1, with("--byt=", NUMBERS)),
        (1, with("-s", SECONDS)),
        (1, with("--sleep-interval=", SECONDS)),
        (1, with("--pid=", PIDS)),
        (1, with("--max=", STATS)),
    ]);
    let rest = proptest::collection::vec(word, 0..6);
    let operands =
        proptest::collection::vec(select(&["f", "no", "-", "--", "+5", "-5"]).prop_map(str::to_owned), 0..3);
    let obsolete = (plain(OBSOLETE), operands).prop_map(|(first, rest)| [vec![first], rest].concat());
    prop_oneof![3 => rest, 1 => obsolete]
}

struct Scene {
    program: std::path::PathBuf,
    folder: tempfile::TempDir,
    content: Vec<u8>,
}

impl Scene {
    fn new() -> Option<Self> {
        let program = crate::gnu::newest()?.join("tail");
        let folder = tempfile::tempdir().expect("a folder for the test");
        let content: Vec<u8> =
            (1..=40_u8).flat_map(|i| bytes![i.to_string(), [b"\n\n\0"[usize::from(i) % 3]]]).collect();
        fs::write(folder.path().join("f"), &content).expect("written");
        fs::write(folder.path().join("e"), "").expect("written");
        Some(Self { program, folder, content })
    }

    fn run(&self, words: &[String], posixly_correct: bool, posix2_version: Option<&str>) -> Output {
        // Should it follow after all, the test fails instead of waiting.
        let mut command = Command::new("timeout");
        command.arg("20").arg(&self.program).args(words).current_dir(self.folder.path());
        command
            .env("LC_ALL", "C")
            .env("TERM", "dumb")
            .env_remove("POSIXLY_CORRECT")
            .env_remove("_POSIX2_VERSION");
        command.envs(posixly_correct.then_some(("POSIXLY_CORRECT", "")));
        command.envs(posix2_version.map(|version| ("_POSIX2_VERSION", version)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("timeout is installed");
        let mut stdin = child.stdin.take().expect("a pipe");
        // It may end without reading.
        let _ = stdin.write_all(STDIN);
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }

    /// The content of an operand, if there is such a file.
    fn content(&self, name: &OsStr, stdin: &mut &'static [u8]) -> Option<&[u8]> {
        match name.as_bytes() {
            b"f" => Some(&self.content),
            b"e" => Some(b""),
            b"-" => Some(std::mem::take(stdin)),
            _ => None,
        }
    }

    /// Whether there is a file that GNU, following it from a byte beyond its end, takes for truncated and shows whole.
    fn seems_truncated(&self, options: &Options) -> bool {
        let Amount { unit: Unit::Bytes, from_start: true, count } = options.amount else { return false };
        let names = options.files.iter().filter(|name| *name != "-");
        let lengths = names.filter_map(|name| self.content(name, &mut b"".as_slice())).map(<[u8]>::len);
        let beyond = usize::try_from(count.saturating_sub(1)).expect("64 bits");
        options.follow.is_some() && lengths.into_iter().any(|length| beyond > length)
    }

    /// Standard output, standard error, and the exit status if it is certain.
    fn expected(&self, options: &Options) -> (Vec<u8>, Vec<u8>, Option<i32>) {
        let mut stderr: Vec<u8> =
            options.warnings.iter().flat_map(|text| bytes!["tail: ", text, "\n"]).collect();
        let mut stdout = Vec::new();
        if options.wants_nothing() {
            return (stdout, stderr, Some(0));
        }
        let mut stdin = STDIN;
        let mut missing = false;
        for name in &options.files {
            let Some(content) = self.content(name, &mut stdin) else {
                let quoted = shell_always(name.as_bytes(), Charset::Ascii);
                stderr.extend(bytes![
                    "tail: cannot open ",
                    quoted,
                    " for reading: No such file or directory\n"
                ]);
                missing = true;
                continue;
            };
            if options.headers {
                let name = if name == "-" { OsStr::new("standard input") } else { name };
                let space: &[u8] = if stdout.is_empty() { b"" } else { b"\n" };
                stdout.extend(bytes![space, "==> ", name.as_bytes(), " <==\n"]);
            }
            stdout.extend(portion(options, content));
        }
        let status = match &options.follow {
            Some(follow) if missing && !follow.retry && !is_followed(options) => {
                stderr.extend(b"tail: no files remaining\n");
                Some(1)
            }
            // With no process left the status depends on the mechanism.
            Some(_) if missing => None,
            _ => Some(missing.into()),
        };
        (stdout, stderr, status)
    }
}

/// What is to be shown of a file.
fn portion<'a>(options: &Options, content: &'a [u8]) -> &'a [u8] {
    let Amount { unit, from_start, count } = options.amount;
    let pieces: Vec<&[u8]> = match unit {
        Unit::Bytes => content.chunks(1).collect(),
        Unit::Lines => content.split_inclusive(|byte| *byte == options.line_end).collect(),
    };
    let count = usize::try_from(count).expect("64 bits");
    let skipped = if from_start { count.saturating_sub(1) } else { pieces.len().saturating_sub(count) };
    let bytes: usize = pieces.iter().take(skipped).map(|piece| piece.len()).sum();
    &content[bytes..]
}

/// Whether there is something to follow at first: a pipe is not.
fn is_followed(options: &Options) -> bool {
    options.files.iter().any(|name| name == "f" || name == "e")
}

/// Whether GNU comes to an end with this.
fn ends(options: &Options) -> bool {
    match &options.follow {
        None => true,
        Some(follow) if follow.pids.is_empty() => !follow.retry && !is_followed(options),
        Some(follow) => follow.pids.iter().all(|pid| *pid == DEAD),
    }
}

/// Standard error, without what depends on the machine.
fn told(output: &Output) -> Vec<u8> {
    let lines = output.stderr.split_inclusive(|byte| *byte == b'\n');
    let depends = |line: &&[u8]| line.starts_with(b"tail: using ") || line.starts_with(b"tail: inotify ");
    lines.filter(|line| !depends(line)).flatten().copied().collect()
}

fn same(
    scene: &Scene,
    mut words: Vec<String>,
    posixly_correct: bool,
    posix2_version: Option<&str>,
) -> Result<(), TestCaseError> {
    let around = Surroundings { posix2_version: posix2_version.map(Into::into), ..AROUND };
    let mut invocation = Invocation::from_argv0(Some("tail".into()), NAME);
    invocation.posixly_correct = posixly_correct;
    let parse =
        |words: &[String]| parse_within(&around, &invocation, words.iter().map(OsString::from).collect());
    let mut ours = parse(&words);
    if ours.as_ref().is_ok_and(|options| !ends(options)) {
        words.insert(0, format!("--pid={DEAD}"));
        ours = parse(&words);
    }
    let theirs = scene.run(&words, posixly_correct, posix2_version);
    if ours.as_ref().is_ok_and(|options| scene.seems_truncated(options)) {
        prop_assert!(matches!(theirs.status.code(), Some(0 | 1)), "{:?}: {:?}", words, theirs.status);
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match ours {
        Ok(options) => {
            let (stdout, stderr, status) = scene.expected(&options);
            prop_assert_eq!(text(&told(&theirs)), text(&stderr), "{:?}\n{:?}", words, options);
            prop_assert_eq!(text(&theirs.stdout), text(&stdout), "{:?}\n{:?}", words, options);
            let code = theirs.status.code();
            prop_assert!(matches!(code, Some(0 | 1)), "{:?}: {:?}", words, theirs.status);
            prop_assert!(status.is_none() || status == code, "{:?}: {:?}\n{:?}", words, code, options);
        }
        Err(Early::Text(text)) => {
            let first = |text: &str| text.split(['(', '[']).next().map(str::to_owned);
            prop_assert_eq!(first(&String::from_utf8_lossy(&theirs.stdout)), first(&text), "{:?}", words);
            prop_assert_eq!(theirs.status.code(), Some(0));
        }
        Err(Early::Usage(fault)) => {
            let ours = text(&fault.render(b"tail")).replace(['\u{2018}', '\u{2019}'], "'");
            prop_assert_eq!(text(&theirs.stderr), ours, "{:?}", words);
            prop_assert_eq!(theirs.status.code(), Some(1));
        }
    }
    Ok(())
}

#[test]
fn as_gnu() {
    /// Most of the time goes by waiting for GNU's.
    const THREADS: u32 = 4;
    let Some(scene) = Scene::new() else { return };
    let cases = cases().div_ceil(THREADS);
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    // Each thread has cases of its own, also where the seed is given.
    let mut seeds = TestRunner::new(config.clone());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            let mut runner = TestRunner::new_with_rng(config.clone(), seeds.new_rng());
            let scene = &scene;
            scope.spawn(move || compare(scene, &mut runner));
        }
    });
}

fn compare(scene: &Scene, runner: &mut TestRunner) {
    let versions = select(&[None, None, None, Some("199209"), Some("200112"), Some("200809"), Some("x")]);
    let lists = (words(), prop::bool::weighted(0.2), versions);
    let result =
        runner.run(&lists, |(words, posixly_correct, version)| same(scene, words, posixly_correct, version));
    match result {
        Ok(()) => {}
        Err(TestError::Fail(why, list)) => panic!("{list:?}\n{why}"),
        Err(error) => panic!("{error}"),
    }
}
