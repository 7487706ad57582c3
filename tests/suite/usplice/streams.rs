//! What comes in goes out at once, endless inputs end with their readers, and standard streams may be closed.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::common::{close, numbers};
use super::stage::text;
use crate::harness::{Collector, PATIENCE, Run, Scene, difference, in_little_memory, sys};

fn scene() -> (Scene, Vec<u8>) {
    let t = Scene::new();
    let big = numbers(200_000);
    t.file("in", &big).fifo("p");
    (t, big)
}

/// A stream to write into, and where it comes out.
fn inputs() -> Vec<(&'static str, std::fs::File, OwnedFd)> {
    let (reader, writer) = std::io::pipe().unwrap();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (master, slave) = sys::terminal();
    vec![
        ("pipe", OwnedFd::from(writer).into(), reader.into()),
        ("socket", OwnedFd::from(ours).into(), theirs.into()),
        ("terminal", master, slave),
    ]
}

/// The test's side of an output, and the command's.
fn outputs() -> Vec<(&'static str, Collector, OwnedFd)> {
    let (reader, writer) = std::io::pipe().unwrap();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (master, slave) = sys::terminal();
    vec![
        ("pipe", Collector::of(reader), writer.into()),
        ("socket", Collector::of(ours), theirs.into()),
        ("terminal", Collector::of(master), slave),
    ]
}

/// A line must come out before the next is typed.
#[test]
fn each_piece_appears_before_the_next_is_sent() {
    let (t, _) = scene();
    for args in [
        &[][..],
        &["-b", "1M"],
        &["-c", "1000"],
        &["-L", "1G"],
        &["-s", "1000"],
        &["--ring=engine=threads"],
        &["--ring=plain"],
        &["-", "-", "a"],
    ] {
        for index in 0..9 {
            let (from, mut input, theirs) = inputs().swap_remove(index / 3);
            let (to, output, their_output) = outputs().swap_remove(index % 3);
            let run = t.usplice(args).stdin_from(theirs).stdout_to(their_output);
            let live = run.start();
            drop(run);
            let mut expected = String::new();
            for piece in ["one\n", "two two\n", "\n", "three\n"] {
                input.write_all(piece.as_bytes()).unwrap_or_else(|e| panic!("{from} to {to}: {e}"));
                expected += piece;
                output.until(&expected);
            }
            if from == "terminal" {
                input.write_all(b"\x04").unwrap();
                live.end().fine();
            } else {
                close(input);
                live.end().fine();
            }
            assert_eq!(output.all(), expected.as_bytes(), "{from} to {to} {args:?}");
        }
    }
}

/// Into a file as well.
#[test]
fn each_piece_is_in_the_file_before_the_next_is_sent() {
    let (t, _) = scene();
    for args in [&["-", "out"][..], &["-a", "-", "out"], &["--sparse", "-", "out"]] {
        for index in 0..3 {
            let (from, mut input, theirs) = inputs().swap_remove(index);
            t.file("out", "");
            let run = t.usplice(args).stdin_from(theirs);
            let live = run.start();
            drop(run);
            let mut expected = String::new();
            for piece in ["one\n", "two two\n", "\n"] {
                input.write_all(piece.as_bytes()).unwrap();
                expected += piece;
                until_file(&t, "out", &expected);
            }
            if from == "terminal" {
                input.write_all(b"\x04").unwrap();
            } else {
                close(input);
            }
            live.end().fine();
            t.holds("out", &expected);
        }
    }
}

/// Waits until a file holds what it should.
fn until_file(t: &Scene, name: &str, expected: &str) {
    let deadline = std::time::Instant::now() + PATIENCE;
    while t.read(name) != expected.as_bytes() {
        assert!(
            std::time::Instant::now() < deadline,
            "{name} holds {:?}",
            t.read(name).escape_ascii().to_string()
        );
        std::thread::yield_now();
    }
}

/// Single bytes, and pieces that are larger than what holds them.
#[test]
fn pieces_of_every_size() {
    let (t, big) = scene();
    let pieces: Vec<Vec<u8>> = (1..400).map(|i| big[i * i..(i + 1) * (i + 1)].to_vec()).collect();
    t.usplice(&["-"]).stdin_pieces(pieces.clone()).go().stdout_is(pieces.concat()).fine();
    t.usplice(&["-", "a", "-"]).stdin_pieces(pieces.clone()).go().stdout_is(pieces.concat()).fine();
    t.holds("a", pieces.concat());
}

/// `head` has enough at some time; that is the end of what has none.
#[test]
fn endless_inputs() {
    let (t, _) = scene();
    for args in
        [&["/dev/zero"][..], &["-"], &["-b", "64K", "/dev/zero"], &["--ring=engine=threads", "/dev/zero"]]
    {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let run = t.usplice(args).redirect("</dev/zero").stdout_to(writer);
        let live = run.start();
        drop(run);
        let mut got = vec![1; 5_000_000];
        reader.read_exact(&mut got).unwrap();
        assert!(got.iter().all(|&b| b == 0));
        close(reader);
        live.end().killed_by(libc::SIGPIPE).stderr_is("");
    }
    // One that is a pipe, too.
    let (reader, mut writer) = std::io::pipe().unwrap();
    let feeder = std::thread::spawn(move || while writer.write_all(&[b'x'; 10_000]).is_ok() {});
    let (mut out, output) = std::io::pipe().unwrap();
    let run = t.usplice(&["-"]).stdin_from(reader).stdout_to(output);
    let live = run.start();
    drop(run);
    let mut got = vec![0; 3_000_000];
    out.read_exact(&mut got).unwrap();
    assert!(got.iter().all(|&b| b == b'x'));
    close(out);
    live.end().killed_by(libc::SIGPIPE).stderr_is("");
    feeder.join().unwrap();
}

#[test]
fn endless_inputs_with_a_count() {
    let (t, _) = scene();
    let zeros = vec![0; 3_000_001];
    t.usplice(&["-c3000001", "/dev/zero"]).go().stdout_is(&zeros).fine();
    t.usplice(&["-c3000001", "/dev/zero", "out", "-"]).go().stdout_is(&zeros).fine();
    t.holds("out", &zeros);
    t.usplice(&["-c3000001", "/dev/zero", "out"]).go().fine();
    t.holds("out", &zeros);
    // A pipe that stays open is not waited for once there is enough.
    let live = t.usplice(&["-c5"]).stdin_typed().start();
    live.send("abc");
    live.stdout.until("abc");
    live.send("defgh");
    live.end().stdout_is("abcde").fine();
    let live = t.usplice(&["-c5", "-", "-", "a"]).stdin_typed().start();
    live.send("abcdefgh");
    live.end().stdout_is("abcde").fine();
    t.holds("a", "abcde");
    let live = t.usplice(&["-c0"]).stdin_typed().start();
    live.end().stdout_is("").fine();
}

/// What was not to be moved is left for the next command.
#[test]
fn the_rest_is_left_in_the_pipe() {
    let (t, big) = scene();
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&big[..50_000]).unwrap();
    for args in [&["-c1000"][..], &["-c1000", "-", "-", "/dev/null"], &["-c1000", "-", "/dev/null", "-"]] {
        let from = reader.try_clone().unwrap();
        let ended = t.usplice(args).stdin_from(from).go().code(0);
        assert_eq!(ended.stdout.len(), 1000);
    }
    close(writer);
    let mut rest = vec![];
    reader.read_to_end(&mut rest).unwrap();
    assert_eq!(difference(&rest, &big[3000..50_000]), None);
}

/// And in a file: the position is where it stopped.
#[test]
fn the_rest_is_left_in_the_file() {
    let (t, big) = scene();
    let mut file = std::fs::File::open(t.path("in")).unwrap();
    let mut expected = 0;
    for args in [
        &["-c1000"][..],
        &["-c1000", "-", "a"],
        &["-c1000", "-", "-", "a"],
        &["-c1000", "--ring=direct"],
        &["-c1000", "-L1M", "-", "a"],
        &["-c1000", "-", "/dev/null"],
    ] {
        t.usplice(args).stdin_from(file.try_clone().unwrap()).go().code(0);
        expected += 1000;
        assert_eq!(std::io::Seek::stream_position(&mut file).unwrap(), expected, "{args:?}");
    }
    let (ours, theirs) = UnixStream::pair().unwrap();
    let run = t.usplice(&["-c1000"]).stdin_from(file.try_clone().unwrap()).stdout_to(theirs);
    run.go().fine();
    assert_eq!(std::io::Seek::stream_position(&mut file).unwrap(), expected + 1000);
    let mut got = vec![0; 1000];
    (&ours).read_exact(&mut got).unwrap();
    let at = usize::try_from(expected).unwrap();
    assert_eq!(difference(&got, &big[at..at + 1000]), None);
}

#[test]
fn a_nonblocking_input_is_waited_for() {
    let (t, _) = scene();
    for index in 0..3 {
        let (from, mut input, theirs) = inputs().swap_remove(index);
        sys::set_nonblocking(&theirs);
        let run = t.usplice(&["-"]).stdin_from(theirs);
        let live = run.start();
        drop(run);
        let mut expected = String::new();
        for piece in ["one\n", "two\n"] {
            input.write_all(piece.as_bytes()).unwrap();
            expected += piece;
            live.stdout.until(&expected);
        }
        if from == "terminal" {
            input.write_all(b"\x04").unwrap();
            live.end().fine();
            continue;
        }
        close(input);
        live.end().fine();
    }
}

#[test]
fn a_nonblocking_output_is_waited_for() {
    let (t, big) = scene();
    let kinds: [fn() -> (OwnedFd, std::fs::File); 2] = [
        || {
            let (reader, writer) = std::io::pipe().unwrap();
            (writer.into(), OwnedFd::from(reader).into())
        },
        || {
            let (ours, theirs) = UnixStream::pair().unwrap();
            (theirs.into(), OwnedFd::from(ours).into())
        },
    ];
    for make in kinds {
        for args in [&["in"][..], &["-"], &["--ring=engine=threads", "in"], &["in", "-", "a"]] {
            let (writer, mut reader) = make();
            sys::set_nonblocking(&writer);
            let run = t.usplice(args).redirect("<in").stdout_to(writer.try_clone().unwrap());
            let live = run.start();
            drop(run);
            sys::wait_full(&writer, PATIENCE);
            drop(writer);
            let mut got = vec![];
            reader.read_to_end(&mut got).unwrap();
            live.end().fine();
            assert_eq!(difference(&got, &big), None, "{args:?}");
        }
    }
}

/// Status 1, one message of ours.
#[track_caller]
fn bad_descriptor(name: &str, run: Run) {
    run.go().stdout_is("").stderr_is(format!("usplice: {name}: Bad file descriptor\n")).code(1);
}

#[test]
fn closed_standard_streams() {
    let (t, big) = scene();
    bad_descriptor("standard input", t.usplice(&["-"]).redirect("<&-"));
    bad_descriptor("standard input", t.usplice::<&str>(&[]).redirect("<&-"));
    bad_descriptor("standard output", t.usplice(&["in"]).redirect(">&-"));
    bad_descriptor("standard output", t.usplice(&["-", "-"]).redirect("<in >&-"));
    // What is not named may be closed, and no file takes its place.
    t.usplice(&["in", "a"]).redirect("<&- >&-").go().fine();
    t.holds("a", &big);
    t.usplice(&["in", "a"]).redirect("<&- >&- 2>&-").go().code(0);
    t.holds("a", &big);
    t.file("a", "was a\n");
    bad_descriptor("standard input", t.usplice(&["-", "a"]).redirect("<&-"));
    t.holds("a", "was a\n");
    // Of several outputs one is dropped.
    let expected = "usplice: standard output: Bad file descriptor\n";
    t.usplice(&["in", "a", "-"]).redirect(">&-").go().stderr_is(expected).code(1);
    t.holds("a", &big);
}

/// The wrong way round.
#[test]
fn streams_opened_for_the_other_direction() {
    let (t, _) = scene();
    bad_descriptor("standard output", t.usplice(&["in"]).redirect("1<in"));
    let run = t.usplice(&["-"]).redirect("0>a");
    bad_descriptor("standard input", run);
}

/// Whatever the input: the buffers are a few megabytes.
#[test]
fn little_memory() {
    let t = Scene::new();
    let content = text(20_000_000);
    t.file("in", &content);
    let version = t.usplice(&["--version"]);
    for words in
        [&["in"][..], &["in", "out"], &["--sparse", "in", "out"], &["-", "out", "two"], &["-E", "in", "out"]]
    {
        in_little_memory(
            &version,
            0,
            || t.usplice(words).stdin(content.clone()),
            |run| {
                let ended = run.go().stderr_is("").code(0);
                if words.len() == 1 {
                    ended.stdout_is(&content);
                } else {
                    t.holds("out", &content);
                }
            },
        );
    }
}

/// A pipe of one page on each side.
#[test]
fn pipes_of_one_page() {
    let t = Scene::new();
    let content = text(300_001);
    for words in [&["-"][..], &["-b1M", "-"], &["-", "-", "/dev/null"]] {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let (reader_out, writer_out) = std::io::pipe().unwrap();
        sys::shrink_pipe(&writer);
        sys::shrink_pipe(&writer_out);
        let output = Collector::of(reader_out);
        let live = t.usplice(words).without_rights().stdin_from(reader).stdout_to(writer_out).start();
        writer.write_all(&content).unwrap();
        {
            let _guard = sys::no_forks();
            drop(writer);
        }
        live.end().fine();
        assert!(output.all() == content, "{words:?}");
    }
}
