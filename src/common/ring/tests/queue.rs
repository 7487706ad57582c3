//! Invariants 2, 4, 5 and 9: queues that are full.

use std::io::Write as _;
use std::rc::Rc;

use super::super::uring::Uring;
use super::*;
use crate::ring::ops::How;

/// Far more operations than either queue holds.
const MANY: u32 = 3000;

#[test]
fn thousands_at_once_all_complete_in_the_order_awaited() {
    for_both(|ring| {
        let folder = Folder::new();
        let content = pattern(MANY as usize);
        folder.file("file", &content);
        let fd = folder.open("file");
        let pool = Pool::new(1, MANY).expect("a pool");
        let reads: Vec<_> = (0..MANY)
            .map(|at| {
                let read = ring.read(&fd, pool.take().expect("a buffer"), Some(at.into()));
                assert_within_bounds(&ring);
                read
            })
            .collect();
        for (at, read) in reads.into_iter().enumerate() {
            let buf = ring.block_on(read).expect("read");
            assert_eq!(buf[0], content[at], "byte {at}");
            assert_within_bounds(&ring);
        }
        settle(&ring);
    });
}

/// Invariant 9.
fn assert_within_bounds(ring: &Ring) {
    if ring.is_uring() {
        let (in_flight, entries) = peek(ring, |uring| uring.load());
        assert!(in_flight <= entries, "{in_flight} in flight, {entries} fit");
    }
}

#[test]
fn thousands_of_no_ops_are_awaited_backwards() {
    for_both(|ring| {
        let mut all: Vec<_> = (0..MANY).map(|_| ring.nop()).collect();
        while let Some(nop) = all.pop() {
            assert_eq!(ring.block_on(nop), 0);
        }
    });
}

/// Invariant 4: everything in flight waits for ever, nothing more fits, and yet each is cancelled that was asked to.
#[test]
fn a_cancel_under_a_full_queue_is_not_lost() {
    for_both(|ring| {
        let (reader, _writer) = pipe();
        let pool = Pool::new(1, 1000).expect("a pool");
        let blocks = pool.blocks() as usize;
        let mut reads: Vec<_> =
            (0..blocks).map(|_| ring.read(&reader, pool.take().expect("a buffer"), None)).collect();
        if ring.is_uring() {
            let (in_flight, entries) = peek(&ring, |uring| uring.load());
            assert!(entries - in_flight < 9, "the queue is to be full, but holds {in_flight} of {entries}");
            assert!(!ring.core().backlog.is_empty());
        }
        // First, last, and from the middle: in flight and not yet started.
        for at in [blocks - 1, blocks / 2, 130, 1, 0] {
            let mut read = reads.swap_remove(at);
            read.cancel();
            assert_eq!(errno(ring.block_on(read)), libc::ECANCELED);
            assert_within_bounds(&ring);
        }
        reads.iter_mut().for_each(super::super::InFlight::cancel);
        for read in reads {
            assert_eq!(errno(ring.block_on(read)), libc::ECANCELED);
        }
        assert_eq!(free(&pool), blocks);
        settle(&ring);
    });
}

/// The same by dropping: hundreds of cancels at once, more than fit.
#[test]
fn drops_under_a_full_queue_are_not_lost() {
    for_both(|ring| {
        let (reader, mut writer) = pipe();
        let pool = Pool::new(1, 1000).expect("a pool");
        for round in 0..3 {
            let reads: Vec<_> =
                std::iter::from_fn(|| pool.take()).map(|buf| ring.read(&reader, buf, None)).collect();
            if round > 0 {
                ring.kick();
            }
            drop(reads);
            assert_within_bounds(&ring);
            settle(&ring);
            assert_eq!(free(&pool), pool.blocks() as usize);
        }
        // Nobody is left to take this byte away.
        writer.write_all(b"z").expect("write");
        let read = ring.read(&reader, pool.take().expect("a buffer"), None);
        assert_eq!(&ring.block_on(read).expect("read")[..], b"z");
    });
}

/// More waits than there may be descriptors: a limit on those is none on these.
#[test]
fn waits_are_not_limited_by_descriptors() {
    for_both(|ring| {
        let waits = crate::sys::descriptor_limit() + 100;
        if waits > 100_000 {
            return say("SKIPPED: the limit on descriptors is too high to be exceeded");
        }
        let (reader, mut writer) = pipe();
        let polls: Vec<_> = (0..waits).map(|_| ring.poll(&reader, libc::POLLIN)).collect();
        writer.write_all(b"x").expect("write");
        for poll in polls {
            assert_eq!(ring.block_on(poll).expect("poll") & libc::POLLIN, libc::POLLIN);
        }
    });
}

/// Invariant 5: a chain is in one submission, whole, however full the queue is.
#[test]
fn a_chain_never_spans_two_submissions() {
    for_uring(|ring| {
        let folder = Folder::new();
        let path = folder.file("file", &pattern(1000));
        let pool = pool(2);
        let (_, capacity) = peek(&ring, Uring::room);
        for vacant in 0..12 {
            let nops: Vec<_> = (vacant..capacity).map(|_| ring.nop()).collect();
            assert_eq!(peek(&ring, Uring::room).0, vacant_after(capacity, nops.len()));
            let head = ring
                .file_head(None, &path, How::READ, 1000, pool.take().expect("a buffer"))
                .expect("a place");
            let head = ring.block_on(head).expect("read the file");
            assert!(head.complete, "{vacant} entries were vacant");
            assert_eq!(&head.buf[..], pattern(1000));
            for nop in nops {
                assert_eq!(ring.block_on(nop), 0);
            }
        }
        settle(&ring);
    });
}

/// The queue is submitted as soon as the longest chain would not fit any more.
fn vacant_after(capacity: usize, pushed: usize) -> usize {
    let most = crate::ring::op::MAX_STEPS;
    (0..pushed).fold(capacity, |vacant, _| if vacant < most { capacity - 1 } else { vacant - 1 })
}

/// Hundreds of chains at once: they fill both queues with entries that depend on each other.
#[test]
fn hundreds_of_chains_at_once() {
    for_both(|ring| {
        let folder = Folder::new();
        let paths: Vec<_> = (0..10).map(|i| folder.file(&i.to_string(), &pattern(100 * i))).collect();
        let pool = pool(500);
        let mut done = 0;
        let mut heads = std::collections::VecDeque::new();
        for round in 0..1000 {
            let which = round % paths.len();
            match ring.file_head(None, &paths[which], How::READ, 100 * which, pool.take().expect("a buffer"))
            {
                Ok(head) => heads.push_back((which, head)),
                // No place left in the table: take some results first.
                Err(_) => done += take_heads(&ring, &mut heads, 50),
            }
            if heads.len() >= 400 {
                done += take_heads(&ring, &mut heads, 100);
            }
        }
        done += take_heads(&ring, &mut heads, usize::MAX);
        assert!(done > 500, "{done} chains ran");
        settle(&ring);
        assert_eq!(free(&pool), 500);
    });
}

type Heads = std::collections::VecDeque<(usize, crate::ring::InFlight<crate::ring::ops::FileHead>)>;

fn take_heads(ring: &Ring, heads: &mut Heads, most: usize) -> usize {
    let count = most.min(heads.len());
    for (which, head) in heads.drain(..count) {
        let head = ring.block_on(head).expect("read a file");
        assert!(head.complete);
        assert_eq!(&head.buf[..], pattern(100 * which));
    }
    count
}

/// Tasks that all wait for room at once.
#[test]
fn tasks_beyond_the_queue_share_it() {
    for_both(|ring| {
        let sum = Rc::new(std::cell::Cell::new(0));
        let tasks: Vec<_> = (0..500)
            .map(|i| {
                let (ring, sum) = (ring.clone(), Rc::clone(&sum));
                ring.clone().spawn(async move {
                    for _ in 0..5 {
                        let (a, b) = (ring.nop(), ring.nop());
                        assert_eq!(a.await + b.await, 0);
                    }
                    sum.set(sum.get() + i);
                    i
                })
            })
            .collect();
        ring.block_on(async {
            for (i, task) in tasks.into_iter().enumerate() {
                assert_eq!(task.join().await, i);
            }
        });
        assert_eq!(sum.get(), (0..500).sum::<usize>());
    });
}
