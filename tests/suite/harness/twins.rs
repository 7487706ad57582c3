//! The same folder several times: our cp is run in the first, GNU's in the others. What is written, how it ends, and
//! what the folders are like afterwards has to be the same.
//!
//! ```
//! case("f a; f b; l c a").cp("-b a b").stderr_is("");
//! ```

use std::any::Any;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::plot::{build, decode};
use super::tools::Maker;
use super::tree::{Before, Tree, order};
use super::{Ended, NOBODY, Run, Scene, Tool, oracles, skip, sys, ucp};

/// Done to a twin when it is built; what it returns is dropped before the twin is removed.
type Hook = Arc<dyn Fn(&Path) -> Box<dyn Any>>;

/// A folder to be built, and how commands are run in it.
#[derive(Clone)]
pub struct Case {
    /// Where the programs are that nobody may run.
    scene: Scene,
    _home: Scene,
    /// Where the twins are built.
    place: PathBuf,
    setup: String,
    stdin: Vec<u8>,
    variables: Vec<(String, String)>,
    umask: u32,
    rights: Rights,
    system: bool,
    any_inodes: bool,
    unseen: &'static [&'static str],
    atimes: Option<String>,
    hook: Option<Hook>,
    change: Option<Arc<dyn Fn(Run) -> Run>>,
}

/// By whom a command is run, when the suite is root's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rights {
    Both,
    Roots,
    Nobodys,
}

/// How our command ended, and what it left behind.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub ended: Ended,
    pub tree: Tree,
}

/// A case with a folder as [`super::plot`] describes it.
pub fn case(setup: &str) -> Case {
    case_in(Scene::in_memory(), setup)
}

/// The same on the file system of the temporary folder.
pub fn case_on_disk(setup: &str) -> Case {
    case_in(Scene::new(), setup)
}

fn case_in(home: Scene, setup: &str) -> Case {
    Case {
        place: home.dir().to_owned(),
        scene: Scene::new(),
        _home: home,
        setup: setup.into(),
        stdin: vec![],
        variables: vec![],
        umask: 0o022,
        rights: Rights::Both,
        system: false,
        any_inodes: false,
        unseen: &[],
        atimes: None,
        hook: None,
        change: None,
    }
}

impl Case {
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub fn umask(mut self, mask: u32) -> Self {
        self.umask = mask;
        self
    }

    /// With the rights that the suite has, only.
    pub fn only_as_we_are(mut self) -> Self {
        self.rights = Rights::Roots;
        self
    }

    /// Without root's rights, only.
    pub fn only_as_nobody(mut self) -> Self {
        self.rights = Rights::Nobodys;
        self
    }

    /// The system's GNU cp, an older one, agrees.
    pub fn system_too(mut self) -> Self {
        self.system = true;
        self
    }

    /// No folder is read: it does not matter in which order of inodes they are.
    pub fn any_inodes(mut self) -> Self {
        self.any_inodes = true;
        self
    }

    /// These facts about files are not compared.
    pub fn not_comparing(mut self, facts: &'static [&'static str]) -> Self {
        self.unseen = facts;
        self
    }

    /// Access times are compared as well, of names that begin like this: those of sources depend on who reads how.
    pub fn atimes_of(mut self, start: &str) -> Self {
        self.atimes = Some(start.into());
        self
    }

    /// The twins are built in this folder.
    pub fn at(mut self, place: &Path) -> Self {
        place.clone_into(&mut self.place);
        self
    }

    pub fn hook<T: 'static>(mut self, hook: impl Fn(&Path) -> T + 'static) -> Self {
        self.hook = Some(Arc::new(move |dir| Box::new(hook(dir))));
        self
    }

    /// Something else about the command.
    pub fn with(mut self, change: impl Fn(Run) -> Run + 'static) -> Self {
        self.change = Some(Arc::new(change));
        self
    }

    /// Runs `cp ARGS` and compares. Returns ours, as run with the rights that the suite has if it was.
    #[track_caller]
    pub fn cp(&self, args: &str) -> Outcome {
        self.cp_words(&words(args))
    }

    #[track_caller]
    pub fn cp_words(&self, args: &[OsString]) -> Outcome {
        self.compare(args).unwrap_or_else(|report| panic!("{report}"))
    }

    /// Each line is a command.
    #[track_caller]
    pub fn each(&self, commands: &[&str]) {
        let differences: Vec<String> =
            commands.iter().filter_map(|args| self.compare(&words(args)).err()).collect();
        let (different, all) = (differences.len(), commands.len());
        assert!(different == 0, "{different} of {all} commands differ:\n{}", differences.join("\n"));
    }

    /// The same, with what differs as an error.
    pub fn compare(&self, args: &[OsString]) -> Result<Outcome, String> {
        if !sys::is_root() && asks_for_root(&self.setup) {
            skip("needs root");
        }
        let mut outcomes = Vec::new();
        if self.rights != Rights::Nobodys {
            outcomes.push(self.compare_as(args, false)?);
        }
        if self.rights == Rights::Nobodys || self.rights == Rights::Both && sys::is_root() {
            outcomes.push(self.compare_as(args, sys::is_root())?);
        }
        Ok(outcomes.swap_remove(0))
    }

    fn compare_as(&self, args: &[OsString], nobody: bool) -> Result<Outcome, String> {
        let others: Vec<Tool> =
            cps().iter().filter(|t| self.system || t.maker != Maker::GnuSystem).cloned().collect();
        let (twins, alike) = self.twins(1 + others.len(), nobody);
        let any_order = !alike;
        let mut ours = self.run(&twins[0], args, ucp(), nobody);
        for (dir, other) in twins[1..].iter().zip(&others) {
            let mut theirs = self.run(dir, args, other, nobody);
            if any_order {
                sort_lines(&mut ours.ended);
                sort_lines(&mut theirs.ended);
            }
            let how = ours.ended.difference_from(&theirs.ended).unwrap_or_default();
            let what = ours.tree.difference_from(&theirs.tree);
            let what = what.map_or_else(String::new, |what| format!("what is there then:\n{what}"));
            if !how.is_empty() || !what.is_empty() {
                let who = if nobody { " as nobody" } else { "" };
                let setup = &self.setup;
                let command = &ours.ended.command;
                return Err(format!("in \"{setup}\"{who}: {command}\n{how}{what}  (by {:?})", other.maker));
            }
        }
        for twin in twins {
            let _ = fs::remove_dir_all(twin);
        }
        Ok(ours)
    }

    /// Folders that are the same, up to the order of their inodes, which is the one in which GNU's cp reads them:
    /// other tests may have freed an inode in between. Whether that succeeded.
    fn twins(&self, count: usize, nobody: bool) -> (Vec<PathBuf>, bool) {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        const ATTEMPTS: usize = 20;
        let mut twins = Vec::new();
        for _ in 0..ATTEMPTS {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            twins = (0..count).map(|i| self.place.join(format!("twin-{number}-{i}"))).collect();
            for twin in &twins {
                fs::create_dir(twin).expect("a folder");
                build(twin, &self.setup, nobody.then_some(NOBODY));
            }
            let first = order(&twins[0]);
            if self.any_inodes || twins.iter().all(|twin| order(twin) == first) {
                return (twins, true);
            }
            for twin in &twins {
                fs::remove_dir_all(twin).expect("removed");
            }
        }
        for twin in &twins {
            fs::create_dir(twin).expect("a folder");
            build(twin, &self.setup, nobody.then_some(NOBODY));
        }
        (twins, false)
    }

    fn run(&self, dir: &Path, args: &[OsString], tool: &Tool, nobody: bool) -> Outcome {
        let _hooked = self.hook.as_ref().map(|hook| hook(dir));
        let before = Before::of(dir);
        let mut run = Run::new(tool, "cp", &self.scene, args).within(dir).umask(self.umask);
        if !self.stdin.is_empty() {
            run = run.stdin(self.stdin.clone());
        }
        for (name, value) in &self.variables {
            run = run.env(name, value);
        }
        if nobody {
            run = run.without_rights();
        }
        if let Some(change) = &self.change {
            run = change(run);
        }
        let ended = run.go();
        let tree = Tree::of(dir, &before, self.atimes.as_deref()).without(self.unseen);
        Outcome { ended, tree }
    }
}

impl Outcome {
    #[track_caller]
    pub fn stdout_is(self, expected: &str) -> Self {
        Outcome { ended: self.ended.stdout_is(expected), tree: self.tree }
    }

    #[track_caller]
    pub fn stderr_is(self, expected: &str) -> Self {
        Outcome { ended: self.ended.stderr_is(expected), tree: self.tree }
    }

    #[track_caller]
    pub fn code(self, expected: i32) -> Self {
        Outcome { ended: self.ended.code(expected), tree: self.tree }
    }

    #[track_caller]
    pub fn fine(self) -> Self {
        Outcome { ended: self.ended.fine(), tree: self.tree }
    }

    /// Fails with this message.
    #[track_caller]
    pub fn fails(self, message: &str) -> Self {
        self.stderr_is(&format!("cp: {message}\n")).code(1)
    }

    /// Asserts one fact about what is there afterwards.
    #[track_caller]
    pub fn has(self, name: &str, what: &str, value: &str) -> Self {
        assert_eq!(self.tree.fact(name, what), Some(value), "{what} of {name}");
        self
    }
}

/// Words of a command as a shell would see them: `''` is the empty one, `%20` a blank.
pub fn words(args: &str) -> Vec<OsString> {
    args.split_whitespace().map(|word| if word == "''" { OsString::new() } else { decode(word) }).collect()
}

fn cps() -> &'static [Tool] {
    static CPS: std::sync::OnceLock<Vec<Tool>> = std::sync::OnceLock::new();
    CPS.get_or_init(|| oracles("cp"))
}

fn asks_for_root(setup: &str) -> bool {
    let statement = |s: &str| {
        s.trim().starts_with(['c', 'b'])
            || s.contains(" u=")
            || s.contains("x:security")
            || s.contains("x:trusted")
    };
    setup.split(';').any(statement)
}

fn sort_lines(ended: &mut Ended) {
    for text in [&mut ended.stdout, &mut ended.stderr] {
        let mut lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
        lines.sort_unstable();
        *text = lines.concat();
    }
}
