//! What a command line of `cp` comes down to, after all rules of which option wins.

use std::ffi::OsString;

use ringutils::cli::Shared;

/// What to do.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Options {
    /// In order; never empty.
    pub sources: Vec<OsString>,
    pub target: Target,
    pub make: Make,
    pub follow: Follow,
    /// `-R`, and `-a`.
    pub recursive: bool,
    /// `--copy-contents`: FIFOs and devices are read.
    pub copy_contents: bool,
    /// No data is copied or truncated; then `reflink` is `Never`, and all errors of extended attributes are told.
    pub attributes_only: bool,
    /// `None`: existing destinations are overwritten.
    pub backup: Option<Backup>,
    /// `-f`.
    pub force: bool,
    /// `-i`, if it is what counts (a later `-n` ends it).
    pub interactive: bool,
    pub update: Update,
    pub remove_destination: bool,
    pub preserve: Preserve,
    pub reflink: Reflink,
    pub sparse: Sparse,
    /// `-x`.
    pub one_file_system: bool,
    pub parents: bool,
    pub strip_trailing_slashes: bool,
    pub keep_directory_symlink: bool,
    /// `-v`, or `--debug`, which includes it.
    pub verbose: bool,
    pub debug: bool,
    /// Warnings that are due before anything else is said: of each `--context=X` on a kernel without SELinux.
    pub warnings: Vec<Vec<u8>>,
    /// A dangling symbolic link is written through (`POSIXLY_CORRECT`).
    pub posixly_correct: bool,
    pub beyond: Beyond,
    pub shared: Shared,
}

/// Where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `-t DIR`.
    Directory(OsString),
    /// The last operand, which may be a directory to copy into.
    Last(OsString),
    /// `-T`: the last operand, never a directory to copy into.
    Exactly(OsString),
}

/// What is made of a source that is no directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Make {
    #[default]
    Copies,
    /// `-l`
    HardLinks,
    /// `-s`
    SymbolicLinks,
}

/// Which symbolic links in sources are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Follow {
    /// `-P`, and the default with `-R` (but not `-l`).
    Never,
    /// `-H`
    CommandLine,
    /// `-L`, and the default otherwise.
    Always,
}

/// `--update`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Update {
    #[default]
    All,
    /// Existing destinations are skipped (`-n` as well).
    None,
    /// They are skipped, and make the exit status 1.
    NoneFail,
    /// Those that are not older than the source are skipped (`-u`).
    Older,
}

/// `--reflink`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reflink {
    #[default]
    Auto,
    Always,
    Never,
}

/// `--sparse`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sparse {
    #[default]
    Auto,
    Always,
    Never,
}

/// What a copy has in common with its source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Preserve {
    pub mode: bool,
    pub ownership: bool,
    pub timestamps: bool,
    pub links: bool,
    pub xattrs: Xattrs,
    /// `--no-preserve=mode`: new files get the mode that the umask gives them.
    pub ignore_mode: bool,
}

/// Extended attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Xattrs {
    #[default]
    No,
    /// `-a`: what cannot be had is passed over in silence.
    Quietly,
    /// `--preserve=all`: diagnosed unless the file system has none, but no failure.
    Told,
    /// `--preserve=xattr`: a failure.
    Required,
}

/// Backups of existing destinations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backup {
    pub control: BackupControl,
    /// Never empty. Without a slash, except at its end (as GNU has it: such a backup fails).
    pub suffix: OsString,
}

/// How they are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupControl {
    Simple,
    /// Numbered where there are numbered ones already.
    Existing,
    Numbered,
}

/// What GNU's cp has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "independent switches")]
pub struct Beyond {
    /// `--verify`: what was written is read again and compared.
    pub verify: bool,
    /// `--fsync`: data and directories are on the disk before we end.
    pub fsync: bool,
    /// `--atomic`: each destination file appears whole or not at all.
    pub atomic: bool,
    /// `--cache`
    pub cache: Cache,
    /// `--keep-partial`: an interrupted copy stays.
    pub keep_partial: bool,
}

/// What becomes of the page cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// What was read and written stays cached.
    #[default]
    Keep,
    /// It is dropped once it is on the disk.
    Drop,
    /// It never gets there, where the file system can do without (`O_DIRECT`).
    Direct,
}

impl Options {
    /// What `--reflink` comes to: without holes there is to be nothing shared either.
    pub fn reflinks(&self) -> Reflink {
        match (self.reflink, self.sparse) {
            (Reflink::Auto, Sparse::Never) => Reflink::Never,
            (reflink, _) => reflink,
        }
    }

    /// What a command line without options comes down to: for tests.
    #[cfg(test)]
    pub fn plain(source: &str, target: &str) -> Self {
        Self {
            sources: vec![source.into()],
            target: Target::Exactly(target.into()),
            make: Make::Copies,
            follow: Follow::Always,
            recursive: false,
            copy_contents: false,
            attributes_only: false,
            backup: None,
            force: false,
            interactive: false,
            update: Update::All,
            remove_destination: false,
            preserve: Preserve::default(),
            reflink: Reflink::Auto,
            sparse: Sparse::Auto,
            one_file_system: false,
            parents: false,
            strip_trailing_slashes: false,
            keep_directory_symlink: false,
            verbose: false,
            debug: false,
            warnings: Vec::new(),
            posixly_correct: false,
            beyond: Beyond::default(),
            shared: Shared::default(),
        }
    }

    /// Which links are followed from a source: what `-H` comes to depends on whether it is an operand.
    pub fn follow(&self, operand: bool) -> Follow {
        match self.follow {
            Follow::CommandLine if !operand => Follow::Never,
            follow => follow,
        }
    }

    /// Whether what exists may be a symbolic link that is written through.
    pub fn writes_through_links(&self) -> bool {
        self.make == Make::Copies && self.backup.is_none() && !self.remove_destination
    }

    /// Whether FIFOs and devices are read as if they were files: always but with `-R`.
    pub fn reads_all(&self) -> bool {
        self.copy_contents || !self.recursive
    }
}
