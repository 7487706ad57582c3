//! The documents of the repository, held to what they say: their links lead somewhere, the code they name is where
//! they say it is, and what they show of a terminal is what a terminal shows.
//!
//! ```sh
//! RINGUTILS_TEST_PAGE=docs/guide/09 cargo test --test suite documents     # one page: names that begin like this
//! ```
//!
//! What is between three backticks and `console` is run; [`console`] says how it is written. Links are described in
//! [`links`]. None of this depends on the engine, so pages are only run where the suite is not told which one to use.
//!
//! Once: what pages show is shown with the engine that fits.

mod compatibility;
mod console;
mod guide;
mod links;
mod markdown;
mod pages;
mod session;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use markdown::Page;

/// The repository that is looked at: the one whose tests these are, unless cargo, or somebody in its place, names
/// another one.
fn root() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// All Markdown of the repository, by name.
fn all_pages() -> Vec<Page> {
    let mut names = Vec::new();
    collect(&root(), Path::new(""), &mut names);
    names.sort();
    assert!(names.iter().any(|name| name == "README.md"), "no README.md among {names:?}");
    names.iter().map(|name| Page::read(&root(), name)).collect()
}

/// Adds the names, below `folder`, of all Markdown that is not made by a build or for a trial.
fn collect(root: &Path, folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(root.join(folder)).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = folder.join(entry.file_name());
        let name = path.to_str().expect("a name in UTF-8");
        let made = ["target", "lab", "benches/data", "fuzz/target"].contains(&name);
        if entry.file_name().as_encoded_bytes().starts_with(b".") || made {
            continue;
        }
        if entry.file_type().expect("a kind").is_dir() {
            collect(root, &path, names);
        } else if Path::new(name).extension().is_some_and(|extension| extension == "md") {
            names.push(name.to_owned());
        }
    }
}
