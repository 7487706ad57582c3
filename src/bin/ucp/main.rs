//! ucp: copies files and directories, as cp does.
#![forbid(unsafe_code)]
#![allow(dead_code)]

mod args;
mod backup;
mod log;
mod options;
mod place;
mod prompt;
mod run;
mod selinux;

fn main() {}
