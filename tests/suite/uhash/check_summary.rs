//! `-c`: what is said at the end, and the exit status.
//!
//! Once: lists are text. Under the other engines [`super::lists_generated`] mixes in all of it.

use super::{HELLO, HELLO_MD5, checked_alike, newest};
use crate::harness::{Scene, oracles};

/// What a list holds, and the status: by default, with `--strict`, with `--ignore-missing`, with both.
const STATUSES: [(&str, &[&str], [i32; 4]); 13] = [
    ("ok", &["good"], [0, 0, 0, 0]),
    ("ok and misformatted", &["good", "noise"], [0, 1, 0, 1]),
    ("ok and missing", &["good", "missing"], [1, 1, 0, 0]),
    ("ok and mismatch", &["good", "bad"], [1, 1, 1, 1]),
    ("mismatch", &["bad"], [1, 1, 1, 1]),
    ("missing", &["missing"], [1, 1, 1, 1]),
    ("misformatted", &["noise"], [1, 1, 1, 1]),
    ("empty", &[], [1, 1, 1, 1]),
    ("comments", &["comment"], [1, 1, 1, 1]),
    ("a folder", &["folder"], [1, 1, 1, 1]),
    (
        "all",
        &["good", "missing", "noise", "bad", "good", "comment", "bad", "missing", "noise", "folder"],
        [1, 1, 1, 1],
    ),
    ("missing and misformatted", &["missing", "noise", "missing"], [1, 1, 1, 1]),
    ("ok, missing and misformatted", &["noise", "missing", "good"], [1, 1, 0, 1]),
];

const OPTIONS: [&[&str]; 4] = [&[], &["--strict"], &["--ignore-missing"], &["--ignore-missing", "--strict"]];

const LOUDNESS: [&[&str]; 8] = [
    &[],
    &["--quiet"],
    &["--status"],
    &["-w"],
    &["--status", "-w"],
    &["--warn", "--status"],
    &["--warn", "--quiet"],
    &["--quiet", "--status"],
];

fn line(what: &str) -> String {
    match what {
        "good" => format!("{HELLO_MD5}  f\n"),
        "bad" => format!("{HELLO_MD5}  g\n"),
        "missing" => format!("{HELLO_MD5}  gone\n"),
        "folder" => format!("{HELLO_MD5}  d\n"),
        "comment" => "# comment\n".into(),
        _ => "noise\n".into(),
    }
}

fn scene() -> Scene {
    let t = Scene::new();
    t.file("f", HELLO).file("g", "other").folder("d");
    for (name, lines, _) in STATUSES {
        t.file(name, lines.iter().map(|what| line(what)).collect::<String>());
    }
    t
}

/// Every list with every set of options: what is said, where, and the status; also what 9.1 does.
#[test]
fn of_every_list_and_every_option() {
    let t = scene();
    for (name, _, statuses) in STATUSES {
        for (options, status) in OPTIONS.iter().zip(statuses) {
            let run = t.sum("md5sum", options).args(&["-c", name]);
            run.like(&oracles("md5sum")).code(status);
            checked_alike(&t.sum("cksum", options).args(&["-a", "md5", "-c", name]), "cksum").code(status);
        }
        for (options, status) in [(OPTIONS[0], statuses[0]), (OPTIONS[3], statuses[3])] {
            for loudness in LOUDNESS {
                let run = t.sum("md5sum", options).args(loudness).args(&["-c", name]).redirect("2>&1");
                run.like(&newest("md5sum")).code(status);
            }
        }
        // It does not know what lines without a tag are.
        t.sum("cksum", &["-c", name]).like(&oracles("cksum")).code(1);
    }
}

#[test]
fn in_words() {
    let t = scene();
    let expected = "f: OK\nmd5sum: gone: No such file or directory\ngone: FAILED open or read\ng: FAILED\nf: OK\n\
                    g: FAILED\nmd5sum: gone: No such file or directory\ngone: FAILED open or read\n\
                    md5sum: d: Is a directory\nd: FAILED open or read\n\
                    md5sum: WARNING: 2 lines are improperly formatted\n\
                    md5sum: WARNING: 3 listed files could not be read\n\
                    md5sum: WARNING: 2 computed checksums did NOT match\n";
    t.sum("md5sum", &["-c", "all"]).redirect("2>&1").go().stdout_is(expected).code(1);
    let expected = "md5sum: 'ok and misformatted': 2: improperly formatted MD5 checksum line\n\
                    md5sum: WARNING: 1 line is improperly formatted\n";
    t.sum("md5sum", &["-w", "-c", "ok and misformatted"])
        .go()
        .stdout_is("f: OK\n")
        .stderr_is(expected)
        .code(0);
    let expected = "md5sum: 'standard input': no properly formatted checksum lines found\n";
    t.sum("md5sum", &["-c", "--status"]).stdin("noise\n").go().stdout_is("").stderr_is(expected).code(1);
    let expected = "md5sum: missing: no file was verified\n";
    t.sum("md5sum", &["-c", "--ignore-missing", "missing"]).go().stdout_is("").stderr_is(expected).code(1);
}

/// Thousands of lines, good, bad, and senseless, with both streams in one pipe.
#[test]
fn of_a_long_list() {
    let t = scene();
    for i in 0..40 {
        t.file(format!("n{i}"), HELLO.repeat(i * 97));
    }
    let names: Vec<String> = (0..40).map(|i| format!("n{i}")).collect();
    let good = String::from_utf8(t.sum("md5sum", &names).go().stdout).unwrap();
    let kinds = ["good", "missing", "noise", "bad", "folder", "comment", "good", "good"];
    let list: String =
        (0..1000).map(|i| if i % 25 == 0 { good.clone() } else { line(kinds[i * 7 % 8]) }).collect();
    t.file("list", list);
    for options in
        [&["-c"][..], &["-wc"], &["-c", "--quiet"], &["-c", "--ignore-missing"], &["-c", "--status"]]
    {
        checked_alike(&t.sum("md5sum", options).arg("list").redirect("2>&1"), "md5sum").code(1);
    }
}
