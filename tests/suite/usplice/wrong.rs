//! What makes no sense is said and refused before anything is touched: nothing created, nothing truncated, and no position
//! moved.
//!
//! Once: it ends before an engine is there.

use std::fs::{File, Permissions};
use std::io::{Seek, SeekFrom};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use crate::harness::{NOBODY, Scene, needs_root, sys};

/// Files with something in them, and links to them.
fn scene() -> Scene {
    let t = Scene::new();
    t.file("a", "from a\n").file("old", "what was there\n").folder("d");
    symlink("a", t.path("link")).unwrap();
    std::fs::hard_link(t.path("a"), t.path("hard")).unwrap();
    symlink("d", t.path("link-to-d")).unwrap();
    symlink("loop", t.path("loop")).unwrap();
    t
}

/// Asserts that nothing has happened.
#[track_caller]
fn untouched(t: &Scene) {
    t.holds("a", "from a\n").holds("old", "what was there\n");
    assert!(!t.path("new").exists(), "an output was created");
}

#[track_caller]
fn refused(t: &Scene, words: &[&str], streams: &str, message: &str) {
    let run = t.usplice(words).redirect(streams);
    run.go().stdout_is("").stderr_is(format!("usplice: {message}\n")).code(1);
    untouched(t);
}

#[test]
fn the_input_is_an_output() {
    let t = scene();
    for (words, streams, which) in [
        (&["a", "a"][..], "", "a"),
        (&["a", "link"], "", "link"),
        (&["link", "a"], "", "a"),
        (&["a", "hard"], "", "hard"),
        (&["hard", "link"], "", "link"),
        (&["d/../a", "./a"], "", "./a"),
        (&["a", "new", "a"], "", "a"),
        (&["a", "old", "hard"], "", "hard"),
        (&["-", "a"], "<a", "a"),
        (&["-", "old", "link"], "<a", "link"),
        (&["a"], ">>a", "standard output"),
        (&["a"], "1<>a", "standard output"),
        (&["a", "-"], "1<>hard", "standard output"),
        (&[""; 0], "<a >>a", "standard output"),
        (&["-", "-"], "<a 1<>link", "standard output"),
        (&["/dev/stdin", "a"], "<a", "a"),
        (&["a", "/dev/stdout"], "1<>a", "/dev/stdout"),
        (&["a", "new", "-"], "1<>a", "standard output"),
    ] {
        let message = format!("{which}: input file is output file");
        for more in [&[][..], &["--append"], &["--no-truncate"], &["-c3"], &["--output-error"]] {
            let words: Vec<&str> = more.iter().chain(words).copied().filter(|w| !w.is_empty()).collect();
            refused(&t, &words, streams, &message);
        }
    }
}

/// A standard stream for both.
#[test]
fn one_descriptor_for_input_and_output() {
    let t = scene();
    let mut file = File::options().read(true).write(true).open(t.path("a")).unwrap();
    for place in [0, 3, 100] {
        file.seek(SeekFrom::Start(place)).unwrap();
        let run =
            t.usplice(&[""; 0]).stdin_from(file.try_clone().unwrap()).stdout_to(file.try_clone().unwrap());
        run.go().stderr_is("usplice: standard output: input file is output file\n").code(1);
        assert_eq!(file.stream_position().unwrap(), place);
        untouched(&t);
    }
}

#[test]
fn one_file_for_two_outputs() {
    let t = scene();
    for (words, streams, message) in [
        (&["a", "old", "old"][..], "", "old: same output file as old"),
        (&["a", "new", "old", "./old"], "", "./old: same output file as old"),
        (&["a", "old", "-"], "1<>old", "standard output: same output file as old"),
    ] {
        refused(&t, words, streams, message);
    }
}

#[test]
fn folders() {
    let t = scene();
    for name in ["d", "d/", ".", "/", "link-to-d"] {
        let message = format!("{name}: Is a directory");
        for (words, streams) in [
            (&[name, "new"][..], ""),
            (&[name, "old"], ""),
            (&[name], ">>old"),
            (&["a", name], ""),
            (&["a", "old", name], ""),
            (&["a", "new", name], ""),
            (&["a", name, "-"], ""),
            (&["--append", "a", name], ""),
            (&["--no-clobber", "a", name], ""),
        ] {
            refused(&t, words, streams, &message);
        }
    }
    for words in [&["-", "old"][..], &["-", "new"], &["-"]] {
        refused(&t, words, "<d", "standard input: Is a directory");
    }
}

#[test]
fn inputs_that_are_not_there() {
    let t = scene();
    let _listener = UnixListener::bind(t.path("socket")).unwrap();
    for (name, told) in [
        ("gone", "gone: No such file or directory"),
        ("", "'': No such file or directory"),
        ("gone here", "'gone here': No such file or directory"),
        ("a/b", "a/b: Not a directory"),
        ("loop", "loop: Too many levels of symbolic links"),
        ("socket", "socket: No such device or address"),
    ] {
        for words in
            [&["new"][..], &["old"], &["-"], &["new", "old"], &["--append", "new"], &["--seek=3", "old"]]
        {
            let words: Vec<&str> = [name].iter().chain(words).copied().collect();
            refused(&t, &words, "", told);
        }
    }
}

#[test]
fn outputs_that_can_not_be() {
    let t = scene();
    let _listener = UnixListener::bind(t.path("socket")).unwrap();
    for (name, told) in [
        ("gone/new", "gone/new: No such file or directory"),
        ("", "'': No such file or directory"),
        ("a/b", "a/b: Not a directory"),
        ("loop", "loop: Too many levels of symbolic links"),
        ("socket", "socket: No such device or address"),
        ("new/", "new/: Is a directory"),
    ] {
        refused(&t, &["a", name], "", told);
        refused(&t, &["--output-error=exit", "a", "old", name], "", told);
        refused(&t, &["--output-error=exit", "a", "new", name], "", told);
    }
}

#[test]
fn permission_denied() {
    if needs_root() {
        return;
    }
    let t = scene();
    std::os::unix::fs::chown(t.dir(), Some(NOBODY), Some(NOBODY)).unwrap();
    t.file("secret", "secret").folder("theirs");
    std::fs::set_permissions(t.path("secret"), Permissions::from_mode(0o600)).unwrap();
    for (words, told) in [
        (&["secret", "new"][..], "secret: Permission denied"),
        (&["a", "secret"], "secret: Permission denied"),
        (&["--append", "a", "secret"], "secret: Permission denied"),
        (&["--no-truncate", "a", "secret"], "secret: Permission denied"),
        (&["a", "theirs/new"], "theirs/new: Permission denied"),
        (&["--output-error=exit", "a", "new", "theirs/new"], "theirs/new: Permission denied"),
    ] {
        let ended = t.usplice(words).without_rights().go();
        ended.stdout_is("").stderr_is(format!("usplice: {told}\n")).code(1);
        untouched(&t);
        t.holds("secret", "secret");
    }
}

#[test]
fn streams_that_are_closed_or_the_wrong_way_round() {
    let t = scene();
    let bad = "Bad file descriptor";
    for (words, streams, who) in [
        (&["-", "old"][..], "<&-", "standard input"),
        (&["-", "new"], "<&-", "standard input"),
        (&["a"], ">&-", "standard output"),
        (&["--output-error=exit", "a", "old", "-"], ">&-", "standard output"),
        (&["--output-error=exit", "a", "new", "-"], ">&-", "standard output"),
        (&["-", "old"], "0>>a", "standard input"),
        (&["a"], "1<old", "standard output"),
        (&["a", "-"], "1</dev/null", "standard output"),
    ] {
        refused(&t, words, streams, &format!("{who}: {bad}"));
    }
    // They don't matter where they are not wanted.
    t.usplice(&["a", "new"]).redirect("<&- >&- 2>&-").go().code(0);
    t.holds("new", "from a\n");
}

#[test]
fn numbers() {
    let t = scene();
    let overflow = ": Value too large for defined data type";
    for (option, what) in [
        ("--count", "invalid number of bytes"),
        ("--size", "invalid size"),
        ("--skip", "invalid number of bytes to skip"),
        ("--seek", "invalid number of bytes to seek"),
        ("--rate-limit", "invalid rate limit"),
        ("--block-size", "invalid block size"),
    ] {
        for (number, end) in [
            ("-1", ""),
            ("-5K", ""),
            ("99999999999999999999", overflow),
            ("18446744073709551616", overflow),
            ("16E", overflow),
            ("1Q", overflow),
            ("x", ""),
            ("", ""),
            ("1x", ""),
            ("1.5", ""),
            ("0x10", ""),
            ("1 K", ""),
            ("--1", ""),
        ] {
            // GNU's commands quote values with the locale's marks, which in C are these.
            let message = format!("{what}: '{number}'{end}");
            for words in [&["a", "old"][..], &["a", "new"], &["a"]] {
                let option = format!("{option}={number}");
                let words: Vec<&str> = [&option[..]].into_iter().chain(words.iter().copied()).collect();
                refused(&t, &words, "", &message);
            }
        }
    }
    // Offsets are signed.
    for (option, what) in [("--skip", "skip"), ("--seek", "seek")] {
        let message = format!("invalid number of bytes to {what}: '8E'{overflow}");
        refused(&t, &[&format!("{option}=8E"), "a", "old"], "", &message);
    }
    t.usplice(&["--count=18446744073709551615", "a"]).go().stdout_is("from a\n").fine();
    t.usplice(&["--count=8E", "a"]).go().stdout_is("from a\n").fine();
    t.usplice(&["--skip=9223372036854775807", "a"]).go().stdout_is("").fine();
}

/// Offsets that are too far only together with where the stream stands.
#[test]
fn offsets_that_overflow() {
    let t = scene();
    let mut file = File::options().read(true).write(true).open(t.path("old")).unwrap();
    file.seek(SeekFrom::Start(10)).unwrap();
    let far = "9223372036854775807";
    let run = t.usplice(&["--seek", far, "a"]).stdout_to(file.try_clone().unwrap());
    run.go().stderr_has("usplice: standard output: cannot seek: ").code(1);
    assert_eq!(file.stream_position().unwrap(), 10);
    let run = t.usplice(&["--skip", far, "-", "new"]).stdin_from(file.try_clone().unwrap());
    run.go().stderr_has("usplice: standard input: cannot skip: ").code(1);
    assert_eq!(file.stream_position().unwrap(), 10);
    untouched(&t);
    let ended = t.usplice(&["--seek", far, "a", "new"]).go().stdout_is("").code(1);
    let told = String::from_utf8(ended.stderr).unwrap();
    assert!(told.starts_with("usplice: new: cannot ") && told.lines().count() == 1, "{told}");
    untouched(&t);
}

#[test]
fn what_can_not_be_sought() {
    let t = scene();
    t.fifo("fifo");
    refused(&t, &["--seek=1", "a"], "", "standard output: cannot seek: Illegal seek");
    refused(&t, &["--seek=1", "a", "old", "-"], "", "standard output: cannot seek: Illegal seek");
    let (_ours, theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let run = t.usplice(&["--seek=1", "a", "new", "-"]).stdout_to(OwnedFd::from(theirs));
    run.go().stderr_is("usplice: standard output: cannot seek: Illegal seek\n").code(1);
    untouched(&t);
    let (_master, slave) = sys::terminal();
    let run = t.usplice(&["--seek=1", "a", "old", "-"]).stdout_to(slave);
    run.go().stderr_is("usplice: standard output: cannot seek: Illegal seek\n").code(1);
    untouched(&t);
    refused(&t, &["--seek=1", "a"], ">>old", "standard output: cannot seek: output is appended");
    // Whether it is opened or not.
    let _both = File::options().read(true).write(true).open(t.path("fifo")).unwrap();
    refused(&t, &["--seek=1", "a", "old", "fifo"], "", "fifo: cannot seek: Illegal seek");
}

#[test]
fn options_that_contradict_each_other() {
    let t = scene();
    for (words, message) in [
        (&["--append", "--seek=5"][..], "--append and --seek are mutually exclusive"),
        (&["--append", "--truncate"], "--append and --truncate are mutually exclusive"),
        (&["--append", "--sparse"], "--append and --sparse are mutually exclusive"),
        (&["--append", "--no-clobber"], "--append and --no-clobber are mutually exclusive"),
        (&["--exact"], "--exact needs --count, --size or --stop-at-size"),
        (&["--watch=1", "--count=5"], "--watch and --count are mutually exclusive"),
    ] {
        for operands in [&["a", "old"][..], &["a", "new"]] {
            let operands = if words[0].starts_with("--watch") { &[][..] } else { operands };
            t.usplice(words).args(operands).go().stdout_is("").stderr_has(message).code(1);
            untouched(&t);
        }
    }
    t.usplice(&["--watch=1", "a"]).go().stderr_has("extra operand 'a'").code(1);
    t.usplice(&["--nonsense", "a", "old"]).go().stderr_has("unrecognized option '--nonsense'").code(1);
    untouched(&t);
}

/// Holes can only be made in files.
#[test]
fn sparse_where_there_are_no_holes() {
    let t = scene();
    refused(&t, &["--sparse", "a"], "", "standard output: cannot make holes: not a regular file");
    refused(&t, &["--sparse", "a", "/dev/null"], "", "/dev/null: cannot make holes: not a regular file");
}

#[test]
fn outputs_that_exist_with_no_clobber() {
    let t = scene();
    symlink("nowhere", t.path("dangling")).unwrap();
    for (words, name) in [
        (&["--no-clobber", "a", "old"][..], "old"),
        (&["--no-clobber", "a", "new", "old"], "old"),
        (&["--no-clobber", "--no-truncate", "a", "old"], "old"),
        (&["--no-clobber", "a", "dangling"], "dangling"),
    ] {
        refused(&t, words, "", &format!("{name}: File exists"));
        assert!(!t.path("nowhere").exists());
    }
}

/// Only one line, whatever else is wrong.
#[test]
fn the_input_comes_first() {
    let t = scene();
    refused(&t, &["gone", "d"], "", "gone: No such file or directory");
    refused(&t, &["d", "gone/new"], "", "d: Is a directory");
    refused(&t, &["gone", "a", "a"], "", "gone: No such file or directory");
}
