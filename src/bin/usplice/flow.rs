//! What all ways of moving bytes have in common: how many are still to be moved and how fast, and what happens meanwhile:
//! the meter ticks, signals come.
//!
//! Everything waits in one ring, in one thread: for ends to become ready, for workers to move what they were given, for
//! the moment at which the rate limit allows more, for the next tick, and for signals, which come through a descriptor.
//! Where nothing waits there is no ring: what is due is looked at between two pieces ([`Flow::allow`]).

use std::cell::{Cell, OnceCell, RefCell};
use std::future::{Future, poll_fn};
use std::io::{self, IsTerminal};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use ringutils::cli::{Diagnostics, bytes};
use ringutils::io::Session;
use ringutils::io::transfer::at_most;
use ringutils::ring::ops::{self, Events, Timeout};
use ringutils::ring::{Fd, InFlight, Ring};
use ringutils::sys::SignalFd;

use crate::meter::Meter;
use crate::options::Options;
use crate::pace::Pace;
use crate::stop::Stop;

/// How long a signal or a tick may wait for a gap between two pieces.
const EVERY: Duration = Duration::from_millis(50);

/// How often to ask a terminal anew whether it takes more: a pseudo-terminal that has got room does not always say so.
pub const AGAIN: Duration = Duration::from_millis(100);

/// See the module.
pub struct Flow<'a> {
    pub session: &'a Session,
    pub options: &'a Options,
    pub diagnostics: &'a Diagnostics,
    pub meter: &'a Meter,
    signals: Option<Signals>,
    ring: OnceCell<Ring>,
    /// Whether the ring is given work that takes its workers.
    works: bool,
    /// Bytes that may still be taken from the input.
    left: Cell<u64>,
    pace: RefCell<Option<Pace>>,
    /// When to look at what is due.
    look: Cell<Instant>,
    waits: RefCell<Waits>,
}

struct Signals {
    taken: SignalFd,
    /// The same, for the ring.
    file: Fd,
}

/// What is waited for besides the matter at hand. It stays in the ring from one time to the next.
#[derive(Default)]
struct Waits {
    signal: Option<InFlight<ops::Poll>>,
    tick: Option<(Instant, InFlight<Timeout>)>,
}

/// What came first.
enum First<T> {
    Done(T),
    Signal,
    Tick,
}

impl<'a> Flow<'a> {
    /// `left`: bytes to be taken from the input at most. `signals`: those that are answered here. `works`: whether a ring,
    /// if one is needed, shall have workers.
    pub fn new(
        (session, options, diagnostics): (&'a Session, &'a Options, &'a Diagnostics),
        meter: &'a Meter,
        signals: Option<SignalFd>,
        left: u64,
        works: bool,
    ) -> Self {
        let signals = signals.map(|taken| Signals { file: Fd::shared(taken.shared()), taken });
        let now = Instant::now();
        Self {
            session,
            options,
            diagnostics,
            meter,
            signals,
            ring: OnceCell::new(),
            works,
            left: Cell::new(left),
            pace: RefCell::new(options.rate.map(|rate| Pace::new(rate, now))),
            look: Cell::new(now + EVERY),
            waits: RefCell::default(),
        }
    }

    /// The ring, set up now if it was not before.
    pub fn ring(&self) -> &Ring {
        self.ring.get_or_init(|| {
            self.set_up(if self.works { self.session.ring() } else { self.session.waiting_ring() })
        })
    }

    fn set_up(&self, ring: Ring) -> Ring {
        self.say(|| bytes!["using a ring of ", if ring.is_uring() { "io_uring" } else { "threads" }]);
        ring
    }

    /// Runs a way of moving bytes to its end. As long as it does not wait there is no ring.
    pub fn run<T>(&self, way: impl Future<Output = T>) -> T {
        let mut way = pin!(way);
        if let Poll::Ready(result) = way.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
        // What it waits for was started for the ring's main task, which it now becomes.
        self.ring().block_on(way)
    }

    /// The run is over: what the ring did counts.
    pub fn finish(&self) {
        *self.waits.borrow_mut() = Waits::default();
        if let (Some(ring), false) = (self.ring.get(), self.works) {
            self.session.done(ring);
        }
    }

    /// How many bytes may be taken from the input now, `most` at most: 0 if there are to be no more. Waits as long as the
    /// rate limit says, and sees to what is due.
    pub async fn allow(&self, most: usize) -> Result<usize, Stop> {
        let most = at_most(self.left.get(), most);
        if most == 0 {
            return Ok(0);
        }
        self.attend()?;
        loop {
            let granted = match &mut *self.pace.borrow_mut() {
                None => Ok(most),
                Some(pace) => pace.grant(Instant::now(), most),
            };
            match granted {
                Ok(n) => return Ok(n),
                Err(wait) => drop(self.served(self.ring().timeout(wait)).await?),
            }
        }
    }

    /// Bytes that may still be taken from the input, the rate apart.
    pub fn left(&self) -> u64 {
        self.left.get()
    }

    /// So many bytes were taken from the input.
    pub fn took(&self, bytes: usize) {
        let bytes = bytes as u64;
        self.left.set(self.left.get().saturating_sub(bytes));
        if let Some(pace) = &mut *self.pace.borrow_mut() {
            pace.took(bytes);
        }
    }

    /// So many bytes of the input are where they shall be: in all outputs that are left.
    pub fn moved(&self, bytes: usize) {
        self.meter.inc(bytes as u64);
    }

    /// Waits until `fd` is ready for one of `events`, or broken.
    pub async fn ready(&self, fd: &Fd, events: Events) -> Result<io::Result<Events>, Stop> {
        let deaf = events & libc::POLLOUT != 0 && fd.borrow().is_ok_and(|fd| fd.is_terminal());
        if !deaf {
            return self.served(self.ring().poll(fd, events)).await;
        }
        loop {
            let ready = self.served(self.ring().poll_within(fd, events, AGAIN)).await?;
            if let Some(ready) = ready.transpose() {
                return Ok(ready);
            }
        }
    }

    /// Waits for anything, and sees to ticks and signals meanwhile.
    pub async fn served<T>(&self, what: impl Future<Output = T>) -> Result<T, Stop> {
        let mut what = pin!(what);
        loop {
            match self.first(what.as_mut()).await {
                First::Done(result) => return Ok(result),
                First::Signal => self.take_signals()?,
                First::Tick => self.meter.tick(),
            }
        }
    }

    async fn first<T>(&self, mut what: Pin<&mut impl Future<Output = T>>) -> First<T> {
        poll_fn(|context| {
            if let Poll::Ready(result) = what.as_mut().poll(context) {
                return Poll::Ready(First::Done(result));
            }
            let Waits { signal, tick } = &mut *self.waits.borrow_mut();
            if let Some(signals) = &self.signals {
                let poll = signal.get_or_insert_with(|| self.ring().poll(&signals.file, libc::POLLIN));
                if Pin::new(poll).poll(context).is_ready() {
                    *signal = None;
                    return Poll::Ready(First::Signal);
                }
            }
            if let Some(due) = self.meter.due() {
                if tick.as_ref().is_none_or(|(at, _)| *at != due) {
                    let left = due.saturating_duration_since(Instant::now());
                    *tick = Some((due, self.ring().timeout(left)));
                }
                if let Some((_, timer)) = tick
                    && Pin::new(timer).poll(context).is_ready()
                {
                    *tick = None;
                    return Poll::Ready(First::Tick);
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Sees to what is due, now and then.
    pub fn attend(&self) -> Result<(), Stop> {
        let now = Instant::now();
        if now < self.look.get() {
            return Ok(());
        }
        self.look.set(now + EVERY);
        self.take_signals()?;
        if self.meter.due().is_some_and(|due| due <= now) {
            self.meter.tick();
        }
        Ok(())
    }

    /// `SIGUSR1` asks how far it got; any other one is the end.
    fn take_signals(&self) -> Result<(), Stop> {
        while let Some(signal) = self.signals.as_ref().and_then(|signals| signals.taken.take()) {
            if signal != libc::SIGUSR1 {
                return Err(Stop::Signal(signal));
            }
            self.diagnostics.write(&self.meter.totals());
        }
        Ok(())
    }

    /// With `--debug`, says how the bytes go.
    pub fn say(&self, text: impl FnOnce() -> Vec<u8>) {
        if self.options.debug {
            self.diagnostics.warn(text());
        }
    }
}
