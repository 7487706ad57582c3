//! As much of Markdown as our pages use: fenced blocks, headings, links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A page, known by its name relative to the root of the repository.
pub struct Page {
    pub name: String,
    text: String,
}

/// What stands between two fences.
pub struct Block<'a> {
    /// What follows the first fence.
    pub info: &'a str,
    /// The number of its first line, which is the one below that fence.
    pub line: usize,
    pub lines: Vec<&'a str>,
}

/// `[text](target)`, in one of its forms.
#[derive(Debug, PartialEq, Eq)]
pub struct Link {
    pub line: usize,
    pub text: String,
    pub target: String,
}

impl Page {
    pub fn read(root: &Path, name: &str) -> Self {
        let text = fs::read_to_string(root.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        Page::of(name, &text)
    }

    pub fn of(name: &str, text: &str) -> Self {
        Page { name: name.to_owned(), text: text.to_owned() }
    }

    /// The fenced blocks, and everything else with blank lines in their place.
    fn split(&self) -> (Vec<Block<'_>>, String) {
        let mut blocks: Vec<Block> = Vec::new();
        let mut prose = String::new();
        // Of the block that is open: its indentation, and how long its fence is.
        let mut open: Option<(usize, usize)> = None;
        for (index, line) in self.text.lines().enumerate() {
            let content = line.trim_start();
            let ticks = content.len() - content.trim_start_matches('`').len();
            let behind = content[ticks..].trim();
            match (open, blocks.last_mut()) {
                (Some((_, fence)), _) if ticks >= fence && behind.is_empty() => open = None,
                (Some((indentation, _)), Some(block)) => {
                    let blanks = (line.len() - content.len()).min(indentation);
                    block.lines.push(&line[blanks..]);
                }
                _ if ticks >= 3 && !behind.contains('`') => {
                    open = Some((line.len() - content.len(), ticks));
                    blocks.push(Block { info: behind, line: index + 2, lines: Vec::new() });
                }
                _ => prose += line,
            }
            prose.push('\n');
        }
        if let (Some(_), Some(block)) = (open, blocks.last()) {
            panic!("{}:{}: the fence is never closed", self.name, block.line - 1);
        }
        (blocks, prose)
    }

    pub fn blocks(&self) -> Vec<Block<'_>> {
        self.split().0
    }

    /// What is not in blocks.
    pub fn prose(&self) -> String {
        self.split().1
    }

    /// What `#…` may be in a link to this page: GitHub's names of its headings, and anchors.
    pub fn fragments(&self) -> BTreeSet<String> {
        let prose = self.prose();
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        let mut fragments: BTreeSet<String> =
            ["id", "name"].iter().flat_map(|name| attributes(&prose, name)).map(str::to_owned).collect();
        for line in prose.lines() {
            let heading = line.trim_start_matches('#');
            if !(1..=6).contains(&(line.len() - heading.len())) || !heading.starts_with(' ') {
                continue;
            }
            let slug = slug(heading);
            let before = times.entry(slug.clone()).or_default();
            fragments.insert(if *before == 0 { slug } else { format!("{slug}-{before}") });
            *before += 1;
        }
        fragments
    }

    /// All links and pictures. One whose reference is not defined has an empty target.
    pub fn links(&self) -> Vec<Link> {
        let prose = self.prose();
        let references = references(&prose);
        let bytes = prose.as_bytes();
        let mut links = Vec::new();
        let mut brackets = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let mut add = |text: &str, target: String| {
                let line = 1 + prose[..at].matches('\n').count();
                links.push(Link { line, text: text.to_owned(), target });
            };
            let rest = &prose[at..];
            let mut step = 1;
            match bytes[at] {
                b'\\' => step = 2,
                b'`' => step = code_span(rest).1,
                b'\n' if rest.starts_with("\n\n") => brackets.clear(),
                b'[' => brackets.push(at + 1),
                b']' => {
                    if let Some(start) = brackets.pop() {
                        let text = &prose[start..at];
                        match (bytes.get(at + 1), behind(&rest[1..])) {
                            (Some(b'('), Some(target)) => add(text, destination(target)),
                            (Some(b'['), Some(label)) => {
                                let label = if label.is_empty() { text } else { label }.to_lowercase();
                                add(text, references.get(&label).cloned().unwrap_or_default());
                            }
                            _ => {}
                        }
                    }
                }
                b'<' => {
                    let tag = &rest[..rest.find('>').unwrap_or(0)];
                    for name in ["src", "href", "srcset"] {
                        for target in attributes(tag, name) {
                            add("", target.to_owned());
                        }
                    }
                }
                _ => {}
            }
            at += step;
            while !prose.is_char_boundary(at.min(prose.len())) {
                at += 1;
            }
        }
        links.extend(references.into_values().map(|target| Link { line: 0, text: String::new(), target }));
        links
    }
}

/// A code span at the start of `text`: what is in it, and its length. Without an end it is only backticks.
fn code_span(text: &str) -> (&str, usize) {
    let ticks = text.len() - text.trim_start_matches('`').len();
    let paragraph = text.find("\n\n").unwrap_or(text.len());
    let mut at = ticks;
    while let Some(found) = text[at..paragraph].find('`') {
        let run = text[at + found..].len() - text[at + found..].trim_start_matches('`').len();
        if run == ticks {
            return (&text[ticks..at + found], at + found + run);
        }
        at += found + run;
    }
    ("", ticks)
}

/// The code spans in `text`.
pub fn code_spans(text: &str) -> Vec<&str> {
    let mut spans = Vec::new();
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let (span, length) = code_span(&text[at + found..]);
        at += found + length;
        spans.push(span);
    }
    spans
}

/// What is in the brackets at the start of `text`, whichever kind they are.
fn behind(text: &str) -> Option<&str> {
    let (open, close) = if text.starts_with('(') { ('(', ')') } else { ('[', ']') };
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
        }
        if depth == 0 {
            return text.get(1..at);
        }
    }
    None
}

/// Without a title, and without the angles that may be around it.
fn destination(target: &str) -> String {
    target.split_whitespace().next().unwrap_or_default().trim_matches(['<', '>']).to_owned()
}

/// `[label]: target` at the start of a line.
fn references(prose: &str) -> BTreeMap<String, String> {
    let definition = |line: &str| {
        let (label, target) = line.strip_prefix('[')?.split_once("]: ")?;
        Some((label.to_lowercase(), destination(target)))
    };
    prose.lines().filter_map(definition).collect()
}

/// The values of the attributes called `name`, in HTML.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// What GitHub makes of a heading: letters and digits in lower case, blanks become hyphens, the rest goes.
fn slug(heading: &str) -> String {
    let mut text = heading.trim().trim_end_matches('#').trim_end().to_owned();
    while let Some(middle) = text.find("](") {
        let end = text[middle..].find(')').map_or(text.len(), |end| middle + end + 1);
        text.replace_range(middle..end, "");
    }
    let kept = |c: char| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        _ => Some(c).filter(|c| c.is_alphanumeric()),
    };
    text.to_lowercase().chars().filter_map(kept).collect()
}

fn targets(text: &str) -> Vec<String> {
    Page::of("p", text).links().into_iter().map(|link| link.target).collect()
}

#[test]
fn blocks_are_what_is_fenced() {
    let page =
        Page::of("p", "a\n```console root\n$ x\n\ny\n```\n- b\n\n  ````text\n  ```\n   z\n  ````\nc\n");
    let found: Vec<_> = page.blocks().into_iter().map(|b| (b.info, b.line, b.lines)).collect();
    let first = ("console root", 3, vec!["$ x", "", "y"]);
    let second = ("text", 10, vec!["```", " z"]);
    assert_eq!(found, [first, second]);
    assert_eq!(page.split().1, "a\n\n\n\n\n\n- b\n\n\n\n\n\nc\n", "lines keep their numbers");
}

#[test]
#[should_panic(expected = "p:2: the fence is never closed")]
fn open_fences_are_noticed() {
    Page::of("p", "a\n```\nb\n").blocks();
}

#[test]
fn all_forms_of_links() {
    assert_eq!(targets("see [a](b.md) and [c `]` d](e#f \"title\"), ![g](h.svg)"), ["b.md", "e#f", "h.svg"]);
    assert_eq!(targets("[![a](b.svg)](c.md)"), ["b.svg", "c.md"]);
    assert_eq!(targets("[over\ntwo lines](a.md) [(1)](b(1).md)"), ["a.md", "b(1).md"]);
    assert_eq!(targets("<a href=\"a.md\"><img alt=\"…\" src=\"b.svg\"></a>"), ["a.md", "b.svg"]);
    assert_eq!(targets("[a][B], [c][]\n\n[b]: d.md\n[c]: e.md"), ["d.md", "e.md", "d.md", "e.md"]);
    assert_eq!(targets("[a][nowhere]"), [""]);
}

#[test]
fn what_is_no_link() {
    let texts =
        ["`[a](b)`", "``x ` [a](b)``", "\\[a](b)", "[a] (b)", "a[1]", "```\n[a](b)\n```", "[a\n\n](b)"];
    for text in texts {
        assert_eq!(targets(text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(targets("a ` b [c](d)"), ["d"], "one backtick begins nothing");
}

#[test]
fn links_know_where_they_are() {
    let link = Link { line: 3, text: "`A::b`".into(), target: "c.rs".into() };
    assert_eq!(Page::of("p", "…\n\n— [`A::b`](c.rs)").links(), [link]);
    assert_eq!(code_spans("`a` and ``b`c`` `"), ["a", "b`c", ""]);
}

#[test]
fn headings_are_named_as_by_github() {
    let text =
        "# A b\n## `u--x`: *what*, why?\n## A b\n## [Link](a.md)s ##\n#no\n```\n# code\n```\n<a id=\"here\">";
    let fragments: Vec<_> = Page::of("p", text).fragments().into_iter().collect();
    assert_eq!(fragments, ["a-b", "a-b-1", "here", "links", "u--x-what-why"]);
}
