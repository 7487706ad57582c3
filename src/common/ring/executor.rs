//! A small single-threaded executor: futures in, one `enter` a turn.
//!
//! A task is woken when an operation that it polled finishes. The operation remembers the *task*, not a
//! [`std::task::Waker`]: nothing is allocated or counted for it, and no future from elsewhere is welcome here
//! (combinators that poll their parts directly, such as [`either`], are).

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::Ring;

/// Names a task of one ring. 0 is the future given to `block_on`.
pub(super) type TaskId = u32;

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

/// Where a task is.
enum Place {
    Waiting(Boxed),
    /// It is being polled; its future is with whoever polls it.
    Running,
    /// It has ended, or was ended.
    Over,
}

/// The tasks of a ring and which of them can go on.
pub(super) struct Executor {
    tasks: RefCell<Vec<Place>>,
    free: RefCell<Vec<TaskId>>,
    ready: RefCell<VecDeque<TaskId>>,
    current: Cell<TaskId>,
}

impl Executor {
    pub fn new() -> Self {
        Self {
            tasks: RefCell::new(vec![Place::Over]),
            free: RefCell::default(),
            ready: RefCell::default(),
            current: Cell::new(0),
        }
    }

    pub fn current(&self) -> TaskId {
        self.current.get()
    }

    /// Lets a task run in the next round. Waking twice is harmless: a poll too many finds nothing to do.
    pub fn wake(&self, task: TaskId) {
        self.ready.borrow_mut().push_back(task);
    }

    /// As [`Executor::wake`], for all of `tasks`, the last one first.
    pub fn wake_all(&self, tasks: &mut Vec<TaskId>) {
        let mut ready = self.ready.borrow_mut();
        while let Some(task) = tasks.pop() {
            ready.push_back(task);
        }
    }

    fn insert(&self, future: Boxed) -> TaskId {
        let mut tasks = self.tasks.borrow_mut();
        let id = self.free.borrow_mut().pop().unwrap_or_else(|| {
            tasks.push(Place::Over);
            TaskId::try_from(tasks.len() - 1).unwrap_or(TaskId::MAX)
        });
        tasks[id as usize] = Place::Waiting(future);
        id
    }

    fn replace(&self, id: TaskId, place: Place) -> Place {
        std::mem::replace(&mut self.tasks.borrow_mut()[id as usize], place)
    }

    /// Polls one task. It is taken out meanwhile, so that it can spawn and drop others, and itself.
    fn run(&self, id: TaskId) {
        let mut future = match self.replace(id, Place::Running) {
            Place::Waiting(future) => future,
            other => return drop(self.replace(id, other)),
        };
        let before = self.current.replace(id);
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.current.set(before);
        let mut tasks = self.tasks.borrow_mut();
        let place = &mut tasks[id as usize];
        if let Place::Over = place {
            // It has dropped its own `Task`.
            self.free.borrow_mut().push(id);
        } else if polled.is_pending() {
            *place = Place::Waiting(future);
            return;
        } else {
            *place = Place::Over;
        }
        // The future goes now, with nothing borrowed.
        drop(tasks);
    }

    /// Ends a task; its future is the caller's to drop, with nothing borrowed.
    fn remove(&self, id: TaskId) -> Option<Boxed> {
        match self.replace(id, Place::Over) {
            Place::Waiting(future) => {
                self.free.borrow_mut().push(id);
                Some(future)
            }
            // Whoever polls it ends it.
            Place::Running => None,
            Place::Over => {
                self.free.borrow_mut().push(id);
                None
            }
        }
    }
}

impl Ring {
    /// Runs a future, and all spawned tasks beside it, until it is done.
    ///
    /// # Panics
    /// When all tasks wait and nothing is in flight that could wake one: a bug of the caller.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let exec = self.executor();
        exec.wake(0);
        loop {
            while let Some(id) = {
                let mut ready = exec.ready.borrow_mut();
                ready.pop_front()
            } {
                if id != 0 {
                    exec.run(id);
                    continue;
                }
                let before = exec.current.replace(0);
                let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                exec.current.set(before);
                if let Poll::Ready(output) = polled {
                    return output;
                }
            }
            self.turn();
        }
    }

    /// Starts a task that runs whenever the executor does. Its result is awaited by [`Task::join`]; dropping the
    /// [`Task`] ends it, and cancels what it has in flight.
    pub fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let shared = Rc::new(Shared { result: RefCell::new(None), waiter: Cell::new(None) });
        let (ring, to) = (self.clone(), Rc::clone(&shared));
        let id = self.executor().insert(Box::pin(async move {
            let result = future.await;
            *to.result.borrow_mut() = Some(result);
            if let Some(waiter) = to.waiter.get() {
                ring.executor().wake(waiter);
            }
        }));
        // Its first steps run at once: what can be started is in the queue before anyone waits.
        self.executor().run(id);
        Task { ring: self.clone(), id, shared }
    }
}

struct Shared<T> {
    result: RefCell<Option<T>>,
    waiter: Cell<Option<TaskId>>,
}

/// A spawned task, and its result to come.
#[must_use = "dropping a task ends it"]
pub struct Task<T> {
    ring: Ring,
    id: TaskId,
    shared: Rc<Shared<T>>,
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        drop(self.ring.executor().remove(self.id));
    }
}

impl<T> Task<T> {
    /// Waits for the task to end.
    pub async fn join(self) -> T {
        poll_fn(|_| {
            let result = self.shared.result.borrow_mut().take();
            if result.is_none() {
                self.shared.waiter.set(Some(self.ring.current_task()));
            }
            result.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Whether its result is there.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.shared.result.borrow().is_some()
    }
}

/// Which of two futures came first.
#[derive(Debug, PartialEq, Eq)]
pub enum Either<A, B> {
    /// The first one.
    First(A),
    /// The second one.
    Second(B),
}

/// Waits for whichever comes first. Both are only borrowed: the other goes on, and can be cancelled or awaited. This
/// is how a deadline is built that loses nothing.
pub async fn either<A, B>(a: &mut A, b: &mut B) -> Either<A::Output, B::Output>
where
    A: Future + Unpin,
    B: Future + Unpin,
{
    poll_fn(|context| {
        if let Poll::Ready(first) = Pin::new(&mut *a).poll(context) {
            return Poll::Ready(Either::First(first));
        }
        Pin::new(&mut *b).poll(context).map(Either::Second)
    })
    .await
}
