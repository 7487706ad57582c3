//! Pairs of splices between ends of every kind that is no pipe, each engine, whatever is in the way.

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};

use ringutils::cli::{Diagnostics, Invocation};
use ringutils::io::Session;
use rustix::fs::OFlags;

use super::*;
use crate::args;
use crate::ends::Direction;
use crate::meter::Meter;

const ENGINES: [&str; 2] = ["--ring=engine=auto", "--ring=engine=threads"];

fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at.wrapping_mul(31) ^ (at >> 8)).to_le_bytes()[0]).collect()
}

fn end(file: impl Into<OwnedFd>, direction: Direction) -> End {
    End::new(Fd::new(file.into()), "-".into(), direction).expect("an end")
}

/// A file that holds `content`, from its beginning.
fn file_of(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(content).expect("write");
    sys::seek(file.as_fd(), 0).expect("a position");
    file
}

fn text_of(file: &File) -> Vec<u8> {
    let mut all = Vec::new();
    sys::seek(file.as_fd(), 0).expect("a position");
    (&*file).read_to_end(&mut all).expect("read");
    all
}

/// Pairs of sockets: those of Unix, and of TCP; those that wait, and those that don't.
fn sockets() -> Vec<(OwnedFd, OwnedFd)> {
    let mut all: Vec<(OwnedFd, OwnedFd)> = Vec::new();
    for nonblocking in [false, true] {
        let (one, other) = UnixStream::pair().expect("a pair of sockets");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let near = TcpStream::connect(listener.local_addr().expect("its address")).expect("connect");
        let far = listener.accept().expect("accept").0;
        for (near, far) in [(OwnedFd::from(one), OwnedFd::from(other)), (near.into(), far.into())] {
            if nonblocking {
                rustix::fs::fcntl_setfl(&near, OFlags::NONBLOCK).expect("no waiting");
            }
            all.push((near, far));
        }
    }
    all
}

fn read_all(socket: OwnedFd) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let (mut all, mut bytes, mut file) = (Vec::new(), [0; 5003], File::from(socket));
        loop {
            match file.read(&mut bytes) {
                Ok(0) => return all,
                Ok(n) => all.extend_from_slice(&bytes[..n]),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Interrupted),
            }
        }
    })
}

fn write_all(socket: OwnedFd, content: Vec<u8>) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut file = File::from(socket);
        for mut part in content.chunks(3001) {
            while !part.is_empty() {
                match file.write(part) {
                    Ok(n) => part = &part[n..],
                    Err(error) => panic!("{error}"),
                }
            }
        }
    })
}

/// Moves what the options want; the result, and how much the meter was told of.
fn moved(line: &str, input: &End, output: &End) -> (Result<Way, Stop>, u64) {
    let invocation = Invocation::from_argv0(Some("usplice".into()), "usplice");
    let options = args::parse(&invocation, line.split_whitespace().map(Into::into).collect());
    let options = options.unwrap_or_else(|_| panic!("options: {line}"));
    let diagnostics = Diagnostics::capturing(&invocation);
    let session = Session::new(options.shared.ring.clone()).expect("a session");
    let meter = Meter::new(&options.meter, &diagnostics, None);
    let left = options.count.unwrap_or(u64::MAX);
    let flow = Flow::new((&session, &options, &diagnostics), &meter, None, left, true).expect("a flow");
    let result = flow.run(pump(&flow, input, output));
    let bytes = meter.bytes();
    flow.finish();
    (result, bytes)
}

fn done(line: &str, input: &End, output: &End) -> usize {
    let (result, bytes) = moved(line, input, output);
    assert_eq!(result.expect("no failure"), Way::Done, "{line}");
    usize::try_from(bytes).expect("small")
}

/// Files to sockets: lengths and pieces around the edges of pages and pipes, and counts.
#[test]
fn files_to_sockets() {
    for engine in ENGINES {
        for len in [1, 4095, 4097, 65_537, 700_001] {
            for options in ["", "-b 1000", "-b 65537", "-c 1", "-c 70000", "-L 50M"] {
                if options == "-b 1000" && len > 100_000 {
                    continue;
                }
                let count = options.strip_prefix("-c ").map_or(len, |count| count.parse().expect("a number"));
                for (near, far) in sockets() {
                    let (file, reader) = (file_of(&pattern(len)), read_all(far));
                    let input = end(file, Direction::Input);
                    let output = end(near, Direction::Output);
                    let bytes = done(&format!("{engine} {options}"), &input, &output);
                    assert_eq!(sys::seekable_offset(input.fd()), Some(bytes as u64), "the position");
                    drop(output);
                    let arrived = reader.join().expect("no panic");
                    assert_eq!((bytes, arrived.len()), (len.min(count), len.min(count)), "{options}");
                    assert!(arrived[..] == pattern(len)[..bytes], "{options}: {len}");
                }
            }
        }
    }
}

/// Sockets to files and to other sockets, till their end or till a count.
#[test]
fn sockets_to_files_and_sockets() {
    let content = pattern(400_001);
    for engine in ENGINES {
        for (near, far) in sockets() {
            let (file, writer) = (file_of(b""), write_all(far, content.clone()));
            let output = end(file.try_clone().expect("a file"), Direction::Output);
            let input = end(near, Direction::Input);
            assert_eq!(done(&format!("{engine} -c 100001"), &input, &output), 100_001);
            assert_eq!(done(engine, &input, &output), 300_000);
            writer.join().expect("no panic");
            assert!(text_of(&file) == content);
        }
        for (from, source) in sockets() {
            for (near, far) in sockets() {
                let from = from.try_clone().expect("it again");
                let (reader, source) = (read_all(far), source.try_clone().expect("it again"));
                let writer = write_all(source, pattern(40_000));
                let output = end(near, Direction::Output);
                assert_eq!(
                    done(&format!("{engine} -c 40000"), &end(from, Direction::Input), &output),
                    40_000
                );
                writer.join().expect("no panic");
                drop(output);
                assert!(reader.join().expect("no panic") == pattern(40_000));
            }
        }
    }
}

/// The null device takes all of it: the small part, and the large one that each core has a share of.
#[test]
fn files_to_the_null_device() {
    for len in [0, 1, 300_000, HUGE * 2 + 5] {
        let file = tempfile::tempfile().expect("a file");
        file.set_len(len as u64).expect("a length");
        let input = end(file, Direction::Input);
        let output =
            end(fs::OpenOptions::new().write(true).open("/dev/null").expect("it"), Direction::Output);
        let (result, bytes) = moved("", &input, &output);
        // Nothing at all is no proof of an end.
        assert_eq!(result.expect("no failure"), if len == 0 { Way::Unsuited } else { Way::Done });
        assert_eq!((bytes, sys::seekable_offset(input.fd())), (len as u64, Some(len as u64)));
    }
}

/// An output that takes no splice gets what was taken by a write, and the rest is for another way.
#[test]
fn outputs_that_refuse() {
    for engine in ENGINES {
        let path = tempfile::NamedTempFile::new().expect("a file");
        let appending = fs::OpenOptions::new().append(true).open(path.path()).expect("it");
        let (input, output) =
            (end(file_of(&pattern(200_000)), Direction::Input), end(appending, Direction::Output));
        let (result, bytes) = moved(engine, &input, &output);
        assert_eq!(result.expect("no failure"), Way::Unsuited);
        let arrived = fs::read(path.path()).expect("read");
        assert!(!arrived.is_empty() && arrived[..] == pattern(200_000)[..arrived.len()]);
        assert_eq!(
            (bytes, sys::seekable_offset(input.fd())),
            (arrived.len() as u64, Some(arrived.len() as u64))
        );
    }
}

/// The reader is gone, the file only to be read, the input only to be written: whose fault it is can be told.
#[test]
fn failures_have_a_side() {
    sys::ignore_sigpipe();
    for engine in ENGINES {
        for (near, far) in sockets() {
            drop(far);
            let (input, output) =
                (end(file_of(&pattern(900_000)), Direction::Input), end(near, Direction::Output));
            let stop = moved(engine, &input, &output).0.expect_err("nobody is there");
            let Stop::Output(error) = &stop else { panic!("{stop:?}") };
            assert!([libc::EPIPE, libc::ECONNRESET].contains(&error.raw_os_error().unwrap_or(0)), "{error}");
        }
        let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("it");
        let (input, output) = (end(file_of(b"abc"), Direction::Input), end(full, Direction::Output));
        let stop = moved(engine, &input, &output).0.expect_err("it is full");
        assert!(
            matches!(&stop, Stop::Output(error) if error.raw_os_error() == Some(libc::ENOSPC)),
            "{stop:?}"
        );
    }
}
