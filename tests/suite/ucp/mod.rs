//! `ucp`, which is GNU's cp with the device's queue kept full.

mod attributes;
mod backups;
mod data;
mod existing;
mod file_systems;
mod folders;
mod generated;
mod in_order;
mod links;
mod operands;
mod parents;
mod prompts;
mod same_file;
mod special;
mod usage;
