//! Invariant 8: a signal may end a wait with nothing to show.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;

static HANDLED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handle(_signal: libc::c_int) {
    HANDLED.fetch_add(1, Ordering::Relaxed);
}

/// A handler that does nothing, so that waits end with `EINTR`: no `SA_RESTART`.
fn listen() {
    // SAFETY: all zeros is a valid `sigaction`: no flags, no mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handle as extern "C" fn(libc::c_int) as libc::sighandler_t;
    // SAFETY: the handler only adds to an atomic, which is safe in a signal.
    assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()) }, 0);
}

/// Runs `work` while this thread is pelted with signals; `finale` is called after `count` of them were handled.
fn under_fire<T>(count: usize, finale: impl FnOnce() + Send, work: impl FnOnce() -> T) -> T {
    listen();
    // SAFETY: takes no arguments.
    let target = unsafe { libc::gettid() };
    let over = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let over = &over;
        scope.spawn(move || {
            let goal = HANDLED.load(Ordering::Relaxed) + count;
            let mut finale = Some(finale);
            while !over.load(Ordering::Relaxed) {
                // SAFETY: takes no pointers; the thread is in this scope, and so alive.
                unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), target, libc::SIGUSR1) };
                thread::yield_now();
                if HANDLED.load(Ordering::Relaxed) >= goal
                    && let Some(finale) = finale.take()
                {
                    finale();
                }
            }
        });
        let result = work();
        over.store(true, Ordering::Relaxed);
        result
    })
}

#[test]
fn a_wait_survives_signals() {
    for_both(|ring| {
        let pool = pool(1);
        let (reader, mut writer) = pipe();
        let read = under_fire(
            500,
            move || writer.write_all(b"at last").expect("write"),
            || ring.block_on(ring.read(&reader, pool.take().expect("a buffer"), None)),
        );
        assert_eq!(&read.expect("no error from a signal")[..], b"at last");
    });
}

#[test]
fn a_timeout_survives_signals() {
    for_both(|ring| {
        let before = Instant::now();
        let time = Duration::from_millis(50);
        let passed = under_fire(usize::MAX / 2, || {}, || ring.block_on(ring.timeout(time)));
        passed.expect("no error from a signal");
        assert!(before.elapsed() >= time);
    });
}

/// Much work of all kinds: inline, on workers, chains.
#[test]
fn work_survives_signals() {
    for_both(|ring| {
        let folder = Folder::new();
        let path = folder.file("file", &pattern(1000));
        let pool = pool(8);
        under_fire(
            usize::MAX / 2,
            || {},
            || {
                for _ in 0..300 {
                    let how = crate::ring::ops::How::READ;
                    let head = ring
                        .file_head(None, &path, how, 1000, pool.take().expect("a buffer"))
                        .expect("a place");
                    let (stat, fd) = (ring.statx(None, path.clone(), 0), ring.open(None, path.clone(), how));
                    let head = ring.block_on(head).expect("a head");
                    assert!(head.complete && head.buf[..] == pattern(1000));
                    assert_eq!(ring.block_on(stat).expect("statx").size, 1000);
                    let fd = ring.block_on(fd).expect("open");
                    let read = ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(0)));
                    assert_eq!(read.expect("read")[..], pattern(1000));
                }
            },
        );
        settle(&ring);
        assert_eq!(descriptors_on(&folder.path("file")), 0);
    });
}
