//! The rows of `cat`.

use crate::data::content::Content;
use crate::data::{Data, Place};
use crate::row::{Peer, Row, Setting, Tool, Wiring};

pub const TOOL: Tool = Tool {
    name: "cat",
    binary: Some(env!("CARGO_BIN_EXE_ucat")),
    peers: &[Peer::GnuLatest, Peer::System, Peer::Busybox, Peer::Uutils, Peer::Pv],
    words: |_, options| Some(options.to_vec()),
    peak_limit_mib: 24,
    rows,
};

const MB: u64 = 1_000_000;

/// Why others are as fast, or faster.
const LOOKED_AT: &str = "The files are cached: there is nothing to wait for, so nothing is won by not \
    waiting, and the look whether that is so costs a little. busybox looks at nothing, and copies.";
const SOCKET: &str = "The kernel copies into a socket, whoever asks it to and by whatever call; all wait \
    for who reads at the other end.";
const BY_THE_KERNEL: &str = "The kernel copies from file to file by itself, for any command that asks it \
    to. What differs is the machine's other business.";

const SMALL_FILES: Data = Data::tree(20, 4000, 4096, Place::Disk);
const BIG: Data = Data::file(Content::Binary, 600 * MB, Place::Ram);
const TEXT: Data = Data::file(Content::Text, 200 * MB, Place::Ram);
const BINARY: Data = Data::file(Content::Binary, 200 * MB, Place::Ram);
const ON_DISK: Data = Data::file(Content::Binary, 400 * MB, Place::Disk);
const IN_RAM: Data = Data::file(Content::Binary, 400 * MB, Place::Ram);
const TINY: Data = Data::file(Content::Text, 100, Place::Ram).of_fixed_size();

fn rows() -> Vec<Row> {
    let mut rows = whole_files();
    rows.extend(transformations());
    rows
}

/// Bytes go through as they are.
fn whole_files() -> Vec<Row> {
    vec![
        Row::new(
            "small-cold",
            "4,000 files of about 4 KiB in 20 folders, cold cache, to /dev/null",
            SMALL_FILES,
        )
        .cold()
        .at_least(4.5, Peer::GnuLatest)
        .setting_at_least(Setting::THREADS, 3.0, Peer::GnuLatest),
        Row::new("small-warm", "the same files from the page cache, to /dev/null", SMALL_FILES)
            .because(LOOKED_AT),
        Row::new("pipe", "600 MB from RAM into wc -c", BIG)
            .wiring(Wiring::Wc)
            .with(Peer::Pv)
            .at_least(2.6, Peer::GnuLatest)
            .at_least(1.0, Peer::Pv),
        Row::new("pipe-discard", "600 MB from RAM into a pipe to a splicing consumer", BIG)
            .wiring(Wiring::Discard)
            .with(Peer::Pv),
        Row::new("pipe-to-pipe", "600 MB from a splicing producer to a splicing consumer", BIG)
            .wiring(Wiring::PipeToPipe)
            .with(Peer::Pv)
            .at_least(6.0, Peer::GnuLatest),
        Row::new("socket", "600 MB from RAM into a Unix socket that is read elsewhere", BIG)
            .wiring(Wiring::Socket)
            .because(SOCKET),
        Row::new("null", "600 MB from RAM to /dev/null", BIG).at_least(5.0, Peer::GnuLatest),
        Row::new("file-disk", "400 MB from file to new file on the disk file system, cached", ON_DISK)
            .wiring(Wiring::File(Place::Disk))
            .because(BY_THE_KERNEL)
            .at_least(1.0, Peer::GnuLatest),
        Row::new("file-ram", "400 MB from file to new file on tmpfs", IN_RAM)
            .wiring(Wiring::File(Place::Ram))
            .because(BY_THE_KERNEL)
            .at_least(1.0, Peer::GnuLatest),
        Row::new("tiny", "a file of 100 bytes to /dev/null, from exec to exit, 200 times", TINY)
            .repeat(200)
            .because(super::START)
            .at_least(1.0, Peer::System),
    ]
}

/// Bytes are looked at. `busybox cat` has no -s and no -E.
fn transformations() -> Vec<Row> {
    let text = |name, about| Row::new(name, about, TEXT).at_least(4.0, Peer::GnuLatest);
    let binary = |name, about| Row::new(name, about, BINARY).at_least(6.0, Peer::GnuLatest);
    vec![
        text("number", "-n, 200 MB of text from RAM to /dev/null").option("-n"),
        text("number-nonblank", "-b, 200 MB of text from RAM to /dev/null").option("-b"),
        text("squeeze", "-s, 200 MB of text from RAM to /dev/null").option("-s").without(Peer::Busybox),
        text("ends", "-E, 200 MB of text from RAM to /dev/null").option("-E").without(Peer::Busybox),
        binary("show-all", "-A, 200 MB of random bytes from RAM to /dev/null").option("-A"),
        binary("nonprinting", "-v, 200 MB of random bytes from RAM to /dev/null").option("-v"),
    ]
}
