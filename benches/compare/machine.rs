//! What the numbers were measured on.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::calendar;

/// Whether this process may drop the kernel's caches.
pub fn is_root() -> bool {
    // The owner of /proc/self is the effective user.
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Peak memory of this process so far, in KiB: what no child's peak is reported below. NaN if unknown.
pub fn own_peak_kib() -> f64 {
    let peak = field("/proc/self/status", "VmHWM:");
    peak.and_then(|peak| peak.trim_end_matches(" kB").parse().ok()).unwrap_or(f64::NAN)
}

/// Type of the file system that holds `folder`, such as `ext4`.
pub fn file_system(folder: &Path) -> String {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf());
    let mount = |line: &str| {
        // ID PARENT DEV ROOT MOUNT-POINT OPTIONS... - TYPE SOURCE OPTIONS
        let (left, right) = line.split_once(" - ")?;
        let point = left.split(' ').nth(4)?.replace("\\040", " ");
        let kind = right.split(' ').next()?.to_owned();
        folder.starts_with(&point).then_some((point.len(), kind))
    };
    // Of two mounts on the same point the later one is visible; max_by_key gives the last.
    let found = table.lines().filter_map(mount).max_by_key(|(length, _)| *length);
    found.map_or_else(|| "unknown".into(), |(_, kind)| kind)
}

/// Processor, memory and kernel.
pub fn describe() -> Value {
    json!({
        "cpu": field("/proc/cpuinfo", "model name"),
        "cores": thread::available_parallelism().map_or(1, usize::from),
        "memory": field("/proc/meminfo", "MemTotal:"),
        "kernel": fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim(),
    })
}

/// The day, as `2026-01-31`, in Greenwich.
pub fn today() -> String {
    let passed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let days = i64::try_from(passed.as_secs() / 86_400).unwrap_or_default();
    let (year, month, day) = calendar::date(days);
    format!("{year}-{month:02}-{day:02}")
}

/// What follows `name` on the first line of a file that starts with it.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(value.trim_start_matches([' ', '\t', ':']).trim().to_owned())
}
