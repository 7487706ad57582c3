//! Ends of every kind, with whoever is on their other side: one that gives, one that takes, both as fast as they can, or
//! only when the command is already waiting for them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{PATIENCE, Scene, difference, skip, sys};

/// What a descriptor may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    Pipe,
    Fifo,
    Unix,
    Tcp,
    Terminal,
    Block,
    Character,
}

pub const KINDS: [Kind; 8] =
    [Kind::File, Kind::Pipe, Kind::Fifo, Kind::Unix, Kind::Tcp, Kind::Terminal, Kind::Block, Kind::Character];

/// How ends are handed over.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// By name, if such a thing has one; otherwise as standard streams.
    pub named: bool,
    /// With `O_NONBLOCK`, those that are standard streams.
    pub nonblocking: bool,
    /// The other sides keep the command waiting.
    pub slow: bool,
}

/// The largest content.
pub const MOST: usize = 5 * 1024 * 1024 + 3;

/// Text of so many bytes, in which no two lines are the same, and which a terminal lets pass.
pub fn text(size: usize) -> Vec<u8> {
    let lines = (0..=size / 1024).flat_map(|line| {
        let mut text = format!("{line:>7} ").repeat(127).into_bytes();
        text.extend_from_slice(b"1024-th\n");
        text
    });
    lines.take(size).collect()
}

/// The command's end: an argument, and the descriptor of the standard stream if it is `-`.
struct End<T> {
    word: String,
    stream: Option<OwnedFd>,
    /// What the other side has done, or got.
    other: Option<Receiver<io::Result<T>>>,
    /// Open as long as this is.
    kept: Option<OwnedFd>,
}

/// A folder, and block devices if there can be any.
pub struct Stage {
    pub t: Scene,
    devices: Option<[Device; 2]>,
}

impl Stage {
    pub fn new() -> Self {
        let t = Scene::new();
        let device =
            |name| Device::new(&t.path(name)).map_err(|why| skip(&format!("no block device: {why}")));
        let devices = device("first").and_then(|first| Ok([first, device("second")?])).ok();
        Stage { t, devices }
    }

    /// Has the command move so many bytes between two ends; they must be the same afterwards.
    #[track_caller]
    pub fn moves(&self, from: Kind, to: Kind, size: usize, manner: Manner) {
        let content = Arc::new(if from == Kind::Character { vec![0; size] } else { text(size) });
        let ended = Arc::new(AtomicBool::new(false));
        let Some(source) = self.source(from, &content, manner, &ended) else { return };
        let Some(sink) = self.sink(to, size, manner, &ended) else { return };
        let mut run = self.t.usplice(&[&source.word]);
        if sink.word != "-" {
            run = run.arg(&sink.word);
        }
        if matches!(from, Kind::Block | Kind::Character) {
            run = run.arg(format!("--count={size}"));
        }
        if let Some(stream) = source.stream {
            run = run.stdin_from(stream);
        }
        if let Some(stream) = sink.stream {
            run = run.stdout_to(stream);
        }
        let live = run.start();
        // Our copies of the command's ends: nobody would come to an end.
        drop(run);
        let end = live.end();
        ended.store(true, Ordering::Relaxed);
        end.fine();
        let case = format!("{from:?} to {to:?}, {size} bytes, {manner:?}");
        drop((source.kept, sink.kept));
        if let Some(other) = source.other {
            let fed =
                other.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("{case}: not read to its end: {e}"));
            fed.unwrap_or_else(|e| panic!("{case}: not read to its end: {e}"));
        }
        let got = match (sink.other, to) {
            (Some(other), _) => {
                let got = other.recv_timeout(PATIENCE).unwrap_or_else(|e| panic!("{case}: no end: {e}"));
                got.unwrap_or_else(|e| panic!("{case}: {e}"))
            }
            (None, Kind::File) => self.t.read("out"),
            (None, Kind::Block) => self.devices.as_ref().expect("devices")[1].untouched_behind(size),
            (None, _) => return,
        };
        if let Some(difference) = difference(&got, &content) {
            panic!("{case}: {difference}");
        }
    }

    fn source(
        &self,
        kind: Kind,
        content: &Arc<Vec<u8>>,
        manner: Manner,
        ended: &Arc<AtomicBool>,
    ) -> Option<End<()>> {
        let file = match kind {
            Kind::File => {
                self.t.file("in", &content[..]);
                Some(self.t.path("in"))
            }
            Kind::Block => {
                let device = &self.devices.as_ref()?[0];
                device.fill(content);
                Some(device.0.clone())
            }
            Kind::Character => Some("/dev/zero".into()),
            _ => None,
        };
        if let Some(path) = file {
            let stream = (!manner.named).then(|| File::open(&path).expect("an input").into());
            return Some(end(&path, stream, None));
        }
        let feeder = Feeder { content: content.clone(), slow: manner.slow, ended: ended.clone(), seen: None };
        let (reader, writer): (OwnedFd, OwnedFd) = match kind {
            Kind::Fifo => return Some(self.fifo_source(manner, feeder)),
            Kind::Unix => pair_of(UnixStream::pair().expect("a pair")),
            Kind::Tcp => pair_of(tcp_pair(manner)),
            Kind::Terminal => {
                let (master, slave) = sys::terminal();
                (slave, master.into())
            }
            _ => pair_of(io::pipe().expect("a pipe")),
        };
        if manner.nonblocking {
            sys::set_nonblocking(&reader);
        }
        let seen = manner.slow.then(|| reader.try_clone().expect("dup"));
        let kept = (kind == Kind::Terminal).then(|| reader.try_clone().expect("dup"));
        let other = Feeder { seen, ..feeder }.start(move || Ok(writer.into()), kind == Kind::Terminal);
        let mut source = stream_or_name(kind, reader, "/dev/stdin", manner);
        source.other = Some(other);
        source.kept = kept;
        Some(source)
    }

    fn fifo_source(&self, manner: Manner, feeder: Feeder) -> End<()> {
        let path = self.new_fifo("fifo-in");
        let name = path.clone();
        let other = feeder.start(move || OpenOptions::new().write(true).open(name), false);
        let stream = (!manner.named).then(|| open_stream(OpenOptions::new().read(true), &path, manner));
        end(&path, stream, Some(other))
    }

    fn sink(&self, kind: Kind, size: usize, manner: Manner, ended: &Arc<AtomicBool>) -> Option<End<Vec<u8>>> {
        let file = match kind {
            Kind::File => {
                // More than what comes: it must be gone.
                self.t.file("out", vec![b'o'; size + 10]);
                Some(self.t.path("out"))
            }
            Kind::Block => {
                let device = &self.devices.as_ref()?[1];
                device.fill(&vec![Device::OLD; size + Device::CHECKED]);
                Some(device.0.clone())
            }
            Kind::Character => Some("/dev/null".into()),
            _ => None,
        };
        if let Some(path) = file {
            let open = || OpenOptions::new().write(true).truncate(kind == Kind::File).open(&path);
            let stream = (!manner.named).then(|| open().expect("an output").into());
            return Some(end(&path, stream, None));
        }
        let taker = Taker { size, slow: manner.slow, ended: ended.clone(), seen: None };
        let (writer, reader): (OwnedFd, OwnedFd) = match kind {
            Kind::Fifo => return Some(self.fifo_sink(manner, taker)),
            Kind::Unix => pair_of(UnixStream::pair().expect("a pair")),
            Kind::Tcp => pair_of(tcp_pair(manner)),
            Kind::Terminal => {
                let (master, slave) = sys::terminal();
                (slave, master.into())
            }
            _ => {
                let (reader, writer) = io::pipe().expect("a pipe");
                if manner.slow {
                    sys::shrink_pipe(&writer);
                }
                (writer.into(), reader.into())
            }
        };
        if manner.nonblocking {
            sys::set_nonblocking(&writer);
        }
        let seen = manner.slow.then(|| writer.try_clone().expect("dup"));
        let kept = (kind == Kind::Terminal).then(|| writer.try_clone().expect("dup"));
        let other = Taker { seen, ..taker }.start(move || Ok(reader.into()));
        let mut sink = stream_or_name(kind, writer, "/dev/stdout", manner);
        sink.other = Some(other);
        sink.kept = kept;
        Some(sink)
    }

    fn fifo_sink(&self, manner: Manner, taker: Taker) -> End<Vec<u8>> {
        let path = self.new_fifo("fifo-out");
        let name = path.clone();
        let other = taker.start(move || File::open(name));
        let stream = (!manner.named).then(|| open_stream(OpenOptions::new().write(true), &path, manner));
        end(&path, stream, Some(other))
    }

    fn new_fifo(&self, name: &str) -> PathBuf {
        let path = self.t.path(name);
        let _ = fs::remove_file(&path);
        sys::mkfifo(&path);
        path
    }
}

fn end<T>(path: &Path, stream: Option<OwnedFd>, other: Option<Receiver<io::Result<T>>>) -> End<T> {
    let word = if stream.is_some() { "-".into() } else { path.display().to_string() };
    End { word, stream, other, kept: None }
}

/// Sockets can't be opened again; a pipe has a name as long as it is a standard stream.
fn stream_or_name<T>(kind: Kind, fd: OwnedFd, standard: &str, manner: Manner) -> End<T> {
    let word = match kind {
        Kind::Terminal if manner.named => {
            let path = fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).expect("a terminal's name");
            path.display().to_string()
        }
        Kind::Pipe if manner.named => standard.into(),
        _ => "-".into(),
    };
    let stream = (kind != Kind::Terminal || !manner.named).then_some(fd);
    End { word, stream, other: None, kept: None }
}

fn open_stream(how: &OpenOptions, path: &Path, manner: Manner) -> OwnedFd {
    let file = how.open(path).expect("a FIFO");
    if manner.nonblocking {
        sys::set_nonblocking(&file);
    }
    file.into()
}

fn pair_of(pair: (impl Into<OwnedFd>, impl Into<OwnedFd>)) -> (OwnedFd, OwnedFd) {
    (pair.0.into(), pair.1.into())
}

fn tcp_pair(manner: Manner) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let first = TcpStream::connect(listener.local_addr().expect("an address")).expect("a connection");
    let (second, _) = listener.accept().expect("a connection");
    if manner.slow {
        // Who is to be kept waiting is to notice it before megabytes are under way. Other pairs would take seconds that way.
        sys::shrink_socket(&first);
    }
    (first, second)
}

/// Gives the command what it is to move.
struct Feeder {
    content: Arc<Vec<u8>>,
    slow: bool,
    ended: Arc<AtomicBool>,
    /// The command's end, to see whether it has taken everything.
    seen: Option<OwnedFd>,
}

impl Feeder {
    fn start(
        self,
        open: impl FnOnce() -> io::Result<File> + Send + 'static,
        terminal: bool,
    ) -> Receiver<io::Result<()>> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let result = open().and_then(|file| self.feed(file, terminal));
            let _ = sender.send(result);
        });
        receiver
    }

    fn feed(self, mut file: File, terminal: bool) -> io::Result<()> {
        if self.slow {
            let mut rest = &self.content[..];
            for size in [1, 100, 4095, 1, 3000, 4096].into_iter().cycle() {
                let (piece, behind) = rest.split_at(rest.len().min(size));
                self.wait_until_taken();
                file.write_all(piece)?;
                rest = behind;
                if rest.is_empty() {
                    break;
                }
            }
        } else {
            file.write_all(&self.content)?;
        }
        if terminal {
            // The first ^D ends a line that has no end, the second one the input.
            let finished = self.content.last().is_none_or(|&byte| byte == b'\n');
            file.write_all(if finished { b"\x04" } else { b"\x04\x04" })?;
            // Without its other side the terminal would forget what was typed.
            wait_for(|| self.ended.load(Ordering::Relaxed));
        }
        Ok(())
    }

    /// Then the command has to wait for more.
    fn wait_until_taken(&self) {
        if let Some(seen) = &self.seen {
            wait_for(|| {
                self.ended.load(Ordering::Relaxed) || rustix::io::ioctl_fionread(seen).expect("FIONREAD") == 0
            });
        }
    }
}

/// Takes what the command has moved.
struct Taker {
    size: usize,
    slow: bool,
    ended: Arc<AtomicBool>,
    /// The command's end, to see whether there is no room left.
    seen: Option<OwnedFd>,
}

impl Taker {
    fn start(
        self,
        open: impl FnOnce() -> io::Result<File> + Send + 'static,
    ) -> Receiver<io::Result<Vec<u8>>> {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let _ = sender.send(open().and_then(|file| self.take(file)));
        });
        receiver
    }

    fn take(mut self, mut file: File) -> io::Result<Vec<u8>> {
        let mut got = Vec::with_capacity(self.size);
        if let Some(seen) = self.seen.take() {
            wait_for(|| {
                self.ended.load(Ordering::Relaxed) || !sys::wait_for(&seen, libc::POLLOUT, Duration::ZERO)
            });
        }
        let mut buffer = vec![0; if self.slow { 1777 } else { 256 << 10 }];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(got),
                Ok(count) => got.extend_from_slice(&buffer[..count]),
                // A terminal's end.
                Err(e) if e.raw_os_error() == Some(libc::EIO) => return Ok(got),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

/// Waits for something of which no descriptor tells; false if it does not come.
fn wait_for(done: impl Fn() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_micros(50));
    }
    true
}

#[track_caller]
pub fn wait_until(what: &str, done: impl Fn() -> bool) {
    assert!(wait_for(done), "waited for: {what}");
}

/// A file as a block device.
pub struct Device(pub PathBuf);

impl Device {
    /// What was on it before.
    const OLD: u8 = b'o';
    /// Bytes behind those that were written that are looked at.
    const CHECKED: usize = 10_000;

    pub fn new(image: &Path) -> Result<Self, String> {
        let file = File::create(image).map_err(|e| e.to_string())?;
        file.set_len((MOST as u64 + 2 * Self::CHECKED as u64).next_multiple_of(4096))
            .map_err(|e| e.to_string())?;
        let mut command = Command::new("losetup");
        command.args(["--find", "--show"]).arg(image);
        let output = {
            let _guard = sys::no_forks();
            command.output().map_err(|e| format!("losetup: {e}"))?
        };
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Ok(Device(String::from_utf8_lossy(&output.stdout).trim().into()))
    }

    fn fill(&self, content: &[u8]) {
        OpenOptions::new()
            .write(true)
            .open(&self.0)
            .and_then(|mut f| f.write_all(content))
            .expect("a device");
    }

    /// So many bytes from its beginning. What is behind them is as it was.
    fn untouched_behind(&self, size: usize) -> Vec<u8> {
        let mut got = vec![0; size + Self::CHECKED];
        File::open(&self.0).and_then(|mut file| file.read_exact(&mut got)).expect("a device");
        assert!(got[size..].iter().all(|&byte| byte == Self::OLD), "more than {size} bytes were written");
        got.truncate(size);
        got
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _guard = sys::no_forks();
        let _ = Command::new("losetup").arg("--detach").arg(&self.0).status();
    }
}
