//! Seccomp filters: kernels and containers that lack, or forbid, system calls.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

/// The calls of `io_uring`.
pub const RING: [i64; 3] = [libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

/// A filter that answers `errno` to each of `calls` and lets everything else pass.
pub fn answering(errno: i32, calls: &[i64]) -> BpfProgram {
    let rules: BTreeMap<i64, Vec<_>> = calls.iter().map(|&call| (call, vec![])).collect();
    let errno = u32::try_from(errno).expect("an error number");
    let architecture = std::env::consts::ARCH.try_into().expect("an architecture seccompiler knows");
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno), architecture)
        .expect("a filter")
        .try_into()
        .expect("a program")
}
