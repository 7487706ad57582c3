//! The questions of technique: one and the same work, by our own commands under different settings. The first setting
//! of a row is the one that the others are compared with. What the answers are is computed by
//! [`crate::document::technique`].
//!
//! Where a command does not leave the choice, or does more than the question is about, it is asked of the runtime
//! itself: [`crate::reading`]. What is warm is in the page cache of a disk's file system, as tmpfs has every read done
//! by a worker thread.

use crate::data::content::Content;
use crate::data::{Data, Place};
use crate::row::{Ground, Program, Row, Setting, Tool, Wiring};

pub const TOOL: Tool = Tool {
    name: "technique",
    binary: None,
    peers: &[],
    words: |_, options| Some(options.to_vec()),
    peak_limit_mib: 96,
    rows,
};

const UCAT: Program = Program::File(env!("CARGO_BIN_EXE_ucat"));
const UCP: Program = Program::File(env!("CARGO_BIN_EXE_ucp"));
const UHASH: Program = Program::File(env!("CARGO_BIN_EXE_uhash"));
const FILES: Program = Program::This("files");
const BLOCKS: Program = Program::This("blocks");

const MB: u64 = 1_000_000;

const SMALL_FILES: Data = Data::tree(20, 4000, 4096, Place::Disk);
const LARGE: Data = Data::file(Content::Binary, 400 * MB, Place::Disk);
const MEDIUM: Data = Data::file(Content::Binary, 200 * MB, Place::Disk);
const LITTLE: Data = Data::file(Content::Binary, 60 * MB, Place::Disk);
const TEXT: Data = Data::file(Content::Text, 200 * MB, Place::Ram);

/// A ring, or an error, but nothing in its place.
const fn ring(label: &'static str) -> Setting {
    Setting::new(label, "engine=uring")
}

/// One setting for each value of a key, all with what is in front of it.
macro_rules! sweep {
    ($before:literal, $key:literal, $($value:literal)+) => {
        &[$(Setting::new(concat!($key, "=", $value), concat!($before, $key, "=", $value))),+]
    };
}

fn rows() -> Vec<Row> {
    let questions =
        [engine(), depth(), block(), buffers(), descriptors(), chains(), polling(), past_the_cache()];
    questions.into_iter().flatten().collect()
}

fn row(name: &'static str, about: &'static str, data: Data, by: Program) -> Row {
    Row::new(name, about, data).by(by)
}

/// By one of the checksum commands, which are hardly ever faster than the disk.
fn sha256(name: &'static str, about: &'static str, data: Data) -> Row {
    row(name, about, data, UHASH).called("sha256sum")
}

fn engine() -> Vec<Row> {
    let settings = [Setting::THREADS, ring("ring")];
    let rows = [
        row("engine-cat", "ucat of 4,000 files of about 4 KiB in 20 folders, cold cache", SMALL_FILES, UCAT)
            .cold(),
        sha256("engine-hash", "uhash of the same files, SHA-256, cold cache", SMALL_FILES).cold(),
        row("engine-cp", "ucp -r of the same files, cold cache", SMALL_FILES, UCP)
            .option("-r")
            .wiring(Wiring::Copy(Ground::Place(Place::Disk)))
            .cold(),
        sha256("engine-large", "uhash of one cached file of 400 MB, SHA-256", LARGE),
        row("engine-blocks", "60 MB of a cached file, read in blocks of 4 KiB", LITTLE, BLOCKS),
    ];
    rows.map(|row| row.asking("engine", &settings)).into()
}

fn depth() -> Vec<Row> {
    const PLAIN: &[Setting] = sweep!("engine=uring,", "depth", 1 2 4 8 16 32 64 128 256);
    const CACHED: &[Setting] = sweep!("engine=uring,block=64K,", "depth", 1 2 4 8 16 32 64 128 256);
    const DIRECT: &[Setting] = sweep!("engine=uring,direct,block=64K,", "depth", 1 2 4 8 16 32 64 128 256);
    vec![
        row("depth-cat", "ucat of 4,000 files of about 4 KiB, cold cache", SMALL_FILES, UCAT)
            .cold()
            .asking("depth", PLAIN),
        sha256("depth-hash", "uhash of the same files, SHA-256, cold cache", SMALL_FILES)
            .cold()
            .asking("depth", PLAIN),
        row("depth-warm", "ucat of the same files from the page cache", SMALL_FILES, UCAT)
            .repeat(5)
            .asking("depth", PLAIN),
        row("depth-large", "200 MB of one file in blocks of 64 KiB, cold cache", MEDIUM, BLOCKS)
            .cold()
            .asking("depth", CACHED),
        row("depth-direct", "the same blocks past the page cache", MEDIUM, BLOCKS).asking("depth", DIRECT),
    ]
}

fn block() -> Vec<Row> {
    const TEXT_BLOCKS: &[Setting] =
        sweep!("", "block", "4K" "8K" "16K" "32K" "64K" "128K" "256K" "512K" "1M" "2M" "4M");
    const AHEAD: &[Setting] =
        sweep!("engine=uring,", "block", "4K" "8K" "16K" "32K" "64K" "128K" "256K" "512K" "1M" "2M" "4M");
    const DIRECT: &[Setting] = sweep!("engine=uring,direct,depth=4,", "block",
        "4K" "8K" "16K" "32K" "64K" "128K" "256K" "512K" "1M" "2M" "4M");
    vec![
        row("block-number", "ucat -n of 200 MB of text in RAM", TEXT, UCAT)
            .option("-n")
            .asking("block", TEXT_BLOCKS),
        sha256("block-hash", "uhash of one cached file of 200 MB, SHA-256", MEDIUM).asking("block", AHEAD),
        sha256("block-cold", "uhash of the same file, cold cache", MEDIUM).cold().asking("block", AHEAD),
        row("block-direct", "ucat of the same file past the page cache, four blocks at a time", MEDIUM, UCAT)
            .asking("block", DIRECT),
    ]
}

fn buffers() -> Vec<Row> {
    let blocks = |row: Row, list| {
        let registered = Setting::new("registered", list).words(&["registered"]);
        row.asking("buffers", &[Setting::new("plain", list), registered])
    };
    vec![
        blocks(
            row("buffers-small", "200 MB of a cached file in blocks of 4 KiB", MEDIUM, BLOCKS),
            "engine=uring",
        ),
        blocks(
            row("buffers-large", "the same file in blocks of 1 MiB", MEDIUM, BLOCKS),
            "engine=uring,depth=4,block=1M",
        ),
        blocks(
            row("buffers-direct", "60 MB in blocks of 4 KiB past the page cache", LITTLE, BLOCKS),
            "engine=uring,direct",
        ),
        sha256("buffers-hash", "uhash of one cached file of 400 MB, SHA-256", LARGE)
            .asking("buffers", &[Setting::new("plain", "engine=uring,plain"), ring("registered")]),
    ]
}

/// Whether files are opened, read and closed step by step, or how else: words of [`crate::reading`].
const STEPS: &[&str] = &["steps"];
const DIRECT_STEPS: &[&str] = &["direct-steps"];

fn descriptors() -> Vec<Row> {
    let files = [ring("ordinary").words(STEPS), ring("direct").words(DIRECT_STEPS)];
    let blocks = [ring("ordinary"), ring("direct").words(&["table"])];
    vec![
        row(
            "descriptors-cold",
            "4,000 files of about 4 KiB opened, read and closed in single steps, cold cache",
            SMALL_FILES,
            FILES,
        )
        .cold()
        .asking("descriptors", &files),
        row("descriptors-warm", "the same files from the page cache", SMALL_FILES, FILES)
            .repeat(5)
            .asking("descriptors", &files),
        row("descriptors-blocks", "200 MB of one cached file in blocks of 4 KiB", MEDIUM, BLOCKS)
            .asking("descriptors", &blocks),
    ]
}

fn chains() -> Vec<Row> {
    let settings = [
        ring("single steps").words(DIRECT_STEPS),
        ring("chain").words(&["chain"]),
        ring("plain calls").words(&["calls"]),
    ];
    vec![
        row(
            "chains-cold",
            "4,000 files of about 4 KiB opened, read and closed, cold cache",
            SMALL_FILES,
            FILES,
        )
        .cold()
        .asking("chains", &settings),
        row("chains-warm", "the same files from the page cache", SMALL_FILES, FILES)
            .repeat(5)
            .asking("chains", &settings),
    ]
}

fn polling() -> Vec<Row> {
    let settings = [ring("system calls"), Setting::new("sqpoll", "engine=uring,sqpoll")];
    let rows = [
        row("sqpoll-cat", "ucat of 4,000 files of about 4 KiB, cold cache", SMALL_FILES, UCAT).cold(),
        row("sqpoll-blocks", "200 MB of a cached file in blocks of 4 KiB", MEDIUM, BLOCKS),
        sha256("sqpoll-hash", "uhash of one cached file of 400 MB, SHA-256", LARGE),
    ];
    rows.map(|row| row.asking("sqpoll", &settings)).into()
}

fn past_the_cache() -> Vec<Row> {
    let blocks = [
        Setting::new("page cache", "engine=uring,depth=4,block=1M"),
        Setting::new("O_DIRECT", "engine=uring,depth=4,block=1M,direct"),
    ];
    let command = [ring("page cache"), Setting::new("O_DIRECT", "engine=uring,direct")];
    vec![
        row("direct-cold", "400 MB of one file in blocks of 1 MiB, cold cache", LARGE, BLOCKS)
            .cold()
            .asking("direct", &blocks),
        sha256("direct-hash", "uhash of the same file, SHA-256, cold cache", LARGE)
            .cold()
            .asking("direct", &command),
        sha256("direct-warm", "uhash of the same file when it is cached", LARGE).asking("direct", &command),
    ]
}
