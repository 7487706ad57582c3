//! Kernels, containers and limits that refuse what ucat would like to use: the result is the same, and not a word
//! is said about it.
//!
//! Own engine: each command says which one it wants, and is refused things.

use super::model::Format;
use crate::harness::{Limit, RING, Run, Scene, only_ours, refusals};

/// Calls that are nice to have: for each there is an older way.
const NICE: [i64; 18] = [
    libc::SYS_openat2,
    libc::SYS_copy_file_range,
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_vmsplice,
    libc::SYS_sendfile,
    libc::SYS_statx,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_preadv2,
    libc::SYS_pwritev2,
    libc::SYS_eventfd2,
    libc::SYS_epoll_create1,
    libc::SYS_pipe2,
    libc::SYS_memfd_create,
    libc::SYS_clone3,
    libc::SYS_sched_getaffinity,
    libc::SYS_getrandom,
];

/// Files to read, big and many, and what they are together.
struct Library {
    t: Scene,
    big: String,
    names: Vec<String>,
    all: String,
}

impl Library {
    fn new() -> Self {
        let t = Scene::new();
        let big = "0123456789abcde\n".repeat(100_000);
        t.file("big", &big).folder("d");
        let names: Vec<String> = (0..100).map(|i| format!("n{i}")).collect();
        let mut all = String::new();
        for (i, name) in names.iter().enumerate() {
            let text = format!("file {i}\n").repeat(i * 7);
            t.file(name, &text);
            all += &text;
        }
        Library { t, big, names, all }
    }

    /// A command of every kind gives what it always gives when it is run as `how` says.
    #[track_caller]
    fn unchanged(&self, how: impl Fn(Run) -> Run) {
        let Library { t, big, names, all } = self;
        let cat = |words: &[&str]| how(t.cat(words).any_engine());
        cat(&["big", "n1"]).go().stdout_is([big, "file 1\n".repeat(7).as_str()].concat()).fine();
        cat(&["-nE", "big"]).go().stdout_is(Format::of("-nE").apply(big.as_bytes())).fine();
        cat(&["-"]).stdin(big.as_str()).go().stdout_is(big).fine();
        cat(&[]).redirect("<big").go().stdout_is(big).fine();
        cat(&["n3"]).go().stdout_is("file 3\n".repeat(21)).fine();
        cat(&[]).args(names).go().stdout_is(all).fine();
        for redirection in [">out", ">>out"] {
            t.file("out", "");
            cat(&["big"]).args(names).redirect(redirection).go().fine();
            t.holds("out", [big.as_str(), all].concat());
        }
        let expected = "cat: gone: No such file or directory\nfile 1\nfile 1\nfile 1\nfile 1\nfile 1\nfile 1\nfile 1\n\
                        cat: d: Is a directory\n";
        cat(&["gone", "n1", "d"]).redirect("2>&1").go().stdout_is(expected).code(1);
    }
}

#[test]
fn no_ring_is_granted() {
    let library = Library::new();
    let errnos = [libc::EPERM, libc::ENOSYS, libc::EACCES, libc::ENOMEM, libc::EMFILE, libc::EINVAL];
    refusals::no_ring(&errnos, |how| library.unchanged(how));
}

#[test]
fn a_ring_that_can_not_be_used() {
    let library = Library::new();
    refusals::ring_that_can_not_be_used(|how| library.unchanged(how));
}

#[test]
fn no_ring_where_one_is_demanded() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("big", "x\n".repeat(1_000_000));
    for errno in [libc::EPERM, libc::ENOSYS] {
        for run in [
            t.cat(&["--ring=engine=uring", "big"]).any_engine(),
            t.cat(&["big"]).env("RINGUTILS", "engine=uring"),
        ] {
            run.deny(errno, &RING).go().stdout_is("").stderr_has("io_uring").code(1);
        }
    }
}

#[test]
fn calls_that_are_unknown_one_by_one() {
    let library = Library::new();
    refusals::each_call(libc::ENOSYS, &NICE, |how| library.unchanged(how));
}

#[test]
fn calls_that_are_forbidden_one_by_one() {
    let library = Library::new();
    refusals::each_call(libc::EPERM, &NICE, |how| library.unchanged(how));
}

#[test]
fn all_of_that_at_once() {
    let library = Library::new();
    let all = [&NICE[..], &RING[..]].concat();
    for errno in [libc::ENOSYS, libc::EPERM] {
        library.unchanged(|run| run.deny(errno, &all));
    }
    // With a ring, but with none of the others.
    library.unchanged(|run| run.deny(libc::ENOSYS, &NICE));
}

#[test]
fn no_memory_may_be_locked() {
    let library = Library::new();
    refusals::locked_memory(&[0, 4096, 64 << 10], |how| library.unchanged(how));
}

#[test]
fn no_thread_may_be_started() {
    let library = Library::new();
    refusals::threads(|how| library.unchanged(how));
    library.unchanged(|run| run.without_rights().limit(Limit::Processes(0)).limit(Limit::LockedMemory(0)));
}

#[test]
fn few_descriptors() {
    let library = Library::new();
    refusals::descriptors(&[4, 5, 6, 7, 8, 12, 16, 32], |how| library.unchanged(how));
}
