//! Making a ring, and calling it by its number.

use std::io;
use std::os::fd::{AsRawFd, RawFd};

use io_uring::{EnterFlags, IoUring};

use super::config::Config;

/// Submission queue entries. Twice as many completions fit; more operations than that wait in the backlog.
const ENTRIES: u32 = 128;
/// How long the kernel's polling thread (`sqpoll`) stays awake without work, in milliseconds.
const SQPOLL_IDLE_MS: u32 = 50;

/// The ladder: the flags that make a single-threaded ring fast, as Linux 6.6 has them, then as 6.1 does, then those of
/// 5.19, then none; and half the entries as long as locked memory is short.
///
/// # Errors
/// What `io_uring_setup(2)` answers to the last of these.
pub(super) fn build(config: &Config) -> io::Result<IoUring> {
    let mut entries = config.depth.unwrap_or(ENTRIES).clamp(ENTRIES, 4096);
    loop {
        let built = build_with(config, entries);
        match &built {
            Err(error) if error.raw_os_error() == Some(libc::ENOMEM) && entries > 8 => entries /= 2,
            _ => return built,
        }
    }
}

fn build_with(config: &Config, entries: u32) -> io::Result<IoUring> {
    if config.sqpoll {
        return IoUring::builder().setup_sqpoll(SQPOLL_IDLE_MS).dontfork().build(entries);
    }
    let invalid = |result: &io::Result<IoUring>| matches!(result, Err(error) if error.raw_os_error() == Some(libc::EINVAL));
    let mut best = IoUring::builder();
    best.setup_single_issuer().setup_submit_all();
    // Deferred, a completion is the business of the thread that waits, and with it the next step of a chain.
    if config.chains {
        best.setup_coop_taskrun()
    } else {
        best.setup_defer_taskrun()
    };
    // Entries are taken in the order in which they stand there: one look less for each.
    let mut result = best.clone().setup_no_sqarray().build(entries);
    if invalid(&result) {
        result = best.build(entries);
    }
    if invalid(&result) {
        let mut good = IoUring::builder();
        good.setup_coop_taskrun().setup_submit_all();
        result = good.build(entries);
    }
    if invalid(&result) {
        result = IoUring::builder().build(entries);
    }
    result
}

/// A ring's place in its thread's table of rings: a call that names it by that need not take a reference to the ring
/// and give it back, which is an eighth of what a call costs.
///
/// The `io-uring` crate can do the same, but forgets the place with the `Submitter` that asked for it.
pub(super) struct RegisteredRing {
    ring: RawFd,
    place: u32,
}

/// `struct io_uring_rsrc_update` of the kernel.
#[repr(C)]
struct Update {
    offset: u32,
    reserved: u32,
    data: u64,
}

/// `IORING_REGISTER_RING_FDS` and its counterpart.
const REGISTER: u32 = 20;
const UNREGISTER: u32 = 21;

impl RegisteredRing {
    /// `None` where there is no place left (a thread has 16), on kernels before 5.18, and for a ring that the kernel
    /// polls: to submit to that is more than a call.
    ///
    /// The ring must be used by this thread only, and outlive this.
    pub fn new(ring: &IoUring) -> Option<Self> {
        if ring.params().is_setup_sqpoll() {
            return None;
        }
        let ring = ring.as_raw_fd();
        let data = u64::try_from(ring).ok()?;
        let mut update = Update { offset: u32::MAX, reserved: 0, data };
        (register(ring, REGISTER, &mut update) == 1).then_some(Self { ring, place: update.offset })
    }

    /// Submits `queued` entries and waits for a completion; how many were taken.
    ///
    /// # Errors
    /// As `io_uring_enter(2)`.
    pub fn enter(&self, queued: usize) -> io::Result<usize> {
        let flags = EnterFlags::GETEVENTS | EnterFlags::REGISTERED_RING;
        let nothing = std::ptr::null::<libc::sigset_t>();
        // SAFETY: no argument points anywhere. What the entries point to, their operations own.
        let taken = unsafe {
            libc::syscall(libc::SYS_io_uring_enter, self.place, queued, 1_u32, flags.bits(), nothing, 0_usize)
        };
        usize::try_from(taken).map_err(|_| io::Error::last_os_error())
    }
}

impl Drop for RegisteredRing {
    fn drop(&mut self) {
        // Or the ring would live on in the table, and with it all it holds, until the thread ends.
        register(self.ring, UNREGISTER, &mut Update { offset: self.place, reserved: 0, data: 0 });
    }
}

fn register(ring: RawFd, what: u32, update: &mut Update) -> libc::c_long {
    // SAFETY: the kernel reads and writes one update.
    unsafe { libc::syscall(libc::SYS_io_uring_register, ring, what, std::ptr::from_mut(update), 1_u32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring() -> Option<IoUring> {
        build(&Config::default()).ok()
    }

    /// A thread has 16 places. A ring that is gone has given its own back; one that gets none does without.
    #[test]
    fn places_are_given_back_and_may_run_out() {
        for _ in 0..40 {
            let Some(ring) = ring() else { return };
            let Some(itself) = RegisteredRing::new(&ring) else { return };
            assert!(itself.place < 16);
        }
        let rings: Vec<_> = (0..20).map_while(|_| ring()).collect();
        let places: Vec<_> = rings.iter().map(RegisteredRing::new).collect();
        assert!(places.iter().any(Option::is_some));
        assert!(rings.len() < 20 || places.iter().any(Option::is_none));
    }

    /// What is queued is taken, and its completion waited for.
    #[test]
    fn a_ring_can_be_called_by_its_place() {
        let Some(mut ring) = ring() else { return };
        let Some(itself) = RegisteredRing::new(&ring) else { return };
        for data in 1..4 {
            let nop = io_uring::opcode::Nop::new().build().user_data(data);
            // SAFETY: a no-op points nowhere.
            unsafe { ring.submission().push(&nop) }.expect("there is room");
            assert_eq!(itself.enter(1).ok(), Some(1));
            assert_eq!(ring.completion().next().map(|entry| entry.user_data()), Some(data));
        }
    }
}
