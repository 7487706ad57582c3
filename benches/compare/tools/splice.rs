//! The rows of `usplice`, which has no counterpart of GNU's: people use `pv`, `dd` and `tee` for its work.

use crate::data::content::Content;
use crate::data::{Data, Place};
use crate::row::{Ground, Peer, Row, Tool, Wiring};

pub const TOOL: Tool = Tool {
    name: "splice",
    binary: Some(env!("CARGO_BIN_EXE_usplice")),
    peers: &[Peer::Pv, Peer::SpliceLoop, Peer::Dd, Peer::Cp, Peer::Tee],
    words: |_, options| Some(options.to_vec()),
    peak_limit_mib: 24,
    rows,
};

const MB: u64 = 1_000_000;

/// Why others are as fast, or faster.
const SAME_CALLS: &str = "It is the same calls for pieces of the same size. Between two of them usplice \
    looks at the clock, for signals, the meter and limits; the loop does nothing else.";
const SOCKET: &str = "The kernel copies into a socket, whoever asks it to and by whatever call, and all \
    wait for who reads at the other end. usplice has a worker of the ring wait for it, so that it can \
    answer signals meanwhile, which costs a change of threads for each piece.";
const BY_THE_KERNEL: &str = "The kernel has to copy the pages, whoever asks it to. What differs is the \
    machine's other business.";

const BIG: Data = Data::file(Content::Binary, 600 * MB, Place::Ram);
const ON_DISK: Data = Data::file(Content::Binary, 400 * MB, Place::Disk);
const IN_RAM: Data = Data::file(Content::Binary, 400 * MB, Place::Ram);
const TEN_SECONDS: Data = Data::file(Content::Binary, 100 * MB, Place::Ram);
const TINY: Data = Data::file(Content::Text, 100, Place::Ram).of_fixed_size();

fn rows() -> Vec<Row> {
    let mut rows = through();
    rows.extend(files());
    rows
}

fn row(name: &'static str, about: &'static str, data: Data) -> Row {
    let row = Row::new(name, about, data);
    [Peer::GnuLatest, Peer::System, Peer::Busybox, Peer::Uutils].into_iter().fold(row, Row::without)
}

/// From one end to another one, as fast as `splice(2)` by itself.
fn stream(name: &'static str, about: &'static str, wiring: Wiring) -> Row {
    row(name, about, BIG)
        .wiring(wiring)
        .with(Peer::Pv)
        .with(Peer::SpliceLoop)
        .with(Peer::Dd)
        .at_least(1.0, Peer::Pv)
        .at_least(1.0, Peer::SpliceLoop)
        .at_least(2.5, Peer::Dd)
        .cpu_at_most(Peer::Pv)
}

fn through() -> Vec<Row> {
    vec![
        stream("pipe", "600 MB from RAM into a pipe to a splicing consumer", Wiring::Discard)
            .because(SAME_CALLS),
        stream("pipe-to-pipe", "600 MB from a splicing producer to a splicing consumer", Wiring::PipeToPipe)
            .because(SAME_CALLS),
        stream("unix", "600 MB from RAM into a Unix socket that is read elsewhere", Wiring::Socket)
            .because(SOCKET),
        stream("tcp", "600 MB from RAM into a TCP socket that is read elsewhere", Wiring::Tcp)
            .because(SOCKET),
        row("tee", "600 MB from a pipe to four pipes with splicing consumers and a file in RAM", BIG)
            .wiring(Wiring::Fan(Place::Ram))
            .with(Peer::Tee)
            .at_least(2.0, Peer::Tee),
        row("rate", "-L 10M, 100 MB from RAM to /dev/null", TEN_SECONDS)
            .option("-L")
            .option("10000000")
            .with(Peer::Pv)
            .paced(10 * MB)
            .at_most(2.0),
        row("tiny", "a file of 100 bytes to /dev/null, from exec to exit, 200 times", TINY)
            .repeat(200)
            .with(Peer::Pv)
            .with(Peer::Dd)
            .at_least(1.0, Peer::Dd),
    ]
}

/// From file to file: the command opens its output, or finds it open.
fn files() -> Vec<Row> {
    let named = |name, about, data, place| {
        row(name, about, data)
            .wiring(Wiring::Copy(Ground::Place(place)))
            .with(Peer::Dd)
            .with(Peer::Cp)
            .because(BY_THE_KERNEL)
            .at_least(1.0, Peer::Dd)
            .at_least(1.0, Peer::Cp)
    };
    let open = |name, about, data, place| {
        row(name, about, data)
            .wiring(Wiring::File(place))
            .with(Peer::Pv)
            .with(Peer::SpliceLoop)
            .with(Peer::Dd)
            .because(BY_THE_KERNEL)
            .at_least(1.0, Peer::Dd)
            .cpu_at_most(Peer::Pv)
    };
    vec![
        named(
            "file-disk",
            "400 MB from file to new file on the disk file system, cached",
            ON_DISK,
            Place::Disk,
        ),
        named("file-ram", "400 MB from file to new file on tmpfs", IN_RAM, Place::Ram),
        open(
            "stdout-disk",
            "400 MB from file to standard output, a new file on the disk",
            ON_DISK,
            Place::Disk,
        ),
        open("stdout-ram", "400 MB from file to standard output, a new file on tmpfs", IN_RAM, Place::Ram),
    ]
}
