//! One file with formatting options.
//!
//! What a read yields is formatted and written at once, so that an interactive input stays interactive. A large
//! regular file is worked on by all cores: see [`crate::crew`].

use std::io;

use ringutils::sys;

use crate::args::Style;
use crate::crew;
use crate::format::Formatter;
use crate::out::Out;
use crate::run::{Context, Fatal, Input, Trouble};

/// From here on a crew is worth its start.
const LARGE: u64 = 1024 * 1024;
/// Bytes formatted at a time: the result, up to 22 times as long, stays small.
const PIECE: usize = 16 * 1024;

/// Formats one file after the other, as one stream.
pub struct Shower {
    formatter: Formatter,
    out: Out,
}

impl Shower {
    pub fn new(style: Style) -> Self {
        Self { formatter: Formatter::new(style), out: Out::default() }
    }

    /// Bytes that are there already.
    pub fn bytes(&mut self, context: &Context<'_>, bytes: &[u8]) -> Result<(), Fatal> {
        for piece in bytes.chunks(PIECE) {
            self.formatter.push(piece, &mut self.out);
            self.write(context)?;
        }
        Ok(())
    }

    fn write(&mut self, context: &Context<'_>) -> Result<(), Fatal> {
        if !self.out.filled().is_empty() {
            context.write(self.out.filled())?;
        }
        self.out.clear();
        Ok(())
    }

    /// What was held back to the end of all input.
    pub fn finish(&mut self, context: &Context<'_>) -> Result<(), Fatal> {
        self.formatter.finish(&mut self.out);
        self.write(context)
    }

    /// One open file.
    pub fn input(&mut self, context: &Context<'_>, input: &Input<'_>) -> Result<(), Trouble> {
        if let Some(left) = input.left()
            && left >= LARGE
            && !input.itself
        {
            sys::advise_sequential(input.fd);
            crew::format(context, input, &mut self.formatter)?;
        }
        // All of it, or what the crew has left: something unusual, if only that the file has grown.
        let mut buf = context.block().map_err(Trouble::Input)?;
        loop {
            let n = Self::read(context, input, buf.spare()).map_err(Trouble::Input)?;
            if n == 0 {
                return Ok(());
            }
            buf.add(n);
            self.bytes(context, &buf)?;
            context.done(n);
            buf.clear();
        }
    }

    fn read(context: &Context<'_>, input: &Input<'_>, into: &mut [u8]) -> io::Result<usize> {
        let n = match sys::read(input.fd, into) {
            // `O_DIRECT` is choosy about offsets, and at the end of a file they are odd.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) && sys::clear_direct(input.fd) => {
                sys::read(input.fd, into)?
            }
            result => result?,
        };
        context.session.tally("read", n);
        Ok(n)
    }
}
