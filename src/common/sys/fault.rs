//! Injected faults, for the test suite: part of builds with debug assertions, as those of tests are, so that the programs
//! that are tested with faults are the ones that are tested without; active only where the environment variable
//! `RINGUTILS_FAULTS` says so (`seed=7,short=4,eintr=8,eagain=8,ecanceled=8`: one in four transfers is
//! shortened, one in eight operations is interrupted, …; `flip=16`: one in sixteen plain writes has a wrong byte;
//! `eio=16`: one in sixteen operations and steps of them fails for good).

#[cfg(not(debug_assertions))]
mod quiet {
    /// Whether anything may go wrong on purpose: never.
    #[inline]
    #[must_use]
    pub const fn is_on() -> bool {
        false
    }

    /// How many of `len` bytes to ask for: all.
    #[inline]
    #[must_use]
    pub const fn cap(len: usize) -> usize {
        len
    }

    /// The errno that an operation fails with instead of being started: none.
    #[inline]
    #[must_use]
    pub const fn start() -> Option<i32> {
        None
    }

    /// Whether a step goes well: always, as far as we are concerned.
    #[inline]
    #[allow(clippy::missing_errors_doc, clippy::unnecessary_wraps, reason = "the other one has errors")]
    pub const fn check() -> std::io::Result<()> {
        Ok(())
    }

    /// What is written instead of `bytes`: nothing else, ever.
    #[inline]
    #[must_use]
    pub const fn corrupted(_bytes: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

#[cfg(debug_assertions)]
mod loud {
    use std::cell::Cell;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Default)]
    struct Plan {
        short: u64,
        flip: u64,
        eio: u64,
        errors: Vec<(i32, u64)>,
    }

    static STATE: AtomicU64 = AtomicU64::new(1);

    fn plan() -> &'static Plan {
        static PLAN: OnceLock<Plan> = OnceLock::new();
        PLAN.get_or_init(|| {
            let mut plan = Plan::default();
            let text = std::env::var("RINGUTILS_FAULTS").unwrap_or_default();
            for (key, value) in text.split(',').filter_map(|part| part.split_once('=')) {
                let value = value.parse().unwrap_or(0);
                match key {
                    "seed" => STATE.store(value | 1, Ordering::Relaxed),
                    "short" => plan.short = value,
                    "flip" => plan.flip = value,
                    "eio" => {
                        plan.eio = value;
                        plan.errors.push((libc::EIO, value));
                    }
                    "eintr" => plan.errors.push((libc::EINTR, value)),
                    "eagain" => plan.errors.push((libc::EAGAIN, value)),
                    "ecanceled" => plan.errors.push((libc::ECANCELED, value)),
                    _ => {}
                }
            }
            plan
        })
    }

    /// Whether anything may go wrong on purpose.
    #[must_use]
    pub fn is_on() -> bool {
        let plan = plan();
        plan.short > 0 || plan.flip > 0 || !plan.errors.is_empty() || UNTIL.get().is_some()
    }

    /// One of the small generators that are good enough for dice (xorshift).
    fn dice(one_in: u64) -> bool {
        if one_in == 0 {
            return false;
        }
        let mut x = STATE.load(Ordering::Relaxed);
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        STATE.store(x, Ordering::Relaxed);
        (x >> 11).is_multiple_of(one_in)
    }

    /// How many of `len` bytes to ask for.
    #[must_use]
    pub fn cap(len: usize) -> usize {
        if len > 1 && dice(plan().short) { (len / 3).max(1) } else { len }
    }

    /// Whether a step (a transfer, a creation, a close, a link of a chain) goes well.
    ///
    /// # Errors
    /// `EIO`, now and then.
    pub fn check() -> std::io::Result<()> {
        if dice(plan().eio) { Err(std::io::Error::from_raw_os_error(libc::EIO)) } else { Ok(()) }
    }

    thread_local! {
        /// Bytes that this thread still writes as they are before one goes wrong.
        static UNTIL: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// Makes this thread write one wrong byte: the one behind the next `bytes`. For unit tests, which cannot have
    /// an environment each.
    pub fn corrupt_after(bytes: usize) {
        UNTIL.set(Some(bytes));
    }

    /// What is written instead of `bytes`, if something else is: the disk that lies.
    #[must_use]
    pub fn corrupted(bytes: &[u8]) -> Option<Vec<u8>> {
        let at = match UNTIL.get() {
            Some(left) if left < bytes.len() => {
                UNTIL.set(None);
                left
            }
            Some(left) => {
                UNTIL.set(Some(left - bytes.len()));
                return None;
            }
            None if !bytes.is_empty() && dice(plan().flip) => bytes.len() / 2,
            None => return None,
        };
        let mut wrong = bytes.to_vec();
        wrong[at] ^= 1;
        Some(wrong)
    }

    /// The errno that an operation fails with instead of being started.
    #[must_use]
    pub fn start() -> Option<i32> {
        plan().errors.iter().find(|(_, one_in)| dice(*one_in)).map(|(errno, _)| *errno)
    }
}

#[cfg(debug_assertions)]
pub use loud::{cap, check, corrupt_after, corrupted, is_on, start};
#[cfg(not(debug_assertions))]
pub use quiet::{cap, check, corrupted, is_on, start};
