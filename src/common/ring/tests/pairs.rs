//! Linked pairs of splices: from file to socket, socket to file, socket to socket, whatever gets in their way.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;

use super::*;
use crate::ring::ops::{MOST_PAIRS, Passed};
use crate::sys::{InnerPipe, seekable_offset};

/// A pipe of our own, that holds so many bytes at most.
fn inner(capacity: usize) -> (Fd, Fd, usize) {
    let pipe = InnerPipe::new(BLOCK).expect("a pipe");
    // SAFETY: takes no pointers.
    let holds = unsafe { libc::fcntl(pipe.input().as_raw_fd(), libc::F_SETPIPE_SZ, capacity) };
    let (read, write) = pipe.into_ends();
    (Fd::new(read), Fd::new(write), usize::try_from(holds).expect("its capacity"))
}

fn position(fd: &Fd) -> usize {
    let fd = fd.borrow().expect("an ordinary one");
    usize::try_from(seekable_offset(fd).expect("a file")).expect("small")
}

/// What an operation has left in the pipe goes to the output by plain calls, as a tool does it.
fn drain(pipe: &Fd, to: &Fd, mut left: usize) {
    while left > 0 {
        let (pipe, to) = (pipe.borrow().expect("a pipe"), to.borrow().expect("a file"));
        match crate::sys::splice(pipe, to, left) {
            Ok(n) => left -= n,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
}

/// Moves everything, and returns what was moved.
fn move_all(ring: &Ring, from: &Fd, to: &Fd, (capacity, lens): (usize, &[u32]), waits: bool) -> usize {
    let (read, write, _) = inner(capacity);
    let mut all = 0;
    loop {
        let passed: Passed = ring.block_on(ring.splice_pairs(from, (&read, &write), to, lens, waits));
        assert!(passed.input.is_none() && passed.output.is_none(), "{passed:?}");
        assert!(passed.put <= passed.taken, "{passed:?}");
        drain(&read, to, passed.taken - passed.put);
        all += passed.taken;
        if passed.ended {
            return all;
        }
    }
}

fn sockets() -> [(OwnedFd, OwnedFd); 2] {
    let (one, other) = UnixStream::pair().expect("a pair of sockets");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let near = TcpStream::connect(listener.local_addr().expect("its address")).expect("connect");
    let far = listener.accept().expect("accept").0;
    [(one.into(), other.into()), (near.into(), far.into())]
}

/// Reads a socket to its end, slowly in small pieces.
fn reader(socket: OwnedFd) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let (mut all, mut file) = (Vec::new(), File::from(socket));
        let mut bytes = [0; 10_007];
        loop {
            match file.read(&mut bytes).expect("read") {
                0 => return all,
                n => all.extend_from_slice(&bytes[..n]),
            }
        }
    })
}

fn small_buffer(socket: &OwnedFd) {
    let size: libc::c_int = 1;
    let (at, len) = ((&raw const size).cast(), 4);
    // SAFETY: `size` is a local of four bytes.
    let done = unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_SNDBUF, at, len) };
    assert_eq!(done, 0);
}

fn set_nonblocking(socket: &OwnedFd) {
    // SAFETY: takes no pointers.
    let flags = unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_GETFL) };
    // SAFETY: takes no pointers.
    assert_eq!(unsafe { libc::fcntl(socket.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) }, 0);
}

/// What a reader has read, while the ring goes on. A worker that has done a step holds its file for a moment longer, and
/// leaves the rest to the ring's thread; with `DEFER_TASKRUN` that sees to it when it waits for completions, and not
/// while it waits for anything else.
fn read_meanwhile(ring: &Ring, reader: thread::JoinHandle<Vec<u8>>) -> Vec<u8> {
    until("the reader has seen the end", || {
        assert_eq!(ring.block_on(ring.nop()), 0);
        reader.is_finished()
    });
    reader.join().expect("no panic")
}

/// Files of every length around the edges, through pipes of a page and more, to sockets that block and that don't.
fn every_length(ring: &Ring, read: impl Fn(&Ring, thread::JoinHandle<Vec<u8>>) -> Vec<u8>) {
    let folder = Folder::new();
    for len in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 4 * BLOCK, 16 * BLOCK + 7, 500_000] {
        folder.file("from", &pattern(len));
        for (capacity, lens) in [
            (BLOCK, &[4096_u32; 4][..]),
            (BLOCK, &[100, 4096]),
            (1 << 16, &[65_536; 4]),
            (1 << 16, &[60_001, 1, 2, 65_000]),
            (1 << 16, &[65_536]),
        ] {
            for (nonblocking, (near, far)) in
                [false, true].into_iter().flat_map(|nb| sockets().map(|s| (nb, s)))
            {
                small_buffer(&near);
                if nonblocking {
                    set_nonblocking(&near);
                }
                let reader = reader(far);
                let (from, to) = (folder.open("from"), Fd::new(near));
                let moved = move_all(ring, &from, &to, (capacity, lens), false);
                assert_eq!((moved, position(&from)), (len, len));
                drop((from, to));
                let arrived = read(ring, reader);
                assert!(arrived == pattern(len), "{len} {capacity} {lens:?}: {} arrived", arrived.len());
            }
        }
    }
}

#[test]
fn from_file_to_socket() {
    for_both(|ring| every_length(&ring, read_meanwhile));
}

/// A ring for chains lets go of a socket by itself: whoever reads it sees the end, whatever this thread does.
#[test]
fn from_file_to_socket_by_a_ring_for_chains() {
    let config = Config { chains: true, ..Config::default() };
    for_both_with(&config, |ring| every_length(&ring, |_, reader| reader.join().expect("no panic")));
}

/// As many pairs as there are lengths, each complete, in one operation.
#[test]
fn all_pairs_of_an_operation_run() {
    for_both_with(&counting(), |ring| {
        let folder = Folder::new();
        folder.file("from", &pattern(10 * BLOCK));
        let (from, to) = (folder.open("from"), folder.open("to"));
        let (read, write, _) = inner(BLOCK);
        let page = u32::try_from(BLOCK).expect("small");
        let lens = [page, 100, page - 100, page];
        assert_eq!(lens.len(), MOST_PAIRS);
        let passed = ring.block_on(ring.splice_pairs(&from, (&read, &write), &to, &lens, false));
        assert_eq!((passed.taken, passed.put, passed.ended), (3 * BLOCK, 3 * BLOCK, false), "{passed:?}");
        assert_eq!((position(&from), position(&to)), (3 * BLOCK, 3 * BLOCK));
        assert_eq!(std::fs::read(folder.path("to")).expect("read"), pattern(3 * BLOCK));
        let tally = ring.stats().expect("counters").operations["SPLICE"];
        assert_eq!((tally.count, tally.bytes), (8, 6 * BLOCK as u64));
    });
}

/// The end of the input severs a chain; so does a socket that is full and does not wait, and nothing more is taken then.
#[test]
fn a_short_pair_is_the_last() {
    for_both(|ring| {
        let folder = Folder::new();
        folder.file("from", &pattern(1 << 20));
        let (from, (near, mut far)) = (folder.open("from"), UnixStream::pair().expect("sockets"));
        let near = OwnedFd::from(near);
        small_buffer(&near);
        set_nonblocking(&near);
        let to = Fd::new(near);
        let (read, write, capacity) = inner(1 << 16);
        let len = u32::try_from(capacity).expect("small");
        let lens = [len; MOST_PAIRS];
        let passed = ring.block_on(ring.splice_pairs(&from, (&read, &write), &to, &lens, false));
        let inside = passed.taken - passed.put;
        assert!((1..=capacity).contains(&inside) && !passed.ended, "{passed:?}");
        assert!(passed.taken < lens.len() * capacity, "{passed:?}");
        assert_eq!(position(&from), passed.taken);
        let rest = thread::spawn(move || {
            let mut all = vec![0; passed.taken];
            far.read_exact(&mut all).expect("read");
            all
        });
        drain(&read, &to, inside);
        assert!(rest.join().expect("no panic") == pattern(1 << 20)[..passed.taken]);
        let nothing = folder.open("nothing");
        let passed = ring.block_on(ring.splice_pairs(&nothing, (&read, &write), &to, &lens, false));
        assert!(passed.ended && passed.taken == 0 && passed.output.is_none(), "{passed:?}");
    });
}

/// From a socket: what is there comes, the rest is waited for, and the end is one.
#[test]
fn from_socket_to_file_and_socket() {
    for_both(|ring| {
        let folder = Folder::new();
        for (near, far) in sockets() {
            let content = pattern(300_001);
            let sent = content.clone();
            let writer = thread::spawn(move || {
                let mut far = File::from(far);
                sent.chunks(7_001).for_each(|chunk| far.write_all(chunk).expect("write"));
            });
            let _ = std::fs::remove_file(folder.path("to"));
            let (from, to) = (Fd::new(near), folder.open("to"));
            assert_eq!(move_all(&ring, &from, &to, (1 << 16, &[65_536]), true), content.len());
            writer.join().expect("no panic");
            assert!(std::fs::read(folder.path("to")).expect("read") == content);
            for (near, far) in sockets() {
                let reader = reader(far);
                let (input, mut source) = UnixStream::pair().expect("sockets");
                let sent = content.clone();
                let writer = thread::spawn(move || source.write_all(&sent).expect("write"));
                let (from, to) = (Fd::new(input.into()), Fd::new(near));
                assert_eq!(move_all(&ring, &from, &to, (1 << 16, &[65_536]), true), content.len());
                writer.join().expect("no panic");
                drop(to);
                assert!(read_meanwhile(&ring, reader) == content);
            }
        }
    });
}

/// Whose error it is can be told, and what was taken is still in the pipe.
#[test]
fn errors_have_a_side() {
    for_both(|ring| {
        let folder = Folder::new();
        folder.file("from", &pattern(3 * BLOCK));
        let (read, write, _) = inner(1 << 16);
        let lens = [4096; MOST_PAIRS];
        let (from, to) =
            (folder.open("from"), Fd::new(File::open(folder.path("from")).expect("open").into()));
        let passed = ring.block_on(ring.splice_pairs(&from, (&read, &write), &to, &lens, false));
        assert_eq!((passed.taken, passed.put), (BLOCK, 0), "{passed:?}");
        assert_eq!(passed.output.and_then(|error| error.raw_os_error()), Some(libc::EBADF));
        assert!(passed.input.is_none());
        let sink = folder.open("to");
        drain(&read, &sink, BLOCK);
        assert_eq!(std::fs::read(folder.path("to")).expect("read"), pattern(BLOCK));
        let mute = Fd::new(File::create(folder.path("mute")).expect("create").into());
        let passed = ring.block_on(ring.splice_pairs(&mute, (&read, &write), &sink, &lens, false));
        assert_eq!(passed.input.and_then(|error| error.raw_os_error()), Some(libc::EBADF));
        assert!(passed.output.is_none() && passed.taken == 0 && !passed.ended);
        let (near, far) = UnixStream::pair().expect("sockets");
        drop(far);
        let (from, to) = (folder.open("from"), Fd::new(near.into()));
        let passed = ring.block_on(ring.splice_pairs(&from, (&read, &write), &to, &lens, false));
        assert_eq!(passed.output.and_then(|error| error.raw_os_error()), Some(libc::EPIPE));
    });
}

/// Dropped while the output waits, or before it began, or while the input does: it ends when it can, and lets go.
#[test]
fn dropped_pairs_let_go() {
    for_both(|ring| {
        let folder = Folder::new();
        folder.file("from", &pattern(1 << 20));
        for round in 0..12 {
            let (near, far) = UnixStream::pair().expect("sockets");
            let (quiet, speaker) = UnixStream::pair().expect("sockets");
            let (read, write, capacity) = inner(1 << 16);
            let len = u32::try_from(capacity).expect("small");
            let (from, to) = (folder.open("from"), Fd::new(near.into()));
            let sending = ring.splice_pairs(&from, (&read, &write), &to, &[len; MOST_PAIRS], false);
            let quiet = Fd::new(quiet.into());
            let (again, into, _) = inner(1 << 16);
            let waiting = ring.splice_pairs(&quiet, (&again, &into), &folder.open("to"), &[len], true);
            match round % 3 {
                0 => {}
                1 => ring.kick(),
                _ => assert_eq!(ring.block_on(ring.nop()), 0),
            }
            drop((sending, waiting));
            if ring.is_uring() {
                settle(&ring);
                drop((far, speaker));
            } else {
                // A thread in a call is left in it until the call ends.
                drop((far, speaker));
                settle(&ring);
            }
            assert!(to.into_owned().is_ok() && quiet.into_owned().is_ok(), "the operations hold nothing");
            drop(from);
            assert_eq!(descriptors_on(&folder.path("from")), 0);
        }
    });
}

/// No worker that could wait for a socket (a kernel without the opcode, no threads), and no call in this thread instead,
/// which would be deaf as long as that takes. Nothing is taken.
#[test]
fn where_nobody_else_can_wait() {
    let refused = |ring: &Ring| {
        let folder = Folder::new();
        folder.file("from", &pattern(100_000));
        let (from, (read, write, _)) = (folder.open("from"), inner(1 << 16));
        for (near, _far) in sockets() {
            let to = Fd::new(near);
            let passed = ring.block_on(ring.splice_pairs(&from, (&read, &write), &to, &[4096; 4], false));
            assert_eq!(passed.input.and_then(|error| error.raw_os_error()), Some(libc::ECANCELED));
            assert_eq!((passed.taken, passed.put, position(&from)), (0, 0, 0));
            let plain = ring.block_on(ring.splice((&from, None), (&write, None), 4096, 0));
            assert_eq!(plain.map_err(|error| error.raw_os_error()), Err(Some(libc::ECANCELED)));
        }
    };
    for_uring(|ring| {
        ring.core().lack(io_uring::opcode::Splice::CODE);
        refused(&ring);
    });
    refused(&Ring::of_nothing(&Config::default()));
}
