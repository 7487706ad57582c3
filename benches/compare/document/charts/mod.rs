//! Charts as SVG, drawn by plotters: [`bars`] for who is how fast at what, [`lines`] for what becomes of a number as
//! another one grows.
//!
//! Pure: the same data gives the same text on every machine, so that charts can be committed and held against the
//! data they were drawn from. They bring their own white card, so that they look the same in a light and in a dark
//! page, and a title that is read aloud.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "pixels of a picture that is some thousands of them high at most"
)]
#![allow(dead_code, reason = "not every program that includes this folder draws charts of every kind")]

mod bars;
mod canvas;
mod lines;
mod scale;

use std::error::Error;

/// A picture, or why it could not be drawn.
pub type Drawn<T> = Result<T, Box<dyn Error>>;

/// Horizontal bars: for each group, such as a row of a benchmark, one bar for each series, such as a command.
pub struct Bars {
    pub title: String,
    /// In one or two lines, under what circumstances.
    pub subtitle: String,
    /// What the axis is about.
    pub axis: String,
    /// Behind each number: `x` or ` MB/s`.
    pub unit: &'static str,
    /// What all are compared with, and how the line there is called. Where the values are far apart, so that the axis
    /// is logarithmic, bars begin there.
    pub baseline: Option<(f64, String)>,
    pub series: Vec<Series>,
    pub groups: Vec<Group>,
}

/// One colour of bars.
pub struct Series {
    pub name: String,
    pub role: Role,
}

/// Whose bars these are, which decides about the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Ours,
    /// The same in another way.
    OursToo,
    Other,
}

/// Bars that belong together.
pub struct Group {
    pub label: String,
    /// Explains the label; may be long.
    pub note: String,
    /// One a series. None where it took no part.
    pub values: Vec<Option<f64>>,
}

/// Lines over an axis on which each step is twice the one before it.
#[expect(clippy::struct_field_names, reason = "lines are what a chart of lines has")]
pub struct Lines {
    pub title: String,
    /// In one or two lines, under what circumstances.
    pub subtitle: String,
    pub x_axis: String,
    pub y_axis: String,
    pub steps: Steps,
    /// A horizontal line to compare with, and what it is called.
    pub reference: Option<(f64, String)>,
    pub lines: Vec<Line>,
}

/// How the numbers of an axis are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// 1, 2, 4, …
    Counts,
    /// 4 KiB, 8 KiB, …
    Bytes,
}

/// A series of points, by rising x.
pub struct Line {
    pub name: String,
    pub points: Vec<Point>,
}

/// One of them, with the least and the most that was measured.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub x: f64,
    pub y: f64,
    pub low: f64,
    pub high: f64,
}

/// Draws bars.
pub fn bars(chart: &Bars) -> Drawn<String> {
    bars::draw(chart)
}

/// Draws lines.
pub fn lines(chart: &Lines) -> Drawn<String> {
    lines::draw(chart)
}
