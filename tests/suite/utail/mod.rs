//! `utail`, which is GNU's tail, following everything from one wait.

mod beyond;
mod bytes;
mod changing;
mod differential;
mod engines;
mod errors;
mod follow_beyond;
mod follow_ends;
mod follow_files;
mod follow_modes;
mod follow_names;
mod follow_overflow;
mod follow_rotations;
mod follow_stage;
mod follow_streams;
mod full_disk;
mod globs;
mod headers;
mod limits;
mod lines;
mod many_files;
mod model;
mod numbers;
mod obsolete;
mod options;
mod output;
mod quoting;
mod ring_options;
mod signals;
mod sizes;
mod special_files;
mod standard_input;
mod streams;
mod usage;

use crate::harness::{Tool, latest_oracle};

/// The newest GNU's tail, if there is one: where Debian's 9.1 behaves differently.
fn newest() -> Vec<Tool> {
    latest_oracle("tail").into_iter().collect()
}

/// The lines `1` to `count`.
fn numbered(count: usize) -> String {
    (1..=count).map(|n| format!("{n}\n")).collect()
}

/// A file of `size` zeros without any blocks, but for `end`, with which it ends.
fn sparse(path: &std::path::Path, size: u64, end: &[u8]) {
    use std::os::unix::fs::FileExt;
    let file = std::fs::File::create(path).unwrap();
    file.set_len(size).unwrap();
    file.write_all_at(end, size - end.len() as u64).unwrap();
}
