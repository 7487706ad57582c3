//! Tests of holes: against the same bytes without any, and counted.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use ringutils::ring::EngineChoice;

use super::*;
use crate::ends::Direction;
use crate::pump::buffers::tests::{Rig, end, pattern};

fn file_of(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().expect("a file");
    file.write_all(bytes).expect("written");
    // Where blocks are only allocated when they are written back.
    file.sync_all().expect("synced");
    file
}

/// Allocated blocks, of 512 bytes.
fn blocks(file: &File) -> i64 {
    file.sync_all().expect("synced");
    rustix::fs::fstat(file).expect("stat").st_blocks
}

/// Writes `pieces` at `at` of a file that holds `old`: what it holds then, which must be what plain writes would leave.
fn write(old: &[u8], at: usize, pieces: &[&[u8]]) -> File {
    let mut file = file_of(old);
    file.seek(SeekFrom::Start(at as u64)).expect("a position");
    let rig = Rig::new(EngineChoice::Auto, "--sparse");
    let output = end(file.try_clone().expect("dup"), Direction::Output);
    let mut sparse = Sparse::new(&rig.session, &output).expect("a file");
    let mut expected = old.to_vec();
    let mut to = at;
    for piece in pieces {
        sparse.write(piece).expect("written");
        expected.resize(expected.len().max(to + piece.len()), 0);
        expected[to..to + piece.len()].copy_from_slice(piece);
        to += piece.len();
    }
    sparse.finish().expect("finished");
    assert_eq!(file.stream_position().expect("a position"), to as u64);
    let mut found = Vec::new();
    file.rewind().expect("back");
    file.read_to_end(&mut found).expect("read");
    assert!(found == expected, "{} bytes at {at} of {}: differs", to - at, old.len());
    file
}

#[test]
fn the_same_bytes_as_without_holes() {
    let all = pattern(200_000);
    let old = vec![b'x'; 100_000];
    for old in [&old[..0], &old[..1], &old[..4096], &old[..50_001], &old] {
        for at in [0, 1, 4095, 4096, 50_000, 120_000] {
            for size in [1, 511, 4096, 10_000, 65_536, 200_000] {
                let pieces: Vec<&[u8]> = all.chunks(size).take(3000).collect();
                write(old, at, &pieces);
            }
        }
    }
    write(&old, 7, &[]);
    write(&old, 7, &[b""]);
}

#[test]
fn zeros_take_no_room() {
    let zeros = vec![0; 1 << 20];
    let plain = file_of(b"");
    plain.set_len(1 << 20).expect("a hole");
    if blocks(&plain) > 0 {
        return; // A file system that keeps no holes.
    }
    assert_eq!(blocks(&write(b"", 0, &[&zeros])), 0, "a hole at the end");
    assert_eq!(blocks(&write(b"", 0, &[&zeros, b"x"])), 8, "one in front");
    assert_eq!(blocks(&write(b"", 0, &[b"x", &zeros, b"x"])), 16, "one between");
    let edges = write(b"", 0, &[b"x", &zeros[..4095], &zeros[..4096], b"x"]);
    assert_eq!(blocks(&edges), 16, "a single block");
}

#[test]
fn old_data_is_taken_away() {
    let (old, zeros) = (vec![b'x'; 1 << 20], vec![0; 1 << 20]);
    let before = blocks(&file_of(&old));
    let punched = blocks(&write(&old, 8192, &[&zeros[..1 << 19]]));
    if punched == before {
        return; // A file system that does not give blocks back; the content was compared.
    }
    assert_eq!(before - punched, (1 << 19) / 512, "all of it");
    let uneven = before - blocks(&write(&old, 5000, &[&zeros[..20_000]]));
    assert_eq!(uneven, 4 * 8, "the whole blocks of it");
    let over = write(&old[..100_000], 90_112, &[&zeros[..100_000]]);
    assert_eq!(blocks(&over), 90_112 / 512, "over the end");
    let small = before - blocks(&write(&old, 8192, &[&zeros[..4095], b"y"]));
    assert_eq!(small, 0, "a part of a block");
}

#[test]
fn it_goes_on_where_holes_cannot_be_made() {
    let rig = Rig::new(EngineChoice::Auto, "--sparse");
    let mut file = file_of(&[b'x'; 16_000]);
    file.rewind().expect("back");
    let output = end(file.try_clone().expect("dup"), Direction::Output);
    let mut sparse = Sparse::new(&rig.session, &output).expect("a file");
    sparse.refused = true;
    sparse.write(&[0; 10_000]).expect("written");
    sparse.write(b"data").expect("written");
    sparse.write(&[0; 10_000]).expect("written");
    sparse.finish().expect("finished");
    let mut found = Vec::new();
    file.rewind().expect("back");
    file.read_to_end(&mut found).expect("read");
    assert!(found == [&[0; 10_000][..], b"data", &[0; 10_000]].concat());
}

#[test]
fn what_has_no_positions_is_refused() {
    let rig = Rig::new(EngineChoice::Auto, "--sparse");
    let (_reader, writer) = std::io::pipe().expect("a pipe");
    let output = end(writer, Direction::Output);
    let error = Sparse::new(&rig.session, &output).err().expect("no file");
    assert_eq!(error.raw_os_error(), Some(libc::ESPIPE));
}
