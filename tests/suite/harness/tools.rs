//! Which programs are run: ours, and the GNU ones it is compared with.
//!
//! | variable | meaning |
//! |---|---|
//! | `RINGUTILS_TEST_UCAT` | the program to test instead of the one just built |
//! | `RINGUTILS_TEST_UCP` | the same for cp |
//! | `RINGUTILS_TEST_UHASH` | the same for the checksum commands: a program, or a folder with one for each name |
//! | `RINGUTILS_TEST_UTAIL` | the same for tail |
//! | `RINGUTILS_TEST_USPLICE` | the same for usplice |
//! | `RINGUTILS_TEST_GNU` | set when these programs are GNU's: tests of what only ours has are skipped |
//! | `RINGUTILS_TEST_ENGINE` | `auto`, `uring`, `threads`, `uring+faults`, `threads+faults` |
//! | `RINGUTILS_TEST_AGAIN` | set when the suite has passed with another engine: GNU's commands are not examined again |
//! | `RINGUTILS_TEST_SEED` | where the injected faults start (a number) |
//! | `PROPTEST_CASES` | how many generated commands are compared |
//! | `RINGUTILS_TEST_ROUNDS` | how often `cp --atomic` is killed |
//! | `RINGUTILS_TEST_PAGE` | of the pages that show a terminal, only those are run whose names begin with this |
//! | `RINGUTILS_TEST_EXAMPLES` | the folder of the programs of `examples` that pages run, if not the one just built |
//! | `RINGUTILS_SKIP_LOG` | a file to which each skipped test adds a line |
//! | `GNU_LATEST_BIN` | folder with the newest GNU coreutils |
//! | `B3SUM_BIN` | BLAKE3's own command, if it is not in `PATH` |

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::{gnu, sys};

/// Ways to tune the engine by `--ring`, under which all results are the same.
pub const RINGS: [&str; 15] = [
    "depth=1",
    "depth=2,block=4K",
    "depth=3,block=8K",
    "depth=64,block=4096",
    "block=1M,depth=1",
    "block=128K",
    "threads=1",
    "threads=3,depth=7",
    "threads=256,depth=4096",
    "depth=4096,block=512",
    "block=16M",
    "plain",
    "direct",
    "direct,block=512",
    "sqpoll,depth=4",
];

/// What GNU's programs are linked with.
const LIBRARIES: [&str; 8] = [
    "libc.so.6",
    "libacl.so.1",
    "libattr.so.1",
    "libselinux.so.1",
    "libpcre2-8.so.0",
    "libcrypto.so.3",
    "libz.so.1",
    "libzstd.so.1",
];

/// Whose program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    Ours,
    /// The newest GNU release to be had.
    GnuLatest,
    /// Whatever GNU release the system has.
    GnuSystem,
    /// Not GNU's: a command that GNU does not have.
    Peer,
}

/// A program, and how it is started under a name of our choice.
#[derive(Clone, Debug)]
pub struct Tool {
    pub maker: Maker,
    program: PathBuf,
    /// When the program needs libraries of its own: its dynamic loader, and where the libraries are.
    loader: Option<(PathBuf, OsString)>,
}

impl Tool {
    /// `path` is a program, or a shell script that runs one through a dynamic loader (as gnu-latest writes them).
    fn at(maker: Maker, path: &Path) -> Self {
        /// No script is longer, and programs are long.
        const LONGEST: u64 = 4096;
        let file = fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut wrapper = Vec::new();
        file.take(LONGEST).read_to_end(&mut wrapper).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if !wrapper.starts_with(b"#!/bin/sh") {
            return Tool { maker, program: path.to_path_buf(), loader: None };
        }
        let text = String::from_utf8(wrapper).expect("a script in UTF-8");
        let words: Vec<&str> =
            text.lines().last().unwrap_or_default().split(' ').map(|w| w.trim_matches('"')).collect();
        let ["exec", loader, "--argv0", _, "--library-path", libraries, program, "$@"] = words[..] else {
            panic!("{}: not a wrapper as gnu-latest writes them", path.display());
        };
        let loader = Some((loader.into(), libraries.into()));
        Tool { maker, program: program.into(), loader }
    }

    /// The command that runs it called `name`, without arguments yet.
    pub fn command(&self, name: &OsStr) -> Command {
        use std::os::unix::process::CommandExt;
        let Some((loader, libraries)) = &self.loader else {
            let mut command = Command::new(&self.program);
            command.arg0(name);
            return command;
        };
        let mut command = Command::new(loader);
        command.arg("--argv0").arg(name).arg("--library-path").arg(libraries).arg(&self.program);
        command
    }

    /// A copy in `dir` that anybody may run, for tests that give up root's rights: the original may be in a home.
    pub fn copied_into(&self, dir: &Path) -> Self {
        let dir = dir.join(format!(".{:?}", self.maker));
        let _guard = sys::no_forks();
        if !dir.exists() {
            fs::create_dir(&dir).expect("a folder for the copy");
        }
        // A second name is made in no time, but not everywhere.
        let copy = |from: &Path| {
            let to = dir.join(from.file_name().expect("a name"));
            let original = fs::canonicalize(from).unwrap_or_else(|e| panic!("{}: {e}", from.display()));
            if !to.exists() && fs::hard_link(&original, &to).is_err() {
                fs::copy(&original, &to).unwrap_or_else(|e| panic!("copy of {}: {e}", from.display()));
            }
            to
        };
        let loader = self.loader.as_ref().map(|(loader, libraries)| {
            let library =
                Path::new(OsStr::from_bytes(libraries.as_bytes().split(|&b| b == b':').next().unwrap()));
            for name in LIBRARIES.map(|name| library.join(name)) {
                if name.exists() {
                    copy(&name);
                }
            }
            (copy(loader), dir.clone().into_os_string())
        });
        Tool { maker: self.maker, program: copy(&self.program), loader }
    }
}

/// The cat under test.
pub fn ucat() -> &'static Tool {
    static TOOL: OnceLock<Tool> = OnceLock::new();
    TOOL.get_or_init(|| under_test("RINGUTILS_TEST_UCAT", env!("CARGO_BIN_EXE_ucat")))
}

/// The cp under test.
pub fn ucp() -> &'static Tool {
    static TOOL: OnceLock<Tool> = OnceLock::new();
    TOOL.get_or_init(|| under_test("RINGUTILS_TEST_UCP", env!("CARGO_BIN_EXE_ucp")))
}

/// The checksum command under test that is called `name`. Ours is one program for all names.
pub fn uhash(name: &str) -> Tool {
    let path = std::env::var_os("RINGUTILS_TEST_UHASH").unwrap_or_else(|| env!("CARGO_BIN_EXE_uhash").into());
    let path = PathBuf::from(path);
    Tool::at(Maker::Ours, &if path.is_dir() { path.join(name) } else { path })
}

/// The tail under test.
pub fn utail() -> &'static Tool {
    static TOOL: OnceLock<Tool> = OnceLock::new();
    TOOL.get_or_init(|| under_test("RINGUTILS_TEST_UTAIL", env!("CARGO_BIN_EXE_utail")))
}

/// What moves bytes, which has no counterpart of GNU's.
pub fn usplice() -> &'static Tool {
    static TOOL: OnceLock<Tool> = OnceLock::new();
    TOOL.get_or_init(|| under_test("RINGUTILS_TEST_USPLICE", env!("CARGO_BIN_EXE_usplice")))
}

/// BLAKE3's own command.
pub fn b3sum_oracle() -> Option<Tool> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let in_path = || std::env::split_paths(&folders).map(|dir| dir.join("b3sum")).find(|path| path.is_file());
    let found = std::env::var_os("B3SUM_BIN").map(PathBuf::from).or_else(in_path);
    if found.is_none() {
        super::skip("no b3sum to compare with: set B3SUM_BIN");
    }
    found.map(|path| Tool::at(Maker::Peer, &path))
}

fn under_test(variable: &str, built: &str) -> Tool {
    let path = std::env::var_os(variable).unwrap_or_else(|| built.into());
    Tool::at(Maker::Ours, Path::new(&path))
}

/// Whether the program under test is really GNU's, which is how the suite itself is tested.
pub fn gnu_under_test() -> bool {
    std::env::var_os("RINGUTILS_TEST_GNU").is_some()
}

/// The GNU programs called `name` that were found: the newest first, then the system's.
pub fn oracles(name: &str) -> Vec<Tool> {
    let latest = latest_folder().map(|dir| Tool::at(Maker::GnuLatest, &dir.join(name)));
    let system = Path::new("/bin").join(name);
    let system = is_gnu(&system).then(|| Tool::at(Maker::GnuSystem, &system));
    if latest.is_none() {
        super::skip("no newest GNU coreutils to compare with: set GNU_LATEST_BIN");
    }
    if system.is_none() {
        super::skip("the system's coreutils are not GNU's");
    }
    // If all of them said the same a minute ago, one is enough to tell what that was.
    latest.into_iter().chain(system).take(if is_repeated() { 1 } else { usize::MAX }).collect()
}

/// Whether this is not the first time that the suite is run, but the next one, with another engine.
pub fn is_repeated() -> bool {
    std::env::var_os("RINGUTILS_TEST_AGAIN").is_some_and(|value| !value.is_empty())
}

/// The newest GNU release only, for behaviour that has changed.
pub fn latest_oracle(name: &str) -> Option<Tool> {
    oracles(name).into_iter().find(|tool| tool.maker == Maker::GnuLatest)
}

fn is_gnu(path: &Path) -> bool {
    static KNOWN: Mutex<Option<HashMap<PathBuf, bool>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let ask = || {
        let _guard = sys::no_forks();
        let answer = Command::new(path).arg("--version").output();
        answer.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains("(GNU coreutils)"))
    };
    *known.get_or_insert_default().entry(path.to_path_buf()).or_insert_with(ask)
}

/// The folder with the newest GNU release.
pub fn latest_folder() -> Option<&'static Path> {
    let _guard = sys::no_forks();
    gnu::newest()
}

/// Whether the programs under test can be made to fail now and then. Programs are built as this one is.
fn can_inject() -> bool {
    cfg!(debug_assertions) && !gnu_under_test()
}

/// False, said loudly, where no faults can be injected.
pub fn has_injector() -> bool {
    if !can_inject() {
        super::skip("faults are injected into our own tools only, and only if built with debug assertions");
    }
    can_inject()
}

/// Whether operations fail now and then: injected, so that only what comes out of it in the end is as always.
pub fn with_faults() -> bool {
    std::env::var("RINGUTILS_TEST_ENGINE").is_ok_and(|wanted| wanted.ends_with("+faults"))
}

/// What to put into `RINGUTILS` and `RINGUTILS_FAULTS` so that the engine is the one that is being tested.
/// The arguments choose the seed: the same command always meets the same faults, another one other faults.
pub fn engine_variables(args: &[OsString]) -> Vec<(&'static str, OsString)> {
    let wanted = std::env::var("RINGUTILS_TEST_ENGINE").unwrap_or_default();
    let (engine, faults) = match wanted.split_once('+') {
        Some((engine, "faults")) => (engine, true),
        Some(_) => panic!("RINGUTILS_TEST_ENGINE={wanted}"),
        None => (wanted.as_str(), false),
    };
    let mut variables = match engine {
        "" | "auto" => vec![],
        "uring" | "threads" => vec![("RINGUTILS", OsString::from(format!("engine={engine}")))],
        _ => panic!("RINGUTILS_TEST_ENGINE={wanted}"),
    };
    if faults {
        assert!(can_inject(), "RINGUTILS_TEST_ENGINE={wanted} needs a build with debug assertions");
        let base = std::env::var("RINGUTILS_TEST_SEED").map_or(1, |s| s.parse().expect("a number"));
        let bytes = args.iter().flat_map(|arg| arg.as_bytes());
        let seed = bytes.fold(base, |h: u64, &b| h.wrapping_mul(31).wrapping_add(u64::from(b))) & 0xFFFF_FFFF;
        variables
            .push(("RINGUTILS_FAULTS", format!("seed={seed},short=4,eintr=8,eagain=8,ecanceled=8").into()));
    }
    variables
}
