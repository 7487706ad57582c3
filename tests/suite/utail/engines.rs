//! Kernels, containers and limits that refuse what utail would like to use: the result is the same, and not a word is
//! said about it.
//!
//! Own engine: each command says which one it wants, and is refused things.

use super::model::{from_line, last_bytes, last_lines};
use super::numbered;
use crate::harness::{RING, Run, Scene, only_ours, refusals};

/// Calls that are nice to have: for each there is an older way.
const NICE: [i64; 16] = [
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
    libc::SYS_eventfd2,
    libc::SYS_epoll_create1,
    libc::SYS_memfd_create,
    libc::SYS_clone3,
    libc::SYS_sched_getaffinity,
    libc::SYS_getrandom,
];

/// Files to read, big and many, and what is last in all of them.
struct Library {
    t: Scene,
    big: String,
    names: Vec<String>,
    ends: String,
}

impl Library {
    fn new() -> Self {
        let t = Scene::in_memory();
        let big = numbered(150_000);
        t.file("big", &big).folder("d");
        let names: Vec<String> = (0..100).map(|i| format!("n{i}")).collect();
        let mut ends = String::new();
        for (i, name) in names.iter().enumerate() {
            t.file(name, format!("file {i}\n").repeat(i * 7 + 1));
            ends += &format!("file {i}\n");
        }
        Library { t, big, names, ends }
    }

    /// A command of every kind gives what it always gives when it is run as `how` says.
    #[track_caller]
    fn unchanged(&self, how: impl Fn(Run) -> Run) {
        let Library { t, big, names, ends } = self;
        let big = big.as_bytes();
        let tail = |words: &[&str]| how(t.tail(words).any_engine());
        tail(&["-n100000", "big"]).go().stdout_is(last_lines(100_000).of(big)).fine();
        tail(&["-n+70000", "big"]).go().stdout_is(from_line(70_000).of(big)).fine();
        tail(&["-c500000"]).redirect("<big >out").go().fine();
        t.holds("out", last_bytes(500_000).of(big));
        tail(&["-n1000", "-"]).stdin(big).go().stdout_is(last_lines(1000).of(big)).fine();
        tail(&["-qn1"]).args(names).go().stdout_is(ends).fine();
        let expected = "tail: cannot open 'gone' for reading: No such file or directory\nfile 1\n\
                        tail: error reading 'd': Is a directory\n";
        tail(&["-qn1", "gone", "n1", "d"]).redirect("2>&1").go().stdout_is(expected).code(1);
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
    let library = Library::new();
    for errno in [libc::EPERM, libc::ENOSYS] {
        for run in [
            library.t.tail(&["--ring=engine=uring", "-q"]).any_engine(),
            library.t.tail(&["-q"]).env("RINGUTILS", "engine=uring"),
        ] {
            run.args(&library.names).deny(errno, &RING).go().stdout_is("").stderr_has("io_uring").code(1);
        }
    }
}

#[test]
fn calls_that_are_refused() {
    let library = Library::new();
    refusals::calls(&NICE, |how| library.unchanged(how));
}

#[test]
fn no_memory_may_be_locked_and_no_thread_started() {
    let library = Library::new();
    refusals::locked_memory(&[0, 64 << 10], |how| library.unchanged(how));
    refusals::threads(|how| library.unchanged(how));
}

#[test]
fn few_descriptors() {
    let library = Library::new();
    refusals::descriptors(&[4, 5, 6, 8, 12, 32], |how| library.unchanged(how));
}
