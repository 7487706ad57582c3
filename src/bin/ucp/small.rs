//! A batch of files, most of them small: the next ones are read while the current one is written.
//!
//! Reading waits for the device, and is asked for many files ahead: through the ring, for each file, one
//! chain of open, read and read on a direct descriptor ([`ringutils::ring::ops::FileHead`]).
//! What is in memory already is read by plain calls at once, without any ring. Writing does not wait: creating a file
//! and writing to it changes memory only, and the kernel would hand each such operation of a ring to a worker thread
//! (opening with `O_CREAT` always, buffered writes on ext4 and tmpfs); so these are plain calls, on several threads.
//!
//! The short way is for files that nothing is special about, and only makes files that did not exist. Whatever else
//! turns up, a failure included, is taken back (a file that was created is removed) and left to the ordinary way
//! ([`Copier::file`]), as if nobody had tried: it finds the same again, and knows what to say.

use std::cell::OnceCell;
use std::collections::VecDeque;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use ringutils::io::CachedReads;
use ringutils::ring::ops::How;
use ringutils::ring::{Buf, Fd, Ring, Task};
use ringutils::sys::{self, Kind, Stat};
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, openat, openat2, unlinkat};
use rustix::io::Errno;

use crate::attributes;
use crate::created::Created;
use crate::crew::{Files, Report};
use crate::entry::{Copier, Job, Stop};
use crate::log::Log;
use crate::names::parent;
use crate::options::{Cache, Make, Options, Reflink, Sparse};
use crate::order::Event;
use crate::place::Place;
use crate::regular::create_new;
use crate::run::{Destination, Source, arrow};

/// Bytes of a small file. With those that are larger, opening is not what takes the time.
pub const SMALL: usize = 32 * 1024;
/// Files looked at ahead, unless `--ring=depth=N` says otherwise.
pub const DEPTH: u32 = 96;

/// The ring is looked after once in so many files.
const KICK: usize = 8;

/// A file that was read.
struct Content {
    fd: OwnedFd,
    stat: Stat,
    buf: Buf,
}

enum Ahead {
    Known(Option<Content>),
    Coming(Task<io::Result<Content>>),
}

/// Copies all files of a batch; tells what is to be told.
pub fn copy(copier: &mut Copier, files: &Files) -> Report {
    let mut batch = Batch {
        short: is_simple(copier.run.options),
        copier,
        files,
        seen: 0,
        window: VecDeque::new(),
        report: Report::default(),
        from: OnceCell::new(),
        to: OnceCell::new(),
        cached: CachedReads::default(),
    };
    for n in 0..files.len() {
        batch.fill();
        if n % KICK == 0 {
            batch.kick();
        }
        let (job, content) = batch.next().unwrap_or_else(|| (files.job(n), None));
        batch.file(n, job, content);
    }
    batch.copier.hands.sync_now(&mut batch.report.after);
    batch.report
}

/// Whether any file can go the short way.
fn is_simple(options: &Options) -> bool {
    let beyond = options.beyond;
    options.make == Make::Copies
        && !options.attributes_only
        && !options.debug
        && !options.remove_destination
        && options.sparse != Sparse::Always
        && options.reflink != Reflink::Always
        && !beyond.atomic
        && !beyond.verify
        && beyond.cache == Cache::Keep
}

struct Batch<'b, 'a, 'm> {
    copier: &'b mut Copier<'a, 'm>,
    files: &'b Files,
    short: bool,
    /// How many files were looked at.
    seen: usize,
    window: VecDeque<(Job, Ahead)>,
    report: Report,
    /// The devices that files come from and go to.
    from: OnceCell<Option<u64>>,
    to: OnceCell<Option<u64>>,
    cached: CachedReads,
}

impl Batch<'_, '_, '_> {
    /// Looks at files ahead until one has to be waited for and no more fit.
    fn fill(&mut self) {
        if !self.short {
            return;
        }
        while self.seen < self.files.len() {
            // What is known already is best written at once, while it is in the processor's cache.
            if matches!(self.window.front(), Some((_, Ahead::Known(_)))) {
                return;
            }
            let Some(buf) = self.copier.hands.head() else {
                if self.window.is_empty() {
                    self.short = false;
                }
                return;
            };
            let job = self.files.job(self.seen);
            let ahead = self.look(self.seen, &job, buf);
            self.seen += 1;
            self.window.push_back((job, ahead));
        }
    }

    /// Lets what was started go on.
    fn kick(&self) {
        if let Some(ring) = self.copier.hands.session.ring_if_any() {
            ring.kick();
        }
    }

    /// The next file, if it was looked at.
    fn next(&mut self) -> Option<(Job, Option<Content>)> {
        let (job, ahead) = self.window.pop_front()?;
        let content = match ahead {
            Ahead::Known(content) => content,
            Ahead::Coming(task) => self.copier.hands.session.ring().block_on(task.join()).ok(),
        };
        Some((job, content))
    }

    /// Starts on one file.
    fn look(&self, n: usize, job: &Job, buf: Buf) -> Ahead {
        let known = self.files.known(n);
        let follow = self.copier.follows(job);
        if self.may_be_cloned(job) {
            return Ahead::Known(None);
        }
        let inode = match known {
            Some((Kind::Regular, inode)) => Some(inode),
            Some((Kind::Link, _)) if follow => None,
            None => None,
            Some(_) => return Ahead::Known(None),
        };
        let nofollow = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | nofollow;
        match open_cached(job, flags, inode.is_some()) {
            Ok(fd) => self.load(fd, buf),
            Err(Errno::AGAIN) => {
                let ring = self.copier.hands.session.ring();
                let folder = job.from.shared_folder().map(Fd::shared);
                let name = job.from.name().to_owned();
                let timed = self.copier.run.options.preserve.timestamps;
                let wanted = Wanted { folder, name, flags, inode, timed };
                Ahead::Coming(ring.spawn(fetch(ring.clone(), wanted, buf)))
            }
            Err(_) => Ahead::Known(None),
        }
    }

    /// Reads an open file: at once if it is cached, else through the ring.
    fn load(&self, fd: OwnedFd, mut buf: Buf) -> Ahead {
        let Some(stat) = sys::fstat(&fd).ok().filter(is_small) else { return Ahead::Known(None) };
        if stat.size == 0 {
            // Some file systems (/proc) only say so.
            return Ahead::Known((stat.blocks == 0 && reads_nothing(&fd, &mut buf)).then_some(Content {
                fd,
                stat,
                buf,
            }));
        }
        match self.cached.read(&fd, stat.identity.0, buf.spare(), 0) {
            Some(n) if n as u64 == stat.size => {
                buf.add(n);
                Ahead::Known(Some(Content { fd, stat, buf }))
            }
            Some(_) | None => {
                let ring = self.copier.hands.session.ring();
                Ahead::Coming(ring.spawn(read_all(ring.clone(), fd, stat, buf)))
            }
        }
    }

    /// Copies one file, the short way if its content is there and nothing is special about it.
    fn file(&mut self, n: usize, mut job: Job, content: Option<Content>) {
        let mut log = Log::default();
        job.accessed = content.as_ref().map(|content| content.stat.accessed);
        let is_done = content.is_some_and(|content| self.short_way(&job, &content, &mut log).is_some());
        let stop = if is_done {
            self.copier.run.progress.inc_files(1);
            None
        } else {
            log = Log::default();
            self.copier.file(&job, &mut log).err()
        };
        let event = match stop {
            Some(stop @ (Stop::Deferred | Stop::Linked | Stop::Directory)) => {
                job.linked = stop == Stop::Linked;
                Event::Copy(Box::new(job))
            }
            _ if log.is_silent() => return,
            _ => Event::Tell(log),
        };
        self.report.events.push((self.files.index(n), event));
    }

    /// `None`: not this way.
    fn short_way(&self, job: &Job, content: &Content, log: &mut Log) -> Option<()> {
        let run = self.copier.run;
        let Content { fd, stat, buf } = content;
        if self.copier.may_be_linked(job, stat) {
            return None;
        }
        let (mode, created) = Created::file(run, stat);
        let (to, guard) = create_new(&job.to, mode).ok()?;
        if run.options.verbose {
            log.out(arrow(&job.from, &job.to));
        }
        let source = Source { place: &job.from, fd: fd.as_fd(), stat: *stat };
        let destination = Destination { place: &job.to, fd: to.as_fd(), before: None };
        if sys::write_all(to.as_fd(), buf).is_err() {
            let _ = unlinkat(job.to.folder(), job.to.name(), AtFlags::empty());
            return None;
        }
        self.copier.hands.session.tally("write", buf.len());
        run.progress.inc(buf.len() as u64);
        if attributes::preserve_open(run, &source, &destination, created, log).is_err() {
            // It was told of: the copy stays, as it does on the ordinary way.
            return Some(());
        }
        drop(guard);
        if run.options.beyond.fsync {
            self.copier.hands.sync_later(to, &job.to, log);
        } else if sys::close(to).is_err() {
            let _ = unlinkat(job.to.folder(), job.to.name(), AtFlags::empty());
            return None;
        }
        Some(())
    }

    /// Whether its blocks could be shared: then they are, on the ordinary way, and nothing needs to be read.
    fn may_be_cloned(&self, job: &Job) -> bool {
        let options = self.copier.run.options;
        if options.reflink != Reflink::Auto || options.sparse == Sparse::Never {
            return false;
        }
        let device = |place: &Place| {
            sys::stat_at(place.folder(), &parent(place), true).ok().map(|found| found.identity.0)
        };
        // All of a batch goes into one directory; that of entries comes from one, too.
        let to = *self.to.get_or_init(|| device(&job.to));
        let from = match self.files {
            Files::Entries { .. } => *self.from.get_or_init(|| device(&job.from)),
            Files::Jobs(_) => device(&job.from),
        };
        from.zip(to).is_none_or(|pair| !self.copier.run.support.cloning().has(pair))
    }
}

/// Opens a file whose name is in memory. What may be anything is looked at first: opening a FIFO has effects.
///
/// # Errors
/// `EAGAIN` if the disk would have to be asked.
fn open_cached(job: &Job, flags: OFlags, is_regular: bool) -> rustix::io::Result<OwnedFd> {
    let open =
        |flags| openat2(job.from.folder(), job.from.name(), flags, Mode::empty(), ResolveFlags::CACHED);
    if !is_regular {
        let fd = open(OFlags::PATH | OFlags::CLOEXEC | flags & OFlags::NOFOLLOW)?;
        if !sys::fstat(&fd).is_ok_and(|stat| stat.kind == Kind::Regular) {
            return Err(Errno::NOTSUP);
        }
    }
    open(flags)
}

/// A regular file that fits, and has no holes.
fn is_small(stat: &Stat) -> bool {
    stat.kind == Kind::Regular && stat.size < SMALL as u64 && stat.blocks * 512 >= stat.size
}

fn reads_nothing(fd: &OwnedFd, buf: &mut Buf) -> bool {
    sys::read_cached(fd.as_fd(), buf.spare(), 0) == Some(0)
}

/// A file that is not in memory.
struct Wanted {
    folder: Option<Fd>,
    name: CString,
    flags: OFlags,
    /// What its directory says, if that also says that it is a regular file.
    inode: Option<u64>,
    /// It matters when it was last read before we read it.
    timed: bool,
}

/// Reads a file whose inode is not in memory: all of it through the ring.
async fn fetch(ring: Ring, wanted: Wanted, buf: Buf) -> io::Result<Content> {
    let Wanted { folder, name, flags, inode, timed } = wanted;
    let (inode, before) = match inode {
        Some(inode) if !timed => (inode, None),
        _ => {
            let nofollow = flags.contains(OFlags::NOFOLLOW);
            let at_flags = if nofollow { libc::AT_SYMLINK_NOFOLLOW } else { 0 };
            let stat = ring.statx(folder.as_ref(), name.clone(), at_flags).await?;
            if !is_small(&stat) {
                return Err(io::ErrorKind::Unsupported.into());
            }
            (stat.identity.1, Some(stat))
        }
    };
    // A direct descriptor is nothing that a child could inherit, and the kernel refuses to be told so.
    let direct = flags & !OFlags::CLOEXEC;
    let how = How { flags: i32::try_from(direct.bits()).unwrap_or(libc::O_RDONLY), mode: 0 };
    // Its size is not known yet: whatever fits is asked for.
    let most = buf.capacity() - 1;
    let head = ring.file_head(folder.as_ref(), &name, how, most, buf);
    let buf = match head {
        Ok(head) => head.await?.buf,
        Err(buf) => buf,
    };
    // The name is in memory now. Attributes want an ordinary descriptor, and it shows whether the name still leads to
    // what was read.
    let fd = match &folder {
        Some(folder) => openat(folder.borrow()?, &*name, flags, Mode::empty())?,
        None => openat(rustix::fs::CWD, &*name, flags, Mode::empty())?,
    };
    let mut stat = sys::fstat(&fd)?;
    if let Some(before) = before {
        stat.accessed = before.accessed;
    }
    if stat.identity.1 != inode || !is_small(&stat) {
        return Err(io::ErrorKind::Unsupported.into());
    }
    if buf.len() as u64 == stat.size {
        Ok(Content { fd, stat, buf })
    } else {
        read_all(ring, fd, stat, buf).await
    }
}

/// An open file whose content is not in memory.
async fn read_all(ring: Ring, fd: OwnedFd, stat: Stat, mut buf: Buf) -> io::Result<Content> {
    let file = Fd::new(fd);
    loop {
        let before = buf.len();
        buf = ring.read(&file, buf, Some(before as u64)).await?;
        if buf.len() == before || buf.room() == 0 {
            break;
        }
    }
    // A file that grew or shrank meanwhile is for the ordinary way.
    if buf.len() as u64 != stat.size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let fd = file.into_owned().map_err(|_| io::Error::from(io::ErrorKind::Other))?;
    Ok(Content { fd, stat, buf })
}
