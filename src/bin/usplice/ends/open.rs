//! Opening. Three steps, each for all outputs before the next begins: what the names lead to is looked at, the files are
//! opened as they are, positions are moved and files cut. Whatever is wrong shows in the first two, or in the part of the
//! third that can be undone.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;

use ringutils::cli::{Diagnostics, Fault, bytes};
use ringutils::ring::Fd;
use ringutils::sys::{self, Kind, Stat};
use rustix::fs::{Mode, OFlags};

use super::{Direction, End, Ends, shown};
use crate::options::{OnError, Options};

/// An output on its way.
pub(super) struct Output {
    pub end: End,
    /// It was not there before.
    pub created: bool,
}

/// What there is to check of an output, before and after it is opened.
struct Candidate<'a> {
    name: &'a OsString,
    /// `None` if there is nothing of that name, or nothing can be said.
    stat: Option<Stat>,
    append: bool,
    created: bool,
    /// Whether it has positions, as far as is known.
    seekable: bool,
}

/// `None` if no output can be opened, each of which was reported.
pub fn open(options: &Options, diagnostics: &Diagnostics) -> Result<Option<Ends>, Fault> {
    let mut input = open_input(options)?;
    if options.stop_at_size && options.size.is_none() && !has_size(&input) {
        return Err(Fault::new(bytes![input.shown(), ": size not known: --stop-at-size needs --size"]));
    }
    let named: Vec<_> = options.outputs.iter().map(|name| look(name, options)).collect();
    check(options, &input.stat, &named)?;
    let mut outputs = Vec::with_capacity(named.len());
    let result = open_all(options, diagnostics, &named, &mut outputs)
        .and_then(|()| check_open(options, &input, &outputs))
        .and_then(|()| change(options, diagnostics, &mut input, &mut outputs));
    match result {
        Ok(()) if outputs.is_empty() => Ok(None),
        Ok(()) => {
            let to_skip = if input.at.is_none() { options.skip } else { 0 };
            let expected = expected(&input);
            let outputs = outputs.into_iter().map(|output| output.end).collect();
            Ok(Some(Ends { input, outputs, expected, to_skip }))
        }
        Err(fault) => {
            outputs.iter().filter(|output| output.created).for_each(remove);
            Err(fault)
        }
    }
}

fn open_input(options: &Options) -> Result<End, Fault> {
    let name = &options.input;
    let end = if name == "-" {
        End::standard(Direction::Input)
    } else {
        open_file(name, OFlags::RDONLY).and_then(|file| End::new(file, name.clone(), Direction::Input))
    };
    let mut end = end.map_err(|error| Fault::io(shown(name, Direction::Input), error))?;
    if !options.skip_errors {
        do_not_wait(&mut end);
    }
    match end.kind() {
        Kind::Directory => Err(end.fault(io::Error::from_raw_os_error(libc::EISDIR))),
        _ => Ok(end),
    }
}

/// Some files of /proc and /sys, which claim to be empty, have their readers wait. Others never say that they are ready, so
/// the only way to find out is to read without waiting; that only we do, if the file is ours alone.
fn do_not_wait(input: &mut End) {
    if input.kind() == Kind::Regular
        && input.stat.size == 0
        && !input.is_standard()
        && let Ok(flags) = rustix::fs::fcntl_getfl(input.fd())
    {
        input.nonblocking |= rustix::fs::fcntl_setfl(input.fd(), flags | OFlags::NONBLOCK).is_ok();
    }
}

fn open_file(name: &OsStr, flags: OFlags) -> io::Result<Fd> {
    let flags = flags | OFlags::CLOEXEC | OFlags::NOCTTY;
    let file = rustix::io::retry_on_intr(|| rustix::fs::open(name, flags, Mode::from_raw_mode(0o666)))?;
    Ok(Fd::new(file))
}

/// What a name leads to. What is wrong with it is for opening it to say.
fn look<'a>(name: &'a OsString, options: &Options) -> Candidate<'a> {
    let (stat, append) = if name == "-" {
        let end = End::standard(Direction::Output).ok();
        (end.as_ref().map(|end| end.stat), end.is_some_and(|end| end.append))
    } else {
        (sys::c_path(name).and_then(|path| sys::stat(&path)).ok(), options.append)
    };
    // Opening a FIFO waits for a reader, who may never come: better said before.
    let seekable = !stat.is_some_and(|stat| matches!(stat.kind, Kind::Pipe | Kind::Socket));
    Candidate { name, stat, append, created: false, seekable }
}

/// What must not be, whatever else is.
fn check(options: &Options, input: &Stat, outputs: &[Candidate<'_>]) -> Result<(), Fault> {
    for (nth, output) in outputs.iter().enumerate() {
        let Some(stat) = &output.stat else { continue };
        let shown = shown(output.name, Direction::Output);
        let error = io::Error::from_raw_os_error;
        if stat.kind == Kind::Directory {
            return Err(Fault::io(shown, error(libc::EISDIR)));
        }
        if same(input, stat) {
            return Err(Fault::new(bytes![shown, ": input file is output file"]));
        }
        if options.no_clobber && output.name != "-" && stat.kind == Kind::Regular && !output.created {
            return Err(Fault::io(shown, error(libc::EEXIST)));
        }
        if options.seek > 0 && !output.seekable {
            return Err(Fault::io(bytes![shown, ": cannot seek"], error(libc::ESPIPE)));
        }
        if options.seek > 0 && output.append {
            return Err(Fault::new(bytes![shown, ": cannot seek: output is appended"]));
        }
        let twin = outputs[..nth].iter().find(|other| {
            other.stat.as_ref().is_some_and(|other| same(other, stat)) && !(other.append && output.append)
        });
        if let Some(twin) = twin {
            let twin = super::shown(twin.name, Direction::Output);
            return Err(Fault::new(bytes![shown, ": same output file as ", twin]));
        }
    }
    let regular = |output: &Candidate<'_>| output.stat.is_none_or(|stat| stat.kind == Kind::Regular);
    if let Some(first) = outputs.first()
        && options.sparse
        && !outputs.iter().any(regular)
    {
        let shown = shown(first.name, Direction::Output);
        return Err(Fault::new(bytes![shown, ": cannot make holes: not a regular file"]));
    }
    Ok(())
}

/// Whether bytes written to one are read from the other, at the same places.
fn same(one: &Stat, other: &Stat) -> bool {
    match (one.kind, other.kind) {
        (Kind::Regular, Kind::Regular) => one.identity == other.identity,
        (Kind::Block, Kind::Block) => one.device == other.device,
        _ => false,
    }
}

/// Opens all outputs as they are, creating what is missing. Those that cannot be opened are left out, if the others
/// are to go on without.
fn open_all(
    options: &Options,
    diagnostics: &Diagnostics,
    named: &[Candidate<'_>],
    outputs: &mut Vec<Output>,
) -> Result<(), Fault> {
    for candidate in named {
        match open_output(options, candidate) {
            Ok(output) => outputs.push(output),
            Err(error) => {
                fail(options, diagnostics, Fault::io(shown(candidate.name, Direction::Output), error))?;
            }
        }
    }
    Ok(())
}

/// An output cannot be used: reported, if it can be left out, and otherwise the end.
fn fail(options: &Options, diagnostics: &Diagnostics, fault: Fault) -> Result<(), Fault> {
    let goes_on = matches!(options.on_error, OnError::Unsaid | OnError::Warn | OnError::WarnNopipe);
    if goes_on && options.outputs.len() > 1 {
        diagnostics.report(&fault);
        return Ok(());
    }
    Err(fault)
}

fn open_output(options: &Options, Candidate { name, stat, .. }: &Candidate<'_>) -> io::Result<Output> {
    if *name == "-" {
        return Ok(Output { end: End::standard(Direction::Output)?, created: false });
    }
    let mut flags = OFlags::WRONLY;
    flags.set(OFlags::APPEND, options.append);
    let (file, created) = match stat {
        None => match open_file(name, flags | OFlags::CREATE | OFlags::EXCL) {
            // It came into being meanwhile, or is a symbolic link to nothing yet.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && !options.no_clobber => {
                (open_file(name, flags | OFlags::CREATE)?, false)
            }
            file => (file?, true),
        },
        // With O_CREAT, for what the kernel then checks: whose files in /tmp they are.
        Some(_) if !options.no_clobber => (open_file(name, flags | OFlags::CREATE)?, false),
        Some(_) => (open_file(name, flags)?, false),
    };
    Ok(Output { end: End::new(file, (*name).clone(), Direction::Output)?, created })
}

/// The same again of what was opened in fact.
fn check_open(options: &Options, input: &End, outputs: &[Output]) -> Result<(), Fault> {
    let opened = outputs.iter().map(|Output { end, created }| Candidate {
        name: &end.name,
        stat: Some(end.stat),
        append: end.append,
        created: *created,
        seekable: end.at.is_some(),
    });
    check(options, &input.stat, &opened.collect::<Vec<_>>())
}

/// `NAME: cannot WHAT: REASON`
fn cannot(what: &str, end: &End, error: io::Error) -> Fault {
    Fault::io(bytes![end.shown(), ": cannot ", what], error)
}

/// Moves the positions of all ends, then makes files longer, then shorter. If one step fails, what can be undone is:
/// positions that were inherited are others' too.
pub(super) fn change(
    options: &Options,
    diagnostics: &Diagnostics,
    input: &mut End,
    outputs: &mut Vec<Output>,
) -> Result<(), Fault> {
    let input_at = input.at;
    let before: Vec<_> = outputs.iter().map(|output| (output.end.at, output.end.stat.size)).collect();
    let result = skip(options, input)
        .and_then(|()| outputs.iter_mut().try_for_each(|output| seek(options, &mut output.end)))
        .and_then(|()| cut_all(options, diagnostics, outputs));
    if result.is_err() {
        let _ = input_at.map(|at| sys::seek(input.fd(), at));
        for (Output { end, .. }, (at, size)) in outputs.iter().zip(before) {
            let _ = at.map(|at| sys::seek(end.fd(), at));
            if end.stat.size > size {
                let _ = rustix::fs::ftruncate(end.fd(), size);
            }
        }
    }
    result
}

/// Those that fail are left out, if the others are to go on without; or none is.
fn cut_all(options: &Options, diagnostics: &Diagnostics, outputs: &mut Vec<Output>) -> Result<(), Fault> {
    for longer in [true, false] {
        let mut result = Ok(());
        outputs.retain_mut(|output| {
            if result.is_ok()
                && let Err(error) = cut(options, &mut output.end, longer)
            {
                result = fail(options, diagnostics, cannot("truncate", &output.end, error));
                return result.is_err();
            }
            true
        });
        result?;
    }
    Ok(())
}

/// Has an output end where the first byte will go, if it is to be cut, and that makes it longer, or does not.
fn cut(options: &Options, end: &mut End, longer: bool) -> io::Result<()> {
    let Some(at) = cut_at(options, end).filter(|at| (*at > end.stat.size) == longer) else { return Ok(()) };
    if at == end.stat.size {
        // Not for nothing: ext4 has the blocks of a file that was cut to 0 written out as soon as it is closed.
        return Ok(());
    }
    rustix::fs::ftruncate(end.fd(), at)?;
    end.stat.size = at;
    Ok(())
}

/// Where an output shall end before anything is written to it, if it is to be cut.
fn cut_at(options: &Options, end: &End) -> Option<u64> {
    let wanted = !options.append && options.truncate.unwrap_or(!end.is_standard());
    end.at.filter(|_| wanted && end.kind() == Kind::Regular)
}

/// Leaves out what is to be left out of an input that has positions.
fn skip(options: &Options, input: &mut End) -> Result<(), Fault> {
    let Some(at) = input.at.filter(|_| options.skip > 0) else { return Ok(()) };
    let target = beyond(at, options.skip).map_err(|error| cannot("skip", input, error))?;
    let moved = sys::seek(input.fd(), target).or_else(|error| match error.raw_os_error() {
        // No file system, or no device, goes that far: there is nothing behind its end.
        Some(libc::EINVAL) => input.end().and_then(|end| sys::seek(input.fd(), end.max(at))),
        _ => Err(error),
    });
    moved.map_err(|error| cannot("skip", input, error))?;
    input.at = sys::seekable_offset(input.fd());
    Ok(())
}

/// Leaves as it is what is to be left of an output.
fn seek(options: &Options, output: &mut End) -> Result<(), Fault> {
    let Some(at) = output.at else { return Ok(()) };
    let target = if options.append && output.is_standard() && output.kind() == Kind::Regular {
        // Appending is not made its nature, as it is not ours alone.
        Ok(output.stat.size)
    } else if options.seek > 0 {
        beyond(at, options.seek)
    } else {
        return Ok(());
    };
    target.and_then(|at| sys::seek(output.fd(), at)).map_err(|error| cannot("seek", output, error))?;
    output.at = sys::seekable_offset(output.fd());
    Ok(())
}

/// A position that there can be.
fn beyond(at: u64, bytes: u64) -> io::Result<u64> {
    let target = at.checked_add(bytes).filter(|at| i64::try_from(*at).is_ok());
    target.ok_or_else(|| io::Error::from_raw_os_error(libc::EOVERFLOW))
}

/// Whether its size says where it ends. That of an empty file need not be true, but then its end is found by reading.
fn has_size(input: &End) -> bool {
    input.at.is_some() && matches!(input.kind(), Kind::Regular | Kind::Block)
}

/// Bytes from here to the end; `None` where that can't be said, or is not true: files of /proc have none, they say.
pub(super) fn expected(input: &End) -> Option<u64> {
    let at = input.at?;
    let size = match input.kind() {
        Kind::Regular => input.stat.size,
        Kind::Block => input.end().ok()?,
        _ => return None,
    };
    (size > 0).then(|| size.saturating_sub(at))
}

/// Takes away what was created for nothing, if it is what it was.
fn remove(output: &Output) {
    let name = &output.end.name;
    let now = sys::c_path(name).and_then(|path| sys::stat(&path));
    if now.is_ok_and(|now| now.identity == output.end.stat.identity && now.size == 0) {
        let _ = fs::remove_file(name);
    }
}
