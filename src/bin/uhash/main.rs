//! uhash: checksums of files, as cksum, sha256sum and their like do.
//!
//! * [`options`]: what to do; [`algorithm`]: what can be computed; [`item`]: what flows through the rest.
//! * [`digest`]: the arithmetic; [`line`]: its results as text; [`check`]: that text read, and compared.
//! * [`report`]: who tells; [`print`]: who tells results.
#![forbid(unsafe_code)]

mod algorithm;
mod check;
mod digest;
mod item;
mod line;
mod options;
mod print;
mod report;

fn main() {}
