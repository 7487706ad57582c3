//! Text that depends on the C library: which characters are printable, and what an error number is called.
//!
//! The locale is looked at only when a byte beyond ASCII must be judged or a quotation mark chosen: an ordinary
//! run never pays for it. It is loaded with `newlocale`, which, unlike `setlocale`, changes nothing that other
//! threads might be reading.
#![allow(unsafe_code)] // the C library's locale functions have no safe interface

use std::ffi::{CStr, c_char, c_int};
use std::sync::OnceLock;

unsafe extern "C" {
    // Missing from the libc crate on Linux; signatures from POSIX.1-2008.
    fn nl_langinfo_l(item: libc::nl_item, locale: libc::locale_t) -> *mut c_char;
    fn mbrtowc(wide: *mut u32, text: *const c_char, length: usize, state: *mut State) -> usize;
    fn iswprint_l(wide: u32, locale: libc::locale_t) -> c_int;
}

/// Room for an `mbstate_t`: 8 bytes on glibc and musl.
#[repr(C, align(8))]
struct State([u8; 64]);

/// A loaded locale: never freed, so a thread may use it at any time.
struct Locale {
    handle: libc::locale_t,
    utf8: bool,
}
// SAFETY: a locale object is immutable once made (POSIX: it may be used by any number of threads).
unsafe impl Send for Locale {}
// SAFETY: as above.
unsafe impl Sync for Locale {}

/// The locale that `LC_ALL`, `LC_CTYPE`, `LANG`, … name; `None` (which means "C") if one of them does not exist.
fn current() -> Option<&'static Locale> {
    static CURRENT: OnceLock<Option<Locale>> = OnceLock::new();
    CURRENT
        .get_or_init(|| {
            // SAFETY: the name is a C string; a null base asks for a new object.
            let handle = unsafe { libc::newlocale(libc::LC_ALL_MASK, c"".as_ptr(), std::ptr::null_mut()) };
            if handle.is_null() {
                return None;
            }
            // SAFETY: the locale is valid, and the answer a C string that lives as long as it.
            let codeset = unsafe { nl_langinfo_l(libc::CODESET, handle) };
            // SAFETY: as above; it is never null (POSIX: an empty string at worst).
            let codeset = unsafe { CStr::from_ptr(codeset) };
            Some(Locale { handle, utf8: codeset == c"UTF-8" })
        })
        .as_ref()
}

/// Whether the environment asks for UTF-8.
#[must_use]
pub fn is_utf8() -> bool {
    current().is_some_and(|locale| locale.utf8)
}

/// The first character of `text`, which must not be empty: its length in bytes (at least 1) and whether the
/// locale calls it printable. A byte that starts no character of the locale is one unprintable character.
#[must_use]
pub fn first_char(text: &[u8]) -> (usize, bool) {
    let Some(locale) = current() else {
        return (1, text.first().is_some_and(|byte| (b' '..=b'~').contains(byte)));
    };
    let mut wide = 0_u32; // a `wchar_t`, which is signed on some machines and not on others
    let mut state = State([0; 64]);
    // SAFETY: the locale is never freed; only the calling thread changes, and back again below.
    let before = unsafe { libc::uselocale(locale.handle) };
    // SAFETY: all pointers are valid, `text` for its length; a zeroed state is the initial one.
    let length = unsafe { mbrtowc(&raw mut wide, text.as_ptr().cast(), text.len(), &raw mut state) };
    // SAFETY: `before` came from `uselocale`.
    unsafe { libc::uselocale(before) };
    if length == 0 || length > text.len() {
        return (1, false); // NUL, or -1: not a character, or -2: the beginning of one
    }
    // SAFETY: takes any number, and the locale is valid.
    let printable = unsafe { iswprint_l(wide, locale.handle) } != 0;
    (length, printable)
}

/// What glibc calls the errors that other C libraries name differently: scripts compare these texts.
const GLIBC: &[(i32, &str)] = &[
    (libc::EIO, "Input/output error"),
    (libc::ENOMEM, "Cannot allocate memory"),
    (libc::EBUSY, "Device or resource busy"),
    (libc::EXDEV, "Invalid cross-device link"),
    (libc::ENFILE, "Too many open files in system"),
    (libc::EMFILE, "Too many open files"),
    (libc::ENOTTY, "Inappropriate ioctl for device"),
    (libc::ESPIPE, "Illegal seek"),
    (libc::ERANGE, "Numerical result out of range"),
    (libc::ENAMETOOLONG, "File name too long"),
    (libc::ELOOP, "Too many levels of symbolic links"),
    (libc::EOVERFLOW, "Value too large for defined data type"),
    (libc::EOPNOTSUPP, "Operation not supported"),
    (libc::ESTALE, "Stale file handle"),
    (libc::EDQUOT, "Disk quota exceeded"),
];

/// The text of an error number as glibc has it, in English: `No such file or directory`.
#[must_use]
pub fn strerror(errno: i32) -> String {
    if let Some((_, text)) = GLIBC.iter().find(|(number, _)| *number == errno) {
        return (*text).to_owned();
    }
    let mut text = [0_u8; 256];
    // SAFETY: the buffer is valid for its length. This is POSIX's variant, which always fills the buffer given.
    unsafe { libc::strerror_r(errno, text.as_mut_ptr().cast(), text.len()) };
    match CStr::from_bytes_until_nul(&text) {
        Ok(text) if !text.is_empty() => text.to_string_lossy().into_owned(),
        _ => format!("Unknown error {errno}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_their_names() {
        assert_eq!(strerror(libc::ENOENT), "No such file or directory");
        assert_eq!(strerror(libc::EBADF), "Bad file descriptor");
        assert_eq!(strerror(99_999), "Unknown error 99999");
    }

    #[test]
    fn the_table_is_glibcs() {
        if cfg!(target_env = "gnu") {
            for (errno, text) in GLIBC {
                let shown = std::io::Error::from_raw_os_error(*errno).to_string();
                assert_eq!(shown, format!("{text} (os error {errno})"));
            }
        }
    }

    #[test]
    fn ascii_is_judged_alike_in_every_locale() {
        assert_eq!(first_char(b"ab"), (1, true));
        assert_eq!(first_char(b"\n"), (1, false));
        assert_eq!(first_char(b"\xff"), (1, false));
    }
}
