//! The input of several outputs: spliced into the pipe of all, or read into a buffer where that cannot be.

use std::io;
use std::rc::Rc;

use ringutils::cli::bytes;
use ringutils::sys::{self, Kind};

use super::inner::Inner;
use crate::ends::End;
use crate::flow::Flow;
use crate::pump::pipes::is_at_end;
use crate::pump::ready::{is_ready, must_be_asked};
use crate::pump::skip_errors::SkipErrors;
use crate::pump::{is_interrupt, is_refusal, source};
use crate::stop::Stop;

/// Bytes that are read at once: a buffer that stays in the cache while all outputs get it.
const READ: usize = 256 * 1024;

/// See the module.
pub struct Feed<'a> {
    flow: &'a Flow<'a>,
    pub end: &'a End,
    manner: Manner<'a>,
    /// It goes past the page cache, by our doing.
    direct: bool,
    /// Whether it has given anything.
    any: bool,
    buffer: Rc<Vec<u8>>,
    /// Whether the piece is in the buffer.
    in_buffer: bool,
}

/// How bytes are taken.
enum Manner<'a> {
    /// As far as is known.
    Splice,
    Read,
    /// Around errors, from this offset on.
    Careful(Box<SkipErrors<'a>>, u64),
}

impl<'a> Feed<'a> {
    pub fn new(flow: &'a Flow<'a>, end: &'a End) -> Self {
        let positions = sys::seekable_offset(end.fd()).filter(|_| flow.options.skip_errors);
        let manner = match positions {
            Some(at) => Manner::Careful(Box::new(SkipErrors::new(flow, end, source::size(end))), at),
            None if end.terminal => Manner::Read,
            None => Manner::Splice,
        };
        match &manner {
            Manner::Splice => {}
            Manner::Read => flow.say(|| bytes![end.shown(), ": is read piece by piece"]),
            Manner::Careful(..) => {
                flow.say(|| bytes![end.shown(), ": is read piece by piece, and around errors"]);
            }
        }
        let direct = flow.session.config().direct
            && matches!((&manner, end.kind()), (Manner::Splice, Kind::Regular | Kind::Block))
            && source::past_the_cache(end);
        Self { flow, end, manner, direct, any: false, buffer: Rc::default(), in_buffer: false }
    }

    fn splices(&self) -> bool {
        matches!(self.manner, Manner::Splice)
    }

    /// Bytes that the next piece may have, of `wanted`; `capacity`: those that the pipe holds, if there is one.
    pub fn most(&self, wanted: usize, capacity: Option<usize>) -> usize {
        let most = wanted.min(capacity.unwrap_or(usize::MAX));
        if self.splices() && capacity.is_some() { most } else { most.min(READ) }
    }

    /// Takes a piece of up to `most` bytes, into `main` if there is one and it can be done: 0 at the end, `None` if there is
    /// nothing yet.
    pub fn take(&mut self, main: Option<&Inner>, most: usize) -> Result<Option<usize>, Stop> {
        let main = main.filter(|_| self.splices());
        let asked = main.is_none() && !matches!(self.end.kind(), Kind::Regular | Kind::Block);
        if (asked || must_be_asked(self.end)) && !is_ready(self.end, libc::POLLIN) {
            return Ok(None);
        }
        match main {
            Some(main) => self.splice(main, most),
            None => self.read(most.min(READ)),
        }
    }

    fn splice(&mut self, main: &Inner, most: usize) -> Result<Option<usize>, Stop> {
        let result = sys::splice_now(self.end.fd(), main.input(), most);
        self.flow.session.tally("splice", *result.as_ref().unwrap_or(&0));
        match result {
            Ok(0) if !self.any && !is_at_end(self.end) => {}
            Ok(n) => {
                (self.any, self.in_buffer) = (true, false);
                return Ok(Some(n));
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock || is_interrupt(&error) => {
                return Ok(None);
            }
            // Whole blocks are asked of what goes past the page cache, and the end may be none.
            Err(_) if std::mem::take(&mut self.direct) => {
                sys::clear_direct(self.end.fd());
                return Ok(None);
            }
            Err(error) if self.end.kind() == Kind::Socket && !is_refusal(&error) => {
                return Err(Stop::Input(error));
            }
            Err(_) => {}
        }
        self.manner = Manner::Read;
        self.flow.say(|| bytes![self.end.shown(), ": splice(2): does not work here, or not any further"]);
        Ok(None)
    }

    fn read(&mut self, most: usize) -> Result<Option<usize>, Stop> {
        self.in_buffer = true;
        if std::mem::take(&mut self.direct) {
            sys::clear_direct(self.end.fd());
        }
        let buffer = Rc::make_mut(&mut self.buffer);
        if buffer.len() < most {
            buffer.resize(most, 0);
        }
        let into = &mut buffer[..most];
        if let Manner::Careful(careful, at) = &mut self.manner {
            let n = careful.read(into, *at)?;
            *at += n as u64;
            return Ok(Some(n));
        }
        let result = sys::read(self.end.fd(), into);
        self.flow.session.tally("read", *result.as_ref().unwrap_or(&0));
        match result {
            Ok(n) => Ok(Some(n)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(source::failed(self.flow, self.end, error)),
        }
    }

    /// Leaves the input as plain reads would have.
    pub fn leave(&mut self) {
        if let Manner::Careful(careful, at) = &mut self.manner {
            careful.tell();
            let _ = sys::seek(self.end.fd(), *at);
        }
        if self.direct {
            sys::clear_direct(self.end.fd());
        }
    }

    /// The buffer, if the piece is there.
    pub fn bytes(&self) -> Option<Rc<Vec<u8>>> {
        self.in_buffer.then(|| Rc::clone(&self.buffer))
    }

    /// Takes the piece, `len` bytes, out of the pipe and into the buffer.
    pub fn fetch(&mut self, main: &Inner, len: usize) -> io::Result<Rc<Vec<u8>>> {
        let buffer = Rc::make_mut(&mut self.buffer);
        buffer.clear();
        main.read(len, buffer)?;
        Ok(Rc::clone(&self.buffer))
    }
}
