//! Tests of opening: in a folder of their own, with the options as they are typed.

use std::fs::{self, File, OpenOptions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

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

    fn path(&self, name: &str) -> std::path::PathBuf {
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

    fn open(&self, line: &str) -> Outcome {
        let invocation = Invocation::from_argv0(Some("usplice".into()), "usplice");
        let diagnostics = Diagnostics::capturing(&invocation);
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

/// An end as if it were a standard stream, whose position somebody has moved before.
fn inherited(file: File, direction: Direction) -> End {
    End::new(Fd::new(OwnedFd::from(file)), "-".into(), direction).expect("an end")
}

fn file_at(path: &Path, at: u64) -> File {
    let file = OpenOptions::new().read(true).write(true).open(path).expect("a file");
    sys::seek(std::os::fd::AsFd::as_fd(&file), at).expect("a position");
    file
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
        ("--stop-at-size /dev/null @out", "/dev/null: size is not known: --stop-at-size needs --size"),
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
    let folder = Folder::new(&[("in", "0123456789"), ("out", "0123456789")]);
    let ends = |line: &str, from: u64, to: u64| {
        let input = inherited(file_at(&folder.path("in"), from), Direction::Input);
        let output = inherited(file_at(&folder.path("out"), to), Direction::Output);
        (folder.options(line), input, vec![Output { end: output, created: false }])
    };
    let (options, mut input, mut outputs) = ends("--skip=3 --seek=2", 4, 5);
    open::move_all(&options, &mut input, &mut outputs).expect("positions");
    assert_eq!((input.at, outputs[0].end.at), (Some(7), Some(7)));
    assert_eq!(open::expected(&input), Some(3));
    // Not cut unless that is said.
    open::cut(&options, &mut outputs[0].end, false).expect("nothing to do");
    assert_eq!(folder.text("out"), "0123456789");
    let truncate = folder.options("--truncate --skip=3 --seek=2");
    open::cut(&truncate, &mut outputs[0].end, true).expect("not longer");
    assert_eq!(folder.text("out"), "0123456789");
    open::cut(&truncate, &mut outputs[0].end, false).expect("shorter");
    assert_eq!(folder.text("out"), "0123456");
    // Behind the end, whatever the position was.
    let (options, mut input, mut outputs) = ends("--append", 0, 2);
    open::move_all(&options, &mut input, &mut outputs).expect("positions");
    assert_eq!((input.at, outputs[0].end.at), (Some(0), Some(7)));
}

#[test]
fn a_position_that_cannot_be_leaves_the_others() {
    let folder = Folder::new(&[("in", "0123456789"), ("out", "0123456789")]);
    for (line, said) in [
        ("--skip=9223372036854775807 --seek=1", "standard input: cannot skip: Value too large for"),
        ("--skip=1 --seek=9223372036854775807", "standard output: cannot seek: Value too large for"),
    ] {
        let mut input = inherited(file_at(&folder.path("in"), 4), Direction::Input);
        let end = inherited(file_at(&folder.path("out"), 5), Direction::Output);
        let mut outputs = [Output { end, created: false }];
        let fault = open::move_all(&folder.options(line), &mut input, &mut outputs).expect_err(line);
        assert!(fault.to_string().starts_with(said), "{fault}");
        assert_eq!(sys::seekable_offset(input.fd()), Some(4), "{line}");
        assert_eq!(sys::seekable_offset(outputs[0].end.fd()), Some(5), "{line}");
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
