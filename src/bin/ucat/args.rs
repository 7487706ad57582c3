//! The command line: what was typed ([`Cli`]), and what it means ([`Options`]).

use std::ffi::OsString;

use ringutils::cli::{Invocation, Shared, SharedArgs, Tool, UsageFault};

/// Write each FILE to standard output, one after the other.
///
/// Standard input stands in for a FILE that is -, and for all of them if there is none.
#[derive(clap::Parser, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "cat's options are switches")]
pub struct Cli {
    /// number the lines that are not empty; wins over -n
    #[arg(short = 'b', long)]
    number_nonblank: bool,
    /// number every line of the output
    #[arg(short = 'n', long)]
    number: bool,
    /// of several empty lines in a row, put out one
    #[arg(short = 's', long)]
    squeeze_blank: bool,
    /// write control characters as ^X and bytes above 127 as M-X
    #[arg(short = 'v', long)]
    show_nonprinting: bool,
    /// mark the end of each line with $
    #[arg(short = 'E', long)]
    show_ends: bool,
    /// write each TAB as ^I
    #[arg(short = 'T', long)]
    show_tabs: bool,
    /// the same as -vET
    #[arg(short = 'A', long)]
    show_all: bool,
    /// the same as -vE
    #[arg(short = 'e')]
    nonprinting_ends: bool,
    /// the same as -vT
    #[arg(short = 't')]
    nonprinting_tabs: bool,
    /// no effect: nothing is held back anyway
    #[arg(short = 'u')]
    unbuffered: bool,
    #[command(flatten)]
    shared: SharedArgs,
    files: Vec<OsString>,
}

impl Tool for Cli {
    const NAME: &'static str = "ucat";
    const GNU: &'static [&'static str] = &["cat"];
    const USAGE: &'static [&'static str] = &["[OPTION]... [FILE]..."];

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { files, ..Self::default() })
    }
}

/// Which lines get a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbered {
    #[default]
    None,
    All,
    Nonblank,
}

/// How output differs from input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Style {
    pub numbered: Numbered,
    pub squeeze: bool,
    pub nonprinting: bool,
    pub ends: bool,
    pub tabs: bool,
}

impl Style {
    /// Whether every byte goes out as it came in.
    pub fn is_plain(self) -> bool {
        self == Self::default()
    }
}

/// What to do.
#[derive(Debug)]
pub struct Options {
    pub style: Style,
    pub shared: Shared,
    /// In order; `-` is standard input. Never empty.
    pub files: Vec<OsString>,
}

impl Options {
    /// Makes sense of the command line.
    ///
    /// # Errors
    /// A bad value of one of the shared options.
    pub fn new(cli: Cli, invocation: &Invocation) -> Result<Self, UsageFault> {
        let shared = cli.shared.resolve(invocation.ring_variable.as_deref())?;
        let numbered = match cli {
            Cli { number_nonblank: true, .. } => Numbered::Nonblank,
            Cli { number: true, .. } => Numbered::All,
            _ => Numbered::None,
        };
        let style = Style {
            numbered,
            squeeze: cli.squeeze_blank,
            nonprinting: cli.show_nonprinting || cli.show_all || cli.nonprinting_ends || cli.nonprinting_tabs,
            ends: cli.show_ends || cli.show_all || cli.nonprinting_ends,
            tabs: cli.show_tabs || cli.show_all || cli.nonprinting_tabs,
        };
        let mut files = cli.files;
        if files.is_empty() {
            files.push("-".into());
        }
        Ok(Self { style, shared, files })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn style(args: &[&str]) -> Style {
        let cli = Cli::try_parse_from(["cat"].iter().chain(args)).expect("valid options");
        Options::new(cli, &Invocation::from_argv0(None, "ucat")).expect("no bad values").style
    }

    #[test]
    fn clap_definition_is_sound() {
        ringutils::cli::command::<Cli>().debug_assert();
    }

    #[test]
    fn completions() {
        crate::completions::check::<Cli>();
    }

    #[test]
    fn letters_add_up() {
        assert!(style(&["-u"]).is_plain());
        let all = Style { nonprinting: true, ends: true, tabs: true, ..Style::default() };
        assert_eq!(style(&["-A"]), all);
        assert_eq!(style(&["-e", "-t"]), all);
        assert_eq!(style(&["-vET"]), all);
        assert_eq!(style(&["-b", "-n"]).numbered, Numbered::Nonblank);
        assert_eq!(style(&["-n", "-b"]).numbered, Numbered::Nonblank);
    }
}
