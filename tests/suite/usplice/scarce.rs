//! Kernels, containers and limits that refuse what would be nice to have: the same bytes, and not a word.
//!
//! Own engine: each command says which one it wants, and is refused things.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::stage::text;
use crate::harness::{Collector, NOBODY, RING, Run, Scene, needs_root, refusals, skip, sys};

/// Calls for which there is another way.
const NICE: [i64; 13] = [
    libc::SYS_splice,
    libc::SYS_tee,
    libc::SYS_vmsplice,
    libc::SYS_copy_file_range,
    libc::SYS_sendfile,
    libc::SYS_signalfd4,
    libc::SYS_eventfd2,
    libc::SYS_epoll_create1,
    libc::SYS_fadvise64,
    libc::SYS_preadv2,
    libc::SYS_memfd_create,
    libc::SYS_clone3,
    libc::SYS_sched_getaffinity,
];

struct Library {
    t: Scene,
    content: Vec<u8>,
}

impl Library {
    fn new() -> Self {
        let t = Scene::in_memory();
        let content = text(1_500_001);
        t.file("in", &content);
        for name in ["out", "one", "two"] {
            t.file(name, "");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
            std::fs::set_permissions(t.path(name), mode).unwrap();
        }
        Library { t, content }
    }

    /// All ways of moving bytes have the result that they always have if they are run as `how` says.
    #[track_caller]
    fn unchanged(&self, how: impl Fn(Run) -> Run) {
        let Library { t, content, .. } = self;
        let splice = |words: &[&str]| how(t.usplice(words).any_engine());
        // File to file, file to pipe, pipe to file, pipe to pipe.
        splice(&["in", "out"]).go().fine();
        t.holds("out", content);
        splice(&["in"]).go().stdout_is(content).fine();
        splice(&["-", "out"]).stdin(content.clone()).go().fine();
        t.holds("out", content);
        splice(&["-c1000001"]).stdin(content.clone()).go().stdout_is(&content[..1_000_001]).fine();
        // To a socket, and from one.
        let (ours, theirs) = UnixStream::pair().unwrap();
        let output = Collector::of(OwnedFd::from(ours));
        splice(&["in"]).stdout_to(OwnedFd::from(theirs)).go().fine();
        assert!(output.all() == *content, "through a socket");
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let feeder = std::thread::spawn({
            let content = content.clone();
            move || std::io::Write::write_all(&mut ours, &content)
        });
        splice(&["-", "out"]).stdin_from(OwnedFd::from(theirs)).go().fine();
        feeder.join().unwrap().unwrap();
        t.holds("out", content);
        // To several outputs.
        splice(&["-", "one", "-", "two"]).stdin(content.clone()).go().stdout_is(content).fine();
        t.holds("one", content).holds("two", content);
        splice(&["in", "one", "-"]).go().stdout_is(content).fine();
        t.holds("one", content);
        // Looked at, appended, waited for.
        splice(&["--sparse", "in", "out"]).go().fine();
        t.holds("out", content);
        splice(&["-c10", "-i5", "-"]).stdin(content.clone()).redirect(">>out").go().fine();
        t.holds("out", [content, &content[5..15]].concat());
        splice(&["-L100M", "-c100000"]).stdin(content.clone()).go().stdout_is(&content[..100_000]).fine();
        // Mistakes, too.
        let told = "usplice: gone: No such file or directory\n";
        splice(&["gone", "out"]).go().stderr_is(told).code(1);
    }
}

#[test]
fn no_ring_is_granted() {
    let library = Library::new();
    refusals::no_ring(&[libc::EPERM, libc::ENOSYS, libc::ENOMEM, libc::EMFILE], |how| library.unchanged(how));
    refusals::ring_that_can_not_be_used(|how| library.unchanged(how));
}

#[test]
fn a_ring_that_is_demanded() {
    let library = Library::new();
    for errno in [libc::EPERM, libc::ENOSYS] {
        library.t.file("out", "old");
        let run = library.t.usplice(&["in", "out"]).env("RINGUTILS", "engine=uring").deny(errno, &RING);
        run.go().stderr_has("io_uring").code(1);
        library.t.holds("out", "old");
    }
}

#[test]
fn calls_that_are_refused() {
    let library = Library::new();
    refusals::each_call(libc::ENOSYS, &NICE, |how| library.unchanged(how));
    for errno in [libc::EPERM, libc::EINVAL] {
        library.unchanged(|run| run.deny(errno, &NICE[..5]));
    }
}

#[test]
fn calls_that_are_refused_without_a_ring() {
    let library = Library::new();
    for errno in [libc::ENOSYS, libc::EPERM] {
        library.unchanged(|run| run.deny(errno, &[&NICE[..], &RING].concat()));
    }
    library.unchanged(|run| run.deny(libc::ENOSYS, &[&NICE[..1], &RING].concat()));
}

/// No pipe of its own.
#[test]
fn no_pipe_is_granted() {
    let library = Library::new();
    for errno in [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::EPERM] {
        library.unchanged(|run| run.deny(errno, &[libc::SYS_pipe2]));
    }
}

#[test]
fn few_descriptors() {
    let library = Library::new();
    refusals::descriptors(&[6, 7, 8, 9, 10, 12, 16, 32], |how| library.unchanged(how));
}

#[test]
fn no_memory_may_be_locked_and_no_thread_started() {
    let library = Library::new();
    refusals::locked_memory(&[0, 64 << 10], |how| library.unchanged(how));
    refusals::threads(|how| library.unchanged(how));
}

/// A user whose pipes hold as much as they may gets pipes of two pages, or of one, that can't grow.
#[test]
fn the_quota_of_pipes_is_exhausted() {
    if needs_root() {
        return;
    }
    let library = Library::new();
    match sys::exhaust_pipes(NOBODY) {
        None => skip("no quota of pipes, or one that takes too many pipes"),
        Some(_held) => library.unchanged(Run::without_rights),
    }
}
