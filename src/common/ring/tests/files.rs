//! Opening, closing, asking, waiting.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::ring::ops::How;

#[test]
fn opens_are_relative_to_their_folder() {
    for_both(|ring| {
        let folder = Folder::new();
        folder.file("file", b"here");
        let parent = Fd::new(std::fs::File::open(folder.0.path()).expect("open").into());
        let pool = pool(1);
        let relative = CString::new("file").expect("no NUL");
        for open in [Ring::open, Ring::open_direct] {
            let fd = ring.block_on(open(&ring, Some(&parent), relative.clone(), How::READ)).expect("open");
            let read = ring.block_on(ring.read(&fd, pool.take().expect("a buffer"), Some(0)));
            assert_eq!(&read.expect("read")[..], b"here");
            let missing = CString::new("missing").expect("no NUL");
            assert_eq!(errno(ring.block_on(open(&ring, Some(&parent), missing, How::READ))), libc::ENOENT);
        }
    });
}

#[test]
fn opens_create_with_their_mode_and_close_on_exec() {
    for_both(|ring| {
        let folder = Folder::new();
        let how = How { flags: libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL, mode: 0o600 };
        let path = name(&folder.path("new"));
        let fd = ring.block_on(ring.open(None, path.clone(), how)).expect("create");
        assert_eq!(
            std::fs::metadata(folder.path("new")).expect("it is there").permissions().mode() & 0o777,
            0o600
        );
        // SAFETY: takes no pointers.
        let flags = unsafe { libc::fcntl(fd.raw().expect("a number"), libc::F_GETFD) };
        assert_eq!(flags & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
        assert_eq!(errno(ring.block_on(ring.open(None, path, how))), libc::EEXIST);
    });
}

#[test]
fn close_closes_and_reports() {
    for_both(|ring| {
        let folder = Folder::new();
        let fd = folder.open("file");
        let shared = fd.clone();
        assert_eq!(errno(ring.block_on(ring.close(fd))), libc::EBADF, "another clone is about");
        assert_eq!(descriptors_on(&folder.path("file")), 1, "and keeps it open");
        ring.block_on(ring.close(shared)).expect("close");
        assert_eq!(descriptors_on(&folder.path("file")), 0);
    });
}

#[test]
fn statx_says_what_the_standard_library_says() {
    for_both(|ring| {
        let folder = Folder::new();
        let path = folder.file("file", &pattern(1234));
        symlink("file", folder.path("link")).expect("a link");
        let link = name(&folder.path("link"));
        let followed = std::fs::metadata(folder.path("link")).expect("metadata");
        let itself = std::fs::symlink_metadata(folder.path("link")).expect("metadata");
        for (path, flags, expected) in
            [(&path, 0, &followed), (&link, 0, &followed), (&link, libc::AT_SYMLINK_NOFOLLOW, &itself)]
        {
            let stat = ring.block_on(ring.statx(None, path.clone(), flags)).expect("statx");
            assert_eq!(stat.size, expected.size());
            assert_eq!(stat.identity, (expected.dev(), expected.ino()));
        }
        let stat = ring.block_on(ring.statx(None, name(&folder.path("no")), 0));
        assert_eq!(stat.err().and_then(|error| error.raw_os_error()), Some(libc::ENOENT));
    });
}

#[test]
fn fsync_in_both_modes() {
    for_both(|ring| {
        let folder = Folder::new();
        let (fd, pool) = (folder.open("file"), pool(1));
        let (result, _) = ring.block_on(ring.write(&fd, filled(&pool, b"safe"), 0..4, Some(0)));
        result.expect("write");
        for data_only in [false, true] {
            ring.block_on(ring.fsync(&fd, data_only)).expect("fsync");
        }
        let (reader, _writer) = pipe();
        assert_eq!(errno(ring.block_on(ring.fsync(&reader, false))), libc::EINVAL, "a pipe is on no disk");
    });
}

#[test]
fn a_poll_tells_what_a_descriptor_is_ready_for() {
    for_both(|ring| {
        let (reader, mut writer) = pipe();
        let poll = ring.poll(&reader, libc::POLLIN);
        ring.kick();
        assert!(!poll.is_done());
        writer.write_all(b"x").expect("write");
        assert_eq!(ring.block_on(poll).expect("poll"), libc::POLLIN);
        assert_eq!(ring.block_on(ring.poll(&reader, libc::POLLIN)).expect("poll"), libc::POLLIN, "at once");
        drop(writer);
        let events = ring.block_on(ring.poll(&reader, libc::POLLIN)).expect("poll");
        assert_eq!(events, libc::POLLIN | libc::POLLHUP);
        let (reader, writer) = pipe();
        let writer = Fd::new(std::os::fd::OwnedFd::from(writer));
        assert_eq!(ring.block_on(ring.poll(&writer, libc::POLLOUT)).expect("poll"), libc::POLLOUT);
        drop(reader);
        let events = ring.block_on(ring.poll(&writer, libc::POLLIN)).expect("poll");
        assert_eq!(events & libc::POLLERR, libc::POLLERR, "told unasked");
    });
}

/// Two that wait for different things on one descriptor: each is told of its own.
#[test]
fn waits_on_one_descriptor_are_told_apart() {
    for_both(|ring| {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().expect("a pair");
        let fd = Fd::new(std::os::fd::OwnedFd::from(ours));
        let (readable, writable) = (ring.poll(&fd, libc::POLLIN), ring.poll(&fd, libc::POLLOUT));
        assert_eq!(ring.block_on(writable).expect("poll"), libc::POLLOUT);
        assert!(!readable.is_done());
        (&theirs).write_all(b"x").expect("write");
        assert_eq!(ring.block_on(readable).expect("poll"), libc::POLLIN);
    });
}
