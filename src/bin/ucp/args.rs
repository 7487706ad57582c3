//! The command line: what was typed ([`Cli`]), and what it means ([`Options`]).

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use ringutils::cli::keyword::{Spelling, keyword};
use ringutils::cli::{BEYOND_GNU, Given, Invocation, SharedArgs, Tool, UsageFault, Values};

use crate::options::{
    Backup, BackupControl, Beyond, Cache, Follow, Make, Options, Reflink, Sparse, Target, Update,
};
use crate::selinux;

mod preserved;

use preserved::Preserved;

const AFTER: &str = "\
CONTROL is 'simple' ('never'), 'numbered' ('t'), 'existing' ('nil': numbered if
there are numbered ones) or 'none' ('off'). VERSION_CONTROL in the environment
stands in for it, and SIMPLE_BACKUP_SUFFIX for SUFFIX.";

/// Copy SOURCE to DEST, or each SOURCE into DIRECTORY.
///
/// Directories are copied with -R only.
#[derive(clap::Parser, Debug, Default)]
#[command(after_help = AFTER)]
#[allow(clippy::struct_excessive_bools, reason = "cp's options are switches")]
#[allow(clippy::option_option, reason = "clap's way to say that a value may be left out")]
#[allow(dead_code, reason = "where the order counts, the list of given options is read, not the field")]
pub struct Cli {
    /// the same as -dR --preserve=all, but silent about extended attributes that cannot be had
    #[arg(short = 'a', long)]
    archive: bool,
    /// create the files and set their attributes, but leave their contents alone
    #[arg(long)]
    attributes_only: bool,
    /// rename a destination that exists instead of overwriting it; CONTROL says how backups are named
    #[arg(long, value_name = "CONTROL", num_args = 0..=1, require_equals = true)]
    backup: Option<Option<OsString>>,
    /// the same as --backup, without CONTROL
    #[arg(short = 'b')]
    backup_as_usual: bool,
    /// with -R, read FIFOs and devices as if they were files
    #[arg(long)]
    copy_contents: bool,
    /// the same as --no-dereference --preserve=links
    #[arg(short = 'd')]
    links_as_links: bool,
    /// say how each file was copied; includes -v
    #[arg(long)]
    debug: bool,
    /// follow symbolic links in SOURCE, and below it
    #[arg(short = 'L', long)]
    dereference: bool,
    /// remove a destination that cannot be opened for writing, and try again
    #[arg(short = 'f', long)]
    force: bool,
    /// follow symbolic links named on the command line only
    #[arg(short = 'H')]
    dereference_operands: bool,
    /// ask before overwriting; ends an earlier -n
    #[arg(short = 'i', long)]
    interactive: bool,
    /// make hard links instead of copies
    #[arg(short = 'l', long)]
    link: bool,
    /// skip what exists, silently; ends an earlier -i
    #[arg(short = 'n', long)]
    no_clobber: bool,
    /// copy symbolic links as such
    #[arg(short = 'P', long)]
    no_dereference: bool,
    /// do not keep the attributes in LIST
    #[arg(long, value_name = "LIST")]
    no_preserve: Option<OsString>,
    /// DEST is no directory to copy into
    #[arg(short = 'T', long)]
    no_target_directory: bool,
    /// stay on the file system of each SOURCE
    #[arg(short = 'x', long)]
    one_file_system: bool,
    /// make the leading directories of SOURCE below DIRECTORY, too
    #[arg(long, alias = "path")]
    parents: bool,
    /// the same as --preserve=mode,ownership,timestamps
    #[arg(short = 'p')]
    preserve_usual: bool,
    /// keep attributes: a LIST of mode, ownership, timestamps, links, xattr, context, all
    #[arg(long, value_name = "LIST", num_args = 0..=1, require_equals = true)]
    preserve: Option<Option<OsString>>,
    /// copy directories with what is in them
    #[arg(short = 'R', visible_short_alias = 'r', long)]
    recursive: bool,
    /// remove an existing destination before copying
    #[arg(long)]
    remove_destination: bool,
    /// when to make holes for zeros: 'auto' (where SOURCE has them), 'always' or 'never'
    #[arg(long, value_name = "WHEN")]
    sparse: Option<OsString>,
    /// when to share blocks instead of copying them: 'auto' (if possible), 'always' or 'never'
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true)]
    reflink: Option<Option<OsString>>,
    /// take slashes from the end of each SOURCE
    #[arg(long)]
    strip_trailing_slashes: bool,
    /// put SUFFIX behind the names of backups, instead of ~
    #[arg(short = 'S', long, value_name = "SUFFIX")]
    suffix: Option<OsString>,
    /// make symbolic links instead of copies
    #[arg(short = 's', long)]
    symbolic_link: bool,
    /// copy each SOURCE into DIRECTORY
    #[arg(short = 't', long, value_name = "DIRECTORY")]
    target_directory: Option<OsString>,
    /// which existing files to replace: 'all', 'none', 'none-fail' or 'older' (if no WHICH is given)
    #[arg(long, value_name = "WHICH", num_args = 0..=1, require_equals = true)]
    update: Option<Option<OsString>>,
    /// the same as --update=older
    #[arg(short = 'u')]
    update_older: bool,
    /// name each file that is copied
    #[arg(short = 'v', long)]
    verbose: bool,
    /// follow symbolic links to directories in the destination
    #[arg(long)]
    keep_directory_symlink: bool,
    /// ignored without SELinux, refused with it
    #[arg(short = 'Z')]
    default_context: bool,
    /// the same, with a warning if there is a CTX
    #[arg(long, value_name = "CTX", num_args = 0..=1, require_equals = true)]
    context: Option<Option<OsString>>,
    /// read each copy again and compare it with what was written
    #[arg(long, help_heading = BEYOND_GNU)]
    verify: bool,
    /// do not end before everything is on the disk
    #[arg(long, help_heading = BEYOND_GNU)]
    fsync: bool,
    /// let each file appear whole or not at all
    #[arg(long, help_heading = BEYOND_GNU)]
    atomic: bool,
    /// what becomes of the page cache: 'keep', 'drop' or 'direct'
    #[arg(long, value_name = "HOW", help_heading = BEYOND_GNU)]
    cache: Option<OsString>,
    /// when interrupted, leave the file that was being copied
    #[arg(long, help_heading = BEYOND_GNU)]
    keep_partial: bool,
    #[command(flatten)]
    shared: SharedArgs,
    files: Vec<OsString>,
}

const SPARSE: &[(&str, Sparse)] =
    &[("never", Sparse::Never), ("auto", Sparse::Auto), ("always", Sparse::Always)];
const REFLINK: &[(&str, Reflink)] =
    &[("auto", Reflink::Auto), ("always", Reflink::Always), ("never", Reflink::Never)];
const UPDATE: &[(&str, Update)] = &[
    ("all", Update::All),
    ("none", Update::None),
    ("none-fail", Update::NoneFail),
    ("older", Update::Older),
];
const CACHE: &[(&str, Cache)] = &[("keep", Cache::Keep), ("drop", Cache::Drop), ("direct", Cache::Direct)];
const BACKUP: &[(&str, Option<BackupControl>)] = &[
    ("none", None),
    ("off", None),
    ("simple", Some(BackupControl::Simple)),
    ("never", Some(BackupControl::Simple)),
    ("existing", Some(BackupControl::Existing)),
    ("nil", Some(BackupControl::Existing)),
    ("numbered", Some(BackupControl::Numbered)),
    ("t", Some(BackupControl::Numbered)),
];

fn word<T: Copy + PartialEq>(text: &OsStr, words: &[(&str, T)], context: &str) -> Result<T, UsageFault> {
    keyword(text, words, Spelling::Abbreviable, context)
}

/// `--reflink` without a value.
fn reflink(value: Option<&OsStr>) -> Result<Reflink, UsageFault> {
    value.map_or(Ok(Reflink::Always), |value| word(value, REFLINK, "--reflink"))
}

/// `--update` without a value, and `-u`.
fn update(value: Option<&OsStr>) -> Result<Update, UsageFault> {
    value.map_or(Ok(Update::Older), |value| word(value, UPDATE, "--update"))
}

impl Tool for Cli {
    const NAME: &'static str = "ucp";
    const GNU: &'static [&'static str] = &["cp"];
    const USAGE: &'static [&'static str] = &[
        "[OPTION]... [-T] SOURCE DEST",
        "[OPTION]... SOURCE... DIRECTORY",
        "[OPTION]... -t DIRECTORY SOURCE...",
    ];

    fn without_options(files: Vec<OsString>) -> Result<Self, Vec<OsString>> {
        Ok(Self { files, ..Self::default() })
    }

    fn check(given: &Given, before: &[Given]) -> Result<(), UsageFault> {
        match given.id.as_str() {
            "target_directory" if before.iter().any(|other| other.id == given.id) => {
                Err(UsageFault::plain("multiple target directories specified"))
            }
            _ => Ordered::default().take(given),
        }
    }

    fn warning(given: &Given) -> Option<Vec<u8>> {
        let asked = given.id == "context" && given.value.is_some();
        (asked && !selinux::is_enabled()).then(|| selinux::IGNORED.into())
    }

    fn values(id: &str) -> Values {
        match id {
            "backup" => Values::words(BACKUP),
            "cache" => Values::words(CACHE),
            "preserve" | "no_preserve" => Preserved::values(),
            "reflink" => Values::words(REFLINK),
            "sparse" => Values::words(SPARSE),
            "target_directory" => Values::Folder,
            "update" => Values::words(UPDATE),
            _ => Values::Any,
        }
    }
}

/// What the order of options decides: mostly, the last one counts.
#[derive(Debug, Default)]
struct Ordered {
    follow: Option<Follow>,
    interactive: bool,
    no_clobber: bool,
    update: Update,
    sparse: Sparse,
    reflink: Reflink,
    cache: Cache,
    preserved: Preserved,
    /// Some option asked for backups.
    backup: bool,
    control: Option<OsString>,
}

impl Ordered {
    /// Applies one option.
    fn take(&mut self, given: &Given) -> Result<(), UsageFault> {
        let value = given.value.as_deref();
        match given.id.as_str() {
            "archive" | "links_as_links" | "no_dereference" => self.follow = Some(Follow::Never),
            "dereference" => self.follow = Some(Follow::Always),
            "dereference_operands" => self.follow = Some(Follow::CommandLine),
            "interactive" => (self.interactive, self.no_clobber) = (true, false),
            "no_clobber" => (self.interactive, self.no_clobber) = (false, true),
            "update" | "update_older" => self.update = update(value)?,
            "sparse" => self.sparse = word(given.text(), SPARSE, "--sparse")?,
            "reflink" => self.reflink = reflink(value)?,
            "cache" => self.cache = word(given.text(), CACHE, "--cache")?,
            "backup" | "backup_as_usual" | "suffix" => self.backup = true,
            _ => {}
        }
        // A plain -b does not take back what an earlier --backup said.
        if let ("backup", Some(control)) = (given.id.as_str(), value) {
            self.control = Some(control.to_owned());
        }
        self.preserved.take(given)
    }
}

/// What the command line does not say.
struct Surroundings {
    version_control: Option<OsString>,
    suffix: Option<OsString>,
    has_selinux: fn() -> bool,
}

impl Surroundings {
    fn of_process() -> Self {
        Self {
            version_control: env::var_os("VERSION_CONTROL"),
            suffix: env::var_os("SIMPLE_BACKUP_SUFFIX"),
            has_selinux: selinux::is_enabled,
        }
    }
}

impl Options {
    /// Makes sense of the command line. What needs a look at the file system comes later: whether the last operand is
    /// a directory.
    ///
    /// # Errors
    /// Options that exclude each other, bad values, too few or too many operands.
    pub fn new(cli: Cli, given: &[Given], invocation: &Invocation) -> Result<Self, UsageFault> {
        Self::within(&Surroundings::of_process(), cli, given, invocation)
    }

    /// The checks are in GNU's order.
    fn within(
        around: &Surroundings,
        cli: Cli,
        given: &[Given],
        invocation: &Invocation,
    ) -> Result<Self, UsageFault> {
        let shared = cli.shared.resolve(invocation.ring_variable.as_deref())?;
        let mut ordered = Ordered::default();
        given.iter().try_for_each(|given| ordered.take(given))?;
        let make = make(&cli)?;
        let update = if ordered.no_clobber { Update::None } else { ordered.update };
        if ordered.backup && matches!(update, Update::None | Update::NoneFail) {
            return Err(UsageFault::with_hint(
                "--backup is mutually exclusive with -n or --update=none-fail",
            ));
        }
        let reflink = ordered.reflink(cli.attributes_only)?;
        let backup = ordered.backup(cli.suffix.as_deref(), around)?;
        let recursive = cli.recursive || cli.archive;
        let follow = ordered.follow.unwrap_or(match make {
            Make::HardLinks => Follow::Always,
            _ if recursive => Follow::Never,
            _ => Follow::Always,
        });
        check_context(&cli, ordered.preserved.needs_context(), around)?;
        let beyond = Beyond {
            verify: cli.verify,
            fsync: cli.fsync,
            atomic: cli.atomic,
            // Past the page cache, whichever option says so.
            cache: if shared.ring.direct { Cache::Direct } else { ordered.cache },
            keep_partial: cli.keep_partial,
        };
        let (sources, target) = operands(cli.files, cli.target_directory, cli.no_target_directory)?;
        if cli.parents && matches!(target, Target::Exactly(_)) {
            return Err(UsageFault::with_hint("with --parents, the destination must be a directory"));
        }
        Ok(Self {
            sources,
            target,
            make,
            follow,
            recursive,
            copy_contents: cli.copy_contents,
            attributes_only: cli.attributes_only,
            backup,
            force: cli.force,
            interactive: ordered.interactive,
            update,
            remove_destination: cli.remove_destination,
            preserve: ordered.preserved.result(),
            reflink,
            sparse: ordered.sparse,
            one_file_system: cli.one_file_system,
            parents: cli.parents,
            strip_trailing_slashes: cli.strip_trailing_slashes,
            keep_directory_symlink: cli.keep_directory_symlink,
            verbose: cli.verbose || cli.debug,
            debug: cli.debug,
            warnings: given.iter().filter_map(Cli::warning).collect(),
            posixly_correct: invocation.posixly_correct,
            beyond,
            shared,
        })
    }
}

fn make(cli: &Cli) -> Result<Make, UsageFault> {
    match (cli.link, cli.symbolic_link) {
        (true, true) => Err(UsageFault::with_hint("cannot make both hard and symbolic links")),
        (true, false) => Ok(Make::HardLinks),
        (false, true) => Ok(Make::SymbolicLinks),
        (false, false) => Ok(Make::Copies),
    }
}

impl Ordered {
    fn reflink(&self, attributes_only: bool) -> Result<Reflink, UsageFault> {
        match (self.reflink, self.sparse) {
            (Reflink::Always, Sparse::Always | Sparse::Never) => {
                Err(UsageFault::with_hint("--reflink can be used only with --sparse=auto"))
            }
            _ if attributes_only => Ok(Reflink::Never),
            // A clone would have its source's holes.
            (Reflink::Auto, Sparse::Never) => Ok(Reflink::Never),
            (reflink, _) => Ok(reflink),
        }
    }

    /// Of empty words the next one counts: the option's, the variable's, the default.
    fn backup(&self, suffix: Option<&OsStr>, around: &Surroundings) -> Result<Option<Backup>, UsageFault> {
        if !self.backup {
            return Ok(None);
        }
        let filled = |word: &&OsStr| !word.is_empty();
        let control = match self.control.as_deref().filter(filled) {
            Some(control) => word(control, BACKUP, "backup type")?,
            None => match around.version_control.as_deref().filter(filled) {
                Some(control) => word(control, BACKUP, "$VERSION_CONTROL")?,
                None => Some(BackupControl::Existing),
            },
        };
        // An unusable -S does not bring the variable back.
        let suffix = suffix.or(around.suffix.as_deref()).filter(is_suffix).unwrap_or(OsStr::new("~"));
        Ok(control.map(|control| Backup { control, suffix: suffix.to_owned() }))
    }
}

/// Whether it can stand behind a name, without making another folder of it.
fn is_suffix(suffix: &&OsStr) -> bool {
    let bytes = suffix.as_bytes();
    let end = bytes.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    !bytes.is_empty() && !bytes[..end].contains(&b'/') && end > 0
}

/// What SELinux labels are asked for can't be done, with it or without.
fn check_context(cli: &Cli, preserve: bool, around: &Surroundings) -> Result<(), UsageFault> {
    if !(preserve || cli.default_context || cli.context.is_some()) {
        return Ok(());
    }
    if (around.has_selinux)() {
        Err(UsageFault::plain(selinux::UNSUPPORTED))
    } else if preserve {
        Err(UsageFault::plain(selinux::CANNOT_PRESERVE))
    } else {
        Ok(())
    }
}

/// Sources and target.
fn operands(
    mut files: Vec<OsString>,
    directory: Option<OsString>,
    exactly: bool,
) -> Result<(Vec<OsString>, Target), UsageFault> {
    match (&files[..], &directory) {
        ([], _) => return Err(UsageFault::with_hint("missing file operand")),
        ([only], None) => {
            return Err(UsageFault::operand("missing destination file operand after ", only));
        }
        (_, Some(_)) if exactly => {
            let text = "cannot combine --target-directory (-t) and --no-target-directory (-T)";
            return Err(UsageFault::plain(text));
        }
        ([_, _, third, ..], _) if exactly => return Err(UsageFault::operand("extra operand ", third)),
        _ => {}
    }
    if let Some(directory) = directory {
        return Ok((files, Target::Directory(directory)));
    }
    let last = files.pop().unwrap_or_default();
    Ok((files, if exactly { Target::Exactly(last) } else { Target::Last(last) }))
}

#[cfg(test)]
mod tests;
