//! Counters behind `--ring-stats`. They exist only when asked for.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use super::config::StatsFormat;
use super::op::Batch;

/// The opcodes' names, in the order of the kernel's `enum io_uring_op`.
pub(super) const NAMES: [&str; 63] = [
    "NOP",
    "READV",
    "WRITEV",
    "FSYNC",
    "READ_FIXED",
    "WRITE_FIXED",
    "POLL_ADD",
    "POLL_REMOVE",
    "SYNC_FILE_RANGE",
    "SENDMSG",
    "RECVMSG",
    "TIMEOUT",
    "TIMEOUT_REMOVE",
    "ACCEPT",
    "ASYNC_CANCEL",
    "LINK_TIMEOUT",
    "CONNECT",
    "FALLOCATE",
    "OPENAT",
    "CLOSE",
    "FILES_UPDATE",
    "STATX",
    "READ",
    "WRITE",
    "FADVISE",
    "MADVISE",
    "SEND",
    "RECV",
    "OPENAT2",
    "EPOLL_CTL",
    "SPLICE",
    "PROVIDE_BUFFERS",
    "REMOVE_BUFFERS",
    "TEE",
    "SHUTDOWN",
    "RENAMEAT",
    "UNLINKAT",
    "MKDIRAT",
    "SYMLINKAT",
    "LINKAT",
    "MSG_RING",
    "FSETXATTR",
    "SETXATTR",
    "FGETXATTR",
    "GETXATTR",
    "SOCKET",
    "URING_CMD",
    "SEND_ZC",
    "SENDMSG_ZC",
    "READ_MULTISHOT",
    "WAITID",
    "FUTEX_WAIT",
    "FUTEX_WAKE",
    "FUTEX_WAITV",
    "FIXED_FD_INSTALL",
    "FTRUNCATE",
    "BIND",
    "LISTEN",
    "RECV_ZC",
    "EPOLL_WAIT",
    "READV_FIXED",
    "WRITEV_FIXED",
    "PIPE",
];

/// The name of an opcode.
pub(super) fn name(opcode: u32) -> &'static str {
    NAMES.get(opcode as usize).copied().unwrap_or("UNKNOWN")
}

/// What one kind of operation did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were started.
    pub count: u64,
    /// How many moved fewer bytes than asked for (the last read of a file does).
    pub short: u64,
    /// How many failed.
    pub failed: u64,
    /// Bytes moved.
    pub bytes: u64,
}

/// All counters of one ring, and the plain calls that the tool made beside it.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// `uring`, `threads`, or `none` if no ring was needed.
    pub engine: &'static str,
    /// Why it is not io_uring.
    pub fallback: Option<String>,
    /// By opcode, or by the name of a plain system call (in lower case).
    pub operations: BTreeMap<&'static str, Tally>,
    /// Calls of `io_uring_enter`: one a turn.
    pub enters: u64,
    /// SQEs submitted by them.
    pub submitted: u64,
    /// Completions that were there when the submission returned.
    pub inline: u64,
    /// Completions in all. Those that were not inline came later: from a worker, an interrupt, a readiness.
    pub completions: u64,
    /// The most operations in flight at any time.
    pub high_water: usize,
    /// Sum of "in flight" over all starts, for the average.
    in_flight_sum: u64,
    starts: u64,
    /// Operations started again after `EINTR`.
    pub interrupted: u64,
    /// Operations done by plain calls because the kernel had no worker for them.
    pub retried: u64,
    /// Operations done by plain calls because the kernel lacks the opcode.
    pub unsupported: u64,
    /// Failed registrations of buffers.
    pub unregistered: u64,
    /// Multishot operations armed again.
    pub rearmed: u64,
    /// Steps under way: what they are and what they were to move.
    open: HashMap<(u32, usize), (&'static str, Option<usize>)>,
}

impl Stats {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(engine: &'static str) -> Self {
        Self { engine, ..Self::default() }
    }

    /// Adds the counters of another thread, if there are any, to those so far, if there are any.
    pub fn add(all: &mut Option<Self>, more: Option<Self>) {
        match (all.as_mut(), more) {
            (Some(all), Some(more)) => all.merge(&more),
            (None, more) => *all = more,
            (Some(_), None) => {}
        }
    }

    /// Adds the counters of another thread's ring.
    pub fn merge(&mut self, other: &Self) {
        if self.engine == "none" {
            self.engine = other.engine;
        }
        self.fallback = self.fallback.take().or_else(|| other.fallback.clone());
        for (name, tally) in &other.operations {
            let sum = self.operations.entry(name).or_default();
            sum.count += tally.count;
            sum.short += tally.short;
            sum.failed += tally.failed;
            sum.bytes += tally.bytes;
        }
        self.enters += other.enters;
        self.submitted += other.submitted;
        self.inline += other.inline;
        self.completions += other.completions;
        self.high_water = self.high_water.max(other.high_water);
        self.in_flight_sum += other.in_flight_sum;
        self.starts += other.starts;
        self.interrupted += other.interrupted;
        self.retried += other.retried;
        self.unsupported += other.unsupported;
        self.unregistered += other.unregistered;
        self.rearmed += other.rearmed;
    }

    pub(super) fn started(&mut self, index: u32, batch: &Batch<'_>, wanted: impl Fn(usize) -> Option<usize>) {
        for (step, entry) in batch.entries().iter().enumerate() {
            let name = name(entry.get_opcode());
            self.operations.entry(name).or_default().count += 1;
            self.open.insert((index, step), (name, wanted(step)));
        }
    }

    pub(super) fn in_flight(&mut self, now: usize) {
        self.high_water = self.high_water.max(now);
        self.in_flight_sum += now as u64;
        self.starts += 1;
    }

    pub(super) fn entered(&mut self, submitted: usize, inline: usize) {
        self.enters += 1;
        self.submitted += submitted as u64;
        self.inline += inline as u64;
    }

    /// A completion.
    pub(super) fn completed(&mut self, index: u32, step: usize, result: i32) {
        self.completions += 1;
        let Some((name, wanted)) = self.open.get(&(index, step)).copied() else { return };
        let tally = self.operations.entry(name).or_default();
        match (usize::try_from(result), wanted) {
            (Err(_), _) => tally.failed += 1,
            (Ok(bytes), Some(wanted)) => {
                tally.bytes += bytes as u64;
                tally.short += u64::from(bytes < wanted);
            }
            (Ok(_), None) => {}
        }
    }

    /// Counts a plain system call that the tool made itself.
    pub fn plain(&mut self, call: &'static str, bytes: u64) {
        self.plain_calls(call, 1, bytes);
    }

    /// Counts several of them, which moved `bytes` together.
    pub fn plain_calls(&mut self, call: &'static str, count: u64, bytes: u64) {
        let tally = self.operations.entry(call).or_default();
        tally.count += count;
        tally.bytes += bytes;
    }

    /// Completions that were not there when their submission returned.
    #[must_use]
    pub fn later(&self) -> u64 {
        self.completions.saturating_sub(self.inline)
    }

    /// SQEs a kernel call submitted, on average.
    #[must_use]
    pub fn per_enter(&self) -> f64 {
        ratio(self.submitted, self.enters)
    }

    /// Operations in flight, on average over all starts.
    #[must_use]
    pub fn average_in_flight(&self) -> f64 {
        ratio(self.in_flight_sum, self.starts)
    }

    fn bytes(&self) -> u64 {
        self.operations.values().map(|tally| tally.bytes).sum()
    }

    fn counters(&self) -> [(&'static str, u64); 11] {
        [
            ("enters", self.enters),
            ("submitted", self.submitted),
            ("inline", self.inline),
            ("later", self.later()),
            ("high_water", self.high_water as u64),
            ("interrupted", self.interrupted),
            ("retried", self.retried),
            ("unsupported", self.unsupported),
            ("unregistered", self.unregistered),
            ("rearmed", self.rearmed),
            ("bytes", self.bytes()),
        ]
    }

    /// The counters as `--ring-stats` prints them.
    #[must_use]
    pub fn render(&self, format: StatsFormat) -> String {
        match format {
            StatsFormat::Text => self.text(),
            StatsFormat::Json => self.json(),
        }
    }

    /// One line of JSON.
    #[must_use]
    fn json(&self) -> String {
        let mut out = format!("{{\"engine\":{},\"fallback\":", quoted(self.engine));
        out += &self.fallback.as_deref().map_or_else(|| "null".to_owned(), quoted);
        for (name, value) in self.counters() {
            let _ = write!(out, ",\"{name}\":{value}");
        }
        let _ = write!(
            out,
            ",\"sqes_per_enter\":{:.2},\"average_in_flight\":{:.2},\"operations\":{{",
            self.per_enter(),
            self.average_in_flight()
        );
        for (i, (name, tally)) in self.operations.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(out, "{comma}{}:{}", quoted(name), tally.count);
        }
        out += "},\"details\":{";
        for (i, (name, tally)) in self.operations.iter().enumerate() {
            let comma = if i > 0 { "," } else { "" };
            let Tally { count, short, failed, bytes } = tally;
            let _ = write!(
                out,
                "{comma}{}:{{\"count\":{count},\"short\":{short},\"failed\":{failed},\"bytes\":{bytes}}}",
                quoted(name)
            );
        }
        out += "}}\n";
        out
    }

    /// A table for people.
    #[must_use]
    fn text(&self) -> String {
        let mut out = format!("engine        {}", self.engine);
        if let Some(reason) = &self.fallback {
            let _ = write!(out, " (io_uring: {reason})");
        }
        let _ = write!(
            out,
            "\nenters        {} ({:.1} SQEs each)\ncompletions   {} inline, {} later\nin flight     {} at most, {:.1} on average\n",
            self.enters,
            self.per_enter(),
            self.inline,
            self.later(),
            self.high_water,
            self.average_in_flight()
        );
        let _ = writeln!(
            out,
            "fallbacks     {} restarted, {} by a plain call, {} unknown to the kernel, {} not registered",
            self.interrupted, self.retried, self.unsupported, self.unregistered
        );
        let _ =
            writeln!(out, "{:<16}{:>10}{:>10}{:>10}{:>18}", "operation", "count", "short", "failed", "bytes");
        for (name, tally) in &self.operations {
            let Tally { count, short, failed, bytes } = tally;
            let _ = writeln!(out, "{name:<16}{count:>10}{short:>10}{failed:>10}{bytes:>18}");
        }
        out
    }
}

#[allow(clippy::cast_precision_loss, reason = "an average for people")]
fn ratio(a: u64, b: u64) -> f64 {
    if b == 0 { 0.0 } else { a as f64 / b as f64 }
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_json() {
        let mut stats = Stats { engine: "threads", fallback: Some("a \"b\"\n".into()), ..Stats::default() };
        stats.plain("splice", 10);
        let value: serde_json::Value = serde_json::from_str(&stats.json()).expect("valid JSON");
        assert_eq!(value["fallback"], "a \"b\"\n");
        assert_eq!(value["operations"]["splice"], 1);
        assert_eq!(value["details"]["splice"]["bytes"], 10);
        assert_eq!(value["bytes"], 10);
    }

    #[test]
    fn names_stand_where_the_kernel_has_them() {
        use io_uring::opcode;
        assert_eq!(name(u32::from(opcode::Read::CODE)), "READ");
        assert_eq!(name(u32::from(opcode::Splice::CODE)), "SPLICE");
        assert_eq!(name(u32::from(opcode::Pipe::CODE)), "PIPE");
        assert_eq!(name(200), "UNKNOWN");
    }
}
