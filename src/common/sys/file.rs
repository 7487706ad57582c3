//! What a file is, and opening or reading it without waiting.

use std::ffi::{CStr, CString, OsStr};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use super::raw;

/// The kind of a file, from its mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    Regular,
    /// A folder.
    Directory,
    /// A pipe or FIFO.
    Pipe,
    /// A socket.
    Socket,
    /// A character device, terminals among them.
    Character,
    /// A block device.
    Block,
    /// A symbolic link, not followed.
    Link,
    /// Something else (an epoll or eventfd descriptor).
    Other,
}

/// A moment, as file systems keep it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Since 1970, UTC; before it, if negative.
    pub seconds: i64,
    /// And so many nanoseconds, below 1,000,000,000.
    pub nanoseconds: u32,
}

/// What `stat(2)` tells of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Device and inode number: the file's identity.
    pub identity: (u64, u64),
    /// Bytes, as the file system says: 0 for much of /proc.
    pub size: u64,
    /// Whether it is the null device, which forgets what is written to it.
    pub is_null: bool,
    /// Permissions with set-id and sticky bits, without the type: at most `0o7777`.
    pub mode: u32,
    /// Names that it has.
    pub links: u64,
    /// User id.
    pub owner: u32,
    /// Group id.
    pub group: u32,
    /// What a device file stands for.
    pub device: u64,
    /// Allocated, in units of 512 bytes.
    pub blocks: u64,
    /// Last read.
    pub accessed: Time,
    /// Last written to.
    pub modified: Time,
}

impl Kind {
    fn of(mode: u32) -> Self {
        match mode & libc::S_IFMT {
            libc::S_IFREG => Self::Regular,
            libc::S_IFDIR => Self::Directory,
            libc::S_IFIFO => Self::Pipe,
            libc::S_IFSOCK => Self::Socket,
            libc::S_IFCHR => Self::Character,
            libc::S_IFBLK => Self::Block,
            libc::S_IFLNK => Self::Link,
            _ => Self::Other,
        }
    }
}

/// Permissions, set-id and sticky bits.
const MODE: u32 = 0o7777;

/// The null device, on every Linux.
const NULL: (u32, u32) = (1, 3);

impl From<&libc::stat> for Stat {
    #[allow(clippy::useless_conversion, reason = "the types differ from one architecture to the next")]
    fn from(stat: &libc::stat) -> Self {
        let kind = Kind::of(stat.st_mode);
        let device = (libc::major(stat.st_rdev), libc::minor(stat.st_rdev));
        let time = |seconds, nanoseconds: i64| Time {
            seconds,
            nanoseconds: u32::try_from(nanoseconds).unwrap_or(0),
        };
        Self {
            kind,
            identity: (stat.st_dev, stat.st_ino),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            is_null: kind == Kind::Character && device == NULL,
            mode: stat.st_mode & MODE,
            links: u64::from(stat.st_nlink),
            owner: stat.st_uid,
            group: stat.st_gid,
            device: stat.st_rdev,
            blocks: u64::try_from(stat.st_blocks).unwrap_or(0),
            accessed: time(stat.st_atime, stat.st_atime_nsec),
            modified: time(stat.st_mtime, stat.st_mtime_nsec),
        }
    }
}

impl From<&libc::statx> for Stat {
    fn from(answer: &libc::statx) -> Self {
        let mode = u32::from(answer.stx_mode);
        let kind = Kind::of(mode);
        let device = (answer.stx_rdev_major, answer.stx_rdev_minor);
        let time = |time: &libc::statx_timestamp| Time { seconds: time.tv_sec, nanoseconds: time.tv_nsec };
        Self {
            kind,
            identity: (libc::makedev(answer.stx_dev_major, answer.stx_dev_minor), answer.stx_ino),
            size: answer.stx_size,
            is_null: kind == Kind::Character && device == NULL,
            mode: mode & MODE,
            links: u64::from(answer.stx_nlink),
            owner: answer.stx_uid,
            group: answer.stx_gid,
            device: libc::makedev(device.0, device.1),
            blocks: answer.stx_blocks,
            accessed: time(&answer.stx_atime),
            modified: time(&answer.stx_mtime),
        }
    }
}

/// `fstatat(2)`: a name in a folder, following a symbolic link or not.
///
/// # Errors
/// The call's.
pub fn stat_at(folder: BorrowedFd<'_>, name: &CStr, follow: bool) -> io::Result<Stat> {
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    // SAFETY: it is plain numbers, for which zero is a value.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `name` ends in a NUL, `stat` is a local.
    if unsafe { libc::fstatat(folder.as_raw_fd(), name.as_ptr(), &raw mut stat, flags) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Stat::from(&stat))
}

/// `stat(2)`, following symbolic links.
///
/// # Errors
/// The call's.
pub fn stat(path: &CStr) -> io::Result<Stat> {
    let mut answer = raw::empty_statx();
    match raw::statx(libc::AT_FDCWD, path, 0, &mut answer) {
        0.. => Ok(Stat::from(&answer)),
        error => Err(io::Error::from_raw_os_error(-error)),
    }
}

/// The file's position; `None` if it has none (pipes, sockets, terminals).
pub fn seekable_offset(fd: BorrowedFd<'_>) -> Option<u64> {
    lseek(fd, 0, libc::SEEK_CUR).ok()
}

/// `fstat(2)`.
///
/// # Errors
/// The call's.
pub fn fstat(fd: impl AsFd) -> io::Result<Stat> {
    // SAFETY: it is plain numbers, for which zero is a value.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `stat` is a local.
    if unsafe { libc::fstat(fd.as_fd().as_raw_fd(), &raw mut stat) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Stat::from(&stat))
}

fn owned(answer: i32) -> io::Result<OwnedFd> {
    if answer < 0 {
        return Err(io::Error::from_raw_os_error(-answer));
    }
    // SAFETY: the kernel has just given us this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(answer) })
}

/// A name as system calls want it.
///
/// # Errors
/// `EINVAL` for one with a NUL in it, which names nothing.
pub fn c_path(name: &OsStr) -> io::Result<CString> {
    CString::new(name.as_bytes()).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

/// Whether a name matches a pattern, as in a shell: `*`, `?`, `[…]`; a leading `.` must be matched by one
/// (`fnmatch(3)` with `FNM_PERIOD`).
#[must_use]
pub fn matches(pattern: &CStr, name: &CStr) -> bool {
    // SAFETY: both end in a NUL.
    unsafe { libc::fnmatch(pattern.as_ptr(), name.as_ptr(), libc::FNM_PERIOD) == 0 }
}

/// Whether it was for want of a descriptor.
pub fn is_out_of_descriptors(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EMFILE)
}

/// Opens for reading, relative to the current folder, waiting as long as it takes.
///
/// # Errors
/// `open(2)`'s.
pub fn open_plain(path: &CStr, flags: i32) -> io::Result<OwnedFd> {
    owned(raw::open(libc::AT_FDCWD, path, flags, 0))
}

/// What a path leads to, if that can be said from memory alone; `None` if the disk would have to be asked, or the
/// kernel cannot tell (`openat2(2)` with `RESOLVE_CACHED`, Linux 5.12).
///
/// The file itself is not opened (`O_PATH`): no device or FIFO notices.
#[must_use]
pub fn cached(path: &CStr) -> Option<Stat> {
    // SAFETY: it is plain numbers, for which zero is a value.
    let mut how: libc::open_how = unsafe { std::mem::zeroed() };
    how.flags = (libc::O_PATH | libc::O_CLOEXEC).cast_unsigned().into();
    how.resolve = libc::RESOLVE_CACHED;
    let size = size_of::<libc::open_how>();
    // SAFETY: `path` ends in a NUL, `how` is a local of `size` bytes.
    let fd = unsafe { libc::syscall(libc::SYS_openat2, libc::AT_FDCWD, path.as_ptr(), &raw const how, size) };
    let fd = owned(i32::try_from(fd).ok().filter(|fd| *fd >= 0)?).ok()?;
    fstat(&fd).ok()
}

/// Reads at an offset what is in the page cache; `None` if the disk would have to be asked for the first byte
/// (`preadv2(2)` with `RWF_NOWAIT`), or the kernel cannot tell.
pub fn read_cached(fd: BorrowedFd<'_>, into: &mut [u8], at: u64) -> Option<usize> {
    let iov = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let offset = i64::try_from(at).ok()?;
    // SAFETY: `iov` leads to `into`, which is borrowed exclusively.
    let n = unsafe { libc::preadv2(fd.as_raw_fd(), &raw const iov, 1, offset, libc::RWF_NOWAIT) };
    if n < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::EOPNOTSUPP) && is_in_memory(fd) {
        return usize::try_from(raw::read(fd.as_raw_fd(), into, Some(at))).ok();
    }
    usize::try_from(n).ok()
}

/// Whether a file is on a file system that has no disk: tmpfs, ramfs. They know no read that must not wait, as none
/// ever does. (What was swapped out does, but that is not worth a ring.)
#[must_use]
pub fn is_in_memory(fd: BorrowedFd<'_>) -> bool {
    const RAMFS_MAGIC: i64 = 0x8584_58f6;
    matches!(file_system(fd), Some(libc::TMPFS_MAGIC | RAMFS_MAGIC))
}

/// Whether a file is on a file system of which it is known that its files never share blocks, and that it copies no file
/// by itself: there `copy_file_range(2)` is nothing but a splice through a small pipe.
#[must_use]
pub fn never_shares(fd: BorrowedFd<'_>) -> bool {
    is_in_memory(fd) || file_system(fd) == Some(libc::EXT4_SUPER_MAGIC)
}

/// The magic number of the file system that a file is on.
fn file_system(fd: BorrowedFd<'_>) -> Option<i64> {
    // SAFETY: it is plain numbers, for which zero is a value.
    let mut answer: libc::statfs = unsafe { std::mem::zeroed() };
    // SAFETY: `answer` is a local.
    let known = unsafe { libc::fstatfs(fd.as_raw_fd(), &raw mut answer) } == 0;
    #[allow(clippy::useless_conversion, reason = "signed with glibc, not with musl")]
    let kind = i64::try_from(answer.f_type).ok();
    kind.filter(|_| known)
}

/// Whether writes to it append (`O_APPEND`).
///
/// # Errors
/// `fcntl(2)`'s.
pub fn is_append(fd: BorrowedFd<'_>) -> io::Result<bool> {
    // SAFETY: takes no pointers.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    if flags < 0 { Err(io::Error::last_os_error()) } else { Ok(flags & libc::O_APPEND != 0) }
}

/// Lets reads of a file that was opened with `O_DIRECT` go through the page cache from now on; `false` if it was not.
pub fn clear_direct(fd: BorrowedFd<'_>) -> bool {
    // SAFETY: takes no pointers.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    if flags >= 0 && flags & libc::O_DIRECT != 0 {
        // SAFETY: takes no pointers.
        return unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags & !libc::O_DIRECT) } == 0;
    }
    false
}

/// Has reads of a file go past the page cache from now on; `false` where the file system cannot.
pub fn set_direct(fd: BorrowedFd<'_>) -> bool {
    // SAFETY: takes no pointers.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    // SAFETY: takes no pointers.
    flags >= 0 && unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_DIRECT) } == 0
}

/// Tells the kernel that a file will be read from front to back, which doubles its read-ahead. Only advice.
pub fn advise_sequential(fd: BorrowedFd<'_>) {
    // SAFETY: takes no pointers.
    unsafe { libc::posix_fadvise(fd.as_raw_fd(), 0, 0, libc::POSIX_FADV_SEQUENTIAL) };
}

/// Sets a file's position.
///
/// # Errors
/// `ESPIPE` for what has none.
pub fn seek(fd: BorrowedFd<'_>, at: u64) -> io::Result<()> {
    lseek(fd, i64::try_from(at).unwrap_or(i64::MAX), libc::SEEK_SET).map(drop)
}

/// `lseek(2)`: the new offset from the start.
///
/// # Errors
/// `ESPIPE` for what has no position, and the call's others.
fn lseek(fd: BorrowedFd<'_>, offset: i64, whence: i32) -> io::Result<u64> {
    // SAFETY: takes no pointers.
    let at = unsafe { libc::lseek64(fd.as_raw_fd(), offset, whence) };
    u64::try_from(at).map_err(|_| io::Error::last_os_error())
}

/// How many descriptors the process may have open (`RLIMIT_NOFILE`).
pub fn descriptor_limit() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a local.
    let answer = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    if answer == 0 { usize::try_from(limit.rlim_cur).unwrap_or(usize::MAX) } else { 256 }
}
