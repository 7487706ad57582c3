//! Files and folders that are unlike others.

use super::{Scene, in_a_thread, needs_root, skip, sys};

/// Files whose size says nothing, but whose contents stay the same. Not all of them are everywhere.
pub const SIZELESS: [&str; 16] = [
    "/proc/version",
    "/proc/filesystems",
    "/proc/devices",
    "/proc/cmdline",
    "/proc/crypto",
    "/proc/kallsyms",
    "/proc/config.gz",
    "/proc/iomem",
    "/proc/sys/kernel/ostype",
    "/proc/sys/fs/pipe-max-size",
    "/proc/1/comm",
    "/sys/kernel/notes",
    "/sys/kernel/btf/vmlinux",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/possible",
];

/// Runs `test` in a thread that alone sees a tmpfs of `room` bytes at `small` in its scene.
pub fn on_a_small_disk(room: usize, test: impl FnOnce(&Scene) + Send + 'static) {
    if needs_root() {
        return;
    }
    // Made, and removed, out here: in there, the mount would be in the way.
    let scene = Scene::new();
    let t = scene.clone();
    in_a_thread(move || {
        t.folder("small");
        match sys::mount_tmpfs(&t.path("small"), room) {
            Ok(()) => test(&t),
            Err(e) => skip(&format!("may not mount: {e}")),
        }
    });
}
