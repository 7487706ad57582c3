//! Real pipes and sockets, both engines.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;

use super::*;
use crate::ends::Direction;
use crate::pump::buffers::tests::{ENGINES, Rig, end, pattern};

fn pump(rig: &Rig, input: &End, output: &End) -> Way {
    let flow = rig.flow(true);
    flow.run(super::pump(&flow, input, output)).expect("nothing stops it")
}

/// Something that writes all of these, from another thread.
fn feed(mut to: impl Write + Send + 'static, bytes: &[u8]) -> thread::JoinHandle<()> {
    let bytes = bytes.to_vec();
    thread::spawn(move || to.write_all(&bytes).expect("taken"))
}

/// Something that reads everything, from another thread.
fn drink(mut from: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).expect("readable");
        bytes
    })
}

#[test]
fn from_pipe_to_pipe_and_socket() {
    let bytes = pattern(3_000_001);
    for engine in ENGINES {
        for (socket, waits) in [(false, true), (true, true), (true, false)] {
            let rig = Rig::new(engine, "");
            let (from, to_input) = io::pipe().expect("a pipe");
            let (input, feeding) = (end(from, Direction::Input), feed(to_input, &bytes));
            let (output, drunk) = if socket {
                let (ours, theirs) = UnixStream::pair().expect("sockets");
                ours.set_nonblocking(!waits).expect("set");
                (end(ours, Direction::Output), drink(theirs))
            } else {
                let (from_output, to) = io::pipe().expect("a pipe");
                (end(to, Direction::Output), drink(from_output))
            };
            assert_eq!(pump(&rig, &input, &output), Way::Done);
            drop(output);
            feeding.join().expect("fed");
            assert!(drunk.join().expect("drunk") == bytes, "{engine:?} {socket} {waits}");
            assert_eq!(rig.moved(), bytes.len() as u64);
        }
    }
}

#[test]
fn from_socket_to_pipe() {
    let bytes = pattern(2_000_001);
    for engine in ENGINES {
        for waits in [true, false] {
            let rig = Rig::new(engine, "");
            let (ours, theirs) = UnixStream::pair().expect("sockets");
            ours.set_nonblocking(!waits).expect("set");
            let (input, feeding) = (end(ours, Direction::Input), feed(theirs, &bytes));
            let (from_output, to) = io::pipe().expect("a pipe");
            let (output, drunk) = (end(to, Direction::Output), drink(from_output));
            assert_eq!(pump(&rig, &input, &output), Way::Done);
            drop(output);
            feeding.join().expect("fed");
            assert!(drunk.join().expect("drunk") == bytes, "{engine:?} {waits}");
        }
    }
}

#[test]
fn a_count_leaves_the_rest() {
    for engine in ENGINES {
        for count in [0, 1, 4095, 4096, 4097, 65_536, 70_000] {
            let rig = Rig::new(engine, &format!("-c {count}"));
            let bytes = pattern(70_001);
            let (mut from, to_input) = io::pipe().expect("a pipe");
            let input = end(from.try_clone().expect("a clone"), Direction::Input);
            let feeding = feed(to_input, &bytes);
            let mut file = tempfile::tempfile().expect("a file");
            let output = end(file.try_clone().expect("a clone"), Direction::Output);
            assert_eq!(pump(&rig, &input, &output), Way::Done);
            let (mut written, mut rest) = (Vec::new(), Vec::new());
            from.read_to_end(&mut rest).expect("the rest");
            file.rewind().expect("back");
            file.read_to_end(&mut written).expect("read");
            assert!(written == bytes[..count] && rest == bytes[count..], "{engine:?} {count}");
            feeding.join().expect("fed");
        }
    }
}

#[test]
fn what_gives_nothing_is_at_its_end_or_unsuited() {
    let empty = tempfile::NamedTempFile::new().expect("a file");
    for (name, way) in [(empty.path(), Way::Done), (Path::new("/proc/self/status"), Way::Unsuited)] {
        let rig = Rig::new(ENGINES[0], "");
        let input = end(File::open(name).expect("there"), Direction::Input);
        let (from, to) = io::pipe().expect("a pipe");
        assert_eq!(pump(&rig, &input, &end(to, Direction::Output)), way, "{name:?}");
        assert_eq!(drink(from).join().expect("drunk"), b"");
        // Nothing had to be waited for.
        assert!(rig.session.ring_if_any().is_none());
    }
}
