//! Little memory: whatever the input, a few megabytes more than the program itself needs are enough.

use super::{Limit, Run, gnu_under_test, has_io_uring};

const KIB: u64 = 1024;
const ENOUGH: u64 = 12 * 1024 * KIB;

/// The engines to be tested; for GNU's programs the variable means nothing.
fn engines() -> Vec<&'static str> {
    let uring = !gnu_under_test() && has_io_uring();
    ["threads"].into_iter().chain(uring.then_some("uring")).collect()
}

/// The smallest address space, to 64 KiB, in which the program can say its version, which `version` has it do.
fn least(version: &Run) -> u64 {
    let suffices = |kib: u64| version.clone().limit(Limit::AddressSpace(kib * KIB)).go().status.success();
    let (mut too_little, mut enough) = (64, 4 * 1024 * 1024);
    assert!(suffices(enough), "4 GiB do not suffice for --version");
    while enough - too_little > 64 {
        let middle = u64::midpoint(too_little, enough);
        if suffices(middle) {
            enough = middle;
        } else {
            too_little = middle;
        }
    }
    enough * KIB
}

/// Runs `command` with each engine in little more than what `version` needs, and so many bytes that it is to keep.
pub fn in_little_memory(version: &Run, kept: u64, command: impl Fn() -> Run, check: impl Fn(Run)) {
    let limit = Limit::AddressSpace(least(version) + ENOUGH + kept);
    for engine in engines() {
        check(command().env("RINGUTILS", format!("engine={engine}")).limit(limit));
    }
}
