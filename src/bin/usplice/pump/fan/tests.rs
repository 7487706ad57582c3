//! Real outputs of all kinds at once, both engines.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};

use super::*;
use crate::ends::Direction;
use crate::pump::buffers::tests::{ENGINES, Rig, end, pattern};

fn fan(rig: &Rig, input: &End, outputs: &[End]) -> Result<(), Stop> {
    sys::ignore_sigpipe();
    let flow = rig.flow(true);
    flow.run(pump(&flow, input, outputs))
}

fn drink(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("readable");
        bytes
    })
}

fn feed(mut to: impl Write + Send + 'static, bytes: Vec<u8>) -> JoinHandle<()> {
    thread::spawn(move || to.write_all(&bytes).expect("taken"))
}

/// A piped input of these bytes.
fn piped(bytes: &[u8]) -> (End, JoinHandle<()>) {
    let (from, to) = io::pipe().expect("a pipe");
    (end(from, Direction::Input), feed(to, bytes.to_vec()))
}

/// One output of each kind, and what becomes of what it gets.
fn outputs(folder: &tempfile::TempDir) -> (Vec<End>, Vec<JoinHandle<Vec<u8>>>) {
    let mut ends = Vec::new();
    let mut drinkers = Vec::new();
    for waits in [true, false] {
        let (ours, theirs) = UnixStream::pair().expect("sockets");
        ours.set_nonblocking(!waits).expect("set");
        ends.push(end(ours, Direction::Output));
        drinkers.push(drink(theirs));
        let (from, to) = io::pipe().expect("a pipe");
        ends.push(end(to, Direction::Output));
        drinkers.push(drink(from));
        let append = !waits;
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .append(append)
            .open(folder.path().join(append.to_string()));
        ends.push(end(file.expect("a file"), Direction::Output));
    }
    (ends, drinkers)
}

#[test]
fn each_kind_of_output_gets_everything() {
    let bytes = pattern(3_000_001);
    let lines = ["", "-b 1000", "-b 70000", "--sparse", "--skip-errors", "--ring=direct"];
    for (engine, line) in ENGINES.into_iter().flat_map(|engine| lines.map(|line| (engine, line))) {
        for from_pipe in [true, false] {
            let rig = Rig::new(engine, line);
            let folder = tempfile::tempdir().expect("a folder");
            let (input, feeding) = if from_pipe {
                piped(&bytes)
            } else {
                let mut file = tempfile::tempfile().expect("a file");
                file.write_all(&bytes).expect("written");
                file.rewind().expect("back");
                (end(file, Direction::Input), thread::spawn(|| ()))
            };
            let (ends, drinkers) = outputs(&folder);
            let about = format!("{engine:?} {line} {from_pipe}");
            fan(&rig, &input, &ends).unwrap_or_else(|stop| panic!("{about}: {stop:?}"));
            drop(ends);
            feeding.join().expect("fed");
            for drinker in drinkers {
                assert!(drinker.join().expect("drunk") == bytes, "{about}");
            }
            for name in ["true", "false"] {
                assert!(std::fs::read(folder.path().join(name)).expect("a file") == bytes, "{about} {name}");
            }
            assert_eq!((rig.moved(), rig.said()), (bytes.len() as u64, String::new()), "{about}");
        }
    }
}

#[test]
fn an_input_that_can_only_be_read() {
    let status = || File::open("/proc/self/mounts").expect("there");
    let bytes = drink(status()).join().expect("read");
    for engine in ENGINES {
        let rig = Rig::new(engine, "");
        let folder = tempfile::tempdir().expect("a folder");
        let (ends, drinkers) = outputs(&folder);
        fan(&rig, &end(status(), Direction::Input), &ends).expect("nothing stops it");
        drop(ends);
        for drinker in drinkers {
            assert_eq!(drinker.join().expect("drunk"), bytes);
        }
    }
}

#[test]
fn a_count_leaves_the_rest() {
    for engine in ENGINES {
        let rig = Rig::new(engine, "-c 5000");
        let (mut from, mut to) = io::pipe().expect("a pipe");
        to.write_all(&pattern(9000)).expect("room");
        drop(to);
        let input = end(from.try_clone().expect("a clone"), Direction::Input);
        let mut files = [tempfile::tempfile().expect("a file"), tempfile::tempfile().expect("a file")];
        let ends = files.each_ref().map(|file| end(file.try_clone().expect("a clone"), Direction::Output));
        fan(&rig, &input, &ends).expect("nothing stops it");
        let mut rest = Vec::new();
        from.read_to_end(&mut rest).expect("the rest");
        assert_eq!(rest, pattern(9000)[5000..]);
        for file in &mut files {
            file.rewind().expect("back");
            let mut written = Vec::new();
            file.read_to_end(&mut written).expect("read");
            assert_eq!(written, pattern(9000)[..5000]);
        }
    }
}

/// What is said, and whether the run was ended (if not, the other output got everything), when one output has no reader or
/// no room.
fn with_failing(line: &str, full: bool) -> (String, bool) {
    let rig = Rig::new(ENGINES[0], line);
    let bytes = pattern(300_000);
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(&bytes).expect("written");
    file.rewind().expect("back");
    let failing = if full {
        end(OpenOptions::new().write(true).open("/dev/full").expect("there"), Direction::Output)
    } else {
        end(io::pipe().expect("a pipe").1, Direction::Output)
    };
    let mut other = tempfile::tempfile().expect("a file");
    let ends = [failing, end(other.try_clone().expect("a clone"), Direction::Output)];
    let result = fan(&rig, &end(file, Direction::Input), &ends);
    assert!(matches!(result, Ok(()) | Err(Stop::Told)), "{result:?}");
    assert!(ends[0].dropped.get() && !ends[1].dropped.get());
    other.rewind().expect("back");
    let mut written = Vec::new();
    other.read_to_end(&mut written).expect("read");
    assert!(result.is_err() || written == bytes);
    (rig.said(), result.is_err())
}

#[test]
fn an_output_that_fails() {
    let broken = "usplice: NAME: Broken pipe\n";
    let full = "usplice: NAME: No space left on device\n";
    let of = |said: &str, ended: bool| (said.to_owned(), ended);
    for line in ["", "--output-error=warn"] {
        assert_eq!(with_failing(line, false), of(broken, false));
    }
    assert_eq!(with_failing("--output-error=warn-nopipe", false), of("", false));
    assert_eq!(with_failing("--output-error=exit", false), of(broken, true));
    assert_eq!(with_failing("--output-error=exit-nopipe", false), of("", false));
    for mode in ["warn", "warn-nopipe"] {
        assert_eq!(with_failing(&format!("--output-error={mode}"), true), of(full, false));
    }
    for mode in ["exit", "exit-nopipe"] {
        assert_eq!(with_failing(&format!("--output-error={mode}"), true), of(full, true));
    }
}

#[test]
fn nobody_left_is_the_end() {
    for engine in ENGINES {
        let rig = Rig::new(engine, "--output-error=warn-nopipe");
        // It never says anything, and stays open.
        let (from, to) = io::pipe().expect("a pipe");
        let ends = [(); 2].map(|()| end(io::pipe().expect("a pipe").1, Direction::Output));
        let result = fan(&rig, &end(from, Direction::Input), &ends);
        assert!(matches!(result, Err(Stop::Told)), "{engine:?}: {result:?}");
        assert_eq!(rig.said(), "");
        drop(to);
    }
}
