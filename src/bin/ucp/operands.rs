//! The operands: where each source goes, and all of them in order.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::thread;

use ringutils::cli::{Diagnostics, Fault, Progress, UsageFault};
use ringutils::sys::{self, Kind, partial};
use rustix::fs::{CWD, OFlags};

use crate::backup;
use crate::console::Console;
use crate::count;
use crate::crew::{Batch, Crew, Files, Queues};
use crate::entry::{Absent, Job};
use crate::hands::Hands;
use crate::log::Log;
use crate::memory::{Memory, Seen};
use crate::names::{is_dot_or_dot_dot, join, last_component, parent, stat, without_trailing_slashes};
use crate::options::{Follow, Options, Target};
use crate::order::{Event, LAST};
use crate::parents;
use crate::place::{Place, c_string, open_folder};
use crate::run::Run;
use crate::tree::Tree;

/// Operands handed to the crew together.
const BATCH: usize = 256;

/// Where sources go.
enum Destination {
    /// Into a directory.
    Into { fd: Arc<OwnedFd>, shown: Vec<u8> },
    /// To this name.
    Exactly { place: Place, absent: Absent },
}

impl Destination {
    /// # Errors
    /// What is wrong with the command line, now that we know what the last operand is.
    fn of(options: &Options) -> Result<Self, Refused> {
        let open = |path: &OsStr| open_folder(CWD, path, OFlags::PATH).map(Arc::new);
        let into = |fd, path: &OsStr| Self::Into { fd, shown: path.as_bytes().to_vec() };
        let exactly = |path: &OsStr, absent| {
            if options.parents {
                let text = "with --parents, the destination must be a directory";
                return Err(Refused::Usage(UsageFault::with_hint(text)));
            }
            Ok(Self::Exactly { place: Place::of_path(path.as_bytes()), absent })
        };
        match &options.target {
            Target::Directory(path) => match open(path) {
                Ok(fd) => Ok(into(fd, path)),
                Err(error) => Err(Refused::Fault(Fault::naming("target directory ", path, "", error))),
            },
            Target::Exactly(path) => exactly(path, Absent::Unknown),
            Target::Last(path) => match open(path) {
                Ok(fd) => Ok(into(fd, path)),
                Err(error) if options.sources.len() > 1 => {
                    Err(Refused::Fault(Fault::naming("target ", path, "", error)))
                }
                Err(error) if error.raw_os_error() == Some(libc::ENOENT) => exactly(path, Absent::AtStart),
                Err(_) => exactly(path, Absent::Unknown),
            },
        }
    }

    /// The directory that all of it goes into.
    fn folder(&self) -> Place {
        match self {
            Self::Into { fd, shown } => Place::within(Some(Arc::clone(fd)), c_string(b"."), shown.clone()),
            Self::Exactly { place, .. } => {
                let shown = parent(&Place::of_path(place.shown_bytes())).into_bytes();
                Place::within(place.shared_folder(), parent(place), shown)
            }
        }
    }

    /// The place of a path in the target directory.
    fn inside(&self, path: &[u8]) -> Place {
        match self {
            Self::Exactly { place, .. } => place.clone(),
            Self::Into { fd, shown } => {
                let relative = &path[path.iter().take_while(|byte| **byte == b'/').count()..];
                let name = if relative.is_empty() { b".".as_slice() } else { relative };
                Place::within(Some(Arc::clone(fd)), c_string(name), join(shown, path))
            }
        }
    }
}

enum Refused {
    Usage(UsageFault),
    Fault(Fault),
}

/// Runs the command; failures are in `diagnostics`.
pub fn run(options: &Options, diagnostics: &Diagnostics) {
    for warning in &options.warnings {
        diagnostics.warn(warning);
    }
    let destination = match Destination::of(options) {
        Ok(destination) => destination,
        Err(Refused::Usage(fault)) => return diagnostics.usage(&fault),
        Err(Refused::Fault(fault)) => return diagnostics.report(&fault),
    };
    let hands = match Hands::new(options.shared.ring.clone()) {
        Ok(hands) => hands,
        Err(error) => return diagnostics.report(&Fault::no_ring(error)),
    };
    if !options.beyond.keep_partial {
        partial::install();
    }
    let progress = Progress::new(options.shared.progress, diagnostics.prog(), None);
    diagnostics.attach(&progress);
    let run = Run::new(options, &progress);
    let queues = Queues::default();
    let mut memory = Memory::new(diagnostics);
    let mut console = Console::new(diagnostics, &progress);
    thread::scope(|scope| {
        let counting = progress.is_on().then(|| count::start(scope, &run));
        let spare = hands.session.descriptors();
        let crew = Crew::new(scope, &run, &queues, spare);
        let tree = Tree::new(&run, &hands, &mut memory, &mut console, crew, spare / 4);
        Operands { options, destination: &destination, tree, is_new: false }.copy();
        drop(counting);
    });
    let mut log = Log::default();
    if options.beyond.fsync {
        hands.sync_folder(&destination.folder(), &mut log);
    }
    hands.sync_now(&mut log);
    console.print(log);
    console.finish();
    memory.answers.finish(diagnostics);
    progress.finish();
    run.add_stats(&hands);
    diagnostics.counters(run.stats().as_ref(), options.shared.ring.stats);
}

struct Operands<'a, 'r, 'scope, 'env> {
    options: &'a Options,
    destination: &'a Destination,
    tree: Tree<'r, 'scope, 'env>,
    /// The last directory that `--parents` led to was made by us. (An operand without one inherits this, as it does in
    /// GNU's cp.)
    is_new: bool,
}

impl Operands<'_, '_, '_, '_> {
    fn copy(mut self) {
        let sources = &self.options.sources;
        self.tree.serial =
            self.options.interactive || sources.iter().any(|source| self.contains_target(source));
        let (many, distinct) = (sources.len() > 1, self.are_distinct());
        if many && !distinct {
            self.tree.memory.sources = Some(Seen::default());
            self.tree.memory.made = Some(Seen::default());
        }
        if many && distinct && !self.options.parents && !self.tree.serial {
            return self.together();
        }
        for (number, source) in (0..).zip(sources) {
            self.one(number, source);
            // What is told and done for one is over before the next is looked at.
            self.tree.walk(true);
        }
    }

    /// Operands that cannot be in each other's way, but by symbolic links in the destination: what one is written
    /// through is neither overtaken nor overtakes, nor is a directory in which there may be some.
    fn together(mut self) {
        let mut jobs = Vec::new();
        for (number, source) in (0..).zip(&self.options.sources) {
            let job = self.job(source);
            let existing = self.options.writes_through_links().then(|| stat(&job.to, false).ok()).flatten();
            let existing = existing.map(|found| found.kind);
            let is_link = existing == Some(Kind::Link);
            if is_link || (existing == Some(Kind::Directory) && self.options.recursive) {
                if is_link || !jobs.is_empty() {
                    self.submit(&mut jobs);
                    self.tree.walk(true);
                }
                self.one(number, source);
                self.tree.walk(is_link);
                continue;
            }
            jobs.push((number, job));
            if jobs.len() == BATCH {
                self.submit(&mut jobs);
                self.tree.walk(false);
            }
        }
        self.submit(&mut jobs);
        self.tree.walk(true);
    }

    fn submit(&mut self, jobs: &mut Vec<(u32, Job)>) {
        self.tree.submit(Batch { folder: Vec::new(), files: Files::Jobs(std::mem::take(jobs)) });
    }

    fn one(&mut self, number: u32, source: &OsString) {
        let mut made = Vec::new();
        let mut log = Log::default();
        let mut job = self.job(source);
        if self.options.parents {
            let place = |path: &[u8]| self.destination.inside(path);
            let name = self.name(source).to_vec();
            let found = parents::make(self.tree.run, &name, &place, &mut made, &mut self.is_new, &mut log);
            if found.is_err() {
                return self.tree.add(vec![number], Event::Tell(log));
            }
        }
        if self.is_new {
            job.absent = Absent::Surely;
        }
        self.tree.console.print(log);
        let copy_to_backup = self.backup_of_itself(&job);
        if let Some(to) = copy_to_backup {
            job.to = to;
        }
        self.tree.copy(&job, vec![number]);
        if !made.is_empty() {
            self.tree.add(vec![number, LAST, LAST], Event::Parents(made));
        }
    }

    /// The operand as it counts.
    fn name<'s>(&self, source: &'s OsStr) -> &'s [u8] {
        let strip =
            self.options.strip_trailing_slashes && matches!(self.destination, Destination::Into { .. });
        let name = source.as_bytes();
        if strip { without_trailing_slashes(name) } else { name }
    }

    fn job(&self, source: &OsStr) -> Job {
        let name = self.name(source);
        let from = Place::of_path(name);
        let (to, absent) = match self.destination {
            Destination::Exactly { place, absent } => (place.clone(), *absent),
            Destination::Into { .. } if self.options.parents => {
                (self.destination.inside(without_trailing_slashes(name)), Absent::Unknown)
            }
            Destination::Into { .. } => {
                // Not into the directory above the target.
                let last = last_component(name);
                (self.destination.inside(if last == b".." { b"." } else { last }), Absent::Unknown)
            }
        };
        Job { from, to, operand: true, absent, accessed: None, linked: false }
    }

    /// Whether no two operands can have the same destination, nor be the same file by name.
    fn are_distinct(&self) -> bool {
        let mut names = HashSet::new();
        self.options.sources.iter().all(|source| {
            let name = last_component(source.as_bytes());
            !name.is_empty() && !is_dot_or_dot_dot(name) && names.insert(name)
        })
    }

    /// Whether the target lies in a source: then it matters what is copied first.
    fn contains_target(&self, source: &OsStr) -> bool {
        if !self.options.recursive {
            return false;
        }
        let follow = self.options.follow != Follow::Never;
        let Ok(source) = stat(&Place::of_path(source.as_bytes()), follow) else { return false };
        if source.kind != Kind::Directory {
            return false;
        }
        let start = match self.destination {
            Destination::Into { fd, .. } => fd.try_clone(),
            Destination::Exactly { place, .. } => open_folder(place.folder(), &*parent(place), OFlags::PATH),
        };
        let Ok(mut folder) = start else { return false };
        let mut below = None;
        while let Ok(stat) = sys::fstat(&folder) {
            if stat.identity == source.identity {
                return true;
            }
            if below == Some(stat.identity) {
                return false;
            }
            below = Some(stat.identity);
            match open_folder(folder.as_fd(), c"..", OFlags::PATH) {
                Ok(above) => folder = above,
                Err(_) => return false,
            }
        }
        false
    }

    /// `cp -f -b a a` copies `a` to the name of its backup.
    fn backup_of_itself(&self, job: &Job) -> Option<Place> {
        let backup = self.options.backup.as_ref().filter(|_| self.options.force)?;
        let Destination::Exactly { place, .. } = self.destination else { return None };
        let is_regular = || stat(place, true).is_ok_and(|found| found.kind == Kind::Regular);
        (job.from.shown() == place.shown() && is_regular()).then(|| backup::next_place(backup, place))
    }
}
