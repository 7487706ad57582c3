//! What makes a command a good citizen of a Unix system, and a drop-in one.
//!
//! A tool's `main` is [`main()`]: it undoes what Rust's runtime did to `SIGPIPE`
//! ([`process::restore_sigpipe`]), learns by which name it was called ([`Invocation`]), has the tool read the command line
//! ([`parse`]) and run, and [`finish`]es. The tool's definition of options is a struct that derives [`clap::Parser`] and
//! implements [`Tool`]; every value in it is an `OsString` (or `Option<Option<OsString>>` where it may be left
//! out), so that nothing but the tool's own checks can refuse it.
//!
//! Read in this order:
//! * [`name`]: called as `cat`, it is cat.
//! * [`getopt`]: clap made to behave as GNU's `getopt_long`; then [`parse`] below.
//! * [`quote`], [`size`], [`c_numbers`], [`keyword`]: file names in messages, numbers and words in options.
//! * [`fault`], [`diag`]: what went wrong, and how it is told.
//! * [`help`], [`stdio`]: the texts, and the way out.
//! * [`ring_options`], [`progress`]: what we have beyond GNU.
//! * [`completion`]: what shells may offer as values.

pub mod c_numbers;
pub mod completion;
pub mod diag;
pub mod fault;
pub mod getopt;
pub mod help;
pub mod keyword;
pub mod name;
pub mod progress;
pub mod quote;
pub mod ring_options;
pub mod size;
pub mod stdio;

pub use completion::Values;
pub use diag::{Diagnostics, finish};
pub use fault::{Fault, UsageFault, bytes, reason};
pub use getopt::{BEYOND_GNU, Given};
pub use name::Invocation;
pub use progress::{Progress, ProgressWhen};
pub use ring_options::{Shared, SharedArgs};

use crate::sys::process;
use clap::{ArgAction, Command};
use getopt::{Stop, Table};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process::ExitCode;

/// A command: its clap definition, and what clap has no place for.
///
/// Declare options in the order of GNU's own table (lists of possibilities follow it) and rank nothing with
/// clap's conflicts, requirements or defaults: those belong to the function that makes sense of the struct.
pub trait Tool: clap::Parser {
    /// Its name in this collection: `ucat`.
    const NAME: &'static str;
    /// The names, GNU's as a rule, that it answers to: `cat`.
    const GNU: &'static [&'static str];
    /// What follows the program's name in the `Usage` lines of `--help`.
    const USAGE: &'static [&'static str];
    /// Whether GNU has nothing of the kind, so that no option is beyond it.
    const UNHEARD_OF: bool = false;
    /// Long names that are spelled with three dashes (`---disable-inotify`), here without any.
    const THREE_DASHES: &'static [&'static str] = &[];
    /// The letters for `--help` and `--version`. No command of GNU's has any, but b3sum has.
    const LETTERS: Option<(char, char)> = None;

    /// The struct for a command line that has operands only, which is most of them: then clap is not started at all
    /// (building its tables takes longer than copying a small file).
    /// `Ok(Self { files: operands, ..Self::default() })` is all it takes.
    ///
    /// # Errors
    /// The operands come back where the tool does without this short cut.
    fn without_options(operands: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Err(operands)
    }

    /// Checks an option as soon as it is read: GNU's tools do so for most values, so that of two mistakes the left
    /// one is reported, and `tail -n x --help` fails. `before` are the options to its left.
    ///
    /// # Errors
    /// What is wrong with the value.
    fn check(given: &Given, before: &[Given]) -> Result<(), UsageFault> {
        let _ = (given, before);
        Ok(())
    }

    /// A warning that is due as soon as this option is read, and so in front of whatever is found wrong later. Where
    /// nothing is, the tool prints it.
    fn warning(given: &Given) -> Option<Vec<u8>> {
        let _ = given;
        None
    }

    /// What shells may offer as the value of the option with this id. The shared options know theirs
    /// ([`SharedArgs::values`]).
    #[must_use]
    fn values(id: &str) -> Values {
        let _ = id;
        Values::Any
    }
}

/// What each tool does from its beginning to its end: `parse` gets the command line without the program's name, and `run`
/// what it means. `name` is what the program is called where that is not known.
pub fn main<O>(
    name: &str,
    parse: impl FnOnce(&Invocation, Vec<OsString>) -> Result<O, Early>,
    run: impl FnOnce(O, &Diagnostics),
) -> ExitCode {
    process::restore_sigpipe();
    let (invocation, args) = Invocation::from_env(name);
    let diagnostics = Diagnostics::new(&invocation);
    match parse(&invocation, args) {
        Err(early) => early.end(&diagnostics),
        Ok(options) => {
            run(options, &diagnostics);
            finish(&diagnostics)
        }
    }
}

/// A run that ends before it has begun.
#[derive(Debug, PartialEq, Eq)]
pub enum Early {
    /// `--help` or `--version`: a text for standard output, status 0.
    Text(String),
    /// A command line that makes no sense: diagnostics, status 1.
    Usage(UsageFault),
}

impl Early {
    /// Prints what there is to print and gives the exit status.
    #[must_use]
    pub fn end(&self, diagnostics: &Diagnostics) -> ExitCode {
        match self {
            Self::Usage(fault) => diagnostics.usage(fault),
            Self::Text(text) => {
                if let Err(fault) = stdio::write_stdout(text.as_bytes()) {
                    diagnostics.report(&fault);
                }
            }
        }
        finish(diagnostics)
    }

    fn after(self, warnings: impl Iterator<Item = Vec<u8>>) -> Self {
        match self {
            Self::Usage(fault) => Self::Usage(fault.after(warnings)),
            text @ Self::Text(_) => text,
        }
    }
}

/// Reads the command line `args` (without the program's name) as GNU's tools do, and has it made sense of:
/// `resolve` gets the filled struct and the options in the order given.
///
/// # Errors
/// `--help`, `--version`, a mistake in the syntax, a value that [`Tool::check`] refuses (whichever stands
/// leftmost), or what `resolve` finds wrong.
pub fn parse<C: Tool, O>(
    invocation: &Invocation,
    args: Vec<OsString>,
    resolve: impl FnOnce(C, &[Given]) -> Result<O, UsageFault>,
) -> Result<O, Early> {
    let args = if args.iter().any(|word| looks_like_option(word)) {
        args
    } else {
        match C::without_options(args) {
            Ok(cli) => return resolve(cli, &[]).map_err(Early::Usage),
            Err(args) => args,
        }
    };
    let mut command = command::<C>();
    let table = Table::new(&command, C::THREE_DASHES).with_letters(C::LETTERS);
    let check = |given: &Given, before: &[Given]| {
        SharedArgs::check(given)?;
        C::check(given, before)
    };
    let mut scan = getopt::scan(&table, args, invocation.posixly_correct, &check);
    if let Some(stop) = scan.stop.take() {
        return Err(early::<C>(stop, &command, invocation).after(scan.given.iter().filter_map(C::warning)));
    }
    let (canonical, given) = scan.into_canonical();
    let parsed = command.try_get_matches_from_mut(canonical);
    let parsed = parsed.and_then(|mut matches| C::from_arg_matches_mut(&mut matches));
    // The canonical form can't be wrong, unless a tool declares more than this layer allows.
    let cli = parsed.map_err(|error| Early::Usage(UsageFault::with_hint(error.to_string().trim_end())))?;
    resolve(cli, &given).map_err(|fault| Early::Usage(fault.after(given.iter().filter_map(C::warning))))
}

/// The clap definition of a tool as this layer uses it: no `--help` and `--version` of clap's, and every option may be
/// repeated. Its `debug_assert()` belongs into each tool's tests.
#[must_use]
pub fn command<C: Tool>() -> Command {
    C::command().disable_help_flag(true).disable_version_flag(true).mut_args(|arg| {
        let id = arg.get_id().clone();
        match arg.get_action() {
            ArgAction::Set | ArgAction::SetTrue | ArgAction::SetFalse => arg.overrides_with(id),
            _ => arg,
        }
    })
}

/// Anything with a dash in front, except the lone one.
fn looks_like_option(word: &OsStr) -> bool {
    matches!(word.as_bytes(), [b'-', _, ..])
}

fn early<C: Tool>(stop: Stop, command: &Command, invocation: &Invocation) -> Early {
    let gnu_name = invocation.called(C::GNU);
    match stop {
        Stop::Usage(fault) => Early::Usage(fault),
        Stop::Version => Early::Text(help::version(gnu_name.unwrap_or(C::NAME))),
        Stop::Help => {
            let prog = invocation.shown.to_string_lossy();
            let (gnu, namesake) = (gnu_name.is_some(), !C::UNHEARD_OF);
            let (three_dashes, letters) = (C::THREE_DASHES, C::LETTERS);
            let about = help::About { prog: &prog, usage: C::USAGE, gnu, namesake, three_dashes, letters };
            Early::Text(help::help(command, about))
        }
    }
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
