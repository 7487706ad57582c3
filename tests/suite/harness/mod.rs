//! What every test starts from: a folder of its own (a [`Scene`]), commands run in it ([`Run`]), and what
//! they left behind ([`Ended`]).

mod ended;
mod filter;
mod generated;
#[path = "../../gnu.rs"]
mod gnu;
mod live;
mod meanwhile;
mod memory;
mod places;
pub mod plot;
pub mod refusals;
mod run;
pub mod sys;
mod tools;
pub mod tree;
pub mod twins;

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;

use tempfile::TempDir;

pub use ended::{Ended, difference};
pub use filter::RING;
pub use generated::each_generated;
pub use live::{Collector, Live, PATIENCE};
pub use meanwhile::{changed_meanwhile, same, stopped_meanwhile};
pub use memory::in_little_memory;
pub use places::{SIZELESS, on_a_small_disk};
pub use run::{NOBODY, Run};
pub use sys::Limit;
pub use tools::{
    RINGS, Tool, b3sum_oracle, gnu_under_test, has_injector, is_repeated, latest_folder, latest_oracle,
    oracles, ucat, ucp, uhash, usplice, utail, with_faults,
};

/// A pipe that nobody reads any more, not even a child of another test's.
pub fn broken_pipe() -> io::PipeWriter {
    let _guard = sys::no_forks();
    let (reader, writer) = io::pipe().expect("a pipe");
    drop(reader);
    writer
}

/// A folder for one test, gone when the test is.
#[derive(Clone)]
pub struct Scene(Arc<TempDir>);

impl Scene {
    pub fn new() -> Self {
        Self::within(&std::env::temp_dir())
    }

    /// In memory, if there is a file system that has all that is needed: disks are slow where thousands of files are
    /// made and removed.
    pub fn in_memory() -> Self {
        let scene = Path::new("/dev/shm").is_dir().then(|| Self::within(Path::new("/dev/shm")));
        let flags = rustix::fs::XattrFlags::empty();
        scene
            .filter(|s| rustix::fs::setxattr(s.dir(), "user.ringutils", b"", flags).is_ok())
            .unwrap_or_else(Self::new)
    }

    fn within(place: &Path) -> Self {
        sys::stay_small();
        let dir = tempfile::Builder::new().prefix("ringutils-").tempdir_in(place).expect("a folder");
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("chmod");
        Scene(Arc::new(dir))
    }

    pub fn dir(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir().join(name)
    }

    /// Writes a file.
    pub fn file(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), content).expect("a file");
        self
    }

    pub fn folder(&self, name: &str) -> &Self {
        fs::create_dir(self.path(name)).expect("a folder");
        self
    }

    pub fn fifo(&self, name: &str) -> &Self {
        sys::mkfifo(&self.path(name));
        self
    }

    /// Opens a FIFO for writing as soon as there is a reader.
    #[track_caller]
    pub fn fifo_writer(&self, name: &str) -> File {
        let path = self.path(name);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(OpenOptions::new().write(true).open(path)));
        let Ok(file) = receiver.recv_timeout(PATIENCE) else { panic!("{name}: nobody opens it for reading") };
        file.expect("a FIFO")
    }

    /// Opens a FIFO for reading as soon as there is a writer.
    #[track_caller]
    pub fn fifo_reader(&self, name: &str) -> File {
        let path = self.path(name);
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(File::open(path)));
        let Ok(file) = receiver.recv_timeout(PATIENCE) else { panic!("{name}: nobody opens it for writing") };
        file.expect("a FIFO")
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// The program under test, called `cat`, in this folder.
    pub fn cat<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        Run::new(ucat(), "cat", self, args)
    }

    /// The cp under test, called `cp`, in this folder.
    pub fn cp<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        Run::new(ucp(), "cp", self, args)
    }

    /// The tail under test, called `tail`, in this folder.
    pub fn tail<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        Run::new(utail(), "tail", self, args)
    }

    /// Ours, by its own name.
    pub fn utail<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        Run::new(utail(), "utail", self, args)
    }

    /// What moves bytes, in this folder.
    pub fn usplice<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        Run::new(usplice(), "usplice", self, args)
    }

    /// The checksum command under test called `name`, in this folder.
    pub fn sum<S: AsRef<OsStr>>(&self, name: &str, args: &[S]) -> Run {
        Run::new(&uhash(name), name, self, args)
    }

    /// Ours, by its own name.
    pub fn uhash<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        self.sum("uhash", args)
    }

    /// Asserts what is in a file.
    #[track_caller]
    pub fn holds(&self, name: &str, expected: impl AsRef<[u8]>) -> &Self {
        if let Some(difference) = difference(&self.read(name), expected.as_ref()) {
            panic!("{name}: {difference}");
        }
        self
    }
}

/// Says loudly that something could not be tested. Counted in the file that `RINGUTILS_SKIP_LOG` names.
pub fn skip(why: &str) {
    let test = thread::current().name().unwrap_or("?").to_owned();
    let line = format!("SKIP: {test}: {why}\n");
    // Not eprintln!, which the test runner would swallow.
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(log) = std::env::var_os("RINGUTILS_SKIP_LOG").filter(|log| !log.is_empty()) {
        let mut log = OpenOptions::new().append(true).create(true).open(log).expect("the skip log");
        log.write_all(line.as_bytes()).expect("the skip log");
    }
}

/// True, said loudly, when GNU's program is under test: what only ours has can't be tested.
pub fn only_ours() -> bool {
    if gnu_under_test() {
        skip("only our own tool has this");
    }
    gnu_under_test()
}

/// True, said loudly, when the suite does not run as root.
pub fn needs_root() -> bool {
    if !sys::is_root() {
        skip("needs root");
    }
    !sys::is_root()
}

/// False, said loudly, where the kernel grants no ring.
pub fn has_io_uring() -> bool {
    let ring = io_uring::IoUring::new(8);
    if let Err(e) = &ring {
        skip(&format!("no io_uring here: {e}"));
    }
    ring.is_ok()
}

/// The engines there are here.
pub fn engines() -> Vec<&'static str> {
    if has_io_uring() { vec!["uring", "threads"] } else { vec!["threads"] }
}

/// Runs `test` in a thread of its own, whose mounts end with it.
pub fn in_a_thread(test: impl FnOnce() + Send + 'static) {
    let name = std::thread::current().name().unwrap_or("?").to_owned();
    let thread = std::thread::Builder::new().name(name).spawn(test).unwrap();
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}
