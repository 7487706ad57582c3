//! Extended attributes: which there are, which are copied, and what is said of those that cannot be.

use std::ffi::{CStr, OsStr};
use std::io;
use std::os::unix::ffi::OsStrExt;

use ringutils::cli::{Fault, bytes, quote};
use rustix::io::Errno;

use crate::log::{Failed, Log};
use crate::options::{Preserve, Xattrs};
use crate::run::Run;
use crate::subject::Subject;
use crate::xattr_rules::{Action, action};

/// No attribute, and no list of names, is longer (`XATTR_SIZE_MAX`, `XATTR_LIST_MAX`).
const LONGEST: usize = 65536;

/// What the kernel put into a buffer, which is only allocated if it is long: most files have no attribute at all.
pub struct Answer {
    short: [u8; 512],
    long: Vec<u8>,
    length: usize,
}

impl Answer {
    pub fn bytes(&self) -> &[u8] {
        if self.long.is_empty() { &self.short[..self.length] } else { &self.long[..self.length] }
    }
}

fn ask(mut call: impl FnMut(&mut [u8]) -> rustix::io::Result<usize>) -> rustix::io::Result<Answer> {
    let mut answer = Answer { short: [0; 512], long: Vec::new(), length: 0 };
    answer.length = match call(&mut answer.short) {
        Err(Errno::RANGE) => {
            answer.long = vec![0; LONGEST];
            call(&mut answer.long)?
        }
        done => done?,
    };
    Ok(answer)
}

/// The value of an attribute.
pub fn value(of: &Subject, name: &CStr) -> rustix::io::Result<Answer> {
    ask(|buffer| of.xattr(name, buffer))
}

/// The names of a file's attributes, read once and used by two steps.
pub struct Names(Option<rustix::io::Result<Answer>>);

impl Names {
    /// Not needed, not read.
    pub const UNREAD: Self = Self(None);

    pub fn of(file: &Subject) -> Self {
        Self(Some(ask(|buffer| file.list_xattrs(buffer))))
    }

    /// Those of a source, if what is to be preserved makes it necessary to know them.
    pub fn if_needed(run: &Run, source: &Subject) -> Self {
        let Preserve { mode, xattrs, .. } = run.options.preserve;
        if mode || xattrs != Xattrs::No { Self::of(source) } else { Self::UNREAD }
    }

    /// What went wrong in reading them. A file system that has no attributes just has none.
    pub fn error(&self) -> Option<Errno> {
        match &self.0 {
            Some(Err(Errno::NOSYS | Errno::OPNOTSUPP)) => None,
            Some(Err(error)) => Some(*error),
            _ => None,
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &CStr> {
        let mut rest = match &self.0 {
            Some(Ok(answer)) => answer.bytes(),
            _ => &[],
        };
        std::iter::from_fn(move || {
            let name = CStr::from_bytes_until_nul(rest).ok()?;
            rest = &rest[name.to_bytes_with_nul().len()..];
            Some(name)
        })
        .filter(|name| !name.is_empty())
    }
}

/// Which step failed with which attribute.
pub enum Trouble<'a> {
    Listing,
    Getting(&'a CStr),
    Setting(&'a CStr),
    /// The destination's file system has no attributes, or none of this kind: said once for all.
    Unsupported,
}

/// Copies the attributes that `wanted` says, and tells `report` of each failure. The last one is the answer.
pub fn copy_some(
    names: &Names,
    from: &Subject,
    to: &Subject,
    wanted: impl Fn(&CStr) -> bool,
    mut report: impl FnMut(&Trouble, Errno),
) -> Result<(), Errno> {
    let mut result = Ok(());
    let mut fail = |trouble: &Trouble, error| {
        report(trouble, error);
        result = Err(error);
    };
    if let Some(error) = names.error() {
        fail(&Trouble::Listing, error);
    }
    let mut is_unsupported = false;
    for name in names.iter().filter(|name| wanted(name)) {
        let value = match value(from, name) {
            Ok(value) => value,
            Err(error) => {
                fail(&Trouble::Getting(name), error);
                continue;
            }
        };
        match to.set_xattr(name, value.bytes()) {
            Ok(()) => {}
            Err(Errno::OPNOTSUPP) => is_unsupported = true,
            Err(Errno::NOSYS) => {
                fail(&Trouble::Unsupported, Errno::NOSYS);
                break;
            }
            Err(error) => fail(&Trouble::Setting(name), error),
        }
    }
    if is_unsupported {
        fail(&Trouble::Unsupported, Errno::OPNOTSUPP);
    }
    result
}

/// The step of `-a`, `--preserve=xattr` and `--preserve=all`. `Failed` only where attributes are required.
pub fn copy(run: &Run, names: &Names, from: &Subject, to: &Subject, log: &mut Log) -> Result<(), Failed> {
    let required = run.options.preserve.xattrs == Xattrs::Required;
    let says_all = required || run.options.attributes_only;
    let says_some = says_all || run.options.preserve.xattrs == Xattrs::Told;
    let copied = copy_some(
        names,
        from,
        to,
        |name| action(name) == Action::Copy,
        |trouble, error| {
            if says_all || says_some && !matches!(error, Errno::OPNOTSUPP | Errno::NODATA) {
                let text = text(trouble, from, to);
                let fault = Fault::io(text, io::Error::from(error));
                if required {
                    log.fault(fault);
                } else {
                    log.warn(fault.render());
                }
            }
        },
    );
    if copied.is_err() && required { Err(log.fail_silently()) } else { Ok(()) }
}

/// In the messages that name an attribute, its name also stands where the file's should: GNU's cp quotes both into one
/// buffer, and the attribute comes last. All versions do, so this is what scripts and people know.
fn text(trouble: &Trouble, from: &Subject, to: &Subject) -> Vec<u8> {
    let quoted = |name: &CStr| quote::always(OsStr::from_bytes(name.to_bytes()));
    match trouble {
        Trouble::Listing => bytes!["listing attributes of ", quote::always(from.shown())],
        Trouble::Getting(name) => bytes!["getting attribute ", quoted(name), " of ", quoted(name)],
        Trouble::Setting(name) => bytes!["setting attribute ", quoted(name), " for ", quoted(name)],
        Trouble::Unsupported => bytes!["setting attributes for ", quote::always(to.shown())],
    }
}
