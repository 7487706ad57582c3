//! The ways of moving bytes, cheapest first. Each moves what it can, leaves both positions where it stopped, and says
//! whether the rest is for the next one ([`Way::Unsuited`]).
//!
//! * [`range`]: `copy_file_range(2)` from file to file.
//! * [`pipes`]: `splice(2)` where one end is a pipe, waiting for nothing but readiness, in the ring.
//! * [`pairs`]: two linked splices through a pipe of our own where none is, several pairs in flight.
//! * [`buffers`]: through registered buffers, where the kernel can't do it alone, or bytes have to be looked at.
//!   [`source`] and [`sink`] are its ends, [`sparse`] and [`skip_errors`] what looks at the bytes.
//! * [`skip`]: what is left out of an input without positions.
//! * [`fan`]: to several outputs at once, duplicated by `tee(2)`.

pub mod buffers;
pub mod fan;
pub mod pairs;
pub mod pipes;
pub mod range;
mod ready;
pub mod sink;
pub mod skip;
pub mod skip_errors;
pub mod source;
pub mod sparse;

use std::io;

use ringutils::bytes;
use ringutils::sys::{self, Kind};

use crate::ends::{End, Ends};
use crate::flow::Flow;
use crate::options::{OnError, Options};
use crate::stop::Stop;

/// Bytes that a pipe of ours is asked to hold, and that one piece has at most, if the user does not say.
pub const PIECE: usize = 1024 * 1024;

/// How a way ended, if nothing stopped it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The input is at its end, or there are to be no more bytes; all that was taken was moved.
    Done,
    /// This way does not work here, or not any further; all that was taken was moved.
    Unsuited,
}

/// Whether a ring, if there is to be one, will need its workers: known beforehand, as one that only waits has none.
pub fn works(options: &Options, input: &End, outputs: &[End]) -> bool {
    let piped = match outputs {
        [output] => input.kind() == Kind::Pipe || output.kind() == Kind::Pipe,
        _ => true,
    };
    looked_at(options) || !piped || outputs.iter().any(pipes::is_waiting_socket)
}

/// Whether bytes have to come to user space.
fn looked_at(options: &Options) -> bool {
    options.sparse || options.skip_errors || options.shared.ring.direct
}

/// Moves everything, from what is to be left out of it on.
pub async fn all(flow: &Flow<'_>, ends: &Ends) -> Result<(), Stop> {
    let Ends { input, outputs, to_skip, .. } = ends;
    if *to_skip > 0 && !skip::skip(flow, input, *to_skip).await? {
        return Ok(());
    }
    // A splice into a pipe without reader would kill even where the input has nothing more for it, as no cat would be.
    sys::ignore_sigpipe();
    match &outputs[..] {
        [output] if flow.options.outputs.len() == 1 && flow.options.on_error == OnError::Unsaid => {
            one(flow, input, output).await
        }
        outputs => fan::pump(flow, input, outputs).await,
    }
}

/// Moves everything from one end to the other.
pub async fn one(flow: &Flow<'_>, input: &End, output: &End) -> Result<(), Stop> {
    if !looked_at(flow.options) && !output.append && !input.terminal && !output.terminal {
        let refused = |name: &'static str| {
            flow.say(|| bytes![name, ": does not work here, or not any further"]);
        };
        let files = (input.kind(), output.kind()) == (Kind::Regular, Kind::Regular);
        // Where it would only be a splice, a larger pipe than the kernel's own is better.
        if files && !sys::never_shares(output.fd()) {
            flow.say(|| b"using copy_file_range(2), from file to file".to_vec());
            if range::pump(flow, input, output).await? == Way::Done {
                return Ok(());
            }
            refused("copy_file_range(2)");
        }
        let (name, way) = match (input.kind(), output.kind()) {
            (_, Kind::Pipe) | (Kind::Pipe, _) => {
                flow.say(|| b"using splice(2), from or to a pipe".to_vec());
                ("splice(2)", pipes::pump(flow, input, output).await?)
            }
            _ => ("pairs of splices", pairs::pump(flow, input, output).await?),
        };
        if way == Way::Done {
            return Ok(());
        }
        refused(name);
    }
    buffers::pump(flow, input, output).await
}

/// Nothing happened, and it may be tried again at once.
fn is_interrupt(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Interrupted
}

/// "Not this way", and not "this failed". What failed can be found again by reading or writing, which tells whose fault it
/// is, but for a socket's error: that is told once, and behind it there is an end, or a broken pipe.
fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::EINVAL
                | libc::ENOSYS
                | libc::EOPNOTSUPP
                | libc::EBADF
                | libc::ESPIPE
                | libc::EPERM
                | libc::EAGAIN
                // There is no worker for it.
                | libc::ECANCELED
        )
    )
}
