//! The options that every command of this collection has beyond GNU's, and the variable `RINGUTILS`.
//!
//! A tool flattens [`SharedArgs`] into its definition. What was typed is checked as it is read
//! ([`SharedArgs::check`], called by [`parse`](super::parse)) and resolved into plain data at the end. A later
//! item wins over an earlier one, the command line over the variable.

use super::completion::Values;
use super::fault::{UsageFault, bytes};
use super::getopt::{BEYOND_GNU, Given};
use super::keyword::{Spelling, keyword};
use super::progress::ProgressWhen;
use super::quote;
use super::size::{NumberError, Suffixes, number_in};
use crate::ring::{Config, EngineChoice, StatsFormat};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// `--progress`, `--ring`, `--ring-stats` and `--ring-trace`, exactly as typed.
#[derive(clap::Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedArgs {
    /// show progress on standard error; WHEN is 'auto' (on a terminal), 'always' or 'never'
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, help_heading = BEYOND_GNU)]
    pub progress: Option<Option<OsString>>,
    /// choose and tune the I/O engine; see ringutils(7) for the keys of LIST
    #[arg(long, value_name = "LIST", action = clap::ArgAction::Append, help_heading = BEYOND_GNU)]
    pub ring: Vec<OsString>,
    /// at the end, say what the engine did; FORMAT is 'text' or 'json'
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, help_heading = BEYOND_GNU)]
    pub ring_stats: Option<Option<OsString>>,
    /// show each submission and completion on standard error
    #[arg(long, help_heading = BEYOND_GNU)]
    pub ring_trace: bool,
}

/// What the shared options mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shared {
    /// For the runtime.
    pub ring: Config,
    /// For [`Progress::new`](super::Progress::new).
    pub progress: ProgressWhen,
}

const WHEN: &[(&str, ProgressWhen)] =
    &[("auto", ProgressWhen::Auto), ("always", ProgressWhen::Always), ("never", ProgressWhen::Never)];
const ENGINES: &[(&str, EngineChoice)] =
    &[("auto", EngineChoice::Auto), ("uring", EngineChoice::Uring), ("threads", EngineChoice::Threads)];
const FORMATS: &[(&str, StatsFormat)] = &[("text", StatsFormat::Text), ("json", StatsFormat::Json)];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Engine,
    Depth,
    Block,
    Threads,
    Sqpoll,
    Direct,
    Plain,
    Stats,
    Trace,
}
const KEYS: &[(&str, Key)] = &[
    ("engine", Key::Engine),
    ("depth", Key::Depth),
    ("block", Key::Block),
    ("threads", Key::Threads),
    ("sqpoll", Key::Sqpoll),
    ("direct", Key::Direct),
    ("plain", Key::Plain),
    ("stats", Key::Stats),
    ("trace", Key::Trace),
];

impl SharedArgs {
    /// Checks one option's value, if it is one of these.
    ///
    /// # Errors
    /// What is wrong with the value.
    pub fn check(given: &Given) -> Result<(), UsageFault> {
        match given.id.as_str() {
            "progress" => progress_when(given.value.as_deref()).map(drop),
            "ring" => read_list(given.text(), Origin::Option, &mut Config::default()),
            "ring_stats" => stats_format(given.value.as_deref(), "--ring-stats").map(drop),
            _ => Ok(()),
        }
    }

    /// What shells may offer as a value, if it is one of these options.
    #[must_use]
    pub fn values(id: &str) -> Option<Values> {
        match id {
            "progress" => Some(Values::words(WHEN)),
            "ring" => Some(Values::List(KEYS.iter().flat_map(|(name, key)| items(name, *key)).collect())),
            "ring_stats" => Some(Values::words(FORMATS)),
            _ => None,
        }
    }

    /// What the options mean, together with the value of `RINGUTILS`. An empty variable is as good as none.
    ///
    /// # Errors
    /// What is wrong with a value; a fault in the variable names it.
    pub fn resolve(&self, variable: Option<&OsStr>) -> Result<Shared, UsageFault> {
        let mut shared = Shared::default();
        if let Some(list) = variable.filter(|list| !list.is_empty()) {
            read_list(list, Origin::Variable, &mut shared.ring)?;
        }
        for list in &self.ring {
            read_list(list, Origin::Option, &mut shared.ring)?;
        }
        if let Some(format) = &self.ring_stats {
            shared.ring.stats = Some(stats_format(format.as_deref(), "--ring-stats")?);
        }
        shared.ring.trace |= self.ring_trace;
        if let Some(when) = &self.progress {
            shared.progress = progress_when(when.as_deref())?;
        }
        Ok(shared)
    }
}

fn progress_when(when: Option<&OsStr>) -> Result<ProgressWhen, UsageFault> {
    when.map_or(Ok(ProgressWhen::Auto), |when| keyword(when, WHEN, Spelling::Abbreviable, "--progress"))
}

fn stats_format(format: Option<&OsStr>, context: &str) -> Result<StatsFormat, UsageFault> {
    format.map_or(Ok(StatsFormat::Text), |format| keyword(format, FORMATS, Spelling::Abbreviable, context))
}

/// Where a list comes from: only messages depend on it.
#[derive(Clone, Copy)]
enum Origin {
    Option,
    Variable,
}

impl Origin {
    /// `--ring` or `$RINGUTILS`; with a key `--ring=depth` or `$RINGUTILS depth`.
    fn context(self, key: &str) -> String {
        match self {
            Self::Option if key.is_empty() => "--ring".into(),
            Self::Option => format!("--ring={key}"),
            Self::Variable if key.is_empty() => "$RINGUTILS".into(),
            Self::Variable => format!("$RINGUTILS {key}"),
        }
    }
}

/// Reads `KEY[=VALUE],…` into `config`.
fn read_list(list: &OsStr, origin: Origin, config: &mut Config) -> Result<(), UsageFault> {
    for item in list.as_bytes().split(|byte| *byte == b',') {
        let (name, value) = match item.iter().position(|byte| *byte == b'=') {
            Some(equals) => (&item[..equals], Some(OsStr::from_bytes(&item[equals + 1..]))),
            None => (item, None),
        };
        let key = keyword(OsStr::from_bytes(name), KEYS, Spelling::Exact, &origin.context(""))?;
        let name = KEYS.iter().find(|(_, other)| *other == key).map_or("", |(name, _)| *name);
        apply(key, value, &origin.context(name), config)?;
    }
    Ok(())
}

fn apply(key: Key, value: Option<&OsStr>, context: &str, config: &mut Config) -> Result<(), UsageFault> {
    let needed = || value.ok_or_else(|| wrong("missing value for ", context));
    let number = |suffixes, least, most| {
        let text = needed()?;
        number_in(text, suffixes, least, most).map_err(|error| bad_number(error, text, context, least, most))
    };
    let switch = || if value.is_none() { Ok(true) } else { Err(wrong("no value allowed for ", context)) };
    match key {
        Key::Engine => config.engine = keyword(needed()?, ENGINES, Spelling::Exact, context)?,
        // The ranges make these conversions safe.
        Key::Depth => config.depth = u32::try_from(number(Suffixes::None, 1, 4096)?).ok(),
        Key::Block => config.block = usize::try_from(number(Suffixes::Sizes, 512, 16 << 20)?).ok(),
        Key::Threads => config.threads = usize::try_from(number(Suffixes::None, 1, 256)?).ok(),
        Key::Stats => config.stats = Some(stats_format(value, context)?),
        Key::Sqpoll => config.sqpoll = switch()?,
        Key::Direct => config.direct = switch()?,
        Key::Plain => config.plain = switch()?,
        Key::Trace => config.trace = switch()?,
    }
    Ok(())
}

/// The items of a list that begin with a key, as far as they can be known: `engine=threads`, `depth=`, `sqpoll`.
fn items(name: &str, key: Key) -> Vec<String> {
    let with = |words: &mut dyn Iterator<Item = &str>| words.map(|word| format!("{name}={word}")).collect();
    let alone = || name.to_owned();
    match key {
        Key::Engine => with(&mut ENGINES.iter().map(|(word, _)| *word)),
        Key::Stats => {
            let formats: Vec<String> = with(&mut FORMATS.iter().map(|(word, _)| *word));
            std::iter::once(alone()).chain(formats).collect()
        }
        Key::Depth | Key::Block | Key::Threads => with(&mut std::iter::once("")),
        Key::Sqpoll | Key::Direct | Key::Plain | Key::Trace => vec![alone()],
    }
}

fn wrong(problem: &str, context: &str) -> UsageFault {
    UsageFault::with_hint(bytes![problem, quote::value(context)])
}

fn bad_number(error: NumberError, text: &OsStr, context: &str, least: u64, most: u64) -> UsageFault {
    let mut message = bytes!["invalid argument ", quote::value(text), " for ", quote::value(context)];
    if error != NumberError::Invalid {
        message.extend(format!(": must be between {least} and {most}").bytes());
    }
    UsageFault::with_hint(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(list: &[u8]) -> Result<Config, String> {
        SharedArgs::default()
            .resolve(Some(OsStr::from_bytes(list)))
            .map(|shared| shared.ring)
            .map_err(|fault| first_line(&fault))
    }

    fn first_line(fault: &UsageFault) -> String {
        // The tests may run in any locale.
        let text = String::from_utf8_lossy(&fault.render(b"cat")).replace(['‘', '’'], "'");
        text.lines().next().unwrap_or_default().to_owned()
    }

    #[test]
    fn every_key() {
        let all = b"engine=threads,depth=64,block=1M,threads=8,sqpoll,direct,plain,stats=json,trace";
        let expected = Config {
            engine: EngineChoice::Threads,
            depth: Some(64),
            block: Some(1 << 20),
            threads: Some(8),
            sqpoll: true,
            direct: true,
            plain: true,
            stats: Some(StatsFormat::Json),
            trace: true,
            chains: false,
        };
        assert_eq!(variable(all), Ok(expected));
        assert_eq!(variable(b""), Ok(Config::default()));
        assert_eq!(variable(b"stats").map(|config| config.stats), Ok(Some(StatsFormat::Text)));
        assert_eq!(variable(b"depth=1,depth=4096").map(|config| config.depth), Ok(Some(4096)));
        assert_eq!(variable(b"block=512").map(|config| config.block), Ok(Some(512)));
        assert_eq!(variable(b"block=16MiB").map(|config| config.block), Ok(Some(16 << 20)));
    }

    #[test]
    fn every_mistake() {
        let table: &[(&[u8], &str)] = &[
            (b"zz", "invalid argument 'zz' for '$RINGUTILS'"),
            (b"eng=auto", "invalid argument 'eng' for '$RINGUTILS'"),
            (b"sqpoll,", "invalid argument '' for '$RINGUTILS'"),
            (b"=5", "invalid argument '' for '$RINGUTILS'"),
            (b"\xff", "invalid argument '\\377' for '$RINGUTILS'"),
            (b"engine", "missing value for '$RINGUTILS engine'"),
            (b"engine=", "invalid argument '' for '$RINGUTILS engine'"),
            (b"engine=u", "invalid argument 'u' for '$RINGUTILS engine'"),
            (b"depth", "missing value for '$RINGUTILS depth'"),
            (b"depth=", "invalid argument '' for '$RINGUTILS depth'"),
            (b"depth=x", "invalid argument 'x' for '$RINGUTILS depth'"),
            (b"depth=1K", "invalid argument '1K' for '$RINGUTILS depth'"),
            (b"depth=0", "invalid argument '0' for '$RINGUTILS depth': must be between 1 and 4096"),
            (b"depth=-1", "invalid argument '-1' for '$RINGUTILS depth': must be between 1 and 4096"),
            (b"depth=4097", "invalid argument '4097' for '$RINGUTILS depth': must be between 1 and 4096"),
            (
                b"depth=99999999999999999999",
                "invalid argument '99999999999999999999' for '$RINGUTILS depth': must be between 1 and 4096",
            ),
            (b"depth=\xff", "invalid argument '\\377' for '$RINGUTILS depth'"),
            (b"block=511", "invalid argument '511' for '$RINGUTILS block': must be between 512 and 16777216"),
            (b"block=17M", "invalid argument '17M' for '$RINGUTILS block': must be between 512 and 16777216"),
            (b"threads=257", "invalid argument '257' for '$RINGUTILS threads': must be between 1 and 256"),
            (b"sqpoll=yes", "no value allowed for '$RINGUTILS sqpoll'"),
            (b"trace=", "no value allowed for '$RINGUTILS trace'"),
            (b"stats=xml", "invalid argument 'xml' for '$RINGUTILS stats'"),
        ];
        for (list, expected) in table {
            assert_eq!(variable(list), Err(format!("cat: {expected}")), "{:?}", OsStr::from_bytes(list));
        }
    }

    #[test]
    fn what_is_offered_is_taken() {
        let Some(Values::List(items)) = SharedArgs::values("ring") else { panic!("a list") };
        assert!(KEYS.iter().all(|(key, _)| items.iter().any(|item| item.split('=').next() == Some(key))));
        for item in items {
            match variable(item.as_bytes()) {
                Err(text) if item.ends_with('=') => {
                    assert!(text.contains("invalid argument '' for"), "{text}");
                }
                taken => assert!(taken.is_ok() && !item.ends_with('='), "{item}: {taken:?}"),
            }
        }
        assert_eq!(SharedArgs::values("number"), None);
    }

    #[test]
    fn the_command_line_wins() {
        let args = SharedArgs {
            progress: Some(None),
            ring: vec!["depth=2".into(), "engine=uring".into()],
            ring_stats: Some(Some("json".into())),
            ring_trace: false,
        };
        let shared =
            args.resolve(Some(OsStr::new("engine=threads,depth=9,stats=text,trace"))).expect("valid");
        assert_eq!(shared.progress, ProgressWhen::Auto);
        assert_eq!(shared.ring.engine, EngineChoice::Uring);
        assert_eq!(shared.ring.depth, Some(2));
        assert_eq!(shared.ring.stats, Some(StatsFormat::Json));
        assert!(shared.ring.trace);
        assert_eq!(SharedArgs::default().resolve(None), Ok(Shared::default()));
    }

    #[test]
    fn checked_as_read() {
        let check = |id: &str, value: &str| {
            SharedArgs::check(&Given { id: id.into(), letter: None, value: Some(value.into()) })
                .map_err(|fault| first_line(&fault))
        };
        assert_eq!(check("progress", "al"), Ok(()));
        assert_eq!(check("progress", "a"), Err("cat: ambiguous argument 'a' for '--progress'".into()));
        assert_eq!(check("ring", "depth=x"), Err("cat: invalid argument 'x' for '--ring=depth'".into()));
        assert_eq!(check("ring", ""), Err("cat: invalid argument '' for '--ring'".into()));
        assert_eq!(check("ring_stats", ""), Err("cat: ambiguous argument '' for '--ring-stats'".into()));
        assert_eq!(check("number", "anything"), Ok(()));
    }
}
