//! cksum; and uhash, which is cksum with SHA-256 as a matter of course, more algorithms, and `-r`.

use std::ffi::{OsStr, OsString};

use clap::Arg;
use ringutils::bytes;
use ringutils::cli::keyword::{Spelling, keyword};
use ringutils::cli::{Given, Invocation, Tool, UsageFault, Values, quote};

use super::{CheckArgs, CommonArgs, Last, Marker, bits, blake};
use crate::algorithm::Algorithm;
use crate::options::{Called, Encoding, Format, Layout, Options, Task, Verify};

/// The words of `-a`. Those whose length `-l` has to say have none yet.
const WORDS: &[(&str, Algorithm)] = &[
    ("bsd", Algorithm::Bsd),
    ("sysv", Algorithm::Sysv),
    ("crc", Algorithm::Crc),
    ("crc32b", Algorithm::Crc32b),
    ("md5", Algorithm::Md5),
    ("sha1", Algorithm::Sha1),
    ("sha224", Algorithm::Sha2(224)),
    ("sha256", Algorithm::Sha2(256)),
    ("sha384", Algorithm::Sha2(384)),
    ("sha512", Algorithm::Sha2(512)),
    ("sha2", Algorithm::Sha2(0)),
    ("sha3", Algorithm::Sha3(0)),
    ("blake2b", Algorithm::Blake2b(512)),
    ("sm3", Algorithm::Sm3),
    ("blake3", Algorithm::Blake3(256)),
    ("xxh3", Algorithm::Xxh3),
    ("xxh64", Algorithm::Xxh64),
    ("crc32c", Algorithm::Crc32c),
];
/// The first so many are GNU's.
const OF_GNU: usize = 14;

const AFTER_CKSUM: &str = "\
TYPE is crc unless -a says something else:
  bsd, sysv, crc, crc32b     which print decimal numbers
  md5, sha1, sha224, sha256, sha384, sha512, sm3
  sha2, sha3                 which need -l 224, 256, 384 or 512
  blake2b                    for which -l may say a multiple of 8 up to 512";

const AFTER_UHASH: &str = "\
TYPE is sha256 unless -a says something else:
  bsd, sysv, crc, crc32b     which print decimal numbers
  md5, sha1, sha224, sha256, sha384, sha512, sm3, xxh3, xxh64, crc32c
  sha2, sha3                 which need -l 224, 256, 384 or 512
  blake2b, blake3            for which -l may say a multiple of 8, up to 512 and
                             524288

Called md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum, b2sum,
b3sum, cksum or sum, this is that command.";

/// What cksum and uhash have in common, in the order of GNU's table.
#[derive(clap::Args, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "the options are switches")]
#[allow(dead_code, reason = "where the order counts, the list of given options is read, not the field")]
struct CksumArgs {
    /// bits of the checksum, for types that come in several lengths
    #[arg(short = 'l', long, value_name = "BITS")]
    length: Option<OsString>,
    #[command(flatten)]
    check: CheckArgs,
    /// what to compute; with -c, what the lists have
    #[arg(short = 'a', long, value_name = "TYPE")]
    algorithm: Option<OsString>,
    /// print checksums in base64 instead of hexadecimal
    #[arg(long)]
    base64: bool,
    /// say which instructions of the processor are used
    #[arg(long)]
    debug: bool,
    /// write the bytes of the checksum and nothing else
    #[arg(long)]
    raw: bool,
    /// lines without the type: CHECKSUM  FILE
    #[arg(long)]
    untagged: bool,
    /// with --untagged, mark each name with an asterisk; the bytes are the same
    #[arg(short = 'b', long)]
    binary: bool,
    /// with --untagged, mark each name with a blank (the default)
    #[arg(short = 't', long)]
    text: bool,
}

/// Print checksums of the FILEs, or check them against lists.
///
/// Standard input stands in for a FILE that is -, and for all of them if there is none.
#[derive(clap::Parser, Debug, Default)]
#[command(after_help = AFTER_CKSUM)]
pub struct Cksum {
    #[command(flatten)]
    args: CksumArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// Print checksums of the FILEs, or check them against lists.
///
/// Standard input stands in for a FILE that is -, and for all of them if there is none.
#[derive(clap::Parser, Debug, Default)]
#[command(after_help = AFTER_UHASH, mut_args(with_letter))]
pub struct Uhash {
    #[command(flatten)]
    args: CksumArgs,
    #[command(flatten)]
    common: CommonArgs,
}

/// Under its own name it has the letter as well, which elsewhere is sum's.
fn with_letter(arg: Arg) -> Arg {
    if arg.get_id() == "recursive" { arg.short('r') } else { arg }
}

impl Tool for Cksum {
    const NAME: &'static str = super::NAME;
    const GNU: &'static [&'static str] = &["cksum"];
    const USAGE: &'static [&'static str] = &["[OPTION]... [FILE]..."];

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { common: CommonArgs::operands(files), ..Self::default() })
    }

    fn check(given: &Given, _: &[Given]) -> Result<(), UsageFault> {
        check(given, Called::Cksum)
    }
}

impl Tool for Uhash {
    const NAME: &'static str = super::NAME;
    const GNU: &'static [&'static str] = &[];
    const USAGE: &'static [&'static str] = Cksum::USAGE;

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { common: CommonArgs::operands(files), ..Self::default() })
    }

    fn check(given: &Given, _: &[Given]) -> Result<(), UsageFault> {
        check(given, Called::Uhash)
    }

    fn values(id: &str) -> Values {
        match id {
            "algorithm" => Values::words(WORDS),
            "files0_from" => Values::File,
            _ => Values::Any,
        }
    }
}

/// Every `-a` must be right, and every `-l` a number, whatever follows.
fn check(given: &Given, called: Called) -> Result<(), UsageFault> {
    match given.id.as_str() {
        "algorithm" => algorithm(given.text(), called).map(drop),
        "length" => bits(given.text()).map(drop),
        _ => Ok(()),
    }
}

/// Looks a word of `-a` up. cksum takes ours, too, but its list is GNU's.
fn algorithm(text: &OsStr, called: Called) -> Result<Algorithm, UsageFault> {
    match WORDS.iter().find(|(word, _)| text == *word) {
        Some((_, algorithm)) => Ok(*algorithm),
        None if called == Called::Cksum => keyword(text, &WORDS[..OF_GNU], Spelling::Exact, "--algorithm"),
        None => keyword(text, WORDS, Spelling::Exact, "--algorithm"),
    }
}

impl Cksum {
    pub fn resolve(self, given: &[Given], invocation: &Invocation) -> Result<Options, UsageFault> {
        self.args.resolve(Called::Cksum, self.common, given, invocation)
    }
}

impl Uhash {
    pub fn resolve(self, given: &[Given], invocation: &Invocation) -> Result<Options, UsageFault> {
        self.args.resolve(Called::Uhash, self.common, given, invocation)
    }
}

impl CksumArgs {
    fn resolve(
        &self,
        called: Called,
        common: CommonArgs,
        given: &[Given],
        invocation: &Invocation,
    ) -> Result<Options, UsageFault> {
        let last = Last::of(given);
        let asked = self.algorithm.as_deref().map(|text| algorithm(text, called)).transpose()?;
        let algorithm = self.with_length(asked, called)?;
        self.conflicts(asked, &last)?;
        if self.check.check {
            common.refuse_with_check()?;
        }
        if self.raw && common.has_several() {
            return Err(UsageFault::plain("the --raw option is not supported with multiple files"));
        }
        let task = if self.check.check {
            Task::Verify(Verify {
                called,
                algorithm: asked,
                ignore_missing: self.check.ignore_missing,
                strict: self.check.strict,
                loudness: last.loudness,
            })
        } else {
            Task::Compute(Format {
                algorithm,
                layout: match last.tagged {
                    _ if algorithm.is_number() => Layout::Numbers,
                    Some(false) => Layout::Untagged,
                    _ => Layout::Tagged,
                },
                encoding: match () {
                    () if self.raw => Encoding::Raw,
                    () if self.base64 && !algorithm.is_number() => Encoding::Base64,
                    () => Encoding::Hex,
                },
                binary: last.is_binary(),
                zero: self.check.zero,
            })
        };
        let shared = common.shared(invocation)?;
        Ok(Options { called, task, shared, input: common.input()?, debug: self.debug })
    }

    /// What to compute. With `-c`, the length is checked all the same.
    fn with_length(&self, asked: Option<Algorithm>, called: Called) -> Result<Algorithm, UsageFault> {
        let usual = if called == Called::Uhash { Algorithm::Sha2(256) } else { Algorithm::Crc };
        let algorithm = asked.unwrap_or(usual);
        match (algorithm, self.length.as_deref()) {
            (Algorithm::Sha2(0), length) => self.sha("2", Algorithm::Sha2, length),
            (Algorithm::Sha3(0), length) => self.sha("3", Algorithm::Sha3, length),
            (Algorithm::Blake2b(_) | Algorithm::Blake3(_), Some(length)) => blake(algorithm, length),
            (_, Some(length)) if bits(length)? != 0 => {
                let which = if called == Called::Uhash { "sha2, sha3, or blake3" } else { "sha2, or sha3" };
                let text = format!("--length is only supported with --algorithm blake2b, {which}");
                Err(UsageFault::plain(text))
            }
            _ => Ok(algorithm),
        }
    }

    /// SHA-2 and SHA-3 have a length that must be said, except where a list says it.
    fn sha(
        &self,
        family: &str,
        make: fn(u16) -> Algorithm,
        length: Option<&OsStr>,
    ) -> Result<Algorithm, UsageFault> {
        const LENGTHS: &str = "224, 256, 384, or 512";
        let Some(length) = length else {
            let text = format!("--algorithm=sha{family} requires specifying --length {LENGTHS}");
            return if self.check.check { Ok(make(0)) } else { Err(UsageFault::plain(text)) };
        };
        if let Ok(bits @ (224 | 256 | 384 | 512)) = u16::try_from(bits(length)?) {
            return Ok(make(bits));
        }
        let name = quote::value(format!("SHA{family}"));
        let invalid = UsageFault::plain(bytes!["invalid length: ", quote::value(length)]);
        Err(invalid.and(bytes!["digest length for ", name, " must be ", LENGTHS]))
    }

    fn conflicts(&self, asked: Option<Algorithm>, last: &Last) -> Result<(), UsageFault> {
        if self.check.check && asked.is_some_and(Algorithm::is_number) {
            let text = "--check is not supported with --algorithm={bsd,sysv,crc,crc32b}";
            return Err(UsageFault::plain(text));
        }
        if self.base64 && self.raw {
            return Err(UsageFault::with_hint("--base64 and --raw are mutually exclusive"));
        }
        self.check.conflicts(last, last.tagged == Some(true))?;
        if last.marker == Some(Marker::Text) && last.tagged != Some(false) {
            return Err(UsageFault::with_hint("--text mode is only supported with --untagged"));
        }
        Ok(())
    }
}
