//! File systems where inotify misses changes: those that other machines write to, and those in layers.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;

use ringutils::sys::Stat;

use crate::entry::Handle;

/// Which devices are remote, as far as they were asked: one question for each, not for each file.
#[derive(Debug, Default)]
pub struct Devices {
    known: HashMap<u64, bool>,
}

impl Devices {
    /// # Errors
    /// `fstatfs(2)`'s.
    pub fn is_remote(&mut self, handle: &Handle, name: &OsStr, stat: &Stat) -> io::Result<bool> {
        let device = stat.identity.0;
        if let Some(remote) = self.known.get(&device) {
            return Ok(*remote);
        }
        let answer = match handle.fd() {
            Some(fd) => rustix::fs::fstatfs(fd),
            None => rustix::fs::statfs(name),
        };
        let remote = match answer {
            Ok(answer) => !is_local(answer.f_type.cast_unsigned()),
            Err(rustix::io::Errno::NOSYS) => false,
            Err(error) => return Err(error.into()),
        };
        self.known.insert(device, remote);
        Ok(remote)
    }
}

/// Whether a file system of this type (`f_type`, `statfs(2)`) tells of all changes. A type that nobody has heard of is
/// taken for a remote one.
fn is_local(kind: u64) -> bool {
    LOCAL.binary_search_by_key(&(kind & 0xffff_ffff), |(known, _)| *known).is_ok()
}

/// In the order of the numbers, which `linux/magic.h` and the sources of the file systems have.
#[rustfmt::skip]
const LOCAL: &[(u64, &str)] = &[
    (0x0000_002f, "qnx4"),
    (0x0000_0033, "z3fold"),
    (0x0000_0187, "autofs"),
    (0x0000_07c0, "jffs"),
    (0x0000_1373, "devfs"),
    (0x0000_137d, "ext"),
    (0x0000_137f, "minix"),
    (0x0000_138f, "minix, long names"),
    (0x0000_1cd1, "devpts"),
    (0x0000_2468, "minix v2"),
    (0x0000_2478, "minix v2, long names"),
    (0x0000_3434, "nilfs"),
    (0x0000_4000, "isofs, Windows"),
    (0x0000_4004, "isofs, Rock Ridge"),
    (0x0000_4006, "fat"),
    (0x0000_4244, "hfs"),
    (0x0000_482b, "hfs+"),
    (0x0000_4858, "hfsx"),
    (0x0000_4d44, "msdos"),
    (0x0000_4d5a, "minix v3"),
    (0x0000_5df5, "exofs"),
    (0x0000_7275, "romfs"),
    (0x0000_72b6, "jffs2"),
    (0x0000_9660, "isofs"),
    (0x0000_9fa0, "proc"),
    (0x0000_9fa1, "openprom"),
    (0x0000_9fa2, "usbdevfs"),
    (0x0000_adf5, "adfs"),
    (0x0000_adff, "affs"),
    (0x0000_ef51, "ext2, old"),
    (0x0000_ef53, "ext2, ext3, ext4"),
    (0x0000_f15f, "ecryptfs"),
    (0x0001_1954, "ufs"),
    (0x0027_e0eb, "cgroup"),
    (0x0041_4a53, "efs"),
    (0x00c0_ffee, "hostfs"),
    (0x0102_1994, "tmpfs"),
    (0x0102_1997, "9p"),
    (0x012f_d16d, "xia"),
    (0x012f_f7b4, "xenix"),
    (0x012f_f7b5, "system v 4"),
    (0x012f_f7b6, "system v 2"),
    (0x012f_f7b7, "coherent"),
    (0x0765_5821, "resctrl"),
    (0x0904_1934, "anon_inodefs"),
    (0x0bad_1dea, "futexfs"),
    (0x1130_7854, "mtd inodefs"),
    (0x1366_1366, "balloon-kvm"),
    (0x1501_3346, "udf"),
    (0x1980_0202, "mqueue"),
    (0x1bad_face, "bfs"),
    (0x2011_bab0, "exfat"),
    (0x2405_1905, "ubifs"),
    (0x28cd_3d45, "cramfs"),
    (0x2bad_1dea, "inotifyfs"),
    (0x2fc1_2fc1, "zfs"),
    (0x3153_464a, "jfs"),
    (0x4246_5331, "befs"),
    (0x4249_4e4d, "binfmt_misc"),
    (0x4341_5d53, "smackfs"),
    (0x444d_4142, "dma-buf"),
    (0x453d_cd28, "cramfs, other endian"),
    (0x454d_444d, "devmem"),
    (0x4558_4653, "exfs"),
    (0x5049_4446, "pidfs"),
    (0x5265_4973, "reiserfs"),
    (0x5345_434d, "secretmem"),
    (0x5346_314d, "m1fs"),
    (0x5346_4846, "wslfs"),
    (0x5346_544e, "ntfs"),
    (0x534f_434b, "sockfs"),
    (0x5419_0100, "ufs, other endian"),
    (0x565a_4653, "vzfs"),
    (0x5829_5829, "zsmalloc"),
    (0x5846_5342, "xfs"),
    (0x5a3c_69f0, "aafs"),
    (0x5a4f_4653, "zonefs"),
    (0x5dca_2df5, "sdcardfs"),
    (0x6165_676c, "pstore"),
    (0x6264_6576, "bdevfs"),
    (0x6265_6570, "configfs"),
    (0x6265_6572, "sysfs"),
    (0x6367_7270, "cgroup2"),
    (0x6462_6720, "debugfs"),
    (0x6464_6178, "daxfs"),
    (0x6759_6969, "rpc_pipefs"),
    (0x6819_1122, "qnx6"),
    (0x6c6f_6f70, "binderfs"),
    (0x6e73_6673, "nsfs"),
    (0x7363_6673, "securityfs"),
    (0x7371_7368, "squashfs"),
    (0x7372_7279, "btrfs, test"),
    (0x7472_6163, "tracefs"),
    (0x8584_58f6, "ramfs"),
    (0x9123_683e, "btrfs"),
    (0x9584_58f6, "hugetlbfs"),
    (0xabba_1974, "xenfs"),
    (0xc757_1590, "ppc-cmm"),
    (0xc97e_8168, "logfs"),
    (0xca45_1a4e, "bcachefs"),
    (0xcafe_4a11, "bpf"),
    (0xde5e_81e4, "efivarfs"),
    (0xe0f5_e1e2, "erofs"),
    (0xf2f5_2010, "f2fs"),
    (0xf97c_ff8c, "selinux"),
    (0xf995_e849, "hpfs"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order() {
        assert!(LOCAL.is_sorted_by(|(a, _), (b, _)| a < b));
    }

    #[test]
    fn what_is_local() {
        let (ext4, tmpfs, ramfs, proc, btrfs) = (0xef53, 0x0102_1994, 0x8584_58f6, 0x9fa0, 0x9123_683e);
        for kind in [ext4, tmpfs, ramfs, proc, btrfs, 0xffff_ffff_9123_683e] {
            assert!(is_local(kind), "{kind:#x}: a 32-bit machine extends its sign");
        }
        let (nfs, cifs, smb2, fuse, overlay) = (0x6969, 0xff53_4d42, 0xfe53_4d42, 0x6573_5546, 0x794c_7630);
        let (ceph, pipefs, unheard_of) = (0x00c3_6400, 0x5049_5045, 0x0123_4567);
        for kind in [nfs, cifs, smb2, fuse, overlay, ceph, pipefs, unheard_of, 0] {
            assert!(!is_local(kind), "{kind:#x}");
        }
    }
}
