//! Tests of opening: in a folder of their own, with the options as they are typed.

use std::fs::{self, File, OpenOptions};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use ringutils::cli::Invocation;
use tempfile::TempDir;

use super::open::{self, Output};
use super::*;
use crate::args;

/// A folder with some files, from which `@name` in a command line is `FOLDER/name`.
struct Folder(TempDir);

/// What became of it: the ends, and what was said.
type Outcome = (Option<Ends>, String);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect("a file")
    }

    fn options(&self, line: &str) -> Options {
        let invocation = Invocation::from_argv0(Some("usplice".into()), "usplice");
        let word = |word: &str| match word.strip_prefix('@') {
            Some(name) => self.path(name).into_os_string(),
            None => word.into(),
        };
        let args = line.split_whitespace().map(word).collect();
        args::parse(&invocation, args).unwrap_or_else(|_| panic!("options: {line}"))
    }

    /// `in` and `out` as if they were standard streams, whose positions somebody has moved to 4 and 5.
    fn inherited(&self) -> (End, Vec<Output>) {
        let end = |name, at, direction| {
            let file = OpenOptions::new().read(true).write(true).open(self.path(name)).expect("a file");
            sys::seek(file.as_fd(), at).expect("a position");
            End::new(Fd::new(OwnedFd::from(file)), "-".into(), direction).expect("an end")
        };
        let output = end("out", 5, Direction::Output);
        (end("in", 4, Direction::Input), vec![Output { end: output, created: false }])
    }

    fn open(&self, line: &str) -> Outcome {
        let diagnostics = diagnostics();
        let ends = Ends::open(&self.options(line), &diagnostics);
        let said = String::from_utf8(diagnostics.captured()).expect("text");
        let said = said.replace(&format!("{}/", self.0.path().display()), "@");
        assert_eq!(diagnostics.failed(), !said.is_empty(), "{line}: {said}");
        (ends, said)
    }

    /// The run must be refused, with just this to be said.
    fn refuse(&self, line: &str, said: &str) {
        let (ends, heard) = self.open(line);
        assert_eq!(heard, format!("usplice: {said}\n"), "{line}");
        assert!(ends.is_none(), "{line}");
    }

    /// Nothing may be said.
    fn accept(&self, line: &str) -> Ends {
        let (ends, heard) = self.open(line);
        assert_eq!(heard, "", "{line}");
        ends.unwrap_or_else(|| panic!("{line}: refused"))
    }
}

fn diagnostics() -> Diagnostics {
    Diagnostics::capturing(&Invocation::from_argv0(Some("usplice".into()), "usplice"))
}

#[test]
fn what_is_refused_leaves_everything_as_it_was() {
    let folder = Folder::new(&[("in", "input"), ("out", "output"), ("other", "other")]);
    fs::create_dir(folder.path("dir")).expect("a folder");
    fs::hard_link(folder.path("in"), folder.path("hard")).expect("a link");
    symlink("in", folder.path("soft")).expect("a link");
    rustix::fs::mkfifoat(rustix::fs::CWD, folder.path("fifo"), rustix::fs::Mode::from_raw_mode(0o600))
        .expect("a FIFO");
    for (line, said) in [
        ("@missing @out @new", "@missing: No such file or directory"),
        ("@dir @out @new", "@dir: Is a directory"),
        ("@in @out @new @dir", "@dir: Is a directory"),
        ("@in @out @new @in", "@in: input file is output file"),
        ("@in @out @new @hard", "@hard: input file is output file"),
        ("@in @out @new @soft", "@soft: input file is output file"),
        ("-a @in @out @new @soft", "@soft: input file is output file"),
        ("@in @out @new @out", "@out: same output file as @out"),
        ("--no-clobber @in @new @out", "@out: File exists"),
        ("--no-clobber @in @new @soft", "@soft: input file is output file"),
        // Without waiting for a reader.
        ("--seek=1 @in @out @new @fifo", "@fifo: cannot seek: Illegal seek"),
        ("--sparse @in @fifo", "@fifo: cannot make holes: not a regular file"),
        ("--sparse @in /dev/null", "/dev/null: cannot make holes: not a regular file"),
        ("--seek=8191P @in @out @new", "@out: cannot seek: Invalid argument"),
        ("--stop-at-size /dev/null @out", "/dev/null: size not known: --stop-at-size needs --size"),
        ("--output-error=exit @in @out @new @no/file", "@no/file: No such file or directory"),
        ("--output-error=exit-nopipe @in @out @new @no/file", "@no/file: No such file or directory"),
        ("@in @no/file", "@no/file: No such file or directory"),
    ] {
        folder.refuse(line, said);
        assert_eq!(folder.text("in"), "input", "{line}");
        assert_eq!(folder.text("out"), "output", "{line}");
        assert!(!folder.path("new").exists(), "{line}");
    }
}

#[test]
fn two_new_outputs_that_are_one_file() {
    let folder = Folder::new(&[("in", "input")]);
    folder.refuse("@in @new @new", "@new: same output file as @new");
    assert!(!folder.path("new").exists());
    assert_eq!(folder.accept("--append @in @new @new").outputs.len(), 2);
}

#[test]
fn one_that_cannot_be_opened_is_left_out() {
    let folder = Folder::new(&[("in", "input"), ("out", "output")]);
    for mode in ["", "--output-error", "--output-error=warn"] {
        fs::write(folder.path("out"), "output").expect("a file");
        let (ends, said) = folder.open(&format!("{mode} @in @no/file @out"));
        assert_eq!(said, "usplice: @no/file: No such file or directory\n");
        let ends = ends.expect("one is left");
        assert_eq!(ends.outputs.len(), 1);
        assert_eq!(ends.outputs[0].name, folder.path("out"));
        assert_eq!(folder.text("out"), "");
    }
    let (ends, said) = folder.open("@in @no/file @none/file");
    assert!(ends.is_none());
    assert_eq!(said.lines().count(), 2, "{said}");
}

#[test]
fn truncation() {
    for (options, left) in [
        ("", ""),
        ("--seek=3", "out"),
        ("--seek=8", "output\0\0"),
        ("--no-truncate", "output"),
        ("--no-truncate --seek=3", "output"),
        ("--no-truncate --seek=8", "output"),
        ("--append", "output"),
    ] {
        let folder = Folder::new(&[("in", "input"), ("out", "output")]);
        let ends = folder.accept(&format!("{options} @in @out"));
        assert_eq!(folder.text("out"), left, "{options}");
        let seek = options.rsplit_once("seek=").map_or(0, |(_, at)| at.parse().expect("a number"));
        assert_eq!(ends.outputs[0].at, Some(seek), "{options}");
        assert_eq!(sys::seekable_offset(ends.outputs[0].fd()), Some(seek), "{options}");
        assert_eq!(ends.outputs[0].append, options == "--append");
    }
    // What can't be cut is left alone.
    Folder::new(&[("in", "input")]).accept("--truncate @in /dev/null");
}

#[test]
fn appending_twice_to_one_file() {
    let folder = Folder::new(&[("in", "input"), ("out", "output")]);
    assert_eq!(folder.accept("--append @in @out @out").outputs.len(), 2);
}

#[test]
fn no_clobber_takes_what_is_no_regular_file() {
    let folder = Folder::new(&[("in", "input")]);
    symlink("nothing", folder.path("dangling")).expect("a link");
    folder.accept("--no-clobber @in @new");
    folder.accept("--no-clobber @in /dev/null");
    folder.refuse("--no-clobber @in @new", "@new: File exists");
    folder.refuse("--no-clobber @in @dangling", "@dangling: File exists");
    assert!(!folder.path("nothing").exists());
}

#[test]
fn new_files_have_the_usual_mode_and_links_are_followed() {
    let folder = Folder::new(&[("in", "input")]);
    symlink("target", folder.path("link")).expect("a link");
    folder.accept("@in @new @link");
    let mode = |name| fs::metadata(folder.path(name)).expect("a file").permissions().mode() & 0o777;
    File::create(folder.path("usual")).expect("a file");
    assert_eq!(mode("new"), mode("usual"));
    assert_eq!(mode("target"), mode("usual"));
}

#[test]
fn what_the_input_has_to_come() {
    let folder = Folder::new(&[("in", "input"), ("empty", "")]);
    let most = u64::MAX / 2;
    for (skip, expected) in [(0, Some(5)), (1, Some(4)), (5, Some(0)), (6, Some(0)), (most, Some(0))] {
        let ends = folder.accept(&format!("--skip={skip} @in @out"));
        assert_eq!((ends.expected, ends.to_skip), (expected, 0), "{skip}");
        let mut bytes = [0; 8];
        let n = sys::read(ends.input.fd(), &mut bytes).expect("it can be read");
        assert_eq!(Some(n as u64), expected, "{skip}");
    }
    assert_eq!(folder.accept("@empty @out").expected, None);
    assert_eq!(folder.accept("/proc/self/stat @out").expected, None);
    assert_eq!(folder.accept("/dev/null @out").expected, None);
}

#[test]
fn standard_streams_are_handled_from_where_they_stand() {
    let folder = Folder::new(&[("in", "0123456789")]);
    for (line, at, text) in [
        ("--skip=3 --seek=2", 7, "0123456789"),
        ("--skip=3 --seek=2 --no-truncate", 7, "0123456789"),
        ("--skip=3 --seek=2 --truncate", 7, "0123456"),
        ("--skip=3 --seek=7 --truncate", 12, "0123456789\0\0"),
        ("--skip=3 --truncate", 5, "01234"),
        ("--skip=3", 5, "0123456789"),
        // Behind the end, whatever the position was.
        ("--skip=3 --append", 10, "0123456789"),
    ] {
        fs::write(folder.path("out"), "0123456789").expect("a file");
        let (mut input, mut outputs) = folder.inherited();
        open::change(&folder.options(line), &diagnostics(), &mut input, &mut outputs).expect(line);
        assert_eq!((input.at, outputs[0].end.at), (Some(7), Some(at)), "{line}");
        assert_eq!(sys::seekable_offset(input.fd()), Some(7), "{line}");
        assert_eq!(sys::seekable_offset(outputs[0].end.fd()), Some(at), "{line}");
        assert_eq!(open::expected(&input), Some(3), "{line}");
        assert_eq!(folder.text("out"), text, "{line}");
    }
}

#[test]
fn what_was_begun_is_undone() {
    let folder = Folder::new(&[("in", "0123456789"), ("out", "0123456789")]);
    for (line, said) in [
        ("--skip=9223372036854775807 --seek=1", "standard input: cannot skip: Value too large for"),
        ("--skip=1 --seek=9223372036854775807", "standard output: cannot seek: Value too large for"),
    ] {
        let (mut input, mut outputs) = folder.inherited();
        let changed = open::change(&folder.options(line), &diagnostics(), &mut input, &mut outputs);
        let fault = changed.expect_err(line);
        assert!(fault.to_string().starts_with(said), "{fault}");
        assert_eq!(sys::seekable_offset(input.fd()), Some(4), "{line}");
        assert_eq!(sys::seekable_offset(outputs[0].end.fd()), Some(5), "{line}");
        assert_eq!(folder.text("out"), "0123456789");
    }
}

/// Files that can't be made longer or shorter (sealed ones, in memory).
#[test]
fn a_file_that_cannot_be_cut() {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    let folder = Folder::new(&[("in", "0123456789"), ("out", "0123456789")]);
    for (seal, seek) in [(SealFlags::GROW, 11), (SealFlags::SHRINK, 3)] {
        let sealed = memfd_create("sealed", MemfdFlags::ALLOW_SEALING | MemfdFlags::CLOEXEC).expect("a file");
        rustix::fs::ftruncate(&sealed, 10).expect("a size");
        fcntl_add_seals(&sealed, seal).expect("a seal");
        let name = format!("/proc/self/fd/{}", sealed.as_raw_fd());
        let said = format!("{name}: cannot truncate: Operation not permitted");
        folder.refuse(&format!("--seek={seek} @in {name}"), &said);
        // Longer before shorter, and then as long as before.
        folder.refuse(&format!("--output-error=exit --seek={seek} @in {name} @new"), &said);
        assert!(!folder.path("new").exists());
        if seal == SealFlags::GROW {
            folder.refuse(&format!("--output-error=exit --seek={seek} @in @out {name}"), &said);
            assert_eq!(folder.text("out"), "0123456789");
        }
        let (ends, heard) = folder.open(&format!("--seek={seek} @in {name} @new"));
        assert_eq!(heard, format!("usplice: {said}\n"));
        assert_eq!(ends.expect("one is left").outputs.len(), 1);
        fs::remove_file(folder.path("new")).expect("it was made");
    }
}

#[test]
fn ends_that_only_work_the_other_way() {
    let folder = Folder::new(&[("file", "text")]);
    let reading = File::open(folder.path("file")).expect("a file");
    let writing = OpenOptions::new().write(true).open(folder.path("file")).expect("a file");
    for (file, direction) in [(reading, Direction::Output), (writing, Direction::Input)] {
        let error = End::new(Fd::new(OwnedFd::from(file)), "-".into(), direction).err().expect("no use");
        assert_eq!(error.raw_os_error(), Some(libc::EBADF));
    }
}
