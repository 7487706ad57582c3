//! A terminal session as a page shows it: one bash, to which commands are given one by one, in what looks like a checkout
//! of the repository.
//!
//! The shell reads its script from a FIFO, in which there is never more than one command, and behind it one that marks
//! the end of the output. So each output is known to be complete before the next command can change anything, and a
//! command that hangs is known by name.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, PipeReader, Read, Write as _};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, mem};

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{Scene, latest_folder, sys};

/// What a command's output ends with: nobody puts that out by chance.
const END: &[u8] = b"\x1e\x1eend\x1e\n";
/// Says it, and is not seen in `$?`.
const SAY_END: &str =
    r"ringutils_end() { local status=$?; printf '\036\036end\036\n'; return $status; }; cd checkout";
/// Runs examples as cargo has built them, and nothing else.
const CARGO: &str = r#"#!/bin/bash
if [[ "$1 $2 $3" != "run -q --example" ]]; then
    printf 'here is only: cargo run -q --example NAME -- ARGUMENTS\n' >&2
    exit 2
fi
name=$4 built=$EXAMPLES/$4
shift 4
[[ $1 != -- ]] || shift
for source in "$CHECKOUT/examples/$name.rs" "$CHECKOUT/examples/$name"/*.rs; do
    if [[ -e $source && ( ! -x $built || $source -nt $built ) ]]; then
        printf '%s is not built: cargo build --profile test --examples\n' "$name" >&2
        exit 101
    fi
done
exec "$built" "$@"
"#;

/// The tools, each with the variable that may name another program, and the program that was built.
const TOOLS: [(&str, &str, &str); 5] = [
    ("ucat", "RINGUTILS_TEST_UCAT", env!("CARGO_BIN_EXE_ucat")),
    ("ucp", "RINGUTILS_TEST_UCP", env!("CARGO_BIN_EXE_ucp")),
    ("uhash", "RINGUTILS_TEST_UHASH", env!("CARGO_BIN_EXE_uhash")),
    ("usplice", "RINGUTILS_TEST_USPLICE", env!("CARGO_BIN_EXE_usplice")),
    ("utail", "RINGUTILS_TEST_UTAIL", env!("CARGO_BIN_EXE_utail")),
];

/// A running shell. Dropped, it ends, and with it what it left running.
pub struct Session {
    scene: Scene,
    shell: Child,
    script: File,
    output: PipeReader,
    /// What came behind the last command's end: the output of something in the background.
    early: Vec<u8>,
    patience: Duration,
}

/// Why there is no more to come, and what has come until then.
#[derive(Debug)]
pub struct Stopped {
    pub why: &'static str,
    pub output: String,
}

impl Session {
    /// Starts a shell in a checkout of `root`; no command may take longer than `patience`.
    pub fn new(root: &Path, patience: Duration) -> Self {
        let scene = Scene::new();
        let path = prepare(&scene, root);
        scene.fifo("bash");
        // For both ways, so that it opens before the shell does.
        let script = OpenOptions::new().read(true).write(true).open(scene.path("bash")).expect("a FIFO");
        let (output, stdout) = io::pipe().expect("pipe");
        let stderr = stdout.try_clone().expect("dup");
        let mut command = Command::new("bash");
        command.args(["--noprofile", "--norc", "bash"]).current_dir(scene.dir()).env_clear();
        for kept in ["LLVM_PROFILE_FILE", "TMPDIR"] {
            command.envs(env::var_os(kept).map(|value| (kept, value)));
        }
        command.env("PATH", path).env("LC_ALL", "C").env("HOME", scene.path("home"));
        command.envs(latest_folder().map(|folder| ("GNU", folder)));
        command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        let preparation = sys::Preparation {
            umask: Some(0o022),
            restore: vec![libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM],
            ..Default::default()
        };
        preparation.install(&mut command);
        let shell = {
            let _guard = sys::no_forks();
            command.spawn().expect("bash")
        };
        let mut session = Session { scene, shell, script, output, early: Vec::new(), patience };
        session.give(SAY_END);
        session
    }

    /// Runs one command; what it put out, to whichever stream.
    pub fn run(&mut self, command: &str) -> Result<String, Stopped> {
        self.give(command);
        self.give("ringutils_end");
        let deadline = Instant::now() + self.patience;
        let mut came = mem::take(&mut self.early);
        let why = loop {
            if let Some(at) = came.windows(END.len()).position(|window| window == END) {
                self.early = came.split_off(at + END.len());
                came.truncate(at);
                return Ok(readable(&came));
            }
            if !sys::wait_for(&self.output, libc::POLLIN, deadline.saturating_duration_since(Instant::now()))
            {
                break "does not end";
            }
            let mut piece = vec![0; 64 << 10];
            match self.output.read(&mut piece) {
                Ok(0) => break "ends the shell",
                Ok(count) => came.extend_from_slice(&piece[..count]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => panic!("output of the shell: {e}"),
            }
        };
        Err(Stopped { why, output: readable(&came) })
    }

    fn give(&mut self, line: &str) {
        // What nobody reads any more is no error: the output tells.
        self.script.write_all(format!("{line}\n").as_bytes()).expect("a command shorter than a pipe");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
        // Whatever it started is somewhere in here.
        for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
            let number = entry.file_name().to_str().and_then(|name| name.parse().ok());
            let within = fs::read_link(entry.path().join("cwd"));
            if let (Some(pid), Ok(within)) = (number.and_then(Pid::from_raw), within)
                && within.starts_with(self.scene.dir())
            {
                // It may have ended meanwhile.
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// Makes the checkout, and a folder with what the pages call; the value of `PATH`.
fn prepare(scene: &Scene, root: &Path) -> std::ffi::OsString {
    scene.folder("checkout").folder("bin").folder("home");
    for entry in fs::read_dir(root).expect("the repository") {
        let name = entry.expect("an entry").file_name();
        // What a page makes, and what a build makes, is not of the repository.
        if ![".git", "lab", "target"].iter().any(|other| name == *other) {
            symlink(root.join(&name), scene.path("checkout").join(&name)).expect("a link");
        }
    }
    for (name, variable, built) in TOOLS {
        let program = env::var_os(variable).map_or_else(|| built.into(), PathBuf::from);
        let program = if program.is_dir() { program.join(name) } else { program };
        symlink(program, scene.path("bin").join(name)).expect("a link");
    }
    let beside = Path::new(TOOLS[0].2).with_file_name("examples");
    let examples = env::var_os("RINGUTILS_TEST_EXAMPLES").map_or(beside, PathBuf::from);
    let (examples, root) = (quoted(&examples), quoted(root));
    let cargo = CARGO.replacen('\n', &format!("\nEXAMPLES={examples} CHECKOUT={root}\n"), 1);
    {
        // A script that is open for writing anywhere, as in another test's child, cannot be run.
        let _guard = sys::no_forks();
        fs::write(scene.path("bin/cargo"), cargo).expect("a script");
        fs::set_permissions(scene.path("bin/cargo"), Permissions::from_mode(0o755)).expect("chmod");
    }
    let others = env::var_os("PATH").unwrap_or_default();
    let folders = [scene.path("bin")].into_iter().chain(env::split_paths(&others));
    env::join_paths(folders).expect("folders without colons")
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_str().expect("a name in UTF-8").replace('\'', r"'\''"))
}

/// As a terminal would show it: there bash says nothing of lines.
fn readable(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let without_number = |line: &str| {
        let (number, rest) = line.strip_prefix("bash: line ")?.split_once(": ")?;
        number.parse::<u32>().is_ok().then(|| format!("bash: {rest}"))
    };
    text.split_inclusive('\n').map(|line| without_number(line).unwrap_or_else(|| line.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::{PATIENCE, gnu_under_test};

    fn session() -> Session {
        Session::new(&super::super::root(), PATIENCE)
    }

    #[track_caller]
    fn assert_shows(session: &mut Session, command: &str, expected: &str) {
        assert_eq!(session.run(command).expect("an output"), expected, "$ {command}");
    }

    #[test]
    fn one_shell_runs_all() {
        let mut session = session();
        assert_shows(&mut session, "mkdir -p lab && cd lab; x=1", "");
        assert_shows(&mut session, "echo $x; basename \"$PWD\"; echo err >&2", "1\nlab\nerr\n");
        assert_shows(&mut session, "(exit 3)", "");
        assert_shows(&mut session, "echo $?", "3\n");
        assert_shows(&mut session, "printf no-end", "no-end");
        assert_shows(&mut session, "cat; for i in 1 2\ndo echo $i\ndone", "1\n2\n");
        assert_shows(&mut session, "none-such", "bash: none-such: command not found\n");
        assert_shows(&mut session, "sort <<'X'\nb\na\nX", "a\nb\n");
        assert_shows(&mut session, "[ -e ../README.md ] && ! [ -e ../target ] && echo here", "here\n");
    }

    #[test]
    fn tools_are_at_hand() {
        let mut session = session();
        assert_shows(&mut session, "cargo test 2>/dev/null; echo $?", "2\n");
        assert_shows(&mut session, "echo \"$LC_ALL$RINGUTILS\"", "C\n");
        for (name, ..) in TOOLS.iter().filter(|_| !gnu_under_test()) {
            let told = session.run(&format!("{name} --version")).expect("an output");
            assert!(told.starts_with(name), "{told}");
        }
    }

    #[test]
    fn signals_are_not_ignored() {
        let told = session().run("grep SigIgn /proc/self/status").expect("an output");
        let mask = told.trim().rsplit('\t').next().and_then(|hex| u64::from_str_radix(hex, 16).ok());
        let signals = [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM, libc::SIGPIPE];
        let watched = signals.iter().fold(0, |mask, signal| mask | 1 << (signal - 1));
        assert_eq!(mask.map(|mask| mask & watched), Some(0), "{told}");
    }

    #[test]
    fn what_does_not_end_is_ended() {
        let mut session = session();
        let pid = session.run("echo $$").expect("an output");
        let process = Path::new("/proc").join(pid.trim());
        assert!(process.join("cwd").exists());
        session.patience = Duration::from_millis(100);
        let stopped = session.run("exec sleep 1000").expect_err("it does not end");
        assert_eq!(stopped.why, "does not end");
        drop(session);
        assert!(!process.exists(), "{}", process.display());
    }

    #[test]
    fn what_is_left_running_is_ended() {
        let mut session = session();
        let pid = session.run("sleep 1000 & echo $!").expect("an output").trim().parse().expect("a number");
        let process = sys::pidfd(pid);
        drop(session);
        assert!(sys::wait_for(&process, libc::POLLIN, PATIENCE));
    }

    #[test]
    fn the_end_of_the_shell_is_noticed() {
        for command in ["echo x; exit", "echo x\nif; then"] {
            let stopped = session().run(command).expect_err("it is the end");
            assert_eq!(stopped.why, "ends the shell");
            assert!(stopped.output.starts_with("x\n"), "{stopped:?}");
        }
    }
}
