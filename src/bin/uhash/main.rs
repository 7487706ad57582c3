//! uhash: checksums of files, as cksum, sha256sum and their like do.
//!
//! * [`options`]: what to do; [`algorithm`]: what can be computed; [`item`]: what flows through the rest.
//! * [`digest`]: the arithmetic; [`hardware`]: what `--debug` tells of it.
//! * [`report`]: who tells.
#![forbid(unsafe_code)]

mod algorithm;
mod digest;
mod hardware;
mod item;
mod options;
mod report;

fn main() {}
