//! The runtime held against its invariants (`DESIGN.md`), each under both engines wherever it applies to both.
//!
//! No test sleeps to wait for something: it waits for the thing. What would be a hang ends the process after
//! [`PATIENCE`], with the name of the test.

mod chains;
mod dropped;
mod executor;
mod files;
mod pairs;
mod queue;
mod reports;
mod signals;
mod streams;
mod teardown;
mod timeouts;
mod transfer;

use std::ffi::CString;
use std::io::{PipeWriter, pipe as os_pipe};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::core::Engine;
use super::{Buf, Config, EngineChoice, Fd, Pool, Ring};

/// How long a test may take before it counts as hanging; valgrind is slow.
const PATIENCE: Duration = Duration::from_mins(1);

/// Says on standard error what a test could not do here.
#[allow(clippy::print_stderr, reason = "a test that is skipped has to say so")]
fn say(text: &str) {
    let name = thread::current().name().unwrap_or("?").to_owned();
    eprintln!("{name}: {text}");
}

/// Ends the process if it is not dropped in time: a lost completion must fail a test, not hang it.
struct Watch(#[allow(dead_code, reason = "its drop is the message")] Sender<()>);

fn watch() -> Watch {
    let (alive, gone) = channel();
    let name = thread::current().name().unwrap_or("?").to_owned();
    thread::spawn(move || {
        if gone.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            say(&format!("{name} hangs"));
            std::process::abort();
        }
    });
    Watch(alive)
}

/// A ring of the kernel's, or `None` where it grants none.
fn uring(config: &Config) -> Option<Ring> {
    let config = Config { engine: EngineChoice::Uring, ..config.clone() };
    Ring::new(&config).inspect_err(|error| say(&format!("SKIPPED for io_uring: {error}"))).ok()
}

/// Runs a test with each engine.
fn for_both_with(config: &Config, test: impl Fn(Ring)) {
    let _watch = watch();
    if let Some(ring) = uring(config) {
        assert!(ring.is_uring());
        test(ring);
    }
    let ring = Ring::new(&Config { engine: EngineChoice::Threads, ..config.clone() }).expect("threads");
    assert!(!ring.is_uring());
    test(ring);
}

fn for_both(test: impl Fn(Ring)) {
    for_both_with(&Config::default(), test);
}

/// Runs a test that only makes sense for io_uring.
fn for_uring_with(config: &Config, test: impl Fn(Ring)) {
    let _watch = watch();
    if let Some(ring) = uring(config) {
        test(ring);
    }
}

fn for_uring(test: impl Fn(Ring)) {
    for_uring_with(&Config::default(), test);
}

/// Counters, please.
fn counting() -> Config {
    Config { stats: Some(super::StatsFormat::Json), ..Config::default() }
}

/// Waits for something outside of the ring.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}: never");
        thread::yield_now();
    }
}

/// Turns the ring until nothing is left of what was started and dropped.
fn settle(ring: &Ring) {
    until("all is over", || {
        ring.block_on(ring.nop());
        let mut core = ring.core();
        let idle = core.slots.used() == 0 && core.backlog.is_empty();
        let quiet = match &mut core.engine {
            Engine::Uring(uring) => uring.at_rest(),
            Engine::Threads(_) => true,
        };
        idle && quiet
    });
}

/// A look at, or into, the kernel's ring.
fn peek<T>(ring: &Ring, look: impl FnOnce(&mut super::uring::Uring) -> T) -> T {
    match &mut ring.core().engine {
        Engine::Uring(uring) => look(uring),
        Engine::Threads(_) => panic!("a test for io_uring"),
    }
}

/// A page a buffer.
const BLOCK: usize = 4096;

fn pool(blocks: u32) -> Pool {
    let pool = Pool::new(BLOCK, blocks).expect("a pool");
    assert_eq!((pool.block(), pool.blocks()), (BLOCK, blocks));
    pool
}

/// Buffers of the pool that are free now.
fn free(pool: &Pool) -> usize {
    let taken: Vec<Buf> = std::iter::from_fn(|| pool.take()).collect();
    taken.len()
}

/// A buffer that holds `bytes`.
fn filled(pool: &Pool, bytes: &[u8]) -> Buf {
    let mut buf = pool.take().expect("a free buffer");
    buf.spare()[..bytes.len()].copy_from_slice(bytes);
    buf.add(bytes.len());
    buf
}

/// Bytes that tell where they stand.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at.wrapping_mul(31) ^ (at >> 8)).to_le_bytes()[0]).collect()
}

fn name(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("no NUL")
}

/// A folder for one test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file, and its name for the kernel.
    fn file(&self, file: &str, content: &[u8]) -> CString {
        let path = self.path(file);
        std::fs::write(&path, content).expect("write a file");
        name(&path)
    }

    fn fifo(&self, file: &str) -> CString {
        let path = name(&self.path(file));
        // SAFETY: the path ends in a NUL.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
        path
    }

    /// An open file for reading and writing.
    fn open(&self, file: &str) -> Fd {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        Fd::new(options.open(self.path(file)).expect("open a file").into())
    }
}

fn pipe() -> (Fd, PipeWriter) {
    let (reader, writer) = os_pipe().expect("a pipe");
    (Fd::new(reader.into()), writer)
}

/// How many descriptors of this process are open on that very file, whatever other tests have open.
fn descriptors_on(path: &Path) -> usize {
    let same = std::fs::metadata(path).expect("the file");
    let all = std::fs::read_dir("/proc/self/fd").expect("/proc");
    let opened = all.flatten().filter_map(|entry| std::fs::metadata(entry.path()).ok());
    opened.filter(|file| (file.dev(), file.ino()) == (same.dev(), same.ino())).count()
}

/// Whether anybody has the file open, be it a ring by a direct descriptor, or an operation that nobody has taken the
/// result of. A lease for writing is only granted where nobody does (`fcntl(2)`).
fn is_open(path: &Path) -> bool {
    let file = std::fs::File::open(path).expect("the file");
    // SAFETY: takes no pointers.
    let leased = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK) };
    leased != 0
}

/// The errno of a failed operation.
fn errno<T>(result: std::io::Result<T>) -> i32 {
    result.err().and_then(|error| error.raw_os_error()).unwrap_or(0)
}
