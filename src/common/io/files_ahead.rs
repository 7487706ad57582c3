//! Many files in order: the next ones are opened and read while the current one is worked on.
//!
//! Nothing that can be noticed happens out of turn. Only regular files are touched ahead (opening a FIFO or a device
//! has effects), and whatever goes wrong ahead is forgotten: the file is then opened in its turn by plain calls, and
//! fails there and then, as if nobody had looked. Whoever feeds a stream (standard input, a FIFO) may be writing the
//! files behind it too (`… | tee f | cat - f`): what was read of those is forgotten when the stream's turn has come.
//!
//! A file whose name is cached is opened by a plain call, and if its content is cached too it is read by one: nothing
//! is as cheap as a system call that does not wait. After a number of such files the next ones are believed to be like
//! them, until one is not. All else goes to the ring: `statx`, then for a small file one
//! chain of open, read and read ([`crate::ring::ops::FileHead`]), for a large one its first block.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

use super::{CachedReads, Session};
use crate::ring::ops::How;
use crate::ring::{Buf, Fd, Pool, Ring, Task};
use crate::sys::{self, Kind, Stat};

/// A file that was read ahead.
pub struct Loaded {
    /// What it is.
    pub stat: Stat,
    /// A part of it: its beginning, or what [`FilesAhead::of`] asked for.
    pub buf: Buf,
    /// Where that part begins.
    pub at: u64,
    /// Whether it reaches to the end.
    pub ended: bool,
    /// The rest of it; `None` if `buf` is all there is, and the file was not to be kept open.
    pub rest: Option<Rest>,
}

/// Which part of a larger file is read ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// Its beginning.
    #[default]
    Start,
    /// Its end.
    End,
}

impl Part {
    /// Where to begin in a file of that size, if `room` bytes are read. All but the start of the file are multiples of
    /// a page, and at the very end there is no room left to see whether there is more.
    fn begin(self, size: u64, room: usize) -> u64 {
        let room = room as u64;
        match self {
            Self::End if size >= room => (size - room).next_multiple_of(PAGE),
            _ => 0,
        }
    }
}

/// What reads begin at multiples of.
const PAGE: u64 = 4096;

/// A file of which a part has been read.
pub enum Rest {
    /// An ordinary descriptor. Its position is still at the start.
    Plain(OwnedFd),
    /// One that only the ring knows.
    Ring(Fd),
}

/// What there is to know about a file when its turn has come.
pub enum Ahead {
    /// It was read.
    Loaded(Loaded),
    /// Nothing: it is to be opened now.
    Unknown,
}

enum State {
    Known(Ahead),
    /// What stands behind it is not to be read before it has ended.
    Stream,
    Coming(Task<io::Result<Loaded>>),
}

/// See the module. Files are pushed in order, each with an item that says what it is for, and popped in order.
///
/// ```no_run
/// # use ringutils::io::{FilesAhead, Session};
/// # fn example(session: &Session, names: Vec<std::ffi::OsString>) {
/// let mut ahead = FilesAhead::new(session, None);
/// let mut names = names.iter();
/// loop {
///     while ahead.has_room() && let Some(name) = names.next() {
///         ahead.push(name, name);
///     }
///     let Some((name, found)) = ahead.pop() else { break };
///     // `found` is used here while the next ones are read.
/// }
/// # }
/// ```
pub struct FilesAhead<'a, T> {
    session: &'a Session,
    window: VecDeque<(T, State)>,
    /// Made when it is first needed, since the number of threads is not to be had for nothing.
    depth: OnceCell<usize>,
    threads: &'a dyn Fn() -> usize,
    pool: Option<Pool>,
    /// A buffer for the next file.
    spare: Option<Buf>,
    except: Option<(u64, u64)>,
    part: Part,
    keep: bool,
    cached: CachedReads,
    scouts: Scouts,
    /// So many files in a row had all that was wanted of them in memory.
    in_a_row: usize,
}

/// After so many, the next ones are believed to be in memory too: then there is no use in going far ahead.
const BELIEF: usize = 16;
/// How far, then: a few buffers, which stay in the processor's cache.
const SHORT: usize = 8;

/// Files looked at ahead, unless `--ring=depth=N` says otherwise.
const DEPTH: usize = 256;
/// Bytes of a file read ahead. Larger files are streamed from there on.
const HEAD: usize = 32 * 1024;
/// Bytes of a file's end that are read ahead if they are cached.
const NEAR: usize = 8 * 1024;

impl<'a, T> FilesAhead<'a, T> {
    /// The file that is `except` (the output) is not read ahead.
    pub fn new(session: &'a Session, except: Option<(u64, u64)>) -> Self {
        Self::one_of(&|| 1, session, except)
    }

    /// The same for each of so many threads, which share what descriptors there are.
    pub fn one_of(threads: &'a dyn Fn() -> usize, session: &'a Session, except: Option<(u64, u64)>) -> Self {
        let (window, depth) = (VecDeque::new(), OnceCell::new());
        let (part, keep) = (Part::Start, false);
        let cached = CachedReads::default();
        let scouts = Scouts::default();
        let (pool, spare, in_a_row) = (None, None, 0);
        Self { session, window, depth, threads, pool, spare, except, part, keep, cached, scouts, in_a_row }
    }

    /// Of larger files this part is wanted.
    #[must_use]
    pub fn of(mut self, part: Part) -> Self {
        self.part = part;
        self
    }

    /// Whether files are wanted open even if they were read to their end.
    #[must_use]
    pub fn keeping(mut self, keep: bool) -> Self {
        self.keep = keep;
        self
    }

    /// Says beforehand in which other folders there will be files ([`first_in_folders`]), so that these can be looked into
    /// before they are near.
    #[must_use]
    pub fn expecting(mut self, files: VecDeque<CString>) -> Self {
        self.scouts.waiting = files;
        self
    }

    fn depth(&self) -> usize {
        *self.depth.get_or_init(|| {
            let wanted = self.session.config().depth.map_or(DEPTH, |depth| depth as usize);
            wanted.min(self.session.descriptors() / 2 / (self.threads)())
        })
    }

    /// Whether another file should be pushed now. The first always should.
    pub fn has_room(&mut self) -> bool {
        if self.window.is_empty() {
            return true;
        }
        let most = if self.in_a_row > BELIEF { SHORT } else { usize::MAX };
        self.window.len() < self.depth().min(most) && self.take_spare()
    }

    /// How many were pushed and not popped yet.
    pub fn len(&self) -> usize {
        self.window.len()
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.window.is_empty()
    }

    /// Starts on the file of this name, unless the file is one that must wait for its turn.
    pub fn push(&mut self, item: T, name: &OsStr) {
        let state = if self.depth() > 0 { self.look(name) } else { State::Known(Ahead::Unknown) };
        self.window.push_back((item, state));
    }

    /// One that is not to be touched before its turn (standard input).
    pub fn push_untouched(&mut self, item: T) {
        self.window.push_back((item, State::Stream));
    }

    /// The next file, in the order in which they were pushed.
    pub fn pop(&mut self) -> Option<(T, Ahead)> {
        let (item, state) = self.window.pop_front()?;
        let ahead = match state {
            State::Known(ahead) => ahead,
            State::Stream => self.forget(),
            State::Coming(task) => match self.session.ring().block_on(task.join()) {
                Ok(loaded) => Ahead::Loaded(loaded),
                Err(error) if error.kind() == io::ErrorKind::NotSeekable => self.forget(),
                Err(_) => Ahead::Unknown,
            },
        };
        Some((item, ahead))
    }

    /// Whether [`FilesAhead::pop`] would not wait.
    pub fn is_ready(&self) -> bool {
        self.window.front().is_some_and(|(_, state)| match state {
            State::Known(ahead) => matches!(ahead, Ahead::Loaded(_)),
            State::Stream => false,
            State::Coming(task) => task.is_done(),
        })
    }

    /// Takes back what was pushed and not popped yet; what was read of it is forgotten.
    pub fn take_back(&mut self) -> impl Iterator<Item = T> {
        self.window.drain(..).map(|(item, _)| item)
    }

    /// Gives back all descriptors that are held ahead of need; `false` if there are none. The files concerned are
    /// opened again in their turn, and nothing is opened ahead from now on.
    pub fn release(&mut self) -> bool {
        let held = !self.window.is_empty();
        self.forget();
        self.depth = OnceCell::from(0);
        held
    }

    /// Forgets what was read of files whose turn is still to come.
    fn forget(&mut self) -> Ahead {
        for (_, state) in self.window.iter_mut().filter(|(_, state)| !matches!(state, State::Stream)) {
            *state = State::Known(Ahead::Unknown);
        }
        Ahead::Unknown
    }

    /// Lets what was started go on: before a call that may take a while.
    pub fn kick(&self) {
        if let Some(ring) = self.session.ring_if_any() {
            ring.kick();
        }
    }

    /// Makes sure that there is a buffer for the next file, if one is free.
    fn take_spare(&mut self) -> bool {
        if self.spare.is_none() {
            self.spare = self.pool().and_then(Pool::take);
        }
        self.spare.is_some()
    }

    /// Starts on one file.
    fn look(&mut self, name: &OsStr) -> State {
        let unknown = State::Known(Ahead::Unknown);
        let Ok(path) = sys::c_path(name) else { return unknown };
        self.take_spare();
        // Not even one buffer is free: this file must do without.
        let Some(buf) = self.spare.take() else { return unknown };
        let unwanted = Unwanted { identity: self.except, all: self.session.config().direct };
        let believed = if self.in_a_row > BELIEF { sys::stat(&path).ok() } else { sys::cached(&path) };
        let Some(stat) = believed else {
            self.in_a_row = 0;
            let ring = self.session.ring();
            self.scouts.send(&ring);
            let file = Fetch { ring: ring.clone(), part: self.part, keep: self.keep };
            return State::Coming(ring.spawn(file.fetch(path, buf, unwanted)));
        };
        if unwanted.has(&stat) {
            return if is_stream(&stat) { State::Stream } else { unknown };
        }
        let Ok(fd) = sys::open_plain(&path, libc::O_RDONLY | libc::O_NONBLOCK) else { return unknown };
        self.load(fd, buf)
    }

    /// Reads an open file: at once if it is cached, else through the ring.
    fn load(&mut self, fd: OwnedFd, mut buf: Buf) -> State {
        // It may have been replaced since it was looked up; what is not a regular file is for its own turn.
        let stat = match sys::fstat(&fd) {
            Ok(stat) if stat.kind == Kind::Regular && Some(stat.identity) != self.except => stat,
            _ => return State::Known(Ahead::Unknown),
        };
        // What is cached can be had at any time: no more than is likely to be wanted.
        let at = self.part.begin(stat.size, NEAR.min(buf.capacity()));
        while let Some(n) = {
            let next = at + buf.len() as u64;
            self.cached.read(&fd, stat.identity.0, buf.spare(), next)
        } {
            self.session.tally("preadv2", n);
            buf.add(n);
            let ended = n == 0 || is_end(&stat, at, &buf);
            if ended || buf.room() == 0 {
                let closed = ended && at == 0 && !self.keep;
                let rest = (!closed).then_some(Rest::Plain(fd));
                self.in_a_row += 1;
                return State::Known(Ahead::Loaded(Loaded { stat, buf, at, ended, rest }));
            }
        }
        self.in_a_row = 0;
        if at != self.part.begin(stat.size, buf.capacity()) {
            buf.clear();
        }
        let ring = self.session.ring();
        let file = Fetch { ring: ring.clone(), part: self.part, keep: self.keep };
        State::Coming(ring.spawn(file.finish(Fd::new(fd), stat, buf, false)))
    }

    fn pool(&mut self) -> Option<&Pool> {
        if self.pool.is_none() {
            let blocks = u32::try_from(self.depth()).unwrap_or(u32::MAX);
            self.pool = Pool::new(HEAD, blocks.min(1024)).ok();
        }
        self.pool.as_ref()
    }
}

/// Files of folders that are still far ahead, to be looked at for the folders' sake: until its first file has been found, a
/// folder that is not cached has all of its files wait, one thing after the other, for what is on the disk.
#[derive(Default)]
struct Scouts {
    waiting: VecDeque<CString>,
    out: Vec<Task<()>>,
}

impl Scouts {
    /// Folders looked into at the same time.
    const MOST: usize = 16;

    /// Sends some ahead. What they find is in memory then, and all there is to it.
    fn send(&mut self, ring: &Ring) {
        if self.waiting.is_empty() {
            return;
        }
        self.out.retain(|task| !task.is_done());
        while self.out.len() < Self::MOST
            && let Some(path) = self.waiting.pop_front()
        {
            let stat = ring.statx(None, path, 0);
            self.out.push(ring.spawn(async move { drop(stat.await) }));
        }
    }
}

/// Of files that are near each other in the list and in one folder, the first; but not of the first folder, where there is
/// nothing to gain.
pub fn first_in_folders<'n>(names: impl Iterator<Item = &'n OsStr>) -> VecDeque<CString> {
    let folder = |name: &'n OsStr| {
        let name = name.as_bytes();
        memchr::memrchr(b'/', name).map_or(&[][..], |at| &name[..at])
    };
    let mut files = VecDeque::new();
    let mut last = None;
    for name in names {
        let folder = folder(name);
        if last.replace(folder).is_some_and(|last| last != folder) {
            files.extend(sys::c_path(name));
        }
    }
    files
}

/// What is not to be read ahead.
#[derive(Clone, Copy)]
struct Unwanted {
    identity: Option<(u64, u64)>,
    /// Nothing is: with `O_DIRECT` the page cache is to be left alone.
    all: bool,
}

impl Unwanted {
    fn has(self, stat: &Stat) -> bool {
        self.all || stat.kind != Kind::Regular || Some(stat.identity) == self.identity
    }
}

/// Whether somebody may be at the other end.
fn is_stream(stat: &Stat) -> bool {
    !matches!(stat.kind, Kind::Regular | Kind::Directory)
}

/// Whether the end of a file was read, of which the beginning was not: there the size is believed. (Files that lie
/// about it are small: they are read until there is no more.)
fn is_end(stat: &Stat, at: u64, buf: &Buf) -> bool {
    at > 0 && at + buf.len() as u64 >= stat.size
}

/// How a file is fetched through the ring.
struct Fetch {
    ring: Ring,
    part: Part,
    keep: bool,
}

impl Fetch {
    /// A file whose name is not cached: all of it through the ring.
    async fn fetch(self, path: CString, buf: Buf, unwanted: Unwanted) -> io::Result<Loaded> {
        let stat = self.ring.statx(None, path.clone(), 0).await?;
        if unwanted.has(&stat) {
            let stream = is_stream(&stat);
            return Err(if stream { io::ErrorKind::NotSeekable } else { io::ErrorKind::Unsupported }.into());
        }
        let how = How { flags: libc::O_RDONLY | libc::O_NONBLOCK, mode: 0 };
        let size = usize::try_from(stat.size).unwrap_or(usize::MAX);
        // A file that is to stay open needs a descriptor that others than the ring know.
        let buf = if size < buf.capacity() && !self.keep {
            match self.ring.file_head(None, &path, how, size, buf) {
                Ok(head) => {
                    let head = head.await?;
                    return self.finish(head.fd, stat, head.buf, head.complete).await;
                }
                Err(buf) => buf,
            }
        } else {
            buf
        };
        let fd = self.ring.open(None, path, how).await?;
        self.finish(fd, stat, buf, false).await
    }

    /// Reads an open file until the buffer is full or the file has ended.
    async fn finish(self, fd: Fd, stat: Stat, mut buf: Buf, mut ended: bool) -> io::Result<Loaded> {
        let at = self.part.begin(stat.size, buf.capacity());
        while !ended && buf.room() > 0 {
            let before = buf.len();
            buf = self.ring.read(&fd, buf, Some(at + before as u64)).await?;
            ended = buf.len() == before || is_end(&stat, at, &buf);
        }
        let rest = if ended && at == 0 && !self.keep { None } else { Some(Rest::of(fd)) };
        Ok(Loaded { stat, buf, at, ended, rest })
    }
}

impl Rest {
    fn of(fd: Fd) -> Self {
        match fd.into_owned() {
            Ok(fd) => Self::Plain(fd),
            Err(fd) => Self::Ring(fd),
        }
    }
}
