//! `ucp`, which is GNU's cp with the device's queue kept full.

mod attributes;
mod backups;
mod beyond;
mod changing;
mod data;
mod existing;
mod file_systems;
mod folders;
mod full;
mod generated;
mod in_order;
mod injected;
mod links;
mod operands;
mod parents;
mod prompts;
mod same_file;
mod scarce;
mod signals;
mod special;
mod usage;
