//! Bytes of an input without positions that are left out: they are read, and go nowhere. They count for nothing: not as
//! moved, not as part of `--count`, and no rate limit holds them up.

use std::io;
use std::os::fd::AsFd;

use ringutils::cli::Fault;
use ringutils::io::transfer::at_most;
use ringutils::sys::{self, Kind};
use rustix::fs::{Mode, OFlags};

use super::PIECE;
use crate::ends::End;
use crate::flow::Flow;
use crate::stop::Stop;

/// Takes `bytes` away; `false` if the input ended before, which must not be asked again then: a terminal's end is told
/// once.
pub async fn skip(flow: &Flow<'_>, input: &End, bytes: u64) -> Result<bool, Stop> {
    let mut left = bytes;
    if input.kind() == Kind::Pipe && !splice(flow, input, &mut left).await? {
        return Ok(false);
    }
    read(flow, input, &mut left).await
}

/// From a pipe into the null device: no byte is copied. Stops where that does not work; `false` at the input's end.
async fn splice(flow: &Flow<'_>, input: &End, left: &mut u64) -> Result<bool, Stop> {
    let Ok(null) = rustix::fs::open("/dev/null", OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty()) else {
        return Ok(true);
    };
    sys::enlarge_pipe(input.fd(), PIECE);
    while *left > 0 {
        flow.attend()?;
        match sys::splice_now(input.fd(), null.as_fd(), at_most(*left, PIECE)) {
            Ok(0) => return Ok(false),
            Ok(n) => {
                flow.session.tally("splice", n);
                *left -= n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if flow.ready(&input.file, libc::POLLIN).await?.is_err() {
                    return Ok(true);
                }
            }
            Err(error) => {
                flow.say(|| Fault::io("cannot skip by splice(2)", error).render());
                return Ok(true);
            }
        }
    }
    Ok(true)
}

/// Into memory. Only what is ready is read, so that no call waits.
async fn read(flow: &Flow<'_>, input: &End, left: &mut u64) -> Result<bool, Stop> {
    if *left == 0 {
        return Ok(true);
    }
    let mut memory = vec![0; at_most(*left, PIECE)];
    while *left > 0 {
        flow.attend()?;
        // What can't be waited for may be read all the same.
        let ready = flow.ready(&input.file, libc::POLLIN).await?;
        match sys::read(input.fd(), &mut memory[..at_most(*left, PIECE)]) {
            Ok(0) => return Ok(false),
            Ok(n) => {
                flow.session.tally("read", n);
                *left -= n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => drop(ready.map_err(Stop::Input)?),
            Err(error) => return Err(Stop::Input(error)),
        }
    }
    Ok(true)
}
