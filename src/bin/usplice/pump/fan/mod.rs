//! Several outputs, each of which gets everything.
//!
//! A piece of the input is spliced into a pipe of our own, and duplicated into another one for each output (`tee(2)`: the
//! pages are shared, not copied); the last output gets what is in the first pipe. Then each pipe is emptied into its output at
//! that output's pace, and when all are empty the next piece begins. Outputs that can only be written to, and inputs that
//! can only be read, get a buffer in between, one for all; so does everything where there are no pipes to be had.
//!
//! An output that fails is dropped, or is the end, as `--output-error` says ([`branch`] is an output, `inner` a pipe of our
//! own, `feed` the input).

mod branch;
mod feed;
mod inner;

use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::task::Poll;

use ringutils::cli::{Fault, bytes};
use ringutils::ring::{Either, InFlight, either, ops};
use ringutils::sys::{self, Kind};

use self::branch::{Branch, Share, Step};
use self::feed::Feed;
use self::inner::Inner;
use super::PIECE;
use super::ready::{Stalls, is_ready};
use crate::ends::End;
use crate::flow::Flow;
use crate::options::OnError;
use crate::stop::Stop;

/// Moves everything to all outputs. Those that fail are dealt with here, as `--output-error` says.
pub async fn pump(flow: &Flow<'_>, input: &End, outputs: &[End]) -> Result<(), Stop> {
    // A limit to the size of files is one output's matter, and not the end of all others.
    sys::ignore_sigxfsz();
    let mut fan = Fan::new(flow, input, outputs)?;
    let result = fan.run().await;
    let left = fan.leave();
    result.and(left)
}

/// See the module.
struct Fan<'a> {
    flow: &'a Flow<'a>,
    feed: Feed<'a>,
    branches: Vec<Branch<'a>>,
    /// The pipe that holds the piece, empty between two of them; `None` where there are no pipes.
    main: Option<Inner>,
    /// Bytes a piece at most.
    piece: usize,
    stalls: Stalls,
    /// Tells when the reader of one of the outputs has gone.
    watch: Option<InFlight<ops::Poll>>,
}

impl<'a> Fan<'a> {
    fn new(flow: &'a Flow<'a>, input: &'a End, outputs: &'a [End]) -> Result<Self, Stop> {
        let mut fan = Self {
            flow,
            feed: Feed::new(flow, input),
            branches: Vec::with_capacity(outputs.len()),
            main: None,
            piece: flow.options.block.unwrap_or(PIECE),
            stalls: Stalls::default(),
            watch: None,
        };
        for output in outputs {
            match Branch::new(flow, output) {
                Ok(branch) => fan.branches.push(branch),
                Err(error) => fan.dropped(output, error)?,
            }
        }
        fan.make_pipes();
        Ok(fan)
    }

    async fn run(&mut self) -> Result<(), Stop> {
        let flow = self.flow;
        while !self.branches.is_empty() {
            let allowed = flow.allow(self.most()).await?;
            if allowed == 0 {
                return Ok(());
            }
            let n = self.take(allowed).await?;
            if n == 0 {
                return Ok(());
            }
            flow.took(n);
            self.share_out(n)?;
            self.deliver().await?;
            flow.moved(n);
        }
        Err(Stop::Told)
    }

    /// There will be no more, for whatever reason: what the outputs that are left have got counts.
    fn leave(&mut self) -> Result<(), Stop> {
        self.feed.leave();
        let mut nth = 0;
        while let Some(branch) = self.branches.get_mut(nth) {
            if branch.leave_to_worker() {
                std::mem::forget(self.main.take());
            }
            match branch.finish() {
                Ok(()) => nth += 1,
                Err(error) => self.fail(nth, error)?,
            }
        }
        Ok(())
    }

    /// One pipe for each output that takes its share from one, and one more if others have to have bytes.
    fn make_pipes(&mut self) {
        let splicing = self.branches.iter().filter(|branch| branch.splices()).count();
        let others = usize::from(splicing < self.branches.len());
        if splicing > 0 {
            for end in std::iter::once(self.feed.end).chain(self.branches.iter().map(|branch| branch.end)) {
                sys::enlarge_pipe(end.fd(), PIECE);
            }
            match Inner::several(splicing + others, PIECE) {
                Ok(mut pipes) => {
                    self.main = pipes.pop();
                    for branch in self.branches.iter_mut().filter(|branch| branch.splices()) {
                        branch.own = pipes.pop();
                    }
                    let capacity = self.main.as_ref().map_or(0, Inner::capacity);
                    self.flow.say(|| format!("using tee(2), pipes of {capacity} bytes").into_bytes());
                    for branch in self.branches.iter().filter(|branch| !branch.splices()) {
                        self.flow.say(|| bytes![branch.end.shown(), ": is written to"]);
                    }
                    return;
                }
                Err(error) => {
                    self.flow.say(|| Fault::io("no pipes", error).render());
                }
            }
        }
        self.flow.say(|| b"all outputs are written to".to_vec());
        for branch in &mut self.branches {
            branch.write_from_now_on();
        }
    }

    /// Whether any output takes its share from a pipe.
    fn splices(&self) -> bool {
        self.branches.iter().any(Branch::splices)
    }

    /// The pipe that holds the piece, if that is where it is to go.
    fn way(&self) -> Option<&Inner> {
        self.main.as_ref().filter(|_| self.splices())
    }

    /// Bytes that the next piece may have.
    fn most(&self) -> usize {
        self.feed.most(self.piece, self.way().map(Inner::capacity))
    }

    /// Takes the next piece from the input: so many bytes, 0 at its end.
    async fn take(&mut self, most: usize) -> Result<usize, Stop> {
        loop {
            let main = self.main.as_ref().filter(|_| self.branches.iter().any(Branch::splices));
            if let Some(n) = self.feed.take(main, most)? {
                self.stalls.over();
                return Ok(n);
            }
            self.wait_for_input().await?;
        }
    }

    async fn wait_for_input(&mut self) -> Result<(), Stop> {
        let (flow, input) = (self.flow, self.feed.end);
        if is_ready(input, libc::POLLIN) {
            // It has become so since, if it does not say so again and again.
            if let Some(pause) = self.stalls.pause() {
                drop(flow.served(flow.ring().timeout(pause)).await?);
            }
            return Ok(());
        }
        let mut comes = flow.ring().poll(&input.file, libc::POLLIN);
        loop {
            // Where there is no engine it has waited already, and a second one would do so for something else.
            if comes.is_done() || !self.is_watching() {
                return flow.served(&mut comes).await?.map(drop).map_err(Stop::Input);
            }
            if self.watch.is_none() {
                let Some(read) = self.branches.iter().find(|branch| !is_ready(branch.end, 0)) else {
                    return self.fail_all();
                };
                self.watch = Some(flow.ring().poll(&read.end.file, 0));
            }
            let Some(gone) = &mut self.watch else { continue };
            match flow.served(either(&mut comes, gone)).await? {
                Either::First(result) => return result.map(drop).map_err(Stop::Input),
                Either::Second(_) => self.watch = None,
            }
        }
    }

    /// Whether the end of all outputs' readers shows: then what the input has to say is not for anyone any more.
    fn is_watching(&self) -> bool {
        self.branches.iter().all(|branch| matches!(branch.end.kind(), Kind::Pipe | Kind::Socket))
    }

    /// Nobody reads any of them any more.
    fn fail_all(&mut self) -> Result<(), Stop> {
        loop {
            self.fail(0, io::Error::from_raw_os_error(libc::EPIPE))?;
        }
    }

    /// Whether a reader may go without a word being said.
    fn is_quiet(&self) -> bool {
        matches!(self.flow.options.on_error, OnError::WarnNopipe | OnError::ExitNopipe)
    }

    /// Gives each output its share of the piece, `len` bytes.
    fn share_out(&mut self, len: usize) -> Result<(), Stop> {
        self.pass_pipes_on();
        let mut bytes = self.feed.bytes();
        let in_main = match (self.way(), &bytes) {
            (Some(main), Some(bytes)) => fill(main, &bytes[..len]).map_err(Stop::Input)?,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let main = self.main.as_ref().filter(|_| in_main);
        let last = self.branches.iter().rposition(Branch::splices).filter(|_| in_main);
        let mut lacking = Vec::new();
        for (nth, branch) in self.branches.iter_mut().enumerate() {
            if Some(nth) == last {
                continue;
            }
            match main.filter(|_| branch.splices()) {
                Some(main) if branch.tee(self.flow, main, len).map_err(Stop::Input)? => {
                    branch.begin(len, Share::Own);
                }
                _ => lacking.push(nth),
            }
        }
        if let (Some(last), Some(main)) = (last, main) {
            let branch = &mut self.branches[last];
            if bytes.is_some() || lacking.is_empty() {
                branch.begin(len, Share::Main);
            } else if branch.tee(self.flow, main, len).map_err(Stop::Input)? {
                branch.begin(len, Share::Own);
            } else {
                lacking.push(last);
            }
        }
        if !lacking.is_empty() {
            let bytes = match (bytes.take(), main) {
                (Some(bytes), _) => bytes,
                (None, Some(main)) => self.feed.fetch(main, len).map_err(Stop::Input)?,
                (None, None) => return Err(Stop::Input(io::ErrorKind::UnexpectedEof.into())),
            };
            for nth in lacking {
                self.branches[nth].begin(len, Share::Bytes(Rc::clone(&bytes), len));
            }
        }
        Ok(())
    }

    /// Outputs that turned out to be written to need their pipe no more, and others may. One that gets none is written to.
    fn pass_pipes_on(&mut self) {
        let writing = self.branches.iter_mut().filter(|branch| !branch.splices());
        let mut spare: Vec<Inner> = writing.filter_map(|branch| branch.own.take()).collect();
        let all = self.branches.iter().all(Branch::splices);
        let last = self.branches.iter().rposition(Branch::splices).filter(|_| all);
        for (nth, branch) in self.branches.iter_mut().enumerate() {
            if branch.splices() && branch.own.is_none() && Some(nth) != last {
                branch.own = spare.pop().or_else(|| Inner::new(PIECE).ok());
                if branch.own.is_none() {
                    branch.write_from_now_on();
                }
            }
        }
    }

    /// Brings the shares to the outputs, until all that are left have theirs.
    async fn deliver(&mut self) -> Result<(), Stop> {
        loop {
            let (mut nth, mut waiting) = (0, false);
            while let Some(branch) = self.branches.get_mut(nth) {
                match branch.go_on(self.flow, self.main.as_ref()) {
                    Ok(step) => {
                        waiting |= step == Step::Waits;
                        nth += 1;
                    }
                    Err(error) => self.fail(nth, error)?,
                }
            }
            if !waiting {
                return Ok(());
            }
            let (flow, main, branches) = (self.flow, self.main.as_ref(), &mut self.branches);
            let mut failed = Vec::new();
            let any = poll_fn(|context| {
                let mut any = false;
                for (nth, branch) in branches.iter_mut().enumerate().filter(|(_, branch)| branch.is_waiting())
                {
                    if let Poll::Ready(result) = branch.finished(context, flow, main) {
                        any = true;
                        failed.extend(result.err().map(|error| (nth, error)));
                    }
                }
                if any { Poll::Ready(()) } else { Poll::Pending }
            });
            flow.served(any).await?;
            // Each takes its number with it.
            for (before, (nth, error)) in failed.into_iter().enumerate() {
                self.fail(nth - before, error)?;
            }
        }
    }

    /// An output has failed: says so if it is to be said, and drops it. The error is that there is no going on.
    fn fail(&mut self, nth: usize, error: io::Error) -> Result<(), Stop> {
        let mut branch = self.branches.remove(nth);
        // What it has got so far counts, and the first thing that went wrong is what is told.
        let _ = branch.finish();
        self.watch = None;
        let rest = branch.left_in_main();
        if self.main.as_ref().is_some_and(|main| main.read(rest, &mut Vec::new()).is_err()) {
            self.main = None;
        }
        self.dropped(branch.end, error)?;
        if self.branches.is_empty() { Err(Stop::Told) } else { Ok(()) }
    }

    /// An output gets nothing more: why, if that is to be said. The error is that this is the end.
    fn dropped(&self, output: &End, error: io::Error) -> Result<(), Stop> {
        let flow = self.flow;
        output.dropped.set(true);
        if self.is_quiet() && error.kind() == io::ErrorKind::BrokenPipe {
            return Ok(());
        }
        flow.diagnostics.report(&output.fault(error));
        let exits = matches!(flow.options.on_error, OnError::Exit | OnError::ExitNopipe);
        if exits { Err(Stop::Told) } else { Ok(()) }
    }
}

/// Writes bytes into a pipe of ours, which is empty and has room, all or nothing.
fn fill(main: &Inner, bytes: &[u8]) -> io::Result<bool> {
    let n = sys::write(main.input(), bytes).unwrap_or(0);
    if n == bytes.len() {
        return Ok(true);
    }
    // A second write could find no room: each begins a new page if the last one has not enough of it left.
    main.read(n, &mut Vec::new()).map(|()| false)
}

#[cfg(test)]
mod tests;
