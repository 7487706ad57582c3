//! `-c`: lists of lists, and names that are strange in a list but not in a folder.
//!
//! Once: lists are text. Under the other engines [`super::lists_generated`] mixes in all of it.

use std::io::Write as _;

use super::{HELLO, HELLO_MD5, checked_alike};
use crate::harness::Scene;

/// A reversed list must not start with a name that looks like a mark.
#[test]
fn that_look_like_marks() {
    let t = Scene::new();
    for name in [" f", "*f", "f", " ", "*", "**", "  f"] {
        t.file(name, HELLO);
    }
    let names = [" f", "*f", "f", " ", "*", "**", "  f"];
    for first in names {
        for marks in ["  ", " *", " "] {
            let lines = |name: &str| format!("{HELLO_MD5}{marks}{name}\n");
            let list: String = std::iter::once(first).chain(names).map(lines).collect();
            t.file("list", list);
            checked_alike(&t.sum("md5sum", &["-wc", "list"]).redirect("2>&1"), "md5sum");
        }
    }
}

/// The files are looked for where the command runs, not where the list is.
#[test]
fn that_are_relative() {
    let t = Scene::new();
    t.folder("d").file("d/f", HELLO).file("d/list", format!("{HELLO_MD5}  f\n{HELLO_MD5}  ../f\n"));
    t.file("f", "other");
    checked_alike(&t.sum("md5sum", &["-c", "d/list"]), "md5sum").code(1);
    checked_alike(&t.sum("md5sum", &["-c", "list"]).within(t.path("d")), "md5sum").code(1);
    checked_alike(&t.sum("md5sum", &["-c", "../d/list"]).within(t.path("d")), "md5sum").code(1);
}

/// A list may name itself, a FIFO, a file twice.
#[test]
fn that_are_special() {
    let t = Scene::new();
    t.file("f", HELLO).fifo("p");
    t.file("list", format!("{HELLO_MD5}  list\n{HELLO_MD5}  f\n{HELLO_MD5}  /dev/null\n{HELLO_MD5}  f\n"));
    checked_alike(&t.sum("md5sum", &["-c", "list", "list"]).redirect("2>&1"), "md5sum").code(1);
    t.file("list", format!("{HELLO_MD5}  f\n{HELLO_MD5}  p\n{HELLO_MD5}  f\n"));
    let live = t.sum("md5sum", &["-c", "list"]).start();
    live.stdout.until("f: OK\n");
    t.fifo_writer("p").write_all(HELLO.as_bytes()).unwrap();
    live.finish().stdout_is("f: OK\np: OK\nf: OK\n").fine();
    // The list itself comes through one.
    let live = t.sum("md5sum", &["-c", "p"]).start();
    write!(t.fifo_writer("p"), "{HELLO_MD5}  f\nnoise").unwrap();
    let summary = "md5sum: WARNING: 1 line is improperly formatted\n";
    live.finish().stdout_is("f: OK\n").stderr_is(summary).code(0);
}
