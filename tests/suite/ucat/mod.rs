//! `ucat`, which is GNU's cat with read-ahead.

mod changing;
mod differential;
mod engines;
mod errors;
mod fifos;
mod formatting;
mod full_disk;
mod limits;
mod many_files;
mod model;
mod options;
mod quoting;
mod ring_options;
mod self_copy;
mod signals;
mod sizes;
mod special_files;
mod streams;
