//! Many files that are not cached, in order: every second lot of them is read by another thread.
//!
//! With enough reads on their way the disk is not what is waited for any more: opening files and copying what is in them
//! is, and one core does not keep up. The other thread has a [`FilesAhead`] of its own; what it read is handed over in
//! memory of its own, in lots, of which only a few may wait to be taken.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::{Ahead, FilesAhead, Loaded, Part, Rest, Session};
use crate::ring::{Config, Stats};
use crate::sys::{self, Stat};

/// Files that go to one thread, then so many to the other.
const LOT: usize = 64;
/// Fewer files are not worth a thread.
const WORTH_IT: usize = 4 * LOT;
/// Lots that may wait to be taken.
const WAITING: usize = 2;
const STACK: usize = 512 * 1024;

/// A file that the other thread has read: as [`Loaded`].
pub struct Found {
    /// What it is.
    pub stat: Stat,
    /// A part of it.
    pub bytes: Vec<u8>,
    /// Where that part begins.
    pub at: u64,
    /// Whether it reaches to the end.
    pub ended: bool,
    /// The file, if there is more of it, or it was to be kept open.
    pub file: Option<OwnedFd>,
}

/// What is wanted of the files: as of [`FilesAhead`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// This file is not to be read ahead.
    pub except: Option<(u64, u64)>,
    /// Which part.
    pub part: Part,
    /// Whether they are wanted open.
    pub keep: bool,
}

/// See the module. Files are known by their place in the list.
pub struct Beside {
    lots: Option<Receiver<Vec<Option<Found>>>>,
    lot: VecDeque<Option<Found>>,
    thread: Option<JoinHandle<Option<Stats>>>,
}

impl Beside {
    /// Starts the other thread, if these are many files, the first of which is not cached, there is another core, and the
    /// engine is io_uring.
    pub fn new<'n>(
        session: &Session,
        names: impl ExactSizeIterator<Item = &'n OsStr>,
        wanted: Wanted,
    ) -> Option<Self> {
        if names.len() < WORTH_IT || thread::available_parallelism().map_or(1, usize::from) < 2 {
            return None;
        }
        let mut names = names.peekable();
        let first = names.peek().and_then(|name| sys::c_path(name).ok())?;
        // A pool of threads keeps all cores busy already.
        if sys::cached(&first).is_some() || !session.ring().is_uring() {
            return None;
        }
        let theirs = |(place, _): &(usize, &OsStr)| Self::has(*place);
        let names: Vec<OsString> =
            names.enumerate().filter(theirs).map(|(_, name)| name.to_owned()).collect();
        let (sender, lots) = sync_channel(WAITING);
        let config = session.config().clone();
        let read = move || read(&names, config, wanted, &sender);
        let thread = thread::Builder::new().stack_size(STACK).spawn(read).ok()?;
        Some(Self { lots: Some(lots), lot: VecDeque::new(), thread: Some(thread) })
    }

    /// Whether the file at this place is one of the other thread's.
    #[must_use]
    pub fn has(place: usize) -> bool {
        place / LOT % 2 == 1
    }

    /// The next of the other thread's files; `None` if it is to be opened now.
    pub fn take(&mut self) -> Option<Found> {
        if self.lot.is_empty()
            && let Some(lots) = &self.lots
        {
            self.lot = lots.recv().unwrap_or_default().into();
        }
        self.lot.pop_front().flatten()
    }

    /// Forgets what was read of files whose turn is still to come, and reads no more.
    pub fn forget(&mut self) {
        self.lots = None;
        self.lot.clear();
    }

    /// Waits for the other thread's end, and counts what it did.
    pub fn end(mut self, session: &Session) {
        self.forget();
        if let Some(stats) = self.thread.take().and_then(|thread| thread.join().ok()) {
            session.count(stats);
        }
    }
}

/// The other thread.
fn read(
    names: &[OsString],
    config: Config,
    wanted: Wanted,
    sender: &SyncSender<Vec<Option<Found>>>,
) -> Option<Stats> {
    sys::partial::leave_signals_to_others();
    let session = Session::lazy(config);
    let mut ahead = FilesAhead::one_of(&|| 2, &session, wanted.except).of(wanted.part).keeping(wanted.keep);
    let mut names = names.iter();
    let mut lot = Vec::with_capacity(LOT);
    loop {
        while !names.as_slice().is_empty()
            && ahead.has_room()
            && let Some(name) = names.next()
        {
            ahead.push((), name);
        }
        let found = ahead.pop();
        let ended = found.is_none();
        lot.extend(found.map(|((), found)| Found::of(found)));
        if (lot.len() == LOT || ended) && sender.send(std::mem::take(&mut lot)).is_err() {
            break;
        }
        if ended {
            break;
        }
    }
    drop(ahead);
    session.stats()
}

impl Found {
    fn of(ahead: Ahead) -> Option<Self> {
        let Ahead::Loaded(Loaded { stat, buf, at, ended, rest }) = ahead else { return None };
        let file = match rest {
            None => None,
            Some(Rest::Plain(fd)) => Some(fd),
            // Only this thread's ring knows it.
            Some(Rest::Ring(_)) => return None,
        };
        Some(Self { stat, bytes: buf.to_vec(), at, ended, file })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::ring::EngineChoice;

    #[test]
    fn files_come_in_order_and_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let names: Vec<OsString> =
            (0..300).map(|n| folder.path().join(format!("f{n}")).into_os_string()).collect();
        for (n, name) in names.iter().enumerate().filter(|(n, _)| n % 7 != 0) {
            fs::write(name, n.to_string().repeat(n * 20)).expect("a file");
        }
        for engine in [EngineChoice::Auto, EngineChoice::Threads] {
            let (sender, lots) = sync_channel(names.len());
            let config = Config { engine, ..Config::default() };
            read(&names, config, Wanted::default(), &sender);
            drop(sender);
            let found: Vec<_> = lots.iter().flatten().collect();
            assert_eq!(found.len(), names.len());
            for (n, found) in found.into_iter().enumerate() {
                let expected = n.to_string().repeat(n * 20);
                match found {
                    None => assert_eq!(n % 7, 0, "{n}"),
                    Some(found) if found.ended => assert!(found.bytes == expected.as_bytes(), "{n}"),
                    Some(found) => {
                        assert!(expected.as_bytes().starts_with(&found.bytes) && found.file.is_some());
                    }
                }
            }
        }
    }

    #[test]
    fn who_forgets_gets_nothing_more() {
        let (sender, lots) = sync_channel(2);
        let found = || (0..LOT).map(|_| None).collect();
        sender.send(found()).expect("room");
        let mut beside = Beside { lots: Some(lots), lot: VecDeque::new(), thread: None };
        assert!(beside.take().is_none());
        beside.forget();
        assert!(beside.take().is_none());
        assert!(sender.send(found()).is_err(), "nobody listens");
    }
}
