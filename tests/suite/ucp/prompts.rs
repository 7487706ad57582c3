//! `-i`, `-u`, `-n` and `--update`: what is asked, and what is skipped.
//!
//! Once: decided by looks at names. Under the other engines [`super::generated`] mixes in all of it.

use crate::harness::twins::case;

const SETUP: &str = "f a t=1000; f b t=1000; f new t=2000; f old t=500; f near t=1000.000000001; d d; f d/a t=900; \
    f d/b t=1100; d e; f e/a t=1000; f e/c t=1; l link b; l dangling gone; f ro m=444 t=1000; f none m=0; \
    f special m=6751; p p";

#[test]
fn answers() {
    for answer in
        ["y\n", "Y\n", "yes\n", "n\n", "N\n", "\n", " y\n", "no\n", "", "y", "yno", "x\n", "\0y\n", "ya\n"]
    {
        let t = case(SETUP).only_as_we_are().stdin(answer);
        t.each(&["-i a b", "-iv a b", "-i --debug a b"]);
    }
    let t = case(SETUP).only_as_we_are().stdin("y\nn\ny\nn\ny\nn\ny\nn\n");
    t.each(&[
        "-iv a b d",
        "-iRv d/. e",
        "-iRv e/. d",
        "-ivl a b d",
        "-ivs d/a d/b .",
        "-iv new d/a d/b e",
        "-iRv d e",
    ]);
    t.each(&[
        "-iv --parents a b d",
        "-ip a b",
        "-iu a b d",
        "-inv a b",
        "-niv a b",
        "-iv a d/a d",
        "-bi a b d",
    ]);
    t.cp("-i a b").stderr_is("cp: overwrite 'b'? ").code(0);
    let t = case(SETUP).only_as_we_are().stdin("n\n");
    t.cp("-i a b").stderr_is("cp: overwrite 'b'? ").stdout_is("").code(1);
}

#[test]
fn what_is_asked() {
    let t = case(SETUP).stdin("y\ny\ny\n");
    t.each(&[
        "-i a ro",
        "-if a ro",
        "-i --remove-destination a ro",
        "-i a none",
        "-if a none",
        "-i a special",
        "-if a special",
        "-i a link",
        "-i a dangling",
        "-id link b",
        "-iR p a",
        "-il a ro",
        "-is a ro",
        "-ib a ro",
        "-i --attributes-only a ro",
        "-iT a d",
        "-iR d a",
        "-i a gone/x",
        "-i gone b",
        "-iu old ro",
        "-iu new ro",
        "-iu new old",
        "-i --update=none new old",
        "-i --update=none-fail new old",
        "-i a a",
        "-ip a ro",
        "-ia a ro",
    ]);
    let t = case("f a; f b m=0644 u=0:0; f c m=4755 u=0:0; f d m=1602 u=0:0; d e m=755 u=0:0; f e/a u=0:0")
        .stdin("y\n");
    t.each(&["-i a b", "-if a b", "-i a c", "-if a c", "-i a d", "-if a d", "-i a e", "-if a e"]);
}

#[test]
fn stdin_that_is_closed() {
    let t = case(SETUP).only_as_we_are().with(|run| run.redirect("<&-"));
    t.each(&["-i a b", "a b", "-i a fresh", "-v a b"]);
    t.cp("-i a b").has("b", "content", "\"b\\n\"");
}

/// What was not asked for is left to the next reader.
#[test]
fn stdin_that_is_shared() {
    use std::io::{Read, Seek};
    let t = crate::harness::Scene::new();
    t.file("a", "a").file("b", "b").file("answers", "y\nfor the next\n");
    let mut answers = std::fs::File::open(t.path("answers")).unwrap();
    t.cp(&["-i", "a", "b"]).stdin_from(answers.try_clone().unwrap()).go().code(0);
    assert_eq!(answers.stream_position().unwrap(), 2);
    let mut rest = String::new();
    answers.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "for the next\n");
    t.holds("b", "a");
}

#[test]
fn a_terminal_is_asked_in_turn() {
    let t = crate::harness::Scene::new();
    t.file("a", "new a").file("b", "new b").folder("d").file("d/a", "a").file("d/b", "b");
    let mut live = t.cp(&["-i", "a", "b", "d"]).stdin_typed().start();
    live.stderr.until("cp: overwrite 'd/a'? ");
    live.send("y\n");
    live.stderr.until("cp: overwrite 'd/a'? cp: overwrite 'd/b'? ");
    // The answer to the first question has been acted upon before the second one is asked.
    t.holds("d/a", "new a").holds("d/b", "b");
    live.send("n\n");
    live.close_stdin();
    live.finish().stdout_is("").code(1);
    t.holds("d/a", "new a").holds("d/b", "b");
}

#[test]
fn only_if_newer() {
    let t = case(SETUP).only_as_we_are();
    for option in
        ["-u", "--update", "--update=older", "--update=all", "--update=none", "--update=none-fail", "-n"]
    {
        for pair in
            ["new old", "old new", "a b", "a near", "near a", "a fresh", "a link", "link a", "a dangling"]
        {
            t.each(&[&format!("{option} -v --debug {pair}")]);
        }
        t.each(&[&format!("{option} -Rv d/. e"), &format!("{option} -av e/. d"), &format!("{option} a a")]);
        t.each(&[
            &format!("{option} -d link dangling"),
            &format!("{option} -pv near a"),
            &format!("{option} -T a d"),
        ]);
        t.each(&[
            &format!("{option} -l new old"),
            &format!("{option} -s new old"),
            &format!("{option} -R d a"),
        ]);
        t.each(&[
            &format!("{option} gone old"),
            &format!("{option} new old d"),
            &format!("{option} -R p old"),
        ]);
    }
    t.cp("--update=none-fail a b").fails("not replacing 'b'");
    t.cp("--debug -n a b").stdout_is("skipped 'b'\n").fine();
}

/// The second name of a file that was skipped becomes a link of the first one.
#[test]
fn linked_files_that_are_up_to_date() {
    let t = case(
        "f f t=100; h g f; f x t=50; d d; f d/f t=200; f d/g t=200; d s; f s/1 t=10; h s/2 s/1; h s/3 s/1; \
        d e; f e/1 t=20; f e/2 t=20; f e/3 t=5",
    );
    t.each(&[
        "-u f g d",
        "-uv f g d",
        "-uav f g d",
        "-uav s/. e",
        "-uRv s/. e",
        "-n f g d",
        "-uav s/3 s/1 s/2 e",
    ]);
    t.each(&["-uv --preserve=links s/1 s/2 s/3 e", "-ulv f g d", "--update=none -av s/. e", "-ubv f g d"]);
    t.cp("-uv f g d").stdout_is("removed 'd/g'\n").has("d/g", "is what was", "d/f");
}
