//! Things that happen while a command runs. Its output goes to a pipe that is left full, so that the command is known to
//! be in the middle.

use std::io::Read;

use super::{Collector, Ended, PATIENCE, Run, sys};

/// Starts `run`, has `change` done when its first output is there, and only then takes the output: all of it.
#[track_caller]
pub fn changed_meanwhile(run: Run, change: impl FnOnce()) -> Vec<u8> {
    let (reader, writer) = std::io::pipe().unwrap();
    let live = run.stdout_to(writer).start();
    assert!(sys::wait_for(&reader, libc::POLLIN, PATIENCE), "no output");
    change();
    let output = Collector::of(reader);
    live.finish().fine();
    output.all()
}

/// Runs `run`, which has to write `expected`, and stops it again and again before it has come to the middle of that.
#[track_caller]
pub fn stopped_meanwhile(run: Run, expected: &[u8]) -> Ended {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let live = run.stdout_to(writer).start();
    let (mut got, mut buffer) = (vec![], vec![0; 50_000]);
    loop {
        if got.len() < expected.len() / 2 {
            live.stopped(|| ());
        }
        let count = reader.read(&mut buffer).unwrap();
        if count == 0 {
            break;
        }
        got.extend_from_slice(&buffer[..count]);
    }
    assert!(got == expected, "{} of {} bytes", got.len(), expected.len());
    live.finish()
}

/// The same bytes, of which there are too many to print.
#[track_caller]
pub fn same(got: &[u8], expected: &[u8]) {
    assert_eq!(got.len(), expected.len());
    let at = got.iter().zip(expected).position(|(a, b)| a != b);
    assert_eq!(at, None, "differs at this byte");
}
