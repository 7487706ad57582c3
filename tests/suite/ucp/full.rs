//! Disks that are full, files that may not grow, streams that are closed or full.

use super::data::Mounted;
use crate::harness::twins::case;
use crate::harness::{Limit, Scene, broken_pipe, in_a_thread, needs_root, sys};

const ROOM: usize = 1 << 20;

/// How much of a file is there is not compared: it depends on the size of the pieces.
#[test]
fn a_full_disk() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        let setup = "f big #3000000; f half #600000; f hole ~d4096,h100000000,d4096; d small; f old";
        let t = case(setup).only_as_we_are().not_comparing(&["content", "data"]);
        let t = t.hook(|dir| Mounted::tmpfs(&dir.join("small"), ROOM));
        t.each(&[
            "big small",
            "--reflink=never big small",
            "--sparse=always big small",
            "--sparse=never hole small",
            "hole small",
            "-pv big small",
            "-bv big small",
            "--debug big small",
            "half small",
            "-f big small/new",
            "-a big small",
            "--preserve=links big small/new",
        ]);
        t.cp("big small").fails("error writing 'small/big': No space left on device");
    });
}

/// Files are copied at the same time: which of them still fit in, nobody knows.
#[test]
fn a_full_disk_and_the_next_files() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        let t = Scene::new();
        t.folder("small").folder("s").folder("s/d");
        for i in 0..40_usize {
            t.file(format!("s/{i}"), format!("{i}\n").repeat(i * 1000));
        }
        for args in
            [&["-r", "s", "small"][..], &["-a", "s", "small"], &["-r", "--sparse=always", "s", "small"]]
        {
            sys::mount_tmpfs(&t.path("small"), ROOM).expect("mount");
            let ended = t.cp(args).go().stdout_is("").code(1);
            let told = String::from_utf8(ended.stderr).unwrap();
            let mut failed = 0;
            for i in 0..40_usize {
                let whole = format!("{i}\n").repeat(i * 1000);
                let line = format!("cp: error writing 'small/s/{i}': No space left on device\n");
                let got = std::fs::read(t.path(format!("small/s/{i}"))).unwrap_or_default();
                assert!(
                    told.contains(&line) || got == whole.as_bytes(),
                    "{i} is not whole, but nothing is said: {told}"
                );
                assert!(whole.as_bytes().starts_with(&got), "{i} has {} other bytes", got.len());
                failed += usize::from(told.contains(&line));
            }
            assert_eq!(failed, told.lines().count(), "{told}");
            assert!(t.path("small/s/d").exists());
            sys::unmount(&t.path("small")).expect("unmount");
        }
    });
}

#[test]
fn a_full_disk_with_the_source_on_it() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        let t = case("d small; f old").only_as_we_are().not_comparing(&["content", "data"]).hook(|dir| {
            let mounted = Mounted::tmpfs(&dir.join("small"), ROOM);
            std::fs::write(dir.join("small/a"), vec![b'x'; ROOM * 2 / 3]).unwrap();
            std::fs::write(dir.join("small/b"), "b").unwrap();
            mounted
        });
        t.each(&[
            "small/a small/new",
            "-b small/a small/b",
            "--reflink=never small/a small/new",
            "-v small/a small/new/",
        ]);
    });
}

/// No inode is left.
#[test]
fn no_more_files() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        let t = Scene::new();
        t.folder("small").folder("s");
        for i in 0..100 {
            t.file(format!("s/{i}"), "x");
        }
        sys::mount_tmpfs_of(&t.path("small"), "size=10m,nr_inodes=50,mode=0755").expect("mount");
        let ended = t.cp(&["-r", "s", "small"]).go().code(1);
        let told = String::from_utf8(ended.stderr).unwrap();
        let made = std::fs::read_dir(t.path("small/s")).unwrap().count();
        assert_eq!(told.lines().count() + made, 100, "{told}");
        assert!(
            told.lines().all(|l| l.starts_with("cp: cannot create regular file 'small/s/")
                && l.ends_with("': No space left on device")),
            "{told}"
        );
        let _ = sys::unmount(&t.path("small"));
    });
}

#[test]
fn files_that_may_not_grow() {
    let t = case("f big #300000; f little; f old #500000; d d; f hole ~d100,h1000000,d100").only_as_we_are();
    let told = t.clone().with(|run| run.limit(Limit::FileSize(100_000)).ignoring(libc::SIGXFSZ));
    told.each(&[
        "big new",
        "big little d",
        "-v big old",
        "--reflink=never big new",
        "-b big old",
        "-a big little d",
        "--sparse=always hole new",
    ]);
    told.cp("big new").fails("error writing 'new': File too large");
    let scene = Scene::new();
    scene.file("big", "x".repeat(300_000));
    let run = scene.cp(&["big", "new"]).limit(Limit::FileSize(100_000));
    run.go().killed_by(libc::SIGXFSZ).stderr_is("");
    assert!(scene.read("new").len() <= 100_000);
}

#[test]
fn closed_streams() {
    let setup = "f a; f b; d d; f d/f; f n m=0; l dangling gone";
    for closed in ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- 2>&-", "<&- >&- 2>&-"] {
        let t = case(setup).with(move |run| run.redirect(closed));
        t.each(&[
            "a b",
            "-v a b",
            "-r d new",
            "-rv d new",
            "gone b",
            "-v a gone d",
            "a b d",
            "-i a b",
            "--debug a new",
            "-Q",
        ]);
        t.each(&["-u a b", "-n --debug a b", "", "-v -l a new", "n new", "a dangling", "-av a d new"]);
    }
    let t = case(setup).with(|run| run.redirect(">&-"));
    t.cp("a new").fine();
    t.cp("-v a new").fails("write error: Bad file descriptor").has("new", "content", "\"a\\n\"");
}

#[test]
fn full_streams() {
    let t = case("f a; f b; d d; d s; f s/1; f s/2; f s/3");
    let full = t.clone().with(|run| run.redirect(">/dev/full"));
    full.each(&[
        "-v a b",
        "a b",
        "-rv s d",
        "-v a gone d",
        "gone b",
        "--debug a b",
        "-n --debug a b",
        "-v a b d",
    ]);
    full.cp("-v a new").fails("write error: No space left on device").has("new", "content", "\"a\\n\"");
    let full = t.with(|run| run.redirect("2>/dev/full"));
    full.each(&["-v a b", "a b", "gone b", "a gone d", "-r s d", "-Q", ""]);
}

#[test]
fn broken_pipes() {
    let t = Scene::new();
    t.file("a", "from a\n").folder("d");
    t.cp(&["-v", "a", "b"]).stdout_to(broken_pipe()).go().killed_by(libc::SIGPIPE).stderr_is("");
    t.holds("b", "from a\n");
    t.cp(&["a", "c"]).stdout_to(broken_pipe()).go().fine();
    let run = t.cp(&["-v", "a", "d"]).stdout_to(broken_pipe()).ignoring(libc::SIGPIPE);
    run.go().stderr_is("cp: write error: Broken pipe\n").code(1);
    t.holds("d/a", "from a\n");
}
