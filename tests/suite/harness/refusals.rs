//! What kernels, containers and limits may refuse. Under each of it a command has to do what it always does, which is for
//! the test to say: `unchanged` gets a way to run commands, and fails if anything is not as ever.

use super::{Limit, RING, Run};

/// How commands are run.
type How<'a> = &'a dyn Fn(Run) -> Run;

/// Filters that know only some of `io_uring`'s three calls.
#[track_caller]
pub fn ring_that_can_not_be_used(unchanged: impl Fn(How<'_>)) {
    for calls in [&RING[..], &RING[1..2], &RING[2..3]] {
        unchanged(&|run| run.deny(libc::EPERM, calls));
    }
}

/// No ring is set up, for each of these reasons.
#[track_caller]
pub fn no_ring(errnos: &[i32], unchanged: impl Fn(How<'_>)) {
    for &errno in errnos {
        unchanged(&|run| run.deny(errno, &RING[..1]));
    }
}

/// Each of these calls is unknown; then all of them are, and forbidden, with a ring and without.
#[track_caller]
pub fn calls(nice: &[i64], unchanged: impl Fn(How<'_>)) {
    each_call(libc::ENOSYS, nice, &unchanged);
    for errno in [libc::ENOSYS, libc::EPERM] {
        unchanged(&|run| run.deny(errno, nice));
        unchanged(&|run| run.deny(errno, &[nice, &RING].concat()));
    }
}

/// One call after the other.
#[track_caller]
pub fn each_call(errno: i32, nice: &[i64], unchanged: impl Fn(How<'_>)) {
    for call in nice {
        unchanged(&|run| run.deny(errno, &[*call]));
    }
}

/// So little memory may be locked.
#[track_caller]
pub fn locked_memory(limits: &[u64], unchanged: impl Fn(How<'_>)) {
    for &bytes in limits {
        unchanged(&|run| run.without_rights().limit(Limit::LockedMemory(bytes)));
    }
}

/// No thread may be started; and with that no ring be set up, so that everything is done by the one thread there is.
#[track_caller]
pub fn threads(unchanged: impl Fn(How<'_>)) {
    unchanged(&|run| run.without_rights().limit(Limit::Processes(0)));
    unchanged(&|run| run.without_rights().limit(Limit::Processes(0)).deny(libc::EPERM, &RING));
}

/// So few descriptors may be open, with a ring and without.
#[track_caller]
pub fn descriptors(limits: &[u64], unchanged: impl Fn(How<'_>)) {
    for &count in limits {
        unchanged(&|run| run.limit(Limit::Files(count)));
        unchanged(&|run| run.limit(Limit::Files(count)).deny(libc::EPERM, &RING));
    }
}
