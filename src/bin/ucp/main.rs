//! ucp: copies files and directories, as cp does.
#![forbid(unsafe_code)]
#![allow(dead_code)]

mod data;
mod hands;
mod log;
mod options;
mod place;
mod run;

fn main() {}
