//! GNU's `getopt_long`, over a clap definition.
//!
//! clap declares the options (names, values, help); this scanner reads the command line, because what GNU's users
//! and scripts rely on differs from clap in a dozen small ways: abbreviations, permutation, `POSIXLY_CORRECT`,
//! left-to-right fatal errors, the wording of each message, bytes that are not UTF-8. It rewrites what it read into
//! a canonical form that clap cannot misread: every option by its full name, values attached with `=`, operands
//! after `--`.

use super::fault::{UsageFault, bytes};
use clap::{Arg, Command};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The `help_heading` that marks an option as ours, not GNU's: it is never abbreviated and never makes an
/// abbreviation of a GNU option ambiguous.
pub const BEYOND_GNU: &str = "Beyond GNU";

/// Whether an option takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    /// The rest of the word, or the next word.
    Value,
    /// Only attached to a long name with `=`.
    OptionalValue,
}

/// What a name in the table stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Means {
    /// The index of an option in [`Table::options`].
    Option(usize),
    Help,
    Version,
}

struct Entry<'a> {
    /// As glibc's table has it: without the two dashes, so that `-x` is for `---x`.
    name: std::borrow::Cow<'a, str>,
    means: Means,
    /// May be shortened, and takes part in ambiguities.
    gnu: bool,
}

/// The options of a command as `getopt_long` wants them.
pub struct Table<'a> {
    options: Vec<(&'a Arg, Takes)>,
    long: Vec<Entry<'a>>,
    short: Vec<(char, Means)>,
}

impl<'a> Table<'a> {
    /// Reads the options of `command` in declaration order; `help` and `version` come last. The options named in
    /// `three_dashes` are spelled `---name`.
    #[must_use]
    pub fn new(command: &'a Command, three_dashes: &[&str]) -> Self {
        let mut table = Self { options: Vec::new(), long: Vec::new(), short: Vec::new() };
        for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
            let index = table.options.len();
            table.options.push((arg, takes(arg)));
            let gnu = arg.get_help_heading() != Some(BEYOND_GNU);
            for name in arg.get_long().into_iter().chain(arg.get_all_aliases().into_iter().flatten()) {
                let name = if three_dashes.contains(&name) { format!("-{name}").into() } else { name.into() };
                table.long.push(Entry { name, means: Means::Option(index), gnu });
            }
            for short in arg.get_short().into_iter().chain(arg.get_all_short_aliases().into_iter().flatten())
            {
                table.short.push((short, Means::Option(index)));
            }
        }
        for (name, means) in [("help", Means::Help), ("version", Means::Version)] {
            table.long.push(Entry { name: name.into(), means, gnu: true });
        }
        table
    }

    /// Adds the letters that stand for `--help` and `--version`, if there are any.
    #[must_use]
    pub fn with_letters(mut self, letters: Option<(char, char)>) -> Self {
        if let Some((help, version)) = letters {
            self.short.extend([(help, Means::Help), (version, Means::Version)]);
        }
        self
    }

    /// The entry that `typed` (dashes and value removed) names. `shown` is the word as typed, for messages.
    fn find(&self, typed: &[u8], shown: &[u8]) -> Result<&Entry<'a>, UsageFault> {
        if let Some(exact) = self.long.iter().find(|entry| entry.name.as_bytes() == typed) {
            return Ok(exact);
        }
        let mut candidates =
            self.long.iter().filter(|entry| entry.gnu && entry.name.as_bytes().starts_with(typed));
        let Some(first) = candidates.next() else {
            return Err(UsageFault::syntax(bytes!["unrecognized option '", shown, "'"]));
        };
        // As glibc: names that mean the same as the first do not count, nor are they listed.
        let mut others = candidates.filter(|entry| entry.means != first.means).peekable();
        if others.peek().is_none() {
            return Ok(first);
        }
        let mut text = bytes!["option '", shown, "' is ambiguous; possibilities:"];
        for entry in std::iter::once(first).chain(others) {
            text.extend(bytes![" '--", entry.name.as_bytes(), "'"]);
        }
        Err(UsageFault::syntax(text))
    }

    fn find_short(&self, byte: u8) -> Result<Means, UsageFault> {
        let found = self.short.iter().find(|(short, _)| *short == char::from(byte) && byte.is_ascii());
        found
            .map(|(_, means)| *means)
            .ok_or_else(|| UsageFault::syntax(bytes!["invalid option -- '", [byte], "'"]))
    }
}

fn takes(arg: &Arg) -> Takes {
    match arg.get_num_args() {
        _ if !arg.get_action().takes_values() => Takes::Nothing,
        Some(range) if range.min_values() == 0 => Takes::OptionalValue,
        _ => Takes::Value,
    }
}

/// One option as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// clap's id of the option: the field's name in a derived struct.
    pub id: String,
    /// The letter it was given by; `None` for a long name. Tells the aliases of one option apart (`-5`, `-R`, `-r`).
    pub letter: Option<char>,
    /// Its value, if it has one.
    pub value: Option<OsString>,
}

impl Given {
    /// The value; empty if there is none.
    #[must_use]
    pub fn text(&self) -> &OsStr {
        self.value.as_deref().unwrap_or_default()
    }
}

/// What ended the reading of options early.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// `--help`
    Help,
    /// `--version`
    Version,
    /// An error in what was typed.
    Usage(UsageFault),
}

/// A command line, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Options in the order given, up to the one that stopped the reading.
    pub given: Vec<Given>,
    /// Operands in the order given.
    pub operands: Vec<OsString>,
    /// The options for clap: `--name`, `--name=value`, `-x`, `-x=value`.
    canonical: Vec<OsString>,
    /// Why the reading ended before the end.
    pub stop: Option<Stop>,
}

impl Scan {
    /// The whole command line for clap, which cannot misread it: a program name, the options, `--`, the operands.
    #[must_use]
    pub fn into_canonical(self) -> (Vec<OsString>, Vec<Given>) {
        let mut all = Vec::with_capacity(self.canonical.len() + self.operands.len() + 2);
        all.push(OsString::new());
        all.extend(self.canonical);
        all.push("--".into());
        all.extend(self.operands);
        (all, self.given)
    }
}

/// A check of one option's value, made as soon as it is read, as GNU does: it is told the option and those before.
pub type Check<'a> = dyn Fn(&Given, &[Given]) -> Result<(), UsageFault> + 'a;

/// Reads `args` (without the program's name) from left to right. `--help`, `--version`, an error in the syntax or
/// a failed `check` end the reading, whichever comes first. With `posixly_correct` the first operand does too.
pub fn scan(
    table: &Table<'_>,
    args: impl IntoIterator<Item = OsString>,
    posixly_correct: bool,
    check: &Check<'_>,
) -> Scan {
    let mut args = args.into_iter();
    let mut reader = Reader { table, check, scan: Scan::default() };
    while let Some(word) = args.next() {
        let read = match word.as_bytes() {
            b"--" => break,
            [b'-', b'-', ..] => reader.long(&word, &mut args),
            [b'-', _, ..] => reader.cluster(&word, &mut args),
            _ => {
                reader.scan.operands.push(word);
                if posixly_correct {
                    break;
                }
                Ok(())
            }
        };
        if let Err(stop) = read {
            reader.scan.stop = Some(stop);
            return reader.scan;
        }
    }
    reader.scan.operands.extend(args);
    reader.scan
}

struct Reader<'t, 'a> {
    table: &'t Table<'a>,
    check: &'t Check<'t>,
    scan: Scan,
}

impl Reader<'_, '_> {
    /// `--name`, `--name=value`, `--name value`, and shorter.
    fn long(&mut self, word: &OsStr, rest: &mut dyn Iterator<Item = OsString>) -> Result<(), Stop> {
        let shown = word.as_bytes();
        let (name, mut value) = match shown.iter().position(|byte| *byte == b'=') {
            Some(equals) => (&shown[2..equals], Some(OsStr::from_bytes(&shown[equals + 1..]).to_owned())),
            None => (&shown[2..], None),
        };
        let entry = self.table.find(name, shown).map_err(Stop::Usage)?;
        let takes = match entry.means {
            Means::Option(index) => self.table.options[index].1,
            Means::Help | Means::Version => Takes::Nothing,
        };
        let full = entry.name.as_bytes();
        let complain =
            |problem: &str| Err(Stop::Usage(UsageFault::syntax(bytes!["option '--", full, "' ", problem])));
        match takes {
            Takes::Nothing if value.is_some() => return complain("doesn't allow an argument"),
            Takes::Value if value.is_none() => {
                value = rest.next();
                if value.is_none() {
                    return complain("requires an argument");
                }
            }
            _ => {}
        }
        match entry.means {
            Means::Option(index) => self.accept(index, None, value),
            Means::Help => Err(Stop::Help),
            Means::Version => Err(Stop::Version),
        }
    }

    /// `-a`, `-abc`, `-n5`, `-n 5`.
    fn cluster(&mut self, word: &OsStr, rest: &mut dyn Iterator<Item = OsString>) -> Result<(), Stop> {
        let letters = &word.as_bytes()[1..];
        for (position, letter) in letters.iter().enumerate() {
            let index = match self.table.find_short(*letter).map_err(Stop::Usage)? {
                Means::Option(index) => index,
                Means::Help => return Err(Stop::Help),
                Means::Version => return Err(Stop::Version),
            };
            if self.table.options[index].1 != Takes::Value {
                self.accept(index, Some(*letter), None)?;
                continue;
            }
            let value = match &letters[position + 1..] {
                [] => rest.next(),
                attached => Some(OsStr::from_bytes(attached).to_owned()),
            };
            let Some(value) = value else {
                let text = bytes!["option requires an argument -- '", [*letter], "'"];
                return Err(Stop::Usage(UsageFault::syntax(text)));
            };
            return self.accept(index, Some(*letter), Some(value));
        }
        Ok(())
    }

    /// Checks and notes one option.
    fn accept(&mut self, index: usize, letter: Option<u8>, value: Option<OsString>) -> Result<(), Stop> {
        let (arg, _) = self.table.options[index];
        let given = Given { id: arg.get_id().as_str().to_owned(), letter: letter.map(char::from), value };
        (self.check)(&given, &self.scan.given).map_err(Stop::Usage)?;
        self.scan.canonical.push(canonical(arg, given.value.as_deref()));
        self.scan.given.push(given);
        Ok(())
    }
}

/// One option as a single word that clap reads in one way only.
fn canonical(arg: &Arg, value: Option<&OsStr>) -> OsString {
    let mut word = match (arg.get_long(), arg.get_short()) {
        (Some(long), _) => bytes!["--", long],
        (None, Some(short)) => bytes!["-", short.to_string()],
        (None, None) => Vec::new(), // not in the table: an option has a name
    };
    if let Some(value) = value {
        word.extend(bytes!["=", value.as_bytes()]);
    }
    OsString::from_vec(word)
}
