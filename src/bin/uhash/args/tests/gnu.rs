//! The same command lines to us and to GNU. Mistakes must be told alike, to the byte; and where there is none, what GNU
//! prints for empty files must have the shape that the options say.

use std::env;
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{TestError, TestRunner};

use ringutils::cli::quote::Charset;

use super::*;

/// More on demand: `PROPTEST_CASES=5000`.
fn cases() -> u32 {
    env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(300)
}

/// Operands at whose end everybody is at once.
const OPERANDS: &[&str] = &["/dev/null", "-"];
/// Options of every command but sum.
const CHECKS: &[&str] = &[
    "-c",
    "--check",
    "--ignore-missing",
    "--quiet",
    "--status",
    "--strict",
    "-w",
    "--warn",
    "--tag",
    "-z",
    "-b",
    "-t",
    "--zero",
    "--binary",
    "--text",
];
const CKSUMS: &[&str] = &["--base64", "--raw", "--untagged", "--debug", "--untagged"];
/// What is spelled wrong, or unknown to most.
const WRONG: &[&str] = &[
    "--c",
    "--i=x",
    "--q",
    "--s",
    "--st",
    "--sta",
    "--stri",
    "--w",
    "--t",
    "--te",
    "--ta",
    "--z",
    "--zero=1",
    "--b",
    "--ba",
    "--bi",
    "--a",
    "--l",
    "--d",
    "--r",
    "--u",
    "--h",
    "--v",
    "--he=",
    "--x",
    "--raw",
    "--sys",
    "--",
    "---",
    "--=",
    "-l",
    "-a",
    "-r",
    "-s",
    "-rs",
    "-Q",
    "-cb",
    "-ztw",
    "-bx",
    "-\u{e9}",
    "--length",
    "--algorithm",
    "--length=8",
    "--algorithm=md5",
    "--sysv",
    "--untagged",
];
const LENGTHS: &[&str] = &[
    "0",
    "7",
    "8",
    "16",
    "010",
    "224",
    "256",
    "257",
    "384",
    "512",
    "513",
    "520",
    "+8",
    " 8",
    "8 ",
    "x",
    "",
    "0x10",
    "1k",
    "-8",
    "--8",
    "99999999999999999999999",
    "a\\b\u{7f}\t",
];
const TYPES: &[&str] = &[
    "bsd", "sysv", "crc", "crc32b", "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha2", "sha3",
    "blake2b", "sm3", "sha2", "sha3", "blake2b", "sha", "", "MD5", "x\n\\",
];

fn words(name: &str) -> impl Strategy<Value = Vec<String>> + use<> {
    let plain = |list: &'static [&'static str]| select(list).prop_map(str::to_owned).boxed();
    let with =
        |option: &'static str, values| select(values).prop_map(move |value: &str| format!("{option}{value}"));
    let mut kinds = vec![(4, plain(OPERANDS)), (2, plain(WRONG))];
    if name == "sum" {
        kinds.push((3, plain(&["-r", "-s", "--sysv", "-rsr"])));
    } else {
        kinds.push((7, plain(CHECKS)));
    }
    if matches!(name, "cksum" | "b2sum") {
        kinds.extend([(2, with("-l", LENGTHS).boxed()), (1, with("--len=", LENGTHS).boxed())]);
    }
    if name == "cksum" {
        kinds.extend([
            (4, plain(CKSUMS)),
            (4, with("-a", TYPES).boxed()),
            (1, with("--algo=", TYPES).boxed()),
        ]);
    }
    proptest::collection::vec(proptest::strategy::Union::new_weighted(kinds), 0..6)
}

/// `-l -8` has a reason behind it since 9.11.
fn as_in_9_10(text: &str) -> String {
    text.replace(": Value too large for defined data type", "")
}

fn line(format: &Format, name: &str, implied: bool) -> (Vec<u8>, usize, Vec<u8>) {
    let algorithm = format.algorithm;
    let end = if format.zero { "\0" } else { "\n" };
    let length = match format.encoding {
        Encoding::Raw => return (Vec::new(), algorithm.bytes(), Vec::new()),
        Encoding::Hex => algorithm.bytes() * 2,
        Encoding::Base64 => algorithm.bytes().div_ceil(3) * 4,
    };
    let star = if format.binary { '*' } else { ' ' };
    let (before, length, after) = match (format.layout, algorithm) {
        (Layout::Tagged | Layout::PlainlyTagged, _) => {
            (format!("{} ({name}) = ", algorithm.tag()), length, end.to_owned())
        }
        (Layout::Untagged, _) => (String::new(), length, format!(" {star}{name}{end}")),
        (Layout::Nameless, _) => (String::new(), length, end.to_owned()),
        (Layout::Numbers, _) => {
            let number = match algorithm {
                Algorithm::Bsd => "00000     0",
                Algorithm::Crc => "4294967295 0",
                _ => "0 0",
            };
            let name = if implied { String::new() } else { format!(" {name}") };
            (number.into(), 0, format!("{name}{end}"))
        }
    };
    (before.into_bytes(), length, after.into_bytes())
}

/// Whether GNU, too, takes the command line to mean this. Most names are those of empty files, others of none.
fn agrees(options: &Options, name: &str, output: &Output) -> bool {
    let mut told = String::from_utf8_lossy(&output.stderr).into_owned();
    if options.debug {
        told = told.lines().filter(|line| !line.contains(" support")).flat_map(|line| [line, "\n"]).collect();
    }
    let (mut rest, mut expected) = (&output.stdout[..], Vec::new());
    for file in options.input.files.iter().map(|file| file.to_str().unwrap_or_default()) {
        if !OPERANDS.contains(&file) {
            let quoted = quote::shell_needed(file.as_bytes(), Charset::Ascii);
            expected.extend(bytes![name, ": ", quoted, ": No such file or directory\n"]);
            continue;
        }
        let Task::Compute(format) = &options.task else {
            let file = if file == "-" { "'standard input'" } else { file };
            expected.extend(bytes![name, ": ", file, ": no properly formatted checksum lines found\n"]);
            continue;
        };
        let (before, length, after) = line(format, file, options.input.implied);
        let taken = rest.strip_prefix(&before[..]).and_then(|rest| rest.get(length..));
        let Some(left) = taken.and_then(|rest| rest.strip_prefix(&after[..])) else { return false };
        rest = left;
    }
    rest.is_empty() && told.as_bytes() == expected
}

#[track_caller]
fn same_as_gnu(name: &str) {
    let Some(program) = crate::gnu::newest().map(|folder| folder.join(name)) else { return };
    let folder = tempfile::tempdir().expect("a folder for the test");
    let config = ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&(words(name), any::<bool>()), |(words, posixly_correct)| {
        let mut command = Command::new(&program);
        command.args(&words).current_dir(folder.path()).env("LC_ALL", "C").env("TERM", "dumb");
        command.env_remove("POSIXLY_CORRECT").stdin(Stdio::null());
        command.envs(posixly_correct.then_some(("POSIXLY_CORRECT", "")));
        let theirs = command.output().expect("GNU runs");
        let told = String::from_utf8_lossy(&theirs.stderr);
        let mut invocation = Invocation::from_argv0(Some(name.into()), NAME);
        invocation.posixly_correct = posixly_correct;
        match parse(&invocation, words.iter().map(OsString::from).collect()) {
            Ok(options) => {
                prop_assert!(agrees(&options, name, &theirs), "{words:?}: {options:?}\n{theirs:?}");
            }
            Err(Early::Text(text)) => {
                let first = |text: &str| text.split(['(', '[']).next().map(str::to_owned);
                prop_assert_eq!(first(&String::from_utf8_lossy(&theirs.stdout)), first(&text));
            }
            Err(usage) => {
                prop_assert_eq!(&told, &as_in_9_10(&early(&usage, name)), "{:?}", words);
                prop_assert_eq!(theirs.status.code(), Some(1));
            }
        }
        Ok(())
    });
    match result {
        Ok(()) => {}
        Err(TestError::Fail(why, words)) => panic!("{name} {words:?}\n{why}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn cksum_as_gnu() {
    same_as_gnu("cksum");
}

#[test]
fn b2sum_as_gnu() {
    same_as_gnu("b2sum");
}

#[test]
fn sum_as_gnu() {
    same_as_gnu("sum");
}

#[test]
fn md5sum_as_gnu() {
    same_as_gnu("md5sum");
}

#[test]
fn sha1sum_as_gnu() {
    same_as_gnu("sha1sum");
}

#[test]
fn sha2sums_as_gnu() {
    ["sha224sum", "sha256sum", "sha384sum", "sha512sum"].into_iter().for_each(same_as_gnu);
}
