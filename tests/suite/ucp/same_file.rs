//! A file copied onto itself under another name, or under the same one.
//!
//! Once: decided by looks at names. Under the other engines [`super::generated`] mixes in all of it.

use crate::harness::twins::case;

const SETUP: &str = "f foo; l symlink foo; h hardlink foo; l sl1 foo; l sl2 foo; h hlsl sl2";

/// What stands together in GNU's own table of these, and some more.
const OPTIONS: [&str; 40] = [
    "",
    "-f",
    "-d",
    "-df",
    "-P",
    "--remove-destination",
    "-d --remove-destination",
    "-b",
    "-bf",
    "-bd",
    "-bdf",
    "-l",
    "-dl",
    "-fl",
    "-dfl",
    "-bl",
    "-bfl",
    "-bdl",
    "-bdfl",
    "-s",
    "-sf",
    "-sb",
    "-sbf",
    "-a",
    "-R",
    "-Rf",
    "-RL",
    "-n",
    "-u",
    "-i",
    "--update=none",
    "--update=none-fail",
    "-b --remove-destination",
    "-l --remove-destination",
    "-s --remove-destination",
    "--attributes-only",
    "--preserve=links",
    "--backup=numbered -f",
    "-bfP",
    "-H",
];

const PAIRS: [&str; 12] = [
    "foo symlink",
    "symlink foo",
    "foo foo",
    "sl1 sl2",
    "foo hardlink",
    "hlsl sl2",
    "hardlink symlink",
    "./foo foo",
    "symlink symlink",
    "sl2 hlsl",
    "foo .",
    "symlink hardlink",
];

#[track_caller]
fn pairs(pairs: &[&str], as_nobody: bool) {
    let t = if as_nobody { case(SETUP).only_as_nobody() } else { case(SETUP).only_as_we_are() };
    // Only here has 9.1 another opinion.
    let older = t.clone().system_too();
    for pair in pairs {
        for options in OPTIONS {
            let agreed = ["update=", "-i", "-n"].iter().all(|new| !options.contains(new));
            let t = if agreed && !as_nobody && *pair != "foo ." { &older } else { &t };
            t.each(&[&format!("{options} {pair}")]);
        }
    }
}

#[test]
fn a_file_and_its_link() {
    pairs(&PAIRS[..3], false);
}

#[test]
fn links_and_hard_links() {
    pairs(&PAIRS[3..6], false);
}

#[test]
fn other_spellings() {
    pairs(&PAIRS[6..], false);
}

#[test]
fn without_rights() {
    pairs(&PAIRS[..2], true);
    pairs(&PAIRS[4..6], true);
}

/// The table itself, as it is written down: also where there is no GNU cp to ask.
#[test]
fn by_the_table() {
    let t = case(SETUP).only_as_we_are();
    t.cp("foo symlink").fails("'foo' and 'symlink' are the same file").has(
        "symlink",
        "is what was",
        "symlink",
    );
    t.cp("-f foo hardlink").fails("'foo' and 'hardlink' are the same file");
    t.cp("-d sl1 sl2").fine().has("sl2", "target", "foo");
    t.cp("-d hlsl sl2").fine().has("sl2", "is what was", "hlsl");
    t.cp("--remove-destination foo symlink").fine().has("symlink", "kind", "file");
    t.cp("--remove-destination foo hardlink").fine().has("hardlink", "links", "1");
    t.cp("-bf foo foo").fine().has("foo~", "kind", "file").has("foo", "is what was", "foo");
    t.cp("-b foo foo").fails("'foo' and 'foo' are the same file");
    t.cp("-bf ./foo foo").fails("'./foo' and 'foo' are the same file");
    t.cp("-bd symlink foo").fine().has("foo", "target", "foo").has("foo~", "is what was", "foo");
    t.cp("-l foo symlink").fails("cannot create hard link 'symlink' to 'foo': File exists");
    t.cp("-l symlink foo").fine().has("foo", "is what was", "foo");
    t.cp("-fl foo symlink").fine().has("symlink", "is what was", "foo");
    t.cp("-dl sl1 sl2").fine().has("sl2", "is what was", "sl1");
    t.cp("-s foo symlink").fails("cannot create symbolic link 'symlink' to 'foo': File exists");
    t.cp("-sf sl1 sl2").fine().has("sl2", "target", "sl1");
    t.cp("-sf foo hardlink").fails("'foo' and 'hardlink' are the same file");
    t.cp("-n foo foo").fine();
    t.cp("--update=none-fail foo foo").fails("not replacing 'foo'");
}
