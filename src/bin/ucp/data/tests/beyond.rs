//! `--verify` and `--cache`.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsFd;
use std::path::Path;

use ringutils::sys;
use rustix::fs::{Advice, fadvise, fdatasync};

use super::{Case, folders, noise, skip, with_holes};
use crate::options::{Beyond, Cache, Sparse};

fn verifying(cache: Cache) -> Beyond {
    Beyond { verify: true, cache, ..Beyond::default() }
}

#[test]
fn what_is_right_passes() {
    let (disk, memory) = folders();
    let from = disk.path().join("s");
    let make: [&dyn Fn(); 5] = [
        &|| fs::write(&from, noise(3_000_003)).expect("write"),
        &|| fs::write(&from, noise(40_000_001)).expect("write"),
        &|| fs::write(&from, "").expect("write"),
        &|| with_holes(&from, 9_000_000, &[(3_000_000, 1_500_000), (8_500_000, 1)]),
        &|| with_holes(&from, 9_000_000, &[]),
    ];
    for make in make {
        make();
        for folder in [Some(&disk), memory.as_ref()].into_iter().flatten() {
            for (sparse, cache) in [
                (Sparse::Auto, Cache::Keep),
                (Sparse::Always, Cache::Keep),
                (Sparse::Never, Cache::Drop),
                (Sparse::Auto, Cache::Direct),
            ] {
                let to = folder.path().join("d");
                let copied = Case { sparse, beyond: verifying(cache), ..Case::default() }.copy(&from, &to);
                assert!(copied.ok, "{:?}", copied.said);
                assert!(fs::read(&from).expect("read") == fs::read(&to).expect("read"));
            }
        }
    }
}

/// The disk lies: a byte arrives that was not sent.
#[cfg(debug_assertions)]
#[test]
fn what_is_wrong_is_found() {
    let (disk, memory) = folders();
    let from = disk.path().join("s");
    fs::write(&from, noise(40_000_001)).expect("write");
    for folder in [Some(&disk), memory.as_ref()].into_iter().flatten() {
        for at in [0, 1_048_575, 1_048_576, 23_456_789, 40_000_000] {
            let to = folder.path().join("d");
            let case = Case { beyond: verifying(Cache::Keep), corrupt_after: Some(at), ..Case::default() };
            let copied = case.copy(&from, &to);
            assert_eq!(copied.said, [format!("verification failed: 'D' differs from 'S' at byte {at}")]);
            let case = Case { corrupt_after: Some(at), ..case };
            let unverified =
                Case { beyond: Beyond::default(), reflink: crate::options::Reflink::Never, ..case };
            assert!(unverified.copy(&from, &to).ok, "nobody else would notice");
        }
    }
    // In data between holes.
    with_holes(&from, 9_000_000, &[(3_000_000, 1_500_000), (8_500_000, 1)]);
    let case = Case { beyond: verifying(Cache::Keep), corrupt_after: Some(1_000_000), ..Case::default() };
    let said = case.copy(&from, &disk.path().join("d")).said;
    let start = 3_000_000 / 4096 * 4096;
    assert_eq!(said, [format!("verification failed: 'D' differs from 'S' at byte {}", start + 1_000_000)]);
}

/// Bytes in the page cache, if the kernel can tell.
fn cached(path: &Path) -> Option<u64> {
    sys::cached_bytes(File::open(path).expect("open").as_fd(), 0, u64::MAX / 2)
}

fn evict(path: &Path) {
    let file = File::open(path).expect("open");
    fdatasync(&file).expect("fdatasync");
    fadvise(&file, 0, None, Advice::DontNeed).expect("fadvise");
}

#[test]
fn the_page_cache_is_left_as_it_was() {
    let (disk, _) = folders();
    let (from, to) = (disk.path().join("s"), disk.path().join("d"));
    fs::write(&from, noise(50_000_001)).expect("write");
    evict(&from);
    if cached(&from) != Some(0) {
        return skip("no cachestat(2), or a file system that is in memory");
    }
    for cache in [Cache::Drop, Cache::Direct] {
        for sparse in [Sparse::Auto, Sparse::Never] {
            let case = Case { sparse, beyond: Beyond { cache, ..Beyond::default() }, ..Case::default() };
            evict(&from);
            assert!(case.copy(&from, &to).ok);
            assert_eq!((cached(&from), cached(&to)), (Some(0), Some(0)), "{cache:?} {sparse:?}");
            assert!(fs::read(&from).expect("read") == fs::read(&to).expect("read"));
            // All of it is cached now, and stays so, but for what the kernel may take back meanwhile: less than one of
            // the parts that are dropped at a time.
            let before = cached(&from).unwrap_or(0);
            assert!(case.copy(&from, &to).ok);
            let (left, copied) = (cached(&from).unwrap_or(0), cached(&to));
            assert!(
                left >= before - (7 << 20),
                "{cache:?} {sparse:?}: of {before} cached bytes {left} are left"
            );
            assert_eq!(copied, Some(0), "{cache:?} {sparse:?}");
            evict(&from);
            let mut first = File::open(&from).expect("open").take(16 << 20);
            std::io::copy(&mut first, &mut std::io::sink()).expect("read");
            assert!(case.copy(&from, &to).ok);
            let left = cached(&from).unwrap_or(0);
            assert!((9 << 20..=25 << 20).contains(&left), "the part that was cached: {left}");
        }
    }
}
