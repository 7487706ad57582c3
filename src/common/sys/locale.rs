//! Text that depends on the C library: which characters are printable, and what an error number is called.
//!
//! The locale is looked at only when a byte beyond ASCII must be judged or a quotation mark chosen: an ordinary
//! run never pays for it. It is loaded with `newlocale`, which, unlike `setlocale`, changes nothing that other
//! threads might be reading.
#![allow(unsafe_code)] // the C library's locale functions have no safe interface

use std::env;
use std::ffi::{CStr, OsString, c_char, c_int};
use std::sync::OnceLock;

#[cfg(not(target_env = "musl"))]
use libc::LC_ALL_MASK;

unsafe extern "C" {
    // Missing from the libc crate on Linux; signatures from POSIX.1-2008.
    fn mbrtowc(wide: *mut u32, text: *const c_char, length: usize, state: *mut State) -> usize;
    fn iswprint_l(wide: u32, locale: libc::locale_t) -> c_int;
}

/// Missing from the libc crate with musl; the value is that of musl's `locale.h`.
#[cfg(target_env = "musl")]
const LC_ALL_MASK: c_int = 0x7fff_ffff;

/// Room for an `mbstate_t`: 8 bytes on glibc and musl.
#[repr(C, align(8))]
struct State([u8; 64]);

/// A loaded locale: never freed, so a thread may use it at any time.
struct Locale(libc::locale_t);
// SAFETY: a locale object is immutable once made (POSIX: it may be used by any number of threads).
unsafe impl Send for Locale {}
// SAFETY: as above.
unsafe impl Sync for Locale {}

/// The locale that `LC_ALL`, `LC_CTYPE`, `LANG`, … name; `None` (which means "C") if one of them does not exist.
fn current() -> Option<&'static Locale> {
    static CURRENT: OnceLock<Option<Locale>> = OnceLock::new();
    CURRENT
        .get_or_init(|| {
            if cfg!(target_env = "musl") && !is_named_utf8(|name| env::var_os(name)) {
                return None;
            }
            // SAFETY: the name is a C string; a null base asks for a new object.
            let handle = unsafe { libc::newlocale(LC_ALL_MASK, c"".as_ptr(), std::ptr::null_mut()) };
            (!handle.is_null()).then_some(Locale(handle))
        })
        .as_ref()
}

/// Whether the variables name a locale of UTF-8. To musl each locale is one, unset and unknown ones included.
fn is_named_utf8(variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let set = |name: &str| variable(name).filter(|locale| !locale.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set).unwrap_or_default();
    let locale = locale.to_string_lossy().to_ascii_lowercase();
    let name = locale.split('@').next().unwrap_or_default();
    matches!(name.split_once('.'), Some((_, "utf-8" | "utf8")))
}

impl Locale {
    /// The first character of `text`: its length in bytes and its number, which is its Unicode code point on glibc
    /// and musl. `None` if `text` does not begin with a character, or only with a part of one.
    fn decode(&self, text: &[u8]) -> Option<(usize, u32)> {
        let mut wide = 0_u32; // a `wchar_t`, which is signed on some machines and not on others
        let mut state = State([0; 64]);
        // SAFETY: the locale is never freed; only the calling thread changes, and back again below.
        let before = unsafe { libc::uselocale(self.0) };
        // SAFETY: all pointers are valid, `text` for its length; a zeroed state is the initial one.
        let length = unsafe { mbrtowc(&raw mut wide, text.as_ptr().cast(), text.len(), &raw mut state) };
        // SAFETY: `before` came from `uselocale`.
        unsafe { libc::uselocale(before) };
        // 0 is a NUL; -1 no character, -2 the beginning of one.
        (1..=text.len()).contains(&length).then_some((length, wide))
    }

    fn is_printable(&self, wide: u32) -> bool {
        // SAFETY: takes any number, and the locale is valid.
        unsafe { iswprint_l(wide, self.0) != 0 }
    }
}

/// Whether the environment asks for UTF-8. Found out by trying: `nl_langinfo(CODESET)` does not know in statically
/// linked programs (glibc 2.36).
#[must_use]
pub fn is_utf8() -> bool {
    current().and_then(|locale| locale.decode("€".as_bytes())) == Some((3, u32::from('€')))
}

/// The first character of `text`, which must not be empty: its length in bytes (at least 1) and whether the
/// locale calls it printable. A byte that starts no character of the locale is one unprintable character.
#[must_use]
pub fn first_char(text: &[u8]) -> (usize, bool) {
    let Some(locale) = current() else {
        return (1, text.first().is_some_and(|byte| (b' '..=b'~').contains(byte)));
    };
    locale.decode(text).map_or((1, false), |(length, wide)| (length, locale.is_printable(wide)))
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
    fn the_first_variable_that_is_set_names_the_locale() {
        for (all, ctype, lang, utf8) in [
            (None, None, None, false),
            (None, None, Some("C.UTF-8"), true),
            (Some(""), Some("de_DE.utf8@euro"), Some("C"), true),
            (None, Some("C"), Some("C.UTF-8"), false),
            (Some("C"), Some("C.UTF-8"), Some("C.UTF-8"), false),
            (None, None, Some("nonsense"), false),
        ] {
            let variable = |name: &str| match name {
                "LC_ALL" => all.map(OsString::from),
                "LC_CTYPE" => ctype.map(OsString::from),
                _ => lang.map(OsString::from),
            };
            assert_eq!(is_named_utf8(variable), utf8, "{all:?} {ctype:?} {lang:?}");
        }
    }

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
