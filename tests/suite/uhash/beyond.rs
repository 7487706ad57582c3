//! `uhash` by its own name; many files at once, in their order.

use super::{HELLO, HELLO_MD5, HELLO_SHA256, HELLO_SHA256_BASE64, newest, noise};
use crate::harness::{Limit, Scene, only_ours};

/// It is cksum, but that it computes SHA-256 if nothing is said.
#[test]
fn the_default() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("f", HELLO).file("a b", HELLO);
    let line = format!("SHA256 (f) = {HELLO_SHA256}\n");
    t.uhash(&["f", "a b"]).go().stdout_is(format!("{line}SHA256 (a b) = {HELLO_SHA256}\n")).fine();
    for args in [&[][..], &["-"]] {
        t.uhash(args).stdin(HELLO).go().stdout_is(format!("SHA256 (-) = {HELLO_SHA256}\n")).fine();
    }
    t.uhash(&["--untagged", "f"]).go().stdout_is(format!("{HELLO_SHA256}  f\n")).fine();
    t.uhash(&["--untagged", "-b", "f"]).go().stdout_is(format!("{HELLO_SHA256} *f\n")).fine();
    t.uhash(&["--base64", "f"]).go().stdout_is(format!("SHA256 (f) = {HELLO_SHA256_BASE64}\n")).fine();
    t.uhash(&["-a", "md5", "f"]).go().stdout_is(format!("MD5 (f) = {HELLO_MD5}\n")).fine();
    t.uhash(&["-a", "crc", "f"]).go().stdout_is("3015617425 6 f\n").fine();
    assert_eq!(t.uhash(&["--raw", "f"]).go().fine().stdout.len(), 32);
    t.uhash(&["f"]).called("./anything").go().stdout_is(line).fine();
}

/// As cksum in all else, but for the name in front of what it says.
#[test]
fn like_cksum() {
    if only_ours() {
        return;
    }
    let t = Scene::new();
    t.file("f", HELLO).file("g", noise(70_000)).folder("d");
    let operands = ["f", "gone", "d", "g", "-"];
    for kind in ["md5", "sha1", "sha512", "sm3", "blake2b", "bsd", "sysv", "crc", "crc32b"] {
        for options in [&[][..], &["--untagged"], &["--base64"], &["-z"]] {
            let cksum = t.sum("cksum", &["-a", kind]).args(options).args(&operands).stdin("x");
            let theirs = cksum.like(&newest("cksum"));
            let told = String::from_utf8(theirs.stderr).unwrap().replace("cksum: ", "uhash: ");
            let ours = t.uhash(&["-a", kind]).args(options).args(&operands).stdin("x");
            ours.go().stdout_is(theirs.stdout).stderr_is(told).code(1);
        }
    }
}

/// Large and tiny files, and some that are not there: whoever is finished first waits for those in front.
#[test]
fn in_order() {
    let t = Scene::in_memory();
    let bytes = noise(6_000_000);
    t.folder("d");
    let names: Vec<String> = (0..700).map(|i| format!("n{i}")).collect();
    for (i, name) in names.iter().enumerate() {
        let size = match i % 100 {
            0 => 6_000_000,
            50 => 1_500_000,
            7 => continue,
            8 => 0,
            rest => rest * 37,
        };
        if i % 100 != 0 || i < 400 {
            t.file(name, &bytes[..size]);
        }
    }
    for (command, options) in [("sha1sum", &[][..]), ("cksum", &["-a", "blake2b"]), ("cksum", &[])] {
        let run = t.sum(command, options).args(&names).redirect("2>&1");
        run.clone().like(&newest(command)).code(1);
        run.limit(Limit::Files(16)).like(&newest(command)).code(1);
    }
    let some: Vec<&String> = names.iter().filter(|name| t.path(name).exists()).collect();
    t.sum("md5sum", &some).redirect(">list").go().fine();
    let results: String = some.iter().map(|name| format!("{name}: OK\n")).collect();
    t.sum("md5sum", &["-c", "list"]).go().stdout_is(results).fine();
}

#[test]
fn ten_thousand_operands() {
    let t = Scene::in_memory();
    let names: Vec<String> = (0..200).map(|i| format!("n{i}")).collect();
    for (i, name) in names.iter().enumerate() {
        t.file(name, noise(i * 11));
    }
    let many: Vec<&String> = names.iter().cycle().take(10_000).collect();
    t.sum("sha256sum", &many).like(&newest("sha256sum")).fine();
}
