//! Destinations that exist, of every kind, for sources of every kind.
//!
//! Once: decided by looks at names. Under the other engines [`super::generated`] mixes in all of it.

use crate::harness::twins::{Case, case};

/// Sources are named by a letter; `d…` are destinations.
const SETUP: &str = "f f =from%20f; d s; f s/x; l l f; l n gone; l ls s; p p; s k; h fh f; \
    f df m=640; d dd; f dd/y; d de; l dl df; l dn dgone; l ds dd; l loop loop; p dp; s dk; h dfh df; f ro m=444";

const DESTINATIONS: [&str; 12] = ["df", "dd", "de", "dl", "dn", "ds", "loop", "dp", "dk", "dfh", "ro", "new"];

fn t() -> Case {
    case(SETUP).only_as_we_are()
}

/// All sources onto all destinations. A FIFO that is opened would wait for its other end.
#[track_caller]
fn all(options: &[&str], sources: &[&str]) {
    for options in options {
        for source in sources {
            for destination in DESTINATIONS {
                let opens_fifo = destination == "dp"
                    && !options.contains(['R', 'a', 'l', 's', 'b', 'n'])
                    && !options.contains("remove")
                    && !options.contains("update=none");
                if !opens_fifo {
                    t().each(&[&format!("{options} -T {source} {destination}")]);
                }
            }
        }
    }
}

#[test]
fn files() {
    all(&["", "-f", "-v --remove-destination", "-p", "-n"], &["f"]);
}

#[test]
fn files_with_a_backup_or_as_links() {
    all(&["-bv", "-l", "-lf", "-s", "-sf", "-d"], &["f"]);
}

#[test]
fn folders() {
    all(&["-R", "-Rf", "-Rb", "-Rv --remove-destination", "-a", "-Rl", "-Rs", ""], &["s"]);
}

#[test]
fn links() {
    all(&["-d", "-df", "-Rv", "-dv --remove-destination", "-lP", "-lf"], &["l", "n"]);
    all(&["", "-R", "-RH"], &["ls"]);
}

#[test]
fn special_files() {
    all(&["-R", "-Rf", "-Rbv", "-a", "-Rl"], &["p", "k"]);
}

#[test]
fn of_the_wrong_kind() {
    t().cp("-R s df").fails("cannot overwrite non-directory 'df' with directory 's'");
    t().cp("-T f dd").fails("cannot overwrite directory 'dd' with non-directory 'f'");
    t().cp("f loop").fails("cannot stat 'loop': Too many levels of symbolic links");
    t().cp("-f f loop").fine().has("loop", "kind", "file");
    t().cp("f dn").fails("not writing through dangling symlink 'dn'");
    t().cp("-R p dk").fine().has("dk", "kind", "fifo");
    t().cp("-RL p df").fails("cannot create fifo 'df': File exists");
}

#[test]
fn dangling_links() {
    t().each(&[
        "f dn",
        "-f f dn",
        "-i f dn",
        "-n f dn",
        "-u f dn",
        "--remove-destination f dn",
        "-b f dn",
        "-p f dn",
        "--debug f dn",
        "-v f dn",
        "-R s dn",
        "--attributes-only f dn",
        "--update=none f dn",
        "-l f dn",
        "-s f dn",
    ]);
    let posix = t().env("POSIXLY_CORRECT", "1");
    posix.each(&[
        "f dn",
        "-v f dn",
        "-b f dn",
        "--remove-destination f dn",
        "-p f dn",
        "--attributes-only f dn",
    ]);
    posix.cp("f dn").fine().has("dgone", "content", "\"from f\"");
}

/// A name that is written to in place keeps all its other names.
#[test]
fn what_stays_and_what_is_new() {
    t().cp("f df").fine().has("df", "is what was", "df").has("df", "mode", "0640").has(
        "dfh",
        "content",
        "\"from f\"",
    );
    t().cp("--remove-destination f df").fine().has("df", "links", "1").has("dfh", "content", "\"df\\n\"");
    t().cp("f dl").fine().has("dl", "kind", "symlink").has("df", "content", "\"from f\"");
    t().cp("-a f df").fine().has("dfh", "content", "\"df\\n\"");
    let t = case("f a; f b; h c b; l d b; f e m=0");
    t.each(&[
        "-p a b",
        "-d a b",
        "--preserve=links a b",
        "--attributes-only --preserve=links a b",
        "-a a d",
        "-v -a a b",
    ]);
    t.each(&[
        "-f a e",
        "-fv a e",
        "a e",
        "-p a e",
        "--attributes-only a e",
        "-f --attributes-only a e",
        "-v e b",
    ]);
}

/// By somebody who may not.
#[test]
fn out_of_reach() {
    let t = case(
        "f a; d no; f no/a; = no m=000; d look; f look/a; = look m=555; d go; f go/a; = go m=666; f none m=0; \
        f ro m=444; d e; d e/ro; f e/ro/f; = e/ro m=555",
    );
    for d in [
        "no", "no/a", "no/new", "look", "look/a", "look/new", "go", "go/a", "go/new", "none", "ro", "e/ro/f",
        "a/x",
    ] {
        t.each(&[
            &format!("a {d}"),
            &format!("-f a {d}"),
            &format!("-v --remove-destination a {d}"),
            &format!("-b a {d}"),
            &format!("-l a {d}"),
            &format!("-sv a {d}"),
            &format!("-R e {d}"),
            &format!("-p a {d}"),
            &format!("{d} new"),
            &format!("-R {d} new"),
            &format!("-n a {d}"),
            &format!("-t {d} a"),
            &format!("-R --parents {d} e"),
        ]);
    }
    t.each(&["-r . ../x", "-R e/ro new", "-av e new", "-Rf a e/ro", "-R no look go new"]);
    let nobody = t.only_as_nobody();
    nobody.cp("a no").fails("cannot stat 'no/a': Permission denied");
    nobody.cp("a look/new").fails("cannot create regular file 'look/new': Permission denied");
    nobody.cp("none new").fails("cannot open 'none' for reading: Permission denied");
}

#[test]
fn a_program_that_runs() {
    use crate::harness::{Scene, needs_root};
    if needs_root() {
        return;
    }
    let t = Scene::new();
    std::fs::copy("/bin/sleep", t.path("program")).unwrap();
    t.file("a", "from a\n");
    let running = {
        let _guard = crate::harness::sys::no_forks();
        std::process::Command::new(t.path("program")).arg("1000").spawn()
    };
    let mut running = running.unwrap();
    let busy = "cp: cannot create regular file 'program': Text file busy\n";
    t.cp(&["a", "program"]).go().stderr_is(busy).code(1);
    t.cp(&["-f", "a", "program"]).go().fine();
    running.kill().unwrap();
    running.wait().unwrap();
    t.holds("program", "from a\n");
}
