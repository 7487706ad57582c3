use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::AsFd;

use ringutils::cli::Invocation;

use super::*;

fn input(text: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file for the test");
    file.write_all(text).expect("written");
    file.rewind().expect("rewound");
    file
}

fn answers(text: &[u8], count: usize) -> Vec<bool> {
    let file = input(text);
    let mut answers = Answers::default();
    (0..count).map(|_| answers.answer(Some(file.as_fd()))).collect()
}

#[test]
fn one_line_each() {
    assert_eq!(answers(b"y\nn\nYes\n y\n\nno\ny", 8), [true, false, true, false, false, false, true, false]);
    assert_eq!(answers(b"", 2), [false, false]);
    assert_eq!(answers(b"\0y\ny\0\n", 2), [false, true]);
    let long = [&b"y".repeat(10_000)[..], b"\ny\nn\n"].concat();
    assert_eq!(answers(&long, 4), [true, true, false, false]);
}

#[test]
fn the_rest_is_given_back() {
    let mut file = input(b"y\nn\nthe rest\n");
    let mut answers = Answers::default();
    assert!(answers.answer(Some(file.as_fd())));
    assert!(!answers.answer(Some(file.as_fd())));
    answers.end(Ok(file.as_fd())).expect("an input with a position");
    let mut rest = String::new();
    file.read_to_string(&mut rest).expect("readable");
    assert_eq!(rest, "the rest\n");
}

#[test]
fn pipes_keep_what_is_needed_later() {
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(b"y\ny\nn\nx").expect("written");
    let mut answers = Answers::default();
    let given: Vec<bool> = (0..3).map(|_| answers.answer(Some(reader.as_fd()))).collect();
    assert_eq!(given, [true, true, false]);
    answers.end(Ok(reader.as_fd())).expect("nothing to give back to");
}

#[test]
fn inputs_that_cannot_be_read() {
    let folder = File::open("/").expect("a folder");
    let mut answers = Answers::default();
    assert!(!answers.answer(Some(folder.as_fd())));
    let fault = answers.end(Ok(folder.as_fd())).expect_err("nothing was read");
    assert_eq!(fault.render(), b"error closing file");
    let mut answers = Answers::default();
    assert!(!answers.answer(None));
    let fault = answers.end(Err(io::Error::from_raw_os_error(9))).expect_err("closed");
    assert_eq!(fault.render(), b"error closing file: Bad file descriptor");
    // Who asks nothing does not care.
    assert!(Answers::default().end(Err(io::Error::from_raw_os_error(9))).is_ok());
}

#[test]
fn modes_in_letters() {
    for (mode, shown) in [
        (0o644, "rw-r--r--"),
        (0o4644, "rwSr--r--"),
        (0o7755, "rwsr-sr-t"),
        (0o1000, "--------T"),
        (0o7000, "--S--S--T"),
        (0o2070, "---rws---"),
    ] {
        assert_eq!(letters(mode), shown);
    }
}

#[test]
fn the_question() {
    let invocation = Invocation::from_argv0(Some("/bin/cp".into()), "ucp");
    let ask = |words: &[&str], is_root, place: &str, mode| {
        let args = words.iter().copied().chain(["a", "b"]).map(Into::into).collect();
        let options =
            ringutils::cli::parse(&invocation, args, |cli, given| Options::new(cli, given, &invocation));
        let place = Place::of_path(place.as_bytes());
        let stat = Stat { mode, ..sys::stat(c"/").expect("a root folder") };
        let question = question(&options.expect("valid"), is_root, &place, &stat);
        String::from_utf8(question).expect("ASCII")
    };
    assert_eq!(ask(&["-i"], true, "b", 0o644), "overwrite 'b'? ");
    // What does not exist is not writable for anybody.
    let missing = "/nonexistent/b";
    assert_eq!(
        ask(&["-i"], false, missing, 0o644),
        "unwritable '/nonexistent/b' (mode 0644, rw-r--r--); try anyway? "
    );
    for option in ["-f", "--remove-destination"] {
        assert_eq!(
            ask(&["-i", option], false, missing, 0o4644),
            "replace '/nonexistent/b', overriding mode 4644 (rwSr--r--)? "
        );
    }
    let diagnostics = Diagnostics::capturing(&invocation);
    diagnostics.write(&bytes![diagnostics.prog(), ": ", ask(&[], true, "b", 0)]);
    assert_eq!(diagnostics.captured(), b"/bin/cp: overwrite 'b'? ");
}
