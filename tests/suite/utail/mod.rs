//! `utail`, which is GNU's tail, following everything from one wait.

mod globs;
