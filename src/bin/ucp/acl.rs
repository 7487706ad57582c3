//! Access control lists, as far as a copy has to know of them: they are extended attributes, copied whole.

use std::ffi::CStr;

use ringutils::sys::Kind;
use rustix::io::Errno;

use crate::subject::Subject;
use crate::xattr_rules::{Action, action};
use crate::xattrs::{Names, copy_some, value};

const ACCESS: &CStr = c"system.posix_acl_access";
const DEFAULT: &CStr = c"system.posix_acl_default";
const NFS4: &CStr = c"system.nfs4_acl";

/// Copies the lists. For the source's attribute names it takes those of another step, if there was one.
pub fn copy(names: &Names, from: &Subject, to: &Subject) -> Result<(), Errno> {
    copy_some(names, from, to, is_list, |_, _| {})
}

fn is_list(name: &CStr) -> bool {
    [ACCESS, DEFAULT, NFS4].contains(&name) || action(name) == Action::Permissions
}

/// Whether a file has a list that says more than its mode.
pub fn says_more_than_mode(names: &Names, file: &Subject, kind: Kind) -> bool {
    names.iter().any(|name| {
        name == ACCESS
            || (name == DEFAULT && kind == Kind::Directory)
            || (name == NFS4 && value(file, name).is_ok_and(|list| nfs4_says_more(list.bytes())))
    })
}

/// Sets the permissions and takes away all entries beyond them. Set-id and sticky bits become `special` if it is not 0
/// (or if there are no lists, as then only `chmod` is left); otherwise they stay.
pub fn set_exactly(file: &Subject, permissions: u32, special: u32) -> Result<(), Errno> {
    if special != 0 {
        file.set_mode(permissions | special)?;
    }
    // A failure of any kind, and not only where there are no lists, is chmod's to explain.
    file.set_xattr(ACCESS, &plain_list(permissions)).or_else(|_| file.set_mode(permissions | special))
}

/// The list that means the same as a mode, as the kernel takes it: version 2, and three entries of tag, permissions and
/// no id.
fn plain_list(mode: u32) -> [u8; 28] {
    const USER: u8 = 0x01;
    const GROUP: u8 = 0x04;
    const OTHER: u8 = 0x20;
    let mut list = [0; 28];
    list[0] = 2;
    for (entry, (tag, shift)) in list[4..].chunks_exact_mut(8).zip([(USER, 6), (GROUP, 3), (OTHER, 0)]) {
        entry[0] = tag;
        entry[2] = u8::try_from(mode >> shift & 7).unwrap_or(0);
        entry[4..].fill(0xff);
    }
    list
}

/// Whether there is an entry for somebody else than owner, group and everyone, or one that is inherited or audits.
/// (Entries: type, flags, rights and a name with its length before it, padded to four bytes; all big-endian.) What makes no
/// sense says more, to be on the safe side.
fn nfs4_says_more(list: &[u8]) -> bool {
    const DENY: u32 = 1;
    const IS_GROUP: u32 = 0x40;
    fn take(list: &mut &[u8]) -> Option<u32> {
        let (word, rest) = list.split_first_chunk::<4>()?;
        *list = rest;
        Some(u32::from_be_bytes(*word))
    }
    fn is_plain(mut list: &[u8]) -> Option<bool> {
        let entries = take(&mut list)?;
        for _ in 0..entries {
            let (kind, flags, _rights) = (take(&mut list)?, take(&mut list)?, take(&mut list)?);
            let length = usize::try_from(take(&mut list)?).ok()?;
            let who = list.get(..length)?;
            list = list.get(length.checked_next_multiple_of(4)?..)?;
            let is_one_of_three = [&b"OWNER@"[..], b"GROUP@", b"EVERYONE@"].contains(&who);
            if kind > DENY || flags & !IS_GROUP != 0 || !is_one_of_three {
                return Some(false);
            }
        }
        Some(true)
    }
    !is_plain(list).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_modes() {
        let expected =
            b"\x02\0\0\0\x01\0\x07\0\xff\xff\xff\xff\x04\0\x05\0\xff\xff\xff\xff\x20\0\x01\0\xff\xff\xff\xff";
        assert_eq!(&plain_list(0o751), expected);
    }

    #[test]
    fn nfs4_lists() {
        fn list(entries: &[(u32, u32, &[u8])]) -> Vec<u8> {
            let word = |number: usize| u32::try_from(number).unwrap().to_be_bytes();
            let mut all = word(entries.len()).to_vec();
            for (kind, flags, who) in entries {
                for number in [*kind, *flags, 0x001f_01ff] {
                    all.extend(number.to_be_bytes());
                }
                all.extend(word(who.len()));
                all.extend(*who);
                all.resize(all.len().next_multiple_of(4), 0);
            }
            all
        }
        let plain: &[(u32, u32, &[u8])] = &[(0, 0, b"OWNER@"), (1, 0x40, b"GROUP@"), (0, 0, b"EVERYONE@")];
        assert!(!nfs4_says_more(&list(plain)));
        assert!(nfs4_says_more(&list(&[(0, 0, b"joe@example.org")])));
        assert!(nfs4_says_more(&list(&[(2, 0, b"OWNER@")])));
        assert!(nfs4_says_more(&list(&[(0, 1, b"OWNER@")])));
        assert!(nfs4_says_more(b"\0\0\0\x01"));
        assert!(nfs4_says_more(b""));
    }
}
