//! How finely a file system keeps times.

use ringutils::sys::Time;
use rustix::fs::{OFlags, fstatfs};

use crate::names::parent;
use crate::place::{Place, open_folder};

/// `MSDOS_SUPER_MAGIC` and its kin: two seconds.
const FAT: [i64; 2] = [0x4d44, 0x2011_bab0];
/// `HFS_SUPER_MAGIC`, `HFSPLUS_SUPER_MAGIC`, `MINIX` (five variants), `ISOFS`, `CRAMFS`: one second.
const SECONDS: [i64; 9] = [0x4244, 0x482b, 0x137f, 0x138f, 0x2468, 0x2478, 0x4d5a, 0x9660, 0x28cd_3d45];

/// The time that `time` becomes on the file system that `place` is on.
pub fn as_kept_at(place: &Place, time: Time) -> Time {
    let kind = open_folder(place.folder(), &*parent(place), OFlags::PATH)
        .and_then(|folder| Ok(fstatfs(folder)?))
        .map_or(0, |answer| answer.f_type);
    if FAT.contains(&kind) {
        Time { seconds: time.seconds.div_euclid(2) * 2, nanoseconds: 0 }
    } else if SECONDS.contains(&kind) {
        Time { nanoseconds: 0, ..time }
    } else {
        time
    }
}
