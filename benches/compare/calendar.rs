//! Days as people count them. Pure, so that the test suite can include this file.

/// Year, month and day, so many days after the first of January 1970.
///
/// Years are taken to begin in March here, so that a leap day is the last day of one, and months before any given one
/// have 30.6 days each.
pub fn date(days: i64) -> (i64, i64, i64) {
    /// Of 400 years, after which everything repeats, and from March of the year 0 to 1970.
    const ERA: i64 = 146_097;
    const BEFORE: i64 = 719_468;
    let day = days + BEFORE;
    let (era, day) = (day.div_euclid(ERA), day.rem_euclid(ERA));
    let year = (day - day / 1460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let january_or_february = month >= 10;
    let month = if january_or_february { month - 9 } else { month + 3 };
    (era * 400 + year + i64::from(january_or_february), month, day)
}
