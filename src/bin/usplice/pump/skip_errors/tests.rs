//! Tests of reading around errors: on a made-up disk, and on another process's memory, which has gaps.

#![allow(clippy::single_range_in_vec_init, reason = "a single range of bad bytes is one")]

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::process::{Command, Stdio};

use ringutils::ring::EngineChoice;

use super::*;
use crate::ends::Direction;
use crate::pump::buffers::tests::{ENGINES, Rig, end, pattern};

/// A disk of `data`, of which `bad` can't be read: what is read of it from `at` on, in pieces of `piece`, and what is said.
struct Disk {
    data: Vec<u8>,
    bad: Vec<Range<u64>>,
    /// It says how large it is.
    sized: bool,
    unit: u64,
}

impl Disk {
    fn new(len: usize, bad: &[Range<u64>]) -> Self {
        let data = pattern(len).into_iter().map(|byte| byte | 1).collect();
        Self { data, bad: bad.to_vec(), sized: true, unit: 512 }
    }

    fn read_at(&self, into: &mut [u8], at: u64) -> io::Result<usize> {
        let asked = at..at + into.len() as u64;
        // What can't be read are whole blocks.
        let whole = |bad: &Range<u64>| bad.start - bad.start % self.unit..bad.end.next_multiple_of(self.unit);
        if self.bad.iter().map(whole).any(|bad| bad.start < asked.end && asked.start < bad.end) {
            return Err(io::Error::from_raw_os_error(libc::EIO));
        }
        let rest = self.data.get(usize::try_from(at).expect("small")..).unwrap_or(&[]);
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn read(&self, at: u64, piece: usize) -> (Result<Vec<u8>, Stop>, String) {
        let rig = Rig::new(EngineChoice::Auto, "-E");
        let flow = rig.flow(false);
        let input = end(tempfile::tempfile().expect("a file"), Direction::Input);
        let read_at = Box::new(|into: &mut [u8], at| self.read_at(into, at));
        let size = self.sized.then_some(self.data.len() as u64);
        let mut careful = SkipErrors::with(&flow, &input, read_at, self.unit, size);
        let mut all = Vec::new();
        let mut buf = vec![0xff; piece];
        let result = loop {
            match careful.read(&mut buf, at + all.len() as u64) {
                Ok(0) => break Ok(all),
                Ok(n) => all.extend_from_slice(&buf[..n]),
                Err(stop) => break Err(stop),
            }
        };
        (result, rig.said())
    }

    /// Reads all, in pieces of all sizes: these ranges must have become zeros, and been told of.
    fn replaced(&self, at: u64, ranges: &[Range<u64>]) {
        let from = usize::try_from(at).expect("small");
        let mut expected = self.data.clone();
        let mut told = String::new();
        for range in ranges {
            let bytes =
                usize::try_from(range.start).expect("small")..usize::try_from(range.end).expect("small");
            expected[bytes].fill(0);
            let (first, last) = (range.start, range.end - 1);
            let text = "Input/output error; zeros written instead";
            told.extend(["usplice: NAME: bytes ", &format!("{first}-{last}: "), text, "\n"]);
        }
        for piece in [512, 1000, 4096, 65_536, 100_000] {
            let (read, said) = self.read(at, piece);
            assert!(read.expect("read") == expected[from..], "pieces of {piece}: {said}");
            assert_eq!(said, told, "pieces of {piece}");
        }
    }
}

#[test]
fn bad_blocks_become_zeros_and_the_rest_stays_where_it_is() {
    Disk::new(100_000, &[]).replaced(0, &[]);
    Disk::new(100_000, &[512..1024]).replaced(0, &[512..1024]);
    Disk::new(100_000, &[700..701]).replaced(0, &[512..1024]);
    Disk::new(100_000, &[0..1]).replaced(0, &[0..512]);
    Disk::new(100_000, &[4096..5000, 70_000..70_001, 80_384..80_385])
        .replaced(0, &[4096..5120, 69_632..70_144, 80_384..80_896]);
    Disk::new(100_000, &[99_999..100_000]).replaced(0, &[99_840..100_000]);
    Disk::new(100_000, &[0..100_000]).replaced(0, &[0..100_000]);
    Disk::new(1, &[0..1]).replaced(0, &[0..1]);
    Disk::new(0, &[]).replaced(0, &[]);
}

#[test]
fn from_an_odd_position_on() {
    Disk::new(100_000, &[1000..1001, 2000..2001]).replaced(700, &[700..1024, 1536..2048]);
    Disk::new(100_000, &[90_000..200_000]).replaced(99_999, &[99_999..100_000]);
    Disk::new(100_000, &[]).replaced(100_000, &[]);
}

#[test]
fn blocks_of_a_device_are_larger() {
    let mut disk = Disk::new(100_000, &[5000..5001]);
    disk.unit = 4096;
    disk.replaced(8, &[4096..8192]);
}

#[test]
fn small_pieces_of_a_bad_block() {
    let mut expected = Disk::new(5000, &[]).data;
    expected[512..1024].fill(0);
    for piece in [1, 100, 511] {
        let (read, said) = Disk::new(5000, &[1000..1001]).read(0, piece);
        assert!(read.expect("read") == expected, "pieces of {piece}");
        assert!(said.contains("bytes 512-1023:") && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn without_a_size_errors_are_followed_some_way() {
    let mut disk = Disk::new(3_000_000, &[10_000..20_000, 500_000..1_400_000]);
    disk.sized = false;
    disk.replaced(0, &[9728..20_480, 499_712..1_400_320]);
    disk.bad = vec![10_000..20_000, 500_000..2_000_000];
    let (read, said) = disk.read(0, 65_536);
    match read {
        Err(Stop::Input(error)) => assert_eq!(error.raw_os_error(), Some(libc::EIO)),
        other => panic!("{:?}", other.map(|bytes| bytes.len())),
    }
    assert!(said.contains("bytes 9728-20479:") && said.lines().count() == 1, "{said}");
}

#[test]
fn an_error_where_a_file_ends_is_its_end() {
    Disk::new(10_000, &[10_000..u64::MAX / 2]).replaced(0, &[9728..10_000]);
    Disk::new(10_240, &[10_240..u64::MAX / 2]).replaced(0, &[]);
}

#[test]
fn other_errors_are_none_of_a_block() {
    let rig = Rig::new(EngineChoice::Auto, "-E");
    let flow = rig.flow(false);
    let input = end(File::open("/").expect("there is one"), Direction::Input);
    let mut careful = SkipErrors::new(&flow, &input, Some(10_000));
    match careful.read(&mut [0; 4096], 0) {
        Err(Stop::Input(error)) => assert_eq!(error.raw_os_error(), Some(libc::EISDIR)),
        other => panic!("{other:?}"),
    }
    let count = Cell::new(0);
    let failing = Box::new(|_: &mut [u8], _| {
        count.set(count.get() + 1);
        Err(io::Error::from_raw_os_error(libc::EBADF))
    });
    let mut careful = SkipErrors::with(&flow, &input, failing, 512, Some(10_000));
    assert!(careful.read(&mut [0; 4096], 0).is_err());
    assert_eq!(count.get(), 1);
    assert_eq!(rig.said(), "");
}

/// Where the memory of a process, of at least a page, ends, and nothing follows for some pages.
fn gap(pid: u32) -> u64 {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("its memory");
    let ranges: Vec<(u64, u64, bool)> = maps
        .lines()
        .filter_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (start, end) = range.split_once('-')?;
            let number = |text| u64::from_str_radix(text, 16).ok();
            Some((number(start)?, number(end)?, rest.starts_with('r') && !rest.contains('[')))
        })
        .collect();
    let found = ranges.windows(2).find(|pair| pair[0].2 && pair[1].0 - pair[0].1 >= 64 * 1024);
    found.expect("a gap")[0].1
}

#[test]
fn memory_that_is_not_there() {
    // It stays as it is as long as it waits for input.
    let mut other =
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("another process");
    let (mut to, mut from) = (other.stdin.take().expect("piped"), other.stdout.take().expect("piped"));
    to.write_all(b"x").expect("taken");
    from.read_exact(&mut [0]).expect("it runs");
    let mut memory = File::open(format!("/proc/{}/mem", other.id())).expect("its memory");
    let gap = gap(other.id());
    for (engine, line) in ENGINES.into_iter().flat_map(|engine| ["", "--sparse"].map(|line| (engine, line))) {
        memory.seek(SeekFrom::Start(gap - 4000)).expect("a position");
        let output = tempfile::tempfile().expect("a file");
        let rig = Rig::new(engine, &format!("-E -c 14000 {line}"));
        let input = end(memory.try_clone().expect("dup"), Direction::Input);
        rig.pump(&input, &end(output.try_clone().expect("dup"), Direction::Output)).expect("moved");
        let mut expected = vec![0; 14_000];
        memory.read_exact_at(&mut expected[..4000], gap - 4000).expect("that is there");
        let mut found = vec![1; 14_000];
        output.read_exact_at(&mut found, 0).expect("all of it");
        assert!(found == expected);
        let text = "Input/output error; zeros written instead";
        assert_eq!(rig.said(), format!("usplice: NAME: bytes {gap}-{}: {text}\n", gap + 9999));
        assert_eq!(rig.diagnostics.status(), 1);
        assert_eq!(memory.stream_position().expect("a position"), gap + 10_000);
    }
    drop(to);
    other.wait().expect("it ends");
}

#[test]
fn without_positions_it_is_said() {
    let rig = Rig::new(EngineChoice::Auto, "-E");
    // A socket whose other end is gone with bytes unread: an error without positions.
    let (a, mut b) = std::os::unix::net::UnixStream::pair().expect("sockets");
    (&a).write_all(b"unread").expect("room");
    b.read_exact(&mut [0; 2]).expect("a part");
    (&b).write_all(b"data").expect("room");
    drop(b);
    let output = tempfile::tempfile().expect("a file");
    let result =
        rig.pump(&end(a, Direction::Input), &end(output.try_clone().expect("dup"), Direction::Output));
    match result {
        Err(Stop::Input(error)) => assert_eq!(error.raw_os_error(), Some(libc::ECONNRESET)),
        other => panic!("{other:?}"),
    }
    assert_eq!(rig.said(), "usplice: NAME: errors can only be skipped where there are positions\n");
}
