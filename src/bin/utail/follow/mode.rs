//! Whether the kernel can tell of changes, or the files have to be asked.

use ringutils::sys::{self, Kind};

use crate::entry::Entry;
use crate::options::{By, Follow};

/// Why files are polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// `---disable-inotify`
    Asked,
    /// Standard input has no name to watch.
    Stdin,
    /// inotify does not tell what other machines do, nor what happens below an overlay.
    Remote,
    /// Nothing was there to be opened.
    NothingOpen,
    /// A watch on a link is one on what it led to once.
    Link,
    /// A device.
    Kind,
    /// It may come, and there is no watch on what is not there.
    Failed,
    /// It was tried.
    Unusable,
}

impl Why {
    pub fn text(self) -> &'static str {
        match self {
            Self::Asked => "that was asked for",
            Self::Stdin => "it is standard input",
            Self::Remote => "it is on a remote or unknown file system",
            Self::NothingOpen => "no file could be opened",
            Self::Link => "it is a symbolic link",
            Self::Kind => "it is neither a regular file nor a FIFO",
            Self::Failed => "it could not be opened",
            Self::Unusable => "inotify cannot be used",
        }
    }
}

/// What matters about one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Facts {
    /// What was opened, if anything was.
    kind: Option<Kind>,
    source: Source,
    remote: bool,
    failed: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Source {
    #[default]
    Name,
    Link,
    Stdin,
}

impl Facts {
    fn of(entry: &Entry) -> Self {
        let source = match entry.is_stdin() {
            true if entry.ignored => Source::Name,
            true => Source::Stdin,
            false if is_link(entry) => Source::Link,
            false => Source::Name,
        };
        let kind = entry.file.as_ref().map(|file| file.stat.kind);
        Self { kind, source, remote: entry.following.remote, failed: entry.trouble.is_some() }
    }
}

fn is_link(entry: &Entry) -> bool {
    let stat = sys::c_path(&entry.name).and_then(|name| sys::stat_at(rustix::fs::CWD, &name, false));
    stat.is_ok_and(|stat| stat.kind == Kind::Link)
}

/// `None`: by notification. Otherwise why not, and on whose account.
pub fn decide(follow: &Follow, entries: &[Entry], all_known: bool) -> Option<(Why, Option<usize>)> {
    if follow.only_polling {
        return Some((Why::Asked, None));
    }
    let facts: Vec<Facts> = entries.iter().map(Facts::of).collect();
    judge(follow.by, &facts, all_known)
}

/// `all_known`: no further files are to appear.
fn judge(by: By, facts: &[Facts], all_known: bool) -> Option<(Why, Option<usize>)> {
    let first = |test: &dyn Fn(&Facts) -> bool| facts.iter().position(test);
    let open = |fact: &Facts| fact.kind.is_some();
    let culprit = |why, test: &dyn Fn(&Facts) -> bool| first(test).map(|place| (why, Some(place)));
    if let found @ Some(_) = culprit(Why::Stdin, &|fact| fact.source == Source::Stdin) {
        return found;
    }
    if let found @ Some(_) = culprit(Why::Remote, &|fact| open(fact) && fact.remote) {
        return found;
    }
    if all_known && !facts.iter().any(open) {
        return Some((Why::NothingOpen, None));
    }
    let watchable = |kind| matches!(kind, None | Some(Kind::Regular | Kind::Pipe));
    culprit(Why::Link, &|fact| fact.source == Source::Link)
        .or_else(|| culprit(Why::Kind, &|fact| !watchable(fact.kind)))
        .or_else(|| culprit(Why::Failed, &|fact| by == By::Descriptor && fact.failed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REGULAR: Facts =
        Facts { kind: Some(Kind::Regular), source: Source::Name, remote: false, failed: false };
    const MISSING: Facts = Facts { kind: None, source: Source::Name, remote: false, failed: true };

    fn both(facts: &[Facts]) -> [Option<(Why, Option<usize>)>; 2] {
        [judge(By::Name, facts, true), judge(By::Descriptor, facts, true)]
    }

    #[test]
    fn notification_is_for_regular_files_and_fifos() {
        let fifo = Facts { kind: Some(Kind::Pipe), ..REGULAR };
        assert_eq!(both(&[REGULAR]), [None, None]);
        assert_eq!(both(&[REGULAR, fifo]), [None, None]);
        let device = Facts { kind: Some(Kind::Character), ..REGULAR };
        assert_eq!(both(&[REGULAR, device]), [Some((Why::Kind, Some(1))); 2]);
    }

    #[test]
    fn a_missing_file_may_come_if_it_is_followed_by_name() {
        assert_eq!(both(&[REGULAR, MISSING]), [None, Some((Why::Failed, Some(1)))]);
        assert_eq!(both(&[MISSING]), [Some((Why::NothingOpen, None)); 2]);
        assert_eq!(judge(By::Name, &[], false), None, "a folder can be watched for files to come");
    }

    #[test]
    fn one_file_decides_for_all() {
        let stdin = Facts { source: Source::Stdin, ..REGULAR };
        let remote = Facts { remote: true, ..REGULAR };
        let link = Facts { source: Source::Link, ..MISSING };
        assert_eq!(both(&[REGULAR, stdin]), [Some((Why::Stdin, Some(1))); 2]);
        assert_eq!(both(&[remote, REGULAR]), [Some((Why::Remote, Some(0))); 2]);
        assert_eq!(both(&[REGULAR, link]), [Some((Why::Link, Some(1))); 2]);
    }
}
