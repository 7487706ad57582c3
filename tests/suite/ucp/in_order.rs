//! However many files are copied at once: lines and failures are told in GNU's order.

use std::fmt::Write as _;
use std::fs;

use crate::harness::tree::{Before, Tree};
use crate::harness::twins::{case, words};
use crate::harness::{Run, Scene, Tool, latest_oracle, skip, ucp};

const FOLDERS: usize = 12;
const FILES: usize = 40;

/// A tree of some hundred files. One of them in seven can't be read by others, or is in the way of one.
fn plant(t: &Scene) {
    let mut setup = "d s; d t; d t/s m=777; f t/s/file3".to_owned();
    for folder in 0..FOLDERS {
        let top = if folder % 3 == 2 {
            format!("s/folder{}/sub{folder}", folder - 1)
        } else {
            format!("s/folder{folder}")
        };
        let _ = write!(setup, "; d {top}");
        if folder % 3 == 1 {
            let _ = write!(setup, "; d t/{top} m=777; f t/{top}/file9; d t/{top}/file4");
        }
        for file in 0..FILES {
            let mode = if file % 7 == 5 { "m=0" } else { "" };
            let _ = match file % 11 {
                8 => write!(setup, "; l {top}/link{file} file{}", file - 1),
                9 => write!(setup, "; h {top}/hard{file} {top}/file{}", file - 2),
                _ => write!(setup, "; f {top}/file{file} #{} {mode}", file * folder * 37),
            };
        }
    }
    setup += "; d s/shut; f s/shut/x; = s/shut m=0; f s/file3; d s/file3x";
    crate::harness::plot::build(t.dir(), &setup, None);
}

/// The same sources for both, since the order of inodes is the order in which they are copied.
fn run(t: &Scene, tool: &Tool, args: &str, nobody: bool) -> (crate::harness::Ended, Tree) {
    let before = Before::default();
    let saved = t.path("saved");
    let target = t.path("t");
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        let run = Run::new(&latest_oracle("cp").expect("GNU's cp"), "cp", t, &[from, to]).arg("-a");
        run.go().fine();
    };
    if !saved.exists() {
        copy(&target, &saved);
    }
    let _ = fs::remove_dir_all(&target);
    copy(&saved, &target);
    if nobody {
        std::os::unix::fs::chown(&target, Some(crate::harness::NOBODY), None).unwrap();
    }
    let run = Run::new(tool, "cp", t, &words(args)).umask(0o022);
    let run = if nobody { run.without_rights() } else { run };
    (run.go(), Tree::of(&target, &before, None))
}

#[test]
fn as_gnu_would_have_done_it_one_by_one() {
    let Some(gnu) = latest_oracle("cp") else {
        return skip("no newest GNU cp to compare with");
    };
    let t = Scene::new();
    plant(&t);
    for args in [
        "-rv s t",
        "-av s t",
        "-rv --debug s t",
        "-rbv s/. t/s",
        "-rvn s t",
        "-rvu s t",
        "-rlv s t",
        "-rLv s t",
        "-rvf s/folder1 s/gone s/folder3 s/file3 t",
    ] {
        for nobody in [false, crate::harness::sys::is_root()] {
            let (ours, our_tree) = run(&t, ucp(), args, nobody);
            let (theirs, their_tree) = run(&t, &gnu, args, nobody);
            let report = ours.difference_from(&theirs).or_else(|| our_tree.difference_from(&their_tree));
            assert_eq!(report, None, "{}", report.as_deref().unwrap_or_default());
            assert!(ours.stdout.len() > 2000 || args.contains("-rvn"), "{args}");
        }
    }
}

/// Both streams in one log.
#[test]
fn failures_stand_between_the_lines() {
    let Some(gnu) = latest_oracle("cp") else {
        return skip("no newest GNU cp to compare with");
    };
    let t = Scene::new();
    plant(&t);
    let log = |tool: &Tool| {
        let run = Run::new(tool, "cp", &t, &["-rv", "s", "new"]).without_rights().redirect(">log 2>&1");
        t.folder("new");
        fs::set_permissions(t.path("new"), std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
        run.go().code(1);
        fs::remove_dir_all(t.path("new")).unwrap();
        t.read("log")
    };
    if !crate::harness::sys::is_root() {
        skip("with other rights it looks different");
    }
    let (ours, theirs) = (log(ucp()), log(&gnu));
    assert!(ours.len() > 2000);
    assert_eq!(crate::harness::difference(&ours, &theirs), None);
}

#[test]
fn many_operands() {
    let names: Vec<String> = (0..300).map(|i| format!("file{i}")).collect();
    let files: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(i, name)| format!("f {name} {}", if i % 9 == 4 { "m=0" } else { "" }))
        .collect();
    let t = case(&format!("d d; d d/file7; {}", files.join("; "))).any_inodes();
    t.each(&[&format!("-v {} d", names.join(" ")), &format!("-vp {} gone {} d", names.join(" "), names[3])]);
    t.each(&[&format!("-bv {} d", names.join(" ")), &format!("-lv {} d", names.join(" "))]);
}

/// What to make, and the arguments: destinations with several names, hard links and symbolic ones.
const SEVERAL_NAMES: [(&str, &str); 8] = [
    (
        "d s/d; f s/d/l #700000; f s/z #900000; d s/e; f s/e/l #800000; \
         d t/d; d t/e; f t/z; l t/d/l ../z; l t/e/l ../d/l",
        "-r s/. t",
    ),
    ("f s/b; d s/a; f s/a/b; l t/b a", "-r s/. t"),
    (
        "d s/d; f s/d/f #900000; d s/e; f s/e/f #700000; d t/e; f t/e/f; l t/d e",
        "-r --keep-directory-symlink --copy-contents s/. t",
    ),
    ("d s/d; f s/d/l #900000; f s/z #700000; d t/d; f t/z; l t/d/l ../z", "-r s/d s/z t"),
    (
        "f s/z #700000; d s/d; f s/d/l #900000; d s/n; f s/n/f; d t/d; f t/z; l t/d/l ../n/f",
        "-r s/z s/n s/d t",
    ),
    (
        "d s/a; d s/a/x; f s/a/x/z #900000; f s/z #700000; d t/a; f t/z; l t/a/x ..",
        "-r --keep-directory-symlink --copy-contents s/a s/z t",
    ),
    (
        "l l s; f s/f; f t/x; d t/s; h t/s/f t/x; f t/y; d t/l; h t/l/f t/y",
        "-rH --preserve=links --attributes-only s l t",
    ),
    ("f s/a #900000; f s/b #700000; f s/c #500000; f t/b; l t/a b; h t/c t/b", "s/c s/a s/b t"),
];

/// It holds what it got last, and all of it.
#[test]
fn what_has_several_names_holds_one_content() {
    let Some(gnu) = latest_oracle("cp") else {
        return skip("no newest GNU cp to compare with");
    };
    let many = |n: usize, statements: &dyn Fn(usize) -> String| (0..n).map(statements).collect::<String>();
    let folders =
        many(8, &|i| format!("; d s/h{i}; f s/h{i}/f #{}; d t/h{i}; h t/h{i}/f t/f", 900_000 - i * 60_000));
    let files = many(300, &|i| format!("; f s/o{i} #{}; h t/o{i} t/{}", i * 90, i % 7));
    let operands = many(300, &|i| format!("s/o{i} "));
    let generated = [
        (format!("f t/f{folders}"), "-r s/. t".to_owned()),
        (format!("f t/f{folders}"), "-rp s/. t".to_owned()),
        (many(7, &|i| format!("f t/{i}; ")) + &files[2..], operands + "t"),
    ];
    let written = SEVERAL_NAMES.map(|(setup, args)| (setup.to_owned(), args.to_owned()));
    for (setup, args) in written.into_iter().chain(generated) {
        let t = Scene::new();
        crate::harness::plot::build(t.dir(), &format!("d s; d t; {setup}"), None);
        let (theirs, their_tree) = run(&t, &gnu, &args, false);
        assert!(
            !String::from_utf8_lossy(&theirs.stderr).contains("--help"),
            "{args}: not what it should test"
        );
        for _ in 0..3 {
            let (ours, our_tree) = run(&t, ucp(), &args, false);
            let report = ours.difference_from(&theirs).or_else(|| our_tree.difference_from(&their_tree));
            assert_eq!(report, None, "{args}: {}", report.as_deref().unwrap_or_default());
        }
    }
}

/// More lines than are kept wait for the turn of a directory in front of them.
#[test]
fn more_lines_than_are_kept() {
    let t = Scene::in_memory();
    t.folder("s").folder("s/d").file("s/d/f", "");
    for i in 0..36_000 {
        t.file(format!("s/{i}"), "");
    }
    let lines = t.cp(&["-rv", "s", "t"]).go().fine().stdout;
    assert_eq!(String::from_utf8_lossy(&lines).lines().count(), 36_003);
}
