//! Makes what shells complete of a tool, from the definition that the tool parses with, and holds the files in
//! `completions/` against it. The unit tests of each tool include this. To have the files written anew:
//!
//! ```sh
//! RINGUTILS_BLESS=1 cargo test --bins completions
//! ```
//!
//! zsh and fish get what `clap_complete` makes, mended where these options are not clap's ([`zsh`], [`fish`]); bash,
//! which cuts words at `=`, gets a script of our own ([`bash`]).

use std::path::Path;
use std::{env, fs};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, ValueHint};
use ringutils::cli::{self, Given, SharedArgs, Tool, Values};

mod bash;
mod fish;
mod zsh;

/// An option, as shells are told of it.
struct Offered {
    /// The tool's own definition of it.
    arg: Arg,
    takes: Takes,
    values: Values,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Nothing,
    Value,
    /// Only attached to the long name.
    OptionalValue,
}

impl Offered {
    fn new<C: Tool>(arg: &Arg) -> Self {
        let takes = match arg.get_num_args() {
            _ if !arg.get_action().takes_values() => Takes::Nothing,
            Some(range) if range.min_values() == 0 => Takes::OptionalValue,
            _ => Takes::Value,
        };
        let id = arg.get_id().as_str();
        let values = SharedArgs::values(id).unwrap_or_else(|| C::values(id));
        if let Values::Words(words) = &values {
            for word in words {
                assert_taken::<C>(id, word);
            }
        }
        Self { arg: arg.clone(), takes, values }
    }

    /// One of those that the definition does not have.
    fn switch(name: &'static str, help: &'static str) -> Self {
        let arg = Arg::new(name).long(name).help(help).action(ArgAction::SetTrue);
        Self { arg, takes: Takes::Nothing, values: Values::Any }
    }

    fn letters(&self) -> Vec<char> {
        let others = self.arg.get_visible_short_aliases().into_iter().flatten();
        self.arg.get_short().into_iter().chain(others).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.arg.get_long_and_visible_aliases().unwrap_or_default()
    }

    /// For clap's generators: one argument, or two if letter and name are not the same to it.
    fn args(&self) -> Vec<Arg> {
        let arg = match &self.values {
            Values::Words(words) => self.arg.clone().value_parser(PossibleValuesParser::new(words)),
            Values::File => self.arg.clone().value_hint(ValueHint::FilePath),
            Values::Folder => self.arg.clone().value_hint(ValueHint::DirPath),
            Values::Any | Values::List(_) | Values::Process => self.arg.clone().value_hint(ValueHint::Other),
        };
        match (self.takes, self.arg.get_short()) {
            (Takes::Nothing, _) => vec![self.arg.clone()],
            (Takes::OptionalValue, Some(letter)) => {
                let id: &'static str = format!("{}_letter", self.arg.get_id()).leak();
                let help = self.arg.get_help().cloned().unwrap_or_default();
                vec![arg.short(None), Arg::new(id).short(letter).help(help).action(ArgAction::SetTrue)]
            }
            _ => vec![arg],
        }
    }
}

/// What is offered has to work.
#[track_caller]
fn assert_taken<C: Tool>(id: &str, word: &str) {
    let given = Given { id: id.into(), letter: None, value: Some(word.into()) };
    assert_eq!(SharedArgs::check(&given).and_then(|()| C::check(&given, &[])), Ok(()), "{id}: {word}");
}

/// All that `--help` lists.
fn offered<C: Tool>() -> Vec<Offered> {
    let command = cli::command::<C>();
    let listed = command.get_arguments().filter(|arg| !arg.is_positional() && !arg.is_hide_set());
    let mut offered: Vec<Offered> = listed.map(Offered::new::<C>).collect();
    offered.push(Offered::switch("help", "show this text and exit"));
    offered.push(Offered::switch("version", "show the version and exit"));
    offered
}

/// A definition for clap's generators. It may be built only once, which is why they do not share one.
fn definition(name: &'static str, offered: &[Offered]) -> Command {
    let operands = Arg::new("FILE").num_args(0..).value_hint(ValueHint::AnyPath);
    let command = Command::new(name).disable_help_flag(true).disable_version_flag(true);
    command.args(offered.iter().flat_map(Offered::args)).arg(operands)
}

fn generated(generator: impl clap_complete::Generator, name: &'static str, offered: &[Offered]) -> String {
    let mut text = Vec::new();
    clap_complete::generate(generator, &mut definition(name, offered), name, &mut text);
    String::from_utf8(text).expect("UTF-8")
}

/// Compares the committed completions of a tool with what they should be, or writes them if that is asked for.
#[track_caller]
pub fn check<C: Tool>() {
    let (name, offered) = (C::NAME, offered::<C>());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions");
    for (file, text) in [
        (format!("bash/{name}"), bash::script(name, &offered)),
        (format!("fish/{name}.fish"), fish::script(name, &offered)),
        (format!("zsh/_{name}"), zsh::script(name, &offered)),
    ] {
        let path = folder.join(&file);
        if env::var_os("RINGUTILS_BLESS").is_some() {
            fs::create_dir_all(path.parent().expect("a folder")).expect("mkdir");
            fs::write(&path, text).expect("a file");
        } else {
            let committed = fs::read_to_string(&path).unwrap_or_default();
            assert!(
                committed == text,
                "completions/{file} does not have the options of {name}: RINGUTILS_BLESS=1 cargo test --bins completions"
            );
        }
    }
}
