//! One output of several: its share of a piece, and how that gets there at the output's own pace.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use ringutils::cli;
use ringutils::ring::ops::{self, Timeout};
use ringutils::ring::{InFlight, Ring};
use ringutils::sys::{self, Kind};

use super::inner::Inner;
use crate::ends::End;
use crate::flow::{AGAIN, Flow};
use crate::pump::pipes::is_waiting_socket;
use crate::pump::ready::{Stalls, is_ready};
use crate::pump::sink::Writer;
use crate::pump::{is_interrupt, is_refusal};

/// An output that has not failed.
pub struct Branch<'a> {
    pub end: &'a End,
    manner: Manner,
    /// Where the rest of the piece is taken from.
    share: Share,
    /// Bytes of the piece that it has not got yet.
    left: usize,
    /// Its own pipe, empty between two pieces.
    pub own: Option<Inner>,
    /// How it is written to, if it has to be.
    writer: Writer<'a>,
    waits: Option<Waits>,
    stalls: Stalls,
}

/// How an output takes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It can be spliced to, without waiting.
    Splice,
    /// It can be spliced to, but would wait: a worker's job.
    SpliceByWorker,
    /// It has to be written to.
    Write,
}

/// Where an output's share of the piece is.
#[derive(Debug)]
pub enum Share {
    /// In its own pipe.
    Own,
    /// In the pipe of all.
    Main,
    /// So many of these, from the start.
    Bytes(Rc<Vec<u8>>, usize),
}

/// What an output waits for.
enum Waits {
    Ready(InFlight<ops::Poll>),
    /// As `Ready`, for a terminal, which has to be asked anew now and then.
    Within(InFlight<ops::PollWithin>),
    Pause(InFlight<Timeout>),
    Splice(InFlight<ops::Splice>),
}

/// How far it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has all of the piece.
    Done,
    /// It waits; see [`Branch::finished`].
    Waits,
}

/// Attempts to duplicate a piece before it is copied.
const ATTEMPTS: usize = 3;

impl<'a> Branch<'a> {
    /// # Errors
    /// Those of [`Writer::new`].
    pub fn new(flow: &'a Flow<'a>, end: &'a End) -> io::Result<Self> {
        let writer = Writer::new(flow, end)?;
        let manner = if is_waiting_socket(end) {
            Manner::SpliceByWorker
        } else if can_splice(end) && !writer.makes_holes() {
            Manner::Splice
        } else {
            Manner::Write
        };
        let (share, stalls) = (Share::Own, Stalls::default());
        Ok(Self { end, manner, share, left: 0, own: None, writer, waits: None, stalls })
    }

    /// Whether it takes its share from a pipe.
    pub fn splices(&self) -> bool {
        matches!(self.manner, Manner::Splice | Manner::SpliceByWorker)
    }

    /// From now on it is written to.
    pub fn write_from_now_on(&mut self) {
        self.manner = Manner::Write;
    }

    /// The next `len` bytes are there.
    pub fn begin(&mut self, len: usize, share: Share) {
        self.left = len;
        self.share = share;
    }

    /// The bytes that it still has to take out of the pipe of all.
    pub fn left_in_main(&self) -> usize {
        if matches!(self.share, Share::Main) { self.left } else { 0 }
    }

    pub fn is_waiting(&self) -> bool {
        self.waits.is_some()
    }

    /// Duplicates the front of `main` into its own pipe, which is empty, all or nothing. Short operations may leave some
    /// of it out; there is no going on in the middle, so it is begun anew.
    pub fn tee(&self, flow: &Flow<'_>, main: &Inner, len: usize) -> io::Result<bool> {
        let Some(own) = &self.own else { return Ok(false) };
        for _ in 0..ATTEMPTS {
            let n = sys::tee_now(main.output(), own.input(), len).unwrap_or(0);
            flow.session.tally("tee", n);
            if n == len {
                return Ok(true);
            }
            own.read(n, &mut Vec::new())?;
        }
        Ok(false)
    }

    /// Gets as far as it can without waiting. The error is the output's.
    pub fn go_on(&mut self, flow: &Flow<'_>, main: Option<&Inner>) -> io::Result<Step> {
        while self.left > 0 {
            if self.waits.is_none() {
                match (&self.share, self.manner) {
                    (Share::Bytes(bytes, len), _) => {
                        let (bytes, len) = (Rc::clone(bytes), *len);
                        self.write(flow, &bytes[len - self.left..len])?;
                    }
                    (_, Manner::SpliceByWorker) => self.start_splice(flow, main)?,
                    _ => self.splice(flow, main)?,
                }
            }
            if self.waits.is_some() {
                return Ok(Step::Waits);
            }
        }
        self.share = Share::Own;
        Ok(Step::Done)
    }

    /// There will be no more.
    ///
    /// # Errors
    /// Those of [`Writer::finish`].
    pub fn finish(&mut self) -> io::Result<()> {
        self.writer.finish()
    }

    /// A worker that is still splicing holds the pipe's lock for as long as the socket takes nothing, and closing the pipe
    /// would wait for that. It stays open then, until the process ends, which ends the worker first. Whether that is so with
    /// the pipe of all.
    pub fn leave_to_worker(&mut self) -> bool {
        let busy = matches!(self.waits, Some(Waits::Splice(_)));
        if busy {
            std::mem::forget(self.own.take());
        }
        busy && matches!(self.share, Share::Main)
    }

    /// What it waited for, when it has come.
    pub fn finished(
        &mut self,
        context: &mut Context<'_>,
        flow: &Flow<'_>,
        main: Option<&Inner>,
    ) -> Poll<io::Result<()>> {
        let Some(waits) = &mut self.waits else { return Poll::Ready(Ok(())) };
        let moved = match waits {
            Waits::Ready(poll) => ready!(Pin::new(poll).poll(context)).map(|_| None),
            Waits::Within(poll) => ready!(Pin::new(poll).poll(context)).map(|_| None),
            Waits::Pause(timeout) => ready!(Pin::new(timeout).poll(context)).map(|()| None),
            Waits::Splice(splice) => ready!(Pin::new(splice).poll(context)).map(Some),
        };
        let only_waited = !matches!(waits, Waits::Splice(_));
        self.waits = None;
        Poll::Ready(match moved {
            Ok(None) => Ok(()),
            Ok(Some(n)) => self.take_in(flow, main, Ok(n)),
            Err(error) if only_waited => Err(error),
            Err(error) => self.take_in(flow, main, Err(error)),
        })
    }

    /// The answer to a splice or a write.
    fn take_in(
        &mut self,
        flow: &Flow<'_>,
        main: Option<&Inner>,
        result: io::Result<usize>,
    ) -> io::Result<()> {
        let written = matches!(self.share, Share::Bytes(..));
        match result {
            Ok(n) if n > 0 => {
                self.left = self.left.saturating_sub(n);
                self.stalls.over();
                Ok(())
            }
            Ok(_) if written => Err(io::ErrorKind::WriteZero.into()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.wait_for_output(flow.ring());
                Ok(())
            }
            Err(error) if written || error.kind() == io::ErrorKind::BrokenPipe => Err(error),
            Err(error) if is_interrupt(&error) => Ok(()),
            Err(error) if self.end.kind() == Kind::Socket && !is_refusal(&error) => Err(error),
            Ok(_) | Err(_) => self.fall_back(flow, main),
        }
    }

    fn splice(&mut self, flow: &Flow<'_>, main: Option<&Inner>) -> io::Result<()> {
        let source = self.source(main)?;
        let result = sys::splice_now(source.output(), self.end.fd(), self.left);
        flow.session.tally("splice", *result.as_ref().unwrap_or(&0));
        self.take_in(flow, main, result)
    }

    fn start_splice(&mut self, flow: &Flow<'_>, main: Option<&Inner>) -> io::Result<()> {
        let from = self.source(main)?.shared()?;
        let len = u32::try_from(self.left).unwrap_or(1 << 30);
        let splice = flow.ring().splice((from, None), (&self.end.file, None), len, libc::SPLICE_F_MOVE);
        self.waits = Some(Waits::Splice(splice));
        Ok(())
    }

    /// Writes some of what is left.
    fn write(&mut self, flow: &Flow<'_>, rest: &[u8]) -> io::Result<()> {
        let result = match &mut self.writer {
            Writer::Plain => sys::write(self.end.fd(), rest),
            Writer::Sparse(sparse) => sparse.write(rest).map(|()| rest.len()),
            Writer::Stream(stream) => stream.write(self.end, rest),
        };
        if !self.writer.makes_holes() {
            flow.session.tally("write", *result.as_ref().unwrap_or(&0));
        }
        self.take_in(flow, None, result)
    }

    fn source<'s>(&'s self, main: Option<&'s Inner>) -> io::Result<&'s Inner> {
        let source = if matches!(self.share, Share::Main) { main } else { self.own.as_ref() };
        source.ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF))
    }

    /// It refuses to be spliced to, or fails: it is written to instead, which shows which of the two it is.
    fn fall_back(&mut self, flow: &Flow<'_>, main: Option<&Inner>) -> io::Result<()> {
        let mut bytes = Vec::new();
        self.source(main)?.read(self.left, &mut bytes)?;
        flow.say(|| cli::bytes![self.end.shown(), ": splice(2): does not work here"]);
        self.share = Share::Bytes(Rc::new(bytes), self.left);
        self.write_from_now_on();
        Ok(())
    }

    fn wait_for_output(&mut self, ring: &Ring) {
        self.waits = if is_ready(self.end, libc::POLLOUT) {
            self.stalls.pause().map(|pause| Waits::Pause(ring.timeout(pause)))
        } else {
            // What was opened once more is ready when this one is.
            let file = &self.end.file;
            Some(if self.end.terminal {
                Waits::Within(ring.poll_within(file, libc::POLLOUT, AGAIN))
            } else {
                Waits::Ready(ring.poll(file, libc::POLLOUT))
            })
        };
    }
}

/// Whether a splice to it can work, for all that is known beforehand.
fn can_splice(end: &End) -> bool {
    !end.append && !end.terminal && (end.kind() != Kind::Character || end.stat.is_null)
}
