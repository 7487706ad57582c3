//! Little memory: whatever the input, a few megabytes more than the program itself needs, and than what is asked for,
//! are enough.

use std::io::{PipeReader, Write};

use super::sparse;
use crate::harness::{Run, Scene, in_little_memory};

/// `chunk`, so many times, through a pipe.
fn fed(chunk: Vec<u8>, times: usize) -> PipeReader {
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::thread::spawn(move || {
        // A reader that is gone is the test's business, not the feeder's.
        let _ = (0..times).try_for_each(|_| writer.write_all(&chunk));
    });
    reader
}

fn little(t: &Scene, command: impl Fn() -> Run, kept: u64, check: impl Fn(Run)) {
    in_little_memory(&t.tail(&["--version"]), kept, command, check);
}

/// 200 MB that nobody has to keep.
#[test]
fn the_end_of_a_pipe() {
    let t = Scene::new();
    let chunk = b"0123456789abcde\n".repeat(1 << 14);
    let ends = chunk[..160].to_vec();
    for (part, length) in [("-n10", 160), ("-c100", 100), ("-n+12500000", 15_888)] {
        let input = || t.tail(&[part]).stdin_from(fed(chunk.clone(), 763));
        little(&t, input, 0, |run| {
            let shown = run.go().fine().stdout;
            assert_eq!(shown.len(), length);
            assert!(shown.ends_with(&ends[ends.len() - length.min(ends.len())..]), "{part}");
        });
    }
}

/// What is asked for has to be kept, and not much more.
#[test]
fn much_of_a_pipe() {
    let t = Scene::new();
    let chunk = b"0123456789abcde\n".repeat(1 << 14);
    for part in ["-n500000", "-c8000000"] {
        let input = || t.tail(&[part]).stdin_from(fed(chunk.clone(), 200));
        little(&t, input, 12 << 20, |run| {
            assert_eq!(run.go().fine().stdout.len(), 8_000_000);
        });
    }
}

#[test]
fn of_a_large_file() {
    let t = Scene::in_memory();
    sparse(&t.path("f"), 300 << 20, b"\nlast\n");
    for (part, expected) in [("-c1", "\n"), ("-n1", "last\n"), ("-c+314572800", "\n"), ("-zn1", "\nlast\n")] {
        little(
            &t,
            || t.tail(&[part, "f"]),
            0,
            |run| {
                run.go().stdout_is(expected).fine();
            },
        );
    }
    // A line that is longer than all of the memory there is: of a file it need not be kept.
    for part in ["-n2", "-n+1", "-c314572800"] {
        little(
            &t,
            || t.tail(&[part, "f"]),
            0,
            |run| {
                let reader = t.tail(&["-c6"]).stdin_from(piped(&run));
                reader.go().stdout_is("\nlast\n").fine();
            },
        );
    }
}

/// What a command writes, as the input of another.
fn piped(run: &Run) -> PipeReader {
    let (reader, writer) = std::io::pipe().unwrap();
    let live = run.clone().stdout_to(writer).start();
    std::thread::spawn(move || live.finish().fine());
    reader
}

#[test]
fn many_files() {
    let t = Scene::in_memory();
    let names: Vec<String> = (0..2000).map(|i| format!("n{i}")).collect();
    for (i, name) in names.iter().enumerate() {
        t.file(name, format!("file {i}\n").repeat(i / 2));
    }
    let expected = t.tail(&["-n30"]).args(&names).go().fine().stdout;
    little(
        &t,
        || t.tail(&["-n30"]).args(&names),
        0,
        |run| {
            run.go().stdout_is(&expected).fine();
        },
    );
}
