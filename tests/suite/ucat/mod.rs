//! `ucat`, which is GNU's cat with read-ahead.

mod formatting;
mod model;
mod sizes;
