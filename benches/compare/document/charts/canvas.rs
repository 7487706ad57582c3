//! What charts are put together from, in pixels: text, boxes, lines, dots.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Drawn;

/// Of every chart; that of the text of a page of Markdown, about.
pub const WIDTH: i32 = 800;
/// Around everything.
pub const MARGIN: i32 = 24;
/// Of text, in pixels.
pub const SMALL: i32 = 11;
pub const NORMAL: i32 = 12;
const LARGE: i32 = 17;
/// From one line of text to the next.
pub const LEADING: i32 = 15;

pub const INK: RGBColor = RGBColor(31, 35, 40);
pub const GREY: RGBColor = RGBColor(89, 99, 110);
pub const FAINT: RGBColor = RGBColor(226, 230, 235);

/// Of series that are no command of ours, and of lines: told apart by those who see colours differently, too.
pub const PALETTE: [RGBColor; 8] = [
    RGBColor(9, 105, 218),
    RGBColor(217, 119, 6),
    RGBColor(26, 127, 95),
    RGBColor(168, 61, 130),
    RGBColor(87, 96, 106),
    RGBColor(190, 58, 52),
    RGBColor(98, 166, 214),
    RGBColor(150, 135, 40),
];

/// Where a text stands, seen from its place.
#[derive(Clone, Copy)]
pub enum Side {
    /// It ends there.
    Before,
    Around,
    /// It begins there.
    Behind,
}

/// How a text looks.
#[derive(Clone, Copy)]
pub struct Hand {
    pub size: i32,
    pub colour: RGBColor,
    pub bold: bool,
}

impl Hand {
    pub fn new(size: i32, colour: RGBColor) -> Self {
        Self { size, colour, bold: false }
    }

    pub fn bold(self) -> Self {
        Self { bold: true, ..self }
    }
}

/// Something to draw on.
pub struct Canvas<'a> {
    area: DrawingArea<SVGBackend<'a>, Shift>,
}

/// Draws a picture of this height.
pub fn picture(title: &str, height: i32, draw: impl FnOnce(&Canvas) -> Drawn<()>) -> Drawn<String> {
    let mut svg = String::new();
    {
        let canvas = Canvas {
            area: SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32)).into_drawing_area(),
        };
        draw(&canvas)?;
        canvas.area.present()?;
    }
    Ok(finish(&svg, title, height))
}

/// Puts the card and the title below what was drawn, and says once what plotters says with every element.
fn finish(svg: &str, title: &str, height: i32) -> String {
    let drawn = svg.split_once('\n').map_or("", |(_, drawn)| drawn);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"-apple-system, Segoe UI, Noto Sans, Helvetica, Arial, sans-serif\">\n\
         <title>{}</title>\n\
         <rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"#ffffff\" stroke=\"#d0d7de\"/>\n",
        escaped(title),
        WIDTH - 1,
        height - 1,
    );
    let mut in_text = false;
    for line in drawn.lines() {
        let begins = line.starts_with("<text");
        let line = [" opacity=\"1\"", " font-family=\"sans-serif\"", " stroke=\"none\""]
            .iter()
            .fold(line.to_owned(), |line, usual| line.replace(usual, ""));
        text.push_str(&line);
        in_text = begins || (in_text && line != "</text>");
        if !in_text {
            text.push('\n');
        }
    }
    text
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Canvas<'_> {
    /// Writes one line, its middle at this height.
    pub fn text(&self, text: &str, at: (i32, i32), side: Side, hand: Hand) -> Drawn<()> {
        /// What the backend divides by.
        const SCALE: f64 = 1.24;
        let weight = if hand.bold { FontStyle::Bold } else { FontStyle::Normal };
        let font = FontDesc::new(FontFamily::SansSerif, f64::from(hand.size) * SCALE, weight);
        let anchor = match side {
            Side::Before => HPos::Right,
            Side::Around => HPos::Center,
            Side::Behind => HPos::Left,
        };
        let style = TextStyle::from(font).color(&hand.colour).pos(Pos::new(anchor, VPos::Center));
        Ok(self.area.draw_text(text, &style, at)?)
    }

    /// Writes several lines below one another, and says where the next one would be.
    pub fn lines(&self, lines: &[String], (x, mut y): (i32, i32), hand: Hand) -> Drawn<i32> {
        for line in lines {
            self.text(line, (x, y), Side::Behind, hand)?;
            y += LEADING;
        }
        Ok(y)
    }

    /// A filled box.
    pub fn rect(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Drawn<()> {
        Ok(self.area.draw(&Rectangle::new([from, to], colour.filled()))?)
    }

    /// A line through these points.
    pub fn path(&self, points: Vec<(i32, i32)>, colour: RGBColor, width: u32) -> Drawn<()> {
        Ok(self.area.draw(&PathElement::new(points, colour.stroke_width(width)))?)
    }

    /// A filled circle.
    pub fn dot(&self, at: (i32, i32), radius: i32, colour: RGBColor) -> Drawn<()> {
        Ok(self.area.draw(&Circle::new(at, radius, colour.filled()))?)
    }
}

/// What is above every chart: the title, the circumstances, and what the colours mean. `head` says how high that is,
/// `draw` draws it.
pub struct Head<'a> {
    pub title: &'a str,
    pub subtitle: Vec<String>,
    pub legend: Vec<(&'a str, RGBColor)>,
}

impl<'a> Head<'a> {
    pub fn new(title: &'a str, subtitle: &str, legend: Vec<(&'a str, RGBColor)>) -> Self {
        let subtitle = wrapped(subtitle, WIDTH - 2 * MARGIN, NORMAL);
        Self { title, subtitle, legend }
    }

    /// Where each entry of the legend goes: how far to the right, and in which line.
    fn places(&self) -> Vec<(i32, i32)> {
        const BETWEEN: i32 = 18;
        let (mut x, mut line) = (MARGIN, 0);
        let mut places = Vec::new();
        for (name, _) in &self.legend {
            let width = SWATCH + 6 + width(name, NORMAL);
            if x + width > WIDTH - MARGIN {
                (x, line) = (MARGIN, line + 1);
            }
            places.push((x, line));
            x += width + BETWEEN;
        }
        places
    }

    /// Pixels from the upper edge to what is below.
    pub fn height(&self) -> i32 {
        let legend = self.places().last().map_or(0, |(_, line)| (line + 1) * LEGEND_LINE);
        MARGIN + 26 + self.subtitle.len() as i32 * LEADING + 6 + legend
    }

    pub fn draw(&self, canvas: &Canvas) -> Drawn<()> {
        canvas.text(self.title, (MARGIN, MARGIN + 6), Side::Behind, Hand::new(LARGE, INK).bold())?;
        let y = canvas.lines(&self.subtitle, (MARGIN, MARGIN + 30), Hand::new(NORMAL, GREY))?;
        for ((name, colour), (x, line)) in self.legend.iter().zip(self.places()) {
            let middle = y + 6 + line * LEGEND_LINE;
            canvas.rect((x, middle - SWATCH / 2), (x + SWATCH, middle + SWATCH / 2), *colour)?;
            canvas.text(name, (x + SWATCH + 6, middle), Side::Behind, Hand::new(NORMAL, INK))?;
        }
        Ok(())
    }
}

const SWATCH: i32 = 12;
const LEGEND_LINE: i32 = 19;

/// How wide a text is, about: whoever looks at the chart has a font of their own.
pub fn width(text: &str, size: i32) -> i32 {
    let em = |letter| match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | '(' | ')' | 'f' | 't' | '/' => {
            0.31
        }
        'm' | 'w' | 'M' | 'W' | '%' => 0.85,
        'A'..='Z' | '…' => 0.68,
        _ => 0.56,
    };
    let ems: f64 = text.chars().map(em).sum();
    (ems * f64::from(size)).ceil() as i32
}

/// Lines that are no wider than this.
pub fn wrapped(text: &str, most: i32, size: i32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= most => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
