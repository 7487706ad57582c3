//! Whether the kernel has SELinux, whose contexts we cannot set.

/// What `statfs(2)` calls the file system through which SELinux is spoken to.
const SELINUX_MAGIC: u64 = 0xf97c_ff8c;
const READ_ONLY: u64 = 1;

/// Where it is mounted. Containers on such a kernel see it read-only, which stands for "not here".
const MOUNT: &str = "/sys/fs/selinux";

/// What GNU says to `--context=X` where there is no SELinux.
pub const IGNORED: &str = "warning: ignoring --context; it requires an SELinux-enabled kernel";
/// And to `--preserve=context`.
pub const CANNOT_PRESERVE: &str = "cannot preserve security context without an SELinux-enabled kernel";
/// What we say to all of them where there is: better to copy nothing than to drop a label that was asked for.
pub const UNSUPPORTED: &str =
    "-Z, --context and --preserve=context are not supported on an SELinux-enabled kernel";

/// Whether SELinux labels files here, judged as its library does: its file system is mounted, for writing.
pub fn is_enabled() -> bool {
    let Ok(here) = rustix::fs::statfs(MOUNT) else { return false };
    u64::try_from(here.f_type) == Ok(SELINUX_MAGIC)
        && u64::try_from(here.f_flags).unwrap_or(0) & READ_ONLY == 0
}
