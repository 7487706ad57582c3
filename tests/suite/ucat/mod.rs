//! `ucat`, which is GNU's cat with read-ahead.

mod changing;
mod errors;
mod fifos;
mod formatting;
mod model;
mod options;
mod quoting;
mod self_copy;
mod sizes;
mod special_files;
mod streams;
