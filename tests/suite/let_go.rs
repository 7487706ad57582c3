//! No tool has a file open when it has ended: after it, `umount` works. A ring that is not taken down in time would see
//! to the opposite, for the kernel closes its files some hundredths of a second later.

use crate::harness::{Run, Scene, broken_pipe, sys};

/// Files that have to be read ahead, as they are not cached; and a large one.
fn scene() -> (Scene, Vec<String>) {
    let t = Scene::new();
    let mut names: Vec<String> = (0..60).map(|i| format!("d/f{i:02}")).collect();
    t.folder("d");
    for (i, name) in names.iter().enumerate() {
        t.file(name, "a line of text\n".repeat(10 + 10 * i));
    }
    t.file("d/large", "many lines of text\n".repeat(200_000));
    names.push("d/large".into());
    (t, names)
}

/// Has them read from the disk again.
fn forget(t: &Scene, names: &[String]) {
    for name in names {
        sys::forget(&t.path(name));
    }
}

/// Runs it with nothing cached, to its end and with nobody to read what it writes. Nobody has any of these files open then.
#[track_caller]
fn lets_go(t: &Scene, names: &[String], run: Run) {
    forget(t, names);
    let text = run.to_string();
    let unread = run.clone().stdout_to(broken_pipe());
    run.go().fine();
    let open = |name: &&String| sys::is_open(&t.path(name.as_str()));
    assert_eq!(names.iter().find(open), None, "{text}");
    forget(t, names);
    unread.go().killed_by(libc::SIGPIPE).stderr_is("");
    assert_eq!(names.iter().find(open), None, "{text}, with nobody to read it");
}

#[test]
fn files_are_closed_when_a_tool_has_ended() {
    let (t, names) = scene();
    for words in [&["-u"][..], &["-n"], &["-A"]] {
        lets_go(&t, &names, t.cat(words).args(&names));
    }
    lets_go(&t, &names, t.tail(&["-n3"]).args(&names));
    lets_go(&t, &names, t.tail(&["-c", "+2"]).args(&names));
    for algorithm in ["blake3", "md5", "sha512"] {
        lets_go(&t, &names, t.uhash(&["-a", algorithm]).args(&names));
    }
    lets_go(&t, &names, t.usplice(&["d/large"]));
}

#[test]
fn copies_are_closed_as_well() {
    let (t, names) = scene();
    forget(&t, &names);
    t.cp(&["-r", "d", "e"]).go().fine();
    let copies: Vec<String> = names.iter().map(|name| name.replace("d/", "e/")).collect();
    for name in names.iter().chain(&copies) {
        assert!(!sys::is_open(&t.path(name)), "{name}");
    }
}
