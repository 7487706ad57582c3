//! `ucat`, which is GNU's cat with read-ahead.

mod errors;
mod formatting;
mod model;
mod options;
mod quoting;
mod self_copy;
mod sizes;
