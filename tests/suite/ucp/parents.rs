//! `--parents`.
//!
//! Once: folders are made by plain calls. Under the other engines [`super::generated`] mixes in all of it.

use crate::harness::twins::case;

const SETUP: &str = "d a m=2750 t=100; d a/b m=1777 t=200; f a/b/c m=640 t=300; d a/b/d; f a/b/d/e; f top; l l a; l lc a/b/c; \
    d t; d u; d u/a m=700 t=5; f v; d w; f w/a; d x; d x/a; f x/a/b; d y; d y/a; d y/a/b m=700 t=7; l z y";

#[test]
fn the_path_is_made_again() {
    for umask in [0o022, 0o077] {
        let t = case(SETUP).umask(umask).only_as_we_are();
        for options in [
            "",
            "-v",
            "-p",
            "-a",
            "-R",
            "-Rv",
            "--preserve=mode",
            "--preserve=timestamps",
            "--no-preserve=mode",
            "-l",
        ] {
            for operands in ["a/b/c t", "a/b/c u", "a/b/c y", "a/b t", "a/b/ y", "a t", "a//b/./c t"] {
                t.each(&[&format!("{options} --parents {operands}")]);
            }
        }
    }
}

#[test]
fn odd_paths() {
    let t = case(SETUP);
    t.each(&[
        "--parents a/b/c w",
        "--parents a/b/c x",
        "--parents a/b/c v",
        "--parents a/b/c gone",
        "--parents a/gone t",
        "--parents gone/x t",
        "--parents a/x/y t",
        "--parents top/x t",
        "--parents l/b/c t",
        "-Rv --parents l/b t",
        "-Rv --parents l t",
        "--parents lc t",
        "-d --parents lc t",
        "--parents a/../top t",
        "--parents ./a/b/c t",
        "--parents a/b/../../top t",
        "--parents a/b/c/ t",
        "-R --parents a/ t",
        "-R --parents a/. t",
        "--parents a/b/c z",
        "-pv --parents a/b/c l/b/d/e t",
        "-v --parents a/b/c a/b/d/e top t",
        "-v --parents /dev/null t",
        "--parents a/b/c top/x w t",
        "-R --parents top/x a/gone/x l/gone/x w t",
        "-R --parents a/gone/x a t",
        "-R --parents a/gone/x a y",
        "--parents top .",
        "--parents a/b/c .",
        "-bv --parents a/b/c .",
        "-t t --parents a/b/c",
        "--path a/b/c t",
        "-R --parents a a/b t",
        "--parents -T a/b/c t",
        "-s --parents a/b/c t",
        "-lv --parents a/b/c t",
        "-n --parents a/b/c t",
        "-i --parents a/b/c y",
        "--parents --strip-trailing-slashes a/b/c/ t",
        "-av --parents a/b/c a/b/d u",
        "--parents .. t",
        "-u --parents a/b/c y",
        "-av --parents y/a/b a/b u",
        "--parents --attributes-only a/b/c t",
        "-R --parents . t/..",
        "-bR --parents a/b y",
    ]);
    t.cp("-v --parents a/b/c t").stdout_is("a -> t/a\na/b -> t/a/b\n'a/b/c' -> 't/a/b/c'\n").fine();
    t.cp("--parents a/gone/x t").fails("failed to get attributes of 'a/gone': No such file or directory");
}

#[test]
fn folders_of_little_use() {
    let t = case(
        "d a; d a/ro m=555; f a/ro/f; d a/x m=111; f a/x/f; d t; d t/a m=555; d u; d u/a m=555; d u/a/ro m=500; d a/0; f a/0/f; = a/0 m=0",
    );
    for options in ["", "-p", "-Rp", "-v", "-a"] {
        for operands in ["a/ro/f t", "a/x/f u", "a/ro/f u", "a/ro u", "a/0/f u", "a/ro/f a/x/f .", "a/0/f t"]
        {
            t.each(&[&format!("{options} --parents {operands}")]);
        }
    }
}
