//! `splice(2)` where one end is a pipe: the kernel hands its pages on, and nothing is copied where the other end can take
//! or give pages too.
//!
//! The calls are plain ones that don't wait, so as long as both ends keep up there is no ring. A splice says "not now"
//! without saying which end is meant; that one is asked for, and waited for in the ring. A blocking socket is the exception:
//! writing to it waits whatever the flags say, so a worker does that.

use std::io;

use ringutils::sys::{self, Kind};

use super::ready::{self, Stalls, is_ready, must_be_asked};
use super::{PIECE, Way, is_interrupt, is_refusal};
use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// Moves everything, until the end of the input or until there are to be no more bytes. Whatever goes wrong is for
/// [`buffers`](super::buffers) to find again, which can tell whose fault it is, if that can be had twice.
pub async fn pump(flow: &Flow<'_>, input: &End, output: &End) -> Result<Way, Stop> {
    let piece = flow.options.block.unwrap_or(PIECE);
    for end in [input, output] {
        sys::enlarge_pipe(end.fd(), PIECE);
    }
    let by_worker = is_waiting_socket(output);
    let mut stalls = Stalls::default();
    let mut any = false;
    loop {
        let allowed = flow.allow(piece).await?;
        if allowed == 0 {
            return Ok(Way::Done);
        }
        if must_be_asked(input) && !ready::wait(flow, input, libc::POLLIN).await? {
            return Ok(Way::Unsuited);
        }
        let result = if by_worker {
            splice_by_worker(flow, input, output, allowed).await?
        } else if is_slow_device(output) && !ready::wait(flow, output, libc::POLLOUT).await? {
            return Ok(Way::Unsuited);
        } else {
            let result = sys::splice_now(input.fd(), output.fd(), allowed);
            flow.session.tally("splice", *result.as_ref().unwrap_or(&0));
            result
        };
        match result {
            Ok(0) if any || is_at_end(input) => return Ok(Way::Done),
            Ok(0) => return Ok(Way::Unsuited),
            Ok(n) => {
                any = true;
                stalls.over();
                flow.took(n);
                flow.moved(n);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if !wait_for_either(flow, input, output, &mut stalls).await? {
                    return Ok(Way::Unsuited);
                }
            }
            Err(error) if is_interrupt(&error) => {}
            Err(error) => return whose(error, input, output),
        }
    }
}

/// A socket's error must be caught now; the other end is a pipe, which has none but that nobody reads it.
fn whose(error: io::Error, input: &End, output: &End) -> Result<Way, Stop> {
    if is_refusal(&error) {
        return Ok(Way::Unsuited);
    }
    match (input.kind(), output.kind()) {
        (Kind::Socket, _) if error.kind() != io::ErrorKind::BrokenPipe => Err(Stop::Input(error)),
        (_, Kind::Socket) => Err(Stop::Output(error)),
        _ => Ok(Way::Unsuited),
    }
}

/// Whether a splice to it waits even if told not to.
pub fn is_waiting_socket(output: &End) -> bool {
    output.kind() == Kind::Socket && !output.nonblocking
}

/// A device that may take its time; the null device never does.
fn is_slow_device(output: &End) -> bool {
    output.kind() == Kind::Character && !output.stat.is_null && !output.nonblocking
}

async fn splice_by_worker(
    flow: &Flow<'_>,
    input: &End,
    output: &End,
    most: usize,
) -> Result<io::Result<usize>, Stop> {
    // The worker would wait just as well, but where it waits for nothing it is not needed.
    if !ready::wait(flow, input, libc::POLLIN).await? {
        return Ok(Err(io::ErrorKind::InvalidInput.into()));
    }
    let len = u32::try_from(most).unwrap_or(1 << 30);
    let splice = flow.ring().splice((&input.file, None), (&output.file, None), len, libc::SPLICE_F_MOVE);
    flow.served(splice).await
}

/// Whether an input that gave nothing has nothing more: some files of /proc and /sys can be read, but splice nothing.
pub fn is_at_end(input: &End) -> bool {
    match input.kind() {
        Kind::Pipe | Kind::Socket => true,
        _ => sys::seekable_offset(input.fd())
            .is_some_and(|at| matches!(sys::read_at(input.fd(), &mut [0], at), Ok(0))),
    }
}

/// One of them is not ready: waits for that. `false` if it cannot be waited for.
async fn wait_for_either(
    flow: &Flow<'_>,
    input: &End,
    output: &End,
    stalls: &mut Stalls,
) -> Result<bool, Stop> {
    for (end, events) in [(input, libc::POLLIN), (output, libc::POLLOUT)] {
        if !is_ready(end, events) {
            return Ok(flow.ready(&end.file, events).await?.is_ok());
        }
    }
    // Both are ready, by now at least; if that is so again and again, they don't mean it.
    if let Some(pause) = stalls.pause() {
        drop(flow.served(flow.ring().timeout(pause)).await?);
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
