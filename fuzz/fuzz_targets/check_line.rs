//! Any bytes as a list of checksums. The parser belongs to a command, not to the library, so its modules are taken by
//! their paths; they depend on nothing else.
//!
//! In this folder: `cargo +nightly fuzz run check_line corpus/check_line seeds/check_line`
#![no_main]
#![allow(dead_code)]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/bin/uhash/algorithm.rs"]
mod algorithm;
#[path = "../../src/bin/uhash/line.rs"]
mod line;
#[path = "../../src/bin/uhash/options.rs"]
mod options;

#[path = "../../src/bin/uhash/check"]
mod check {
    pub mod b3sum;
    pub mod digits;
    pub mod line;
    pub mod round_trip;
}

fuzz_target!(|data: &[u8]| {
    check::round_trip::check(data);
});
