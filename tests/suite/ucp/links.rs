//! Hard and symbolic links: kept among copies, or made instead of them.
//!
//! Once: links are made by plain calls. Under the other engines [`super::generated`] mixes in all of it.

use crate::harness::Scene;
use crate::harness::twins::{case, case_on_disk};

const SETUP: &str = "d s; f s/1; h s/2 s/1; d s/d; h s/d/3 s/1; l s/l 1; h s/l2 s/l; l s/n gone; p s/p; h s/p2 s/p; f one; \
    f f; h g f; l lf f; l lg g; d t; f t/1; f t/2; h t/2b t/2; d t/d; l t/l other; d e";

#[test]
fn kept_among_copies() {
    let t = case_on_disk(SETUP);
    t.each(&[
        "-a s new",
        "-av s new",
        "-dR s new",
        "-r s new",
        "-r --preserve=links s new",
        "-a s/. t",
        "-av s/. t",
        "-aL s new",
        "-aLv s new",
        "-aH s new",
        "-rL --preserve=links s new",
        "-d f g e",
        "-a f g e",
        "-av f g e",
        "--preserve=links f lf e",
        "-v --preserve=links lf lg f e",
        "-H --preserve=links lf lg e",
        "-a f lf e",
        "-dv s/1 s/2 s/d/3 t",
        "-av s/2 s/d/3 t",
        "-a s/p s/p2 e",
        "-a s/l s/l2 e",
        "-dv --parents f g s/1 s/2 e",
        "-ab s/. t",
        "-a --backup=numbered s/. t",
        "-av --remove-destination s/. t",
        "-an s/. t",
        "-au s/. t",
        "-a --attributes-only s/. t",
        "-a s/1 t/2",
        "-d f t/2",
        "-d one t/2",
        "--preserve=links one t/2",
        "-p one t/2",
        "-a f g new",
        "-aT s t",
        "-a f f e",
        "-av s s/. t",
        "-a --no-preserve=links s new",
        "-rd s/1 s/2 e",
        "-avf s/. t",
    ]);
    t.cp("-v --preserve=links f lf e").fine().has("e/lf", "is the same as", "e/f");
}

#[test]
fn hard_links_instead_of_copies() {
    let t = case(SETUP);
    t.each(&[
        "-l f new",
        "-lv f e",
        "-l f one",
        "-lf f one",
        "-lfv f one",
        "-li f one",
        "-l --remove-destination f one",
        "-lv --remove-destination f one",
        "-lb f one",
        "-l f g",
        "-lf f g",
        "-l f f",
        "-l lf new",
        "-lP lf new",
        "-ld lf new",
        "-lL lf new",
        "-lH lf new",
        "-l s/n new",
        "-lP s/n new",
        "-lr s new",
        "-lrv s new",
        "-lrP s new",
        "-lrL s/d new",
        "-lr s/. t",
        "-lrf s/. t",
        "-lrn s/. t",
        "-lru s/. t",
        "-l s e",
        "-l gone new",
        "-l f gone/new",
        "-l f e/",
        "-la s new",
        "-lp f new",
        "-l --parents s/1 e",
        "-lu f one",
        "-l s/p new",
        "-lr s/p new",
        "-l f g e",
        "-lr s/p s/p2 e",
        "-lT f e",
        "-l --attributes-only f new",
        "-l --sparse=always f new",
        "-lx f new",
        "-l --preserve=all f new",
        "-l /dev/null new",
    ]);
    t.cp("-l f one").fails("cannot create hard link 'one' to 'f': File exists");
    t.cp("-rl s new").code(1);
}

#[test]
fn symbolic_links_instead_of_copies() {
    let t = case(SETUP);
    t.each(&[
        "-s f new",
        "-sv f new",
        "-s f e",
        "-s f e/new",
        "-s ./f new",
        "-s f ./new",
        "-s s/1 .",
        "-s s/1 ./x",
        "-s s/1 e/x",
        "-s f one",
        "-sf f one",
        "-sfv f one",
        "-sb f one",
        "-si f one",
        "-s --remove-destination f one",
        "-su f one",
        "-sn f one",
        "-s gone new",
        "-s lf new",
        "-sP lf new",
        "-sd lf new",
        "-s s new",
        "-sr s new",
        "-srv s e",
        "-s /dev/null new",
        "-s /dev/null e",
        "-sr s/. t",
        "-sr s/. .",
        "-srv s/ ./.",
        "-srf s/. .",
        "-s f f",
        "-sT f one",
        "-sp f new",
        "-s --preserve=timestamps f new",
        "-sa f new",
        "-s --parents s/1 e",
        "-s --parents f .",
        "-s f g .",
        "-s /etc/passwd /etc/passwd",
        "-s e/../f new",
        "-s f t/l",
        "-sf f t/l",
        "-s s/n new",
        "-sP s/n new",
        "-s f new/",
        "-s f gone/x",
        "-s /dev/null gone/x",
    ]);
    t.cp("-s f e/new").fails("e/new: can make relative symbolic links only in current directory");
}

/// Below a directory, too, a link has the source's name as a whole in it.
#[test]
fn symbolic_links_instead_of_what_is_in_a_directory() {
    let t = Scene::new();
    t.folder("s").file("s/f", "f").folder("s/d").file("s/d/g", "g");
    let absolute = t.path("s").into_os_string();
    t.cp(&["-rs".as_ref(), absolute.as_os_str(), "new".as_ref()]).go().fine();
    t.cp(&["-rsT", "s", "."]).go().code(1);
    for (link, text) in [("new/f", t.path("s/f")), ("new/d/g", t.path("s/d/g")), ("f", "s/f".into())] {
        assert_eq!(std::fs::read_link(t.path(link)).ok(), Some(text), "{link}");
    }
}

#[test]
fn symbolic_links_as_sources() {
    let t = case("f f; l l f; l n gone; d d; f d/f; l ld d; l loop loop; d t; f t/l; l t/n other; d t/ld; d e; l up ../x; \
        l odd a%0Ab; l empty .")
    .only_as_we_are()
    .atimes_of("new");
    for options in [
        "", "-P", "-d", "-L", "-H", "-R", "-RP", "-RL", "-RH", "-a", "-aL", "-aH", "-p", "-dp", "-P -L",
        "-L -P", "-R -H -P", "-Rf",
    ] {
        for operands in [
            "l new", "n new", "ld new", "ld/ new", "loop new", "l n ld t", "up odd e", "l t/n", "-T ld t",
            "l e",
        ] {
            t.each(&[&format!("{options} -v {operands}")]);
        }
    }
    t.each(&["-du l t/n", "-Ru n t", "-duv n t/n", "-u -d l t/l"]);
}

/// Longer than any buffer of a first try.
#[test]
fn a_link_with_a_long_target() {
    let target = "x/".repeat(2040);
    let t = case(&format!("l l {target}; d e"));
    t.each(&["-d l new", "-a l e", "-R l e", "l new"]);
}
