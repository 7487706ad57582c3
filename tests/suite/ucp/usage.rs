//! Options, their arguments, and what is said of those that are wrong.
//!
//! Once: what is meant is settled before an engine is there.

use crate::harness::Scene;
use crate::harness::twins::case;

const SETUP: &str = "f a; f b; d d; d e; f d/f";

#[test]
fn options_that_do_not_exist() {
    let t = case(SETUP).only_as_we_are();
    t.each(&[
        "-Q a b",
        "-vQ a b",
        "--foo a b",
        "--foo=bar a b",
        "--verbose=1 a b",
        "--recursiv=x a b",
        "-t",
        "a b -t",
        "--target-directory",
        "--suffix",
        "-S",
        "--no-preserve a b",
        "--no-preserve",
        "--sparse a b",
        "--sparse",
        "--%C3 a b",
        "-%C3%A9 a b",
        "--rec=1",
        "--archive=x a b",
        "--debug=x a b",
        "-aQ",
        "--help=x",
        "--version=x",
        "-bx -Q a b",
        "--no-clobber=1 a b",
    ]);
}

/// Prefixes under which nothing of ours stands.
#[test]
fn abbreviations() {
    let t = case(SETUP).only_as_we_are();
    t.each(&[
        "--arch a e",
        "--verb a e",
        "--rec d e",
        "--pa a e",
        "--par a e",
        "--path a e",
        "--parents a e",
        "--li a e",
        "--no-c a b",
        "--no-d a e",
        "--no-t a e",
        "--no a b",
        "--re a b",
        "--rem a b",
        "--s a b",
        "--su=x -v a b",
        "--sy a c",
        "--st a e",
        "--no-p=mode a e",
        "--pres=mode a e",
        "--upd a b",
        "--up=none a b",
        "--deb a e",
        "--i a e",
        "--fo a b",
        "--one a e",
        "--keep-d -r d e",
        "--b a b",
        "--ba=t a b",
        "--co a e",
        "--copy a e",
        "--con a e",
        "--d a b",
        "--tar=e a",
        "--attr a b",
        "--ref=never a b",
        "--refl=never a b",
        "--h=x",
        "--v=1",
    ]);
}

#[test]
fn keywords() {
    let t = case(SETUP).only_as_we_are();
    for option in ["sparse", "reflink", "update", "backup"] {
        for word in [
            "", "a", "al", "n", "no", "non", "none", "zz", "auto", "never", "older", "o", "x y", "ALL",
            "alll",
        ] {
            let word = word.replace(' ', "%20");
            t.each(&[&format!("--{option}={word} -v a b")]);
        }
    }
    t.each(&[
        "--backup=t a b",
        "--backup=off a b",
        "--backup=simple a b",
        "--backup=s a b",
        "--backup=ni a b",
        "--backup=numbered a b",
        "--backup=e a b",
        "--backup=nev a b",
        "--update=none-fail a b",
        "--update=none-f a b",
        "--reflink=auto a b",
        "--sparse=always a b",
    ]);
    let utf8 = case(SETUP).only_as_we_are().env("LC_ALL", "C.UTF-8");
    utf8.each(&[
        "--sparse=a a b",
        "--sparse=%C3%A9' a b",
        "--update=%FF a b",
        "--preserve=zz a b",
        "--backup=' a b",
    ]);
}

#[test]
fn lists_of_attributes() {
    let t = case("f a m=751; f b m=600; d d; h ah a");
    t.each(&[
        "--preserve= a b",
        "--preserve=, a b",
        "--preserve=mode, a b",
        "--preserve=,mode a b",
        "--preserve=mode,,links a b",
        "--preserve=m a b",
        "--preserve=mode,zz a b",
        "--preserve=a a b",
        "--preserve=all a b",
        "--preserve=o,t,m a new",
        "--preserve=l a ah d",
        "--preserve=x a b",
        "--preserve=c a b",
        "--preserve=context a b",
        "--preserve a new",
        "--no-preserve= a b",
        "--no-preserve=mode a new",
        "--no-preserve=all a new",
        "--no-preserve=zz a b",
        "--no-preserve=context a new",
        "-a --no-preserve=mode a new",
        "-a --no-preserve=links a ah d",
        "-a --no-preserve=ownership,timestamps a new",
        "--no-preserve=mode -p a new",
        "-p --no-preserve=mode a new",
        "--preserve=mode,timestamps --no-preserve=timestamps a new",
        "--no-preserve=all -a a new",
        "--no-preserve=mode --preserve=timestamps a new",
        "--preserve=MODE a b",
        "--preserve=mode%20 a b",
        "--no-preserve=xattr -a a new",
        "-d --no-preserve=links a ah d",
        "--no-preserve=links -d a ah d",
    ]);
}

#[test]
fn options_that_exclude_each_other() {
    let t = case(SETUP).only_as_we_are();
    t.each(&[
        "-l -s a new",
        "-ls",
        "-ls a",
        "-lsT a new",
        "-b -n a b",
        "-n -b a b",
        "--backup=none -n a b",
        "-S x -n a b",
        "-b --update=none a b",
        "-b --update=none-fail a b",
        "-b --update=older a b",
        "-b --update=all a b",
        "-b -n -i a b",
        "-b -i -n a b",
        "--backup=zz -n a b",
        "-b -n -l -s a b",
        "-n --update=all a b",
        "--update=all -n a b",
        "-n -u a b",
        "-u -n a b",
        "-n -f a b",
        "-f -n a b",
        "-n --update=none-fail a b",
        "--reflink --sparse=always a new",
        "--reflink=always --sparse=never a new",
        "--reflink=always --sparse=auto a b c",
        "--reflink=always --sparse=always -l -s a b",
        "--reflink=never --sparse=always a new",
        "--sparse=never --reflink=auto a new",
        "--sparse=always --reflink=always -b -n a new",
        "--backup=zz --reflink=always --sparse=never a b",
        "-l -s --backup=zz a b",
        "-t d -t e a",
        "-t d -T",
        "-T -t d --backup=zz a",
        "--context=x -Z a new",
        "--backup=zz",
        "-b -n",
        "--reflink --attributes-only a new",
        "--update=none --update=all a b",
        "--update=older -u a b",
        "--update=none-fail --update a b",
    ]);
}

#[test]
fn selinux_on_a_kernel_without() {
    let t = case(SETUP).only_as_we_are();
    t.each(&[
        "-Z a new",
        "--context a new",
        "--context=x a new",
        "--context= a new",
        "--context=a%FFb a new",
        "-Zv a new",
        "--preserve=context a new",
        "--preserve=all a new",
        "-a a new",
        "-aZ a new",
        "-Z --preserve=context a new",
        "--context=x --preserve=context a new",
        "--preserve=context",
        "--context=x",
        "--no-preserve=context -a a new",
        "--context=x -Z --context=y a new",
        "--preserve=context --no-preserve=context a new",
        "-Zx a new",
    ]);
    if std::path::Path::new("/sys/fs/selinux/enforce").exists() {
        return;
    }
    let warning = "cp: warning: ignoring --context; it requires an SELinux-enabled kernel\n";
    t.cp("--context=x a new").stderr_is(warning).code(0);
    t.cp("--preserve=context a new")
        .fails("cannot preserve security context without an SELinux-enabled kernel");
}

#[test]
fn the_name_that_it_is_called_by() {
    let t = Scene::new();
    for name in ["cp", "/opt/bin/cp", "./cp"] {
        let gone = "cp: cannot stat 'gone': No such file or directory\n";
        t.cp(&["gone", "new"]).called(name).go().stderr_is(gone).code(1);
        let missing = format!("cp: missing file operand\nTry '{name} --help' for more information.\n");
        t.cp::<&str>(&[]).called(name).go().stderr_is(missing).code(1);
    }
}

#[test]
fn help_and_version() {
    let t = Scene::new();
    for words in [&["--help"][..], &["--help", "-Q"], &["a", "--help"], &["--hel"]] {
        let ended = t.cp(words).go().fine();
        assert!(ended.stdout.starts_with(b"Usage: cp "), "{ended:?}");
    }
    for words in [&["--version"][..], &["--version", "--foo"], &["--vers"]] {
        let ended = t.cp(words).go().fine();
        let first = String::from_utf8_lossy(&ended.stdout).lines().next().unwrap_or_default().to_owned();
        assert!(first.starts_with("cp ("), "{first}");
    }
    t.cp(&["--help"]).redirect(">/dev/full").go().stderr_has("cp: write error").code(1);
    t.cp(&["--version"]).redirect(">&-").go().stderr_has("cp: write error").code(1);
}
