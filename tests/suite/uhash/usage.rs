//! Command lines: what is taken, what is refused, in which words.
//!
//! Once: what is meant is settled before an engine is there.

use super::{DIGESTS, HELLO, newest};
use crate::harness::{Scene, gnu_under_test, only_ours, oracles, skip};

/// Each of these command lines ends as with the newest GNU.
#[track_caller]
fn like_gnu(lines: &[&str]) {
    let t = Scene::new();
    t.file("f", HELLO).file("g", "x").file("list", format!("{}  f\n", super::HELLO_MD5));
    for line in lines {
        let words: Vec<&str> = line.split(' ').map(|word| if word == "''" { "" } else { word }).collect();
        t.sum(words[0], &words[1..]).stdin("typed\n").like(&newest(words[0]));
    }
}

/// The same of all commands that take these options.
#[track_caller]
fn like_gnu_by(commands: &[&str], options: &[&str]) {
    let lines: Vec<String> = commands
        .iter()
        .flat_map(|name| options.iter().map(move |option| format!("{name} {option}")))
        .collect();
    like_gnu(&lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn unknown_options() {
    like_gnu_by(
        &["md5sum", "b2sum", "cksum", "sum"],
        &["--foo", "--foo=bar f", "-Q f", "-bQ", "--", "-x", "--=x", "-é"],
    );
    like_gnu_by(
        &["md5sum", "sha512sum"],
        &["-l 8 f", "--base64 f", "--raw f", "--untagged f", "--debug f", "-a md5 f"],
    );
    like_gnu_by(&["sum"], &["-c f", "-z f", "--tag f", "--check", "-b f", "-w"]);
    like_gnu_by(&["b2sum"], &["-a md5 f", "--base64 f", "--raw", "--untagged"]);
}

#[test]
fn abbreviations() {
    let prefixes = [
        "--c list",
        "--ch list",
        "--i f",
        "--q f",
        "--s f",
        "--st f",
        "--sta f",
        "--str f",
        "--w f",
        "--t f",
        "--ta f",
        "--te f",
        "--z f",
        "--b f",
        "--bi f",
        "--ba f",
        "--he=x",
        "--a md5 f",
        "--alg=md5 f",
        "--r f",
        "--ra f",
        "--u f",
        "--d",
        "--l=0 f",
        "--le 0 f",
        "--l f",
        "--sy f",
        "--f f",
        "--p f",
        "--ri f",
        "--fi=f",
        "--pro f",
        "--re f",
    ];
    like_gnu_by(&["md5sum", "b2sum", "cksum", "sum"], &prefixes);
}

#[test]
fn arguments_of_options() {
    like_gnu_by(&["md5sum", "cksum"], &["--check=x f", "--status=1", "--tag= f", "--zero=x", "--binary=x f"]);
    like_gnu_by(&["b2sum", "cksum"], &["-l", "--length", "-l ''", "--length= f"]);
    like_gnu(&[
        "cksum -a",
        "cksum --algorithm",
        "cksum -a=md5 f",
        "cksum --algorithm= f",
        "cksum -amd5 f",
        "cksum -a '' f",
    ]);
    like_gnu(&["sum --sysv=x", "sum -rsx f", "md5sum f -b g", "md5sum f -- -b g", "md5sum f --tag g"]);
    let t = Scene::new();
    t.file("f", HELLO);
    for args in [&["f", "-b"][..], &["f", "-b", "--", "-x"], &["-b", "f", "--tag"]] {
        t.sum("md5sum", args).env("POSIXLY_CORRECT", "").like(&oracles("md5sum"));
    }
}

#[test]
fn names_of_algorithms() {
    like_gnu_by(
        &["cksum"],
        &[
            "-a md6 f",
            "-a MD5 f",
            "-a md f",
            "-a sha f",
            "-a sha2 f",
            "-a sha3 f",
            "-a blake2 f",
            "-a '' f",
            "-a sha-256 f",
            "-a md5 -a crc f",
            "-a crc -a md5 f",
            "-a bsd -a nonsense f",
            "-a nonsense --help",
            "-a it's f",
        ],
    );
}

#[test]
fn lengths() {
    let t = Scene::new();
    t.file("f", HELLO);
    for length in [
        "0",
        "8",
        "010",
        "512",
        "513",
        "520",
        "7",
        "12",
        "504",
        "0x10",
        "1k",
        "8b",
        "x",
        " 8",
        "8 ",
        "+8",
        "9999999999999999999999",
        "18446744073709551615",
        "00000000000000000000008",
    ] {
        for command in [
            &["b2sum"][..],
            &["cksum", "-a", "blake2b"],
            &["cksum", "-a", "sha3"],
            &["cksum", "-a", "sha2"],
            &["cksum", "-a", "md5"],
            &["cksum"],
        ] {
            t.sum(command[0], &command[1..]).args(&["-l", length, "f"]).like(&newest(command[0]));
        }
    }
    like_gnu_by(
        &["cksum"],
        &[
            "-a sha3 -l 224 -l 256 f",
            "-a sha2 -l 257 -l 256 f",
            "-a sha2 -l x -l 256 f",
            "-a sha2 -l 257",
            "-l 256 -a sha3 f",
            "-a sha3 -c list",
            "-a sha3 -l 0 -c list",
            "-a sha2 -l 1 -c list",
            "-a blake2b -l 520 -c list",
            "-l 8 -c list",
            "-a md5 -l 128 -c list",
            "-a sha256 -l 256 f",
            "-a sm3 -l 0 f",
            "-a crc -l 0 f",
            "-a bsd -l 16 f",
            "-a sha3 -l 257 --raw --base64",
        ],
    );
}

/// Since 9.11 it is said why.
#[test]
fn negative_lengths() {
    if gnu_under_test() {
        skip("GNU 9.10 does not say why a negative length is wrong");
        return;
    }
    let t = Scene::new();
    for (command, args) in [("b2sum", &["-l", "-8"][..]), ("cksum", &["-a", "blake2b", "--length=-8"])] {
        let expected = format!("{command}: invalid length: '-8': Value too large for defined data type\n");
        t.sum(command, args).arg("f").go().stdout_is("").stderr_is(expected).code(1);
    }
}

/// Pairs of options that exclude each other, and the order in which that is found out.
#[test]
fn conflicts() {
    like_gnu_by(
        &["md5sum", "b2sum", "cksum"],
        &[
            "-z -c list",
            "--tag -c list",
            "-c --tag list",
            "-b -c list",
            "-t -c list",
            "-bc list",
            "-ct list",
            "--ignore-missing f",
            "--status f",
            "--warn f",
            "-w f",
            "--quiet f",
            "--strict f",
            "--warn --status f",
            "--status --warn f",
            "--quiet --warn f",
            "--status --quiet f",
            "--strict --ignore-missing f",
            "--strict --status f",
            "--ignore-missing --quiet",
            "--tag -t f",
            "-t --tag f",
            "-t -b --tag f",
            "-b -t --tag f",
            "--tag -b f",
            "-t f",
            "-z --tag -c list",
            "-z --status f",
            "-b --tag -c",
            "-z --strict",
            "-z -b -c",
            "-c --status --warn --quiet list",
            "-c --strict --strict -c list",
            "-zz f",
            "-c -c list",
            "-c list --help=x",
        ],
    );
    like_gnu_by(
        &["cksum"],
        &[
            "--base64 --raw f",
            "--raw --base64 -z -c f",
            "--raw f g",
            "--raw -- f -",
            "--base64 --raw f g",
            "--raw -a md5 -t f",
            "-a md5 -t f",
            "-a md5 --untagged -t f",
            "--untagged -a md5 -t --tag f",
            "-a md5 --tag --untagged -t f",
            "-t f",
            "-t -b f",
            "-b -t f",
            "--untagged -c list",
            "--tag --untagged -a md5 -c list",
            "--untagged --tag -c list",
            "--raw -c list",
            "--raw -c list list",
            "--base64 -c list",
            "--raw -a md5 -c list",
            "--base64 -a md5 -c list",
            "-a md5 -c -t --untagged list",
            "-a bsd -c list",
            "-a sysv -c list",
            "-a crc -c list",
            "-a crc32b -c list",
            "-a crc -c -z list",
            "-a crc --base64 --raw -c",
            "-c list",
            "-a md5 -c list",
            "--debug -a md5 f",
            "-a sha3 --raw --base64 f",
            "-a md5 --untagged f",
            "-a md5 --untagged --tag f",
        ],
    );
}

/// Those that 9.1 has in the same words.
#[test]
fn conflicts_as_ever() {
    let t = Scene::new();
    t.file("f", HELLO);
    for name in DIGESTS {
        for args in [
            &["-z", "-c", "f"][..],
            &["--tag", "-c", "f"],
            &["-bc", "f"],
            &["--ignore-missing", "f"],
            &["--status", "f"],
            &["--warn", "f"],
            &["--quiet", "f"],
            &["--strict", "f"],
            &["--tag", "-t", "f"],
        ] {
            t.sum(name, args).like(&oracles(name)).code(1);
        }
    }
    let expected = "md5sum: the --strict option is meaningful only when verifying checksums\n\
                    Try 'md5sum --help' for more information.\n";
    t.sum("md5sum", &["--strict", "f"]).go().stdout_is("").stderr_is(expected).code(1);
}

#[test]
fn help_and_version() {
    let t = Scene::new();
    for name in DIGESTS.into_iter().chain(["cksum", "sum"]) {
        let ended = t.sum(name, &["--help", "--foo"]).go().fine();
        assert!(ended.stdout.starts_with(format!("Usage: {name} ").as_bytes()), "{ended:?}");
        let ended = t.sum(name, &["--version", "--foo"]).go().code(0);
        assert!(ended.stdout.starts_with(name.as_bytes()), "{ended:?}");
        let stderr =
            String::from_utf8(t.sum(name, &["--help"]).redirect(">/dev/full").go().code(1).stderr).unwrap();
        assert!(stderr.starts_with(&format!("{name}: write error")), "{stderr}");
    }
}

/// Ours: names no GNU command has, and those that it shares with all of ours.
#[test]
fn ours() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("f", HELLO);
    let all = "bsd sysv crc crc32b md5 sha1 sha224 sha256 sha384 sha512 sha2 sha3 blake2b sm3 blake3 xxh3 xxh64 crc32c";
    let listed: String = all.split(' ').map(|name| format!("  - '{name}'\n")).collect();
    let expected = format!(
        "uhash: invalid argument 'md6' for '--algorithm'\nValid arguments are:\n{listed}\
         Try 'uhash --help' for more information.\n"
    );
    t.uhash(&["-a", "md6", "f"]).go().stdout_is("").stderr_is(expected).code(1);
    for prefix in ["--files0=f", "--recurs", "--prog", "--ring-st"] {
        let expected =
            format!("uhash: unrecognized option '{prefix}'\nTry 'uhash --help' for more information.\n");
        t.uhash(&[prefix]).go().stderr_is(expected).code(1);
    }
    for (args, text) in [
        (&["-a", "blake3", "-l", "12", "f"][..], "length is not a multiple of 8"),
        (&["-a", "blake3", "-l", "524296", "f"], "is 524288 bits"),
        (&["-a", "xxh3", "-l", "64", "f"], "--length is only supported with --algorithm "),
        (&["--raw", "f", "f"], "the --raw option is not supported with multiple files"),
        (&["-t", "f"], "--text mode is only supported with --untagged"),
        (&["--strict", "f"], "the --strict option is meaningful only when verifying checksums"),
        (&["-z", "-c", "f"], "the --zero option is not supported when verifying checksums"),
    ] {
        t.uhash(args).go().stdout_is("").stderr_has(text).code(1);
    }
    t.uhash(&["--ring-stats=json", "f"])
        .go()
        .stdout_is(format!("SHA256 (f) = {}\n", super::HELLO_SHA256))
        .code(0);
}
