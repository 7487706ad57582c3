//! The files in order.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

use ringutils::cli::{self, Diagnostics, Fault, Progress, ProgressWhen};
use ringutils::io::{
    Ahead, FilesAhead, Loaded, Output, ReadAhead, Rest, Session, expected_bytes, first_in_folders,
};
use ringutils::ring::{Buf, Fd, Pool};
use ringutils::sys::{self, Kind, Stat};

use crate::args::Options;
use crate::copy;
use crate::show::Shower;

/// Writing failed: there is no point in going on.
pub struct Fatal(pub io::Error);

/// What went wrong with one file, which the others outlive.
pub enum Trouble {
    /// It, or reading it.
    Input(io::Error),
    /// Writing.
    Output(io::Error),
    /// It is the output.
    Itself,
}

impl From<Fatal> for Trouble {
    fn from(Fatal(error): Fatal) -> Self {
        Self::Output(error)
    }
}

/// An open input.
pub struct Input<'a> {
    /// For the ring.
    pub file: &'a Fd,
    /// For plain calls.
    pub fd: BorrowedFd<'a>,
    pub stat: Stat,
    /// It is the output as well (and may be copied all the same, if it does not feed on itself).
    pub itself: bool,
}

impl Input<'_> {
    /// Bytes that it seems to have left; `None` if it cannot be said.
    pub fn left(&self) -> Option<u64> {
        if self.stat.kind != Kind::Regular {
            return None;
        }
        sys::seekable_offset(self.fd).map(|at| self.stat.size.saturating_sub(at))
    }
}

/// All that the ways of moving bytes have in common.
pub struct Context<'a> {
    pub session: &'a Session,
    pub output: &'a Output,
    pub progress: &'a Progress,
    block: OnceCell<Pool>,
}

impl Context<'_> {
    /// Writes by plain calls.
    pub fn write(&self, bytes: &[u8]) -> Result<(), Fatal> {
        self.output.write_all(bytes).map_err(Fatal)?;
        self.session.tally("write", bytes.len());
        Ok(())
    }

    /// Writes several blocks, unchanged, by as few plain calls as possible.
    pub fn write_all(&self, blocks: &[Buf]) -> Result<(), Fatal> {
        let pieces: Vec<&[u8]> = blocks.iter().map(|buf| &buf[..]).collect();
        let bytes = pieces.iter().map(|piece| piece.len()).sum();
        self.output.write_all_vectored(&pieces).map_err(Fatal)?;
        self.session.tally("writev", bytes);
        self.done(bytes);
        Ok(())
    }

    /// Counts bytes of the input as done.
    pub fn done(&self, bytes: usize) {
        self.progress.inc(bytes as u64);
    }

    /// The buffer of the plain loops.
    ///
    /// # Errors
    /// `ENOMEM`.
    pub fn block(&self) -> io::Result<Buf> {
        let pool = Pool::in_cell(&self.block, self.session.config().block.unwrap_or(BLOCK), 1)?;
        pool.take().ok_or_else(|| io::Error::from_raw_os_error(libc::ENOMEM))
    }
}

/// Bytes per plain read and write.
const BLOCK: usize = 128 * 1024;
/// Small files written by one call.
const GATHER: usize = 32;

/// Runs the command; failures are in `diagnostics`.
pub fn run(options: &Options, diagnostics: &Diagnostics) {
    let output = match Output::new() {
        Ok(output) => output,
        Err(error) => return diagnostics.report(&Fault::io("standard output", error)),
    };
    let session = match Session::new(options.shared.ring.clone()) {
        Ok(session) => session,
        Err(error) => return diagnostics.report(&Fault::no_ring(error)),
    };
    let when = options.shared.progress.beside(output.is_terminal());
    let total = if when == ProgressWhen::Never { None } else { expected_bytes(&options.files) };
    let progress = Progress::new(when, diagnostics.prog(), total);
    diagnostics.attach(&progress);
    // The files are to be closed before it kills: see `cli::finish`.
    sys::ignore_sigpipe();
    let context = Context { session: &session, output: &output, progress: &progress, block: OnceCell::new() };
    let result = Run { context: &context, options, diagnostics, shower: Shower::new(options.style) }.files();
    progress.finish();
    if let Err(Fatal(error)) = result {
        diagnostics.report(&Fault::writing("write error", error));
    }
    diagnostics.counters(session.stats().as_ref(), session.config().stats);
}

fn is_stdin(name: &OsString) -> bool {
    name == "-"
}

struct Run<'a> {
    context: &'a Context<'a>,
    options: &'a Options,
    diagnostics: &'a Diagnostics,
    shower: Shower,
}

impl Run<'_> {
    fn files(mut self) -> Result<(), Fatal> {
        let Context { session, output, .. } = self.context;
        // What is read ahead must not be what is being written.
        let names = self.options.files.iter().map(OsString::as_os_str);
        let mut ahead = FilesAhead::new(session, Some(output.identity())).expecting(first_in_folders(names));
        let mut names = self.options.files.iter();
        // Small files that were read and not yet written: one system call writes many.
        let mut gathered: Vec<Buf> = Vec::new();
        loop {
            while !names.as_slice().is_empty()
                && ahead.has_room()
                && let Some(name) = names.next()
            {
                // One name alone has no next one to hide behind.
                if is_stdin(name) || self.options.files.len() == 1 {
                    ahead.push_untouched(name);
                } else {
                    ahead.push(name, name);
                }
            }
            if gathered.len() >= GATHER || !ahead.is_ready() {
                self.write_gathered(&mut gathered, &ahead)?;
            }
            let Some((name, found)) = ahead.pop() else { break };
            let result = match found {
                Ahead::Loaded(Loaded { buf, rest: None, .. }) if self.options.style.is_plain() => {
                    gathered.push(buf);
                    Ok(())
                }
                next => {
                    self.write_gathered(&mut gathered, &ahead)?;
                    match self.file(name, next) {
                        // The descriptors that are missing are ours: those of the files ahead.
                        Err(Trouble::Input(error))
                            if sys::is_out_of_descriptors(&error) && ahead.release() =>
                        {
                            self.file(name, Ahead::Unknown)
                        }
                        result => result,
                    }
                }
            };
            match result {
                Ok(()) => {}
                Err(Trouble::Output(error)) => return Err(Fatal(error)),
                Err(Trouble::Input(error)) => self.diagnostics.report(&Fault::file(name, error)),
                Err(Trouble::Itself) => {
                    let name = cli::quote::needed(name);
                    self.diagnostics.report(&Fault::new(cli::bytes![name, ": input file is output file"]));
                }
            }
        }
        self.write_gathered(&mut gathered, &ahead)?;
        self.shower.finish(self.context)?;
        if self.options.files.iter().any(is_stdin) && sys::process::was_closed(0) {
            let error = io::Error::from_raw_os_error(libc::EBADF);
            self.diagnostics.report(&Fault::io("closing standard input", error));
        }
        Ok(())
    }

    fn write_gathered<T>(&self, gathered: &mut Vec<Buf>, ahead: &FilesAhead<'_, T>) -> Result<(), Fatal> {
        if gathered.is_empty() {
            return Ok(());
        }
        ahead.kick();
        self.context.write_all(gathered)?;
        gathered.clear();
        Ok(())
    }

    /// One file, in its turn.
    fn file(&mut self, name: &OsString, ahead: Ahead) -> Result<(), Trouble> {
        match ahead {
            Ahead::Loaded(Loaded { stat, buf, rest, .. }) => {
                self.bytes(&buf)?;
                let at = buf.len() as u64;
                // The buffer is needed again by the files ahead.
                drop(buf);
                match rest {
                    None => Ok(()),
                    Some(Rest::Ring(file)) => self.stream(file, at, stat.size),
                    Some(Rest::Plain(fd)) => {
                        let file = Fd::new(fd);
                        let fd = file.borrow().map_err(Trouble::Input)?;
                        sys::seek(fd, at).map_err(Trouble::Input)?;
                        self.input(&Input { file: &file, fd, stat, itself: false })
                    }
                }
            }
            Ahead::Unknown if is_stdin(name) => {
                self.unknown(&Fd::standard(sys::process::standard(0).map_err(Trouble::Input)?))
            }
            Ahead::Unknown => self.unknown(&Fd::new(self.open(name).map_err(Trouble::Input)?)),
        }
    }

    fn open(&self, name: &OsString) -> io::Result<OwnedFd> {
        let path = sys::c_path(name)?;
        // A FIFO refuses `O_DIRECT` only after it has let the writer in, who would then write to nobody.
        let is_regular = || sys::stat(&path).is_ok_and(|stat| stat.kind == Kind::Regular);
        if self.context.session.config().direct && is_regular() {
            // Where the file system cannot, the ordinary way.
            if let Ok(fd) = sys::open_plain(&path, libc::O_RDONLY | libc::O_DIRECT) {
                return Ok(fd);
            }
        }
        sys::open_plain(&path, libc::O_RDONLY)
    }

    /// An open file that nobody has looked at.
    fn unknown(&mut self, file: &Fd) -> Result<(), Trouble> {
        let fd = file.borrow().map_err(Trouble::Input)?;
        let stat = sys::fstat(fd).map_err(Trouble::Input)?;
        let itself = self.context.output.is_same(&stat);
        if itself && self.context.output.would_loop(fd) {
            return Err(Trouble::Itself);
        }
        self.input(&Input { file, fd, stat, itself })
    }

    fn input(&mut self, input: &Input<'_>) -> Result<(), Trouble> {
        if self.options.style.is_plain() {
            copy::copy(self.context, input)
        } else {
            self.shower.input(self.context, input)
        }
    }

    /// Bytes that were read already.
    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Fatal> {
        if self.options.style.is_plain() {
            self.context.write(bytes)?;
        } else {
            self.shower.bytes(self.context, bytes)?;
        }
        self.context.done(bytes.len());
        Ok(())
    }

    /// The rest of a file that only the ring can read.
    fn stream(&mut self, fd: Fd, at: u64, size: u64) -> Result<(), Trouble> {
        let pool = Pool::new(BLOCK, 2).map_err(Trouble::Input)?;
        let ring = self.context.session.ring();
        let mut blocks = ReadAhead::new(&ring, &pool, fd, at, size);
        while let Some(block) = ring.block_on(blocks.next()).map_err(Trouble::Input)? {
            self.bytes(&block)?;
        }
        Ok(())
    }
}
