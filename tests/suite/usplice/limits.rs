//! How much, from where, to where: `--count`, `--skip`, `--seek`, `--size`, against what dd and head do, exact to the byte,
//! and what is left for the next command.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::net::UnixStream;

use super::stage::text;
use crate::harness::{Collector, Ended, Run, Scene, latest_oracle, sys};

const SIZE: usize = 200_000;

/// Around the edges of pages, of pipes, and of the input itself.
const OFFSETS: [usize; 12] =
    [0, 1, 511, 4095, 4096, 4097, 65_535, 65_536, 65_537, SIZE - 1, SIZE, SIZE + 70_000];

/// What `--skip` and `--count` leave of the input.
fn part(content: &[u8], skip: usize, count: usize) -> &[u8] {
    let rest = &content[skip.min(content.len())..];
    &rest[..count.min(rest.len())]
}

#[test]
fn skip_and_count() {
    let t = Scene::in_memory();
    let content = text(SIZE);
    t.file("in", &content);
    for skip in OFFSETS {
        for count in OFFSETS {
            let expected = part(&content, skip, count);
            let run = t.usplice(&[format!("--skip={skip}"), format!("--count={count}")]);
            run.clone().arg("in").go().stdout_is(expected).fine();
            run.clone().redirect("<in >out").go().fine();
            t.holds("out", expected);
            run.clone().stdin(content.clone()).go().stdout_is(expected).fine();
            run.args(&["in", "out"]).go().fine();
            t.holds("out", expected);
        }
    }
}

#[test]
fn count_as_head_does() {
    let t = Scene::in_memory();
    let content = text(SIZE);
    t.file("in", &content);
    let Some(head) = latest_oracle("head") else { return };
    for count in OFFSETS {
        let run = Run::new(&head, "head", &t, &["-c", &count.to_string()]);
        for (from, operand) in [("<in", "-"), ("", "in")] {
            let expected = run.clone().arg(operand).redirect(from).go().code(0).stdout;
            let ours = t.usplice(&["-c", &count.to_string(), operand]).redirect(from);
            ours.clone().go().stdout_is(&expected).fine();
            ours.redirect(">out").go().fine();
            t.holds("out", &expected);
        }
    }
}

/// The first bytes of the output stay; what is behind goes, or stays.
#[test]
fn seek() {
    let t = Scene::in_memory();
    let content = text(70_000);
    t.file("in", &content).file("old", vec![b'o'; 100_000]);
    let old = t.read("old");
    for seek in [0, 1, 4095, 4096, 4097, 65_536, 99_999, 100_000, 100_001, 250_000] {
        let mut expected = old.clone();
        expected.resize(seek, 0);
        expected.extend_from_slice(&content);
        let behind = old.get(expected.len()..).unwrap_or_default();
        let kept = [&expected[..], behind].concat();
        let option = format!("--seek={seek}");
        for (words, stays) in [
            (&["in", "out"][..], false),
            (&["-", "out"], false),
            (&["--truncate", "--no-truncate", "in", "out"], true),
            (&["--no-truncate", "--truncate", "in", "out"], false),
            (&["--no-truncate", "-", "out"], true),
        ] {
            for piped in [false, true] {
                t.file("out", &old);
                let run = t.usplice(&[&option]).args(words);
                let run = if piped { run.stdin(content.clone()) } else { run.redirect("<in") };
                run.go().fine();
                t.holds("out", if stays { &kept } else { &expected });
            }
        }
        for (words, stays) in [(&["in"][..], true), (&["in", "-"], true), (&["--truncate", "in"], false)] {
            t.file("out", &old);
            t.usplice(&[&option]).args(words).redirect("1<>out").go().fine();
            t.holds("out", if stays { &kept } else { &expected });
        }
        // A new file begins with a hole.
        std::fs::remove_file(t.path("out")).unwrap();
        t.usplice(&[&option, "in", "out"]).go().fine();
        t.holds("out", [&vec![0; seek][..], &content].concat());
    }
}

/// An empty input truncates, too; or it does not.
#[test]
fn nothing_to_move() {
    let t = Scene::new();
    t.file("empty", "").file("in", "input");
    for (words, expected) in [
        (&["empty", "out"][..], ""),
        (&["empty", "out", "--seek=3"], "old"),
        (&["empty", "out", "--seek=8"], "old text"),
        (&["empty", "out", "--seek=10"], "old text\0\0"),
        (&["empty", "out", "--no-truncate"], "old text"),
        (&["empty", "out", "--no-truncate", "--seek=10"], "old text"),
        (&["empty", "out", "--append"], "old text"),
        (&["in", "out", "--count=0"], ""),
        (&["in", "out", "--count=0", "--no-truncate"], "old text"),
        (&["in", "out", "--skip=10"], ""),
    ] {
        t.file("out", "old text");
        t.usplice(words).go().fine();
        t.holds("out", expected);
    }
    // A run that is to move nothing reads nothing either.
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(b"all").unwrap();
    t.usplice(&["--count=0"]).stdin_from(reader.try_clone().unwrap()).go().stdout_is("").fine();
    t.usplice(&["--count=3"]).stdin_from(reader).go().stdout_is("all").fine();
}

/// Two commands that read one file: the rest is for the second one.
#[test]
fn the_rest_of_a_file_is_for_the_next() {
    let t = Scene::new();
    let content = text(SIZE);
    t.file("in", &content);
    for start in [0, 4097] {
        for skip in [0, 1, 65_536] {
            for count in [0, 1, 4096, 65_535, 120_001] {
                let mut file = File::open(t.path("in")).unwrap();
                file.seek(SeekFrom::Start(start as u64)).unwrap();
                let run = t.usplice(&[format!("-i{skip}"), format!("-c{count}")]);
                let run = run.stdin_from(file.try_clone().unwrap());
                let first = start + skip;
                run.clone().go().stdout_is(&content[first..first + count]).fine();
                assert_eq!(file.stream_position().unwrap(), (first + count) as u64, "{run}");
                // Through files as well.
                file.seek(SeekFrom::Start(start as u64)).unwrap();
                run.clone().redirect(">out").go().fine();
                t.holds("out", &content[first..first + count]);
                assert_eq!(file.stream_position().unwrap(), (first + count) as u64, "{run}");
                t.usplice(&[""; 0]).stdin_from(file).go().stdout_is(&content[first + count..]).fine();
            }
        }
    }
}

/// The same with a pipe and a socket, whose bytes can't be given back.
#[test]
fn the_rest_of_a_stream_is_for_the_next() {
    let t = Scene::new();
    let content = text(60_000);
    for (skip, count) in [(0, 1), (1, 4096), (0, 4097), (5000, 20_000), (0, 59_999), (30_000, 29_999)] {
        for socket in [false, true] {
            for out in ["", ">out", ">>out", ">/dev/null"] {
                t.file("out", "");
                let (reader, mut writer): (std::os::fd::OwnedFd, File) = if socket {
                    let (ours, theirs) = UnixStream::pair().unwrap();
                    (theirs.into(), std::os::fd::OwnedFd::from(ours).into())
                } else {
                    let (reader, writer) = std::io::pipe().unwrap();
                    (reader.into(), std::os::fd::OwnedFd::from(writer).into())
                };
                writer.write_all(&content).unwrap();
                let run = t.usplice(&[format!("-i{skip}"), format!("-c{count}")]);
                let ended = run.stdin_from(reader.try_clone().unwrap()).redirect(out).go().fine();
                let expected = &content[skip..skip + count];
                match out {
                    "" => drop(ended.stdout_is(expected)),
                    ">/dev/null" => {}
                    _ => drop(t.holds("out", expected)),
                }
                {
                    let _guard = sys::no_forks();
                    drop(writer);
                }
                let mut rest = vec![];
                File::from(reader).read_to_end(&mut rest).unwrap();
                assert!(
                    rest == content[skip + count..],
                    "{} bytes are left: {}",
                    rest.len(),
                    ended_text(skip, count, out)
                );
            }
        }
    }
}

fn ended_text(skip: usize, count: usize, out: &str) -> String {
    format!("skip {skip}, count {count} {out}")
}

/// `(usplice …; usplice …) >out`
#[test]
fn commands_that_share_their_output() {
    let t = Scene::new();
    let content = text(100_000);
    t.file("in", &content).file("empty", "");
    for old in ["", "old"] {
        t.file("out", old.repeat(100_000));
        let mut file = File::options().write(true).open(t.path("out")).unwrap();
        let mut expected = vec![];
        for (words, n) in
            [(&["-c4097", "in"][..], 4097), (&["in"], 100_000), (&["empty"], 0), (&["-c1", "-"], 1)]
        {
            let run = t.usplice(words).stdin(content.clone()).stdout_to(file.try_clone().unwrap());
            run.go().fine();
            expected.extend_from_slice(&content[..n]);
            assert_eq!(file.stream_position().unwrap(), expected.len() as u64, "after {words:?}");
        }
        // The offset of --seek counts from there.
        t.usplice(&["-c10", "-o5000", "in"]).stdout_to(file.try_clone().unwrap()).go().fine();
        assert_eq!(file.stream_position().unwrap(), expected.len() as u64 + 5010);
        let kept = t.read("out");
        assert!(kept.starts_with(&expected));
        assert_eq!(kept[expected.len() + 5000..][..10], content[..10]);
        let filler = if old.is_empty() { 0 } else { kept[expected.len()] };
        assert!(old.is_empty() || old.as_bytes().contains(&filler), "what was skipped was overwritten");
        assert_eq!(kept.len(), if old.is_empty() { expected.len() + 5010 } else { 300_000 });
    }
}

/// Nothing is read that is not wanted, though more could come; and the end of the input need not be seen.
#[test]
fn it_ends_as_soon_as_it_has_enough() {
    let t = Scene::new();
    for words in [&["-c10"][..], &["-c10", "--exact"], &["-s10", "--stop-at-size"], &["-i3", "-c7"]] {
        for out in ["", ">out", ">/dev/null"] {
            let (reader, mut writer) = std::io::pipe().unwrap();
            writer.write_all(b"0123456789").unwrap();
            // The writer stays: waiting for more would take for ever.
            t.usplice(words).stdin_from(reader).redirect(out).start().end().fine();
        }
    }
}

#[test]
fn size() {
    let t = Scene::new();
    let content = text(10_000);
    t.file("in", &content);
    for (words, n) in [
        // Alone it is what is told.
        (&["--size=100"][..], 10_000),
        (&["--size=20000"], 10_000),
        (&["--size=0"], 10_000),
        (&["--size=100", "--stop-at-size"], 100),
        (&["--size=0", "--stop-at-size"], 0),
        (&["--size=10001", "--stop-at-size"], 10_000),
        (&["--stop-at-size"], 10_000),
        (&["--size=100", "--stop-at-size", "--count=50"], 50),
        (&["--size=50", "--stop-at-size", "--count=100"], 50),
        (&["--size=1K", "--stop-at-size"], 1024),
        (&["-s1kB", "--stop-at-size"], 1000),
    ] {
        t.usplice(words).arg("in").go().stdout_is(&content[..n]).fine();
        t.usplice(words).args(&["in", "out"]).go().fine();
        t.holds("out", &content[..n]);
        t.usplice(words).redirect("<in").go().stdout_is(&content[..n]).fine();
        if words != ["--stop-at-size"] {
            t.usplice(words).stdin(content.clone()).go().stdout_is(&content[..n]).fine();
        }
    }
}

/// A file that grows meanwhile, which is its own output's reader here: as many bytes as there were.
#[test]
fn stop_at_the_size_that_the_input_has() {
    let t = Scene::new();
    t.file("in", "0123456789");
    let mut file = File::options().read(true).append(true).open(t.path("in")).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    let output = Collector::of(reader);
    let live = t.usplice(&["--stop-at-size", "--rate-limit=50", "in"]).stdout_to(writer).start();
    output.at_least(1);
    file.write_all(b"later").unwrap();
    live.end().fine();
    assert_eq!(output.all(), b"0123456789");
}

#[test]
fn exact() {
    let t = Scene::new();
    let content = text(10_000);
    t.file("in", &content).file("in put", &content);
    for words in
        [&["--count=10000"][..], &["--size=10000"], &["--stop-at-size"], &["-s9999"], &["-c10", "-s20000"]]
    {
        let n = if words.contains(&"-c10") { 10 } else { 10_000 };
        t.usplice(&["--exact", "in"]).args(words).go().stdout_is(&content[..n]).fine();
    }
    for (words, wanted, n) in [
        (&["--count=10001"][..], 10_001, 10_000),
        (&["--size=10001"], 10_001, 10_000),
        (&["--size=20000", "--stop-at-size"], 20_000, 10_000),
        (&["--count=10001", "--size=10"], 10_001, 10_000),
        (&["--skip=10", "--count=10000"], 10_000, 9990),
        (&["--skip=20000", "--count=1"], 1, 0),
    ] {
        let part = &content[10_000 - n..];
        let told = |name| format!("usplice: {name}: ended after {n} bytes, not {wanted}\n");
        let run = t.usplice(&["--exact"]).args(words);
        run.clone().arg("in").go().stdout_is(part).stderr_is(told("in")).code(1);
        run.clone().arg("in put").go().stdout_is(part).stderr_is(told("'in put'")).code(1);
        run.clone().redirect("<in >out").go().stderr_is(told("standard input")).code(1);
        t.holds("out", part);
        run.stdin(content.clone()).go().stdout_is(part).stderr_is(told("standard input")).code(1);
    }
}

/// Numbers with suffixes, as everywhere.
#[test]
fn suffixes() {
    let t = Scene::new();
    let content = text(3_000_000);
    t.file("in", &content);
    for (number, bytes) in [
        ("1K", 1024),
        ("1KiB", 1024),
        ("1kB", 1000),
        ("2b", 1024),
        ("1M", 1 << 20),
        ("2MB", 2_000_000),
        ("+5", 5),
    ] {
        t.usplice(&["-c", number, "in"]).go().stdout_is(&content[..bytes]).fine();
        t.usplice(&["-i", number, "in"]).go().stdout_is(&content[bytes..]).fine();
        t.usplice(&["-o", number, "in", "out"]).go().fine();
        t.holds("out", [&vec![0; bytes][..], &content].concat());
        std::fs::remove_file(t.path("out")).unwrap();
    }
    for number in ["512", "4K", "64K", "1M", "16M"] {
        t.usplice(&["-b", number, "in"]).go().stdout_is(&content).fine();
        t.usplice(&["-b", number]).stdin(content.clone()).go().stdout_is(&content).fine();
        t.usplice(&["-b", number, "-", "out"]).redirect("<in").go().fine();
        t.holds("out", &content);
    }
}

/// More than 4 GiB away.
#[test]
fn far_offsets() {
    let t = Scene::new();
    let far = 5_000_000_000_u64;
    let mut file = File::create(t.path("far")).unwrap();
    file.seek(SeekFrom::Start(far)).unwrap();
    file.write_all(b"far away").unwrap();
    t.usplice(&["--skip=5000000004", "far"]).go().stdout_is("away").fine();
    t.usplice(&["--skip=5GB", "--count=3"]).redirect("<far").go().stdout_is("far").fine();
    t.file("in", "new");
    t.usplice(&["--seek=5000000000", "--no-truncate", "in", "far"]).go().fine();
    t.usplice(&["--skip=5000000000", "far"]).go().stdout_is("new away").fine();
    let ended: Ended = t.usplice(&["--seek=5000000000", "-", "far"]).stdin("pipe").go();
    ended.fine();
    assert_eq!(t.path("far").metadata().unwrap().len(), far + 4);
}
