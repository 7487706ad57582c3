//! How often a process woke up. Pure, so that the test suite can include this file.

use std::collections::BTreeMap;

/// How often each thread has given up the processor because it had to wait for something.
pub type Switches = BTreeMap<u32, u64>;

/// The voluntary context switches that `/proc/PID/task/TID/status` tells.
pub fn voluntary(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?;
    line.trim().parse().ok()
}

/// How often the threads woke up between two looks. Each switch was ended by a wake-up but for the one that a thread is
/// in; one that is gone has woken up to go, and one that is new was woken to begin.
pub fn between(before: &Switches, after: &Switches) -> u64 {
    let of_thread = |(thread, &now): (&u32, &u64)| match before.get(thread) {
        Some(then) => now.saturating_sub(*then),
        None => now + 1,
    };
    let gone = before.keys().filter(|thread| !after.contains_key(thread)).count() as u64;
    after.iter().map(of_thread).sum::<u64>() + gone
}
