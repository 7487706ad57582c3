//! Invariants 1, 3 and 10: what becomes of operations whose future is dropped.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::time::Duration;

use super::*;
use crate::ring::op::{Batch, Op, Results};
use crate::ring::ops::How;

/// Invariant 1: the kernel may still write into the buffer of a dropped read.
#[test]
fn a_dropped_read_keeps_its_buffer_until_the_last_word() {
    for_both(|ring| {
        let pool = pool(1);
        let (reader, mut writer) = pipe();
        let read = ring.read(&reader, pool.take().expect("the buffer"), None);
        ring.kick();
        drop(read);
        assert_eq!(free(&pool), 0, "the buffer still belongs to the operation");
        writer.write_all(b"late").expect("write");
        settle(&ring);
        let mut buf = pool.take().expect("the buffer came back");
        buf.spare().fill(0xaa);
        writer.write_all(&[0x55; BLOCK]).expect("write");
        (0..50).for_each(|_| assert_eq!(ring.block_on(ring.nop()), 0));
        assert!(buf.spare().iter().all(|&byte| byte == 0xaa), "somebody wrote into a buffer that is ours");
    });
}

/// The same for several buffers and what leads to them (the vector of addresses lives in the operation).
#[test]
fn a_dropped_vectored_read_keeps_its_buffers() {
    for_both(|ring| {
        let pool = pool(3);
        let (reader, mut writer) = pipe();
        let bufs = vec![pool.take().expect("1"), pool.take().expect("2"), pool.take().expect("3")];
        let read = ring.readv(&reader, bufs, None);
        ring.kick();
        drop(read);
        assert_eq!(free(&pool), 0);
        writer.write_all(&[1; 3 * BLOCK]).expect("write");
        settle(&ring);
        assert_eq!(free(&pool), 3);
    });
}

/// What was read before a cancel got there is not lost.
#[test]
fn a_cancelled_read_gives_what_it_has() {
    for_both(|ring| {
        let pool = pool(1);
        let (reader, mut writer) = pipe();
        for round in 0..200 {
            let mut read = ring.read(&reader, pool.take().expect("the buffer"), None);
            if round % 2 == 0 {
                ring.kick();
            }
            writer.write_all(&[7]).expect("write");
            read.cancel();
            match ring.block_on(read) {
                Ok(buf) => assert_eq!(&buf[..], [7]),
                Err(error) => {
                    assert!([libc::ECANCELED, libc::EINTR].contains(&error.raw_os_error().unwrap_or(0)));
                    let buf = ring.block_on(ring.read(&reader, pool.take().expect("back"), None));
                    assert_eq!(&buf.expect("the byte is still there")[..], [7]);
                }
            }
        }
    });
}

/// Invariant 3: a file that was opened for nobody is closed, however far the open had come.
#[test]
fn a_dropped_open_leaks_no_descriptor() {
    for_both(|ring| {
        let folder = Folder::new();
        let path = folder.file("file", b"x");
        for flags in [libc::O_RDONLY, libc::O_RDWR | libc::O_CREAT] {
            for turns in 0..4 {
                for _ in 0..50 {
                    let open = ring.open(None, path.clone(), How { flags, mode: 0o600 });
                    if turns == 1 {
                        ring.kick();
                    }
                    for _ in 2..=turns {
                        ring.block_on(ring.nop());
                    }
                    drop(open);
                }
            }
            let open = ring.open(None, path.clone(), How { flags, mode: 0o600 });
            until("it is open", || {
                ring.block_on(ring.nop());
                open.is_done()
            });
            assert!(descriptors_on(&folder.path("file")) >= 1);
            drop(open);
            settle(&ring);
            assert_eq!(descriptors_on(&folder.path("file")), 0);
        }
    });
}

/// Invariant 3 for direct descriptors: the place is free again, and the file is really closed (a FIFO tells).
#[test]
fn a_dropped_direct_open_gives_its_place_back_and_closes() {
    for_uring(|ring| {
        let folder = Folder::new();
        let path = folder.fifo("fifo");
        let mut reader = OpenOptions::new()
            .read(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(folder.path("fifo"))
            .expect("reader");
        let how = How { flags: libc::O_WRONLY | libc::O_NONBLOCK, mode: 0 };
        let fd = ring.block_on(ring.open_direct(None, path.clone(), how)).expect("a writer");
        assert!(fd.raw().is_none(), "it is a direct one");
        let places = peek(&ring, |uring| uring.free_places()).expect("a table") + 1;
        let state = |reader: &mut std::fs::File| reader.read(&mut [0; 8]).map_err(|error| error.kind());
        assert_eq!(state(&mut reader), Err(ErrorKind::WouldBlock), "there is a writer");
        drop(fd);
        settle(&ring);
        assert_eq!(state(&mut reader), Ok(0), "no writer is left");
        for turns in 0..3 {
            for _ in 0..500 {
                let open = ring.open_direct(None, path.clone(), how);
                match turns {
                    0 => {}
                    1 => ring.kick(),
                    _ => assert_eq!(ring.block_on(ring.nop()), 0),
                }
                drop(open);
            }
        }
        settle(&ring);
        assert_eq!(peek(&ring, |uring| uring.free_places()), Some(places));
        assert_eq!(state(&mut reader), Ok(0), "no writer is left");
    });
}

/// More direct descriptors than there are places: the rest become ordinary ones, and all places come back.
#[test]
fn a_full_table_falls_back_to_ordinary_descriptors() {
    for_uring(|ring| {
        let folder = Folder::new();
        let path = folder.file("file", b"content");
        let opens: Vec<_> = (0..400).map(|_| ring.open_direct(None, path.clone(), How::READ)).collect();
        let files: Vec<Fd> = opens.into_iter().map(|open| ring.block_on(open).expect("open")).collect();
        let direct = files.iter().filter(|fd| fd.raw().is_none()).count();
        assert!(direct > 0 && direct < 400, "{direct} direct");
        assert_eq!(peek(&ring, |uring| uring.free_places()), Some(0));
        assert_eq!(descriptors_on(&folder.path("file")), 400 - direct);
        let pool = pool(1);
        for fd in &files {
            let read = ring.block_on(ring.read(fd, pool.take().expect("buffer"), Some(0)));
            assert_eq!(&read.expect("read")[..], b"content");
        }
        drop(files);
        settle(&ring);
        assert_eq!(peek(&ring, |uring| uring.free_places()), Some(direct));
        assert_eq!(descriptors_on(&folder.path("file")), 0);
    });
}

/// A dropped wait lets go of its descriptor.
#[test]
fn a_dropped_poll_lets_go_of_its_descriptor() {
    for_both(|ring| {
        let (reader, _writer) = pipe();
        let poll = ring.poll(&reader, libc::POLLIN);
        ring.kick();
        drop(poll);
        let reader = reader.into_owned().expect_err("the operation still holds it");
        settle(&ring);
        assert!(reader.into_owned().is_ok(), "the operation is over");
    });
}

/// A close owns its descriptor: dropping the future at any time closes all the same.
#[test]
fn a_dropped_close_closes() {
    for_both(|ring| {
        let folder = Folder::new();
        folder.file("file", b"x");
        for turns in 0..2 {
            // More than fit in flight: some wait in the backlog.
            let closes: Vec<_> = (0..600).map(|_| ring.close(folder.open("file"))).collect();
            if turns == 1 {
                ring.kick();
            }
            drop(closes);
            settle(&ring);
            assert_eq!(descriptors_on(&folder.path("file")), 0);
        }
    });
}

/// A chain dropped in the middle ends there: each step that would wait for ever is cancelled, not only the one that
/// was under way.
#[test]
fn a_chain_dropped_in_the_middle_ends() {
    for_uring(|ring| {
        let folder = Folder::new();
        let path = folder.fifo("fifo");
        let _both = OpenOptions::new().read(true).write(true).open(folder.path("fifo")).expect("a writer");
        let pool = pool(1);
        for flags in [libc::O_RDONLY, libc::O_RDWR | libc::O_CREAT] {
            for round in 0..60 {
                let how = How { flags, mode: 0o600 };
                let buf = pool.take().expect("the buffer is free again");
                let head = ring.file_head(None, &path, how, 16, buf).expect("a free place");
                match round % 3 {
                    0 => {}
                    1 => ring.kick(),
                    _ => assert_eq!(ring.block_on(ring.nop()), 0),
                }
                drop(head);
                settle(&ring);
            }
        }
    });
}

/// Every kind of operation can be dropped at any time. Mostly for valgrind's eyes.
#[test]
fn everything_can_be_dropped_at_any_time() {
    for_both(|ring| {
        let folder = Folder::new();
        let path = folder.file("file", &pattern(3 * BLOCK));
        let fd = folder.open("file");
        let (silent, _writer) = pipe();
        let pool = pool(16);
        for round in 0..12 {
            let take = || pool.take().expect("a buffer");
            let work = (
                ring.read(&fd, take(), Some(1)),
                ring.readv(&fd, vec![take(), take()], Some(BLOCK as u64)),
                ring.write(&fd, filled(&pool, b"abc"), 1..3, Some(0)),
                ring.writev(&fd, vec![filled(&pool, b"d"), filled(&pool, b"e")], Some(3)),
                ring.statx(None, path.clone(), 0),
                ring.fsync(&fd, false),
                (ring.open(None, path.clone(), How::READ), ring.open_direct(None, path.clone(), How::READ)),
                ring.file_head(None, &path, How::READ, 100, take()),
                ring.timeout(Duration::from_hours(1)),
                (ring.poll(&silent, libc::POLLIN), ring.poll_many(&silent, libc::POLLIN)),
                (ring.read(&silent, take(), None), ring.read_elsewhere(&fd, take(), Some(0)), ring.nop()),
            );
            match round % 4 {
                0 => {}
                1 => ring.kick(),
                turns => (1..turns).for_each(|_| assert_eq!(ring.block_on(ring.nop()), 0)),
            }
            drop(work);
            settle(&ring);
            assert_eq!(free(&pool), 16, "all buffers came back");
        }
        drop(fd);
        settle(&ring);
        assert_eq!(descriptors_on(&folder.path("file")), 0);
    });
}

/// Invariant 10: a task may own what drops and starts others when it is itself dropped.
#[test]
fn dropping_an_operation_may_drop_others() {
    for_both(|ring| {
        let (reader, _writer) = pipe();
        let pool = pool(2);
        let inner = ring.read(&reader, pool.take().expect("1"), None);
        let again = ring.clone();
        let task = ring.spawn(async move {
            let _held = inner;
            let held = again.read(&reader, pool.take().expect("2"), None);
            drop(held.await);
        });
        ring.kick();
        drop(task);
        settle(&ring);
    });
}

thread_local! {
    static RING: std::cell::RefCell<Option<Ring>> = const { std::cell::RefCell::new(None) };
}

/// Starts and drops an operation when it is dropped itself.
struct Bell;

impl Drop for Bell {
    fn drop(&mut self) {
        let ring = RING.with(|ring| ring.borrow().clone());
        drop(ring.map(|ring| ring.nop()));
    }
}

/// A no-op that owns a bell.
struct Ringing(#[allow(dead_code, reason = "its drop is what it is for")] Bell);

// SAFETY: a no-op points nowhere.
unsafe impl Op for Ringing {
    type Out = ();

    fn encode(&mut self, batch: &mut Batch<'_>) {
        batch.push(io_uring::opcode::Nop::new().build());
    }

    fn call(&mut self) -> Results {
        Results::one(0)
    }

    fn finish(self, _results: Results) {}
}

/// Invariant 10: no operation is dropped while the core is borrowed, whatever state it is in.
#[test]
fn operations_that_use_the_ring_as_they_go() {
    for_both(|ring| {
        RING.with(|shared| *shared.borrow_mut() = Some(ring.clone()));
        for turns in 0..3 {
            // More than fit: in flight, done, and not yet started.
            let all: Vec<_> = (0..600).map(|_| ring.start(Ringing(Bell))).collect();
            for _ in 0..turns {
                ring.block_on(ring.nop());
            }
            drop(all);
            settle(&ring);
        }
        ring.block_on(ring.start(Ringing(Bell)));
        RING.with(|shared| drop(shared.borrow_mut().take()));
        settle(&ring);
    });
}
