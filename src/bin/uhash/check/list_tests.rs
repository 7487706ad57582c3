use super::*;
use crate::algorithm::Algorithm;
use crate::check::line::tests::verify;
use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const MD5: &str = "b1946ac92492d2347c6235b4d2611184";

fn lists(names: &[&Path]) -> Lists {
    let names = names.iter().map(|name| name.as_os_str().to_owned()).collect();
    Lists::new(&verify(Called::Digest(Algorithm::Md5), None), names)
}

/// An item in short; names without their folder.
fn short(item: &Item) -> String {
    let base = |name: &OsStr| {
        Path::new(name).file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned())
    };
    match item {
        Item::File(job) => format!("file {}", job.name.to_string_lossy()),
        Item::Note(Note::List(name)) => format!("list {}", base(name)),
        Item::Note(Note::Misformatted { line, tag }) => format!("{line} is no {tag}"),
        Item::Note(Note::ListEnd) => "end".into(),
        Item::Note(Note::Nothing) => "nothing".into(),
        Item::Note(Note::Fault(fault)) => format!("fault {:?}", fault.errno()),
        Item::Note(Note::Broken(fault)) => format!("broken {}", fault.to_string().ends_with(": read error")),
    }
}

fn rest(lists: &mut Lists) -> Vec<String> {
    std::iter::from_fn(|| lists.next()).map(|item| short(&item)).collect()
}

#[test]
fn in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a"), format!("# comment\n{MD5}  f\n\nfoo\nMD5 (-) = {MD5}")).expect("written");
    fs::write(path("empty"), "").expect("written");
    let names = [path("a"), path("missing"), path("empty"), folder.path().to_owned(), path("a")];
    let mut lists = lists(&names.each_ref().map(PathBuf::as_path));
    let [folder_name] = [format!("list {}", folder.path().file_name().expect("one").to_string_lossy())];
    let a = ["list a", "file f", "4 is no MD5", "file -", "end"];
    let expected =
        [&a[..], &["fault Some(2)", "list empty", "end", &folder_name, "broken true"], &a].concat();
    assert_eq!(rest(&mut lists), expected);
    assert!(lists.next().is_none());
}

#[test]
fn a_regular_list_is_looked_ahead() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("list");
    let text: Vec<String> = (0..10_000).map(|n| format!("{MD5}  {n}\n")).collect();
    fs::write(&path, text.concat()).expect("written");
    let mut lists = lists(&[&path]);
    assert_eq!(short(&lists.next().expect("the list")), "list list");
    for n in 0..10_000 {
        assert!(lists.items.len() <= AHEAD, "{} held before {n}", lists.items.len());
        let left = lists.left();
        assert!(if n < 9_000 { left == PLENTY } else { left > 0 }, "{left} left before {n}");
        assert_eq!(short(&lists.next().expect("a file")), format!("file {n}"));
    }
    assert_eq!(rest(&mut lists), ["end"]);
    assert_eq!(lists.left(), 0);
}

#[test]
fn lines_of_any_length() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("list");
    let lengths = [1, BLOCK - 36, BLOCK - 35, BLOCK - 34, BLOCK, 2 * BLOCK, 3 * BLOCK + 7, 4 << 20, 1];
    let text: Vec<String> = lengths.iter().map(|len| format!("{MD5}  {}", "x".repeat(*len))).collect();
    for end in ["", "\n", "\r\n"] {
        fs::write(&path, text.join("\n") + end).expect("written");
        let mut lists = lists(&[&path]);
        lists.next().expect("the list");
        for len in lengths {
            assert_eq!(short(&lists.next().expect("a file")).len(), "file ".len() + len);
        }
        assert_eq!(rest(&mut lists), ["end"]);
    }
}

/// What a pipe has not got is not waited for until it is asked for.
#[test]
fn a_pipe_is_not_read_ahead() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fifo");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
    assert!(made.success());
    // Open both ways, so that neither end waits for the other.
    let mut writer = fs::OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(&path);
    let writer = writer.as_mut().expect("open");
    let mut lists = lists(&[&path]);
    assert_eq!(lists.left(), 0);
    assert_eq!(short(&lists.next().expect("the list")), "list fifo");
    assert_eq!(lists.left(), 0);
    write!(writer, "{MD5}  a\n#\n{MD5}  b\nfoo\n#\n{MD5}").expect("room");
    for (expected, left) in [("file a", 2), ("file b", 1), ("4 is no MD5", 0)] {
        assert_eq!((short(&lists.next().expect("there")).as_str(), lists.left()), (expected, left));
    }
    writeln!(writer, "  c").expect("room");
    assert_eq!((short(&lists.next().expect("there")).as_str(), lists.left()), ("file c", 0));
}
