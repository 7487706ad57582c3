//! From numbers to pixels, and the numbers that an axis shows.

/// An axis.
pub struct Scale {
    from: f64,
    to: f64,
    logarithmic: bool,
    first: i32,
    last: i32,
}

impl Scale {
    /// Shows `from` at the pixel `first`, and `to` at `last`, which may be the smaller one.
    pub fn linear(from: f64, to: f64, first: i32, last: i32) -> Self {
        Self { from, to, logarithmic: false, first, last }
    }

    /// The same, with equal distances for equal factors. Both numbers are more than 0.
    pub fn logarithmic(from: f64, to: f64, first: i32, last: i32) -> Self {
        Self { from, to, logarithmic: true, first, last }
    }

    /// The numbers at its ends.
    pub fn ends(&self) -> (f64, f64) {
        (self.from, self.to)
    }

    pub fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    /// Where a number is.
    pub fn place(&self, number: f64) -> i32 {
        let share = if self.logarithmic {
            (number / self.from).ln() / (self.to / self.from).ln()
        } else {
            (number - self.from) / (self.to - self.from)
        };
        self.first + (share * f64::from(self.last - self.first)).round() as i32
    }

    /// Round numbers, at most so many.
    pub fn ticks(&self, most: usize) -> Vec<f64> {
        if self.logarithmic {
            let decades = round_numbers(self.from, self.to);
            if decades.len() <= most { decades } else { powers(10.0, self.from, self.to, most) }
        } else {
            self.multiples(most)
        }
    }

    /// Powers of two, at most so many.
    pub fn powers_of_two(&self, most: usize) -> Vec<f64> {
        powers(2.0, self.from, self.to, most)
    }

    fn multiples(&self, most: usize) -> Vec<f64> {
        let room = (self.to - self.from) / most.max(1) as f64;
        let magnitude = 10_f64.powf(room.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].map(|factor| factor * magnitude).into_iter().find(|&step| step >= room);
        let step = step.unwrap_or(10.0 * magnitude);
        let (first, last) = ((self.from / step - 1e-9).ceil() as i64, (self.to / step + 1e-9).floor() as i64);
        (first..=last).map(|number| number as f64 * step).collect()
    }
}

/// 1, 2, 5, 10, 20, …
fn round_numbers(from: f64, to: f64) -> Vec<f64> {
    let (first, last) = (from.log10().floor() as i32, to.log10().ceil() as i32);
    let decade = |power: i32| [1.0, 2.0, 5.0].map(|factor| factor * 10_f64.powi(power));
    let inside = |number: &f64| *number >= from * 0.999 && *number <= to * 1.001;
    (first..=last).flat_map(decade).filter(inside).collect()
}

/// Powers of `base`, 1 among them if it is inside, and as far apart as there may be so many.
fn powers(base: f64, from: f64, to: f64, most: usize) -> Vec<f64> {
    let exponent = |number: f64| number.ln() / base.ln();
    let (first, last) = ((exponent(from) - 1e-9).ceil() as i32, (exponent(to) + 1e-9).floor() as i32);
    let exponents = |step: i32| (first..=last).filter(move |power| power % step == 0);
    let step = (1..=last - first + 1).find(|&step| exponents(step).count() <= most.max(1)).unwrap_or(1);
    exponents(step).map(|power| base.powi(power)).collect()
}

/// A number with three digits at most.
pub fn short(number: f64) -> String {
    let (number, suffix) = match number.abs() {
        n if n >= 999.5e6 => (number / 1e9, "G"),
        n if n >= 999.5e3 => (number / 1e6, "M"),
        n if n >= 9_999.5 => (number / 1e3, "k"),
        _ => (number, ""),
    };
    let digits = match number.abs() {
        n if n >= 99.95 => 0,
        n if n >= 9.995 => 1,
        n if n >= 0.9995 => 2,
        _ => 3,
    };
    let text = format!("{number:.digits$}");
    let text = if digits == 0 { &text } else { text.trim_end_matches('0').trim_end_matches('.') };
    format!("{text}{suffix}")
}

/// A power of two, as memory is counted.
pub fn bytes(number: f64) -> String {
    match number {
        n if n >= 1_048_576.0 => format!("{} MiB", short(n / 1_048_576.0)),
        n if n >= 1024.0 => format!("{} KiB", short(n / 1024.0)),
        n => format!("{} B", short(n)),
    }
}
