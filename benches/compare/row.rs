//! What a row of the comparison is: the work, who does it, and what is promised about it.

use std::fmt;

use crate::data::{Data, Place, scaled};
use crate::measure::digest::Kept;
use crate::measure::loops::Kind;

/// A command of ours, with everything it is compared at.
pub struct Tool {
    /// Its name on the command line of the benchmark, and the GNU command that it stands in for where a row does not
    /// say another.
    pub name: &'static str,
    /// Our command, as this benchmark was built with it, if there is one yet.
    pub binary: Option<&'static str>,
    /// Who is looked for.
    pub peers: &'static [Peer],
    /// A row's options, which are GNU's, as a peer wants them. None if it can't do that.
    pub words: Translate,
    /// Our command may never hold more than this.
    pub peak_limit_mib: u32,
    /// Makes the rows.
    pub rows: fn() -> Vec<Row>,
}

/// Says options in a peer's own words.
pub type Translate = fn(Peer, &[&'static str]) -> Option<Vec<&'static str>>;

/// What our command is told beyond a row's options, by which it is told apart from itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// In tables, behind the name of the command.
    pub label: &'static str,
    /// The value of `RINGUTILS`; empty for none.
    pub list: &'static str,
    /// In front of all options: words for a helper.
    pub words: &'static [&'static str],
}

impl Setting {
    /// What the command chooses by itself.
    pub const AUTO: Self = Self::new("", "");
    /// What it does where `io_uring` is not to be had.
    pub const THREADS: Self = Self::new("threads", "engine=threads");

    pub const fn new(label: &'static str, list: &'static str) -> Self {
        Self { label, list, words: &[] }
    }

    pub const fn words(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// The number in a label such as `depth=4` or `block=64K`.
    pub fn number(self) -> Option<f64> {
        let (_, value) = self.label.split_once('=')?;
        let unit = match value.as_bytes().last() {
            Some(b'K') => 1024.0,
            Some(b'M') => 1_048_576.0,
            _ => 1.0,
        };
        let number: u32 = value.trim_end_matches(['K', 'M']).parse().ok()?;
        Some(f64::from(number) * unit)
    }
}

/// Our command, in a row that is not about the tool's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// This file.
    File(&'static str),
    /// This very program, as the helper of that name.
    This(&'static str),
}

/// A command of somebody else that does the same work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The newest GNU coreutils, beside the system's: the promises are about 9.10.
    GnuLatest,
    /// What the system installs, in Debian 12 GNU 9.1.
    System,
    /// `busybox TOOL`.
    Busybox,
    /// `coreutils TOOL`, `uu-TOOL` or `uu_TOOL`, if it is uutils.
    Uutils,
    /// `pv -q`, the pipe viewer.
    Pv,
    /// `xcp`, which copies files side by side.
    Xcp,
    /// `fcp`, the same with less to choose from.
    Fcp,
    /// `cpz` of the Fast Unix Commands, the same.
    Cpz,
    /// `b3sum`, the command of BLAKE3's authors.
    B3sum,
    /// `dd bs=1M` of the newest GNU.
    Dd,
    /// `cp` of the newest GNU.
    Cp,
    /// `tee` of the newest GNU.
    Tee,
    /// Nothing but `splice(2)` in a loop, one piece after the other: this very program.
    SpliceLoop,
    /// So many processes of the newest GNU side by side, under `xargs -P`, each with its share of the files.
    Xargs(u16),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GnuLatest => "the newest GNU",
            Self::System => "the system's",
            Self::Busybox => "busybox",
            Self::Uutils => "uutils",
            Self::Pv => "pv",
            Self::Xcp => "xcp",
            Self::Fcp => "fcp",
            Self::Cpz => "cpz",
            Self::B3sum => "b3sum",
            Self::Dd => "dd bs=1M",
            Self::Cp => "cp",
            Self::Tee => "tee",
            Self::SpliceLoop => "a splice loop",
            Self::Xargs(processes) => return write!(f, "xargs -P{processes}"),
        })
    }
}

/// Where the data comes from and goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// `COMMAND FILE... >/dev/null`
    Null,
    /// `COMMAND FILE... | wc -c`, with the `wc` of PATH. It copies, so it is a large part of the whole.
    Wc,
    /// `COMMAND FILE... | consumer`, which splices into `/dev/null`, so that it costs next to nothing.
    Discard,
    /// `producer FILE | COMMAND | consumer`, both splicing, so that they cost next to nothing.
    PipeToPipe,
    /// `COMMAND FILE... >NEW`, a file that is created anew for each run.
    File(Place),
    /// `COMMAND FILE...` into a Unix stream socket that another process reads.
    Socket,
    /// The same, the socket being one of TCP to the machine itself.
    Tcp,
    /// `producer FILE | COMMAND`, whose outputs are four pipes, standard output being the first, and a new file. The
    /// producer and what is behind the pipes splice.
    Fan(Place),
    /// `COMMAND SOURCE DESTINATION`, for a command that names its own output: a name that is free before each run,
    /// and what is there afterwards is what is hashed.
    Copy(Ground),
}

/// What the destination of [`Wiring::Copy`] is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// A folder that is there already.
    Place(Place),
    /// A file system that is made for each run, in RAM.
    Loop(Kind),
    /// The same, with the source on it as well.
    Within(Kind),
}

/// Who a promise is about.
#[derive(Clone, Copy, Debug)]
pub enum Rival {
    One(Peer),
    /// The fastest of these that took part.
    BestOf(&'static [Peer]),
}

/// What a promise is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// What the row compares, the wall time as a rule.
    Score,
    /// Processor time of the command itself.
    Cpu,
}

/// A promise: the other command takes at least this many times as long as ours.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub at_least: f64,
    pub of: Quantity,
    pub ours: Setting,
    pub against: Rival,
}

/// An option with a number that shrinks with the data.
#[derive(Clone, Copy, Debug)]
pub struct Amount {
    pub option: &'static str,
    /// What is before the number.
    pub sign: &'static str,
    pub number: u64,
}

impl Amount {
    /// The words for a command.
    pub fn words(self, scale: f64) -> [String; 2] {
        [self.option.into(), format!("{}{}", self.sign, scaled(self.number, scale).max(1))]
    }
}

/// What happens to files while a command follows them, and what is compared of it.
#[derive(Clone, Copy, Debug)]
pub enum Follow {
    /// So many lines are appended to the files in turn. The processor time is compared, beyond what following costs
    /// when nothing is appended.
    Busy { lines: u64 },
    /// So many lines are appended, each when the one before has come out. The median of the delays is compared.
    Delay { lines: u64 },
    /// Nothing happens for so many milliseconds. How often the command wakes up is counted.
    Idle { milliseconds: u64 },
}

impl Follow {
    /// Less of it, but enough for it to be done at all.
    pub fn scaled(self, scale: f64) -> Self {
        match self {
            Self::Busy { lines } => Self::Busy { lines: scaled(lines, scale).max(100) },
            Self::Delay { lines } => Self::Delay { lines: scaled(lines, scale).max(20) },
            Self::Idle { milliseconds } => Self::Idle { milliseconds: scaled(milliseconds, scale).max(100) },
        }
    }

    /// What is compared, for tables.
    pub fn compared(self) -> &'static str {
        match self {
            Self::Busy { .. } => "processor time beyond that of a run with nothing appended",
            Self::Delay { .. } => "median of the delays from append to output",
            Self::Idle { .. } => "voluntary context switches",
        }
    }
}

/// One line of the comparison. Made by [`Row::new`] and what is chained to it.
pub struct Row {
    pub name: &'static str,
    pub about: &'static str,
    pub data: Data,
    /// The command that ours is called as, and that is looked for among the peers, for a tool that is several.
    pub called: Option<&'static str>,
    /// What is ours, if not the tool's command.
    pub program: Option<Program>,
    /// What ours is told, in one run after the other.
    pub settings: Vec<Setting>,
    /// The question of technique that the row is to answer, by comparing with the first setting.
    pub question: Option<&'static str>,
    pub options: Vec<&'static str>,
    pub amount: Option<Amount>,
    /// The operand is a list of the files' checksums, for `-c`.
    pub list: bool,
    pub wiring: Wiring,
    pub cold: bool,
    /// Nobody gets a ring.
    pub blocked: bool,
    /// Runs of the command that make one sample; results are per run.
    pub repeat: u32,
    pub peers: Vec<Peer>,
    pub targets: Vec<Target>,
    /// What is compared may never be more than this, whoever else takes part.
    pub at_most: Option<f64>,
    /// The files are followed.
    pub follow: Option<Follow>,
    /// Bytes a second, where the command was told not to be faster.
    pub rate: Option<u64>,
    /// Why ours is not the fastest here, if it is not, or not always: for the report.
    pub because: Option<&'static str>,
}

impl Row {
    /// A row that reads `data` as named files, warm, writes to `/dev/null`, and is compared to every peer that
    /// does nothing but the tool's work.
    pub fn new(name: &'static str, about: &'static str, data: Data) -> Self {
        Self {
            name,
            about,
            data,
            called: None,
            program: None,
            settings: vec![Setting::AUTO, Setting::THREADS],
            question: None,
            options: Vec::new(),
            amount: None,
            list: false,
            wiring: Wiring::Null,
            cold: false,
            blocked: false,
            repeat: 1,
            peers: vec![Peer::GnuLatest, Peer::System, Peer::Busybox, Peer::Uutils],
            targets: Vec::new(),
            at_most: None,
            follow: None,
            rate: None,
            because: None,
        }
    }

    /// Passes this option to every command.
    pub fn option(mut self, option: &'static str) -> Self {
        self.options.push(option);
        self
    }

    /// Passes an option with a number that `--scale` applies to, and what is before the number.
    pub fn amount(mut self, option: &'static str, sign: &'static str, number: u64) -> Self {
        self.amount = Some(Amount { option, sign, number });
        self
    }

    /// Has the commands follow copies of the files, to which this happens.
    pub fn follow(mut self, follow: Follow) -> Self {
        self.follow = Some(follow);
        self
    }

    /// Calls ours by this name, and compares with commands of this name.
    pub fn called(mut self, name: &'static str) -> Self {
        self.called = Some(name);
        self
    }

    /// Has another program than the tool's be ours.
    pub fn by(mut self, program: Program) -> Self {
        self.program = Some(program);
        self
    }

    /// Compares our command with itself, under these settings, and with nobody else.
    pub fn asking(mut self, question: &'static str, settings: &[Setting]) -> Self {
        self.question = Some(question);
        self.settings = settings.to_vec();
        self.peers.clear();
        self
    }

    /// Verifies the files by a list of their checksums, which the first GNU command has made.
    pub fn checking(mut self) -> Self {
        self.list = true;
        self.option("-c")
    }

    /// Connects the commands otherwise than from named files to `/dev/null`.
    pub fn wiring(mut self, wiring: Wiring) -> Self {
        self.wiring = wiring;
        self
    }

    /// Drops the page cache, and the kernel's cache of names and inodes, before each run.
    pub fn cold(mut self) -> Self {
        self.cold = true;
        self
    }

    /// Runs every command under a seccomp filter that refuses `io_uring`, as containers do. All of them, because the
    /// filter itself costs something at each system call.
    pub fn blocked(mut self) -> Self {
        self.blocked = true;
        self
    }

    /// Takes as one sample this many runs one after another, for work too short to be timed once.
    pub fn repeat(mut self, repeat: u32) -> Self {
        self.repeat = repeat;
        self
    }

    /// Compares with one more peer.
    pub fn with(mut self, peer: Peer) -> Self {
        self.peers.push(peer);
        self
    }

    /// Leaves a peer out that can't do this work.
    pub fn without(mut self, peer: Peer) -> Self {
        self.peers.retain(|&other| other != peer);
        self
    }

    /// Promises that our command, choosing by itself, is at least this many times as fast as a peer.
    pub fn at_least(self, at_least: f64, against: Peer) -> Self {
        self.setting_at_least(Setting::AUTO, at_least, against)
    }

    /// The same under a given setting.
    pub fn setting_at_least(mut self, ours: Setting, at_least: f64, against: Peer) -> Self {
        self.targets.push(Target { at_least, of: Quantity::Score, ours, against: Rival::One(against) });
        self
    }

    /// Promises that our command, choosing by itself, takes no more processor time than a peer.
    pub fn cpu_at_most(mut self, against: Peer) -> Self {
        let (at_least, ours) = (1.0, Setting::AUTO);
        self.targets.push(Target { at_least, of: Quantity::Cpu, ours, against: Rival::One(against) });
        self
    }

    /// Runs the command at a limited rate, of so many bytes a second; what is compared is how far, in percent, it is off.
    pub fn paced(mut self, rate: u64) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Promises that our command, choosing by itself, is at least this many times as fast as the fastest of these.
    pub fn at_least_the_best(mut self, at_least: f64, of: &'static [Peer]) -> Self {
        let (of_score, ours) = (Quantity::Score, Setting::AUTO);
        self.targets.push(Target { at_least, of: of_score, ours, against: Rival::BestOf(of) });
        self
    }

    /// Says why somebody else may be faster than ours. The report shows it where somebody is.
    pub fn because(mut self, because: &'static str) -> Self {
        self.because = Some(because);
        self
    }

    /// Promises that what is compared is not more than this.
    pub fn at_most(mut self, at_most: f64) -> Self {
        self.at_most = Some(at_most);
        self
    }

    /// What a command has to keep about files, beyond what is in them.
    pub fn keeps(&self) -> Kept {
        match self.data.is_sparse() {
            _ if self.options.contains(&"-a") => Kept::Everything,
            true => Kept::Holes,
            false => Kept::Nothing,
        }
    }
}
