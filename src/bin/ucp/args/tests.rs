use std::process::{Command, Stdio};

use proptest::prelude::*;
use ringutils::cli::{self, Early};

use super::*;
use crate::options::{Preserve, Xattrs};

fn around(control: Option<&str>, suffix: Option<&str>) -> Surroundings {
    Surroundings {
        version_control: control.map(Into::into),
        suffix: suffix.map(Into::into),
        has_selinux: || false,
    }
}

fn parsed(around: &Surroundings, args: &[&str]) -> Result<Options, String> {
    let invocation = Invocation::from_argv0(Some("cp".into()), "ucp");
    let args = args.iter().map(OsString::from).collect();
    cli::parse(&invocation, args, |cli, given| Options::within(around, cli, given, &invocation)).map_err(
        |early| match early {
            Early::Text(text) => text,
            // The tests may run in any locale.
            Early::Usage(fault) => {
                String::from_utf8_lossy(&fault.render(b"cp")).replace(['\u{2018}', '\u{2019}'], "'")
            }
        },
    )
}

/// With two operands behind the options.
#[track_caller]
fn options(words: &str) -> Options {
    let args: Vec<&str> = words.split_whitespace().chain(["a", "b"]).collect();
    parsed(&around(None, None), &args).expect("valid options")
}

fn fault(words: &str) -> String {
    let args: Vec<&str> = words.split_whitespace().collect();
    parsed(&around(None, None), &args).expect_err("a mistake")
}

fn usage(text: &str) -> String {
    format!("cp: {text}\nTry 'cp --help' for more information.\n")
}

#[test]
fn clap_definition_is_sound() {
    cli::command::<Cli>().debug_assert();
}

#[test]
fn operands_alone() {
    let options = options("");
    assert_eq!((options.sources, options.target), (vec!["a".into()], Target::Last("b".into())));
    assert_eq!((options.make, options.follow, options.recursive), (Make::Copies, Follow::Always, false));
    assert_eq!((options.backup, options.update, options.preserve), (None, Update::All, Preserve::default()));
    assert_eq!((options.reflink, options.sparse), (Reflink::Auto, Sparse::Auto));
    assert_eq!(options.beyond, Beyond::default());
}

#[test]
fn targets() {
    assert_eq!(options("-t d").target, Target::Directory("d".into()));
    assert_eq!(options("-t d").sources, ["a", "b"]);
    assert_eq!(options("-T").target, Target::Exactly("b".into()));
    assert_eq!(options("-T").sources, ["a"]);
    assert_eq!(fault(""), usage("missing file operand"));
    assert_eq!(fault("-t d"), usage("missing file operand"));
    assert_eq!(fault("-t d -T"), usage("missing file operand"));
    assert_eq!(fault("a"), usage("missing destination file operand after 'a'"));
    assert_eq!(fault("-T a b c d"), usage("extra operand 'c'"));
    assert_eq!(
        fault("-T -t d a"),
        "cp: cannot combine --target-directory (-t) and --no-target-directory (-T)\n"
    );
    assert_eq!(fault("-t d -t e --foo"), "cp: multiple target directories specified\n");
    assert_eq!(fault("--parents -T a b"), usage("with --parents, the destination must be a directory"));
}

#[test]
fn the_last_says_what_is_followed() {
    for (words, follow) in [
        ("-r", Follow::Never),
        ("-rl", Follow::Always),
        ("-al", Follow::Never),
        ("-a", Follow::Never),
        ("-aL", Follow::Always),
        ("-La", Follow::Never),
        ("-LPH", Follow::CommandLine),
        ("-rHd", Follow::Never),
        ("-dH", Follow::CommandLine),
    ] {
        assert_eq!(options(words).follow, follow, "{words}");
    }
}

#[test]
fn to_ask_or_to_skip() {
    for (words, interactive, update) in [
        ("-i", true, Update::All),
        ("-in", false, Update::None),
        ("-ni", true, Update::All),
        ("-niu", true, Update::Older),
        ("-nu", false, Update::None),
        ("-un", false, Update::None),
        ("-n --update=none-fail", false, Update::None),
        ("-n -i --update=none-fail", true, Update::NoneFail),
        ("--update", false, Update::Older),
        ("-u --update=all", false, Update::All),
        ("--update=none -u", false, Update::Older),
        ("-nf", false, Update::None),
    ] {
        let options = options(words);
        assert_eq!((options.interactive, options.update), (interactive, update), "{words}");
    }
}

#[test]
fn attributes_add_up_from_left_to_right() {
    let usual = Preserve { mode: true, ownership: true, timestamps: true, ..Preserve::default() };
    let all = Preserve { links: true, xattrs: Xattrs::Told, ..usual };
    for (words, preserve) in [
        ("-p", usual),
        ("--preserve", usual),
        ("--preserve=mo,own,t", usual),
        ("-d", Preserve { links: true, ..Preserve::default() }),
        ("--preserve=all", all),
        ("-a", Preserve { xattrs: Xattrs::Quietly, ..all }),
        ("-a --preserve=all", Preserve { xattrs: Xattrs::Quietly, ..all }),
        ("-a --preserve=xattr", Preserve { xattrs: Xattrs::Required, ..all }),
        ("--preserve=xattr --no-preserve=xattr -a", Preserve { xattrs: Xattrs::Quietly, ..all }),
        ("--preserve=xattr --no-preserve=all --preserve=all", Preserve { xattrs: Xattrs::Required, ..all }),
        ("-p --no-preserve=mode", Preserve { mode: false, ignore_mode: true, ..usual }),
        ("--no-preserve=mode -p", usual),
        ("-a --no-preserve=all", Preserve { ignore_mode: true, ..Preserve::default() }),
        ("-p --no-preserve=timestamps,ownership", Preserve { mode: true, ..Preserve::default() }),
    ] {
        assert_eq!(options(words).preserve, preserve, "{words}");
    }
}

#[test]
fn clones_and_holes() {
    for (words, reflink, sparse) in [
        ("--reflink", Reflink::Always, Sparse::Auto),
        ("--reflink --reflink=never", Reflink::Never, Sparse::Auto),
        ("--sparse=never", Reflink::Never, Sparse::Never),
        ("--sparse=always", Reflink::Auto, Sparse::Always),
        ("--sparse=always --reflink --sparse=auto", Reflink::Always, Sparse::Auto),
        ("--reflink=always --attributes-only", Reflink::Never, Sparse::Auto),
    ] {
        assert_eq!((options(words).reflink, options(words).sparse), (reflink, sparse), "{words}");
    }
    assert_eq!(
        fault("--attributes-only --reflink --sparse=never"),
        usage("--reflink can be used only with --sparse=auto")
    );
}

#[test]
fn backups() {
    use BackupControl::{Existing, Numbered, Simple};
    let backup = |words: &str, control, suffix| {
        let args: Vec<&str> = words.split_whitespace().chain(["a", "b"]).collect();
        let options = parsed(&around(control, suffix), &args).expect("valid");
        options.backup.map(|backup| (backup.control, backup.suffix.into_string().expect("UTF-8")))
    };
    let made = |control, suffix: &str| Some((control, suffix.to_owned()));
    assert_eq!(backup("", Some("bad"), Some(".o")), None);
    assert_eq!(backup("-b", None, None), made(Existing, "~"));
    assert_eq!(backup("-b", Some(""), Some("")), made(Existing, "~"));
    assert_eq!(backup("-b", Some("t"), Some(".o")), made(Numbered, ".o"));
    assert_eq!(backup("--backup=", Some("si"), None), made(Simple, "~"));
    assert_eq!(backup("--backup=t -b --backup", Some("simple"), None), made(Numbered, "~"));
    assert_eq!(backup("--backup=t --backup=", Some("simple"), None), made(Simple, "~"));
    assert_eq!(backup("--backup=off", Some("bad"), None), None);
    assert_eq!(backup("-S .x", None, Some(".o")), made(Existing, ".x"));
    for (suffix, kept) in [("/x", "~"), ("x/y", "~"), ("/", "~"), ("x/", "x/"), (".", ".")] {
        assert_eq!(backup(&format!("-S {suffix}"), None, Some(".o")), made(Existing, kept));
    }
    for words in ["-bn", "-S x -n", "--backup=none --update=none", "-b --update=none-fail"] {
        assert_eq!(fault(words), usage("--backup is mutually exclusive with -n or --update=none-fail"));
    }
}

#[test]
fn selinux_options() {
    assert!(options("-Z --context").warnings.is_empty());
    assert_eq!(options("--context= --context=x").warnings.len(), 2);
    assert_eq!(fault("--context=x"), format!("cp: {}\n{}", selinux::IGNORED, usage("missing file operand")));
    assert_eq!(fault("--preserve=context"), format!("cp: {}\n", selinux::CANNOT_PRESERVE));
    let there = Surroundings { has_selinux: || true, ..around(None, None) };
    for option in ["-Z", "--context", "--preserve=context"] {
        let refused = parsed(&there, &[option, "a", "b"]).expect_err("cannot be done");
        assert_eq!(refused, format!("cp: {}\n", selinux::UNSUPPORTED));
    }
    assert!(parsed(&there, &["-a", "a", "b"]).is_ok());
}

#[test]
fn our_own() {
    let options =
        options("--verify --fsync --atomic --cache=drop --cache=di --keep-partial --progress=never");
    let all = Beyond { verify: true, fsync: true, atomic: true, cache: Cache::Direct, keep_partial: true };
    assert_eq!(options.beyond, all);
    assert_eq!(self::options("--ring=direct").beyond.cache, Cache::Direct);
    assert!(fault("--cache=x").starts_with("cp: invalid argument 'x' for '--cache'\nValid arguments are:\n"));
    // They make no abbreviation of GNU's ambiguous.
    assert!(self::options("--f --verb --ar").force);
}

/// An option, right or wrong.
fn option() -> impl Strategy<Value = String> {
    let words = "(|none|none-fail|n|off|simple|t|nil|existing|a|al|always|auto|never|older|all|x|keep)";
    let list = "(mode|m|timestamps|ownership|links|xattr|all|context|x|)";
    let matching = |regex: String| proptest::string::string_regex(&regex).expect("a regular expression");
    prop_oneof![
        4 => "-[abdfHilLnPpRrsSTtuvxZ]{1,2}",
        1 => "-[Qqz-]",
        3 => matching(format!("--(backup|sparse|reflink|update)={words}")),
        2 => "--(backup|sparse|reflink|update)",
        2 => matching(format!("--(preserve|no-preserve)={list}(,{list})?")),
        2 => "--(archive|attributes-only|copy-contents|debug|dereference|force|interactive|link|no-clobber|no-dereference\
              |no-target-directory|one-file-system|parents|path|recursive|remove-destination|strip-trailing-slashes\
              |symbolic-link|verbose|keep-directory-symlink|preserve|no-preserve|context|context=|context=x)",
        1 => "--(s|r|re|p|pa|pr|no|no-|u|c|co|a|b|d|de|f|k|l|o|sp|st|su|sy|t|v|ver|foo|suffix=|suffix=/|target-directory)=?",
        1 => "-t(d|e)",
        1 => "-S(x|/)",
    ]
}

fn command_line() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![3 => option(), 2 => Just("f".to_owned()), 1 => Just("g".to_owned())];
    proptest::collection::vec(word, 0..6).prop_filter("a text for people", |words| {
        !words.iter().any(|word| "--version".starts_with(word) && word.starts_with("--ver"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    /// In an empty folder every copy fails, but mistakes on the command line come first and must be told alike.
    #[test]
    fn mistakes_are_told_as_gnu_does(
        words in command_line(),
        control in prop_oneof![4 => Just(None), 1 => Just(Some("")), 1 => Just(Some("t")), 1 => Just(Some("bad"))],
    ) {
        let Some(cp) = crate::gnu::newest().map(|folder| folder.join("cp")) else { return Ok(()) };
        let folder = tempfile::tempdir().expect("a folder for the test");
        let mut command = Command::new(cp);
        command.args(&words).current_dir(folder.path()).env("LC_ALL", "C").env("TERM", "dumb");
        command.env_remove("POSIXLY_CORRECT").env_remove("VERSION_CONTROL").stdin(Stdio::null());
        command.envs(control.map(|control| ("VERSION_CONTROL", control)));
        let output = command.output().expect("GNU runs");
        let theirs = String::from_utf8_lossy(&output.stderr);
        let args: Vec<&str> = words.iter().map(String::as_str).collect();
        match parsed(&around(control, None), &args) {
            Err(ours) => {
                prop_assert_eq!(&theirs, &ours, "{:?}", words);
                prop_assert_eq!(output.status.code(), Some(1));
            }
            // What needs a look at the file system comes later.
            Ok(options) => {
                let warned = options.warnings.len();
                let rest: Vec<&str> = theirs.lines().skip(warned).collect();
                let later = |line: &str| {
                    ["cp: cannot stat ", "cp: target ", "cp: with --parents, the destination "]
                        .iter()
                        .any(|start| line.starts_with(start))
                };
                prop_assert!(rest.first().is_none_or(|line| later(line)), "{words:?}: {theirs}");
            }
        }
    }
}

/// More on demand: `PROPTEST_CASES=5000`.
fn cases() -> u32 {
    env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60)
}

#[test]
fn completions() {
    crate::completions::check::<Cli>();
}
