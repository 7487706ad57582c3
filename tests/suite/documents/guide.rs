//! The guide: its chapters are run where there is io_uring, which they are about, in four tests side by side.

use std::fs;
use std::path::Path;

use super::console::Blocks;
use super::markdown::Page;
use super::{pages, root};
use crate::harness::has_io_uring;

const FOLDER: &str = "docs/guide";

/// The names of all chapters, in their order.
fn chapters() -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(FOLDER)) else { return Vec::new() };
    let names = entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"));
    let is_page = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "md");
    let is_chapter = |name: &String| is_page(name) && name != "README.md";
    let mut names: Vec<String> = names.filter(is_chapter).map(|name| format!("{FOLDER}/{name}")).collect();
    names.sort();
    names
}

/// Runs every fourth chapter.
#[track_caller]
fn run_from(first: usize) {
    if pages::are_run() && has_io_uring() {
        let mine: Vec<String> = chapters().into_iter().skip(first).step_by(4).collect();
        pages::run(&mine, Blocks::All);
    }
}

#[test]
fn chapters_1_5_9() {
    run_from(0);
}

#[test]
fn chapters_2_6_10() {
    run_from(1);
}

#[test]
fn chapters_3_7_11() {
    run_from(2);
}

#[test]
fn chapters_4_8_12() {
    run_from(3);
}

/// Each chapter has a number of its own, and none is left out, neither here nor in the index.
#[test]
fn index_has_all_chapters() {
    if !root().join(FOLDER).exists() {
        return crate::harness::skip("there is no guide yet");
    }
    let chapters = chapters();
    assert!(!chapters.is_empty(), "{FOLDER} has no chapters");
    for (index, chapter) in chapters.iter().enumerate() {
        let start = format!("{FOLDER}/{:02}-", index + 1);
        assert!(chapter.starts_with(&start), "{chapter} should begin with {start}");
    }
    let links = Page::read(&root(), &format!("{FOLDER}/README.md")).links();
    let listed: Vec<String> = links.iter().map(|link| format!("{FOLDER}/{}", link.target)).collect();
    let missing: Vec<_> = chapters.iter().filter(|chapter| !listed.contains(chapter)).collect();
    assert!(missing.is_empty(), "not in {FOLDER}/README.md: {missing:?}");
}
