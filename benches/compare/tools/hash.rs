//! The rows of the checksum commands: ours is called by the name of each.

use crate::data::content::Content;
use crate::data::{Data, Place};
use crate::row::{Peer, Row, Tool};

pub const TOOL: Tool = Tool {
    name: "hash",
    binary: Some(env!("CARGO_BIN_EXE_uhash")),
    peers: &[Peer::GnuLatest, Peer::System, Peer::Busybox, Peer::Uutils, Peer::B3sum, TWO, SIXTEEN],
    words: |_, options| Some(options.to_vec()),
    peak_limit_mib: 64,
    rows,
};

/// What people do to use both cores, and what they do to keep the disk busy.
const TWO: Peer = Peer::Xargs(2);
const SIXTEEN: Peer = Peer::Xargs(16);

const MB: u64 = 1_000_000;

/// Why others are as fast, or faster.
const NOTHING_TO_WAIT_FOR: &str = "The files are cached: there is nothing to wait for. What is left is to \
    open and to compute them, which two processes do as well as two threads, and without agreeing in which \
    order lines come out.";
const DISK: &str = "How fast the disk is decides, and differs from run to run. b3sum maps the file and \
    leaves reading ahead to the kernel; uhash reads into buffers of its own, and holds a few megabytes \
    where b3sum holds all of it.";
const ARITHMETIC: &str = "The file is cached, and all the time goes into arithmetic.";

const SMALL_FILES: Data = Data::tree(20, 4000, 4096, Place::Disk);
const BIG: Data = Data::file(Content::Binary, 1000 * MB, Place::Ram);
const BIG_ON_DISK: Data = Data::file(Content::Binary, 1000 * MB, Place::Disk);
const MEDIUM: Data = Data::file(Content::Binary, 400 * MB, Place::Ram);
const EIGHT: Data = Data::alike(8, 100 * MB, Place::Ram);
const TINY: Data = Data::file(Content::Text, 100, Place::Ram).of_fixed_size();

fn rows() -> Vec<Row> {
    let mut rows = small_files();
    rows.extend(large_files());
    rows.extend(algorithms());
    rows
}

fn sha256(name: &'static str, about: &'static str, data: Data) -> Row {
    Row::new(name, about, data).called("sha256sum")
}

/// Nobody but BLAKE3's own command takes part.
fn blake3(name: &'static str, about: &'static str, data: Data) -> Row {
    let row = Row { peers: vec![Peer::B3sum], ..Row::new(name, about, data) };
    row.called("b3sum")
}

fn small_files() -> Vec<Row> {
    vec![
        sha256("small-cold", "SHA-256 of 4,000 files of about 4 KiB in 20 folders, cold cache", SMALL_FILES)
            .cold()
            .with(TWO)
            .with(SIXTEEN)
            .at_least(4.0, Peer::GnuLatest)
            .at_least(1.5, SIXTEEN),
        sha256("small-cold-blocked", "the same, io_uring refused by seccomp for all", SMALL_FILES)
            .cold()
            .blocked()
            .at_least(3.0, Peer::GnuLatest),
        blake3("small-blake3-cold", "BLAKE3 of the same files, cold cache", SMALL_FILES)
            .cold()
            .at_least(4.0, Peer::B3sum),
        sha256("small-warm", "SHA-256 of the same files from the page cache", SMALL_FILES)
            .with(TWO)
            .because(NOTHING_TO_WAIT_FOR),
        sha256("check-cold", "-c, the same files by a list of their SHA-256, cold cache", SMALL_FILES)
            .checking()
            .cold()
            .at_least(4.0, Peer::GnuLatest),
        sha256("tiny", "SHA-256 of a file of 100 bytes, from exec to exit, 200 times", TINY)
            .repeat(200)
            .because(super::START)
            .at_least(1.0, Peer::System)
            .at_least(1.4, Peer::GnuLatest),
    ]
}

fn large_files() -> Vec<Row> {
    vec![
        sha256("big-sha256-warm", "SHA-256 of one file of 1 GB from RAM", BIG)
            .at_least(1.25, Peer::GnuLatest),
        blake3("big-blake3-warm", "BLAKE3 of one file of 1 GB from RAM", BIG)
            .because(ARITHMETIC)
            .at_least(1.0, Peer::B3sum),
        blake3("big-blake3-cold", "BLAKE3 of one file of 1 GB from the disk", BIG_ON_DISK)
            .cold()
            .because(DISK)
            .at_least(1.0, Peer::B3sum),
        sha256("eight-warm", "SHA-256 of 8 files of 100 MB from RAM", EIGHT)
            .with(TWO)
            .because(ARITHMETIC)
            .at_least(1.8, Peer::GnuLatest),
    ]
}

/// Busybox has neither `b2sum` nor a `cksum` with `-a`, in Debian no `cksum` at all; GNU has SHA-3 since 9.8.
fn algorithms() -> Vec<Row> {
    let row = |name, about, called| {
        let row = Row::new(name, about, MEDIUM).called(called).because(ARITHMETIC);
        row.at_least(1.0, Peer::GnuLatest)
    };
    let cksum = |name, about| row(name, about, "cksum").without(Peer::Busybox);
    vec![
        row("sha512", "SHA-512 of one file of 400 MB from RAM", "sha512sum"),
        row("sha1", "SHA-1 of the same", "sha1sum"),
        row("md5", "MD5 of the same", "md5sum"),
        cksum("sha3", "-a sha3 -l 256 --untagged, the same")
            .option("-a")
            .option("sha3")
            .option("-l")
            .option("256")
            .option("--untagged")
            .without(Peer::System),
        row("blake2b", "BLAKE2b of the same", "b2sum").without(Peer::Busybox),
        cksum("sm3", "-a sm3 --untagged, the same").option("-a").option("sm3").option("--untagged"),
        cksum("crc", "the CRC of POSIX's cksum, the same"),
    ]
}
