//! `-E`: what can't be read is zeros in the output, and told. A process's memory is a file with bad places wherever one
//! wants them.

use crate::harness::sys::BadPages;
use crate::harness::{Ended, Run, Scene, skip};

const PAGE: usize = 4096;

/// Memory in which the pages marked with `x` can't be read, and its name.
struct Memory {
    t: Scene,
    pages: BadPages,
    name: String,
    plan: String,
}

impl Memory {
    fn new(plan: &str) -> Option<Self> {
        let t = Scene::new();
        let good: Vec<bool> = plan.bytes().map(|byte| byte != b'x').collect();
        let pages = BadPages::new(&t.path("pages"), &good);
        let name = format!("/proc/{}/mem", std::process::id());
        let memory = Memory { t, pages, name, plan: plan.into() };
        // Others' memory is not always to be had, though it is ours.
        let can = memory.run(&["-c1"]).go().status.success() || plan.starts_with('x');
        if !can {
            skip("the memory of another process can't be read here");
        }
        can.then_some(memory)
    }

    fn run(&self, words: &[&str]) -> Run {
        let place = format!("--skip={}", self.pages.address());
        self.t.usplice(words).args(&[&place, &self.name])
    }

    /// What is to come out of it.
    fn expected(&self) -> Vec<u8> {
        let page = |(i, byte)| if byte == b'x' { vec![0; PAGE] } else { BadPages::content(i) };
        self.plan.bytes().enumerate().flat_map(page).collect()
    }

    /// The line for these pages.
    fn told(&self, first: usize, end: usize) -> String {
        let start = self.pages.address() + (first * PAGE) as u64;
        let last = self.pages.address() + (end * PAGE) as u64 - 1;
        let name = &self.name;
        format!("usplice: {name}: bytes {start}-{last}: Input/output error; zeros written instead\n")
    }
}

/// Where the bad pages are, as runs of pages.
fn runs(plan: &str) -> Vec<(usize, usize)> {
    let bytes = plan.as_bytes();
    let bad = |i: usize| bytes.get(i) == Some(&b'x');
    let starts = (0..bytes.len()).filter(|&i| bad(i) && (i == 0 || !bad(i - 1)));
    starts.map(|start| (start, (start..bytes.len()).find(|&i| !bad(i)).unwrap_or(bytes.len()))).collect()
}

const PLANS: [&str; 9] = [
    "..x..",
    ".x.x.x.",
    "..xxx..",
    "....x",
    "..xx",
    "x...",
    "xxxx",
    "................x",
    ".x................xx...x",
];

#[test]
fn zeros_where_it_can_not_be_read() {
    for plan in PLANS {
        let Some(memory) = Memory::new(plan) else { return };
        let told: String = runs(plan).into_iter().map(|(first, end)| memory.told(first, end)).collect();
        let count = format!("-c{}", plan.len() * PAGE);
        for words in [&["-E", &count][..], &["-E", "-b", "512", &count], &["--skip-errors", "-b64K", &count]]
        {
            let run = memory.run(words);
            run.clone().go().stdout_is(memory.expected()).stderr_is(&told).code(1);
            run.clone().arg("out").go().stderr_is(&told).code(1);
            memory.t.holds("out", memory.expected());
            run.args(&["out", "two"]).go().stderr_is(&told).code(1);
            memory.t.holds("out", memory.expected()).holds("two", memory.expected());
        }
        let run = memory.run(&["-E", "--sparse", &count]).arg("out");
        run.go().stderr_is(&told).code(1);
        memory.t.holds("out", memory.expected());
    }
}

/// Pieces that begin and end within pages.
#[test]
fn parts_of_bad_pages() {
    let Some(memory) = Memory::new("..xx..") else { return };
    let expected = memory.expected();
    let start = memory.pages.address();
    for (skip, count) in
        [(100, 5 * PAGE), (PAGE, PAGE + 1), (2 * PAGE + 1, 2 * PAGE - 2), (3 * PAGE + 100, 2 * PAGE)]
    {
        let words = [format!("--skip={}", start + skip as u64), format!("--count={count}")];
        let run = memory.t.usplice(&["-E", &memory.name]).args(&words);
        let ended: Ended = run.go().stdout_is(&expected[skip..skip + count]).code(1);
        let first = start + skip.max(2 * PAGE) as u64;
        let last = start + (skip + count).min(4 * PAGE) as u64 - 1;
        let range = format!("bytes {first}-{last}: Input/output error; zeros written instead\n");
        ended.stderr_is(format!("usplice: {}: {range}", memory.name));
    }
}

/// Without `-E` it is the end, with what was read before.
#[test]
fn without_it_it_is_the_end() {
    for (plan, good) in [("..x..", 2), ("x..", 0), ("................x", 16)] {
        let Some(memory) = Memory::new(plan) else { return };
        let count = format!("-c{}", plan.len() * PAGE);
        let told = format!("usplice: {}: Input/output error\n", memory.name);
        let expected = &memory.expected()[..good * PAGE];
        memory.run(&[&count]).go().stdout_is(expected).stderr_is(&told).code(1);
        memory.run(&[&count, "--sparse"]).arg("out").go().stderr_is(&told).code(1);
        memory.t.holds("out", expected);
        memory.run(&[&count]).args(&["one", "two"]).go().stderr_is(&told).code(1);
        memory.t.holds("one", expected).holds("two", expected);
    }
}

/// With nothing wrong it makes no difference.
#[test]
fn good_inputs() {
    let t = Scene::new();
    let content = super::stage::text(300_001);
    t.file("in", &content);
    for words in
        [&["-E", "in"][..], &["-E", "-"], &["-E", "-c300001", "-"], &["-E", "--exact", "-s300001", "in"]]
    {
        t.usplice(words).redirect("<in").go().stdout_is(&content).fine();
        t.usplice(words).stdin(content.clone()).go().stdout_is(&content).fine();
        t.usplice(words).arg("out").redirect("<in").go().fine();
        t.holds("out", &content);
    }
}

/// Errors that are none of bad blocks are the end, also with `-E`.
#[test]
fn what_is_not_a_bad_block() {
    let t = Scene::new();
    t.file("old", "old");
    t.usplice(&["-E", "gone", "old"]).go().stderr_is("usplice: gone: No such file or directory\n").code(1);
    t.holds("old", "old");
}
