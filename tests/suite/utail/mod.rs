//! `utail`, which is GNU's tail, following everything from one wait.

mod follow_beyond;
mod follow_ends;
mod follow_files;
mod follow_modes;
mod follow_names;
mod follow_rotations;
mod follow_stage;
mod follow_streams;
mod globs;
