//! FIFOs by name: opened when their turn comes, not before. Opening one early would let its writer run, or make two
//! writers that come one after the other wait for each other.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use crate::harness::Scene;

/// Asserts that nobody has opened a FIFO for reading.
#[track_caller]
fn untouched(t: &Scene, name: &str) {
    let answer = OpenOptions::new().write(true).custom_flags(libc::O_NONBLOCK).open(t.path(name));
    let error = answer.err().and_then(|e| e.raw_os_error());
    assert_eq!(error, Some(libc::ENXIO), "{name} was opened before its turn");
}

#[test]
fn a_writer_that_comes_later() {
    let t = Scene::new();
    t.fifo("f").file("a", "from a\n");
    for option in ["-u", "-s"] {
        let live = t.cat(&[option, "a", "f", "a"]).start();
        live.stdout.until("from a\n");
        let mut f = t.fifo_writer("f");
        f.write_all(b"through f\n").unwrap();
        live.stdout.until("from a\nthrough f\n");
        f.write_all(b"more\n").unwrap();
        live.stdout.until("from a\nthrough f\nmore\n");
        drop(f);
        live.finish().stdout_is("from a\nthrough f\nmore\nfrom a\n").fine();
    }
}

#[test]
fn a_writer_that_says_nothing() {
    let t = Scene::new();
    t.fifo("f").file("a", "from a\n");
    let live = t.cat(&["f", "a"]).start();
    drop(t.fifo_writer("f"));
    live.finish().stdout_is("from a\n").fine();
}

#[test]
fn each_in_its_turn() {
    let t = Scene::new();
    let names = ["f1", "f2", "f3", "f4"];
    for name in names {
        t.fifo(name);
    }
    let live = t.cat(&names).start();
    let mut expected = String::new();
    for (i, name) in names.iter().enumerate() {
        let mut file = t.fifo_writer(name);
        for part in ["begins", "goes on", "ends"] {
            let text = format!("{name} {part}\n");
            file.write_all(text.as_bytes()).unwrap();
            expected += &text;
            live.stdout.until(&expected);
            for later in &names[i + 1..] {
                untouched(&t, later);
            }
        }
    }
    live.finish().stdout_is(expected).fine();
}

#[test]
fn not_before_stdin_has_ended() {
    let t = Scene::new();
    t.fifo("f").file("a", "from a\n");
    let mut live = t.cat(&["-", "a", "f"]).stdin_typed().start();
    live.send("typed\n");
    live.stdout.until("typed\n");
    untouched(&t, "f");
    live.close_stdin();
    let mut f = t.fifo_writer("f");
    f.write_all(b"through f\n").unwrap();
    drop(f);
    live.finish().stdout_is("typed\nfrom a\nthrough f\n").fine();
}

#[test]
fn many_in_a_row() {
    let t = Scene::new();
    let names: Vec<String> = (0..40).map(|i| format!("f{i}")).collect();
    for name in &names {
        t.fifo(name);
    }
    let live = t.cat(&names).start();
    for name in &names {
        t.fifo_writer(name).write_all(format!("through {name}\n").as_bytes()).unwrap();
    }
    let expected: String = names.iter().map(|name| format!("through {name}\n")).collect();
    live.finish().stdout_is(expected).fine();
}

#[test]
fn among_many_files() {
    let t = Scene::new();
    let mut names = vec![];
    let mut expected = String::new();
    for i in 0..200 {
        let (name, text) = (format!("n{i}"), format!("content {i}\n").repeat(i));
        if i % 37 == 5 {
            t.fifo(&name);
        } else {
            t.file(&name, &text);
        }
        expected += &text;
        names.push(name);
    }
    let live = t.cat(&names).start();
    for i in (5..200).step_by(37) {
        t.fifo_writer(&names[i]).write_all(format!("content {i}\n").repeat(i).as_bytes()).unwrap();
    }
    live.finish().stdout_is(expected).fine();
}

/// A script that produces the next FIFO's data only after it has seen the output of the one before.
#[test]
fn writers_that_depend_on_the_output() {
    let t = Scene::new();
    t.fifo("f1").fifo("f2").file("between", "between\n");
    let live = t.cat(&["f1", "between", "f2"]).start();
    t.fifo_writer("f1").write_all(b"one\n").unwrap();
    live.stdout.until("one\nbetween\n");
    t.fifo_writer("f2").write_all(b"two\n").unwrap();
    live.finish().stdout_is("one\nbetween\ntwo\n").fine();
}

#[test]
fn more_than_a_pipe_holds() {
    let t = Scene::new();
    t.fifo("f");
    let big = "0123456789abcde\n".repeat(200_000);
    let live = t.cat(&["f"]).start();
    let mut f = t.fifo_writer("f");
    f.write_all(big.as_bytes()).unwrap();
    drop(f);
    live.finish().stdout_is(big).fine();
}
