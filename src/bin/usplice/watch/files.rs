//! What another process has open, as `/proc` tells it.

use std::ffi::{CString, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use ringutils::sys::{self, Kind};

/// `/sys` counts in these, whatever the device's own are.
const SECTOR: u64 = 512;

/// One of its descriptors, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Which file it is. Its descriptor may be another's later.
    pub identity: (u64, u64),
    /// Its name, as the kernel has it.
    pub name: OsString,
    /// Where the descriptor stands.
    pub at: u64,
    /// Where that will end; unknown for a file that is being written, which is as long as that got.
    pub size: Option<u64>,
}

/// What is open as `fd`; `None` if that has no position that says anything (a pipe, a terminal).
///
/// # Errors
/// `EBADF` if nothing is; `EACCES` if that is not for us to know.
pub fn file(pid: i32, fd: i32) -> io::Result<Option<File>> {
    let link = PathBuf::from(format!("/proc/{pid}/fd/{fd}"));
    // The link leads to what is open itself, even if that has no name any more.
    let stat =
        CString::new(link.as_os_str().as_bytes()).map_err(io::Error::from).and_then(|link| sys::stat(&link));
    let stat = stat.map_err(closed)?;
    if !matches!(stat.kind, Kind::Regular | Kind::Block) {
        return Ok(None);
    }
    let name = fs::read_link(&link).map_err(closed)?.into_os_string();
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}")).map_err(closed)?;
    let field = |key| info.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    let at = field("pos:").and_then(|at| at.parse().ok()).unwrap_or(0);
    let flags = field("flags:").and_then(|flags| i32::from_str_radix(flags, 8).ok()).unwrap_or(0);
    let size = match stat.kind {
        Kind::Block => device_size(stat.device),
        _ => Some(stat.size).filter(|_| flags & libc::O_ACCMODE != libc::O_WRONLY),
    };
    Ok(Some(File { identity: stat.identity, name, at, size }))
}

/// All regular files and block devices that it has open, in the order of their descriptors.
///
/// # Errors
/// `ESRCH` if the process is gone; `EACCES` if that is not for us to know.
pub fn files(pid: i32) -> io::Result<Vec<(i32, File)>> {
    let gone = |error: io::Error| match error.raw_os_error() {
        Some(libc::ENOENT) => io::Error::from_raw_os_error(libc::ESRCH),
        _ => error,
    };
    let mut open = Vec::new();
    for entry in fs::read_dir(format!("/proc/{pid}/fd")).map_err(gone)? {
        let number = entry.map_err(gone)?.file_name();
        let Some(fd) = number.to_str().and_then(|number| number.parse().ok()) else { continue };
        match file(pid, fd) {
            Ok(Some(file)) => open.push((fd, file)),
            Ok(None) => {}
            // Closed since.
            Err(error) if error.raw_os_error() == Some(libc::EBADF) => {}
            Err(error) => return Err(error),
        }
    }
    open.sort_by_key(|(fd, _)| *fd);
    Ok(open)
}

/// An entry that is not there is a descriptor that is not open.
fn closed(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(libc::ENOENT) => io::Error::from_raw_os_error(libc::EBADF),
        _ => error,
    }
}

fn device_size(device: u64) -> Option<u64> {
    let (major, minor) = (libc::major(device), libc::minor(device));
    let sectors = fs::read_to_string(format!("/sys/dev/block/{major}:{minor}/size")).ok()?;
    sectors.trim().parse::<u64>().ok()?.checked_mul(SECTOR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Seek, SeekFrom, Write};
    use std::os::fd::AsRawFd;

    fn own() -> i32 {
        i32::try_from(std::process::id()).expect("a number of a process")
    }

    #[test]
    fn where_a_descriptor_stands() {
        let mut written = tempfile::NamedTempFile::new().expect("a file");
        written.write_all(&[0; 5000]).expect("written");
        let mut opened = fs::File::open(written.path()).expect("opened");
        opened.read_exact(&mut [0; 100]).expect("read");
        let told = file(own(), opened.as_raw_fd()).expect("open").expect("a file");
        assert_eq!(
            (told.at, told.size, told.name.as_os_str()),
            (100, Some(5000), written.path().as_os_str())
        );
        opened.seek(SeekFrom::Start(9000)).expect("sought");
        assert_eq!(file(own(), opened.as_raw_fd()).expect("open").expect("a file").at, 9000);

        let only = fs::OpenOptions::new().append(true).open(written.path()).expect("opened");
        let told = file(own(), only.as_raw_fd()).expect("open").expect("a file");
        assert_eq!((told.size, told.identity), (None, sys::fstat(&opened).expect("a file").identity));

        let all = files(own()).expect("our own");
        for fd in [opened.as_raw_fd(), only.as_raw_fd()] {
            assert!(all.iter().any(|(number, _)| *number == fd), "{fd}: {all:?}");
        }
        assert!(all.is_sorted_by_key(|(fd, _)| *fd));
    }

    #[test]
    fn a_name_that_is_gone_is_still_told() {
        let unnamed = tempfile::tempfile().expect("a file");
        unnamed.set_len(70).expect("set");
        let told = file(own(), unnamed.as_raw_fd()).expect("open").expect("a file");
        assert_eq!(told.size, Some(70));
    }

    #[test]
    fn pipes_say_nothing() {
        let (reader, _writer) = io::pipe().expect("a pipe");
        assert_eq!(file(own(), reader.as_raw_fd()).expect("open"), None);
        let all = files(own()).expect("our own");
        assert!(all.iter().all(|(fd, _)| *fd != reader.as_raw_fd()));
    }

    #[test]
    fn what_is_not_there() {
        let error = |result: io::Result<_>| result.expect_err("it is not there").raw_os_error();
        assert_eq!(error(file(own(), i32::MAX).map(drop)), Some(libc::EBADF));
        // Beyond all numbers that the kernel gives.
        assert_eq!(error(files(i32::MAX).map(drop)), Some(libc::ESRCH));
    }
}
