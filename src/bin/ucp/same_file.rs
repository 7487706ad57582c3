//! When a source and an existing destination may be the same file.

use ringutils::sys::{Kind, Stat};

use crate::names::{same_entry, stat};
use crate::options::{Follow, Make, Options};
use crate::place::Place;

/// What follows from looking at both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is lost by copying.
    Fine,
    /// There is nothing to do, and that is no failure.
    Nothing,
    /// "are the same file".
    Same,
}

/// `from` and `to` are what was found at the two places, links followed or not as the copy will.
pub fn judge(
    options: &Options,
    follow: Follow,
    (source, from): (&Place, &Stat),
    (destination, to): (&Place, &Stat),
) -> Verdict {
    let same = from.identity == to.identity;
    if same && options.make == Make::HardLinks {
        return Verdict::Nothing;
    }
    let same_name = || same_entry(&Place::of_path(source.shown_bytes()), destination);
    let (from, to) = if follow == Follow::Never {
        if from.kind == Kind::Link && to.kind == Kind::Link {
            return match (same_name(), options.backup.is_some(), same) {
                (true, ..) => Verdict::Same,
                (false, false, true) => Verdict::Nothing,
                _ => Verdict::Fine,
            };
        }
        (*from, *to)
    } else {
        if !same {
            return Verdict::Fine;
        }
        // The files are the same; their names may be links.
        let (Ok(from), Ok(to)) = (stat(source, false), stat(destination, false)) else {
            return Verdict::Fine;
        };
        if from.kind == Kind::Link && to.kind == Kind::Link && options.remove_destination {
            return Verdict::Fine;
        }
        (from, to)
    };
    by_name(options, follow, (source, &from), (destination, &to), &same_name)
}

/// The rest, by what the names themselves are.
fn by_name(
    options: &Options,
    follow: Follow,
    (source, from): (&Place, &Stat),
    (destination, to): (&Place, &Stat),
    same_name: &dyn Fn() -> bool,
) -> Verdict {
    let same = from.identity == to.identity;
    let fine_if = |fine| if fine { Verdict::Fine } else { Verdict::Same };
    let (from_link, to_link) = (from.kind == Kind::Link, to.kind == Kind::Link);
    if options.backup.is_some() {
        // Moving the destination aside must not move the source, nor what the source leads to.
        if !same {
            return fine_if(follow == Follow::Never || !from_link || to_link);
        }
        return fine_if(!same_name());
    }
    if options.remove_destination && (to_link || (same && to.links > 1 && !same_name())) {
        return Verdict::Fine;
    }
    if !from_link && !to_link {
        if !same {
            return Verdict::Fine;
        }
        if options.make == Make::HardLinks {
            return Verdict::Nothing;
        }
    }
    if options.make == Make::SymbolicLinks && to_link {
        return Verdict::Fine;
    }
    if follow != Follow::Never {
        return Verdict::Same;
    }
    // One of them is a link: does it lead to the other?
    let (Ok(from), Ok(found)) = (stat(source, true), stat(destination, true)) else { return Verdict::Fine };
    match options.make {
        _ if from.identity != found.identity => Verdict::Fine,
        // What is there is the file that it is to be linked to.
        Make::HardLinks if to_link => Verdict::Fine,
        Make::HardLinks => Verdict::Nothing,
        _ => Verdict::Same,
    }
}
