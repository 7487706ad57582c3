//! Tasks.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use super::*;
use crate::ring::{Either, Task, either};

type Log = Rc<RefCell<Vec<u32>>>;

#[test]
fn tasks_start_at_once_and_are_joined_in_any_order() {
    for_both(|ring| {
        let log = Log::default();
        let tasks: Vec<_> = (0..5)
            .map(|i| {
                let (again, log) = (ring.clone(), Rc::clone(&log));
                ring.spawn(async move {
                    log.borrow_mut().push(i);
                    again.nop().await;
                    log.borrow_mut().push(10 + i);
                    i
                })
            })
            .collect();
        assert_eq!(*log.borrow(), [0, 1, 2, 3, 4], "the first steps ran");
        assert!(tasks.iter().all(|task| !task.is_done()));
        let results: Vec<_> = tasks.into_iter().rev().map(|task| ring.block_on(task.join())).collect();
        assert_eq!(results, [4, 3, 2, 1, 0]);
        assert_eq!(log.borrow().len(), 10);
    });
}

#[test]
fn a_task_that_is_done_at_once_can_be_joined_later() {
    for_both(|ring| {
        let task = ring.spawn(async { 7 });
        assert!(task.is_done());
        assert_eq!(ring.block_on(ring.nop()), 0);
        assert_eq!(ring.block_on(task.join()), 7);
    });
}

#[test]
fn a_dropped_task_ends_and_cancels() {
    for_both(|ring| {
        let (reader, _writer) = pipe();
        let (pool, dropped) = (pool(1), Rc::new(()));
        let (again, buf, held) = (ring.clone(), pool.take().expect("a buffer"), Rc::clone(&dropped));
        let shared = reader.clone();
        let task = ring.spawn(async move {
            let read = again.read(&shared, buf, None).await;
            drop((read, held));
            panic!("a dropped task went on");
        });
        assert_eq!(ring.block_on(ring.nop()), 0);
        drop(task);
        assert_eq!(Rc::strong_count(&dropped), 1, "its future is gone");
        settle(&ring);
        assert_eq!(free(&pool), 1);
        assert!(reader.into_owned().is_ok());
    });
}

#[test]
fn tasks_spawn_tasks() {
    fn tree(ring: &Ring, depth: u32) -> Task<u32> {
        let again = ring.clone();
        ring.spawn(async move {
            again.nop().await;
            if depth == 0 {
                return 1;
            }
            let (left, right) = (tree(&again, depth - 1), tree(&again, depth - 1));
            left.join().await + right.join().await
        })
    }
    for_both(|ring| assert_eq!(ring.block_on(tree(&ring, 6).join()), 64));
}

/// Numbers of ended tasks are given out again; a late wake of the old one does not disturb the new.
#[test]
fn ended_tasks_make_room() {
    for_both(|ring| {
        for round in 0..200 {
            let again = ring.clone();
            let short = ring.spawn(async move { again.nop().await });
            drop(short);
            let again = ring.clone();
            let task = ring.spawn(async move {
                again.nop().await;
                again.nop().await;
                round
            });
            assert_eq!(ring.block_on(task.join()), round);
        }
        settle(&ring);
    });
}

#[test]
fn a_task_may_drop_its_own_task() {
    for_both(|ring| {
        let own: Rc<RefCell<Option<Task<()>>>> = Rc::default();
        let (log, held) = (Log::default(), Rc::new(()));
        let (again, mine, seen, inside) = (ring.clone(), Rc::clone(&own), Rc::clone(&log), Rc::clone(&held));
        let task = ring.spawn(async move {
            again.nop().await;
            drop(mine.borrow_mut().take());
            seen.borrow_mut().push(1);
            let successors: Vec<_> = (0..3).map(|_| again.spawn(async {})).collect();
            again.nop().await;
            drop((successors, inside));
            seen.borrow_mut().push(2);
        });
        *own.borrow_mut() = Some(task);
        (0..5).for_each(|_| assert_eq!(ring.block_on(ring.nop()), 0));
        assert_eq!(*log.borrow(), [1], "it ran up to its next wait");
        assert_eq!(Rc::strong_count(&held), 1, "its future is gone");
        assert_eq!(ring.block_on(ring.spawn(async { 5 }).join()), 5);
        settle(&ring);
    });
}

#[test]
fn block_on_can_be_entered_again() {
    for_both(|ring| {
        let ticks = Rc::new(Cell::new(0));
        let (again, count) = (ring.clone(), Rc::clone(&ticks));
        let background = ring.spawn(async move {
            for _ in 0..50 {
                again.nop().await;
                count.set(count.get() + 1);
            }
        });
        // An operation may be started in one run and awaited in another.
        let late = ring.block_on(async {
            let late = ring.nop();
            (late, ring.nop().await)
        });
        for _ in 0..10 {
            assert_eq!(ring.block_on(ring.nop()), 0);
        }
        let before = ticks.get();
        assert!(before > 0, "tasks run beside the future");
        ring.block_on(background.join());
        assert_eq!(ticks.get(), 50);
        assert_eq!(ring.block_on(late.0), 0);
        assert_eq!(ring.block_on(async { 3 }), 3, "a future that never waits");
    });
}

/// Wakes that come while tasks run, and for tasks that wait for each other.
#[test]
fn tasks_wait_for_each_other() {
    for_both(|ring| {
        let mut last: Option<Task<u32>> = None;
        for _ in 0..100 {
            let (again, before) = (ring.clone(), last.take());
            last = Some(ring.spawn(async move {
                let Some(before) = before else { return u32::try_from(again.nop().await).unwrap_or(9) };
                before.join().await + 1
            }));
        }
        assert_eq!(ring.block_on(last.expect("a task").join()), 99);
    });
}

/// An operation moves from one task to another: whoever polled it last is woken.
#[test]
fn an_operation_may_change_hands() {
    for_both(|ring| {
        let (reader, mut writer) = pipe();
        let pool = pool(1);
        let mut read = ring.read(&reader, pool.take().expect("a buffer"), None);
        let mut nop = ring.nop();
        assert!(matches!(ring.block_on(either(&mut read, &mut nop)), Either::Second(0)));
        let task = ring.spawn(read);
        std::io::Write::write_all(&mut writer, b"moved").expect("write");
        assert_eq!(&ring.block_on(task.join()).expect("read")[..], b"moved");
    });
}

#[test]
fn a_wait_for_nothing_panics_instead_of_hanging() {
    for_both(|ring| {
        assert_eq!(ring.block_on(ring.nop()), 0);
        let alone = std::panic::AssertUnwindSafe(|| ring.block_on(poll_fn(|_| Poll::<()>::Pending)));
        assert!(std::panic::catch_unwind(alone).is_err());
        assert_eq!(ring.block_on(ring.nop()), 0, "and the ring still works");
    });
}

/// The documented panic: an outcome is given once.
#[test]
#[should_panic(expected = "awaited twice")]
fn an_operation_is_awaited_once() {
    let ring = Ring::of_threads(&Config::default());
    let mut nop = ring.nop();
    ring.block_on(poll_fn(|context| std::pin::Pin::new(&mut nop).poll(context)));
    ring.block_on(&mut nop);
}
