//! Multishot operations.

use std::io::Write as _;

use super::*;
use crate::ring::ops::PollMany;
use crate::ring::{Shots, either};

fn take_byte(ring: &Ring, reader: &Fd, pool: &Pool) -> u8 {
    let read = ring.block_on(ring.read(reader, pool.take().expect("a buffer"), None));
    read.expect("read")[0]
}

fn next(ring: &Ring, stream: &mut Shots<PollMany>) -> i16 {
    ring.block_on(stream.next()).expect("an event")
}

#[test]
fn a_stream_tells_of_each_write() {
    for_both(|ring| {
        let (reader, mut writer) = pipe();
        let pool = Pool::new(1, 1).expect("a pool");
        let mut stream = ring.poll_many(&reader, libc::POLLIN);
        for byte in 0..100 {
            writer.write_all(&[byte]).expect("write");
            assert_eq!(next(&ring, &mut stream) & libc::POLLIN, libc::POLLIN);
            assert_eq!(take_byte(&ring, &reader, &pool), byte);
        }
        drop(writer);
        until("the end of the pipe", || next(&ring, &mut stream) & libc::POLLHUP != 0);
    });
}

/// The armed stream is left alone by deadlines: what comes later is still told.
#[test]
fn a_stream_outlives_a_deadline() {
    for_both(|ring| {
        let (reader, mut writer) = pipe();
        let mut stream = ring.poll_many(&reader, libc::POLLIN);
        {
            let mut item = Box::pin(stream.next());
            let mut short = ring.timeout(Duration::from_millis(5));
            assert!(matches!(
                ring.block_on(either(&mut item, &mut short)),
                crate::ring::Either::Second(Ok(()))
            ));
        }
        writer.write_all(b"x").expect("write");
        assert_eq!(next(&ring, &mut stream) & libc::POLLIN, libc::POLLIN);
    });
}

/// More events than the completion queue holds end a multishot (`F_MORE` is missing): it is armed again.
#[test]
fn a_stream_is_armed_again_after_an_overflow() {
    for_uring_with(&counting(), |ring| {
        let (reader, mut writer) = pipe();
        let (_, entries) = peek(&ring, |uring| uring.load());
        let count = entries as usize / 2;
        let mut streams: Vec<_> = (0..count).map(|_| ring.poll_many(&reader, libc::POLLIN)).collect();
        // Arms all of them, and waits for none.
        ring.block_on(async {
            for stream in &mut streams {
                let mut item = Box::pin(stream.next());
                assert!(matches!(either(&mut item, &mut ring.nop()).await, crate::ring::Either::Second(0)));
            }
        });
        assert_eq!(ring.stats().map(|stats| stats.rearmed), Some(0));
        for _ in 0..20 {
            writer.write_all(b"x").expect("write");
            peek(&ring, crate::ring::uring::Uring::gather);
        }
        // Each write is told by all of them, be it by an event of before the overflow.
        for round in 0..30 {
            writer.write_all(b"x").expect("write");
            for stream in &mut streams {
                assert_eq!(next(&ring, stream) & libc::POLLIN, libc::POLLIN, "round {round}");
            }
        }
        let rearmed = ring.stats().map_or(0, |stats| stats.rearmed);
        assert!(rearmed > 0, "no overflow, or none that was noticed");
        drop(streams);
        settle(&ring);
        assert!(reader.into_owned().is_ok());
    });
}

/// An error is told, and told again: a stream has no end to hang at.
#[test]
fn a_failed_stream_repeats_its_error() {
    for_uring_with(&counting(), |ring| {
        let folder = Folder::new();
        let fd = folder.open("regular");
        let mut stream = ring.poll_many(&fd, libc::POLLIN);
        let first = ring.block_on(stream.next());
        let second = ring.block_on(stream.next());
        assert_eq!(first.is_err(), second.is_err());
        if first.is_err() {
            assert_eq!(errno(first), errno(second));
            assert_eq!(ring.stats().map(|stats| stats.rearmed), Some(1));
        }
    });
}

#[test]
fn dropping_a_stream_cancels_it() {
    for_both(|ring| {
        let (reader, mut writer) = pipe();
        let never = ring.poll_many(&reader, libc::POLLIN);
        let mut quiet = ring.poll_many(&reader, libc::POLLIN);
        let mut busy = ring.poll_many(&reader, libc::POLLIN);
        {
            let mut item = Box::pin(quiet.next());
            assert!(matches!(
                ring.block_on(either(&mut item, &mut ring.nop())),
                crate::ring::Either::Second(0)
            ));
        }
        writer.write_all(b"x").expect("write");
        assert_eq!(next(&ring, &mut busy) & libc::POLLIN, libc::POLLIN);
        writer.write_all(b"y").expect("write");
        drop((never, quiet, busy));
        settle(&ring);
        assert!(reader.into_owned().is_ok(), "nothing holds the pipe any more");
    });
}

/// Streams that wait for room in a full queue, and are dropped there.
#[test]
fn streams_beyond_the_queue() {
    for_both(|ring| {
        let (reader, mut writer) = pipe();
        let mut streams: Vec<_> = (0..400).map(|_| ring.poll_many(&reader, libc::POLLIN)).collect();
        let tasks: Vec<_> = streams
            .drain(..)
            .map(|mut stream| {
                ring.spawn(async move {
                    let first = stream.next().await;
                    (first, stream)
                })
            })
            .collect();
        writer.write_all(b"x").expect("write");
        let mut held = Vec::new();
        // Those in the queue first; each that is dropped makes room for one that waits.
        for (i, task) in tasks.into_iter().enumerate() {
            let (first, stream) = ring.block_on(task.join());
            assert_eq!(first.expect("an event") & libc::POLLIN, libc::POLLIN, "stream {i}");
            if i % 3 == 0 && held.len() < 50 {
                held.push(stream);
            }
        }
        drop(held);
        settle(&ring);
    });
}
