//! Which way files are followed, and what happens where the best one is not to be had.

use super::follow_stage::{BOTH, Mode, NOTIFIED, POLLED, Stage, play};
use crate::harness::{Limit, RING, Run, in_a_thread, needs_root, skip, sys};

const EXHAUSTED: &str = "inotify resources exhausted";
const REVERTING: &str = "inotify cannot be used, reverting to polling";

/// Follows `f`, a rotation and all, as `how` says.
fn works(s: &Stage, how: impl Fn(Run) -> Run) {
    s.file("f", "a\n");
    let mut tail = s.start(&how(s.tail(&["-F", "f"])));
    tail.ready().shows("a\n");
    s.append("f", "b\n");
    tail.shows("b\n");
    s.rename("f", "g");
    tail.says("'f' has become inaccessible: No such file or directory");
    s.file("f", "new\n");
    tail.says("'f' has appeared;  following new file").shows("new\n");
    s.resize("f", 0);
    tail.says("f: file truncated");
    s.append("f", "c\n");
    tail.shows("c\n");
    tail.stop();
}

#[test]
fn what_debug_says() {
    play(&NOTIFIED, |s| {
        s.file("f", "").fifo("p");
        s.symlink("f", "l");
        s.symlink("nowhere", "dangling");
        let missing = |name: &str| format!("cannot open '{name}' for reading: No such file or directory");
        for (args, failing, mode) in [
            ("-f f", "", "notification"),
            ("-F f", "", "notification"),
            ("-F f missing", "missing", "notification"),
            ("--follow=name f missing", "missing", "notification"),
            ("-f p f", "", "notification"),
            ("-F missing", "missing", "polling"),
            ("-f f missing", "missing", "polling"),
            ("-f --pid=0 f", "", "notification"),
            ("-F l", "", "polling"),
            ("-f l", "", "polling"),
            ("-F f dangling", "dangling", "polling"),
            ("-F f /dev/null", "", "polling"),
            ("-f f /dev/null", "", "polling"),
            ("-f /dev/null", "", "blocking"),
            ("-f ---disable-inotify f", "", "polling"),
        ] {
            let args: Vec<&str> = args.split(' ').collect();
            let mut tail = s.start(&s.plain(&["--debug", "-q"]).args(&args));
            if !failing.is_empty() {
                tail.says(&missing(failing));
            }
            tail.says(&format!("using {mode} mode"));
            tail.stop();
        }
        s.plain(&["--debug", "f"]).go().fine();
    });
}

#[test]
fn no_io_uring() {
    play(&BOTH, |s| {
        for errno in [libc::ENOSYS, libc::EPERM, libc::ENOMEM] {
            works(s, |run| run.any_engine().deny(errno, &RING));
        }
    });
}

/// Calls there is an older way for.
#[test]
fn calls_that_are_unknown() {
    play(&BOTH, |s| {
        for calls in [
            &[libc::SYS_statx][..],
            &[libc::SYS_openat2],
            &[libc::SYS_splice],
            &[libc::SYS_eventfd2],
            &[libc::SYS_clone3],
            &[libc::SYS_epoll_create1],
        ] {
            works(s, |run| run.any_engine().deny(libc::ENOSYS, calls));
        }
    });
}

#[test]
fn scarce_memory_and_threads() {
    play(&BOTH, |s| {
        works(s, |run| run.any_engine().without_rights().limit(Limit::LockedMemory(0)));
        works(s, |run| run.any_engine().without_rights().limit(Limit::Processes(0)));
        works(s, |run| run.any_engine().without_rights().limit(Limit::Processes(0)).deny(libc::EPERM, &RING));
    });
}

#[test]
fn inotify_that_is_forbidden() {
    play(&POLLED, |s| {
        for (errno, text) in
            [(libc::ENOSYS, "Function not implemented"), (libc::EMFILE, "Too many open files")]
        {
            let denied = [libc::SYS_inotify_init1, libc::SYS_inotify_init];
            s.file("f", "a\n");
            let mut tail = s.start(&s.plain(&["--debug", "-s.02", "-F", "f"]).deny(errno, &denied));
            tail.says(&format!("inotify cannot be used, reverting to polling: {text}")).ready().shows("a\n");
            s.append("f", "b\n");
            tail.shows("b\n");
            s.remove("f");
            tail.says("'f' has become inaccessible: No such file or directory");
            tail.stop();
        }
    });
}

/// A process with a user namespace of its own, where inotify has other limits.
pub fn limited(s: &Stage, limit: Limit) -> Option<Run> {
    let run = s.plain(&["--debug", "-s.02"]).limit(limit);
    if sys::grants(limit) {
        return Some(run);
    }
    skip("no user namespaces here");
    None
}

#[test]
fn no_more_inotify_descriptors() {
    play(&POLLED, |s| {
        let Some(run) = limited(s, Limit::InotifyInstances(0)) else { return };
        s.file("f", "a\n");
        let mut tail = s.start(&run.args(&["-F", "f"]));
        tail.says(&format!("{REVERTING}: Too many open files")).ready().shows("a\n");
        s.append("f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

#[test]
fn no_more_watches() {
    play(&POLLED, |s| {
        for count in 0..3 {
            let Some(run) = limited(s, Limit::InotifyWatches(count)) else { return };
            s.file("f", "a\n").file("g", "g\n");
            let mut tail = s.start(&run.args(&["-q", "-F", "f", "g"]));
            tail.says(EXHAUSTED).says(REVERTING).ready().shows("a\ng\n");
            s.append("f", "b\n");
            tail.shows("b\n");
            s.remove("g");
            tail.says("'g' has become inaccessible: No such file or directory");
            s.file("g", "new\n");
            tail.says("'g' has appeared;  following new file").shows("new\n");
            tail.stop();
        }
    });
}

/// The watch that is missing is the one of a file that appears later.
#[test]
fn no_more_watches_later() {
    play(&POLLED, |s| {
        let Some(run) = limited(s, Limit::InotifyWatches(2)) else { return };
        s.file("f", "a\n");
        let mut tail = s.start(&run.args(&["-q", "-F", "f", "g"]));
        tail.says("cannot open 'g' for reading: No such file or directory");
        tail.says("using notification mode").shows("a\n");
        s.file("g", "new\n");
        tail.says(EXHAUSTED).says(REVERTING).says("using polling mode");
        tail.says("'g' has appeared;  following new file").shows("new\n");
        s.append("f", "b\n");
        tail.shows("b\n");
        tail.stop();
    });
}

/// Writes through the lower folder of an overlay are not told to whoever watches the upper one: it is polled.
#[test]
fn an_overlay() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        play(&POLLED, |s| {
            // Of its own: an overlay does not go on top of every file system.
            s.folder("base");
            if let Err(e) = sys::mount_tmpfs(&s.path("base"), 1 << 20) {
                return skip(&format!("no tmpfs: {e}"));
            }
            for folder in ["base/lower", "base/upper", "base/work", "merged"] {
                s.folder(folder);
            }
            s.file("base/lower/f", "a\n");
            let at = |name: &str| s.path(name).display().to_string();
            let options = format!(
                "lowerdir={},upperdir={},workdir={}",
                at("base/lower"),
                at("base/upper"),
                at("base/work")
            );
            if let Err(e) = sys::mount("overlay", &s.path("merged"), &options) {
                return skip(&format!("no overlay: {e}"));
            }
            let mut tail = s.start(&s.plain(&["--debug", "-s.02", "-F", "merged/f"]));
            tail.ready().shows("a\n");
            s.append("base/lower/f", "below\n");
            tail.shows("below\n");
            s.remove("merged/f");
            tail.says("'merged/f' has become inaccessible: No such file or directory");
            s.file("merged/f", "above\n");
            tail.says("'merged/f' has appeared;  following new file").shows("above\n");
            tail.stop();
            let _ = sys::unmount(&s.path("merged"));
            let _ = sys::unmount(&s.path("base"));
        });
    });
}

/// Ours polls as seldom as it is told to; what is there when it looks is shown at once.
#[test]
fn all_intervals_work() {
    for interval in ["0", ".001", "0x1p-8", "1e-3"] {
        play(&BOTH, |s| {
            s.file("f", "a\n");
            let mut tail = s.follow(&["-s", interval, "-F", "f"]);
            tail.ready().shows("a\n");
            for _ in 0..5 {
                s.append("f", "b\n");
                tail.shows("b\n");
            }
            if s.mode == Mode::Polling {
                s.remove("f");
                tail.says("'f' has become inaccessible: No such file or directory");
            }
            tail.stop();
        });
    }
}

/// Who is notified does not look at the clock.
#[test]
fn for_ever() {
    play(&NOTIFIED, |s| {
        for interval in ["inf", "1e300", "100000"] {
            s.file("f", "a\n");
            let mut tail = s.follow(&["-s", interval, "--pid=0", "-F", "f"]);
            tail.ready().shows("a\n");
            s.append("f", "b\n");
            tail.shows("b\n");
            tail.stop();
        }
    });
}
