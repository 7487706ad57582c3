//! `--parents`: the directories on the way to a source are made under the target, and get their attributes last.

use ringutils::cli::{Fault, bytes};
use ringutils::sys::{Kind, Stat};
use rustix::fs::{Mode, mkdirat};

use crate::attributes;
use crate::created::CreatedParent;
use crate::hands::Hands;
use crate::log::{Failed, Log};
use crate::names::{stat, without_trailing_slashes};
use crate::place::Place;
use crate::run::{Run, quoted};

/// A directory on the way.
pub struct Parent {
    from: Place,
    stat: Stat,
    to: Place,
    created: CreatedParent,
}

/// Makes what is missing of the directories that lead to `source`, under the target directory: `place` gives the place
/// of a path in it. Puts those whose attributes are to be set into `parents`, the outermost first, and into `is_new`
/// whether the last one is new; leaves that alone if there is none.
///
/// # Errors
/// In the log; what was made stays, and `parents` has it. `is_new` is true if the directory that is missing could not be
/// made, too, as in GNU's cp.
pub fn make(
    run: &Run,
    source: &[u8],
    place: &dyn Fn(&[u8]) -> Place,
    parents: &mut Vec<Parent>,
    is_new: &mut bool,
    log: &mut Log,
) -> Result<(), Failed> {
    let path = without_trailing_slashes(source);
    let Some(last) = path.iter().rposition(|byte| *byte == b'/') else { return Ok(()) };
    let ways = (1..=last).filter(|at| path[*at] == b'/' && path[at - 1] != b'/');
    let whole = without_trailing_slashes(&path[..last]);
    if whole.iter().all(|byte| *byte == b'/') {
        return Ok(());
    }
    if let Ok(found) = stat(&place(whole), true) {
        if found.kind != Kind::Directory {
            return Err(not_a_directory(&place(whole), log));
        }
        *is_new = false;
        return Ok(());
    }
    for end in ways {
        one(run, &path[..end], place, parents, is_new, log)?;
    }
    Ok(())
}

fn one(
    run: &Run,
    path: &[u8],
    place: &dyn Fn(&[u8]) -> Place,
    parents: &mut Vec<Parent>,
    is_new: &mut bool,
    log: &mut Log,
) -> Result<(), Failed> {
    let preserve = &run.options.preserve;
    let (from, to) = (Place::of_path(path), place(path));
    let existing = stat(&to, true).ok();
    let wanted = preserve.mode || preserve.ownership || preserve.timestamps;
    if let Some(found) = &existing
        && !wanted
    {
        if found.kind != Kind::Directory {
            return Err(not_a_directory(&to, log));
        }
        *is_new = false;
        return Ok(());
    }
    let is_folder = |found: Stat| {
        let not = || std::io::Error::from_raw_os_error(libc::ENOTDIR);
        if found.kind == Kind::Directory { Ok(found) } else { Err(not()) }
    };
    let source = stat(&from, true)
        .and_then(is_folder)
        .map_err(|error| log.fault(Fault::naming("failed to get attributes of ", from.shown(), "", error)))?;
    if let Some(found) = existing {
        if found.kind != Kind::Directory {
            return Err(not_a_directory(&to, log));
        }
        parents.push(Parent { from, stat: source, to, created: CreatedParent::EXISTING });
        *is_new = false;
        return Ok(());
    }
    *is_new = true;
    let (mode, mut created) = CreatedParent::directory(run, &source);
    mkdirat(to.folder(), to.name(), Mode::from_raw_mode(mode))
        .map_err(|error| log.fault(Fault::naming("cannot make directory ", to.shown(), "", error.into())))?;
    if run.options.verbose {
        log.out(bytes![from.shown_bytes(), " -> ", to.shown_bytes()]);
    }
    let found = created.made(run, &to, log);
    parents.push(Parent { from, stat: source, to, created });
    found.map(drop)
}

fn not_a_directory(place: &Place, log: &mut Log) -> Failed {
    log.fault(Fault::new(bytes![quoted(place.shown()), " exists but is not a directory"]))
}

/// Sets the attributes, the innermost first.
pub fn finish(run: &Run, hands: &Hands, parents: &[Parent], log: &mut Log) {
    for Parent { from, stat, to, created } in parents.iter().rev() {
        if run.options.beyond.fsync {
            hands.sync_folder(to, log);
        }
        // What failed is in the log.
        if attributes::preserve_parent(run, from, stat, to, *created, log).is_err() {
            return;
        }
    }
}
