//! Kernels, containers and limits that refuse what uhash would like to use: the result is the same, and not a word is
//! said about it.
//!
//! Own engine: each command says which one it wants, and is refused things.

use super::{HELLO, noise};
use crate::harness::{Limit, RING, Run, Scene, only_ours, refusals};

/// Calls that are nice to have: for each there is an older way.
const NICE: [i64; 12] = [
    libc::SYS_openat2,
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
    libc::SYS_madvise,
];

/// Files, big and many; what is printed of them; a list of them.
struct Library {
    t: Scene,
    lines: Vec<u8>,
    results: Vec<u8>,
}

impl Library {
    fn new() -> Self {
        let t = Scene::new();
        let bytes = noise(3_000_000);
        t.file("big", &bytes).folder("d");
        for i in 0..120 {
            t.file(format!("n{i}"), &bytes[..i * 71]);
        }
        let lines = t.sum("sha1sum", &Self::names()).any_engine().go().fine().stdout;
        t.file("list", &lines);
        let results =
            Self::names().iter().map(|name| format!("{name}: OK\n")).collect::<String>().into_bytes();
        Library { t, lines, results }
    }

    fn names() -> Vec<String> {
        (0..120).map(|i| if i == 50 { "big".into() } else { format!("n{i}") }).collect()
    }

    #[track_caller]
    fn unchanged(&self, how: impl Fn(Run) -> Run) {
        let Library { t, lines, results } = self;
        let sum = |args: &[&str]| how(t.sum("sha1sum", args).any_engine());
        sum(&[]).args(&Self::names()).go().stdout_is(lines).fine();
        sum(&["-c", "list"]).go().stdout_is(results).fine();
        sum(&[]).redirect("<n1").go().stdout_is(sum(&["-"]).redirect("<n1").go().stdout).fine();
        let last = lines.split_inclusive(|&byte| byte == b'\n').next_back().unwrap_or_default();
        let expected =
            [b"sha1sum: gone: No such file or directory\nsha1sum: d: Is a directory\n", last].concat();
        sum(&["gone", "d", "n119"]).redirect("2>&1").go().stdout_is(expected).code(1);
    }
}

#[test]
fn no_ring() {
    let library = Library::new();
    refusals::no_ring(&[libc::EPERM, libc::ENOSYS, libc::ENOMEM, libc::EMFILE], |how| library.unchanged(how));
    refusals::ring_that_can_not_be_used(|how| library.unchanged(how));
}

#[test]
fn calls_that_are_refused() {
    let library = Library::new();
    refusals::calls(&NICE, |how| library.unchanged(how));
}

#[test]
fn few_descriptors() {
    let library = Library::new();
    refusals::descriptors(&[5, 6, 8, 12, 20, 64], |how| library.unchanged(how));
}

#[test]
fn little_locked_memory_and_no_threads() {
    let library = Library::new();
    refusals::locked_memory(&[0, 64 << 10], |how| library.unchanged(how));
    refusals::threads(|how| library.unchanged(how));
}

#[test]
fn a_ring_that_is_demanded() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("f", HELLO);
    for run in [
        t.uhash(&["--ring=engine=uring", "f"]).any_engine(),
        t.uhash(&["f"]).env("RINGUTILS", "engine=uring"),
    ] {
        run.deny(libc::EPERM, &RING).go().stdout_is("").stderr_has("io_uring").code(1);
    }
}

/// A folder of a thousand, with so few descriptors that not all of the way down can stay open.
#[test]
fn a_deep_folder() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    let mut path = "s".to_owned();
    let mut expected = Vec::new();
    for i in 0..100 {
        std::fs::create_dir(t.path(&path)).unwrap();
        t.file(format!("{path}/a"), noise(i * 100));
        expected.push(format!("{path}/a"));
        path += "/d";
    }
    let expected = t.uhash(&expected).any_engine().go().fine().stdout;
    for count in [8, 16, 40] {
        t.uhash(&["-r", "s"]).any_engine().limit(Limit::Files(count)).go().stdout_is(&expected).fine();
    }
    t.uhash(&["-r", "s"]).any_engine().deny(libc::EPERM, &RING).go().stdout_is(&expected).fine();
}
