//! Where bytes go when they come through memory.
//!
//! Writes are plain calls: they move the output's position under the lock that keeps other processes' bytes apart, and raise
//! what an error comes with (`SIGXFSZ`), which a worker's do not. To what has a reader who may be slow they are
//! made so that they do not wait; the ring does.

use std::io;
use std::os::fd::AsRawFd;
use std::time::Duration;

use ringutils::ring::Fd;
use ringutils::sys::{self, Kind};
use rustix::fs::{Mode, OFlags};

use super::sparse::Sparse;
use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// `PIPE_BUF`: a blocking pipe that is ready takes so many bytes at once.
const SMALL: usize = 4096;
/// How long to leave one alone that is ready and takes nothing.
const PAUSE: Duration = Duration::from_millis(10);

/// An output that is being written to.
pub struct Sink<'a> {
    flow: &'a Flow<'a>,
    output: &'a End,
    writer: Writer<'a>,
}

/// How an output is written to.
pub enum Writer<'a> {
    /// It takes everything, in time.
    Plain,
    /// Makes holes.
    Sparse(Sparse<'a>),
    /// It takes bytes as its reader does.
    Stream(Box<Stream>),
}

impl<'a> Writer<'a> {
    /// # Errors
    /// Those of [`Sparse::new`].
    pub fn new(flow: &Flow<'a>, output: &'a End) -> io::Result<Self> {
        Ok(match output.kind() {
            Kind::Regular if flow.options.sparse && !output.append => {
                Self::Sparse(Sparse::new(flow.session, output)?)
            }
            Kind::Regular | Kind::Block => Self::Plain,
            _ if output.stat.is_null => Self::Plain,
            _ => Self::Stream(Box::new(Stream::new(output))),
        })
    }

    pub fn makes_holes(&self) -> bool {
        matches!(self, Self::Sparse(_))
    }

    /// All has been written, or there will be no more: what there is counts.
    ///
    /// # Errors
    /// Those of [`Sparse::finish`].
    pub fn finish(&mut self) -> io::Result<()> {
        if let Self::Sparse(sparse) = self { sparse.finish() } else { Ok(()) }
    }
}

/// An output that takes bytes as its reader does, written to without waiting.
pub struct Stream {
    /// It, or the same opened once more.
    pub file: Fd,
    how: How,
}

/// How not to wait in a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// By a call that says so.
    Now,
    /// The descriptor never does.
    Nonblocking,
    /// Only by asking first, and writing so few bytes.
    Ask(usize),
}

impl<'a> Sink<'a> {
    /// # Errors
    /// Those of [`Writer::new`].
    pub fn new(flow: &'a Flow<'a>, output: &'a End) -> io::Result<Self> {
        Ok(Self { flow, output, writer: Writer::new(flow, output)? })
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// Signals, and `Stop::Output`, once as many bytes as possible were written.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        match &mut self.writer {
            Writer::Plain => self.plainly(bytes).map_err(Stop::Output),
            Writer::Sparse(sparse) => {
                let before = sparse.at();
                let result = sparse.write(bytes);
                let moved = sparse.at().saturating_sub(before);
                self.flow.moved(usize::try_from(moved).unwrap_or(usize::MAX));
                result.map_err(Stop::Output)
            }
            Writer::Stream(..) => self.stream(bytes).await,
        }
    }

    /// So many zeros that were not read, which only happens with `--sparse`.
    pub async fn skip(&mut self, len: usize) -> Result<(), Stop> {
        if let Writer::Sparse(sparse) = &mut self.writer {
            sparse.skip(len as u64);
            self.flow.moved(len);
            return Ok(());
        }
        let zeros = [0; SMALL];
        let mut left = len;
        while left > 0 {
            let piece = left.min(zeros.len());
            self.write(&zeros[..piece]).await?;
            left -= piece;
        }
        Ok(())
    }

    /// As [`Writer::finish`].
    ///
    /// # Errors
    /// The same.
    pub fn finish(mut self) -> io::Result<()> {
        self.writer.finish()
    }

    fn plainly(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let n = sys::write(self.output.fd(), bytes)?;
            if n == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            self.count(n);
            bytes = &bytes[n..];
        }
        Ok(())
    }

    async fn stream(&mut self, mut bytes: &[u8]) -> Result<(), Stop> {
        let mut refused = false;
        while !bytes.is_empty() {
            let Writer::Stream(stream) = &mut self.writer else { return Ok(()) };
            let result = stream.write(self.output, bytes);
            match result {
                Ok(0) => return Err(Stop::Output(io::ErrorKind::WriteZero.into())),
                Ok(n) => {
                    refused = false;
                    self.count(n);
                    bytes = &bytes[n..];
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if refused {
                        // A terminal is ready for one byte, and wants to be given two.
                        drop(self.flow.served(self.flow.ring().timeout(PAUSE)).await?);
                    }
                    refused = true;
                    self.flow.ready(&stream.file, libc::POLLOUT).await?.map_err(Stop::Output)?;
                }
                Err(error) => return Err(Stop::Output(error)),
            }
        }
        Ok(())
    }

    fn count(&self, bytes: usize) {
        self.flow.session.tally("write", bytes);
        self.flow.moved(bytes);
    }
}

impl Stream {
    pub fn new(output: &End) -> Self {
        let file = output.file.clone();
        match output.kind() {
            _ if output.nonblocking => Self { file, how: How::Nonblocking },
            Kind::Pipe | Kind::Socket => Self { file, how: How::Now },
            _ => asked(output),
        }
    }

    /// Writes as many bytes as it takes now.
    ///
    /// # Errors
    /// The call's; "would block" if it takes none.
    pub fn write(&mut self, output: &End, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let fd = self.file.borrow()?;
            let result = match self.how {
                How::Now => sys::write_now(fd, bytes),
                How::Nonblocking => sys::write(fd, bytes),
                How::Ask(_) if sys::raw::poll_now(fd.as_raw_fd(), libc::POLLOUT) == 0 => {
                    Err(io::ErrorKind::WouldBlock.into())
                }
                How::Ask(most) => sys::write(fd, &bytes[..bytes.len().min(most)]),
            };
            match result {
                Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) && self.how == How::Now => {
                    *self = asked(output);
                }
                result => return result,
            }
        }
    }
}

/// For an output that cannot promise not to wait. A FIFO or a terminal is opened once more, by us alone, so that nobody
/// else is bothered by a descriptor that does not block; where it may not be, it is asked each time.
fn asked(output: &End) -> Stream {
    if output.terminal || output.kind() == Kind::Pipe {
        let path = format!("/proc/self/fd/{}", output.fd().as_raw_fd());
        let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        if let Ok(file) = rustix::fs::open(path, flags, Mode::empty()) {
            return Stream { file: Fd::new(file), how: How::Nonblocking };
        }
    }
    // What else there is of devices does not wait for readers.
    let most = if output.kind() == Kind::Character && !output.terminal { usize::MAX } else { SMALL };
    Stream { file: output.file.clone(), how: How::Ask(most) }
}
