//! `-p`, `-a`, `-d`, `--preserve` and `--no-preserve`, applied from left to right.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use ringutils::cli::keyword::{Spelling, keyword};
use ringutils::cli::{Given, UsageFault, Values};

use crate::options::{Preserve, Xattrs};

/// An item of a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Item {
    Mode,
    Timestamps,
    Ownership,
    Links,
    Context,
    Xattr,
    All,
}

const ITEMS: &[(&str, Item)] = &[
    ("mode", Item::Mode),
    ("timestamps", Item::Timestamps),
    ("ownership", Item::Ownership),
    ("links", Item::Links),
    ("context", Item::Context),
    ("xattr", Item::Xattr),
    ("all", Item::All),
];

/// What is to be preserved, so far.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Preserved {
    mode: bool,
    ownership: bool,
    timestamps: bool,
    links: bool,
    xattrs: bool,
    /// Asked for by their name: a failure to copy them is one.
    xattrs_by_name: bool,
    context_by_name: bool,
    /// `--no-preserve=mode` was among the options.
    mode_refused: bool,
    /// `-a` was: silence about extended attributes, even if `--preserve=all` follows.
    archive: bool,
}

impl Preserved {
    /// What shells may offer for a list.
    pub fn values() -> Values {
        Values::list(ITEMS)
    }

    /// Applies one option, if it is one of these.
    pub fn take(&mut self, given: &Given) -> Result<(), UsageFault> {
        match (given.id.as_str(), given.value.as_deref()) {
            ("links_as_links", _) => self.links = true,
            ("preserve_usual", _) | ("preserve", None) => {
                (self.mode, self.ownership, self.timestamps) = (true, true, true);
            }
            ("archive", _) => {
                (self.mode, self.ownership, self.timestamps) = (true, true, true);
                (self.links, self.xattrs, self.archive) = (true, true, true);
            }
            ("preserve", Some(list)) => self.apply(list, true, "--preserve")?,
            ("no_preserve", Some(list)) => self.apply(list, false, "--no-preserve")?,
            _ => {}
        }
        Ok(())
    }

    fn apply(&mut self, list: &OsStr, keep: bool, context: &str) -> Result<(), UsageFault> {
        for item in list.as_bytes().split(|byte| *byte == b',') {
            let item = keyword(OsStr::from_bytes(item), ITEMS, Spelling::Abbreviable, context)?;
            match item {
                Item::Mode => self.set_mode(keep),
                Item::Timestamps => self.timestamps = keep,
                Item::Ownership => self.ownership = keep,
                Item::Links => self.links = keep,
                Item::Context => self.context_by_name = keep,
                Item::Xattr => (self.xattrs, self.xattrs_by_name) = (keep, keep),
                Item::All => {
                    self.set_mode(keep);
                    // What was asked for by name, and is asked for again, is still asked for by name.
                    (self.timestamps, self.ownership) = (keep, keep);
                    (self.links, self.xattrs) = (keep, keep);
                }
            }
        }
        Ok(())
    }

    fn set_mode(&mut self, keep: bool) {
        (self.mode, self.mode_refused) = (keep, !keep);
    }

    /// Whether `--preserve=context` has the last word.
    pub fn needs_context(&self) -> bool {
        self.context_by_name
    }

    pub fn result(&self) -> Preserve {
        Preserve {
            mode: self.mode,
            ownership: self.ownership,
            timestamps: self.timestamps,
            links: self.links,
            xattrs: match self {
                Self { xattrs: false, .. } => Xattrs::No,
                Self { xattrs_by_name: true, .. } => Xattrs::Required,
                Self { archive: true, .. } => Xattrs::Quietly,
                _ => Xattrs::Told,
            },
            ignore_mode: self.mode_refused && !self.mode,
        }
    }
}
