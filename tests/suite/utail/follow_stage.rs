//! What scenes of following have in common: each is played by ours and by the newest GNU, notified and polling, with
//! the same assertions. A scene goes on when what it did last has shown; that nothing else was printed is seen when the
//! next thing is, or at the end.
//!
//! ```
//! play(&BOTH, |s| {
//!     s.file("f", "a\n");
//!     let mut tail = s.follow(&["-f", "f"]);
//!     tail.ready().shows("a\n");
//!     s.append("f", "b\n");
//!     tail.shows("b\n");
//!     tail.stop();
//! });
//! ```

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::ops::Deref;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Live, PATIENCE, Run, Scene, Tool, gnu_under_test, is_repeated, latest_oracle};

/// How files are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Notification,
    Polling,
}

pub const BOTH: [Mode; 2] = [Mode::Notification, Mode::Polling];
pub const NOTIFIED: [Mode; 1] = [Mode::Notification];
pub const POLLED: [Mode; 1] = [Mode::Polling];

/// Plays a scene in these modes, by the tool under test and by the newest GNU.
#[track_caller]
pub fn play(modes: &[Mode], scene: impl Fn(&Stage)) {
    for &mode in modes {
        scene(&Stage::new(mode, None));
        if !gnu_under_test()
            && !is_repeated()
            && let Some(tool) = latest_oracle("tail")
        {
            scene(&Stage::new(mode, Some(tool)));
        }
    }
}

/// The same by ours only, under the name of `tail`.
#[track_caller]
pub fn play_ours(modes: &[Mode], scene: impl Fn(&Stage)) {
    if crate::harness::only_ours() {
        return;
    }
    for &mode in modes {
        scene(&Stage::new(mode, None));
    }
}

/// A folder, and who plays in it.
pub struct Stage {
    scene: Scene,
    pub mode: Mode,
    /// Another one than the tool under test.
    tool: Option<Tool>,
}

impl Stage {
    pub fn new(mode: Mode, tool: Option<Tool>) -> Self {
        Self { scene: Scene::new(), mode, tool }
    }

    /// `tail ARGS`, with what it takes for this mode.
    pub fn tail(&self, args: &[&str]) -> Run {
        let how: &[&str] = match self.mode {
            Mode::Notification => &["--debug"],
            Mode::Polling => &["--debug", "---disable-inotify", "-s.02"],
        };
        self.plain(how).args(args)
    }

    /// `tail ARGS`, and nothing else.
    pub fn plain(&self, args: &[&str]) -> Run {
        let run = self.scene.tail(args);
        match &self.tool {
            Some(tool) => run.by(tool),
            None => run,
        }
    }

    pub fn follow(&self, args: &[&str]) -> Tail {
        self.start(&self.tail(args))
    }

    pub fn start(&self, run: &Run) -> Tail {
        let mode = match self.mode {
            Mode::Notification => "notification",
            Mode::Polling => "polling",
        };
        Tail { live: run.start(), mode, stdout: Vec::new(), stderr: String::new() }
    }

    /// Appends, as whoever opens the file for each line.
    pub fn append(&self, name: &str, text: impl AsRef<[u8]>) {
        let mut file = OpenOptions::new().append(true).open(self.path(name)).expect(name);
        file.write_all(text.as_ref()).expect(name);
    }

    pub fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).expect(from);
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).expect(name);
    }

    pub fn remove_folder(&self, name: &str) {
        fs::remove_dir_all(self.path(name)).expect(name);
    }

    /// Cuts or extends a file.
    pub fn resize(&self, name: &str, size: u64) {
        OpenOptions::new().write(true).open(self.path(name)).and_then(|f| f.set_len(size)).expect(name);
    }

    pub fn symlink(&self, target: &str, name: &str) {
        symlink(target, self.path(name)).expect(name);
    }

    pub fn chmod(&self, name: &str, mode: u32) {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).expect(name);
    }
}

impl Deref for Stage {
    type Target = Scene;

    fn deref(&self) -> &Scene {
        &self.scene
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if thread::panicking() {
            let who =
                self.tool.as_ref().map_or("the tool under test".into(), |tool| format!("{:?}", tool.maker));
            let _ = writeln!(std::io::stderr(), "in this scene: {:?}, by {who}", self.mode);
        }
    }
}

/// A tail that follows, and all that it has to have said so far.
pub struct Tail {
    pub live: Live,
    mode: &'static str,
    stdout: Vec<u8>,
    stderr: String,
}

impl Tail {
    /// Waits until it has said how it follows: what is changed from here on is noticed.
    #[track_caller]
    pub fn ready(&mut self) -> &mut Self {
        let mode = self.mode;
        self.says(&format!("using {mode} mode"))
    }

    /// Waits until this diagnostic comes, as the next one.
    #[track_caller]
    pub fn says(&mut self, message: &str) -> &mut Self {
        self.stderr += &format!("tail: {message}\n");
        self.live.stderr.begins(&self.stderr);
        self
    }

    /// Waits until this is printed, next.
    #[track_caller]
    pub fn shows(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        self.stdout.extend_from_slice(text.as_ref());
        self.live.stdout.begins(&self.stdout);
        self
    }

    /// Waits until it has dealt with all that has happened: a file that was shown last grows, twice. (The first time
    /// shows that it saw what came before; closing a file that was removed makes one more event.)
    #[track_caller]
    pub fn settles(&mut self, stage: &Stage, last: &str) -> &mut Self {
        for _ in 0..2 {
            stage.append(last, "settled\n");
            self.shows("settled\n");
        }
        self
    }

    /// What it was to print until now, and nothing else, in whatever time it took to get here.
    #[track_caller]
    pub fn stop(self) {
        self.live.signal(libc::SIGTERM);
        self.live.end().stdout_is(self.stdout).stderr_is(self.stderr).killed_by(libc::SIGTERM);
    }

    /// It ends by itself.
    #[track_caller]
    pub fn ends(self, code: i32) {
        self.live.end().stdout_is(self.stdout).stderr_is(self.stderr).code(code);
    }

    #[track_caller]
    pub fn ends_by(self, signal: i32) {
        self.live.end().stdout_is(self.stdout).stderr_is(self.stderr).killed_by(signal);
    }
}

/// Waits for what nothing tells of: asks again and again.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}
