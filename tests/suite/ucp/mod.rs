//! `ucp`, which is GNU's cp with the device's queue kept full.

mod attributes;
mod backups;
mod data;
mod existing;
mod folders;
mod links;
mod operands;
mod parents;
mod prompts;
mod same_file;
mod special;
mod usage;
