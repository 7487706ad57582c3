//! The command line: what was typed ([`Cli`]), and what it means ([`Options`]).
//!
//! What one option says about another that it follows (the meter's, `--truncate`) is read from the list of given
//! options, from left to right ([`Ordered`]); the struct gives operands and switches.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroU64;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use ringutils::cli::c_numbers;
use ringutils::cli::keyword::{Spelling, keyword};
use ringutils::cli::size::{NumberError, Suffixes, number_in};
use ringutils::cli::{self, Early, Given, Invocation, ProgressWhen, SharedArgs, Tool, UsageFault, Values};

use crate::options::{MeterOptions, OnError, Options, Parts, Watch};

/// The name to go by where there is none.
pub const NAME: &str = "usplice";

/// Move the bytes of INPUT to each OUTPUT, inside the kernel where it can.
///
/// Standard input stands in for an INPUT that is - or not given.
///
/// Standard output stands in for an OUTPUT that is - or not given.
#[derive(clap::Parser, Debug, Default)]
#[command(after_help = "BYTES and RATE may end with b (512), kB (1000), K (1024), MB (1000000),\n\
                  M (1024 K), and so on for G, T, P, E. KiB is the same as K, and so on.\n\n\
                  MODE says what becomes of an OUTPUT that fails:\n\
                  \x20 warn         say so, and go on with the others\n\
                  \x20 warn-nopipe  the same, but not a word of a pipe without reader\n\
                  \x20 exit         say so, and end\n\
                  \x20 exit-nopipe  the same, but go on after a pipe without reader\n\
                  Without MODE it is warn-nopipe. If the option is not given it is exit with one\n\
                  OUTPUT, and warn with several.\n\n\
                  With -t, -r or -e the meter has nothing but these parts, and with -p the bar.\n\
                  Each of its options turns it on.\n\n\
                  On the signal USR1 a status line is printed.")]
#[allow(clippy::option_option, reason = "clap's way to say that a value may be left out")]
#[allow(clippy::struct_excessive_bools, reason = "the options are switches")]
#[allow(dead_code, reason = "what has a value is read from the list of given options, not from the field")]
struct Cli {
    /// add to the end of each OUTPUT
    #[arg(short = 'a', long)]
    append: bool,
    /// move BYTES at a time
    #[arg(short = 'b', long, value_name = "BYTES")]
    block_size: Option<OsString>,
    /// end after BYTES
    #[arg(short = 'c', long, value_name = "BYTES")]
    count: Option<OsString>,
    /// say which way the bytes take, and where they change to another
    #[arg(long)]
    debug: bool,
    /// show how long it will still take
    #[arg(short = 'e', long)]
    eta: bool,
    /// fail if fewer bytes come than --count or --size says
    #[arg(long)]
    exact: bool,
    /// renew the meter every SECONDS (default 1)
    #[arg(long, value_name = "SECONDS")]
    interval: Option<OsString>,
    /// put NAME in front of the meter
    #[arg(short = 'N', long, value_name = "NAME")]
    name: Option<OsString>,
    /// fail if an OUTPUT exists
    #[arg(long)]
    no_clobber: bool,
    /// do not cut off what OUTPUT holds
    #[arg(long)]
    no_truncate: bool,
    /// print numbers for scripts, one a line, instead of the meter: per cent, or bytes if the size is not known
    #[arg(short = 'n', long)]
    numeric: bool,
    /// what becomes of an OUTPUT that fails; see below
    #[arg(long, value_name = "MODE", num_args = 0..=1, require_equals = true)]
    output_error: Option<Option<OsString>>,
    /// the same as --progress
    #[arg(short = 'p')]
    progress_letter: bool,
    /// show how many bytes a second are moved
    #[arg(short = 'r', long)]
    rate: bool,
    /// move at most RATE bytes a second
    #[arg(short = 'L', long, value_name = "RATE")]
    rate_limit: Option<OsString>,
    /// leave the first BYTES of each OUTPUT as they are
    #[arg(short = 'o', long, value_name = "BYTES")]
    seek: Option<OsString>,
    /// BYTES are to be expected
    #[arg(short = 's', long, value_name = "BYTES")]
    size: Option<OsString>,
    /// leave out the first BYTES of INPUT
    #[arg(short = 'i', long, value_name = "BYTES")]
    skip: Option<OsString>,
    /// write zeros for what cannot be read, and go on
    #[arg(short = 'E', long)]
    skip_errors: bool,
    /// make holes of zeros
    #[arg(long)]
    sparse: bool,
    /// end after as many bytes as --size says, or INPUT itself has now
    #[arg(long)]
    stop_at_size: bool,
    /// have everything on the disk before the end
    #[arg(long)]
    sync: bool,
    /// show the time since the beginning
    #[arg(short = 't', long)]
    timer: bool,
    /// cut off what OUTPUT holds, even if it is standard output; else only files given by name are
    #[arg(long)]
    truncate: bool,
    /// move nothing: show the meter of process PID, of its descriptor FD or of all its files
    #[arg(short = 'w', long, value_name = "PID[:FD]")]
    watch: Option<OsString>,
    #[command(flatten)]
    shared: SharedArgs,
    operands: Vec<OsString>,
}

impl Tool for Cli {
    const NAME: &'static str = NAME;
    const GNU: &'static [&'static str] = &[];
    const UNHEARD_OF: bool = true;
    const USAGE: &'static [&'static str] = &["[OPTION]... [INPUT] [OUTPUT]...", "-w PID[:FD] [OPTION]..."];

    fn without_options(operands: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { operands, ..Self::default() })
    }

    fn check(given: &Given, _before: &[Given]) -> Result<(), UsageFault> {
        Ordered::default().take(given)
    }

    fn values(id: &str) -> Values {
        match id {
            "output_error" => Values::words(MODES),
            "watch" => Values::Process,
            _ => Values::Any,
        }
    }
}

/// Reads the command line (without the program's name).
///
/// # Errors
/// `--help`, `--version`, and what makes no sense.
pub fn parse(invocation: &Invocation, args: Vec<OsString>) -> Result<Options, Early> {
    cli::parse(invocation, args, |cli: Cli, given| {
        let mut ordered = Ordered::default();
        given.iter().try_for_each(|given| ordered.take(given))?;
        ordered.conflicts(&cli, given)?;
        ordered.resolve(cli, invocation)
    })
}

const MODES: &[(&str, OnError)] = &[
    ("warn", OnError::Warn),
    ("warn-nopipe", OnError::WarnNopipe),
    ("exit", OnError::Exit),
    ("exit-nopipe", OnError::ExitNopipe),
];

/// Offsets of files are signed.
const FARTHEST: u64 = i64::MAX.cast_unsigned();

/// As for `--ring=block`.
const BLOCK: std::ops::RangeInclusive<u64> = 512..=16 << 20;

/// The meter is drawn no more often, whatever is asked for: nobody could read it, and it takes time.
const SHORTEST: Duration = Duration::from_millis(10);
/// Longer than any run takes, and short enough to be added to any time.
const LONGEST: Duration = Duration::from_secs(1 << 31);

/// These only make sense where bytes are moved.
const MOVING: &[&str] = &[
    "append",
    "block_size",
    "count",
    "exact",
    "no_clobber",
    "no_truncate",
    "output_error",
    "rate_limit",
    "seek",
    "skip",
    "skip_errors",
    "sparse",
    "stop_at_size",
    "sync",
    "truncate",
];

/// What has a value, and where the order counts: the last one does.
#[derive(Debug, Default)]
struct Ordered {
    block: Option<usize>,
    count: Option<u64>,
    size: Option<u64>,
    skip: u64,
    seek: u64,
    rate: Option<NonZeroU64>,
    truncate: Option<bool>,
    on_error: OnError,
    watch: Option<Watch>,
    name: Option<OsString>,
    interval: Option<Duration>,
    /// Whether the last one was `-p`, and not `--progress=WHEN`.
    progress_letter: bool,
}

impl Ordered {
    /// Applies one option.
    fn take(&mut self, given: &Given) -> Result<(), UsageFault> {
        let text = given.text();
        match given.id.as_str() {
            "block_size" => {
                let block = size_in(text, BLOCK, "invalid block size")?;
                self.block = usize::try_from(block).ok();
            }
            "count" => self.count = Some(size_in(text, 0..=u64::MAX, "invalid number of bytes")?),
            "size" => self.size = Some(size_in(text, 0..=u64::MAX, "invalid size")?),
            "skip" => self.skip = size_in(text, 0..=FARTHEST, "invalid number of bytes to skip")?,
            "seek" => self.seek = size_in(text, 0..=FARTHEST, "invalid number of bytes to seek")?,
            "rate_limit" => self.rate = NonZeroU64::new(size_in(text, 1..=u64::MAX, "invalid rate limit")?),
            "truncate" => self.truncate = Some(true),
            "no_truncate" => self.truncate = Some(false),
            "output_error" => {
                let word = |word| keyword(word, MODES, Spelling::Abbreviable, "--output-error");
                self.on_error = given.value.as_deref().map_or(Ok(OnError::WarnNopipe), word)?;
            }
            "watch" => self.watch = Some(watch(text)?),
            "name" => self.name = Some(text.to_owned()),
            "interval" => self.interval = Some(interval(text)?),
            "progress_letter" => self.progress_letter = true,
            "progress" => self.progress_letter = false,
            _ => {}
        }
        Ok(())
    }

    /// Refuses options that contradict each other, or have nothing to work on.
    fn conflicts(&self, cli: &Cli, given: &[Given]) -> Result<(), UsageFault> {
        let is_given = |id: &str| given.iter().any(|given| given.id == id);
        if self.watch.is_some() {
            if let Some(operand) = cli.operands.first() {
                return Err(UsageFault::operand("--watch moves nothing: extra operand ", operand));
            }
            if let Some(other) = given.iter().find(|given| MOVING.contains(&given.id.as_str())) {
                return Err(exclusive("watch", &other.id));
            }
        }
        if cli.append {
            let truncate = self.truncate == Some(true);
            for (wrong, other) in [
                (is_given("seek"), "seek"),
                (truncate, "truncate"),
                (cli.sparse, "sparse"),
                (cli.no_clobber, "no_clobber"),
            ] {
                if wrong {
                    return Err(exclusive("append", other));
                }
            }
        }
        if cli.exact && !cli.stop_at_size && self.count.is_none() && self.size.is_none() {
            return Err(UsageFault::with_hint("--exact needs --count, --size or --stop-at-size"));
        }
        Ok(())
    }

    fn resolve(self, cli: Cli, invocation: &Invocation) -> Result<Options, UsageFault> {
        let mut shared = cli.shared.resolve(invocation.ring_variable.as_deref())?;
        // One size for all ways of moving bytes, by whichever name.
        shared.ring.block = self.block.or(shared.ring.block);
        let meter = self.meter(&cli, shared.progress);
        let mut operands = cli.operands.into_iter();
        let input = operands.next().unwrap_or_else(|| "-".into());
        let mut outputs: Vec<_> = operands.collect();
        if outputs.is_empty() {
            outputs.push("-".into());
        }
        Ok(Options {
            input,
            outputs,
            size: self.size,
            count: self.count,
            stop_at_size: cli.stop_at_size,
            exact: cli.exact,
            skip: self.skip,
            seek: self.seek,
            rate: self.rate,
            block: shared.ring.block,
            append: cli.append,
            sparse: cli.sparse,
            no_clobber: cli.no_clobber,
            truncate: self.truncate,
            sync: cli.sync,
            skip_errors: cli.skip_errors,
            on_error: self.on_error,
            debug: cli.debug,
            meter,
            watch: self.watch,
            shared,
        })
    }

    /// What is shown, and when, if `said` is what `--progress` has said.
    fn meter(&self, cli: &Cli, said: ProgressWhen) -> MeterOptions {
        let progress = cli.shared.progress.is_some();
        let single = cli.timer || cli.rate || cli.eta;
        let asked = single || self.name.is_some() || self.interval.is_some();
        let when = match () {
            () if self.progress_letter => ProgressWhen::Auto,
            () if progress => said,
            // There is nothing else to see, and who asks for numbers wants to read them from a pipe.
            () if cli.numeric || self.watch.is_some() => ProgressWhen::Always,
            () if asked => ProgressWhen::Auto,
            () => ProgressWhen::Never,
        };
        // The numbers of -n are its own, unless a part is asked for.
        let all = !single && !cli.numeric;
        let parts = Parts {
            bytes: all,
            time: all || cli.timer,
            rate: all || cli.rate,
            bar: all || (!cli.numeric && (progress || cli.progress_letter)),
            eta: all || cli.eta,
        };
        MeterOptions {
            when,
            parts,
            numeric: cli.numeric && when != ProgressWhen::Never,
            name: self.name.clone(),
            interval: self.interval,
        }
    }
}

/// A number of bytes. One that is too small is no better than none at all.
fn size_in(text: &OsStr, range: std::ops::RangeInclusive<u64>, what: &str) -> Result<u64, UsageFault> {
    number_in(text, Suffixes::Sizes, *range.start(), *range.end()).map_err(|error| invalid(error, what, text))
}

fn invalid(error: NumberError, what: &str, text: &OsStr) -> UsageFault {
    let error = if error == NumberError::TooSmall { NumberError::Invalid } else { error };
    error.fault(what, text)
}

/// `PID`, `PID:FD`
fn watch(text: &OsStr) -> Result<Watch, UsageFault> {
    let bytes = text.as_bytes();
    let (pid, fd) = match bytes.iter().position(|byte| *byte == b':') {
        Some(colon) => (&bytes[..colon], Some(OsStr::from_bytes(&bytes[colon + 1..]))),
        None => (bytes, None),
    };
    let small = |text, least, what| {
        let number = number_in(text, Suffixes::None, least, i32::MAX.unsigned_abs().into());
        let number = number.and_then(|number| i32::try_from(number).map_err(|_| NumberError::TooLarge));
        number.map_err(|error| invalid(error, what, text))
    };
    let pid = small(OsStr::from_bytes(pid), 1, "invalid PID")?;
    let fd = fd.map(|fd| small(fd, 0, "invalid file descriptor")).transpose()?;
    Ok(Watch { pid, fd })
}

/// The time between two pictures of the meter.
fn interval(text: &OsStr) -> Result<Duration, UsageFault> {
    let seconds = c_numbers::seconds(text).filter(|seconds| *seconds > 0.0);
    let bad = || NumberError::Invalid.fault("invalid number of seconds", text);
    let seconds = seconds.ok_or_else(bad)?;
    Ok(c_numbers::interval(seconds).unwrap_or(LONGEST).clamp(SHORTEST, LONGEST))
}

fn exclusive(one: &str, other: &str) -> UsageFault {
    let long = |id: &str| format!("--{}", id.replace('_', "-"));
    UsageFault::with_hint(format!("options {} and {} are mutually exclusive", long(one), long(other)))
}

#[cfg(test)]
mod tests;
