//! What can be said at one moment, as text.

use std::ffi::OsStr;
use std::time::Duration;

use indicatif::BinaryBytes;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::options::Parts;

/// What stands for the beginning of a name.
const DOTS: &str = "...";

/// Narrower than this a bar says nothing.
const NARROWEST: usize = 5;

/// How far it has come.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// Made by [`name_of`].
    pub name: Option<&'a str>,
    /// Where it stood when the clock was started.
    pub before: u64,
    /// Where it stands.
    pub bytes: u64,
    pub elapsed: Duration,
    /// Bytes a second.
    pub rate: u64,
    /// Where it will end, if known.
    pub total: Option<u64>,
}

impl Reading<'_> {
    /// `NAME: 1.20 GiB 0:00:05 [ 240.00 MiB/s] [===>      ] 33% 0:00:10 left`: the parts that are wanted and known, in so
    /// many columns at most: what does not fit as a whole is left out, for half a number is another one. Without a width
    /// there is no bar, but all the rest.
    pub fn line(&self, parts: Parts, width: Option<usize>) -> String {
        let mut front = Vec::new();
        if parts.bytes {
            front.push(BinaryBytes(self.bytes).to_string());
        }
        if parts.time {
            front.push(clock(self.elapsed.as_secs()));
        }
        if parts.rate {
            front.push(format!("[{:>13}]", format!("{}/s", BinaryBytes(self.rate))));
        }
        let mut back = Vec::new();
        if let Some(total) = self.total {
            if parts.bar {
                back.push(format!("{}%", percent(self.bytes, total)));
            }
            if parts.eta {
                back.push(format!("{} left", self.left(total).map_or("-:--:--".to_owned(), clock)));
            }
        }
        if let Some(name) = self.name {
            let next = front.first().or(back.first()).map_or(0, |part| part.width());
            let room = width.map_or(usize::MAX, |width| room_for_name(width, next));
            if name.width() <= room || room > DOTS.len() {
                front.insert(0, format!("{}:", fitted(name, room)));
            }
        }
        if let (Some(total), Some(width)) = (self.total, width.filter(|_| parts.bar)) {
            let others = front.iter().chain(&back).map(|part| part.width() + 1).sum();
            front.extend(bar(self.bytes, total, width.saturating_sub(others)));
        }
        front.append(&mut back);
        joined(&front, width.unwrap_or(usize::MAX))
    }

    /// `SECONDS NUMBER RATE`: the number is a percentage if that can be said, else bytes; the others only if wanted.
    pub fn numbers(&self, parts: Parts) -> String {
        let number = self.total.map_or(self.bytes, |total| percent(self.bytes, total));
        let mut numbers = Vec::new();
        if parts.time {
            numbers.push(format!("{:.4}", self.elapsed.as_secs_f64()));
        }
        numbers.push(number.to_string());
        if parts.rate {
            numbers.push(self.rate.to_string());
        }
        numbers.join(" ")
    }

    /// Seconds to go, rounded up, if it goes on as it did on average; `None` as long as nothing has happened.
    fn left(&self, total: u64) -> Option<u64> {
        let left = u128::from(total.saturating_sub(self.bytes));
        let moved = u128::from(self.bytes.saturating_sub(self.before));
        match (left, moved) {
            (0, _) => Some(0),
            (_, 0) => None,
            _ => {
                let seconds = (left * self.elapsed.as_millis()).div_ceil(moved * 1000);
                Some(u64::try_from(seconds).unwrap_or(u64::MAX))
            }
        }
    }
}

/// A name fit to be shown: what is not UTF-8 or would move the cursor is not shown as it is.
pub fn name_of(name: impl AsRef<OsStr>) -> String {
    let name = name.as_ref().to_string_lossy();
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn percent(bytes: u64, total: u64) -> u64 {
    let percent = (u128::from(bytes) * 100).checked_div(u128::from(total)).unwrap_or(100);
    u64::try_from(percent).unwrap_or(100).min(100)
}

/// `0:00:05`
fn clock(seconds: u64) -> String {
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// `[===>      ]` in exactly so many columns, if that is enough.
fn bar(bytes: u64, total: u64, columns: usize) -> Option<String> {
    let inner = columns.checked_sub(2).filter(|_| columns >= NARROWEST)?;
    let full = match total {
        0 => inner,
        _ => {
            usize::try_from(inner as u128 * u128::from(bytes.min(total)) / u128::from(total)).unwrap_or(inner)
        }
    };
    let head = if bytes > 0 && full < inner { ">" } else { "" };
    let rest = inner - full - head.len();
    Some(format!("[{}{head}{}]", "=".repeat(full), " ".repeat(rest)))
}

/// Columns that a name may take of a line: half of it, if the next part fits beside it.
fn room_for_name(columns: usize, next: usize) -> usize {
    (columns / 2).min(columns.saturating_sub(": ".len() + next))
}

/// As many parts as fit; of the first one, if it has to be, its beginning.
fn joined(parts: &[String], columns: usize) -> String {
    let Some((first, rest)) = parts.split_first() else { return String::new() };
    let mut line = cut(first, columns);
    for part in rest {
        if line.width() + 1 + part.width() > columns {
            break;
        }
        line.push(' ');
        line.push_str(part);
    }
    line
}

/// As much of a text as fits: the beginning.
fn cut(text: &str, columns: usize) -> String {
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken <= columns
    };
    text.chars().take_while(fits).collect()
}

/// As much of a name as fits: the end, which tells files apart.
fn fitted(name: &str, columns: usize) -> String {
    if name.width() <= columns {
        return name.to_owned();
    }
    let room = columns.saturating_sub(DOTS.len());
    let end: String = cut(&name.chars().rev().collect::<String>(), room).chars().rev().collect();
    format!("{DOTS}{end}")
}

#[cfg(test)]
mod tests;
