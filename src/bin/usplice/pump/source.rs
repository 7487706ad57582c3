//! Where bytes come from when they come through memory.

use std::io;
use std::os::fd::AsRawFd;

use ringutils::cli::{Fault, bytes};
use ringutils::io::{ReadAhead, holes};
use ringutils::ring::{Buf, Pool, Ring};
use ringutils::sys::{self, Kind};
use rustix::fs::{OFlags, fcntl_getfl};

use super::skip_errors::SkipErrors;
use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// Bytes per plain read, if the user does not say.
const BLOCK: usize = 128 * 1024;
/// Bytes per read ahead, and how many of them at once: 4 MiB in all.
const AHEAD: usize = 256 * 1024;
const DEPTH: u32 = 16;
/// From here on reading ahead pays, and pieces from here on.
const LARGE: u64 = 256 * 1024;
const LEAST_AHEAD: usize = 64 * 1024;
/// Memory is bounded, whatever the user says.
const MOST: usize = 32 * 1024 * 1024;

/// An input that is being read, as far as the flow allows. Both count: what it hands out was taken.
pub struct Source<'a> {
    flow: &'a Flow<'a>,
    input: &'a End,
    way: Way<'a>,
    /// Bytes a piece.
    block: usize,
    /// The offset behind what was handed out, of an input that has positions.
    at: u64,
    /// Where it seems to end.
    size: u64,
    /// Up to here there are no holes that are worth a look; `None` if nobody wants to know.
    data: Option<u64>,
}

/// What comes next.
#[derive(Debug)]
pub enum Piece<'p> {
    Bytes(&'p [u8]),
    /// So many zeros that were not read. Only with `--sparse`.
    Hole(usize),
    /// The input is at its end, or there are to be no more bytes.
    End,
}

enum Way<'a> {
    Plain(Plain),
    Ahead(Ahead),
    Careful(SkipErrors<'a>, Buf),
}

impl<'a> Source<'a> {
    /// `workers`: whether the flow's ring has any.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn new(flow: &'a Flow<'a>, input: &'a End, workers: bool) -> io::Result<Self> {
        let at = sys::seekable_offset(input.fd());
        let size = size(input);
        let left = at.zip(size).map_or(0, |(at, size)| size.saturating_sub(at)).min(flow.left());
        let wanted = flow.options.block.unwrap_or(BLOCK).clamp(1, MOST);
        let buffer = || {
            let none = || io::Error::from_raw_os_error(libc::ENOMEM);
            Pool::new(wanted, 1)?.take().ok_or_else(none)
        };
        let direct = flow.session.config().direct && size.is_some();
        let slow = flow.options.rate.is_some() || flow.options.block.is_some_and(|block| block < LEAST_AHEAD);
        let (way, block) = if flow.options.skip_errors && at.is_some() {
            flow.say(|| b"reads piece by piece, and around errors".to_vec());
            (Way::Careful(SkipErrors::new(flow, input, size), buffer()?), wanted)
        } else if workers && (direct || (left >= LARGE && !slow)) {
            flow.say(|| b"reads ahead into registered buffers".to_vec());
            let ahead = Ahead::new(flow, input, direct)?;
            let block = ahead.pool.block();
            (Way::Ahead(ahead), block)
        } else {
            flow.say(|| b"reads piece by piece".to_vec());
            (Way::Plain(Plain { wait: Wait::of(input), buf: buffer()? }), wanted)
        };
        let data = (flow.options.sparse && input.kind() == Kind::Regular && left >= LARGE).then_some(0);
        Ok(Self { flow, input, way, block, at: at.unwrap_or(0), size: size.unwrap_or(0), data })
    }

    /// The next bytes, when it is time for them.
    pub async fn next(&mut self) -> Result<Piece<'_>, Stop> {
        let most = self.flow.allow(self.block).await?;
        if most == 0 {
            return Ok(Piece::End);
        }
        if let Some(hole) = self.hole().await? {
            return Ok(Piece::Hole(hole));
        }
        let bytes = match &mut self.way {
            Way::Plain(plain) => plain.read(self.flow, self.input, most).await?,
            Way::Ahead(ahead) => {
                // What there is to be no use for need not be read.
                let wanted = self.size.min(self.at.saturating_add(self.flow.left()));
                let end = self.data.map_or(wanted, |data| data.min(wanted));
                ahead.read(self.flow, self.input, (self.at, end), most).await?
            }
            Way::Careful(careful, buf) => {
                buf.clear();
                let n = careful.read(&mut buf.spare()[..most], self.at)?;
                buf.add(n);
                &buf[..]
            }
        };
        self.flow.took(bytes.len());
        self.at += bytes.len() as u64;
        Ok(if bytes.is_empty() { Piece::End } else { Piece::Bytes(bytes) })
    }

    /// Leaves the position of an input that has one where plain reads would have left it.
    pub fn leave(self) {
        match self.way {
            Way::Plain(_) => return,
            Way::Ahead(ahead) => ahead.leave(self.input),
            Way::Careful(mut careful, _) => careful.tell(),
        }
        let _ = sys::seek(self.input.fd(), self.at);
    }

    /// Steps over the hole that comes next, if one does, as far as the flow allows.
    async fn hole(&mut self) -> Result<Option<usize>, Stop> {
        let fd = self.input.fd();
        if self.data.is_none_or(|data| self.at < data || self.size <= self.at) {
            return Ok(None);
        }
        if let Way::Ahead(ahead) = &mut self.way {
            if ahead.has_some() {
                return Ok(None);
            }
            ahead.start_over().await;
        }
        let hole = holes::end_of_hole(fd, self.at, self.size) - self.at;
        let granted = if hole > 0 {
            self.flow.allow(usize::try_from(hole).unwrap_or(usize::MAX)).await?
        } else {
            self.data = Some(holes::end_of_data(fd, self.at, self.size));
            0
        };
        self.flow.took(granted);
        self.at += granted as u64;
        // Asking has moved it.
        sys::seek(fd, self.at).map_err(Stop::Input)?;
        Ok((hole > 0).then_some(granted))
    }
}

/// Bytes of a file or a block device; `None` for all else, which does not say.
pub fn size(input: &End) -> Option<u64> {
    match input.kind() {
        Kind::Regular => sys::fstat(input.fd()).ok().map(|stat| stat.size),
        Kind::Block => input.end().ok(),
        _ => None,
    }
}

/// Has reads go past the page cache, if they did not before; whether that has to be undone.
pub fn past_the_cache(input: &End) -> bool {
    let flags = fcntl_getfl(input.fd());
    flags.is_ok_and(|flags| !flags.contains(OFlags::DIRECT)) && sys::set_direct(input.fd())
}

/// A read failed that nothing can be done about. If errors were to be skipped, that is said.
pub fn failed(flow: &Flow<'_>, input: &End, error: io::Error) -> Stop {
    if flow.options.skip_errors {
        let text = ": errors can only be skipped where there are positions";
        flow.diagnostics.report(&Fault::new(bytes![input.shown(), text]));
    }
    Stop::Input(error)
}

/// How to wait until there is something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wait {
    /// Not at all: there always is, or the descriptor does not block.
    Never,
    /// Once a read that does not wait has found nothing.
    Now,
    /// Before each read, which would.
    Poll,
}

impl Wait {
    fn of(input: &End) -> Self {
        match input.kind() {
            _ if input.nonblocking => Self::Never,
            Kind::Pipe | Kind::Socket => Self::Now,
            Kind::Regular | Kind::Block => Self::Never,
            _ => Self::Poll,
        }
    }
}

/// Plain reads at the file's position.
struct Plain {
    wait: Wait,
    buf: Buf,
}

impl Plain {
    async fn read(&mut self, flow: &Flow<'_>, input: &End, most: usize) -> Result<&[u8], Stop> {
        let fd = input.fd();
        let n = loop {
            if self.wait == Wait::Poll && sys::raw::poll_now(fd.as_raw_fd(), libc::POLLIN) == 0 {
                flow.ready(&input.file, libc::POLLIN).await?.map_err(Stop::Input)?;
            }
            self.buf.clear();
            let into = &mut self.buf.spare()[..most];
            let result = if self.wait == Wait::Now { sys::read_now(fd, into) } else { sys::read(fd, into) };
            match result {
                Ok(n) => break n,
                Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) && self.wait == Wait::Now => {
                    self.wait = Wait::Poll;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    flow.ready(&input.file, libc::POLLIN).await?.map_err(Stop::Input)?;
                }
                Err(error) => return Err(failed(flow, input, error)),
            }
        };
        flow.session.tally("read", n);
        self.buf.add(n);
        Ok(&self.buf)
    }
}

/// Reads that are on their way before they are wanted.
struct Ahead {
    ring: Ring,
    pool: Pool,
    blocks: Option<ReadAhead>,
    /// What was read and not handed out yet: from there on.
    held: Option<(Buf, usize)>,
    /// It was told to go past the page cache, and has to be told otherwise.
    direct: bool,
}

impl Ahead {
    fn new(flow: &Flow<'_>, input: &End, direct: bool) -> io::Result<Self> {
        let block = flow.options.block.unwrap_or(AHEAD).min(MOST);
        let depth = u32::try_from(MOST / block).unwrap_or(DEPTH).clamp(2, DEPTH);
        let (ring, pool) = flow.session.pipeline(block, depth)?;
        let direct = direct && past_the_cache(input);
        sys::advise_sequential(input.fd());
        Ok(Self { ring, pool, blocks: None, held: None, direct })
    }

    /// The next bytes, `most` of them; none at the end. If it begins anew, it does so at `at`, and reads ahead up to `end`.
    async fn read(
        &mut self,
        flow: &Flow<'_>,
        input: &End,
        (at, end): (u64, u64),
        most: usize,
    ) -> Result<&[u8], Stop> {
        if !self.has_some() {
            self.held = None;
            let Self { ring, pool, blocks, .. } = self;
            let blocks = blocks
                .get_or_insert_with(|| ReadAhead::new(ring, pool, input.file.clone(), at, end).elsewhere());
            let block = flow.served(blocks.next()).await?.map_err(Stop::Input)?;
            self.held = block.map(|block| (block, 0));
            // While the caller writes, the next ones are read.
            self.ring.kick();
        }
        let Some((block, from)) = &mut self.held else { return Ok(&[]) };
        let start = *from;
        *from = block.len().min(start + most);
        Ok(&block[start..*from])
    }

    /// Whether there is something left of the last block.
    fn has_some(&self) -> bool {
        self.held.as_ref().is_some_and(|(block, from)| *from < block.len())
    }

    async fn start_over(&mut self) {
        self.held = None;
        if let Some(mut blocks) = self.blocks.take() {
            // All buffers are needed again.
            blocks.stop().await;
        }
    }

    fn leave(self, input: &End) {
        drop(self.blocks);
        if self.direct {
            sys::clear_direct(input.fd());
        }
    }
}
