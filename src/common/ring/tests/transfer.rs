//! Reads, writes and splices of every size, with and without registered buffers.

use std::io::Read as _;
use std::os::fd::OwnedFd;

use super::*;

/// Around the edges of a block.
const SIZES: [usize; 8] = [0, 1, 2, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 1];

#[test]
fn reads_of_every_size() {
    for_both(|ring| {
        let folder = Folder::new();
        let pool = pool(1);
        for len in SIZES {
            folder.file("file", &pattern(len));
            let fd = folder.open("file");
            for at in SIZES {
                let read = ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(at as u64)));
                let expected: Vec<u8> = pattern(len).into_iter().skip(at).take(BLOCK).collect();
                assert_eq!(read.expect("read")[..], expected, "{len} bytes, from {at}");
            }
            let read = ring.block_on(ring.read_elsewhere(&fd, pool.take().expect("a buffer"), Some(0)));
            assert_eq!(read.expect("read")[..], pattern(len.min(BLOCK)));
        }
    });
}

/// A read goes behind what the buffer holds; the position of the file moves only where no offset is given.
#[test]
fn reads_append_to_the_buffer() {
    for_both(|ring| {
        let folder = Folder::new();
        folder.file("file", b"0123456789");
        let fd = folder.open("file");
        let pool = pool(1);
        let buf = ring.block_on(ring.read(&fd, filled(&pool, b"ab"), Some(8))).expect("read");
        assert_eq!(&buf[..], b"ab89");
        let buf = ring.block_on(ring.read(&fd, buf, None)).expect("read");
        assert_eq!(&buf[..], b"ab890123456789");
        let buf = ring.block_on(ring.read(&fd, buf, None)).expect("the end is no error");
        assert_eq!(buf.len(), 14);
        drop(buf);
        let full = filled(&pool, &pattern(BLOCK));
        assert_eq!(ring.block_on(ring.read(&fd, full, Some(0))).expect("nothing to read into").len(), BLOCK);
    });
}

#[test]
fn failed_reads_and_writes_tell_why() {
    for_both(|ring| {
        let folder = Folder::new();
        let pool = pool(1);
        let writer = Fd::new(std::fs::File::create(folder.path("file")).expect("create").into());
        let read = ring.block_on(ring.read(&writer, pool.take().expect("a buffer"), Some(0)));
        assert_eq!(errno(read), libc::EBADF);
        let reader = Fd::new(std::fs::File::open(folder.path("file")).expect("open").into());
        let (result, buf) = ring.block_on(ring.write(&reader, filled(&pool, b"kept"), 0..4, Some(0)));
        assert_eq!((errno(result), &buf[..]), (libc::EBADF, &b"kept"[..]));
        drop(buf);
        let parent = Fd::new(std::fs::File::open(folder.0.path()).expect("open").into());
        let read = ring.block_on(ring.read(&parent, pool.take().expect("a buffer"), Some(0)));
        assert_eq!(errno(read), libc::EISDIR);
        assert_eq!(free(&pool), 1);
    });
}

#[test]
fn vectored_reads_and_writes() {
    for_both(|ring| {
        let folder = Folder::new();
        let pool = pool(4);
        for len in SIZES {
            let path = folder.path("file");
            let _ = std::fs::remove_file(&path);
            let fd = folder.open("file");
            let content = pattern(len);
            let bufs: Vec<Buf> = content.chunks(BLOCK).map(|chunk| filled(&pool, chunk)).collect();
            let (result, bufs) = ring.block_on(ring.writev(&fd, bufs, Some(3)));
            assert_eq!(result.expect("write"), len);
            drop(bufs);
            let written = std::fs::read(&path).expect("read");
            assert_eq!(written.get(3..).unwrap_or_default(), content);
            let bufs =
                vec![filled(&pool, b"head"), pool.take().expect("a buffer"), pool.take().expect("a buffer")];
            let bufs = ring.block_on(ring.readv(&fd, bufs, Some(3))).expect("read");
            let expected: Vec<u8> = b"head".iter().copied().chain(content).take(3 * BLOCK).collect();
            assert_eq!(bufs.iter().flat_map(|buf| buf.to_vec()).collect::<Vec<_>>(), expected, "{len} bytes");
        }
    });
}

#[test]
fn writes_of_every_size_and_part() {
    for_both(|ring| {
        let folder = Folder::new();
        let pool = pool(1);
        let fd = folder.open("file");
        let content = pattern(BLOCK);
        for range in [0..0, 0..1, 5..5, 7..100, 1..BLOCK, 0..BLOCK, BLOCK..BLOCK] {
            let at = 10_000;
            std::fs::write(folder.path("file"), b"").expect("empty it");
            let (result, buf) =
                ring.block_on(ring.write(&fd, filled(&pool, &content), range.clone(), Some(at)));
            assert_eq!(result.expect("write"), range.len());
            assert_eq!(buf[..], content);
            let written = std::fs::read(folder.path("file")).expect("read");
            assert_eq!(written.get(10_000..).unwrap_or_default(), &content[range]);
        }
    });
}

/// `O_APPEND` appends, whatever the offset says.
#[test]
fn appending_writes_append() {
    for_both(|ring| {
        let folder = Folder::new();
        folder.file("file", b"start ");
        let file = std::fs::OpenOptions::new().append(true).open(folder.path("file")).expect("open");
        let (fd, pool) = (Fd::new(file.into()), pool(1));
        for (bytes, at) in [(b"one ", Some(0)), (b"two ", None), (b"end.", Some(2))] {
            let (result, _) = ring.block_on(ring.write(&fd, filled(&pool, bytes), 0..4, at));
            assert_eq!(result.expect("write"), 4);
        }
        assert_eq!(std::fs::read(folder.path("file")).expect("read"), b"start one two end.");
    });
}

/// Registered buffers make fixed reads and writes; others, and the thread engine, do without.
#[test]
fn registered_buffers_are_used_as_such() {
    for_both_with(&counting(), |ring| {
        let folder = Folder::new();
        let (known, unknown) = (pool(2), pool(2));
        let registered = ring.register(&known);
        if ring.is_uring() && registered.is_err() {
            return say(&format!("SKIPPED: {registered:?}"));
        }
        assert_eq!(registered.is_ok(), ring.is_uring());
        assert!(ring.register(&unknown).is_err(), "one pool a ring");
        let fd = folder.open("file");
        for (pool, len) in [(&known, BLOCK), (&unknown, 77), (&known, 1)] {
            let (result, buf) = ring.block_on(ring.write(&fd, filled(pool, &pattern(len)), 0..len, Some(0)));
            assert_eq!(result.expect("write"), len);
            drop(buf);
            let read = ring.block_on(ring.read(&fd, filled(pool, b"x"), Some(0))).expect("read");
            assert_eq!(read[1..=len.min(BLOCK - 1)], pattern(len)[..len.min(BLOCK - 1)]);
        }
        let stats = ring.stats().expect("counters");
        let count = |name: &str| stats.operations.get(name).map_or(0, |tally| tally.count);
        let counts = ["READ_FIXED", "WRITE_FIXED", "READ", "WRITE"].map(count);
        assert_eq!(counts, if ring.is_uring() { [2, 2, 1, 1] } else { [0, 0, 3, 3] });
        let refused = if ring.is_uring() { 1 } else { 2 };
        assert_eq!(stats.unregistered, refused);
    });
}

#[test]
fn direct_descriptors_read_and_write_like_others() {
    for_both(|ring| {
        let folder = Folder::new();
        let pool = pool(4);
        let path = folder.file("file", b"");
        let how = crate::ring::ops::How { flags: libc::O_RDWR, mode: 0 };
        let fd = ring.block_on(ring.open_direct(None, path, how)).expect("open");
        assert_eq!(fd.raw().is_none(), ring.is_uring());
        let (result, _) = ring.block_on(ring.write(&fd, filled(&pool, b"direct"), 0..6, Some(0)));
        assert_eq!(result.expect("write"), 6);
        ring.block_on(ring.fsync(&fd, true)).expect("fsync");
        let bufs = vec![pool.take().expect("a buffer"), pool.take().expect("a buffer")];
        assert_eq!(&ring.block_on(ring.readv(&fd, bufs, Some(0))).expect("read")[0][..], b"direct");
        assert_eq!(
            &ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(3))).expect("read")[..],
            b"ect"
        );
        assert_eq!(std::fs::read(folder.path("file")).expect("read"), b"direct");
    });
}

/// File to pipe to file, then the end of the file.
#[test]
fn splices_through_a_pipe() {
    for_both(|ring| {
        let folder = Folder::new();
        for len in [1, 100, BLOCK, 3 * BLOCK + 5] {
            folder.file("from", &pattern(len));
            let _ = std::fs::remove_file(folder.path("to"));
            let (from, to) = (folder.open("from"), folder.open("to"));
            let (reader, writer) = pipe();
            let writer = Fd::new(OwnedFd::from(writer));
            let mut moved = 0;
            loop {
                let into = ring.splice((&from, Some(moved)), (&writer, None), 1 << 16, 0);
                let into = ring.block_on(into).expect("splice into the pipe");
                if into == 0 {
                    break;
                }
                let mut left = into;
                while left > 0 {
                    let out = ring.splice((&reader, None), (&to, Some(moved)), 1 << 16, 0);
                    let out = ring.block_on(out).expect("splice out of the pipe");
                    assert!(out > 0 && out <= left);
                    left -= out;
                    moved += out as u64;
                }
            }
            assert_eq!(std::fs::read(folder.path("to")).expect("read"), pattern(len));
            let neither = ring.block_on(ring.splice((&from, Some(0)), (&to, Some(0)), 1, 0));
            assert_eq!(errno(neither), libc::EINVAL, "one of the two must be a pipe");
        }
    });
}

/// A write into a full pipe waits for a reader.
#[test]
fn a_write_into_a_full_pipe_waits() {
    for_both(|ring| {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        let writer = Fd::new(OwnedFd::from(writer));
        let pool = Pool::new(1 << 16, 2).expect("a pool");
        let content = pattern(1 << 16);
        let first = ring.block_on(ring.write(&writer, filled(&pool, &content), 0..1 << 16, None));
        assert_eq!(first.0.expect("it just fits"), 1 << 16);
        let second = ring.write(&writer, filled(&pool, &content), 0..1 << 16, None);
        ring.kick();
        assert!(!second.is_done());
        let drain = thread::spawn(move || {
            let mut all = vec![0; 2 << 16];
            reader.read_exact(&mut all[..1 << 16]).expect("read");
            reader.read(&mut all[1 << 16..]).expect("read")
        });
        let (written, _) = ring.block_on(second);
        assert!(written.expect("write") > 0);
        assert!(drain.join().expect("no panic") > 0);
    });
}
