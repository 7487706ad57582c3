//! What a command left behind, and what a test says about it. A failure shows the command and both sides.

use std::fmt::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use serde_json::Value;

/// A command that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// As one would type it.
    pub command: String,
    pub status: ExitStatus,
    /// What was captured: empty when it was redirected.
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ended {
    #[track_caller]
    pub fn stdout_is(self, expected: impl AsRef<[u8]>) -> Self {
        if let Some(difference) = difference(&self.stdout, expected.as_ref()) {
            panic!("{}stdout: {difference}", self.headline());
        }
        self
    }

    #[track_caller]
    pub fn stderr_is(self, expected: impl AsRef<[u8]>) -> Self {
        if let Some(difference) = difference(&self.stderr, expected.as_ref()) {
            panic!("{}stderr: {difference}", self.headline());
        }
        self
    }

    #[track_caller]
    pub fn stderr_has(self, text: &str) -> Self {
        let found = String::from_utf8_lossy(&self.stderr).contains(text);
        assert!(found, "{}stderr lacks: {text}", self.headline());
        self
    }

    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        assert!(self.status.code() == Some(expected), "{}expected: exit status {expected}", self.headline());
        self
    }

    #[track_caller]
    pub fn killed_by(self, signal: i32) -> Self {
        assert!(self.status.signal() == Some(signal), "{}expected: signal {signal}", self.headline());
        self
    }

    /// What `--ring-stats=json` has said.
    #[track_caller]
    pub fn stats(&self) -> Value {
        let text = String::from_utf8_lossy(&self.stderr);
        // A trace may go on behind it, as the ring is taken down.
        let line = text.lines().find(|line| line.starts_with('{')).unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|e| panic!("{}{e} in {text}", self.headline()))
    }

    /// Success, and not a word on stderr.
    #[track_caller]
    pub fn fine(self) -> Self {
        self.stderr_is("").code(0)
    }

    /// How this ended differently from `other`, told with both sides.
    pub fn difference_from(&self, other: &Ended) -> Option<String> {
        let mut report = String::new();
        for (name, got, expected) in
            [("stdout", &self.stdout, &other.stdout), ("stderr", &self.stderr, &other.stderr)]
        {
            if let Some(difference) = difference(got, expected) {
                let _ = writeln!(report, "{name}: {difference}");
            }
        }
        if self.status != other.status {
            let _ = writeln!(report, "status: got {}, expected {}", self.status, other.status);
        }
        if report.is_empty() {
            return None;
        }
        Some(format!("{}differs from\n  $ {}\n{report}", self.headline(), other.command))
    }

    fn headline(&self) -> String {
        format!("\n  $ {}\n  {}; stderr: {}\n", self.command, self.status, excerpt(&self.stderr, 0))
    }
}

/// Where and how two byte strings differ; none when they are equal.
pub fn difference(got: &[u8], expected: &[u8]) -> Option<String> {
    if got == expected {
        return None;
    }
    let at = got.iter().zip(expected).take_while(|(a, b)| a == b).count();
    Some(format!(
        "differs at byte {at}\n  expected {:>8} bytes: {}\n  got      {:>8} bytes: {}",
        expected.len(),
        excerpt(expected, at),
        got.len(),
        excerpt(got, at),
    ))
}

/// Some bytes around `at`, printable.
fn excerpt(bytes: &[u8], at: usize) -> String {
    const BEFORE: usize = 30;
    const SHOWN: usize = 160;
    let from = at.saturating_sub(BEFORE).min(bytes.len());
    let to = (from + SHOWN).min(bytes.len());
    let (start, end) = (if from > 0 { "…" } else { "" }, if to < bytes.len() { "…" } else { "" });
    format!("{start}\"{}\"{end}", bytes[from..to].escape_ascii())
}
