//! Folders: merged, created, copied into themselves, walked through links.

use crate::harness::twins::{case, case_on_disk};

const SETUP: &str = "d s; d s/a m=700; f s/a/1; d s/a/b; f s/a/b/2 m=600; d s/empty m=1777; l s/l a/1; l s/n gone; \
    f s/3 m=4755; p s/p; d t; d t/a m=750; f t/a/0; f t/a/1; l t/empty a; f t/other; f file";

#[test]
fn created_and_merged() {
    let t = case_on_disk(SETUP);
    t.each(&[
        "-r s new",
        "-R s new",
        "-a s new",
        "-dR s new",
        "-rp s new",
        "-rv s new",
        "-rT s new",
        "-r s t",
        "-rv s/. t",
        "-rT s t",
        "-aT s t",
        "-rv s/ t/",
        "-r s new/",
        "-r s new/x",
        "-r s file",
        "-r s file/x",
        "s t",
        "s new",
        "-v s/. t",
        "s file t",
        "-rf s/. t",
        "-ru s/. t",
        "-rn s/. t",
        "-rb s/. t",
        "-r --remove-destination s/. t",
        "-rl s/. t",
        "-rl s new",
        "-rs s new",
        "-rs s/. t",
        "-r --attributes-only s new",
        "-r --attributes-only s/. t",
        "-r --preserve=mode s new",
        "-r --no-preserve=mode s new",
        "-r --sparse=always s new",
        "-rL s/a new",
        "-rH s new",
        "-rP s new",
        "-r s/a s/empty t",
        "-rv s/empty s/a file new",
        "-a --no-preserve=timestamps s/. t",
        "-rx s new",
        "-r --parents s/a/b t",
        "-r s t new",
        "-rLv s new",
        "-rd s new",
        "-rp s/. t",
        "--copy-contents -r s/a t",
    ]);
    t.cp("s new").fails("-r not specified; omitting directory 's'");
    t.cp("-r s gone/new").fails("cannot create directory 'gone/new': No such file or directory");
    t.cp("-rT s t").fails("cannot overwrite non-directory 't/empty' with directory 's/empty'");
}

#[test]
fn with_each_umask() {
    for umask in [0o000, 0o022, 0o027, 0o077, 0o777, 0o500] {
        let t = case("d s m=3777; d s/a m=2755; f s/a/f m=6777; f s/g m=444; d s/none m=0; d s/w m=333; p s/p m=666; s s/k m=777; l s/l g")
            .umask(umask);
        t.each(&[
            "-r s new",
            "-a s new",
            "-rp s new",
            "-r --preserve=mode s new",
            "-r --preserve=ownership s new",
        ]);
        t.each(&[
            "-r --no-preserve=mode s new",
            "-r --no-preserve=mode -p s new",
            "-a --no-preserve=mode s new",
        ]);
        t.each(&[
            "-r --preserve=timestamps s new",
            "-r --preserve=ownership --no-preserve=mode s new",
            "-rl s new",
        ]);
    }
}

/// In the end all have the mode that they should have, however little could be done in them meanwhile.
#[test]
fn without_the_owners_bits() {
    let t = case(
        "d s; d s/r m=444; d s/x m=111; d s/w m=222; d s/ro m=555; d s/0 m=0; f s/f m=0; f s/g m=222; f s/h m=444; \
        d in m=555; d in/a m=555; f in/a/b m=444; d t; d t/ro m=555",
    );
    t.each(&[
        "-r s new",
        "-a s new",
        "-rv s new",
        "-r in new",
        "-a in new",
        "-rp in new",
        "-r s/ro in t",
        "-rT in s",
    ]);
    t.each(&[
        "-r s/. t",
        "-a s/. t",
        "-r --no-preserve=mode in new",
        "-rl in new",
        "-rs in new",
        "-r in s/ro",
    ]);
}

/// What is inside is not compared: new folders have any inode number, and are met sooner or later.
#[test]
fn into_themselves() {
    let t = case("d d; d e; d e/d").only_as_we_are();
    t.each(&[
        "-r d d",
        "-rv d d",
        "-r d d/new",
        "-r d d/.",
        "-r d/. d/new",
        "-rT d d",
        "-r d/. d",
        "-r d ./d",
        "-a d d",
    ]);
    t.each(&[
        "-r e/d e",
        "-r e/d/. e",
        "-rT e/d e",
        "-rl d d",
        "-rL d d",
        "-rn d d",
        "-rb d d",
        "-rv d d/new/",
        "-r e/. e/d",
    ]);
    t.cp("-r d d").fails("cannot copy a directory, 'd', into itself, 'd/d'");
    let t = case("d d; l d/self .; l l d; d other").only_as_we_are();
    t.each(&["-r d l", "-rH l d", "-r l d", "-r l/ d", "-r l/ l/new", "-rv d l/new"]);
}

#[test]
fn loops_of_links() {
    let t = case(
        "d d; l d/up ..; d c; l c/self .; d two; d two/x; f two/x/f; l two/y x; l two/z ../two/x; d e; l loop loop",
    );
    t.each(&[
        "-rL c e",
        "-rLv c new",
        "-rL two new",
        "-rLv two e",
        "-rH c e",
        "-rL loop e",
        "-r loop e",
        "-aL two new",
    ]);
    t.each(&[
        "-rL --preserve=links two new",
        "-rL two/y two/z e",
        "-rL c two e",
        "-rlL two new",
        "-rLx two new",
    ]);
    t.cp("-rL c new").fails("cannot copy cyclic symbolic link 'c/self'");
}

#[test]
fn links_to_folders_in_the_destination() {
    let t =
        case("d s; d s/d; f s/d/f; f s/x; d t; l t/d real; d t/real; f t/real/old; d e; l e/s ../t; l le t");
    t.each(&[
        "-r s/. t",
        "-r s e",
        "-rT s le",
        "-rT s/. le",
        "-rT s/. le/",
        "-rT s le/",
        "-r s le",
        "-r s le/",
        "-rf s/. t",
        "-r --keep-directory-symlink s/. t",
        "-r --keep-directory-symlink --copy-contents s/. t",
        "-r --copy-contents s/. t",
        "-rT --keep-directory-symlink s le",
        "-rT --keep-directory-symlink --copy-contents s le",
        "-r --remove-destination s/. t",
        "-rT --remove-destination s le",
        "-T --remove-destination s/x le",
        "-rL s/. t",
        "-rb s/. t",
        "-rn s/. t",
        "-a s/. t",
        "-a --keep-directory-symlink s/. t",
        "--keep-directory-symlink s/x le",
        "-rd --keep-directory-symlink --copy-contents s/. t",
        "-rv --keep-directory-symlink --copy-contents s e",
    ]);
}

#[test]
fn set_group_id_is_inherited() {
    let t = case(
        "d s m=755; d s/d m=700; f s/d/f; s s/k; p s/p; d g m=2775 u=65534:12; f x m=644; d p; d p/q; f p/q/r",
    );
    t.each(&[
        "-r s g",
        "-a s g",
        "-r --no-preserve=mode s g",
        "-rp s g",
        "x g",
        "-p x g",
        "-r --preserve=ownership s g",
    ]);
    t.each(&["--parents p/q/r g", "-p --parents p/q/r g", "--no-preserve=mode x g", "-rl s g", "-rs s g"]);
}

#[test]
fn names_that_are_deep_or_long() {
    let long = "n".repeat(255);
    let deep: Vec<String> = (1..30).map(|i| format!("d {}", vec!["deep"; i].join("/"))).collect();
    let t = case(&format!(
        "d s; d s/{long}; f s/{long}/{long}; {}; f {}/f",
        deep.join(";"),
        vec!["deep"; 29].join("/")
    ));
    t.each(&["-r s new", "-av s new", "-r deep new", "-av deep new", &format!("s/{long}/{long} {long}")]);
    t.each(&[&format!("s/{long}/{long} {long}x"), &format!("{long}x new"), &format!("-r s {long}x")]);
}

/// Deeper than a path may be long.
#[test]
fn deeper_than_path_max() {
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
    let t = crate::harness::Scene::new();
    let name = "n".repeat(200);
    let mut folder = openat(CWD, t.dir(), OFlags::DIRECTORY, Mode::empty()).unwrap();
    for _ in 0..30 {
        mkdirat(&folder, name.as_str(), Mode::from(0o755)).unwrap();
        folder = openat(&folder, name.as_str(), OFlags::DIRECTORY, Mode::empty()).unwrap();
    }
    let ended = t.cp(&["-r", &name, "new"]).go();
    // GNU's gives up where the path is too long. To get further is no mistake.
    assert!(ended.status.code() == Some(0) || ended.stderr.ends_with(b"File name too long\n"), "{ended:?}");
}
