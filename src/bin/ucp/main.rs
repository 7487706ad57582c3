//! ucp: copies files and directories, as cp does.
#![forbid(unsafe_code)]

mod log;
mod options;
mod place;
mod run;

fn main() {}
