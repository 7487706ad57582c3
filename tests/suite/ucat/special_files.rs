//! Files whose size says nothing: /proc, /sys, devices.

use std::io::Read;

use crate::harness::{Collector, SIZELESS, Scene, only_ours, skip};

#[test]
fn files_that_do_not_know_their_size() {
    let t = Scene::new();
    let mut checked = 0;
    for name in SIZELESS {
        let Ok(content) = std::fs::read(name) else { continue };
        checked += 1;
        t.cat(&[name]).go().stdout_is(&content).fine();
        t.cat(&[name, name]).redirect(">out").go().fine();
        t.holds("out", content.repeat(2));
        t.cat(&["-"]).redirect(&format!("<{name} >>out")).go().fine();
        t.holds("out", content.repeat(3));
    }
    if checked < 8 {
        skip("most of /proc and /sys can not be read here");
    }
    let all: Vec<&str> = SIZELESS.into_iter().filter(|name| std::fs::read(name).is_ok()).collect();
    let content: Vec<u8> = all.iter().flat_map(|name| std::fs::read(name).unwrap()).collect();
    t.cat(&all).go().stdout_is(content).fine();
}

/// Some files of /proc tell who asks: it must be the process that the user started.
#[test]
fn proc_self_is_cat_itself() {
    let t = Scene::new();
    let live = t.cat(&["-", "/proc/self/stat"]).stdin_typed().start();
    let pid = live.pid();
    let ended = live.finish().code(0);
    assert!(
        ended.stdout.starts_with(format!("{pid} (").as_bytes()),
        "{pid}: {}",
        ended.stdout.escape_ascii()
    );
    t.cat(&["/proc/self/environ"]).env("MARK", "this").go().code(0);
    let out = t.cat(&["/proc/self/cmdline"]).go().code(0).stdout;
    assert!(out.ends_with(b"/proc/self/cmdline\0"), "{}", out.escape_ascii());
}

#[test]
fn dev_null() {
    let t = Scene::new();
    t.cat(&["/dev/null"]).go().stdout_is("").fine();
    t.cat(&["-n", "/dev/null", "-"]).redirect("</dev/null").go().stdout_is("").fine();
}

#[test]
fn endless_input_until_the_reader_has_enough() {
    let t = Scene::new();
    for (words, shown) in [(&["/dev/zero"][..], "\0"), (&["-v", "/dev/zero"], "^@"), (&["-"], "\0")] {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let live = t.cat(words).redirect("</dev/zero").stdout_to(writer).start();
        let mut got = vec![1; 1_000_000 * shown.len()];
        reader.read_exact(&mut got).unwrap();
        drop(reader);
        live.finish().killed_by(libc::SIGPIPE).stderr_is("");
        assert!(got == shown.repeat(1_000_000).as_bytes());
    }
}

#[test]
fn random_bytes_keep_coming() {
    let t = Scene::new();
    let (reader, writer) = std::io::pipe().unwrap();
    let live = t.cat(&["/dev/urandom"]).stdout_to(writer).start();
    assert!(Collector::of(reader).at_least(300_000) >= 300_000);
    live.signal(libc::SIGTERM);
    live.finish().killed_by(libc::SIGTERM);
}

/// What nobody keeps is read by several threads at once; all of it, and nothing else goes to the output's neighbours.
#[test]
fn a_large_file_to_the_null_device() {
    let t = Scene::new();
    let size = (20 << 20) + 12_345;
    t.file("big", vec![b'x'; size]).file("a", "from a\n");
    t.cat(&["big", "a", "-"]).redirect("<big >/dev/null").go().fine();
    t.cat(&["big", "gone", "big"])
        .redirect(">/dev/null")
        .go()
        .stderr_is("cat: gone: No such file or directory\n")
        .code(1);
    if only_ours() {
        return;
    }
    let ended = t.cat(&["--ring-stats=json", "-"]).redirect("<big >/dev/null").go().code(0);
    let stats = ended.stats();
    // Into a pipe of ours, and out of it.
    assert_eq!(stats["details"]["splice"]["bytes"], 2 * size as u64, "{stats}");
    assert_eq!(stats["details"]["read"]["bytes"], 0, "{stats}");
}
