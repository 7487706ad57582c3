//! Connections that are reset: bytes are missing, and a socket says so only once.

use std::fs::File;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use super::common::{close, numbers};
use crate::harness::{PATIENCE, Scene, sys};

/// Two ends of a connection: the test's and the command's. The first one has something to read, so closing it without
/// having read that resets the connection.
fn connections() -> [(&'static str, File, OwnedFd); 2] {
    let (near, far) = UnixStream::pair().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let tcp = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let other = listener.accept().unwrap().0;
    [("unix", near.into(), far.into()), ("tcp", tcp.into(), other.into())].map(
        |(name, near, far): (_, OwnedFd, OwnedFd)| {
            let mut far = File::from(far);
            far.write_all(b"unread").unwrap();
            (name, near.into(), far.into())
        },
    )
}

/// What came before arrives; that there would have been more is told, and is an error, for whatever kind of output.
#[test]
fn an_input() {
    let t = Scene::new();
    for nonblocking in [false, true] {
        for args in [&["-"][..], &["-", "-", "a"], &["-", "-", "/dev/null"], &["--sparse", "-", "-", "a"]] {
            for index in 0..2 {
                let (name, mut near, theirs) = connections().into_iter().nth(index).unwrap();
                if nonblocking {
                    sys::set_nonblocking(&theirs);
                }
                let run = t.usplice(args).stdin_from(theirs);
                let live = run.start();
                drop(run);
                near.write_all(b"begun\n").unwrap();
                live.stdout.until("begun\n");
                close(near);
                let ended = live.end().stdout_is("begun\n").code(1);
                let said = String::from_utf8(ended.stderr).unwrap();
                assert_eq!(
                    said, "usplice: standard input: Connection reset by peer\n",
                    "{name} {args:?} {nonblocking}"
                );
            }
        }
    }
}

/// To a file, without any pipe.
#[test]
fn an_input_of_a_file() {
    let t = Scene::new();
    for index in 0..2 {
        let (_, mut near, theirs) = connections().into_iter().nth(index).unwrap();
        near.write_all(b"lost\n").unwrap();
        let run = t.usplice(&["-", "a"]).stdin_from(theirs);
        let live = run.start();
        drop(run);
        close(near);
        live.end().stderr_is("usplice: standard input: Connection reset by peer\n").code(1);
    }
}

/// It is not the same as a reader that is gone: no mode is silent about it. (A reset in the middle of a splice is lost in
/// the kernel, which tells of the part that was moved, and of a broken pipe the next time.)
#[test]
fn an_output() {
    let (t, content) = (Scene::new(), numbers(300_000));
    t.file("in", &content);
    for args in [
        &["-"][..],
        &["in"],
        // Not from a pipe: while that is silent, several outputs are only known to be gone.
        &["--output-error=warn-nopipe", "in"],
        &["--output-error=warn-nopipe", "in", "-", "a"],
    ] {
        for nonblocking in [false, true] {
            let (_, near, theirs) = connections().into_iter().nth(1).unwrap();
            if nonblocking {
                sys::set_nonblocking(&theirs);
            }
            close(near);
            assert!(sys::wait_for(&theirs, libc::POLLHUP, PATIENCE));
            let ended = t.usplice(args).stdin(content.clone()).stdout_to(theirs).go().code(1);
            let said = String::from_utf8(ended.stderr).unwrap();
            assert_eq!(said, "usplice: standard output: Connection reset by peer\n", "{args:?}");
        }
    }
}
