//! `copy_file_range(2)`: the kernel copies, or shares.

use ringutils::cli::Fault;
use ringutils::sys;

use super::debug::Word;
use super::sink::Sink;
use super::{Job, libc_errno};

/// Bytes per call: few calls, and a signal or a progress bar does not wait for long.
const PIECE: usize = 16 * 1024 * 1024;

/// How far it came.
pub enum Moved {
    /// All that was wanted, or all there is.
    All(u64),
    /// The rest is for reads and writes, from where both files stand.
    Some(u64),
}

pub fn copy(job: &Job<'_>, sink: &mut Sink<'_>, want: Option<u64>) -> Result<Moved, Fault> {
    let refused = job.run.support.ranges();
    if job.between_files() && refused.has(job.pair()) {
        job.note(|debug| debug.offload = Word::Unsupported);
        return Ok(Moved::Some(0));
    }
    sink.settle()?;
    let mut moved = 0;
    while want.is_none_or(|want| moved < want) {
        let left = want.map_or(u64::MAX, |want| want - moved);
        let piece = usize::try_from(left).unwrap_or(usize::MAX).min(PIECE);
        match sys::copy_file_range(job.source.fd, job.destination.fd, piece) {
            // The first answer proves nothing: files of /proc claim to be empty, and a full tmpfs says the same.
            Ok(0) if moved == 0 => return Ok(Moved::Some(0)),
            Ok(0) => break,
            Ok(n) => {
                job.hands.session.tally("copy_file_range", n);
                job.note(|debug| debug.offload = Word::Yes);
                moved += n as u64;
                sink.moved(n as u64)?;
            }
            Err(error) => {
                job.note(|debug| debug.offload = Word::Unsupported);
                let errno = libc_errno(&error);
                if job.between_files() {
                    refused.note(job.pair(), errno);
                }
                // Whose limit it is (EFBIG) is for a write to say.
                if errno == libc::EFBIG || (moved == 0 && is_unsuited(errno)) {
                    return Ok(Moved::Some(moved));
                }
                let (from, to) = (job.source.place, job.destination.place);
                return Err(Job::of_both("error copying ", from, " to ", to, errno));
            }
        }
    }
    Ok(Moved::All(moved))
}

/// Errors that say "not here" and not "this failed".
fn is_unsuited(errno: i32) -> bool {
    matches!(
        errno,
        libc::ENOSYS
            | libc::ENOTTY
            | libc::EOPNOTSUPP
            | libc::EINVAL
            | libc::EBADF
            | libc::EXDEV
            | libc::ETXTBSY
            | libc::EPERM
            | libc::EACCES
            // CIFS shares, now and then.
            | libc::ENOENT
    )
}
