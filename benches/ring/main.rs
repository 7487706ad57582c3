//! The price of the runtime: the same no-ops and the same cached 4 KiB reads, once through [`ringutils::ring`] and once
//! by a bare loop on the `io-uring` crate, at depth 1, 8 and 64.
//!
//! Both set their rings up with the same flags. The bare loop calls its ring by the descriptor, as the crate does.
//!
//! Interleaved rounds; a row shows the median time of one operation for each and the median of the paired ratios. With
//! `--strict` a ratio above 1.10 fails.
#![allow(unsafe_code, reason = "the bare loop is the point of comparison")]
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "small numbers, for people")]

use std::fs::File;
use std::future::Future;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::process::ExitCode;
use std::time::Instant;

use io_uring::{IoUring, opcode, types};
use ringutils::ring::{Buf, Config, EngineChoice, Fd, Pool, Ring};

const DEPTHS: [usize; 3] = [1, 8, 64];
const BLOCK: usize = 4096;
const ROUNDS: usize = 31;
/// Blocks in the file that is read.
const BLOCKS: u64 = 1024;

/// The least a program can do: fill the queue, one enter, reap, refill. Each operation has a place (and with it a
/// buffer), which is free again once its result has been looked at.
fn bare(
    ring: &mut IoUring,
    depth: usize,
    total: usize,
    expected: usize,
    mut entry: impl FnMut(usize) -> io_uring::squeue::Entry,
) {
    let (mut started, mut finished) = (0, 0);
    let mut free: Vec<usize> = (0..depth).collect();
    while finished < total {
        while started < total
            && let Some(place) = free.pop()
        {
            // SAFETY: the entries point into buffers that outlive the loop.
            unsafe { ring.submission().push(&entry(place).user_data(place as u64)) }.expect("room");
            started += 1;
        }
        match ring.submit_and_wait(1) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => drop(result.expect("enter")),
        }
        for completion in ring.completion() {
            assert_eq!(usize::try_from(completion.result()), Ok(expected));
            free.push(usize::try_from(completion.user_data()).expect("a place"));
            finished += 1;
        }
    }
}

fn bare_nops(depth: usize, total: usize) -> f64 {
    let mut ring = build();
    let start = Instant::now();
    bare(&mut ring, depth, total, 0, |_| opcode::Nop::new().build());
    nanos(start, total)
}

fn bare_reads(file: &File, depth: usize, total: usize) -> f64 {
    let mut ring = build();
    // Page-aligned, as the runtime's buffers are.
    let pool = Pool::new(BLOCK, u32::try_from(depth).expect("small")).expect("memory");
    let mut bufs: Vec<Buf> = (0..depth).map(|_| pool.take().expect("as many as taken")).collect();
    let fd = types::Fd(file.as_raw_fd());
    let mut next = 0;
    let start = Instant::now();
    bare(&mut ring, depth, total, BLOCK, |place| {
        next += 1;
        let at = next % BLOCKS * BLOCK as u64;
        opcode::Read::new(fd, bufs[place].spare().as_mut_ptr(), BLOCK as u32).offset(at).build()
    });
    nanos(start, total)
}

fn build() -> IoUring {
    IoUring::builder()
        .setup_single_issuer()
        .setup_defer_taskrun()
        .setup_submit_all()
        .setup_no_sqarray()
        .build(128)
        .expect("this benchmark needs io_uring")
}

fn ours() -> Ring {
    let config = Config { engine: EngineChoice::Uring, ..Config::default() };
    Ring::new(&config).expect("this benchmark needs io_uring")
}

/// As [`bare`], through the runtime: each operation has a place, where the next one is started once its result has been
/// looked at.
async fn through<F: Future + Unpin>(
    depth: usize,
    total: usize,
    mut start: impl FnMut() -> F,
    check: impl Fn(F::Output),
) {
    assert!(total >= depth && total.is_multiple_of(depth), "each place has as many operations");
    let mut places: Vec<F> = (0..depth).map(|_| start()).collect();
    for _ in 1..total / depth {
        for place in &mut places {
            check((&mut *place).await);
            *place = start();
        }
    }
    for place in places {
        check(place.await);
    }
}

fn our_nops(depth: usize, total: usize) -> f64 {
    let ring = ours();
    let start = Instant::now();
    ring.block_on(through(depth, total, || ring.nop(), |result| assert_eq!(result, 0)));
    nanos(start, total)
}

fn our_reads(file: &File, depth: usize, total: usize) -> f64 {
    let ring = ours();
    let pool = Pool::new(BLOCK, u32::try_from(depth).expect("small")).expect("memory");
    let fd = Fd::new(file.try_clone().expect("dup").into());
    let mut next = 0;
    let read = || {
        next += 1;
        let at = next % BLOCKS * BLOCK as u64;
        ring.read(&fd, pool.take().expect("as many as the depth"), Some(at))
    };
    let start = Instant::now();
    ring.block_on(through(depth, total, read, |buf| assert_eq!(buf.expect("a read").len(), BLOCK)));
    nanos(start, total)
}

fn nanos(start: Instant, total: usize) -> f64 {
    start.elapsed().as_secs_f64() * 1e9 / total as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn row(
    out: &mut impl Write,
    name: &str,
    mut ours: impl FnMut() -> f64,
    mut bare: impl FnMut() -> f64,
) -> f64 {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Who goes first changes, so that neither profits from the other's warmth.
        if round % 2 == 0 {
            a.push(ours());
            b.push(bare());
        } else {
            b.push(bare());
            a.push(ours());
        }
    }
    let ratio = median(a.iter().zip(&b).map(|(a, b)| a / b).collect());
    let _ = writeln!(out, "{name:<22}{:>10.1} ns{:>10.1} ns{ratio:>9.3}", median(a), median(b));
    ratio
}

fn main() -> ExitCode {
    let strict = std::env::args().any(|arg| arg == "--strict");
    let mut out = io::stdout();
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(&vec![7; BLOCK * BLOCKS as usize]).expect("4 MiB of space");
    let _ = writeln!(out, "{:<22}{:>13}{:>13}{:>9}", "", "ringutils", "bare loop", "ratio");
    let mut worst: f64 = 0.0;
    for depth in DEPTHS {
        let total = if depth == 1 { 50_000 } else { 200_000 };
        let name = format!("no-op, depth {depth}");
        worst = worst.max(row(&mut out, &name, || our_nops(depth, total), || bare_nops(depth, total)));
        let total = 32_000;
        let name = format!("4 KiB read, depth {depth}");
        let (ours, bare) = (|| our_reads(&file, depth, total), || bare_reads(&file, depth, total));
        worst = worst.max(row(&mut out, &name, ours, bare));
    }
    if strict && worst > 1.10 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
