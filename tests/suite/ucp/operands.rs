//! Which names a command line comes down to.
//!
//! Once: decided by looks at names. Under the other engines [`super::generated`] mixes in all of it.

use crate::harness::twins::case;

const SETUP: &str =
    "f a; f b; f c; d d; d d/a; f d/f; d e; d e/d; f e/d/g; l le e; l dangling gone; l lf a; d empty";

#[test]
fn too_few_or_too_many() {
    let t = case(SETUP).only_as_we_are();
    t.each(&[
        "",
        "a",
        "-r",
        "-T a",
        "-T a b c",
        "-T",
        "-t e",
        "-t e a",
        "-te a b",
        "--target-directory=e a",
        "--target-directory e a",
        "-t e -T a",
        "-T -t e a b",
        "-t e -t d a",
        "-t e -t e a",
        "a b c",
        "a b gone",
        "a b dangling",
        "a b lf",
        "a b gone/",
        "a b e",
        "a b e/",
        "a b le",
        "a b le/",
        "-T a e",
        "-T a le",
        "-rT d e",
        "-rT d new",
        "-rT d le",
        "-t gone a",
        "-t a b",
        "-t dangling a",
        "-t lf a",
        "-t le a",
        "-t le/ a",
        "-t '' a",
        "-t . d/f",
        "-t ./. d/f",
        "-t .. gone",
        "--parents a b",
        "--parents a new",
        "--parents -T a e",
        "a b c d e gone",
    ]);
    t.cp("").stderr_is("cp: missing file operand\nTry 'cp --help' for more information.\n").code(1);
    let missing = "cp: missing destination file operand after 'a'\nTry 'cp --help' for more information.\n";
    t.cp("a").stderr_is(missing).code(1);
    t.cp("-T -t e a").fails("cannot combine --target-directory (-t) and --no-target-directory (-T)");
    t.cp("a b gone").fails("target 'gone': No such file or directory");
}

#[test]
fn into_a_folder() {
    let t = case(SETUP).only_as_we_are();
    t.each(&[
        "a e",
        "a e/",
        "a e//",
        "a ./e",
        "a e/.",
        "a e/..",
        "a ../e",
        "a .",
        "d/f .",
        "d/f ./",
        "d/f ./.",
        "d/f ./..",
        "-R d/.. e",
        "-R d/. e",
        "-R d/ e",
        "-R d// e/",
        "-R d/./ e",
        "-R e/d/.. d",
        "a/ e",
        "-R a/ e",
        "d//f e//",
        "-R ./d e",
        "--strip-trailing-slashes a/ e",
        "--strip-trailing-slashes a/ b",
        "--strip-trailing-slashes -R d/ e",
        "--strip-trailing-slashes -Rd le/ d",
        "-Rd le/ d",
        "-Rd le d",
        "-RH le d",
        "-R le/. d",
        "-R le new",
        "-R le/ new",
        "-R le/. new",
        "--strip-trailing-slashes -R le/ new",
        "--strip-trailing-slashes -R le// empty",
        "- e",
        "-v -- - e",
        "-R / empty/new/x",
        "lf e",
        "-d lf e",
        "dangling e",
        "-d dangling e",
        "a e/new",
        "a e/new/",
        "-R d e/new/",
        "-R d e/new",
        "a lf/",
        "a b/c",
    ]);
    t.cp("-v d//f e//").stdout_is("'d//f' -> 'e/f'\n").fine();
    t.cp("-R d/.. e/d/g").fails("cannot overwrite non-directory 'e/d/g' with directory 'd/..'");
}

#[test]
fn odd_names() {
    let setup = "f a%0Ab; f a'b; f it's%20$x; f %FF; f x%FFy; f %0A; f a%20b; f ~x; f -x; f %C3%A9; f \"q\"; d d; d d%0Ae";
    for locale in ["C", "C.UTF-8"] {
        let t = case(setup).env("LC_ALL", locale).only_as_we_are();
        for name in [
            "a%0Ab",
            "a'b",
            "it's%20$x",
            "%FF",
            "x%FFy",
            "%0A",
            "a%20b",
            "~x",
            "./-x",
            "%C3%A9",
            "\"q\"",
            "-- -x",
        ] {
            t.each(&[&format!("-v {name} d"), &format!("{name}x d"), &format!("-bvs {name} .")]);
            t.each(&[&format!("-v --parents {name} d%0Ae")]);
        }
        t.each(&[
            "-Rv d%0Ae d",
            "d%0Ae d",
            "-x d",
            "a%0Ab gone%0Ahere/x",
            "-t no%FF a'b",
            "a'b a%20b no%FF%0A",
        ]);
        t.each(&["--sparse=%FFx a b", "--backup=no%0Ane ~x d", "--preserve=%C3%A9 ~x d", "--%C3%A9 ~x d"]);
    }
}

#[test]
fn in_any_order_of_words() {
    let t = case(SETUP).only_as_we_are();
    t.each(&["a b -v", "a -v b", "-- a -v", "a -- -v", "a b -t e", "a -t e -v b", "-vv a b", "-v -- a b"]);
    let posix = case(SETUP).only_as_we_are().env("POSIXLY_CORRECT", "");
    posix.each(&["a b -v", "-v a b", "a -v b", "a b -t e"]);
}

#[test]
fn the_same_name_more_than_once() {
    let t = case(
        "f a; f b; h ah a; d d; d d/x; f d/x/f; d e; d s1; d s2; f s1/a; f s2/a; d s1/dd; f s1/dd/1; d s2/dd; f s2/dd/1; l la a",
    );
    t.each(&[
        "a a e",
        "a ./a e",
        "a s1/../a e",
        "a ah e",
        "-b a a e",
        "--backup=numbered a a e",
        "-v a a e",
        "-n a a e",
        "-i a a e",
        "-u a a e",
        "a la e",
        "-d la la e",
        "-d la ./la e",
        "a e a e",
        "s1/a s2/a e",
        "-f s1/a s2/a e",
        "-n s1/a s2/a e",
        "--backup=numbered s1/a s2/a e",
        "--backup=simple s1/a s2/a e",
        "-u s1/a s2/a e",
        "--update=none-fail s1/a s2/a e",
        "--remove-destination s1/a s2/a e",
        "-l s1/a s2/a e",
        "-s s1/a s2/a e",
        "-r d d e",
        "-r d ./d e",
        "-r d d/ e",
        "-rv d d/. e",
        "-r s1 s2 e",
        "-r s1/. s2/. e",
        "-rv s1/dd s2/dd e",
        "-rb s1/. s2/. e",
        "-r --backup=numbered s1/. s2/. e",
        "-rn s1/. s2/. e",
        "gone gone e",
        "-r d a d a e",
        "-lr s1/. s2/. e",
        "-sr s1/. s2/. e",
        "-lv a a e",
        "-lv a ah e",
        "-T a a",
        "--parents a ./a e",
        "--parents a a e",
    ]);
    t.cp("a a e").stderr_is("cp: warning: source file 'a' specified more than once\n").code(0);
    t.cp("s1/a s2/a e").fails("will not overwrite just-created 'e/a' with 's2/a'");
    t.cp("-r d d e").stderr_is("cp: warning: source directory 'd' specified more than once\n").code(0);
}

#[test]
fn through_a_link_just_made() {
    let t = case("f a; d s1; d s2; l s1/x ../a; f s2/x; l s1/y ../gone; f s2/y; d e; f new");
    t.each(&[
        "-d s1/x s2/x e",
        "-R s1/x s2/x e",
        "-d s1/y s2/y e",
        "-bd s1/y s2/y e",
        "-d --backup=numbered s1/y s2/y e",
        "-df s1/x s2/x e",
        "-R s1/. s2/. e",
        "-d --remove-destination s1/x s2/x e",
        "-s a a e",
        "-sf s1/x s2/x .",
    ]);
    t.cp("-d s1/x s2/x e").fails("will not copy 's2/x' through just-created symlink 'e/x'");
}
