//! Lines over steps that double.

use plotters::style::RGBColor;

use super::canvas::{
    Canvas, FAINT, GREY, Hand, Head, INK, MARGIN, NORMAL, PALETTE, SMALL, Side, WIDTH, picture,
};
use super::scale::{self, Scale, short};
use super::{Drawn, Line, Lines, Point, Steps};

/// Of what is between the axes.
const HEIGHT: i32 = 320;
/// For the numbers on the left, and for the axis below.
const LEFT: i32 = 46;
const BOTTOM: i32 = 60;
/// From this factor on between values the axis is logarithmic.
const FAR_APART: f64 = 25.0;

/// What is between the axes.
struct Field {
    x: Scale,
    y: Scale,
    left: i32,
    right: i32,
    top: i32,
    bottom: i32,
}

impl Field {
    fn new(chart: &Lines, top: i32) -> Self {
        let (left, right, bottom) = (MARGIN + LEFT, WIDTH - MARGIN - 10, top + HEIGHT);
        let points = || chart.lines.iter().flat_map(|line| &line.points);
        let bounds = |of: fn(&Point) -> f64| {
            points().map(of).fold((f64::MAX, f64::MIN_POSITIVE), |(low, high), number| {
                (low.min(number), high.max(number))
            })
        };
        let (first, last) = bounds(|point| point.x);
        let reference = chart.reference.as_ref().map_or(f64::MIN_POSITIVE, |(value, _)| *value);
        let most = bounds(|point| point.high).1.max(reference) * 1.06;
        let (smallest, largest) = bounds(|point| point.y);
        let y = if smallest > 0.0 && largest / smallest >= FAR_APART {
            Scale::logarithmic(bounds(|point| point.low).0.max(smallest / 4.0) / 1.2, most, bottom, top)
        } else {
            Scale::linear(0.0, most, bottom, top)
        };
        Self {
            x: Scale::logarithmic(first, last.max(first * 2.0), left + 16, right - 16),
            y,
            left,
            right,
            top,
            bottom,
        }
    }

    fn place(&self, x: f64, y: f64) -> (i32, i32) {
        (self.x.place(x), self.y.place(y).clamp(self.top, self.bottom))
    }
}

pub fn draw(chart: &Lines) -> Drawn<String> {
    let colours = || PALETTE.iter().copied().cycle();
    let legend = chart.lines.iter().map(|line| line.name.as_str()).zip(colours());
    let head = Head::new(&chart.title, &chart.subtitle, legend.collect());
    // The name of the upright axis is above it.
    let top = head.height() + 34;
    picture(&chart.title, top + HEIGHT + BOTTOM, |canvas| {
        head.draw(canvas)?;
        let field = Field::new(chart, top);
        axes(canvas, chart, &field)?;
        for (line, colour) in chart.lines.iter().zip(colours()) {
            for point in &line.points {
                let (low, high) = (field.place(point.x, point.low), field.place(point.x, point.high));
                canvas.path(vec![low, high], pale(colour), 1)?;
                for (x, y) in [low, high] {
                    canvas.path(vec![(x - 3, y), (x + 3, y)], pale(colour), 1)?;
                }
            }
        }
        for (line, colour) in chart.lines.iter().zip(colours()) {
            draw_line(canvas, line, &field, colour)?;
        }
        Ok(())
    })
}

/// Half as strong, so that whiskers of one line don't hide another line.
fn pale(colour: RGBColor) -> RGBColor {
    let half = |part: u8| u8::midpoint(part, u8::MAX);
    RGBColor(half(colour.0), half(colour.1), half(colour.2))
}

fn draw_line(canvas: &Canvas, line: &Line, field: &Field, colour: RGBColor) -> Drawn<()> {
    let points: Vec<(i32, i32)> = line.points.iter().map(|point| field.place(point.x, point.y)).collect();
    for &point in &points {
        canvas.dot(point, 4, colour)?;
    }
    canvas.path(points, colour, 2)
}

fn axes(canvas: &Canvas, chart: &Lines, field: &Field) -> Drawn<()> {
    let small = Hand::new(SMALL, GREY);
    for tick in field.y.ticks(8) {
        let y = field.y.place(tick);
        canvas.path(vec![(field.left, y), (field.right, y)], FAINT, 1)?;
        canvas.text(&short(tick), (field.left - 6, y), Side::Before, small)?;
    }
    for tick in field.x.powers_of_two(13) {
        let x = field.x.place(tick);
        canvas.path(vec![(x, field.bottom), (x, field.bottom + 4)], GREY, 1)?;
        let number = match chart.steps {
            Steps::Counts => short(tick),
            Steps::Bytes => scale::bytes(tick),
        };
        canvas.text(&number, (x, field.bottom + 15), Side::Around, small)?;
    }
    canvas.path(vec![(field.left, field.bottom), (field.right, field.bottom)], GREY, 1)?;
    if let Some((value, name)) = &chart.reference {
        let (_, y) = field.place(1.0, *value);
        canvas.path(vec![(field.left, y), (field.right, y)], INK, 1)?;
        canvas.text(name, (field.right, y - 8), Side::Before, Hand::new(SMALL, INK))?;
    }
    let names = Hand::new(NORMAL, INK);
    let note = if field.y.is_logarithmic() { " (logarithmic)" } else { "" };
    canvas.text(&format!("{}{note}", chart.y_axis), (MARGIN, field.top - 18), Side::Behind, names)?;
    canvas.text(
        &chart.x_axis,
        (i32::midpoint(field.left, field.right), field.bottom + 38),
        Side::Around,
        names,
    )
}
