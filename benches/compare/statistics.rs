//! What is computed from the samples of one row. Pure, so that the test suite can include this file.

/// The smallest of the samples; NaN when there are none.
pub fn minimum(samples: &[f64]) -> f64 {
    samples.iter().copied().fold(f64::NAN, f64::min)
}

/// The largest of the samples; NaN when there are none.
pub fn maximum(samples: &[f64]) -> f64 {
    samples.iter().copied().fold(f64::NAN, f64::max)
}

/// The middle sample, or the mean of the middle two; NaN when there are none.
pub fn median(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// How many times as long as ours the other command took, in each round.
///
/// The two runs of a round are seconds apart, so a machine that is slow for a minute slows both, and the ratio
/// stays. Comparing the medians of two separate series would lose that.
pub fn paired_ratios(ours: &[f64], other: &[f64]) -> Vec<f64> {
    ours.iter().zip(other).map(|(ours, other)| other / ours).collect()
}

/// The order in which `count` commands run in a round: a rotation, so that no command is always the first one
/// after, say, the one that leaves the caches dirty.
pub fn turn_order(round: usize, count: usize) -> impl Iterator<Item = usize> {
    (0..count).map(move |turn| (round + turn) % count)
}
