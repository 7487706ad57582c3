//! Two splices a piece, where neither end is a pipe: into a pipe of our own, and out of it.
//!
//! Where the output may wait for ever (a socket that blocks, whoever reads it) workers of the ring do it: *linked pairs*
//! of splices, several in one operation, and as many bytes as take no longer than a moment, so that the meter has
//! something to tell. Where it can't, or says `EAGAIN` instead, a pair is two plain calls: a worker would have nothing to
//! wait for, and handing it over costs more than the page references that are moved. An input that waits is waited for
//! by readiness.
//!
//! Both ways tell how much was taken and how much arrived; the difference is in the pipe, and is brought to the output
//! before anything else. All calls use the files' own positions.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use ringutils::bytes;
use ringutils::io::transfer::{self, HUGE};
use ringutils::ring::Fd;
use ringutils::ring::ops::{MOST_PAIRS, Passed};
use ringutils::sys::{self, InnerPipe, Kind};

use super::ready;
use super::sink::Sink;
use super::{PIECE, Way, is_interrupt, is_refusal};
use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// Bytes of the first operation of a worker.
const FIRST: usize = 64 * 1024;
/// An operation shall take so long at most: till then nobody knows how far it is.
const LONG: Duration = Duration::from_millis(100);
/// Bytes to the null device at a time.
const CHUNK: usize = 64 * 1024 * 1024;

/// See the module.
pub async fn pump(flow: &Flow<'_>, input: &End, output: &End) -> Result<Way, Stop> {
    let forget = input.kind() == Kind::Regular && output.stat.is_null && flow.options.rate.is_none();
    let any = forget && discard(flow, input, output).await?;
    let piece = flow.options.block.unwrap_or(PIECE).min(PIECE);
    let Ok(pipe) = InnerPipe::new(piece.max(FIRST)) else { return Ok(Way::Unsuited) };
    flow.say(|| bytes!["using pairs of splices, through a pipe of ", pipe.capacity.to_string(), " bytes"]);
    let capacity = pipe.capacity;
    let pairs = Pairs { flow, input, output, pipe: pipe.into_ends().into(), piece: piece.min(capacity) };
    let result = pairs.pump(any).await;
    if let Err(Stop::Signal(_)) = result {
        // A worker may hold the pipe's lock for as long as the socket takes nothing, and closing would wait for that.
        std::mem::forget(pairs.pipe);
    }
    result
}

/// The greater part of a large file to the null device: where nothing is kept, there is no order to be kept either.
/// Whether anything was moved.
async fn discard(flow: &Flow<'_>, input: &End, output: &End) -> Result<bool, Stop> {
    let mut any = false;
    loop {
        let at = sys::seekable_offset(input.fd()).unwrap_or(u64::MAX);
        let known = usize::try_from(input.stat.size.saturating_sub(at)).unwrap_or(usize::MAX);
        let most = flow.allow(known.min(CHUNK)).await?;
        let mut all = 0;
        if most >= HUGE {
            transfer::discard(flow.session, input.fd(), output.fd(), most as u64, &mut |n| all += n);
        }
        flow.took(all);
        flow.moved(all);
        if all == 0 {
            return Ok(any);
        }
        if !any {
            flow.say(|| b"using splice(2), by several threads".to_vec());
        }
        any = true;
    }
}

/// The ends of a pipe of our own.
struct Inner {
    read: Fd,
    write: Fd,
}

impl From<(std::os::fd::OwnedFd, std::os::fd::OwnedFd)> for Inner {
    fn from((read, write): (std::os::fd::OwnedFd, std::os::fd::OwnedFd)) -> Self {
        Self { read: Fd::new(read), write: Fd::new(write) }
    }
}

struct Pairs<'a> {
    flow: &'a Flow<'a>,
    input: &'a End,
    output: &'a End,
    pipe: Inner,
    /// Bytes a pair: the pipe holds them.
    piece: usize,
}

impl Pairs<'_> {
    /// `any`: whether some of the input was moved before.
    async fn pump(&self, mut any: bool) -> Result<Way, Stop> {
        let Self { flow, input, .. } = self;
        let works = may_wait(self.output);
        let pairs = if works && !is_stream(input) { MOST_PAIRS } else { 1 };
        let mut reach = Reach { now: if works { FIRST } else { self.piece }, most: self.piece * pairs };
        loop {
            let most = flow.allow(reach.now.min(reach.most)).await?;
            if most == 0 {
                return Ok(Way::Done);
            }
            let passed = if works {
                let began = Instant::now();
                let passed = self.pass(most).await?;
                reach.adapt(began.elapsed());
                passed
            } else {
                self.pass_here(most).await?
            };
            any |= passed.taken > 0;
            flow.took(passed.taken);
            flow.moved(passed.put);
            if self.deliver(passed.taken - passed.put, passed.output).await? == Way::Unsuited {
                return Ok(Way::Unsuited);
            }
            match passed.input {
                // Some files of /proc and /sys splice nothing, but can be read.
                None if passed.ended => {
                    return Ok(if any || is_stream(input) { Way::Done } else { Way::Unsuited });
                }
                None => {}
                Some(error) if is_again(&error) && is_stream(input) => self.readable().await?,
                Some(error) if is_interrupt(&error) => {}
                Some(error) if is_refusal(&error) => return Ok(Way::Unsuited),
                Some(error) => return Err(Stop::Input(error)),
            }
        }
    }

    /// As many pairs as `most` bytes want, on a worker.
    async fn pass(&self, most: usize) -> Result<Passed, Stop> {
        let mut lens = Vec::with_capacity(MOST_PAIRS);
        let mut left = most;
        while left > 0 && lens.len() < MOST_PAIRS {
            let len = left.min(self.piece);
            lens.push(length(len));
            left -= len;
        }
        let Inner { read, write } = &self.pipe;
        let (from, to) = (&self.input.file, &self.output.file);
        let waits = is_stream(self.input);
        self.flow.served(self.flow.ring().splice_pairs(from, (read, write), to, &lens, waits)).await
    }

    /// One pair, here and now: the output does not wait.
    async fn pass_here(&self, most: usize) -> Result<Passed, Stop> {
        if ready::must_be_asked(self.input) && !ready::wait(self.flow, self.input, libc::POLLIN).await? {
            return Ok(Passed {
                input: Some(io::Error::from_raw_os_error(libc::EOPNOTSUPP)),
                ..Passed::default()
            });
        }
        let mut passed = Passed::default();
        match self.splice(self.input.fd(), fd(&self.pipe.write), most) {
            Ok(0) => passed.ended = true,
            Ok(n) => passed.taken = n,
            Err(error) => passed.input = Some(error),
        }
        Ok(passed)
    }

    fn splice(&self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, most: usize) -> io::Result<usize> {
        let n = sys::splice_now(from, to, most)?;
        self.flow.session.tally("splice", n);
        Ok(n)
    }

    /// Brings the `left` bytes that are in the pipe to the output; `error` is why they are still there, if that was one.
    async fn deliver(&self, mut left: usize, mut error: Option<io::Error>) -> Result<Way, Stop> {
        while left > 0 {
            let result = match error.take() {
                Some(error) => Err(error),
                None => self.splice_out(left).await?,
            };
            match result {
                Ok(n) if n > 0 => {
                    self.flow.moved(n);
                    left -= n;
                }
                Err(error) if is_again(&error) => self.writable().await?,
                Err(error) if is_interrupt(&error) => {}
                // A socket tells only once what is wrong with it.
                Err(error) if self.output.kind() == Kind::Socket && !is_refusal(&error) => {
                    return Err(Stop::Output(error));
                }
                _ => return self.write_out(left).await.map(|()| Way::Unsuited),
            }
        }
        Ok(Way::Done)
    }

    async fn splice_out(&self, most: usize) -> Result<io::Result<usize>, Stop> {
        let (pipe, output) = (&self.pipe.read, &self.output.file);
        if !may_wait(self.output) {
            return Ok(self.splice(fd(pipe), self.output.fd(), most));
        }
        let flags = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;
        let splice = self.flow.ring().splice((pipe, None), (output, None), length(most), flags);
        self.flow.served(splice).await
    }

    /// Empties the pipe by reading and writing: the output does not take it otherwise, or an error is to be found again.
    async fn write_out(&self, mut left: usize) -> Result<(), Stop> {
        let mut sink = Sink::new(self.flow, self.output).map_err(Stop::Output)?;
        let mut bytes = vec![0; left.min(FIRST)];
        while left > 0 {
            let most = left.min(FIRST);
            let n = sys::read(fd(&self.pipe.read), &mut bytes[..most]).map_err(Stop::Input)?;
            if n == 0 {
                return Err(Stop::Input(io::ErrorKind::UnexpectedEof.into()));
            }
            self.flow.session.tally("read", n);
            sink.write(&bytes[..n]).await?;
            left -= n;
        }
        Ok(())
    }

    async fn readable(&self) -> Result<(), Stop> {
        self.flow.ready(&self.input.file, libc::POLLIN).await?.map(drop).map_err(Stop::Input)
    }

    async fn writable(&self) -> Result<(), Stop> {
        self.flow.ready(&self.output.file, libc::POLLOUT).await?.map(drop).map_err(Stop::Output)
    }
}

/// How many bytes a worker gets: more and more, as long as it is quick with them.
struct Reach {
    now: usize,
    most: usize,
}

impl Reach {
    fn adapt(&mut self, took: Duration) {
        if took > LONG {
            self.now = (self.now / 2).max(FIRST);
        } else if took < LONG / 4 {
            self.now = (self.now * 2).min(self.most.max(FIRST));
        }
    }
}

/// Whether a plain call to an output may wait for others: not those of files, disks, and devices that are but memory.
fn may_wait(output: &End) -> bool {
    /// The major number of /dev/null, zero, full, urandom, ….
    const MEMORY: u32 = 1;
    match output.kind() {
        Kind::Regular | Kind::Block | Kind::Directory | Kind::Link => false,
        Kind::Character => !output.nonblocking && libc::major(output.stat.device) != MEMORY,
        Kind::Pipe | Kind::Socket | Kind::Other => !output.nonblocking,
    }
}

/// Whether its bytes come when they come, and not all that are wanted at once.
fn is_stream(end: &End) -> bool {
    !matches!(end.kind(), Kind::Regular | Kind::Block)
}

fn fd(file: &Fd) -> BorrowedFd<'_> {
    file.borrow().expect("an ordinary descriptor")
}

/// Pieces are no longer than a pipe.
fn length(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn is_again(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

#[cfg(test)]
mod tests;
