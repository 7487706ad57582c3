//! Splice: moves bytes between a pipe and anything without copying them through user space.

use std::io;

use io_uring::opcode;

use crate::ring::fd::{Held, on};
use crate::ring::op::{Batch, MAX_STEPS, Op, Results, Wait};
use crate::ring::{Fd, InFlight, Ring};
use crate::sys;

/// `splice(2)`; one of the two must be a pipe. io_uring always runs it on a worker thread. The outcome is the
/// number of bytes moved, 0 at the end of the input.
#[derive(Debug)]
pub struct Splice {
    from: Held,
    from_at: Option<u64>,
    to: Held,
    to_at: Option<u64>,
    len: u32,
    flags: u32,
}

/// A pipe wants -1 here, and nothing else.
fn signed(at: Option<u64>) -> i64 {
    at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
}

// SAFETY: its SQE points to no memory; both descriptors are held open.
unsafe impl Op for Splice {
    type Out = io::Result<usize>;

    #[inline]
    fn encode(&mut self, batch: &mut Batch<'_>) {
        let (from_at, to_at) = (signed(self.from_at), signed(self.to_at));
        let len = u32::try_from(sys::fault::cap(self.len as usize)).unwrap_or(u32::MAX);
        batch.push(on!(self.from, |from| on!(self.to, |to| {
            opcode::Splice::new(from, from_at, to, to_at, len).flags(self.flags).build()
        })));
    }

    fn call(&mut self) -> Results {
        let len = sys::fault::cap(self.len as usize);
        let (from, to) = (self.from.number(), self.to.number());
        Results::one(sys::raw::splice(from, self.from_at, to, self.to_at, len, self.flags))
    }

    /// A socket that blocks is waited for whatever the flags say.
    fn callable(&self) -> bool {
        false
    }

    fn wanted(&self, _step: usize) -> Option<usize> {
        Some(self.len as usize)
    }

    #[inline]
    fn finish(self, results: Results) -> Self::Out {
        results.get(0)
    }
}

impl Ring {
    /// Moves up to `len` bytes; offsets are `None` for pipes and for "the file's position".
    pub fn splice(
        &self,
        (from, from_at): (&Fd, Option<u64>),
        (to, to_at): (&Fd, Option<u64>),
        len: u32,
        flags: u32,
    ) -> InFlight<Splice> {
        self.start(Splice { from: from.hold(), from_at, to: to.hold(), to_at, len, flags })
    }
}

/// Most pairs of splices that one operation has.
pub const MOST_PAIRS: usize = MAX_STEPS / 2;

/// Moves bytes between two files, neither of which is a pipe, through a pipe of our own: up to four *linked pairs* of
/// splices, one into the pipe and one out of it, that a worker runs without anyone being asked in between.
///
/// Within a pair the link is a hard one: what little a short splice brought in is brought out all the same. Between
/// two pairs it is not: a splice out that was short (the end of the input, a full socket that does not wait) severs
/// the chain, so nothing is taken that would find no room. All of them use the files' positions, which are right at any
/// time, however far it came.
#[derive(Debug)]
pub struct SplicePairs {
    from: Held,
    to: Held,
    /// Both ends of the pipe, which must be empty: that for reading, that for writing.
    pipe: (Held, Held),
    /// Bytes for each pair; 0 behind the last.
    lens: [u32; MOST_PAIRS],
    /// The input is waited for.
    waits: bool,
}

/// What [`SplicePairs`] did.
#[derive(Debug, Default)]
pub struct Passed {
    /// Bytes that left the input.
    pub taken: usize,
    /// Bytes of these that reached the output. The others are in the pipe.
    pub put: usize,
    /// The input is at its end.
    pub ended: bool,
    /// Why nothing was taken any more, if that failed.
    pub input: Option<io::Error>,
    /// Why no more reached the output, if that failed.
    pub output: Option<io::Error>,
}

impl Passed {
    /// What a chain's answers, two a pair, come to.
    fn of(results: &Results) -> Self {
        let mut passed = Self::default();
        for pair in (0..results.len()).step_by(2) {
            match results.get(pair) {
                Ok(0) => passed.ended = true,
                Ok(n) => passed.taken += n,
                Err(error) if pair == 0 || !is_passing(&error) => passed.input = Some(error),
                Err(_) => {}
            }
            match results.get(pair + 1) {
                Ok(n) => passed.put += n,
                // Of an empty pipe, or of a chain that ended before it, there is nothing to say.
                Err(error) if passed.taken > passed.put && !is_passing(&error) => {
                    passed.output = Some(error);
                }
                Err(_) => {}
            }
        }
        passed
    }
}

/// Not a failure of the file: not now, or a chain that was severed.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::EINTR | libc::ECANCELED))
}

impl SplicePairs {
    /// A pipe that is full (of what was not brought out) must not be waited for by a step before the one that empties it.
    const fn flags_in(&self) -> u32 {
        if self.waits { libc::SPLICE_F_MOVE } else { FLAGS_OUT }
    }

    fn pairs(&self) -> usize {
        self.lens.iter().take_while(|len| **len > 0).count()
    }
}

/// An empty pipe of our own would be waited for without end. A socket waits all the same, as it should.
const FLAGS_OUT: u32 = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;

fn capped(len: u32) -> u32 {
    u32::try_from(sys::fault::cap(len as usize)).unwrap_or(len)
}

// SAFETY: its SQEs point to no memory; all descriptors are held open.
unsafe impl Op for SplicePairs {
    type Out = Passed;

    fn encode(&mut self, batch: &mut Batch<'_>) {
        let pairs = self.pairs();
        for (nth, &len) in self.lens[..pairs].iter().enumerate() {
            batch.hard_link(on!(self.from, |from| on!(self.pipe.1, |pipe| {
                opcode::Splice::new(from, -1, pipe, -1, capped(len)).flags(self.flags_in()).build()
            })));
            let out = on!(self.pipe.0, |pipe| on!(self.to, |to| {
                opcode::Splice::new(pipe, -1, to, -1, capped(len)).flags(FLAGS_OUT).build()
            }));
            if nth + 1 < pairs { batch.link(out) } else { batch.push(out) }
        }
    }

    fn call(&mut self) -> Results {
        let splice = |from: &Held, to: &Held, len, flags| {
            sys::raw::splice(from.number(), None, to.number(), None, capped(len) as usize, flags)
        };
        let mut results = Results::all(0, 0);
        for &len in &self.lens[..self.pairs()] {
            results.push(splice(&self.from, &self.pipe.1, len, self.flags_in()));
            let out = splice(&self.pipe.0, &self.to, len, FLAGS_OUT);
            results.push(out);
            if u32::try_from(out) != Ok(len) {
                break;
            }
        }
        results
    }

    fn wait(&self) -> Wait {
        if self.waits { Wait::Ready(self.from.number(), libc::POLLIN) } else { Wait::No }
    }

    fn callable(&self) -> bool {
        false
    }

    fn wanted(&self, step: usize) -> Option<usize> {
        self.lens.get(step / 2).map(|len| *len as usize)
    }

    fn finish(self, results: Results) -> Passed {
        Passed::of(&results)
    }
}

impl Ring {
    /// Moves bytes from position to position through `pipe` (its end for reading, its end for writing), which must be
    /// empty: as many pieces, one behind the other, as there are `lens`, four at most, none longer than the pipe.
    ///
    /// If the input `waits` (a socket) it is waited for; give it one piece then, or the first will be held up by the second.
    pub fn splice_pairs(
        &self,
        from: &Fd,
        pipe: (&Fd, &Fd),
        to: &Fd,
        lens: &[u32],
        waits: bool,
    ) -> InFlight<SplicePairs> {
        let mut all = [0; MOST_PAIRS];
        all.iter_mut().zip(lens).for_each(|(place, len)| *place = *len);
        let pipe = (pipe.0.hold(), pipe.1.hold());
        self.start(SplicePairs { from: from.hold(), to: to.hold(), pipe, lens: all, waits })
    }
}
