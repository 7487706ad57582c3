//! Reading by the runtime, and nothing else, in this very program: for questions that no option of a command answers,
//! because each command does what is best. What the commands can be told by `RINGUTILS` holds here too.
//!
//! `compare --helper files WAY FILE...` puts out small files in order, which are read one after the other or many at a
//! time. `compare --helper blocks [table] [registered] FILE` reads one file block by block, many at a time, and puts
//! out a sum over it, which is the same however it was read.

use std::collections::VecDeque;
use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use ringutils::cli::SharedArgs;
use ringutils::ring::ops::{Close, How, Read as Reading};
use ringutils::ring::{Buf, Config, Fd, InFlight, Pool, Ring, Task};
use ringutils::sys;

use crate::{Fail, Result};

/// How a small file is opened, read to the end, and closed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By plain system calls, one file after the other.
    Calls,
    /// By an operation for each step, with an ordinary descriptor.
    Steps,
    /// The same with a direct descriptor.
    DirectSteps,
    /// By one chain.
    Chain,
}

const WAYS: &[(&str, Way)] = &[
    ("calls", Way::Calls),
    ("steps", Way::Steps),
    ("direct-steps", Way::DirectSteps),
    ("chain", Way::Chain),
];

/// Operations at a time, if `RINGUTILS` says nothing else.
const DEPTH: u32 = 64;
/// Bytes of a buffer for a small file. A chain asks for the first half, and behind it for more: files are shorter.
const HEAD: usize = 16 * 1024;
/// Bytes of a block, if `RINGUTILS` says nothing else.
const BLOCK: usize = 4096;
/// The sum has one number of so many bytes: no block is smaller, and looking at it costs next to nothing.
const STRIDE: usize = 4096;
/// Bytes written at once.
const GATHER: usize = 64 * 1024;

/// What `RINGUTILS` says.
fn config() -> Result<Config> {
    let list = env::var_os("RINGUTILS");
    let shared = SharedArgs::default().resolve(list.as_deref());
    Ok(shared.map_err(|fault| String::from_utf8_lossy(&fault.render(b"compare")).into_owned())?.ring)
}

/// Standard output, without the buffer and the search for line ends that `io::stdout()` has.
struct Output {
    file: File,
    gathered: Vec<u8>,
}

impl Output {
    fn new() -> Result<Self> {
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        Ok(Self { file, gathered: Vec::with_capacity(GATHER + HEAD) })
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.gathered.extend_from_slice(bytes);
        if self.gathered.len() >= GATHER { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.file.write_all(&self.gathered)?;
        self.gathered.clear();
        Ok(())
    }
}

/// Puts out the files of the arguments in the way that the first argument names.
pub fn files(mut arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let name = arguments.next().unwrap_or_default();
    let way = WAYS.iter().find(|(known, _)| name == *known);
    let &(_, way) = way.ok_or_else(|| format!("files: no such way: {}", name.display()))?;
    let mut output = Output::new()?;
    match way {
        Way::Calls => by_calls(arguments, &mut output)?,
        _ => by_ring(way, arguments, &mut output)?,
    }
    output.flush()
}

fn by_calls(names: impl Iterator<Item = OsString>, output: &mut Output) -> Result<()> {
    let mut buffer = vec![0; HEAD];
    for name in names {
        let mut file = File::open(&name).naming(name.as_ref())?;
        loop {
            match file.read(&mut buffer).naming(name.as_ref())? {
                0 => break,
                n => output.push(&buffer[..n])?,
            }
        }
    }
    Ok(())
}

fn by_ring(way: Way, mut names: impl Iterator<Item = OsString>, output: &mut Output) -> Result<()> {
    let config = config()?;
    let depth = config.depth.unwrap_or(DEPTH);
    let ring = Ring::new(&config)?;
    let pool = Pool::new(HEAD, depth)?;
    ring.block_on(async {
        let mut ahead: VecDeque<(OsString, Task<Fetched>)> = VecDeque::new();
        let mut closing: VecDeque<InFlight<Close>> = VecDeque::new();
        loop {
            while let Some(buf) = pool.take()
                && let Some(name) = names.next()
            {
                let fetched = ring.spawn(fetch(ring.clone(), way, sys::c_path(&name)?, buf));
                ahead.push_back((name, fetched));
            }
            let Some((name, fetched)) = ahead.pop_front() else { break };
            let (fd, buf) = fetched.join().await.naming(name.as_ref())?;
            output.push(&buf)?;
            // A direct descriptor is closed by the ring when it is dropped.
            if way == Way::Steps {
                closing.push_back(ring.close(fd));
                if closing.len() > depth as usize
                    && let Some(closed) = closing.pop_front()
                {
                    closed.await?;
                }
            }
        }
        for closed in closing {
            closed.await?;
        }
        Ok(())
    })
}

/// A small file, open, and all of it.
type Fetched = io::Result<(Fd, Buf)>;

/// One small file.
async fn fetch(ring: Ring, way: Way, path: CString, mut buf: Buf) -> Fetched {
    let fd = match way {
        Way::Chain => {
            let asked = HEAD / 2;
            let head = ring.file_head(None, &path, How::READ, asked, buf);
            let head = head.map_err(|_| io::Error::other("no place for a direct descriptor"))?.await?;
            if head.buf.len() >= asked {
                return Err(io::Error::other("too large for a chain"));
            }
            return Ok((head.fd, head.buf));
        }
        Way::DirectSteps => ring.open_direct(None, path, How::READ).await?,
        Way::Calls | Way::Steps => ring.open(None, path, How::READ).await?,
    };
    loop {
        let before = buf.len();
        buf = ring.read(&fd, buf, Some(before as u64)).await?;
        if buf.len() == before {
            return Ok((fd, buf));
        }
        if buf.room() == 0 {
            return Err(io::Error::other("too large for a buffer"));
        }
    }
}

/// How the one file is read, beyond what `RINGUTILS` says.
#[derive(Default)]
struct Blocks {
    /// It is opened as a direct descriptor.
    table: bool,
    /// The buffers are registered.
    registered: bool,
}

/// Reads the file of the last argument in blocks.
pub fn blocks(arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let mut blocks = Blocks::default();
    for word in arguments {
        match word.to_str() {
            Some("table") => blocks.table = true,
            Some("registered") => blocks.registered = true,
            _ => {
                let sum = sum(&word, &blocks, &config()?).naming(word.as_ref())?;
                return Ok(writeln!(io::stdout(), "{sum:016x}")?);
            }
        }
    }
    Err("blocks: no file given".into())
}

fn sum(name: &OsStr, blocks: &Blocks, config: &Config) -> io::Result<u64> {
    let metadata = fs::metadata(name)?;
    let size = metadata.len();
    let ring = Ring::new(config)?;
    let pool = Pool::new(config.block.unwrap_or(BLOCK), config.depth.unwrap_or(DEPTH))?;
    if blocks.registered {
        // Not optional here: to be told if it can't be, rather than measured.
        ring.register(&pool)?;
    }
    let direct = config.direct && metadata.is_file();
    let how = How { flags: libc::O_RDONLY | if direct { libc::O_DIRECT } else { 0 }, mode: 0 };
    ring.block_on(async {
        let path = sys::c_path(name)?;
        let opened =
            if blocks.table { ring.open_direct(None, path, how) } else { ring.open(None, path, how) };
        let file = opened.await?;
        let mut ahead: VecDeque<InFlight<Reading>> = VecDeque::new();
        let (mut next, mut done, mut sum) = (0, 0, 0_u64);
        loop {
            while next < size
                && let Some(buf) = pool.take()
            {
                let at = Some(next);
                next += buf.capacity() as u64;
                ahead.push_back(ring.read(&file, buf, at));
            }
            let Some(read) = ahead.pop_front() else { break };
            let block = read.await?;
            let expected = (size - done).min(block.capacity() as u64);
            if block.len() as u64 != expected {
                return Err(io::Error::other("a short read"));
            }
            done += expected;
            for first in block.chunks(STRIDE).filter_map(|part| part.first_chunk::<8>()) {
                sum = sum.wrapping_mul(31).wrapping_add(u64::from_le_bytes(*first));
            }
        }
        Ok(sum)
    })
}
