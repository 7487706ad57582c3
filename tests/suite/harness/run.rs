//! A command to be run, written like a line of shell:
//! `t.cat(&["-n", "a"]).redirect("<in >>out").go().fine()`.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};

use super::Scene;
use super::ended::Ended;
use super::filter;
use super::live::{Collector, Live, feed};
use super::sys::{self, Limit, Preparation};
use super::tools::{Maker, Tool, engine_variables};

/// The user that owns nothing.
pub const NOBODY: u32 = 65534;

/// Where a standard stream goes.
#[derive(Clone)]
enum Stream {
    /// stdin: empty. stdout, stderr: captured.
    Plain,
    Bytes(Arc<Vec<u8>>),
    /// Each delivered once the one before it has been read.
    Pieces(Arc<Vec<Vec<u8>>>),
    /// stdin that the test types into while the command runs.
    Typed,
    Path(PathBuf, OpenOptions),
    Open(Arc<OwnedFd>),
    /// `2>&1`
    LikeStdout,
    Closed,
}

/// A command to be run. Cloning it and changing the tool runs the same command by another one.
#[derive(Clone)]
pub struct Run {
    tool: Tool,
    name: OsString,
    args: Vec<OsString>,
    scene: Scene,
    /// Where it runs, if not in the scene's own folder.
    within: Option<PathBuf>,
    variables: Vec<(OsString, OsString)>,
    streams: [Stream; 3],
    redirections: String,
    preparation: Preparation,
    nobody: bool,
}

impl Run {
    pub fn new<S: AsRef<OsStr>>(tool: &Tool, name: &str, scene: &Scene, args: &[S]) -> Self {
        Run {
            tool: tool.clone(),
            name: name.into(),
            args: args.iter().map(|arg| arg.as_ref().to_owned()).collect(),
            scene: scene.clone(),
            within: None,
            variables: vec![("LC_ALL".into(), "C".into())],
            streams: [Stream::Plain, Stream::Plain, Stream::Plain],
            redirections: String::new(),
            preparation: Preparation::default(),
            nobody: false,
        }
    }

    /// The same command run by another program.
    pub fn by(mut self, tool: &Tool) -> Self {
        self.tool = tool.clone();
        self
    }

    /// Runs it in another folder than the scene's.
    pub fn within(mut self, folder: impl Into<PathBuf>) -> Self {
        self.within = Some(folder.into());
        self
    }

    pub fn umask(mut self, mask: u32) -> Self {
        self.preparation.umask = Some(mask);
        self
    }

    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub fn args<S: AsRef<OsStr>>(mut self, args: &[S]) -> Self {
        self.args.extend(args.iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// The name the program is called by.
    pub fn called(mut self, name: impl AsRef<OsStr>) -> Self {
        name.as_ref().clone_into(&mut self.name);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.streams[0] = Stream::Bytes(Arc::new(bytes.into()));
        self
    }

    /// With the engine that fits, whichever the suite is asked to run under: for tests that make one unavailable.
    pub fn any_engine(self) -> Self {
        self.env("RINGUTILS", "engine=auto")
    }

    /// stdin in pieces (of at most a page), each delivered once the one before it has been read.
    pub fn stdin_pieces(mut self, pieces: Vec<Vec<u8>>) -> Self {
        self.streams[0] = Stream::Pieces(Arc::new(pieces));
        self
    }

    /// stdin that the test types into while the command runs ([`Live::send`]).
    pub fn stdin_typed(mut self) -> Self {
        self.streams[0] = Stream::Typed;
        self
    }

    pub fn stdin_from(mut self, fd: impl Into<OwnedFd>) -> Self {
        self.streams[0] = Stream::Open(Arc::new(fd.into()));
        self
    }

    pub fn stdout_to(mut self, fd: impl Into<OwnedFd>) -> Self {
        self.streams[1] = Stream::Open(Arc::new(fd.into()));
        self
    }

    pub fn stderr_to(mut self, fd: impl Into<OwnedFd>) -> Self {
        self.streams[2] = Stream::Open(Arc::new(fd.into()));
        self
    }

    /// Redirections as the shell writes them, separated by spaces: `<f`, `>f`, `>>f`, `1<>f`, `<&-`, `2>&1`, ….
    /// Relative paths are the scene's; files are opened when the command starts.
    pub fn redirect(mut self, redirections: &str) -> Self {
        for word in redirections.split_whitespace() {
            let at = word.find(['<', '>']).expect("an arrow");
            let (fd, rest) = word.split_at(at);
            let path_at = rest.find(|c| c != '<' && c != '>').expect("a target");
            let (arrow, target) = rest.split_at(path_at);
            let mut how = OpenOptions::new();
            let usual = match arrow {
                "<" => (how.read(true), 0).1,
                ">" => (how.write(true).create(true).truncate(true), 1).1,
                ">>" => (how.append(true).create(true), 1).1,
                "<>" => (how.read(true).write(true).create(true), 0).1,
                _ => panic!("{word}"),
            };
            let fd: usize = fd.parse().unwrap_or(usual);
            self.streams[fd] = match target {
                "&-" => Stream::Closed,
                "&1" => Stream::LikeStdout,
                path => Stream::Path(self.folder().join(path), how),
            };
        }
        let _ = write!(self.redirections, " {redirections}");
        self
    }

    pub fn limit(mut self, limit: Limit) -> Self {
        self.preparation.limits.push(limit);
        self
    }

    /// Starts it with `signal` ignored, as nohup and many daemons do.
    pub fn ignoring(mut self, signal: i32) -> Self {
        self.preparation.ignore.push(signal);
        self
    }

    /// The kernel answers `errno` to each of these system calls.
    pub fn deny(mut self, errno: i32, calls: &[i64]) -> Self {
        self.preparation.filters.push(Arc::new(filter::answering(errno, calls)));
        self
    }

    /// Without root's rights (nothing changes when the suite itself has none).
    pub fn without_rights(mut self) -> Self {
        self.nobody = sys::is_root();
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn go(self) -> Ended {
        let typed = matches!(self.streams[0], Stream::Typed);
        assert!(!typed, "a command that is typed into is started, not run");
        self.start().finish()
    }

    /// Runs it, and then once more by each of `others`: all must end alike.
    #[track_caller]
    pub fn like(self, others: &[Tool]) -> Ended {
        let ended = self.clone().go();
        for other in others {
            if let Some(report) = ended.difference_from(&self.clone().by(other).go()) {
                panic!("{report}by {:?}", other.maker);
            }
        }
        ended
    }

    /// Starts it and lets the test watch.
    #[track_caller]
    pub fn start(&self) -> Live {
        let text = self.to_string();
        let mut command = self.command();
        let (stdin, sender) = self.open_stdin();
        command.stdin(stdin);
        let (stdout, for_stderr, stdout_collector) = self.open_stdout();
        command.stdout(stdout);
        let (stderr, stderr_collector) = match &self.streams[2] {
            Stream::LikeStdout => (for_stderr, Collector::of(empty())),
            stream => open_output(stream),
        };
        command.stderr(stderr);
        let mut preparation = self.preparation.clone();
        let closed = (0..3).filter(|&fd| matches!(self.streams[fd], Stream::Closed));
        preparation.close.extend(closed.map(|fd| i32::try_from(fd).expect("0 to 2")));
        preparation.install(&mut command);
        let child = {
            let _guard = sys::no_forks();
            command.spawn().unwrap_or_else(|e| panic!("{text}: {e}"))
        };
        drop(command); // and with it our copies of the child's ends
        let (stdout, stderr) = (stdout_collector, stderr_collector);
        Live { command: text, child, stdin: sender, stdout, stderr, reaped: false }
    }

    fn folder(&self) -> &Path {
        self.within.as_deref().unwrap_or(self.scene.dir())
    }

    fn command(&self) -> Command {
        let tool = if self.nobody { self.tool.copied_into(self.scene.dir()) } else { self.tool.clone() };
        let mut command = tool.command(&self.name);
        command.args(&self.args).current_dir(self.folder()).env_clear();
        for kept in ["PATH", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        if self.tool.maker == Maker::Ours {
            command.envs(engine_variables(&self.args));
        }
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        if self.nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    fn open_stdin(&self) -> (Stdio, Option<Sender<Vec<u8>>>) {
        let (pieces, gently) = match &self.streams[0] {
            Stream::Bytes(bytes) => (vec![bytes.to_vec()], false),
            Stream::Pieces(pieces) => (pieces.to_vec(), true),
            Stream::Typed => (vec![], true),
            Stream::Path(path, how) => return (open(path, how).into(), None),
            Stream::Open(fd) => return (copy(fd).into(), None),
            Stream::Plain | Stream::LikeStdout | Stream::Closed => return (Stdio::null(), None),
        };
        let (reader, writer) = io::pipe().expect("pipe");
        if gently {
            sys::shrink_pipe(&writer);
        }
        let (sender, receiver) = mpsc::channel();
        for piece in pieces {
            sender.send(piece).expect("the receiver is here");
        }
        feed(File::from(OwnedFd::from(writer)), receiver, gently);
        let typed = matches!(self.streams[0], Stream::Typed);
        (reader.into(), typed.then_some(sender))
    }

    /// stdout, the same once more for `2>&1`, and what collects it.
    fn open_stdout(&self) -> (Stdio, Stdio, Collector) {
        let fd: OwnedFd = match &self.streams[1] {
            Stream::Path(path, how) => open(path, how).into(),
            Stream::Open(fd) => copy(fd),
            Stream::Closed => return (Stdio::null(), Stdio::null(), Collector::of(empty())),
            _ => {
                let (reader, writer) = io::pipe().expect("pipe");
                let again = writer.try_clone().expect("dup");
                return (writer.into(), again.into(), Collector::of(reader));
            }
        };
        let again = fd.try_clone().expect("dup");
        (fd.into(), again.into(), Collector::of(empty()))
    }
}

fn open_output(stream: &Stream) -> (Stdio, Collector) {
    match stream {
        Stream::Path(path, how) => (open(path, how).into(), Collector::of(empty())),
        Stream::Open(fd) => (copy(fd).into(), Collector::of(empty())),
        Stream::Closed => (Stdio::null(), Collector::of(empty())),
        _ => {
            let (reader, writer) = io::pipe().expect("pipe");
            (writer.into(), Collector::of(reader))
        }
    }
}

fn open(path: &PathBuf, how: &OpenOptions) -> File {
    how.open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn copy(fd: &Arc<OwnedFd>) -> OwnedFd {
    fd.try_clone().expect("dup")
}

/// A stream that is at its end.
fn empty() -> File {
    File::open("/dev/null").expect("/dev/null")
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 30;
        for (name, value) in &self.variables {
            write!(f, "{}={} ", name.display(), value.display())?;
        }
        write!(f, "{}", self.name.display())?;
        for arg in self.args.iter().take(SHOWN) {
            write!(f, " \"{}\"", arg.as_bytes().escape_ascii())?;
        }
        if self.args.len() > SHOWN {
            write!(f, " … ({} arguments)", self.args.len())?;
        }
        write!(f, "{}", self.redirections)
    }
}
