//! Holes of sparse files: nothing is stored there, and reading them costs all the same. A search that finds zeros asks
//! here how far they go.
//!
//! Asking moves the file's position (`lseek(2)` with `SEEK_DATA`).

use std::os::fd::BorrowedFd;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;

/// A hole below this size is as well read.
const WORTH_IT: u64 = 64 * 1024;

/// From here on a hole is worth leaving behind what was read ahead.
pub const WORTH_A_RESTART: u64 = 4 * 1024 * 1024;

/// A hole below this size is as well read, by who reads ahead.
const WORTH_LEAVING_OUT: u64 = 256 * 1024;

/// How far a search for it goes.
const FAR: u64 = 64 * 1024 * 1024;

/// Whether a block might be part of a hole.
#[must_use]
pub fn may_be_hole(block: &[u8]) -> bool {
    !block.is_empty() && block.iter().all(|byte| *byte == 0)
}

/// Where data begins, at `at` or behind it; `None` if there is none any more, or nobody can say.
fn data_from(fd: BorrowedFd<'_>, at: u64) -> Option<u64> {
    match seek(fd, SeekFrom::Data(at)) {
        Ok(data) => Some(data),
        Err(Errno::NXIO) => None,
        Err(_) => Some(at),
    }
}

/// Where the hole ends in which `at` lies, `end` at the latest; `at` itself if it lies in none.
#[must_use]
pub fn end_of_hole(fd: BorrowedFd<'_>, at: u64, end: u64) -> u64 {
    data_from(fd, at).unwrap_or(end).clamp(at, end)
}

/// Where the data ends in which `at` lies: where the next hole begins that is worth leaving out, or some way behind `at` if
/// there is none so soon; `end` at the latest.
#[must_use]
pub fn end_of_data(fd: BorrowedFd<'_>, at: u64, end: u64) -> u64 {
    let far = at.saturating_add(FAR).min(end);
    let mut from = at;
    while from < far {
        let Ok(hole) = seek(fd, SeekFrom::Hole(from)) else { return end };
        let hole = hole.clamp(from, end);
        from = end_of_hole(fd, hole, end);
        if from - hole >= WORTH_LEAVING_OUT || from <= hole {
            return hole;
        }
    }
    from
}

/// Where the hole begins that reaches to `end` or beyond, `start` at the earliest; `end` itself if there is none. A bit
/// of the hole's beginning may be left out.
///
/// The kernel only looks forward, so this goes back in leaps: each twice as long as the last while there is nothing
/// but the hole, then half as long.
#[must_use]
pub fn start_of_hole(fd: BorrowedFd<'_>, start: u64, end: u64) -> u64 {
    let nothing_from = |at| data_from(fd, at).is_none_or(|data| data >= end);
    let (mut known, mut leap, mut grows) = (end, WORTH_IT, true);
    while leap >= WORTH_IT && known > start {
        let at = known.saturating_sub(leap).max(start);
        if nothing_from(at) {
            known = at;
        } else {
            grows = false;
        }
        leap = if grows { leap.saturating_mul(2) } else { leap / 2 };
    }
    known
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileExt;

    use super::*;

    const MIB: u64 = 1024 * 1024;

    #[test]
    fn both_ends_of_a_hole_are_found() {
        let file = tempfile::tempfile().expect("a file");
        file.set_len(1024 * MIB).expect("a hole");
        for data in [3 * MIB, 700 * MIB] {
            file.write_all_at(b"data", data).expect("data");
        }
        if data_from(file.as_fd(), 0) == Some(0) {
            return; // A file system that keeps no holes.
        }
        let begin = |start, end| start_of_hole(file.as_fd(), start, end);
        let near =
            |found: u64, at: u64| assert!((at..at + 2 * WORTH_IT).contains(&found), "{found} near {at}");
        near(begin(0, 1024 * MIB), 700 * MIB);
        near(begin(0, 700 * MIB), 3 * MIB);
        near(begin(0, 3 * MIB), 0);
        near(begin(20 * MIB + 5, 700 * MIB), 20 * MIB + 5);
        assert_eq!(begin(0, 700 * MIB + 4), 700 * MIB + 4, "that is data");
        assert_eq!(end_of_hole(file.as_fd(), 4 * MIB, 1024 * MIB), 700 * MIB);
        assert_eq!(end_of_hole(file.as_fd(), 4 * MIB, 9 * MIB), 9 * MIB);
        assert_eq!(end_of_hole(file.as_fd(), 800 * MIB, 1024 * MIB), 1024 * MIB);
        assert_eq!(end_of_hole(file.as_fd(), 3 * MIB, 1024 * MIB), 3 * MIB, "that is data");
        near(end_of_data(file.as_fd(), 3 * MIB, 1024 * MIB), 3 * MIB);
        assert_eq!(end_of_data(file.as_fd(), 3 * MIB, 3 * MIB + 9), 3 * MIB + 9);
        assert_eq!(end_of_data(file.as_fd(), 1024 * MIB, 1024 * MIB), 1024 * MIB, "there is none");
    }

    #[test]
    fn what_has_no_holes_has_none() {
        let (reader, _writer) = std::io::pipe().expect("a pipe");
        assert_eq!(start_of_hole(reader.as_fd(), 0, 10 * MIB), 10 * MIB);
        assert_eq!(end_of_hole(reader.as_fd(), 5, 10 * MIB), 5);
        let empty = File::open("/proc/self/status").expect("a file without a size");
        assert_eq!(end_of_hole(empty.as_fd(), 5, 5), 5);
        assert_eq!(end_of_data(reader.as_fd(), 5, 10 * MIB), 10 * MIB);
    }
}
