//! Sizes around every edge of a block, a chunk, a buffer.

use super::{DIGESTS, NEWER_TYPES, NUMBERS, TYPES, newest, noise};
use crate::harness::{Run, Scene, oracles};

const KIB: usize = 1024;

/// Around the blocks of the algorithms, the chunks of BLAKE3, pages, and what is read at once.
fn small() -> Vec<usize> {
    let edges = [512, KIB, 2 * KIB, 4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB, 256 * KIB];
    let blocks = (0..=16).chain(55..=65).chain(111..=129).chain(135..=145).chain(167..=169);
    blocks.chain(edges.iter().flat_map(|edge| edge - 1..=edge + 1)).collect()
}

fn around(size: usize) -> [usize; 3] {
    [size - 1, size, size + 1]
}

/// Files of these sizes, and their names.
fn files(sizes: &[usize]) -> (Scene, Vec<String>) {
    let t = Scene::in_memory();
    let bytes = noise(sizes.iter().copied().max().unwrap_or_default());
    let name = |size: &usize| {
        let name = format!("s{size}");
        t.file(&name, &bytes[..*size]);
        name
    };
    let names = sizes.iter().map(name).collect();
    (t, names)
}

fn types() -> impl Iterator<Item = &'static &'static [&'static str]> {
    TYPES.iter().chain(&NEWER_TYPES).chain(&NUMBERS)
}

#[test]
fn around_small_edges() {
    let (t, names) = files(&small());
    let gnu = newest("cksum");
    for kind in types() {
        t.sum("cksum", kind).args(&names).like(&gnu).fine();
    }
    for name in DIGESTS {
        t.sum(name, &names).like(&oracles(name)).fine();
    }
    for options in ["-r", "-s"] {
        t.sum("sum", &[options]).args(&names).like(&oracles("sum")).fine();
    }
}

#[test]
fn around_a_megabyte() {
    let (t, names) = files(&around(KIB * KIB));
    for kind in types() {
        t.sum("cksum", kind).args(&names).like(&newest("cksum")).fine();
    }
}

/// Alone, so that it is not one of several that are computed at once; and several at once.
#[test]
fn around_large_edges() {
    let (t, names) = files(&[around(4 * KIB * KIB), around(16 * KIB * KIB)].concat());
    for kind in ["md5", "sha256", "sha512", "crc", "bsd"] {
        t.sum("cksum", &["-a", kind]).args(&names).like(&newest("cksum")).fine();
    }
    for name in &names {
        for command in ["sha1sum", "b2sum"] {
            t.sum(command, &[name]).like(&oracles(command)).fine();
        }
    }
}

/// How bytes get to standard input: those of a file, and how many of them there are.
type Way<'a> = &'a dyn Fn(Run, &str, usize) -> Run;

/// The same sizes from standard input: a file, a pipe, a pipe whose writer takes its time.
#[test]
fn from_standard_input() {
    let sizes = [0, 1, 63, 64, 65, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072, 262_145, 1_048_577];
    let (t, names) = files(&sizes);
    let bytes = noise(1_048_577);
    let ways: [Way; 3] = [
        &|run, name, _| run.redirect(&format!("<{name}")),
        &|run, _, size| run.stdin(&bytes[..size]),
        &|run, _, size| {
            run.stdin_pieces(bytes[..size.min(99_999)].chunks(3001).map(<[u8]>::to_vec).collect())
        },
    ];
    for (name, size) in names.iter().zip(sizes) {
        for way in ways {
            way(t.sum("sha256sum", &[""; 0]), name, size).like(&oracles("sha256sum")).fine();
            way(t.sum("cksum", &["-"]), name, size).like(&newest("cksum")).fine();
        }
    }
}

/// The buffer that is read into is one thing, what comes at once is another.
#[test]
fn pieces_of_all_sizes() {
    let t = Scene::new();
    let bytes = noise(40_000);
    for size in [1, 7, 63, 65, 1000, 4096] {
        let pieces: Vec<Vec<u8>> = bytes[..size * 9].chunks(size).map(<[u8]>::to_vec).collect();
        for (command, args) in [("md5sum", &[][..]), ("cksum", &["-a", "bsd"]), ("cksum", &["-a", "crc32b"])]
        {
            let run = t.sum(command, args).stdin_pieces(pieces.clone());
            let whole = t.sum(command, args).stdin(&bytes[..size * 9]);
            run.go().stdout_is(whole.like(&newest(command)).stdout).fine();
        }
    }
}

/// Zeros that were never written, and more bytes than 32 bits can count if all were ones of a hundred blocks.
#[test]
fn holes() {
    let t = Scene::in_memory();
    let file = std::fs::File::create(t.path("hole")).unwrap();
    file.set_len(40_000_000).unwrap();
    for kind in ["crc", "sha1", "blake2b"] {
        t.sum("cksum", &["-a", kind, "hole"]).like(&newest("cksum")).fine();
    }
}
