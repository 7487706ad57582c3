//! FIFOs, devices and sockets.

use crate::harness::twins::case;
use crate::harness::{Scene, needs_root};

#[test]
fn made_anew() {
    let t = case("d s; p s/p m=640 t=5; s s/k m=711; l s/l p; d t; f t/p; p t/k; d t/l; d e");
    for umask in [0o022, 0o077] {
        let t = t.clone().umask(umask);
        t.each(&[
            "-r s new",
            "-a s new",
            "-rv s/. t",
            "-a s/. t",
            "-rf s/. t",
            "-rL s/p t",
            "-rLf s/p t",
            "-rb s/. t",
        ]);
        t.each(&[
            "-R s/p s/k e",
            "-Rp s/p s/k e",
            "-R --no-preserve=mode s/p s/k e",
            "-Ru s/. t",
            "-Rn s/. t",
            "-d s/k e",
        ]);
        t.each(&[
            "s/k new",
            "s/k t/p",
            "-v s/k e",
            "-R --attributes-only s/p e",
            "-rl s new",
            "-rs s new",
            "-R s/k t/p",
        ]);
    }
    t.cp("s/k new").fails("cannot open 's/k' for reading: No such device or address");
}

#[test]
fn devices() {
    if needs_root() {
        return;
    }
    let t = case(
        "d s; c s/null 1,3 m=666; c s/zero 1,5; b s/loop 7,200 m=660 u=0:6; d t; f t/null; c t/zero 1,3; f f",
    );
    t.each(&[
        "-r s new",
        "-a s new",
        "-rv s/. t",
        "-a s/. t",
        "-rf s/. t",
        "-rb s/. t",
        "-ru s/. t",
        "s/null new",
    ]);
    t.each(&[
        "-R s/null t/zero",
        "s/null t/null",
        "f s/null",
        "-v f s/null",
        "-p f s/null",
        "-R f s/null",
        "-a f s/null",
    ]);
    t.each(&[
        "-b f s/null",
        "--remove-destination f s/null",
        "-d s/null new",
        "-n f s/null",
        "-l s/null new",
    ]);
    t.each(&[
        "--copy-contents -R s/null new",
        "--sparse=always f s/null",
        "--debug f s/null",
        "--debug s/null new",
    ]);
    // Nobody may make one.
    case("c s 1,3 m=666; f f; d t")
        .only_as_nobody()
        .each(&["-R s new", "-a s new", "s new", "-R s t", "-a s f"]);
}

#[test]
fn devices_that_are_there() {
    let t = case("f a; f b =old; d e; f big #300000");
    t.each(&[
        "/dev/null new",
        "/dev/null b",
        "a /dev/null",
        "-v a /dev/null",
        "big /dev/null",
        "--debug big /dev/null",
    ]);
    t.each(&[
        "/dev/null e",
        "-f a /dev/null",
        "a /dev/full",
        "-v big /dev/full",
        "--sparse=always big /dev/full",
    ]);
    t.each(&["a big /dev/null/x", "--attributes-only a /dev/null", "-n a /dev/null", "-u a /dev/null"]);
    t.cp("/dev/null b").fine().has("b", "content", "\"\"");
    t.cp("a /dev/full").fails("error writing '/dev/full': No space left on device");
}

#[test]
fn files_that_say_they_are_empty() {
    let t = case("f b =old; d e");
    for name in [
        "/proc/version",
        "/proc/cpuinfo",
        "/sys/kernel/mm/transparent_hugepage/enabled",
        "/proc/sys/kernel/ostype",
    ] {
        t.each(&[
            &format!("{name} new"),
            &format!("{name} b"),
            &format!("-v {name} e"),
            &format!("--debug {name} b"),
        ]);
        t.each(&[&format!("--reflink=never {name} new"), &format!("--sparse=always {name} b")]);
    }
    t.each(&[
        "/proc/self/mem b",
        "-v /proc/self/mem new",
        "--debug /proc/self/mem new",
        "/proc/self/mem /proc/version e",
    ]);
    t.cp("/proc/self/mem new").fails("error reading '/proc/self/mem': Input/output error");
}

#[test]
fn fifos_are_read_like_files() {
    let t = Scene::new();
    t.fifo("p").file("b", "old and long\n").folder("d");
    for words in [&["p", "new"][..], &["p", "b"], &["p", "d"], &["-R", "--copy-contents", "p", "new"]] {
        let live = t.cp(words).start();
        std::fs::write(t.path("p"), "through the pipe\n").unwrap();
        live.finish().fine();
        let into = if words.contains(&"d") { "d/p" } else { words[words.len() - 1] };
        t.holds(into, "through the pipe\n");
    }
}

#[test]
fn fifos_are_written_like_files() {
    let t = Scene::new();
    t.fifo("p").file("a", "x\n".repeat(100_000));
    for words in [&["a", "p"][..], &["-f", "a", "p"], &["--sparse=always", "a", "p"]] {
        let live = t.cp(words).start();
        let got = std::fs::read(t.path("p")).unwrap();
        live.finish().fine();
        assert!(got == t.read("a"), "{} bytes", got.len());
    }
}

#[test]
fn standard_streams_by_name() {
    let t = Scene::new();
    t.file("a", "from a\n").file("b", "old\n");
    t.cp(&["/dev/stdin", "new"]).stdin("typed\n").go().fine();
    t.holds("new", "typed\n");
    t.cp(&["/dev/stdin", "new"]).redirect("<a").go().fine();
    t.holds("new", "from a\n");
    t.cp(&["a", "/dev/stdout"]).go().stdout_is("from a\n").fine();
    t.cp(&["a", "/dev/stderr"]).go().stderr_is("from a\n").code(0);
    t.cp(&["a", "/dev/fd/1"]).redirect(">new").go().fine();
    t.holds("new", "from a\n");
    let same = "cp: '/dev/stdin' and 'b' are the same file\n";
    t.cp(&["/dev/stdin", "b"]).redirect("<b").go().stderr_is(same).code(1);
    t.holds("b", "old\n");
    t.cp(&["-v", "a", "/dev/stdout"]).go().stdout_is("from a\n'a' -> '/dev/stdout'\n").fine();
}
