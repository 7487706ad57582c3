//! The rows of `tail`.

use crate::data::content::Content;
use crate::data::{Data, Place};
use crate::row::{Follow, Peer, Row, Tool, Wiring};

pub const TOOL: Tool = Tool {
    name: "tail",
    binary: Some(env!("CARGO_BIN_EXE_utail")),
    peers: &[Peer::GnuLatest, Peer::System, Peer::Busybox, Peer::Uutils],
    words: |_, options| Some(options.to_vec()),
    peak_limit_mib: 24,
    rows,
};

const MB: u64 = 1_000_000;

/// Why others are as fast, or faster.
const LOOKED_AT: &str = "The files are cached: there is nothing to wait for, so nothing is won by not \
    waiting, and the look whether that is so costs a little for each file.";
const AWAKE: &str = "Most of that time the kernel takes to wake two processes, whatever they wait in, and \
    it matters where it has put them.";

/// Some 10,000,000 lines.
const LOG: Data = Data::file(Content::Log, 1000 * MB, Place::Ram);
const HUGE: Data = Data::ending(10_000 * MB, MB, Place::Disk);
const SMALL_FILES: Data = Data::tree_of(Content::Log, 20, 2000, 10 << 10, Place::Disk);
const TINY: Data = Data::file(Content::Text, 100, Place::Ram).of_fixed_size();
const SERVERS: Data = Data::tree_of(Content::Log, 10, 1000, 2048, Place::Ram);
const ONE: Data = Data::file(Content::Log, 2048, Place::Ram).of_fixed_size();

fn rows() -> Vec<Row> {
    let mut rows = ends();
    rows.extend(halves());
    rows.extend(following());
    rows
}

fn lines(name: &'static str, about: &'static str, data: Data) -> Row {
    Row::new(name, about, data).option("-n").option("10")
}

/// Only the last lines.
fn ends() -> Vec<Row> {
    vec![
        lines(
            "last-10g",
            "-n 10 of a sparse file of 10 GB that ends in lines, exec to exit, 100 times",
            HUGE,
        )
        .repeat(100)
        .because(super::START)
        .at_least(1.0, Peer::System),
        lines("last-1g", "-n 10 of a log of 1 GB in RAM, from exec to exit, 100 times", LOG)
            .repeat(100)
            .because(super::START)
            .at_least(1.0, Peer::System),
        lines("tiny", "-n 10 of a file of 100 bytes, from exec to exit, 200 times", TINY)
            .repeat(200)
            .because(super::START)
            .at_least(1.0, Peer::System),
        lines("small-cold", "-n 10 of 2,000 files of about 10 KiB in 20 folders, cold cache", SMALL_FILES)
            .cold()
            .at_least(4.0, Peer::GnuLatest),
        lines("small-cold-blocked", "the same, io_uring refused by seccomp for all", SMALL_FILES)
            .cold()
            .blocked()
            .at_least(3.0, Peer::GnuLatest),
        lines("small-warm", "-n 10 of the same files from the page cache", SMALL_FILES).because(LOOKED_AT),
        lines("pipe", "-n 10 of 1 GB that comes through a pipe", LOG).wiring(Wiring::PipeToPipe),
    ]
}

/// Much of a large log.
fn halves() -> Vec<Row> {
    let row = |name, about| Row::new(name, about, LOG).at_least(2.0, Peer::GnuLatest);
    // Busybox moves all that it has kept each time that it reads on: it would take minutes.
    let back = |name, about| row(name, about).amount("-n", "", 5_000_000).without(Peer::Busybox);
    let forward = |name, about| row(name, about).amount("-n", "+", 5_000_000);
    let bytes = |name, about| row(name, about).amount("-c", "", 300 << 20);
    vec![
        back("lines-back", "-n 5000000 of a log of 1 GB in RAM, to /dev/null"),
        back("lines-back-pipe", "the same into a pipe to a splicing consumer").wiring(Wiring::Discard),
        forward("lines-forward", "-n +5000000 of the same log, to /dev/null"),
        forward("lines-forward-pipe", "the same into a pipe to a splicing consumer").wiring(Wiring::Discard),
        bytes("bytes-300m", "-c 300M of the same log, to /dev/null"),
        bytes("bytes-300m-pipe", "the same into a pipe to a splicing consumer").wiring(Wiring::Discard),
    ]
}

/// Busybox looks once a second: it would take minutes, and say nothing about anybody.
fn following() -> Vec<Row> {
    let row = |name, about, data, follow| {
        Row::new(name, about, data).option("-f").option("-n").option("1").follow(follow)
    };
    vec![
        row(
            "follow-cpu",
            "-f, 1,000 files to which 100,000 lines are appended, one each in turn: processor time",
            SERVERS,
            Follow::Busy { lines: 100_000 },
        )
        .without(Peer::Busybox)
        .at_least(2.0, Peer::GnuLatest),
        row(
            "follow-latency",
            "-f, one file to which 200 lines are appended, 5 times: median from append to output",
            ONE,
            Follow::Delay { lines: 200 },
        )
        // The kernel keeps a process where it has put it, which matters as much as anything else.
        .repeat(5)
        .because(AWAKE)
        .without(Peer::Busybox)
        .at_least(1.0, Peer::GnuLatest),
        row(
            "follow-idle",
            "-f, 1,000 files to which nothing is appended for 10 s: wake-ups",
            SERVERS,
            Follow::Idle { milliseconds: 10_000 },
        )
        .at_most(0.0),
    ]
}
