//! Who takes part: our command with either engine, and the peers that this machine has.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;
use crate::helper;
use crate::row::{Peer, Program, Row, Setting, Tool};
use crate::wrapper;

/// Which side a command is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Ours(Setting),
    Peer(Peer),
}

/// A command that can be run.
#[derive(Clone, Debug)]
pub struct Contender {
    pub side: Side,
    /// Short, for tables: `ucat`, `gnu-9.10`.
    pub label: String,
    /// First line of what `--version` prints.
    pub version: String,
    program: PathBuf,
    /// What it sees itself called, if that is not the program's name.
    called: Option<&'static str>,
    leading: Vec<OsString>,
    /// Of the row, in this command's own words.
    options: Vec<&'static str>,
    /// The same, with a number.
    amount: Vec<String>,
}

impl Contender {
    fn new(side: Side, label: &str, program: PathBuf, leading: &[&str]) -> Self {
        Self::called(side, label, program, leading, None)
    }

    fn called(
        side: Side,
        label: &str,
        program: PathBuf,
        leading: &[&str],
        called: Option<&'static str>,
    ) -> Self {
        let leading = leading.iter().map(OsString::from).collect();
        let (version, options, amount) = (String::new(), Vec::new(), Vec::new());
        let mut new = Self { side, label: label.into(), version, program, called, leading, options, amount };
        new.version = first_line(new.command(0).arg("--version")).unwrap_or_else(|| "unknown".into());
        new
    }

    /// Our command, told something else.
    fn under(&self, setting: Setting) -> Self {
        let label = format!("{} {}", self.label, setting.label).trim_end().to_owned();
        Self { side: Side::Ours(setting), ..self.clone().leading(&label, setting.words) }
    }

    /// The same command with the options of a row, unless it can't do what they ask for.
    pub fn with_options(&self, tool: &Tool, options: &[&'static str]) -> Option<Self> {
        let options = match self.side {
            Side::Ours(_) => options.to_vec(),
            Side::Peer(peer) => (tool.words)(peer, options)?,
        };
        Some(Self { options, ..self.clone() })
    }

    /// The same command by another label, with these arguments in front of all others.
    fn leading(mut self, label: &str, words: &[&str]) -> Self {
        self.leading.extend(words.iter().map(OsString::from));
        self.label = label.into();
        self
    }

    /// The same command with an option that has a number as well.
    pub fn with_amount(self, amount: Option<[String; 2]>) -> Self {
        Self { amount: amount.into_iter().flatten().collect(), ..self }
    }

    /// What it is told, if it is ours.
    pub fn setting(&self) -> Option<Setting> {
        match self.side {
            Side::Ours(setting) => Some(setting),
            Side::Peer(_) => None,
        }
    }

    /// How many processes it is, if their operands come by standard input, each with a NUL behind it.
    pub fn processes(&self) -> Option<usize> {
        match self.side {
            Side::Peer(Peer::Xargs(processes)) => Some(processes.into()),
            _ => None,
        }
    }

    /// The operands as this command wants them: the input, then outputs.
    pub fn operands<'a>(&self, operands: impl Iterator<Item = &'a OsStr>) -> Vec<OsString> {
        let words = |(nth, operand): (usize, &OsStr)| match (self.side, nth) {
            (Side::Peer(Peer::Dd), 0) => [OsStr::new("if="), operand].into_iter().collect(),
            (Side::Peer(Peer::Dd), _) => [OsStr::new("of="), operand].into_iter().collect(),
            _ => operand.to_owned(),
        };
        operands.enumerate().map(words).collect()
    }

    /// What it sees itself called.
    pub fn name(&self) -> &OsStr {
        self.called.map_or(self.program.as_os_str(), OsStr::new)
    }

    /// The program with the arguments that every run of it with so many operands starts with.
    pub fn command(&self, operands: usize) -> Command {
        let mut command = Command::new(&self.program);
        command.arg0(self.name());
        if let Some(processes) = self.processes() {
            // Shares that are equal: not one start more than there are processes.
            command.arg(format!("-n{}", operands.div_ceil(processes).max(1)));
        }
        command.args(&self.leading).args(&self.options).args(&self.amount);
        match self.side {
            Side::Ours(Setting { list, .. }) if !list.is_empty() => command.env("RINGUTILS", list),
            _ => command.env_remove("RINGUTILS"),
        };
        command
    }

    /// The program and the arguments that every run of it starts with, as text.
    pub fn command_line(&self) -> Vec<String> {
        let leading = self.leading.iter().map(|word| word.to_string_lossy().into_owned());
        let options = self.options.iter().copied().map(String::from).chain(self.amount.iter().cloned());
        [self.program.to_string_lossy().into_owned()].into_iter().chain(leading).chain(options).collect()
    }
}

/// Everybody that was found, ours first, and a note about each peer that was not.
pub struct Field {
    /// The name that rows call them by, if they do.
    pub called: Option<&'static str>,
    /// Which program rows take for ours, if not the tool's.
    program: Option<Program>,
    pub contenders: Vec<Contender>,
    pub notes: Vec<String>,
}

impl Field {
    /// Whether a row is about these.
    pub fn is_for(&self, row: &Row) -> bool {
        (self.called, self.program) == (row.called, row.program)
    }
}

/// Looks for everybody whom these rows want to compare, once for each name that they call commands by. `ours` is the
/// tool's command, of which rows that name another one have no need.
pub fn find_all(tool: &Tool, rows: &[Row], ours: Option<&Path>) -> Result<Vec<Field>> {
    let mut fields: Vec<Field> = Vec::new();
    for row in rows {
        if !fields.iter().any(|field| field.is_for(row)) {
            let mut field =
                Field { called: row.called, program: row.program, contenders: Vec::new(), notes: Vec::new() };
            let same: Vec<&Row> = rows.iter().filter(|other| field.is_for(other)).collect();
            let us = our_command(row, ours)?;
            for &setting in same.iter().flat_map(|row| &row.settings) {
                if !field.contenders.iter().any(|known| known.side == Side::Ours(setting)) {
                    field.contenders.push(us.under(setting));
                }
            }
            let wanted = tool.peers.iter().filter(|peer| same.iter().any(|row| row.peers.contains(peer)));
            find(tool, &mut field, wanted);
            fields.push(field);
        }
    }
    Ok(fields)
}

/// Ours in that row, choosing by itself.
fn our_command(row: &Row, ours: Option<&Path>) -> Result<Contender> {
    let side = Side::Ours(Setting::AUTO);
    let file = match row.program {
        Some(Program::This(helper)) => return Ok(this_program(side, helper)?),
        Some(Program::File(file)) => Path::new(file),
        None => ours.ok_or("our command is not there")?,
    };
    check_ours(file)?;
    let name = file.file_name().map_or_else(|| "ours".into(), |name| name.to_string_lossy().into_owned());
    Ok(Contender::called(side, &name, file.to_path_buf(), &[], row.called))
}

/// This very program, as a helper.
fn this_program(side: Side, helper: &str) -> std::result::Result<Contender, String> {
    let this = env::current_exe().map_err(|error| format!("{helper} ({error})"))?;
    let mut contender = Contender::new(side, helper, this, &[]);
    contender.leading = [helper::FLAG, helper].map(OsString::from).to_vec();
    contender.version = "this program".into();
    Ok(contender)
}

/// Looks for these peers.
fn find<'a>(tool: &Tool, field: &mut Field, peers: impl Iterator<Item = &'a Peer>) {
    let called = field.called;
    for &peer in peers {
        match find_peer(peer, called.unwrap_or(tool.name)) {
            Ok(contender) => {
                if peer == Peer::GnuLatest && contender.label != "gnu-9.10" {
                    let label = &contender.label;
                    field.notes.push(format!("the targets were set against GNU 9.10, not {label}"));
                }
                field.contenders.push(contender);
            }
            Err(why) => field.notes.push(format!("not compared: {why}")),
        }
    }
}

fn find_peer(peer: Peer, tool: &str) -> std::result::Result<Contender, String> {
    let side = Side::Peer(peer);
    match peer {
        Peer::GnuLatest => newest_gnu(side, tool),
        Peer::System => {
            let bin = Path::new("/bin").join(tool);
            let file = is_program(&bin).then_some(bin).or_else(|| on_path(tool));
            let file = file.ok_or_else(|| format!("the system's {tool} (not found)"))?;
            Ok(named_by_version(Contender::new(side, "system", file, &[])))
        }
        Peer::Busybox => {
            let file = on_path("busybox").ok_or("busybox (not on PATH)")?;
            let mut busybox = Contender::new(side, "busybox", file.clone(), &[tool]);
            busybox.version = first_line(&mut Command::new(file)).unwrap_or_else(|| "unknown".into());
            Ok(busybox)
        }
        Peer::Uutils => {
            let file = on_path(&format!("uu-{tool}")).or_else(|| on_path(&format!("uu_{tool}")));
            let single = file.map(|file| Contender::new(side, "uutils", file, &[]));
            let multi = || on_path("coreutils").map(|file| Contender::new(side, "uutils", file, &[tool]));
            let found = single.or_else(multi).filter(|found| found.version.contains("uutils"));
            found.ok_or_else(|| format!("uutils (neither uu-{tool} nor its coreutils on PATH)"))
        }
        Peer::Pv => named(side, "pv", &["-q"]),
        Peer::Xcp => named(side, "xcp", &["--no-progress"]),
        Peer::Fcp => named(side, "fcp", &[]),
        Peer::Cpz => named(side, "cpz", &[]),
        Peer::B3sum => named(side, "b3sum", &[]),
        Peer::Dd => newest_gnu(side, "dd").map(|dd| dd.leading("dd", &["bs=1M", "status=none"])),
        Peer::Cp => newest_gnu(side, "cp").map(|cp| cp.leading("cp", &[])),
        Peer::Tee => newest_gnu(side, "tee").map(|tee| tee.leading("tee", &[])),
        Peer::SpliceLoop => this_program(side, "splice").map(|it| it.leading("splice loop", &[])),
        Peer::Xargs(_) => side_by_side(side, peer, tool),
    }
}

/// A peer with a name of its own.
fn named(side: Side, name: &str, leading: &[&str]) -> std::result::Result<Contender, String> {
    let file = on_path(name).ok_or_else(|| format!("{name} (not on PATH)"))?;
    Ok(Contender::new(side, name, file, leading))
}

/// A command of the newest GNU.
fn newest_gnu(side: Side, tool: &str) -> std::result::Result<Contender, String> {
    let folder = gnu_latest().ok_or(
        "the newest GNU coreutils (set GNU_LATEST_BIN to the folder of its commands, or have `gnu-latest`, which \
         prints that, on PATH)",
    )?;
    let file = folder.join(tool);
    if !is_program(&file) {
        return Err(format!("the newest GNU coreutils ({} is no program)", file.display()));
    }
    Ok(named_by_version(without_shell(side, file)))
}

/// Several processes of it.
fn side_by_side(side: Side, peer: Peer, tool: &str) -> std::result::Result<Contender, String> {
    /// Of one command line, in bytes. The 128 KiB that xargs chooses by itself would mean more and unequal shares.
    const LONGEST: u32 = 1_000_000;
    let Peer::Xargs(processes) = peer else { return Err(format!("{peer} (is one process)")) };
    let xargs = on_path("xargs").ok_or("xargs (not on PATH)")?;
    let one = newest_gnu(side, tool).map_err(|why| format!("{peer} of {why}"))?;
    let own = ["-0".into(), format!("-P{processes}"), format!("-s{LONGEST}")];
    let words: Vec<String> = own.into_iter().chain(one.command_line()).collect();
    let leading: Vec<&str> = words.iter().map(String::as_str).collect();
    Ok(Contender::new(side, &peer.to_string(), xargs, &leading))
}

/// The folder of the newest GNU commands.
fn gnu_latest() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("GNU_LATEST_BIN") {
        return Some(folder.into());
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools/gnu-latest");
    let tool = if is_program(&beside) { beside } else { on_path("gnu-latest")? };
    first_line(&mut Command::new(tool)).map(PathBuf::from)
}

/// If `file` is a script that only executes something else, then that: a shell would cost more than the work.
fn without_shell(side: Side, file: PathBuf) -> Contender {
    // Not valid UTF-8 is not a script.
    let words = fs::read_to_string(&file).ok().and_then(|script| wrapper::exec_words(&script));
    match words.as_deref() {
        Some([program, leading @ ..]) => {
            let leading: Vec<&str> = leading.iter().map(String::as_str).collect();
            Contender::new(side, "newest", program.into(), &leading)
        }
        _ => Contender::new(side, "newest", file, &[]),
    }
}

/// Takes the label from a version such as `cat (GNU coreutils) 9.10`.
fn named_by_version(contender: Contender) -> Contender {
    let number = contender.version.split_whitespace().last().unwrap_or_default();
    let label = match &contender.version {
        version if version.contains("GNU") => format!("gnu-{number}"),
        version if version.contains("uutils") => format!("uutils-{number}"),
        _ => contender.label.clone(),
    };
    Contender { label, ..contender }
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// The first program of that name in the folders of PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(name)).find(|file| is_program(file))
}

/// Whether that is a file that may be executed.
pub fn is_program(file: &Path) -> bool {
    file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// The `wc` that pipelines end with, and the first line of what it says about itself.
pub fn wc() -> Option<(PathBuf, String)> {
    let wc = on_path("wc")?;
    let version = first_line(Command::new(&wc).arg("--version")).unwrap_or_else(|| "unknown".into());
    Some((wc, version))
}

/// Fails early, with a clear message, instead of in every row.
fn check_ours(ours: &Path) -> Result<()> {
    if is_program(ours) { Ok(()) } else { Err(format!("{}: no such program", ours.display()).into()) }
}
