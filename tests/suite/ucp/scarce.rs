//! Few descriptors, no ring, calls that are refused: the same copies, and not a word about it.
//!
//! Own engine: each command says which one it wants, and is refused things.

use crate::harness::tree::{Before, Tree};
use crate::harness::{Limit, RING, Run, Scene, Tool, latest_oracle, only_ours, plot, ucp};

/// Calls for which there is another way.
const NICE: [i64; 12] = [
    libc::SYS_openat2,
    libc::SYS_copy_file_range,
    libc::SYS_splice,
    libc::SYS_sendfile,
    libc::SYS_fadvise64,
    libc::SYS_readahead,
    libc::SYS_preadv2,
    libc::SYS_eventfd2,
    libc::SYS_epoll_create1,
    libc::SYS_clone3,
    libc::SYS_sched_getaffinity,
    libc::SYS_getrandom,
];

/// A tree that is deep, and in places wide.
fn plant(t: &Scene) {
    let mut setup =
        String::from("d s; f s/big #3000000; f s/hole ~d4096,h1000000,d10; l s/l gone; h s/again s/big");
    let mut folder = "s".to_owned();
    for i in 0..60 {
        folder += "/d";
        setup += &format!("; d {folder}; f {folder}/f #{}; l {folder}/l f; h {folder}/h {folder}/f", i * 321);
    }
    for i in 0..200 {
        setup += &format!("; f s/d/{i} #{}", i * 50);
    }
    plot::build(t.dir(), &setup, None);
}

fn copied(t: &Scene, tool: &Tool, args: &[&str], how: impl Fn(Run) -> Run) -> Tree {
    how(Run::new(tool, "cp", t, args)).umask(0o022).go().fine();
    let tree = Tree::of(&t.path("new"), &Before::default(), None);
    std::fs::remove_dir_all(t.path("new")).unwrap();
    tree
}

#[track_caller]
fn unchanged(hows: &[&dyn Fn(Run) -> Run]) {
    let t = Scene::new();
    plant(&t);
    for args in [
        &["-a", "s", "new"][..],
        &["-r", "s", "new"],
        &["-r", "--reflink=never", "--sparse=always", "s", "new"],
    ] {
        let expected = copied(&t, &latest_oracle("cp").unwrap_or_else(|| ucp().clone()), args, |run| run);
        for how in hows {
            let tree = copied(&t, ucp(), args, how);
            // Where something is refused, holes may come out otherwise.
            let report = tree.without(&["data"]).difference_from(&expected.clone().without(&["data"]));
            assert_eq!(report, None, "{}", report.as_deref().unwrap_or_default());
        }
    }
}

#[test]
fn few_descriptors() {
    unchanged(&[
        &|run| run.any_engine().limit(Limit::Files(20)),
        &|run| run.any_engine().limit(Limit::Files(32)),
        &|run| run.any_engine().limit(Limit::Files(256)),
    ]);
}

#[test]
fn no_ring_is_granted() {
    unchanged(&[
        &|run| run.any_engine().deny(libc::EPERM, &RING),
        &|run| run.any_engine().deny(libc::ENOSYS, &RING),
        &|run| run.any_engine().deny(libc::ENOMEM, &RING[..1]),
        &|run| run.any_engine().deny(libc::EPERM, &RING[2..]),
    ]);
}

#[test]
fn neither_ring_nor_descriptors() {
    unchanged(&[&|run| run.any_engine().deny(libc::EPERM, &RING).limit(Limit::Files(20)), &|run| {
        run.any_engine().deny(libc::EPERM, &RING).limit(Limit::Files(32))
    }]);
}

#[test]
fn little_locked_memory_and_few_threads() {
    unchanged(&[&|run| run.any_engine().limit(Limit::LockedMemory(0)), &|run| {
        run.any_engine().limit(Limit::LockedMemory(64 << 10))
    }]);
}

#[test]
fn calls_that_are_unknown_or_forbidden() {
    if only_ours() {
        return;
    }
    unchanged(&[&|run| run.any_engine().deny(libc::ENOSYS, &NICE), &|run| {
        run.any_engine().deny(libc::ENOSYS, &[&NICE[..], &RING].concat())
    }]);
    for call in NICE {
        unchanged_quickly(call);
    }
}

/// One tool call, one small tree.
#[track_caller]
fn unchanged_quickly(call: i64) {
    let t = Scene::new();
    plot::build(
        t.dir(),
        "d s; f s/1 #200000; f s/2 ~d10,h100000,d10; d s/d; f s/d/3; l s/l 3; h s/4 s/1",
        None,
    );
    let expected = copied(&t, ucp(), &["-a", "s", "new"], |run| run).without(&["data"]);
    for errno in [libc::ENOSYS, libc::EPERM] {
        let tree = copied(&t, ucp(), &["-a", "s", "new"], |run| run.any_engine().deny(errno, &[call]))
            .without(&["data"]);
        assert_eq!(tree.difference_from(&expected), None, "without call {call}");
    }
}

#[test]
fn a_ring_that_is_demanded() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("a", "x\n".repeat(100_000));
    let run = t.cp(&["a", "b"]).any_engine().env("RINGUTILS", "engine=uring").deny(libc::EPERM, &RING);
    run.go().stdout_is("").stderr_has("io_uring").code(1);
}
