//! Where the copy has holes.

use std::fs::{self, File};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use ringutils::sys;
use rustix::fs::{SeekFrom, seek};

use super::{Case, folders, noise, oracle, with_holes};
use crate::options::{Reflink, Sparse};

/// Data extents.
fn map(path: &Path) -> Vec<(u64, u64)> {
    let file = File::open(path).expect("open");
    let mut extents = Vec::new();
    let mut at = 0;
    while let Ok(start) = seek(file.as_fd(), SeekFrom::Data(at)) {
        at = seek(file.as_fd(), SeekFrom::Hole(start)).expect("SEEK_HOLE");
        extents.push((start, at));
    }
    extents
}

#[test]
fn holes_are_where_they_were() {
    let (disk, memory) = folders();
    let shapes: [&[(u64, usize)]; 6] = [
        &[],
        &[(0, 5000)],
        &[(1_048_576, 1), (3_000_000, 100_000)],
        &[(0, 70_000), (9_999_999, 1)],
        &[(9_000_000, 1_000_000)],
        &[(300_000, 5_000_000), (6_000_000, 4096), (6_100_000, 4096), (6_200_000, 4096)],
    ];
    for shape in shapes {
        let from = disk.path().join("s");
        with_holes(&from, 10_000_000, shape);
        for folder in [Some(&disk), memory.as_ref()].into_iter().flatten() {
            for reflink in [Reflink::Auto, Reflink::Never] {
                let (to, theirs) = (folder.path().join("d"), folder.path().join("gnus"));
                let copied = Case { reflink, ..Case::default() }.copy(&from, &to);
                assert!(copied.ok, "{:?}", copied.said);
                assert!(fs::read(&from).expect("read") == fs::read(&to).expect("read"));
                if oracle(&[], &from, &theirs).is_some() {
                    assert_eq!(map(&to), map(&theirs), "{shape:?}");
                }
            }
        }
    }
}

#[test]
fn zeros_become_holes_or_stay() {
    let (disk, _) = folders();
    let (from, to, theirs) = (disk.path().join("s"), disk.path().join("d"), disk.path().join("gnus"));
    let mut bytes = noise(3_000_000);
    bytes[5000..400_000].fill(0);
    bytes[1_000_000..1_003_000].fill(0);
    bytes[2_000_100..2_700_000].fill(0);
    bytes[2_999_000..].fill(0);
    let mut only = bytes.clone();
    only.fill(0);
    for bytes in [&bytes, &only] {
        fs::write(&from, bytes).expect("write");
        for (option, sparse) in [
            ("--sparse=always", Sparse::Always),
            ("--sparse=auto", Sparse::Auto),
            ("--sparse=never", Sparse::Never),
        ] {
            assert!(Case { sparse, ..Case::default() }.copy(&from, &to).ok);
            assert!(fs::read(&to).expect("read") == *bytes, "{option}");
            if oracle(&[option], &from, &theirs).is_some() {
                assert_eq!(map(&to), map(&theirs), "{option}");
            }
        }
    }
}

/// Zeros are written where there are to be no holes.
#[test]
fn holes_are_filled() {
    let (disk, _) = folders();
    let (from, to) = (disk.path().join("s"), disk.path().join("d"));
    with_holes(&from, 1_048_576 + 10, &[(500_000, 10)]);
    assert!(Case { sparse: Sparse::Never, ..Case::default() }.copy(&from, &to).ok);
    assert!(fs::read(&from).expect("read") == fs::read(&to).expect("read"));
    let stat = File::open(&to).and_then(sys::fstat).expect("stat");
    assert!(stat.blocks * 512 >= stat.size, "{stat:?}");
}

/// Only what is data is looked at.
#[test]
fn ten_gigabytes_of_nothing() {
    let (disk, _) = folders();
    let (from, to) = (disk.path().join("s"), disk.path().join("d"));
    with_holes(&from, 10 << 30, &[(5 << 30, 1 << 20)]);
    let begun = Instant::now();
    for sparse in [Sparse::Auto, Sparse::Always] {
        assert!(Case { sparse, ..Case::default() }.copy(&from, &to).ok);
        assert_eq!(map(&to), map(&from));
        assert_eq!(fs::metadata(&to).expect("stat").len(), 10 << 30);
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}
