//! A ring that is dropped with work in flight: at once, and with nothing left behind.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::rc::Rc;
use std::time::Duration;

use super::*;
use crate::ring::ops::How;

/// What "promptly" means on a busy machine: far less than the hour that the timeouts would take.
const PROMPTLY: Duration = Duration::from_secs(10);

#[test]
fn a_ring_dropped_with_work_in_flight_leaves_nothing() {
    for turns in 0..3 {
        for_both(|ring| {
            let folder = Folder::new();
            let path = folder.file("file", b"x");
            let (reader, _writer) = pipe();
            let pool = pool(300);
            let reads: Vec<_> =
                std::iter::from_fn(|| pool.take()).map(|buf| ring.read(&reader, buf, None)).collect();
            let opens: Vec<_> = (0..50).map(|_| ring.open(None, path.clone(), How::READ)).collect();
            let hours: Vec<_> = (0..50).map(|_| ring.timeout(Duration::from_hours(1))).collect();
            let stream = ring.poll_many(&reader, libc::POLLIN);
            for _ in 0..turns {
                ring.kick();
            }
            let before = Instant::now();
            drop((reads, opens, hours, stream));
            drop(ring);
            assert!(before.elapsed() < PROMPTLY, "{:?}", before.elapsed());
            assert_eq!(free(&pool), 300, "all buffers are back");
            // A thread that was in the middle of an open closes what it gets.
            until("no file is left open", || descriptors_on(&folder.path("file")) == 0);
            assert!(reader.into_owned().is_ok(), "nobody else holds the pipe");
        });
    }
}

/// Opens that a thread has finished, and of which the executor never heard.
#[test]
fn results_nobody_came_for_are_released() {
    for_both(|ring| {
        let folder = Folder::new();
        let path = folder.file("file", b"x");
        let opens: Vec<_> = (0..20).map(|_| ring.open(None, path.clone(), How::READ)).collect();
        ring.kick();
        until("a file is open", || descriptors_on(&folder.path("file")) >= 20);
        drop(opens);
        drop(ring);
        until("all are closed", || descriptors_on(&folder.path("file")) == 0);
    });
}

/// The same where every operation is done on the spot.
#[test]
fn results_on_the_spot_are_released() {
    let folder = Folder::new();
    let path = folder.file("file", b"x");
    let ring = Ring::of_nothing(&Config::default());
    let open = ring.open(None, path, How::READ);
    assert_eq!(descriptors_on(&folder.path("file")), 1);
    drop(open);
    drop(ring);
    assert_eq!(descriptors_on(&folder.path("file")), 0);
}

#[test]
fn a_ring_dropped_after_its_tasks_frees_what_they_own() {
    for_both(|ring| {
        let (reader, _writer) = pipe();
        let owned = Rc::new(());
        let pool = pool(20);
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let (again, reader, owned, pool) =
                    (ring.clone(), reader.clone(), Rc::clone(&owned), pool.clone());
                ring.spawn(async move {
                    let read = again.read(&reader, pool.take().expect("a buffer"), None).await;
                    drop((read, owned));
                })
            })
            .collect();
        ring.kick();
        let before = Instant::now();
        drop(tasks);
        assert_eq!(Rc::strong_count(&owned), 1, "the tasks are gone");
        drop(ring);
        assert!(before.elapsed() < PROMPTLY);
        assert_eq!(free(&pool), 20);
        assert!(reader.into_owned().is_ok());
    });
}

/// Or `umount` would say for some hundredths of a second that a file system is busy. Direct descriptors are nobody's but
/// the ring's: dropped long before it, just before it, or by an open that nobody came for.
#[test]
fn no_file_is_open_when_a_ring_is_gone() {
    for round in 0..30 {
        for_both(|ring| {
            let folder = Folder::new();
            let path = folder.file("file", b"x");
            let open = || ring.block_on(ring.open_direct(None, path.clone(), How::READ)).expect("open");
            assert!(!is_open(&folder.path("file")));
            drop((0..10).map(|_| open()).collect::<Vec<_>>());
            if round % 2 == 0 {
                assert_eq!(ring.block_on(ring.nop()), 0);
            }
            let last = open();
            assert!(is_open(&folder.path("file")));
            let orphan = ring.open_direct(None, path.clone(), How::READ);
            if round % 3 == 0 {
                ring.kick();
            }
            drop((orphan, last));
            let uring = ring.is_uring();
            drop(ring);
            if !uring {
                // A thread that was in the middle of an open closes what it gets.
                until("no file is open", || !is_open(&folder.path("file")));
            }
            assert!(!is_open(&folder.path("file")), "round {round}");
        });
    }
}

/// What cannot be stopped (here for want of a cancel; otherwise a read of a server that is gone) keeps its memory, and
/// nobody waits for it.
#[test]
fn a_ring_does_not_wait_for_ever() {
    for_uring(|ring| {
        let pool = pool(4);
        let _ = ring.register(&pool);
        let (reader, mut writer) = pipe();
        let read = ring.read(&reader, pool.take().expect("a buffer"), None);
        ring.kick();
        let index = ring.core().slots.unfinished()[0];
        ring.core().slots.get(index).state.cancelled = true;
        let before = Instant::now();
        drop(read);
        drop(ring);
        assert!(before.elapsed() < PROMPTLY);
        assert_eq!(free(&pool), 3, "the kernel may still write to the fourth");
        assert!(reader.into_owned().is_err(), "and reads from this");
        writer.write_all(b"late").expect("somebody still reads");
        let (folder, next) = (Folder::new(), super::uring(&Config::default()).expect("another ring"));
        folder.file("file", b"content");
        let fd = folder.open("file");
        let buf = next.block_on(next.read(&fd, pool.take().expect("a buffer"), Some(0))).expect("read");
        assert_eq!(&buf[..], b"content");
    });
}

/// A ring that never did anything, and one whose work is over.
#[test]
fn idle_rings_go_quietly() {
    for_both(drop);
    for_both(|ring| {
        assert_eq!(ring.block_on(ring.nop()), 0);
    });
}

/// A thread that sits in a call that never ends is left behind; what it has opened is closed when it comes back.
#[test]
fn a_blocked_thread_does_not_hold_the_ring_up() {
    for_both(|ring| {
        let folder = Folder::new();
        let path = folder.fifo("fifo");
        let open = ring.open(None, path, How::READ);
        ring.kick();
        let before = Instant::now();
        drop(open);
        drop(ring);
        assert!(before.elapsed() < PROMPTLY);
        let writer = OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(folder.path("fifo"));
        drop(writer);
        until("the FIFO is closed", || descriptors_on(&folder.path("fifo")) == 0);
    });
}

/// A pool that was registered with a ring that is gone serves the next, registered or not.
#[test]
fn a_pool_outlives_the_ring_it_was_registered_with() {
    for_both(|first| {
        let pool = pool(2);
        let _ = first.register(&pool);
        let uring = first.is_uring();
        drop(first);
        let folder = Folder::new();
        folder.file("file", b"content");
        let config = Config::default();
        let second = if uring { super::uring(&config).expect("another") } else { Ring::of_threads(&config) };
        let fd = folder.open("file");
        let read = second.block_on(second.read(&fd, pool.take().expect("a buffer"), Some(0)));
        assert_eq!(&read.expect("read")[..], b"content");
    });
}

/// A write under way when the ring is dropped is either done or not, and never half of somebody else's bytes.
#[test]
fn writes_in_flight_write_what_they_were_given() {
    for_both(|ring| {
        let folder = Folder::new();
        let fd = folder.open("file");
        let pool = pool(50);
        let writes: Vec<_> = (0..50u64)
            .map(|i| ring.write(&fd, filled(&pool, &[b'w'; BLOCK]), 0..BLOCK, Some(i * BLOCK as u64)))
            .collect();
        ring.kick();
        drop(writes);
        drop(ring);
        let mut bufs: Vec<_> = std::iter::from_fn(|| pool.take()).collect();
        for buf in &mut bufs {
            buf.spare().fill(b'!');
        }
        let mut file = OpenOptions::new().append(true).open(folder.path("file")).expect("open");
        file.write_all(b"w").expect("write");
        let content = std::fs::read(folder.path("file")).expect("read");
        assert!(content.iter().all(|&byte| byte == b'w' || byte == 0));
    });
}
