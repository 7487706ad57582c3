//! uhash: checksums of files, as cksum, sha256sum and their like do.
//!
//! * [`options`]: what to do; [`algorithm`]: what can be computed; [`item`]: what flows through the rest.
//! * [`digest`]: the arithmetic.
//! * [`report`]: who tells.
#![forbid(unsafe_code)]

mod algorithm;
mod cores;
mod crew;
mod digest;
mod feed;
mod item;
mod names;
mod options;
mod order;
mod read;
mod report;
mod run;
mod walk;

fn main() {}
