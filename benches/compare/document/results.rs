//! What `docs/benchmarks/TOOL.json` says, as the pages need it.
//!
//! Fields that older files lack are done without. What is essential, and missing, is an error that names it.

use serde_json::Value;

use super::super::statistics::{maximum, median, minimum, paired_ratios};
use super::super::table;

/// Why a file of results can't be used.
pub type Read<T> = Result<T, String>;

/// The results of one tool.
pub struct Results {
    pub tool: String,
    pub machine: Machine,
    /// When the last run was, and of what of ours.
    pub day: Option<String>,
    pub version: Option<String>,
    /// Peak memory below this can't be told.
    pub floor_kib: f64,
    pub wc: Option<String>,
    pub versions: Vec<Version>,
    /// Who was looked for, and not found.
    pub absent: Vec<String>,
    pub rows: Vec<Row>,
}

/// What the results were measured on. Results of different machines are never mixed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    pub cpu: String,
    pub cores: u64,
    pub memory: String,
    pub kernel: String,
    pub disk: String,
    pub ram: String,
}

/// A command that took part.
pub struct Version {
    pub label: String,
    /// What it says itself.
    pub text: String,
    /// Its program and what every run of it starts with.
    pub words: Vec<String>,
}

/// One row.
pub struct Row {
    pub name: String,
    pub state: State,
}

/// What became of it.
pub enum State {
    Measured(Measured),
    /// Why not.
    Skipped(String),
    /// Why, and so without a figure.
    Failed(String),
}

/// The figures of a row.
pub struct Measured {
    pub about: String,
    pub cold: bool,
    pub kind: Kind,
    pub notes: Vec<String>,
    /// Why it is slower than somebody, if it is.
    pub because: Option<String>,
    pub entrants: Vec<Entrant>,
    pub targets: Vec<Target>,
    /// When it was measured, and what of ours.
    pub day: Option<String>,
    pub version: Option<String>,
    pub scale: f64,
}

/// What is compared, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    WallTime,
    /// Another time, in words.
    Time(String),
    /// Something that is a number by itself, and no multiple of anything.
    Count(String),
    Percent(String),
}

/// A command with its samples, one a round.
pub struct Entrant {
    pub label: String,
    pub scores: Vec<f64>,
    pub cpu: Vec<f64>,
    pub peak_kib: f64,
    /// What it was told, if it is ours.
    pub told: Option<Told>,
}

/// By what our command was told apart from itself.
pub struct Told {
    pub label: String,
    /// The value of `RINGUTILS`.
    pub list: String,
    /// The number, where that is what differs.
    pub x: Option<f64>,
}

/// A promise.
pub struct Target {
    pub promise: String,
    pub found: Option<f64>,
    pub unit: String,
    pub verdict: String,
}

/// The ratios within the rounds.
#[derive(Clone, Copy, Debug)]
pub struct Ratio {
    pub median: f64,
    pub low: f64,
    pub high: f64,
}

impl Ratio {
    fn of(ours: &[f64], other: &[f64]) -> Option<Self> {
        let ratios = paired_ratios(ours, other);
        let ratio = Self { median: median(&ratios), low: minimum(&ratios), high: maximum(&ratios) };
        ratio.median.is_finite().then_some(ratio)
    }
}

impl Entrant {
    /// How many times as long as this one another one takes.
    pub fn ratio_to(&self, other: &Self) -> Option<Ratio> {
        Ratio::of(&self.scores, &other.scores)
    }

    pub fn score(&self) -> f64 {
        median(&self.scores)
    }

    /// What tells it apart from itself, if anything does.
    pub fn setting(&self) -> &str {
        self.told.as_ref().filter(|told| !told.label.is_empty()).map_or(&self.label, |told| &told.label)
    }

    /// The number that it was told.
    pub fn x(&self) -> Option<f64> {
        self.told.as_ref()?.x
    }
}

impl Measured {
    /// Our command, choosing by itself.
    pub fn ours(&self) -> Option<&Entrant> {
        self.entrants.first()
    }

    /// Our command without `io_uring`.
    pub fn threads(&self) -> Option<&Entrant> {
        self.entrants.iter().find(|entrant| is_threads(&entrant.label))
    }

    /// Everybody else.
    pub fn others(&self) -> impl Iterator<Item = &Entrant> {
        self.entrants.iter().skip(1).filter(|entrant| !is_threads(&entrant.label))
    }

    pub fn other(&self, label: &str) -> Option<&Entrant> {
        self.others().find(|entrant| entrant.label == label)
    }

    /// Whom people would use for this work, had they only the usual commands: the newest GNU one, or what stands in.
    pub fn baseline(&self) -> Option<&Entrant> {
        let newest = self.others().filter_map(|entrant| Some((gnu_version(&entrant.label)?, entrant)));
        let newest = newest.max_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, entrant)| entrant);
        newest.or_else(|| ["dd", "tee", "b3sum", "pv"].iter().find_map(|label| self.other(label)))
    }

    /// Whether one can be so and so many times as fast as another one.
    pub fn has_ratios(&self) -> bool {
        matches!(self.kind, Kind::WallTime | Kind::Time(_))
    }

    /// A median, as it is written.
    pub fn written(&self, score: f64) -> String {
        match self.kind {
            Kind::WallTime | Kind::Time(_) => table::duration(score).replace(" us", " µs"),
            Kind::Count(_) => table::count(score),
            Kind::Percent(_) => table::percent(score),
        }
    }
}

impl Target {
    pub fn missed(&self) -> bool {
        self.verdict == "MISSED"
    }

    /// What was found instead, as it is written.
    pub fn written(&self) -> String {
        match (self.found, self.unit.as_str()) {
            (None, _) => "not measured".into(),
            (Some(found), "times as fast") => table::ratio(found),
            (Some(found), "KiB") => table::memory(found),
            (Some(found), "percent") => table::percent(found),
            (Some(found), _) => table::count(found),
        }
    }
}

impl Results {
    /// The name of our command.
    pub fn command(&self) -> String {
        let first = self.measured().find_map(|(_, row)| row.ours());
        first.map_or_else(|| format!("u{}", self.tool), |ours| ours.label.clone())
    }

    /// The rows that have figures, with their names.
    pub fn measured(&self) -> impl Iterator<Item = (&str, &Measured)> {
        self.rows.iter().filter_map(|row| match &row.state {
            State::Measured(measured) => Some((row.name.as_str(), measured)),
            State::Skipped(_) | State::Failed(_) => None,
        })
    }

    pub fn row(&self, name: &str) -> Option<&Measured> {
        self.measured().find(|(other, _)| *other == name).map(|(_, row)| row)
    }

    /// Everybody who took part in some row, ours first, in the order of their appearance.
    pub fn labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = Vec::new();
        for version in &self.versions {
            let took_part = |(_, row): (&str, &Measured)| {
                row.entrants.iter().any(|entrant| entrant.label == version.label)
            };
            if !labels.contains(&version.label.as_str()) && self.measured().any(took_part) {
                labels.push(&version.label);
            }
        }
        labels
    }

    pub fn read(tool: &str, file: &Value) -> Read<Self> {
        let named = |why: String| format!("results of {tool}: {why}");
        let rows = array(file, "rows").map_err(named)?;
        Ok(Self {
            tool: tool.into(),
            machine: Machine::read(file).map_err(named)?,
            day: text(file, "measured").ok(),
            version: text(file, "ringutils").ok(),
            floor_kib: file["peak_rss_floor_kib"].as_f64().unwrap_or(0.0),
            wc: text(file, "wc").ok(),
            versions: array(file, "commands")
                .map_err(named)?
                .iter()
                .map(Version::read)
                .collect::<Read<_>>()?,
            absent: texts(&file["absent"]),
            rows: rows.iter().map(|row| Row::read(row, file)).collect::<Read<_>>().map_err(named)?,
        })
    }
}

impl Machine {
    /// In one line.
    pub fn written(&self) -> String {
        let Self { cpu, cores, kernel, disk, ram, .. } = self;
        format!("{cpu} with {cores} cores, Linux {kernel}, {disk} on the disk and {ram} in RAM")
    }

    /// Whether figures of both may stand in one table. The amount of memory differs a bit from boot to boot.
    pub fn is_like(&self, other: &Self) -> bool {
        Self { memory: String::new(), ..self.clone() } == Self { memory: String::new(), ..other.clone() }
    }

    pub fn read(file: &Value) -> Read<Self> {
        let machine = &file["machine"];
        Ok(Self {
            cpu: text(machine, "cpu").unwrap_or_else(|_| "unknown processor".into()),
            cores: machine["cores"].as_u64().ok_or("no cores")?,
            memory: text(machine, "memory").unwrap_or_else(|_| "unknown".into()),
            kernel: text(machine, "kernel")?,
            disk: text(file, "disk_file_system")?,
            ram: text(file, "ram_file_system")?,
        })
    }
}

impl Version {
    fn read(value: &Value) -> Read<Self> {
        Ok(Self {
            label: text(value, "command")?,
            text: text(value, "version")?,
            words: texts(&value["words"]),
        })
    }
}

impl Row {
    fn read(row: &Value, file: &Value) -> Read<Self> {
        let name = text(row, "row")?;
        let state = if let Ok(why) = text(row, "failed") {
            State::Failed(why)
        } else if let Ok(why) = text(row, "skipped") {
            State::Skipped(why)
        } else {
            State::Measured(Measured::read(row, file).map_err(|why| format!("{name}: {why}"))?)
        };
        Ok(Self { name, state })
    }
}

impl Measured {
    fn read(row: &Value, file: &Value) -> Read<Self> {
        let entrants = array(row, "commands")?.iter().map(Entrant::read).collect::<Read<_>>()?;
        let targets = array(row, "targets")?.iter().map(Target::read).collect::<Read<_>>()?;
        let kind = match text(row, "compared")?.as_str() {
            "wall time" => Kind::WallTime,
            switches @ "voluntary context switches" => Kind::Count(switches.into()),
            percent if percent.starts_with("percent") => Kind::Percent(percent.into()),
            time => Kind::Time(time.into()),
        };
        // What a row does not say of itself is what is said of all.
        let own = |name: &str| text(row, name).or_else(|_| text(file, name)).ok();
        Ok(Self {
            about: text(row, "about")?,
            cold: row["cold"].as_bool().unwrap_or(false),
            kind,
            notes: texts(&row["notes"]),
            because: text(row, "because").ok(),
            entrants,
            targets,
            day: own("measured"),
            version: own("ringutils"),
            scale: row["scale"].as_f64().or_else(|| file["scale"].as_f64()).unwrap_or(1.0),
        })
    }
}

impl Entrant {
    fn read(value: &Value) -> Read<Self> {
        let label = text(value, "command")?;
        let scores = numbers(&value["compared"]);
        if scores.is_empty() {
            return Err(format!("{label} has no samples"));
        }
        Ok(Self {
            scores,
            cpu: numbers(&value["cpu_s"]),
            peak_kib: value["peak_rss_kib"].as_f64().unwrap_or(f64::NAN),
            told: Told::read(value),
            label,
        })
    }
}

impl Told {
    fn read(value: &Value) -> Option<Self> {
        let (label, list) = (text(value, "setting").ok()?, text(value, "list").ok()?);
        Some(Self { label, list, x: value["x"].as_f64() })
    }
}

impl Target {
    fn read(value: &Value) -> Read<Self> {
        Ok(Self {
            promise: text(value, "promise")?,
            found: value["found"].as_f64(),
            unit: text(value, "unit")?,
            verdict: text(value, "verdict")?,
        })
    }
}

/// How a command is called in pages.
pub fn display(label: &str) -> String {
    match label {
        threads if is_threads(threads) => "`engine=threads`".into(),
        "dd" | "cp" | "tee" => format!("GNU {label}"),
        xargs if xargs.starts_with("xargs") => format!("GNU, {xargs}"),
        gnu => gnu.strip_prefix("gnu-").map_or_else(|| gnu.into(), |version| format!("GNU {version}")),
    }
}

pub fn is_threads(label: &str) -> bool {
    label.ends_with(" threads")
}

/// The version of GNU's commands that a label names.
fn gnu_version(label: &str) -> Option<Vec<u32>> {
    label.strip_prefix("gnu-")?.split('.').map(|part| part.parse().ok()).collect()
}

fn text(value: &Value, name: &str) -> Read<String> {
    value[name].as_str().map(String::from).ok_or_else(|| format!("no {name}"))
}

fn array<'a>(value: &'a Value, name: &str) -> Read<&'a [Value]> {
    value[name].as_array().map(Vec::as_slice).ok_or_else(|| format!("no {name}"))
}

fn texts(value: &Value) -> Vec<String> {
    let values = value.as_array().into_iter().flatten();
    values.filter_map(Value::as_str).map(String::from).collect()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
}
