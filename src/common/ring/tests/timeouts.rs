//! Time, and what must not be lost to it.

use std::io::Write as _;

use super::*;
use crate::ring::{Either, either};

const HOUR: Duration = Duration::from_hours(1);

#[test]
fn a_timeout_passes_no_sooner_than_it_should() {
    for_both(|ring| {
        for millis in [0, 1, 20] {
            let time = Duration::from_millis(millis);
            let before = Instant::now();
            ring.block_on(ring.timeout(time)).expect("it passes");
            assert!(before.elapsed() >= time, "{:?} of {time:?}", before.elapsed());
        }
    });
}

#[test]
fn timeouts_pass_in_the_order_of_their_times() {
    for_both(|ring| {
        let order = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let tasks: Vec<_> = [30, 10, 20, 1]
            .into_iter()
            .map(|millis| {
                let (timeout, order) = (ring.timeout(Duration::from_millis(millis)), order.clone());
                ring.spawn(async move {
                    timeout.await.expect("it passes");
                    order.borrow_mut().push(millis);
                })
            })
            .collect();
        for task in tasks {
            ring.block_on(task.join());
        }
        assert_eq!(*order.borrow(), [1, 10, 20, 30]);
    });
}

#[test]
fn a_cancelled_timeout_says_so_at_once() {
    for_both(|ring| {
        let before = Instant::now();
        for time in [HOUR, Duration::MAX] {
            for kicked in [false, true] {
                let mut timeout = ring.timeout(time);
                if kicked {
                    ring.kick();
                }
                timeout.cancel();
                timeout.cancel();
                assert_eq!(errno(ring.block_on(timeout)), libc::ECANCELED);
            }
        }
        assert!(before.elapsed() < HOUR);
        let mut over = ring.timeout(Duration::ZERO);
        until("it passed", || {
            ring.block_on(ring.nop());
            over.is_done()
        });
        over.cancel();
        ring.block_on(over).expect("too late to cancel");
    });
}

/// A deadline loses nothing: the read goes on, and gives what comes.
#[test]
fn a_read_that_lost_to_a_deadline_is_not_lost() {
    for_both(|ring| {
        let pool = pool(1);
        let (reader, mut writer) = pipe();
        let mut read = ring.read(&reader, pool.take().expect("a buffer"), None);
        let mut deadline = ring.timeout(Duration::from_millis(5));
        assert!(matches!(ring.block_on(either(&mut read, &mut deadline)), Either::Second(Ok(()))));
        writer.write_all(b"late").expect("write");
        let mut deadline = ring.timeout(HOUR);
        let Either::First(read) = ring.block_on(either(&mut read, &mut deadline)) else {
            panic!("an hour passed")
        };
        assert_eq!(&read.expect("read")[..], b"late");
        drop(deadline);
        settle(&ring);
    });
}

#[test]
fn thousands_of_timeouts() {
    for_both(|ring| {
        let all: Vec<_> = (0..2000).map(|i| ring.timeout(Duration::from_micros(i % 100))).collect();
        for timeout in all {
            ring.block_on(timeout).expect("it passes");
        }
    });
}

/// A linked timeout: whichever of the two comes first ends both.
#[test]
fn a_poll_with_a_limit() {
    for_both(|ring| {
        let (reader, mut writer) = pipe();
        let before = Instant::now();
        let short = Duration::from_millis(5);
        assert_eq!(ring.block_on(ring.poll_within(&reader, libc::POLLIN, short)).expect("poll"), None);
        assert!(before.elapsed() >= short);
        for time in [Duration::ZERO, HOUR, Duration::MAX] {
            writer.write_all(b"x").expect("write");
            let ready = ring.block_on(ring.poll_within(&reader, libc::POLLIN, time)).expect("poll");
            assert!(ready == Some(libc::POLLIN) || time.is_zero(), "{ready:?}");
        }
        let (empty, writer) = pipe();
        let mut poll = ring.poll_within(&empty, libc::POLLIN, HOUR);
        ring.kick();
        assert!(!poll.is_done());
        poll.cancel();
        assert_eq!(errno(ring.block_on(poll)), libc::ECANCELED);
        let poll = ring.poll_within(&empty, libc::POLLIN, HOUR);
        drop(writer);
        assert_eq!(ring.block_on(poll).expect("poll"), Some(libc::POLLHUP));
        drop(ring.poll_within(&reader, libc::POLLERR, HOUR));
        settle(&ring);
    });
}

/// The same where the kernel lacks the operation.
#[test]
fn a_poll_with_a_limit_by_a_plain_call() {
    for_both(|ring| {
        ring.core().lack(io_uring::opcode::LinkTimeout::CODE);
        let (reader, mut writer) = pipe();
        let short = Duration::from_millis(5);
        assert_eq!(ring.block_on(ring.poll_within(&reader, libc::POLLIN, short)).expect("poll"), None);
        writer.write_all(b"x").expect("write");
        let ready = ring.block_on(ring.poll_within(&reader, libc::POLLIN, HOUR)).expect("poll");
        assert_eq!(ready, Some(libc::POLLIN));
    });
}
