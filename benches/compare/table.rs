//! How results look as text. Pure, so that the test suite can include this file.

use std::fmt::Write as _;

/// Lines of cells; the first cell of a line is aligned to the left, the others to the right.
#[derive(Default)]
pub struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    /// Adds one line below the others.
    pub fn line(&mut self, cells: Vec<String>) {
        self.lines.push(cells);
    }

    /// The table as text, each line indented by two columns and ended by a newline.
    pub fn render(&self) -> String {
        let columns = self.lines.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut text = String::new();
        for line in &self.lines {
            let mut rendered = String::new();
            for (column, (cell, width)) in line.iter().zip(&widths).enumerate() {
                // Writing to a String can't fail.
                let _ = match column {
                    0 => write!(rendered, "  {cell:<width$}"),
                    _ => write!(rendered, "  {cell:>width$}"),
                };
            }
            text.push_str(rendered.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A time in the unit that leaves three or four digits.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s.is_nan() => "-".into(),
        s if s >= 10.0 => format!("{s:.1} s"),
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 0.1 => format!("{:.0} ms", s * 1e3),
        s if s >= 0.01 => format!("{:.1} ms", s * 1e3),
        s if s >= 0.001 => format!("{:.2} ms", s * 1e3),
        s => format!("{:.0} us", s * 1e6),
    }
}

/// A ratio of two times, as `2.61x`; values that nobody compares to the second decimal lose it.
pub fn ratio(value: f64) -> String {
    match value {
        v if v.is_nan() => "-".into(),
        v if v >= 10.0 => format!("{v:.1}x"),
        v => format!("{v:.2}x"),
    }
}

/// Something that happens a whole number of times.
pub fn count(number: f64) -> String {
    format!("{number:.0}")
}

/// A share.
pub fn percent(number: f64) -> String {
    format!("{number:.2}%")
}

/// An amount of memory given in KiB.
pub fn memory(kib: f64) -> String {
    format!("{:.1} MiB", kib / 1024.0)
}

/// Input bytes per second, in powers of ten, as storage is sold.
pub fn rate(bytes: f64, seconds: f64) -> String {
    match bytes / seconds {
        r if !r.is_finite() => "-".into(),
        r if r >= 1e9 => format!("{:.2} GB/s", r / 1e9),
        r if r >= 1e6 => format!("{:.0} MB/s", r / 1e6),
        r => format!("{:.1} kB/s", r / 1e3),
    }
}
