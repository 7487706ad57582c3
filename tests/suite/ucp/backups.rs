//! What becomes of the old file under `-b`, `--backup` and `-S`.
//!
//! Once: decided by looks at names. Under the other engines [`super::generated`] mixes in all of it.

use crate::harness::twins::{Case, case};

const SETUP: &str = "f a; f b m=600; d d; f d/a; l lb b; d e; d e/b; f e/b/x; p p; l dangling gone";

fn t() -> Case {
    case(SETUP).only_as_we_are()
}

#[test]
fn names() {
    let numbered = "f a; f b; f b.~9~; f b.~10~; f b.~09~; f b.~0~; f b.~x~; f b.~~; f b~";
    for setup in [
        "f a; f b",
        "f a; f b; f b~",
        "f a; f b; f b.~1~",
        "f a; f b; f b.~9~",
        numbered,
        "f a; f b; f b.~999999999999999999999~",
    ] {
        let t = case(setup).only_as_we_are();
        for control in ["none", "off", "simple", "never", "existing", "nil", "numbered", "t", ""] {
            t.each(&[&format!("-v --backup={control} a b"), &format!("-v -S .x --backup={control} a b")]);
        }
        t.each(&[
            "-vb a b",
            "-vS .bak a b",
            "-vb -S '' a b",
            "-vb -S a/b a b",
            "-v --suffix= a b",
            "-vb --backup=t a b",
        ]);
        t.each(&[
            "-v --backup=t -b a b",
            "-v --backup=none -b a b",
            "-v --backup=t --backup a b",
            "-v -S %20 a b",
        ]);
    }
}

#[test]
fn from_the_environment() {
    for (name, value) in [
        ("VERSION_CONTROL", ""),
        ("VERSION_CONTROL", "t"),
        ("VERSION_CONTROL", "zz"),
        ("VERSION_CONTROL", "none"),
        ("VERSION_CONTROL", "n"),
        ("VERSION_CONTROL", "simple"),
        ("SIMPLE_BACKUP_SUFFIX", ".old"),
        ("SIMPLE_BACKUP_SUFFIX", ""),
        ("SIMPLE_BACKUP_SUFFIX", "a/b"),
    ] {
        let t = case("f a; f b; f c; f c.~2~").only_as_we_are().env(name, value);
        t.each(&["-v a b", "-vb a b", "-vb a c", "-v --backup a b", "-v --backup= a b", "-v --backup=t a b"]);
        t.each(&[
            "-vb -S .s a b",
            "-v -S .s a b",
            "-vb -S x/y a b",
            "-v --backup=zz a b",
            "-v --backup=simple a c",
        ]);
    }
}

#[test]
fn of_all_kinds_of_files() {
    t().each(&[
        "-bv a b",
        "-bv a lb",
        "-bv a p",
        "-bv a dangling",
        "-bvR p b",
        "-bvd lb a",
        "-bv a d",
        "-bvR d e",
        "-bvRT d b",
        "-bvT a d",
        "-bvT a e",
        "-bvT a e/",
        "-bvR d/. e",
        "-bvRT e d",
        "-bvl a b",
        "-bvs a b",
        "-bvf a b",
        "-bvl a lb",
        "-bvs b a",
        "-bv a new",
        "-bv gone b",
        "-bv d b",
        "-bvRT d gone/x",
        "-bv a b/",
        "-bvp a b",
        "-bva a b",
        "-bv --parents a d",
        "-bv --parents d/a e",
        "-bvR --parents d/a e",
        "-bv --remove-destination a b",
        "-bv --attributes-only a b",
        "-bvu a b",
        "-bvu b a",
        "-bvi a b",
        "-bv . .",
        "-bvR d/. d",
        "-bv --sparse=always a b",
        "-bv a b c d",
        "-bv a b d",
        "-bv d/a a .",
        "-bv --backup=simple b~ b",
        "-bv a ''",
    ]);
    case(SETUP).only_as_we_are().stdin("y\n").each(&["-bvi a b", "-bvi a b d", "-bviR e/. d"]);
}

#[test]
fn a_source_that_would_be_overwritten() {
    let t = case("f b; f b~; f c; l b.x b; d d; f d/b~; h hb~ b~").only_as_we_are();
    t.each(&[
        "-v --backup=simple b~ b",
        "-bv b~ b",
        "-bv ./b~ b",
        "-bv hb~ b",
        "-v --backup=numbered b~ b",
        "-bv d/b~ b",
        "-bv -S .x b.x b",
        "-bv -S .x c b",
        "-bvd -S .x b.x b",
    ]);
    t.cp("-b b~ b").fails("backing up 'b' might destroy source;  'b~' not copied");
}

#[test]
fn long_names() {
    for length in [250, 251, 252, 253, 254, 255] {
        let name = "n".repeat(length);
        let t = case(&format!("f a; f {name}")).only_as_we_are();
        t.each(&[
            &format!("-bv a {name}"),
            &format!("-v --backup=t a {name}"),
            &format!("-v --backup=simple a {name}"),
        ]);
        t.each(&[&format!("-bv -S .suffix a {name}")]);
    }
}

/// The copy fails, and the old file is where it was.
#[test]
fn put_back() {
    let t = case("f a m=0; f b; f s m=200; d d; d d/x m=0; d e; f e/d; f r =old; d ro; f ro/b; = ro m=555");
    t.each(&["-bv a b", "-bv s b", "-bvR d/x b", "-bv a s r e", "-bvRT d/x e/d", "-bv b ro/b", "-bv b ro"]);
    t.each(&["-bv --backup=t a b", "-bvl gone b", "-bvf a b", "-bvp a b"]);
    let full = case("f b; l x /proc/self/mem");
    full.each(&["-bv x b", "-bv --debug /proc/self/mem b"]);
}
