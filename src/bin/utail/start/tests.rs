//! Parts of files held against a naive model, on both engines.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use ringutils::cli::{Diagnostics, Invocation, Shared};
use ringutils::ring::{Config, EngineChoice};

use super::*;
use crate::entry::Handle;
use crate::options::{Amount, By, Unit};

const ENGINES: [EngineChoice; 2] = [EngineChoice::Auto, EngineChoice::Threads];

fn options(unit: Unit, from_start: bool, count: u64) -> Options {
    Options {
        amount: Amount { unit, from_start, count },
        line_end: b'\n',
        headers: false,
        prefix: false,
        follow: None,
        presume_pipe: false,
        debug: false,
        globs: Vec::new(),
        called_tail: true,
        warnings: Vec::new(),
        shared: Shared::default(),
        files: Vec::new(),
    }
}

fn follow(by: By) -> Follow {
    Follow {
        by,
        retry: false,
        pids: Vec::new(),
        interval: Some(Duration::from_secs(1)),
        max_unchanged: 5,
        only_polling: false,
    }
}

/// What came of it.
struct Shown {
    stdout: Vec<u8>,
    stderr: String,
    entries: Vec<Entry>,
}

/// Shows the files, with the output in a file.
fn shown(options: &Options) -> Shown {
    let invocation = Invocation::from_argv0(Some("tail".into()), "utail");
    let diagnostics = Diagnostics::capturing(&invocation);
    let session = Session::new(options.shared.ring.clone()).expect("a session");
    let output: &'static File = Box::leak(Box::new(tempfile::tempfile().expect("a file")));
    let mut entries: Vec<Entry> =
        options.files.iter().cloned().enumerate().map(|(number, name)| Entry::new(number, name)).collect();
    let mut out = Out::new(options, &session, &diagnostics);
    out.redirect(output.as_fd());
    show(options, &session, &mut out, &mut entries).expect("the output can be written to");
    out.flush().expect("the output can be written to");
    drop(out);
    let mut stdout = Vec::new();
    let mut reader = output.try_clone().expect("a descriptor");
    reader.seek(SeekFrom::Start(0)).expect("its start");
    reader.read_to_end(&mut stdout).expect("what was shown");
    let stderr = String::from_utf8(diagnostics.captured()).expect("text");
    Shown { stdout, stderr, entries }
}

/// What should be shown.
fn model(bytes: &[u8], options: &Options) -> Vec<u8> {
    let Amount { unit, from_start, count } = options.amount;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let pieces: Vec<&[u8]> = match unit {
        Unit::Lines => bytes.split_inclusive(|byte| *byte == options.line_end).collect(),
        Unit::Bytes => bytes.chunks(1).collect(),
    };
    let first = if from_start { count.max(1) - 1 } else { pieces.len().saturating_sub(count) };
    pieces[first.min(pieces.len())..].concat()
}

/// Lines of all lengths, with and without an end of the last, LF or NUL.
fn content(len: usize, mean: usize, finished: bool, end: u8) -> Vec<u8> {
    let mut state = len as u64 * 31 + mean as u64;
    let mut bytes: Vec<u8> = (0..len)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = usize::try_from(state >> 33).expect("31 bits");
            if random % mean == 0 { end } else { [b'a', b'\n', 0][usize::from(random % 97 == 0)] }
        })
        .collect();
    if let Some(last) = bytes.last_mut() {
        *last = if finished { end } else { b'z' };
    }
    bytes
}

fn check(what: &str, options: &Options, bytes: &[u8]) {
    let Shown { stdout, stderr, .. } = shown(options);
    let expected = model(bytes, options);
    assert_eq!(stderr, "");
    let same = stdout.iter().zip(&expected).take_while(|(a, b)| a == b).count();
    let lengths = (stdout.len(), expected.len());
    assert!(stdout == expected, "{what}: {:?}: lengths {lengths:?}, same up to {same}", options.amount);
}

/// Amounts around all there is, and around nothing.
fn amounts(bytes: &[u8], end: u8) -> Vec<(Unit, bool, u64)> {
    let lines = bytes.split_inclusive(|byte| *byte == end).count() as u64;
    let len = bytes.len() as u64;
    let mut amounts = Vec::new();
    for from_start in [false, true] {
        for (unit, all) in [(Unit::Lines, lines), (Unit::Bytes, len)] {
            let mut counts = vec![0, 1, 2, 10, all / 2, all.saturating_sub(1), all, all + 1, all + 2];
            counts.sort_unstable();
            counts.dedup();
            amounts.extend(counts.into_iter().map(|count| (unit, from_start, count)));
        }
    }
    amounts
}

fn each_way(sizes: &[usize], mut body: impl FnMut(&str, Options, &Path, &[u8])) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f");
    for size in sizes {
        for (mean, finished, end) in
            [(3, true, b'\n'), (70, false, b'\n'), (70, true, 0), (90_000, false, b'\n')]
        {
            let bytes = content(*size, mean, finished, end);
            std::fs::write(&path, &bytes).expect("a file");
            for (unit, from_start, count) in amounts(&bytes, end) {
                let mut options = options(unit, from_start, count);
                options.line_end = end;
                options.files = vec![path.clone().into_os_string()];
                body(&format!("{size} bytes, lines of {mean}, finished {finished}"), options, &path, &bytes);
            }
        }
    }
}

const SMALL: [usize; 16] =
    [0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 32_767, 32_768, 32_769, 65_535, 65_537, 131_072, 131_073];
const LARGE: [usize; 1] = [1_048_577];

#[test]
fn one_file_is_shown_as_the_model_says() {
    each_way(&SMALL, |what, options, _, bytes| check(what, &options, bytes));
}

#[test]
fn a_large_one_as_well_on_both_engines() {
    each_way(&LARGE, |what, mut options, _, bytes| {
        for engine in ENGINES {
            options.shared.ring = Config { engine, block: Some(64 * 1024), ..Config::default() };
            check(what, &options, bytes);
        }
    });
}

#[test]
fn what_is_read_only_once_ends_the_same() {
    each_way(&[0, 1, 4097, 131_071, 131_072, 131_073, 524_288], |what, mut options, _, bytes| {
        options.presume_pipe = true;
        check(what, &options, bytes);
    });
}

#[test]
fn one_of_many_is_shown_as_one_alone() {
    let mut many: Vec<(OsString, Vec<u8>)> = Vec::new();
    let folder = tempfile::tempdir().expect("a folder");
    for size in SMALL.into_iter().chain(LARGE) {
        let (path, bytes) = (folder.path().join(size.to_string()), content(size, 60, size % 2 == 0, b'\n'));
        std::fs::write(&path, &bytes).expect("a file");
        many.push((path.into_os_string(), bytes));
    }
    for engine in ENGINES {
        for followed in [false, true] {
            for (unit, from_start, count) in amounts(&many[10].1, b'\n') {
                let mut options = options(unit, from_start, count);
                options.shared.ring.engine = engine;
                options.files = many.iter().map(|(path, _)| path.clone()).collect();
                options.follow = followed.then(|| follow(By::Name));
                let Shown { stdout, entries, .. } = shown(&options);
                let expected: Vec<u8> = many.iter().flat_map(|(_, bytes)| model(bytes, &options)).collect();
                assert!(stdout == expected || (!followed && count == 0), "{:?}", options.amount);
                for (entry, (_, bytes)) in entries.iter().zip(&many) {
                    assert_eq!(entry.file.is_some(), followed);
                    let Some(file) = &entry.file else { continue };
                    let fd = file.handle.fd().expect("an open file");
                    assert_eq!(sys::seekable_offset(fd), Some(file.position), "read on from there");
                    let skipped = if from_start && unit == Unit::Bytes { count.max(1) - 1 } else { 0 };
                    assert_eq!(file.position, skipped.max(bytes.len() as u64));
                }
            }
        }
    }
}

/// A sparse file: data here and there.
fn sparse(path: &Path, len: u64, data: &[(u64, &[u8])]) {
    let file = File::create(path).expect("a file");
    file.set_len(len).expect("a hole");
    for (at, bytes) in data {
        file.write_all_at(bytes, *at).expect("data");
    }
}

#[test]
fn holes_hold_no_lines_but_are_shown() {
    const MIB: u64 = 1024 * 1024;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f");
    let data: [(u64, &[u8]); 4] =
        [(5, b"1\n2\n"), (5 * MIB, b"3\n"), (5 * MIB + 70_000, b"4\n5"), (10 * MIB - 9, b"\n6\n")];
    sparse(&path, 11 * MIB, &data);
    let bytes = std::fs::read(&path).expect("the file");
    for engine in ENGINES {
        for end in [b'\n', 0] {
            for (unit, from_start) in [(Unit::Lines, false), (Unit::Lines, true), (Unit::Bytes, false)] {
                for count in [1, 3, 5, 6, 7, 8, 9 * MIB] {
                    let mut options = options(unit, from_start, count);
                    options.shared.ring.engine = engine;
                    options.line_end = end;
                    options.files = vec![path.clone().into_os_string()];
                    if end == 0 && unit == Unit::Lines && count < 8 && !from_start {
                        // The model is too slow for millions of lines more often than this.
                        let Shown { stdout, .. } = shown(&options);
                        assert_eq!(stdout.len() as u64, count);
                    } else if end != 0 {
                        check("sparse", &options, &bytes);
                    }
                }
            }
        }
    }
}

#[test]
fn a_hole_of_a_terabyte_costs_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f");
    sparse(&path, 1 << 40, &[(0, b"1\n2\n"), ((1 << 40) - 4, b"\n3\n4")]);
    let mut options = options(Unit::Lines, true, 4);
    options.files = vec![path.into_os_string()];
    assert_eq!(shown(&options).stdout, b"3\n4");
    options.amount = Amount { unit: Unit::Lines, from_start: false, count: 2 };
    assert_eq!(shown(&options).stdout, b"3\n4");
}

#[test]
fn what_cannot_be_opened_or_read_is_told_in_its_turn() {
    let folder = tempfile::tempdir().expect("a folder");
    let name = |name: &str| folder.path().join(name).into_os_string();
    std::fs::write(name("f"), "1\n2\n").expect("a file");
    let text = |name: &OsString| name.to_str().expect("text").to_owned();
    let (file, missing, here) = (name("f"), name("missing"), name("."));
    for (by, retry) in [(None, false), (Some(By::Name), false), (Some(By::Name), true)] {
        let mut options = options(Unit::Lines, false, 1);
        options.files = vec![missing.clone(), file.clone(), here.clone()];
        options.headers = true;
        options.follow = by.map(|by| Follow { retry, ..follow(by) });
        let Shown { stdout, stderr, entries } = shown(&options);
        let stdout = String::from_utf8(stdout).expect("text");
        assert_eq!(stdout, format!("==> {} <==\n2\n\n==> {} <==\n", text(&file), text(&here)));
        let mut expected = format!(
            "tail: cannot open '{}' for reading: No such file or directory\ntail: error reading '{}': Is a directory\n",
            text(&missing),
            text(&here)
        );
        if by.is_some() {
            let end = if retry { "" } else { "; giving up on this name" };
            let line = format!("tail: {}: cannot follow end of this type of file{end}\n", text(&here));
            expected.push_str(&line);
            let troubles: Vec<_> = entries.iter().map(|entry| (entry.trouble, entry.ignored)).collect();
            let missing = Some(Trouble::Errno(libc::ENOENT));
            assert_eq!(troubles, [(missing, !retry), (None, false), (Some(Trouble::Unsuited), !retry)]);
        }
        assert_eq!(stderr, expected);
    }
}

#[test]
fn a_fifo_is_not_waited_for_among_others_that_are_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (fifo, file) = (folder.path().join("fifo"), folder.path().join("f"));
    let made = std::process::Command::new("mkfifo").arg(&fifo).status().expect("mkfifo");
    assert!(made.success());
    std::fs::write(&file, "1\n").expect("a file");
    let mut options = options(Unit::Lines, false, 10);
    options.files = vec![fifo.clone().into_os_string(), file.into_os_string()];
    options.follow = Some(follow(By::Descriptor));
    let Shown { stdout, entries, .. } = shown(&options);
    assert_eq!(stdout, b"1\n");
    assert!(entries.iter().all(|entry| entry.file.is_some()));
    // One with a writer that has not written enough: what there is now.
    let open = |options: &mut std::fs::OpenOptions| options.custom_flags(libc::O_NONBLOCK).open(&fifo);
    let _reader = open(File::options().read(true)).expect("a reader");
    let mut writer = open(File::options().write(true)).expect("a writer");
    writer.write_all(b"0\n").expect("room");
    let Shown { stdout, entries, .. } = shown(&options);
    assert_eq!(stdout, b"0\n1\n");
    assert_eq!(entries[0].file.as_ref().map(|file| file.position), Some(2));
}

#[test]
fn files_that_find_no_descriptor_are_parked_if_their_names_are_followed() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let open = || Fd::new(File::open(file.path()).expect("the file").into());
    let stat = sys::fstat(&file).expect("what it is");
    let mut budget = Budget::of_so_many(1);
    let first = budget.keep(open(), stat, 5).expect("kept");
    assert!(matches!(first.handle, Handle::Own(_)));
    let second = budget.keep(open(), stat, 5).expect("known");
    assert!(matches!(second.handle, Handle::Parked));
    assert_eq!((second.position, second.stat), (5, stat));
    if let Ok(fd) = sys::process::standard(0) {
        let stdin = budget.keep(Fd::standard(fd), stat, 0).expect("kept");
        assert!(matches!(stdin.handle, Handle::Stdin(_)), "that is open in any case");
    }
}

#[test]
fn a_file_that_shrinks_or_grows_meanwhile_is_no_trouble() {
    // The size is asked once; what is said of it then decides, and reading answers what it will.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f");
    let bytes = content(700_000, 50, true, b'\n');
    for len in [0, 1, 5000, 600_000, 700_000, 900_000_usize] {
        let mut now = bytes.clone();
        now.resize(len, b'+');
        std::fs::write(&path, &now).expect("a file");
        let file = Fd::new(File::open(&path).expect("the file").into());
        let before = sys::fstat(file.borrow().expect("open")).expect("what it is");
        let said = Stat { size: 700_000, ..before };
        for count in [1, 10, 9_000, 100_000] {
            let options = options(Unit::Lines, false, count);
            let session = Session::new(Config::default()).expect("a session");
            let diagnostics = Diagnostics::capturing(&Invocation::from_argv0(None, "utail"));
            let output: &'static File = Box::leak(Box::new(tempfile::tempfile().expect("a file")));
            let mut out = Out::new(&options, &session, &diagnostics);
            out.redirect(output.as_fd());
            let mut entry = Entry::new(0, path.clone().into_os_string());
            let mut start = Start {
                options: &options,
                session: &session,
                out: &mut out,
                progress: Progress::off(),
                budget: Budget::new(&options, 1),
                flags: libc::O_RDONLY,
                block: OnceCell::new(),
            };
            let input = Input { file: Some(&file), stat: said, window: None, stdin: false };
            start.part(&mut entry.label, &input).expect("it is shown");
            out.flush().expect("room");
            let mut shown = vec![0; 1_000_000];
            let n = output.read_at(&mut shown, 0).expect("what was shown");
            let there = &now[..len.min(700_000)];
            assert!(there.ends_with(&shown[..n]), "{len} {count}: the end of what was there");
            let expected = model(there, &options).len();
            assert_eq!(n, expected, "{len} {count}");
        }
    }
}
