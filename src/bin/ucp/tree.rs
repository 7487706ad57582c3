//! Directories: made, walked, and finished when all that is in them is done.
//!
//! The walk goes ahead of the copying. Entering a directory hands all its files to the [`Crew`] at once; then its
//! directories are entered one after the other. What there is to tell, and attributes of directories, wait in
//! [`Order`] until their turn has come. Where it matters that nothing happens out of turn (questions, a destination
//! inside the source) there is no crew, and the walk copies each file when it comes to it. So it does with a file that
//! is written through a symbolic link, which may lead to any other destination: what comes before it is done by then,
//! and what comes after it has not begun.

use std::collections::HashSet;
use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use ringutils::cli::{Fault, bytes};
use ringutils::sys::{Kind, Stat};
use rustix::fs::{Mode, OFlags, mkdirat};

use crate::attributes;
use crate::console::Console;
use crate::created::Created;
use crate::crew::{Batch, Crew, Done, Files, Folder, Name};
use crate::entry::{Absent, Copier, Job, Ready, Stop};
use crate::hands::Hands;
use crate::list::{self, Entry};
use crate::log::Log;
use crate::memory::Memory;
use crate::names::{same_entry, stat};
use crate::options::Follow;
use crate::order::{Event, Key, LAST, Order};
use crate::parents;
use crate::place::{Place, open_folder};
use crate::run::{Run, arrow, quoted};
use crate::sync;

/// Files that a batch has at most.
const BATCH: usize = 256;
/// Batches under way and events waiting at most: what bounds memory in a tree of any size.
const MOST_BATCHES: usize = 64;
const MOST_EVENTS: usize = 16 * 1024;

/// A directory that was walked, waiting for what is in it to be done.
pub struct Left {
    pub job: Job,
    pub stat: Stat,
    pub before: Option<Stat>,
    pub created: Created,
}

/// A directory being walked.
struct Frame {
    left: Left,
    key: Key,
    from: Folder,
    to: Folder,
    absent: Absent,
    /// The symbolic links in the destination that may be written through; `None` if each has to be looked for.
    links: Option<HashSet<CString>>,
    /// Still to come, in order, with their numbers. If the destination is new, directories only, unless everything is
    /// done in turn.
    entries: std::vec::IntoIter<(u32, Entry)>,
    /// The number of the next entry that is listed.
    next: u32,
    /// For more entries, if there may be.
    listing: Option<Arc<OwnedFd>>,
    /// It was made, or one that it is in was: the first such directory is remembered.
    first_made: bool,
}

impl Frame {
    /// The place in the order before which all is known.
    fn position(&self) -> Key {
        let next = self.entries.as_slice().first().map_or(self.next, |(number, _)| *number);
        self.entry(next)
    }

    fn is_new(&self) -> bool {
        self.absent == Absent::Surely
    }

    /// Whether the next entry is written through a symbolic link.
    fn leads_elsewhere(&self, follow: bool) -> bool {
        let Some((_, entry)) = self.entries.as_slice().first() else { return false };
        let as_link = entry.kind == Some(Kind::Link) && !follow;
        !as_link
            && match &self.links {
                Some(links) => links.contains(&entry.name),
                None => stat(&self.to.place(&entry.name), false).is_ok_and(|found| found.kind == Kind::Link),
            }
    }

    fn entry(&self, number: u32) -> Key {
        let mut key = self.key.clone();
        key.push(number);
        key
    }
}

/// See the module.
pub struct Tree<'r, 'scope, 'env> {
    pub run: &'env Run<'env>,
    pub hands: &'r Hands,
    pub memory: &'r mut Memory<'env>,
    pub console: &'r mut Console<'env>,
    pub crew: Crew<'scope, 'env>,
    order: Order,
    stack: Vec<Frame>,
    /// Everything in turn, by the main thread.
    pub serial: bool,
    /// Descriptors for directories that are kept open.
    spare: usize,
}

impl<'r, 'scope, 'env> Tree<'r, 'scope, 'env> {
    pub fn new(
        run: &'env Run<'env>,
        hands: &'r Hands,
        memory: &'r mut Memory<'env>,
        console: &'r mut Console<'env>,
        crew: Crew<'scope, 'env>,
        spare: usize,
    ) -> Self {
        let (order, stack) = (Order::default(), Vec::new());
        Self { run, hands, memory, console, crew, order, stack, serial: false, spare }
    }

    /// Has an event wait for its turn.
    pub fn add(&mut self, key: Key, event: Event) {
        self.order.add(key, event);
    }

    /// One source, whatever it is, copied by this thread (but for what is in it, if it is a directory).
    pub fn copy(&mut self, job: &Job, key: Key) {
        if job.operand {
            self.memory.operand = (job.from.shown_bytes().to_vec(), job.to.shown_bytes().to_vec());
        }
        let mut log = Log::default();
        match self.copier().examine(job, &mut log) {
            Ok(stat) if stat.kind == Kind::Directory => return self.enter(job, stat, key, log),
            Ok(stat) => {
                // What it comes to is in the log.
                let _ = self.copier().known(job, &stat, &mut log);
            }
            Err(_) => {}
        }
        self.tell(key, log);
    }

    fn copier(&mut self) -> Copier<'env, '_> {
        Copier { run: self.run, hands: self.hands, memory: Some(self.memory) }
    }

    fn tell(&mut self, key: Key, log: Log) {
        if !log.is_silent() {
            self.order.add(key, Event::Tell(log));
        }
    }

    /// Hands files to the crew.
    pub fn submit(&mut self, batch: Batch) {
        if batch.files.len() == 0 {
            return;
        }
        self.order.started(batch.first());
        self.crew.submit(batch);
    }

    /// Walks until all directories that were entered are left; with `drain` also until all is done.
    pub fn walk(&mut self, drain: bool) {
        loop {
            self.settle();
            let (batches, events) = self.order.load();
            // With nothing under way only a step lets the events have their turn.
            if batches > MOST_BATCHES || (events > MOST_EVENTS && batches > 0) {
                self.wait();
            } else if self.stack.is_empty() {
                if !drain || (batches == 0 && events == 0) {
                    return;
                }
                self.wait();
            } else {
                self.step();
            }
        }
    }

    /// Waits for a batch.
    fn wait(&mut self) {
        if let Some(done) = self.crew.wait(self.hands) {
            self.arrived(done);
        }
    }

    fn arrived(&mut self, done: Done) {
        self.order.arrived(&done.first, done.last, &done.folder, done.report);
    }

    /// Does all whose turn has come.
    fn settle(&mut self) {
        while let Some(done) = self.crew.poll() {
            self.arrived(done);
        }
        loop {
            let position = self.stack.last().map(Frame::position);
            let Some((key, event)) = self.order.next(position.as_ref()) else { return };
            match event {
                Event::Tell(log) => self.console.print(log),
                Event::Copy(job) => self.copy(&job, key),
                Event::Leave(left) => self.finish(&left),
                Event::Parents(list) => {
                    let mut log = Log::default();
                    parents::finish(self.run, self.hands, &list, &mut log);
                    self.console.print(log);
                }
            }
        }
    }

    /// The last thing about a directory.
    fn finish(&mut self, left: &Left) {
        let mut log = Log::default();
        let Left { job, stat, before, created } = left;
        let before = before.as_ref();
        // Its final mode may keep us out.
        let opened = self.run.options.beyond.fsync.then(|| sync::open(&job.to));
        // What failed is in the log.
        let _ = attributes::preserve_named(self.run, &job.from, stat, &job.to, before, *created, &mut log);
        if let Some(opened) = opened {
            self.hands.sync_opened(opened, &job.to, &mut log);
        }
        self.run.progress.inc_files(1);
        self.console.print(log);
    }

    /// Enters a directory: steps 4 to 9 of a source that is one.
    fn enter(&mut self, job: &Job, from: Stat, key: Key, mut log: Log) {
        let ready = self.copier().prepare(job, &from, &mut log);
        let entered = match ready {
            Ok(mut ready) => {
                let result = self.open(job, from, &mut ready, key.clone(), &mut log);
                if result == Err(Stop::Failed) {
                    self.copier().undo(job, &from, &ready, &mut log);
                }
                result.is_ok()
            }
            Err(_) => false,
        };
        self.tell(key, log);
        if entered {
            self.sort_out();
        }
    }

    /// One step of the walk.
    fn step(&mut self) {
        if self.stack.last().is_some_and(|frame| !frame.is_new()) {
            self.sort_out();
        }
        let options = self.run.options;
        let Some(frame) = self.stack.last_mut() else { return };
        if frame.leads_elsewhere(options.follow == Follow::Always) {
            if self.order.load().0 > 0 {
                return self.wait();
            }
            // Two directories could be one from here on.
            self.serial |= options.keep_directory_symlink;
        }
        if let Some((number, entry)) = frame.entries.next() {
            let (from, to) = (frame.from.place(&entry.name), frame.to.place(&entry.name));
            let key = frame.entry(number);
            let job = Job { from, to, operand: false, absent: frame.absent, accessed: None, linked: false };
            return self.copy(&job, key);
        }
        if let Some(listing) = frame.listing.take() {
            let mut log = Log::default();
            let key = frame.entry(frame.next);
            self.list(&listing, &mut log);
            self.tell(key, log);
            return self.sort_out();
        }
        if let Some(frame) = self.stack.pop() {
            let key = frame.entry(LAST);
            self.order.add(key, Event::Leave(Box::new(frame.left)));
        }
    }

    /// Reads the next entries of the innermost directory.
    fn list(&mut self, listing: &Arc<OwnedFd>, log: &mut Log) {
        let Some(frame) = self.stack.last_mut() else { return };
        match list::next_entries(listing) {
            Ok(entries) => {
                let more = entries.len() >= list::TOGETHER;
                let numbers = frame.next..;
                let entries: Vec<_> = numbers.zip(entries).collect();
                frame.next += u32::try_from(entries.len()).unwrap_or(0);
                frame.entries = entries.into_iter();
                frame.listing = more.then(|| Arc::clone(listing));
            }
            Err(error) => {
                log.fault(Fault::naming("cannot access ", frame.left.job.from.shown(), "", error));
            }
        }
    }

    fn open(
        &mut self,
        job: &Job,
        from: Stat,
        ready: &mut Ready,
        key: Key,
        log: &mut Log,
    ) -> Result<(), Stop> {
        self.refuse_copies_of_itself(job, &from, log)?;
        ready.remembered = job.operand;
        let mut ancestors = self.stack.iter().filter(|frame| key.starts_with(&frame.key));
        if ancestors.clone().any(|frame| frame.left.stat.identity == from.identity) {
            let text = bytes!["cannot copy cyclic symbolic link ", quoted(job.from.shown())];
            return Err(log.fault(Fault::new(text)).into());
        }
        let parent = ancestors.next_back();
        let crosses = parent.is_some_and(|frame| frame.left.stat.identity.0 != from.identity.0);
        let first_made = parent.is_some_and(|frame| frame.first_made);
        let new = !ready.before.is_some_and(|before| before.kind == Kind::Directory);
        let mut frame = Frame {
            left: Left {
                job: job.clone(),
                stat: from,
                before: ready.before.filter(|_| !new),
                created: Created::EXISTING,
            },
            from: Folder { fd: None, shown: job.from.shown_bytes().into() },
            to: Folder { fd: None, shown: job.to.shown_bytes().into() },
            absent: if new { Absent::Surely } else { Absent::Unknown },
            links: Some(HashSet::new()),
            entries: Vec::new().into_iter(),
            next: 0,
            listing: None,
            first_made,
            key,
        };
        if new {
            self.make(&mut frame, log)?;
        }
        let listing = if self.run.options.one_file_system && crosses {
            None
        } else {
            self.open_folders(&mut frame, log)
        };
        self.stack.push(frame);
        if let Some(listing) = listing {
            self.list(&listing, log);
        }
        Ok(())
    }

    fn make(&mut self, frame: &mut Frame, log: &mut Log) -> Result<(), Stop> {
        let job = &frame.left.job;
        let (mode, mut created) = Created::directory(self.run, &frame.left.stat);
        mkdirat(job.to.folder(), job.to.name(), Mode::from_raw_mode(mode)).map_err(|error| {
            log.fault(Fault::naming("cannot create directory ", job.to.shown(), "", error.into()))
        })?;
        let found = created.made(&job.to, log)?;
        if !frame.first_made {
            self.memory.remember(found.identity, &job.to);
            frame.first_made = true;
        }
        if self.run.options.verbose {
            log.out(arrow(&job.from, &job.to));
        }
        frame.left.created = created;
        self.memory.made_it(job);
        Ok(())
    }

    /// A directory that was met before, as a source or as what was made of it.
    fn refuse_copies_of_itself(&mut self, job: &Job, from: &Stat, log: &mut Log) -> Result<(), Stop> {
        let earlier = if job.operand {
            self.memory.remember(from.identity, &job.to)
        } else {
            self.memory.earlier(from.identity)
        };
        let Some(earlier) = earlier else { return Ok(()) };
        let (source, target) = &self.memory.operand;
        // By the path that leads there from the operand.
        if same_entry(&Place::of_path(job.from.shown_bytes()), &earlier) {
            let names = (quoted_bytes(source), quoted_bytes(target));
            let text = bytes!["cannot copy a directory, ", names.0, ", into itself, ", names.1];
            let failed = log.fault(Fault::new(text));
            // The rest of the operand is given up.
            for frame in &mut self.stack {
                frame.entries = Vec::new().into_iter();
                frame.listing = None;
            }
            return Err(failed.into());
        }
        if same_entry(&job.to, &earlier) {
            let name = quoted_bytes(source);
            log.warn(bytes!["warning: source directory ", name, " specified more than once"]);
            return Err(Stop::Done);
        }
        if self.run.options.follow(job.operand) != Follow::Never {
            return Ok(());
        }
        let names = (quoted(job.to.shown()), quoted(earlier.shown()));
        let text = bytes!["will not create hard link ", names.0, " to directory ", names.1];
        Err(log.fault(Fault::new(text)).into())
    }

    /// Opens source and destination. The directory stays empty if that fails.
    fn open_folders(&self, frame: &mut Frame, log: &mut Log) -> Option<Arc<OwnedFd>> {
        let job = &frame.left.job;
        let follow = self.run.options.follow(job.operand) != Follow::Never;
        let nofollow = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
        let listing = match open_folder(job.from.folder(), job.from.name(), nofollow) {
            Ok(fd) => Arc::new(fd),
            Err(error) => {
                log.fault(Fault::naming("cannot access ", job.from.shown(), "", error));
                return None;
            }
        };
        let open = 2 * (self.stack.len() + self.order.load().0 + 1);
        let to = open_folder(job.to.folder(), job.to.name(), OFlags::PATH).ok();
        if !frame.is_new() && self.run.options.writes_through_links() {
            let list = |to| list::links(&open_folder(to, c".", OFlags::empty())?);
            frame.links = to.as_ref().and_then(|to| list(to.as_fd()).ok().flatten());
        }
        if open < self.spare {
            frame.from.fd = Some(Arc::clone(&listing));
            frame.to.fd = to.map(Arc::new);
        }
        Some(listing)
    }

    /// Hands the files among the listed entries of the innermost directory to the crew; the directories stay. If the
    /// destination was there before, only files up to what may not be overtaken: something in a directory to come may be
    /// written through a link to a file behind it.
    fn sort_out(&mut self) {
        let follow = self.run.options.follow == Follow::Always;
        let Some(frame) = self.stack.last_mut().filter(|_| !self.serial) else { return };
        let (mut batches, mut names, mut folders) = (Vec::new(), Vec::new(), Vec::new());
        while let Some((_, entry)) = frame.entries.as_slice().first()
            && !frame.leads_elsewhere(follow)
        {
            let kind = entry.kind.filter(|kind| *kind != Kind::Link || !follow);
            let found = || stat(&frame.from.place(&entry.name), follow).ok().map(|stat| stat.kind);
            let is_folder = kind.or_else(found) == Some(Kind::Directory);
            if is_folder && !frame.is_new() {
                break;
            }
            let Some((number, entry)) = frame.entries.next() else { break };
            if is_folder {
                folders.push((number, entry));
                continue;
            }
            // A file that cannot be looked at fails in its turn.
            let kind = entry.kind.unwrap_or(Kind::Other);
            names.push(Name { number, inode: entry.inode, kind, text: entry.name });
            if names.len() == BATCH {
                batches.push(std::mem::take(&mut names));
            }
        }
        batches.push(names);
        if frame.is_new() {
            frame.entries = folders.into_iter();
        }
        let (key, from, to, absent) = (frame.key.clone(), frame.from.clone(), frame.to.clone(), frame.absent);
        for names in batches {
            let (folder, from, to) = (key.clone(), from.clone(), to.clone());
            self.submit(Batch { folder, files: Files::Entries { from, to, absent, names } });
        }
    }
}

fn quoted_bytes(name: &[u8]) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    quoted(std::ffi::OsStr::from_bytes(name))
}
