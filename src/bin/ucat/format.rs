//! The formatting options, on whole blocks.
//!
//! Line ends are found by SIMD search, and what lies between them is copied in pieces; only `-v` looks at each byte,
//! through a table. The state between blocks, and between files, is a few words ([`Formatter`]); it can be advanced
//! over a block without formatting it ([`Formatter::skip`]), so that several blocks can be formatted at once.
#![allow(
    clippy::inline_always,
    reason = "measured: the loop over lines is all there is, and calls double its time"
)]

use memchr::{memchr_iter, memmem};
use ringutils::io::lines;

use crate::args::{Numbered, Style};
use crate::counter::Counter;
use crate::out::{Out, SHORT, put};
use crate::shown::{SHOWN, SHOWN_TABS, show};

/// What is carried from one block to the next.
#[derive(Clone, Copy, Debug)]
pub struct Formatter {
    style: Style,
    counter: Counter,
    at_line_start: bool,
    /// Empty lines in a row, so far.
    blanks: u64,
    /// A CR that is printed as `^M` if a line feed follows (`-E` without `-v`).
    held_cr: bool,
}

impl Formatter {
    pub const fn new(style: Style) -> Self {
        Self { style, counter: Counter::new(), at_line_start: true, blanks: 0, held_cr: false }
    }

    /// Formats a block, behind what `out` holds.
    pub fn push(&mut self, block: &[u8], out: &mut Out) {
        let Some(&first) = block.first() else { return };
        if std::mem::take(&mut self.held_cr) {
            out.extend(if first == b'\n' { b"^M" } else { b"\r" });
        }
        let Style { numbered, squeeze, nonprinting, ends, tabs } = self.style;
        if squeeze && numbered == Numbered::None && !nonprinting && !ends && !tabs {
            return self.squeeze(block, out);
        }
        let as_it_is = !(squeeze || nonprinting || ends || tabs);
        let start = match numbered {
            Numbered::All if as_it_is => self.numbered::<true>(block, out),
            Numbered::Nonblank if as_it_is => self.numbered::<false>(block, out),
            _ if nonprinting || tabs => self.lines::<true>(block, out),
            _ => self.lines::<false>(block, out),
        };
        self.unfinished(&block[start..], out);
    }

    /// As [`Formatter::lines`], for lines that get a number and are otherwise left as they are: `-n` and `-b` are used
    /// more than all else, and nearly twice as fast with what a line needs kept at hand, and room made for many lines
    /// at once. `BLANK`: empty lines count.
    fn numbered<const BLANK: bool>(&mut self, block: &[u8], out: &mut Out) -> usize {
        let (mut start, mut counter) = (0, self.counter);
        let mut at_line_start = self.at_line_start;
        lines::listed(block, |base, ends| {
            let Some(&last) = ends.last() else { return };
            let bytes = base + usize::from(last) + 1 - start;
            let room = out.room(bytes + ends.len() * Counter::MOST + SHORT);
            let mut at = 0;
            for &end in ends {
                let end = base + usize::from(end) + 1;
                if at_line_start && (BLANK || end - start > 1) {
                    counter.increment();
                    at += counter.put(&mut room[at..]);
                }
                at_line_start = true;
                at += put(block, start, end, &mut room[at..]);
                start = end;
            }
            out.advance(at);
        });
        (self.counter, self.at_line_start) = (counter, at_line_start);
        start
    }

    /// All lines that end in the block; what follows them starts where it says. `CHANGED`: single bytes may be shown
    /// in another way.
    fn lines<const CHANGED: bool>(&mut self, block: &[u8], out: &mut Out) -> usize {
        let mut start = 0;
        lines::each(block, |end| {
            self.line::<CHANGED>(block, start, end, out);
            start = end + 1;
        });
        start
    }

    /// A line whose line feed was found, at `end`.
    #[inline(always)]
    fn line<const CHANGED: bool>(&mut self, block: &[u8], start: usize, end: usize, out: &mut Out) {
        let Style { numbered, squeeze, nonprinting, ends, .. } = self.style;
        if start == end && self.at_line_start {
            self.blanks += 1;
            if squeeze && self.blanks > 1 {
                return;
            }
            if numbered == Numbered::All {
                self.number(out);
            }
        } else {
            self.begin(out);
            if !CHANGED && !ends {
                out.span(block, start, end + 1);
                self.at_line_start = true;
                return;
            }
            let held = ends && !nonprinting && end > start && block[end - 1] == b'\r';
            let text_end = end - usize::from(held);
            if CHANGED {
                self.text(block, start, text_end, out);
            } else {
                out.span(block, start, text_end);
            }
            if held {
                out.extend(b"^M");
            }
        }
        out.extend(if ends { b"$\n" } else { b"\n" });
        self.at_line_start = true;
    }

    /// What follows the last line feed.
    fn unfinished(&mut self, line: &[u8], out: &mut Out) {
        if line.is_empty() {
            return;
        }
        self.begin(out);
        self.at_line_start = false;
        match line.split_last() {
            Some((b'\r', text)) if self.style.ends && !self.style.nonprinting => {
                self.text(text, 0, text.len(), out);
                self.held_cr = true;
            }
            _ => self.text(line, 0, line.len(), out),
        }
    }

    /// The first byte of a line that is not empty.
    #[inline(always)]
    fn begin(&mut self, out: &mut Out) {
        self.blanks = 0;
        if self.at_line_start && self.style.numbered != Numbered::None {
            self.number(out);
        }
    }

    #[inline(always)]
    fn number(&mut self, out: &mut Out) {
        self.counter.increment();
        self.counter.print(out);
    }

    /// The bytes from `start` to `end` of a block, none of them a line feed.
    fn text(&self, block: &[u8], start: usize, end: usize, out: &mut Out) {
        if self.style.nonprinting {
            show(&block[start..end], if self.style.tabs { &SHOWN_TABS } else { &SHOWN }, out);
        } else if self.style.tabs {
            let mut from = start;
            for tab in memchr_iter(b'\t', &block[start..end]) {
                out.span(block, from, start + tab);
                out.extend(b"^I");
                from = start + tab + 1;
            }
            out.span(block, from, end);
        } else {
            out.span(block, start, end);
        }
    }

    /// `-s` alone: everything is copied but the line feeds beyond the second in a row.
    fn squeeze(&mut self, block: &[u8], out: &mut Out) {
        let mut rest = block;
        // A run that began in an earlier block.
        if self.at_line_start {
            let run = leading_feeds(rest);
            if run > 0 {
                let kept = usize::from(self.blanks == 0);
                out.extend(&rest[..kept]);
                self.blanks += run as u64;
                rest = &rest[run..];
            }
            if rest.is_empty() {
                return;
            }
        }
        let finder = memmem::Finder::new(b"\n\n\n");
        while let Some(found) = finder.find(rest) {
            out.extend_far(&rest[..found + 2]);
            rest = &rest[found + 2 + leading_feeds(&rest[found + 2..])..];
        }
        out.extend_far(rest);
        self.end_at(block);
    }

    /// What the end of a block says about where we are.
    fn end_at(&mut self, block: &[u8]) {
        let feeds = block.iter().rev().take_while(|byte| **byte == b'\n').count();
        self.at_line_start = if block.is_empty() { self.at_line_start } else { feeds > 0 };
        // The first of them ends a line.
        self.blanks = (feeds as u64).saturating_sub(1);
    }

    /// Goes over a block as [`Formatter::push`] does, without formatting it.
    pub fn skip(&mut self, block: &[u8]) {
        let Some((last, _)) = block.split_last() else { return };
        let Style { numbered, squeeze, nonprinting, ends, .. } = self.style;
        if numbered == Numbered::None {
            if leading_feeds(block) == block.len() && self.at_line_start {
                self.blanks += block.len() as u64;
            } else {
                self.end_at(block);
            }
        } else if numbered == Numbered::All && squeeze {
            self.skip_lines(block);
        } else {
            let (feeds, empty) = if numbered == Numbered::Nonblank {
                lines::count(block, self.at_line_start)
            } else {
                (memchr_iter(b'\n', block).count() as u64, 0)
            };
            let starts = u64::from(self.at_line_start) + feeds - u64::from(*last == b'\n');
            self.counter.add(starts - empty);
            if leading_feeds(block) == block.len() && self.at_line_start {
                self.blanks += feeds;
            } else {
                self.end_at(block);
            }
        }
        self.held_cr = *last == b'\r' && ends && !nonprinting;
    }

    /// `-ns`: of each run of empty lines the first counts.
    fn skip_lines(&mut self, block: &[u8]) {
        let (mut start, mut count) = (0, 0);
        lines::each(block, |end| {
            if end == start && self.at_line_start {
                self.blanks += 1;
                count += u64::from(self.blanks == 1);
            } else {
                count += u64::from(self.at_line_start);
                self.blanks = 0;
            }
            self.at_line_start = true;
            start = end + 1;
        });
        if start < block.len() {
            count += u64::from(self.at_line_start);
            self.blanks = 0;
            self.at_line_start = false;
        }
        self.counter.add(count);
    }

    /// At the end of all input.
    pub fn finish(&mut self, out: &mut Out) {
        if std::mem::take(&mut self.held_cr) {
            out.push(b'\r');
        }
    }
}

fn leading_feeds(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(style: Style, blocks: &[&[u8]]) -> Vec<u8> {
        let (mut formatter, mut out) = (Formatter::new(style), Out::default());
        for block in blocks {
            formatter.push(block, &mut out);
        }
        formatter.finish(&mut out);
        out.filled().to_vec()
    }

    fn styles() -> impl Iterator<Item = Style> {
        (0..48).map(|bits: u8| Style {
            numbered: [Numbered::None, Numbered::All, Numbered::Nonblank][usize::from(bits / 16)],
            squeeze: bits & 1 != 0,
            nonprinting: bits & 2 != 0,
            ends: bits & 4 != 0,
            tabs: bits & 8 != 0,
        })
    }

    /// Small inputs with everything that matters: empty lines in runs, CRs, TABs, no line feed at the end.
    fn inputs() -> Vec<Vec<u8>> {
        let letters = *b"\n\n\r\ta\xe9";
        let mut state: u32 = 7;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            usize::try_from(state >> 16).unwrap_or(0)
        };
        (0..300).map(|_| (0..next() % 12).map(|_| letters[next() % letters.len()]).collect()).collect()
    }

    #[test]
    fn blocks_make_no_difference() {
        for style in styles() {
            for input in inputs() {
                let whole = format(style, &[&input]);
                for cut in 0..=input.len() {
                    let (a, b) = input.split_at(cut);
                    assert_eq!(format(style, &[a, b]), whole, "{style:?} {input:?} cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn skipping_leads_to_the_same_place() {
        for style in styles() {
            for input in inputs() {
                for cut in 0..=input.len() {
                    let (a, b) = input.split_at(cut);
                    let mut pushed = Formatter::new(style);
                    let mut skipped = pushed;
                    let (mut first, mut rest, mut other) = (Out::default(), Out::default(), Out::default());
                    pushed.push(a, &mut first);
                    skipped.skip(a);
                    pushed.push(b, &mut rest);
                    skipped.push(b, &mut other);
                    assert_eq!(rest.filled(), other.filled(), "{style:?} {input:?} cut at {cut}");
                }
            }
        }
    }

    #[test]
    fn every_byte_is_shown_as_gnu_does() {
        let style = Style { nonprinting: true, ..Style::default() };
        assert_eq!(
            format(style, &[b"\x00\x1b\x7f\x80\x89\x8a\xa0\xfe\xff\t"]),
            b"^@^[^?M-^@M-^IM-^JM- M-~M-^?\t"
        );
        let tabs = Style { tabs: true, ..style };
        assert_eq!(format(tabs, &[b"\t\x89"]), b"^IM-^I");
    }
}
