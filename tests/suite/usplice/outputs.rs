//! What is done to outputs: appended to, cut, made with holes, brought to the disk; and what happens when one can take no
//! more.

use std::fs::{File, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::stage::text;
use crate::harness::{Limit, Scene, in_a_thread, needs_root, skip, sys};

#[test]
fn append() {
    let t = Scene::new();
    let content = text(100_001);
    t.file("in", &content);
    for (words, streams) in [
        (&["-a", "in", "out"][..], ""),
        (&["--append", "-", "out"], "<in"),
        (&["--append", "in"], ">>out"),
        (&["in"], ">>out"),
        (&["--append", "--no-truncate", "in", "out"], ""),
        // A stream that does not append is positioned at its end.
        (&["--append", "in"], "1<>out"),
        (&["--append", "-"], "<in 1<>out"),
    ] {
        t.file("out", "before\n");
        t.usplice(words).redirect(streams).go().fine();
        t.holds("out", [b"before\n", &content[..]].concat());
        t.usplice(words).redirect(streams).args(&["-c", "5"]).go().fine();
        t.holds("out", [b"before\n", &content[..], &content[..5]].concat());
    }
    t.usplice(&["-a", "-", "new"]).stdin("pipe").go().fine();
    t.holds("new", "pipe");
    // Where nothing is kept there is nothing to append to.
    t.usplice(&["-a", "in"]).go().stdout_is(&content).fine();
    t.usplice(&["-a", "in", "/dev/null"]).go().fine();
}

/// Two that append to one file do not overwrite each other.
#[test]
fn two_that_append() {
    let t = Scene::new();
    t.file("out", "");
    let start = || t.usplice(&["-a", "-", "out"]).stdin_typed().start();
    let (one, two) = (start(), start());
    let mut expected = String::new();
    for i in 0..50 {
        let piece = format!("piece {i}\n");
        let live = if i % 3 == 0 { &one } else { &two };
        live.send(piece.as_bytes());
        expected += &piece;
        let length = expected.len() as u64;
        super::stage::wait_until("the piece is there", || t.path("out").metadata().unwrap().len() == length);
    }
    one.finish().fine();
    two.finish().fine();
    t.holds("out", expected);
}

#[test]
fn links_are_followed_and_modes_kept() {
    let t = Scene::new();
    t.file("in", "new").file("old", "what was there").folder("d");
    std::fs::set_permissions(t.path("old"), Permissions::from_mode(0o640)).unwrap();
    let inode = t.path("old").metadata().unwrap().ino();
    symlink("old", t.path("link")).unwrap();
    symlink("d/target", t.path("dangling")).unwrap();
    t.usplice(&["in", "link"]).go().fine();
    let after = t.path("old").metadata().unwrap();
    assert_eq!((after.ino(), after.mode() & 0o777), (inode, 0o640));
    t.holds("old", "new");
    assert!(t.path("link").is_symlink());
    t.usplice(&["in", "dangling"]).go().fine();
    t.holds("d/target", "new");
    for (mask, mode) in [(0o022, 0o644), (0o077, 0o600), (0, 0o666)] {
        let _ = std::fs::remove_file(t.path("made"));
        t.usplice(&["in", "made"]).umask(mask).go().fine();
        assert_eq!(t.path("made").metadata().unwrap().mode() & 0o777, mode);
    }
}

#[test]
fn no_clobber() {
    let t = Scene::new();
    t.file("in", "input").file("out", "old");
    t.usplice(&["--no-clobber", "in", "new"]).go().fine();
    t.holds("new", "input");
    t.usplice(&["--no-clobber", "in", "new"]).go().stderr_is("usplice: new: File exists\n").code(1);
    // What is no file can't be lost, nor does standard output lose anything.
    t.usplice(&["--no-clobber", "in", "/dev/null"]).go().fine();
    t.usplice(&["--no-clobber", "in"]).redirect("1<>out").go().fine();
    t.holds("out", "input");
}

#[test]
fn sync() {
    let t = Scene::new();
    let content = text(300_000);
    t.file("in", &content);
    for (words, streams) in [
        (&["--sync", "in", "out"][..], ""),
        (&["--sync", "-", "out"], "<in"),
        (&["--sync", "in"], ">out"),
        (&["--sync", "in", "out", "two", "/dev/null"], ""),
        (&["--sync", "--sparse", "in", "out"], ""),
    ] {
        t.usplice(words).redirect(streams).go().fine();
        t.holds("out", &content);
    }
    // What can't be brought to a disk is there when it is there.
    t.usplice(&["--sync", "in"]).go().stdout_is(&content).fine();
    t.usplice(&["--sync", "in", "/dev/null"]).go().fine();
    let (_master, slave) = sys::terminal();
    t.usplice(&["--sync", "-"]).stdin("x").stdout_to(slave).go().fine();
    // Without a ring as well; and a disk that fails is told of.
    let run = t.usplice(&["--sync", "in", "out"]).env("RINGUTILS", "engine=threads");
    run.clone().go().fine();
    run.deny(libc::EIO, &[libc::SYS_fsync]).go().stderr_is("usplice: out: Input/output error\n").code(1);
    t.holds("out", &content);
}

/// Blocks of data and of zeros: `d` and `z` of 64 KiB each.
fn pattern(plan: &str) -> Vec<u8> {
    let piece = |kind| if kind == 'z' { vec![0; 65_536] } else { text(65_536) };
    plan.chars().flat_map(piece).collect()
}

/// Bytes that a file takes on the disk.
fn taken(t: &Scene, name: &str) -> u64 {
    t.path(name).metadata().unwrap().blocks() * 512
}

#[test]
fn sparse() {
    let t = Scene::in_memory();
    for plan in ["d", "z", "dz", "zd", "dzd", "zdz", "zzzzdzzzz", "dzdzdzdzdzz", &"z".repeat(100), ""] {
        for odd in [0, 1, 4095, 5000] {
            let mut content = pattern(plan);
            let data = plan.matches('d').count() as u64 * 65_536;
            content.extend(vec![0; odd]);
            t.file("in", &content);
            for (words, streams) in [
                (&["--sparse", "in", "out"][..], ""),
                (&["--sparse", "-", "out"], "<in"),
                (&["--sparse", "in"], "1<>out"),
                (&["--sparse", "in", "-", "out"], ">other"),
            ] {
                // Old data must not show through, nor stay on the disk.
                for old in ["", "old data"] {
                    let old = old.repeat(content.len() / 8);
                    t.file("out", &old);
                    t.usplice(words).redirect(streams).go().fine();
                    t.holds("out", &content);
                    let taken = taken(&t, "out");
                    assert!(
                        taken <= data + 16 * 1024,
                        "{plan} {odd} {words:?}: {taken} bytes, {data} of data"
                    );
                }
            }
            let piped = t.usplice(&["--sparse", "-", "out"]).stdin(content.clone());
            piped.clone().go().fine();
            t.holds("out", &content);
            assert!(taken(&t, "out") <= data + 16 * 1024, "{plan} {odd} from a pipe");
            // Behind an offset.
            piped.arg("--seek=100000").go().fine();
            let got = t.read("out");
            assert_eq!(got.len(), 100_000 + content.len());
            assert!(got[100_000..] == content, "{plan} {odd} behind an offset");
        }
    }
}

/// What lies behind stays, and its positions are right when it ends in a hole.
#[test]
fn sparse_within_a_stream() {
    let t = Scene::in_memory();
    let content = pattern("dzz");
    t.file("in", &content).file("old", "old data".repeat(100_000));
    let old = t.read("old");
    t.file("out", &old);
    let mut out = File::options().write(true).open(t.path("out")).unwrap();
    out.seek(SeekFrom::Start(1000)).unwrap();
    t.usplice(&["--sparse", "in"]).stdout_to(out.try_clone().unwrap()).go().fine();
    assert_eq!(out.stream_position().unwrap(), 1000 + content.len() as u64);
    t.holds("out", [&old[..1000], &content, &old[1000 + content.len()..]].concat());
    // A new file that ends in a hole has its whole length.
    let mut new = File::create(t.path("new")).unwrap();
    t.usplice(&["--sparse", "in"]).stdout_to(new.try_clone().unwrap()).go().fine();
    new.write_all(b"next").unwrap();
    t.holds("new", [&content[..], b"next"].concat());
}

/// What appends has no positions to make holes at; what it held before is not touched.
#[test]
fn sparse_behind_others() {
    let t = Scene::in_memory();
    let old = pattern("d");
    for plan in ["zzd", "dzd", "zz"] {
        let content = pattern(plan);
        t.file("in", &content);
        for words in [&["--sparse", "in"][..], &["--sparse", "in", "-", "other"]] {
            t.file("out", &old);
            t.usplice(words).redirect(">>out").go().fine();
            t.holds("out", [&old[..], &content].concat());
        }
        t.file("out", &old);
        t.usplice(&["--sparse"]).stdin(content.clone()).redirect(">>out").go().fine();
        t.holds("out", [&old[..], &content].concat());
    }
}

/// Holes of the input are never read as data that has to be written.
#[test]
fn an_input_with_holes() {
    let t = Scene::in_memory();
    let file = File::create(t.path("in")).unwrap();
    file.set_len(50_000_000).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"in the middle", 20_000_000).unwrap();
    let content = t.read("in");
    t.usplice(&["in"]).go().stdout_is(&content).fine();
    t.usplice(&["in", "out"]).go().fine();
    assert!(t.read("out") == content);
    t.usplice(&["--sparse", "in", "out"]).go().fine();
    assert!(t.read("out") == content);
    assert!(taken(&t, "out") < 1_000_000, "{} bytes", taken(&t, "out"));
}

#[test]
fn a_full_device() {
    let t = Scene::new();
    t.file("in", text(100_000));
    let told = |name| format!("usplice: {name}: No space left on device\n");
    t.usplice(&["in", "/dev/full"]).go().stderr_is(told("/dev/full")).code(1);
    t.usplice(&["-", "/dev/full"]).stdin("x").go().stderr_is(told("/dev/full")).code(1);
    t.usplice(&["in"]).redirect(">/dev/full").go().stderr_is(told("standard output")).code(1);
    t.usplice(&["-"]).stdin("x").redirect(">/dev/full").go().stderr_is(told("standard output")).code(1);
    t.usplice(&["--append", "in", "/dev/full"]).go().stderr_is(told("/dev/full")).code(1);
    // Nothing to write, nothing wrong.
    t.usplice(&["/dev/null", "/dev/full"]).go().fine();
    // While the input is open.
    let live = t.usplice(&["-", "/dev/full"]).stdin_typed().start();
    live.send("x");
    live.end().stderr_is(told("/dev/full")).code(1);
}

#[test]
fn a_full_disk() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        let t = Scene::new();
        let content = text(3_000_000);
        t.file("in", &content).folder("small");
        for (words, piped) in [
            (&["in", "small/out"][..], false),
            (&["-", "small/out"], true),
            (&["-", "small/out"], false),
            (&["--append", "in", "small/out"], false),
            (&["--sparse", "in", "small/out"], false),
        ] {
            sys::mount_tmpfs(&t.path("small"), 1 << 20).expect("mount");
            let run = t.usplice(words);
            let run = if piped { run.stdin(content.clone()) } else { run.redirect("<in") };
            run.go().stdout_is("").stderr_is("usplice: small/out: No space left on device\n").code(1);
            // What fits in is there.
            let got = t.read("small/out");
            assert!(got.len() >= 900_000 && content.starts_with(&got), "{words:?}: {} bytes", got.len());
            sys::unmount(&t.path("small")).expect("unmount");
        }
    });
}

#[test]
fn a_read_only_file_system() {
    if needs_root() {
        return;
    }
    in_a_thread(|| {
        let t = Scene::new();
        t.file("in", "input").file("old", "old").folder("ro");
        sys::mount_tmpfs(&t.path("ro"), 1 << 20).expect("mount");
        t.file("ro/there", "there");
        if sys::mount_read_only(&t.path("ro")).is_err() {
            return skip("a file system can't be made read-only here");
        }
        for name in ["ro/there", "ro/new"] {
            let told = format!("usplice: {name}: Read-only file system\n");
            t.usplice(&["in", name]).go().stderr_is(&told).code(1);
            t.usplice(&["--append", "in", name]).go().stderr_is(&told).code(1);
            t.usplice(&["--output-error=exit", "in", "old", name]).go().stderr_is(&told).code(1);
            t.holds("ro/there", "there").holds("old", "old");
        }
        t.usplice(&["ro/there"]).go().stdout_is("there").fine();
    });
}

/// The signal, as for cat; or the message, if it is ignored.
#[test]
fn a_file_that_may_not_grow() {
    let t = Scene::new();
    let content = text(300_000);
    t.file("in", &content);
    let told = "usplice: out: File too large\n";
    for (words, piped) in [
        (&["in", "out"][..], false),
        (&["-", "out"], true),
        (&["-", "out"], false),
        (&["--append", "in", "out"], false),
        (&["--sparse", "in", "out"], false),
    ] {
        let _ = std::fs::remove_file(t.path("out"));
        let run = t.usplice(words).limit(Limit::FileSize(100_000));
        let run = if piped { run.stdin(content.clone()) } else { run.redirect("<in") };
        run.clone().go().stderr_is("").killed_by(libc::SIGXFSZ);
        t.holds("out", &content[..100_000]);
        let _ = std::fs::remove_file(t.path("out"));
        run.ignoring(libc::SIGXFSZ).go().stderr_is(told).code(1);
        t.holds("out", &content[..100_000]);
    }
    // Limits say nothing of pipes.
    t.usplice(&["in"]).limit(Limit::FileSize(1000)).go().stdout_is(&content).fine();
}

#[test]
fn a_reader_that_is_gone() {
    let t = Scene::new();
    t.file("in", text(300_000));
    let broken = || {
        let _guard = sys::no_forks();
        std::io::pipe().unwrap().1
    };
    let closed_socket = || {
        let _guard = sys::no_forks();
        std::os::fd::OwnedFd::from(std::os::unix::net::UnixStream::pair().unwrap().1)
    };
    for words in [&["in"][..], &["-"]] {
        let run = t.usplice(words).redirect("<in");
        run.clone().stdout_to(broken()).go().stderr_is("").killed_by(libc::SIGPIPE);
        run.clone().stdout_to(closed_socket()).go().stderr_is("").killed_by(libc::SIGPIPE);
        let ignoring = run.stdout_to(broken()).ignoring(libc::SIGPIPE);
        ignoring.go().stderr_is("usplice: standard output: Broken pipe\n").code(1);
    }
    let live = t.usplice(&["-"]).stdin_typed().stdout_to(broken()).start();
    live.send("x");
    live.end().stderr_is("").killed_by(libc::SIGPIPE);
}
