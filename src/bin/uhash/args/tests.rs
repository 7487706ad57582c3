use clap::Command;
use ringutils::cli::{ProgressWhen, Tool};

use super::*;
use crate::options::{Encoding, Format, Layout, Task, Verify};

mod gnu;

fn early(early: &Early, prog: &str) -> String {
    match early {
        Early::Text(text) => text.clone(),
        // The tests may run in any locale.
        Early::Usage(fault) => {
            String::from_utf8_lossy(&fault.render(prog.as_bytes())).replace(['\u{2018}', '\u{2019}'], "'")
        }
    }
}

fn parsed(prog: &str, args: &[&str]) -> Result<Options, String> {
    let invocation = Invocation::from_argv0(Some(prog.into()), NAME);
    parse(&invocation, args.iter().map(OsString::from).collect()).map_err(|fault| early(&fault, prog))
}

/// The meaning of a command line, without the shell's quoting.
#[track_caller]
fn options(line: &str) -> Options {
    let words: Vec<&str> = line.split_whitespace().collect();
    parsed(words[0], &words[1..]).expect("it makes sense")
}

#[track_caller]
fn format(line: &str) -> Format {
    match options(line).task {
        Task::Compute(format) => format,
        verify @ Task::Verify(_) => panic!("{verify:?}"),
    }
}

#[track_caller]
fn verify(line: &str) -> Verify {
    match options(line).task {
        Task::Verify(verify) => verify,
        compute @ Task::Compute(_) => panic!("{compute:?}"),
    }
}

#[track_caller]
fn fault(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    parsed(words[0], &words[1..]).expect_err("a mistake")
}

/// The diagnostics, and the line that points to `--help`.
#[track_caller]
fn refused(line: &str, text: &str) {
    let prog = line.split_whitespace().next().unwrap_or_default();
    assert_eq!(fault(line), format!("{prog}: {text}\nTry '{prog} --help' for more information.\n"), "{line}");
}

/// The diagnostics alone.
#[track_caller]
fn bad_value(line: &str, texts: &[&str]) {
    let prog = line.split_whitespace().next().unwrap_or_default();
    let expected: String = texts.iter().flat_map(|text| [prog, ": ", text, "\n"]).collect();
    assert_eq!(fault(line), expected, "{line}");
}

#[test]
fn clap_definitions_are_sound() {
    let commands: [Command; 6] = [
        cli::command::<sums::Cli>(),
        cli::command::<sums::B2sum>(),
        cli::command::<cksum::Cksum>(),
        cli::command::<cksum::Uhash>(),
        cli::command::<sum::Cli>(),
        cli::command::<b3sum::Cli>(),
    ];
    commands.into_iter().for_each(Command::debug_assert);
}

#[test]
fn the_name_decides() {
    use Layout::{Numbers, Tagged, Untagged};
    for (name, algorithm, layout) in [
        ("uhash", Algorithm::Sha2(256), Tagged),
        ("/x/anything", Algorithm::Sha2(256), Tagged),
        ("cksum", Algorithm::Crc, Numbers),
        ("sum", Algorithm::Bsd, Numbers),
        ("b2sum", Algorithm::Blake2b(512), Untagged),
        ("b3sum", Algorithm::Blake3(256), Untagged),
        ("/usr/bin/md5sum", Algorithm::Md5, Untagged),
        ("sha1sum", Algorithm::Sha1, Untagged),
        ("sha224sum", Algorithm::Sha2(224), Untagged),
        ("sha256sum", Algorithm::Sha2(256), Untagged),
        ("sha384sum", Algorithm::Sha2(384), Untagged),
        ("sha512sum", Algorithm::Sha2(512), Untagged),
    ] {
        let expected = Format { algorithm, layout, encoding: Encoding::Hex, binary: false, zero: false };
        // With options and without there are different ways to the same.
        for line in [format!("{name} f"), format!("{name} --progress f")] {
            assert_eq!(format(&line), expected, "{line}");
            assert_eq!(options(&line).input.files, ["f"], "{line}");
        }
    }
}

#[test]
fn layouts() {
    use Layout::{Numbers, Tagged, Untagged};
    for (line, layout, binary) in [
        ("md5sum -b", Untagged, true),
        ("md5sum -bt", Untagged, false),
        ("md5sum --tag", Tagged, false),
        ("md5sum -tb --tag", Tagged, true),
        ("cksum -a md5", Tagged, false),
        ("cksum -a md5 --untagged", Untagged, false),
        ("cksum -a md5 --untagged -tb", Untagged, true),
        ("cksum -a md5 --untagged --tag", Tagged, false),
        ("cksum --untagged -t", Numbers, false),
        ("cksum --tag -b -a sysv", Numbers, true),
        ("uhash -a crc32c", Tagged, false),
        ("uhash -a crc32b", Numbers, false),
    ] {
        let format = format(line);
        assert_eq!((format.layout, format.binary), (layout, binary), "{line}");
    }
    for (line, encoding) in [
        ("cksum -a md5 --base64", Encoding::Base64),
        ("cksum --base64", Encoding::Hex),
        ("cksum --raw", Encoding::Raw),
        ("uhash --base64", Encoding::Base64),
        ("uhash --raw", Encoding::Raw),
    ] {
        assert_eq!(format(line).encoding, encoding, "{line}");
    }
    assert!(format("sha1sum -z").zero && format("cksum --zero").zero && options("uhash --debug").debug);
}

#[test]
fn algorithms_and_lengths() {
    for (words, algorithm) in [
        ("-a bsd", Algorithm::Bsd),
        ("-a sysv -a crc", Algorithm::Crc),
        ("-a sm3 -l 0", Algorithm::Sm3),
        ("-a sha2 -l 256", Algorithm::Sha2(256)),
        ("-l 0384 -a sha2", Algorithm::Sha2(384)),
        ("-a sha3 -l 7 -l +224", Algorithm::Sha3(224)),
        ("-a sha512", Algorithm::Sha2(512)),
        ("-a blake2b", Algorithm::Blake2b(512)),
        ("-a blake2b -l 0", Algorithm::Blake2b(512)),
        ("-a blake2b -l -0", Algorithm::Blake2b(512)),
        ("-a blake2b -l 8", Algorithm::Blake2b(8)),
        ("-a blake3", Algorithm::Blake3(256)),
        ("-a blake3 -l 0", Algorithm::Blake3(256)),
        ("-a blake3 -l 8", Algorithm::Blake3(8)),
        ("-a blake3 -l 524288", Algorithm::Blake3(524_288)),
        ("-a xxh3", Algorithm::Xxh3),
        ("-a xxh64", Algorithm::Xxh64),
        ("-a crc32c", Algorithm::Crc32c),
    ] {
        for prog in ["uhash", "cksum"] {
            assert_eq!(format(&format!("{prog} {words}")).algorithm, algorithm, "{words}");
        }
    }
    assert_eq!(format("b2sum -l 520 -l 16").algorithm, Algorithm::Blake2b(16));
}

#[test]
fn lengths_that_are_none() {
    let too_large = "invalid length: '-8': Value too large for defined data type";
    bad_value("cksum -l -8 -l 8 --foo", &[too_large]);
    bad_value("b2sum -l -8", &[too_large]);
    bad_value("cksum -l x --help", &["invalid length: 'x'"]);
    bad_value("cksum -a md5 -l 1k", &["invalid length: '1k'"]);
    bad_value("b2sum -l 0x10", &["invalid length: '0x10'"]);
    let multiple = "length is not a multiple of 8";
    bad_value("b2sum -l 7", &["invalid length: '7'", multiple]);
    bad_value("b2sum -l 513", &["invalid length: '513'", "maximum digest length for 'BLAKE2b' is 512 bits"]);
    let huge = "99999999999999999999";
    let invalid = format!("invalid length: '{huge}'");
    let most = "maximum digest length for 'BLAKE3' is 524288 bits";
    bad_value(&format!("uhash -a blake3 -l {huge}"), &[&invalid, most]);
    bad_value("cksum -a blake3 -l 524289", &["invalid length: '524289'", most]);
    bad_value("uhash -a blake3 -l 65", &["invalid length: '65'", multiple]);
    bad_value(
        "uhash -l 256",
        &["--length is only supported with --algorithm blake2b, sha2, sha3, or blake3"],
    );
    bad_value("cksum -l 256 -cz", &["--length is only supported with --algorithm blake2b, sha2, or sha3"]);
    bad_value("uhash -a sha3", &["--algorithm=sha3 requires specifying --length 224, 256, 384, or 512"]);
    let needed = "digest length for 'SHA2' must be 224, 256, 384, or 512";
    bad_value("cksum -a sha2 -c -l 0", &["invalid length: '0'", needed]);
}

#[test]
fn words_of_algorithms() {
    let gnu = "\nValid arguments are:\n  - 'bsd'\n  - 'sysv'\n  - 'crc'\n  - 'crc32b'\n  - 'md5'\n  - 'sha1'\n  - \
               'sha224'\n  - 'sha256'\n  - 'sha384'\n  - 'sha512'\n  - 'sha2'\n  - 'sha3'\n  - 'blake2b'\n  - 'sm3'";
    let ours = "\n  - 'blake3'\n  - 'xxh3'\n  - 'xxh64'\n  - 'crc32c'";
    refused("cksum -a sha -a md5", &format!("invalid argument 'sha' for '--algorithm'{gnu}"));
    refused("uhash -a SHA1", &format!("invalid argument 'SHA1' for '--algorithm'{gnu}{ours}"));
    refused("uhash --algorithm=", &format!("invalid argument '' for '--algorithm'{gnu}{ours}"));
}

#[test]
fn lists() {
    for (line, algorithm) in [
        ("uhash -c", None),
        ("cksum -c -l 0", None),
        ("cksum -ca md5", Some(Algorithm::Md5)),
        ("cksum -c -a sha2", Some(Algorithm::Sha2(0))),
        ("cksum -c -a sha2 -l 256", Some(Algorithm::Sha2(0))),
        ("cksum -c -a sha256", Some(Algorithm::Sha2(256))),
        ("uhash -c -a sha3", Some(Algorithm::Sha3(0))),
        ("uhash -c -a blake2b -l 8", Some(Algorithm::Blake2b(512))),
        ("uhash -c -a blake3 -l 8", Some(Algorithm::Blake3(256))),
        ("uhash -c -a crc32c", Some(Algorithm::Crc32c)),
        ("uhash -c --tag --untagged --raw", None),
        ("cksum -c --base64 --untagged", None),
        ("md5sum -c", None),
        ("b3sum -c", None),
    ] {
        assert_eq!(verify(line).algorithm, algorithm, "{line}");
    }
    assert_eq!(verify("sha1sum -c").called, Called::Digest(Algorithm::Sha1));
    assert_eq!(verify("uhash -c").called, Called::Uhash);
    assert_eq!(verify("b3sum --check --quiet").loudness, Loudness::Quiet);
    for (words, loudness) in [
        ("", Loudness::Normal),
        ("--quiet", Loudness::Quiet),
        ("--quiet --status", Loudness::Status),
        ("--status -w", Loudness::Warn),
        ("-w --quiet", Loudness::Quiet),
    ] {
        let verify = verify(&format!("cksum -c --strict {words}"));
        assert_eq!((verify.loudness, verify.strict, verify.ignore_missing), (loudness, true, false));
    }
    assert!(verify("b2sum --c --ig").ignore_missing);
}

#[test]
fn conflicts() {
    bad_value("cksum -c -a crc -z", &["--check is not supported with --algorithm={bsd,sysv,crc,crc32b}"]);
    refused("cksum --raw --base64 -zc", "--base64 and --raw are mutually exclusive");
    refused("md5sum -zc --tag", "the --zero option is not supported when verifying checksums");
    refused("md5sum -cb --tag", "the --tag option is meaningless when verifying checksums");
    refused("uhash -c --untagged --tag", "the --tag option is meaningless when verifying checksums");
    refused("uhash -ct", "the --binary and --text options are meaningless when verifying checksums");
    for option in ["ignore-missing", "status", "warn", "quiet", "strict"] {
        let text = format!("the --{option} option is meaningful only when verifying checksums");
        refused(&format!("b2sum --{option} -t --tag"), &text);
    }
    refused("md5sum --warn --status", "the --status option is meaningful only when verifying checksums");
    refused("md5sum --tag -bt", "--tag does not support --text mode");
    refused("cksum -t --raw", "--text mode is only supported with --untagged");
    let several = "the --raw option is not supported with multiple files";
    for words in ["a b", "-c a b", "-r", "--files0-from=x"] {
        bad_value(&format!("uhash --raw {words}"), &[several]);
    }
}

#[test]
fn b3sum() {
    use Layout::{Nameless, PlainlyTagged, Untagged};
    for (words, bits, layout, encoding) in [
        ("--no-mmap", 256, Untagged, Encoding::Hex),
        ("-l 0", 0, Untagged, Encoding::Hex),
        ("-l 65536", 524_288, Untagged, Encoding::Hex),
        ("--length=+1 --tag", 8, PlainlyTagged, Encoding::Hex),
        ("--tag --no-names", 256, Nameless, Encoding::Hex),
        ("--raw --tag", 256, PlainlyTagged, Encoding::Raw),
    ] {
        let algorithm = Algorithm::Blake3(bits);
        let expected = Format { algorithm, layout, encoding, binary: false, zero: false };
        assert_eq!(format(&format!("b3sum {words}")), expected, "{words}");
    }
    for (words, threads) in [("", None), ("--num-threads 0", None), ("--num-threads=3", Some(3))] {
        assert_eq!(options(&format!("b3sum {words}")).shared.ring.threads, threads);
    }
    assert_eq!(options("b3sum --num-threads 99999999999").shared.ring.threads, Some(256));
    for option in ["--keyed", "--derive-key=x", "--seek=1"] {
        let name = option.split('=').next().unwrap_or_default();
        refused(&format!("b3sum {option} --foo"), &format!("the {name} option is not supported"));
    }
    let digit = "invalid digit found in string";
    refused("b3sum -l x --help", &format!("invalid value 'x' for '--length <LEN>': {digit}"));
    refused("b3sum --num-threads -1", &format!("invalid value '-1' for '--num-threads <NUM>': {digit}"));
    refused("b3sum -l65537", "invalid value '65537' for '--length <LEN>': 65537 is not in 0..=65536");
    for option in ["--length <LEN>", "--raw", "--tag", "--no-names"] {
        let typed = if option.starts_with("--length") { "-l1" } else { option };
        let text = format!("the argument '--check' cannot be used with '{option}'");
        refused(&format!("b3sum -c {typed}"), &text);
    }
    refused("b3sum --quiet", "the following required arguments were not provided:\n  --check");
    bad_value("b3sum --raw a b", &["Only one filename can be provided when using --raw"]);
    assert!(fault("b3sum -h").starts_with("Usage: b3sum [OPTION]... [FILE]...\nPrint BLAKE3 "));
    assert!(fault("b3sum -V").starts_with("b3sum (ringutils) "));
}

#[test]
fn names() {
    let input = options("md5sum").input;
    assert_eq!((input.files, input.implied, input.recursive), (vec!["-".into()], true, false));
    let input = options("sum - --recursive").input;
    assert_eq!((input.files, input.implied, input.recursive), (vec!["-".into()], false, true));
    assert!(options("uhash -r .").input.recursive && !options("sum -r .").input.recursive);
    let input = options("cksum --files0-from - -a md5").input;
    assert_eq!((input.files.len(), input.implied, input.files0_from), (0, false, Some("-".into())));
    refused("cksum -r x", "invalid option -- 'r'");
    refused("md5sum -r x", "invalid option -- 'r'");
    for name in ["uhash", "cksum", "sum", "b2sum", "b3sum", "sha1sum"] {
        let both = "extra operand 'x'\nfile operands cannot be combined with --files0-from";
        refused(&format!("{name} --files0-from=f x y"), both);
        assert!(options(&format!("{name} --recursive .")).input.recursive);
        if name != "sum" {
            let text = |option| format!("the --{option} option is not supported when verifying checksums");
            refused(&format!("{name} -c --files0-from=f x"), &text("files0-from"));
            refused(&format!("{name} -c --recursive x"), &text("recursive"));
        }
    }
}

#[test]
fn our_own_options_stay_out_of_the_way() {
    refused("cksum --fi x", "unrecognized option '--fi'");
    refused("cksum --re", "unrecognized option '--re'");
    assert_eq!(format("uhash --ra").encoding, Encoding::Raw);
    assert_eq!(options("md5sum --progress=never x").shared.progress, ProgressWhen::Never);
    let mut invocation = Invocation::from_argv0(Some("sum".into()), NAME);
    invocation.ring_variable = Some("depth=7".into());
    assert_eq!(parse(&invocation, Vec::new()).expect("valid").shared.ring.depth, Some(7));
    invocation.ring_variable = Some("depth=x".into());
    assert!(parse(&invocation, Vec::new()).is_err());
}

#[test]
fn help_and_version() {
    for name in ["md5sum", "sha512sum", "b2sum", "cksum", "sum", "b3sum"] {
        let help = fault(&format!("{name} --help"));
        assert!(help.starts_with(&format!("Usage: {name} [OPTION]... [FILE]...\nPrint ")), "{help}");
        assert!(!help.contains("recursive") && !help.contains("xxh3"), "{help}");
        assert!(fault(&format!("{name} --version")).starts_with(&format!("{name} (ringutils) ")));
    }
    let help = fault("x/uhash --help");
    assert!(help.contains("\nBeyond GNU:\n  -r, --recursive          take "), "{help}");
    assert!(help.contains("\n      --files0-from=F      instead") && help.contains("xxh3"), "{help}");
    assert!(fault("x/uhash --version").starts_with("uhash (ringutils) "));
    assert_eq!(cksum::Uhash::NAME, NAME);
}

#[test]
fn completions() {
    crate::completions::check::<cksum::Uhash>();
}
