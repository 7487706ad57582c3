//! The input of several outputs: spliced into the pipe of all, or read into a buffer where that cannot be.

use std::rc::Rc;

use ringutils::cli::bytes;
use ringutils::sys::{self, Kind};

use super::inner::Inner;
use crate::ends::End;
use crate::flow::Flow;
use crate::pump::pipes::is_at_end;
use crate::pump::ready::{is_ready, must_be_asked};
use crate::stop::Stop;

/// Bytes that are read at once: a buffer that stays in the cache while all outputs get it.
const READ: usize = 256 * 1024;

/// See the module.
pub struct Feed<'a> {
    pub end: &'a End,
    /// Whether it can be spliced from, as far as is known.
    splices: bool,
    /// Whether it has given anything.
    any: bool,
    buffer: Rc<Vec<u8>>,
    /// Whether the piece is in the buffer.
    in_buffer: bool,
}

impl<'a> Feed<'a> {
    pub fn new(end: &'a End) -> Self {
        Self { end, splices: !end.terminal, any: false, buffer: Rc::default(), in_buffer: false }
    }

    /// Bytes that the next piece may have, of `wanted`; `capacity`: those that the pipe holds, if there is one.
    pub fn most(&self, wanted: usize, capacity: Option<usize>) -> usize {
        let most = wanted.min(capacity.unwrap_or(usize::MAX));
        if self.splices && capacity.is_some() { most } else { most.min(READ) }
    }

    /// Takes a piece of up to `most` bytes, into `main` if there is one and it can be done: 0 at the end, `None` if there is
    /// nothing yet.
    pub fn take(
        &mut self,
        flow: &Flow<'_>,
        main: Option<&Inner>,
        most: usize,
    ) -> Result<Option<usize>, Stop> {
        let reads = main.is_none() || !self.splices;
        let waits = !matches!(self.end.kind(), Kind::Regular | Kind::Block);
        if (must_be_asked(self.end) || (reads && waits)) && !is_ready(self.end, libc::POLLIN) {
            return Ok(None);
        }
        if let Some(main) = main.filter(|_| self.splices) {
            let result = sys::splice_now(self.end.fd(), main.input(), most);
            flow.session.tally("splice", *result.as_ref().unwrap_or(&0));
            match result {
                Ok(0) if !self.any && !is_at_end(self.end) => {}
                Ok(n) => {
                    (self.any, self.in_buffer) = (true, false);
                    return Ok(Some(n));
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(None),
                Err(_) => {}
            }
            self.splices = false;
            flow.say(|| bytes![self.end.shown(), ": splice(2) does not work here, or not any further"]);
            return Ok(None);
        }
        self.read(flow, most)
    }

    fn read(&mut self, flow: &Flow<'_>, most: usize) -> Result<Option<usize>, Stop> {
        self.in_buffer = true;
        let most = most.min(READ);
        let buffer = Rc::make_mut(&mut self.buffer);
        if buffer.len() < most {
            buffer.resize(most, 0);
        }
        let result = sys::read(self.end.fd(), &mut buffer[..most]);
        flow.session.tally("read", *result.as_ref().unwrap_or(&0));
        match result {
            Ok(n) => Ok(Some(n)),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => Err(Stop::Input(error)),
        }
    }

    /// The buffer, if the piece is there.
    pub fn bytes(&self) -> Option<Rc<Vec<u8>>> {
        self.in_buffer.then(|| Rc::clone(&self.buffer))
    }

    /// Takes the piece, `len` bytes, out of the pipe and into the buffer.
    pub fn fetch(&mut self, main: &Inner, len: usize) -> std::io::Result<Rc<Vec<u8>>> {
        let buffer = Rc::make_mut(&mut self.buffer);
        buffer.clear();
        main.read(len, buffer)?;
        Ok(Rc::clone(&self.buffer))
    }
}
