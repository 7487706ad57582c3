//! Standard input, FIFOs, terminals: read once, from where they are, to their end.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use super::{HELLO, HELLO_MD5, newest, noise};
use crate::harness::{Collector, Scene, oracles, sys};

const EMPTY_MD5: &str = "d41d8cd98f00b204e9800998ecf8427e";

#[test]
fn named_and_not_named() {
    let t = Scene::new();
    t.file("f", HELLO);
    for (command, kind) in [
        ("md5sum", &[][..]),
        ("b2sum", &["--tag"]),
        ("sum", &[]),
        ("sum", &["-s"]),
        ("cksum", &[]),
        ("cksum", &["-a", "bsd"]),
        ("cksum", &["-a", "sysv"]),
        ("cksum", &["-a", "sha256", "--untagged"]),
    ] {
        for operands in [&[][..], &["-"], &["-", "-"], &["f", "-", "f", "-"], &["--", "-"]] {
            let run = t.sum(command, kind).args(operands);
            run.clone().stdin("typed\n").like(&oracles(command)).fine();
            run.clone().redirect("<f").like(&oracles(command)).fine();
            run.redirect("</dev/null").like(&oracles(command)).fine();
        }
    }
}

/// The end of a pipe is its end for the second `-` too; a file is read from where the first left it.
#[test]
fn the_second_time() {
    let t = Scene::new();
    t.file("f", HELLO);
    let expected = format!("{HELLO_MD5}  -\n{EMPTY_MD5}  -\n");
    t.sum("md5sum", &["-", "-"]).stdin(HELLO).go().stdout_is(&expected).fine();
    t.sum("md5sum", &["-", "-"]).redirect("<f").go().stdout_is(&expected).fine();
}

#[test]
fn partly_consumed() {
    let t = Scene::new();
    let bytes = noise(200_000);
    t.file("f", &bytes);
    for offset in [1, 4095, 65_536, 199_999, 200_000, 300_000] {
        for command in ["sha1sum", "cksum", "sum"] {
            let at = |offset| {
                let mut file = File::open(t.path("f")).unwrap();
                file.seek(SeekFrom::Start(offset)).unwrap();
                file
            };
            let ours = t.sum(command, &[""; 0]).stdin_from(at(offset)).go();
            let rest = bytes.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
            ours.stdout_is(t.sum(command, &[""; 0]).stdin(rest).like(&oracles(command)).stdout).fine();
        }
    }
}

/// What is behind it in a script finds the input read to its end.
#[test]
fn left_at_its_end() {
    let t = Scene::new();
    t.file("f", noise(100_000));
    let mut file = File::open(t.path("f")).unwrap();
    t.sum("md5sum", &["-"]).stdin_from(file.try_clone().unwrap()).go().fine();
    assert_eq!(file.stream_position().unwrap(), 100_000);
    // And left alone when it is not asked for.
    file.rewind().unwrap();
    t.sum("md5sum", &["f"]).stdin_from(file.try_clone().unwrap()).go().fine();
    t.sum("md5sum", &["-c", "f"]).stdin_from(file.try_clone().unwrap()).go().code(1);
    assert_eq!(file.stream_position().unwrap(), 0);
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"rest").unwrap();
    t.sum("md5sum", &["f", "gone"]).stdin_from(reader.try_clone().unwrap()).go().code(1);
    {
        let _guard = sys::no_forks();
        drop(writer);
    }
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "rest");
}

#[test]
fn by_other_names() {
    let t = Scene::new();
    t.file("f", HELLO);
    for name in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"] {
        let expected = format!("{HELLO_MD5}  {name}\n");
        t.sum("md5sum", &[name]).stdin(HELLO).go().stdout_is(&expected).fine();
        t.sum("md5sum", &[name, name]).redirect("<f").go().stdout_is(expected.repeat(2)).fine();
    }
}

#[test]
fn a_fifo() {
    let t = Scene::new();
    t.fifo("p").file("f", HELLO);
    let bytes = noise(300_000);
    for command in ["sha256sum", "cksum"] {
        let whole = t.sum(command, &["-"]).stdin(bytes.as_slice()).go().stdout;
        let whole = String::from_utf8(whole).unwrap().replace(" -\n", " p\n");
        let file = t.sum(command, &["f"]).go().stdout;
        let live = t.sum(command, &["f", "p", "f"]).start();
        // What is in front of it is told before it ends: nobody waits for what is known.
        live.stdout.until(&file);
        let mut writer = t.fifo_writer("p");
        writer.write_all(&bytes).unwrap();
        live.stdout.until(&file);
        {
            let _guard = sys::no_forks();
            drop(writer);
        }
        live.finish().stdout_is([&file, whole.as_bytes(), &file].concat()).fine();
    }
}

/// Whoever feeds a stream may be writing the files behind it too (`… | tee f | md5sum - f`): those are read when it has
/// ended, not before.
#[test]
fn files_behind_a_stream() {
    let t = Scene::new();
    // So many that other threads would begin with those behind it.
    let many = vec!["f"; 100];
    let expected = |name| format!("{HELLO_MD5}  {name}\n{}", format!("{HELLO_MD5}  f\n").repeat(many.len()));
    for name in ["-", "/dev/stdin"] {
        t.file("f", "").file("a", "");
        let args = [&["a", name][..], &many].concat();
        let mut live = t.sum("md5sum", &args).stdin_typed().start();
        live.stdout.until(format!("{EMPTY_MD5}  a\n"));
        t.file("f", HELLO);
        live.send(HELLO);
        live.close_stdin();
        live.finish().stdout_is(format!("{EMPTY_MD5}  a\n{}", expected(name))).fine();
    }
    t.fifo("p").file("f", "");
    let live = t.sum("md5sum", &["p", "f"]).start();
    let mut writer = t.fifo_writer("p");
    t.file("f", HELLO);
    writer.write_all(HELLO.as_bytes()).unwrap();
    {
        let _guard = sys::no_forks();
        drop(writer);
    }
    live.finish().stdout_is(format!("{HELLO_MD5}  p\n{HELLO_MD5}  f\n")).fine();
}

/// Each time it is opened anew, and only when its turn has come: the second writer is not the first.
#[test]
fn the_same_fifo_twice() {
    let t = Scene::new();
    t.fifo("p");
    let live = t.sum("md5sum", &["p", "p"]).start();
    let mut expected = String::new();
    for (text, digest) in [(HELLO, HELLO_MD5), ("", EMPTY_MD5)] {
        let mut writer = t.fifo_writer("p");
        writer.write_all(text.as_bytes()).unwrap();
        {
            let _guard = sys::no_forks();
            drop(writer);
        }
        expected += &format!("{digest}  p\n");
        live.stdout.until(&expected);
    }
    live.finish().fine();
}

/// Results come as soon as they can be, also out of a pipe.
#[test]
fn results_do_not_wait_for_the_next_input() {
    let t = Scene::new();
    t.file("a", "").file("b", HELLO);
    let mut live = t.sum("md5sum", &["a", "gone", "b", "-", "a"]).stdin_typed().start();
    let mut expected = format!("{EMPTY_MD5}  a\n{HELLO_MD5}  b\n");
    live.stdout.until(&expected);
    live.stderr.until("md5sum: gone: No such file or directory\n");
    live.send(HELLO);
    live.close_stdin();
    expected += &format!("{HELLO_MD5}  -\n{EMPTY_MD5}  a\n");
    live.finish().stdout_is(expected).code(1);
}

/// A list that is typed: each line is checked before the next one comes.
#[test]
fn a_list_line_by_line() {
    let t = Scene::new();
    t.file("a", "").file("b", HELLO);
    let mut live = t.sum("md5sum", &["-c"]).stdin_typed().start();
    let mut expected = String::new();
    for (line, result) in [
        (format!("{EMPTY_MD5}  a\n"), "a: OK\n"),
        (format!("{EMPTY_MD5}  b\n"), "b: FAILED\n"),
        ("noise\n".into(), ""),
        (format!("{HELLO_MD5}  b\n"), "b: OK\n"),
    ] {
        live.send(line);
        expected += result;
        live.stdout.until(&expected);
    }
    live.close_stdin();
    let summary = "md5sum: WARNING: 1 line is improperly formatted\nmd5sum: WARNING: 1 computed checksum did NOT match\n";
    live.finish().stdout_is(expected).stderr_is(summary).code(1);
}

#[test]
fn a_terminal() {
    let t = Scene::new();
    let (mut master, slave) = sys::terminal();
    let screen = Collector::of(master.try_clone().unwrap());
    let out = slave.try_clone().unwrap();
    let live = t.sum("md5sum", &["-"]).stdin_from(slave).stdout_to(out).start();
    master.write_all(HELLO.as_bytes()).unwrap();
    master.write_all(b"\x04").unwrap();
    live.finish().fine();
    screen.until(format!("{HELLO_MD5}  -\n"));
}

#[test]
fn a_directory_as_standard_input() {
    let t = Scene::new();
    t.folder("d").file("f", HELLO);
    for command in ["md5sum", "cksum", "sum"] {
        t.sum(command, &["f", "-", "f"]).redirect("<d").like(&newest(command)).code(1);
    }
    t.sum("md5sum", &["-c"]).redirect("<d").like(&newest("md5sum")).code(1);
}

#[test]
fn closed_standard_input() {
    let t = Scene::new();
    t.file("f", HELLO).file("list", format!("{HELLO_MD5}  f\n{HELLO_MD5}  -\n"));
    for command in ["md5sum", "b2sum", "cksum", "sum"] {
        for args in [&[][..], &["-"], &["f", "-", "f"], &["f"], &["-", "-"]] {
            t.sum(command, args).redirect("<&-").like(&newest(command));
        }
    }
    for args in [&["-c"][..], &["-c", "-"], &["-c", "list"], &["-c", "list", "-"]] {
        t.sum("md5sum", args).redirect("<&-").like(&newest("md5sum")).code(1);
    }
    let expected = "md5sum: -: Bad file descriptor\nmd5sum: standard input: Bad file descriptor\n";
    t.sum("md5sum", &["-"]).redirect("<&-").go().stderr_is(expected).code(1);
}

#[test]
fn standard_input_for_writing_only() {
    let t = Scene::new();
    t.file("f", HELLO);
    for command in ["md5sum", "cksum"] {
        t.sum(command, &["-", "f"]).redirect("0>>out").like(&newest(command)).code(1);
    }
    t.sum("md5sum", &["-c"]).redirect("0>>out").like(&newest("md5sum")).code(1);
}

#[test]
fn a_nonblocking_pipe_without_data() {
    let t = Scene::new();
    for command in ["md5sum", "cksum"] {
        let (reader, _writer) = std::io::pipe().unwrap();
        sys::set_nonblocking(&reader);
        t.sum(command, &["-"]).stdin_from(reader).like(&newest(command)).code(1);
    }
}
