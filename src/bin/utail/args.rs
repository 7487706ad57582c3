//! The command line: what was typed ([`Cli`]), and what it means ([`Options`]).
//!
//! The order of options counts in most of what they say (a `+` sticks, `-f` after `-F` takes back half of it), so that
//! their list is read, from left to right ([`Ordered`]), and the struct only gives names, operands and switches.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, stdin};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use ringutils::bytes;
use ringutils::cli::c_numbers;
use ringutils::cli::keyword::{Spelling, keyword};
use ringutils::cli::size::{NumberError, Suffixes, number_in, number_or_max};
use ringutils::cli::{
    self, BEYOND_GNU, Early, Given, Invocation, SharedArgs, Tool, UsageFault, Values, quote,
};

use crate::globs;
use crate::obsolete;
use crate::options::{Amount, By, Follow, Options, Unit};

/// The name to go by where there is none.
pub const NAME: &str = "utail";

/// Write the last 10 lines of each FILE to standard output.
///
/// A header with its name goes before each of several FILEs.
///
/// Standard input stands in for a FILE that is -, and for all of them if there is none.
#[derive(clap::Parser, Debug, Default)]
#[command(after_help = "NUM may end with b (512), kB (1000), K (1024), MB (1000000), M (1024 K), and so\n\
                  on for G, T, P, E, Z, Y, R, Q. KiB is the same as K, and so on.\n\n\
                  With -f an open file is followed, even if it is renamed. For a log that is\n\
                  rotated, --follow=name or -F follows whatever has the name.")]
#[allow(clippy::option_option, reason = "clap's way to say that a value may be left out")]
#[allow(clippy::struct_excessive_bools, reason = "the options are switches")]
#[allow(dead_code, reason = "where the order counts, the list of given options is read, not the field")]
struct Cli {
    /// write the last NUM bytes; with +NUM, everything from byte NUM on
    #[arg(short = 'c', long, value_name = "[+]NUM")]
    bytes: Option<OsString>,
    /// say how the files are followed
    #[arg(long)]
    debug: bool,
    /// go on to write what is appended: to the open file ('descriptor', the same as no HOW), or to whatever has the name
    /// ('name')
    #[arg(short = 'f', long, value_name = "HOW", num_args = 0..=1, require_equals = true)]
    follow: Option<Option<OsString>>,
    /// the same as --follow=name --retry
    #[arg(short = 'F')]
    follow_name_retry: bool,
    /// write the last NUM lines instead of 10; with +NUM, everything from line NUM on
    #[arg(short = 'n', long, value_name = "[+]NUM")]
    lines: Option<OsString>,
    /// with --follow=name, where changes are looked for and not told: see what has the name after N looks without a
    /// change (default 5)
    #[arg(long, value_name = "N")]
    max_unchanged_stats: Option<OsString>,
    #[arg(long, hide = true)]
    disable_inotify: bool,
    /// with -f, end when process PID has; of several, when all have
    #[arg(long, value_name = "PID", action = clap::ArgAction::Append)]
    pid: Vec<OsString>,
    #[arg(long, hide = true)]
    presume_input_pipe: bool,
    /// no headers; --silent is the same
    #[arg(short = 'q', long)]
    quiet: bool,
    /// keep trying to open what cannot be opened
    #[arg(long)]
    retry: bool,
    // No alias: in lists of possibilities GNU has it here.
    #[arg(long, hide = true)]
    silent: bool,
    /// with -f, look for changes that are not told every so many SECONDS (default 1)
    #[arg(short = 's', long, value_name = "SECONDS")]
    sleep_interval: Option<OsString>,
    /// headers in any case
    #[arg(short = 'v', long)]
    verbose: bool,
    /// lines end with NUL
    #[arg(short = 'z', long)]
    zero_terminated: bool,
    /// Refused: see [`obsolete`].
    #[arg(short = '0', short_aliases = ['1', '2', '3', '4', '5', '6', '7', '8', '9'], hide = true)]
    digit: bool,
    /// also the files whose names match PATTERN; with -f those that appear later, too, and all by name
    #[arg(long, value_name = "PATTERN", action = clap::ArgAction::Append, help_heading = BEYOND_GNU)]
    glob: Vec<OsString>,
    /// instead of headers, begin each line with the name of its file
    #[arg(long, help_heading = BEYOND_GNU)]
    prefix: bool,
    #[command(flatten)]
    shared: SharedArgs,
    files: Vec<OsString>,
}

impl Tool for Cli {
    const NAME: &'static str = NAME;
    const GNU: &'static [&'static str] = &["tail"];
    const USAGE: &'static [&'static str] = &["[OPTION]... [FILE]..."];
    const THREE_DASHES: &'static [&'static str] = &["disable-inotify", "presume-input-pipe"];

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { files, ..Self::default() })
    }

    fn check(given: &Given, _before: &[Given]) -> Result<(), UsageFault> {
        Ordered::default().take(given)
    }

    fn values(id: &str) -> Values {
        match id {
            "follow" => Values::words(FOLLOW),
            "glob" => Values::File,
            "pid" => Values::Process,
            _ => Values::Any,
        }
    }
}

/// What the command line does not say.
struct Surroundings {
    /// The environment variable `_POSIX2_VERSION`.
    posix2_version: Option<OsString>,
    stdin_is_terminal: fn() -> bool,
}

impl Surroundings {
    fn of_process() -> Self {
        Self { posix2_version: env::var_os("_POSIX2_VERSION"), stdin_is_terminal: || stdin().is_terminal() }
    }
}

/// Reads the command line (without the program's name).
///
/// # Errors
/// `--help`, `--version`, and what makes no sense.
pub fn parse(invocation: &Invocation, args: Vec<OsString>) -> Result<Options, Early> {
    parse_within(&Surroundings::of_process(), invocation, args)
}

fn parse_within(
    around: &Surroundings,
    invocation: &Invocation,
    mut args: Vec<OsString>,
) -> Result<Options, Early> {
    let mut ordered = Ordered::default();
    if let Some((amount, follow)) = obsolete::parse(&args, around.posix2_version.as_deref()) {
        args.remove(0);
        ordered.amount = amount;
        ordered.by = follow.then_some(By::Descriptor);
    }
    cli::parse(invocation, args, |cli: Cli, given| {
        given.iter().try_for_each(|given| ordered.take(given))?;
        ordered.resolve(cli, around, invocation)
    })
}

const FOLLOW: &[(&str, By)] = &[("descriptor", By::Descriptor), ("name", By::Name)];

/// What the order of options decides: mostly, the last one counts.
#[derive(Debug)]
struct Ordered {
    amount: Amount,
    by: Option<By>,
    retry: bool,
    /// Whether the last one was `-v`, not `-q`.
    headers: Option<bool>,
    interval: Option<Duration>,
    max_unchanged: u64,
    pids: Vec<i32>,
}

impl Default for Ordered {
    fn default() -> Self {
        Self {
            amount: Amount { unit: Unit::Lines, from_start: false, count: 10 },
            by: None,
            retry: false,
            headers: None,
            interval: Some(Duration::from_secs(1)),
            max_unchanged: 5,
            pids: Vec::new(),
        }
    }
}

impl Ordered {
    /// Applies one option.
    fn take(&mut self, given: &Given) -> Result<(), UsageFault> {
        match given.id.as_str() {
            "bytes" => self.count(Unit::Bytes, given.text())?,
            "lines" => self.count(Unit::Lines, given.text())?,
            "follow" => {
                let word = |word| keyword(word, FOLLOW, Spelling::Abbreviable, "--follow");
                self.by = Some(given.value.as_deref().map_or(Ok(By::Descriptor), word)?);
            }
            "follow_name_retry" => (self.by, self.retry) = (Some(By::Name), true),
            "retry" => self.retry = true,
            "quiet" | "silent" => self.headers = Some(false),
            "verbose" => self.headers = Some(true),
            "sleep_interval" => {
                let bad = || NumberError::Invalid.fault("invalid number of seconds", given.text());
                self.interval = c_numbers::interval(c_numbers::seconds(given.text()).ok_or_else(bad)?);
            }
            "max_unchanged_stats" => {
                let number = number_or_max(given.text(), Suffixes::None);
                let what = "invalid maximum number of unchanged stats between opens";
                self.max_unchanged = number.map_err(|error| error.fault(what, given.text()))?;
            }
            "pid" => {
                self.pids.push(pid(given.text()).map_err(|error| error.fault("invalid PID", given.text()))?);
            }
            "glob" => globs::check(given.text())?,
            "digit" => {
                let digit = given.letter.unwrap_or_default();
                return Err(UsageFault::plain(format!("option used in invalid context -- {digit}")));
            }
            _ => {}
        }
        Ok(())
    }

    /// `-c`, `-n`. A `+` is for all that follow, too.
    fn count(&mut self, unit: Unit, text: &OsStr) -> Result<(), UsageFault> {
        let number = match text.as_bytes() {
            [b'-', number @ ..] => OsStr::from_bytes(number),
            _ => text,
        };
        let what = match unit {
            Unit::Lines => "invalid number of lines",
            Unit::Bytes => "invalid number of bytes",
        };
        self.amount = Amount {
            unit,
            from_start: self.amount.from_start || text.as_bytes().starts_with(b"+"),
            count: number_or_max(number, Suffixes::Sizes).map_err(|error| error.fault(what, number))?,
        };
        Ok(())
    }

    /// Makes sense of it all. The checks are in GNU's order.
    fn resolve(
        self,
        cli: Cli,
        around: &Surroundings,
        invocation: &Invocation,
    ) -> Result<Options, UsageFault> {
        let shared = cli.shared.resolve(invocation.ring_variable.as_deref())?;
        let mut files = cli.files;
        if files.is_empty() && cli.glob.is_empty() {
            files.push("-".into());
        }
        let called_tail = invocation.is_called("tail");
        let appearing = self.by.is_some() && globs::are_wanted(&cli.glob, &files, called_tail);
        let several = files.len() > 1 || appearing || !cli.glob.is_empty();
        // What appears is found by its name, and would be lost by its descriptor.
        let by = self.by.map(|by| if appearing { By::Name } else { by });
        let mut warnings = self.warnings(by);
        if by.is_some() && files.iter().any(|file| file == "-") {
            if by == Some(By::Name) {
                return Err(UsageFault::plain(bytes!["cannot follow ", quote::always("-"), " by name"]));
            }
            // Alone it is read until the terminal ends it.
            let alone = files.len() == 1 && self.pids.is_empty();
            if !alone && (around.stdin_is_terminal)() {
                warnings.push("warning: following standard input indefinitely is ineffective");
            }
        }
        let follow = by.map(|by| Follow {
            by,
            retry: self.retry,
            pids: self.pids,
            interval: self.interval,
            max_unchanged: self.max_unchanged,
            only_polling: cli.disable_inotify,
        });
        Ok(Options {
            amount: self.amount,
            line_end: if cli.zero_terminated { 0 } else { b'\n' },
            headers: !cli.prefix && self.headers.unwrap_or(several),
            prefix: cli.prefix,
            follow,
            presume_pipe: cli.presume_input_pipe,
            debug: cli.debug,
            globs: cli.glob,
            called_tail,
            warnings: warnings.into_iter().map(Into::into).collect(),
            shared,
            files,
        })
    }

    /// Options that have no effect, or not all of it.
    fn warnings(&self, by: Option<By>) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        match by {
            None if self.retry => {
                warnings.push("warning: --retry ignored; --retry is useful only when following");
            }
            Some(By::Descriptor) if self.retry => {
                warnings.push("warning: --retry only effective for the initial open");
            }
            _ => {}
        }
        if by.is_none() && !self.pids.is_empty() {
            warnings.push("warning: PID ignored; --pid=PID is useful only when following");
        }
        warnings
    }
}

/// The number of a process: with any sign but `+` it is none.
fn pid(text: &OsStr) -> Result<i32, NumberError> {
    if text.as_bytes().contains(&b'-') {
        return Err(NumberError::Invalid);
    }
    let number = number_in(text, Suffixes::None, 0, i32::MAX.unsigned_abs().into())?;
    i32::try_from(number).map_err(|_| NumberError::TooLarge)
}

#[cfg(test)]
mod tests;
