//! Invariants 6 and 7: chains that end early, and files that are not as long as they were said to be.

use super::*;
use crate::ring::Reserved;
use crate::ring::op::{Batch, Op, Results};
use crate::ring::ops::{Head, How};
use io_uring::opcode;

fn head(ring: &Ring, path: &CString, size: usize, pool: &Pool) -> std::io::Result<Head> {
    let head = ring.file_head(None, path, How::READ, size, pool.take().expect("a buffer"));
    ring.block_on(head.expect("a free place"))
}

/// The whole file, as a tool reads it: the head, then the rest by plain reads until one says 0.
fn whole(ring: &Ring, path: &CString, size: usize, pool: &Pool) -> (Vec<u8>, bool) {
    let Head { fd, buf, complete } = head(ring, path, size, pool).expect("the head");
    let mut content = buf.to_vec();
    drop(buf);
    if complete {
        return (content, true);
    }
    loop {
        let at = content.len() as u64;
        let read = ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(at))).expect("read");
        if read.is_empty() {
            return (content, false);
        }
        content.extend_from_slice(&read);
    }
}

/// Sizes around both edges of what is asked for: the size believed, and the buffer.
#[test]
fn files_longer_and_shorter_than_believed() {
    for_both(|ring| {
        let folder = Folder::new();
        let pool = pool(2);
        for len in [0, 1, 99, 100, 101, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
            let path = folder.file("file", &pattern(len));
            for believed in [0, 1, 99, 100, 101, BLOCK - 1] {
                let (content, complete) = whole(&ring, &path, believed, &pool);
                assert_eq!(content, pattern(len), "{len} bytes, believed to be {believed}");
                assert_eq!(complete, len == believed, "{len} bytes, believed to be {believed}");
            }
        }
        settle(&ring);
        assert_eq!(free(&pool), 2);
        assert_eq!(descriptors_on(&folder.path("file")), 0);
    });
}

/// A file of /proc says it is empty, and is not.
#[test]
fn files_that_lie_about_their_size() {
    for_both(|ring| {
        let pool = pool(2);
        for file in ["/proc/version", "/proc/filesystems", "/proc/self/limits"] {
            let path = name(Path::new(file));
            let (content, complete) = whole(&ring, &path, 0, &pool);
            assert!(!complete);
            assert_eq!(String::from_utf8_lossy(&content), std::fs::read_to_string(file).expect("read"));
        }
    });
}

/// A chain whose first step fails: its error is the chain's, the buffer and the place come back.
#[test]
fn a_chain_severed_by_its_open() {
    for_both(|ring| {
        let folder = Folder::new();
        let pool = pool(1);
        let file = folder.file("file", b"x");
        for (path, error) in [
            (name(&folder.path("missing")), libc::ENOENT),
            (name(&folder.path("file/below")), libc::ENOTDIR),
            (CString::new("").expect("empty"), libc::ENOENT),
            (CString::new(vec![b'a'; 300]).expect("long"), libc::ENAMETOOLONG),
        ] {
            assert_eq!(errno(head(&ring, &path, 100, &pool)), error, "{}", path.to_string_lossy());
            settle(&ring);
            assert_eq!(free(&pool), 1);
        }
        assert!(head(&ring, &file, 1, &pool).is_ok_and(|head| head.complete));
        settle(&ring);
        if ring.is_uring() {
            assert_eq!(peek(&ring, |uring| uring.free_places()), Some(256));
        }
    });
}

/// A chain that is severed after its open: what was opened is closed.
#[test]
fn a_chain_severed_by_its_read() {
    for_both(|ring| {
        let folder = Folder::new();
        let pool = pool(1);
        let path = name(folder.0.path());
        for _ in 0..300 {
            assert_eq!(errno(head(&ring, &path, 100, &pool)), libc::EISDIR);
        }
        settle(&ring);
        assert_eq!(free(&pool), 1);
        assert_eq!(descriptors_on(folder.0.path()), 0);
        if ring.is_uring() {
            assert_eq!(peek(&ring, |uring| uring.free_places()), Some(256));
        }
    });
}

/// A head is refused where it cannot be one operation, and the buffer comes back.
#[test]
fn a_head_that_cannot_be_gives_the_buffer_back() {
    for_both(|ring| {
        let pool = pool(1);
        let path = name(Path::new("/proc/version"));
        let refused = ring.file_head(None, &path, How::READ, BLOCK, pool.take().expect("a buffer"));
        assert!(refused.err().expect("no room for the read behind the end").is_empty());
        let refused = ring.file_head(None, &path, How::READ, 1, filled(&pool, b"abc"));
        assert_eq!(&refused.err().expect("the buffer is not empty")[..], b"abc");
        if ring.is_uring() {
            let all: Vec<Reserved> = std::iter::from_fn(|| ring.reserve_direct()).collect();
            let refused = ring.file_head(None, &path, How::READ, 1, pool.take().expect("a buffer"));
            assert!(refused.is_err(), "no place is left");
            drop(all);
        }
        assert_eq!(free(&pool), 1);
    });
}

/// A chain of up to eight no-ops, of which one may fail: what the kernel makes of a link.
struct Links {
    steps: usize,
    failing: Option<usize>,
    hard: bool,
}

// SAFETY: a no-op, or a read of descriptor -1 into nothing, points nowhere.
unsafe impl Op for Links {
    type Out = Vec<i32>;

    fn encode(&mut self, batch: &mut Batch<'_>) {
        for step in 0..self.steps {
            let entry = if self.failing == Some(step) {
                opcode::Close::new(io_uring::types::Fd(-1)).build()
            } else {
                opcode::Nop::new().build()
            };
            match (step + 1 == self.steps, self.hard) {
                (true, _) => batch.push(entry),
                (false, true) => batch.hard_link(entry),
                (false, false) => batch.link(entry),
            }
        }
    }

    fn call(&mut self) -> Results {
        Results::all(0, self.steps)
    }

    fn finish(self, results: Results) -> Vec<i32> {
        (0..self.steps).map(|step| results.raw(step)).collect()
    }
}

/// Each step's answer is found in its place, for chains of every length, severed anywhere.
#[test]
fn every_step_of_a_chain_has_its_answer() {
    for_uring(|ring| {
        for steps in 1..=crate::ring::op::MAX_STEPS {
            for failing in (1..steps).map(Some).chain([None]) {
                for hard in [false, true] {
                    let answers = ring.block_on(ring.start(Links { steps, failing, hard }));
                    let expected: Vec<i32> = (0..steps)
                        .map(|step| match failing {
                            Some(failing) if step == failing => -libc::EBADF,
                            Some(failing) if step > failing && !hard => -libc::ECANCELED,
                            _ => 0,
                        })
                        .collect();
                    assert_eq!(answers, expected, "{steps} steps, hard: {hard}");
                }
            }
        }
    });
}

/// The longest chains, more than fit: they wait their turn whole.
#[test]
fn the_longest_chains_fill_the_queue() {
    for_uring(|ring| {
        let chains: Vec<_> =
            (0..400).map(|_| ring.start(Links { steps: 8, failing: None, hard: false })).collect();
        for chain in chains {
            let (in_flight, entries) = peek(&ring, |uring| uring.load());
            assert!(in_flight < entries, "a cancel always has room");
            assert_eq!(ring.block_on(chain), [0; 8]);
        }
    });
}
