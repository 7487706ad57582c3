//! Names of files: their last components, joining them, and whether two of them are one directory entry.

use std::ffi::CString;

use ringutils::sys::{self, Stat};

use crate::place::{Place, c_string};

/// Without the slashes at the end; of `///` one stays.
pub fn without_trailing_slashes(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(1, |last| last + 1);
    &path[..end.min(path.len())]
}

/// The last component, without slashes behind it. Empty for `/` and for an empty path.
pub fn last_component(path: &[u8]) -> &[u8] {
    let path = without_trailing_slashes(path);
    let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    &path[start..]
}

pub fn is_dot_or_dot_dot(name: &[u8]) -> bool {
    name == b"." || name == b".."
}

/// `folder/name` as GNU's cp shows it: slashes at the end of `folder` count for one.
pub fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    let base = last_component(folder);
    let mut path = if base.is_empty() { folder.to_vec() } else { without_trailing_slashes(folder).to_vec() };
    match (base.is_empty(), name.first()) {
        (false, first) if first != Some(&b'/') => path.push(b'/'),
        // An absolute name under a root or nothing.
        (true, Some(b'/')) => path.push(b'.'),
        _ => {}
    }
    path.extend_from_slice(name);
    path
}

/// What makes a directory entry: its directory, and its name therein.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    folder: (u64, u64),
    name: Vec<u8>,
}

impl Entry {
    /// `None` if the directory cannot be looked at. A directory that is a symbolic link is another one than that which
    /// it leads to: that is how GNU's cp sees it.
    pub fn of(place: &Place) -> Option<Self> {
        let folder = parent(place);
        let identity = sys::stat_at(place.folder(), &folder, false).ok()?.identity;
        Some(Self { folder: identity, name: last_component(place.name().to_bytes()).to_vec() })
    }
}

/// The directory that a place is in, relative to its folder.
pub fn parent(place: &Place) -> CString {
    let path = without_trailing_slashes(place.name().to_bytes());
    match path.iter().rposition(|byte| *byte == b'/') {
        None => c_string(b"."),
        Some(0) => c_string(b"/"),
        Some(slash) => c_string(without_trailing_slashes(&path[..slash])),
    }
}

/// Whether both are the same directory entry, however they are spelled.
pub fn same_entry(one: &Place, other: &Place) -> bool {
    let names = (last_component(one.name().to_bytes()), last_component(other.name().to_bytes()));
    names.0 == names.1 && Entry::of(one).is_some_and(|entry| Entry::of(other) == Some(entry))
}

/// `fstatat(2)` of a place.
///
/// # Errors
/// The call's.
pub fn stat(place: &Place, follow: bool) -> std::io::Result<Stat> {
    sys::stat_at(place.folder(), place.name(), follow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_components() {
        for (path, last) in [("a/b", "b"), ("a/b//", "b"), ("b", "b"), ("/", ""), ("", ""), ("//x", "x")] {
            assert_eq!(last_component(path.as_bytes()), last.as_bytes(), "{path}");
        }
    }

    #[test]
    fn joined_as_gnu_shows_it() {
        for (folder, name, path) in [
            ("d", "a", "d/a"),
            ("d//", "a", "d/a"),
            ("/", "a", "/a"),
            ("d/.", "a", "d/./a"),
            ("d", "/abs", "d/abs"),
            ("/", "/abs", "/./abs"),
            ("", "a", "a"),
        ] {
            assert_eq!(join(folder.as_bytes(), name.as_bytes()), path.as_bytes(), "{folder} + {name}");
        }
    }
}
