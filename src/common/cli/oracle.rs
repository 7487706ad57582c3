//! The same questions to us and to GNU: messages are compared to the byte. Where no GNU command can be run, or it is
//! an old one, the tests say so and pass.

use super::getopt::{self, Stop, Table};
use super::quote::{Charset, locale_quoted, shell_always, shell_needed};
use super::tests::MiniCat;
use super::{Invocation, command, size};
use proptest::prelude::*;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{Command, Stdio};

const LOCALES: [(&str, Charset); 2] = [("C", Charset::Ascii), ("C.UTF-8", Charset::Utf8)];

/// What GNU's command writes to standard error, in an empty folder.
fn complaints(name: &str, args: &[OsString], locale: &str) -> Option<Vec<u8>> {
    let program = crate::gnu::newest()?.join(name);
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut command = Command::new(program);
    command.args(args).current_dir(folder.path()).env("LC_ALL", locale).env("TERM", "dumb");
    command.env_remove("POSIXLY_CORRECT").stdin(Stdio::null()).stdout(Stdio::null());
    Some(command.output().expect("GNU runs").stderr)
}

/// Names made of what quoting rules are about; no slash and no NUL.
fn odd_name() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => proptest::sample::select(b"ab'\"#~{}:= $\\]\n\t\x07\x1b\x7f!&()*;<>?[^`|%+,-.@_0".to_vec()).prop_map(|byte| vec![byte]),
        1 => Just("é".as_bytes().to_vec()),
        1 => Just("🦀".as_bytes().to_vec()),
        1 => Just("’".as_bytes().to_vec()),
        1 => Just("\u{85}".as_bytes().to_vec()),
        1 => proptest::sample::select(vec![0xff, 0xc3, 0x80, 0xe2]).prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 1..7).prop_map(|pieces| pieces.concat())
}

fn names() -> impl Strategy<Value = Vec<Vec<u8>>> {
    proptest::collection::vec(odd_name(), 300).prop_map(|mut names| {
        names.retain(|name| !matches!(name.as_slice(), b"." | b".." | b"-"));
        names
    })
}

fn few_cases() -> ProptestConfig {
    ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() }
}

fn operands(names: &[Vec<u8>]) -> Vec<OsString> {
    std::iter::once("--".into()).chain(names.iter().cloned().map(OsString::from_vec)).collect()
}

fn line_by_line(theirs: &[u8], ours: &[u8]) -> Result<(), TestCaseError> {
    for (theirs, ours) in theirs.split(|byte| *byte == b'\n').zip(ours.split(|byte| *byte == b'\n')) {
        prop_assert_eq!(OsStr::from_bytes(theirs), OsStr::from_bytes(ours));
    }
    prop_assert_eq!(theirs.len(), ours.len());
    Ok(())
}

proptest! {
    #![proptest_config(few_cases())]

    #[test]
    fn names_are_quoted_as_cat_does(names in names()) {
        for (locale, charset) in LOCALES {
            let Some(theirs) = complaints("cat", &operands(&names), locale) else { return Ok(()) };
            let ours: Vec<u8> = names
                .iter()
                .flat_map(|name| super::bytes!["cat: ", shell_needed(name, charset), ": No such file or directory\n"])
                .collect();
            line_by_line(&theirs, &ours)?;
        }
    }

    #[test]
    fn names_are_quoted_as_cp_does(mut names in names()) {
        // Twice the same name is a different message.
        names.sort();
        names.dedup();
        for (locale, charset) in LOCALES {
            let mut args = operands(&names);
            args.push(".".into());
            let Some(theirs) = complaints("cp", &args, locale) else { return Ok(()) };
            let ours: Vec<u8> = names
                .iter()
                .flat_map(|name| {
                    super::bytes!["cp: cannot stat ", shell_always(name, charset), ": No such file or directory\n"]
                })
                .collect();
            line_by_line(&theirs, &ours)?;
        }
    }

    #[test]
    fn values_are_quoted_as_tail_does(name in odd_name()) {
        for (locale, charset) in LOCALES {
            let value = [b"x", name.as_slice()].concat();
            let args = [OsString::from("-n"), OsString::from_vec(value.clone())];
            let Some(theirs) = complaints("tail", &args, locale) else { return Ok(()) };
            let ours = super::bytes!["tail: invalid number of lines: ", locale_quoted(&value, charset), "\n"];
            line_by_line(&theirs, &ours)?;
        }
    }

    /// Command lines made of words that look like options of cat, most of them wrong.
    #[test]
    fn mistakes_are_told_as_cat_does(
        lines in proptest::collection::vec(
            proptest::collection::vec(
                prop_oneof![
                    "-[bensvETAtuxQ:-]{1,3}",
                    "--(show|squeeze|number|help|version)(-(all|ends|tabs|non|blank|b|e))?(=x?)?",
                    "--[snvhbp=]{0,3}",
                    Just("--".to_owned()),
                    Just("-".to_owned()),
                ],
                0..4,
            ),
            6,
        )
    ) {
        let command = command::<MiniCat>();
        let table = Table::new(&command, &[]);
        for line in lines {
            let args: Vec<OsString> = line.iter().map(OsString::from).collect();
            let Some(theirs) = complaints("cat", &args, "C") else { return Ok(()) };
            let scan = getopt::scan(&table, args, false, &|_, _| Ok(()));
            match scan.stop {
                Some(Stop::Usage(fault)) => line_by_line(&theirs, &fault.render(b"cat"))?,
                // No options in the complaint: at most a file that does not exist.
                _ => prop_assert!(!String::from_utf8_lossy(&theirs).contains("Try '"), "{line:?}"),
            }
        }
    }
}

/// `tail -c NUM` of nothing complains about NUM or about nothing.
#[test]
fn numbers_are_read_as_tail_does() {
    let words = [
        "", "0", "5", "+5", " 5", "5 ", "K", "+K", " K", "b", "bB", "1b", "1k", "1kB", "1KD", "1KiB", "1Ki",
        "1g", "1m",
    ];
    let more = [
        "1c",
        "1w",
        "1B",
        "1EB",
        "1R",
        "1Q",
        "99999999999999999999",
        "99999999999999999999x",
        "0x1",
        "1.5",
        "--5",
        "---5",
    ];
    for word in words.into_iter().chain(more) {
        let Some(theirs) = complaints("tail", &["-c".into(), word.into()], "C") else { return };
        let number = OsStr::from_bytes(word.strip_prefix('-').unwrap_or(word).as_bytes());
        let ours = match size::number_or_max(number, size::Suffixes::Sizes) {
            Ok(_) => Vec::new(),
            Err(error) => error.fault("invalid number of bytes", number).render(b"tail"),
        };
        let ours = String::from_utf8_lossy(&ours).replace(['‘', '’'], "'");
        assert_eq!(String::from_utf8_lossy(&theirs), ours, "{word:?}");
    }
}

/// The shape of our `--help` next to GNU's: the same options, in the same order, at the same columns.
#[test]
fn help_lists_options_as_cat_does() {
    let Some(folder) = crate::gnu::newest() else { return };
    let output =
        Command::new(folder.join("cat")).arg("--help").env("TERM", "dumb").output().expect("GNU runs");
    let invocation = Invocation::from_argv0(Some("cat".into()), "ucat");
    let ours = super::parse(&invocation, vec!["--help".into()], |_: MiniCat, _| Ok(()));
    let Err(super::Early::Text(ours)) = ours else { panic!("no help") };
    let options = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.trim_start().starts_with('-'));
        lines.map(|line| line.chars().take(27).collect::<String>().trim_end().to_owned()).collect()
    };
    assert_eq!(options(&String::from_utf8_lossy(&output.stdout)), options(&ours));
}
