//! Where links lead. A relative one leads to a file of the repository, `#…` to a heading of it. One from code to a source
//! file, as [`` `Ring::run` ``](src/…/ring.rs), leads to where that is defined: whoever moves it has to mend the page.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::markdown::{Link, Page, code_spans};
use super::pages::is_wanted;
use super::{all_pages, root};

/// What makes a name known, in front of it.
const KEYWORDS: [&str; 10] =
    ["fn", "struct", "enum", "union", "trait", "const", "static", "mod", "type", "macro_rules"];

/// What is wrong with the links of `page`.
fn wrong_links(page: &Page, others: &BTreeMap<String, &Page>, root: &Path) -> Vec<String> {
    let complaint = |link: &Link| {
        let why = wrong(page, link, others, root).err()?;
        Some(format!("{}:{}: [{}]({}): {why}", page.name, link.line, link.text, link.target))
    };
    page.links().iter().filter_map(complaint).collect()
}

fn wrong(page: &Page, link: &Link, others: &BTreeMap<String, &Page>, root: &Path) -> Result<(), String> {
    let target = link.target.as_str();
    if target.is_empty() {
        return Err("leads nowhere".into());
    }
    if target.contains("://") || target.starts_with("mailto:") {
        return Ok(());
    }
    let (path, fragment) = target.split_once('#').map_or((target, None), |(path, name)| (path, Some(name)));
    let path = if path.is_empty() { page.name.clone() } else { resolve(&page.name, path)? };
    if !root.join(&path).exists() {
        return Err(format!("there is no {path}"));
    }
    if let Some(fragment) = fragment {
        let other = others.get(&path).ok_or("only pages have headings, and line numbers do not last")?;
        if !other.fragments().contains(fragment) {
            return Err(format!("{path} has no heading that is #{fragment}"));
        }
    }
    if Path::new(&path).extension().is_some_and(|extension| extension == "rs") {
        let source = fs::read_to_string(root.join(&path)).map_err(|e| format!("{path}: {e}"))?;
        for code in code_spans(&link.text) {
            defined(code, &path, &source)?;
        }
    }
    Ok(())
}

/// The name, from the root, of what `path` is to the page called `name`.
fn resolve(name: &str, path: &str) -> Result<String, String> {
    let mut resolved: PathBuf = Path::new(name).parent().map(Path::to_path_buf).unwrap_or_default();
    for component in Path::new(&path.replace("%20", " ")).components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => resolved.push(part),
            Component::ParentDir if resolved.pop() => {}
            _ => return Err("leads out of the repository".into()),
        }
    }
    Ok(resolved.to_string_lossy().into_owned())
}

/// Whether `code` is known where it is said to be: the file by its name, or what has the last name of a path in it.
fn defined(code: &str, path: &str, source: &str) -> Result<(), String> {
    if code.contains('/') || Path::new(code).extension().is_some_and(|extension| extension == "rs") {
        let is_it = Path::new(path).ends_with(code);
        return if is_it { Ok(()) } else { Err(format!("{path} is not {code}")) };
    }
    let code = code.split(['(', '<', '!']).next().unwrap_or_default();
    let is_name = |name: &str| name.split(|c| !is_letter(c)).count() == 1 && !name.is_empty();
    let names: Vec<&str> = code.split("::").collect();
    if !names.iter().all(|name| is_name(name)) {
        return Ok(());
    }
    let (last, owner) = (names[names.len() - 1], names.iter().rev().nth(1).copied());
    let owner = owner.filter(|owner| owner.starts_with(char::is_uppercase));
    let file = Path::new(path);
    let module =
        if file.ends_with("mod.rs") { file.parent().and_then(Path::file_name) } else { file.file_stem() };
    let lines = || source.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    if let Some(owner) = owner
        && !lines().any(|line| words(line).any(|word| word == owner))
    {
        return Err(format!("{path} knows no {owner}"));
    }
    let is_known = module.is_some_and(|module| module == last)
        || lines().any(|line| introduces(line, last))
        || owner.is_some() && lines().any(|line| is_member(line, last));
    if is_known { Ok(()) } else { Err(format!("{path} does not define {last}")) }
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c| !is_letter(c)).filter(|word| !word.is_empty())
}

fn introduces(line: &str, name: &str) -> bool {
    words(line).zip(words(line).skip(1)).any(|(first, second)| KEYWORDS.contains(&first) && second == name)
}

/// A variant of an enum (`Name,` or `Name {` or `Name(`), or a field (`name:`).
fn is_member(line: &str, name: &str) -> bool {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub(super) ")).unwrap_or(line);
    let Some(rest) = line.strip_prefix(name) else { return false };
    if name.starts_with(char::is_uppercase) {
        rest.is_empty() || rest.starts_with([',', '(']) || rest.starts_with(" {") || rest.starts_with(" =")
    } else {
        rest.starts_with(": ")
    }
}

#[test]
fn links_lead_somewhere() {
    let pages = all_pages();
    let others = pages.iter().map(|page| (page.name.clone(), page)).collect();
    let wanted = pages.iter().filter(|page| is_wanted(&page.name));
    let wrong: Vec<_> = wanted.flat_map(|page| wrong_links(page, &others, &root())).collect();
    assert!(wrong.is_empty(), "{} links are wrong:\n{}", wrong.len(), wrong.join("\n"));
    // README.md alone has more: were there fewer, they would not have been found.
    let count: usize = pages.iter().map(|page| page.links().len()).sum();
    assert!(count > 8, "only {count} links");
}

#[test]
fn wrong_links_are_noticed() {
    let scene = crate::harness::Scene::new();
    scene.folder("docs").file("docs/b.md", "# One\n").file("c.rs", "/// fn no\npub(super) fn yes() {}\n");
    let text = "[](docs/b.md) [](docs/b.md#one) [`yes`](c.rs) [](#top) [](https://a/b)\n# Top";
    let a = Page::of("a.md", text);
    let b = Page::of("docs/b.md", "# One\n[](../a.md#top) [](.) [](b.md) [](#one)");
    let others = BTreeMap::from([("a.md".to_owned(), &a), ("docs/b.md".to_owned(), &b)]);
    let complaints = |page: &Page| wrong_links(page, &others, scene.dir());
    scene.file("a.md", "");
    assert_eq!((complaints(&a), complaints(&b)), (vec![], vec![]));

    let wrong = [
        ("[](gone.md)", "there is no gone.md"),
        ("[](docs/b.md#two)", "docs/b.md has no heading that is #two"),
        ("[](#two)", "a.md has no heading that is #two"),
        ("[](../a.md)", "leads out of the repository"),
        ("[](/a.md)", "leads out of the repository"),
        ("[](c.rs#L1)", "only pages have headings, and line numbers do not last"),
        ("[`no`](c.rs)", "c.rs does not define no"),
        ("[a][b]", "leads nowhere"),
    ];
    for (text, why) in wrong {
        let found = complaints(&Page::of("a.md", text));
        assert!(found.len() == 1 && found[0].ends_with(&format!(": {why}")), "{text}: {found:?}");
    }
}

#[test]
fn definitions() {
    let source = "pub struct Uring {\n    pub depth: u32,\n}\nimpl Uring {\n    pub fn queue(&mut self) {}\n}\n\
                  enum Way {\n    Fast,\n    Slow(u8),\n}\nconst fn size() {}\nmacro_rules! made { }\n\
                  pub(crate) const MANY: u32 = 1;\n// fn gone()\nlet other = called();\n";
    let known = |code| defined(code, "src/ring/uring.rs", source);
    let right = [
        "Uring",
        "Uring::queue",
        "queue",
        "Uring::queue()",
        "Uring::depth",
        "Way::Fast",
        "Way::Slow",
        "size",
        "made!",
        "MANY",
        "ring::uring",
        "uring",
        "uring.rs",
        "ring/uring.rs",
        "src/ring/uring.rs",
        "--ring-trace",
        "Way<T>",
    ];
    for code in right {
        assert_eq!(known(code), Ok(()), "{code}");
    }
    let wrong = [
        "Ring",
        "Uring::gone",
        "gone",
        "depth",
        "Fast",
        "other",
        "called",
        "Engine::queue",
        "Way::Sl",
        "que",
        "ring.rs",
    ];
    for code in wrong {
        assert!(known(code).is_err(), "{code}");
    }
    assert_eq!(defined("ring", "src/ring/mod.rs", ""), Ok(()));
}
