//! Files that are not whole yet: a signal that ends the process removes them first.
//!
//! A process cannot do much in a signal handler, but it can unlink. So who creates a file says where it is for as long
//! as it is partial ([`Guard`]), and the handler of `SIGINT`, `SIGTERM` and `SIGHUP` removes what is registered, then
//! lets the signal do what it does.
//!
//! Between a file's creation and its registration lies a moment in which a signal would leave it behind. [`create`]
//! closes it: on the main thread signals wait that long, on others (which block these signals) the handler waits.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_int};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, Ordering};

use super::signals;

/// Files that can be partial at once; the threads of a run are fewer.
const PLACES: usize = 128;
const SIGNALS: [c_int; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// A registered file. `name` is set last and cleared first.
struct Place {
    taken: AtomicBool,
    name: AtomicPtr<c_char>,
    folder: AtomicI32,
}

static REGISTER: [Place; PLACES] = [const {
    Place { taken: AtomicBool::new(false), name: AtomicPtr::new(ptr::null_mut()), folder: AtomicI32::new(-1) }
}; PLACES];
/// The handlers are there.
static INSTALLED: AtomicBool = AtomicBool::new(false);
/// A signal has come.
static DYING: AtomicBool = AtomicBool::new(false);
/// Threads between creating and registering.
static CREATING: AtomicU32 = AtomicU32::new(0);

/// Has the signals that end a process remove partial files first. A signal that is ignored stays ignored.
pub fn install() {
    INSTALLED.store(true, Ordering::SeqCst);
    for signal in SIGNALS {
        let mut old = empty_action();
        // SAFETY: `old` is a local.
        let known = unsafe { libc::sigaction(signal, ptr::null(), &raw mut old) } == 0;
        if known && old.sa_sigaction == libc::SIG_DFL {
            let mut action = empty_action();
            action.sa_sigaction = end as extern "C" fn(c_int) as libc::sighandler_t;
            // SAFETY: the handler calls nothing but what a handler may call.
            unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) };
        }
    }
}

fn empty_action() -> libc::sigaction {
    // SAFETY: plain numbers, for which zero is a value: no flags, an empty mask, the default action.
    unsafe { std::mem::zeroed() }
}

thread_local! {
    /// Whether signals may come on this thread.
    static DISTURBED: Cell<bool> = const { Cell::new(true) };
}

/// Blocks these signals for the calling thread, so that they reach another one. For every thread but the first.
pub fn leave_signals_to_others() {
    DISTURBED.set(false);
    mask(libc::SIG_BLOCK);
}

fn mask(how: c_int) {
    signals::change_mask(how, &signals::set_of(&SIGNALS));
}

/// The handler. Whatever it calls is async-signal-safe.
extern "C" fn end(signal: c_int) {
    DYING.store(true, Ordering::SeqCst);
    // A thread that is creating a file has it registered in a moment, unless its file system hangs.
    for _ in 0..1000 {
        if CREATING.load(Ordering::SeqCst) == 0 {
            break;
        }
        let moment = libc::timespec { tv_sec: 0, tv_nsec: 1_000_000 };
        // SAFETY: `moment` is a local.
        unsafe { libc::nanosleep(&raw const moment, ptr::null_mut()) };
    }
    for place in &REGISTER {
        let name = place.name.load(Ordering::SeqCst);
        if !name.is_null() {
            // SAFETY: a name that is registered is alive: who takes it away clears `name` first, and waits if it finds
            // that a signal has come.
            unsafe { libc::unlinkat(place.folder.load(Ordering::SeqCst), name, 0) };
        }
    }
    // SAFETY: takes no pointers to anything of ours.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    // SAFETY: takes no pointers. The signal is blocked until the handler returns, and kills then.
    unsafe { libc::raise(signal) };
}

/// A file that is removed if a signal ends the process before this is dropped.
#[derive(Debug)]
pub struct Guard {
    place: usize,
    /// What the register points to.
    name: CString,
    _folder: Option<Arc<OwnedFd>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let place = &REGISTER[self.place];
        place.name.store(ptr::null_mut(), Ordering::SeqCst);
        // The handler may have loaded the name already: it must stay as long as we live, which is not long.
        wait_if_dying();
        place.taken.store(false, Ordering::SeqCst);
    }
}

/// Does not come back once a signal has come. (A thread that the handler has interrupted does not get here: it dies
/// when the handler is done.)
fn wait_if_dying() {
    while DYING.load(Ordering::SeqCst) {
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
}

/// Runs `open`, which creates a new file, `name` in `folder` (or in the current folder), and guards the file from then
/// on. Without [`install`], or with too many guards at once, there is none.
///
/// # Errors
/// `open`'s.
pub fn create<T>(
    folder: Option<&Arc<OwnedFd>>,
    name: &CStr,
    open: impl FnOnce() -> io::Result<T>,
) -> io::Result<(T, Option<Guard>)> {
    if !INSTALLED.load(Ordering::Relaxed) {
        return open().map(|made| (made, None));
    }
    let create = || {
        open().map(|made| {
            let guard = register(folder, name);
            (made, guard)
        })
    };
    // The handler must not wait for the very thread that it has interrupted.
    let disturbed = DISTURBED.get();
    if disturbed {
        mask(libc::SIG_BLOCK);
    }
    CREATING.fetch_add(1, Ordering::SeqCst);
    if DYING.load(Ordering::SeqCst) {
        // The handler, on another thread, may have looked already.
        CREATING.fetch_sub(1, Ordering::SeqCst);
        wait_if_dying();
    }
    let result = create();
    CREATING.fetch_sub(1, Ordering::SeqCst);
    if disturbed {
        mask(libc::SIG_UNBLOCK);
    }
    result
}

fn register(folder: Option<&Arc<OwnedFd>>, name: &CStr) -> Option<Guard> {
    let free = |place: &Place| {
        !place.taken.load(Ordering::Relaxed)
            && place.taken.compare_exchange(false, true, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    };
    let index = REGISTER.iter().position(free)?;
    let number: RawFd = folder.map_or(libc::AT_FDCWD, AsRawFd::as_raw_fd);
    let guard = Guard { place: index, name: name.to_owned(), _folder: folder.cloned() };
    REGISTER[index].folder.store(number, Ordering::SeqCst);
    REGISTER[index].name.store(guard.name.as_ptr().cast_mut(), Ordering::SeqCst);
    Some(guard)
}

/// Guards alive.
#[cfg(test)]
fn registered() -> usize {
    REGISTER.iter().filter(|place| !place.name.load(Ordering::SeqCst).is_null()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guard_is_registered_as_long_as_it_lives() {
        INSTALLED.store(true, Ordering::SeqCst);
        let before = registered();
        let ((), guard) = create(None, c"nowhere", || Ok(())).expect("nothing fails");
        assert!(guard.is_some());
        assert_eq!(registered(), before + 1);
        drop(guard);
        assert_eq!(registered(), before);
        let failed = create(None, c"nowhere", || Err::<(), _>(io::ErrorKind::NotFound.into()));
        assert!(failed.is_err());
        assert_eq!((registered(), CREATING.load(Ordering::SeqCst)), (before, 0));
    }
}
