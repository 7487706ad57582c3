use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::*;

fn options(control: BackupControl, suffix: &str) -> Backup {
    Backup { control, suffix: suffix.into() }
}

fn folder_with(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for name in names {
        fs::write(folder.path().join(name), name).expect("a file");
    }
    folder
}

fn place(folder: &Path, name: &str) -> Place {
    let fd = fs::File::open(folder).expect("the folder");
    Place::within(Some(Arc::new(fd.into())), c_string(name.as_bytes()), format!("d/{name}").into())
}

#[test]
fn numbers_of_any_length() {
    for (number, next) in [
        ("", "1"),
        ("1", "2"),
        ("9", "10"),
        ("1099", "1100"),
        ("999999999999999999999", "1000000000000000000000"),
    ] {
        assert_eq!(successor(number.as_bytes()), next.as_bytes());
    }
    for (entry, number) in [
        ("b.~1~", Some("1")),
        ("b.~09~", None),
        ("b.~0~", None),
        ("b.~~", None),
        ("b.~1a~", None),
        ("bb.~1~", None),
        ("b.~12~x", None),
    ] {
        assert_eq!(number_of(entry.as_bytes(), b"b"), number.map(str::as_bytes), "{entry}");
    }
}

#[test]
fn the_old_file_is_kept_whole() {
    let folder = folder_with(&["b", "b~"]);
    let kept = backup(&options(BackupControl::Simple, "~"), &place(folder.path(), "b")).expect("renamed");
    assert_eq!((kept.shown_bytes(), kept.name().to_bytes()), (&b"d/b~"[..], &b"b~"[..]));
    assert_eq!(fs::read(folder.path().join("b~")).expect("the backup"), b"b");
    let gone = backup(&options(BackupControl::Simple, "~"), &place(folder.path(), "b"));
    assert_eq!(gone.expect_err("nothing there").raw_os_error(), Some(2));
}

#[test]
fn paths_without_an_open_folder() {
    let folder = folder_with(&["b", "b.~3~"]);
    let path = folder.path().join("b");
    let place = Place::of_path(path.as_os_str().as_bytes());
    let kept = backup(&options(BackupControl::Existing, "~"), &place).expect("renamed");
    assert_eq!(kept.shown(), folder.path().join("b.~4~").as_os_str());
    assert!(fs::exists(folder.path().join("b.~4~")).expect("a look"));
}

#[test]
fn taken_numbers_are_skipped() {
    let folder = folder_with(&["b", "b.~1~", "b.~2~"]);
    let b = place(folder.path(), "b");
    let existing = options(BackupControl::Existing, "~");
    assert_eq!(choose(&existing, &b, Some(b"7")).place.name().to_bytes(), b"b.~8~");
    assert_eq!(choose(&existing, &b, Some(b"1")).place.name().to_bytes(), b"b.~3~");
    let taken = rename_to_free(&b, &b.sibling(b"b.~2~"));
    assert_eq!(taken, Err(Errno::EXIST));
}

#[test]
fn a_source_that_is_the_backup() {
    let folder = folder_with(&["b", "b~", "c~"]);
    fs::hard_link(folder.path().join("b~"), folder.path().join("x")).expect("a link");
    let destroyed = |source: &str, control, suffix| {
        let source = place(folder.path(), source);
        let stat = sys::stat_at(source.folder(), source.name(), true).expect("a source");
        would_destroy(&options(control, suffix), &source, &stat, &place(folder.path(), "b"))
    };
    assert!(destroyed("b~", BackupControl::Simple, "~"));
    assert!(destroyed("b~", BackupControl::Existing, "~"));
    assert!(!destroyed("b~", BackupControl::Numbered, "~"));
    assert!(!destroyed("b~", BackupControl::Simple, ".o"));
    assert!(!destroyed("c~", BackupControl::Simple, "~"));
    assert!(!destroyed("x", BackupControl::Simple, "~"));
}

/// The names in a folder after backups of `b` by GNU's cp, and by ours, which may fail.
fn compare(control: BackupControl, word: &str, names: &[&str], file: &str) {
    let Some(home) = std::env::var_os("HOME") else { return };
    let gnu = Path::new(&home).join(".cache/gnu-latest/bin/cp");
    if !gnu.exists() {
        return;
    }
    let (theirs, ours) = (folder_with(names), folder_with(names));
    for round in 0..3 {
        for folder in [&theirs, &ours] {
            fs::write(folder.path().join(file), round.to_string()).expect("a file");
        }
        let source = folder_with(&["new"]);
        let status = Command::new(&gnu)
            .args([&format!("--backup={word}"), "-S.orig", "-T"])
            .args([source.path().join("new"), theirs.path().join(file)])
            .env_remove("VERSION_CONTROL")
            .output()
            .expect("GNU runs")
            .status;
        let result = backup(&options(control, ".orig"), &place(ours.path(), file));
        assert_eq!(status.success(), result.is_ok(), "{word} {file} {result:?}");
        fs::write(ours.path().join(file), "new").expect("a file");
        if !status.success() {
            fs::write(theirs.path().join(file), "new").expect("a file");
        }
        assert_eq!(contents(theirs.path()), contents(ours.path()), "{word} {file}");
    }
}

fn contents(folder: &Path) -> Vec<(OsString, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    let mut all: Vec<_> =
        entries.map(|entry| (entry.file_name(), fs::read(entry.path()).expect("a file"))).collect();
    all.sort();
    all
}

#[test]
fn names_are_gnus() {
    let long: Vec<String> = [240, 249, 250, 251, 252, 253, 254, 255].map(|length| "n".repeat(length)).into();
    let room = format!("{}.~1~", long[3]);
    let controls = [
        (BackupControl::Simple, "simple"),
        (BackupControl::Existing, "existing"),
        (BackupControl::Numbered, "numbered"),
    ];
    for (control, word) in controls {
        for names in [
            &[][..],
            &["b.~9~"],
            &["b.~09~", "b.~0~", "b.~~"],
            &["b.~2~", "b.~10~", "bb.~77~"],
            &["b.~99999999999999999999~", "b.orig"],
        ] {
            compare(control, word, names, "b");
        }
        for file in &long {
            compare(control, word, &[], file);
        }
        compare(control, word, &[&room], &long[3]);
    }
}
