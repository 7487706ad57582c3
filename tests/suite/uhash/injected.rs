//! Reads that fail for good.
//!
//! Own faults: each command says which ones it gets.

use super::noise;
use crate::harness::{Scene, has_injector};

const FILES: usize = 150;

/// A digest is right, or the file is named in a diagnostic.
#[test]
fn right_or_named() {
    if !has_injector() {
        return;
    }
    let t = Scene::new();
    let bytes = noise(200_000);
    t.folder("s");
    for n in 0..FILES {
        t.file(format!("s/{n}"), &bytes[..n * 1333 % 200_000]);
    }
    let names: Vec<String> = (0..FILES).map(|n| format!("s/{n}")).collect();
    let right = t.uhash(&names).env("RINGUTILS_FAULTS", "").go().fine().stdout;
    let right: Vec<&str> = std::str::from_utf8(&right).unwrap().lines().collect();
    let mut failed = 0;
    for seed in 1..=6 {
        let faults = format!("seed={},short=8,eio=20", seed * 7919);
        for (args, names) in [(&["-r", "s"][..], &[][..]), (&[], &names[..])] {
            let ended = t.uhash(args).args(names).env("RINGUTILS_FAULTS", &faults).go();
            let (lines, told) =
                (String::from_utf8(ended.stdout.clone()), String::from_utf8(ended.stderr.clone()));
            let (mut lines, told) = (lines.unwrap(), told.unwrap());
            if told.contains("write error") {
                // In the middle of a line, perhaps.
                lines.truncate(lines.rfind('\n').map_or(0, |end| end + 1));
            }
            let wrong: Vec<&str> = lines.lines().filter(|line| !right.contains(line)).collect();
            assert!(wrong.is_empty(), "wrong: {wrong:?}, {told}");
            let missing = FILES - lines.lines().count();
            // A folder that can't be read takes all of its files with it.
            assert!(missing == 0 || !told.is_empty(), "{missing} files are missing, and nothing was said");
            // Writing may fail as well, and then there is nothing more to say.
            if args.is_empty() && !told.contains("write error") {
                assert_eq!(
                    told.lines().filter(|line| line.starts_with("uhash: s/")).count(),
                    missing,
                    "{told}"
                );
            }
            ended.code(i32::from(!told.is_empty()));
            failed += missing;
        }
    }
    assert!(failed > 0, "no fault was injected");
}
