//! What GNU's cp has not: `--atomic`, `--verify`, `--fsync`, `--cache`, `--progress`.

use std::time::{Duration, Instant};

use crate::harness::tree::{Before, Tree};
use crate::harness::{Run, Scene, only_ours, plot};

const ROUNDS: u32 = 25;

const SETUP: &str = "d s; f s/empty =; f s/small; f s/page #4096; f s/big #3000001; f s/hole ~d4096,h1000000,d10; h s/again s/big; l s/l small; \
    l s/n gone; d s/d m=711; f s/d/x m=4755; p s/p; f s/zeros ~z100000; f s/attr x:user.k=v";

fn copied(t: &Scene, args: &[&str]) -> Tree {
    t.cp(args).umask(0o022).go().fine();
    let tree = Tree::of(&t.path("new"), &Before::default(), Some(""));
    std::fs::remove_dir_all(t.path("new")).unwrap();
    tree
}

#[test]
fn the_same_copies() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    plot::build(t.dir(), SETUP, None);
    for first in ["-r", "-a"] {
        let expected = copied(&t, &[first, "s", "new"]);
        for option in [
            "--verify",
            "--fsync",
            "--atomic",
            "--cache=keep",
            "--cache=drop",
            "--cache=direct",
            "--keep-partial",
            "--progress=never",
        ] {
            let report = copied(&t, &[first, option, "s", "new"]).difference_from(&expected);
            assert_eq!(report, None, "{first} {option}:\n{}", report.as_deref().unwrap_or_default());
        }
        let all = copied(&t, &[first, "--verify", "--fsync", "--atomic", "--cache=drop", "s", "new"]);
        assert_eq!(all.difference_from(&expected), None);
    }
}

#[test]
fn sizes_that_fit_no_direct_write() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    for size in [0_usize, 1, 511, 512, 4095, 4096, 4097, 65_537, 1_048_575, 1_048_577, 5_000_000] {
        let content: Vec<u8> = (0..=250).cycle().take(size).collect();
        t.file("a", &content);
        for option in ["--cache=direct", "--cache=drop", "--verify", "--atomic", "--fsync"] {
            for sparse in ["--sparse=auto", "--sparse=always", "--reflink=never"] {
                t.file("b", "old\n".repeat(1000));
                t.cp(&[option, sparse, "a", "b"]).go().fine();
                t.holds("b", &content);
            }
        }
    }
}

#[test]
fn progress_is_told_on_stderr() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    plot::build(t.dir(), SETUP, None);
    let ended = t.cp(&["-r", "--progress=always", "s", "new"]).go().stdout_is("").code(0);
    assert!(!ended.stderr.is_empty());
    let ended = t.cp(&["-rv", "--progress=always", "s", "new2"]).go().code(0);
    let lines = String::from_utf8(ended.stdout).unwrap();
    assert!(lines.lines().all(|line| line.contains(" -> ")), "{lines}");
    t.cp(&["-r", "s", "new3"]).go().stdout_is("").fine();
}

/// As the destination was before: same mode and owner, no temporary file left, links to elsewhere untouched.
#[test]
fn atomic_over_old_files() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("a", "new\n").file("b", "old\n").folder("d").file("d/x", "old\n");
    std::os::unix::fs::symlink("b", t.path("l")).unwrap();
    t.cp(&["--atomic", "a", "b"]).go().fine();
    t.holds("b", "new\n");
    t.cp(&["--atomic", "a", "d/x"]).go().fine();
    t.holds("d/x", "new\n");
    assert_eq!(std::fs::read_dir(t.path("d")).unwrap().count(), 1);
    t.cp(&["--atomic", "gone", "b"])
        .go()
        .stderr_is("cp: cannot stat 'gone': No such file or directory\n")
        .code(1);
    t.holds("b", "new\n");
    t.cp(&["--atomic", "-b", "a", "b"]).go().fine();
    t.holds("b~", "new\n");
}

/// The old content or the new, whenever it is killed.
#[test]
fn atomic_and_killed() {
    if only_ours() {
        return;
    }
    let rounds = std::env::var("RINGUTILS_TEST_ROUNDS").map_or(ROUNDS, |n| n.parse().expect("a number"));
    let t = Scene::new();
    let (old, new) = (vec![b'o'; 3_000_000], vec![b'n'; 4_000_000]);
    let small: Vec<Vec<u8>> = (0..50).map(|i| vec![b'a' + i % 26; 2000]).collect();
    t.file("a", &new).folder("s").folder("d");
    for (i, content) in small.iter().enumerate() {
        t.file(format!("s/{i}"), content);
    }
    let words: [&[&str]; 2] = [&["--atomic", "a", "b"], &["--atomic", "-rT", "s", "d"]];
    let time = |run: Run| {
        let start = Instant::now();
        run.go().fine();
        start.elapsed()
    };
    let usual = words.map(|words| time(t.cp(words)));
    for round in 0..rounds {
        t.file("b", &old);
        for i in 0..small.len() {
            t.file(format!("d/{i}"), "old");
        }
        for (words, usual) in words.iter().zip(usual) {
            let live = t.cp(words).start();
            // Any moment will do.
            let moment = Instant::now()
                + usual.mul_f64(f64::from(round * 37 % 100) / 90.0)
                + Duration::from_micros(u64::from(round));
            while Instant::now() < moment {
                std::hint::spin_loop();
            }
            live.signal(libc::SIGKILL);
            drop(live);
        }
        let got = t.read("b");
        assert!(got == old || got == new, "round {round}: {} bytes, mixed", got.len());
        for (i, content) in small.iter().enumerate() {
            let got = t.read(&format!("d/{i}"));
            assert!(got == b"old" || got == *content, "round {round}, file {i}: {} bytes", got.len());
        }
    }
}
