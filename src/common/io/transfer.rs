//! Bytes from here to there without passing through user space.
//!
//! Each of these is a rung of a ladder: it moves what it can and says whether the rest is for the next rung
//! ([`Outcome::Unsuited`]). What has moved has moved, and both files' positions say so.

use std::io;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::thread;

use super::Session;
use crate::sys::{self, InnerPipe};

/// How a rung of the ladder ended.
#[derive(Debug)]
pub enum Outcome {
    /// The input is at its end, and all of it has been moved.
    Done,
    /// This way does not work here, or not any further.
    Unsuited,
    /// Reading failed, or (with `copy_file_range(2)`, which cannot tell) something did.
    ReadFailed(io::Error),
    /// Writing failed.
    WriteFailed(io::Error),
}

/// Bytes that a pipe is asked to hold, and that one splice moves at most.
pub const PIPE: usize = 1024 * 1024;
/// Bytes per `copy_file_range(2)`: a whole number of anything, and small enough for a signal or a progress bar.
const RANGE: usize = 64 * 1024 * 1024;

/// From here on it is worth a thread for each core to [read what nobody wants](discard).
pub const HUGE: usize = 16 * 1024 * 1024;

/// No limit but the end of the input.
pub const ALL: u64 = u64::MAX;

/// How much of `left` one call may move, which moves `most` at the most.
#[must_use]
pub fn at_most(left: u64, most: usize) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(most)
}

/// What one `copy_file_range(2)` came to.
#[derive(Debug)]
pub enum Ranged {
    /// So many bytes are where they shall be.
    Moved(usize),
    /// The end of the input; of a file that nothing was moved of, no proof of it.
    End,
    /// It does not work between these files, or not here.
    Unusable,
    /// Something failed.
    Failed(io::Error),
}

/// One `copy_file_range(2)`, of up to `most` bytes.
pub fn copy_piece(session: &Session, from: BorrowedFd<'_>, to: BorrowedFd<'_>, most: usize) -> Ranged {
    match sys::copy_file_range(from, to, most) {
        Ok(0) => Ranged::End,
        Ok(n) => {
            session.tally("copy_file_range", n);
            Ranged::Moved(n)
        }
        Err(error) if unusable(&error) => Ranged::Unusable,
        Err(error) => Ranged::Failed(error),
    }
}

/// `copy_file_range(2)` between two regular files, until the end or until `left` bytes were moved.
///
/// A first call that reports nothing proves nothing (/proc files claim to be empty): that is `Unsuited`.
pub fn copy_range(
    session: &Session,
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    mut left: u64,
    moved: &mut dyn FnMut(usize),
) -> Outcome {
    let mut any = false;
    while left > 0 {
        match copy_piece(session, from, to, at_most(left, RANGE)) {
            Ranged::Moved(n) => {
                any = true;
                moved(n);
                left -= n as u64;
            }
            Ranged::End if any => return Outcome::Done,
            Ranged::End | Ranged::Unusable => return Outcome::Unsuited,
            Ranged::Failed(error) => return Outcome::ReadFailed(error),
        }
    }
    Outcome::Done
}

/// Errors of `copy_file_range(2)` that say "not here" and not "this failed".
fn unusable(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ENOSYS
                | libc::EOPNOTSUPP
                | libc::EINVAL
                | libc::EBADF
                | libc::EXDEV
                | libc::ETXTBSY
                | libc::EPERM
                | libc::EFBIG
        )
    )
}

/// `splice(2)` where one end is a pipe, until the end of the input or until `left` bytes were moved. Any error is for
/// plain reads and writes to find again, which can tell whose it is.
pub fn splice(
    session: &Session,
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    mut left: u64,
    moved: &mut dyn FnMut(usize),
) -> Outcome {
    sys::enlarge_pipe(from, PIPE);
    sys::enlarge_pipe(to, PIPE);
    let mut any = false;
    while left > 0 {
        match sys::splice(from, to, at_most(left, PIPE)) {
            // Some files of /proc and /sys splice nothing, but can be read.
            Ok(0) => return if any { Outcome::Done } else { Outcome::Unsuited },
            Ok(n) => {
                any = true;
                session.tally("splice", n);
                moved(n);
                left -= n as u64;
            }
            Err(_) => return Outcome::Unsuited,
        }
    }
    Outcome::Done
}

/// `splice(2)` through a pipe of our own, where neither end is one, until the end of the input or until `left` bytes were
/// moved.
pub fn splice_through(
    session: &Session,
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    mut left: u64,
    moved: &mut dyn FnMut(usize),
) -> Outcome {
    let Ok(pipe) = InnerPipe::new(PIPE) else { return Outcome::Unsuited };
    let mut any = false;
    while left > 0 {
        let n = match sys::splice(from, pipe.input(), at_most(left, pipe.capacity)) {
            Ok(0) => return if any { Outcome::Done } else { Outcome::Unsuited },
            Ok(n) => n,
            Err(_) => return Outcome::Unsuited,
        };
        any = true;
        session.tally("splice", n);
        left -= n as u64;
        let mut inside = n;
        while inside > 0 {
            match sys::splice(pipe.output(), to, inside) {
                Ok(m) if m > 0 => {
                    session.tally("splice", m);
                    moved(m);
                    inside -= m;
                }
                // The output does not take it this way: what is in the pipe must still get there.
                _ => {
                    return match drain(&pipe, inside, to, moved) {
                        Ok(()) => Outcome::Unsuited,
                        Err(error) => Outcome::WriteFailed(error),
                    };
                }
            }
        }
    }
    Outcome::Done
}

/// Passes the next `left` bytes of a regular file to the null device, each core a part of them: where nothing is kept,
/// there is no order to be kept either. The position is behind them afterwards, or, if anything at all was unusual,
/// where it was: the ordinary ways see to the rest in any case, the end of the file included.
pub fn discard(
    session: &Session,
    from: BorrowedFd<'_>,
    null: BorrowedFd<'_>,
    left: u64,
    moved: &mut dyn FnMut(usize),
) {
    let Some(start) = sys::seekable_offset(from) else { return };
    let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS) as u64;
    let part = left.div_ceil(cores).next_multiple_of(PIPE as u64);
    let end = start + left;
    let parts = (0..cores).map(|nth| (start + nth * part).min(end)..(start + (nth + 1) * part).min(end));
    let whole = thread::scope(|scope| {
        let begin = |part: Range<u64>| {
            let hand = thread::Builder::new().stack_size(STACK);
            let theirs = part.clone();
            // Without another thread, here and now.
            hand.spawn_scoped(scope, move || discard_part(from, null, theirs)).map_err(|_| part)
        };
        let hands: Vec<_> = parts.map(begin).collect();
        let mut results = hands.into_iter().map(|hand| match hand {
            Ok(hand) => hand.join().is_ok_and(|part| part.is_ok()),
            Err(part) => discard_part(from, null, part).is_ok(),
        });
        results.all(|whole| whole)
    });
    if whole && sys::seek(from, end).is_ok() {
        session.tally_all("splice", left.div_ceil(PIPE as u64) * 2, left * 2);
        moved(usize::try_from(left).unwrap_or(usize::MAX));
    }
}

/// Threads at most that discard.
const MOST_THREADS: usize = 4;
/// They need little.
const STACK: usize = 64 * 1024;

fn discard_part(from: BorrowedFd<'_>, null: BorrowedFd<'_>, part: Range<u64>) -> io::Result<()> {
    let pipe = InnerPipe::new(PIPE)?;
    let mut at = part.start;
    while at < part.end {
        let want = usize::try_from(part.end - at).unwrap_or(usize::MAX).min(pipe.capacity);
        let n = sys::splice_from(from, at, pipe.input(), want)?;
        let mut left = n;
        while left > 0 {
            match sys::splice(pipe.output(), null, left)? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                m => left -= m,
            }
        }
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        at += n as u64;
    }
    Ok(())
}

/// Empties our own pipe by reading and writing.
fn drain(
    pipe: &InnerPipe,
    mut left: usize,
    to: BorrowedFd<'_>,
    moved: &mut dyn FnMut(usize),
) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    while left > 0 {
        let want = left.min(bytes.len());
        let n = sys::read(pipe.output(), &mut bytes[..want])?;
        sys::write_all(to, &bytes[..n])?;
        moved(n);
        left -= n;
    }
    Ok(())
}
