//! The rows of `cp`.

use crate::data::content::Content;
use crate::data::{Data, Place};
use crate::measure::loops::Kind;
use crate::row::{Ground, Peer, Row, Tool, Wiring};

pub const TOOL: Tool = Tool {
    name: "cp",
    binary: option_env!("CARGO_BIN_EXE_ucp"),
    peers: &[Peer::GnuLatest, Peer::System, Peer::Busybox, Peer::Uutils, Peer::Xcp, Peer::Fcp, Peer::Cpz],
    words,
    peak_limit_mib: 64,
    rows,
};

/// The promises are about the best of these.
const OTHERS: &[Peer] = &[Peer::Xcp, Peer::Fcp, Peer::Cpz, Peer::Uutils];

/// Why others are as fast, or faster.
const ONE_CALL: &str = "One large file is copied by one call to the kernel, whoever makes it. What differs \
    is the machine's other business.";
const FILE_SYSTEM: &str = "Making files is the work of the file system, which lets only so much of it be \
    done at once: whoever makes them on several threads gets as far.";

const MB: u64 = 1_000_000;

const SMALL_DISK: Data = Data::tree(20, 4000, 4096, Place::Disk);
const SMALL_RAM: Data = Data::tree(20, 20_000, 4096, Place::Ram);
const KEPT: Data = SMALL_RAM.with_attributes();
const SOURCE: Data = Data::source(20_000, 300 * MB, Place::Disk);
const LARGE_DISK: Data = Data::file(Content::Binary, 400 * MB, Place::Disk);
const LARGE_RAM: Data = Data::file(Content::Binary, 400 * MB, Place::Ram);
const SPARSE: Data = Data::sparse(10_000 * MB, MB, Place::Disk);
const TINY: Data = Data::file(Content::Text, 100, Place::Ram).of_fixed_size();

fn rows() -> Vec<Row> {
    let mut rows = trees();
    rows.extend(single_files());
    rows.extend(blocked());
    rows
}

/// To a name that is free, compared with everybody there is.
fn copy(name: &'static str, about: &'static str, data: Data, ground: Ground) -> Row {
    let row = Row::new(name, about, data).wiring(Wiring::Copy(ground));
    row.with(Peer::Xcp).with(Peer::Fcp).with(Peer::Cpz)
}

fn trees() -> Vec<Row> {
    vec![
        copy(
            "small-cold",
            "-r, 4,000 files of about 4 KiB in 20 folders, cold cache, on the disk",
            SMALL_DISK,
            Ground::Place(Place::Disk),
        )
        .option("-r")
        .cold()
        .at_least(3.5, Peer::GnuLatest)
        .at_least_the_best(1.3, OTHERS)
        .because(FILE_SYSTEM),
        small(
            "small-ext4",
            "-r, 20,000 files of about 4 KiB in 20 folders, tmpfs to a fresh ext4",
            Kind::Ext4,
        ),
        small("small-xfs", "the same to a fresh XFS", Kind::Xfs),
        copy(
            "archive-ext4",
            "-a, the same with owners, times, modes and xattrs that differ, to a fresh ext4",
            KEPT,
            Ground::Loop(Kind::Ext4),
        )
        .because(FILE_SYSTEM)
        .option("-a")
        .at_least(2.2, Peer::GnuLatest)
        .at_least_the_best(1.0, OTHERS),
        copy(
            "tree",
            "-a, 20,000 real files of up to 300 MB, with links, from the cache to the disk",
            SOURCE,
            Ground::Place(Place::Disk),
        )
        .because(FILE_SYSTEM)
        .option("-a")
        .at_least(2.0, Peer::GnuLatest)
        .at_least_the_best(1.0, OTHERS),
        copy("tree-ext4", "the same to a fresh ext4", SOURCE, Ground::Loop(Kind::Ext4))
            .because(FILE_SYSTEM)
            .option("-a")
            .at_least(2.0, Peer::GnuLatest)
            .at_least_the_best(1.0, OTHERS),
    ]
}

fn small(name: &'static str, about: &'static str, kind: Kind) -> Row {
    copy(name, about, SMALL_RAM, Ground::Loop(kind))
        .option("-r")
        .because(FILE_SYSTEM)
        .at_least(2.7, Peer::GnuLatest)
        .at_least_the_best(1.0, OTHERS)
}

fn single_files() -> Vec<Row> {
    let disk = Ground::Place(Place::Disk);
    let ram = Ground::Place(Place::Ram);
    let single = |name, about, data, ground| {
        copy(name, about, data, ground)
            .because(ONE_CALL)
            .at_least(1.0, Peer::GnuLatest)
            .at_least_the_best(1.0, OTHERS)
    };
    vec![
        single("large-warm", "one file of 400 MB from the cache to the disk", LARGE_DISK, disk),
        single("large-cold", "one file of 400 MB from the disk to the disk", LARGE_DISK, disk).cold(),
        single("large-tmpfs", "one file of 400 MB within tmpfs", LARGE_RAM, ram),
        single(
            "large-xfs",
            "one file of 400 MB within a fresh XFS, which can share blocks",
            LARGE_RAM,
            Ground::Within(Kind::Xfs),
        )
        .repeat(5),
        single(
            "large-btrfs",
            "one file of 400 MB within a fresh btrfs, which can share blocks",
            LARGE_RAM,
            Ground::Within(Kind::Btrfs),
        )
        .repeat(5),
        // The others would write the ten gigabytes.
        single("sparse", "a file of 10 GB with 1 MB of data (busybox, fcp, cpz fill holes)", SPARSE, disk)
            .because("All find the one megabyte by the same calls. The rest is the start of the program.")
            .repeat(10)
            .without(Peer::Busybox)
            .without(Peer::Fcp)
            .without(Peer::Cpz),
        copy("tiny", "a file of 100 bytes within tmpfs, from exec to exit, 200 times", TINY, ram)
            .repeat(200)
            .because(super::START)
            .at_least(1.0, Peer::System),
    ]
}

/// Containers often refuse `io_uring`. The filter is real; the row of the thread engine in the others shows the same
/// work without one.
fn blocked() -> Vec<Row> {
    let blocked = |name, about, data, ground, at_least| {
        let row = copy(name, about, data, ground).option("-r").blocked().because(FILE_SYSTEM);
        row.at_least(at_least, Peer::GnuLatest)
    };
    let (ext4, xfs) = (Ground::Loop(Kind::Ext4), Ground::Loop(Kind::Xfs));
    let disk = Ground::Place(Place::Disk);
    vec![
        blocked("blocked-cold", "small-cold, io_uring refused by seccomp for all", SMALL_DISK, disk, 2.5)
            .cold(),
        blocked("blocked-ext4", "small-ext4, io_uring refused by seccomp for all", SMALL_RAM, ext4, 2.0),
        blocked("blocked-xfs", "small-xfs, io_uring refused by seccomp for all", SMALL_RAM, xfs, 2.0),
    ]
}

/// Which peer says what how: `xcp` keeps modes and times unasked, `fcp` and `cpz` take folders unasked and keep modes.
fn words(peer: Peer, options: &[&'static str]) -> Option<Vec<&'static str>> {
    let mut words = Vec::new();
    for &option in options {
        match (peer, option) {
            (Peer::Xcp, "-r") => words.push("--recursive"),
            (Peer::Xcp, "-a") => words.extend(["--recursive", "--ownership"]),
            (Peer::Fcp | Peer::Cpz, "-r") => {}
            (Peer::Xcp | Peer::Fcp | Peer::Cpz, _) => return None,
            _ => words.push(option),
        }
    }
    Some(words)
}
