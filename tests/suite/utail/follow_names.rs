//! Following by name: what has the name now, and what is said when that changes.

use super::follow_stage::{BOTH, Mode, NOTIFIED, POLLED, play, until};
use crate::harness::needs_root;

const MISSING: &str = "cannot open 'f' for reading: No such file or directory";
const GONE: &str = "'f' has become inaccessible: No such file or directory";
const APPEARED: &str = "'f' has appeared;  following new file";
const REPLACED: &str = "'f' has been replaced;  following new file";
const UNTAILABLE: &str = "'f' has been replaced with an untailable file";
const GIVING_UP: &str = "'f' has been replaced with an untailable file; giving up on this name";
const NONE_LEFT: &str = "no files remaining";
const REVERTING: &str = "inotify cannot be used, reverting to polling";

#[test]
fn rotated_by_renaming() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-F", "f"]);
        tail.ready().shows("a\n");
        for i in 0..3 {
            s.rename("f", &format!("f.{i}"));
            tail.says(GONE);
            s.append(&format!("f.{i}"), "too late\n");
            s.file("f", "new\n");
            tail.says(APPEARED).shows("new\n");
            s.append("f", "more\n");
            tail.shows("more\n");
        }
        tail.stop();
    });
}

#[test]
fn removed_and_made_again() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-F", "f"]);
        tail.ready().shows("a\n");
        for text in ["b\n", "", "longer than before\n"] {
            s.remove("f");
            tail.says(GONE);
            s.file("f", text);
            tail.says(APPEARED).shows(text);
            s.append("f", "+\n");
            tail.shows("+\n");
        }
        tail.stop();
    });
}

/// The same file, back again, is shown from its beginning.
#[test]
fn away_and_back() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-F", "-n0", "f"]);
        tail.ready();
        s.rename("f", "g");
        tail.says(GONE);
        s.append("g", "b\n");
        s.rename("g", "f");
        tail.says(APPEARED).shows("a\nb\n");
        s.append("f", "c\n");
        tail.shows("c\n");
        tail.stop();
    });
}

#[test]
fn replaced_by_renaming_another() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-F", "f"]);
        tail.ready().shows("a\n");
        for text in ["new\n", "shorter", "a good deal longer than what was there before\n"] {
            s.file("g", text);
            s.rename("g", "f");
            tail.says(REPLACED).shows(text);
            s.append("f", "more\n");
            tail.shows("more\n");
        }
        tail.stop();
    });
}

#[test]
fn not_there_yet() {
    for args in [&["-F"][..], &["--follow=name", "--retry"], &["--retry", "--follow=na"]] {
        // Nothing is open: this is polled, until the end.
        play(&POLLED, |s| {
            let mut tail = s.start(&s.plain(&["--debug", "-s.02"]).args(args).arg("f"));
            tail.says(MISSING).ready();
            s.file("f", "new\n");
            tail.says(APPEARED).shows("new\n");
            s.append("f", "b\n");
            tail.shows("b\n");
            s.remove("f");
            tail.says(GONE);
            s.file("f", "again\n");
            tail.says(APPEARED).shows("again\n");
            tail.stop();
        });
    }
}

#[test]
fn not_there_yet_beside_one_that_is() {
    play(&BOTH, |s| {
        s.file("f", "a\n");
        let mut tail = s.follow(&["-F", "f", "nf"]);
        tail.says("cannot open 'nf' for reading: No such file or directory").ready().shows("==> f <==\na\n");
        s.file("nf", "new\n");
        // The last operand counts as the one that was shown last.
        tail.says("'nf' has appeared;  following new file").shows("new\n");
        s.append("nf", "b\n");
        tail.shows("b\n");
        s.append("f", "c\n");
        tail.shows("\n==> f <==\nc\n");
        tail.stop();
    });
}

#[test]
fn a_folder_in_its_place() {
    play(&BOTH, |s| {
        s.file("f", "a\n").file("h", "");
        let mut tail = s.follow(&["-qF", "f", "h"]);
        tail.ready().shows("a\n");
        s.remove("f");
        tail.says(GONE).settles(s, "h");
        s.folder("f");
        tail.says(UNTAILABLE).settles(s, "h");
        s.remove_folder("f");
        tail.settles(s, "h");
        if s.mode == Mode::Notification {
            s.file("f", "b\n");
            tail.says(APPEARED).shows("b\n");
        }
        tail.stop();
    });
}

/// GNU takes no notice of having given up while it is notified.
#[test]
fn a_folder_in_its_place_for_good() {
    play(&POLLED, |s| {
        s.file("f", "a\n").file("g", "g\n");
        let mut tail = s.follow(&["--follow=name", "f", "g"]);
        tail.ready().shows("==> f <==\na\n\n==> g <==\ng\n");
        s.remove("f");
        tail.says(GONE);
        s.folder("f");
        tail.says(GIVING_UP);
        s.remove_folder("f");
        s.file("f", "b\n");
        tail.settles(s, "g");
        s.remove("g");
        tail.says("'g' has become inaccessible: No such file or directory").says(NONE_LEFT);
        tail.ends(1);
        s.remove("f");
        s.file("f", "a\n");
        let mut tail = s.follow(&["--follow=name", "f"]);
        tail.ready().shows("a\n");
        s.remove("f");
        tail.says(GONE).says(NONE_LEFT);
        tail.ends(1);
    });
}

/// A name that is gone is looked for again for as long as there is another file.
#[test]
fn without_retry_beside_another() {
    play(&BOTH, |s| {
        s.file("f", "a\n").file("g", "g\n");
        let mut tail = s.follow(&["--follow=name", "f", "g"]);
        tail.ready().shows("==> f <==\na\n\n==> g <==\ng\n");
        s.remove("f");
        tail.says(GONE);
        s.file("f", "b\n");
        tail.says(APPEARED).shows("\n==> f <==\nb\n");
        s.append("g", "h\n");
        tail.shows("\n==> g <==\nh\n");
        s.remove("f");
        tail.says(GONE);
        s.remove("g");
        tail.says("'g' has become inaccessible: No such file or directory").says(NONE_LEFT);
        tail.ends(1);
    });
}

#[test]
fn replaced_by_a_symlink() {
    play(&NOTIFIED, |s| {
        s.file("f", "a\n").file("g", "other\n").file("h", "h\n");
        let mut tail = s.follow(&["-F", "f", "h"]);
        tail.ready().shows("==> f <==\na\n\n==> h <==\nh\n");
        s.symlink("g", "l");
        s.rename("l", "f");
        tail.says("'f' has been replaced with an untailable symbolic link");
        s.append("g", "more\n");
        s.append("h", "i\n");
        tail.shows("i\n");
        tail.stop();
    });
    play(&POLLED, |s| {
        s.file("f", "a\n").file("g", "other\n");
        let mut tail = s.follow(&["-F", "f"]);
        tail.ready().shows("a\n");
        s.symlink("g", "l");
        s.rename("l", "f");
        tail.says(REPLACED).shows("other\n");
        s.append("g", "more\n");
        tail.shows("more\n");
        tail.stop();
    });
}

#[test]
fn replaced_by_a_symlink_to_nothing() {
    play(&NOTIFIED, |s| {
        s.file("f", "a\n").file("h", "h\n");
        let mut tail = s.follow(&["-F", "f", "h"]);
        tail.ready().shows("==> f <==\na\n\n==> h <==\nh\n");
        s.remove("f");
        tail.says(GONE).settles(s, "h");
        s.symlink("nowhere", "f");
        tail.says("cannot watch 'f': No such file or directory").settles(s, "h");
        tail.stop();
    });
}

#[test]
fn a_symlink_that_changes_its_target() {
    // Whose name is a symbolic link is polled.
    play(&POLLED, |s| {
        s.file("one", "1\n").file("two", "2\n");
        s.symlink("one", "f");
        let mut tail = s.start(&s.plain(&["--debug", "-s.02", "-F", "f"]));
        tail.ready().shows("1\n");
        s.append("one", "1+\n");
        tail.shows("1+\n");
        s.symlink("two", "l");
        s.rename("l", "f");
        tail.says(REPLACED).shows("2\n");
        s.append("one", "too late\n");
        s.append("two", "2+\n");
        tail.shows("2+\n");
        s.remove("two");
        tail.says(GONE);
        s.file("two", "3\n");
        tail.says(APPEARED).shows("3\n");
        tail.stop();
    });
}

#[test]
fn a_symlink_to_what_is_not_there_yet() {
    play(&POLLED, |s| {
        s.symlink("g", "f");
        let mut tail = s.start(&s.plain(&["--debug", "-s.02", "-F", "f"]));
        tail.says(MISSING).ready();
        s.file("g", "gg\n");
        tail.says(APPEARED).shows("gg\n");
        tail.stop();
    });
}

/// What is followed goes with its folder: the watch is the file's. Once it is back under its name all is as it was.
#[test]
fn its_folder_moved_away_and_back() {
    play(&NOTIFIED, |s| {
        s.folder("x").file("x/f", "a\n");
        let mut tail = s.follow(&["-F", "x/f"]);
        tail.ready().shows("a\n");
        s.rename("x", "y");
        s.append("y/f", "b\n");
        tail.shows("b\n");
        s.rename("y", "x");
        s.append("x/f", "c\n");
        tail.shows("c\n");
        tail.stop();
    });
    play(&POLLED, |s| {
        s.folder("x").file("x/f", "a\n");
        let mut tail = s.follow(&["-F", "x/f"]);
        tail.ready().shows("a\n");
        s.rename("x", "y");
        tail.says("'x/f' has become inaccessible: No such file or directory");
        s.rename("y", "x");
        tail.says("'x/f' has appeared;  following new file").shows("a\n");
        s.append("x/f", "c\n");
        tail.shows("c\n");
        tail.stop();
    });
}

#[test]
fn its_folder_removed() {
    play(&NOTIFIED, |s| {
        s.folder("x").file("x/f", "a\n");
        let mut tail = s.start(&s.tail(&["-F", "x/f", "-s.02"]));
        tail.ready().shows("a\n");
        s.remove("x/f");
        tail.says("'x/f' has become inaccessible: No such file or directory");
        s.remove_folder("x");
        tail.says("directory containing watched file was removed").says(REVERTING).says("using polling mode");
        s.folder("x").file("x/f", "new\n");
        tail.says("'x/f' has appeared;  following new file").shows("new\n");
        s.append("x/f", "more\n");
        tail.shows("more\n");
        tail.stop();
    });
}

#[test]
fn its_folder_not_there_yet() {
    play(&POLLED, |s| {
        s.file("f", "a\n");
        let mut tail = s.start(&s.plain(&["--debug", "-s.02", "-F", "x/f", "f"]));
        tail.says("cannot open 'x/f' for reading: No such file or directory");
        tail.says("cannot watch parent directory of 'x/f': No such file or directory").says(REVERTING);
        tail.ready().shows("==> f <==\na\n");
        s.folder("x").file("x/f", "new\n");
        tail.says("'x/f' has appeared;  following new file").shows("\n==> x/f <==\nnew\n");
        s.append("f", "b\n");
        tail.shows("\n==> f <==\nb\n");
        tail.stop();
    });
}

#[test]
fn permission_taken_and_given() {
    play(&POLLED, |s| {
        s.file("f", "a\n");
        s.chmod("f", 0o644);
        let mut tail = s.start(&s.tail(&["-F", "f"]).without_rights());
        tail.ready().shows("a\n");
        s.chmod("f", 0);
        tail.says("'f' has become inaccessible: Permission denied");
        s.chmod("f", 0o644);
        tail.says("'f' has become accessible").shows("a\n");
        s.append("f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

#[test]
fn permission_taken_and_given_while_notified() {
    if needs_root() {
        return;
    }
    play(&NOTIFIED, |s| {
        s.file("f", "a\n");
        s.chmod("f", 0o644);
        let mut tail = s.start(&s.tail(&["-F", "f"]).without_rights());
        tail.ready().shows("a\n");
        s.chmod("f", 0);
        tail.says("cannot watch 'f': Permission denied");
        s.chmod("f", 0o644);
        // GNU takes its time, and no notice of that.
        let mut added = 0;
        until("something is shown again", || {
            s.append("f", "b\n");
            added += 1;
            tail.live.stdout.so_far().len() > 2
        });
        tail.shows("b\n".repeat(added));
        tail.stop();
    });
}

/// No permission at first.
#[test]
fn permission_given_later() {
    if needs_root() {
        return;
    }
    play(&BOTH, |s| {
        s.file("f", "a\n").file("g", "g\n");
        s.chmod("f", 0);
        let mut tail = s.start(&s.tail(&["-F", "f", "g"]).without_rights());
        tail.says("cannot open 'f' for reading: Permission denied").ready().shows("==> g <==\ng\n");
        s.chmod("f", 0o644);
        tail.says("'f' has become accessible");
        // GNU shows the content only when more of it comes, if it is notified.
        if s.mode == Mode::Polling {
            tail.shows("\n==> f <==\na\n");
        }
        s.append("f", "b\n");
        tail.shows(if s.mode == Mode::Polling { "b\n" } else { "\n==> f <==\na\nb\n" });
        tail.stop();
    });
}
