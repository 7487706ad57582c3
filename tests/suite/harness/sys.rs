//! System calls that std does not offer: what happens to a child between fork and exec, pipes of one slot,
//! terminals, waiting with a deadline. The only unsafe code of the suite.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use seccompiler::BpfProgram;

/// Held while a child is between fork and exec. Whoever needs a descriptor to be *really* closed (a pipe without
/// reader, an executable just written) takes it too: otherwise another test's child may hold a copy for a moment.
static FORKING: Mutex<()> = Mutex::new(());

/// Keeps every other test from forking until the guard is dropped.
pub fn no_forks() -> MutexGuard<'static, ()> {
    FORKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has memory that a test frees go back to the kernel. Each child begins as a copy of this process, and making copies of
/// the hundreds of megabytes that would pile up otherwise took most of the suite's time.
pub fn stay_small() {
    #[cfg(target_env = "gnu")]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            // SAFETY: takes no pointers, and its lock is the allocator's own.
            let taken = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10) };
            assert_eq!(taken, 1, "mallopt");
        });
    }
}

/// A resource limit, soft and hard alike.
#[derive(Clone, Copy, Debug)]
pub enum Limit {
    Files(u64),
    FileSize(u64),
    AddressSpace(u64),
    LockedMemory(u64),
    Processes(u64),
    /// These are a user namespace's: the child gets one of its own, so that nobody else feels it.
    InotifyInstances(u64),
    InotifyWatches(u64),
}

/// What is done to a child between fork and exec.
#[derive(Clone, Default)]
pub struct Preparation {
    pub close: Vec<RawFd>,
    pub limits: Vec<Limit>,
    pub ignore: Vec<i32>,
    /// What whoever started the suite may have had ignored.
    pub restore: Vec<i32>,
    pub umask: Option<u32>,
    pub filters: Vec<Arc<BpfProgram>>,
}

impl Preparation {
    /// Has `command` do all this in the child, after user and standard streams have been set.
    pub fn install(&self, command: &mut Command) {
        let plan = self.clone();
        let hook = move || plan.carry_out();
        // SAFETY: the hook allocates nothing and takes no lock; it only makes system calls.
        unsafe { command.pre_exec(hook) };
    }

    fn carry_out(&self) -> io::Result<()> {
        for &signal in &self.ignore {
            // SAFETY: SIG_IGN is a valid disposition of any signal that may be ignored.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
        for &signal in &self.restore {
            // SAFETY: SIG_DFL is a valid disposition of any signal that may be ignored.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        if let Some(mask) = self.umask {
            // SAFETY: always succeeds, touches no memory.
            unsafe { libc::umask(mask) };
        }
        for &fd in &self.close {
            // SAFETY: only standard streams are listed; std's own descriptors are above them.
            unsafe { libc::close(fd) };
        }
        for &limit in &self.limits {
            set_limit(limit)?;
        }
        for filter in &self.filters {
            seccompiler::apply_filter(filter).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
        }
        Ok(())
    }
}

fn set_limit(limit: Limit) -> io::Result<()> {
    let (resource, value) = match limit {
        Limit::InotifyInstances(n) => return limit_inotify(c"/proc/sys/user/max_inotify_instances", n),
        Limit::InotifyWatches(n) => return limit_inotify(c"/proc/sys/user/max_inotify_watches", n),
        Limit::Files(n) => (libc::RLIMIT_NOFILE, n),
        Limit::FileSize(n) => (libc::RLIMIT_FSIZE, n),
        Limit::AddressSpace(n) => (libc::RLIMIT_AS, n),
        Limit::LockedMemory(n) => (libc::RLIMIT_MEMLOCK, n),
        Limit::Processes(n) => (libc::RLIMIT_NPROC, n),
    };
    let both = libc::rlimit { rlim_cur: value, rlim_max: value };
    // SAFETY: `both` lives through the call.
    check(unsafe { libc::setrlimit(resource, &raw const both) })?;
    Ok(())
}

/// Allocates nothing: this is between fork and exec.
fn limit_inotify(path: &CStr, value: u64) -> io::Result<()> {
    // SAFETY: always succeeds, touches no memory.
    let user = u64::from(unsafe { libc::geteuid() });
    // SAFETY: no memory is handed over.
    check(unsafe { libc::unshare(libc::CLONE_NEWUSER) })?;
    // It stays who it is, and may do anything in here.
    write_numbers(c"/proc/self/uid_map", &[user, user, 1])?;
    write_numbers(path, &[value])
}

fn write_numbers(path: &CStr, numbers: &[u64]) -> io::Result<()> {
    use std::io::Write;
    let mut text = io::Cursor::new([0; 80]);
    for number in numbers {
        write!(text, "{number} ")?;
    }
    let length = usize::try_from(text.position()).unwrap_or(0);
    // SAFETY: the string lives through the call.
    let fd = check(unsafe { libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC) })?;
    // SAFETY: just opened, nobody else owns it.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(&text.get_ref()[..length])
}

/// Whether a child may have this limit here.
pub fn grants(limit: Limit) -> bool {
    let mut command = Command::new("true");
    Preparation { limits: vec![limit], ..Preparation::default() }.install(&mut command);
    let _guard = no_forks();
    command.status().is_ok_and(|status| status.success())
}

fn check(answer: libc::c_int) -> io::Result<libc::c_int> {
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(answer) }
}

/// Waits until one of `events` holds on `fd`; false when `patience` ran out.
pub fn wait_for(fd: &impl AsRawFd, events: i16, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.saturating_duration_since(Instant::now()).as_millis();
        let left = i32::try_from(left).unwrap_or(i32::MAX);
        let mut entry = libc::pollfd { fd: fd.as_raw_fd(), events, revents: 0 };
        // SAFETY: one entry, which lives through the call.
        match check(unsafe { libc::poll(&raw mut entry, 1, left) }) {
            Ok(n) => return n > 0,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => panic!("poll: {e}"),
        }
    }
}

/// A descriptor that becomes readable when the process has ended.
pub fn pidfd(pid: u32) -> OwnedFd {
    // SAFETY: no memory is handed over.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    let fd = RawFd::try_from(fd).expect("a descriptor");
    assert!(fd >= 0, "pidfd_open: {}", io::Error::last_os_error());
    // SAFETY: just opened, nobody else owns it.
    unsafe { OwnedFd::from_raw_fd(fd) }
}

/// Sends `signal` to a child that has not been waited for.
pub fn kill(pid: u32, signal: i32) {
    let pid = libc::pid_t::try_from(pid).expect("a process id");
    // SAFETY: no memory is handed over; the child is not reaped, so the id is still its own.
    check(unsafe { libc::kill(pid, signal) }).expect("kill");
}

/// Waits until a child has stopped (or ended), without reaping it.
pub fn wait_stopped(pid: u32) {
    // SAFETY: all zeros is a valid siginfo_t.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let flags = libc::WSTOPPED | libc::WEXITED | libc::WNOWAIT;
    // SAFETY: `info` lives through the call.
    check(unsafe { libc::waitid(libc::P_PID, pid, &raw mut info, flags) }).expect("waitid");
}

/// Makes a pipe as small as the kernel allows: one slot, so that it is writable only while it is empty.
pub fn shrink_pipe(fd: &impl AsRawFd) {
    // SAFETY: no memory is handed over.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETPIPE_SZ, 1) }).expect("F_SETPIPE_SZ");
}

/// Waits until nothing more can be written to `fd`, which nobody reads.
pub fn wait_full(fd: &impl AsRawFd, patience: Duration) {
    let deadline = Instant::now() + patience;
    while wait_for(fd, libc::POLLOUT, Duration::ZERO) {
        assert!(Instant::now() < deadline, "it never gets full");
        std::thread::yield_now();
    }
}

/// Gives a socket as little room for what it sends as the kernel allows.
pub fn shrink_socket(fd: &impl AsRawFd) {
    let least: libc::c_int = 1;
    let length = libc::socklen_t::try_from(size_of_val(&least)).expect("small");
    let (fd, value) = (fd.as_raw_fd(), (&raw const least).cast());
    // SAFETY: `least` lives through the call, and has that length.
    let answer = unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_SNDBUF, value, length) };
    check(answer).expect("SO_SNDBUF");
}

/// Pipes of this user that hold as much as the user may have in pipes (`pipe-user-pages-soft`): as long as they are kept,
/// new ones are tiny. `None` if that takes too many.
pub fn exhaust_pipes(user: u32) -> Option<Vec<OwnedFd>> {
    let make = move || {
        // SAFETY: no memory is handed over. Not the C library's, which changes the user of all threads.
        let answer = unsafe { libc::syscall(libc::SYS_setresuid, user, user, user) };
        assert_eq!(answer, 0, "setresuid: {}", io::Error::last_os_error());
        let mut held: Vec<OwnedFd> = Vec::new();
        while held.len() < 300 {
            let (reader, writer) = io::pipe().expect("pipe");
            // SAFETY: no memory is handed over.
            let size = unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_GETPIPE_SZ) };
            if size < 65_536 {
                return Some(held);
            }
            // As large as they come: fewer are needed. If that is refused, they stay as they are.
            // SAFETY: no memory is handed over.
            unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, 1 << 20) };
            held.extend([OwnedFd::from(reader), OwnedFd::from(writer)]);
        }
        None
    };
    // A thread of its own, as it does not become root again.
    std::thread::spawn(make).join().expect("pipes")
}

/// Whether anybody has a file open, be it by a direct descriptor of a ring: else there would be a lease for writing.
pub fn is_open(path: &Path) -> bool {
    let _guard = no_forks();
    let file = File::open(path).expect("the file");
    // SAFETY: no memory is handed over.
    let answer = check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) });
    match answer {
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => true,
        answer => answer.map(|_| false).expect("F_SETLEASE"),
    }
}

/// Has the kernel forget what is in a file, as far as it is on a disk.
pub fn forget(path: &Path) {
    let file = File::open(path).expect("the file");
    file.sync_all().expect("fsync");
    // SAFETY: no memory is handed over.
    let answer = unsafe { libc::posix_fadvise(file.as_raw_fd(), 0, 0, libc::POSIX_FADV_DONTNEED) };
    assert_eq!(answer, 0, "posix_fadvise");
}

/// Sets `O_NONBLOCK` on the open file behind `fd`.
pub fn set_nonblocking(fd: &impl AsRawFd) {
    // SAFETY: no memory is handed over.
    let flags = check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) }).expect("F_GETFL");
    // SAFETY: no memory is handed over.
    check(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags | libc::O_NONBLOCK) }).expect("F_SETFL");
}

pub fn mkfifo(path: &Path) {
    let path = CString::new(path.as_os_str().as_bytes()).expect("no NUL");
    // SAFETY: the string lives through the call.
    check(unsafe { libc::mkfifo(path.as_ptr(), 0o666) }).expect("mkfifo");
}

/// Both ends of a new terminal that neither echoes nor translates line ends, but still knows lines and ^D.
pub fn terminal() -> (File, OwnedFd) {
    let _guard = no_forks();
    let (mut master, mut slave) = (-1, -1);
    // SAFETY: all zeros is a valid termios, and all of its fields are set by the next call.
    let mut settings: libc::termios = unsafe { std::mem::zeroed() };
    let null = std::ptr::null_mut();
    // SAFETY: the two descriptors are stored in variables that live; name, settings and size may be null.
    check(unsafe { libc::openpty(&raw mut master, &raw mut slave, null, null.cast(), null.cast()) })
        .expect("openpty");
    for fd in [master, slave] {
        // SAFETY: no memory is handed over.
        check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) }).expect("FD_CLOEXEC");
    }
    // SAFETY: `settings` lives through the call.
    check(unsafe { libc::tcgetattr(slave, &raw mut settings) }).expect("tcgetattr");
    settings.c_lflag &= !libc::ECHO;
    settings.c_oflag &= !libc::OPOST;
    // SAFETY: `settings` lives through the call.
    check(unsafe { libc::tcsetattr(slave, libc::TCSANOW, &raw const settings) }).expect("tcsetattr");
    // SAFETY: just opened, nobody else owns it.
    let master = unsafe { File::from_raw_fd(master) };
    // SAFETY: just opened, nobody else owns it.
    let slave = unsafe { OwnedFd::from_raw_fd(slave) };
    (master, slave)
}

/// How many characters a line of a terminal has.
pub fn set_columns(terminal: &impl AsRawFd, columns: u16) {
    let size = libc::winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: `size` lives through the call.
    check(unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) })
        .expect("TIOCSWINSZ");
}

pub fn is_root() -> bool {
    // SAFETY: always succeeds, touches no memory.
    unsafe { libc::geteuid() == 0 }
}

/// Gives the calling thread a mount table of its own. The thread, and the children it starts, are the only ones that
/// see what is mounted then; it goes with them.
pub fn own_mounts() -> io::Result<()> {
    // SAFETY: no memory is handed over.
    check(unsafe { libc::unshare(libc::CLONE_NEWNS) })?;
    let private = libc::MS_REC | libc::MS_PRIVATE;
    let null = std::ptr::null();
    // SAFETY: the strings live through the call; source, type and data are not looked at.
    check(unsafe { libc::mount(null, c"/".as_ptr(), null, private, null.cast()) })?;
    Ok(())
}

/// Mounts a tmpfs of `bytes` on `dir`, in a mount table of the thread's own.
pub fn mount_tmpfs(dir: &Path, bytes: usize) -> io::Result<()> {
    mount_tmpfs_of(dir, &format!("size={bytes},mode=0755"))
}

pub fn mount_tmpfs_of(dir: &Path, options: &str) -> io::Result<()> {
    own_mounts()?;
    mount("tmpfs", dir, options)
}

/// Mounts a file system that needs no device.
pub fn mount(kind: &str, dir: &Path, options: &str) -> io::Result<()> {
    let kind = CString::new(kind)?;
    let dir = CString::new(dir.as_os_str().as_bytes())?;
    let options = CString::new(options)?;
    let (kind, dir, options) = (kind.as_ptr(), dir.as_ptr(), options.as_ptr());
    // SAFETY: the strings live through the call.
    check(unsafe { libc::mount(kind, dir, kind, 0, options.cast()) })?;
    Ok(())
}

/// Has a mounted file system refuse to be written to, in the mount table of the thread.
pub fn mount_read_only(dir: &Path) -> io::Result<()> {
    let dir = CString::new(dir.as_os_str().as_bytes())?;
    let (null, flags) = (std::ptr::null(), libc::MS_REMOUNT | libc::MS_RDONLY);
    // SAFETY: the string lives through the call; source, type and data are not looked at.
    check(unsafe { libc::mount(null, dir.as_ptr(), null, flags, null.cast()) })?;
    Ok(())
}

pub fn unmount(dir: &Path) -> io::Result<()> {
    let dir = CString::new(dir.as_os_str().as_bytes())?;
    // SAFETY: the string lives through the call.
    check(unsafe { libc::umount2(dir.as_ptr(), libc::MNT_DETACH) })?;
    Ok(())
}

/// Memory of this process of which some pages can't be read through `/proc/PID/mem`: what is mapped there is behind the
/// end of its file.
pub struct BadPages {
    start: *mut libc::c_void,
    length: usize,
}

impl BadPages {
    const PAGE: usize = 4096;

    /// `file` is made, and keeps the pages that are good.
    pub fn new(file: &Path, good: &[bool]) -> Self {
        let content: Vec<u8> = (0..good.len()).flat_map(Self::content).collect();
        std::fs::write(file, content).expect("a file");
        let file = File::open(file).expect("the file");
        let empty = File::open("/proc/self/exe").expect("a file");
        let behind = empty.metadata().expect("metadata").len().next_multiple_of(1 << 20);
        let length = good.len() * Self::PAGE;
        // A place that stays ours while its parts are replaced.
        let start = map(std::ptr::null_mut(), length, &file, 0, 0);
        for (i, _) in good.iter().enumerate().filter(|(_, good)| !**good) {
            let page = start.wrapping_byte_add(i * Self::PAGE);
            map(page, Self::PAGE, &empty, libc::off_t::try_from(behind).expect("small"), libc::MAP_FIXED);
        }
        BadPages { start, length }
    }

    /// What is in a good page.
    pub fn content(number: usize) -> Vec<u8> {
        format!("page {number:>10}\n").into_bytes().repeat(Self::PAGE / 16)
    }

    pub fn address(&self) -> u64 {
        self.start.addr() as u64
    }
}

impl Drop for BadPages {
    fn drop(&mut self) {
        // SAFETY: mapped by `new`, and nothing refers to it.
        unsafe { libc::munmap(self.start, self.length) };
    }
}

fn map(
    at: *mut libc::c_void,
    length: usize,
    file: &File,
    offset: libc::off_t,
    more: i32,
) -> *mut libc::c_void {
    let (flags, fd) = (libc::MAP_PRIVATE | more, file.as_raw_fd());
    // SAFETY: where the kernel likes, or over a mapping of our own to which nothing refers.
    let start = unsafe { libc::mmap(at, length, libc::PROT_READ, flags, fd, offset) };
    assert_ne!(start, libc::MAP_FAILED, "mmap: {}", io::Error::last_os_error());
    start
}
