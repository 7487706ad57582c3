//! Modes, owners, times, access control lists and other extended attributes.

use std::fmt::Write as _;

use crate::harness::needs_root;
use crate::harness::twins::{case, case_on_disk};

/// An access control list as the kernel stores it: tag, rights, and for whom.
pub fn acl(entries: &[(u16, u16, u32)]) -> String {
    let mut bytes = 2_u32.to_le_bytes().to_vec();
    for (tag, rights, id) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(rights.to_le_bytes());
        bytes.extend(id.to_le_bytes());
    }
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "%{byte:02x}");
    }
    text
}

/// `user::rw-, user:NAMED:rwx, group::r--, mask::rwx, other::---`
pub fn list_for(named: u32) -> String {
    const ANY: u32 = u32::MAX;
    acl(&[(1, 6, ANY), (2, 7, named), (4, 4, ANY), (0x10, 7, ANY), (0x20, 0, ANY)])
}

const PRESERVE: [&str; 14] = [
    "",
    "-p",
    "-a",
    "--preserve=mode",
    "--preserve=ownership",
    "--preserve=timestamps",
    "--preserve=all",
    "--preserve=xattr",
    "--no-preserve=mode",
    "-p --no-preserve=mode",
    "-p --no-preserve=ownership",
    "-a --no-preserve=xattr",
    "--preserve=mode,ownership",
    "--attributes-only -p",
];

#[test]
fn modes() {
    let t = case(
        "f x m=6755; f w m=666; f r m=444; f n m=0; f s m=1700; f old m=602; f oldx m=4711; d d m=2755; d e m=1777",
    );
    for umask in [0o022, 0o077, 0o000] {
        let t = t.clone().umask(umask);
        for options in PRESERVE {
            t.each(&[
                &format!("{options} x new"),
                &format!("{options} w r n s d"),
                &format!("{options} x old"),
            ]);
            t.each(&[&format!("-r {options} d e new")]);
        }
    }
    t.each(&["-p w oldx", "w oldx", "-f w r", "--no-preserve=mode x oldx", "-p x r", "--preserve=mode r x"]);
}

#[test]
fn owners() {
    if needs_root() {
        return;
    }
    let t = case(
        "f a m=6755 u=1:2; f b m=4755 u=65534:3; f c m=2755 u=65534:65534; f mine m=6777; f o m=666 u=3:3; d d u=5:6 m=3777; \
        f d/f u=7:8; l l a u=9:10; l d/l f u=1:1; p p u=3:4; d e u=65534:65534",
    );
    for options in PRESERVE {
        t.each(&[
            &format!("{options} a new"),
            &format!("{options} a b c mine o e"),
            &format!("{options} a mine"),
        ]);
        t.each(&[&format!("-r {options} d new"), &format!("-rP {options} l p e"), &format!("{options} c o")]);
    }
    t.each(&[
        "--preserve=ownership,mode --parents d/f e",
        "-pd l new",
        "-p l new",
        "-a l o",
        "-pf a o",
        "-pf mine o",
    ]);
    t.only_as_nobody().cp("-p b new").fine().has("new", "owner", "65534:65534").has("new", "mode", "0755");
}

/// A file gets its new owner before it gets the set-id bits, and is never open to more than both may.
#[test]
fn existing_files_of_others() {
    if needs_root() {
        return;
    }
    let t = case(
        "f s m=6750 u=1:1; f d m=777 u=2:2; f e m=4777; f w m=666 u=2:2; d f m=777 u=2:2; d g m=750 u=1:1",
    );
    t.each(&[
        "-p s d",
        "-p s e",
        "-a s d",
        "-p s w",
        "--preserve=ownership s d",
        "--preserve=mode s d",
        "-pf s w",
        "-rpT g f",
    ]);
}

#[test]
fn times() {
    let t = case_on_disk("f a t=1.000000001 a=2.999999999; f neg t=-5.5 a=-1000000000; f far t=1600000000.5 a=1500000000; d d t=77.7 a=88.8; f d/f t=3 a=4; \
        l l a t=55.5 a=66.6; d d/empty t=1 a=1; p d/p t=9 a=9; f old t=1234 a=1234; h b a; f empty = t=12 a=13")
        .atimes_of("new");
    t.each(&[
        "-p a new",
        "-a a new",
        "--preserve=timestamps a new",
        "-p neg new",
        "-p far new",
        "-rp d new",
        "-a d new",
        "-pd l new",
        "-a l new",
        "-p l new",
        "-p empty new",
        "-p --sparse=always a new",
        "-p --reflink=never a new",
        "-rv d new",
        "-a --no-preserve=timestamps d new",
        "-p --attributes-only a new",
        "--attributes-only --preserve=timestamps a old",
        "-lp a new",
        "-sp a new",
        "-rsp d new",
        "-ru --preserve=timestamps d new",
        "-au a old",
        "-rpl d new",
    ]);
    t.cp("-p a new").fine().has("new", "mtime", "1.000000001").has("new", "atime", "2.999999999");
}

#[test]
fn extended_attributes() {
    let t = case(
        "f a x:user.one=1 x:user.two=%00%ff x:user.Beagle.x=1; f plain; f b x:user.old=old; f ro m=444 x:user.r=r; f w m=200 x:user.w=1; d d x:user.d=dir; \
        f d/f x:user.f=f; l l a; f rod m=444; p p; d e",
    );
    for options in PRESERVE {
        t.each(&[
            &format!("{options} a new"),
            &format!("{options} a b"),
            &format!("-r {options} d new"),
            &format!("{options} ro new"),
        ]);
        t.each(&[&format!("{options} a rod"), &format!("{options} ro w e")]);
    }
    t.each(&[
        "--preserve=xattr --parents d/f e",
        "-a l e",
        "-aL l e",
        "--preserve=xattr -r p e",
        "--attributes-only --preserve=xattr a b",
    ]);
    t.each(&[
        "-al a new",
        "--preserve=xattr a /dev/null",
        "-f --preserve=xattr a rod",
        "--preserve=xattr --attributes-only ro new",
    ]);
    if needs_root() {
        return;
    }
    let capability = "%01%00%00%02%00%04%00%00%00%00%00%00%00%00%00%00%00%00%00%00";
    let t = case(&format!(
        "f a m=755 x:security.capability={capability}; f b x:trusted.t=t x:user.u=u; f c u=5:5 x:security.capability={capability} x:trusted.SGI_ACL_FILE=x; d d"
    ));
    for options in PRESERVE {
        t.each(&[&format!("{options} a new"), &format!("{options} b new"), &format!("{options} a b c d")]);
    }
}

#[test]
fn access_control_lists() {
    let (mine, default) = (list_for(12), list_for(13));
    let t = case_on_disk(&format!(
        "f a x:system.posix_acl_access={mine}; f plain m=640; d d x:system.posix_acl_access={mine} x:system.posix_acl_default={default}; \
        d e x:system.posix_acl_default={default}; f other x:system.posix_acl_access={default}; d s x:system.posix_acl_default={mine}; f s/f m=754; d s/d m=711; d n"
    ));
    for umask in [0o022, 0o077] {
        let t = t.clone().umask(umask);
        for options in PRESERVE {
            t.each(&[
                &format!("{options} a new"),
                &format!("{options} a plain e"),
                &format!("{options} plain other"),
            ]);
            t.each(&[
                &format!("-r {options} d e"),
                &format!("-r {options} s new"),
                &format!("-r {options} s e"),
            ]);
        }
        t.each(&[
            "-p --parents s/f e",
            "--parents s/f e",
            "-p --parents s/f n",
            "-p a other",
            "-f plain e/x",
            "-rl s e",
        ]);
    }
}

/// To where there are no such attributes.
#[test]
fn attributes_that_can_not_be_kept() {
    if needs_root() {
        return;
    }
    let mine = list_for(12);
    let t = case(&format!(
        "f a x:user.one=1; f b x:system.posix_acl_access={mine}; f c m=751; d d x:user.d=1; f d/f x:user.f=2"
    ))
    .only_as_we_are();
    for options in PRESERVE {
        // /proc/self/comm is a file that takes anything.
        t.each(&[
            &format!("{options} a /proc/self/comm"),
            &format!("{options} b /proc/self/comm"),
            &format!("{options} c /proc/self/comm"),
        ]);
    }
}
