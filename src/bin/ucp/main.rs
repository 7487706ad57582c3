//! ucp: copies files and directories, as cp does.
#![forbid(unsafe_code)]
#![allow(dead_code)]

mod acl;
mod attributes;
mod created;
mod log;
mod options;
mod place;
mod run;
mod subject;
mod xattr_rules;
mod xattrs;

fn main() {}
