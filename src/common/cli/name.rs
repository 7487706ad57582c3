//! The name a command was called by decides what it is.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// What the world told this process, apart from its arguments: read once, in `main`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// `argv[0]` exactly as invoked, path included: what complaints about unknown options, the line that points to
    /// `--help`, and questions begin with. Other diagnostics have the last component.
    pub shown: OsString,
    /// Its last component. Characters that are not UTF-8 are replaced.
    pub base: String,
    /// `POSIXLY_CORRECT` is in the environment: the first operand ends the options.
    pub posixly_correct: bool,
    /// The environment variable `RINGUTILS`: a list as `--ring` takes it.
    pub ring_variable: Option<OsString>,
}

impl Invocation {
    /// An invocation by this `argv[0]`, with an empty environment. `tool` is the name to go by if there is none
    /// (a parent may start a program with no arguments at all).
    #[must_use]
    pub fn from_argv0(argv0: Option<OsString>, tool: &str) -> Self {
        let shown = argv0.unwrap_or_else(|| tool.into());
        let bytes = shown.as_bytes();
        let base = bytes.iter().rposition(|byte| *byte == b'/').map_or(bytes, |slash| &bytes[slash + 1..]);
        let base = String::from_utf8_lossy(base).into_owned();
        Self { shown, base, posixly_correct: false, ring_variable: None }
    }

    /// This process's invocation, and its arguments after `argv[0]`.
    #[must_use]
    pub fn from_env(tool: &str) -> (Self, Vec<OsString>) {
        let mut argv = env::args_os();
        let mut this = Self::from_argv0(argv.next(), tool);
        this.posixly_correct = env::var_os("POSIXLY_CORRECT").is_some();
        this.ring_variable = env::var_os("RINGUTILS");
        (this, argv.collect())
    }

    /// Whether it was called by this name, through a symbolic link or otherwise.
    #[must_use]
    pub fn is_called(&self, gnu_name: &str) -> bool {
        self.base == gnu_name
    }

    /// The bytes of `PROG`.
    #[must_use]
    pub fn prog(&self) -> &[u8] {
        self.shown.as_bytes()
    }

    /// The one of `names` it was called by.
    #[must_use]
    pub fn called<'a>(&self, names: &[&'a str]) -> Option<&'a str> {
        names.iter().copied().find(|name| self.is_called(name))
    }
}

impl AsRef<OsStr> for Invocation {
    fn as_ref(&self) -> &OsStr {
        &self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_names() {
        for (argv0, base) in
            [("cat", "cat"), ("/usr/bin/cat", "cat"), ("./ucat", "ucat"), ("", ""), ("bin/", "")]
        {
            let invocation = Invocation::from_argv0(Some(argv0.into()), "ucat");
            assert_eq!((invocation.shown.to_str(), invocation.base.as_str()), (Some(argv0), base));
        }
        assert_eq!(Invocation::from_argv0(None, "ucat").shown, "ucat");
        assert!(Invocation::from_argv0(Some("/x/cat".into()), "ucat").is_called("cat"));
        assert_eq!(
            Invocation::from_argv0(Some("/x/sha1sum".into()), "u").called(&["a", "sha1sum"]),
            Some("sha1sum")
        );
    }
}
