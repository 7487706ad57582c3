//! Which way is taken, and what it says.

use std::fs;
use std::path::Path;
use std::process::Command;

use ringutils::cli::Progress;
use rustix::fs::fstatfs;

use super::super::{Debug, Detection, Word};
use super::{Case, folders, noise, oracle, skip};
use crate::options::{Reflink, Sparse};
use crate::run::Run;

fn identical(from: &Path, to: &Path) {
    assert!(fs::read(from).expect("source") == fs::read(to).expect("destination"), "{}", from.display());
}

const BTRFS: u64 = 0x9123_683e;
const XFS: u64 = 0x5846_5342;

/// Whether clones cannot work, so that the table of cp.md holds.
fn clones_nothing(folder: &Path) -> bool {
    let file = fs::File::open(folder).expect("the folder opens");
    let kind = fstatfs(&file).expect("statfs").f_type.cast_unsigned();
    kind != BTRFS && kind != XFS
}

/// The table of words, against the oracle's.
#[test]
fn words_are_gnus() {
    let (disk, memory) = folders();
    let at = |name: &str| disk.path().join(name);
    fs::write(at("empty"), "").expect("write");
    fs::write(at("noise"), noise(100_000)).expect("write");
    fs::write(at("zeros"), vec![0; 100_000]).expect("write");
    super::with_holes(&at("hole"), 3_000_000, &[]);
    super::with_holes(&at("holes"), 3_000_001, &[(1_500_000, 10)]);
    let sources = ["empty", "noise", "zeros", "hole", "holes"].map(at);
    let targets = [Some(disk.path()), memory.as_ref().map(tempfile::TempDir::path)];
    let cases = [
        ("--sparse=auto", Sparse::Auto, Reflink::Auto),
        ("--sparse=always", Sparse::Always, Reflink::Auto),
        ("--sparse=never", Sparse::Never, Reflink::Auto),
        ("--reflink=never", Sparse::Auto, Reflink::Never),
    ];
    for to in targets.into_iter().flatten() {
        for (option, sparse, reflink) in cases {
            let case = Case { sparse, reflink, ..Case::default() };
            let more = [Path::new("/proc/cpuinfo"), Path::new("/dev/null")];
            for from in sources.iter().map(AsRef::as_ref).chain(more) {
                let (ours, theirs) = (to.join("ours"), to.join("theirs"));
                let copied = case.copy(from, &ours);
                assert!(copied.ok, "{:?}", copied.said);
                let Some(line) = oracle(&[option], from, &theirs) else { return };
                assert_eq!(copied.debug.render(), line, "{option} {}", from.display());
                identical(&theirs, &ours);
                let blocks =
                    |path| ringutils::sys::fstat(fs::File::open(path).expect("open")).map(|stat| stat.blocks);
                assert_eq!(blocks(ours).ok(), blocks(theirs).ok(), "{option} {}", from.display());
            }
        }
    }
}

#[test]
fn a_clone_that_must_be() {
    let (disk, _) = folders();
    let (from, to) = (disk.path().join("s"), disk.path().join("d"));
    fs::write(&from, "text").expect("write");
    let copied = Case { reflink: Reflink::Always, ..Case::default() }.copy(&from, &to);
    if clones_nothing(disk.path()) {
        assert_eq!(copied.said, ["failed to clone 'D' from 'S': Operation not supported"]);
        assert_eq!(copied.debug, Debug { reflink: Word::Unsupported, refused: true, ..Debug::default() });
    } else {
        assert_eq!(copied.debug, Debug { reflink: Word::Yes, ..Debug::default() });
        identical(&from, &to);
    }
}

/// What cannot be is tried once per pair of file systems, and the words stay the same.
#[test]
fn refusals_are_remembered() {
    let (disk, memory) = folders();
    let Some(memory) = memory else { return skip("no second file system") };
    let (from, to) = (disk.path().join("s"), memory.path().join("d"));
    fs::write(&from, noise(70_000)).expect("write");
    let case = Case::default();
    let options = case.options();
    let progress = Progress::off();
    let run = Run::new(&options, &progress);
    let first = case.copy_again(&run, &from, &to).debug;
    let pair =
        [&from, &to].map(|path| ringutils::sys::fstat(fs::File::open(path).expect("open")).expect("stat"));
    let pair = (pair[0].identity.0, pair[1].identity.0);
    assert!(run.support.cloning().has(pair) && run.support.ranges().has(pair));
    assert_eq!(case.copy_again(&run, &from, &to).debug, first);
    identical(&from, &to);
}

/// Sources that end before or behind where they were said to end.
#[test]
fn sizes_change() {
    let (disk, memory) = folders();
    let from = disk.path().join("s");
    fs::write(&from, noise(1_000_000)).expect("write");
    let stats: [fn(&mut ringutils::sys::Stat); 4] = [
        |stat| stat.size = 10_000_000,
        |stat| stat.size = 100_000_000,
        |stat| stat.size = 10,
        |stat| (stat.size, stat.blocks) = (0, 0),
    ];
    for folder in [Some(&disk), memory.as_ref()].into_iter().flatten() {
        for sparse in [Sparse::Auto, Sparse::Always, Sparse::Never] {
            for stat in stats {
                let to = folder.path().join("d");
                let copied = Case { stat: Some(stat), sparse, ..Case::default() }.copy(&from, &to);
                assert!(copied.ok, "{:?}", copied.said);
                // One with holes by the look of it keeps its size: that of the look.
                let end = fs::metadata(&to).expect("stat").len();
                let (source, copy) = (fs::read(&from).expect("read"), fs::read(&to).expect("read"));
                assert!(source[..] == copy[..1_000_000], "{sparse:?}");
                assert!(copy[1_000_000..].iter().all(|byte| *byte == 0), "{end}");
            }
        }
    }
}

#[test]
fn large_files_through_the_pipeline() {
    let (disk, memory) = folders();
    let from = disk.path().join("s");
    let mut bytes = noise(40_000_003);
    bytes[10_000_000..20_000_000].fill(0);
    fs::write(&from, bytes).expect("write");
    for folder in [Some(&disk), memory.as_ref()].into_iter().flatten() {
        for sparse in [Sparse::Never, Sparse::Always] {
            let to = folder.path().join("d");
            let copied = Case { sparse, reflink: Reflink::Never, ..Case::default() }.copy(&from, &to);
            assert!(copied.ok, "{:?}", copied.said);
            identical(&from, &to);
            let allocated = fs::File::open(&to).and_then(ringutils::sys::fstat).expect("stat").blocks * 512;
            assert_eq!(allocated < 35_000_000, sparse == Sparse::Always, "{allocated}");
        }
    }
}

#[test]
fn writes_that_fail() {
    let (disk, _) = folders();
    let (from, to) = (disk.path().join("s"), Path::new("/dev/full"));
    fs::write(&from, noise(1000)).expect("write");
    let said = Case::default().copy(&from, to).said;
    assert_eq!(said, ["error writing 'D': No space left on device"]);
    super::with_holes(&from, 3_000_000, &[(1_500_000, 10)]);
    let said = Case::default().copy(&from, to).said;
    assert_eq!(said, ["D: write failed: No space left on device"]);
    super::with_holes(&from, 3_000_000, &[]);
    let said = Case::default().copy(&from, to).said;
    assert_eq!(said, ["failed to extend 'D': No space left on device"]);
    let case = Case { reflink: Reflink::Never, ..Case::default() };
    let copied = case.copy(disk.path(), &disk.path().join("d"));
    assert_eq!(copied.said, ["error reading 'S': Is a directory"]);
    assert_eq!(copied.debug.sparse, Detection::No);
}

/// A full disk: as GNU's cp, the kernel's failure is both files' where it has copied something before.
#[test]
fn a_full_disk() {
    let (disk, _) = folders();
    let small = disk.path().join("small");
    fs::create_dir(&small).expect("mkdir");
    let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(&small).output();
    if !mount.is_ok_and(|answer| answer.status.success()) {
        return skip("no right to mount a small file system");
    }
    let from = disk.path().join("s");
    fs::write(&from, noise(50_000_000)).expect("write");
    let to = small.join("d");
    let across = [Reflink::Auto, Reflink::Never]
        .map(|reflink| Case { reflink, ..Case::default() }.copy(&from, &to).said);
    fs::remove_file(&to).expect("rm");
    let near = small.join("near");
    fs::write(&near, noise(800_000)).expect("write");
    let within = Case::default().copy(&near, &to).said;
    let theirs = oracle(&[], &near, &to);
    let left = fs::metadata(&to).expect("stat").len();
    let unmount = Command::new("umount").arg(&small).output();
    assert!(unmount.is_ok_and(|answer| answer.status.success()));
    for said in across {
        assert_eq!(said, ["error writing 'D': No space left on device"]);
    }
    assert_eq!(within.len(), 1);
    assert!(within[0].ends_with("No space left on device"), "{within:?} {theirs:?}");
    assert!(left < 800_000);
}
