//! Horizontal bars.

use plotters::style::{RGBColor, WHITE};

use super::canvas::{
    Canvas, FAINT, GREY, Hand, Head, INK, LEADING, MARGIN, NORMAL, PALETTE, SMALL, Side, WIDTH, picture,
    wrapped,
};
use super::scale::{Scale, short};
use super::{Bars, Drawn, Group, Role, Series};

/// Of the labels on the left.
const LABELS: i32 = 250;
/// One bar, and from one to the next.
const BAR: i32 = 11;
const STEP: i32 = 13;
/// Between groups.
const GAP: i32 = 16;
/// For the number at the end of a bar.
const NUMBER: i32 = 46;
/// For the axis, above and below.
const TOP: i32 = 34;
const BOTTOM: i32 = 40;
/// From this factor on between values an axis is logarithmic.
const FAR_APART: f64 = 6.0;
/// Bars that go further than this from the baseline are cut, or there would be no room for the others.
const LEFTMOST: f64 = 0.12;
const RIGHTMOST: f64 = 100.0;

const OURS: RGBColor = RGBColor(9, 105, 218);
const OURS_TOO: RGBColor = RGBColor(121, 184, 255);
/// Calmer than ours.
const OTHERS: [RGBColor; 7] = [
    RGBColor(140, 149, 159),
    RGBColor(214, 160, 84),
    RGBColor(133, 178, 139),
    RGBColor(190, 140, 178),
    RGBColor(203, 126, 117),
    RGBColor(168, 158, 96),
    RGBColor(111, 160, 166),
];

/// A group, with what its label takes.
struct Block<'a> {
    group: &'a Group,
    note: Vec<String>,
}

impl<'a> Block<'a> {
    fn new(group: &'a Group) -> Self {
        Self { group, note: wrapped(&group.note, LABELS - 16, SMALL) }
    }

    fn bars(&self) -> i32 {
        self.group.values.iter().flatten().count() as i32
    }

    fn height(&self) -> i32 {
        let label = LEADING * (1 + self.note.len() as i32);
        label.max(self.bars() * STEP)
    }
}

pub fn draw(chart: &Bars) -> Drawn<String> {
    let colours = colours(&chart.series);
    let legend = chart.series.iter().map(|series| series.name.as_str()).zip(colours.iter().copied());
    let head = Head::new(&chart.title, &chart.subtitle, legend.collect());
    let blocks: Vec<Block> = chart.groups.iter().map(Block::new).collect();
    let top = head.height() + TOP;
    let inner: i32 = blocks.iter().map(|block| block.height() + GAP).sum();
    picture(&chart.title, top + inner + BOTTOM, |canvas| {
        head.draw(canvas)?;
        let scale = scale(chart);
        let origin = scale.place(
            chart.baseline.as_ref().map_or(
                0.0,
                |(value, _)| {
                    if scale.is_logarithmic() { *value } else { 0.0 }
                },
            ),
        );
        grid(canvas, chart, &scale, (top - 8, top + inner - GAP + 8))?;
        let mut y = top;
        for block in &blocks {
            let extent = |value: f64| {
                let (from, to) = scale.ends();
                Extent { origin, end: scale.place(value.clamp(from, to)), cut: value < from || value > to }
            };
            draw_block(canvas, block, y, chart.unit, &extent, &colours)?;
            y += block.height() + GAP;
        }
        Ok(())
    })
}

/// Ours stand out; the others are told apart.
fn colours(series: &[Series]) -> Vec<RGBColor> {
    let mut others = OTHERS.iter().chain(&PALETTE).copied().cycle();
    let colour = |series: &Series| match series.role {
        Role::Ours => OURS,
        Role::OursToo => OURS_TOO,
        Role::Other => others.next().unwrap_or(GREY),
    };
    series.iter().map(colour).collect()
}

/// Linear from 0, or, if the values are far apart and there is a baseline to begin from, logarithmic.
fn scale(chart: &Bars) -> Scale {
    let values = || chart.groups.iter().flat_map(|group| &group.values).flatten().copied();
    let (left, right) = (MARGIN + LABELS, WIDTH - MARGIN - NUMBER);
    let most = values().fold(f64::MIN_POSITIVE, f64::max);
    let Some((baseline, _)) = chart.baseline else { return Scale::linear(0.0, most, left, right) };
    let most = most.clamp(baseline * 1.25, baseline * RIGHTMOST);
    let least = values().fold(baseline, f64::min).max(baseline * LEFTMOST);
    if most / least >= FAR_APART {
        // Bars to the left have their numbers on the left.
        let left = if least < baseline { left + NUMBER } else { left };
        Scale::logarithmic(least.min(baseline * 0.8), most, left, right)
    } else {
        Scale::linear(0.0, most, left, right)
    }
}

/// Lines at round numbers, and a darker one at the baseline.
fn grid(canvas: &Canvas, chart: &Bars, scale: &Scale, (above, below): (i32, i32)) -> Drawn<()> {
    let small = Hand::new(SMALL, GREY);
    let ticks = if scale.is_logarithmic() { scale.powers_of_two(9) } else { scale.ticks(8) };
    for tick in ticks {
        let x = scale.place(tick);
        canvas.path(vec![(x, above), (x, below)], FAINT, 1)?;
        let number = format!("{}{}", short(tick), chart.unit);
        canvas.text(&number, (x, above - 8), Side::Around, small)?;
        canvas.text(&number, (x, below + 10), Side::Around, small)?;
    }
    if let Some((value, name)) = &chart.baseline {
        let x = scale.place(*value);
        canvas.path(vec![(x, above), (x, below)], INK, 1)?;
        canvas.text(name, (x, above - 22), Side::Around, Hand::new(SMALL, INK).bold())?;
    }
    let note = if scale.is_logarithmic() { " (logarithmic)" } else { "" };
    let axis = format!("{}{note}", chart.axis);
    canvas.text(&axis, (WIDTH - MARGIN, below + 27), Side::Before, small)
}

fn draw_block(
    canvas: &Canvas,
    block: &Block,
    top: i32,
    unit: &str,
    extent: &dyn Fn(f64) -> Extent,
    colours: &[RGBColor],
) -> Drawn<()> {
    canvas.text(&block.group.label, (MARGIN, top + 6), Side::Behind, Hand::new(NORMAL, INK).bold())?;
    canvas.lines(&block.note, (MARGIN, top + 6 + LEADING), Hand::new(SMALL, GREY))?;
    let mut y = top + (block.height() - block.bars() * STEP) / 2;
    for (value, &colour) in block.group.values.iter().zip(colours) {
        let Some(value) = *value else { continue };
        let Extent { origin, end, cut } = extent(value);
        // Nothing is too short to be seen.
        let (from, to) = (origin.min(end), origin.max(end).max(origin.min(end) + 1));
        canvas.rect((from, y), (to, y + BAR), colour)?;
        if cut {
            // A gap that leans, where the rest of the bar is missing.
            let middle = i32::midpoint(from, to);
            for x in [middle, middle + 1, middle + 2] {
                canvas.path(vec![(x, y + BAR + 1), (x + 5, y - 1)], WHITE, 2)?;
            }
        }
        let (at, side) = if end < origin { (from - 4, Side::Before) } else { (to + 4, Side::Behind) };
        let number = format!("{}{unit}", decimals(value));
        canvas.text(&number, (at, y + BAR / 2 + 1), side, Hand::new(SMALL, INK))?;
        y += STEP;
    }
    Ok(())
}

/// From where to where a bar goes, and whether it should go further.
struct Extent {
    origin: i32,
    end: i32,
    cut: bool,
}

/// With two decimals, as tables have them, unless there is much in front of these.
fn decimals(value: f64) -> String {
    match value {
        v if v >= 10_000.0 => short(v),
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v if v < 0.1 => format!("{v:.3}"),
        v => format!("{v:.2}"),
    }
}
